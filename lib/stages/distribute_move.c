/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moving a bucket of a distributor to another output while packets flow, by a fence and its receipt
 * (lwkt_stages.h tells how).
 */
#include <errno.h>

#include <rte_common.h>

#include <lwkt_cpu.h>
#include <lwkt_pktmsg.h>

#include "distribute_pvt.h"

/* Its CPU alone writes it; others may look. */
static inline void
set_output(struct dist_state *ds, unsigned int bucket, unsigned int output)
{
	__atomic_store_n(&ds->ds_output[bucket], (uint8_t)output, __ATOMIC_RELEASE); /* E22 */
}

/* The receipt: on the new worker's CPU, the fence is in its queue. */
static void
arrived(lwkt_msg_t msg, lwkt_port_t port)
{
	struct dist_move *mv = (struct dist_move *)(void *)msg;
	struct dist_state *ds = mv->mv_stage->st_state;

	(void)port;
	__atomic_store_n(&ds->ds_arrived, true, __ATOMIC_RELEASE); /* E17 */
}

/* Of what is kept back: no packet? */
static inline bool
of_flow(const struct lwkt_msg *msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED) & LWKT_MSG_FLOW;
}

void
dist_keep_back(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct dist_state *ds = st->st_state;
	lwkt_msg_t msg = lwkt_mbuf_msg(m);

	if (!st->st_messages) /* it has ended, or never was one */
		__atomic_store_n(&msg->ms_flags, MSGF_DONE, __ATOMIC_RELAXED);
	TAILQ_INSERT_TAIL(&ds->ds_kept, msg, ms_node);
	lwkt_stage_hold(st, 1);
}

unsigned int
dist_take_kept(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct dist_state *ds = st->st_state;
	unsigned int i;
	lwkt_msg_t msg;

	for (i = 0; i < n && (msg = TAILQ_FIRST(&ds->ds_kept)) != NULL && !of_flow(msg); i++) {
		TAILQ_REMOVE(&ds->ds_kept, msg, ms_node);
		pkts[i] = lwkt_msg_mbuf(msg);
	}
	lwkt_stage_unhold(st, i);
	return i;
}

lwkt_msg_t
dist_take_message(struct lwkt_stage *st)
{
	struct dist_state *ds = st->st_state;
	lwkt_msg_t msg = TAILQ_FIRST(&ds->ds_kept);

	if (msg != NULL)
		TAILQ_REMOVE(&ds->ds_kept, msg, ms_node);
	return msg;
}

__rte_cold unsigned int
dist_end_move(struct lwkt_stage *st)
{
	struct dist_state *ds = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n, total = 0;
	lwkt_msg_t msg;

	if (!__atomic_load_n(&ds->ds_arrived, __ATOMIC_ACQUIRE)) /* E17 */
		return 0;
	do {
		while ((n = dist_take_kept(st, pkts, LWKT_STAGE_BURST)) > 0) {
			lwkt_stage_emit(st, ds->ds_to, pkts, n);
			total += n;
		}
		msg = dist_take_message(st);
		if (msg != NULL)
			lwkt_stage_pass(st, ds->ds_to, msg);
	} while (msg != NULL);
	set_output(ds, ds->ds_bucket, ds->ds_to);
	lwkt_stage_count(&ds->ds_moves, 1);
	ds->ds_moving = false;
	return total;
}

/*
 * The fence's way: the old worker; where its packets went, each time from the old worker's CPU, for
 * only what comes from there is behind them; the new worker. Workers on this CPU are a function
 * call away and have no queue: there the distributor's own port stands for theirs. The first hop is
 * where the move began.
 */
static int
lay_way(struct lwkt_stage *st, struct dist_move *mv, unsigned int from)
{
	const struct lwkt_edge *old = &st->st_out[from], *new = &st->st_out[mv->mv_output];
	struct lwkt_fence *fe = &mv->mv_fence;
	struct lwkt_fence_hop behind[LWKT_FENCE_HOPS / 2 - 1], here = {st, false};
	unsigned int i, n = 0, at = 1;

	if (lwkt_fence_hops_behind(old->ed_to, behind, RTE_DIM(behind), &n) < 0)
		return -E2BIG;
	if (old->ed_wire != NULL) {
		here = lwkt_fence_hop(old);
		fe->fe_hop[at++] = here;
	}
	for (i = 0; i < n; i++) {
		if (i > 0)
			fe->fe_hop[at++] = here;
		fe->fe_hop[at++] = behind[i];
	}
	fe->fe_hop[at++] =
	    new->ed_wire != NULL ? lwkt_fence_hop(new) : (struct lwkt_fence_hop){st, false};
	fe->fe_nhops = at;
	return 0;
}

/* On the distributor's CPU, between two bursts. */
static bool
begin_move(struct lwkt_fence *fe)
{
	struct dist_move *mv = (struct dist_move *)(void *)fe;
	struct lwkt_stage *st = mv->mv_stage;
	struct dist_state *ds = st->st_state;
	unsigned int from;

	if (ds->ds_moving)
		dist_end_move(st);
	from = ds->ds_output[mv->mv_bucket];
	mv->mv_error = 0;
	if (ds->ds_moving)
		mv->mv_error = -EBUSY;
	else if (from != mv->mv_output)
		mv->mv_error = lay_way(st, mv, from);
	if (mv->mv_error < 0 || from == mv->mv_output)
		return false;
	ds->ds_moving = true;
	ds->ds_arrived = false;
	ds->ds_bucket = mv->mv_bucket;
	__atomic_store_n(&ds->ds_to, mv->mv_output, __ATOMIC_RELAXED);
	set_output(ds, mv->mv_bucket, KEPT);
	return true;
}

int
dist_move_begin(struct dist_move *mv)
{
	struct lwkt_stage *st = mv->mv_stage;
	struct lwkt_fence *fe = &mv->mv_fence;
	struct dist_state *ds = st->st_state;
	int passes = lwkt_fence_passes(st->st_pipeline);

	if (passes < 0)
		return passes;
	if (passes == 0) {
		lwkt_stage_count(&ds->ds_moves, ds->ds_output[mv->mv_bucket] != mv->mv_output);
		set_output(ds, mv->mv_bucket, mv->mv_output);
		return 0;
	}
	lwkt_initmsg(&fe->fe_msg, lwkt_thread_port(lwkt_curthread()), 0);
	fe->fe_msg.ms_receiptfn = arrived;
	fe->fe_receipt = true;
	fe->fe_begin = begin_move;
	fe->fe_hop[0] = (struct lwkt_fence_hop){st, false};
	fe->fe_nhops = 2; /* or more: begin_move() says how many */
	lwkt_fence_start(st->st_loop, fe);
	return 1;
}

bool
dist_move_done(struct dist_move *mv)
{
	if (!lwkt_checkmsg(&mv->mv_fence.fe_msg))
		return false;
	lwkt_waitmsg(&mv->mv_fence.fe_msg, 0); /* takes it off the port */
	return true;
}
