/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests to the loops: modes, functions, roll-outs, the barrier, rollups.
 */
#include <errno.h>

#include <lwkt_cpu.h>
#include <lwkt_transit.h>

#include "control_pvt.h"
#include "wire_pvt.h"

void
loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	lwkt_initmsg(&ctl->lc_msg, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_domsg(&lo->lo_port, &ctl->lc_msg, 0);
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
		loops_switch(pl, LOOP_RUN);
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
 * Roll-outs. A note goes from CPU to CPU in transit, so it keeps its place among the packets. When
 * it arrives, what stands on the ports of this CPU's stages came before it, and what comes behind
 * it is not linked yet. So the note's function takes all that off the ports and puts it aside; back
 * in the loop that is handled, then the user's function runs, then the note goes on, behind all
 * that this CPU has sent to the next one. Packets that come from CPUs later in the order may be on
 * either side of it.
 */

static void
rollout_arrives(struct lwkt_note *note)
{
	struct rollout *ro = (struct rollout *)(void *)note;
	struct lwkt_loop *lo = ro->ro_pipeline->pl_loops[ro->ro_at];
	lwkt_msg_t msg;

	lo->lo_rollout = ro;
	if (lo->lo_mode >= LOOP_PURGE) /* no stage is served, or all is thrown away */
		return;
	for (unsigned int i = 0; i < lo->lo_nfed; i++) {
		struct lwkt_stage *st = lo->lo_fed[i];

		while ((msg = lwkt_getport(&st->st_port)) != NULL)
			TAILQ_INSERT_TAIL(&st->st_before, msg, ms_node);
	}
}

static void
handle_before(struct lwkt_stage *st)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST], msg;
	unsigned int n = 0;

	while ((msg = TAILQ_FIRST(&st->st_before)) != NULL) {
		TAILQ_REMOVE(&st->st_before, msg, ms_node);
		msgs[n++] = msg;
		if (n == LWKT_STAGE_BURST) {
			wire_take(st, msgs, n);
			n = 0;
		}
	}
	if (n > 0)
		wire_take(st, msgs, n);
}

void
loop_roll_out(struct lwkt_loop *lo)
{
	struct rollout *ro = lo->lo_rollout;
	struct lwkt_pipeline *pl = ro->ro_pipeline;

	lo->lo_rollout = NULL;
	for (unsigned int i = 0; i < lo->lo_nfed; i++)
		handle_before(lo->lo_fed[i]);
	wires_flush(lo, true);
	ro->ro_fn(ro->ro_arg);
	if (++ro->ro_at == pl->pl_nloops)
		lwkt_replymsg(&ro->ro_msg, 0);
	else
		lwkt_transit_note(pl->pl_loops[ro->ro_at]->lo_lcore, &ro->ro_note);
}

void
lwkt_pipeline_rollout(struct lwkt_pipeline *pl, void (*fn)(void *arg), void *arg)
{
	lwkt_port_t home = lwkt_thread_port(lwkt_curthread());
	struct rollout ro = {.ro_note.no_func = rollout_arrives, .ro_pipeline = pl, .ro_fn = fn};

	ro.ro_arg = arg;
	if (!pl->pl_running) {
		for (unsigned int i = 0; i < pl->pl_nloops; i++)
			fn(arg);
		return;
	}
	lwkt_initmsg(&ro.ro_msg, home, 0);
	lwkt_sendmsg_prepare(home, &ro.ro_msg); /* the last loop replies it */
	lwkt_transit_note(pl->pl_loops[0]->lo_lcore, &ro.ro_note);
	lwkt_waitmsg(&ro.ro_msg, 0);
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
