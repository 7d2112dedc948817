/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fences: a message that follows the packets.
 *
 * Messages from one CPU to one port arrive in the order sent, and a handler runs to completion. So
 * when a fence has been taken from a stage's port, all packets that its sender had sent there
 * before have been handled, and what the handler made of them has been emitted. From there the
 * fence goes on to the ports where those packets went, one after the other, and is behind them
 * there as well. What arrives by other ways is not ordered against it.
 *
 * Stages that hold packets beyond their handlers are passed: what they emit later is behind.
 */
#include <errno.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

static bool
known(struct fence_hop hop, const struct fence_hop *hops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (hops[i].fh_stage == hop.fh_stage && hops[i].fh_priority == hop.fh_priority)
			return true;
	return false;
}

int
fence_hops_behind(struct lwkt_stage *st, struct fence_hop *hops, unsigned int most, unsigned int *n)
{
	int rc = 0;

	for (unsigned int o = 0; o < st->st_nouts && rc == 0; o++) {
		const struct lwkt_edge *ed = &st->st_out[o];

		if (ed->ed_wire == NULL)
			rc = fence_hops_behind(ed->ed_to, hops, most, n);
		else if (known(wire_hop(ed->ed_wire), hops, *n))
			continue;
		else if (*n == most)
			rc = -E2BIG;
		else
			hops[(*n)++] = wire_hop(ed->ed_wire);
	}
	return rc;
}

/* The flags for the hop that is next, and the receipt if it is the last. Who waits looks on. */
static void
dress(struct stage_fence *fe)
{
	int flags = __atomic_load_n(&fe->fe_msg.ms_flags, __ATOMIC_RELAXED) & ~STAGE_MSG_FLAGS;

	flags |= STAGE_MSG_FENCE;
	if (fe->fe_hop[fe->fe_at].fh_priority)
		flags |= MSGF_PRIORITY;
	if (fe->fe_receipt && fe->fe_at + 1 == fe->fe_nhops)
		flags |= MSGF_RECEIPT;
	__atomic_store_n(&fe->fe_msg.ms_flags, flags, __ATOMIC_RELAXED);
}

void
fence_start(struct lwkt_loop *lo, struct stage_fence *fe)
{
	struct lwkt_stage *st = fe->fe_hop[0].fh_stage;

	wires_flush(lo, true);
	fe->fe_at = 0;
	dress(fe);
	lwkt_sendmsg(&st->st_port, &fe->fe_msg);
}

void
fence_pass(lwkt_msg_t msg)
{
	struct stage_fence *fe = (struct stage_fence *)(void *)msg;
	struct lwkt_loop *lo = fe->fe_hop[fe->fe_at].fh_stage->st_loop;

	wires_flush(lo, true);
	if (++fe->fe_at == fe->fe_nhops) {
		lwkt_replymsg(msg, 0);
		return;
	}
	dress(fe);
	lwkt_forwardmsg(&fe->fe_hop[fe->fe_at].fh_stage->st_port, msg);
}
