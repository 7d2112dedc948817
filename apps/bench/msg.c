/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench msg: messages through ports beside messages through raw rings.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "bench.h"
#include "msg_pvt.h"
#include "output.h"
#include "pair.h"
#include "report.h"

#define ROWS_MAX 40

/* How long one side of a round takes. */
#define MEASURE_US       500
#define MEASURE_QUICK_US 50

const char *const msg_one_metric[] = {"", NULL};

static const struct msg_test *const msg_tests[] = {
    &msg_oneway,
    &msg_roundtrip,
    &msg_domsg,
    &msg_async,
    &msg_natural,
    &msg_natural_single,
    &msg_natural_turns,
    &msg_oncpu,
    &msg_oncpu_burst,
    &msg_oncpu_reply,
    &msg_mpsc,
    &msg_dsw,
    &msg_distributor,
    &msg_call,
    &msg_call_window,
    &msg_call_burst,
    &msg_call_spinlock,
    &msg_call_ticketlock,
    &msg_call_mcslock,
    &msg_call_atomic,
    NULL,
};

static const char *const test_words[] = {"oneway", "roundtrip", "domsg", "async", "natural",
    "natural-single", "natural-turns", "oncpu", "oncpu-burst", "oncpu-reply", "oneway-mpsc",
    "oneway-dsw", "distributor", "call", "call-256", "call-32", "call-spinlock", "call-ticketlock",
    "call-mcslock", "call-atomic", NULL};

static_assert(RTE_DIM(test_words) == RTE_DIM(msg_tests), "a word for each test");

static const struct msg_test *const *tests; /* of the subcommand that runs */
static const char *left_out[ROWS_MAX];      /* why; NULL: it runs */

/*
 * The command line
 */

struct msg_opts msg_opts = {.mo_rounds = 41,
    .mo_ms = 25000,
    .mo_regimes = REGIME_ANY,
    .mo_only = UINT32_MAX,
    .mo_rate = 1000};
static struct uint_list opt_bursts = {4, {1, 8, 32, 64}};

static const struct opt options[] = {
    {"only", "NAMES",
        "oneway,roundtrip,domsg,async,natural,natural-single,natural-turns,\n"
        "oncpu,oncpu-burst,oncpu-reply,\n"
        "oneway-mpsc,oneway-dsw,distributor,call,call-256,call-32,\n"
        "call-spinlock,call-ticketlock,call-mcslock,call-atomic; default all",
        OPT_WORDS, &msg_opts.mo_only, .op_words = test_words},
    {"burst", "LIST", "messages a send in 'oneway' and its likes; default 1,8,32,64", OPT_UINTS,
        &opt_bursts, 1, BURST_MAX},
    MSG_OPTIONS,
    OPTION_END,
};

/*
 * The work
 */

/* The rows of one test, none if its rival is not there. */
static bool
make_test_rows(unsigned int t, struct msg_row **rows, unsigned int *n)
{
	const struct msg_test *test = tests[t];
	unsigned int nbursts = test->mt_bursts ? opt_bursts.ul_n : 1;

	for (unsigned int b = 0; b < nbursts && left_out[t] == NULL; b++) {
		struct msg_row *row =
		    msg_row_new(test, test->mt_bursts ? opt_bursts.ul_value[b] : test->mt_burst,
		        msg_opts.mo_rounds, msg_opts.mo_regimes);

		if (row == NULL)
			return false;
		if (test->mt_prepare != NULL)
			left_out[t] = test->mt_prepare(row);
		if (left_out[t] == NULL)
			rows[(*n)++] = row;
		else
			msg_row_free(row);
	}
	return true;
}

/* Returns how many rows there are; fewer than asked for: no memory. */
static bool
make_rows(struct msg_row **rows, unsigned int *n)
{
	for (unsigned int t = 0; tests[t] != NULL; t++)
		if ((msg_opts.mo_only & (1u << t)) != 0 && !make_test_rows(t, rows, n))
			return false;
	return true;
}

static void
free_rows(struct msg_row **rows, unsigned int n)
{
	for (unsigned int t = 0; tests[t] != NULL; t++)
		if ((msg_opts.mo_only & (1u << t)) != 0 && tests[t]->mt_finish != NULL)
			tests[t]->mt_finish();
	for (unsigned int i = 0; i < n; i++)
		msg_row_free(rows[i]);
}

static void
take_rounds(struct msg_row **rows, unsigned int n)
{
	struct rounds_row all[ROWS_MAX];

	for (unsigned int i = 0; i < n; i++) {
		msg_row_set_count(rows[i], msg_opts.mo_quick ? MEASURE_QUICK_US : MEASURE_US);
		all[i] = (struct rounds_row){&rows[i]->ro_rounds, rows[i]};
	}
	rounds_all(all, n, msg_opts.mo_ms, msg_row_measure);
}

static void
row_name(const struct msg_row *row, unsigned int metric, char *buf, size_t size)
{
	const char *suffix = row->ro_test->mt_metrics[metric];

	if (row->ro_test->mt_bursts)
		snprintf(buf, size, "%s-%u%s", row->ro_test->mt_name, row->ro_run.mr_burst, suffix);
	else
		snprintf(buf, size, "%s%s", row->ro_test->mt_name, suffix);
}

static int
report_one(json_t *report, const struct msg_row *row)
{
	const struct msg_test *test = row->ro_test;
	const struct msg_run *run = &row->ro_run;
	unsigned int wanted = msg_opts.mo_rounds;
	struct result re = {0};
	char name[48];

	for (unsigned int m = 0; test->mt_metrics[m] != NULL; m++) {
		json_t *json;

		row_name(row, m, name, sizeof(name));
		json = report_row(report, name, test->mt_what);
		if (json == NULL || rounds_result(&row->ro_rounds, m, &re) < 0)
			return -ENOMEM;
		json_object_update_new(json,
		    json_pack("{s:i, s:i, s:I, s:s}", "burst", (int)run->mr_burst, "in_flight",
		        (int)run->mr_window, "messages", (json_int_t)run->mr_count, "rival_name",
		        test->mt_rival != NULL ? test->mt_rival : "rte_ring"));
		report_result(json, &row->ro_rounds, &re);
		if (test->mt_report != NULL)
			test->mt_report(json);
		if (test->mt_count == 0)
			continue;
		report_tail(json_object_get(json, "ours"), &re.re_side[OURS]);
		report_tail(json_object_get(json, "rival"), &re.re_side[RIVAL]);
		wanted = row->ro_rounds.rs_n / 2; /* as many as its time had */
	}
	row_name(row, 0, name, sizeof(name));
	report_warn_rounds(report, name, &re, wanted);
	return 0;
}

/* Every message came in order and with the right answer? */
static int
msg_check(const struct bench_cmd *cmd, const struct msg_row *row)
{
	uint64_t errors = row->ro_run.mr_client_errors + row->ro_run.mr_server_errors;
	char name[48];

	if (errors == 0)
		return BENCH_OK;
	row_name(row, 0, name, sizeof(name));
	output_error("lwkt-bench %s: %s: %ju messages out of order or with a wrong answer\n",
	    cmd->bc_name, name, (uintmax_t)errors);
	return BENCH_FAILED;
}

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"ours.median", "lwkt cycles", 1},
    {"ours_ns", "lwkt ns", 1},
    {"rival_name", "rival", 0},
    {"rival.median", "rival cycles", 1},
    {"ratio", "rival/lwkt", 2},
    {"ratio_q1", "quartile 1", 2},
    {"ratio_q3", "quartile 3", 2},
    {"rounds_kept", "rounds", 0},
    {"regime", "regime", 0},
    {"pingpong_cycles", "ping-pong", 0},
    {NULL, NULL, 0},
};

static int
report_all(const struct bench_cmd *cmd, const struct report_col *cols, struct msg_row **rows,
    unsigned int n)
{
	json_t *report = report_new(cmd->bc_name);
	int rc = BENCH_OK;

	if (report == NULL)
		return BENCH_FAILED;
	for (unsigned int t = 0; tests[t] != NULL; t++)
		if (left_out[t] != NULL)
			report_warn(report, "%s left out: %s", tests[t]->mt_name, left_out[t]);
	for (unsigned int i = 0; i < n; i++) {
		if (report_one(report, rows[i]) < 0)
			rc = BENCH_FAILED;
		if (msg_check(cmd, rows[i]) != BENCH_OK)
			rc = BENCH_FAILED;
	}
	return report_end(report, cols != NULL ? cols : columns, msg_opts.mo_json, rc);
}

int
msg_run_tests(
    const struct bench_cmd *cmd, const struct msg_test *const *all, const struct report_col *cols)
{
	const struct lwkt_config cfg = {.cf_ring_size = RING_SIZE};
	struct msg_row *rows[ROWS_MAX];
	unsigned int n = 0;
	int rc = lwkt_init(&cfg);

	tests = all;
	if (rc == 0)
		rc = msg_rows_init();
	if (rc == 0)
		rc = pair_start();
	if (rc < 0)
		return bench_cannot_start(cmd, rc);
	if (make_rows(rows, &n)) {
		take_rounds(rows, n);
		pair_stop();
		rc = report_all(cmd, cols, rows, n);
	} else {
		pair_stop();
		rc = bench_cannot_start(cmd, 0);
	}
	free_rows(rows, n);
	lwkt_fini();
	return rc;
}

static int
msg_run(void)
{
	return msg_run_tests(&bench_msg, msg_tests, NULL);
}

const struct bench_cmd bench_msg = {
    .bc_name = "msg",
    .bc_summary = "messages between and on CPUs, beside raw rings and other rivals",
    .bc_lcores = 2,
    .bc_options = options,
    .bc_json = &msg_opts.mo_json,
    .bc_run = msg_run,
};
