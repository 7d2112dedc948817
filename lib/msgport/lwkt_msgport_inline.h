/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies of the small calls; included by lwkt_msgport.h (DragonFly: <sys/msgport2.h>).
 */
#ifndef LWKT_MSGPORT_INLINE_H
#define LWKT_MSGPORT_INLINE_H

#include <lwkt_gather.h>
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
 * Context: the originator, not while the message is anywhere else; does not block. Ordering: none.
 * Source: lwkt_initmsg(), sys/msgport2.h.
 */
static inline void
lwkt_initmsg(lwkt_msg_t msg, lwkt_port_t reply_port, int flags)
{
	msg->ms_flags = MSGF_DONE | flags;
	msg->ms_reply_port = reply_port;
}

/**
 * lwkt_initmsg() for a message that lwkt_abortmsg() may abort.
 *
 * @param msg         the header embedded in what is to travel.
 * @param reply_port  where it comes back.
 * @param flags       as for lwkt_initmsg(); ABORTABLE is added.
 * @param abortfn     runs in the thread that aborts; may block, may do nothing.
 * Context: as lwkt_initmsg(). Ordering: none. Source: lwkt_initmsg_abortable(), sys/msgport2.h.
 */
static inline void
lwkt_initmsg_abortable(
    lwkt_msg_t msg, lwkt_port_t reply_port, int flags, void (*abortfn)(lwkt_msg_t))
{
	lwkt_initmsg(msg, reply_port, flags | MSGF_ABORTABLE);
	msg->ms_abortfn = abortfn;
}

/**
 * Arm the receipt: receiptfn(msg, port) runs once, when msg is next linked on a port's queue. If
 * the put runs inline instead, the reply disarms it unfired (contract R63).
 *
 * @param msg        the caller's, before the send or forward.
 * @param receiptfn  runs on the CPU that links, under the port's protection and before anybody is
 *                   woken. It does not block, use that port, reply or free.
 * Context: the message's owner, does not block. Ordering: none; it travels with the message.
 * Source: lwkt_setmsg_receipt(), sys/msgport2.h.
 */
static inline void
lwkt_setmsg_receipt(lwkt_msg_t msg, void (*receiptfn)(lwkt_msg_t, lwkt_port_t))
{
	msg->ms_flags |= MSGF_RECEIPT;
	msg->ms_receiptfn = receiptfn;
}

/**
 * lwkt_sendmsg() where it has more to do than to gather; call that.
 *
 * @param port  as given there.
 * @param msg   as given there.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: ours.
 */
void lwkt_sendmsg_any(lwkt_port_t port, lwkt_msg_t msg);

/**
 * Send msg to port; it comes back on its reply port. If the put ran inline, the message is
 * replied right here with the put's value.
 *
 * @param port  where to.
 * @param msg   needs a reply port, DONE set, QUEUED clear; loses REPLY, SYNC and DONE.
 * Context: any thread that may put to the port (a serializer port: its holder); does not block.
 * From a CPU the message is gathered; see lwkt_poll().
 * Ordering: releases E1 to a thread port on another CPU (E2 and E12 from a pthread), E5 at a spin
 * port, E8 at a serializer port when its holder lets go; E11 for an abort.
 * Source: lwkt_sendmsg(), kern/lwkt_msgport.c; there an IPI for each message.
 */
static inline void
lwkt_sendmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	if (__builtin_expect(port->mp_putport == port->mp_direct, 1)) {
		unsigned int cpuid = __atomic_load_n(&port->mp_cpuid, __ATOMIC_ACQUIRE); /* E10 */
		struct lwkt_gather *ga = lwkt_self.se_gather[cpuid];

		if (__builtin_expect(ga != NULL, 1)) { /* to a thread port on another CPU */
			int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);

			flags &= ~(MSGF_REPLY | MSGF_SYNC | MSGF_DONE);
			__atomic_store_n(&msg->ms_flags, flags | MSGF_INTRANSIT, __ATOMIC_RELAXED);
			__atomic_store_n(&msg->ms_target_port, port, __ATOMIC_RELEASE); /* E11 */
			lwkt_gather_item(ga, cpuid, (lwkt_item_t)msg);
			return;
		}
	}
	lwkt_sendmsg_any(port, msg);
}

/**
 * Put a message to a port through the port's vector: the bare step inside of send and forward. A
 * message with SYNC set by hand, DONE and REPLY clear, is a call as lwkt_domsg() makes it; its
 * sender waits with lwkt_waitmsg(). Then, and only then, a flag changes: a pthread sets WAITING.
 *
 * @param port  where to.
 * @param msg   prepared or active.
 * @return EASYNC: accepted; any other value: it ran inline, and this is its result.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: lwkt_beginmsg(), sys/msgport2.h.
 */
static inline int
lwkt_beginmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);

	if (__builtin_expect((flags & MSGF_SYNC) != 0, 0) && lwkt_self.se_cpu == NULL)
		__atomic_store_n(&msg->ms_flags, flags | MSGF_WAITING, __ATOMIC_RELAXED);
	return port->mp_putport(port, msg);
}

/**
 * Finish a message: store error and give it back through its reply port. The caller owns nothing
 * afterwards; once the originator can see DONE the message may be gone.
 *
 * @param msg    a message taken from a port, not yet replied or forwarded.
 * @param error  positive errno, 0 success.
 * Context: the thread that works on msg (a serializer port as reply port: its holder); does not
 * block, but for what a reply-only port's function does.
 * Ordering: releases E3 with DONE; before that, E1 to a thread port's CPU (E2 and E12 from a
 * pthread), E5 at a spin port.
 * Source: lwkt_replymsg(), sys/msgport2.h.
 */
static inline void
lwkt_replymsg(lwkt_msg_t msg, int error)
{
	lwkt_port_t port = msg->ms_reply_port;

	msg->ms_error = error;
	port->mp_replyport(port, msg);
}

/**
 * Take the next message off a port: priority ones first, each kind in its order.
 *
 * @param port  the caller's, or a shared one.
 * @return a struct lwkt_msg, to be replied or forwarded if REPLY is clear; NULL if there is none.
 * Context: a thread port: its owner; a spin port: any thread; a serializer port: its holder. Does
 * not block.
 * Ordering: none at a thread port (lwkt_poll() has acquired E1), acquires E5 at a spin port.
 * Source: lwkt_getport(), sys/msgport2.h.
 */
static inline void *
lwkt_getport(lwkt_port_t port)
{
	return port->mp_getport(port);
}

/**
 * Wait for a message on the port and take it.
 *
 * @param port   the caller's, or a shared one.
 * @param flags  0, or LWKT_PCATCH.
 * @return a struct lwkt_msg; NULL, with LWKT_PCATCH only: lwkt_interrupt() ended the wait.
 * Context: as lwkt_getport(), but not inside a stage handler or a transit callback; blocks. A CPU
 * serves its transit meanwhile, a pthread sleeps.
 * Ordering: acquires E1 and E2 at a thread port, E5 at a spin port, E8 at a serializer port; E9 if
 * it was interrupted.
 * Source: lwkt_waitport(), sys/msgport2.h.
 */
static inline void *
lwkt_waitport(lwkt_port_t port, int flags)
{
	return port->mp_waitport(port, flags);
}

/**
 * Wait until msg is done; if its reply was queued it is unlinked.
 *
 * @param msg    sent by the caller; not DROPABLE.
 * @param flags  0, or LWKT_PCATCH: an interrupt aborts msg once, then the wait goes on.
 * @return ms_error.
 * Context: any thread that may wait at the reply port (a thread port: its owner; a serializer port:
 * its holder, unless msg is SYNC), not inside a stage handler or a transit callback; blocks. A CPU
 * serves its transit meanwhile, a pthread sleeps.
 * Ordering: acquires E3; E5 at a spin port, E8 at a serializer port; E9 if it was interrupted.
 * Source: lwkt_waitmsg(), sys/msgport2.h; an interrupt leaves ms_error to the replier.
 */
static inline int
lwkt_waitmsg(lwkt_msg_t msg, int flags)
{
	return msg->ms_reply_port->mp_waitmsg(msg, flags);
}

/**
 * Is msg done?
 *
 * @param msg  sent by the caller, or never sent.
 * @return non-zero if so, and then all the handler wrote is visible.
 * Context: any thread, does not block. Ordering: acquires E3.
 * Source: lwkt_checkmsg(), sys/msgport2.h; with acquire.
 */
static inline int
lwkt_checkmsg(lwkt_msg_t msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_ACQUIRE) & MSGF_DONE;
}

/**
 * Take back a DROPABLE message that nobody has begun to work on.
 *
 * @param msg  DROPABLE; sent or not.
 * @return 0: it was still queued; it is idle again and no reply comes. ENOENT: too late, or it
 *         was never sent; nothing has changed.
 * Context: the thread that owns the target port; ports without an owner stop the program. Does not
 * block.
 * Ordering: acquires E11, releases E3 if dropped; E5 at a spin port.
 * Source: lwkt_dropmsg(), sys/msgport2.h.
 */
int lwkt_dropmsg(lwkt_msg_t msg);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_MSGPORT_INLINE_H */
