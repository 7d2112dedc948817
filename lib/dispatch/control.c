/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests to the loops: modes, functions, roll-outs, the barrier, rollups.
 */
#include <errno.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>

#include "control_pvt.h"
#include "wire_pvt.h"

void
loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;

	if (lwkt_curthread() == NULL)
		lwkt_panic("pipeline %s: a request to CPU %u by a thread that is no CPU; attach it "
		           "with lwkt_attach()",
		    pl->pl_name, lo->lo_lcore);
	loop_announce(lo);
	lwkt_initmsg(&ctl->lc_msg, lwkt_thread_port(lwkt_curthread()), 0);
	if (loop_by_hand(pl) == NULL) {
		lwkt_domsg(&lo->lo_port, &ctl->lc_msg, 0);
		return;
	}
	/* The caller has a loop to run meanwhile, which may be the one that is asked. */
	lwkt_sendmsg(&lo->lo_port, &ctl->lc_msg);
	while (!lwkt_checkmsg(&ctl->lc_msg))
		lwkt_pipeline_round(pl);
	lwkt_waitmsg(&ctl->lc_msg, 0);
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

void
lwkt_pipeline_park(struct lwkt_pipeline *pl)
{
	if (pl->pl_running && !pl->pl_parked)
		loops_switch(pl, LOOP_PARK);
	pl->pl_parked = true;
}

void
lwkt_pipeline_unpark(struct lwkt_pipeline *pl)
{
	if (pl->pl_running && pl->pl_parked)
		loops_switch(pl, pl->pl_draining ? LOOP_DRAIN : LOOP_RUN);
	pl->pl_parked = false;
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

	if (pl->pl_parked)
		return -EBUSY;
	if (pl->pl_running)
		loop_request(pl->pl_loops[0], &ctl);
	else
		for (unsigned int i = 0; i < pl->pl_nloops; i++)
			fn(arg);
	return 0;
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
