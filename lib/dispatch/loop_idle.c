/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a loop does when a round has found nothing (enum lwkt_idle).
 *
 * With SLEEP and INTERRUPT it goes on for SPIN_US first, so that a CPU with steady traffic never
 * sleeps; and while something waits here that nobody announces (held packets, credits, a vector
 * that is open) it does not either.
 */
#include <errno.h>
#include <string.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_epoll.h>
#include <rte_pause.h>

#include <lwkt_cpu.h>

#include "stage_pvt.h"

#define SPIN_US 20
#define LATE_US 100 /* after an interrupt: a driver may not have the packet at once */

/* Without an interrupt: how long not to look. A look costs 3 to 4 us on the machines we know. */
#define LOOK_NS (LWKT_IDLE_LOOK_US * 1000L)

/*
 * With interrupts: stages may have work that is due some time, entries that age; and there are
 * drivers that take interrupts and then send none (e1000e's, with vfio-pci).
 */
#define LOOK_AGAIN_NS (10 * 1000 * 1000L)
#define MISSED_MAX    8 /* so often in a row such a look has found packets */

/*
 * Getting ready: main lcore, before the loops run.
 */

static bool
wire_interrupts(struct lwkt_loop *lo)
{
	bool all = true;

	for (unsigned int i = 0; i < lo->lo_nsources; i++) {
		struct lwkt_stage *st = lo->lo_sources[i];
		int rc = st->st_kind->sk_watch != NULL
		             ? st->st_kind->sk_watch(st, lo->lo_epoll, true)
		             : -ENOTSUP;

		st->st_wakes = rc >= 0;
		all = all && st->st_wakes;
	}
	return all;
}

static void
unwire_interrupts(struct lwkt_loop *lo)
{
	for (unsigned int i = 0; i < lo->lo_nsources; i++) {
		struct lwkt_stage *st = lo->lo_sources[i];

		if (st->st_wakes)
			st->st_kind->sk_watch(st, lo->lo_epoll, false);
		st->st_wakes = false;
	}
}

int
loop_idle_begin(struct lwkt_loop *lo, enum lwkt_idle idle)
{
	lo->lo_idle = idle;
	lo->lo_epoll = -1;
	lo->lo_looks = lo->lo_nworkers > 0 || lo->lo_nsources > 0;
	lo->lo_missed = 0;
	lo->lo_quiet_since = 0;
	for (unsigned int i = 0; i < lo->lo_nsources; i++)
		lo->lo_sources[i]->st_wakes = false;
	if (idle != LWKT_IDLE_INTERRUPT)
		return 0;
	if (!lwkt_may_sleep()) {
		lwkt_error("pipeline %s: idle CPUs cannot wait for interrupts; set cf_sleep for "
		           "lwkt_init()",
		    lo->lo_pipeline->pl_name);
		return -ENOTSUP;
	}
	lo->lo_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (lo->lo_epoll < 0) {
		lwkt_error("pipeline %s: no epoll descriptor for lcore %u (%s); allow more open "
		           "files (ulimit -n)",
		    lo->lo_pipeline->pl_name, lo->lo_lcore, strerror(errno));
		return -EMFILE;
	}
	if (!wire_interrupts(lo)) { /* one of them has to be looked at, so all are */
		unwire_interrupts(lo);
		lo->lo_idle = LWKT_IDLE_SLEEP;
	}
	return 0;
}

bool
lwkt_stage_wakes(const struct lwkt_stage *st)
{
	return st->st_wakes;
}

void
loop_idle_end(struct lwkt_loop *lo)
{
	unwire_interrupts(lo);
	if (lo->lo_epoll >= 0)
		close(lo->lo_epoll);
	lo->lo_epoll = -1;
}

/*
 * Idling: the loop's CPU.
 */

void
loop_idle_enter(const struct lwkt_loop *lo)
{
	if (lo->lo_idle == LWKT_IDLE_SLEEP)
		prctl(PR_SET_TIMERSLACK, 1);
}

void
loop_idle_leave(const struct lwkt_loop *lo)
{
	if (lo->lo_idle == LWKT_IDLE_SLEEP)
		prctl(PR_SET_TIMERSLACK, 0); /* the thread's own default */
}

/* Is there nothing here that a message or an interrupt will not announce? */
static bool
all_announced(const struct lwkt_loop *lo)
{
	if (lo->lo_mode == LOOP_PURGE || lo->lo_nlisted > 0 || lo->lo_rollout != NULL)
		return false;
	if ((lo->lo_unpolled & LWKT_SCHED_READY) != 0) /* a thread can run */
		return false;
	if (lo->lo_limited) /* another source may just have put some back (window.c) */
		return false;
	for (unsigned int i = 0; loop_polls(lo) && i < lo->lo_nsources; i++)
		if (lo->lo_sources[i]->st_budget < LWKT_STAGE_BURST)
			return false;
	for (unsigned int i = 0; i < lo->lo_nworkers; i++)
		if (lo->lo_workers[i]->st_stats.ss_held > 0)
			return false;
	return true;
}

static inline uint64_t
tsc_us(unsigned int us)
{
	return rte_get_tsc_hz() / 1000000 * us;
}

/* Has it found nothing for long enough? */
static bool
is_quiet(struct lwkt_loop *lo)
{
	uint64_t now = rte_rdtsc();

	if (lo->lo_quiet_since == 0 || lo->lo_quiet_rounds != lo->lo_rounds) {
		lo->lo_quiet_rounds = lo->lo_rounds;
		lo->lo_quiet_since = now;
	}
	return (int64_t)(now - lo->lo_quiet_since) >= (int64_t)tsc_us(SPIN_US);
}

static void
sources_arm(const struct lwkt_loop *lo, bool on)
{
	for (unsigned int i = 0; i < lo->lo_nsources; i++)
		lo->lo_sources[i]->st_kind->sk_arm(lo->lo_sources[i], on);
}

static void
count_sleep(struct lwkt_loop *lo)
{
	__atomic_store_n(&lo->lo_sleeps, lo->lo_sleeps + 1, __ATOMIC_RELAXED);
}

/* Which of them interrupted does not matter: all are polled. */
static void
take_events(struct lwkt_loop *lo)
{
	struct rte_epoll_event events[LWKT_STAGE_OUTS];

	rte_epoll_wait(lo->lo_epoll, events, RTE_DIM(events), 0);
	lo->lo_quiet_since = rte_rdtsc() + tsc_us(LATE_US - SPIN_US);
}

static uint64_t
received(const struct lwkt_loop *lo)
{
	uint64_t packets = 0;

	for (unsigned int i = 0; i < lo->lo_nsources; i++)
		packets += lo->lo_sources[i]->st_stats.ss_received;
	return packets;
}

/* A look has found packets that no interrupt announced. */
static __rte_cold void
note_missed(struct lwkt_loop *lo)
{
	if (++lo->lo_missed < MISSED_MAX)
		return;
	lo->lo_idle = LWKT_IDLE_SLEEP;
	loop_idle_enter(lo);
	lwkt_error(
	    "pipeline %s: warning: no rx interrupts come to lcore %u, though its drivers took "
	    "them; it looks every %u us instead",
	    lo->lo_pipeline->pl_name, lo->lo_lcore, LWKT_IDLE_LOOK_US);
}

static unsigned int
look(struct lwkt_loop *lo)
{
	uint64_t had = received(lo);
	unsigned int work = loop_round(lo);

	if (received(lo) > had)
		note_missed(lo);
	return work;
}

/*
 * Announce, let the devices interrupt, look once more, sleep. Sources that do not poll (a drain,
 * the barrier) are not armed: what wakes there is the request to go on.
 */
static unsigned int
sleep_until_woken(struct lwkt_loop *lo)
{
	bool polls = loop_polls(lo), looks = false, woken;
	unsigned int work;
	uint64_t begin;

	if (!lwkt_sleep_begin())
		return 0;
	if (polls)
		sources_arm(lo, true);
	work = loop_round(lo);
	if (work == 0 && all_announced(lo)) {
		count_sleep(lo);
		begin = rte_rdtsc();
		__atomic_store_n(&lo->lo_asleep, true, __ATOMIC_RELAXED);
		woken = lwkt_sleep(polls ? lo->lo_epoll : -1, lo->lo_looks ? LOOK_AGAIN_NS : -1);
		__atomic_store_n(&lo->lo_asleep, false, __ATOMIC_RELAXED);
		if (woken) {
			take_events(lo);
			lo->lo_missed = 0;
		} else {
			looks = polls && rte_rdtsc() - begin >= tsc_us(LOOK_AGAIN_NS / 1000 - 100);
		}
	}
	if (polls)
		sources_arm(lo, false);
	lwkt_sleep_end();
	return looks ? look(lo) : work;
}

unsigned int
loop_idle_rest(struct lwkt_loop *lo)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};

	if (!is_quiet(lo) || !all_announced(lo)) {
		rte_pause();
		return 0;
	}
	if (lo->lo_idle == LWKT_IDLE_INTERRUPT)
		return sleep_until_woken(lo);
	count_sleep(lo);
	nanosleep(&look, NULL);
	return 0;
}
