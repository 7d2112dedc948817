/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fences (lwkt_fence.h): how one goes from port to port.
 */
#include <errno.h>

#include "lwkt_fence.h"
#include "stage_pvt.h"
#include "wire_pvt.h"

int
lwkt_fence_passes(const struct lwkt_pipeline *pl)
{
	if (!pl->pl_running)
		return 0;
	return pl->pl_parked ? -EBUSY : 1;
}

struct lwkt_fence_hop
lwkt_fence_hop(const struct lwkt_edge *ed)
{
	const struct lwkt_wire *wi = ed->ed_wire;

	return (struct lwkt_fence_hop){wi->wi_to, wi->wi_flags & MSGF_PRIORITY};
}

static bool
known(struct lwkt_fence_hop hop, const struct lwkt_fence_hop *hops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (hops[i].fh_stage == hop.fh_stage && hops[i].fh_priority == hop.fh_priority)
			return true;
	return false;
}

int
lwkt_fence_hops_behind(
    struct lwkt_stage *st, struct lwkt_fence_hop *hops, unsigned int most, unsigned int *n)
{
	int rc = 0;

	for (unsigned int o = 0; o < st->st_nouts && rc == 0; o++) {
		const struct lwkt_edge *ed = &st->st_out[o];

		if (ed->ed_wire == NULL)
			rc = lwkt_fence_hops_behind(ed->ed_to, hops, most, n);
		else if (known(lwkt_fence_hop(ed), hops, *n))
			continue;
		else if (*n == most)
			rc = -E2BIG;
		else
			hops[(*n)++] = lwkt_fence_hop(ed);
	}
	return rc;
}

/* The flags for the hop that is next, and the receipt if it is the last. Who waits looks on. */
static void
dress(struct lwkt_fence *fe)
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
lwkt_fence_start(struct lwkt_loop *lo, struct lwkt_fence *fe)
{
	struct lwkt_stage *st = fe->fe_hop[0].fh_stage;

	if (fe->fe_begin == NULL)
		wires_flush(lo, true);
	__atomic_fetch_add(&lo->lo_pipeline->pl_fences, 1, __ATOMIC_RELAXED);
	fe->fe_at = 0;
	dress(fe);
	lwkt_sendmsg(&st->st_port, &fe->fe_msg);
	if (fe->fe_begin != NULL)
		lwkt_flush();
}

void
fence_pass(lwkt_msg_t msg)
{
	struct lwkt_fence *fe = (struct lwkt_fence *)(void *)msg;
	struct lwkt_loop *lo = fe->fe_hop[fe->fe_at].fh_stage->st_loop;

	wires_flush(lo, true);
	if ((fe->fe_at == 0 && fe->fe_begin != NULL && !fe->fe_begin(fe)) ||
	    ++fe->fe_at == fe->fe_nhops) {
		__atomic_fetch_sub(&lo->lo_pipeline->pl_fences, 1, __ATOMIC_RELAXED);
		lwkt_replymsg(msg, 0);
		return;
	}
	dress(fe);
	lwkt_forwardmsg(&fe->fe_hop[fe->fe_at].fh_stage->st_port, msg);
}
