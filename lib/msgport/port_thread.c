/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * THREAD PORTS
 *
 * The normal kind: one owner, and everything about the queue happens on the owner's CPU, so that
 * no lock and no atomic operation is needed. A put or reply from elsewhere marks the message
 * INTRANSIT and gives it to transit; thread_deliver() runs on the owner's CPU and links it there.
 * Sending and arrival come first, then how the owner takes messages; port_thread_wait.c is how it
 * waits for them.
 */

#include <errno.h>

#include <rte_common.h>

#include "lwkt_compat.h"
#include "port_thread_pvt.h"

static inline bool
owner_is_here(const struct lwkt_port *port)
{
	return port_cpuid(port) == lwkt_self.se_cpuid;
}

/*
 * Putting
 */

int
thread_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	thread_put(port, msg, msg_flags(msg));
	return EASYNC;
}

static int
thread_putport_oncpu(lwkt_port_t port, lwkt_msg_t msg)
{
#if LWKT_INVARIANTS
	if (unlikely(!owner_is_here(port)))
		msg_illegal("mp_putport_oncpu", msg, port, "the port's owner on the calling CPU");
#endif
	return thread_putport(port, msg);
}

static void
thread_putport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int clear)
{
	unsigned int i, cpuid = port_cpuid(port);

	if (cpuid == lwkt_self.se_cpuid) {
		for (i = 0; i < n; i++)
			thread_put(port, msgs[i], msg_flags(msgs[i]) & ~clear);
		return;
	}
	for (i = 0; i < n; i++) {
		lwkt_msg_t msg = msgs[i];
		int flags = msg_flags(msg) & ~clear;

		MSG_REQUIRE((flags & MSGF_STATE) == 0, "mp_putport", msg, port,
		    "a prepared or active message");
		msg_leave(msg, flags, &port, NULL);
	}
	depart_burst(port, cpuid, msgs, n);
}

/*
 * Replying
 */

/* On the originator's CPU: the only place where a thread port's message becomes done (T32). */
static inline void
reply_here(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	if (flags & MSGF_SYNC) {
		msg_publish_done(msg, msg_reply_flags(flags));
		port_wake_owner(port, msg);
	} else if (likely(port->mp_flags == 0)) {
		port_link_reply(port, msg, flags);
	} else {
		thread_put_flagged(port, msg, flags | MSGF_REPLY);
	}
}

static void
thread_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	unsigned int cpuid = port_cpuid(port);
	int flags = msg_flags(msg);

	MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
	if (cpuid == lwkt_self.se_cpuid) {
		reply_here(port, msg, flags);
	} else {
		msg_leave(msg, flags | MSGF_REPLY, NULL, NULL);
		depart(port, cpuid, msg);
	}
}

#define REPLY_AHEAD 4 /* calls to be answered, whose callers' ports are sent for */

/*
 * Does the reply of *next leave with those before it, to cpuid? Calls of many threads come one behind
 * the other, each with a port of its own.
 */
static inline bool
reply_leaves_too(lwkt_msg_t *next, lwkt_msg_t *end, unsigned int cpuid)
{
	const struct lwkt_port *port = (*next)->ms_reply_port;

	if (end - next > REPLY_AHEAD)
		rte_prefetch0(next[REPLY_AHEAD]->ms_reply_port);
	return lwkt_self.se_cpu != NULL && port->mp_replyport == thread_replyport &&
	       port_cpuid(port) == cpuid;
}

/* Replies to this port; returns where those to another one begin. */
static inline lwkt_msg_t *
reply_run(lwkt_port_t port, lwkt_msg_t *next, lwkt_msg_t *end, bool here, int error)
{
	do {
		lwkt_msg_t msg = *next;
		int flags = msg_flags(msg);

		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
		if (unlikely(here)) {
			msg->ms_error = error;
			reply_here(port, msg, flags);
		} else {
			msg_leave(msg, flags | MSGF_REPLY, NULL, &error);
		}
	} while (++next < end && (*next)->ms_reply_port == port);
	return next;
}

static unsigned int
thread_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int error)
{
	lwkt_msg_t *next, *end = msgs + n;
	unsigned int cpuid = port_cpuid(port);
	bool here = cpuid == lwkt_self.se_cpuid;

	next = reply_run(port, msgs, end, here, error);
	while (next < end && reply_leaves_too(next, end, cpuid))
		next = reply_run((*next)->ms_reply_port, next, end, here, error);
	n = (unsigned int)(next - msgs);
	if (!here)
		depart_burst(port, cpuid, msgs, n);
	return n;
}

/*
 * Arriving: the owner's CPU has polled its transit.
 */

#define MSGF_CALL_BACK (MSGF_REPLY | MSGF_SYNC | MSGF_INTRANSIT) /* a call that comes back */

static inline void
arrive_sync(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_arrive(msg, flags, MSGF_REPLY, 0);
	port_wake_owner(port, msg);
}

static inline void
arrive(unsigned int from, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);
	lwkt_port_t port = destination(msg, flags);
	unsigned int cpuid;

	if (unlikely((flags & (MSGF_INTRANSIT | MSGF_QUEUED)) != MSGF_INTRANSIT)) {
		msg_sent_twice(msg, flags);
		return;
	}
	port_require("lwkt_poll", port);
	cpuid = port_cpuid(port);
	if (unlikely(cpuid != lwkt_self.se_cpuid))
		lwkt_transit_send(cpuid, (lwkt_item_t)msg); /* it moved: follow it */
	else if ((flags & MSGF_CALL_BACK) == MSGF_CALL_BACK)
		arrive_sync(port, msg, flags);
	else if (unlikely(port->mp_move != NULL))
		move_arrived(port, msg, from);
	else
		port_arrived(port, msg);
}

/* A run of calls that come back, at least one: each is for another thread, mostly. */
static __rte_noinline unsigned int
arrive_calls(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	unsigned int i = 0;

	do {
		lwkt_msg_t msg = (lwkt_msg_t)items[i];
		int flags = msg_flags(msg);
		lwkt_port_t port = msg->ms_reply_port;

		if (unlikely((flags & MSGF_CALL_BACK) != MSGF_CALL_BACK))
			break;
		if (n - i > ARRIVE_AHEAD &&
		    (items[i + ARRIVE_AHEAD] & LWKT_ITEM_KIND) == LWKT_ITEM_MSG)
			arrive_fetch(items[i + ARRIVE_AHEAD]);
		if (likely(owner_is_here(port)))
			arrive_sync(port, msg, flags);
		else
			arrive(from, msg);
	} while (++i < n && (items[i] & LWKT_ITEM_KIND) == LWKT_ITEM_MSG);
	return i;
}

/*
 * Link a run of plain messages for one port, at least one: one pass over lines that are new to
 * this CPU, while the port's own line is written once. Returns how many.
 */
static inline unsigned int
arrive_run(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	lwkt_msg_t msg = (lwkt_msg_t)items[0];
	int flags = msg_flags(msg), reply = flags & MSGF_REPLY;
	lwkt_port_t port = destination(msg, flags);
	struct lwkt_msg **link;
	unsigned int i = 0;

	port_require("lwkt_poll", port);
	if (unlikely(!msg_plain(flags, reply) || !owner_is_here(port) || port->mp_flags != 0)) {
		if ((flags & MSGF_CALL_BACK) == MSGF_CALL_BACK)
			return arrive_calls(from, items, n);
		arrive(from, msg);
		return 1;
	}
	link = port->mp_msgq.tqh_last; /* ours to read only now */
	do {
		msg->ms_node.tqe_prev = link;
		*link = msg;
		link = &msg->ms_node.tqe_next;
		msg_arrive(msg, flags, reply, MSGF_QUEUED);
		if (++i == n || (items[i] & LWKT_ITEM_KIND) != LWKT_ITEM_MSG)
			break;
		msg = (lwkt_msg_t)items[i];
		flags = msg_flags(msg);
	} while (msg_plain(flags, reply) && destination(msg, flags) == port);
	*link = NULL;
	port->mp_msgq.tqh_last = link;
	return i;
}

void
thread_put_flagged(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_set_flags(msg, flags);
	if (port->mp_flags & MSGPORTF_MOVED)
		move_arrived(port, msg, lwkt_self.se_cpuid);
	else
		port_arrived(port, msg);
}

static unsigned int
thread_deliver(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && (items[i] & LWKT_ITEM_KIND) == LWKT_ITEM_MSG;)
		i += arrive_run(from, items + i, n - i);
	return i;
}

/*
 * Making
 */

static const struct lwkt_port_burst thread_burst = {
    .bp_putport = thread_putport,
    .bp_putport_burst = thread_putport_burst,
    .bp_getport = thread_getport,
    .bp_getport_burst = thread_getport_burst,
    .bp_replyport = thread_replyport,
    .bp_replyport_burst = thread_replyport_burst,
};

void
lwkt_initport_thread(lwkt_port_t port, struct lwkt_thread *td)
{
	if (td == NULL || lwkt_thread_cpuid(td) == LWKT_CPU_NONE)
		lwkt_panic(
		    "lwkt_initport_thread: port %p: the owner must live on a CPU, %s does not; "
		    "use lwkt_initport_spin()",
		    (void *)port, td != NULL ? lwkt_thread_name(td) : "no thread");
	port_init_queues(port);
	port->mpu_td = td;
	port->mp_move = NULL;
	port->mp_cpuid = lwkt_thread_cpuid(td);
	port->mp_u.data = NULL;
	port->mp_burst = &thread_burst;
	port->mp_direct = LWKT_INVARIANTS ? NULL : thread_putport; /* there sends are checked */
	port->mp_getport = thread_getport;
	port->mp_putport = thread_putport;
	port->mp_putport_oncpu = thread_putport_oncpu;
	port->mp_waitmsg = thread_waitmsg;
	port->mp_waitport = thread_waitport;
	port->mp_replyport = thread_replyport;
	port->mp_dropmsg = thread_dropmsg;
	port->mp_protect = NULL;
}

static void
thread_init_embedded(struct lwkt_thread *td)
{
	if (lwkt_thread_cpuid(td) == LWKT_CPU_NONE)
		lwkt_initport_spin(&td->td_msgport, td, false);
	else
		lwkt_initport_thread(&td->td_msgport, td);
}

static const struct lwkt_upcalls msgport_upcalls = {
    .up_thread_init = thread_init_embedded,
    .up_deliver = thread_deliver,
    .up_thread_exit = thread_exit_embedded,
    .up_thread_moves = port_move_embedded,
};

/* Here, because a program that sends between CPUs has a thread port, and so this file. */
RTE_INIT(lwkt_msgport_register)
{
	lwkt_transit_register(&msgport_upcalls);
}

/*
 * THE OWNER
 */

/*
 * The port is empty: take the plain messages for it that stand first in transit as they arrive,
 * without linking them. Arrival and get in one, so each cache line is touched once.
 */

/* Take a message if it is one. reply: 0 or MSGF_REPLY, a constant. */
static inline bool
take_plain(lwkt_port_t port, lwkt_msg_t msg, int reply)
{
	int flags = msg_flags(msg);

	if (unlikely(!msg_plain(flags, reply)) || unlikely(destination(msg, reply) != port))
		return false;
	msg_arrive(msg, flags, reply, 0);
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

	port->mp_prio_run = 0; /* also if there is nothing, as with a get of one (P21) */
	if (items == NULL || unlikely(port->mp_move != NULL))
		return 0;
	most = RTE_MIN(n, ready);
	do {
		before = took;
		took = take_kind(port, items, took, most, ready, 0);
		took = take_kind(port, items, took, most, ready, MSGF_REPLY);
	} while (took < most && took > before);
	memcpy(msgs, items, took * sizeof(*msgs));
	*more = lwkt_transit_took(took, took < most, took == ready && took < n);
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

void *
thread_getport(lwkt_port_t port)
{
	lwkt_msg_t msg;

	require_owner("lwkt_getport", port);
	msg = port_pull(port);
	if (unlikely(msg == NULL && lwkt_self.se_left)) {
		lwkt_transit_link();
		msg = port_pull(port);
	}
	return msg;
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
	if (i > 1)
		lwkt_transit_pulled();
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

int
thread_dropmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	if (unlikely(!owner_is_caller(port))) /* in every build: it is no lock that guards this */
		thread_not_owner("lwkt_dropmsg", port);
	if (unlikely(lwkt_self.se_left))
		lwkt_transit_link();
	return port_drop(port, msg);
}
