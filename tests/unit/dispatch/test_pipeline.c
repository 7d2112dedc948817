/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipelines that run: the account, order, start, drain and stop.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_launch.h>

#include "kinds.h"

#define POOL    1023
#define PACKETS 5000

static struct sink_conf sinks[2];

static void
expect_orderly(const struct sink_conf *nk, uint64_t packets)
{
	cr_expect_eq(nk->nk_packets, packets);
	cr_expect_eq(nk->nk_disorder, 0);
	cr_expect_eq(nk->nk_wrong_cpu, 0);
	cr_expect_leq(nk->nk_largest, LWKT_STAGE_BURST);
}

/* source -> relay -> sink on these lcores */
static void
run_on(const unsigned int lcores[3], unsigned int burst)
{
	struct source_conf source = {test_pool("p", POOL), 0, PACKETS, burst, 0, false, 0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, lcores[0], &source, {"r"}},
	    {"r", &kind_relay, lcores[1], NULL, {"s"}},
	    {"s", &kind_sink, lcores[2], &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_stage_stats ss[3];

	cr_assert_not_null(pl);
	run_dry(pl, PACKETS);
	for (unsigned int i = 0; i < 3; i++)
		lwkt_stage_stats(lwkt_pipeline_stage(pl, i), &ss[i]);
	cr_expect_eq(ss[0].ss_received, PACKETS);
	cr_expect_eq(ss[0].ss_out, PACKETS);
	cr_expect_eq(ss[0].ss_in, 0);
	cr_expect_eq(ss[1].ss_in, PACKETS);
	cr_expect_eq(ss[1].ss_out, PACKETS);
	cr_expect_eq(ss[2].ss_in, PACKETS);
	cr_expect_eq(ss[2].ss_out, 0);
	cr_expect_eq(ss[2].ss_sent, PACKETS);
	cr_expect_geq(ss[2].ss_bursts, PACKETS / LWKT_STAGE_BURST);
	cr_expect_leq(ss[2].ss_bursts, PACKETS);
	lwkt_pipeline_destroy(pl);
	expect_orderly(&sinks[0], PACKETS);
}

LWKT_TEST(pipeline, N93_all_on_one_cpu)
{
	run_on((const unsigned int[]){1, 1, 1}, 32);
}

LWKT_TEST(pipeline, N93_a_cpu_each)
{
	run_on((const unsigned int[]){1, 2, 3}, 32);
}

LWKT_TEST(pipeline, N93_a_cpu_each_single_packets)
{
	run_on((const unsigned int[]){3, 2, 1}, 1);
}

LWKT_TEST(pipeline, N93_a_call_then_a_crossing)
{
	run_on((const unsigned int[]){1, 1, 2}, 7);
}

LWKT_TEST(pipeline, N93_a_crossing_then_a_call)
{
	run_on((const unsigned int[]){1, 2, 2}, 31);
}

LWKT_TEST(pipeline, N93_there_and_back)
{
	run_on((const unsigned int[]){1, 2, 1}, 32);
}

LWKT_TEST_ENV(pipeline, N93_through_full_rings, .te_config.cf_ring_size = 1)
{
	run_on((const unsigned int[]){1, 2, 3}, 32);
}

/*
 *      a0 (1) ─┐            ┌─▶ s0 (1)
 *              ├─▶ r (2) ───┤             every fifth is dropped
 *      a1 (3) ─┘            └─▶ s1 (2)
 */
LWKT_TEST(pipeline, N93_drops_branches_and_joins_are_accounted_for)
{
	struct rte_mempool *pool = test_pool("p", POOL);
	const struct source_conf sources[] = {
	    {pool, 0, PACKETS, 32, 0, false, 0}, {pool, 1, PACKETS / 2, 3, 0, false, 0}};
	const struct relay_conf relay = {.rc_drop_every = 5};
	const struct lwkt_stage_row rows[] = {
	    {"a0", &kind_source, 1, &sources[0], {"r"}},
	    {"a1", &kind_source, 3, &sources[1], {"r"}},
	    {"r", &kind_relay, 2, &relay, {"s0", "s1"}},
	    {"s0", &kind_sink, 1, &sinks[0], {NULL}},
	    {"s1", &kind_sink, 2, &sinks[1], {NULL}},
	};
	const uint64_t total = PACKETS + PACKETS / 2;
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	cr_assert_not_null(pl);
	run_dry(pl, total);
	ac = expect_balanced(pl);
	cr_expect_eq(ac.ac_dropped, total / 5);
	cr_expect_eq(ac.ac_transmitted, total - total / 5);
	lwkt_stage_stats(lwkt_pipeline_stage(pl, 2), &ss);
	cr_expect_eq(ss.ss_dropped[0], 0);
	cr_expect_eq(ss.ss_dropped[1], total / 5, "by reason");
	cr_expect_eq(ss.ss_in, total);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets + sinks[1].nk_packets, total - total / 5);
	expect_orderly(&sinks[0], sinks[0].nk_packets);
	expect_orderly(&sinks[1], sinks[1].nk_packets);
}

static struct lwkt_pipeline *
endless(struct rte_mempool *pool, const struct lwkt_stage_kind *end, unsigned int end_lcore)
{
	static struct source_conf source;
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"end"}},
	    {"end", end, end_lcore, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl;

	source = (struct source_conf){pool, 0, UINT32_MAX, 8, 0, false, 0};
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	return pl;
}

static void
await_received(const struct lwkt_pipeline *pl, uint64_t packets)
{
	struct lwkt_account ac;

	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < packets);
}

LWKT_TEST(pipeline, API_it_can_be_stopped_and_started_again)
{
	struct lwkt_pipeline *pl = endless(test_pool("p", POOL), &kind_sink, 2);
	uint64_t before = 0;

	cr_expect_eq(lwkt_pipeline_drain(pl, 10), -EINVAL, "it does not run");
	cr_expect_eq(lwkt_pipeline_stop(pl), -EINVAL);
	for (unsigned int i = 0; i < 4; i++) {
		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		cr_expect_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), -EALREADY);
		await_received(pl, before + 500);
		if (i % 2)
			cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
		cr_expect_eq(lwkt_pipeline_stop(pl), 0);
		before = expect_balanced(pl).ac_received;
	}
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(pipeline, N93_after_a_drain_nothing_more_comes_in)
{
	struct lwkt_pipeline *pl = endless(test_pool("p", POOL), &kind_sink, 2);
	uint64_t received;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_received(pl, 500);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	received = expect_balanced(pl).ac_received;
	usleep(5000);
	cr_expect_eq(expect_balanced(pl).ac_received, received);
	for (unsigned int i = 0; i < 3; i++) { /* nor after a barrier */
		struct lwkt_account ac;

		cr_expect_eq(lwkt_pipeline_audit(pl, &ac), 0);
		usleep(5000);
		cr_expect_eq(expect_balanced(pl).ac_received, received);
	}
	lwkt_pipeline_destroy(pl); /* stops it */
}

LWKT_TEST(pipeline, N93_a_stop_without_a_drain_frees_and_counts_what_queues)
{
	struct lwkt_pipeline *pl = endless(test_pool("p", 4 * POOL), &kind_sink, 2);
	struct lwkt_pipeline_opts opts = {.po_window = LWKT_WINDOW_NONE};
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	sinks[0].nk_slow_us = 5000; /* the queue at the sink takes a third of a second */
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_received(pl, 4 * POOL);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	ac = expect_balanced(pl);
	cr_expect_eq(ac.ac_transmitted, sinks[0].nk_packets);
	lwkt_stage_stats(lwkt_pipeline_stage(pl, 1), &ss);
	cr_expect_gt(ss.ss_purged, 0);
	cr_expect_eq(ss.ss_purged, ac.ac_dropped);
	cr_expect_eq(ss.ss_in, ac.ac_transmitted, "a purged packet did not come to the stage");
	lwkt_pipeline_destroy(pl); /* and the pool is full again: test_pool() looks */
}

LWKT_TEST(pipeline, N93_what_a_stage_keeps_is_held_and_a_drain_times_out)
{
	struct rte_mempool *pool = test_pool("p", HOARD_MAX - 1);

	for (unsigned int end_lcore = 1; end_lcore <= 2; end_lcore++) {
		struct lwkt_pipeline *pl = endless(pool, &kind_hoard, end_lcore);
		struct lwkt_account ac;

		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		await_received(pl, 200);
		cr_expect_eq(lwkt_pipeline_drain(pl, 20), -ETIMEDOUT);
		lwkt_pipeline_account(pl, &ac);
		cr_expect_geq(ac.ac_held, 200);
		cr_expect_eq(ac.ac_held, ac.ac_received);
		cr_expect_eq(lwkt_pipeline_stop(pl), -ETIMEDOUT);
		lwkt_pipeline_destroy(pl);
		cr_expect_eq(rte_mempool_in_use_count(pool), 0, "sk_fini gave them back");
	}
}

static int
run_until_set(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE)) {
		lwkt_poll();
		test_relax();
	}
	return 0;
}

LWKT_TEST(pipeline, API_start_on_a_busy_lcore_is_ebusy)
{
	struct lwkt_pipeline *pl = endless(test_pool("p", POOL), &kind_sink, 3);
	int stop = 0;

	test_launch(3, run_until_set, &stop);
	cr_expect_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), -EBUSY);
	cr_expect_eq(rte_eal_get_lcore_state(1), WAIT, "nothing was started");
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(3);
	cr_expect_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(pipeline, API_shares_core_is_about_the_loops_processors)
{
	struct rte_mempool *pool = test_pool("p", POOL);
	struct lwkt_pipeline *pl = endless(pool, &kind_sink, 1);

	cr_expect_not(lwkt_pipeline_shares_core(pl), "one loop");
	lwkt_pipeline_destroy(pl);
	pl = endless(pool, &kind_sink, 2);
	cr_expect(lwkt_pipeline_shares_core(pl), "lcores 1 and 2 may run on the same ones");
	lwkt_pipeline_destroy(pl);
}
