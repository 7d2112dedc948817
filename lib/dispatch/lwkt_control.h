/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controlling a pipeline while packets flow: by messages to the loops of its CPUs, each a request
 * that the loop answers between two bursts.
 *
 *      lwkt_pipeline_call      a function on one CPU
 *      lwkt_pipeline_rollout   a function on each CPU, in order, behind each CPU's earlier packets
 *      lwkt_pipeline_park      all CPUs stand still; until lwkt_pipeline_unpark()
 *      lwkt_rollup             a function at the end of each round of a CPU that had packets
 *
 * If the pipeline does not run, a function runs on the caller's thread instead, in the same order.
 * All of these are called by the main lcore, which owns the pipeline, and wait for their answers;
 * they serve transit meanwhile.
 */
#ifndef LWKT_CONTROL_H
#define LWKT_CONTROL_H

#include <sys/queue.h>

#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Run fn(arg) on the CPU lcore_id, between two bursts.
 *
 * @param pl        a pipeline.
 * @param lcore_id  of a loop of the pipeline.
 * @param fn        does not block; may emit packets of a stage of that CPU.
 * @param arg       for it.
 * @return 0, fn has returned; -EINVAL: the pipeline has no loop there.
 * Context: main lcore, blocks. Ordering: E1 there and back. Source: netisr_domsg(), net/netisr2.h;
 * there a message to a netisr's port, here to a loop's.
 */
int lwkt_pipeline_call(
    struct lwkt_pipeline *pl, unsigned int lcore_id, void (*fn)(void *arg), void *arg);

/**
 * Roll something out: run fn(arg) on every CPU of the pipeline, one after the other in the order of
 * the loops (a CPU whose stage comes first in the table first). On each CPU it runs behind all
 * packets that CPUs before it in that order had sent it before they ran it, and before all that
 * they sent it later. So if the order follows the packets' way, no packet meets the new state on
 * one CPU and the old one on a later CPU, or the other way round (contract N92).
 *
 * @param pl   a pipeline.
 * @param fn   does not block; may emit packets of a stage of its CPU.
 * @param arg  for it, on every CPU.
 * @return 0, fn has run everywhere; -EBUSY: the pipeline is parked.
 * Context: main lcore, blocks. Ordering: E1 from CPU to CPU. Source: netisr_domsg_global(),
 * net/netisr2.h; ours keeps its place among the packets too.
 */
int lwkt_pipeline_rollout(struct lwkt_pipeline *pl, void (*fn)(void *arg), void *arg);

/**
 * Barrier: when it returns, each CPU of the pipeline stands still between two bursts. It serves
 * transit and control, but no stage. Packets stay where they are.
 *
 * @param pl  a pipeline.
 * Context: main lcore, blocks. Ordering: E1 (what a CPU wrote before is visible). Source:
 * netisr_barrier_set(), net/netisr.c.
 */
void lwkt_pipeline_park(struct lwkt_pipeline *pl);

/**
 * End of the barrier; what the caller wrote meanwhile is visible to all CPUs.
 *
 * @param pl  a pipeline that is parked; another one stays as it is.
 * Context: main lcore, blocks. Ordering: E1 (the request hands over what was written). Source:
 * netisr_barrier_rem(), net/netisr.c.
 */
void lwkt_pipeline_unpark(struct lwkt_pipeline *pl);

/** A function at the end of rounds. Memory of the caller's, while it is registered. */
struct lwkt_rollup {
	void (*ro_fn)(void *arg); /* does not block; may emit packets of a stage of its CPU */
	void *ro_arg;
	int ro_priority;                  /* higher ones run first */
	TAILQ_ENTRY(lwkt_rollup) ro_link; /* the loop's */
};

/**
 * Register ro with the CPU lcore_id: from now on it runs there at the end of each round that had
 * packets, in descending order of priority, registered earlier first among equals (contract N90).
 *
 * @param pl        a pipeline.
 * @param lcore_id  of a loop of the pipeline.
 * @param ro        its first three fields set; not registered.
 * @return 0; -EINVAL: the pipeline has no loop there.
 * Context: main lcore, also under load; blocks. Ordering: E1. Source: netisr_register_rollup(),
 * net/netisr.c; there it is for good, here it can be taken back.
 */
int lwkt_rollup_register(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro);

/**
 * Take it back; when it returns ro does not run and will not.
 *
 * @param pl        a pipeline.
 * @param lcore_id  of the loop with which ro is registered.
 * @param ro        registered there; the caller's again when this returns.
 * @return 0; -EINVAL: the pipeline has no loop there.
 * Context: main lcore, also under load; blocks. Ordering: E1. Source: ours.
 */
int lwkt_rollup_unregister(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CONTROL_H */
