/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of one CPU. A round:
 *
 *      ┌▶ ports: a burst for each stage that other CPUs feed
 *      │  stages with work of their own: what is due, what waits
 *      │  sources that have credits: a burst from each
 *      │  if there was something: rollups
 *      │  vectors, and all that this CPU has gathered: publish; if there was nothing to do, and now
 *      │  and then anyway: all of transit, and at most one control request
 *      └─ nothing happened: pause, yield or sleep (loop_idle.c)
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include <lwkt_cpu.h>

#include "control_pvt.h"
#include "wire_pvt.h"

/* Packets between two polls, at most about; where ports take from transit by themselves; and there,
 * between two looks at what foreign threads have sent. */
#define POLL_EVERY     1024
#define POLL_EVERY_FED 16384
#define INBOX_EVERY    1024

static inline unsigned int
serve_port(struct lwkt_stage *st)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];
	unsigned int n;

	if (!st->st_messages && !st->st_fed_vectors && (n = wire_take_plain(st)) > 0)
		return n;
	n = lwkt_getport_burst(&st->st_port, msgs, st->st_take);
	if (n == 0)
		return 0;
	if (!st->st_fed_vectors)
		wire_fetch_next(st->st_take);
	return wire_take(st, msgs, n);
}

static __rte_cold unsigned int
purge(struct lwkt_loop *lo)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];
	unsigned int i, n, work = 0;

	for (i = 0; i < lo->lo_npurgers; i++)
		lo->lo_purgers[i]->st_kind->sk_purge(lo->lo_purgers[i]);
	for (i = 0; i < lo->lo_nfed; i++) {
		n = lwkt_getport_burst(&lo->lo_fed[i]->st_port, msgs, LWKT_STAGE_BURST);
		work += wire_purge(lo->lo_fed[i], msgs, n);
	}
	return work;
}

/* A call of sk_poll or sk_work. */
static inline unsigned int
call(struct lwkt_loop *lo, struct lwkt_stage *st, unsigned int (*fn)(struct lwkt_stage *))
{
	const struct lwkt_stage *outer = loop_enter(lo, st);
	unsigned int n = fn(st);

	loop_leave(lo, outer);
	return n;
}

static inline unsigned int
poll_source(struct lwkt_loop *lo, struct lwkt_stage *st)
{
	unsigned int n;

	if (unlikely(st->st_budget < LWKT_STAGE_BURST) && !window_refill(lo, st))
		return 0;
	if (unlikely(lo->lo_limited))
		n = limit_poll(lo, st);
	else
		n = call(lo, st, st->st_kind->sk_poll);
	st->st_budget -= n;
	return n;
}

static inline unsigned int
serve_stages(struct lwkt_loop *lo)
{
	unsigned int i, work = 0;

	if (unlikely(lo->lo_mode >= LOOP_PURGE))
		return lo->lo_mode == LOOP_PURGE ? purge(lo) : 0;
	for (i = 0; i < lo->lo_nfed; i++)
		work += serve_port(lo->lo_fed[i]);
	if (work == 0 && lo->lo_nfed > 0) /* something else may stand first in transit */
		lo->lo_unpolled = POLL_EVERY_FED;
	for (i = 0; i < lo->lo_nworkers; i++)
		work += call(lo, lo->lo_workers[i], lo->lo_workers[i]->st_kind->sk_work);
	if (likely(lo->lo_mode == LOOP_RUN))
		for (i = 0; i < lo->lo_nsources; i++)
			work += poll_source(lo, lo->lo_sources[i]);
	return work;
}

static void
run_rollups(const struct lwkt_loop *lo)
{
	const struct lwkt_rollup *ro;

	TAILQ_FOREACH (ro, &lo->lo_rollups, ro_link)
		ro->ro_fn(ro->ro_arg);
}

static __rte_cold unsigned int
control(struct lwkt_loop *lo, lwkt_msg_t msg)
{
	struct loop_ctl *ctl = (struct loop_ctl *)(void *)msg;

	lo->lo_answered++;
	ctl->lc_func(lo, ctl);
	return 1;
}

/* Is a request on its way? */
static inline bool
asked(const struct lwkt_loop *lo)
{
	return __atomic_load_n(&lo->lo_asked, __ATOMIC_RELAXED) != lo->lo_answered;
}

/* Is it time for a poll? work: of this round, counted already. */
static inline bool
poll_is_due(const struct lwkt_loop *lo, unsigned int work)
{
	unsigned int every = lo->lo_nfed > 0 ? POLL_EVERY_FED : POLL_EVERY;

	return work == 0 || lo->lo_unpolled >= every || unlikely(asked(lo));
}

/*
 * Ports come before transit: a port that is empty takes what has arrived for it by itself, in
 * bursts that fit the cache, while a poll brings in everything. So as long as ports have something
 * to take a poll is not needed but for foreign threads, whose messages come by no ring.
 */
unsigned int
loop_round(struct lwkt_loop *lo)
{
	unsigned int work = serve_stages(lo);
	lwkt_msg_t msg;

	if (work > 0 && !TAILQ_EMPTY(&lo->lo_rollups))
		run_rollups(lo);
	if (lo->lo_nlisted > 0)
		wires_flush(lo, false);
	lo->lo_unpolled += work;
	if (!poll_is_due(lo, work)) {
		if (lo->lo_unpolled % INBOX_EVERY < work)
			lwkt_transit_inbox();
		lwkt_flush();
		return work;
	}
	lo->lo_unpolled = 0;
	work += lwkt_poll();
	msg = lwkt_getport(&lo->lo_port);
	if (unlikely(msg != NULL))
		work += control(lo, msg);
	if (unlikely(!TAILQ_EMPTY(&lo->lo_service->mp_msgq)))
		work += netisr_serve(lo->lo_service);
	if (unlikely(lo->lo_rollout != NULL))
		loop_roll_out(lo);
	return work;
}

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
begin(struct lwkt_loop *lo)
{
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock) == 0)
		__atomic_store_n(&lo->lo_clock, clock, __ATOMIC_RELAXED);
	netisr_take(lo->lo_service);
	__atomic_store_n(&lo->lo_start, rte_rdtsc(), __ATOMIC_RELAXED);
}

/* A round has found nothing. Returns what was served while falling asleep. */
static inline unsigned int
rest(struct lwkt_loop *lo)
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
		begin(lo);
	work = loop_round(lo);
	if ((work > 0) != lo->lo_busy)
		note_busy(lo, work > 0, rte_rdtsc());
	else
		note_busy(lo, work > 0, 0);
	if (work == 0)
		__atomic_store_n(&lo->lo_rests, lo->lo_rests + 1, __ATOMIC_RELAXED);
	if (unlikely(lo->lo_mode == LOOP_STOP))
		loop_end(lo);
	return work;
}

int
loop_main(void *arg)
{
	struct lwkt_loop *lo = arg;
	uint64_t waited; /* TSC, end of the last wait */

	begin(lo);
	loop_idle_enter(lo);
	waited = rte_rdtsc();
	while (lo->lo_mode != LOOP_STOP) {
		unsigned int work = loop_round(lo);

		note_busy(lo, work > 0, waited);
		if (work > 0)
			continue;
		work = rest(lo);
		__atomic_store_n(&lo->lo_rests, lo->lo_rests + 1, __ATOMIC_RELAXED);
		waited = rte_rdtsc();
		if (unlikely(work > 0))
			note_busy(lo, true, waited);
	}
	loop_end(lo);
	return 0;
}
