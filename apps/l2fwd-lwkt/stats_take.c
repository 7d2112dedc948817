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

static void
take_stage(struct l2fwd_snapshot *shot, const struct l2fwd *fw, unsigned int i)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(fw->fw_pipeline, i);

	lwkt_stage_stats(st, &shot->sn_stage[i]);
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
