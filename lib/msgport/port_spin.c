/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SPIN PORTS
 *
 * For many threads: a lock guards the queues, so anybody may take as well as put, and the work
 * runs where the caller is, without transit. A CPU that waits polls its transit meanwhile; a
 * pthread sleeps in the kernel (S42), on the port's flags or on its SYNC message's.
 */
#include <errno.h>

#include "msgport_pvt.h"

static int
spin_protect(lwkt_port_t port, int how)
{
	switch (how) {
	case PORT_TAKE:
		rte_spinlock_lock(&port->mpu_spin); /* E5 */
		return 1;
	case PORT_TRY:
		return rte_spinlock_trylock(&port->mpu_spin); /* E5 */
	default:
		rte_spinlock_unlock(&port->mpu_spin); /* E5 */
		return 0;
	}
}

static inline void
unlock_and_wake(lwkt_port_t port)
{
	int *word = &port->mp_wakes;
	bool wake = port_count_wakeup(port);

	rte_spinlock_unlock(&port->mpu_spin); /* E5 */
	if (unlikely(wake))                   /* the port may be gone: its address only */
		lwkt_futex_wake(word);
}

/*
 * Putting and replying
 */

static void
spin_putport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int clear)
{
	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	for (unsigned int i = 0; i < n; i++) {
		int flags = msg_flags(msgs[i]) & ~clear;

		MSG_REQUIRE((flags & MSGF_STATE) == 0, "mp_putport", msgs[i], port,
		    "a prepared or active message");
		msg_set_flags(msgs[i], flags);
		msg_set_target(msgs[i], port);
		port_link(port, msgs[i], msg_flags(msgs[i]));
	}
	unlock_and_wake(port);
}

static int
spin_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	spin_putport_burst(port, &msg, 1, 0);
	return EASYNC;
}

static int
spin_putport_oncpu(lwkt_port_t port, lwkt_msg_t msg)
{
#if LWKT_INVARIANTS
	if (unlikely(port->mp_cpuid != lwkt_self.se_cpuid))
		msg_illegal("mp_putport_oncpu", msg, port, "the port's CPU to be the calling one");
#endif
	return spin_putport(port, msg);
}

static unsigned int
spin_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int error)
{
	unsigned int i, run = msg_reply_run(msgs, n), queued = 0;

	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	for (i = 0; i < run; i++) {
		int flags = msg_flags(msgs[i]);

		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msgs[i], port);
		msgs[i]->ms_error = error;
		if (!(flags & MSGF_SYNC))
			port_link_reply(port, msgs[i], flags);
		else
			msgs[queued++] = msgs[i];
	}
	unlock_and_wake(port);
	for (i = 0; i < queued; i++)
		port_reply_sync(msgs[i]);
	return run;
}

static void
spin_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	if (msg_flags(msg) & MSGF_SYNC) {
		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
		port_reply_sync(msg);
	} else {
		spin_replyport_burst(port, &msg, 1, msg->ms_error);
	}
}

/*
 * Taking and waiting
 */

static unsigned int
spin_getport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i;

	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	for (i = 0; i < n; i++) {
		msgs[i] = port_pull(port);
		if (msgs[i] == NULL)
			break;
	}
	rte_spinlock_unlock(&port->mpu_spin); /* E5 */
	return i;
}

static void *
spin_getport(lwkt_port_t port)
{
	lwkt_msg_t msg;

	return spin_getport_burst(port, &msg, 1) > 0 ? msg : NULL;
}

static void *
spin_waitport(lwkt_port_t port, int flags)
{
	lwkt_msg_t msg;

	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	msg = port_waitport(port, flags);
	rte_spinlock_unlock(&port->mpu_spin); /* E5 */
	return msg;
}

static int
spin_waitmsg(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;

	MSG_REQUIRE(!(msg_flags(msg) & MSGF_DROPABLE), "lwkt_waitmsg", msg, port,
	    "a message that is not DROPABLE");
	if (msg_flags(msg) & MSGF_SYNC) {
		port_wait_sync(msg, flags);
		return port_waited(msg, flags);
	}
	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	port_wait_queued(msg, flags);
	rte_spinlock_unlock(&port->mpu_spin); /* E5 */
	return port_waited(msg, flags);
}

/*
 * Others may take the message and put it elsewhere until the lock is held. It is queued here if,
 * under this port's lock, it is queued and this is its target: to be queued elsewhere it would have
 * got the other port as target first (E11).
 */
static int
spin_dropmsg(lwkt_port_t port, lwkt_msg_t msg)
{
	int error = ENOENT;

#if LWKT_INVARIANTS
	if (unlikely(port->mpu_td != lwkt_self.se_td))
		msg_illegal("lwkt_dropmsg", msg, port, "the thread that owns the target port");
#endif
	rte_spinlock_lock(&port->mpu_spin); /* E5 */
	if (msg_flags_acquire(msg) & MSGF_QUEUED && msg_target(msg) == port)
		error = port_drop(port, msg);
	rte_spinlock_unlock(&port->mpu_spin); /* E5 */
	return error;
}

/*
 * Making
 */

static const struct lwkt_port_burst spin_burst = {
    .bp_putport = spin_putport,
    .bp_putport_burst = spin_putport_burst,
    .bp_getport = spin_getport,
    .bp_getport_burst = spin_getport_burst,
    .bp_replyport = spin_replyport,
    .bp_replyport_burst = spin_replyport_burst,
};

void
lwkt_initport_spin(lwkt_port_t port, struct lwkt_thread *td, bool fixed_cpu)
{
	unsigned int cpuid = td != NULL ? lwkt_thread_cpuid(td) : lwkt_self.se_cpuid;

	if (fixed_cpu && cpuid == LWKT_CPU_NONE)
		lwkt_panic("lwkt_initport_spin: port %p: fixed_cpu, but %s is no CPU", (void *)port,
		    td != NULL ? lwkt_thread_name(td) : "the calling thread");
	port_init_queues(port);
	rte_spinlock_init(&port->mpu_spin);
	port->mpu_td = td;
	port->mp_move = NULL;
	port->mp_cpuid = fixed_cpu ? cpuid : LWKT_CPU_NONE;
	port->mp_burst = &spin_burst;
	port->mp_direct = NULL;
	port->mp_getport = spin_getport;
	port->mp_putport = spin_putport;
	port->mp_putport_oncpu = fixed_cpu ? spin_putport_oncpu : illegal_putport_oncpu;
	port->mp_waitmsg = spin_waitmsg;
	port->mp_waitport = spin_waitport;
	port->mp_replyport = spin_replyport;
	port->mp_protect = spin_protect;
	port->mp_dropmsg = td != NULL ? spin_dropmsg : illegal_dropmsg;
}
