/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control while packets flow: functions, roll-outs, the barrier, rollups, audit and watchdog.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include <lwkt_pipeline.h>

#include <lwkt_ipiq.h>
#include <lwkt_serialize.h>

#include "kinds.h"
#include "stage_pvt.h"

#define POOL 2047

static struct sink_conf sinks[1];
static uint64_t rounds_seen;

/* a (1) -> r (2) -> s (3), without end */
static struct lwkt_pipeline *
flowing(const struct lwkt_edge_conf *ec, const struct lwkt_stage_kind *middle, void *conf)
{
	static struct source_conf source;
	struct lwkt_edge_conf edge = ec != NULL ? *ec : (struct lwkt_edge_conf){0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}, {edge}},
	    {"r", middle, 2, conf, {"s"}, {edge}},
	    {"s", &kind_sink, 3, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl;

	source = (struct source_conf){test_pool("p", POOL), 0, UINT32_MAX, 16, 0, false, 0};
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	return pl;
}

static void
finish(struct lwkt_pipeline *pl)
{
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

static void
note_cpu(void *arg)
{
	*(unsigned int *)arg = lwkt_mycpuid();
}

LWKT_TEST(control, API_a_call_runs_on_its_cpu)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_relay, NULL);
	unsigned int cpu = 99;

	cr_expect_eq(lwkt_pipeline_call(pl, 2, note_cpu, &cpu), 0);
	cr_expect_eq(cpu, 0, "it does not run: here");
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int i = 1; i <= 3; i++) {
		cr_expect_eq(lwkt_pipeline_call(pl, i, note_cpu, &cpu), 0);
		cr_expect_eq(cpu, i);
	}
	cr_expect_eq(lwkt_pipeline_call(pl, 0, note_cpu, &cpu), -EINVAL, "no loop there");
	finish(pl);
}

/* A loop that has packets in every round polls seldom; it is told that a request is on its way. */
static void
note_rounds(void *arg)
{
	const struct lwkt_pipeline *pl = arg;

	rounds_seen = pl->pl_loops[0]->lo_rounds;
}

LWKT_TEST(control, N92_a_busy_loop_looks_for_a_request_that_is_announced)
{
	static struct source_conf source;
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}},
	    {"s", &kind_sink, 1, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl;
	uint64_t first;

	source = (struct source_conf){test_pool("p", POOL), 0, UINT32_MAX, 1, 0, false, 0};
	sinks[0].nk_slow_us = 200; /* a round, which has one packet */
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	lwkt_pipeline_call(pl, 1, note_rounds, pl);
	first = rounds_seen;
	for (unsigned int i = 0; i < 3; i++)
		lwkt_pipeline_call(pl, 1, note_rounds, pl);
	cr_expect_lt(rounds_seen - first, 1024, "three polls are 3,072 packets apart otherwise");
	finish(pl);
}

LWKT_TEST(control, N92_behind_the_barrier_nothing_moves)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_relay, NULL);
	struct lwkt_account before, after;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int i = 0; i < 20; i++) {
		await_more(pl, 500);
		lwkt_pipeline_park(pl);
		cr_expect_eq(lwkt_pipeline_audit(pl, &before), 0);
		usleep(500);
		cr_expect_eq(lwkt_pipeline_audit(pl, &after), 0);
		cr_expect_arr_eq(&before, &after, sizeof(before));
		lwkt_pipeline_unpark(pl);
	}
	finish(pl);
}

LWKT_TEST(control, N93_an_audit_names_a_stage_that_loses_packets)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_hoard, NULL);
	struct lwkt_pipeline_opts opts = {.po_window = HOARD_MAX};
	struct lwkt_account ac;
	const char *log;

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	/* The hoard says nothing of what it holds. */
	while (lwkt_pipeline_audit(pl, &ac) == 0)
		test_relax();
	test_log_begin();
	cr_expect_eq(lwkt_pipeline_audit(pl, &ac), -EBADMSG);
	log = test_log_end();
	cr_expect_not_null(strstr(log, "pipeline p: stage r (kind test_hoard, CPU 2) has lost "));
	cr_expect_null(strstr(log, "stage a "), "%s", log);
	cr_expect_null(strstr(log, "stage s "), "%s", log);
	lwkt_pipeline_stop(pl);
	lwkt_pipeline_destroy(pl);
}

/* Ends of each sort, and one fault: what is done with packet k of each ten. */
static unsigned int faults; /* atomic: of the next packets */

static void
fate_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int k = (unsigned int)(st->st_stats.ss_in - n + i) % 10;

		if (k < 3) {
			lwkt_stage_consumed(st, &pkts[i], 1);
		} else if (k < 5) {
			lwkt_stage_release(st, &pkts[i], 1);
			rte_pktmbuf_free(pkts[i]);
			lwkt_stage_merged(st, 1);
		} else if (k < 6) {
			lwkt_stage_drop(st, 0, &pkts[i], 1);
		} else {
			lwkt_stage_emit(st, 0, &pkts[i], 1);
		}
	}
	for (unsigned int k = __atomic_exchange_n(&faults, 0, __ATOMIC_RELAXED); k > 0; k--)
		lwkt_stage_count(&st->st_stats.ss_consumed, 1);
}

static const char *const fate_drops[] = {"sixth", NULL};
static const struct lwkt_stage_kind kind_fate = {
    .sk_name = "fate", .sk_handle = fate_handle, .sk_drop_names = fate_drops};

static struct lwkt_account
run_fates(enum lwkt_edge_kind kind, uint32_t packets)
{
	static struct sink_conf end;
	const struct source_conf source = {test_pool("p", POOL), 0, packets, 16, 0, false, 0};
	const struct lwkt_edge_conf edge = {.ec_kind = kind};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"f"}, {edge}},
	    {"f", &kind_fate, 2, NULL, {"s"}, {edge}},
	    {"s", &kind_sink, 3, &end, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	bool faulty = faults > 0;
	struct lwkt_account ac;

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < packets);
	lwkt_pipeline_drain(pl, faulty ? 20 : 20000);
	lwkt_pipeline_stop(pl);
	lwkt_pipeline_audit(pl, &ac);
	lwkt_pipeline_destroy(pl);
	return ac;
}

LWKT_TEST(control, N93_ends_are_transmitted_consumed_merged_or_dropped)
{
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		struct lwkt_account ac = run_fates(k, 5000);

		cr_expect_eq(ac.ac_consumed, 1500);
		cr_expect_eq(ac.ac_merged, 1000);
		cr_expect_eq(ac.ac_dropped, 500);
		cr_expect_eq(ac.ac_transmitted, 2000);
		cr_expect_eq(ac.ac_held, 0);
	}
}

LWKT_TEST(control, N93_an_audit_names_a_stage_that_ends_packets_twice_and_how_many)
{
	const char *log;

	faults = 3;
	test_log_begin();
	run_fates(LWKT_EDGE_AUTO, 1000);
	log = test_log_end();
	cr_expect_not_null(
	    strstr(log, "pipeline p: stage f (kind fate, CPU 2) has let go twice 3 packets"), "%s",
	    log);
	cr_expect_null(strstr(log, "stage s "), "%s", log);
}

/*
 * Roll-out: each CPU has a version. The first stage writes its CPU's version into each packet, the
 * later ones compare it with theirs.
 */
static int version[RTE_MAX_LCORE]; /* by lcore; its own */
static unsigned int mixed;         /* atomic: relaxed */

static void
bump(void *arg)
{
	(void)arg;
	version[lwkt_mycpuid()]++;
}

static void
stamp_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		*rte_pktmbuf_mtod_offset(pkts[i], int *, 16) = version[st->st_lcore];
	lwkt_stage_emit(st, st->st_stats.ss_bursts % 2, pkts, n);
}

static const struct lwkt_stage_kind kind_stamp = {.sk_name = "stamp", .sk_handle = stamp_handle};

static void
compare_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (*rte_pktmbuf_mtod_offset(pkts[i], int *, 16) != version[st->st_lcore])
			__atomic_fetch_add(&mixed, 1, __ATOMIC_RELAXED);
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_compare = {
    .sk_name = "compare", .sk_handle = compare_handle};

/*
 *      a, stamp (1) ─┬─▶ c2 (2) ─┬─▶ c3 (3) ─▶ s (3)
 *                    └───────────┘
 */
static void
roll_out(enum lwkt_edge_kind kind)
{
	struct source_conf source = {test_pool("p", POOL), 0, UINT32_MAX, 16, 0, false, 0};
	const struct lwkt_edge_conf edge = {.ec_kind = kind};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"stamp"}},
	    {"stamp", &kind_stamp, 1, NULL, {"c2", "c3"}, {edge, edge}},
	    {"c2", &kind_compare, 2, NULL, {"c3"}, {edge}},
	    {"c3", &kind_compare, 3, NULL, {"s"}},
	    {"s", &kind_sink, 3, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (int i = 0; i < 200; i++) {
		await_more(pl, 40);
		cr_assert_eq(lwkt_pipeline_rollout(pl, bump, NULL), 0);
	}
	lwkt_pipeline_park(pl);
	cr_expect_eq(lwkt_pipeline_rollout(pl, bump, NULL), -EBUSY);
	lwkt_pipeline_unpark(pl);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
	for (unsigned int i = 1; i <= 3; i++)
		cr_expect_eq(version[i], 200, "once on each CPU");
	cr_expect_eq(mixed, 0);
}

LWKT_TEST(control, N92_a_rollout_stays_behind_earlier_packets_and_before_later_ones)
{
	roll_out(LWKT_EDGE_PACKET);
}

LWKT_TEST(control, N92_a_rollout_among_vectors)
{
	roll_out(LWKT_EDGE_VECTOR);
}

/*
 *      a, r (1) ───▶ s (3)
 *      q (2) ───▶ s2 (2)      has no packets
 */
LWKT_TEST(control, N83_a_loop_per_cpu_control_reaches_all_and_packets_the_configured)
{
	struct rte_mempool *pool = test_pool("p", POOL);
	struct source_conf source = {pool, 0, UINT32_MAX, 16, 0, false, 0};
	struct source_conf quiet = {pool, 0, 0, 16, 0, false, 0};
	static struct sink_conf ends[2];
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 1, NULL, {"s"}},
	    {"s", &kind_sink, 3, &ends[0], {NULL}},
	    {"q", &kind_source, 2, &quiet, {"s2"}},
	    {"s2", &kind_sink, 2, &ends[1], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int i = 1; i <= 3; i++)
		cr_expect_eq(rte_eal_get_lcore_state(i), RUNNING, "lcore %u", i);
	await_more(pl, 1000);
	cr_assert_eq(lwkt_pipeline_rollout(pl, bump, NULL), 0);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
	for (unsigned int i = 1; i <= 3; i++)
		cr_expect_eq(version[i], 1, "once in the one loop of lcore %u", i);
	cr_expect_geq(ends[0].nk_packets, 1000);
	cr_expect_eq(ends[0].nk_wrong_cpu, 0);
	cr_expect_eq(ends[1].nk_packets, 0);
}

/* Rollups write down who ran; on one CPU, so that nothing races. */
#define RUNS 64

static unsigned char runs[RUNS];
static unsigned int nruns; /* atomic: relaxed, the CPU counts, the test looks */

static void
write_down(void *arg)
{
	if (nruns < RUNS)
		runs[nruns] = *(unsigned char *)arg;
	__atomic_store_n(&nruns, nruns + 1, __ATOMIC_RELAXED);
}

static void
forget_runs(void *arg)
{
	(void)arg;
	__atomic_store_n(&nruns, 0, __ATOMIC_RELAXED);
}

LWKT_TEST(control, N90_rollups_run_by_priority_and_come_and_go_under_load)
{
	static unsigned char names[4] = {'a', 'b', 'c', 'd'};
	struct lwkt_rollup ro[4];
	const int priorities[4] = {0, 10, 10, -5}; /* b before c: registered earlier */
	struct lwkt_pipeline *pl = flowing(NULL, &kind_relay, NULL);

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int round = 0; round < 10; round++) {
		for (unsigned int i = 0; i < 4; i++) {
			ro[i] = (struct lwkt_rollup){
			    .ro_fn = write_down, .ro_arg = &names[i], .ro_priority = priorities[i]};
			cr_assert_eq(lwkt_rollup_register(pl, 2, &ro[i]), 0);
		}
		cr_assert_eq(lwkt_pipeline_call(pl, 2, forget_runs, NULL), 0);
		while (__atomic_load_n(&nruns, __ATOMIC_RELAXED) < RUNS)
			test_relax();
		for (unsigned int i = 0; i < 4; i++)
			cr_assert_eq(lwkt_rollup_unregister(pl, 2, &ro[i]), 0);
		cr_assert_eq(lwkt_pipeline_call(pl, 2, forget_runs, NULL), 0);
		for (unsigned int i = 0; i < RUNS; i++)
			cr_assert_eq(runs[i], "bcad"[i % 4], "run %u is %c", i, runs[i]);
		await_more(pl, 200);
		cr_assert_eq(nruns, 0, "none is left");
	}
	cr_expect_eq(lwkt_rollup_register(pl, 0, &ro[0]), -EINVAL);
	finish(pl);
}

/* A relay whose handler takes its time now and then. */
static unsigned int dawdle_ms; /* atomic: relaxed; the handler takes it once */

static void
dawdle_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int ms = __atomic_exchange_n(&dawdle_ms, 0, __ATOMIC_RELAXED);

	if (ms > 0)
		rte_delay_us_block(ms * 1000);
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_dawdle = {.sk_name = "dawdle", .sk_handle = dawdle_handle};

LWKT_TEST(control, G95_the_watchdog_names_cpu_stage_and_port_of_a_slow_handler)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_dawdle, NULL);
	struct lwkt_pipeline_opts opts = {.po_watchdog = true, .po_budget_us = 10000};
	const char *log;
	char port[64];

	snprintf(port, sizeof(port), "CPU 2: stage r (port %p) has not returned for",
	    (const void *)&lwkt_pipeline_find(pl, "r")->st_port);
	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	test_log_begin();
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 500);
	__atomic_store_n(&dawdle_ms, 50, __ATOMIC_RELAXED);
	for (int i = 0; i < 200 && lwkt_pipeline_overruns(pl) == 0; i++)
		usleep(5000);
	await_more(pl, 500);
	cr_expect_geq(lwkt_pipeline_overruns(pl), 1);
	finish(pl);
	log = test_log_end();
	cr_expect_not_null(strstr(log, port), "%s", log);
	cr_expect_not_null(strstr(log, "its budget is 10 ms"), "%s", log);
}

static void
dawdle_outside(void *arg)
{
	(void)arg;
	rte_delay_us_block(250000);
}

/* With packets, and without: a CPU that has nothing to do does not stand still. */
LWKT_TEST(control, G95_the_watchdog_names_a_cpu_that_stands_still_outside_of_handlers)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_relay, NULL);
	struct lwkt_pipeline_opts opts = {.po_watchdog = true, .po_budget_us = 10000};
	const char *log;

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	test_log_begin();
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 500);
	cr_assert_eq(lwkt_pipeline_call(pl, 2, dawdle_outside, NULL), 0);
	cr_expect_geq(lwkt_pipeline_overruns(pl), 1);
	lwkt_pipeline_park(pl);
	usleep(250000);
	lwkt_pipeline_unpark(pl);
	finish(pl);
	log = test_log_end();
	cr_expect_not_null(
	    strstr(log, "CPU 2: stands still outside of its stages for 1"), "%s", log);
	cr_expect_null(strstr(log, "stage "), "%s", log);
}

LWKT_TEST(control, API_a_loop_knows_how_busy_it_is)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_relay, NULL);
	struct lwkt_loop_stats before, after;

	cr_expect_eq(lwkt_pipeline_nloops(pl), 3);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 100);
	lwkt_loop_stats(pl, 1, &before);
	await_more(pl, 2000);
	lwkt_loop_stats(pl, 1, &after);
	cr_expect_eq(after.ls_lcore, 2);
	cr_expect_gt(after.ls_busy_cyc, before.ls_busy_cyc);
	cr_expect_gt(after.ls_rounds, before.ls_rounds);
	cr_expect_leq(after.ls_busy_cyc, after.ls_total_cyc);
	finish(pl);
}

#if LWKT_INVARIANTS
/* Handlers that wait: each call that may is illegal there, even if it would not have to. */
static int wait_kind;

static void
waiting_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	static struct lwkt_serialize guard;
	struct lwkt_msg msg;

	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_serialize_init(&guard);
	switch (wait_kind) {
	case 0:
		lwkt_domsg(&st->st_port, &msg, 0);
		break;
	case 1:
		lwkt_waitmsg(&msg, 0);
		break;
	case 2:
		lwkt_waitport(lwkt_thread_port(lwkt_curthread()), 0);
		break;
	case 3:
		lwkt_serialize_enter(&guard);
		break;
	default:
		lwkt_synchronize_ipiqs();
	}
	lwkt_stage_drop(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_waiting = {
    .sk_name = "waiting", .sk_handle = waiting_handle};

/* In a child that has no other thread: the loop runs right here. */
static void
run_waiting(void *kind)
{
	struct source_conf source = {test_pool("q", 63), 0, 8, 8, 0, false, 0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"w"}},
	    {"w", &kind_waiting, 1, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	wait_kind = *(int *)kind;
	cpu_impersonate(1);
	window_begin(pl);
	loop_main(pl->pl_loops[0]);
}

LWKT_TEST(control, N91_a_handler_that_waits_stops_the_program)
{
	const char *const calls[] = {"lwkt_domsg", "lwkt_waitmsg", "lwkt_waitport",
	    "lwkt_serialize_enter", "lwkt_synchronize_ipiqs"};

	for (int i = 0; i < (int)RTE_DIM(calls); i++)
		expect_stops(run_waiting, &i, calls[i], "stage w on CPU 1", "must not wait");
}
#endif

/*
 * A CPU that does not answer, because kind_dawdle takes its time: long enough for who asks to be
 * without a processor in between.
 */
#define STUCK_MS 3000

/* The next stage of CPU 2 does not return for STUCK_MS. */
static void
stand_still(struct lwkt_pipeline *pl)
{
	await_more(pl, 500);
	__atomic_store_n(&dawdle_ms, STUCK_MS, __ATOMIC_RELAXED);
	while (__atomic_load_n(&dawdle_ms, __ATOMIC_RELAXED) != 0)
		usleep(1000);
}

LWKT_TEST(control, P104_a_drain_and_a_stop_keep_their_time_where_a_cpu_is_stuck)
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_dawdle, NULL);
	uint64_t begin, hz = rte_get_timer_hz();
	const char *log;
	int rc;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	stand_still(pl);
	begin = rte_get_timer_cycles();
	cr_expect_eq(lwkt_pipeline_drain(pl, 100), -ETIMEDOUT);
	cr_expect_eq(lwkt_pipeline_drain(pl, 100), -ETIMEDOUT, "asked already");
	cr_expect_lt(rte_get_timer_cycles() - begin, hz);
	test_log_begin();
	cr_expect_eq(lwkt_pipeline_stop(pl), -EBUSY);
	log = test_log_end();
	cr_expect_not_null(strstr(log, "a CPU has not answered for 1000 ms"), "%s", log);
	for (rc = -EBUSY; rc == -EBUSY;)
		rc = lwkt_pipeline_stop(pl);
	cr_expect_eq(rc, 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0, "and it starts again");
	await_more(pl, 500);
	finish(pl);
}

static void
ask_nothing(void *arg)
{
	(void)arg;
}

static void
ask_call(struct lwkt_pipeline *pl)
{
	lwkt_pipeline_call(pl, 2, ask_nothing, NULL);
}

static void
ask_roll_out(struct lwkt_pipeline *pl)
{
	lwkt_pipeline_rollout(pl, ask_nothing, NULL);
}

static void
ask_park(struct lwkt_pipeline *pl)
{
	lwkt_pipeline_park(pl);
	lwkt_pipeline_unpark(pl);
}

/* A second after the main lcore asks a CPU that is stuck, it is said. */
static void
expect_said(void (*ask)(struct lwkt_pipeline *pl))
{
	struct lwkt_pipeline *pl = flowing(NULL, &kind_dawdle, NULL);
	const char *log;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	stand_still(pl);
	test_log_begin();
	ask(pl);
	log = test_log_end();
	cr_expect_not_null(strstr(log, "CPU 0 has waited 1 s for message"), "%s", log);
	cr_expect_not_null(strstr(log, "owner cpu2"), "%s", log);
	finish(pl);
}

LWKT_TEST(control, P104_a_call_to_a_cpu_that_is_stuck_is_said)
{
	expect_said(ask_call);
}

LWKT_TEST(control, P104_a_roll_out_to_a_cpu_that_is_stuck_is_said)
{
	expect_said(ask_roll_out);
}

LWKT_TEST(control, P104_a_park_of_a_cpu_that_is_stuck_is_said)
{
	expect_said(ask_park);
}
