/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels: exactly the limit, order, each policy's account, pools without room for messages; CPUs,
 * pthreads and LWKT threads at either end.
 */
#include <errno.h>
#include <pthread.h>

#include <rte_errno.h>

#include <lwkt_channel.h>
#include <lwkt_thread.h>

#include "tools.h"

#define PACKETS 200000

static struct rte_mempool *pool;

/* Of a pool that has no private room: a channel makes no messages of its packets. */
static struct rte_mbuf *
packet(uint32_t number)
{
	struct rte_mbuf *m;

	if (pool == NULL)
		pool = rte_pktmbuf_pool_create("bare", 2047, 0, 0, 256, 0);
	m = rte_pktmbuf_alloc(pool);
	if (m != NULL)
		*rte_pktmbuf_mtod(m, uint32_t *) = number;
	return m;
}

static void
send(struct lwkt_channel *ch, uint32_t first, unsigned int n, unsigned int want)
{
	struct rte_mbuf *pkts[64];
	unsigned int took;

	for (unsigned int i = 0; i < n; i++)
		pkts[i] = packet(first + i);
	took = lwkt_channel_send(ch, pkts, n);
	cr_expect_eq(took, want, "it took %u of %u", took, n);
	rte_pktmbuf_free_bulk(pkts + took, n - took);
}

static void
receive(struct lwkt_channel *ch, uint32_t first, unsigned int n)
{
	struct rte_mbuf *pkts[64];

	cr_expect_eq(lwkt_channel_recv(ch, pkts, n), n);
	for (unsigned int i = 0; i < n; i++)
		cr_expect_eq(*rte_pktmbuf_mtod(pkts[i], uint32_t *), first + i);
	rte_pktmbuf_free_bulk(pkts, n);
}

static void
expect_stats(const struct lwkt_channel *ch, struct lwkt_channel_stats want)
{
	struct lwkt_channel_stats cs;

	lwkt_channel_stats(ch, &cs);
	cr_expect_eq(cs.cs_sent, want.cs_sent);
	cr_expect_eq(cs.cs_received, want.cs_received);
	cr_expect_eq(cs.cs_full, want.cs_full);
	cr_expect_eq(cs.cs_oldest, want.cs_oldest);
	cr_expect_eq(cs.cs_under_way, want.cs_under_way);
	cr_expect_eq(cs.cs_high, want.cs_high);
	cr_expect_eq(cs.cs_sent, cs.cs_received + cs.cs_under_way + cs.cs_oldest);
}

LWKT_TEST(channel, API_with_credits_what_has_no_room_stays_the_senders)
{
	struct lwkt_channel *ch = lwkt_channel_create("c", 5, LWKT_OVERFLOW_CREDIT);

	send(ch, 0, 3, 3);
	send(ch, 3, 3, 2);
	send(ch, 9, 1, 0);
	receive(ch, 0, 2);
	send(ch, 5, 3, 2);
	receive(ch, 2, 5);
	receive(ch, 0, 0);
	expect_stats(ch, (struct lwkt_channel_stats){.cs_sent = 7, .cs_received = 7, .cs_high = 5});
	cr_expect_eq(lwkt_channel_destroy(ch), 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(channel, API_with_tail_the_newest_are_dropped)
{
	struct lwkt_channel *ch = lwkt_channel_create("c", 4, LWKT_OVERFLOW_TAIL);

	send(ch, 0, 6, 6);
	send(ch, 8, 1, 1);
	receive(ch, 0, 4);
	send(ch, 4, 1, 1);
	expect_stats(
	    ch, (struct lwkt_channel_stats){
	            .cs_sent = 5, .cs_received = 4, .cs_full = 3, .cs_under_way = 1, .cs_high = 4});
	cr_expect_eq(lwkt_channel_destroy(ch), 1, "one is under way");
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(channel, API_with_oldest_the_receiver_drops_and_the_sender_beyond_twice_the_limit)
{
	struct lwkt_channel *ch = lwkt_channel_create("c", 4, LWKT_OVERFLOW_OLDEST);

	send(ch, 0, 10, 10); /* 8 and 9 have no room */
	receive(ch, 4, 2);   /* 0 to 3 are too old */
	receive(ch, 6, 2);
	send(ch, 10, 5, 5);
	receive(ch, 11, 4); /* 10 is one too many */
	expect_stats(
	    ch, (struct lwkt_channel_stats){
	            .cs_sent = 13, .cs_received = 8, .cs_full = 2, .cs_oldest = 5, .cs_high = 4});
	cr_expect_eq(lwkt_channel_destroy(ch), 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

/* Limit: LWKT_CHANNEL_LIMIT_MAX: as many fit, and one more is refused. */
LWKT_TEST(channel, API_limits_are_exact)
{
	static const unsigned int limits[] = {1, 2, 7, 8, 63};
	struct lwkt_channel *ch;

	for (unsigned int i = 0; i < RTE_DIM(limits); i++) {
		ch = lwkt_channel_create("c", limits[i], LWKT_OVERFLOW_CREDIT);
		send(ch, 0, limits[i], limits[i]);
		send(ch, 0, 1, 0);
		cr_expect_eq(lwkt_channel_destroy(ch), limits[i]);
	}
	ch = lwkt_channel_create("c", LWKT_CHANNEL_LIMIT_MAX, LWKT_OVERFLOW_CREDIT);
	cr_expect_not_null(ch);
	send(ch, 0, 1, 1);
	cr_expect_eq(lwkt_channel_destroy(ch), 1);
	cr_expect_eq(lwkt_channel_destroy(NULL), 0);
}

LWKT_TEST(channel, API_what_is_no_channel_is_refused)
{
	static const struct {
		const char *name;
		unsigned int limit, overflow;
	} bad[] = {
	    {NULL, 1, 0},
	    {"", 1, 0},
	    {"a_name_of_thirty_two_bytes_is_too", 1, 0},
	    {"c", 0, 0},
	    {"c", LWKT_CHANNEL_LIMIT_MAX + 1, 0},
	    {"c", 1, LWKT_OVERFLOW_OLDEST + 1},
	};

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		rte_errno = 0;
		cr_expect_null(lwkt_channel_create(
		    bad[i].name, bad[i].limit, (enum lwkt_overflow)bad[i].overflow));
		cr_expect_eq(rte_errno, EINVAL, "row %u", i);
	}
	cr_expect_not_null(lwkt_channel_create("a_name_of_thirty_one_bytes_fits", 1, 0));
}

/*
 * Two contexts
 */

static void
give_way(void)
{
	if (lwkt_curthread() != NULL)
		lwkt_yield();
	test_relax();
}

static void
send_all(void *arg)
{
	struct rte_mbuf *pkts[32];
	unsigned int n, took;

	for (uint32_t next = 0; next < PACKETS; next += n) {
		n = RTE_MIN(1 + next % 32, PACKETS - next);
		for (unsigned int i = 0; i < n; i++)
			while ((pkts[i] = packet(next + i)) == NULL)
				give_way();
		for (took = 0; took < n;) {
			took += lwkt_channel_send(arg, pkts + took, n - took);
			if (took < n)
				give_way();
		}
	}
}

static void
receive_all(struct lwkt_channel *ch)
{
	struct rte_mbuf *pkts[48];

	for (uint32_t next = 0; next < PACKETS;) {
		unsigned int n = lwkt_channel_recv(ch, pkts, 1 + next % 48);

		for (unsigned int i = 0; i < n; i++, next++)
			cr_assert_eq(*rte_pktmbuf_mtod(pkts[i], uint32_t *), next);
		rte_pktmbuf_free_bulk(pkts, n);
		if (n == 0)
			give_way();
	}
}

static void *
sender_thread(void *arg)
{
	send_all(arg);
	return NULL;
}

static int
sender_cpu(void *arg)
{
	send_all(arg);
	return 0;
}

LWKT_TEST(channel, API_order_holds_between_a_cpu_and_a_pthread)
{
	struct lwkt_channel *ch = lwkt_channel_create("c", 100, LWKT_OVERFLOW_CREDIT);
	pthread_t thread;

	pthread_create(&thread, NULL, sender_thread, ch);
	receive_all(ch);
	pthread_join(thread, NULL);
	cr_expect_eq(lwkt_channel_destroy(ch), 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(channel, API_order_holds_between_cpus_and_between_lwkt_threads)
{
	struct lwkt_channel *ch = lwkt_channel_create("c", 100, LWKT_OVERFLOW_CREDIT);
	struct lwkt_thread *td;

	test_launch(1, sender_cpu, ch);
	receive_all(ch);
	test_join(1);
	cr_assert_eq(lwkt_create(send_all, ch, &td, NULL, 0, -1, "sender"), 0);
	receive_all(ch);
	lwkt_join(td);
	cr_expect_eq(lwkt_channel_destroy(ch), 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}
