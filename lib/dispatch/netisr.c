/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Services of CPUs: a thread port each, whose put vector runs SYNC messages of its own CPU at once.
 *
 * It belongs to the CPU's own context, and its loops serve it, or to the thread that
 * lwkt_netisr_start() made. The first loop takes it from that thread and the last one gives it back.
 * All three are on this CPU, where alone the owner is looked at, so no move of a port is needed.
 */
#include <errno.h>

#include <rte_lcore.h>
#include <rte_spinlock.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>
#include <lwkt_thread.h>

#include "lwkt_netisr.h"
#include "stage_pvt.h"

struct netisr {
	struct lwkt_port ni_port;               /* first */
	int (*ni_put)(lwkt_port_t, lwkt_msg_t); /* constant: a thread port's */
	struct lwkt_thread *ni_thread;          /* its CPU's; NULL: none has run yet */
	unsigned int ni_loops;                  /* its CPU writes; atomic, relaxed */
	bool ni_started;                        /* under the lock; atomic, relaxed for others */
};

static struct netisr netisrs[RTE_MAX_LCORE];
static rte_spinlock_t netisr_lock = RTE_SPINLOCK_INITIALIZER; /* E28 */

static struct netisr *
netisr_of(lwkt_port_t port)
{
	return (struct netisr *)(void *)port;
}

static void
netisr_dispatch(lwkt_msg_t msg)
{
	struct lwkt_netmsg *nm = (struct lwkt_netmsg *)(void *)msg;

	nm->nm_dispatch(nm);
}

static int
netisr_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	if (port->mp_cpuid != lwkt_self.se_cpuid ||
	    !(__atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED) & MSGF_SYNC)) /* ours now */
		return netisr_of(port)->ni_put(port, msg);
	__atomic_store_n(&msg->ms_target_port, port, __ATOMIC_RELEASE); /* E11 */
	netisr_dispatch(msg);
	return EASYNC;
}

/* Again after each lwkt_init(), which makes the CPUs' contexts anew. */
static void
netisr_make(struct lwkt_thread *own, unsigned int lcore_id)
{
	struct netisr *ni = &netisrs[lcore_id];

	rte_spinlock_lock(&netisr_lock);
	if (own->td_service == NULL) {
		*ni = (struct netisr){.ni_thread = NULL};
		lwkt_initport_thread(&ni->ni_port, own);
		ni->ni_put = ni->ni_port.mp_putport;
		ni->ni_port.mp_putport = netisr_putport;
		__atomic_store_n(&own->td_service, ni, __ATOMIC_RELEASE); /* E28 */
	}
	rte_spinlock_unlock(&netisr_lock);
}

lwkt_port_t
lwkt_netisr_cpuport(unsigned int lcore_id)
{
	struct lwkt_thread *own = lcore_id < RTE_MAX_LCORE ? lwkt_cpu_thread(lcore_id) : NULL;

	if (own == NULL)
		return NULL;
	if (__atomic_load_n(&own->td_service, __ATOMIC_ACQUIRE) == NULL) /* E28 */
		netisr_make(own, lcore_id);
	return &netisrs[lcore_id].ni_port;
}

/*
 * Serving: the port's CPU
 */

static void
netisr_own(struct netisr *ni, struct lwkt_thread *td)
{
	__atomic_store_n(&ni->ni_port.mpu_td, td, __ATOMIC_RELAXED); /* a kick reads it here only */
}

void
netisr_take(lwkt_port_t port)
{
	struct netisr *ni = netisr_of(port);

	netisr_own(ni, lwkt_self.se_td);
	__atomic_store_n(&ni->ni_loops, ni->ni_loops + 1, __ATOMIC_RELAXED);
}

void
netisr_give(lwkt_port_t port)
{
	struct netisr *ni = netisr_of(port);

	__atomic_store_n(&ni->ni_loops, ni->ni_loops - 1, __ATOMIC_RELAXED);
	if (ni->ni_loops > 0 || ni->ni_thread == NULL)
		return;
	netisr_own(ni, ni->ni_thread);
	lwkt_thread_ready(ni->ni_thread);
}

unsigned int
netisr_serve(lwkt_port_t port)
{
	lwkt_msg_t msg = lwkt_getport(port);

	if (msg == NULL)
		return 0;
	netisr_dispatch(msg);
	return 1;
}

static void
netisr_thread(void *arg)
{
	struct netisr *ni = arg;

	ni->ni_thread = lwkt_curthread();
	if (ni->ni_loops == 0)
		netisr_own(ni, ni->ni_thread);
	for (;;) {
		while (ni->ni_port.mpu_td != ni->ni_thread) { /* a loop serves it */
			lwkt_deschedule_self();
			lwkt_switch();
		}
		netisr_dispatch(lwkt_waitport(&ni->ni_port, 0));
	}
}

int
lwkt_netisr_start(unsigned int lcore_id)
{
	lwkt_port_t port = lwkt_netisr_cpuport(lcore_id);
	struct netisr *ni = &netisrs[lcore_id % RTE_MAX_LCORE];
	int rc = -EALREADY;

	if (port == NULL)
		return -EINVAL;
	rte_spinlock_lock(&netisr_lock);
	if (!ni->ni_started)
		rc = -lwkt_create(
		    netisr_thread, ni, NULL, NULL, 0, (int)lcore_id, "netisr%u", lcore_id);
	if (rc == 0)
		__atomic_store_n(&ni->ni_started, true, __ATOMIC_RELAXED);
	rte_spinlock_unlock(&netisr_lock);
	return rc;
}

/*
 * Sending
 */

void
lwkt_netmsg_init(struct lwkt_netmsg *nm, lwkt_port_t reply_port, int flags,
    void (*dispatch)(struct lwkt_netmsg *))
{
	lwkt_initmsg(&nm->nm_lmsg, reply_port, flags);
	nm->nm_dispatch = dispatch;
}

static lwkt_port_t
netisr_port(const char *call, unsigned int lcore_id)
{
	lwkt_port_t port = lwkt_netisr_cpuport(lcore_id);

	if (port == NULL)
		lwkt_panic(
		    "%s: lcore %u is no CPU; take one that EAL was started with", call, lcore_id);
	return port;
}

void
lwkt_netisr_sendmsg(struct lwkt_netmsg *nm, unsigned int lcore_id)
{
	lwkt_sendmsg(netisr_port("lwkt_netisr_sendmsg", lcore_id), &nm->nm_lmsg);
}

int
lwkt_netisr_domsg(struct lwkt_netmsg *nm, unsigned int lcore_id)
{
	return lwkt_domsg(netisr_port("lwkt_netisr_domsg", lcore_id), &nm->nm_lmsg, 0);
}

/* The first CPU from this one on whose service somebody serves; RTE_MAX_LCORE: none. */
static unsigned int
netisr_next(unsigned int lcore_id)
{
	for (; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		const struct netisr *ni = &netisrs[lcore_id];

		if (lwkt_netisr_cpuport(lcore_id) != NULL &&
		    (__atomic_load_n(&ni->ni_started, __ATOMIC_RELAXED) ||
		        __atomic_load_n(&ni->ni_loops, __ATOMIC_RELAXED) > 0))
			break;
	}
	return lcore_id;
}

int
lwkt_netisr_domsg_global(struct lwkt_netmsg *nm)
{
	unsigned int first = netisr_next(0);

	return first < RTE_MAX_LCORE ? lwkt_netisr_domsg(nm, first) : ESRCH;
}

void
lwkt_netisr_forwardmsg(struct lwkt_netmsg *nm, unsigned int lcore_id)
{
	unsigned int next = netisr_next(lcore_id);

	if (next < RTE_MAX_LCORE)
		lwkt_forwardmsg(&netisrs[next].ni_port, &nm->nm_lmsg);
	else
		lwkt_replymsg(&nm->nm_lmsg, 0);
}
