/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The time that callouts and kinds of stages go by: the TSC, unless a test holds it
 * (lwkt_test_advance() of lwkt_test.h). What waits for another CPU goes by the TSC itself.
 */
#ifndef LWKT_CLOCK_H
#define LWKT_CLOCK_H

#include <stdint.h>
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#ifdef __cplusplus
extern "C" {
#endif

/** TSC cycles that a test holds the time at; 0: it goes on. Relaxed: it carries nothing else. */
extern uint64_t lwkt_clock_held;

/**
 * Now, in rte_rdtsc()'s cycles.
 *
 * @return the time, never less than the last one on the same CPU.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline uint64_t
lwkt_clock(void)
{
	uint64_t held = __atomic_load_n(&lwkt_clock_held, __ATOMIC_RELAXED);

	return likely(held == 0) ? rte_rdtsc() : held;
}

/**
 * The time of day, for people.
 *
 * @return nanoseconds since 1970, CLOCK_REALTIME.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline uint64_t
lwkt_time_of_day_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CLOCK_H */
