/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Balancing: which bucket to move where. The moving itself is the distributor's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_errno.h>

#include <lwkt_cpu.h>
#include <lwkt_event.h>
#include <lwkt_log.h>
#include <lwkt_transit.h>

#include "distribute_pvt.h"

#define INTERVAL_MS 100
#define THRESHOLD   20
#define GAIN        2
#define MOVES       8
#define STEP_US     2000 /* a step waits at most so long for moves; what is left goes on in the next */
#define LOOK_US     50 /* and looks so often */

/* What is known of an output since the last decision. */
struct share {
	double sh_load;      /* of its CPU, points: 0 .. 100; moves change it */
	uint64_t sh_packets; /* of its buckets */
	double sh_weight;    /* points a packet */
};

/* A bucket and where it is to go. */
struct move {
	unsigned int mv_bucket, mv_to;
};

struct lwkt_balancer {
	struct lwkt_stage *ba_stage;
	struct lwkt_balance_conf ba_conf;
	uint64_t ba_next_cyc; /* TSC; 0: not looked yet */
	uint64_t ba_moves;
	/* What has been decided, and how far it is. */
	struct move ba_plan[LWKT_BUCKETS];
	unsigned int ba_nplan, ba_at;
	bool ba_moving; /* ba_plan[ba_at] is under way, as ba_move */
	struct dist_move ba_move;
	struct lwkt_patience ba_patience;
	uint64_t ba_packets[LWKT_BUCKETS]; /* seen at the last decision */
	uint64_t ba_busy[LWKT_STAGE_OUTS], ba_total[LWKT_STAGE_OUTS];
	/* Of the present one. */
	struct lwkt_bucket_stats ba_now[LWKT_BUCKETS];
	uint64_t ba_delta[LWKT_BUCKETS];
	struct share ba_share[LWKT_STAGE_OUTS];
};

static int
check_conf(const struct lwkt_stage *st, const struct lwkt_balance_conf *bc)
{
	if (bc->bc_threshold <= 100 && bc->bc_gain <= 100)
		return 0;
	lwkt_error("balancer of stage %s: bc_threshold %u and bc_gain %u are points of a CPU; give "
	           "at most 100",
	    st->st_name, bc->bc_threshold, bc->bc_gain);
	return -EINVAL;
}

struct lwkt_balancer *
lwkt_balancer_create(struct lwkt_stage *st, const struct lwkt_balance_conf *conf)
{
	struct lwkt_balance_conf bc = {INTERVAL_MS, THRESHOLD, GAIN, MOVES};
	struct lwkt_balancer *ba;

	if (conf != NULL && conf->bc_interval_ms != 0)
		bc.bc_interval_ms = conf->bc_interval_ms;
	if (conf != NULL && conf->bc_threshold != 0)
		bc.bc_threshold = conf->bc_threshold;
	if (conf != NULL && conf->bc_gain != 0)
		bc.bc_gain = conf->bc_gain;
	if (conf != NULL && conf->bc_moves != 0)
		bc.bc_moves = conf->bc_moves;
	if (st->st_kind != &lwkt_stage_distribute || check_conf(st, &bc) < 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	ba = calloc(1, sizeof(*ba));
	if (ba == NULL) {
		lwkt_error("balancer of stage %s: no memory; free some", st->st_name);
		rte_errno = ENOMEM;
		return NULL;
	}
	ba->ba_stage = st;
	ba->ba_conf = bc;
	return ba;
}

void
lwkt_balancer_destroy(struct lwkt_balancer *ba)
{
	if (ba != NULL && ba->ba_moving)
		lwkt_waitmsg(&ba->ba_move.mv_fence.fe_msg, 0);
	free(ba);
}

uint64_t
lwkt_balancer_moves(const struct lwkt_balancer *ba)
{
	return ba->ba_moves;
}

/*
 * Looking
 */

static void
look_at_buckets(struct lwkt_balancer *ba)
{
	lwkt_dispatch_buckets(ba->ba_stage, ba->ba_now);
	for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
		ba->ba_delta[b] = ba->ba_now[b].bs_packets - ba->ba_packets[b];
		ba->ba_packets[b] = ba->ba_now[b].bs_packets;
		ba->ba_share[ba->ba_now[b].bs_output].sh_packets += ba->ba_delta[b];
	}
}

/* Busy cycles and all cycles of the loop on an lcore. */
static void
loop_cycles(const struct lwkt_pipeline *pl, unsigned int lcore, uint64_t *busy, uint64_t *total)
{
	struct lwkt_loop_stats ls;

	for (unsigned int i = 0; i < lwkt_pipeline_nloops(pl); i++) {
		lwkt_loop_stats(pl, i, &ls);
		if (ls.ls_lcore == lcore) {
			*busy = ls.ls_busy_cyc;
			*total = ls.ls_total_cyc;
		}
	}
}

static void
look_at_loops(struct lwkt_balancer *ba)
{
	const struct lwkt_stage *st = ba->ba_stage;

	for (unsigned int o = 0; o < st->st_nouts; o++) {
		struct share *sh = &ba->ba_share[o];
		uint64_t busy = 0, total = 0;

		loop_cycles(st->st_pipeline, st->st_out[o].ed_to->st_lcore, &busy, &total);
		if (total > ba->ba_total[o])
			sh->sh_load = 100.0 * (double)(busy - RTE_MIN(busy, ba->ba_busy[o])) /
			              (double)(total - ba->ba_total[o]);
		if (sh->sh_packets > 0)
			sh->sh_weight = sh->sh_load / (double)sh->sh_packets;
		ba->ba_busy[o] = busy;
		ba->ba_total[o] = total;
	}
}

/*
 * Deciding
 */

static unsigned int
extreme(const struct lwkt_balancer *ba, bool busiest)
{
	unsigned int best = 0;

	for (unsigned int o = 1; o < ba->ba_stage->st_nouts; o++) {
		bool more = ba->ba_share[o].sh_load > ba->ba_share[best].sh_load;

		if (more == busiest)
			best = o;
	}
	return best;
}

/* The largest bucket of an output that is worth at most most points; or -1. */
static int
pick(const struct lwkt_balancer *ba, unsigned int output, double most)
{
	double best_load = 0, weight = ba->ba_share[output].sh_weight;
	int best = -1;

	for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
		double load = weight * (double)ba->ba_delta[b];

		if (ba->ba_now[b].bs_output != output || load > most || load <= best_load)
			continue;
		best = (int)b;
		best_load = load;
	}
	return best;
}

/* Adds a move to the plan. @return the points by which it narrows the difference, 0: none pays. */
static double
plan_one(struct lwkt_balancer *ba, struct move *mv)
{
	unsigned int from = extreme(ba, true), to = extreme(ba, false);
	struct share *hot = &ba->ba_share[from], *cold = &ba->ba_share[to];
	double between = hot->sh_load - cold->sh_load, load;
	int bucket;

	if (between < ba->ba_conf.bc_threshold)
		return 0;
	/* A bucket of load l narrows it by 2 l, and may not turn it round. */
	bucket = pick(ba, from, between / 2);
	if (bucket < 0)
		return 0;
	load = hot->sh_weight * (double)ba->ba_delta[bucket];
	hot->sh_load -= load;
	cold->sh_load += load;
	ba->ba_now[bucket].bs_output = (uint8_t)to;
	*mv = (struct move){(unsigned int)bucket, to};
	return 2 * load;
}

/* The moves of one decision, if together they are worth it: of flows that are spread evenly, no
 * bucket by itself is. */
static void
plan_some(struct lwkt_balancer *ba)
{
	unsigned int n = 0, most = RTE_MIN(ba->ba_conf.bc_moves, (unsigned int)LWKT_BUCKETS);
	double gain = 0, one = 1;

	while (n < most && one > 0) {
		one = plan_one(ba, &ba->ba_plan[n]);
		gain += one;
		n += one > 0;
	}
	ba->ba_at = 0;
	ba->ba_nplan = gain < ba->ba_conf.bc_gain ? 0 : n;
}

/*
 * Moving: one after the other, a step at a time
 */

static void
report_move(struct lwkt_balancer *ba)
{
	const struct dist_move *mv = &ba->ba_move;

	if (lwkt_patience_due(&ba->ba_patience))
		lwkt_patience_report(&ba->ba_patience, mv->mv_stage->st_lcore, "lwkt_balancer_step",
		    "bucket %u of stage %s to come to output %u; a CPU on the way does not answer",
		    mv->mv_bucket, mv->mv_stage->st_name, mv->mv_output);
}

/* @return 1 the move at ba_at is complete; 0 not yet; a negative errno. */
static int
move_one(struct lwkt_balancer *ba, uint64_t end_cyc)
{
	const struct move *mv = &ba->ba_plan[ba->ba_at];
	int rc = 1;

	if (!ba->ba_moving) {
		ba->ba_move = (struct dist_move){
		    .mv_stage = ba->ba_stage, .mv_bucket = mv->mv_bucket, .mv_output = mv->mv_to};
		rc = dist_move_begin(&ba->ba_move);
		if (rc <= 0)
			return rc < 0 ? rc : 1;
		ba->ba_moving = true;
		ba->ba_patience = (struct lwkt_patience){0};
	}
	while (!dist_move_done(&ba->ba_move)) {
		lwkt_poll();
		report_move(ba);
		if (rte_rdtsc() >= end_cyc)
			return 0;
		rte_delay_us_sleep(LOOK_US);
	}
	lwkt_patience_end(&ba->ba_patience);
	ba->ba_moving = false;
	return ba->ba_move.mv_error < 0 ? ba->ba_move.mv_error : 1;
}

/* As many of the plan as there is time for. @return how many, or a negative errno. */
static int
move_some(struct lwkt_balancer *ba)
{
	uint64_t end_cyc = rte_rdtsc() + rte_get_tsc_hz() / 1000000 * STEP_US;
	int rc = 1, n = 0;

	while (ba->ba_at < ba->ba_nplan && (ba->ba_moving || rte_rdtsc() < end_cyc)) {
		rc = move_one(ba, end_cyc);
		if (rc == 0)
			break;
		ba->ba_at++;
		if (rc < 0) {
			ba->ba_nplan = ba->ba_at; /* the rest would not do better */
			return rc;
		}
		ba->ba_moves++;
		n++;
	}
	return n;
}

static int
balancer_step(struct lwkt_balancer *ba)
{
	uint64_t now = rte_rdtsc();
	bool first = ba->ba_next_cyc == 0;

	if (ba->ba_at < ba->ba_nplan)
		return move_some(ba);
	if (now < ba->ba_next_cyc)
		return 0;
	ba->ba_next_cyc = now + rte_get_tsc_hz() / 1000 * ba->ba_conf.bc_interval_ms;
	memset(ba->ba_share, 0, sizeof(ba->ba_share));
	look_at_buckets(ba);
	look_at_loops(ba);
	if (!first)
		plan_some(ba);
	return move_some(ba);
}

int
lwkt_balancer_step(struct lwkt_balancer *ba)
{
	int moved = balancer_step(ba);

	if (moved > 0)
		lwkt_event_log(LWKT_LOGTYPE, LWKT_EVENT_MOVE,
		    "stage %s: %d buckets moved, %" PRIu64 " in all", ba->ba_stage->st_name, moved,
		    lwkt_balancer_moves(ba));
	return moved;
}
