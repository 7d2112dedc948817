/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The transit rings between the CPUs of the pipeline: one for each pair of CPUs that an output
 * connects. Several outputs share it.
 *
 * A sender that kept the high water of its ring would have to look at it with every publication.
 * Instead the main lcore looks in each of its rounds, and a ring that has ever been full says so
 * itself.
 */
#include <lwkt_ipiq.h>

#include "stats.h"

static struct l2fwd_ring rings[L2FWD_STATS_RINGS];
static unsigned int nrings;

static void
add(unsigned int from, unsigned int to)
{
	for (unsigned int i = 0; i < nrings; i++)
		if (rings[i].ri_from == from && rings[i].ri_to == to)
			return;
	if (nrings < L2FWD_STATS_RINGS)
		rings[nrings++] = (struct l2fwd_ring){.ri_from = from, .ri_to = to};
}

void
l2fwd_rings_start(const struct l2fwd *fw)
{
	nrings = 0;
	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(fw->fw_pipeline, i);

		for (unsigned int o = 0; o < st->st_nouts; o++)
			if (st->st_out[o].ed_to->st_lcore != st->st_lcore)
				add(st->st_lcore, st->st_out[o].ed_to->st_lcore);
	}
	l2fwd_rings_look();
}

void
l2fwd_rings_look(void)
{
	for (unsigned int i = 0; i < nrings; i++) {
		struct l2fwd_ring *ri = &rings[i];
		struct lwkt_transit_stats *ts = &ri->ri_stats;

		if (lwkt_transit_stats(ri->ri_from, ri->ri_to, ts) < 0)
			continue;
		ri->ri_high =
		    RTE_MAX(ri->ri_high, ts->ts_ring_full > 0 ? ts->ts_size : ts->ts_depth);
	}
}

const struct l2fwd_ring *
l2fwd_ring(unsigned int i)
{
	return i < nrings ? &rings[i] : NULL;
}
