/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels (lwkt_channel.h): a ring as those between CPUs, whose items are packets, and who pays for
 * what has no room.
 */
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include "cpu_pvt.h"
#include "lwkt_channel.h"
#include "lwkt_log.h"
#include "ring_pvt.h"

#define FREE_BURST 64u

struct lwkt_channel {
	/* Constant. */
	char ch_name[32];
	size_t ch_bytes; /* with the ring, which is behind it */
	unsigned int ch_limit;
	enum lwkt_overflow ch_overflow;

	/* The sender's; counters relaxed. */
	alignas(64) uint32_t ch_next, ch_end; /* as ring_put() has them */
	uint64_t ch_sent, ch_full;

	/* The receiver's. */
	alignas(64) struct ring_reader ch_reader;
	uint64_t ch_received, ch_oldest, ch_high;

	alignas(64) struct rte_ring ch_ring; /* last */
};

/* One writer. */
static inline void
channel_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static bool
channel_valid(const char *name, unsigned int limit, enum lwkt_overflow overflow)
{
	const size_t most = sizeof(((struct lwkt_channel *)NULL)->ch_name);

	if (name == NULL || *name == '\0' || strlen(name) >= most)
		LWKT_LOG(
		    ERR, "lwkt_channel_create: the name has no byte or more than %zu", most - 1);
	else if (limit == 0 || limit > LWKT_CHANNEL_LIMIT_MAX)
		LWKT_LOG(ERR, "channel %s: a limit of %u packets; give 1 to %u", name, limit,
		    LWKT_CHANNEL_LIMIT_MAX);
	else if ((unsigned int)overflow > LWKT_OVERFLOW_OLDEST)
		LWKT_LOG(ERR, "channel %s: %d is no overflow policy; see enum lwkt_overflow", name,
		    (int)overflow);
	else
		return true;
	return false;
}

/* The ring is exactly so large: what it does not take is beyond the limit. */
struct lwkt_channel *
lwkt_channel_create(const char *name, unsigned int limit, enum lwkt_overflow overflow)
{
	unsigned int room = overflow == LWKT_OVERFLOW_OLDEST ? 2 * limit : limit;
	struct lwkt_channel *ch;
	size_t bytes;

	if (!channel_valid(name, limit, overflow)) {
		rte_errno = EINVAL;
		return NULL;
	}
	bytes = offsetof(struct lwkt_channel, ch_ring) +
	        (size_t)rte_ring_get_memsize(rte_align32pow2(room + 1));
	ch = numa_zalloc(bytes, (int)rte_socket_id());
	if (ch == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	memcpy(ch->ch_name, name, strlen(name) + 1);
	ch->ch_bytes = bytes;
	ch->ch_limit = limit;
	ch->ch_overflow = overflow;
	rte_ring_init(
	    &ch->ch_ring, ch->ch_name, room, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	ch->ch_end = room;
	return ch;
}

unsigned int
lwkt_channel_send(struct lwkt_channel *ch, struct rte_mbuf **pkts, unsigned int n)
{
	const lwkt_item_t *items = (const lwkt_item_t *)(void *)pkts;
	unsigned int went = ring_put(&ch->ch_ring, &ch->ch_next, &ch->ch_end, items, n);

	channel_count(&ch->ch_sent, went);
	if (likely(went == n) || ch->ch_overflow == LWKT_OVERFLOW_CREDIT)
		return went;
	channel_count(&ch->ch_full, n - went);
	rte_pktmbuf_free_bulk(pkts + went, n - went);
	return n;
}

/* At most n; *left: how many more there are. */
static inline unsigned int
channel_take(struct lwkt_channel *ch, struct rte_mbuf **pkts, unsigned int n, unsigned int *left)
{
	return ring_take(&ch->ch_ring, &ch->ch_reader, (lwkt_item_t *)(void *)pkts, n, left);
}

/* Free n of the oldest, which are there. */
static __rte_noinline void
channel_free(struct lwkt_channel *ch, unsigned int n)
{
	struct rte_mbuf *pkts[FREE_BURST];
	unsigned int some, left;

	for (; n > 0; n -= some) {
		some = channel_take(ch, pkts, RTE_MIN(n, FREE_BURST), &left);
		rte_pktmbuf_free_bulk(pkts, some);
	}
}

unsigned int
lwkt_channel_recv(struct lwkt_channel *ch, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int there = 0, left;

	if (ch->ch_overflow == LWKT_OVERFLOW_OLDEST)
		channel_take(ch, NULL, 0, &there);
	if (unlikely(there > ch->ch_limit)) {
		channel_free(ch, there - ch->ch_limit);
		channel_count(&ch->ch_oldest, there - ch->ch_limit);
	}
	n = channel_take(ch, pkts, n, &left);
	channel_count(&ch->ch_received, n);
	if (n + left > ch->ch_high)
		__atomic_store_n(&ch->ch_high, n + left, __ATOMIC_RELAXED);
	return n;
}

void
lwkt_channel_stats(const struct lwkt_channel *ch, struct lwkt_channel_stats *cs)
{
	cs->cs_received = __atomic_load_n(&ch->ch_received, __ATOMIC_RELAXED);
	cs->cs_full = __atomic_load_n(&ch->ch_full, __ATOMIC_RELAXED);
	cs->cs_oldest = __atomic_load_n(&ch->ch_oldest, __ATOMIC_RELAXED);
	cs->cs_high = __atomic_load_n(&ch->ch_high, __ATOMIC_RELAXED);
	cs->cs_under_way = ring_depth(&ch->ch_ring);
	cs->cs_sent = __atomic_load_n(&ch->ch_sent, __ATOMIC_RELAXED);
}

unsigned int
lwkt_channel_destroy(struct lwkt_channel *ch)
{
	unsigned int left;

	if (ch == NULL)
		return 0;
	channel_take(ch, NULL, 0, &left);
	channel_free(ch, left);
	numa_release(ch, ch->ch_bytes);
	return left;
}
