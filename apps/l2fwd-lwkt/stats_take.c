/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the counters, and what follows from two readings.
 */
#include <string.h>
#include <time.h>

#include "stats.h"

static struct l2fwd_ethdev_stats known[RTE_MAX_ETHPORTS]; /* the last that could be read */

static uint64_t
clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

unsigned int
l2fwd_stats_nstages(const struct l2fwd *fw)
{
	return RTE_MIN(lwkt_pipeline_nstages(fw->fw_pipeline), (unsigned int)L2FWD_STATS_STAGES);
}

/* Both are nothing but counters of 64 bits. A device that came back counts from 0 again. */
static void
subtract(void *from, const void *what, size_t bytes)
{
	uint64_t *counters = from;
	const uint64_t *base = what;

	for (size_t i = 0; i < bytes / sizeof(*counters); i++)
		counters[i] -= counters[i] >= base[i] ? base[i] : 0;
}

void
l2fwd_snapshot_subtract(struct l2fwd_snapshot *shot, const struct l2fwd_snapshot *base)
{
	uint64_t held[L2FWD_STATS_STAGES];

	for (unsigned int i = 0; i < L2FWD_STATS_STAGES; i++)
		held[i] = shot->sn_stage[i].ss_held;
	subtract(shot->sn_ethdev, base->sn_ethdev, sizeof(shot->sn_ethdev));
	subtract(shot->sn_stage, base->sn_stage, sizeof(shot->sn_stage));
	subtract(shot->sn_drop, base->sn_drop, sizeof(shot->sn_drop));
	subtract(shot->sn_counter, base->sn_counter, sizeof(shot->sn_counter));
	subtract(shot->sn_cycles, base->sn_cycles, sizeof(shot->sn_cycles));
	for (unsigned int i = 0; i < L2FWD_STATS_STAGES; i++)
		shot->sn_stage[i].ss_held = held[i]; /* is no counter */
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++)
		shot->sn_loop[i].ls_rounds -= base->sn_loop[i].ls_rounds;
}

static void
take_stage(struct l2fwd_snapshot *shot, const struct l2fwd *fw, unsigned int i)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(fw->fw_pipeline, i);

	struct lwkt_stage_cycles sy;

	lwkt_stage_cycles(st, &sy);
	shot->sn_cycles[i] = (struct l2fwd_cycles){sy.sy_cycles, sy.sy_packets, sy.sy_calls};
	lwkt_stage_stats(st, &shot->sn_stage[i]);
	lwkt_stage_counters(st, shot->sn_counter[i]);
	for (unsigned int d = 0; d < L2FWD_STATS_DROPS; d++)
		if (l2fwd_drop(st, &shot->sn_stage[i], d, &shot->sn_drop[i][d]) == NULL)
			break;
}

void
l2fwd_snapshot_take(struct l2fwd_snapshot *shot, const struct l2fwd *fw)
{
	const struct l2fwd_plan *plan = &fw->fw_plan;

	shot->sn_ns = clock_ns();
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		l2fwd_stats_ethdev(plan->pn_ethdev[i].ed_id, &known[i]);
		shot->sn_ethdev[i] = known[i];
	}
	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++)
		take_stage(shot, fw, i);
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(fw->fw_pipeline); i++)
		lwkt_loop_stats(fw->fw_pipeline, i, &shot->sn_loop[i]);
}

double
l2fwd_stats_rate(const struct l2fwd_stats_view *view, uint64_t count, uint64_t before)
{
	return view->sv_seconds > 0 && count > before ? (double)(count - before) / view->sv_seconds
	                                              : 0;
}

uint64_t
l2fwd_stats_in(const struct lwkt_stage_stats *ss)
{
	return ss->ss_received + ss->ss_in;
}

double
l2fwd_stats_burst(const struct l2fwd_stats_view *view, unsigned int stage)
{
	const struct lwkt_stage_stats *ss = &view->sv_now->sn_stage[stage];
	const struct lwkt_stage_stats *before = &view->sv_before->sn_stage[stage];
	uint64_t bursts = ss->ss_bursts - before->ss_bursts;

	return bursts > 0 ? (double)(l2fwd_stats_in(ss) - l2fwd_stats_in(before)) / (double)bursts
	                  : 0;
}

double
l2fwd_stats_busy(const struct l2fwd_stats_view *view, unsigned int loop)
{
	const struct lwkt_loop_stats *ls = &view->sv_now->sn_loop[loop];
	const struct lwkt_loop_stats *before = &view->sv_before->sn_loop[loop];
	uint64_t total = ls->ls_total_cyc - before->ls_total_cyc;
	double share =
	    total > 0 ? (double)(ls->ls_busy_cyc - before->ls_busy_cyc) / (double)total : 0;

	return RTE_MIN(share, 1.0); /* the two were not read at one instant */
}
