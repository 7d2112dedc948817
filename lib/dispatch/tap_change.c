/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taps (lwkt_tap.h): a stage's list, changed on its CPU between two rounds, and the outputs that
 * show what leaves.
 */
#include <errno.h>

#include <rte_malloc.h>

#include "tap_pvt.h"

/* In the place of an output's own function: show the packets, then go on with it. */
static void
tap_push(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	const struct lwkt_stage *st = ed->ed_from;
	const struct lwkt_tap_view view = {
	    st, LWKT_TAP_OUT, (unsigned int)(ed - st->st_out), NULL, pkts, n};

	tap_show(&view);
	st->st_taps->stt_push[view.tv_output](ed, pkts, n);
}

/* Let the stage show what its taps want, and nothing else. */
static void
tap_hang(struct lwkt_stage *st)
{
	struct stage_taps *stt = st->st_taps;
	unsigned int points = 0;
	bool out;

	for (unsigned int t = 0; t < stt->stt_n; t++)
		points |= stt->stt_tap[t]->ta_points;
	if ((points & ~(unsigned int)LWKT_TAP_OUT) != 0)
		st->st_looks |= STAGE_TAPPED;
	else
		st->st_looks &= (uint8_t)~STAGE_TAPPED;
	out = (points & LWKT_TAP_OUT) != 0;
	for (unsigned int o = 0; out != stt->stt_out && o < st->st_nouts; o++) {
		if (out)
			stt->stt_push[o] = st->st_out[o].ed_push;
		st->st_out[o].ed_push = out ? tap_push : stt->stt_push[o];
	}
	stt->stt_out = out;
}

struct tap_change {
	struct lwkt_stage *tc_stage;
	struct lwkt_tap *tc_tap;
	int tc_rc;
};

static unsigned int
tap_index(const struct stage_taps *stt, const struct lwkt_tap *ta)
{
	unsigned int t = 0;

	while (t < stt->stt_n && stt->stt_tap[t] != ta)
		t++;
	return t;
}

/* On the stage's CPU. */
static void
tap_insert(void *arg)
{
	struct tap_change *tc = arg;
	struct stage_taps *stt = tc->tc_stage->st_taps;

	if (tap_index(stt, tc->tc_tap) < stt->stt_n) {
		tc->tc_rc = -EEXIST;
	} else if (stt->stt_n == LWKT_STAGE_TAPS) {
		tc->tc_rc = -EBUSY;
	} else {
		stt->stt_tap[stt->stt_n++] = tc->tc_tap;
		tap_hang(tc->tc_stage);
	}
}

static void
tap_take_out(void *arg)
{
	struct tap_change *tc = arg;
	struct stage_taps *stt = tc->tc_stage->st_taps;
	unsigned int t = tap_index(stt, tc->tc_tap);

	if (t == stt->stt_n) {
		tc->tc_rc = -ENOENT;
		return;
	}
	stt->stt_tap[t] = stt->stt_tap[--stt->stt_n];
	tap_hang(tc->tc_stage);
}

int
lwkt_tap_add(struct lwkt_pipeline *pl, unsigned int i, struct lwkt_tap *ta)
{
	struct tap_change tc = {.tc_tap = ta};

	if (i >= pl->pl_nstages)
		return -EINVAL;
	tc.tc_stage = pl->pl_stages[i];
	if (tc.tc_stage->st_taps == NULL)
		tc.tc_stage->st_taps = rte_zmalloc("lwkt", sizeof(struct stage_taps), 0);
	if (tc.tc_stage->st_taps == NULL)
		return -ENOMEM;
	lwkt_pipeline_call(pl, tc.tc_stage->st_lcore, tap_insert, &tc);
	return tc.tc_rc;
}

int
lwkt_tap_remove(struct lwkt_pipeline *pl, unsigned int i, struct lwkt_tap *ta)
{
	struct tap_change tc = {.tc_tap = ta};

	if (i >= pl->pl_nstages || pl->pl_stages[i]->st_taps == NULL)
		return -ENOENT;
	tc.tc_stage = pl->pl_stages[i];
	lwkt_pipeline_call(pl, tc.tc_stage->st_lcore, tap_take_out, &tc);
	return tc.tc_rc;
}
