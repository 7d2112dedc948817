/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind check: it finds what a tampering stage did, to the packet.
 */
#include <lwkt_stages.h>

#include "tools.h"

#define PACKETS 20000

static struct lwkt_check_stats
run_check(enum tamper (*fate)(uint32_t k), uint32_t delay, uint32_t flows, bool passes)
{
	const struct lwkt_source_conf source = {
	    .oc_count = PACKETS, .oc_flows = flows, .oc_pool = test_pool("p", 2047)};
	const struct tamper_conf tamper = {fate, delay, PACKETS};
	const struct lwkt_check_conf check = {.hc_flows = 16};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"t"}},
	    {"t", &kind_tamper, 2, &tamper, {"c"}},
	    {"c", &lwkt_stage_check, 3, &check, {passes ? "s" : NULL}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, passes ? 4 : 3);
	struct lwkt_check_stats hs;

	cr_assert_not_null(pl);
	run_audited(pl, PACKETS);
	cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &hs), 0);
	cr_expect_eq(stats_of(pl, "c").ss_in, hs.hs_packets);
	cr_expect_eq(stats_of(pl, "c").ss_out, passes ? hs.hs_packets : 0);
	cr_expect_eq(stats_of(pl, "c").ss_consumed, passes ? 0 : hs.hs_packets);
	cr_expect_lt(lwkt_check_stats(lwkt_pipeline_find(pl, "a"), &hs), 0, "a source");
	lwkt_pipeline_destroy(pl);
	return hs;
}

static void
expect_found(struct lwkt_check_stats hs, uint64_t lost, uint64_t late, uint64_t twice, uint64_t old)
{
	cr_expect_eq(hs.hs_lost, lost, "%" PRIu64 " lost", hs.hs_lost);
	cr_expect_eq(hs.hs_late, late, "%" PRIu64 " late", hs.hs_late);
	cr_expect_eq(hs.hs_duplicate, twice, "%" PRIu64 " twice", hs.hs_duplicate);
	cr_expect_eq(hs.hs_old, old, "%" PRIu64 " old", hs.hs_old);
}

static enum tamper
nothing(uint32_t k)
{
	(void)k;
	return TAMPER_NOTHING;
}

LWKT_TEST(check, N93_what_is_in_order_is_found_in_order)
{
	struct lwkt_check_stats hs = run_check(nothing, 0, 16, true);

	expect_found(hs, 0, 0, 0, 0);
	cr_expect_eq(hs.hs_packets, PACKETS);
	cr_expect_eq(hs.hs_foreign, 0);
	expect_found(run_check(nothing, 0, 1, false), 0, 0, 0, 0);
}

LWKT_TEST(check, API_flows_beyond_its_own_are_foreign)
{
	struct lwkt_check_stats hs = run_check(nothing, 0, 20, true);

	expect_found(hs, 0, 0, 0, 0);
	cr_expect_eq(hs.hs_packets, PACKETS);
	cr_expect_eq(hs.hs_foreign, PACKETS / 20 * 4);
}

static enum tamper
drop_some(uint32_t k)
{
	return k % 100 == 50 || (k >= 3000 && k < 5000) ? TAMPER_DROP : TAMPER_NOTHING;
}

LWKT_TEST(check, N93_losses_are_counted)
{
	expect_found(run_check(drop_some, 0, 1, true), PACKETS / 100 + 2000 - 20, 0, 0, 0);
	expect_found(run_check(drop_some, 0, 7, false), PACKETS / 100 + 2000 - 20, 0, 0, 0);
}

static enum tamper
some_twice(uint32_t k)
{
	return k % 40 == 17 ? TAMPER_TWICE : TAMPER_NOTHING;
}

LWKT_TEST(check, N93_duplicates_are_counted)
{
	expect_found(run_check(some_twice, 0, 3, true), 0, 0, PACKETS / 40, 0);
}

static enum tamper
delay_some(uint32_t k)
{
	return k % 200 == 100 ? TAMPER_DELAY : TAMPER_NOTHING;
}

LWKT_TEST(check, N88_what_comes_late_is_counted_and_not_lost)
{
	expect_found(run_check(delay_some, 2, 1, true), 0, PACKETS / 200, 0, 0);
	expect_found(run_check(delay_some, 512, 1, false), 0, PACKETS / 200, 0, 0);
	expect_found(run_check(delay_some, 64, 16, false), 0, PACKETS / 200, 0, 0);
}

/* Beyond what it remembers, it does not claim to know. The last three leave sooner. */
LWKT_TEST(check, API_what_comes_very_late_is_old)
{
	expect_found(
	    run_check(delay_some, 513, 1, true), PACKETS / 200 - 3, 3, 0, PACKETS / 200 - 3);
}

static void
alien_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (i % 2 == 0)
			rte_pktmbuf_trim(
			    pkts[i], (uint16_t)(pkts[i]->pkt_len - LWKT_PROBE_OFFSET - 15));
		else
			*rte_pktmbuf_mtod_offset(pkts[i], char *, LWKT_PROBE_OFFSET) ^= 1;
	lwkt_stage_emit(st, 0, pkts, n);
}

LWKT_TEST(check, N87_short_packets_and_others_are_foreign)
{
	static const struct lwkt_stage_kind kind_alien = {
	    .sk_name = "alien", .sk_handle = alien_handle};
	const struct lwkt_source_conf source = {.oc_count = 1000, .oc_pool = test_pool("p", 255)};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"t"}},
	    {"t", &kind_alien, 1, NULL, {"c"}},
	    {"c", &lwkt_stage_check, 2, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_check_stats hs;

	cr_assert_not_null(pl);
	run_audited(pl, 1000);
	cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &hs), 0);
	lwkt_pipeline_destroy(pl);
	expect_found(hs, 0, 0, 0, 0);
	cr_expect_eq(hs.hs_foreign, 1000);
}
