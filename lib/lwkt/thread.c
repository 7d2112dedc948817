/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who the calling thread is, which CPUs there are, and the contexts of CPUs and of attached
 * pthreads. All other files of lib/lwkt stand on this one.
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "cpu_pvt.h"

struct lwkt_cpu *cpus[RTE_MAX_LCORE];

/* A program that has no ports, only functions on other CPUs, need not link the layer above. */

static void
nobody_init(struct lwkt_thread *td)
{
	(void)td;
}

static unsigned int
nobody_deliver(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	(void)from;
	(void)items;
	(void)n;
	return 0;
}

static const struct lwkt_upcalls nobody = {
    .up_thread_init = nobody_init, .up_deliver = nobody_deliver};
const struct lwkt_upcalls *upcalls = &nobody;
struct lwkt_gather *const no_gather[RTE_MAX_LCORE];
__thread struct lwkt_self lwkt_self = {
    .se_gather = no_gather, .se_cpuid = LWKT_CPU_NONE, .se_waits = MSGF_SYNC | MSGF_WAITING};

void
lwkt_transit_register(const struct lwkt_upcalls *up)
{
	upcalls = up;
}

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

struct lwkt_thread *
lwkt_cpu_thread(unsigned int lcore_id)
{
	if (lcore_id >= RTE_MAX_LCORE || cpus[lcore_id] == NULL)
		return NULL;
	return &cpus[lcore_id]->gd_thread;
}

void
cpu_impersonate(unsigned int lcore_id)
{
	struct lwkt_cpu *cpu = cpus[lcore_id];

	lwkt_self.se_cpu = cpu;
	lwkt_self.se_gather = cpu != NULL ? cpu->gd_gather : no_gather;
	lwkt_self.se_td = cpu != NULL ? &cpu->gd_thread : NULL;
	lwkt_self.se_cpuid = cpu != NULL ? lcore_id : LWKT_CPU_NONE;
	lwkt_self.se_left = cpu != NULL; /* maybe */
	lwkt_self.se_waits = cpu != NULL ? MSGF_SYNC : MSGF_SYNC | MSGF_WAITING;
}

unsigned int
lwkt_thread_cpuid(const struct lwkt_thread *td)
{
	return __atomic_load_n(&td->td_cpuid, __ATOMIC_RELAXED);
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

struct lwkt_port *
lwkt_thread_port(struct lwkt_thread *td)
{
	return &td->td_msgport;
}

bool
lwkt_interrupted(void)
{
	struct lwkt_thread *td = lwkt_self.se_td;

	return td != NULL && __atomic_load_n(&td->td_intr, __ATOMIC_RELAXED) != 0 &&
	       __atomic_exchange_n(&td->td_intr, 0, __ATOMIC_ACQUIRE) != 0; /* E9 */
}
