/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit between CPUs: order, the full ring, the counters.
 */
#include <errno.h>
#include <malloc.h>

#include <rte_malloc.h>

#include "fake.h"

static struct node nodes[4096];

LWKT_TEST(transit, I65_each_ordered_pair_has_a_wire_of_its_own)
{
	unsigned int from, to, n = 0;

	for (from = 0; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		for (to = 0; to < TEST_CPUS; to++)
			if (to != from)
				fake_send(&nodes[n++], to, 0);
	}
	test_settle();
	cr_expect_eq(fake_arrived, n);
	for (from = 0; from < TEST_CPUS; from++)
		for (to = 0; to < TEST_CPUS; to++) {
			if (to == from)
				continue;
			cr_expect(fake_got(from, to, 0, 1), "%u to %u", from, to);
			cr_expect_eq(fake_stats(from, to).ts_items, 1);
		}
}

LWKT_TEST(transit, I65_fifo_per_pair_when_senders_take_turns)
{
	for (unsigned int i = 0; i < 300; i++)
		for (unsigned int from = 1; from < TEST_CPUS; from++) {
			cpu_impersonate(from);
			fake_send(&nodes[from * 300 + i], 0, i);
			if (i % 7 == from)
				lwkt_flush();
		}
	test_settle();
	for (unsigned int from = 1; from < TEST_CPUS; from++)
		cr_expect(fake_got(from, 0, 0, 300), "from %u", from);
}

LWKT_TEST(transit, I65_a_message_arrives_only_on_the_cpu_it_was_sent_to)
{
	fake_send(&nodes[0], 2, 0);
	lwkt_flush();
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
		cpu_impersonate(cpu);
		cr_expect_eq(lwkt_poll(), cpu == 2 ? 1 : 0, "CPU %u", cpu);
	}
	cpu_impersonate(0);
}

LWKT_TEST(transit, I65_the_kind_of_an_item_arrives_with_it)
{
	lwkt_transit_send(1, (lwkt_item_t)&nodes[0] | FAKE_KIND);
	lwkt_transit_send(1, (lwkt_item_t)&nodes[1] | LWKT_ITEM_MSG);
	test_settle();
	cr_assert_eq(fake_arrived, 2);
	cr_expect_eq(fake_arrivals[0].kind, FAKE_KIND);
	cr_expect_eq(fake_arrivals[0].node, &nodes[0]);
	cr_expect_eq(fake_arrivals[1].kind, LWKT_ITEM_MSG);
	cr_expect_eq(fake_arrivals[1].node, &nodes[1]);
}

/* Send n, one publication each, into a ring of one that nobody empties. */
LWKT_TEST_ENV(transit, I68_what_a_full_ring_does_not_take_waits_in_order,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	const unsigned int n = 100;
	struct lwkt_transit_stats ts;

	fake_send_many(nodes, n, 1);
	ts = fake_stats(0, 1);
	cr_expect_eq(ts.ts_items, 1);
	cr_expect_eq(ts.ts_spill_depth, n - 1);
	cr_expect_eq(ts.ts_spill_high, n - 1);
	cr_expect_geq(ts.ts_ring_full, 1);

	for (unsigned int i = 1; i <= n; i++) {
		cpu_impersonate(1);
		cr_assert_eq(lwkt_poll(), 1);
		cr_assert_eq(lwkt_poll(), 0, "the rest is still with the sender");
		cpu_impersonate(0);
		lwkt_flush();
		cr_assert_eq(fake_stats(0, 1).ts_spill_depth, i < n ? n - 1 - i : 0);
	}
	cr_expect(fake_got(0, 1, 0, n));
	ts = fake_stats(0, 1);
	cr_expect_eq(ts.ts_items, n);
	cr_expect_eq(ts.ts_spill_high, n - 1);
}

/* The ring has room again, but messages are still on the list: later ones go behind them. */
LWKT_TEST_ENV(transit, I68_later_messages_queue_behind_the_spilled_ones,
    .te_config = {.cf_ring_size = 3, .cf_flush_count = 1})
{
	fake_send_many(nodes, 10, 1); /* 0-2 in the ring, 3-9 spilled */
	cpu_impersonate(1);
	cr_expect_eq(lwkt_poll(), 3);
	cpu_impersonate(0);
	fake_send(&nodes[10], 1, 10);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 5, "3-5 moved up, 10 came behind 9");
	test_settle();
	cr_expect(fake_got(0, 1, 0, 11));
}

LWKT_TEST_ENV(
    transit, I68_a_burst_larger_than_the_ring_spills_its_tail, .te_config = {.cf_ring_size = 5})
{
	lwkt_item_t items[64];

	for (unsigned int i = 0; i < RTE_DIM(items); i++) {
		nodes[i] = (struct node){.from = 0, .to = 3, .seq = i};
		items[i] = (lwkt_item_t)&nodes[i];
	}
	lwkt_transit_send_burst(3, items, RTE_DIM(items));
	lwkt_flush();
	cr_expect_eq(fake_stats(0, 3).ts_spill_depth, RTE_DIM(items) - 5);
	cr_expect_eq(fake_stats(0, 3).ts_items, 5);
	test_settle();
	cr_expect(fake_got(0, 3, 0, RTE_DIM(items)));
}

LWKT_TEST_ENV(transit, I68_a_spilled_pair_does_not_hold_up_the_others, .te_config.cf_ring_size = 1)
{
	fake_send_many(nodes, 50, 1);
	lwkt_flush();
	fake_send(&nodes[50], 2, 0);
	lwkt_flush();
	cpu_impersonate(2);
	cr_expect_eq(lwkt_poll(), 1);
	cpu_impersonate(0);
	cr_expect_eq(fake_stats(0, 2).ts_spill_high, 0);
	cr_expect_eq(fake_stats(0, 2).ts_spill_high_time_ns, 0);
	test_settle();
	cr_expect(fake_got(0, 1, 0, 50));
}

LWKT_TEST_ENV(transit, I68_sending_takes_no_memory, .te_config.cf_ring_size = 1)
{
	struct rte_malloc_socket_stats before, after;
	struct mallinfo2 heap_before, heap_after;

	rte_malloc_get_socket_stats(0, &before);
	heap_before = mallinfo2();
	fake_send_many(nodes, RTE_DIM(nodes), 1);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
	cpu_impersonate(0);
	heap_after = mallinfo2();
	rte_malloc_get_socket_stats(0, &after);
	cr_expect_eq(heap_before.uordblks, heap_after.uordblks);
	cr_expect_eq(before.alloc_count, after.alloc_count);
	cr_expect_eq(before.heap_allocsz_bytes, after.heap_allocsz_bytes);
	test_settle();
	cr_expect(fake_got(0, 1, 0, RTE_DIM(nodes)));
}

LWKT_TEST(transit, I77_counters_are_per_pair_and_exact)
{
	struct lwkt_transit_stats ts;

	fake_send_many(nodes, 10, 1);
	lwkt_flush();
	fake_send_many(nodes + 10, 3, 1);
	lwkt_flush();
	ts = fake_stats(0, 1);
	cr_expect_eq(ts.ts_items, 13);
	cr_expect_eq(ts.ts_publications, 2);
	cr_expect_eq(ts.ts_avoided, 11);
	cr_expect_eq(ts.ts_depth, 13);
	cr_expect_geq(ts.ts_size, 13);
	cr_expect_eq(ts.ts_ring_full, 0);
	cr_expect_eq(ts.ts_spill_depth, 0);
	cr_expect_eq(ts.ts_spill_high, 0);
	cr_expect_eq(fake_stats(1, 0).ts_items, 0);
	cr_expect_eq(fake_stats(0, 2).ts_items, 0);
	test_settle();
	cr_expect_eq(fake_stats(0, 1).ts_depth, 0);
	cr_expect_eq(fake_stats(0, 1).ts_publications, 2, "idle polls publish nothing");
}

LWKT_TEST_ENV(
    transit, I77_full_rings_and_the_most_that_was_spilled_are_counted, .te_config.cf_ring_size = 1)
{
	struct lwkt_transit_stats ts;

	fake_send_many(nodes, 10, 1);
	lwkt_flush();
	ts = fake_stats(0, 1);
	cr_expect_eq(ts.ts_size, 1);
	cr_expect_eq(ts.ts_depth, 1);
	cr_expect_eq(ts.ts_spill_depth, 9);
	cr_expect_eq(ts.ts_spill_high, 9);
	cr_expect_geq(ts.ts_ring_full, 1);
	test_settle();
	fake_send_many(nodes + 10, 3, 1);
	lwkt_flush();
	cr_expect_gt(fake_stats(0, 1).ts_ring_full, ts.ts_ring_full, "once more");
	ts = fake_stats(0, 1);
	cr_expect_eq(ts.ts_spill_depth, 2);
	cr_expect_eq(ts.ts_spill_high, 9, "the most it ever held");
	cr_expect_gt(ts.ts_spill_high_time_ns, UINT64_C(1600000000) * 1000000000);
	test_settle();
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
}

LWKT_TEST(transit, I77_counters_of_what_is_no_pair_are_einval)
{
	static const unsigned int pairs[][2] = {{0, 0}, {3, 3}, {0, TEST_CPUS}, {TEST_CPUS, 0},
	    {0, RTE_MAX_LCORE}, {RTE_MAX_LCORE, 0}, {UINT32_MAX, 1}, {1, UINT32_MAX}};
	struct lwkt_transit_stats ts = {.ts_items = 42};

	for (unsigned int i = 0; i < RTE_DIM(pairs); i++)
		cr_expect_eq(
		    lwkt_transit_stats(pairs[i][0], pairs[i][1], &ts), -EINVAL, "pair %u", i);
	cr_expect_eq(ts.ts_items, 42, "an error leaves the output alone");
}

static void
poll_unknown_kind(void *arg)
{
	(void)arg;
	fake_kinds = 1u << LWKT_ITEM_MSG;
	lwkt_transit_send(1, (lwkt_item_t)&nodes[0] | LWKT_ITEM_MSG);
	lwkt_transit_send(1, (lwkt_item_t)&nodes[1] | FAKE_KIND);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
}

LWKT_TEST(transit, API_an_item_nobody_knows_stops_the_program)
{
	expect_stops(poll_unknown_kind, NULL, "lwkt_poll", "CPU 1", "kind 7");
}
