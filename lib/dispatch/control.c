/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests to the loops: modes, functions, roll-outs, the barrier, rollups.
 */
#include <errno.h>

#include <rte_cycles.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>
#include <lwkt_thread.h>

#include "control_pvt.h"
#include "wire_pvt.h"

#define SWITCH_LOOK_US 20

/* The loop that the caller is: a CPU's own context that has a running loop; else NULL. */
static struct lwkt_loop *
loop_of_caller(const struct lwkt_pipeline *pl)
{
	struct lwkt_loop *lo = pipeline_loop(pl, lwkt_mycpuid());

	if (lo == NULL || lwkt_curthread() != lwkt_cpu_thread(lo->lo_lcore) ||
	    __atomic_load_n(&lo->lo_left, __ATOMIC_ACQUIRE)) /* E4 */
		return NULL;
	return lo;
}

/* A round of the caller's own loop. */
static void
control_round(struct lwkt_pipeline *pl)
{
	struct lwkt_loop *lo = loop_of_caller(pl);

	if (lo == NULL) /* it has just been stopped */
		lwkt_transit_wait();
	else if (lo->lo_by_hand)
		lwkt_pipeline_round(pl);
	else
		loop_round(lo);
}

void
loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;

	if (lwkt_curthread() == NULL)
		lwkt_panic("pipeline %s: a request to CPU %u by a thread that is no CPU; attach it "
		           "with lwkt_attach()",
		    pl->pl_name, lo->lo_lcore);
	lwkt_may_wait("lwkt_pipeline_call");
	loop_announce(lo);
	lwkt_initmsg(&ctl->lc_msg, lwkt_thread_port(lwkt_curthread()), 0);
	if (loop_of_caller(pl) == NULL) {
		lwkt_domsg(&lo->lo_port, &ctl->lc_msg, 0);
		return;
	}
	/* The caller has a loop to run meanwhile, which may be the one that is asked. */
	lwkt_sendmsg(&lo->lo_port, &ctl->lc_msg);
	while (!lwkt_checkmsg(&ctl->lc_msg))
		control_round(pl);
	lwkt_waitmsg(&ctl->lc_msg, 0);
}

/*
 * One after the other, in the order in which they came, so nobody waits for ever (contract K118).
 * Who is a loop itself runs on while it waits, as who is first may be waiting for it.
 */
void
control_enter(struct lwkt_pipeline *pl)
{
	int turn = __atomic_fetch_add(&pl->pl_turns, 1, __ATOMIC_RELAXED), now;
	struct lwkt_patience pa = {0};

	lwkt_may_wait("lwkt_pipeline_park");
	while ((now = __atomic_load_n(&pl->pl_turn, __ATOMIC_ACQUIRE)) != turn) { /* E29 */
		if (loop_of_caller(pl) != NULL)
			control_round(pl);
		else if (lwkt_sleeps())
			lwkt_futex_wait(&pl->pl_turn, now, false);
		else
			lwkt_transit_wait();
		if (lwkt_patience_due(&pa))
			lwkt_patience_report(&pa, LWKT_CPU_NONE, "lwkt_pipeline_park",
			    "pipeline %s, of which others ask something", pl->pl_name);
	}
	lwkt_patience_end(&pa);
}

void
control_exit(struct lwkt_pipeline *pl)
{
	__atomic_store_n(&pl->pl_turn, pl->pl_turn + 1, __ATOMIC_RELEASE); /* E29 */
	lwkt_futex_wake(&pl->pl_turn);
}

/*
 * Modes. The reply says that the mode holds: no source of this CPU polls any more, say.
 */

static void
set_mode(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	lo->lo_mode = ctl->lc_mode;
	if (lo->lo_mode == LOOP_PARK)
		wires_flush(lo, true);
	lwkt_replymsg(&ctl->lc_msg, 0);
}

void
loops_switch(struct lwkt_pipeline *pl, enum loop_mode mode)
{
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		struct loop_ctl ctl = {.lc_func = set_mode, .lc_mode = mode};

		loop_request(pl->pl_loops[i], &ctl);
	}
}

/* Wait for the answer to lo_switch. */
static int
loop_await(struct lwkt_loop *lo, uint64_t end_cyc)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;
	struct lwkt_patience pa = {0};

	while (!lwkt_checkmsg(&lo->lo_switch.lc_msg)) {
		if (rte_get_timer_cycles() >= end_cyc)
			return -ETIMEDOUT;
		if (lwkt_patience_due(&pa))
			lwkt_patience_report(&pa, lo->lo_lcore, "pipeline",
			    "CPU %u of %s to change its mode", lo->lo_lcore, pl->pl_name);
		if (loop_of_caller(pl) != NULL)
			control_round(pl);
		else if (lwkt_poll() == 0)
			rte_delay_us_sleep(SWITCH_LOOK_US);
	}
	lwkt_patience_end(&pa);
	return 0;
}

int
loops_switch_until(struct lwkt_pipeline *pl, enum loop_mode mode, uint64_t end_cyc)
{
	int rc = 0;

	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		struct lwkt_loop *lo = pl->pl_loops[i];
		struct loop_ctl *ctl = &lo->lo_switch;

		/* One that has not been answered, or that the loop was left by, is the last one. */
		if (!lwkt_checkmsg(&ctl->lc_msg) || ctl->lc_mode == LOOP_STOP)
			continue;
		ctl->lc_mode = mode;
		loop_announce(lo);
		lwkt_sendmsg(&lo->lo_port, &ctl->lc_msg);
	}
	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		if (loop_await(pl->pl_loops[i], end_cyc) < 0 ||
		    pl->pl_loops[i]->lo_switch.lc_mode < mode)
			rc = -ETIMEDOUT;
	return rc;
}

void
loop_switch_init(struct lwkt_loop *lo)
{
	lwkt_initport_replyonly_null(&lo->lo_switched);
	lo->lo_switch = (struct loop_ctl){.lc_func = set_mode, .lc_mode = LOOP_RUN};
	lwkt_initmsg(&lo->lo_switch.lc_msg, &lo->lo_switched, 0);
}

void
lwkt_pipeline_park(struct lwkt_pipeline *pl)
{
	control_enter(pl);
	if (pl->pl_parked++ == 0 && pl->pl_running)
		loops_switch(pl, LOOP_PARK);
	control_exit(pl);
}

void
lwkt_pipeline_unpark(struct lwkt_pipeline *pl)
{
	control_enter(pl);
	if (pl->pl_parked > 0 && --pl->pl_parked == 0 && pl->pl_running)
		loops_switch(pl, pl->pl_draining ? LOOP_DRAIN : LOOP_RUN);
	control_exit(pl);
}

/*
 * Functions
 */

static void
run_user(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	(void)lo;
	ctl->lc_user(ctl->lc_arg);
	lwkt_replymsg(&ctl->lc_msg, 0);
}

int
lwkt_pipeline_call(
    struct lwkt_pipeline *pl, unsigned int lcore_id, void (*fn)(void *arg), void *arg)
{
	struct loop_ctl ctl = {.lc_func = run_user, .lc_user = fn, .lc_arg = arg};
	struct lwkt_loop *lo = pipeline_loop(pl, lcore_id);

	if (lo == NULL)
		return -EINVAL;
	if (pl->pl_running)
		loop_request(lo, &ctl);
	else
		fn(arg);
	return 0;
}

/*
 * Roll-outs (rollout.c)
 */

int
lwkt_pipeline_rollout(struct lwkt_pipeline *pl, void (*fn)(void *arg), void *arg)
{
	struct loop_ctl ctl = {.lc_func = rollout_take, .lc_user = fn, .lc_arg = arg};
	bool parked;

	control_enter(pl);
	parked = pl->pl_parked > 0;
	if (pl->pl_running && !parked)
		loop_request(pl->pl_loops[0], &ctl);
	else
		for (unsigned int i = 0; i < pl->pl_nloops && !parked; i++)
			fn(arg);
	control_exit(pl);
	return parked ? -EBUSY : 0;
}

/*
 * Rollups
 */

struct rollup_change {
	struct rollup_list *list;
	struct lwkt_rollup *ro;
};

static void
rollup_insert(void *arg)
{
	const struct rollup_change *rc = arg;
	struct lwkt_rollup *at;

	TAILQ_FOREACH (at, rc->list, ro_link)
		if (at->ro_priority < rc->ro->ro_priority)
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, rc->ro, ro_link);
	else
		TAILQ_INSERT_TAIL(rc->list, rc->ro, ro_link);
}

static void
rollup_remove(void *arg)
{
	const struct rollup_change *rc = arg;

	TAILQ_REMOVE(rc->list, rc->ro, ro_link);
}

int
lwkt_rollup_register(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro)
{
	struct lwkt_loop *lo = pipeline_loop(pl, lcore_id);
	struct rollup_change rc = {.ro = ro};

	if (lo == NULL)
		return -EINVAL;
	rc.list = &lo->lo_rollups;
	return lwkt_pipeline_call(pl, lcore_id, rollup_insert, &rc);
}

int
lwkt_rollup_unregister(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro)
{
	struct lwkt_loop *lo = pipeline_loop(pl, lcore_id);
	struct rollup_change rc = {.ro = ro};

	if (lo == NULL)
		return -EINVAL;
	rc.list = &lo->lo_rollups;
	return lwkt_pipeline_call(pl, lcore_id, rollup_remove, &rc);
}
