/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wires, the consumer's end: counting what has been taken off a stage's port.
 */
#include <rte_branch_prediction.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

#define LOOK_EVERY 64 /* takes between two looks at how much is under way */

uint64_t
wire_depth(const struct lwkt_wire *wi)
{
	uint64_t taken = __atomic_load_n(&wi->wi_taken, __ATOMIC_ACQUIRE); /* first: never < 0 */

	return __atomic_load_n(&wi->wi_sent, __ATOMIC_RELAXED) - taken;
}

static inline void
taken(struct lwkt_wire *wi, unsigned int n)
{
	if (unlikely(wi->wi_takes++ % LOOK_EVERY == 0)) {
		uint64_t depth = wire_depth(wi);

		if (depth > wi->wi_high)
			__atomic_store_n(&wi->wi_high, depth, __ATOMIC_RELAXED);
	}
	lwkt_stage_count(&wi->wi_taken, n);
}

/*
 * More is under way than the limit: of n packets that have just been taken, which are the oldest,
 * the first so many are too old. They have been dropped when it returns.
 */
static __rte_cold unsigned int
drop_oldest(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t depth = wire_depth(wi) + n; /* these count as taken already */
	unsigned int old;

	if (depth <= wi->wi_limit)
		return 0;
	old = (unsigned int)RTE_MIN(depth - wi->wi_limit, (uint64_t)n);
	stage_end(wi->wi_to, pkts, old);
	lwkt_stage_count(&wi->wi_oldest, old);
	return old;
}

/* From outside of the pipeline: they begin here, and have no credit. */
static __rte_cold void
came_in(struct lwkt_stage *st, unsigned int n)
{
	lwkt_stage_count(&st->st_stats.ss_received, n);
	lwkt_stage_count(&st->st_came, n);
	loop_uncount_ended(st->st_loop, n);
}

void
wire_came(struct lwkt_stage *st, unsigned int wire, unsigned int n)
{
	if (likely(wire != 0))
		taken(st->st_wire[wire - 1], n);
	else
		came_in(st, n);
}

unsigned int
wire_count(struct lwkt_stage *st, unsigned int wire, struct rte_mbuf **pkts, unsigned int n)
{
	wire_came(st, wire, n);
	if (wire != 0 && unlikely(st->st_wire[wire - 1]->wi_overflow == LWKT_OVERFLOW_OLDEST))
		return drop_oldest(st->st_wire[wire - 1], pkts, n);
	return 0;
}
