/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit between CPUs: when what was gathered is published, and what one pass handles.
 */
#include "fake.h"

static struct node nodes[1024];

LWKT_TEST(flush, I70_nothing_is_published_before_the_bound)
{
	fake_send_many(nodes, LWKT_FLUSH_MAX - 1, 1);
	cr_expect_eq(test_poll_as(1), 0);
	fake_send(&nodes[LWKT_FLUSH_MAX - 1], 1, LWKT_FLUSH_MAX - 1);
	cr_expect_eq(test_poll_as(1), LWKT_FLUSH_MAX, "the default bound publishes");
	cr_expect(fake_got(0, 1, 0, LWKT_FLUSH_MAX));
	cr_expect_eq(fake_stats(0, 1).ts_publications, 1);
}

LWKT_TEST_ENV(flush, I70_the_bound_is_the_configured_one, .te_config.cf_flush_count = 5)
{
	for (unsigned int i = 0; i < 20; i++) {
		fake_send(&nodes[i], 1, i);
		cr_expect_eq(test_poll_as(1), i % 5 == 4 ? 5 : 0, "after %u", i);
	}
	cr_expect_eq(fake_stats(0, 1).ts_publications, 4);
	cr_expect(fake_got(0, 1, 0, 20));
}

LWKT_TEST_ENV(flush, I70_bound_one_publishes_each, .te_config.cf_flush_count = 1)
{
	for (unsigned int i = 0; i < 5; i++) {
		fake_send(&nodes[i], 1, i);
		cr_expect_eq(test_poll_as(1), 1);
	}
	cr_expect_eq(fake_stats(0, 1).ts_avoided, 0);
}

LWKT_TEST_ENV(flush, I70_the_bound_is_each_targets_own, .te_config.cf_flush_count = 4)
{
	fake_send_many(nodes, 3, 1);
	fake_send_many(nodes + 3, 3, 2);
	cr_expect_eq(test_poll_as(1) + test_poll_as(2), 0);
	fake_send(&nodes[6], 2, 3);
	cr_expect_eq(test_poll_as(1), 0);
	cr_expect_eq(test_poll_as(2), 4);
	test_settle();
}

LWKT_TEST(flush, I70_one_publication_per_target_and_flush)
{
	for (unsigned int i = 0; i < 10; i++)
		for (unsigned int to = 1; to < TEST_CPUS; to++)
			fake_send(&nodes[to * 10 + i], to, i);
	lwkt_flush();
	for (unsigned int to = 1; to < TEST_CPUS; to++) {
		cr_expect_eq(fake_stats(0, to).ts_publications, 1);
		cr_expect_eq(fake_stats(0, to).ts_avoided, 9);
		cr_expect_eq(test_poll_as(to), 10);
		cr_expect(fake_got(0, to, 0, 10));
	}
}

LWKT_TEST(flush, I70_the_end_of_the_senders_poll_publishes)
{
	fake_send(&nodes[0], 1, 0);
	cr_expect_eq(test_poll_as(1), 0);
	cr_expect_eq(lwkt_poll(), 0, "it handled nothing itself");
	cr_expect_eq(test_poll_as(1), 1);
}

static void
answer(struct node *node)
{
	if (node->seq < 100)
		fake_send(&nodes[100 + node->seq], 0, 100 + node->seq);
}

LWKT_TEST(flush, I70_a_poll_publishes_what_its_own_messages_caused)
{
	fake_on_arrival = answer;
	fake_send_many(nodes, 3, 1);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 3);
	cr_expect_eq(lwkt_poll(), 3, "the answers");
	cr_expect(fake_got(1, 0, 100, 3));
}

LWKT_TEST(flush, I70_a_burst_is_gathered_behind_singles)
{
	lwkt_item_t items[40];

	fake_send_many(nodes, 5, 1);
	for (unsigned int i = 0; i < RTE_DIM(items); i++) {
		nodes[5 + i] = (struct node){.from = 0, .to = 1, .seq = 5 + i};
		items[i] = (lwkt_item_t)&nodes[5 + i];
	}
	lwkt_transit_send_burst(1, items, RTE_DIM(items));
	fake_send(&nodes[45], 1, 45);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 46);
	cr_expect(fake_got(0, 1, 0, 46));
	cr_expect_leq(fake_stats(0, 1).ts_publications, 2);
}

LWKT_TEST(flush, I70_a_full_burst_is_published_at_once_and_once)
{
	lwkt_item_t items[LWKT_FLUSH_MAX];

	for (unsigned int i = 0; i < RTE_DIM(items); i++) {
		nodes[i] = (struct node){.from = 0, .to = 1, .seq = i};
		items[i] = (lwkt_item_t)&nodes[i];
	}
	lwkt_transit_send_burst(1, items, RTE_DIM(items));
	cr_expect_eq(fake_stats(0, 1).ts_publications, 1);
	cr_expect_eq(test_poll_as(1), LWKT_FLUSH_MAX);
	cr_expect(fake_got(0, 1, 0, LWKT_FLUSH_MAX));
}

LWKT_TEST(flush, I70_an_empty_burst_is_nothing)
{
	lwkt_transit_send_burst(1, NULL, 0);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 0);
	cr_expect_eq(fake_stats(0, 1).ts_publications, 0);
}

/* For each message that arrives on CPU 0 from CPU 1, CPU 1 publishes one more. */
static void
one_more(struct node *node)
{
	unsigned int seq = node->seq + 40;

	if (seq >= 120)
		return;
	cpu_impersonate(1);
	fake_send(&nodes[seq], 0, seq);
	lwkt_flush();
	cpu_impersonate(0);
}

LWKT_TEST(flush, I73_one_pass_handles_what_was_published_when_it_came_to_the_ring)
{
	cpu_impersonate(1);
	fake_send_many(nodes, 40, 0);
	lwkt_flush();
	cpu_impersonate(0);
	fake_on_arrival = one_more;
	cr_expect_eq(lwkt_poll(), 40);
	cr_expect_eq(lwkt_poll(), 40);
	cr_expect_eq(lwkt_poll(), 40);
	cr_expect_eq(lwkt_poll(), 0);
	cr_expect(fake_got(1, 0, 0, 120));
}

#define FULL 392 /* more than a batch */

static unsigned int refills;

/* The last message of a full ring fills it again. */
static void
refill(struct node *node)
{
	if (node->seq != FULL - 1 || refills++ > 2)
		return;
	cpu_impersonate(0);
	fake_arrived = 0;
	fake_send_many(nodes, FULL, 1);
	lwkt_flush();
	cpu_impersonate(1);
}

LWKT_TEST_ENV(flush, I73_a_ring_that_fills_again_and_again_does_not_keep_the_receiver_in_one_pass,
    .te_config.cf_ring_size = FULL)
{
	fake_on_arrival = refill;
	fake_send_many(nodes, FULL, 1);
	lwkt_flush();
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
	cr_expect_eq(test_poll_as(1), FULL);
	cr_expect_eq(refills, 1);
	cr_expect_eq(test_poll_as(1), FULL);
	test_settle();
}
