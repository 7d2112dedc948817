/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Roll-outs, on the CPUs of the loops. The request goes from loop to loop in their order. A loop
 * whose turn it is runs the user's function as soon as it has handled all that loops before it had
 * sent it: each of those has put a mark on each of its wires when it ran the function. What comes by
 * a wire behind its mark has met the new state already, and waits until this CPU has it too (feed.c).
 */
#include "control_pvt.h"
#include "wire_pvt.h"

void
rollout_take(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	lo->lo_rollout = ctl;
}

/* Mark the wires that lead to loops later in the order. */
static void
mark_wires(struct lwkt_loop *lo)
{
	const struct lwkt_pipeline *pl = lo->lo_pipeline;

	wires_flush(lo, true);
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		for (unsigned int o = 0; st->st_loop == lo && o < st->st_nouts; o++)
			if (st->st_out[o].ed_wire != NULL && wire_leads_on(st->st_out[o].ed_wire))
				wire_mark(st->st_out[o].ed_wire);
	}
}

static void
rollout_forward(struct lwkt_loop *lo, struct loop_ctl *ctl)
{
	loop_announce(lo);
	lwkt_forwardmsg(&lo->lo_port, &ctl->lc_msg);
}

void
rollout_turn(struct lwkt_loop *lo)
{
	struct lwkt_pipeline *pl = lo->lo_pipeline;
	struct loop_ctl *ctl = lo->lo_rollout;

	if (lo->lo_nmarked < lo->lo_nearlier)
		return;
	lo->lo_rollout = NULL;
	ctl->lc_user(ctl->lc_arg);
	mark_wires(lo);
	wires_unmark(lo);
	if (lo->lo_index + 1 == pl->pl_nloops)
		lwkt_replymsg(&ctl->lc_msg, 0);
	else
		rollout_forward(pl->pl_loops[lo->lo_index + 1], ctl);
}
