/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt_init() and lwkt_fini(), and who a thread is. cpu_make.c has what the CPUs are made of.
 */
#include <errno.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "cpu_pvt.h"
#include "ipiq_pvt.h"

#define RING_SIZE_MAX 65535

struct lwkt_cpu *cpus[RTE_MAX_LCORE];
const struct lwkt_upcalls *upcalls;
static unsigned int ncpus;

void
lwkt_transit_register(const struct lwkt_upcalls *up)
{
	upcalls = up;
}

struct lwkt_cpu *
this_cpu(const char *call)
{
	if (lwkt_self.se_cpu == NULL)
		lwkt_panic("%s: the calling thread is no CPU", call);
	return lwkt_self.se_cpu;
}

unsigned int
lwkt_ncpus(void)
{
	return ncpus;
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
}

/*
 * Tell each worker who it is. The flag, not EAL's own wait, is what orders the two (E4): EAL is
 * not built with the sanitizers.
 */
static unsigned int informed; /* atomic: workers that have answered */

static int
inform_worker(void *arg)
{
	(void)arg;
	cpu_impersonate(rte_lcore_id());
	__atomic_fetch_add(&informed, 1, __ATOMIC_RELEASE); /* E4 */
	return 0;
}

static void
inform_all(void)
{
	unsigned int lcore_id, asked = 0;

	__atomic_store_n(&informed, 0, __ATOMIC_RELAXED);
	RTE_LCORE_FOREACH_WORKER (lcore_id)
		asked += rte_eal_remote_launch(inform_worker, NULL, lcore_id) == 0;
	rte_eal_mp_wait_lcore();
	while (__atomic_load_n(&informed, __ATOMIC_ACQUIRE) < asked) /* E4 */
		rte_pause();
	cpu_impersonate(rte_lcore_id());
}

static bool
workers_idle(void)
{
	unsigned int lcore_id;

	RTE_LCORE_FOREACH_WORKER (lcore_id)
		if (rte_eal_get_lcore_state(lcore_id) != WAIT)
			return false;
	return true;
}

static int
check_range(const char *field, unsigned int value, unsigned int most)
{
	if (value >= 1 && value <= most)
		return 0;
	lwkt_error("lwkt_init: lwkt_config.%s is %u; give 1 to %u, or 0 for the default", field,
	    value, most);
	return -EINVAL;
}

int
lwkt_init(const struct lwkt_config *cfg)
{
	struct lwkt_config c = {.cf_ring_size = LWKT_RING_SIZE, .cf_flush_count = LWKT_FLUSH_MAX};
	int rc;

	if (cfg != NULL && cfg->cf_ring_size != 0)
		c.cf_ring_size = cfg->cf_ring_size;
	if (cfg != NULL && cfg->cf_flush_count != 0)
		c.cf_flush_count = cfg->cf_flush_count;
	c.cf_sleep = cfg != NULL && cfg->cf_sleep;
	if (check_range("cf_ring_size", c.cf_ring_size, RING_SIZE_MAX) < 0 ||
	    check_range("cf_flush_count", c.cf_flush_count, LWKT_FLUSH_MAX) < 0)
		return -EINVAL;
	if (rte_lcore_id() != rte_get_main_lcore())
		return -EPERM;
	if (ncpus != 0 || !workers_idle())
		return -EBUSY;
	rc = cpus_make(&c);
	if (rc < 0)
		return rc;
	ncpus = rte_lcore_count();
	inform_all();
	return 0;
}

void
lwkt_fini(void)
{
	unsigned int lcore_id;

	if (ncpus == 0)
		return;
	if (!workers_idle())
		lwkt_panic("lwkt_fini: a worker lcore still runs; end its loop first");
	RTE_LCORE_FOREACH (lcore_id)
		if (!ipiq_idle(cpus[lcore_id]))
			lwkt_panic(
			    "lwkt_fini: messages from or to CPU %u are in transit; poll until "
			    "they have arrived",
			    lcore_id);
	cpus_free();
	ncpus = 0;
	inform_all();
}
