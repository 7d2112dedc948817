/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench lone: one message at a time, at a low rate, while both CPUs do nothing but poll. Sends
 * are gathered until a batch is full or the CPU polls; this shows that a lone one is not held back.
 *
 *     ping-pong │ 1 ms of idle polls, two requests with replies │ the same, raw rings │ ping-pong
 *
 * is a round, in alternating order, and a round counts as in 'msg'. What is timed is from the send
 * to the reply in hand.
 *
 * lone       the first request: the code and data of sending have not been used for 1 ms
 * lone-next  the second, right behind the reply to the first: they have; to gather would hold it
 *            back as long
 */
#include <stdio.h>

#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "bench.h"
#include "msg_loops.h"
#include "output.h"
#include "pair.h"
#include "report.h"

#define REQUESTS 2

static const char *const metrics[] = {"", "-next", NULL};
static_assert(REQUESTS <= ROUND_METRICS, "a figure for each");

static unsigned int opt_rate = 1000, opt_ms = 2000, opt_regimes = REGIME_ANY;
static const char *opt_json;

static const struct opt options[] = {
    {"rate", "N", "messages a second; default 1000", OPT_UINT, &opt_rate, 1, 10000},
    {"seconds", "N", "for so long, half of it for each side; default 2", OPT_SECONDS, &opt_ms, 100,
        60000},
    {"regime", "NAMES", "near,far: rounds that count; default both", OPT_WORDS, &opt_regimes,
        .op_words = regime_words},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static void
lone_client(void *run)
{
	msg_lone_client(run, OURS, rte_get_tsc_hz() / opt_rate, REQUESTS);
}

static void
lone_raw_client(void *run)
{
	msg_lone_client(run, RIVAL, rte_get_tsc_hz() / opt_rate, REQUESTS);
}

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"ours.median", "lwkt cycles", 0},
    {"ours.p99", "p99", 0},
    {"ours.p999", "p99.9", 0},
    {"rival.median", "raw ring cycles", 0},
    {"rival.p99", "p99", 0},
    {"rival.p999", "p99.9", 0},
    {"ratio", "raw/lwkt", 2},
    {"rounds_kept", "messages", 0},
    {"regime", "regime", 0},
    {"pingpong_cycles", "ping-pong", 0},
    {NULL, NULL, 0},
};

static int
report_one(json_t *report, const struct msg_row *row, unsigned int metric)
{
	const struct rounds *rs = &row->ro_rounds;
	struct result re;
	char name[32];
	json_t *json;

	if (rounds_result(rs, metric, &re) < 0)
		return BENCH_FAILED;
	snprintf(name, sizeof(name), "%s%s", row->ro_test->mt_name, metrics[metric]);
	json = report_row(report, name, row->ro_test->mt_what);
	json_object_set_new(json, "rate", json_integer(opt_rate));
	report_result(json, rs, &re);
	report_tail(json_object_get(json, "ours"), &re.re_side[OURS]);
	report_tail(json_object_get(json, "rival"), &re.re_side[RIVAL]);
	if (metric == 0 && re.re_kept < rs->rs_n / 2)
		report_warn(report, "lone: only %u of %u rounds were good; is the machine busy?",
		    re.re_kept, rs->rs_n);
	return BENCH_OK;
}

static int
report_all(const struct msg_row *row)
{
	json_t *report = report_new(bench_lone.bc_name);
	int rc = BENCH_OK;

	if (report == NULL)
		return BENCH_FAILED;
	for (unsigned int m = 0; metrics[m] != NULL && rc == BENCH_OK; m++)
		rc = report_one(report, row, m);
	rc = report_end(report, columns, opt_json, rc);
	if (row->ro_run.mr_client_errors + row->ro_run.mr_server_errors > 0) {
		output_error("lwkt-bench lone: a message had a wrong answer\n");
		rc = BENCH_FAILED;
	}
	return rc;
}

static int
lone_run(void)
{
	const struct msg_test test = {
	    .mt_name = "lone",
	    .mt_metrics = metrics,
	    .mt_what = "a request and its reply, alone on idle CPUs",
	    .mt_in_flight = 1,
	    .mt_reply_queued = true,
	    .mt_side = {{lone_client, msg_roundtrip.mt_side[OURS].si_server},
	        {lone_raw_client, msg_roundtrip.mt_side[RIVAL].si_server}},
	};
	struct msg_row *row = NULL;
	int rc = lwkt_init(NULL);

	if (rc == 0)
		rc = msg_rows_init();
	if (rc == 0)
		rc = pair_start();
	if (rc == 0)
		row = msg_row_new(&test, 1, opt_rate * opt_ms / 2000 + 1, opt_regimes);
	if (row == NULL)
		return bench_cannot_start(&bench_lone, rc);
	row->ro_run.mr_count = REQUESTS;
	rounds_all(&(struct rounds_row){&row->ro_rounds, row}, 1, opt_ms, msg_row_measure);
	pair_stop();
	rc = report_all(row);
	msg_row_free(row);
	lwkt_fini();
	return rc;
}

const struct bench_cmd bench_lone = {
    .bc_name = "lone",
    .bc_summary = "one message now and then on idle CPUs, beside raw rings",
    .bc_lcores = 2,
    .bc_options = options,
    .bc_json = &opt_json,
    .bc_run = lone_run,
};
