/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/msgport: a put to a thread port, inline for lwkt_sendmsg(), which is what most
 * messages pass through one at a time.
 */
#ifndef LWKT_PORT_THREAD_PVT_H
#define LWKT_PORT_THREAD_PVT_H

#include "msgport_pvt.h"

/* A message with one of these needs more than a place at the end of the normal queue. */
#define MSGF_SPECIAL (MSGF_PRIORITY | MSGF_RECEIPT | MSGF_SYNC)

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
#if LWKT_INVARIANTS
	if (unlikely(!owner_is_caller(port)))
		thread_not_owner(call, port);
#endif
	(void)call;
	(void)port;
}

/*
 * Give a message to transit, on its way to a port whose owner was seen on another CPU. The owner
 * may be here by now; then the CPU that was seen sends it back.
 */
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

/* The owner is on this CPU; flags: what its flags are to be, but for where it is. */
static inline void
put_here(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_set_target(msg, port);
	if (likely(port->mp_move == NULL)) {
		port_link(port, msg, flags);
	} else {
		msg_set_flags(msg, flags);
		move_arrived(port, msg, lwkt_self.se_cpuid);
	}
}

/* Outbound: INTRANSIT before the target (E11). */
static inline void
put_outbound(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_set_flags(msg, flags | MSGF_INTRANSIT);
	msg_set_target(msg, port);
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
		put_outbound(port, msg, flags);
		depart(port, cpuid, msg);
	}
}

#endif /* LWKT_PORT_THREAD_PVT_H */
