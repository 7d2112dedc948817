/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who the calling thread is, and the contexts of CPUs and of attached pthreads.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "cpu_pvt.h"

struct lwkt_gather *const no_gather[RTE_MAX_LCORE];
__thread struct lwkt_self lwkt_self = {
    .se_gather = no_gather, .se_cpuid = LWKT_CPU_NONE, .se_waits = MSGF_SYNC | MSGF_WAITING};

void
thread_init(struct lwkt_thread *td, unsigned int cpuid, const char *name)
{
	td->td_cpuid = cpuid;
	td->td_waits = td->td_kind == LWKT_THREAD_CPU ? MSGF_SYNC : MSGF_SYNC | MSGF_WAITING;
	if (td->td_kind == LWKT_THREAD_CPU)
		td->td_pri = LWKT_PRI_DEFAULT;
	snprintf(td->td_name, sizeof(td->td_name), "%s", name);
	if (upcalls != NULL)
		upcalls->up_thread_init(td);
}

unsigned int
lwkt_mycpuid(void)
{
	return lwkt_self.se_cpuid;
}

struct lwkt_thread *
lwkt_curthread(void)
{
	return lwkt_self.se_td;
}

unsigned int
lwkt_thread_cpuid(const struct lwkt_thread *td)
{
	return td->td_cpuid;
}

const char *
lwkt_thread_name(const struct lwkt_thread *td)
{
	return td->td_name;
}

bool
lwkt_wait_late(void)
{
	const struct lwkt_thread *td = lwkt_self.se_td;

	return td != NULL && td->td_until != 0 && rte_rdtsc() >= td->td_until;
}

void
lwkt_wait_until(const char *call, uint64_t tsc)
{
	if (lwkt_self.se_td == NULL)
		lwkt_panic(
		    "%s: the calling thread has no context; lwkt_attach() gives it one", call);
	lwkt_self.se_td->td_until = tsc;
}

struct lwkt_port *
lwkt_thread_port(struct lwkt_thread *td)
{
	return &td->td_msgport;
}

int
lwkt_attach(const char *name)
{
	struct lwkt_thread *td;

	if (name == NULL || lwkt_self.se_cpu != NULL)
		return -EINVAL;
	if (lwkt_self.se_td != NULL)
		return -EALREADY;
	td = aligned_alloc(alignof(struct lwkt_thread), sizeof(*td));
	if (td == NULL)
		return -ENOMEM;
	memset(td, 0, sizeof(*td));
	td->td_kind = LWKT_THREAD_PTHREAD;
	thread_init(td, LWKT_CPU_NONE, name);
	lwkt_self.se_td = td;
	return 0;
}

void
lwkt_detach(void)
{
	if (lwkt_self.se_cpu != NULL)
		return;
	free(lwkt_self.se_td);
	lwkt_self.se_td = NULL;
}

void
lwkt_interrupt(struct lwkt_thread *td)
{
	__atomic_store_n(&td->td_intr, 1, __ATOMIC_RELEASE); /* E9 */
	if (td->td_kind == LWKT_THREAD_LIGHT)
		sched_kick(td);
	else if (td->td_kind == LWKT_THREAD_PTHREAD) /* it sleeps on this word too (sleepq.c) */
		syscall(SYS_futex, &td->td_intr, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool
lwkt_interrupted(void)
{
	struct lwkt_thread *td = lwkt_self.se_td;

	return td != NULL && __atomic_load_n(&td->td_intr, __ATOMIC_RELAXED) != 0 &&
	       __atomic_exchange_n(&td->td_intr, 0, __ATOMIC_ACQUIRE) != 0; /* E9 */
}
