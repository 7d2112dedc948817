/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/msgport: flags, queues and checks that the backends share.
 */
#ifndef LWKT_MSGPORT_PVT_H
#define LWKT_MSGPORT_PVT_H

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include "lwkt_msgport.h"
#include "lwkt_transit.h"

/* The flags that make a message's state (contract M5). */
#define MSGF_STATE (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT)

/*
 * ms_flags has one writer, but others may look (lwkt_checkmsg, a drop that comes too late), so each
 * access is atomic. Relaxed costs the same as a plain one.
 */
static inline int
msg_flags(const struct lwkt_msg *msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);
}

/* The flags of a message that others may have, before its target port is looked at (E11). */
static inline int
msg_flags_acquire(const struct lwkt_msg *msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_ACQUIRE); /* E11 */
}

/* In builds with invariants each change is recorded for the text of a broken contract. */
#if LWKT_INVARIANTS
void msg_record(const struct lwkt_msg *msg, int flags, const char *where);
void msg_history(const struct lwkt_msg *msg);
#else
static inline void
msg_record(const struct lwkt_msg *msg, int flags, const char *where)
{
	(void)msg;
	(void)flags;
	(void)where;
}
static inline void
msg_history(const struct lwkt_msg *msg)
{
	(void)msg;
}
#endif

/* The name of the state that flags make (contract M5). (history.c) */
const char *msg_state_name(int flags);

static inline void
msg_store_flags(lwkt_msg_t msg, int flags, const char *where)
{
	msg_record(msg, flags, where);
	__atomic_store_n(&msg->ms_flags, flags, __ATOMIC_RELAXED);
}

#define msg_set_flags(msg, flags) msg_store_flags(msg, flags, __func__)

/* Publish DONE: all results are visible to who reads it (E3). The message may be gone after. */
static inline void
msg_publish_done(lwkt_msg_t msg, int flags)
{
	msg_record(msg, flags | MSGF_DONE, __func__);
	__atomic_store_n(&msg->ms_flags, flags | MSGF_DONE, __ATOMIC_RELEASE); /* E3 */
}

/*
 * Flags and error in one store, half as many as two: the processor's queue of stores, all of which
 * wait for a line that comes from another CPU, is what limits a burst of replies.
 */
static inline void
msg_store_result(lwkt_msg_t msg, int flags, int error, int order)
{
	typedef uint64_t __attribute__((may_alias)) flags_and_error;
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
	uint64_t word = (uint32_t)flags | (uint64_t)(uint32_t)error << 32;
#else
	uint64_t word = (uint64_t)(uint32_t)flags << 32 | (uint32_t)error;
#endif

	static_assert(offsetof(struct lwkt_msg, ms_flags) % sizeof(word) == 0 &&
	                  offsetof(struct lwkt_msg, ms_error) ==
	                      offsetof(struct lwkt_msg, ms_flags) + sizeof(int),
	    "flags and error are one aligned word");
	__atomic_store_n((flags_and_error *)(void *)&msg->ms_flags, word, order);
}

static inline void
msg_set_result(lwkt_msg_t msg, int flags, int error)
{
	msg_record(msg, flags, __func__);
	msg_store_result(msg, flags, error, __ATOMIC_RELAXED);
}

/* msg_publish_done() of a message with this error. */
static inline void
msg_publish_result(lwkt_msg_t msg, int flags, int error)
{
	msg_record(msg, flags | MSGF_DONE, __func__);
	msg_store_result(msg, flags | MSGF_DONE, error, __ATOMIC_RELEASE); /* E3 */
}

/* A request is on a queue; who sees that sees the target port (E11). */
static inline void
msg_publish_queued(lwkt_msg_t msg, int flags)
{
	flags = (flags & ~MSGF_INTRANSIT) | MSGF_QUEUED;
	msg_record(msg, flags, __func__);
	__atomic_store_n(&msg->ms_flags, flags, __ATOMIC_RELEASE); /* E11 */
}

/*
 * Where the message was put last. An abort that follows the message reads it from other CPUs, with
 * the flags: on the way out INTRANSIT is set before the target, on the way in QUEUED after it
 * (E11).
 */
static inline lwkt_port_t
msg_target(const struct lwkt_msg *msg)
{
	return __atomic_load_n(&msg->ms_target_port, __ATOMIC_ACQUIRE); /* E11 */
}

static inline void
msg_set_target(lwkt_msg_t msg, lwkt_port_t port)
{
	__atomic_store_n(&msg->ms_target_port, port, __ATOMIC_RELEASE); /* E11 */
}

/* The CPU of a port's owner. Acquire: the queue that a former owner left is visible (E10). */
static inline unsigned int
port_cpuid(const struct lwkt_port *port)
{
	return __atomic_load_n(&port->mp_cpuid, __ATOMIC_ACQUIRE); /* E10 */
}

/* What a finished message's flags become; a receipt that has not fired never will (R63). */
static inline int
msg_reply_flags(int flags)
{
	return (flags & ~(MSGF_INTRANSIT | MSGF_RECEIPT | MSGF_WAITING)) | MSGF_REPLY;
}

/* Of n messages, how many from the first on have the same reply port? */
static inline unsigned int
msg_reply_run(lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i = 1;

	while (i < n && msgs[i]->ms_reply_port == msgs[0]->ms_reply_port)
		i++;
	return i;
}

/* Stop: one line that names call, message, state and ports, and what the call needs. */
__attribute__((noreturn, cold)) void msg_illegal(
    const char *call, const struct lwkt_msg *msg, const struct lwkt_port *port, const char *need);

/* pktstack.c: the mempool driver of packets' pools without invariants. */
const char *pktstack_driver(void);

/*
 * MSG_REQUIRE(cond, call, msg, port, need): the state machine; nothing at all without invariants.
 */
#if LWKT_INVARIANTS
#define MSG_REQUIRE(cond, call, msg, port, need)            \
	do {                                                \
		if (unlikely(!(cond)))                      \
			msg_illegal(call, msg, port, need); \
	} while (0)
#else
#define MSG_REQUIRE(cond, call, msg, port, need) \
	do {                                     \
	} while (0)
#endif

/* Memory that is a port no more, or never was, or is a port's copy; invariants only (G140). */
__attribute__((noreturn, cold)) void port_illegal(const char *call, const struct lwkt_port *port);

static inline void
port_require(const char *call, const struct lwkt_port *port)
{
#if LWKT_INVARIANTS
	if (unlikely(port->mp_self != port))
		port_illegal(call, port);
#endif
	(void)call;
	(void)port;
}

#define MSG_REQUIRE_ACTIVE(call, msg, port)                              \
	MSG_REQUIRE((msg_flags(msg) & MSGF_STATE) == 0, call, msg, port, \
	    "a message taken from a port and not yet replied")

static inline void
port_require_aligned(const struct lwkt_port *port)
{
#if LWKT_INVARIANTS
	if (unlikely((uintptr_t)port % alignof(struct lwkt_port) != 0))
		lwkt_panic("lwkt_initport: port %p is not aligned to %zu bytes; get its memory of "
		           "aligned_alloc() or rte_malloc(), or say alignas(64)",
		    (const void *)port, alignof(struct lwkt_port));
#endif
	(void)port;
}

/*
 * The queues of a port, under its protection: the owner's CPU, or its lock.
 */

static inline void
port_init_queues(lwkt_port_t port)
{
	port_require_aligned(port);
	port->mp_self = port;
	TAILQ_INIT(&port->mp_msgq);
	TAILQ_INIT(&port->mp_msgq_prio);
	port->mp_flags = 0;
	port->mp_wakes = 0;
	port->mp_prio_quota = 0;
	port->mp_prio_run = 0;
}

static inline lwkt_msg_queue *
port_queue(lwkt_port_t port, int flags)
{
	return flags & MSGF_PRIORITY ? &port->mp_msgq_prio : &port->mp_msgq;
}

/* Out of line: an armed receipt. Linkage and QUEUED are there already (R60). */
__attribute__((cold)) void port_receipt(lwkt_port_t port, lwkt_msg_t msg);

/* Queue a request; flags: its flags but for where it is. */
static inline void
port_link(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	TAILQ_INSERT_TAIL(port_queue(port, flags), msg, ms_node);
	msg_publish_queued(msg, flags);
	if (unlikely(flags & MSGF_RECEIPT))
		port_receipt(port, msg);
}

/* The same for a reply, which is not yet done (M16); it is afterwards. */
__attribute__((cold)) void port_reply_receipt(lwkt_port_t port, lwkt_msg_t msg, int flags);

/* Queue a reply; linkage and QUEUED are visible before DONE (M17). */
static inline void
port_link_reply(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	TAILQ_INSERT_TAIL(port_queue(port, flags), msg, ms_node);
	if (unlikely(flags & MSGF_RECEIPT))
		port_reply_receipt(port, msg, flags);
	else
		msg_publish_done(msg, msg_reply_flags(flags) | MSGF_QUEUED);
}

static inline void
port_unlink(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);

	TAILQ_REMOVE(port_queue(port, flags), msg, ms_node);
	msg_set_flags(msg, flags & ~MSGF_QUEUED);
}

/* A reply that has been waited for; one that is late may be queued elsewhere. */
static inline void
port_unlink_reply(lwkt_port_t port, lwkt_msg_t msg)
{
	if ((msg_flags(msg) & (MSGF_DONE | MSGF_QUEUED)) == (MSGF_DONE | MSGF_QUEUED))
		port_unlink(port, msg);
}

/* The same for the first one of its queue. */
static inline void
port_unlink_first(lwkt_msg_queue *queue, lwkt_msg_t msg)
{
	lwkt_msg_t next = TAILQ_NEXT(msg, ms_node);

	queue->tqh_first = next;
	if (next == NULL)
		queue->tqh_last = &queue->tqh_first;
	else
		next->ms_node.tqe_prev = &queue->tqh_first;
	msg_set_flags(msg, msg_flags(msg) & ~MSGF_QUEUED);
}

/* The next message by priority and quota (P21), unlinked; NULL if none. */
static inline lwkt_msg_t
port_pull(lwkt_port_t port)
{
	lwkt_msg_t msg = TAILQ_FIRST(&port->mp_msgq);
	lwkt_msg_t prio = TAILQ_FIRST(&port->mp_msgq_prio);

	if (unlikely(prio != NULL) &&
	    (msg == NULL || port->mp_prio_quota == 0 || port->mp_prio_run < port->mp_prio_quota)) {
		port->mp_prio_run++;
		port_unlink_first(&port->mp_msgq_prio, prio);
		return prio;
	}
	port->mp_prio_run = 0;
	if (msg != NULL)
		port_unlink_first(&port->mp_msgq, msg);
	return msg;
}

/* It came out of transit with these flags, and was sent twice (I141). */
__attribute__((cold)) void msg_sent_twice(lwkt_msg_t msg, int flags);

/* Take a message back from the queue (D57): 0 or ENOENT. */
int port_drop(lwkt_port_t port, lwkt_msg_t msg);

/*
 * Waiting on ports that many threads share, spin and serializer (port_wait.c). All but the SYNC
 * ones are called with the port protected, and return so.
 */

/* mp_protect's how: give up the lock, take it, or take it if that needs no wait. */
enum { PORT_LEAVE, PORT_TAKE, PORT_TRY };

/*
 * Does somebody sleep on the port? Then that is cleared and counted, and the caller wakes
 * &mp_wakes; a spin port's first gives up the lock.
 */
bool port_count_wakeup(lwkt_port_t port);

/* What a wait for msg gives: its error, or EWOULDBLOCK if it is late. */
static inline int
port_waited(const struct lwkt_msg *msg, int flags)
{
	return !(flags & LWKT_PUNTIL) || lwkt_checkmsg((lwkt_msg_t)(uintptr_t)msg) ? msg->ms_error
	                                                                           : EWOULDBLOCK;
}

lwkt_msg_t port_waitport(lwkt_port_t port, int flags);
void port_wait_queued(lwkt_msg_t msg, int flags);
void port_wait_sync(lwkt_msg_t msg, int flags);

/*
 * A turn of a wait for msg has found nothing: once a second, say who waits, for what and for whom
 * (P104). call: the function that waits.
 */
__attribute__((cold)) void msg_wait_report(
    struct lwkt_patience *pa, const char *call, const struct lwkt_msg *msg);

static inline void
msg_wait_look(struct lwkt_patience *pa, const char *call, const struct lwkt_msg *msg)
{
	if (unlikely(lwkt_patience_due(pa)))
		msg_wait_report(pa, call, msg);
}

/* Finish a SYNC message and wake who sleeps on it. Neither port nor message is touched after. */
void port_reply_sync(lwkt_msg_t msg);

/* A message has come to a thread port whose owner has ended; then PORT_DEAD is its mp_move. */
#define PORT_DEAD ((struct port_move *)(uintptr_t)1)

/* Of mp_flags: mp_move is not NULL. So one look tells whether a message only has to be linked. */
#define MSGPORTF_MOVED 0x0002

static inline void
port_set_move(lwkt_port_t port, struct port_move *mv)
{
	port->mp_move = mv;
	if (mv != NULL)
		port->mp_flags |= MSGPORTF_MOVED;
	else
		port->mp_flags &= ~MSGPORTF_MOVED;
}

void port_dead(lwkt_port_t port, lwkt_msg_t msg);

/*
 * A thread port whose owner has changed (port_move.c). Messages that come here directly, from CPU
 * from or a foreign thread (LWKT_CPU_NONE), wait if others of that sender are still under way.
 */
__attribute__((cold)) void move_arrived(lwkt_port_t port, lwkt_msg_t msg, unsigned int from);

/* A put or reply by a thread that is no CPU; the owner stays while it hands over. */
__attribute__((cold)) void move_depart_foreign(const struct lwkt_port *port, lwkt_msg_t msg);

/*
 * Vectors that stop the program, for ports on which the call makes no sense (X46, in every build).
 */
void *illegal_getport(lwkt_port_t port);
int illegal_putport(lwkt_port_t port, lwkt_msg_t msg);
int illegal_putport_oncpu(lwkt_port_t port, lwkt_msg_t msg);
int illegal_waitmsg(lwkt_msg_t msg, int flags);
void *illegal_waitport(lwkt_port_t port, int flags);
void illegal_replyport(lwkt_port_t port, lwkt_msg_t msg);
int illegal_dropmsg(lwkt_port_t port, lwkt_msg_t msg);

#endif /* LWKT_MSGPORT_PVT_H */
