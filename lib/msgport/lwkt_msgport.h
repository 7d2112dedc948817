/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LWKT messages and message ports, after DragonFly BSD's <sys/msgport.h>.
 *
 * A message is a header embedded in whatever is to travel: a request, a packet. A port is where
 * messages queue for the thread that owns it. The originator sends a message to a port and names
 * the reply port where it wants the message back; the handler works on it and replies; the
 * originator gets the very same message again, with the result in it.
 *
 *      originator                    target port                   handler
 *      lwkt_initmsg
 *      lwkt_sendmsg ───────────────▶ queue ───── lwkt_getport ──▶ works on the message
 *      lwkt_getport ◀── reply port ◀──────────────────────────── lwkt_replymsg
 *
 * OWNERSHIP. A message has one owner at a time and only the owner writes its fields: the
 * originator while the message is unsent or returned, transit while it is between CPUs, the
 * target while it is queued there or being worked on. From the moment lwkt_sendmsg() returns the
 * originator reads nothing of it but lwkt_checkmsg(), until that says done. From the moment
 * lwkt_replymsg() or lwkt_forwardmsg() is called the caller owns nothing.
 *
 * STATES. Owner and flags of a message as it goes (D DONE, R REPLY, Q QUEUED, I INTRANSIT):
 *
 *      idle      D       originator           lwkt_initmsg(), or dropped
 *      prepared  -       originator           lwkt_sendmsg_prepare()
 *      outbound  I       transit              put to a port on another CPU
 *      pending   Q       target port          queued there
 *      active    -       handler              taken from the queue
 *      inbound   R I     transit              replied, on its way to another CPU
 *      replied   D R Q   reply port           queued there as a reply
 *      returned  D R     originator           taken from the reply port, or SYNC and done
 *
 * Legal edges: idle, returned -> prepared; prepared -> outbound, pending, active (ran inline);
 * outbound -> outbound (the owner moved), pending; pending -> active, idle (dropped);
 * active -> outbound, pending (forwarded), inbound, replied, returned; inbound -> inbound,
 * replied, returned; replied -> returned. A build with -Dinvariants=true checks each step and
 * stops the program at any other, with one line that names function, message, state and port.
 *
 * ORDER OF THIS PAGE: ports, messages, sending, receiving, finishing, waiting for a reply, taking a
 * message back, bursts. Small calls have their body here (DragonFly: <sys/msgport2.h>).
 *
 * ERRORS in messages are positive errno values, 0 is success.
 *
 * WHO may call: any CPU and any thread, unless a backend says otherwise (see the lwkt_initport_
 * functions). Nothing here blocks but lwkt_domsg(), lwkt_waitmsg() and lwkt_waitport().
 */
#ifndef LWKT_MSGPORT_H
#define LWKT_MSGPORT_H

#include <stdbool.h>

#include <lwkt_cpu.h>
#include <lwkt_msgport_types.h>
#include <lwkt_thread.h>
#include <lwkt_transit.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Making ports
 * The port's memory is the caller's, 64-byte aligned. A port is ready when the call returns. To
 * make it known to other threads is up to the caller (send its address in a message, or make it
 * before they start).
 * @{ */

/**
 * A port with one owner: the fast one. Only td gets, waits and drops; anybody puts and replies.
 * A put by another CPU goes through transit and is linked on the owner's CPU, so that the queue
 * needs no lock.
 *
 * @param port  the memory for it.
 * @param td    lives on a CPU: an attached pthread stops the program (use a spin port).
 * Context: any thread, does not block. Ordering: none.
 * Source: lwkt_initport_thread(), kern/lwkt_msgport.c; the owner may change: lwkt_port_setowner().
 */
void lwkt_initport_thread(lwkt_port_t port, struct lwkt_thread *td);

/**
 * A port for many threads: a lock guards the queues. Any thread may get, put, reply and wait.
 *
 * @param port       the memory for it.
 * @param td         the only thread that may drop; NULL: drop is illegal.
 * @param fixed_cpu  true: the port belongs to the calling CPU and lwkt_sendmsg_oncpu() to it is
 *                   legal there; on a thread that is no CPU this stops the program.
 * Context: any thread, does not block. Ordering: none.
 * Source: lwkt_initport_spin(), kern/lwkt_msgport.c; a CPU that waits polls, a pthread sleeps.
 */
void lwkt_initport_spin(lwkt_port_t port, struct lwkt_thread *td, bool fixed_cpu);

/**
 * A port of a device or subsystem that is guarded by a serializer (lwkt_serialize.h): get, put,
 * reply and waitport need it held, and a wait releases it for as long as it sleeps. No drop.
 *
 * @param port  the memory for it.
 * @param s     outlives the port.
 * Context: any thread, the serializer need not be held; does not block. Ordering: none.
 * Source: lwkt_initport_serialize(), kern/lwkt_msgport.c.
 */
void lwkt_initport_serialize(lwkt_port_t port, struct lwkt_serialize *s);

/**
 * A port on which everything is illegal: every call stops the program.
 *
 * @param port  the memory for it.
 * Context: any thread, does not block. Ordering: none.
 * Source: lwkt_initport_panic(), kern/lwkt_msgport.c; the text names call, port and message.
 */
void lwkt_initport_panic(lwkt_port_t port);

/**
 * Only reply is legal; it marks the message DONE and REPLY, nobody is woken.
 *
 * @param port  the memory for it.
 * Context: any thread, does not block. Ordering: none; a reply there releases E3.
 * Source: lwkt_initport_replyonly_null(), kern/lwkt_msgport.c.
 */
void lwkt_initport_replyonly_null(lwkt_port_t port);

/**
 * Only reply is legal; it runs rportfn(port, msg), which owns the message from then on.
 *
 * @param port     the memory for it.
 * @param rportfn  runs in the thread that replies; DONE is its business.
 * Context: any thread, does not block. Ordering: none.
 * Source: lwkt_initport_replyonly(), kern/lwkt_msgport.c.
 */
void lwkt_initport_replyonly(lwkt_port_t port, void (*rportfn)(lwkt_port_t, lwkt_msg_t));

/**
 * Only put is legal; it runs pportfn(port, msg), whose value is the put's.
 *
 * @param port     the memory for it.
 * @param pportfn  runs in the thread that puts; EASYNC: the message is its own from then on.
 * Context: any thread, does not block. Ordering: none.
 * Source: lwkt_initport_putonly(), kern/lwkt_msgport.c; an oncpu put runs the function too.
 */
void lwkt_initport_putonly(lwkt_port_t port, int (*pportfn)(lwkt_port_t, lwkt_msg_t));

/**
 * How many priority messages in a row a get may take before it takes a normal one.
 *
 * @param port   a port with queues.
 * @param quota  0, the default: as many as there are.
 * Context: before the port is in use, or its owner; does not block. Ordering: none.
 * Source: ours; there priority is strict.
 */
void lwkt_port_set_prio_quota(lwkt_port_t port, unsigned int quota);

/**
 * Broken contracts that a CPU has seen in passing: messages that were sent again before they had
 * come back (contract I141). Without invariants the others are not looked for.
 *
 * @param lcore_id  of a CPU.
 * @return how many; 0 if it is none.
 * Context: any thread, does not block. Ordering: none, relaxed. Source: ours.
 */
uint64_t lwkt_violations(unsigned int lcore_id);

/**
 * Give a thread port a new owner, on another CPU perhaps. What is queued goes along, and messages
 * from one sender arrive in the order sent, whichever CPU they were on the way to (contract T31,
 * T34a): what comes directly waits on the new CPU until what went by the old one is there.
 *
 * @param port  a thread port.
 * @param td    the new owner; lives on a CPU.
 * @return 0; -EINVAL not a thread port, or td on no CPU; -EBUSY messages still follow an earlier
 *         move (they do while the CPUs poll); -ENOMEM. On failure nothing has changed.
 * Context: the present owner (else the program stops), which uses the port no more; allocates, and
 * waits for foreign threads that are putting. The new owner may use it as soon as it has been told
 * (a message by this thread will do). Every CPU must be polling.
 * Ordering: releases E10 and E1; E12 against foreign threads.
 * Source: ours; there one assigns mpu_td, with care.
 */
int lwkt_port_setowner(lwkt_port_t port, struct lwkt_thread *td);
/** @} */

/** @name Making messages
 * @{ */

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
/** @} */

/** @name Sending
 * @{ */

/**
 * lwkt_sendmsg() where it has more to do than to gather; call that.
 *
 * @param port  as given there.
 * @param msg   as given there.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: ours.
 */
void lwkt_sendmsg_any(lwkt_port_t port, lwkt_msg_t msg);

/**
 * A request leaves for another CPU: its flags say so before its target does (E11). After that it is
 * given to transit. For lwkt_sendmsg() and the backends.
 *
 * @param msg    of the caller, who has checked its state.
 * @param flags  what its flags are to be, but for where it is.
 * @param port   a thread port whose owner was seen on another CPU.
 * Context: as lwkt_sendmsg(). Ordering: releases E11. Source: ours.
 */
static inline void
lwkt_msg_leave(lwkt_msg_t msg, int flags, lwkt_port_t port)
{
	__atomic_store_n(&msg->ms_flags, flags | MSGF_INTRANSIT, __ATOMIC_RELAXED);
	__atomic_store_n(&msg->ms_target_port, port, __ATOMIC_RELEASE); /* E11 */
}

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

			lwkt_msg_leave(msg, flags & ~(MSGF_REPLY | MSGF_SYNC | MSGF_DONE), port);
			lwkt_gather_item(ga, cpuid, (lwkt_item_t)msg);
			return;
		}
	}
	lwkt_sendmsg_any(port, msg);
}

/**
 * lwkt_sendmsg() where the caller says that the port's owner is on this CPU.
 *
 * @param port  a thread port, a spin port with a fixed CPU or a put-only port; other kinds stop the
 *              program.
 * @param msg   as for lwkt_sendmsg().
 * Context: the CPU of the port's owner; does not block. Ordering: as lwkt_sendmsg().
 * Source: lwkt_sendmsg_oncpu(), kern/lwkt_msgport.c.
 */
void lwkt_sendmsg_oncpu(lwkt_port_t port, lwkt_msg_t msg);
/** @} */

/** @name The two halves of lwkt_sendmsg(); between them the message reads as not done.
 * @{ */

/**
 * The first half: the flags.
 *
 * @param port  where it will go; for the text of a broken contract.
 * @param msg   as for lwkt_sendmsg().
 * Context: the originator, does not block. Ordering: none.
 * Source: lwkt_sendmsg_prepare(), kern/lwkt_msgport.c.
 */
void lwkt_sendmsg_prepare(lwkt_port_t port, lwkt_msg_t msg);

/**
 * The second half: the put, and the reply if it ran inline.
 *
 * @param port  where to.
 * @param msg   prepared.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg().
 * Source: lwkt_sendmsg_start(), kern/lwkt_msgport.c.
 */
void lwkt_sendmsg_start(lwkt_port_t port, lwkt_msg_t msg);

/**
 * lwkt_sendmsg_start() where the caller says that the port's owner is on this CPU.
 *
 * @param port  as for lwkt_sendmsg_oncpu().
 * @param msg   prepared.
 * Context: as lwkt_sendmsg_oncpu(). Ordering: as lwkt_sendmsg().
 * Source: lwkt_sendmsg_start_oncpu(), kern/lwkt_msgport.c.
 */
void lwkt_sendmsg_start_oncpu(lwkt_port_t port, lwkt_msg_t msg);

/**
 * Put a message to a port through the port's vector: the bare step inside of send and forward. A
 * message with SYNC set by hand, DONE and REPLY clear, is a call as lwkt_domsg() makes it; its
 * sender waits with lwkt_waitmsg(). Then, and only then, a flag changes: WAITING is set by who has to
 * be woken, a pthread or an LWKT thread.
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

	if (__builtin_expect((flags & MSGF_SYNC) != 0, 0))
		__atomic_store_n(&msg->ms_flags, flags | lwkt_self.se_waits, __ATOMIC_RELAXED);
	return port->mp_putport(port, msg);
}
/** @} */

/** @name Receiving
 * @{ */

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
/** @} */

/** @name Finishing
 * @{ */

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
 * Pass a message one works on (active) to another port. Reply port, SYNC and attributes stay.
 *
 * @param port  where to.
 * @param msg   taken from a port, not yet replied.
 * @return EASYNC: accepted. Any other value: the put ran inline, and the message has been replied
 *         with that value. Either way the caller owns nothing afterwards.
 * Context: the thread that works on msg, and may put to the port; does not block.
 * Ordering: as lwkt_sendmsg(), or as lwkt_replymsg() if it ran inline.
 * Source: lwkt_forwardmsg(), kern/lwkt_msgport.c.
 */
int lwkt_forwardmsg(lwkt_port_t port, lwkt_msg_t msg);
/** @} */

/** @name Waiting for a reply
 * @{ */

/**
 * Send msg and wait for it: a call. Sets SYNC, so that the reply is not queued.
 *
 * @param port   where to.
 * @param msg    as for lwkt_sendmsg(); not DROPABLE.
 * @param flags  0, or LWKT_PCATCH.
 * @return the handler's ms_error (positive errno, 0 success).
 * Context: any thread that may wait at the reply port (a thread port: its owner), not inside a
 * stage handler or a transit callback; blocks. A CPU that waits serves its transit, and that only:
 * two CPUs that wait for each other's handlers wait for ever.
 * Ordering: as lwkt_sendmsg(), then acquires E3; E9 if it was interrupted.
 * Source: lwkt_domsg(), kern/lwkt_msgport.c; ms_error is written after an inline result too.
 */
int lwkt_domsg(lwkt_port_t port, lwkt_msg_t msg, int flags);

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
/** @} */

/** @name Taking a message back
 * @{ */

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

/**
 * Ask for msg to be finished early: calls its ms_abortfn if it is ABORTABLE and neither done nor
 * replied, else does nothing. The original still comes back, exactly once, with whatever error its
 * handler gives it.
 *
 * @param msg  sent by the caller, who sees to it that it is not replied and destroyed meanwhile.
 * Context: the originator; blocks if the abort function does.
 * Ordering: none; lwkt_abort_follow() has edges.
 * Source: lwkt_abortmsg(), kern/lwkt_msgport.c.
 */
void lwkt_abortmsg(lwkt_msg_t msg);

/**
 * For abort functions: follow msg, which may be forwarded meanwhile, and run fn(msg, port, arg)
 * where it is, with the right to the message that its handler has there.
 *
 *   queued on or taken from a thread port   on the owner's CPU, inside transit
 *   queued on a spin or serializer port     right here, under what guards the port
 *
 * A message that a put-only port has kept cannot be followed.
 *
 * @param msg  sent by the caller.
 * @param fn   does not block and, on a guarded port, does not use the port. It may mark the message
 *             for its handler, or on a thread port reply it if the handler's own books allow that.
 * @param arg  for fn; may vanish when this returns.
 * @return 0 fn has run; ENOENT the message is done or on its way back; EBUSY it was taken from a
 *         port that has no owner, so nobody can say where it is.
 * Context: the originator, which does not hold the serializer of a port that the message may be on;
 * blocks, a CPU serves its transit meanwhile.
 * Ordering: acquires E3 and E11, E13 when it is back; E1 or E2 from CPU to CPU.
 * Source: ours; there each ms_abortfn has a walk of its own.
 */
int lwkt_abort_follow(lwkt_msg_t msg, void (*fn)(lwkt_msg_t, lwkt_port_t, void *), void *arg);
/** @} */

/** @name Bursts
 * Each equals the same sequence of single calls, in order, at less cost. n may be 0.
 * @{ */

/**
 * lwkt_sendmsg() of n messages to one port.
 *
 * @param port  where to.
 * @param msgs  each as for lwkt_sendmsg(); the array is only read.
 * @param n     how many.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: ours.
 */
void lwkt_sendmsg_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n);

/**
 * lwkt_getport() of at most n messages. On a thread port that is empty this takes what has been
 * sent to it by other CPUs and not been polled yet, as it arrives and without queueing it: the fast
 * way, also in a loop that polls each time before it gets.
 *
 * @param port  the caller's, or a shared one.
 * @param msgs  room for n.
 * @param n     most to take.
 * @return how many messages were taken.
 * Context: as lwkt_getport(). Ordering: as lwkt_getport(), and acquires E1 at an empty thread port.
 * Source: ours.
 */
unsigned int lwkt_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n);

/**
 * lwkt_forwardmsg() of n messages to one port; what runs inline is replied with its result.
 *
 * @param port  where to.
 * @param msgs  each as for lwkt_forwardmsg(); the array is only read.
 * @param n     how many.
 * Context: as lwkt_forwardmsg(). Ordering: as lwkt_sendmsg(). Source: ours.
 */
void lwkt_forwardmsg_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n);

/**
 * lwkt_replymsg() of n messages. Their reply ports may differ; neighbours with the same one go
 * together.
 *
 * @param msgs   each as for lwkt_replymsg(); the array is the call's to overwrite.
 * @param n      how many.
 * @param error  for all of them: positive errno, 0 success.
 * Context: as lwkt_replymsg(). Ordering: as lwkt_replymsg(). Source: ours.
 */
void lwkt_replymsg_burst(lwkt_msg_t *msgs, unsigned int n, int error);
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_MSGPORT_H */
