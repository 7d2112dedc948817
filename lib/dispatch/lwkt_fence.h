/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fences: a message that follows the packets. For lib/stages; programs move buckets
 * (lwkt_stages.h).
 *
 * Messages from one CPU to one port arrive in the order sent, and a handler runs to completion. So
 * when a fence has been taken from a stage's port, all packets that its sender had sent there
 * before have been handled, and what the handler made of them has been emitted. From there the
 * fence goes on to the ports where those packets went, one after the other, and is behind them
 * there as well. What arrives by other ways is not ordered against it.
 *
 * Stages that hold packets beyond their handlers are passed: what they emit later is behind.
 */
#ifndef LWKT_FENCE_H
#define LWKT_FENCE_H

#include <lwkt_pipeline.h>

#define LWKT_FENCE_HOPS 64 /* most of a fence */

/*
 * In the flags of a message that a kind's sk_flow has been given: it is none of a packet. A packet
 * that a stage keeps by its message does not have it (MSGF_DONE alone, if the message has ended).
 */
#define LWKT_MSG_FLOW MSGF_USER2

/* A stage's port, behind the packets that the CPU of the hop before has sent there. */
struct lwkt_fence_hop {
	struct lwkt_stage *fh_stage;
	bool fh_priority; /* behind packets that have priority */
};

/* Replied when it has been taken from the last hop's port. */
struct lwkt_fence {
	struct lwkt_msg fe_msg; /* first */
	unsigned int fe_at, fe_nhops;
	bool fe_receipt; /* the last put is to fire ms_receiptfn */
	/*
	 * NULL, or called on the CPU of the first hop when the fence is taken there: fills in the
	 * other hops. false: there is nothing to do, and it is replied.
	 */
	bool (*fe_begin)(struct lwkt_fence *fe);
	struct lwkt_fence_hop fe_hop[LWKT_FENCE_HOPS];
};

/**
 * Does the pipeline pass fences on?
 *
 * @param pl  a pipeline.
 * @return 1 it runs; 0 it does not run, so that nothing has to be waited for; -EBUSY it is parked.
 * Context: main lcore, does not block. Ordering: none. Source: ours.
 */
int lwkt_fence_passes(const struct lwkt_pipeline *pl);

/**
 * The hop to the port that an output leads to.
 *
 * @param ed  an output that crosses CPUs.
 * @return the hop, behind the output's packets.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
struct lwkt_fence_hop lwkt_fence_hop(const struct lwkt_edge *ed);

/**
 * The ports on other CPUs that packets of a stage may reach next, each once.
 *
 * @param st    a stage.
 * @param hops  they are appended here.
 * @param most  room of hops.
 * @param n     how many there are, before and after.
 * @return 0; -E2BIG: no room for all.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_fence_hops_behind(
    struct lwkt_stage *st, struct lwkt_fence_hop *hops, unsigned int most, unsigned int *n);

/**
 * Send a fence on its way, behind all that the calling CPU has emitted.
 *
 * @param lo  of the first hop's pipeline: the calling CPU's loop, or any if fe_begin is set.
 * @param fe  at least one hop; the message is initialised and its reply port set. The pipeline's
 *            until it is replied.
 * Context: the loop's CPU; with fe_begin the main lcore; does not block. Ordering: E1, with each hop.
 * Source: ours.
 */
void lwkt_fence_start(struct lwkt_loop *lo, struct lwkt_fence *fe);

#endif /* LWKT_FENCE_H */
