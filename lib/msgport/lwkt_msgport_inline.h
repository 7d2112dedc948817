/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies of the small calls; included by lwkt_msgport.h (DragonFly: <sys/msgport2.h>).
 */
#ifndef LWKT_MSGPORT_INLINE_H
#define LWKT_MSGPORT_INLINE_H

#include <lwkt_msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a message ready to be sent: all flags are overwritten with DONE plus the caller's, the
 * reply port is set, and nothing else. A message that was never sent reads as done.
 *
 * @param msg         the header embedded in what is to travel.
 * @param reply_port  where it comes back.
 * @param flags       MSGF_DROPABLE, MSGF_PRIORITY, and the application's high 16 bits.
 * Context: the originator; not while the message is anywhere else.
 */
static inline void
lwkt_initmsg(lwkt_msg_t msg, lwkt_port_t reply_port, int flags)
{
	msg->ms_flags = MSGF_DONE | flags;
	msg->ms_reply_port = reply_port;
}

/** lwkt_initmsg() for a message that lwkt_abortmsg() may abort through abortfn. */
static inline void
lwkt_initmsg_abortable(
    lwkt_msg_t msg, lwkt_port_t reply_port, int flags, void (*abortfn)(lwkt_msg_t))
{
	lwkt_initmsg(msg, reply_port, flags | MSGF_ABORTABLE);
	msg->ms_abortfn = abortfn;
}

/**
 * Arm the receipt: receiptfn(msg, port) runs once, when msg is next linked on a port's queue, on
 * the CPU that links it, under the port's protection and before anybody is woken. It does not
 * block, use that port, reply or free. Context: the owner, before the send or forward.
 */
static inline void
lwkt_setmsg_receipt(lwkt_msg_t msg, void (*receiptfn)(lwkt_msg_t, lwkt_port_t))
{
	msg->ms_flags |= MSGF_RECEIPT;
	msg->ms_receiptfn = receiptfn;
}

/**
 * Put a message to a port through the port's vector: EASYNC, or the result if it ran inline. The
 * bare step inside of send and forward; it changes no flag itself.
 */
static inline int
lwkt_beginmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	return port->mp_putport(port, msg);
}

/**
 * Finish a message: store error and give it back through its reply port. The caller owns nothing
 * afterwards; once the originator can see DONE the message may be gone.
 *
 * @param msg    a message taken from a port, not yet replied or forwarded.
 * @param error  positive errno, 0 success.
 */
static inline void
lwkt_replymsg(lwkt_msg_t msg, int error)
{
	lwkt_port_t port = msg->ms_reply_port;

	msg->ms_error = error;
	port->mp_replyport(port, msg);
}

/** The next message on the port: priority ones first, FIFO; NULL if none. Never blocks. */
static inline void *
lwkt_getport(lwkt_port_t port)
{
	return port->mp_getport(port);
}

/**
 * Wait for a message on the port and take it.
 *
 * @param port   the caller's, or a shared one.
 * @param flags  0, or LWKT_PCATCH: then NULL means that the wait was interrupted.
 */
static inline void *
lwkt_waitport(lwkt_port_t port, int flags)
{
	return port->mp_waitport(port, flags);
}

/**
 * Wait until msg is done; if its reply was queued it is unlinked. Must not be DROPABLE.
 *
 * @return ms_error.
 */
static inline int
lwkt_waitmsg(lwkt_msg_t msg, int flags)
{
	return msg->ms_reply_port->mp_waitmsg(msg, flags);
}

/**
 * Is msg done? Non-zero if so, and then all the handler wrote is visible. Never blocks.
 * Ordering: acquires edge E3.
 */
static inline int
lwkt_checkmsg(lwkt_msg_t msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_ACQUIRE) & MSGF_DONE;
}

/**
 * Take back a DROPABLE message that nobody has begun to work on.
 *
 * @return 0: it was still queued; it is idle again and no reply comes. ENOENT: too late, or it
 *         was never sent; nothing has changed.
 * Context: the thread that owns the target port.
 */
int lwkt_dropmsg(lwkt_msg_t msg);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_MSGPORT_INLINE_H */
