/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: the two ends of an rte_ring that has one producer and one consumer. The ring is
 * DPDK's, and so is its layout; these do what its functions do for items of one size, and less:
 *
 *      put    looks at the consumer's index, which costs a cache miss, when the ring seems full,
 * and not each time does not write prod.head: that is in the line that the consumer polls, and
 * between two stores there the consumer may take the line away take   looks at the items' kinds
 * while it copies them; an empty ring's next slot is sent for, so that it comes along with the
 * index that says it is filled, and not after it
 */
#ifndef LWKT_RING_PVT_H
#define LWKT_RING_PVT_H

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

/*
 * Take at most `most` items; *next: the number of the next one; *kinds: their kinds, all together;
 * *stay: how many more there are. Returns how many.
 */
static inline unsigned int
ring_take(struct rte_ring *r, uint32_t *next, lwkt_item_t *items, unsigned int most,
    unsigned int *kinds, unsigned int *stay)
{
	uint32_t head = *next;
	unsigned int ready = __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE) - head; /* E1 */
	unsigned int i = 0, n = RTE_MIN(ready, most), straight;
	const lwkt_item_t *slots = ring_slots(r), *from = &slots[head & r->mask];
	lwkt_item_t all = 0;

	*stay = ready - n;
	if (n == 0) {
		rte_prefetch0(from);
		return 0;
	}
	straight = ring_straight(r, head, n);
	for (; i < straight; i++)
		all |= items[i] = from[i];
	for (; unlikely(i < n); i++)
		all |= items[i] = slots[i - straight];
	*kinds = all & LWKT_ITEM_KIND;
	*next = head + n;
	__atomic_store_n(&r->cons.tail, head + n, __ATOMIC_RELEASE); /* E20 */
	return n;
}

#endif /* LWKT_RING_PVT_H */
