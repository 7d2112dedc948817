/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread ports, the owner's side: taking messages and waiting for them.
 */
#include <errno.h>

#include <rte_common.h>

#include "lwkt_compat.h"
#include "port_thread_pvt.h"

/*
 * The port is empty: take the plain messages for it that stand first in transit as they arrive,
 * without linking them. Arrival and get in one, so each cache line is touched once.
 */

/* Take a message if it is one. reply: 0 or MSGF_REPLY, a constant. */
static inline bool
take_plain(lwkt_port_t port, lwkt_msg_t msg, int reply)
{
	int flags = msg_flags(msg);

	if (unlikely((flags & (MSGF_SPECIAL | MSGF_REPLY)) != reply) ||
	    unlikely(destination(msg, reply) != port))
		return false;
	if (reply)
		msg_publish_done(msg, msg_reply_flags(flags));
	else
		msg_set_flags(msg, flags & ~MSGF_INTRANSIT);
	return true;
}

/* Of items[i..n) those from the first on that are plain; [0..ready) may be sent for. */
static inline unsigned int
take_kind(lwkt_port_t port, const lwkt_item_t *items, unsigned int i, unsigned int n,
    unsigned int ready, int reply)
{
	unsigned int fetch = RTE_MIN(n, ready > TAKE_AHEAD ? ready - TAKE_AHEAD : 0);

	for (; i < fetch; i++) {
		lwkt_prefetch_write((const void *)items[i + TAKE_AHEAD]);
		if (!take_plain(port, (lwkt_msg_t)items[i], reply))
			return i;
	}
	while (i < n && take_plain(port, (lwkt_msg_t)items[i], reply))
		i++;
	return i;
}

/* Of what lies in one piece in transit. *more: set if more is wanted, and lies in another. */
static inline unsigned int
take_piece(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, bool *more)
{
	unsigned int ready, most, took = 0, before;
	const lwkt_item_t *items = lwkt_transit_look(n + TAKE_AHEAD, &ready);

	if (items == NULL || unlikely(port->mp_move != NULL))
		return 0;
	most = RTE_MIN(n, ready);
	do {
		before = took;
		took = take_kind(port, items, took, most, ready, 0);
		took = take_kind(port, items, took, most, ready, MSGF_REPLY);
	} while (took < most && took > before);
	memcpy(msgs, items, took * sizeof(*msgs));
	*more = lwkt_transit_took(took, took == ready && took < n);
	port->mp_prio_run = 0;
	return took;
}

/* Out of line: once round the ring. */
static __rte_noinline unsigned int
take_next_piece(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	bool more;

	return take_piece(port, msgs, n, &more);
}

static inline unsigned int
take_run(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	bool more = false;
	unsigned int took = take_piece(port, msgs, n, &more);

	return likely(!more) ? took : took + take_next_piece(port, msgs + took, n - took);
}

void
thread_not_owner(const char *call, const struct lwkt_port *port)
{
	lwkt_panic("%s: port %p belongs to thread %s, and only that may call it, not %s", call,
	    (const void *)port, lwkt_thread_name(port->mpu_td),
	    lwkt_self.se_td != NULL ? lwkt_thread_name(lwkt_self.se_td) : "a foreign thread");
}

void *
thread_getport(lwkt_port_t port)
{
	require_owner("lwkt_getport", port);
	return port_pull(port);
}

/* Without priority messages: the head of the list in one piece. */
static inline unsigned int
pull_run(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	lwkt_msg_t msg = TAILQ_FIRST(&port->mp_msgq);
	unsigned int i;

	for (i = 0; i < n && msg != NULL; i++) {
		msgs[i] = msg;
		msg_set_flags(msg, msg_flags(msg) & ~MSGF_QUEUED);
		msg = TAILQ_NEXT(msg, ms_node);
	}
	port->mp_msgq.tqh_first = msg;
	if (msg != NULL)
		msg->ms_node.tqe_prev = &port->mp_msgq.tqh_first;
	else
		port->mp_msgq.tqh_last = &port->mp_msgq.tqh_first;
	port->mp_prio_run = 0;
	return i;
}

unsigned int
thread_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i;

	require_owner("lwkt_getport_burst", port);
	if (unlikely(n == 0))
		return 0;
	if (likely(TAILQ_EMPTY(&port->mp_msgq_prio)))
		return TAILQ_EMPTY(&port->mp_msgq) ? take_run(port, msgs, n)
		                                   : pull_run(port, msgs, n);
	for (i = 0; i < n; i++) {
		msgs[i] = port_pull(port);
		if (msgs[i] == NULL)
			break;
	}
	return i;
}

void *
thread_waitport(lwkt_port_t port, int flags)
{
	unsigned int turn = 0;
	lwkt_msg_t msg;

	require_owner("lwkt_waitport", port);
	lwkt_may_wait("lwkt_waitport");
	while ((msg = port_pull(port)) == NULL) {
		if ((flags & LWKT_PCATCH) && lwkt_interrupted())
			return NULL;
		lwkt_transit_turn(turn++);
	}
	return msg;
}

/*
 * The message becomes done on this CPU, by a poll (T32). So it is looked at only when a poll has
 * found something: to look at it in each turn would take its line from the handler. Now and then it
 * is looked at all the same, for reply vectors of the application's own (P28).
 */
int
thread_waitmsg(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;
	bool catch = flags & LWKT_PCATCH;
	struct lwkt_patience pa = {0};
	unsigned int turn = 0;

	require_owner("lwkt_waitmsg", port);
	lwkt_may_wait("lwkt_waitmsg");
	MSG_REQUIRE(!(msg_flags(msg) & MSGF_DROPABLE), "lwkt_waitmsg", msg, port,
	    "a message that is not DROPABLE");
	for (bool look = true; !look || !lwkt_checkmsg(msg); turn++) {
		look = turn % 64 == 63;
		if (catch && lwkt_interrupted()) { /* once (B53) */
			catch = false;
			lwkt_abortmsg(msg);
			look = true;
		} else if (lwkt_transit_turn(turn)) {
			look = true;
		} else if (look) {
			msg_wait_look(
			    &pa, msg_flags(msg) & MSGF_SYNC ? "lwkt_domsg" : "lwkt_waitmsg", msg);
		}
	}
	lwkt_patience_end(&pa);
	if (msg_flags(msg) & MSGF_QUEUED)
		port_unlink(port, msg);
	return msg->ms_error;
}

int
thread_dropmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	if (unlikely(!owner_is_caller(port))) /* in every build: it is no lock that guards this */
		thread_not_owner("lwkt_dropmsg", port);
	return port_drop(port, msg);
}
