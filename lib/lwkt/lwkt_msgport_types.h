/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message and a port consist of; lwkt_msgport.h says how they are used. Here below it,
 * because each thread embeds a port (lwkt_thread.h).
 */
#ifndef LWKT_MSGPORT_TYPES_H
#define LWKT_MSGPORT_TYPES_H

#include <stdalign.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <rte_spinlock.h>

struct lwkt_msg;
struct lwkt_port;
struct lwkt_thread;
struct lwkt_serialize;
struct port_move;

typedef struct lwkt_msg *lwkt_msg_t;
typedef struct lwkt_port *lwkt_port_t;
typedef struct lwkt_msg lwkt_msg;
typedef struct lwkt_port lwkt_port;
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
#define LWKT_PUNTIL 0x0200 /* of the library: it is timed, lwkt_waitmsg_until() and its like */

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
	 * reply port, or one of the same kind. Returns how many. */
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
	int mp_wakes;               /* futex: how often its sleepers were woken (S38) */
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
	int (*mp_protect)(lwkt_port_t, int how);     /* what guards it; NULL if nothing does */
	void (*mp_replyfn)(lwkt_port_t, lwkt_msg_t); /* lwkt_initport_replyonly()'s */
	lwkt_port_t mp_self; /* this address: for the invariants, which know a port by it */
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

#endif /* LWKT_MSGPORT_TYPES_H */
