/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline whose sources bring in so many packets in all, and then no more.
 *
 * Before each poll a source takes what it may bring in, a burst or what is left, from a number that
 * all of them share, and puts back afterwards what it has not used. So a source that has nothing
 * keeps nothing from the others, and together they bring in exactly that many.
 */
#include <errno.h>

#include "stage_pvt.h"

int
lwkt_pipeline_limit(struct lwkt_pipeline *pl, uint64_t packets)
{
	if (pl->pl_running)
		return -EBUSY;
	if (packets > INT64_MAX)
		return -EINVAL;
	pl->pl_limited = packets != 0;
	pl->pl_left = (int64_t)packets;
	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		pl->pl_loops[i]->lo_limited = pl->pl_limited;
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		pl->pl_stages[i]->st_burst = LWKT_STAGE_BURST;
	return 0;
}

/* Take up to a burst. @return how many. */
static unsigned int
take(int64_t *left)
{
	int64_t seen = __atomic_load_n(left, __ATOMIC_RELAXED), n;

	do {
		n = RTE_MIN(seen, LWKT_STAGE_BURST);
		if (n <= 0)
			return 0;
	} while (!__atomic_compare_exchange_n(
	    left, &seen, seen - n, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return (unsigned int)n;
}

unsigned int
limit_poll(struct lwkt_loop *lo, struct lwkt_stage *st)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;
	const struct lwkt_stage *outer;
	unsigned int n, most = take(&pl->pl_left);

	if (most == 0)
		return 0;
	st->st_burst = most;
	outer = loop_enter(lo, st);
	n = st->st_kind->sk_poll(st);
	loop_leave(lo, outer);
	if (n != most)
		__atomic_fetch_add(&pl->pl_left, (int64_t)most - n, __ATOMIC_RELAXED);
	return n;
}
