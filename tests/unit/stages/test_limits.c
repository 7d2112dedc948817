/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits of what can be wired: at the limit it runs, one beyond it is refused in one line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lwkt_pipeline.h>
#include <lwkt_stages.h>

#include "tools.h"

#define MOST_ROWS  (LWKT_STAGE_DEPTH + 2)
#define MOST_WIRES 1023

static struct lwkt_stage_row rows[MOST_ROWS];
static char names[MOST_ROWS][16];

/* Stages 0 to n - 1 in a row: a source, distributors, a sink. */
static void
make_row(unsigned int n, const struct lwkt_source_conf *source)
{
	for (unsigned int i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		rows[i] =
		    (struct lwkt_stage_row){names[i], &lwkt_stage_distribute, 1, NULL, {NULL}};
		if (i > 0)
			rows[i - 1].sr_out[0] = names[i];
	}
	rows[0].sr_kind = &lwkt_stage_source;
	rows[0].sr_conf = source;
	rows[n - 1].sr_kind = &lwkt_stage_sink;
}

/* Limit: LWKT_STAGE_DEPTH */
LWKT_TEST(limits, N94_so_many_stages_in_a_row_on_one_cpu_and_no_more)
{
	const struct lwkt_source_conf source = {
	    .oc_count = 500, .oc_flows = 50, .oc_pool = test_pool("p", 511)};
	struct lwkt_pipeline *pl;

	make_row(LWKT_STAGE_DEPTH, &source);
	pl = lwkt_pipeline_create("p", rows, LWKT_STAGE_DEPTH);
	cr_assert_not_null(pl);
	cr_expect_eq(run_audited(pl, 500).ac_consumed, 500);
	lwkt_pipeline_destroy(pl);

	make_row(LWKT_STAGE_DEPTH + 1, &source);
	expect_no_pipeline(rows, LWKT_STAGE_DEPTH + 1, EINVAL,
	    "lwkt: pipeline p: stage s256: cpu: it is behind 256 others in a row on lcore 1, which "
	    "call each other; give one of them another lcore, at most 256 may be in a row\n");
	rows[100].sr_lcore = 2;
	pl = lwkt_pipeline_create("p", rows, LWKT_STAGE_DEPTH + 1);
	cr_assert_not_null(pl, "a ring between them ends the row");
	cr_expect_eq(run_audited(pl, 500).ac_consumed, 500);
	lwkt_pipeline_destroy(pl);
}

/* One source and relays of 32 outputs each, all to one sink on another CPU. */
static unsigned int
make_fan(unsigned int wires, const struct lwkt_source_conf *source)
{
	unsigned int n = 3;

	rows[0] = (struct lwkt_stage_row){"a", &lwkt_stage_source, 1, source, {"d"}};
	rows[1] = (struct lwkt_stage_row){"d", &kind_relay, 1, NULL, {NULL}};
	rows[2] = (struct lwkt_stage_row){"s", &lwkt_stage_sink, 2, NULL, {NULL}};
	for (unsigned int left = wires; left > 0; n++) {
		snprintf(names[n], sizeof(names[n]), "r%u", n);
		rows[n] = (struct lwkt_stage_row){names[n], &kind_relay, 1, NULL, {NULL}};
		rows[1].sr_out[n - 3] = names[n];
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && left > 0; o++, left--) {
			rows[n].sr_out[o] = "s";
			rows[n].sr_edge[o].ec_kind = LWKT_EDGE_PACKET;
		}
	}
	return n;
}

/* One CPU after the other. */
static void
count_cpu(void *ran)
{
	++*(unsigned int *)ran;
}

/* Limit: STAGE_WIRE_MAX */
LWKT_TEST(limits, N92_so_many_wires_into_a_stage_and_no_more)
{
	const struct lwkt_source_conf source = {.oc_count = 20000, .oc_pool = test_pool("p", 2047)};
	struct lwkt_pipeline *pl;
	unsigned int ran = 0;

	pl = lwkt_pipeline_create("p", rows, make_fan(MOST_WIRES, &source));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	cr_expect_eq(lwkt_pipeline_rollout(pl, count_cpu, &ran), 0);
	await_sources(pl, 20000);
	cr_expect_eq(lwkt_pipeline_rollout(pl, count_cpu, &ran), 0);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(ran, 4);
	cr_expect_eq(expect_audited(pl).ac_consumed, 20000);
	lwkt_pipeline_destroy(pl);

	expect_no_pipeline(rows, make_fan(MOST_WIRES + 1, &source), EINVAL,
	    "lwkt: pipeline p: stage s: cpu: 1024 outputs lead to it from other lcores; at most "
	    "1023 may, so put a stage of their own lcore in between\n");
}

static void
make_two(const struct lwkt_source_conf *source)
{
	rows[0] = (struct lwkt_stage_row){"a", &lwkt_stage_source, 1, source, {"s"}};
	rows[1] = (struct lwkt_stage_row){"s", &lwkt_stage_sink, 2, NULL, {NULL}};
}

/* Of an output, the window and the budget. Limit: LWKT_EDGE_LIMIT_MAX, WINDOW_MAX, BUDGET_US_MAX */
LWKT_TEST(limits, N94_numbers_at_their_limits_and_beyond)
{
	const struct lwkt_source_conf source = {.oc_count = 500, .oc_pool = test_pool("p", 511)};
	const unsigned int limits[] = {LWKT_EDGE_LIMIT_MIN - 1, LWKT_EDGE_LIMIT_MIN,
	    LWKT_EDGE_LIMIT_MAX, LWKT_EDGE_LIMIT_MAX + 1};
	const unsigned int windows[] = {
	    LWKT_STAGE_BURST - 1, LWKT_STAGE_BURST, 1u << 24, (1u << 24) + 1};
	const unsigned int budgets[] = {49, 50, 10000000, 10000001};

	for (unsigned int i = 0; i < 4; i++) {
		bool good = i == 1 || i == 2;
		struct lwkt_pipeline_opts opts = {.po_window = windows[i]};
		struct lwkt_pipeline *pl;

		make_two(&source);
		rows[0].sr_edge[0].ec_limit = limits[i];
		if (!good)
			expect_no_pipeline(rows, 2, EINVAL, NULL);
		rows[0].sr_edge[0].ec_limit = good ? limits[i] : 0;
		pl = lwkt_pipeline_create("p", rows, 2);
		cr_assert_not_null(pl);
		cr_expect_eq(lwkt_pipeline_configure(pl, &opts), good ? 0 : -EINVAL);
		opts = (struct lwkt_pipeline_opts){.po_budget_us = budgets[i]};
		cr_expect_eq(lwkt_pipeline_configure(pl, &opts), good ? 0 : -EINVAL);
		cr_expect_eq(run_audited(pl, 500).ac_consumed, 500);
		lwkt_pipeline_destroy(pl);
	}
}

/* Limit: LWKT_STAGE_DROPS, LWKT_STAGE_COUNTERS. A kind of somebody's with as many reasons and counters as there is room for, and one more. */
LWKT_TEST(limits, N93_reasons_and_counters_at_their_limits_and_beyond)
{
	const struct lwkt_source_conf source = {.oc_count = 10, .oc_pool = test_pool("p", 63)};
	const char *list[LWKT_STAGE_DROPS + 2] = {NULL};
	struct lwkt_stage_kind kind = lwkt_stage_sink;
	struct lwkt_pipeline *pl;

	static_assert(LWKT_STAGE_DROPS == LWKT_STAGE_COUNTERS, "one list will do");
	for (unsigned int i = 0; i < LWKT_STAGE_DROPS; i++)
		list[i] = "r";
	kind.sk_drop_names = list;
	make_two(&source);
	rows[1].sr_kind = &kind;
	pl = lwkt_pipeline_create("p", rows, 2);
	cr_assert_not_null(pl);
	lwkt_pipeline_destroy(pl);
	list[LWKT_STAGE_DROPS] = "r";
	expect_no_pipeline(rows, 2, EINVAL, NULL);
	kind.sk_drop_names = NULL;
	kind.sk_counter_names = list;
	expect_no_pipeline(rows, 2, EINVAL, NULL);
}

/* A name of 31 bytes is one, of 32 not. Limit: LWKT_STAGE_NAME */
LWKT_TEST(limits, API_names_at_their_limit_and_beyond)
{
	const struct lwkt_source_conf source = {.oc_count = 10, .oc_pool = test_pool("p", 63)};
	struct lwkt_pipeline *pl;
	char name[LWKT_STAGE_NAME + 1];

	make_two(&source);
	memset(name, 'n', sizeof(name) - 1);
	name[LWKT_STAGE_NAME] = '\0';
	rows[0].sr_name = name;
	expect_no_pipeline(rows, 2, EINVAL, NULL);
	name[LWKT_STAGE_NAME - 1] = '\0';
	pl = lwkt_pipeline_create(name, rows, 2);
	cr_assert_not_null(pl);
	cr_expect_not_null(lwkt_pipeline_find(pl, name));
	lwkt_pipeline_destroy(pl);
}
