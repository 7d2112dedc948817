/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of one CPU from its begin to its end: round upon round (loop.c), on an lcore that it has
 * to itself or by hand (lwkt_pipeline_round()), and the account of the time in which it is busy.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include <lwkt_cpu.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

/*
 * While the loop has something to do, round upon round, no clock is read. It is busy from the begin
 * of the first of those rounds to the end of the first that found nothing.
 */
static inline void
note_busy(struct lwkt_loop *lo, bool busy, uint64_t begin)
{
	uint64_t since;

	if (likely(busy))
		lwkt_stage_count(&lo->lo_rounds, 1);
	if (likely(busy == lo->lo_busy))
		return;
	since = lo->lo_busy_since;
	lo->lo_busy = busy;
	__atomic_store_n(&lo->lo_busy_since, busy ? begin : 0, __ATOMIC_RELAXED);
	if (!busy)
		__atomic_store_n(&lo->lo_busy_cyc, lo->lo_busy_cyc + rte_rdtsc() - since,
		    __ATOMIC_RELEASE); /* E16 */
}

static void
loop_begin(struct lwkt_loop *lo)
{
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock) == 0)
		__atomic_store_n(&lo->lo_clock, clock, __ATOMIC_RELAXED);
	netisr_take(lo->lo_service);
	lwkt_sched_tell(&lo->lo_unpolled);
	__atomic_store_n(&lo->lo_start, rte_rdtsc(), __ATOMIC_RELAXED);
}

/* A round has found nothing. Returns what was served while falling asleep. */
static inline unsigned int
loop_rest(struct lwkt_loop *lo)
{
	switch (lo->lo_idle) {
	case LWKT_IDLE_POLL:
		break;
	case LWKT_IDLE_YIELD:
		sched_yield();
		break;
	case LWKT_IDLE_SLEEP:
	case LWKT_IDLE_INTERRUPT:
		return loop_idle_rest(lo);
	case LWKT_IDLE_PAUSE:
	default:
		rte_pause();
		break;
	}
	return 0;
}

/* The loop has been told to stop: what it has written is visible to who waits for it. */
static void
loop_end(struct lwkt_loop *lo)
{
	note_busy(lo, false, 0);
	loop_idle_leave(lo);
	if (lo->lo_start != 0) /* it has begun */
		netisr_give(lo->lo_service);
	lwkt_sched_tell(NULL); /* another loop of this CPU says so again */
	wires_flush(lo, true);
	lwkt_flush();
	__atomic_store_n(&lo->lo_left, true, __ATOMIC_RELEASE); /* E4 */
}

struct lwkt_loop *
loop_by_hand(const struct lwkt_pipeline *pl)
{
	struct lwkt_loop *lo = pipeline_loop(pl, lwkt_mycpuid());

	if (lo == NULL || !lo->lo_by_hand ||
	    __atomic_load_n(&lo->lo_left, __ATOMIC_ACQUIRE)) /* E4 */
		return NULL;
	return lo;
}

unsigned int
lwkt_pipeline_round(struct lwkt_pipeline *pl)
{
	struct lwkt_loop *lo = loop_by_hand(pl);
	unsigned int work;

	if (lo == NULL)
		return 0;
	if (unlikely(__atomic_load_n(&lo->lo_start, __ATOMIC_RELAXED) == 0))
		loop_begin(lo);
	work = loop_round(lo);
	if ((work > 0) != lo->lo_busy)
		note_busy(lo, work > 0, rte_rdtsc());
	else
		note_busy(lo, work > 0, 0);
	if (work == 0) {
		__atomic_store_n(&lo->lo_rests, lo->lo_rests + 1, __ATOMIC_RELAXED);
		lwkt_sched_tell(&lo->lo_unpolled);
	}
	if (unlikely(lo->lo_mode == LOOP_STOP))
		loop_end(lo);
	return work;
}

int
loop_main(void *arg)
{
	struct lwkt_loop *lo = arg;
	uint64_t waited; /* TSC, end of the last wait */

	loop_begin(lo);
	loop_idle_enter(lo);
	waited = rte_rdtsc();
	while (lo->lo_mode != LOOP_STOP) {
		unsigned int work = loop_round(lo);

		note_busy(lo, work > 0, waited);
		if (work > 0)
			continue;
		work = loop_rest(lo);
		__atomic_store_n(&lo->lo_rests, lo->lo_rests + 1, __ATOMIC_RELAXED);
		waited = rte_rdtsc();
		if (unlikely(work > 0))
			note_busy(lo, true, waited);
	}
	loop_end(lo);
	return 0;
}
