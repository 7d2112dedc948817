/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: where packets end, taps see them.
 */
#ifndef LWKT_TAP_PVT_H
#define LWKT_TAP_PVT_H

#include <rte_branch_prediction.h>

#include "lwkt_tap.h"
#include "stage_pvt.h"

/* A stage's st_looks: why it looks at what comes in. */
#define STAGE_WEIGHS 1 /* it counts bytes (lwkt_pipeline_count_bytes()) */
#define STAGE_TAPPED 2 /* a tap wants to see packets that come in, or end */

/* Made with the stage's first tap, freed with the stage. Its CPU's. */
struct stage_taps {
	struct lwkt_tap *stt_tap[LWKT_STAGE_TAPS];
	unsigned int stt_n;
	bool stt_out; /* the outputs are exchanged */
	/* What the outputs were before. */
	void (*stt_push[LWKT_STAGE_OUTS])(
	    struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n);
};

/* To those taps of the stage that want this point. It has one at least. */
__attribute__((cold)) void tap_show(const struct lwkt_tap_view *view);

/* The stage goes; NULL: it was never made. */
void tap_free(struct lwkt_stage *st);

/* Packets are about to be dropped; or, without a reason, to end as they should. */
static inline void
tap_end(
    const struct lwkt_stage *st, const char *reason, struct rte_mbuf *const *pkts, unsigned int n)
{
	if (unlikely((st->st_looks & STAGE_TAPPED) != 0)) {
		const struct lwkt_tap_view view = {
		    st, reason != NULL ? LWKT_TAP_DROP : LWKT_TAP_END, 0, reason, pkts, n};

		tap_show(&view);
	}
}

/* The reason that a kind has given a number. */
static inline void
tap_drop(
    const struct lwkt_stage *st, unsigned int reason, struct rte_mbuf *const *pkts, unsigned int n)
{
	if (unlikely((st->st_looks & STAGE_TAPPED) != 0))
		tap_end(st,
		    st->st_kind->sk_drop_names != NULL ? st->st_kind->sk_drop_names[reason]
		                                       : "dropped",
		    pkts, n);
}

#endif /* LWKT_TAP_PVT_H */
