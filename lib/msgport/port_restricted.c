/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RESTRICTED PORTS
 *
 * Ports without a queue: a function takes the put or the reply, or nothing is allowed at all. The
 * other vectors stop the program and name the misuse, in every build.
 */
#include "msgport_pvt.h"

__attribute__((noreturn, cold)) static void
illegal(const char *call, const struct lwkt_port *port, const struct lwkt_msg *msg)
{
	lwkt_panic("%s: illegal on port %p (message %p): this kind of port does not have it", call,
	    (const void *)port, (const void *)msg);
}

void *
illegal_getport(lwkt_port_t port)
{
	illegal("lwkt_getport", port, NULL);
}

int
illegal_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	illegal("mp_putport", port, msg);
}

int
illegal_putport_oncpu(lwkt_port_t port, lwkt_msg_t msg)
{
	illegal("mp_putport_oncpu", port, msg);
}

int
illegal_waitmsg(lwkt_msg_t msg, int flags)
{
	(void)flags;
	illegal("lwkt_waitmsg", msg->ms_reply_port, msg);
}

void *
illegal_waitport(lwkt_port_t port, int flags)
{
	(void)flags;
	illegal("lwkt_waitport", port, NULL);
}

void
illegal_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	illegal("lwkt_replymsg", port, msg);
}

int
illegal_dropmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	illegal("lwkt_dropmsg", port, msg);
}

void
lwkt_initport_panic(lwkt_port_t port)
{
	port_init_queues(port);
	port->mpu_td = NULL;
	port->mp_move = NULL;
	port->mp_cpuid = LWKT_CPU_NONE;
	port->mp_u.data = NULL;
	port->mp_burst = NULL;
	port->mp_direct = NULL;
	port->mp_getport = illegal_getport;
	port->mp_putport = illegal_putport;
	port->mp_putport_oncpu = illegal_putport_oncpu;
	port->mp_waitmsg = illegal_waitmsg;
	port->mp_waitport = illegal_waitport;
	port->mp_replyport = illegal_replyport;
	port->mp_dropmsg = illegal_dropmsg;
	port->mp_protect = NULL;
	port->mp_replyfn = NULL;
}

/* The message is its own event: who sent it looks with lwkt_checkmsg() (X45, X47). */
static void
null_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
	(void)port;
	msg_publish_done(msg, msg_reply_flags(msg_flags(msg)));
}

static unsigned int
null_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int error)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		lwkt_msg_t msg = msgs[i];

		if (msg->ms_reply_port != port)
			break;
		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
		msg_publish_result(msg, msg_reply_flags(msg_flags(msg)), error);
	}
	return i;
}

static const struct lwkt_port_burst null_burst = {
    .bp_replyport = null_replyport,
    .bp_replyport_burst = null_replyport_burst,
};

void
lwkt_initport_replyonly_null(lwkt_port_t port)
{
	lwkt_initport_panic(port);
	port->mp_burst = &null_burst;
	port->mp_replyport = null_replyport;
}

/* The function finishes the message as it likes, but a receipt is over (R63). */
static void
replyonly_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);

	if (unlikely(flags & MSGF_RECEIPT))
		msg_set_flags(msg, flags & ~MSGF_RECEIPT);
	port->mp_replyfn(port, msg);
}

void
lwkt_initport_replyonly(lwkt_port_t port, void (*rportfn)(lwkt_port_t, lwkt_msg_t))
{
	lwkt_initport_panic(port);
	port->mp_replyport = replyonly_replyport;
	port->mp_replyfn = rportfn;
}

void
lwkt_initport_putonly(lwkt_port_t port, int (*pportfn)(lwkt_port_t, lwkt_msg_t))
{
	lwkt_initport_panic(port);
	port->mp_putport = pportfn;
	port->mp_putport_oncpu = pportfn;
}
