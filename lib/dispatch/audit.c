/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The audit of a pipeline: with all CPUs parked the account of every packet is compared with what
 * is counted where it is held, and a stage that has lost packets is named.
 */
#include <errno.h>
#include <inttypes.h>

#include <lwkt_log.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

/* What is held, counted where it is. All CPUs are parked. */
static uint64_t
count_held(const struct lwkt_pipeline *pl)
{
	uint64_t held = 0;

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		const struct lwkt_stage *st = pl->pl_stages[i];

		held += stage_stat_read(&st->st_stats.ss_held);
		for (unsigned int o = 0; o < st->st_nouts; o++)
			if (st->st_out[o].ed_wire != NULL)
				held += wire_depth(st->st_out[o].ed_wire);
	}
	return held;
}

/*
 * A packet from outside counts as received and as in, and one that is purged on the port never came
 * in.
 */
int64_t
lwkt_stage_lost(const struct lwkt_stage *st)
{
	struct lwkt_stage_stats ss;
	uint64_t came, left;

	lwkt_stage_stats(st, &ss);
	came = ss.ss_received + ss.ss_in - stage_stat_read(&st->st_came);
	left = ss.ss_out + ss.ss_sent + ss.ss_consumed + ss.ss_merged + ss.ss_held + ss.ss_purged -
	       stage_stat_read(&st->st_unhanded);
	for (unsigned int d = 0; d < LWKT_STAGE_DROPS; d++)
		left += ss.ss_dropped[d];
	return (int64_t)(came - left);
}

/* All CPUs are parked. @return how many stages do not balance; each has been named. */
static unsigned int
blame_stages(const struct lwkt_pipeline *pl)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		const struct lwkt_stage *st = pl->pl_stages[i];
		int64_t lost = lwkt_stage_lost(st);

		if (lost == 0)
			continue;
		lwkt_error("pipeline %s: stage %s (kind %s, CPU %u) has %s %" PRIu64
		           " packets: each that comes is to leave once, or to be held",
		    pl->pl_name, st->st_name, st->st_kind->sk_name, st->st_lcore,
		    lost > 0 ? "lost" : "let go twice", (uint64_t)(lost > 0 ? lost : -lost));
		n++;
	}
	return n;
}

int
lwkt_pipeline_audit(struct lwkt_pipeline *pl, struct lwkt_account *ac)
{
	unsigned int blamed;
	uint64_t found;

	lwkt_pipeline_park(pl);
	lwkt_pipeline_account(pl, ac);
	found = count_held(pl);
	blamed = blame_stages(pl);
	lwkt_pipeline_unpark(pl);
	if (found != ac->ac_held)
		lwkt_error("pipeline %s: %" PRIu64 " packets are held, but received %" PRIu64
		           " - transmitted %" PRIu64 " - consumed %" PRIu64 " - merged %" PRIu64
		           " - dropped %" PRIu64 " is %" PRId64,
		    pl->pl_name, found, ac->ac_received, ac->ac_transmitted, ac->ac_consumed,
		    ac->ac_merged, ac->ac_dropped, (int64_t)ac->ac_held);
	else if (blamed == 0)
		return 0;
	ac->ac_held = found;
	return -EBADMSG;
}
