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
 * ERRORS in messages are positive errno values, 0 is success.
 *
 * WHO may call: any CPU and any thread, unless a backend says otherwise (see the lwkt_initport_
 * functions). Nothing here blocks but lwkt_domsg(), lwkt_waitmsg() and lwkt_waitport().
 */
#ifndef LWKT_MSGPORT_H
#define LWKT_MSGPORT_H

#include <stdbool.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <rte_common.h>
#include <rte_spinlock.h>

#include <lwkt_cpu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_msg;
struct lwkt_port;
struct lwkt_thread;
struct lwkt_serialize;
struct port_move;

typedef struct lwkt_msg *lwkt_msg_t;
typedef struct lwkt_port *lwkt_port_t;
typedef TAILQ_HEAD(lwkt_msg_queue, lwkt_msg) lwkt_msg_queue;

/*
 * A put's answer "accepted, the result comes with the reply". Positive, and outside of Linux's
 * errno range (1..4095). As the error of a reply to lwkt_pktfree_port() it says "the packet lives
 * on elsewhere" (lwkt_pktmsg.h).
 */
#define EASYNC 65536

/*
 * The message. 64 bytes, one cache line: a hop between CPUs moves this line and an eighth of a
 * ring's. Embed it first, or anywhere 8-byte aligned; packets carry it in their private area.
 */
struct lwkt_msg {
	TAILQ_ENTRY(lwkt_msg) ms_node;         /* the port's queue while QUEUED; transit's link */
	lwkt_port_t ms_target_port;            /* where it was put last */
	lwkt_port_t ms_reply_port;             /* where a reply goes */
	void (*ms_abortfn)(struct lwkt_msg *); /* valid only if ABORTABLE */
	int ms_flags;                          /* MSGF_ */
	int ms_error;                          /* positive errno, valid once DONE */
	union {                                /* the handler's result, valid once DONE */
		void *ms_resultp;
		int ms_result;
		long ms_lresult;
		int ms_fds[2];
		int32_t ms_result32;
		int64_t ms_result64;
		off_t ms_offset;
	} u;
	void (*ms_receiptfn)(struct lwkt_msg *, lwkt_port_t); /* valid only if RECEIPT */
};

/*
 * Message flags. Only the owner changes them, except WAITING (under the reply port's protection)
 * and the hand-over by DONE itself.
 */
#define MSGF_DONE      0x0001     /* the originator may look at it and use it again */
#define MSGF_REPLY     0x0002     /* on its way back, or back; stays after dequeue */
#define MSGF_QUEUED    0x0004     /* linked on exactly one port */
#define MSGF_SYNC      0x0008     /* the originator waits on the message; its reply is not queued */
#define MSGF_INTRANSIT 0x0010     /* between CPUs */
#define MSGF_WAITING   0x0020     /* somebody sleeps on this SYNC message */
#define MSGF_DROPABLE  0x0040     /* attribute: may be dropped from the queue by the port's owner */
#define MSGF_ABORTABLE 0x0080     /* attribute: ms_abortfn is valid */
#define MSGF_PRIORITY  0x0100     /* attribute: goes to the priority queue */
#define MSGF_RECEIPT   0x0200     /* ms_receiptfn is armed; it fires once */
#define MSGF_USER0     0x00010000 /* the high 16 bits are the application's; only */
#define MSGF_USER1     0x00020000 /* lwkt_initmsg() changes them */
#define MSGF_USER2     0x00040000
#define MSGF_USER3     0x00080000

/* Command classes, for applications that number their requests as the kernel does. */
#define MSG_CMD_CDEV    0x00010000
#define MSG_CMD_VFS     0x00020000
#define MSG_CMD_SYSCALL 0x00030000
#define MSG_SUBCMD_MASK 0x0000FFFF

/* Flags of a wait. */
#define LWKT_PCATCH 0x0100 /* lwkt_interrupt() ends it */

/* Port flags. */
#define MSGPORTF_WAITING 0x0001 /* somebody sleeps on the port */

/*
 * Burst forms of the vectors of one backend. A burst call uses bp_..._burst only while the
 * port's vector still is the bp_ one beside it; with a vector replaced by the application it makes
 * the same sequence of single calls (contract P28, P29).
 */
struct lwkt_port_burst {
	int (*bp_putport)(lwkt_port_t, lwkt_msg_t);
	/* Clears these flags first, then puts. */
	void (*bp_putport_burst)(lwkt_port_t, lwkt_msg_t *, unsigned int n, int clear);
	void *(*bp_getport)(lwkt_port_t);
	unsigned int (*bp_getport_burst)(lwkt_port_t, lwkt_msg_t *, unsigned int n);
	void (*bp_replyport)(lwkt_port_t, lwkt_msg_t);
	/* Stores the error first, then replies: the first and those that follow it with the same
	 * reply port. Returns how many. */
	unsigned int (*bp_replyport_burst)(lwkt_port_t, lwkt_msg_t *, unsigned int n, int error);
};

/*
 * The port. Embed it by value and initialise it with one of the lwkt_initport_ functions. Three
 * cache lines by who touches them.
 */
struct lwkt_port {
	/* What every sender reads; written at initialisation and when the owner moves. */
	alignas(64) int (*mp_putport)(lwkt_port_t, lwkt_msg_t);
	void (*mp_replyport)(lwkt_port_t, lwkt_msg_t);
	int (*mp_putport_oncpu)(lwkt_port_t, lwkt_msg_t);
	const struct lwkt_port_burst *mp_burst;    /* NULL: bursts are made of single calls */
	struct lwkt_thread *mpu_td;                /* the owner; NULL if anybody */
	struct port_move *mp_move;                 /* the owner has changed, messages follow */
	unsigned int mp_cpuid;                     /* lcore id of the owner, or LWKT_CPU_NONE */
	int (*mp_direct)(lwkt_port_t, lwkt_msg_t); /* mp_putport: lwkt_sendmsg() may do its work */

	/* What the owner writes, or who holds mpu_spin or the serializer. */
	alignas(64) lwkt_msg_queue mp_msgq;
	lwkt_msg_queue mp_msgq_prio;
	int mp_flags;               /* MSGPORTF_ */
	unsigned int mp_prio_quota; /* priority messages in a row before a normal one, 0 strict */
	unsigned int mp_prio_run;   /* priority messages served in a row */
	union {
		rte_spinlock_t spin;
		struct lwkt_serialize *serialize;
		void *data;
	} mp_u;

	/* What the owner reads. */
	alignas(64) void *(*mp_getport)(lwkt_port_t);
	int (*mp_waitmsg)(lwkt_msg_t, int flags);
	void *(*mp_waitport)(lwkt_port_t, int flags);
	int (*mp_dropmsg)(lwkt_port_t, lwkt_msg_t);
	int (*mp_protect)(lwkt_port_t, int how); /* what guards it; NULL if nothing does */
};

#define mpu_spin      mp_u.spin
#define mpu_serialize mp_u.serialize
#define mpu_data      mp_u.data

/*
 * The vectors, which an application may replace one by one (contract P28):
 *
 * mp_getport        Take the next message off the queues, NULL if there is none. Never blocks.
 * mp_putport        Accept a message: queue it or hand it to transit and return EASYNC, or handle
 *                   it right here and return its result (any other value).
 * mp_putport_oncpu  The same, where the caller says that the port's owner is on this CPU.
 * mp_waitmsg        Wait until this message is DONE, unlink it if its reply was queued, and
 *                   return ms_error.
 * mp_waitport       Wait until there is a message and take it.
 * mp_replyport      Take a finished message back. All of its fields are visible before DONE is,
 *                   and after that it is not touched: it may be gone.
 * mp_dropmsg        Take a message that is still queued here off the queue without a reply: 0,
 *                   or ENOENT if it is not queued any more.
 */

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

/** @name Sending
 * @{ */

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
/** @} */

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
 * way. A loop gets first, and polls when there was nothing.
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

#include <lwkt_msgport_inline.h>

#endif /* LWKT_MSGPORT_H */
