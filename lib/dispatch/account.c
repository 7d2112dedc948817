/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at a pipeline: counters, and the account of every packet.
 */
#include <string.h>

#include <rte_cycles.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

#define DEPTH_TRIES 16

void
lwkt_stage_stats(const struct lwkt_stage *st, struct lwkt_stage_stats *stats)
{
	const struct lwkt_stage_stats *ss = &st->st_stats;

	/* Ends before beginnings, so that nothing seems to end that has not begun. */
	for (unsigned int i = 0; i < LWKT_STAGE_DROPS; i++)
		stats->ss_dropped[i] = stage_stat_read(&ss->ss_dropped[i]);
	stats->ss_purged = stage_stat_read(&ss->ss_purged);
	stats->ss_held = stage_stat_read(&ss->ss_held);
	stats->ss_consumed = stage_stat_read(&ss->ss_consumed);
	stats->ss_merged = stage_stat_read(&ss->ss_merged);
	stats->ss_sent = stage_stat_read(&ss->ss_sent);
	stats->ss_out = stage_stat_read(&ss->ss_out);
	stats->ss_bursts = stage_stat_read(&ss->ss_bursts);
	stats->ss_bytes = stage_stat_read(&ss->ss_bytes);
	stats->ss_in = stage_stat_read(&ss->ss_in);
	stats->ss_received = stage_stat_read(&ss->ss_received);
}

unsigned int
lwkt_stage_counters(const struct lwkt_stage *st, uint64_t *values)
{
	const char *const *names = st->st_kind->sk_counter_names;
	const uint64_t *counters = st->st_state;
	unsigned int n = 0;

	for (; names != NULL && n < LWKT_STAGE_COUNTERS && names[n] != NULL; n++)
		values[n] = stage_stat_read(&counters[n]);
	return n;
}

/*
 * Sent and taken of one moment. Whoever reads may be away between two reads, and thousands of
 * packets may go by; so taken is read before sent and after it. Taken never falls, so if both are
 * equal, so many were under way when sent was read. Where it never rests, the last try says what
 * was under way at least.
 */
static void
read_depth(const struct lwkt_wire *wi, struct lwkt_edge_stats *stats)
{
	uint64_t before, sent, after = stage_stat_read(&wi->wi_taken);
	unsigned int tries = DEPTH_TRIES;

	do {
		before = after;
		sent = stage_stat_read(&wi->wi_sent);
		after = stage_stat_read(&wi->wi_taken);
	} while (before != after && --tries > 0);
	stats->es_sent = sent;
	stats->es_taken = RTE_MIN(after, sent);
	stats->es_depth = sent - stats->es_taken;
}

void
lwkt_edge_stats(const struct lwkt_stage *st, unsigned int output, struct lwkt_edge_stats *stats)
{
	const struct lwkt_wire *wi = output < st->st_nouts ? st->st_out[output].ed_wire : NULL;

	memset(stats, 0, sizeof(*stats));
	if (wi == NULL)
		return;
	stats->es_crosses = true;
	stats->es_vectors = wi->wi_vectors;
	stats->es_full = stage_stat_read(&wi->wi_full);
	stats->es_oldest = stage_stat_read(&wi->wi_oldest);
	stats->es_high = stage_stat_read(&wi->wi_high);
	stats->es_high_time_ns = stage_stat_read(&wi->wi_high_time_ns);
	read_depth(wi, stats);
}

void
lwkt_pipeline_account(const struct lwkt_pipeline *pl, struct lwkt_account *ac)
{
	struct lwkt_stage_stats ss;
	struct lwkt_edge_stats es;
	unsigned int i, d;

	memset(ac, 0, sizeof(*ac));
	for (i = 0; i < pl->pl_nstages; i++) { /* ends first: held is never negative */
		const struct lwkt_stage *st = pl->pl_stages[i];

		lwkt_stage_stats(st, &ss);
		ac->ac_transmitted += ss.ss_sent;
		ac->ac_consumed += ss.ss_consumed;
		ac->ac_merged += ss.ss_merged;
		ac->ac_dropped += ss.ss_purged;
		for (d = 0; d < LWKT_STAGE_DROPS; d++)
			ac->ac_dropped += ss.ss_dropped[d];
		for (d = 0; d < st->st_nouts; d++) {
			lwkt_edge_stats(st, d, &es);
			ac->ac_dropped += es.es_full + es.es_oldest;
		}
	}
	for (i = 0; i < pl->pl_nstages; i++)
		ac->ac_received += stage_stat_read(&pl->pl_stages[i]->st_stats.ss_received);
	ac->ac_held =
	    ac->ac_received - ac->ac_transmitted - ac->ac_consumed - ac->ac_merged - ac->ac_dropped;
}

unsigned int
lwkt_pipeline_nloops(const struct lwkt_pipeline *pl)
{
	return pl->pl_nloops;
}

void
lwkt_loop_stats(const struct lwkt_pipeline *pl, unsigned int i, struct lwkt_loop_stats *stats)
{
	const struct lwkt_loop *lo = pl->pl_loops[i];
	uint64_t since, now, start = __atomic_load_n(&lo->lo_start, __ATOMIC_RELAXED);

	stats->ls_lcore = lo->lo_lcore;
	stats->ls_rounds = stage_stat_read(&lo->lo_rounds);
	stats->ls_sleeps = stage_stat_read(&lo->lo_sleeps);
	stats->ls_turns = loop_turns(lo);
	stats->ls_asleep = __atomic_load_n(&lo->lo_asleep, __ATOMIC_RELAXED);
	do { /* a sum that includes this time makes its beginning 0 visible (E16) */
		since = stage_stat_read(&lo->lo_busy_since);
		stats->ls_busy_cyc = stage_stat_read(&lo->lo_busy_cyc); /* E16 */
	} while (since != __atomic_load_n(&lo->lo_busy_since, __ATOMIC_RELAXED));
	now = rte_rdtsc();
	if (since != 0 && now > since)
		stats->ls_busy_cyc += now - since;
	stats->ls_total_cyc = start != 0 && now > start ? now - start : 0;
}

unsigned int
lwkt_pipeline_nstages(const struct lwkt_pipeline *pl)
{
	return pl->pl_nstages;
}

const struct lwkt_stage *
lwkt_pipeline_stage(const struct lwkt_pipeline *pl, unsigned int i)
{
	return i < pl->pl_nstages ? pl->pl_stages[i] : NULL;
}

struct lwkt_stage *
lwkt_pipeline_find(const struct lwkt_pipeline *pl, const char *name)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		if (strcmp(pl->pl_stages[i]->st_name, name) == 0)
			return pl->pl_stages[i];
	return NULL;
}

struct lwkt_loop *
pipeline_loop(const struct lwkt_pipeline *pl, unsigned int lcore_id)
{
	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		if (pl->pl_loops[i]->lo_lcore == lcore_id)
			return pl->pl_loops[i];
	return NULL;
}

uint64_t
lwkt_pipeline_overruns(const struct lwkt_pipeline *pl)
{
	return __atomic_load_n(&pl->pl_overruns, __ATOMIC_RELAXED);
}
