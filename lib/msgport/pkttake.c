/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets out of a thread port, and their messages ended, in one pass over lines that are new to
 * this CPU: each is read once and written once. Between the two the message is active, for nobody
 * to see.
 */
#include <rte_common.h>
#include <rte_prefetch.h>

#include "lwkt_compat.h"
#include "lwkt_pktmsg.h"
#include "lwkt_pkttake.h"
#include "port_thread_pvt.h"

/* A message with one of these goes the ordinary way. */
#define MSGF_ODD (MSGF_SPECIAL | MSGF_DROPABLE | MSGF_ABORTABLE)

/* What a get and a reply would do is what is done here? */
static inline bool
takes_itself(const struct lwkt_port *port, const struct lwkt_port *home)
{
	return port->mp_getport == thread_getport && TAILQ_EMPTY(&port->mp_msgq) &&
	       TAILQ_EMPTY(&port->mp_msgq_prio) && port->mp_move == NULL &&
	       home->mp_replyport == home->mp_burst->bp_replyport;
}

/* One comparison for both ports and the flags. */
static inline bool
alike(const struct lwkt_msg *msg, lwkt_port_t port, lwkt_port_t home, int flags)
{
	uintptr_t to = (uintptr_t)__atomic_load_n(&msg->ms_target_port, __ATOMIC_RELAXED);

	return ((to ^ (uintptr_t)port) | ((uintptr_t)msg->ms_reply_port ^ (uintptr_t)home) |
	           (uintptr_t)(msg_flags(msg) ^ flags)) == 0;
}

/* As the reply to lwkt_pktfree_port() with EASYNC. Both lines of the mbuf are read soon. */
static inline struct rte_mbuf *
end_message(lwkt_msg_t msg, int flags)
{
	struct rte_mbuf *m = lwkt_msg_mbuf(msg);

	msg_record(msg, flags & ~MSGF_INTRANSIT, "lwkt_getport_packets");
	msg_publish_result(msg, msg_reply_flags(flags), EASYNC); /* E3 */
	rte_mbuf_prefetch_part1(m);
	rte_mbuf_prefetch_part2(m);
	return m;
}

/* The first of items[0..n) that are alike; [0..ready) may be sent for. Returns how many. */
static inline unsigned int
take_alike(lwkt_port_t port, const lwkt_item_t *items, struct rte_mbuf **pkts, unsigned int n,
    unsigned int ready, int flags)
{
	lwkt_port_t home = lwkt_pktfree_port();
	unsigned int i, fetch = RTE_MIN(n, ready > TAKE_AHEAD ? ready - TAKE_AHEAD : 0);

	for (i = 0; i < fetch; i++) {
		lwkt_prefetch_write((const void *)items[i + TAKE_AHEAD]);
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags);
	}
	for (; i < n; i++) {
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags);
	}
	return n;
}

unsigned int
lwkt_getport_packets(
    lwkt_port_t port, struct rte_mbuf **pkts, unsigned int n, int never, int *flags)
{
	const lwkt_item_t *items;
	unsigned int ready, took;
	int first;

	require_owner("lwkt_getport_packets", port);
	if (unlikely(n == 0 || !takes_itself(port, lwkt_pktfree_port())))
		return 0;
	items = lwkt_transit_look(n + TAKE_AHEAD, &ready);
	if (items == NULL)
		return 0;
	first = msg_flags((lwkt_msg_t)items[0]);
	if (unlikely((first & (MSGF_STATE | MSGF_ODD | never)) != MSGF_INTRANSIT))
		return 0;
	took = take_alike(port, items, pkts, RTE_MIN(n, ready), ready, first);
	if (unlikely(took == 0))
		return 0;
	lwkt_transit_took(took, false);
	port->mp_prio_run = 0;
	*flags = first;
	return took;
}
