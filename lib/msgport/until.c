/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waits that end at a time, and messages that are sent at one (contract L114, L115).
 *
 * A timed wait is an ordinary one with LWKT_PUNTIL: the time is with the thread, so that vectors
 * keep their form. An LWKT thread is woken by a callout, a pthread by the kernel, and a CPU's own
 * context looks at the clock.
 */
#include <errno.h>

#include "lwkt_callout.h"
#include "lwkt_thread.h"
#include "msgport_pvt.h"

int
lwkt_waitmsg_until(lwkt_msg_t msg, int flags, uint64_t tsc)
{
	int error;

	lwkt_wait_until("lwkt_waitmsg_until", RTE_MAX(tsc, UINT64_C(1)));
	error = lwkt_waitmsg(msg, flags | LWKT_PUNTIL);
	lwkt_wait_until("lwkt_waitmsg_until", 0);
	return error;
}

void *
lwkt_waitport_until(lwkt_port_t port, int flags, uint64_t tsc)
{
	lwkt_msg_t msg;

	lwkt_wait_until("lwkt_waitport_until", RTE_MAX(tsc, UINT64_C(1)));
	msg = lwkt_waitport(port, flags | LWKT_PUNTIL);
	lwkt_wait_until("lwkt_waitport_until", 0);
	return msg;
}

/* The message is the target's until it is replied, so a call that is late can only ask (B53). */
int
lwkt_domsg_until(lwkt_port_t port, lwkt_msg_t msg, int flags, uint64_t tsc)
{
	int error;

	lwkt_wait_until("lwkt_domsg_until", RTE_MAX(tsc, UINT64_C(1)));
	error = lwkt_domsg(port, msg, flags | LWKT_PUNTIL);
	lwkt_wait_until("lwkt_domsg_until", 0);
	if (lwkt_checkmsg(msg))
		return error;
	lwkt_abortmsg(msg);
	return lwkt_waitmsg(msg, 0);
}

static void
send_late(void *arg)
{
	const struct lwkt_callout *co = arg;

	if (lwkt_checkmsg(co->co_msg))
		lwkt_sendmsg(co->co_port, co->co_msg);
}

void
lwkt_callout_reset_msg(
    struct lwkt_callout *co, uint64_t after_ns, struct lwkt_port *port, struct lwkt_msg *msg)
{
	if (!(msg_flags(msg) & MSGF_DROPABLE))
		msg_illegal("lwkt_callout_reset_msg", msg, port, "a message that is DROPABLE");
	lwkt_callout_reset(co, after_ns, send_late, co);
	co->co_port = port;
	co->co_msg = msg;
}
