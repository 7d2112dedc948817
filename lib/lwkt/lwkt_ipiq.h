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

/**
 * Put a CPU into a set.
 *
 * @param mask      the set.
 * @param lcore_id  below RTE_MAX_LCORE; not checked.
 * Context: the set's owner, does not block. Ordering: none. Source: CPUMASK_ORBIT().
 */
static inline void
lwkt_cpumask_set(struct lwkt_cpumask *mask, unsigned int lcore_id)
{
	mask->cm_bits[lcore_id / 64] |= UINT64_C(1) << lcore_id % 64;
}

/**
 * Is a CPU in a set?
 *
 * @param mask      the set.
 * @param lcore_id  any number.
 * @return true if it is.
 * Context: any thread while nobody changes the set, does not block. Ordering: none.
 * Source: CPUMASK_TESTBIT().
 */
static inline bool
lwkt_cpumask_test(const struct lwkt_cpumask *mask, unsigned int lcore_id)
{
	return lcore_id < RTE_MAX_LCORE && (mask->cm_bits[lcore_id / 64] >> lcore_id % 64 & 1) != 0;
}

/**
 * The set of all CPUs that there are.
 *
 * @param mask  overwritten.
 * Context: any thread after lwkt_init(), does not block. Ordering: none. Source: smp_active_mask.
 */
void lwkt_cpumask_all(struct lwkt_cpumask *mask);

/** @name Functions on other CPUs
 * @{ */

/**
 * Run fn(arg) on CPU lcore_id: right here if that is the calling one, else in its next pass of
 * transit, behind everything this CPU has sent it before.
 *
 * @param lcore_id  a CPU; any other number stops the program.
 * @param fn        a transit callback.
 * @param arg       for it; valid until it has run.
 * @return the sequence number to wait for with lwkt_wait_ipiq(); 0: it has run.
 * Context: a CPU. Sixteen may be on their way to one CPU; one more waits, serving this CPU's own
 * transit meanwhile, so that CPUs that send to each other always get on (contract I69).
 * Ordering: releases E1; what fn wrote is visible after lwkt_wait_ipiq() (E6).
 * Source: lwkt_send_ipiq3(), kern/lwkt_ipiq.c; an lcore id for the globaldata, one argument, no
 * frame.
 */
uint64_t lwkt_send_ipiq(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg);

/**
 * The same, passive: published with the next non-passive send to that CPU, when a quarter of
 * the ring or 16 calls are pending, or by lwkt_flush().
 *
 * @param lcore_id  a CPU; any other number stops the program.
 * @param fn        a transit callback.
 * @param arg       for it; valid until it has run.
 * @return as lwkt_send_ipiq().
 * Context: a CPU; waits as lwkt_send_ipiq() does. Ordering: releases E1 when it is published.
 * Source: lwkt_send_ipiq3_passive(), kern/lwkt_ipiq.c; there the next clock tick publishes it.
 */
uint64_t lwkt_send_ipiq_passive(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg);

/**
 * lwkt_send_ipiq() to each CPU of the set, self inline and last.
 *
 * @param mask  the set; lcores in it that are no CPU are left out.
 * @param fn    a transit callback.
 * @param arg   for it; valid until all have run it.
 * @return how many CPUs.
 * Context: a CPU; waits as lwkt_send_ipiq() does. Ordering: releases E1.
 * Source: lwkt_send_ipiq3_mask(), kern/lwkt_ipiq.c; self is allowed.
 */
unsigned int lwkt_send_ipiq_mask(const struct lwkt_cpumask *mask, lwkt_ipifunc_t fn, void *arg);

/**
 * Wait until the function with this sequence number has returned on CPU lcore_id. Once a second
 * the name of a CPU that does not answer is logged.
 *
 * @param lcore_id  the CPU.
 * @param seq       what lwkt_send_ipiq() to that CPU gave; 0 is done already.
 * @return 0; -EINVAL lcore_id is no CPU.
 * Context: a CPU; blocks, serving its transit. Ordering: releases E1 (all that was gathered),
 * acquires E6.
 * Source: lwkt_wait_ipiq(), kern/lwkt_ipiq.c; it never gives up, there it panics in the end.
 */
int lwkt_wait_ipiq(unsigned int lcore_id, uint64_t seq);

/**
 * Wait until every function that this CPU has sent anywhere has returned.
 *
 * Context: a CPU; blocks, serving its transit. Ordering: releases E1, acquires E6.
 * Source: lwkt_synchronize_ipiqs(), kern/lwkt_ipiq.c; no wait message as argument.
 */
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
 *
 * @param cs  its first three fields set; the call's until the deinterlock has returned.
 * Context: a CPU that has no interlock (else the program stops); blocks, serving its transit.
 * Ordering: releases E1, acquires E7: what a CPU wrote before it parked is visible.
 * Source: lwkt_cpusync_interlock(), kern/lwkt_ipiq.c; one master at a time here.
 */
void lwkt_cpusync_interlock(struct lwkt_cpusync *cs);

/**
 * End an interlock: each parked CPU runs cs_func(cs_data) once and goes on, the caller runs it
 * too if it is in the set. When this returns all have, and cs may vanish.
 *
 * @param cs  as given to lwkt_cpusync_interlock(), cs_mask unchanged.
 * Context: the CPU that made the interlock; blocks, serving its transit.
 * Ordering: releases E7 to the parked CPUs, acquires E7 from those that have run it.
 * Source: lwkt_cpusync_deinterlock(), kern/lwkt_ipiq.c.
 */
void lwkt_cpusync_deinterlock(struct lwkt_cpusync *cs);

/**
 * Run fn(arg) on every CPU of the set and wait until all have; nobody is parked.
 *
 * @param mask  the set; lcores in it that are no CPU are left out.
 * @param fn    a transit callback.
 * @param arg   for it; may vanish when this returns.
 * Context: a CPU; blocks, serving its transit. Ordering: releases E1, acquires E6.
 * Source: lwkt_cpusync_simple() and lwkt_cpusync_quick(), kern/lwkt_ipiq.c; the set by address.
 */
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
	uint64_t ts_publications; /**< times that some were published, together */
	uint64_t ts_avoided;      /**< publications that gathering saved: items - publications */
	uint64_t ts_size;         /**< messages that the ring has room for */
	uint64_t ts_depth;        /**< in the ring now */
	uint64_t ts_ring_full;    /**< times that a full ring made messages spill */
	uint64_t ts_spill_depth;  /**< messages on the spill list now */
	uint64_t ts_spill_high;   /**< most messages it ever held */
	uint64_t ts_spill_high_time_ns; /**< when that was, CLOCK_REALTIME; 0: never */
};

/**
 * Read the counters of the messages that CPU from sent to CPU to.
 *
 * @param from   the sender's lcore id.
 * @param to     the receiver's lcore id.
 * @param stats  written on success only.
 * @return 0; -EINVAL: either is no CPU, or both are the same.
 * Context: any thread between lwkt_init() and lwkt_fini(), does not block.
 * Ordering: none; each counter is read relaxed. Source: ours.
 */
int lwkt_transit_stats(unsigned int from, unsigned int to, struct lwkt_transit_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_IPIQ_H */
