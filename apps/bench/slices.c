/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>

#include <rte_cycles.h>

#include "slices.h"
#include "stats.h"

/* A thread that had this share of a slice's time was not taken off its CPU. */
#define WHOLE 0.98

clockid_t
slices_clock(void)
{
	clockid_t clock = CLOCK_MONOTONIC;

	pthread_getcpuclockid(pthread_self(), &clock);
	return clock;
}

void
slices_begin(struct slices *sl)
{
	sl->sl_next = 1;
	sl->sl_nmarks = 0;
	sl->sl_stop = false;
	sem_init(&sl->sl_over, 0, 0);
}

void
slices_end(struct slices *sl)
{
	sem_destroy(&sl->sl_over);
}

void
slices_mark(struct slices *sl, uint64_t packets)
{
	struct slices_mark *ma = &sl->sl_mark[sl->sl_nmarks++];
	struct timespec ts;

	for (unsigned int i = 0; i < sl->sl_cpus; i++) {
		clock_gettime(sl->sl_clock[i], &ts);
		ma->ma_cpu_ns[i] = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	}
	ma->ma_packets = packets;
	ma->ma_tsc = rte_rdtsc();
	sl->sl_next = packets + sl->sl_packets;
	if (sl->sl_nmarks <= sl->sl_n)
		return;
	sl->sl_next = UINT64_MAX;
	__atomic_store_n(&sl->sl_stop, true, __ATOMIC_RELAXED);
	sem_post(&sl->sl_over);
}

int
slices_wait(struct slices *sl, unsigned int seconds)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += seconds;
	while (sem_timedwait(&sl->sl_over, &end) < 0)
		if (errno != EINTR)
			return -ETIMEDOUT;
	return 0;
}

static bool
slices_clean(const struct slices *sl, const struct slices_mark *from)
{
	const struct slices_mark *to = from + 1;
	double wall_ns = (double)(to->ma_tsc - from->ma_tsc) * 1e9 / (double)rte_get_tsc_hz();

	for (unsigned int i = 0; i < sl->sl_cpus; i++)
		if ((double)(to->ma_cpu_ns[i] - from->ma_cpu_ns[i]) < WHOLE * wall_ns)
			return false;
	return true;
}

/* The cycles of the slices that count, all or the clean ones. Returns how many. */
static unsigned int
slices_collect(const struct slices *sl, bool all, double *cycles)
{
	unsigned int n = 0;

	for (unsigned int i = sl->sl_warm; i < sl->sl_n; i++) {
		const struct slices_mark *from = &sl->sl_mark[i], *to = from + 1;

		if (all || slices_clean(sl, from))
			cycles[n++] = (double)(to->ma_tsc - from->ma_tsc) /
			              (double)(to->ma_packets - from->ma_packets);
	}
	return n;
}

double
slices_cycles(const struct slices *sl, long *taken)
{
	double cycles[SLICES_MAX];
	unsigned int n = slices_collect(sl, false, cycles);

	if (n == 0) {
		(*taken)++;
		n = slices_collect(sl, true, cycles);
	}
	return stats_summarise(cycles, n).su_median;
}
