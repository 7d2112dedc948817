/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How packets go from stage to stage on one CPU, and how they end. To other CPUs: wire.c.
 */
#include <errno.h>

#include <lwkt_log.h>
#include <lwkt_pktmsg.h>

#include "tap_pvt.h"

/*
 * Beginnings. The private area is whatever the mbuf's last life left there.
 */

void
stage_birth(struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		lwkt_msg_t msg = lwkt_mbuf_msg(pkts[i]);

		lwkt_initmsg(msg, lwkt_pktfree_port(), 0);
		lwkt_sendmsg_prepare(NULL, msg);
	}
}

/*
 * Pools: looked at as packets come in, so that it costs a comparison a burst.
 */

__rte_cold void
lwkt_stage_look_at_pools(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	const struct rte_mempool *seen = NULL;

	for (unsigned int i = 0; i < n; i++) {
		if (pkts[i]->pool == seen)
			continue;
		seen = pkts[i]->pool;
		if (lwkt_pktmbuf_pool_check(seen) < 0)
			lwkt_panic("stage %s (kind %s, CPU %u): packets of pool %s, which cannot "
			           "travel as messages; the line before says what to do",
			    st->st_name, st->st_kind->sk_name, st->st_lcore, seen->name);
	}
	/* With invariants every packet is looked at. */
	st->st_pool = LWKT_INVARIANTS ? NULL : pkts[0]->pool;
}

void
lwkt_stage_resume(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	if (st->st_messages && !stage_is_source(st))
		stage_birth(pkts, n);
}

void
lwkt_stage_made(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	if (unlikely(pkts[0]->pool != st->st_pool))
		lwkt_stage_look_at_pools(st, pkts, n);
	if (st->st_messages)
		stage_birth(pkts, n);
	lwkt_stage_count(&st->st_stats.ss_received, n);
	loop_uncount_ended(st->st_loop, n);
}

/*
 * Edges that stay on their CPU: a function call away.
 */

static void
push_call(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	stage_handle(ed->ed_to, pkts, n);
}

/* From a source, where something later wants messages: the packets become messages here. */
static void
push_birth_call(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	stage_birth(pkts, n);
	stage_handle(ed->ed_to, pkts, n);
}

/* On this way nothing wants messages any more. */
static void
push_end_call(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	stage_end_messages(pkts, n, EASYNC);
	stage_handle(ed->ed_to, pkts, n);
}

void
stage_connect(struct lwkt_edge *ed)
{
	if (edge_births(ed))
		ed->ed_push = push_birth_call;
	else
		ed->ed_push = edge_ends_messages(ed) ? push_end_call : push_call;
}

/*
 * Ends
 */

static void
end_plain(struct rte_mbuf **pkts, unsigned int n, int error)
{
	if (error != EASYNC)
		rte_pktmbuf_free_bulk(pkts, n);
}

void
stage_end_messages(struct rte_mbuf **pkts, unsigned int n, int error)
{
	lwkt_msg_t msgs[LWKT_PKTVEC_MAX];

	for (unsigned int i = 0; i < n; i++)
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
	lwkt_replymsg_burst(msgs, n, error);
}

void
stage_wire_end(struct lwkt_stage *st)
{
	/* A source's packets are born on its edge; before that they are plain. */
	st->st_end = st->st_messages && !stage_is_source(st) ? stage_end_messages : end_plain;
}

#if LWKT_INVARIANTS
static void
require_reason(const struct lwkt_stage *st, unsigned int reason)
{
	const char *const *names = st->st_kind->sk_drop_names;

	for (unsigned int i = 0; names != NULL && names[i] != NULL; i++)
		if (i == reason)
			return;
	lwkt_panic("lwkt_stage_drop: stage %s (kind %s, CPU %u): no drop reason %u in its kind's "
	           "sk_drop_names",
	    st->st_name, st->st_kind->sk_name, st->st_lcore, reason);
}
#endif

void
lwkt_stage_drop(struct lwkt_stage *st, unsigned int reason, struct rte_mbuf **pkts, unsigned int n)
{
#if LWKT_INVARIANTS
	require_reason(st, reason);
#endif
	tap_drop(st, reason, pkts, n);
	stage_end(st, pkts, n);
	lwkt_stage_count(&st->st_stats.ss_dropped[reason], n);
}

void
lwkt_stage_purge(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	stage_end(st, pkts, n);
	lwkt_stage_count(&st->st_stats.ss_purged, n);
}

void
lwkt_stage_consumed(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	tap_end(st, NULL, pkts, n);
	st->st_end(pkts, n, 0);
	loop_count_ended(st->st_loop, n);
	lwkt_stage_count(&st->st_stats.ss_consumed, n);
}

void
lwkt_stage_merged(struct lwkt_stage *st, unsigned int n)
{
	loop_count_ended(st->st_loop, n);
	lwkt_stage_count(&st->st_stats.ss_merged, n);
}

void
lwkt_stage_transmitted(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int sent,
    unsigned int n, unsigned int reason)
{
	if (sent < n) {
		tap_drop(st, reason, pkts + sent, n - sent);
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
		lwkt_stage_count(&st->st_stats.ss_dropped[reason], n - sent);
	}
	lwkt_stage_count(&st->st_stats.ss_sent, sent);
	loop_count_ended(st->st_loop, n);
}
