/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slices: the cost of a packet where packets flow by themselves.
 *
 * The CPU at which packets end calls slices_tick() now and then with the packets that have ended so
 * far. Every so many packets that makes a mark: the time, and how much processor time each CPU's
 * thread has had. A slice lies between two marks, and is clean if no thread was off its CPU in it.
 * Between marks a tick is one comparison, the same for ours and for the rival.
 */
#ifndef BENCH_SLICES_H
#define BENCH_SLICES_H

#include <semaphore.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <rte_branch_prediction.h>

#define SLICES_MAX  32
#define SLICES_CPUS 2

struct slices_mark {
	uint64_t ma_tsc, ma_packets;
	uint64_t ma_cpu_ns[SLICES_CPUS]; /* processor time of the threads */
};

struct slices {
	/* Constant while packets flow. */
	unsigned int sl_warm; /* slices before those that count */
	unsigned int sl_n;    /* slices in all */
	unsigned int sl_cpus; /* threads that work */
	uint64_t sl_packets;  /* in a slice */
	clockid_t sl_clock[SLICES_CPUS];
	/* The ticking CPU's. */
	alignas(64) uint64_t sl_next; /* packets at the next mark */
	unsigned int sl_nmarks;
	struct slices_mark sl_mark[SLICES_MAX + 1];
	sem_t sl_over;            /* all marks are made */
	alignas(64) bool sl_stop; /* atomic: and the rival's loops end */
};

/* No marks yet. slices_wait(): 0, all marks are made, or -ETIMEDOUT after so many seconds. */
void slices_begin(struct slices *sl);
int slices_wait(struct slices *sl, unsigned int seconds);
void slices_end(struct slices *sl);

/* The clock of the calling thread. */
clockid_t slices_clock(void);

__attribute__((noinline, cold)) void slices_mark(struct slices *sl, uint64_t packets);

static inline void
slices_tick(struct slices *sl, uint64_t packets)
{
	if (unlikely(packets >= sl->sl_next))
		slices_mark(sl, packets);
}

static inline bool
slices_over(const struct slices *sl)
{
	return __atomic_load_n(&sl->sl_stop, __ATOMIC_RELAXED);
}

/*
 * Median of the clean slices, TSC cycles a packet. If none is clean it is that of all, and *taken
 * goes up.
 */
double slices_cycles(const struct slices *sl, long *taken);

#endif /* BENCH_SLICES_H */
