/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits of pipeline files and of kinds: at the limit it is taken, one beyond it is refused in one
 * line (scripts/limits.py).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_world.h"
#include "plan_pvt.h"
#include "test.h"

static char text[CONFIG_BYTES + 2];

/* In bounds.c. */
#define DEPTH      16u
#define ANCHORS    64u
#define DIRECTIVES 4u
#define EVENTS     200000u

/* head, so often item with its number for each '#', tail. @return what is said of it; "": it is taken. */
static const char *
said_of(const char *head, const char *item, unsigned int n, const char *tail)
{
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", head);
	struct lwkt_pipeline_file *pf;

	for (unsigned int i = 0; i < n; i++)
		for (const char *c = item; *c != '\0'; c++)
			at +=
			    (size_t)(*c == '#' ? snprintf(text + at, sizeof(text) - at, "%u", i)
			                       : snprintf(text + at, sizeof(text) - at, "%c", *c));
	at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", tail);
	test_log_begin();
	pf = lwkt_pipeline_file_parse("f", text, at);
	lwkt_pipeline_file_destroy(pf);
	return test_log_end();
}

#define STAGE "  - {name: s#, kind: sink}\n"

static unsigned int
lines_in(const char *log)
{
	unsigned int n = 0;

	for (; *log != '\0'; log++)
		n += *log == '\n';
	return n;
}

/* Limit: BOUNDS_DEPTH, BOUNDS_ANCHORS, BOUNDS_DIRECTIVES, BOUNDS_EVENTS */
LWKT_TEST(plan_limits, N94_a_text_within_its_bounds_is_read_and_none_beyond)
{
	const char *log;

	log = said_of("", "[", DEPTH, "");
	cr_expect_null(strstr(log, "more than"), "%s", log);
	log = said_of("", "[", DEPTH + 1, "");
	cr_expect_not_null(strstr(log, "more than 16 lists and mappings"), "%s", log);
	log = said_of("stages:\n", "  - &a# {name: s#, kind: sink}\n", ANCHORS, "");
	cr_expect_str_eq(log, "");
	log = said_of("stages:\n", "  - &a# {name: s#, kind: sink}\n", ANCHORS + 1, "");
	cr_expect_not_null(strstr(log, "more than 64 anchors"), "%s", log);
	log = said_of(
	    "", "%TAG !a#! tag:x,2000:\n", DIRECTIVES, "---\nstages:\n  - {name: s, kind: sink}\n");
	cr_expect_str_eq(log, "");
	log = said_of("", "%TAG !a#! tag:x,2000:\n", DIRECTIVES + 1,
	    "---\nstages:\n  - {name: s, kind: sink}\n");
	cr_expect_not_null(strstr(log, "more than 4 lines begin with"), "%s", log);
	/* A stream, a document and a list have a begin and an end each. */
	log = said_of("", "- a\n", EVENTS - 6, "");
	cr_expect_null(strstr(log, "more than"), "%s", log);
	log = said_of("", "- a\n", EVENTS - 5, "");
	cr_expect_not_null(strstr(log, "more than 200000 words"), "%s", log);
}

/* Limit: CONFIG_STAGES, CONFIG_BYTES */
LWKT_TEST(plan_limits, N94_so_many_stages_and_bytes_and_no_more)
{
	const char *log = said_of("stages:\n", STAGE, CONFIG_STAGES, "");
	static char comment[CONFIG_BYTES + 2];
	size_t used = strlen(text);

	cr_expect_str_eq(log, "");
	memset(comment, '#', sizeof(comment) - 1);
	comment[CONFIG_BYTES - used] = '\0';
	cr_expect_str_eq(said_of("stages:\n", STAGE, CONFIG_STAGES, comment), "");
	cr_expect_eq(strlen(text), CONFIG_BYTES);
	log = said_of("stages:\n", STAGE, CONFIG_STAGES + 1, "");
	cr_expect_eq(lines_in(log), 1, "%s", log);
	cr_expect_not_null(strstr(log, "2049"), "%s", log);
}

/* Limit: PACKETS_MOST */
LWKT_TEST(plan_limits, N94_a_pool_has_so_many_packets_and_no_more)
{
	for (unsigned int more = 0; more <= 1; more++) {
		struct lwkt_inventory world;
		struct lwkt_pipeline_file *pf;
		int rc = -EINVAL;

		config_world_inventory(&world);
		snprintf(text, sizeof(text),
		    "pool: {packets: %u}\nethdevs: [{name: e, device: net_null0}]\nstages:\n"
		    "  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: e}, outputs: [tx]}\n"
		    "  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: e}}\n",
		    (1u << 26) + more);
		test_log_begin();
		pf = lwkt_pipeline_file_parse("f", text, strlen(text));
		if (pf != NULL)
			rc = lwkt_pipeline_file_check(pf, &world);
		lwkt_pipeline_file_destroy(pf);
		cr_expect_eq(lines_in(test_log_end()), more);
		cr_expect_eq(rc, more == 0 ? 0 : -EINVAL);
	}
}

/* Limit: ERRORS_MOST */
LWKT_TEST(plan_limits, API_so_many_errors_are_said_and_then_that_there_are_more)
{
	const char *log = said_of("stages:\n", "  - {name: s#, kind: nothing_near}\n", 64, "");

	cr_expect_eq(lines_in(log), 64);
	cr_expect_null(strstr(log, "more errors"));
	for (unsigned int n = 65; n <= 66; n++) {
		log = said_of("stages:\n", "  - {name: s#, kind: nothing_near}\n", n, "");
		cr_expect_eq(lines_in(log), 65, "%s", log);
		cr_expect_not_null(
		    strstr(log, "f: more errors than these 64; begin with the first"));
	}
}

struct wide_conf {
	uint32_t wc_value[LWKT_PARAM_MOST + 1];
	uint16_t wc_ethdev[LWKT_PARAM_ETHDEVS + 1];
};

static struct lwkt_param wide[LWKT_PARAM_MOST + 2];
static char wide_name[LWKT_PARAM_MOST + 1][12];

/* A kind with so many parameters, of which so many are ethdevs. @return 0 or why not. */
static int
kind_of(unsigned int params, unsigned int ethdevs)
{
	struct lwkt_stage_kind kind = {.sk_name = "wide",
	    .sk_handle = lwkt_stage_l2fwd.sk_handle,
	    .sk_params = wide,
	    .sk_conf_bytes = sizeof(struct wide_conf)};
	char why[240];
	int rc;

	memset(wide, 0, sizeof(wide));
	for (unsigned int i = 0; i < params; i++) {
		bool ethdev = i < ethdevs;

		snprintf(wide_name[i], sizeof(wide_name[i]), "p%u", i);
		wide[i] = (struct lwkt_param){.pa_name = wide_name[i],
		    .pa_type = ethdev ? LWKT_PARAM_ETHDEV : LWKT_PARAM_UINT,
		    .pa_offset = ethdev ? offsetof(struct wide_conf, wc_ethdev) + 2 * i
		                        : offsetof(struct wide_conf, wc_value) + 4 * i,
		    .pa_bytes = ethdev ? 2 : 4,
		    .pa_max = 9};
	}
	rc = config_kind_check(&kind, why, sizeof(why));
	return rc < 0 ? rc : 0;
}

/* Limit: LWKT_PARAM_MOST, LWKT_PARAM_ETHDEVS */
LWKT_TEST(plan_limits, API_a_kind_has_so_many_parameters_and_no_more)
{
	cr_expect_eq(kind_of(LWKT_PARAM_MOST, 0), 0);
	cr_expect_eq(kind_of(LWKT_PARAM_MOST + 1, 0), -EINVAL);
	cr_expect_eq(kind_of(LWKT_PARAM_ETHDEVS, LWKT_PARAM_ETHDEVS), 0);
	cr_expect_eq(kind_of(LWKT_PARAM_ETHDEVS + 1, LWKT_PARAM_ETHDEVS + 1), -EINVAL);
}

/* Limit: LWKT_STAGE_DROPS, LWKT_STAGE_COUNTERS */
LWKT_TEST(plan_limits, N93_a_kind_has_so_many_reasons_and_counters_and_no_more)
{
	const char *names[LWKT_STAGE_DROPS + 2] = {NULL};
	struct lwkt_stage_kind kind = {.sk_name = "k", .sk_handle = lwkt_stage_l2fwd.sk_handle};
	char why[240];

	for (unsigned int i = 0; i < LWKT_STAGE_DROPS; i++)
		names[i] = "r";
	kind.sk_drop_names = kind.sk_counter_names = names;
	cr_expect_geq(config_kind_check(&kind, why, sizeof(why)), 0);
	names[LWKT_STAGE_DROPS] = "r";
	kind.sk_counter_names = NULL;
	cr_expect_eq(config_kind_check(&kind, why, sizeof(why)), -EINVAL);
	kind.sk_counter_names = names;
	kind.sk_drop_names = NULL;
	cr_expect_eq(config_kind_check(&kind, why, sizeof(why)), -EINVAL);
	cr_expect_str_eq(
	    why, "stage kind k: more than 16 drop reasons or 16 counters; give it fewer");
}

/* Limit: LWKT_KINDS_MAX */
LWKT_TEST(plan_limits, API_so_many_kinds_are_registered_and_no_more)
{
	static struct lwkt_stage_kind many[LWKT_KINDS_MAX + 1];
	static char names[LWKT_KINDS_MAX + 1][8];
	unsigned int n = 0, i;

	while (lwkt_stage_kind_at(n) != NULL)
		n++;
	for (i = n; i < LWKT_KINDS_MAX + 1; i++) {
		snprintf(names[i], sizeof(names[i]), "k%u", i);
		many[i] = (struct lwkt_stage_kind){
		    .sk_name = names[i], .sk_handle = lwkt_stage_l2fwd.sk_handle};
		test_log_begin();
		cr_expect_eq(lwkt_stage_kind_register(&many[i]), i < LWKT_KINDS_MAX ? 0 : -ENOSPC);
		cr_expect_eq(lines_in(test_log_end()), i < LWKT_KINDS_MAX ? 0 : 1);
	}
	cr_expect_eq(lwkt_stage_kind_at(LWKT_KINDS_MAX - 1), &many[LWKT_KINDS_MAX - 1]);
}
