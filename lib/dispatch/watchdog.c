/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog: a thread that looks at each loop a few times in a budget, and names the stage whose
 * function has not returned for longer than that (contract G95). It costs the loops two stores a
 * call into lines of their own.
 *
 * A loop that goes round counts calls, rounds with work, or rounds without. One that counts none of
 * them stands still outside of its stages: in a function of lwkt_pipeline_call(), a rollup, a
 * message's handler, a wait; or it has not begun. This is reported too, from OUTSIDE_US on: such a
 * function may take longer than a stage's. A loop that sleeps until it is woken does not count.
 *
 * A CPU that the kernel has taken away from the loop's thread looks the same as a slow handler. The
 * line says how much processor time the thread has had meanwhile, which tells the two apart. Outside
 * of stages, where a thread without the processor most probably just waits for its turn, it is given
 * AWAY_US.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>

#include <lwkt_event.h>
#include <lwkt_log.h>

#include "stage_pvt.h"

#define LOOKS      4 /* in a budget */
#define QUIET_SEC  1 /* between two lines about the same loop */
#define OUTSIDE_US 100000
#define AWAY_US    1000000 /* outside, and without the processor: the kernel has others to run */
#define AWAY_NS    1000000 /* processor time that is none */
#define LATE_US    100000  /* beyond a budget: this thread itself had no processor */

/* What is known of one loop. */
struct watch {
	uint64_t wa_steps, wa_since; /* what it had counted, seen first at so many TSC cycles */
	uint64_t wa_ran_ns;          /* of the loop's thread, then */
	uint64_t wa_quiet_until;     /* TSC */
	bool wa_reported;
};

struct watchdog {
	struct lwkt_pipeline *wd_pipeline;
	pthread_t wd_thread;
	bool wd_stop; /* atomic: release by the main lcore, acquire by the thread (E4) */
	struct watch wd_watch[];
};

static uint64_t
ran_ns(const struct lwkt_loop *lo)
{
	struct timespec ts;
	clockid_t clock = __atomic_load_n(&lo->lo_clock, __ATOMIC_RELAXED);

	if (clock == 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
report(struct lwkt_pipeline *pl, const struct lwkt_loop *lo, const struct lwkt_stage *st,
    struct watch *wa, uint64_t now)
{
	double ms = (double)(now - wa->wa_since) * 1e3 / (double)rte_get_tsc_hz();
	double ran_ms = (double)(ran_ns(lo) - wa->wa_ran_ns) / 1e6;

	wa->wa_reported = true;
	__atomic_store_n(&pl->pl_overruns, pl->pl_overruns + 1, __ATOMIC_RELAXED);
	if (now < wa->wa_quiet_until)
		return;
	wa->wa_quiet_until = now + QUIET_SEC * rte_get_tsc_hz();
	if (st == NULL)
		lwkt_event_log(LWKT_LOGTYPE, LWKT_EVENT_STALL,
		    "pipeline %s: CPU %u: stands still outside of its stages for %.1f ms; it had "
		    "%.1f ms of the processor",
		    pl->pl_name, lo->lo_lcore, ms, ran_ms);
	else
		lwkt_event_log(LWKT_LOGTYPE, LWKT_EVENT_STALL,
		    "pipeline %s: CPU %u: stage %s (port %p) has not returned for %.1f ms, its "
		    "budget is %.3g ms; it had %.1f ms of the processor",
		    pl->pl_name, lo->lo_lcore, st->st_name, (const void *)&st->st_port, ms,
		    pl->pl_budget_us / 1e3, ran_ms);
}

/* For how long a loop may stand where it is. */
static bool
is_late(const struct lwkt_pipeline *pl, const struct lwkt_loop *lo, const struct lwkt_stage *st,
    const struct watch *wa, uint64_t now)
{
	uint64_t most_us = pl->pl_budget_us,
	         us = (now - wa->wa_since) / (rte_get_tsc_hz() / 1000000);

	if (st == NULL)
		most_us = RTE_MAX(most_us, OUTSIDE_US);
	if (us <= most_us)
		return false;
	return st != NULL || us > AWAY_US || ran_ns(lo) - wa->wa_ran_ns > AWAY_NS;
}

static void
look(struct lwkt_pipeline *pl, const struct lwkt_loop *lo, struct watch *wa)
{
	uint64_t taken = loop_turns(lo), now = rte_rdtsc();
	const struct lwkt_stage *st = __atomic_load_n(&lo->lo_at, __ATOMIC_RELAXED);
	bool away = __atomic_load_n(&lo->lo_asleep, __ATOMIC_RELAXED) ||
	            __atomic_load_n(&lo->lo_left, __ATOMIC_RELAXED);

	if (away || taken != wa->wa_steps || wa->wa_since == 0) {
		wa->wa_steps = taken;
		wa->wa_since = now;
		wa->wa_ran_ns = ran_ns(lo);
		wa->wa_reported = false;
	} else if (!wa->wa_reported && is_late(pl, lo, st, wa, now)) {
		report(pl, lo, st, wa, now);
	}
}

static void *
watch(void *arg)
{
	struct watchdog *wd = arg;
	struct lwkt_pipeline *pl = wd->wd_pipeline;
	const uint64_t budget_cyc = rte_get_tsc_hz() / 1000000 * pl->pl_budget_us;
	const struct timespec nap = {
	    .tv_sec = pl->pl_budget_us / LOOKS / 1000000,
	    .tv_nsec = (long)(pl->pl_budget_us / LOOKS % 1000000) * 1000,
	};

	while (!__atomic_load_n(&wd->wd_stop, __ATOMIC_ACQUIRE)) { /* E4 */
		uint64_t before = rte_rdtsc();

		for (unsigned int i = 0; i < pl->pl_nloops; i++)
			look(pl, pl->pl_loops[i], &wd->wd_watch[i]);
		nanosleep(&nap, NULL);
		/* The whole process was stopped, most probably: nobody is late. */
		if (rte_rdtsc() - before > LATE_US * (rte_get_tsc_hz() / 1000000) + budget_cyc)
			for (unsigned int i = 0; i < pl->pl_nloops; i++)
				wd->wd_watch[i].wa_since = 0;
	}
	return NULL;
}

int
watchdog_start(struct lwkt_pipeline *pl)
{
	struct watchdog *wd = calloc(1, sizeof(*wd) + pl->pl_nloops * sizeof(wd->wd_watch[0]));
	int rc;

	if (wd == NULL) {
		lwkt_error("pipeline %s: no memory for the watchdog; go without (po_watchdog)",
		    pl->pl_name);
		return -ENOMEM;
	}
	wd->wd_pipeline = pl;
	rc = pthread_create(&wd->wd_thread, NULL, watch, wd);
	if (rc != 0) {
		free(wd);
		lwkt_error("pipeline %s: no thread for the watchdog; go without (po_watchdog)",
		    pl->pl_name);
		return -rc;
	}
	pl->pl_watchdog = wd;
	return 0;
}

void
watchdog_stop(struct lwkt_pipeline *pl)
{
	struct watchdog *wd = pl->pl_watchdog;

	if (wd == NULL)
		return;
	__atomic_store_n(&wd->wd_stop, true, __ATOMIC_RELEASE); /* E4 */
	pthread_join(wd->wd_thread, NULL);
	free(wd);
	pl->pl_watchdog = NULL;
}
