/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Credits: how many packets a pipeline may hold.
 *
 * Each CPU counts the packets that end there, in a line of its own; that is all that the way of a
 * packet has to do with credits. A source has a budget. When it is used up, the source's CPU adds
 * up what has ended everywhere since somebody last looked, which makes as many tokens, and takes
 * its share of them. So
 *
 *      window = tokens + budgets of the sources + held
 *
 * at all times, where a packet's end counts as soon as somebody has looked.
 */

#include <errno.h>

#include <rte_branch_prediction.h>

#include "stage_pvt.h"

#define PATIENCE 8 /* rounds before a source asks again */
#define ENDLESS  (UINT64_MAX / 2)

static uint64_t
ended_everywhere(const struct lwkt_pipeline *pl)
{
	uint64_t ended = 0;

	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		ended += __atomic_load_n(&pl->pl_loops[i]->lo_ended, __ATOMIC_RELAXED);
	return ended;
}

/* By what was asked for, and what the outputs allow. */
void
window_size(struct lwkt_pipeline *pl)
{
	struct window *wn = &pl->pl_window;

	wn->wn_size = wn->wn_wanted != 0 ? wn->wn_wanted : LWKT_WINDOW_SOURCE * wn->wn_nsources;
	if (wn->wn_credit_limit != 0 && wn->wn_credit_limit < wn->wn_size)
		wn->wn_size = wn->wn_credit_limit;
	if (wn->wn_size < LWKT_STAGE_BURST * wn->wn_nsources)
		wn->wn_size = LWKT_STAGE_BURST * wn->wn_nsources;
}

/* Nothing runs. A run that was stopped may have left packets in stages. */
void
window_begin(struct lwkt_pipeline *pl)
{
	struct window *wn = &pl->pl_window;
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	window_size(pl);
	rte_spinlock_init(&wn->wn_lock);
	wn->wn_tokens = (int64_t)wn->wn_size - (int64_t)ac.ac_held;
	wn->wn_ended = ended_everywhere(pl);
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		pl->pl_stages[i]->st_budget = wn->wn_size == LWKT_WINDOW_NONE ? ENDLESS : 0;
}

/*
 * An even share of the tokens; at least what the budget lacks for a burst. There are as many if
 * nothing is held: a window has room for a burst of each source.
 */
static void
take_share(struct window *wn, uint64_t *budget)
{
	int64_t share = wn->wn_tokens / (int64_t)wn->wn_nsources;
	int64_t lacks = LWKT_STAGE_BURST - (int64_t)*budget;

	if (wn->wn_tokens < lacks)
		return;
	share = RTE_MAX(share, lacks);
	wn->wn_tokens -= share;
	*budget += (uint64_t)share;
}

bool
window_refill(struct lwkt_loop *lo, struct lwkt_stage *st)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;
	struct window *wn = &pl->pl_window;
	uint64_t ended;

	if (lo->lo_starved > 0) {
		lo->lo_starved--;
		return false;
	}
	if (!rte_spinlock_trylock(&wn->wn_lock)) /* E15 */
		return false;
	ended = ended_everywhere(pl);
	wn->wn_tokens += (int64_t)(ended - wn->wn_ended);
	wn->wn_ended = ended;
	take_share(wn, &st->st_budget);
	rte_spinlock_unlock(&wn->wn_lock); /* E15 */
	if (st->st_budget >= LWKT_STAGE_BURST)
		return true;
	lo->lo_starved = PATIENCE;
	return false;
}

/*
 * A LIMIT
 *
 * A pipeline whose sources bring in so many packets in all, and then no more. Before each poll a
 * source takes what it may bring in, a burst or what is left, from a number that all of them share,
 * and puts back afterwards what it has not used. So a source that has nothing keeps nothing from the
 * others, and together they bring in exactly that many.
 */

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
