/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables that make no pipeline: each is refused with one line that says what to change.
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "kinds.h"

static struct source_conf source;
static struct sink_conf sink;
static const struct lwkt_stage_kind kind_neither = {.sk_name = "neither"};

#define LONG_NAME "a_name_of_thirty-two_bytes_in_all"
#define MAX_ROWS  4

static const struct {
	const char *name; /* the pipeline's */
	struct lwkt_stage_row rows[MAX_ROWS];
	unsigned int nrows;
	int error;
	const char *line; /* all of it; with a * in front: a part */
} cases[] = {
    {"p", {{"a", &kind_source, 1, &source, {"b"}}}, 0, EINVAL, "*pipeline: needs a name"},
    {NULL, {{"a", &kind_source, 1, &source, {"b"}}}, 1, EINVAL, "*pipeline: needs a name"},
    {LONG_NAME, {{"a", &kind_source, 1, &source, {"b"}}}, 1, EINVAL, "*pipeline: needs a name"},
    {"p", {{NULL, &kind_source, 1, &source, {"b"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage ?: sr_name must have 1 to 31 bytes"},
    {"p", {{"", &kind_source, 1, &source, {"b"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage : sr_name must have 1 to 31 bytes"},
    {"p", {{LONG_NAME, &kind_source, 1, &source, {"b"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage " LONG_NAME ": sr_name must have 1 to 31 bytes"},
    {"p", {{"a", &kind_source, 1, &source, {"a"}}, {"a", &kind_sink, 1, &sink, {NULL}}}, 2, EINVAL,
        "lwkt: pipeline p: stage a: the name is used twice; give each stage its own"},
    {"p", {{"a", NULL, 1, &source, {"b"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage a: sr_kind must have one of sk_poll and sk_handle"},
    {"p", {{"a", &kind_neither, 1, &source, {"b"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage a: sr_kind must have one of sk_poll and sk_handle"},
    {"p", {{"a", &kind_source, 99, &source, {"b"}}, {"b", &kind_sink, 1, &sink, {NULL}}}, 2, EINVAL,
        "lwkt: pipeline p: stage a: sr_lcore is no CPU; use one of EAL's lcores (-l)"},
    {"p", {{"a", &kind_source, 1, &source, {"b"}}, {"b", &kind_sink, UINT32_MAX, &sink, {NULL}}}, 2,
        EINVAL, "lwkt: pipeline p: stage b: sr_lcore is no CPU; use one of EAL's lcores (-l)"},
    {"p", {{"a", &kind_source, 1, &source, {NULL}}}, 1, EINVAL,
        "lwkt: pipeline p: stage a: a source needs an output (sr_out)"},
    {"p", {{"a", &kind_source, 1, &source, {"nobody"}}}, 1, EINVAL,
        "lwkt: pipeline p: stage a: output 0 goes to nobody, which is no stage of this table"},
    {"p", {{"a", &kind_source, 1, &source, {"s", "a"}}, {"s", &kind_sink, 1, &sink, {NULL}}}, 2,
        EINVAL,
        "lwkt: pipeline p: stage a: output 1 goes to a, which is a source and takes no packets"},
    {"p",
        {{"a", &kind_source, 1, &source, {"s"}}, {"s", &kind_sink, 1, &sink, {NULL}},
            {"t", &kind_sink, 2, &sink, {NULL}}},
        3, EINVAL, "lwkt: pipeline p: stage t: no output goes to it; wire it or take it out"},
    {"p", {{"a", &kind_source, 1, &source, {"r"}}, {"r", &kind_relay, 2, NULL, {"r"}}}, 2, EINVAL,
        "lwkt: pipeline p: stage r: its packets come back to it; break the cycle"},
    {"p",
        {{"a", &kind_source, 1, &source, {"r"}}, {"r", &kind_relay, 2, NULL, {"q", "s"}},
            {"q", &kind_relay, 1, NULL, {"r"}}, {"s", &kind_sink, 1, &sink, {NULL}}},
        4, EINVAL, "*: its packets come back to it; break the cycle"},
    /* Whoever is behind the cycle is not to blame. */
    {"p",
        {{"a", &kind_source, 1, &source, {"r"}}, {"s", &kind_sink, 1, &sink, {NULL}},
            {"r", &kind_relay, 2, NULL, {"r", "s"}}},
        3, EINVAL, "lwkt: pipeline p: stage r: its packets come back to it; break the cycle"},
};

static void
expect_line(const char *log, const char *want, unsigned int i)
{
	size_t bytes = strlen(log);

	cr_assert_gt(bytes, 0, "case %u logs nothing", i);
	cr_expect_eq(strchr(log, '\n'), log + bytes - 1, "case %u, one line: '%s'", i, log);
	if (want[0] == '*')
		cr_expect(strstr(log, want + 1) != NULL, "case %u: '%s'", i, log);
	else
		cr_expect(bytes == strlen(want) + 1 && strncmp(log, want, bytes - 1) == 0,
		    "case %u: '%s', not '%s'", i, log, want);
}

LWKT_TEST(create, API_a_wrong_table_is_refused_in_one_line_that_names_the_stage)
{
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		struct lwkt_pipeline *pl;

		test_log_begin();
		rte_errno = 0;
		pl = lwkt_pipeline_create(cases[i].name, cases[i].rows, cases[i].nrows);
		expect_line(test_log_end(), cases[i].line, i);
		cr_expect_null(pl, "case %u", i);
		cr_expect_eq(rte_errno, cases[i].error, "case %u", i);
		cr_expect_eq(stages_alive, 0, "case %u", i);
	}
}

LWKT_TEST(create, API_a_failing_init_is_passed_on_and_what_was_made_is_unmade)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 1, NULL, {"f"}},
	    {"f", &kind_failing, 2, NULL, {"s"}},
	    {"s", &kind_sink, 1, &sink, {NULL}},
	};

	rte_errno = 0;
	cr_expect_null(lwkt_pipeline_create("p", rows, RTE_DIM(rows)));
	cr_expect_eq(rte_errno, ENOSPC);
	cr_expect_eq(stages_alive, 0, "sk_fini of those that were initialised, and only of those");
}

LWKT_TEST(create, API_the_stages_are_those_of_the_table)
{
	char name[] = "first";
	struct lwkt_stage_row rows[] = {
	    {name, &kind_source, 2, &source, {"r"}},
	    {"r", &kind_relay, 3, NULL, {"s", "t"}},
	    {"s", &kind_sink, 1, &sink, {NULL}},
	    {"t", &kind_sink, 1, &sink, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	const struct lwkt_stage *st[RTE_DIM(rows)];

	cr_assert_not_null(pl);
	name[0] = 'X'; /* the table is copied */
	memset(rows, 0, sizeof(rows));
	cr_expect_eq(lwkt_pipeline_nstages(pl), RTE_DIM(rows));
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		st[i] = lwkt_pipeline_stage(pl, i);
		cr_assert_not_null(st[i]);
		cr_expect_eq(st[i]->st_pipeline, pl);
		cr_expect_eq((uintptr_t)st[i]->st_state % RTE_CACHE_LINE_SIZE, 0);
	}
	cr_expect_null(lwkt_pipeline_stage(pl, RTE_DIM(rows)));
	cr_expect_str_eq(st[0]->st_name, "first");
	cr_expect_eq(st[0]->st_lcore, 2);
	cr_expect_eq(st[0]->st_nouts, 1);
	cr_expect_eq(st[0]->st_out[0].ed_to, st[1]);
	cr_expect_eq(st[1]->st_nouts, 2);
	cr_expect_eq(st[1]->st_out[0].ed_to, st[2]);
	cr_expect_eq(st[1]->st_out[1].ed_to, st[3]);
	cr_expect_eq(st[1]->st_kind, &kind_relay);
	cr_expect_eq(stages_alive, (int)RTE_DIM(rows));
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(stages_alive, 0);
	lwkt_pipeline_destroy(NULL);
}

/* As a source on CPU 1 does, but here: a pipeline that has never run. */
static void
bring_in(void *arg)
{
	struct lwkt_stage *st = arg;

	st->st_kind->sk_poll(st);
}

/* All that a stage may do wrong with an index. */
static unsigned int wrong_output, wrong_reason;

static unsigned int
wrong_poll(struct lwkt_stage *st)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(test_pool("q", 63));

	if (m == NULL)
		return 0;
	lwkt_stage_brought(st, &m, 1);
	if (wrong_reason != 0)
		lwkt_stage_drop(st, wrong_reason, &m, 1);
	lwkt_stage_emit(st, wrong_output, &m, 1);
	return 1;
}

LWKT_TEST(create, N93_an_output_or_a_reason_that_is_not_there_stops_the_program)
{
	static const char *const drops[] = {"one", NULL};
	static const struct lwkt_stage_kind kind_wrong = {
	    .sk_name = "wrong", .sk_poll = wrong_poll, .sk_drop_names = drops};
	struct sink_conf log = {0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_wrong, 1, NULL, {"s"}},
	    {"s", &kind_sink, 1, &log, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	static const unsigned int outputs[] = {1, LWKT_STAGE_OUTS - 1};

	cr_assert_not_null(pl);
	for (unsigned int i = 0; i < RTE_DIM(outputs); i++) {
		wrong_output = outputs[i];
		expect_stops(bring_in, lwkt_pipeline_find(pl, "a"), "lwkt_stage_emit",
		    "stage a (kind wrong, CPU 1)", "which is not there: it has 1");
	}
#if LWKT_INVARIANTS
	wrong_reason = 1;
	expect_stops(bring_in, lwkt_pipeline_find(pl, "a"), "lwkt_stage_drop",
	    "stage a (kind wrong, CPU 1): no drop reason 1");
#endif
	lwkt_pipeline_destroy(pl);
}

/* The first packet stops the program; its private bytes are the application's, and stay so. */
LWKT_TEST(create, G96_packets_of_a_pool_that_nobody_adopted_are_refused)
{
	struct rte_mempool *pool =
	    rte_pktmbuf_pool_create("foreign", 63, 0, 64, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	const struct source_conf foreign = {.sc_pool = pool, .sc_count = 1, .sc_burst = 1};
	struct sink_conf log = {0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &foreign, {"s"}},
	    {"s", &kind_sink, 2, &log, {NULL}, {{.ec_kind = LWKT_EDGE_AUTO}}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert(pool != NULL && pl != NULL);
	expect_stops(bring_in, lwkt_pipeline_find(pl, "a"), "stage a (kind test_source, CPU 1)",
	    "pool foreign", "cannot travel as messages");
	lwkt_pipeline_destroy(pl);
	rte_mempool_free(pool);
}
