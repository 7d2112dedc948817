/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds sequence and reorder.
 */
#include <errno.h>
#include <unistd.h>

#include <rte_cycles.h>

#include <lwkt_stages.h>

#include "tools.h"

#define PACKETS 20000

/*
 *                               ┌ w0 (CPU 1) ┐
 *      source ─ sequence ─ spread ─ w1 (CPU 2) ─ reorder ─ check
 *                               └ w2 (CPU 3) ┘
 */
static struct lwkt_check_stats
run_parallel(enum lwkt_edge_kind kind, unsigned int lcore, bool in_order)
{
	const struct lwkt_source_conf source = {
	    .oc_count = PACKETS, .oc_pool = test_pool("p", 2047)};
	const struct lwkt_reorder_conf reorder = {.rc_window = 2048, .rc_timeout_us = 1000000};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"n"}},
	    {"n", &lwkt_stage_sequence, 1, NULL, {"spread"}},
	    {"spread", &kind_relay, 1, NULL, {"w0", "w1", "w2"}},
	    {"w0", &kind_relay, 1, NULL, {in_order ? "r" : "c"}},
	    {"w1", &kind_relay, 2, NULL, {in_order ? "r" : "c"}},
	    {"w2", &kind_relay, 3, NULL, {in_order ? "r" : "c"}},
	    {"c", &lwkt_stage_check, lcore, NULL, {NULL}},
	    {"r", &lwkt_stage_reorder, lcore, &reorder, {"c"}},
	};
	unsigned int nrows = in_order ? RTE_DIM(rows) : RTE_DIM(rows) - 1;
	struct lwkt_reorder_stats rs;
	struct lwkt_check_stats hs;
	struct lwkt_pipeline *pl;

	edges_as(rows, nrows, kind);
	pl = lwkt_pipeline_create("p", rows, nrows);
	cr_assert_not_null(pl);
	cr_expect_eq(run_audited(pl, PACKETS).ac_consumed, PACKETS);
	cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &hs), 0);
	if (in_order) {
		cr_assert_eq(lwkt_reorder_stats(lwkt_pipeline_find(pl, "r"), &rs), 0);
		cr_expect_eq(rs.rs_gaps + rs.rs_skipped + rs.rs_late, 0);
		cr_expect_eq(lwkt_reorder_stats(lwkt_pipeline_find(pl, "c"), &rs), -EINVAL);
	}
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(hs.hs_packets, PACKETS);
	return hs;
}

LWKT_TEST(reorder, N88_parallel_workers_keep_the_order)
{
	for (unsigned int lcore = 1; lcore <= 3; lcore++)
		for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
			struct lwkt_check_stats hs = run_parallel(k, lcore, true);

			cr_expect_eq(hs.hs_late + hs.hs_lost + hs.hs_duplicate + hs.hs_old, 0);
		}
}

/* Or the test above would prove nothing. */
LWKT_TEST(reorder, N88_without_it_they_do_not)
{
	cr_expect_gt(run_parallel(LWKT_EDGE_AUTO, 2, false).hs_late, 0);
}

/* source ─ sequence ─ tamper ─ reorder ─ check, all on one CPU: nothing is left to chance. */
struct result {
	struct lwkt_reorder_stats rs;
	struct lwkt_check_stats hs;
	struct lwkt_stage_stats ss;
};

static const struct lwkt_reorder_conf patient = {.rc_window = 64, .rc_timeout_us = 1000000};

static struct result
run_tampered(enum tamper (*fate)(uint32_t k), uint32_t delay, const struct lwkt_reorder_conf *conf)
{
	const struct lwkt_source_conf source = {
	    .oc_count = PACKETS, .oc_pool = test_pool("p", 2047)};
	const struct tamper_conf tamper = {fate, delay, PACKETS};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"n"}},
	    {"n", &lwkt_stage_sequence, 1, NULL, {"t"}},
	    {"t", &kind_tamper, 1, &tamper, {"r"}},
	    {"r", &lwkt_stage_reorder, 1, conf, {"c"}},
	    {"c", &lwkt_stage_check, 1, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct result r;

	cr_assert_not_null(pl);
	run_audited(pl, PACKETS);
	cr_assert_eq(lwkt_reorder_stats(lwkt_pipeline_find(pl, "r"), &r.rs), 0);
	cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &r.hs), 0);
	r.ss = stats_of(pl, "r");
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(r.ss.ss_held, 0);
	cr_expect_eq(r.ss.ss_in, r.ss.ss_out + r.ss.ss_dropped[0] + r.ss.ss_dropped[1]);
	return r;
}

static enum tamper
delay_some(uint32_t k)
{
	return k % 200 == 100 ? TAMPER_DELAY : TAMPER_NOTHING;
}

LWKT_TEST(reorder, N88_what_comes_within_the_window_is_put_in_order)
{
	struct result r = run_tampered(delay_some, 64, &patient); /* 63 others are ahead of it */

	cr_expect_eq(r.hs.hs_late + r.hs.hs_lost, 0);
	cr_expect_eq(r.hs.hs_packets, PACKETS);
	cr_expect_eq(r.rs.rs_gaps, 0);
}

LWKT_TEST(reorder, N93_what_comes_after_a_window_is_late)
{
	struct result r = run_tampered(delay_some, 65, &patient);

	cr_expect_eq(r.hs.hs_late, PACKETS / 200, "emitted, out of order");
	cr_expect_eq(r.hs.hs_lost, 0);
	cr_expect_eq(r.rs.rs_late, PACKETS / 200);
	cr_expect_eq(r.rs.rs_gaps, PACKETS / 200);
	cr_expect_eq(r.rs.rs_skipped, PACKETS / 200);
}

LWKT_TEST(reorder, N93_late_packets_are_dropped_if_so_wanted)
{
	const struct lwkt_reorder_conf conf = {
	    .rc_window = 64, .rc_timeout_us = 1000000, .rc_late = LWKT_REORDER_DROP};
	struct result r = run_tampered(delay_some, 100, &conf);

	cr_expect_eq(r.hs.hs_late, 0);
	cr_expect_eq(r.hs.hs_lost, PACKETS / 200);
	cr_expect_eq(r.rs.rs_late, PACKETS / 200);
	cr_expect_eq(r.ss.ss_dropped[0], PACKETS / 200);
	cr_expect_str_eq(lwkt_stage_reorder.sk_drop_names[0], "late");
}

static enum tamper
drop_some(uint32_t k)
{
	return k % 1000 == 300 || k == 0 || (k >= 5000 && k < 5063) ? TAMPER_DROP : TAMPER_NOTHING;
}

/* The next 64 packets close a gap, long before the timeout. */
LWKT_TEST(reorder, N93_gaps_are_closed_by_a_window_of_packets)
{
	struct result r = run_tampered(drop_some, 0, &patient);

	cr_expect_eq(r.hs.hs_late, 0);
	cr_expect_eq(r.hs.hs_lost, 20 + 1 + 63);
	cr_expect_eq(r.rs.rs_skipped, 20 + 1 + 63);
	cr_expect_eq(r.rs.rs_late, 0);
	cr_expect_eq(r.ss.ss_out, PACKETS - 20 - 1 - 63);
}

static enum tamper
drop_much(uint32_t k)
{
	return (k >= 1000 && k < 1000 + 64) || (k >= 2000 && k < 2000 + 65) ||
	               (k >= 3000 && k < 3000 + 127) || (k >= 4000 && k < 4000 + 5000) ||
	               (k > 10000 && k < 19000 && k % 2 == 0)
	           ? TAMPER_DROP
	           : TAMPER_NOTHING;
}

LWKT_TEST(reorder, N93_gaps_beyond_the_window_are_jumped_over)
{
	struct result r = run_tampered(drop_much, 0, &patient);
	uint64_t dropped = 64 + 65 + 127 + 5000 + 8999 / 2;

	cr_expect_eq(r.hs.hs_late, 0);
	cr_expect_eq(r.hs.hs_lost, dropped);
	cr_expect_eq(r.rs.rs_skipped, dropped);
	cr_expect_eq(r.hs.hs_packets, PACKETS - dropped);
}

/*
 * The last packets are few, so only the timeout lets them go; the last gap has nothing behind it.
 */
static enum tamper
drop_at_the_end(uint32_t k)
{
	return k == PACKETS - 30 || k == PACKETS - 20 || k == PACKETS - 1 ? TAMPER_DROP
	                                                                  : TAMPER_NOTHING;
}

LWKT_TEST(reorder, N93_a_gap_is_waited_for_no_longer_than_the_timeout)
{
	const struct lwkt_reorder_conf conf = {.rc_timeout_us = 2000};
	struct result r = run_tampered(drop_at_the_end, 0, &conf);

	cr_expect_eq(r.hs.hs_lost, 2);
	cr_expect_eq(r.rs.rs_gaps, 2);
	cr_expect_eq(r.rs.rs_skipped, 2);
	cr_expect_eq(r.ss.ss_out, PACKETS - 3);
}

/* Sink that counts the rounds of its CPU up to its last packet. */
struct pacer_state {
	uint64_t pc_rounds, pc_last;
};

static void
pacer_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct pacer_state *pc = st->st_state;

	pc->pc_last = pc->pc_rounds;
	lwkt_stage_consumed(st, pkts, n);
}

static unsigned int
pacer_work(struct lwkt_stage *st)
{
	struct pacer_state *pc = st->st_state;

	pc->pc_rounds++;
	return 0;
}

static const struct lwkt_stage_kind kind_pacer = {
    .sk_name = "pacer",
    .sk_state_bytes = sizeof(struct pacer_state),
    .sk_handle = pacer_handle,
    .sk_work = pacer_work,
};

static enum tamper
lose_1(uint32_t k)
{
	return k % 100 == 50 ? TAMPER_DROP : TAMPER_NOTHING;
}

static enum tamper
lose_10(uint32_t k)
{
	return k % 10 == 5 ? TAMPER_DROP : TAMPER_NOTHING;
}

static enum tamper
lose_30(uint32_t k)
{
	return k * 0x9e3779b1u % 10 < 3 ? TAMPER_DROP : TAMPER_NOTHING;
}

static enum tamper
lose_none(uint32_t k)
{
	(void)k;
	return TAMPER_NOTHING;
}

/* source ─ sequence ─ tamper ─ reorder ─ pacer, the latter two on CPU `lcore`. */
static uint64_t
run_paced(enum tamper (*fate)(uint32_t k), unsigned int lcore, uint32_t timeout_us)
{
	const struct lwkt_source_conf source = {
	    .oc_count = PACKETS, .oc_pool = test_pool("p", 2047)};
	const struct tamper_conf tamper = {fate, 1u << 30, PACKETS};
	/* Wider than the credits reach, so that nothing but time closes a gap. */
	const struct lwkt_reorder_conf conf = {.rc_window = 2048, .rc_timeout_us = timeout_us};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"n"}},
	    {"n", &lwkt_stage_sequence, 1, NULL, {"t"}},
	    {"t", &kind_tamper, 1, &tamper, {"r"}},
	    {"r", &lwkt_stage_reorder, lcore, &conf, {"c"}},
	    {"c", &kind_pacer, lcore, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	uint64_t rounds;

	cr_assert_not_null(pl);
	run_audited(pl, PACKETS);
	rounds = ((const struct pacer_state *)lwkt_pipeline_find(pl, "c")->st_state)->pc_last;
	lwkt_pipeline_destroy(pl);
	return rounds;
}

static enum tamper (*const losses[])(uint32_t k) = {lose_1, lose_10, lose_30};

/* Nothing else is under way, so the missing do not exist: nobody waits for the timeout, a second. */
LWKT_TEST(reorder, N93_the_rate_with_losses_is_that_without)
{
	uint64_t rounds = run_paced(lose_none, 1, 1000000);

	for (unsigned int i = 0; i < RTE_DIM(losses); i++) {
		uint64_t with = run_paced(losses[i], 1, 1000000);

		cr_expect_leq(with, rounds * 6 / 5 + 8, "%lu rounds, %lu without", with, rounds);
	}
}

/* On another CPU packets are under way now and then, and there is no round to compare. */
LWKT_TEST(reorder, N93_losses_before_another_cpu_cost_no_timeouts)
{
	for (unsigned int i = 0; i < RTE_DIM(losses); i++) {
		uint64_t begin = rte_get_timer_cycles();

		run_paced(losses[i], 2, 1000000);
		cr_expect_lt(rte_get_timer_cycles() - begin, 10 * rte_get_timer_hz(),
		    "of %u gaps or more each would cost a second", PACKETS / 100);
	}
}

static enum tamper
keep_and_lose_10(uint32_t k)
{
	return k == 0 ? TAMPER_DELAY : lose_10(k);
}

/*
 * A stage keeps a packet, and nobody can know that it is not the missing one. Then each timeout
 * lets go all that has waited so long: as many packets as there are credits, not one gap.
 */
LWKT_TEST(reorder, N94_a_timeout_lets_go_all_that_has_waited_so_long)
{
	uint64_t begin = rte_get_timer_cycles();

	run_paced(keep_and_lose_10, 1, 20000);
	cr_expect_lt(rte_get_timer_cycles() - begin, 10 * rte_get_timer_hz(),
	    "%u gaps, 20 ms each, would be more", PACKETS / 10);
}

static enum tamper
some_twice(uint32_t k)
{
	return k % 40 == 17 ? TAMPER_TWICE : k % 40 == 16 ? TAMPER_DELAY : TAMPER_NOTHING;
}

/* A copy has its original's number: it is held when the copy comes, or gone. */
LWKT_TEST(reorder, N93_a_number_that_comes_twice_is_dropped_or_late)
{
	const struct lwkt_reorder_conf conf = {
	    .rc_window = 64, .rc_timeout_us = 1000000, .rc_late = LWKT_REORDER_DROP};
	struct result r = run_tampered(some_twice, 10, &conf);

	cr_expect_eq(r.hs.hs_duplicate + r.hs.hs_late + r.hs.hs_lost, 0);
	cr_expect_eq(r.hs.hs_packets, PACKETS);
	cr_expect_eq(r.ss.ss_dropped[1], PACKETS / 40);
	cr_expect_str_eq(lwkt_stage_reorder.sk_drop_names[1], "duplicate");
}

static enum tamper
keep_first(uint32_t k)
{
	return k == 0 ? TAMPER_DELAY : TAMPER_NOTHING;
}

/* What waits for the first packet, which another stage keeps, is held, exactly; a stop ends it; then it goes on from there. */
LWKT_TEST(reorder, N93_a_stop_purges_what_is_held)
{
	static const struct tamper_conf tamper = {keep_first, 1u << 30, 0};
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		const struct lwkt_source_conf source = {.oc_pool = test_pool("p", 1023)};
		const struct lwkt_reorder_conf reorder = {
		    .rc_window = 1024, .rc_timeout_us = 1000000};
		const struct lwkt_pipeline_opts opts = {.po_window = 500};
		struct lwkt_stage_row rows[] = {
		    {"a", &lwkt_stage_source, 1, &source, {"n"}},
		    {"n", &lwkt_stage_sequence, 1, NULL, {"t"}},
		    {"t", &kind_tamper, 1, &tamper, {"r"}},
		    {"r", &lwkt_stage_reorder, 2, &reorder, {"c"}},
		    {"c", &lwkt_stage_check, 3, NULL, {NULL}},
		};
		struct lwkt_check_stats hs;
		struct lwkt_pipeline *pl;
		uint64_t held, gone;

		edges_as(rows, RTE_DIM(rows), k);
		pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
		cr_assert_not_null(pl);
		cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		while (stats_of(pl, "r").ss_held < 430)
			test_relax();
		held = expect_audited(pl).ac_held;
		cr_expect_eq(stats_of(pl, "c").ss_in, 0);
		cr_assert_eq(lwkt_pipeline_stop(pl), 0);
		/* Some may leave when the packet that they wait for has been purged. */
		gone = stats_of(pl, "r").ss_purged + stats_of(pl, "r").ss_out;
		cr_expect_geq(gone, 430);
		cr_expect_leq(gone, 500);
		cr_expect_eq(stats_of(pl, "r").ss_held, 0);
		cr_expect_geq(held, 430);
		expect_audited(pl);

		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		while (stats_of(pl, "c").ss_in < 2000)
			test_relax();
		cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
		expect_audited(pl);
		cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &hs), 0);
		cr_expect_eq(hs.hs_late, 0);
		lwkt_pipeline_destroy(pl);
	}
}

LWKT_TEST(reorder, API_a_window_that_cannot_be_is_einval)
{
	const struct lwkt_source_conf source = {.oc_pool = test_pool("p", 63)};
	struct lwkt_reorder_conf reorder = {.rc_window = 1000};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"r"}},
	    {"r", &lwkt_stage_reorder, 1, &reorder, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};

	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage r: window: 1000 is no power of two; write one, 64 to 65536\n");
	reorder.rc_window = 32;
	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage r: window: 32 is out of range; write 64 to 65536\n");
	reorder.rc_window = 1u << 17;
	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage r: window: 131072 is out of range; write 64 to 65536\n");
}

/* Each packet has passed one and the same sequence stage last, or the numbers mean nothing. */
LWKT_TEST(reorder, API_without_its_sequence_it_is_refused)
{
	static const char line[] =
	    "lwkt: pipeline p: stage r: kind: packets come to it that no stage of kind sequence "
	    "has numbered, or several have; put one stage of it where the ways that meet here "
	    "part\n";
	const struct lwkt_source_conf source = {.oc_pool = test_pool("p", 63)};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"r"}},
	    {"r", &lwkt_stage_reorder, 1, NULL, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	    {"b", &kind_relay, 1, NULL, {"r"}},
	    {"n", &lwkt_stage_sequence, 1, NULL, {"r"}},
	};
	struct lwkt_pipeline *pl;

	expect_no_pipeline(rows, 3, EINVAL, line);
	rows[0] = (struct lwkt_stage_row){"a", &kind_relay, 1, NULL, {"n", "b"}};
	rows[1] = (struct lwkt_stage_row){"c", &lwkt_stage_source, 1, &source, {"a"}};
	rows[3] = (struct lwkt_stage_row){"b", &lwkt_stage_reorder, 1, NULL, {"s"}};
	rows[4].sr_out[0] = "b";
	expect_no_pipeline(rows, 5, EINVAL, NULL); /* one way passes it, the other does not */
	rows[0].sr_kind = &lwkt_stage_sequence;
	rows[0].sr_out[1] = NULL;
	pl = lwkt_pipeline_create("p", rows, 5);
	cr_expect_not_null(pl, "the last of two in a row counts");
	lwkt_pipeline_destroy(pl);
}
