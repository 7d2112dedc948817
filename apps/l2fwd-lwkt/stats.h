/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the statistics share:
 *
 *   stats.c        when: the first, the last and the present snapshot
 *   stats_take.c   a snapshot of all counters
 *   stats_ethdev.c of it, those of the ethdevs and their queues
 *   stats_rings.c  the rings between CPUs
 *   stats_table.c  for people
 *   stats_json.c   for programs: --stats-json, docs/reference/l2fwd-stats.md
 *
 * The main lcore reads what the workers and the devices count: nothing here makes a worker wait, or
 * share a line that it does not share already.
 */
#ifndef L2FWD_STATS_H
#define L2FWD_STATS_H

#include <stdio.h>

#include <lwkt_cycles.h>
#include <lwkt_ipiq.h>

#include "l2fwd.h"

#define L2FWD_STATS_STAGES 1024                   /* as many as a pipeline file may have */
#define L2FWD_STATS_DROPS  (LWKT_STAGE_DROPS + 3) /* reasons: its kind's, and l2fwd_drop()'s own */
#define L2FWD_STATS_RINGS  1024
#define L2FWD_STATS_QUEUES 16u /* of an ethdev, each way: so many are counted one by one */

/** A queue of an ethdev. */
struct l2fwd_queue_stats {
	uint64_t qs_packets, qs_bytes;
	uint64_t qs_errors; /* of rx queues */
};

/** An ethdev. Only 64-bit counters: they are found by their place. */
struct l2fwd_ethdev_stats {
	struct rte_eth_stats es_all; /* what it has of queues is not set */
	struct l2fwd_queue_stats es_rx[L2FWD_STATS_QUEUES], es_tx[L2FWD_STATS_QUEUES];
};

/** Of rounds that were timed. Only 64-bit counters. */
struct l2fwd_cycles {
	uint64_t cy_cycles, cy_packets, cy_calls;
};

/** All counters at one time, each exact, read one after the other. */
struct l2fwd_snapshot {
	uint64_t sn_ns; /* CLOCK_MONOTONIC */
	struct l2fwd_ethdev_stats sn_ethdev[RTE_MAX_ETHPORTS];
	struct lwkt_stage_stats sn_stage[L2FWD_STATS_STAGES];
	uint64_t sn_drop[L2FWD_STATS_STAGES][L2FWD_STATS_DROPS]; /* by l2fwd_drop()'s numbers */
	uint64_t sn_counter[L2FWD_STATS_STAGES][LWKT_STAGE_COUNTERS]; /* its kind's own */
	struct l2fwd_cycles sn_cycles[L2FWD_STATS_STAGES];
	struct lwkt_loop_stats sn_loop[RTE_MAX_LCORE];
};

/** The messages from one CPU to another. */
struct l2fwd_ring {
	unsigned int ri_from, ri_to; /* lcores */
	struct lwkt_transit_stats ri_stats;
	uint64_t ri_high; /* most that were seen in it */
};

/** What is to be shown: counters of now, and rates since before. */
struct l2fwd_stats_view {
	const struct l2fwd *sv_fw;
	const struct l2fwd_snapshot *sv_first, *sv_before, *sv_now;
	double sv_seconds; /* from before to now */
	bool sv_final;     /* the whole run: before is first */
	double sv_cleared; /* seconds since somebody had them begin anew; below 0: nobody has */
};

/* stats_take.c */
void l2fwd_snapshot_take(struct l2fwd_snapshot *shot, const struct l2fwd *fw);
/** What has come since base: of what only grows, and is counted in snapshots. */
void l2fwd_snapshot_subtract(struct l2fwd_snapshot *shot, const struct l2fwd_snapshot *base);
unsigned int l2fwd_stats_nstages(const struct l2fwd *fw);
/** (count - before) a second. */
double l2fwd_stats_rate(const struct l2fwd_stats_view *view, uint64_t count, uint64_t before);
/** Packets that came into a stage, from a device or from other stages. */
uint64_t l2fwd_stats_in(const struct lwkt_stage_stats *ss);
/** Packets a call of the stage since before; 0: it was not called. */
double l2fwd_stats_burst(const struct l2fwd_stats_view *view, unsigned int stage);
/** How much of its time since before a loop had something to do: 0 .. 1. */
double l2fwd_stats_busy(const struct l2fwd_stats_view *view, unsigned int loop);

/* stats_ethdev.c */

/** Queues of an ethdev that its driver counts one by one; 0: it does not. */
unsigned int l2fwd_stats_nqueues(uint16_t ethdev, bool rx);
/** Its counters of now; as they were if they cannot be read. The ethdev has been started. */
void l2fwd_stats_ethdev(uint16_t ethdev, struct l2fwd_ethdev_stats *stats);

/* stats_rings.c: find them; look, once in a round; the i-th, NULL: there is none. */
void l2fwd_rings_start(const struct l2fwd *fw);
void l2fwd_rings_look(void);
const struct l2fwd_ring *l2fwd_ring(unsigned int i);

/* stats_table.c: columns below 80, where names are short and reasons few. */
void l2fwd_stats_table(FILE *f, const struct l2fwd_stats_view *view);

/* stats_json.c */

/** The whole as an object. @return the caller's; never NULL but for want of memory. */
struct json_t *l2fwd_stats_object(const struct l2fwd_stats_view *view);
/** One object, one line with its '\n'. @return for free(); NULL: there is no memory. */
char *l2fwd_stats_json(const struct l2fwd_stats_view *view, size_t *bytes);

#endif /* L2FWD_STATS_H */
