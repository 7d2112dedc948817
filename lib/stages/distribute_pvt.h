/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/stages: the distributor's state, which distribute.c and distribute_move.c share. Its
 * CPU alone touches it while it runs, but for what says otherwise.
 */
#ifndef LWKT_DISTRIBUTE_PVT_H
#define LWKT_DISTRIBUTE_PVT_H

#include <lwkt_fence.h>

#include "lwkt_stages.h"

#define KEPT LWKT_STAGE_OUTS /* in the table: the bucket moves, its packets are kept back */

struct dist_state {
	uint64_t ds_moves; /* first, relaxed: buckets that it has moved */
	struct lwkt_flowhash *ds_hash;
	bool ds_pass;    /* malformed packets, too */
	bool ds_moving;  /* ds_bucket, to ds_to */
	bool ds_arrived; /* atomic (E17): the fence is in the new worker's queue */
	unsigned int ds_bucket, ds_to;
	lwkt_msg_queue
	    ds_kept; /* kept back: packets, linked through their messages, and messages */
	uint8_t ds_output[LWKT_BUCKETS];
	uint64_t ds_packets[LWKT_BUCKETS]; /* relaxed */
};

/*
 * distribute_move.c
 */

/* A bucket on its way: memory of who asked for it, until dist_move_done() says so. */
struct dist_move {
	struct lwkt_fence mv_fence; /* first */
	struct lwkt_stage *mv_stage;
	unsigned int mv_bucket, mv_output;
	int mv_error;
};

/*
 * Main lcore: begin to move mv_bucket of mv_stage to mv_output. 1: it is under way; 0: it is done,
 * as nothing runs; or a negative errno of lwkt_dispatch_move_bucket(). Does not block.
 */
int dist_move_begin(struct dist_move *mv);

/* Main lcore: is the hand-over complete? Then mv_error says how it went. Does not block. */
bool dist_move_done(struct dist_move *mv);

/*
 * If the move under way has arrived: the bucket leaves by its new output. Returns packets emitted.
 */
__attribute__((cold)) unsigned int dist_end_move(struct lwkt_stage *st);

/* A packet of the bucket that moves; up to n of those kept back, oldest first, up to a message. */
void dist_keep_back(struct lwkt_stage *st, struct rte_mbuf *m);
unsigned int dist_take_kept(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/* The message that is next of what is kept back, then; NULL: nothing is left. */
lwkt_msg_t dist_take_message(struct lwkt_stage *st);

#endif /* LWKT_DISTRIBUTE_PVT_H */
