/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls that are the same for every backend: they check and set the message's flags, and go
 * through the port's vectors.
 */
#include <assert.h>
#include <errno.h>

#include "port_thread_pvt.h"

static_assert(sizeof(struct lwkt_msg) == 64, "a message is one cache line");
static_assert(offsetof(struct lwkt_thread, td_msgport) == 0, "a public field, and the first");
static_assert(offsetof(struct lwkt_msg, ms_node) == 0, "transit links through the first word");

/*
 * Sending
 */

static inline void
require_sendable(const char *call, lwkt_port_t port, lwkt_msg_t msg)
{
	MSG_REQUIRE(
	    msg->ms_reply_port != NULL && (msg_flags(msg) & (MSGF_DONE | MSGF_QUEUED)) == MSGF_DONE,
	    call, msg, port, "a reply port, DONE set and QUEUED clear");
	if (port != NULL)
		port_require(call, port);
	(void)call;
	(void)port;
	(void)msg;
}

static inline int
prepared(const struct lwkt_msg *msg)
{
	return msg_flags(msg) & ~(MSGF_REPLY | MSGF_SYNC | MSGF_DONE);
}

static inline void
prepare(lwkt_msg_t msg)
{
	msg_set_flags(msg, prepared(msg));
}

void
lwkt_sendmsg_prepare(lwkt_port_t port, lwkt_msg_t msg)
{
	require_sendable("lwkt_sendmsg_prepare", port, msg);
	prepare(msg);
}

/* The put ran inline: the message was on no queue, so a receipt does not fire (R63). */
static void
reply_inline(lwkt_msg_t msg, int error)
{
	msg_set_flags(msg, msg_flags(msg) & ~MSGF_RECEIPT);
	lwkt_replymsg(msg, error);
}

void
lwkt_sendmsg_start(lwkt_port_t port, lwkt_msg_t msg)
{
	int error;

	MSG_REQUIRE((msg_flags(msg) & MSGF_STATE) == 0, "lwkt_sendmsg_start", msg, port,
	    "a prepared message");
	error = port->mp_putport(port, msg);
	if (error != EASYNC)
		reply_inline(msg, error);
}

void
lwkt_sendmsg_start_oncpu(lwkt_port_t port, lwkt_msg_t msg)
{
	int error;

	MSG_REQUIRE((msg_flags(msg) & MSGF_STATE) == 0, "lwkt_sendmsg_start_oncpu", msg, port,
	    "a prepared message");
	error = port->mp_putport_oncpu(port, msg);
	if (error != EASYNC)
		reply_inline(msg, error);
}

/* A thread port's put never runs inline and needs no reply, so it can do the flags too. */
void
lwkt_sendmsg_any(lwkt_port_t port, lwkt_msg_t msg)
{
	require_sendable("lwkt_sendmsg", port, msg);
	if (likely(port->mp_putport == thread_putport)) {
		thread_put(port, msg, prepared(msg));
		return;
	}
	prepare(msg);
	lwkt_sendmsg_start(port, msg);
}

void
lwkt_sendmsg_oncpu(lwkt_port_t port, lwkt_msg_t msg)
{
	require_sendable("lwkt_sendmsg_oncpu", port, msg);
	prepare(msg);
	lwkt_sendmsg_start_oncpu(port, msg);
}

/*
 * A SYNC message is queued on a port that only the calling thread takes from, and that is about to
 * wait for it (P101).
 */
static __rte_cold void
require_served(const struct lwkt_msg *msg)
{
	const struct lwkt_port *port = msg_target(msg);

	if (port == NULL || port->mp_protect != NULL ||
	    __atomic_load_n(&port->mpu_td, __ATOMIC_RELAXED) != lwkt_self.se_td)
		return;
	lwkt_panic("lwkt_domsg: message %p, state %s, is queued on port %p, which the calling "
	           "thread %s serves itself: it would wait for ever; use lwkt_sendmsg() and serve "
	           "the port",
	    (const void *)msg, msg_state_name(msg_flags(msg)), (const void *)port,
	    lwkt_thread_name(port->mpu_td));
}

/*
 * WAITING is set here, while the message is still ours, and not when the caller goes to sleep:
 * later it would be a second writer of ms_flags.
 */
static inline int
domsg_flags(const struct lwkt_msg *msg)
{
	/* SYNC; WAITING, if the caller has to be woken */
	return (msg_flags(msg) & ~(MSGF_REPLY | MSGF_DONE)) | lwkt_self.se_waits;
}

/* To a thread port. If that is on another CPU the message only has to be gathered. */
static __rte_noinline int
domsg_thread(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	unsigned int cpuid = port_cpuid(port);
	struct lwkt_gather *ga = lwkt_self.se_gather[cpuid];

	if (likely(ga != NULL)) {
		lwkt_msg_leave(msg, domsg_flags(msg), port);
		lwkt_gather_item(ga, cpuid, (lwkt_item_t)msg);
	} else {
		thread_put(port, msg, domsg_flags(msg));
		if (unlikely(msg_flags(msg) & MSGF_QUEUED))
			require_served(msg);
	}
	return msg->ms_reply_port->mp_waitmsg(msg, flags);
}

int
lwkt_domsg(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	int error;

#if LWKT_INVARIANTS
	lwkt_may_wait("lwkt_domsg"); /* else where it waits, as this may run inline */
#endif
	require_sendable("lwkt_domsg", port, msg);
	if (port->mp_putport == port->mp_direct)
		return domsg_thread(port, msg, flags);
	msg_set_flags(msg, domsg_flags(msg));
	error = port->mp_putport(port, msg);
	if (error == EASYNC) {
		if (unlikely(msg_flags(msg) & MSGF_QUEUED))
			require_served(msg);
		return msg->ms_reply_port->mp_waitmsg(msg, flags);
	}
	msg->ms_error = error;
	msg_publish_done(msg, msg_reply_flags(msg_flags(msg)));
	return error;
}

int
lwkt_forwardmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	int error;

	MSG_REQUIRE_ACTIVE("lwkt_forwardmsg", msg, port);
	port_require("lwkt_forwardmsg", port);
	error = port->mp_putport(port, msg);
	if (error != EASYNC)
		reply_inline(msg, error);
	return error;
}

int
lwkt_dropmsg(lwkt_msg_t msg)
{
	lwkt_port_t port = msg_target(msg);

	MSG_REQUIRE(msg_flags(msg) & MSGF_DROPABLE, "lwkt_dropmsg", msg, port, "DROPABLE");
	if (port == NULL)
		return ENOENT;
	return port->mp_dropmsg(port, msg);
}

/*
 * Bursts
 */

/* Clear these flags of the messages, then put each as lwkt_forwardmsg() would. */
static inline void
put_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int clear)
{
	const struct lwkt_port_burst *burst = port->mp_burst;
	unsigned int i;
	int error;

	if (likely(burst != NULL && burst->bp_putport == port->mp_putport)) {
		burst->bp_putport_burst(port, msgs, n, clear);
		return;
	}
	for (i = 0; i < n; i++) {
		msg_set_flags(msgs[i], msg_flags(msgs[i]) & ~clear);
		error = port->mp_putport(port, msgs[i]);
		if (error != EASYNC)
			reply_inline(msgs[i], error);
	}
}

void
lwkt_sendmsg_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
#if LWKT_INVARIANTS
	for (unsigned int i = 0; i < n; i++)
		require_sendable("lwkt_sendmsg_burst", port, msgs[i]);
#endif
	put_burst(port, msgs, n, MSGF_REPLY | MSGF_SYNC | MSGF_DONE);
}

void
lwkt_forwardmsg_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
#if LWKT_INVARIANTS
	for (unsigned int i = 0; i < n; i++)
		MSG_REQUIRE_ACTIVE("lwkt_forwardmsg_burst", msgs[i], port);
#endif
	put_burst(port, msgs, n, 0);
}

unsigned int
lwkt_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	const struct lwkt_port_burst *burst = port->mp_burst;
	unsigned int i;

	if (likely(burst != NULL && burst->bp_getport == port->mp_getport))
		return burst->bp_getport_burst(port, msgs, n);
	for (i = 0; i < n; i++) {
		msgs[i] = port->mp_getport(port);
		if (msgs[i] == NULL)
			break;
	}
	return i;
}

void
lwkt_replymsg_burst(lwkt_msg_t *msgs, unsigned int n, int error)
{
	unsigned int i = 0;

	while (i < n) {
		lwkt_port_t port = msgs[i]->ms_reply_port;
		const struct lwkt_port_burst *burst = port->mp_burst;

		if (likely(burst != NULL && burst->bp_replyport == port->mp_replyport))
			i += burst->bp_replyport_burst(port, msgs + i, n - i, error);
		else
			lwkt_replymsg(msgs[i++], error);
	}
}
