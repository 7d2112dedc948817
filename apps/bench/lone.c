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
#include "bench.h"
#include "msg_pvt.h"
#include "report.h"

static unsigned int opt_ms = 2000;

static const struct opt options[] = {
    {"rate", "N", "messages a second; default 1000", OPT_UINT, &msg_opts.mo_rate, 1, 10000},
    {"seconds", "N", "for so long, half of it for each side; default 2", OPT_SECONDS, &opt_ms, 100,
        60000},
    {"regime", "NAMES", "near,far: rounds that count; default both", OPT_WORDS,
        &msg_opts.mo_regimes, .op_words = regime_words},
    REPORT_OPT_JSON(&msg_opts.mo_json),
    OPTION_END,
};

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
lone_run(void)
{
	static const struct msg_test *const tests[] = {&msg_lone, NULL};

	msg_opts.mo_ms = opt_ms;
	msg_opts.mo_rounds = msg_opts.mo_rate * opt_ms / 2000 + 1;
	return msg_run_tests(&bench_lone, tests, columns);
}

const struct bench_cmd bench_lone = {
    .bc_name = "lone",
    .bc_summary = "one message now and then on idle CPUs, beside raw rings",
    .bc_lcores = 2,
    .bc_options = options,
    .bc_json = &msg_opts.mo_json,
    .bc_run = lone_run,
};
