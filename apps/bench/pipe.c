/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pipeline: pipelines on null devices beside loops written by hand.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <lwkt_cpu.h>

#include "bench.h"
#include "output.h"
#include "pair.h"
#include "pipe_pvt.h"
#include "report.h"

/* Of one side of a round. */
#define SLICES        8
#define SLICES_WARM   2
#define PACKETS       16384
#define SLICES_QUICK  3
#define PACKETS_QUICK 4096

static const struct pipe_test *const tests[] = {&pipe_packets, &pipe_vectors, &pipe_rtc,
    &pipe_stages, &pipe_switch_1, &pipe_switch_10k, &pipe_switch_100k};
static const char *const test_words[] = {
    "packets", "vectors", "rtc", "stages", "switch-1", "switch-10k", "switch-100k", NULL};

#define NTESTS RTE_DIM(tests)
static_assert(RTE_DIM(test_words) == NTESTS + 1, "a word for each test");

static unsigned int opt_rounds = 41, opt_ms = 25000;
static unsigned int opt_mbufs = 4095, opt_cache = 128, opt_room = 2048, opt_window;
static unsigned int opt_regimes = REGIME_ANY, opt_only = (1u << NTESTS) - 1;
static const char *opt_json;
static bool opt_quick;

static const struct opt options[] = {
    {"only", "NAMES", "packets, vectors, rtc, stages, switch-1, -10k, -100k; default all",
        OPT_WORDS, &opt_only, .op_words = test_words},
    {"mbufs", "N", "of each side's pool; default 4095", OPT_UINT, &opt_mbufs, 1023, 65535},
    {"cache", "N", "mbufs that the pool keeps per lcore; default 128", OPT_UINT, &opt_cache, 0,
        512},
    {"room", "N", "bytes of data that an mbuf has room for; default 2048", OPT_UINT, &opt_room, 64,
        16384},
    {"window", "N", "packets that our pipelines may hold; default the library's", OPT_UINT,
        &opt_window, 128, 65535},
    REPORT_OPT_ROUNDS(&opt_rounds, &opt_ms, &opt_regimes),
    REPORT_OPT_JSON(&opt_json),
    {"quick", NULL, "few packets: tries the program, measures nothing", OPT_FLAG, &opt_quick},
    OPTION_END,
};

/*
 * The work
 */

/* Cycles a packet of one side; what its stages take, if that is to be known. */
static double
measure_side(struct pipe_row *row, enum side side, long *taken)
{
	const struct pipe_test *test = row->pw_test;
	double all, without;

	if (side == OURS || row->pw_rival != NULL)
		all =
		    pipe_lwkt_measure(row, side == OURS ? row->pw_pipeline : row->pw_rival, taken);
	else
		all = pipe_raw_measure(row->pw_run, test->pt_client, test->pt_server, taken);
	if (test->pt_stages == 0)
		return all;
	without = side == OURS
	              ? pipe_lwkt_measure(row, row->pw_without, taken)
	              : pipe_raw_measure(row->pw_run, NULL, test->pt_server_without, taken);
	return (all - without) / test->pt_stages;
}

static void
pipe_measure(void *arg, bool rival_first, struct sample *sample)
{
	struct pipe_row *row = arg;
	enum side first = rival_first ? RIVAL : OURS, second = rival_first ? OURS : RIVAL;

	row->pw_run->pr_slices.sl_cpus = row->pw_test->pt_cpus;
	sample->sa_value[first][0] = measure_side(row, first, &sample->sa_taken);
	sample->sa_value[second][0] = measure_side(row, second, &sample->sa_taken);
	row->pw_rounds.rs_failed = row->pw_errors > 0;
}

static bool
make_rows(struct pipe_row *rows, unsigned int *n, struct pipe_run *run)
{
	for (unsigned int t = 0; t < NTESTS; t++) {
		struct pipe_row *row = &rows[*n];

		if ((opt_only & (1u << t)) == 0)
			continue;
		row->pw_test = tests[t];
		row->pw_run = run;
		row->pw_pipeline = tests[t]->pt_make(run);
		if (tests[t]->pt_make_without != NULL)
			row->pw_without = tests[t]->pt_make_without(run);
		if (tests[t]->pt_make_rival != NULL)
			row->pw_rival = tests[t]->pt_make_rival(run);
		if (row->pw_pipeline == NULL ||
		    (row->pw_without == NULL && tests[t]->pt_make_without != NULL) ||
		    (row->pw_rival == NULL && tests[t]->pt_make_rival != NULL) ||
		    rounds_init(&row->pw_rounds, opt_rounds, opt_regimes) < 0)
			return false;
		(*n)++;
	}
	return true;
}

static void
client_clock(void *arg)
{
	((struct pipe_run *)arg)->pr_slices.sl_clock[1] = slices_clock();
}

static void
server_clock(void *arg)
{
	((struct pipe_run *)arg)->pr_slices.sl_clock[0] = slices_clock();
}

/* 0 or a negative errno, after one line. */
static int
pipe_prepare(struct pipe_run *run)
{
	int rc = lwkt_init(NULL);

	if (rc == 0)
		rc = pair_start_workers();
	if (rc < 0) {
		output_error("lwkt-bench pipeline: cannot start: %s\n", strerror(-rc));
		return rc;
	}
	run->pr_window = opt_window;
	run->pr_slices.sl_warm = SLICES_WARM;
	run->pr_slices.sl_n = SLICES_WARM + (opt_quick ? SLICES_QUICK : SLICES);
	run->pr_slices.sl_packets = opt_quick ? PACKETS_QUICK : PACKETS;
	pair_run(client_clock, server_clock, run);
	run->pr_ring =
	    rte_ring_create("rival", PIPE_RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (run->pr_ring == NULL) {
		output_error("lwkt-bench pipeline: not enough memory; give EAL more (-m)\n");
		return -ENOMEM;
	}
	return pipe_devs_open(
	    run, opt_mbufs, opt_cache, (uint16_t)(RTE_PKTMBUF_HEADROOM + opt_room));
}

/*
 * The report
 */

static int
report_one(json_t *report, const struct pipe_row *row)
{
	const struct pipe_test *test = row->pw_test;
	json_t *json = report_row(report, test->pt_name, test->pt_what);
	struct result re;
	double ns;

	if (row->pw_errors > 0) {
		output_error(
		    "lwkt-bench pipeline: %s: packets were lost, or none flowed\n", test->pt_name);
		return BENCH_FAILED;
	}
	if (json == NULL || rounds_result(&row->pw_rounds, 0, &re) < 0)
		return BENCH_FAILED;
	ns = re.re_side[OURS].su_median * 1e9 / (double)rte_get_tsc_hz();
	json_object_update_new(
	    json, json_pack("{s:i, s:i, s:i, s:i, s:i}", "cpus", (int)test->pt_cpus, "mbufs",
	              (int)opt_mbufs, "cache", (int)opt_cache, "room", (int)opt_room, "window",
	              (int)lwkt_pipeline_window(row->pw_pipeline)));
	report_result(json, &row->pw_rounds, &re);
	if (test->pt_stages == 0)
		json_object_set_new(json, "mpps", json_real(1e3 / ns));
	if (test->pt_floor > 0) {
		json_object_set_new(json, "floor", json_real(test->pt_floor));
		json_object_set_new(json, "holds", json_boolean(re.re_ratio >= test->pt_floor));
	} else {
		json_object_set_new(json, "limit_ns", json_real(test->pt_limit_ns));
		json_object_set_new(json, "holds", json_boolean(ns <= test->pt_limit_ns));
	}
	report_warn_rounds(report, test->pt_name, &re, opt_rounds);
	return BENCH_OK;
}

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"ours.median", "lwkt cycles", 1},
    {"ours_ns", "lwkt ns", 1},
    {"mpps", "Mpps", 1},
    {"rival.median", "raw cycles", 1},
    {"ratio", "raw/lwkt", 2},
    {"ratio_q1", "quartile 1", 2},
    {"ratio_q3", "quartile 3", 2},
    {"floor", "floor", 2},
    {"limit_ns", "limit ns", 0},
    {"rounds_kept", "rounds", 0},
    {"regime", "regime", 0},
    {"pingpong_cycles", "ping-pong", 0},
    {NULL, NULL, 0},
};

static int
report_all(const struct pipe_row *rows, unsigned int n)
{
	json_t *report = report_new(bench_pipeline.bc_name);
	int rc = BENCH_OK;

	if (report == NULL)
		return BENCH_FAILED;
	for (unsigned int i = 0; i < n; i++)
		if (report_one(report, &rows[i]) != BENCH_OK)
			rc = BENCH_FAILED;
	return report_end(report, columns, opt_json, rc);
}

static int
run_rows(struct pipe_run *run)
{
	struct pipe_row rows[NTESTS] = {0};
	struct rounds_row all[NTESTS];
	unsigned int n = 0;
	int rc = BENCH_FAILED;

	for (unsigned int i = 0; i < NTESTS; i++)
		all[i] = (struct rounds_row){&rows[i].pw_rounds, &rows[i]};
	if (make_rows(rows, &n, run)) {
		rounds_all(all, n, opt_ms, pipe_measure);
		rc = report_all(rows, n);
	}
	for (unsigned int i = 0; i < NTESTS; i++) {
		lwkt_pipeline_destroy(rows[i].pw_pipeline);
		lwkt_pipeline_destroy(rows[i].pw_without);
		lwkt_pipeline_destroy(rows[i].pw_rival);
		rounds_free(&rows[i].pw_rounds);
	}
	return rc;
}

static int
pipe_run(void)
{
	struct pipe_run *pr = rte_zmalloc("pipe", sizeof(*pr), RTE_CACHE_LINE_SIZE);
	int rc = BENCH_FAILED;

	if (pr == NULL)
		return bench_cannot_start(&bench_pipeline, 0);
	if (pipe_prepare(pr) == 0) {
		rc = run_rows(pr);
		pipe_devs_close(pr);
		lwkt_fini();
	}
	rte_ring_free(pr->pr_ring);
	rte_free(pr);
	return rc;
}

const struct bench_cmd bench_pipeline = {
    .bc_name = "pipeline",
    .bc_summary = "pipelines on null devices, beside loops written by hand",
    .bc_lcores = 3,
    .bc_main_sleeps = true,
    .bc_options = options,
    .bc_json = &opt_json,
    .bc_run = pipe_run,
};
