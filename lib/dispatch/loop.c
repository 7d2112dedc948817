/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of one CPU: a round, which loop_run.c repeats.
 *
 *      ┌▶ ports: a burst for each stage that other CPUs feed
 *      │  stages with work of their own: what is due, what waits
 *      │  sources that have credits: a burst from each
 *      │  if there was something: rollups
 *      │  vectors, and all that this CPU has gathered: publish; if there was nothing to do, and now
 *      │  and then anyway: all of transit, and at most one control request
 *      │  threads of this CPU, if any can run
 *      └─ nothing happened: pause, yield or sleep (loop_idle.c)
 */
#include <lwkt_cpu.h>

#include "control_pvt.h"
#include "cycles_pvt.h"
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

/* Each stage's turn in a timed round. Without packets the round to be timed is still to come. */
static __rte_cold unsigned int
serve_timed(struct lwkt_loop *lo)
{
	unsigned int i, n, work = 0;

	cycles_begin(lo);
	for (i = 0; i < lo->lo_nfed; i++) {
		cycles_enter(lo);
		work += n = serve_port(lo->lo_fed[i]);
		cycles_leave(lo->lo_fed[i], n, true);
	}
	if (work == 0 && lo->lo_nfed > 0)
		lo->lo_unpolled |= POLL_EVERY_FED;
	for (i = 0; i < lo->lo_nworkers; i++) {
		cycles_enter(lo);
		work += n = call(lo, lo->lo_workers[i], lo->lo_workers[i]->st_kind->sk_work);
		cycles_leave(lo->lo_workers[i], n, false);
	}
	for (i = 0; i < lo->lo_nsources; i++) {
		cycles_enter(lo);
		work += n = poll_source(lo, lo->lo_sources[i]);
		cycles_leave(lo->lo_sources[i], n, true);
	}
	cycles_end(lo);
	if (work > 0)
		lo->lo_mode = LOOP_RUN;
	return work;
}

/* Not in the usual way. */
static __rte_cold unsigned int
serve_otherwise(struct lwkt_loop *lo)
{
	if (lo->lo_mode == LOOP_TIMED)
		return serve_timed(lo);
	return lo->lo_mode == LOOP_PURGE ? purge(lo) : 0;
}

static inline unsigned int
serve_stages(struct lwkt_loop *lo)
{
	unsigned int i, work = 0;

	if (unlikely(lo->lo_mode >= LOOP_PURGE))
		return serve_otherwise(lo);
	for (i = 0; i < lo->lo_nfed; i++)
		work += serve_port(lo->lo_fed[i]);
	if (work == 0 && lo->lo_nfed > 0) /* something else may stand first in transit */
		lo->lo_unpolled |= POLL_EVERY_FED;
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
 * Threads can run (L117). That is told by lo_unpolled, which is looked at anyway: such a round
 * polls. Those below the loop wait for a round without work, a millisecond at most.
 */
static __rte_cold unsigned int
share_cpu(struct lwkt_loop *lo, bool busy)
{
	uint64_t now = busy ? rte_rdtsc() : 0;
	bool below = !busy || now - lo->lo_shared >= rte_get_tsc_hz() / 1000, ran;

	if (below)
		lo->lo_shared = busy ? now : rte_rdtsc();
	lo->lo_unpolled = 0;
	if (lwkt_sched_share(below, &ran))
		lo->lo_unpolled |= LWKT_SCHED_READY;
	return ran;
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
	lo->lo_unpolled &= LWKT_SCHED_READY;
	work += lwkt_poll();
	msg = lwkt_getport(&lo->lo_port);
	if (unlikely(msg != NULL))
		work += control(lo, msg);
	if (unlikely(!TAILQ_EMPTY(&lo->lo_service->mp_msgq)))
		work += netisr_serve(lo->lo_service);
	if (unlikely(lo->lo_rollout != NULL))
		rollout_turn(lo);
	if (unlikely(lo->lo_unpolled != 0))
		work += share_cpu(lo, work > 0);
	return work;
}
