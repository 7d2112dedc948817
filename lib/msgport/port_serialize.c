/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SERIALIZER PORTS
 *
 * For a device or subsystem that runs under a serializer anyway: the serializer guards the port
 * too, so no second lock is taken. Whoever gets, puts or replies holds it; a wait lets go of it.
 */
#include "lwkt_serialize.h"
#include "msgport_pvt.h"

static inline void
require_held(const char *call, const struct lwkt_port *port)
{
#if LWKT_INVARIANTS
	if (unlikely(!lwkt_serialize_held(port->mpu_serialize)))
		lwkt_panic("%s: port %p: the calling thread does not hold its serializer %p", call,
		    (const void *)port, (const void *)port->mpu_serialize);
#endif
	(void)call;
	(void)port;
}

static int
serialize_protect(lwkt_port_t port, int how)
{
	switch (how) {
	case PORT_TAKE:
		lwkt_serialize_enter(port->mpu_serialize);
		return 1;
	case PORT_TRY:
		return lwkt_serialize_try(port->mpu_serialize);
	default:
		lwkt_serialize_exit(port->mpu_serialize);
		return 0;
	}
}

static void *
serialize_getport(lwkt_port_t port)
{
	require_held("lwkt_getport", port);
	return port_pull(port);
}

static void
wake(lwkt_port_t port)
{
	if (unlikely(port_count_wakeup(port)))
		lwkt_futex_wake(&port->mp_wakes);
}

static int
serialize_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	require_held("mp_putport", port);
	MSG_REQUIRE((msg_flags(msg) & MSGF_STATE) == 0, "mp_putport", msg, port,
	    "a prepared or active message");
	msg_set_target(msg, port);
	port_link(port, msg, msg_flags(msg));
	wake(port);
	return EASYNC;
}

static void
serialize_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	require_held("lwkt_replymsg", port);
	MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
	if (msg_flags(msg) & MSGF_SYNC) {
		port_reply_sync(msg);
		return;
	}
	port_link_reply(port, msg, msg_flags(msg));
	wake(port);
}

static void *
serialize_waitport(lwkt_port_t port, int flags)
{
	require_held("lwkt_waitport", port);
	return port_waitport(port, flags);
}

/*
 * A SYNC message is not on the port, so the serializer need not be held; if it is, it is given up
 * meanwhile, because the replier needs it.
 */
static int
serialize_waitmsg(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;
	bool held = lwkt_serialize_held(port->mpu_serialize);

	MSG_REQUIRE(!(msg_flags(msg) & MSGF_DROPABLE), "lwkt_waitmsg", msg, port,
	    "a message that is not DROPABLE");
	if (!(msg_flags(msg) & MSGF_SYNC)) {
		require_held("lwkt_waitmsg", port);
		port_wait_queued(msg, flags);
		return port_waited(msg, flags);
	}
	if (held)
		lwkt_serialize_exit(port->mpu_serialize);
	port_wait_sync(msg, flags);
	if (held)
		lwkt_serialize_enter(port->mpu_serialize);
	return port_waited(msg, flags);
}

void
lwkt_initport_serialize(lwkt_port_t port, struct lwkt_serialize *s)
{
	lwkt_initport_panic(port);
	port->mpu_serialize = s;
	port->mp_getport = serialize_getport;
	port->mp_putport = serialize_putport;
	port->mp_waitmsg = serialize_waitmsg;
	port->mp_waitport = serialize_waitport;
	port->mp_replyport = serialize_replyport;
	port->mp_protect = serialize_protect;
}
