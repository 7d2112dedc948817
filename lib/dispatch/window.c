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
