/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * THREAD PORTS
 *
 * The normal kind: one owner, and everything about the queue happens on the owner's CPU, so that
 * no lock and no atomic operation is needed. A put or reply from elsewhere marks the message
 * INTRANSIT and gives it to transit; thread_deliver() runs on the owner's CPU and links it there.
 */
#include <errno.h>

#include <rte_common.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "msgport_pvt.h"

static inline bool
owner_is_here(const struct lwkt_port *port)
{
	return port_cpuid(port) == lwkt_self.se_cpuid;
}

/* Only the owner takes messages off (T34). */
static inline void
require_owner(const char *call, const struct lwkt_port *port)
{
#if LWKT_INVARIANTS
	if (unlikely(__atomic_load_n(&port->mp_td, __ATOMIC_RELAXED) != lwkt_self.se_td))
		lwkt_panic("%s: port %p belongs to thread %s, and only that may call it, not %s",
		    call, (const void *)port, lwkt_thread_name(port->mp_td),
		    lwkt_self.se_td != NULL ? lwkt_thread_name(lwkt_self.se_td)
		                            : "a foreign thread");
#endif
	(void)call;
	(void)port;
}

/*
 * Putting
 */

/* Give a message to transit, on its way to a port of another CPU. */
static inline void
depart(const struct lwkt_port *port, lwkt_msg_t msg)
{
	if (likely(lwkt_self.se_cpu != NULL))
		lwkt_transit_send(port_cpuid(port), (lwkt_item_t)msg);
	else
		move_depart_foreign(port, msg);
}

static inline void
depart_burst(const struct lwkt_port *port, lwkt_msg_t *msgs, unsigned int n)
{
	if (likely(lwkt_self.se_cpu != NULL)) {
		lwkt_transit_send_burst(
		    port_cpuid(port), (const lwkt_item_t *)(const void *)msgs, n);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		move_depart_foreign(port, msgs[i]);
}

static inline void
put_here(lwkt_port_t port, lwkt_msg_t msg)
{
	msg_set_target(msg, port);
	if (unlikely(port->mp_move != NULL))
		move_arrived(port, msg, lwkt_self.se_cpuid);
	else
		port_link(port, msg);
}

/* Outbound: INTRANSIT before the target (E11). */
static inline void
put_outbound(lwkt_port_t port, lwkt_msg_t msg)
{
	msg_set_flags(msg, msg_flags(msg) | MSGF_INTRANSIT);
	msg_set_target(msg, port);
}

static int
thread_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	MSG_REQUIRE((msg_flags(msg) & MSGF_STATE) == 0, "mp_putport", msg, port,
	    "a prepared or active message");
	if (owner_is_here(port)) {
		put_here(port, msg);
	} else {
		put_outbound(port, msg);
		depart(port, msg);
	}
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
thread_putport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i;

	if (owner_is_here(port)) {
		for (i = 0; i < n; i++)
			thread_putport(port, msgs[i]);
		return;
	}
	for (i = 0; i < n; i++) {
		MSG_REQUIRE((msg_flags(msgs[i]) & MSGF_STATE) == 0, "mp_putport", msgs[i], port,
		    "a prepared or active message");
		put_outbound(port, msgs[i]);
	}
	depart_burst(port, msgs, n);
}

/*
 * Replying
 */

/* On the originator's CPU: the only place where a thread port's message becomes done (T32). */
static inline void
reply_here(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);

	if (flags & MSGF_SYNC)
		msg_publish_done(msg, msg_reply_flags(flags));
	else if (unlikely(port->mp_move != NULL))
		move_arrived(port, msg, lwkt_self.se_cpuid);
	else
		port_link_reply(port, msg);
}

static void
thread_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
	if (owner_is_here(port)) {
		msg_set_flags(msg, msg_flags(msg) | MSGF_REPLY);
		reply_here(port, msg);
	} else {
		msg_set_flags(msg, msg_flags(msg) | MSGF_REPLY | MSGF_INTRANSIT);
		depart(port, msg);
	}
}

static void
thread_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i;

	if (owner_is_here(port)) {
		for (i = 0; i < n; i++)
			thread_replyport(port, msgs[i]);
		return;
	}
	for (i = 0; i < n; i++) {
		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msgs[i], port);
		msg_set_flags(msgs[i], msg_flags(msgs[i]) | MSGF_REPLY | MSGF_INTRANSIT);
	}
	depart_burst(port, msgs, n);
}

/*
 * Arriving: the owner's CPU has polled its transit.
 */

void
port_arrived(lwkt_port_t port, lwkt_msg_t msg)
{
	if (msg_flags(msg) & MSGF_REPLY)
		port_link_reply(port, msg);
	else
		port_link(port, msg);
}

static inline void
arrive(unsigned int from, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);
	lwkt_port_t port = flags & MSGF_REPLY ? msg->ms_reply_port : msg->ms_target_port;

	if (unlikely(!owner_is_here(port)))
		lwkt_transit_send(port_cpuid(port), (lwkt_item_t)msg); /* it moved: follow it */
	else if ((flags & (MSGF_REPLY | MSGF_SYNC)) == (MSGF_REPLY | MSGF_SYNC))
		msg_publish_done(msg, msg_reply_flags(flags));
	else if (unlikely(port->mp_move != NULL))
		move_arrived(port, msg, from);
	else
		port_arrived(port, msg);
}

static unsigned int
thread_deliver(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__builtin_prefetch((const void *)items[i], 1);
	for (i = 0; i < n && (items[i] & LWKT_ITEM_KIND) == LWKT_ITEM_MSG; i++)
		arrive(from, (lwkt_msg_t)items[i]);
	return i;
}

/*
 * Taking and waiting: the owner.
 */

static void *
thread_getport(lwkt_port_t port)
{
	require_owner("lwkt_getport", port);
	return port_pull(port);
}

static unsigned int
thread_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i;

	require_owner("lwkt_getport_burst", port);
	for (i = 0; i < n; i++) {
		msgs[i] = port_pull(port);
		if (msgs[i] == NULL)
			break;
	}
	return i;
}

static void
serve_transit(void)
{
	if (lwkt_poll() == 0)
		rte_pause();
}

static void *
thread_waitport(lwkt_port_t port, int flags)
{
	lwkt_msg_t msg;

	require_owner("lwkt_waitport", port);
	while ((msg = port_pull(port)) == NULL) {
		if ((flags & LWKT_PCATCH) && lwkt_interrupted())
			return NULL;
		serve_transit();
	}
	return msg;
}

static int
thread_waitmsg(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;
	bool catch = flags & LWKT_PCATCH;

	require_owner("lwkt_waitmsg", port);
	MSG_REQUIRE(!(msg_flags(msg) & MSGF_DROPABLE), "lwkt_waitmsg", msg, port,
	    "a message that is not DROPABLE");
	while (!lwkt_checkmsg(msg)) {
		if (catch && lwkt_interrupted()) { /* once (B53) */
			catch = false;
			lwkt_abortmsg(msg);
		} else {
			serve_transit();
		}
	}
	if (msg_flags(msg) & MSGF_QUEUED)
		port_unlink(port, msg);
	return msg->ms_error;
}

static int
thread_dropmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	require_owner("lwkt_dropmsg", port);
	return port_drop(port, msg);
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
	port->mp_td = td;
	port->mp_move = NULL;
	port->mp_cpuid = lwkt_thread_cpuid(td);
	port->mp_u.data = NULL;
	port->mp_burst = &thread_burst;
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
thread_init_embedded(struct lwkt_thread *td, void *mem)
{
	if (lwkt_thread_cpuid(td) == LWKT_CPU_NONE)
		lwkt_initport_spin(mem, td, false);
	else
		lwkt_initport_thread(mem, td);
}

static const struct lwkt_upcalls msgport_upcalls = {
    .up_thread_init = thread_init_embedded,
    .up_deliver = thread_deliver,
};

/* Here, because a program that sends between CPUs has a thread port, and so this file. */
RTE_INIT(lwkt_msgport_register)
{
	lwkt_transit_register(&msgport_upcalls);
}
