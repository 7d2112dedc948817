/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What threads that are no CPU hand to a CPU.
 */
#include <pthread.h>

#include "fake.h"

#define THREADS    4
#define PER_THREAD 2000

static struct node nodes[THREADS][PER_THREAD];

static void *
send_all(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;

	for (unsigned int i = 0; i < PER_THREAD; i++) {
		struct node *node = &nodes[me][i];

		node->from = 100 + me;
		node->to = 0;
		node->seq = i;
		lwkt_transit_send(0, (lwkt_item_t)node | (i % 2 ? LWKT_ITEM_MSG : FAKE_KIND));
	}
	return NULL;
}

LWKT_TEST_ENV(
    inbox, G98_a_foreign_thread_publishes_at_once_and_in_order, .te_config.cf_ring_size = 1)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, send_all, NULL), 0);
	pthread_join(thread, NULL);
	/* Nobody polled, and nothing was refused: the inbox has no limit. */
	cr_expect_eq(lwkt_poll(), PER_THREAD, "no flush needed");
	cr_expect(fake_got(100, 0, 0, PER_THREAD));
	for (unsigned int i = 0; i < PER_THREAD; i++)
		cr_assert_eq(fake_arrivals[i].kind, i % 2 ? LWKT_ITEM_MSG : FAKE_KIND);
}

LWKT_TEST(inbox, G98_many_producers_at_once_lose_nothing)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, send_all, (void *)i), 0);
	while (fake_arrived < THREADS * PER_THREAD)
		if (lwkt_poll() == 0)
			test_relax();
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		cr_expect(fake_got(100 + i, 0, 0, PER_THREAD));
	}
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST(inbox, G98_a_burst_keeps_its_order)
{
	lwkt_item_t items[50];

	cpu_impersonate(RTE_MAX_LCORE - 1); /* no CPU */
	for (unsigned int i = 0; i < RTE_DIM(items); i++) {
		nodes[0][i] = (struct node){.from = LWKT_CPU_NONE, .to = 2, .seq = i};
		items[i] = (lwkt_item_t)&nodes[0][i];
	}
	lwkt_transit_send_burst(2, items, RTE_DIM(items));
	cpu_impersonate(2);
	cr_expect_eq(lwkt_poll(), RTE_DIM(items));
	cr_expect(fake_got(LWKT_CPU_NONE, 2, 0, RTE_DIM(items)));
	cpu_impersonate(0);
}

/* While the pass hands over an inbox of 3, one more comes in for each of them. */
static void
one_more_to_the_inbox(struct node *node)
{
	if (node->seq >= 6)
		return;
	cpu_impersonate(RTE_MAX_LCORE - 1);
	fake_send(&nodes[0][node->seq + 3], 0, node->seq + 3);
	cpu_impersonate(0);
}

LWKT_TEST(inbox, I73_one_pass_takes_what_was_there_when_it_began)
{
	cpu_impersonate(RTE_MAX_LCORE - 1);
	fake_send_many(nodes[0], 3, 0);
	cpu_impersonate(0);
	fake_on_arrival = one_more_to_the_inbox;
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(lwkt_poll(), 0);
	cr_expect(fake_got(LWKT_CPU_NONE, 0, 0, 9));
}
