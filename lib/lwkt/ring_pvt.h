/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: the two ends of an rte_ring that has one producer and one consumer. The ring is
 * DPDK's, and so is its layout; these do what its functions do for items of one size, and less.
 *
 * The producer looks at the consumer's index, which costs a cache miss, when the ring seems full,
 * and not each time. It does not write prod.head: that is in the line that the consumer polls, and
 * between two stores there the consumer may take the line away.
 *
 * The consumer takes items out in one go, or goes over them where they are. An empty ring's next
 * slot is sent for, so that it comes along with the index that says it is filled, and not after it.
 */
#ifndef LWKT_RING_PVT_H
#define LWKT_RING_PVT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_prefetch.h>
#include <rte_ring.h>

#include "lwkt_transit.h"

static inline lwkt_item_t *
ring_slots(struct rte_ring *r)
{
	return (lwkt_item_t *)(void *)&r[1];
}

/* Of n items whose first is number head, how many are there before the slots begin anew? */
static inline unsigned int
ring_straight(const struct rte_ring *r, uint32_t head, unsigned int n)
{
	return RTE_MIN(n, r->size - (head & r->mask));
}

/*
 * Publish as many of n items as fit. *next: the number of the next one; *end: what the producer
 * knows to be free ends there. Returns how many.
 */
static inline unsigned int
ring_put(
    struct rte_ring *r, uint32_t *next, uint32_t *end, const lwkt_item_t *items, unsigned int n)
{
	uint32_t head = *next;
	lwkt_item_t *slots = ring_slots(r), *to = &slots[head & r->mask];
	unsigned int i = 0, straight;

	if (unlikely(*end - head < n)) {
		*end = __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE) + r->capacity; /* E20 */
		n = RTE_MIN(n, *end - head);
		if (n == 0)
			return 0;
	}
	straight = ring_straight(r, head, n);
	for (; i < straight; i++)
		to[i] = items[i];
	for (; unlikely(i < n); i++)
		slots[i - straight] = items[i];
	*next = head + n;
	__atomic_store_n(&r->prod.tail, head + n, __ATOMIC_RELEASE); /* E1 */
	return n;
}

/* The consumer's end. Only its CPU uses it. */
struct ring_reader {
	uint32_t rr_next; /* the number of the next item */
	uint32_t rr_seen; /* and of the first that was not there when E1 was looked at */
};

/* Of the next items the first n have been read: their slots are the producer's again. */
static inline void
ring_read(struct rte_ring *r, struct ring_reader *rr, unsigned int n)
{
	rr->rr_next += n;
	__atomic_store_n(&r->cons.tail, rr->rr_next, __ATOMIC_RELEASE); /* E20 */
}

/*
 * Take at most `most` items; *stay: how many more there are. Returns how many.
 */
static inline unsigned int
ring_take(struct rte_ring *r, struct ring_reader *rr, lwkt_item_t *items, unsigned int most,
    unsigned int *stay)
{
	uint32_t head = rr->rr_next,
	         tail = __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE); /* E1 */
	unsigned int ready = tail - head;
	unsigned int i = 0, n = RTE_MIN(ready, most), straight;
	const lwkt_item_t *slots = ring_slots(r), *from = &slots[head & r->mask];

	*stay = ready - n;
	rr->rr_seen = tail;
	if (n == 0) {
		rte_prefetch0(from);
		return 0;
	}
	straight = ring_straight(r, head, n);
	for (; i < straight; i++)
		items[i] = from[i];
	for (; unlikely(i < n); i++)
		items[i] = slots[i - straight];
	rr->rr_next = head + n; /* ring_read() would load it again: round trips are slower */
	__atomic_store_n(&r->cons.tail, head + n, __ATOMIC_RELEASE); /* E20 */
	return n;
}

/*
 * The next items where they are, until ring_read(): as many as are known to be there, up to where
 * the slots begin anew. The producer's index is looked at when fewer than FEW are known, and has
 * been sent for by then, as have the slots: so a consumer that lags behind waits for neither.
 * Returns how many.
 */
#define FEW         64
#define SLOTS_AHEAD 56 /* from there on a burst's slots */
#define SLOTS_LINES 4

static inline unsigned int
ring_view(struct rte_ring *r, struct ring_reader *rr, const lwkt_item_t **items)
{
	unsigned int ready = rr->rr_seen - rr->rr_next;

	*items = ring_slots(r) + (rr->rr_next & r->mask);
	if (ready < FEW) {
		rr->rr_seen = __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE); /* E1 */
		ready = rr->rr_seen - rr->rr_next;
		if (ready == 0) {
			rte_prefetch0(*items);
			return 0;
		}
	} else if (ready < 2 * FEW) {
		rte_prefetch0((const void *)(uintptr_t)&r->prod.tail);
	}
	for (unsigned int i = 0; i < SLOTS_LINES; i++)
		rte_prefetch0(*items + SLOTS_AHEAD + i * (RTE_CACHE_LINE_SIZE / sizeof(**items)));
	return ring_straight(r, rr->rr_next, ready);
}

/* Is the next item in the first slot, and known to be there? */
static inline bool
ring_turned(const struct rte_ring *r, const struct ring_reader *rr)
{
	return (rr->rr_next & r->mask) == 0 && rr->rr_seen != rr->rr_next;
}

/*
 * How many items are under way, for anybody. The ends before the beginnings: it is never negative,
 * and at most as large as the ring.
 */
static inline uint64_t
ring_depth(const struct rte_ring *r)
{
	uint32_t tail = __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE);
	uint32_t depth = __atomic_load_n(&r->prod.tail, __ATOMIC_RELAXED) - tail;

	return RTE_MIN(depth, rte_ring_get_capacity(r));
}

#endif /* LWKT_RING_PVT_H */
