/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How packets go from stage to stage, and how they end.
 */
#include <errno.h>

#include <lwkt_pktmsg.h>

#include "stage_pvt.h"

static inline void
pkts_to_msgs(struct rte_mbuf **pkts, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
}

/* The private area is whatever the mbuf's last life left there. */
static inline void
birth(struct rte_mbuf **pkts, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
		lwkt_initmsg(msgs[i], lwkt_pktfree_port(), 0);
	}
}

/*
 * Edges
 */

/* Same CPU: a function call away. */
static void
push_call(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	stage_handle(ed->ed_to, pkts, n);
}

/* Same CPU, from a source, where a later edge crosses CPUs: the packets become messages here. */
static void
push_birth_call(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];

	birth(pkts, msgs, n);
	for (unsigned int i = 0; i < n; i++)
		lwkt_sendmsg_prepare(&ed->ed_to->st_port, msgs[i]);
	stage_handle(ed->ed_to, pkts, n);
}

/* Another CPU, from a source. */
static void
push_send(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];

	birth(pkts, msgs, n);
	lwkt_sendmsg_burst(&ed->ed_to->st_port, msgs, n);
}

/* Another CPU, from a stage that was sent the messages itself. */
static void
push_forward(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];

	pkts_to_msgs(pkts, msgs, n);
	lwkt_forwardmsg_burst(&ed->ed_to->st_port, msgs, n);
}

void
stage_wire_edge(struct lwkt_stage *from, struct lwkt_edge *ed, bool messages)
{
	bool same_cpu = from->st_lcore == ed->ed_to->st_lcore;

	if (same_cpu)
		ed->ed_push = messages && stage_is_source(from) ? push_birth_call : push_call;
	else
		ed->ed_push = stage_is_source(from) ? push_send : push_forward;
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

static void
end_message(struct rte_mbuf **pkts, unsigned int n, int error)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];

	pkts_to_msgs(pkts, msgs, n);
	lwkt_replymsg_burst(msgs, n, error);
}

void
stage_wire_end(struct lwkt_stage *st, bool messages)
{
	/* A source's packets are born on its edge; before that they are plain. */
	st->st_end = messages && !stage_is_source(st) ? end_message : end_plain;
}

void
lwkt_stage_drop(struct lwkt_stage *st, unsigned int reason, struct rte_mbuf **pkts, unsigned int n)
{
	st->st_end(pkts, n, ECANCELED);
	lwkt_stage_count(&st->st_stats.ss_dropped[reason], n);
}

void
lwkt_stage_transmitted(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int sent,
    unsigned int n, unsigned int reason)
{
	if (sent < n) {
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
		lwkt_stage_count(&st->st_stats.ss_dropped[reason], n - sent);
	}
	lwkt_stage_count(&st->st_stats.ss_sent, sent);
}

/* Acquire, so that the reads keep their order. */
static uint64_t
stat_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

void
lwkt_stage_stats(const struct lwkt_stage *st, struct lwkt_stage_stats *stats)
{
	const struct lwkt_stage_stats *ss = &st->st_stats;

	/* Ends before beginnings, so that nothing seems to end that has not begun. */
	for (unsigned int i = 0; i < LWKT_STAGE_DROPS; i++)
		stats->ss_dropped[i] = stat_read(&ss->ss_dropped[i]);
	stats->ss_purged = stat_read(&ss->ss_purged);
	stats->ss_sent = stat_read(&ss->ss_sent);
	stats->ss_out = stat_read(&ss->ss_out);
	stats->ss_bursts = stat_read(&ss->ss_bursts);
	stats->ss_in = stat_read(&ss->ss_in);
	stats->ss_received = stat_read(&ss->ss_received);
}
