/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as messages: the port that ends a packet's life, and bursts through thread ports.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "lwkt_compat.h"
#include "lwkt_pktburst.h"
#include "lwkt_pktmsg.h"
#include "msgport_pvt.h"
#include "port_thread_pvt.h"

#define FREE_BURST 64

/*
 * The port where packets end. Both ways out, freed and handed to a device, leave the message done,
 * so that nobody takes the mbuf's next life for a message under way.
 */

static unsigned int
pktfree_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int error)
{
	struct rte_mbuf *dead[FREE_BURST];
	unsigned int i = 0, ndead = 0;

	do {
		lwkt_msg_t msg = msgs[i];

		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
		msg_publish_result(msg, msg_reply_flags(msg_flags(msg)), error);
		if (error == EASYNC)
			continue;
		dead[ndead++] = lwkt_msg_mbuf(msg);
		if (ndead == FREE_BURST) {
			rte_pktmbuf_free_bulk(dead, ndead);
			ndead = 0;
		}
	} while (++i < n && msgs[i]->ms_reply_port == port);
	if (ndead > 0)
		rte_pktmbuf_free_bulk(dead, ndead);
	return i;
}

static void
pktfree_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	pktfree_replyport_burst(port, &msg, 1, msg->ms_error);
}

static const struct lwkt_port_burst pktfree_burst = {
    .bp_replyport = pktfree_replyport,
    .bp_replyport_burst = pktfree_replyport_burst,
};

static struct lwkt_port pktfree_port;

RTE_INIT(lwkt_pktfree_init)
{
	lwkt_initport_panic(&pktfree_port);
	pktfree_port.mp_replyport = pktfree_replyport;
	pktfree_port.mp_burst = &pktfree_burst;
}

lwkt_port_t
lwkt_pktfree_port(void)
{
	return &pktfree_port;
}

/*
 * BURSTS
 *
 * One pass over the messages' lines at each end: the sender, to whom they are new, writes each once,
 * the receiver reads and writes each once.
 */

#define SEND_BURST 64

/*
 * Sending
 */

static inline lwkt_msg_t
msg_at(struct rte_mbuf *m, size_t offset)
{
	return (lwkt_msg_t)(void *)((char *)m + offset);
}

static inline void
send_elsewhere(
    lwkt_port_t port, unsigned int cpuid, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	lwkt_port_t home = lwkt_pktfree_port();
	const size_t offset = sizeof(struct rte_mbuf) + lwkt_pktmsg_offset; /* read once */
	lwkt_msg_t msgs[SEND_BURST];

	for (unsigned int i = 0; i < n; i++)
		lwkt_prefetch_write(msg_at(pkts[i], offset));
	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = msg_at(pkts[i], offset);
		msgs[i]->ms_target_port = port; /* nobody else knows the message: no order */
		msgs[i]->ms_reply_port = home;
		msg_leave(msgs[i], flags, NULL, NULL);
	}
	depart_burst(port, cpuid, msgs, n);
}

static void
send_any(lwkt_port_t port, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	lwkt_msg_t msgs[SEND_BURST];

	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
		lwkt_initmsg(msgs[i], lwkt_pktfree_port(), flags);
	}
	lwkt_sendmsg_burst(port, msgs, n);
}

void
lwkt_send_packets(lwkt_port_t port, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	unsigned int some, cpuid = port_cpuid(port);
	bool elsewhere = port->mp_putport == thread_putport && cpuid != lwkt_self.se_cpuid;

	for (; n > 0; n -= some, pkts += some) {
		some = RTE_MIN(n, (unsigned int)SEND_BURST);
		if (likely(elsewhere))
			send_elsewhere(port, cpuid, pkts, some, flags);
		else
			send_any(port, pkts, some, flags);
	}
}

/*
 * Taking
 */

/* A message's line is sent for so many messages before its turn. */
#define PACKETS_AHEAD 32

/* A message with one of these goes the ordinary way. */
#define MSGF_ODD (MSGF_SPECIAL_REPLY | MSGF_DROPABLE | MSGF_ABORTABLE)

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

/*
 * As the reply to lwkt_pktfree_port() with EASYNC. Before that the message is active, for nobody to
 * see.
 */
static inline struct rte_mbuf *
end_message(lwkt_msg_t msg, int flags, size_t offset)
{
	struct rte_mbuf *m = (struct rte_mbuf *)(void *)((char *)msg - offset);

	msg_record(msg, flags & ~MSGF_INTRANSIT, "lwkt_getport_packets");
	msg_publish_result(msg, msg_reply_flags(flags), EASYNC); /* E3 */
	return m;
}

/* The first of items[0..n) that are alike; [0..ready) may be sent for. Returns how many. */
static inline unsigned int
take_alike(lwkt_port_t port, const lwkt_item_t *items, struct rte_mbuf **pkts, unsigned int n,
    unsigned int ready, int flags)
{
	const size_t offset = sizeof(struct rte_mbuf) + lwkt_pktmsg_offset; /* read once */
	lwkt_port_t home = lwkt_pktfree_port();
	unsigned int i, fetch = RTE_MIN(n, ready > PACKETS_AHEAD ? ready - PACKETS_AHEAD : 0);

	for (i = 0; i < fetch; i++) {
		lwkt_prefetch_write((const void *)items[i + PACKETS_AHEAD]);
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags, offset);
	}
	for (; i < n; i++) {
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags, offset);
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
	items = lwkt_transit_look(n + PACKETS_AHEAD, &ready);
	if (items == NULL)
		return 0;
	first = msg_flags((lwkt_msg_t)items[0]);
	if (unlikely((first & (MSGF_STATE | MSGF_ODD | never)) != MSGF_INTRANSIT))
		return 0;
	took = take_alike(port, items, pkts, RTE_MIN(n, ready), ready, first);
	if (unlikely(took == 0))
		return 0;
	lwkt_transit_took(took, false, false);
	port->mp_prio_run = 0;
	*flags = first;
	return took;
}
