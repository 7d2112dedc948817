/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/msgport: how messages of thread ports leave a CPU and arrive at another one, each
 * written once: single calls, bursts and packets go through here.
 */
#ifndef LWKT_PORT_THREAD_PVT_H
#define LWKT_PORT_THREAD_PVT_H

#include <rte_prefetch.h>

#include "msgport_pvt.h"

/* A message with one of these needs more than a place at the end of the normal queue; */
#define MSGF_SPECIAL (MSGF_PRIORITY | MSGF_RECEIPT)
/* and so does the reply of a call, which is queued nowhere. */
#define MSGF_SPECIAL_REPLY (MSGF_SPECIAL | MSGF_SYNC)

/*
 * Does it come out of transit, and is it a plain one? reply: 0 or MSGF_REPLY, the kind that is
 * looked for. One that was sent twice is none (I141): it is on a port already, or not under way.
 */
static inline bool
msg_plain(int flags, int reply)
{
	flags ^= MSGF_INTRANSIT;
	return (flags & ((reply ? MSGF_SPECIAL_REPLY : MSGF_SPECIAL) | MSGF_REPLY | MSGF_INTRANSIT |
	                    MSGF_QUEUED)) == reply;
}

/*
 * A message that is taken out of transit: its line is sent for so many messages before its turn.
 * The processor has some 22 misses under way at most, and would wait if more were sent for at once.
 */
#define TAKE_AHEAD 16

/* Vectors: two by which callers can tell a thread port, and the others of port_thread.c. */
int thread_putport(lwkt_port_t port, lwkt_msg_t msg);
void *thread_getport(lwkt_port_t port);
unsigned int thread_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n);
void *thread_waitport(lwkt_port_t port, int flags);
int thread_waitmsg(lwkt_msg_t msg, int flags);
int thread_dropmsg(lwkt_port_t port, lwkt_msg_t msg);

/* The calling thread is about to end. */
void thread_exit_embedded(struct lwkt_thread *td);

/* The calling thread is about to go to that CPU. (port_move.c) */
void port_move_embedded(struct lwkt_thread *td, unsigned int cpuid);

/* Where a message in transit is going. */
static inline lwkt_port_t
destination(const struct lwkt_msg *msg, int flags)
{
	return flags & MSGF_REPLY ? msg->ms_reply_port : msg->ms_target_port;
}

__attribute__((noreturn, cold)) void thread_not_owner(
    const char *call, const struct lwkt_port *port);

static inline bool
owner_is_caller(const struct lwkt_port *port)
{
	return __atomic_load_n(&port->mpu_td, __ATOMIC_RELAXED) == lwkt_self.se_td;
}

/* Only the owner takes messages off (T34). */
static inline void
require_owner(const char *call, const struct lwkt_port *port)
{
	port_require(call, port);
#if LWKT_INVARIANTS
	if (unlikely(!owner_is_caller(port)))
		thread_not_owner(call, port);
#endif
	(void)call;
	(void)port;
}

/*
 * ONE WAY OUT. msg_leave() says in the message that it is under way, depart() gives it to transit,
 * to the CPU on which the port's owner was seen. The owner may be here by now; then that CPU sends
 * it back.
 *
 * flags: what its flags are to be, but for where it is. target: of a request that others may know;
 * error: of a reply, if it is not there yet, and one store then has both. Else NULL, which the
 * compiler sees.
 */
static inline void
msg_leave(lwkt_msg_t msg, int flags, const lwkt_port_t *target, const int *error)
{
	if (target != NULL) {
		msg_record(msg, flags | MSGF_INTRANSIT, __func__);
		lwkt_msg_leave(msg, flags, *target);
	} else if (error != NULL) {
		msg_set_result(msg, flags | MSGF_INTRANSIT, *error);
	} else {
		msg_set_flags(msg, flags | MSGF_INTRANSIT);
	}
}

static inline void
depart(const struct lwkt_port *port, unsigned int cpuid, lwkt_msg_t msg)
{
	if (likely(lwkt_self.se_cpu != NULL))
		lwkt_transit_send(cpuid, (lwkt_item_t)msg);
	else
		move_depart_foreign(port, msg);
}

static inline void
depart_burst(const struct lwkt_port *port, unsigned int cpuid, lwkt_msg_t *msgs, unsigned int n)
{
	if (likely(lwkt_self.se_cpu != NULL)) {
		lwkt_transit_send_burst(cpuid, (const lwkt_item_t *)(const void *)msgs, n);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		move_depart_foreign(port, msgs[i]);
}

/*
 * ONE WAY IN. What transit has brought to the owner's CPU is there: a reply is done (E3), a request
 * is on the queue, or taken off it at once. reply: MSGF_REPLY if flags have it, else 0. queued: 0 or
 * MSGF_QUEUED; with it the message is linked already, or will be before its owner can look.
 */
static inline void
msg_arrive(lwkt_msg_t msg, int flags, int reply, int queued)
{
	if (reply)
		msg_publish_done(msg, msg_reply_flags(flags) | queued);
	else if (queued)
		msg_publish_queued(msg, flags);
	else
		msg_set_flags(msg, flags ^ MSGF_INTRANSIT); /* it is set */
}

#define ARRIVE_AHEAD 6 /* calls that have come back, whose callers' ports are sent for */

/*
 * Calls that come back one behind the other are each for another thread: send for the port of a
 * later one, and for what follows it there if it is the thread's own.
 */
static inline void
arrive_fetch(lwkt_item_t item)
{
	const struct lwkt_msg *msg = (const struct lwkt_msg *)item;
	const char *port = (const char *)msg->ms_reply_port;

	for (unsigned int line = 0; line < 4; line += line == 1 ? 2 : 1)
		rte_prefetch0(port + (size_t)line * RTE_CACHE_LINE_SIZE);
}

/*
 * A message is on the port, or a call of its owner is done: if the owner sleeps, and for that, it
 * goes on (contract L107). It is on this CPU. msg may be gone: its address only.
 */
void thread_wake(lwkt_port_t port, const struct lwkt_msg *msg);

static inline void
port_wake_owner(lwkt_port_t port, const struct lwkt_msg *msg)
{
	if (unlikely(port->mp_flags & MSGPORTF_WAITING))
		thread_wake(port, msg);
}

/* Arriving: the owner's CPU has polled its transit. */
static inline void
port_arrived(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);

	if (flags & MSGF_REPLY)
		port_link_reply(port, msg, flags);
	else
		port_link(port, msg, flags);
	port_wake_owner(port, msg);
}

/*
 * The owner is on this CPU. flags: what the flags of a request are to be, but for where it is; a
 * reply's have MSGF_REPLY. The port is one that has moved, or its owner sleeps.
 */
void thread_put_flagged(lwkt_port_t port, lwkt_msg_t msg, int flags);

/* The same for a request, whatever its port; one look tells that it only has to be linked. */
static inline void
put_here(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_set_target(msg, port);
	if (likely(port->mp_flags == 0))
		port_link(port, msg, flags);
	else
		thread_put_flagged(port, msg, flags);
}

/* Put a message; flags: what its flags are to be, but for where it is. */
static inline void
thread_put(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	unsigned int cpuid = port_cpuid(port);

	MSG_REQUIRE(
	    (flags & MSGF_STATE) == 0, "mp_putport", msg, port, "a prepared or active message");
	if (cpuid == lwkt_self.se_cpuid) {
		put_here(port, msg, flags);
	} else {
		msg_leave(msg, flags, &port, NULL);
		depart(port, cpuid, msg);
	}
}

#endif /* LWKT_PORT_THREAD_PVT_H */
