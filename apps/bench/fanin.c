/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench fanin: several CPUs send to one port. Nothing is lost, each source's messages stay in
 * order, and no source starves. It is no measurement of speed: there are more lcores than
 * processors.
 *
 * fanin-count  each source sends so many messages
 * fanin-time   each source sends as many as it can for so long
 *
 * A source starves if it has messages in its ring, and messages of others are received all the
 * same, more than a fair receiver could have had before it: each other source's window twice (what
 * it had taken from the rings already, and the next turn), and that doubled, for luck.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>

#include <lwkt_cpu.h>

#include "bench.h"
#include "fanin.h"
#include "report.h"

#define GAP_LIMIT(sources) (4 * (uint64_t)((sources)-1) * FANIN_WINDOW)

static unsigned int opt_sources = 3, opt_messages = 1000000, opt_ms = 2000;
static const char *opt_json;

static const struct opt options[] = {
    {"sources", "N", "CPUs that send; default 3", OPT_UINT, &opt_sources, 2, FANIN_SOURCES_MAX,
        NULL},
    {"messages", "N", "of each source in fanin-count; default 1000000", OPT_UINT, &opt_messages, 1,
        1000000000, NULL},
    {"ms", "N", "fanin-time sends for so many milliseconds; default 2000", OPT_UINT, &opt_ms, 1,
        600000, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static int
parse(int argc, char **argv)
{
	return report_parse(options, bench_fanin.bc_summary, argc, argv, &opt_json);
}

/* What a row says of all sources together. */
struct sum {
	uint64_t got, sent, least, most, gap;
};

static struct sum
sum_up(const struct fanin_result *result)
{
	struct sum sum = {.least = UINT64_MAX};

	for (unsigned int s = 0; s < opt_sources; s++) {
		uint64_t got = result->fr_got[s];

		sum.got += got;
		sum.sent += result->fr_sent[s];
		sum.least = got < sum.least ? got : sum.least;
		sum.most = got > sum.most ? got : sum.most;
		sum.gap = result->fr_gap[s] > sum.gap ? result->fr_gap[s] : sum.gap;
	}
	return sum;
}

static json_t *
per_source(const uint64_t *value)
{
	json_t *array = json_array();

	for (unsigned int s = 0; s < opt_sources; s++)
		json_array_append_new(array, json_integer((json_int_t)value[s]));
	return array;
}

/* Lost, out of order, starved: a line on stderr says it. */
static int
judge(const char *name, const struct fanin_result *result, const struct sum *sum)
{
	int rc = BENCH_OK;

	if (sum->got != sum->sent || result->fr_out_of_order > 0) {
		fprintf(stderr,
		    "lwkt-bench fanin: %s: %" PRIu64 " messages sent, %" PRIu64
		    " received, %" PRIu64 " out of order\n",
		    name, sum->sent, sum->got, result->fr_out_of_order);
		rc = BENCH_FAILED;
	}
	for (unsigned int s = 0; s < opt_sources; s++) {
		if (result->fr_gap[s] <= GAP_LIMIT(opt_sources))
			continue;
		fprintf(stderr,
		    "lwkt-bench fanin: %s: source %u starves: %" PRIu64 " of its messages, %" PRIu64
		    " of others received while it waited\n",
		    name, s, result->fr_got[s], result->fr_gap[s]);
		rc = BENCH_FAILED;
	}
	return rc;
}

static int
report_one(json_t *report, const char *name, const char *what, const struct fanin_result *result)
{
	struct sum sum = sum_up(result);
	double total = sum.got > 0 ? (double)sum.got : 1;

	json_object_update_new(report_row(report, name, what),
	    json_pack("{s:i, s:i, s:I, s:f, s:f, s:o, s:f, s:f, s:o, s:I, s:I, s:I, s:I}",
	        "sources", (int)opt_sources, "window", FANIN_WINDOW, "messages",
	        (json_int_t)sum.got, "seconds", result->fr_seconds, "messages_per_second",
	        (double)sum.got / result->fr_seconds, "received", per_source(result->fr_got),
	        "share_min", (double)sum.least / total, "share_max", (double)sum.most / total,
	        "gaps", per_source(result->fr_gap), "gap_max", (json_int_t)sum.gap, "gap_limit",
	        (json_int_t)GAP_LIMIT(opt_sources), "lost",
	        (json_int_t)sum.sent - (json_int_t)sum.got, "out_of_order",
	        (json_int_t)result->fr_out_of_order));
	return judge(name, result, &sum);
}

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"sources", "sources", 0},
    {"messages", "messages", 0},
    {"messages_per_second", "a second", 0},
    {"share_min", "smallest share", 3},
    {"share_max", "largest share", 3},
    {"gap_max", "longest gap", 0},
    {"gap_limit", "limit", 0},
    {"lost", "lost", 0},
    {"out_of_order", "out of order", 0},
    {NULL, NULL, 0},
};

static int
measure(json_t *report)
{
	struct fanin_result result;
	int rc;

	fanin_run(opt_messages, 0, &result);
	rc = report_one(report, "fanin-count", "so many messages of each source", &result);
	if (rc != BENCH_OK)
		return rc;
	fanin_run(0, opt_ms / 1000.0, &result);
	return report_one(report, "fanin-time", "as many of each source as it can send", &result);
}

static int
run(void)
{
	const struct lwkt_config cfg = {.cf_ring_size = FANIN_RING_SIZE};
	int rc = bench_eal_init_virtual(&bench_fanin, opt_sources + 1);
	json_t *report;

	if (rc != BENCH_OK)
		return rc;
	rc = lwkt_init(&cfg);
	if (rc == 0)
		rc = fanin_init(opt_sources);
	if (rc < 0) {
		fprintf(stderr, "lwkt-bench fanin: cannot start: %s\n", strerror(-rc));
		return BENCH_FAILED;
	}
	report = report_new(bench_fanin.bc_name);
	if (report == NULL)
		return BENCH_FAILED;
	rc = measure(report);
	report_table(report, columns, report_stream(opt_json));
	if (report_write(report, bench_fanin.bc_name, opt_json) != BENCH_OK)
		rc = BENCH_FAILED;
	json_decref(report);
	if (rc != BENCH_OK)
		return rc; /* what is still in transit would stop lwkt_fini() */
	fanin_fini();
	lwkt_fini();
	(void)rte_eal_cleanup();
	return rc;
}

const struct bench_cmd bench_fanin = {
    .bc_name = "fanin",
    .bc_summary = "several CPUs to one port: nothing lost, in order, nobody starves",
    .bc_lcores = 0,
    .bc_parse = parse,
    .bc_run = run,
};
