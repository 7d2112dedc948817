/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taps (lwkt_tap.h): what passes a stage is shown to those on its list. How one comes on it:
 * tap_change.c.
 */
#include <rte_malloc.h>

#include "cycles_pvt.h"
#include "tap_pvt.h"

__rte_cold void
tap_show(const struct lwkt_tap_view *view)
{
	const struct stage_taps *stt = view->tv_stage->st_taps;

	for (unsigned int t = 0; t < stt->stt_n; t++)
		if ((stt->stt_tap[t]->ta_points & (unsigned int)view->tv_point) != 0)
			stt->stt_tap[t]->ta_fn(stt->stt_tap[t], view);
}

void
tap_free(struct lwkt_stage *st)
{
	rte_free(st != NULL ? st->st_taps : NULL);
}

/*
 * What comes in
 */

static void
weigh(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	unsigned int bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	lwkt_stage_count(&st->st_stats.ss_bytes, bytes);
}

void
lwkt_stage_look(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	const struct lwkt_tap_view view = {st, LWKT_TAP_IN, 0, NULL, pkts, n};

	if ((st->st_looks & STAGE_WEIGHS) != 0)
		weigh(st, pkts, n);
	if ((st->st_looks & STAGE_TAPPED) != 0)
		tap_show(&view);
	if ((st->st_looks & (STAGE_STAMPS | STAGE_AGES)) != 0)
		cycles_look(st, pkts, n);
}
