/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles: what each stage of a running pipeline costs, and how long packets need to come to it.
 *
 *      lwkt_pipeline_cycles(pl, 64);           one round of 64 is timed
 *      lwkt_stage_cycles(st, &sy);             sy_cycles / sy_packets: cycles a packet
 *
 * A timed round reads the TSC whenever packets go from a stage to another, and the time since the
 * last reading belongs to the stage that had them. Time in which a stage found nothing is nobody's.
 * Of each burst that a source brings in in such a round one packet is stamped; each stage that
 * other CPUs feed and each that has no outputs measures how old stamped packets are.
 *
 * Off, which it is at first, it costs nothing: no instruction of a round is there for it.
 */
#ifndef LWKT_CYCLES_H
#define LWKT_CYCLES_H

#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_CYCLES_SAMPLE 64 /**< one round of so many: what is meant to be on all the time */

#define LWKT_CYCLES_BURSTS 7  /**< 1, 2 to 3, 4 to 7, ... 32 to 63, 64 and more packets */
#define LWKT_CYCLES_AGES   98 /**< below 128 ns, then 4 for each power of two, up to 2.1 s; more */

/** What has been found in timed rounds. Its CPU writes it. */
struct lwkt_stage_cycles {
	uint64_t sy_cycles;                     /**< TSC */
	uint64_t sy_packets;                    /**< that came in these */
	uint64_t sy_calls;                      /**< that had these packets */
	uint64_t sy_bursts[LWKT_CYCLES_BURSTS]; /**< calls, by packets of a call */
	uint64_t sy_ages[LWKT_CYCLES_AGES];     /**< stamped packets, by lwkt_cycles_bound() */
	uint64_t sy_age_sum_ns;                 /**< of all of these */
	uint64_t sy_oldest_ns;                  /**< the highest age so far */
	uint64_t sy_oldest_time_ns;             /**< when that was, CLOCK_REALTIME */
};

/**
 * Time rounds, from now on.
 *
 * @param pl     a pipeline; running or not.
 * @param every  one round of so many; 1: all, 0: none.
 * @return 0; or -ENOMEM. Without room in the mbuf for a stamp there are no ages, and a line says so.
 * Context: main lcore, waits for each CPU of the pipeline. Ordering: as lwkt_pipeline_call().
 * Source: ours; the figures are those of VPP's "show runtime" and OVS's pmd-perf-show.
 */
int lwkt_pipeline_cycles(struct lwkt_pipeline *pl, unsigned int every);

/**
 * What has been found of a stage. Counters run on from when it was first asked for.
 *
 * @param st  a stage.
 * @param sy  filled in; all 0 if rounds were never timed.
 * Context: any thread, does not block; each value is exact by itself. Ordering: none. Source: ours.
 */
void lwkt_stage_cycles(const struct lwkt_stage *st, struct lwkt_stage_cycles *sy);

/**
 * An age that so many of stamped packets do not exceed.
 *
 * @param sy        of a stage.
 * @param permille  500: half of them; 0 .. 1000.
 * @return nanoseconds, up to a quarter too high; 0: there was no such packet.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
uint64_t lwkt_cycles_age(const struct lwkt_stage_cycles *sy, unsigned int permille);

/**
 * The end of a class of ages.
 *
 * @param i  0 .. LWKT_CYCLES_AGES - 1.
 * @return nanoseconds; ages of the class are below. Of the last one UINT64_MAX.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
uint64_t lwkt_cycles_bound(unsigned int i);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CYCLES_H */
