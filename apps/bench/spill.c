/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench spill: a sender at full rate, and a receiver that looks away.
 *
 *     sender    ──────────────────────────────────────────────▶  as fast as it can, numbered
 *     receiver  │ polls 10 ms │ stalls 10 ms │ polls 10 ms │ ...  checks the numbers
 *
 * While the receiver stalls the ring fills, and the sender keeps what does not fit on its spill
 * list, which is made of the messages themselves. It ends there: a sender has only so many messages
 * (--window) and goes on polling until some have come through.
 */
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include <lwkt_ipiq.h>

#include "bench.h"
#include "mem.h"
#include "msg_pvt.h"
#include "pair.h"
#include "report.h"

#define BURST     32
#define GIVE_UP_S 5 /* nothing came for so long: the rest is lost */

static unsigned int opt_ms = 2000, opt_stall = 10, opt_window = 1 << 18;
static const char *opt_json;

static const struct opt options[] = {
    {"ms", "N", "send for so many milliseconds; default 2000", OPT_UINT, &opt_ms, 1, 600000, NULL},
    {"stall", "N", "the receiver polls for so many ms and stalls for as many; default 10", OPT_UINT,
        &opt_stall, 1, 1000, NULL},
    {"window", "N", "messages that the sender has; default 262144", OPT_UINT, &opt_window, BURST,
        1 << 20, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static struct {
	struct lwkt_port *port, null;
	struct lwkt_msg *msg;       /* [opt_window] */
	uint64_t ms;                /* cycles */
	double seconds;             /* the sender's result */
	alignas(64) uint64_t total; /* atomic: messages there are to come; UINT64_MAX: not known */
	/* The receiver's; received is atomic, so is gone. */
	alignas(64) uint64_t received;
	uint64_t out_of_order, stalls;
	bool gone;
} table;

static int
parse(int argc, char **argv)
{
	return report_parse(options, bench_spill.bc_summary, argc, argv, &opt_json);
}

/*
 * The two CPUs
 */

static void
sender(void *arg)
{
	uint64_t start = rte_rdtsc(), end = start + opt_ms * table.ms, sent = 0, received = 0;
	lwkt_msg_t msgs[BURST];

	(void)arg;
	while (rte_rdtsc() < end) {
		if (sent + BURST > received + opt_window)
			received = __atomic_load_n(&table.received, __ATOMIC_ACQUIRE);
		if (sent + BURST > received + opt_window) {
			lwkt_poll();
			continue;
		}
		for (unsigned int i = 0; i < BURST; i++) {
			msgs[i] = &table.msg[(sent + i) % opt_window];
			app_request(msgs[i], sent + i);
		}
		lwkt_sendmsg_burst(table.port, msgs, BURST);
		sent += BURST;
	}
	__atomic_store_n(&table.total, sent, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&table.gone, __ATOMIC_ACQUIRE))
		lwkt_poll();
	table.seconds = (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();
}

/* Take what there is; numbers count up. */
static unsigned int
receive(uint64_t *expected)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(table.port, msgs, BURST);

	if (n == 0) {
		lwkt_poll();
		return 0;
	}
	for (unsigned int i = 0; i < n; i++) {
		uint64_t number = (uint64_t)msgs[i]->u.ms_result64;

		table.out_of_order += number != *expected;
		*expected = number + 1;
	}
	lwkt_replymsg_burst(msgs, n, 0);
	__atomic_store_n(&table.received, table.received + n, __ATOMIC_RELEASE);
	return n;
}

static void
receiver(void *arg)
{
	uint64_t expected = 0, now = rte_rdtsc(), last = now, stall = now + opt_stall * table.ms;

	(void)arg;
	while (table.received < __atomic_load_n(&table.total, __ATOMIC_ACQUIRE)) {
		now = rte_rdtsc();
		if (receive(&expected) > 0)
			last = now;
		else if (now > last + GIVE_UP_S * rte_get_tsc_hz())
			break;
		if (now < stall)
			continue;
		while (rte_rdtsc() < stall + opt_stall * table.ms)
			rte_pause();
		stall = rte_rdtsc() + opt_stall * table.ms;
		table.stalls++;
	}
	lwkt_flush();
	__atomic_store_n(&table.gone, true, __ATOMIC_RELEASE);
}

/*
 * The report
 */

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"messages", "messages", 0},
    {"messages_per_second", "a second", 0},
    {"stalls", "stalls", 0},
    {"spill_high", "highest spill", 0},
    {"ring_full", "ring full", 0},
    {"lost", "lost", 0},
    {"out_of_order", "out of order", 0},
    {"grown_bytes", "bytes grown", 0},
    {NULL, NULL, 0},
};

static int
report_all(uint64_t lost, uint64_t grown, const struct lwkt_transit_stats *st)
{
	json_t *report = report_new(bench_spill.bc_name), *row;
	int rc;

	if (report == NULL)
		return BENCH_FAILED;
	row = report_row(report, "spill", "full rate to a receiver that stalls");
	json_object_update_new(row,
	    json_pack("{s:i, s:i, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "stall_ms",
	        (int)opt_stall, "window", (int)opt_window, "messages", (json_int_t)table.received,
	        "messages_per_second", (double)table.received / table.seconds, "stalls",
	        (json_int_t)table.stalls, "spill_high", (json_int_t)st->ts_spill_high, "ring_full",
	        (json_int_t)st->ts_ring_full, "publications", (json_int_t)st->ts_publications,
	        "lost", (json_int_t)lost, "out_of_order", (json_int_t)table.out_of_order,
	        "grown_bytes", (json_int_t)grown));
	report_table(report, columns, report_stream(opt_json));
	rc = report_write(report, bench_spill.bc_name, opt_json);
	json_decref(report);
	return rc;
}

static int
prepare(void)
{
	int rc = lwkt_init(NULL);

	if (rc == 0)
		rc = pair_start();
	if (rc < 0) {
		fprintf(stderr, "lwkt-bench spill: cannot start: %s\n", strerror(-rc));
		return BENCH_FAILED;
	}
	table.msg = rte_zmalloc("messages", opt_window * sizeof(*table.msg), RTE_CACHE_LINE_SIZE);
	if (table.msg == NULL) {
		fprintf(stderr, "lwkt-bench spill: not enough memory; give EAL more (-m), or use a "
		                "smaller --window\n");
		return BENCH_FAILED;
	}
	lwkt_initport_replyonly_null(&table.null);
	for (unsigned int i = 0; i < opt_window; i++)
		lwkt_initmsg(&table.msg[i], &table.null, 0);
	table.port = lwkt_thread_port(lwkt_cpu_thread(pair_worker()));
	table.ms = rte_get_tsc_hz() / 1000;
	table.total = UINT64_MAX;
	return BENCH_OK;
}

static int
run(void)
{
	struct lwkt_transit_stats stats = {0};
	struct mem before, after;
	uint64_t lost;
	int rc = prepare();

	if (rc != BENCH_OK)
		return rc;
	before = mem_now();
	pair_run(sender, receiver, NULL);
	after = mem_now();
	pair_stop();
	lwkt_transit_stats(rte_lcore_id(), pair_worker(), &stats);
	lost = table.total - table.received;
	rc = report_all(lost, after.me_reserved - before.me_reserved, &stats);
	if (lost > 0 || table.out_of_order > 0) {
		fprintf(stderr,
		    "lwkt-bench spill: %" PRIu64 " messages lost, %" PRIu64 " out of order\n", lost,
		    table.out_of_order);
		return BENCH_FAILED;
	}
	rte_free(table.msg);
	lwkt_fini();
	return rc;
}

const struct bench_cmd bench_spill = {
    .bc_name = "spill",
    .bc_summary = "full rate to a receiver that stalls: nothing lost, in order",
    .bc_lcores = 2,
    .bc_parse = parse,
    .bc_run = run,
};
