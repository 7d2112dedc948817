/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions that run on other CPUs (DragonFly's IPI queues), ways to bring CPUs to a known point,
 * and what can be seen of the transit between them.
 *
 * All calls are for CPUs; on another thread they stop the program, but for the ones that say "any
 * thread". What a function IPI runs is a transit callback: it runs inside the target's
 * lwkt_poll(), to completion, and does not wait for anything (contract I74); it may send.
 */
#ifndef LWKT_IPIQ_H
#define LWKT_IPIQ_H

#include <rte_config.h>

#include <lwkt_cpu.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*lwkt_ipifunc_t)(void *arg);

/** A set of CPUs by lcore id. Zeroed: empty. */
struct lwkt_cpumask {
	uint64_t cm_bits[(RTE_MAX_LCORE + 63) / 64];
};

static inline void
lwkt_cpumask_set(struct lwkt_cpumask *mask, unsigned int lcore_id)
{
	mask->cm_bits[lcore_id / 64] |= UINT64_C(1) << lcore_id % 64;
}

static inline bool
lwkt_cpumask_test(const struct lwkt_cpumask *mask, unsigned int lcore_id)
{
	return lcore_id < RTE_MAX_LCORE && (mask->cm_bits[lcore_id / 64] >> lcore_id % 64 & 1) != 0;
}

/** Every CPU there is. Any thread, after lwkt_init(). */
void lwkt_cpumask_all(struct lwkt_cpumask *mask);

/** @name Functions on other CPUs
 * @{ */

/**
 * Run fn(arg) on CPU lcore_id: right here if that is the calling one, else in its next pass of
 * transit, behind everything this CPU has sent it before.
 *
 * @return the sequence number to wait for with lwkt_wait_ipiq(); 0: it has run.
 * Context: a CPU. Sixteen may be on their way to one CPU; one more waits, serving this CPU's own
 * transit meanwhile, so that CPUs that send to each other always get on (contract I69).
 * Ordering: edge E1 there; what fn wrote is visible after lwkt_wait_ipiq() (E6).
 */
uint64_t lwkt_send_ipiq(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg);

/**
 * The same, in no hurry: published together with the next send to that CPU that is, when a
 * quarter of the ring is waiting, when sixteen are and another one comes, or by lwkt_flush().
 */
uint64_t lwkt_send_ipiq_passive(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg);

/** lwkt_send_ipiq() to each CPU of the set, self inline and last. @return how many. */
unsigned int lwkt_send_ipiq_mask(const struct lwkt_cpumask *mask, lwkt_ipifunc_t fn, void *arg);

/**
 * Wait until the function with this sequence number has returned on CPU lcore_id; serves this
 * CPU's transit meanwhile, and once a second logs the name of a CPU that does not answer.
 *
 * @param lcore_id  the CPU.
 * @param seq       what lwkt_send_ipiq() to that CPU gave; 0 is done already.
 * @return 0; -EINVAL lcore_id is no CPU.
 */
int lwkt_wait_ipiq(unsigned int lcore_id, uint64_t seq);

/** Wait until every function that this CPU has sent anywhere has returned. */
void lwkt_synchronize_ipiqs(void);

/** @} */

/** @name Bringing CPUs to a known point
 * @{ */

/** What to do where. The caller sets the first three fields; the rest is ours. */
struct lwkt_cpusync {
	struct lwkt_cpumask cs_mask;
	lwkt_ipifunc_t cs_func;
	void *cs_data;
	unsigned int cs_parked; /* atomic (E7): CPUs that have stopped */
	unsigned int cs_ran;    /* atomic (E7): CPUs that have run cs_func after that */
	bool cs_go;             /* atomic (E7): run it */
};

/**
 * Stop every other CPU of the set: when this returns each of them is parked in its transit, which
 * it keeps serving, and runs nothing else. Two CPUs may do this at the same time: one waits,
 * parked itself if it is in the other's set. Until the deinterlock a function sent to a parked CPU
 * may run there but does not count as done, so do not wait for one.
 */
void lwkt_cpusync_interlock(struct lwkt_cpusync *cs);

/**
 * End an interlock: each parked CPU runs cs_func(cs_data) once and goes on, the caller runs it
 * too if it is in the set. When this returns all have, and cs may vanish.
 */
void lwkt_cpusync_deinterlock(struct lwkt_cpusync *cs);

/** Run fn(arg) on every CPU of the set and wait until all have; nobody is parked. */
void lwkt_cpusync_simple(const struct lwkt_cpumask *mask, lwkt_ipifunc_t fn, void *arg);

/** @} */

/**
 * Counters of one ordered pair of CPUs (contract I77). The sender writes them, once per
 * publication; reading costs it nothing. Each value is exact by itself, two may be a publication
 * apart.
 */
struct lwkt_transit_stats {
	uint64_t ts_items;        /**< messages and functions published */
	uint64_t ts_calls;        /**< functions sent */
	uint64_t ts_publications; /**< times that the ring's index moved */
	uint64_t ts_avoided;      /**< publications that gathering saved: items - publications */
	uint64_t ts_ring_full;    /**< times that a full ring made messages spill */
	uint64_t ts_spill_depth;  /**< messages on the spill list now */
	uint64_t ts_spill_high;   /**< most messages it ever held */
};

/**
 * Read the counters of the messages that CPU from sent to CPU to.
 *
 * @return 0; -EINVAL: either is no CPU, or both are the same. Context: any thread.
 */
int lwkt_transit_stats(unsigned int from, unsigned int to, struct lwkt_transit_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_IPIQ_H */
