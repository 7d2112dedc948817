/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a pipeline: configure, start, drain, stop.
 */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>

#include "tap_pvt.h"

#define PURGE_TIMEOUT_MS 1000
#define STOP_TIMEOUT_MS  1000 /* for all CPUs to answer */
#define BUDGET_US        1000 /* of a handler, by default */
#define BUDGET_US_MIN    50
#define BUDGET_US_MAX    10000000
#define WINDOW_MAX       (1u << 24)

static int
check_field(const struct lwkt_pipeline *pl, const char *field, unsigned int value,
    unsigned int least, unsigned int most)
{
	if (value == 0 || (value >= least && value <= most))
		return 0;
	lwkt_error("pipeline %s: %s is %u; give %u to %u, or 0 for the default", pl->pl_name, field,
	    value, least, most);
	return -EINVAL;
}

int
lwkt_pipeline_configure(struct lwkt_pipeline *pl, const struct lwkt_pipeline_opts *opts)
{
	static const struct lwkt_pipeline_opts defaults;

	if (opts == NULL)
		opts = &defaults;
	if (pl->pl_running)
		return -EBUSY;
	if (opts->po_window != LWKT_WINDOW_NONE &&
	    check_field(pl, "po_window", opts->po_window,
	        LWKT_STAGE_BURST * RTE_MAX(pl->pl_window.wn_nsources, 1u), WINDOW_MAX) < 0)
		return -EINVAL;
	if (check_field(pl, "po_budget_us", opts->po_budget_us, BUDGET_US_MIN, BUDGET_US_MAX) < 0)
		return -EINVAL;
	pl->pl_window.wn_wanted = opts->po_window;
	pl->pl_budget_us = opts->po_budget_us != 0 ? opts->po_budget_us : BUDGET_US;
	pl->pl_watch = opts->po_watchdog;
	pl->pl_by_hand = opts->po_rounds;
	window_size(pl);
	return 0;
}

int
lwkt_pipeline_count_bytes(struct lwkt_pipeline *pl, bool on)
{
	if (pl->pl_running)
		return -EBUSY;
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		st->st_looks = (uint8_t)((st->st_looks & ~STAGE_WEIGHS) | (on ? STAGE_WEIGHS : 0));
	}
	return 0;
}

unsigned int
lwkt_pipeline_window(const struct lwkt_pipeline *pl)
{
	return pl->pl_window.wn_size;
}

static void
launch(struct lwkt_loop *lo)
{
	lo->lo_mode = LOOP_RUN;
	loop_switch_init(lo);
	lo->lo_starved = 0;
	__atomic_store_n(&lo->lo_start, 0, __ATOMIC_RELAXED);
	__atomic_store_n(
	    &lo->lo_left, false, __ATOMIC_RELEASE); /* E4; the watchdog looks already */
	if (!lo->lo_by_hand)
		rte_eal_remote_launch(loop_main, lo, lo->lo_lcore);
}

static void
idle_end(struct lwkt_pipeline *pl, unsigned int nloops)
{
	for (unsigned int i = 0; i < nloops; i++)
		loop_idle_end(pl->pl_loops[i]);
}

/* What the loops need to idle like this, and the watchdog. */
static int
prepare(struct lwkt_pipeline *pl, enum lwkt_idle idle)
{
	int rc;

	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		rc = loop_idle_begin(
		    pl->pl_loops[i], pl->pl_loops[i]->lo_by_hand ? LWKT_IDLE_POLL : idle);
		if (rc < 0) {
			idle_end(pl, i);
			return rc;
		}
	}
	rc = pl->pl_watch ? watchdog_start(pl) : 0;
	if (rc < 0)
		idle_end(pl, pl->pl_nloops);
	return rc;
}

/* Is its lcore free for the loop, or going to call the rounds itself? */
static bool
take_lcore(struct lwkt_loop *lo)
{
	lo->lo_by_hand = lo->lo_pipeline->pl_by_hand || lo->lo_lcore == rte_get_main_lcore();
	if (lo->lo_by_hand || rte_eal_get_lcore_state(lo->lo_lcore) == WAIT)
		return true;
	lwkt_error("pipeline %s: lcore %u runs something else, another pipeline's loop perhaps; "
	           "take other lcores, or set po_rounds of both and call lwkt_pipeline_round() for "
	           "each there",
	    lo->lo_pipeline->pl_name, lo->lo_lcore);
	return false;
}

int
lwkt_pipeline_start(struct lwkt_pipeline *pl, enum lwkt_idle idle)
{
	unsigned int i;
	int rc;

	if (pl->pl_running)
		return -EALREADY;
	for (i = 0; i < pl->pl_nloops; i++)
		if (!take_lcore(pl->pl_loops[i]))
			return -EBUSY;
	rc = prepare(pl, idle);
	if (rc < 0)
		return rc;
	window_begin(pl);
	for (i = 0; i < pl->pl_nloops; i++)
		launch(pl->pl_loops[i]);
	pl->pl_running = true;
	pl->pl_parked = 0;
	pl->pl_draining = false;
	return 0;
}

static uint64_t
cycles_in(unsigned int ms)
{
	return rte_get_timer_cycles() + rte_get_timer_hz() * ms / 1000;
}

/* Wait until no packet is held and no fence under way: 0 or -ETIMEDOUT. */
static int
await_empty(struct lwkt_pipeline *pl, uint64_t end_cyc)
{
	struct lwkt_account ac;

	for (;;) {
		if (loop_by_hand(pl) != NULL)
			lwkt_pipeline_round(pl);
		else
			lwkt_poll();
		lwkt_pipeline_account(pl, &ac);
		if (ac.ac_held == 0 && __atomic_load_n(&pl->pl_fences, __ATOMIC_RELAXED) == 0)
			return 0;
		if (rte_get_timer_cycles() >= end_cyc)
			return -ETIMEDOUT;
		if (loop_by_hand(pl) == NULL)
			rte_delay_us_sleep(100);
	}
}

int
lwkt_pipeline_drain(struct lwkt_pipeline *pl, unsigned int timeout_ms)
{
	uint64_t end_cyc = cycles_in(timeout_ms);
	int rc;

	if (!pl->pl_running)
		return -EINVAL;
	control_enter(pl);
	pl->pl_parked = 0;
	pl->pl_draining = true;
	rc = loops_switch_until(pl, LOOP_DRAIN, end_cyc);
	control_exit(pl);
	return rc == 0 ? await_empty(pl, end_cyc) : rc;
}

static int
say_stuck(struct lwkt_pipeline *pl)
{
	control_exit(pl);
	lwkt_error(
	    "pipeline %s: a CPU has not answered for %u ms, so it cannot be stopped; have its "
	    "stage return, and call lwkt_pipeline_stop() again",
	    pl->pl_name, STOP_TIMEOUT_MS);
	return -EBUSY;
}

int
lwkt_pipeline_stop(struct lwkt_pipeline *pl)
{
	int rc;

	if (!pl->pl_running)
		return -EINVAL;
	control_enter(pl);
	pl->pl_parked = 0;
	if (loops_switch_until(pl, LOOP_DRAIN, cycles_in(STOP_TIMEOUT_MS)) < 0 ||
	    loops_switch_until(pl, LOOP_PURGE, cycles_in(STOP_TIMEOUT_MS)) < 0)
		return say_stuck(pl);
	rc = await_empty(pl, cycles_in(PURGE_TIMEOUT_MS));
	if (loops_switch_until(pl, LOOP_STOP, cycles_in(STOP_TIMEOUT_MS)) < 0)
		return say_stuck(pl);
	control_exit(pl);
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		if (!pl->pl_loops[i]->lo_by_hand)
			rte_eal_wait_lcore(pl->pl_loops[i]->lo_lcore);
		while (!__atomic_load_n(&pl->pl_loops[i]->lo_left, __ATOMIC_ACQUIRE)) { /* E4 */
			if (lwkt_pipeline_round(pl) == 0)
				lwkt_poll();
			rte_pause();
		}
	}
	watchdog_stop(pl);
	idle_end(pl, pl->pl_nloops);
	pl->pl_running = false;
	return rc;
}

bool
lwkt_pipeline_shares_core(const struct lwkt_pipeline *pl)
{
	rte_cpuset_t taken, both, cpus;

	CPU_ZERO(&taken);
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		cpus = rte_lcore_cpuset(pl->pl_loops[i]->lo_lcore);
		CPU_AND(&both, &taken, &cpus);
		if (CPU_COUNT(&both) > 0)
			return true;
		CPU_OR(&taken, &taken, &cpus);
	}
	return false;
}
