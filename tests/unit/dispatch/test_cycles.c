/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles: what timed rounds find, against what the stages count; on and off while packets flow.
 */
#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_cycles.h>

#include "tools.h"

#define PACKETS 3000
#define SPIN    20000 /* cycles of a call of the slow stage */

static struct source_conf source;
static struct sink_conf sink;

/* A relay that needs time for each call. */
static void
slow_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t end = rte_rdtsc() + SPIN;

	while (rte_rdtsc() < end)
		;
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_slow = {
    .sk_name = "test_slow", .sk_handle = slow_handle, .sk_min_outs = 1, .sk_max_outs = 1};

static const struct lwkt_stage_row one_cpu[] = {
    {"a", &kind_source, 1, &source, {"slow"}},
    {"slow", &kind_slow, 1, NULL, {"s"}},
    {"s", &kind_sink, 1, &sink, {NULL}},
};

static struct lwkt_pipeline *
make(const struct lwkt_stage_row *rows, unsigned int n, uint32_t packets)
{
	struct lwkt_pipeline *pl;

	source = (struct source_conf){
	    .sc_pool = test_pool("p", 2047), .sc_count = packets, .sc_burst = 32};
	memset(&sink, 0, sizeof(sink));
	pl = lwkt_pipeline_create("p", rows, n);
	cr_assert_not_null(pl);
	return pl;
}

static struct lwkt_stage_cycles
cycles_of(const struct lwkt_pipeline *pl, const char *name)
{
	struct lwkt_stage_cycles sy;

	lwkt_stage_cycles(lwkt_pipeline_find(pl, name), &sy);
	return sy;
}

static uint64_t
sum(const uint64_t *counters, unsigned int n)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < n; i++)
		all += counters[i];
	return all;
}

/* Each round is timed, but the first: who had packets calls for the next. */
LWKT_TEST(cycles, API_all_rounds_are_timed_and_time_is_whose_it_was)
{
	struct lwkt_pipeline *pl = make(one_cpu, RTE_DIM(one_cpu), PACKETS);
	struct lwkt_stage_cycles a, slow, s;
	uint64_t cycles = rte_rdtsc();

	cr_assert_eq(lwkt_pipeline_cycles(pl, 1), 0);
	run_dry(pl, PACKETS);
	cycles = rte_rdtsc() - cycles;
	a = cycles_of(pl, "a");
	slow = cycles_of(pl, "slow");
	s = cycles_of(pl, "s");
	cr_expect_eq(slow.sy_packets, PACKETS - 32);
	cr_expect_eq(a.sy_packets, slow.sy_packets);
	cr_expect_eq(s.sy_packets, slow.sy_packets);
	cr_expect_eq(slow.sy_calls, (PACKETS - 32 + 31) / 32);
	cr_expect_geq(slow.sy_cycles, slow.sy_calls * SPIN);
	/* No cycle counts twice, or the time of the slow stage would be its caller's as well. */
	cr_expect_leq(a.sy_cycles + slow.sy_cycles + s.sy_cycles, cycles);
	cr_expect_eq(sum(slow.sy_bursts, LWKT_CYCLES_BURSTS), slow.sy_calls);
	cr_expect_eq(slow.sy_bursts[5], (PACKETS - 32) / 32); /* of 32 */
	/* The sink ends packets: one of each timed burst was stamped, and passed the slow stage. */
	cr_expect_eq(sum(s.sy_ages, LWKT_CYCLES_AGES), s.sy_calls);
	cr_expect_eq(sum(slow.sy_ages, LWKT_CYCLES_AGES), 0);
	cr_expect_gt(s.sy_oldest_ns, SPIN * UINT64_C(1000000000) / rte_get_tsc_hz());
	cr_expect_geq(s.sy_age_sum_ns, s.sy_oldest_ns);
	cr_expect_neq(s.sy_oldest_time_ns, 0);
	cr_expect_leq(lwkt_cycles_age(&s, 500), lwkt_cycles_age(&s, 990));
	cr_expect_leq(lwkt_cycles_age(&s, 1000), s.sy_oldest_ns);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(cycles, API_a_sample_and_none)
{
	struct lwkt_pipeline *pl = make(one_cpu, RTE_DIM(one_cpu), PACKETS);
	struct lwkt_stage_cycles s;

	cr_assert_eq(lwkt_pipeline_cycles(pl, 10), 0);
	run_dry(pl, PACKETS);
	s = cycles_of(pl, "s");
	/* The first round asks, then each tenth of the 94 that have packets. */
	cr_expect_eq(s.sy_calls, 10, "%lu", s.sy_calls);
	cr_assert_eq(lwkt_pipeline_cycles(pl, 0), 0);
	lwkt_pipeline_destroy(pl);

	pl = make(one_cpu, RTE_DIM(one_cpu), PACKETS);
	run_dry(pl, PACKETS);
	s = cycles_of(pl, "s");
	cr_expect_eq(s.sy_calls + s.sy_cycles, 0);
	lwkt_pipeline_destroy(pl);
}

/* Time from a source to other CPUs; on and off again while packets flow, and taps between. */
LWKT_TEST(cycles, API_ages_over_cpus_and_changes_under_load)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 2, NULL, {"s"}},
	    {"s", &kind_sink, 3, &sink, {NULL}},
	};
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows), 100 * PACKETS);
	struct lwkt_stage_cycles r, s;

	cr_assert_eq(lwkt_pipeline_cycles(pl, 2), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int every = 0; every < 4; every++) {
		await_more(pl, PACKETS);
		cr_assert_eq(lwkt_pipeline_cycles(pl, every), 0);
	}
	cr_assert_eq(lwkt_pipeline_drain(pl, 10000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	r = cycles_of(pl, "r");
	s = cycles_of(pl, "s");
	cr_expect_gt(sum(r.sy_ages, LWKT_CYCLES_AGES), 0);
	cr_expect_gt(sum(s.sy_ages, LWKT_CYCLES_AGES), 0);
	cr_expect_gt(s.sy_packets, 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(cycles, API_classes_of_ages)
{
	struct lwkt_stage_cycles sy = {.sy_oldest_ns = UINT64_MAX};

	for (unsigned int i = 0; i < LWKT_CYCLES_AGES - 1; i++)
		cr_expect_lt(lwkt_cycles_bound(i), lwkt_cycles_bound(i + 1));
	cr_expect_eq(lwkt_cycles_bound(LWKT_CYCLES_AGES - 2), UINT64_C(1) << 31);
	cr_expect_eq(lwkt_cycles_bound(LWKT_CYCLES_AGES - 1), UINT64_MAX);
	cr_expect_eq(lwkt_cycles_age(&sy, 500), 0);
	sy.sy_ages[3] = 1;
	sy.sy_ages[40] = 1;
	cr_expect_eq(lwkt_cycles_age(&sy, 0), lwkt_cycles_bound(3));
	cr_expect_eq(lwkt_cycles_age(&sy, 500), lwkt_cycles_bound(3));
	cr_expect_eq(lwkt_cycles_age(&sy, 501), lwkt_cycles_bound(40));
}
