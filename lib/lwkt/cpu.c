/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt_init() and lwkt_fini(): what the CPUs are made of.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "cpu_pvt.h"
#include "ipicall_pvt.h"
#include "transit_pvt.h"

#define RING_SIZE_MAX 65535
#define BELLS_FROM    16

unsigned int bells_from = BELLS_FROM;
static unsigned int ncpus;

unsigned int
lwkt_ncpus(void)
{
	return ncpus;
}

/*
 * Making them: a block of memory for each CPU, and a ring between each two of them.
 */

/* One block: the CPU, its outbound and inbound ends, the list of dirty pairs, its
 * bells, the rings to it. */
static struct lwkt_cpu *
cpu_alloc(unsigned int lcore_id, unsigned int npeers, size_t wire_bytes)
{
	size_t ins = sizeof(struct lwkt_cpu) + npeers * sizeof(struct ipiq_out);
	size_t dirty = ins + npeers * sizeof(struct ipiq_in);
	size_t bells = dirty + RTE_CACHE_LINE_ROUNDUP(npeers * sizeof(struct ipiq_out *));
	size_t wires = bells + RTE_CACHE_LINE_ROUNDUP(npeers);
	size_t bytes = wires + npeers * wire_bytes;
	char *mem = numa_zalloc(bytes, (int)rte_lcore_to_socket_id(lcore_id));
	struct lwkt_cpu *cpu = (void *)mem;

	if (cpu == NULL)
		return NULL;
	cpu->gd_cpuid = lcore_id;
	cpu->gd_wake_fd = -1;
	cpu->gd_pass = 1;
	cpu->gd_bytes = bytes;
	cpu->gd_nin = npeers;
	cpu->gd_in = (void *)(mem + ins);
	cpu->gd_dirty = (void *)(mem + dirty);
	cpu->gd_bells = npeers >= bells_from ? (uint8_t *)mem + bells : NULL;
	sched_init(cpu);
	return cpu;
}

/* Where the parts of cpu_alloc()'s block that belong to peer number i are. */
static struct ipiq_out *
cpu_out(struct lwkt_cpu *cpu, unsigned int i)
{
	return (struct ipiq_out *)(void *)(cpu + 1) + i;
}

static void *
cpu_wire_mem(struct lwkt_cpu *cpu, unsigned int i, size_t wire_bytes)
{
	return (char *)cpu + cpu->gd_bytes - (cpu->gd_nin - i) * wire_bytes;
}

/* Lay the wires from one CPU to each other one. */
static void
wire(struct lwkt_cpu *from, const struct lwkt_config *cfg)
{
	size_t wire_bytes = ipiq_wire_bytes(cfg);
	unsigned int lcore_id, nout = 0;

	RTE_LCORE_FOREACH (lcore_id) {
		struct lwkt_cpu *to = cpus[lcore_id];
		struct ipiq_out *out;
		unsigned int slot = 0;

		if (to == from)
			continue;
		while (to->gd_in[slot].ii_wired)
			slot++;
		out = cpu_out(from, nout++);
		ipiq_wire(out, &to->gd_in[slot], cpu_wire_mem(to, slot, wire_bytes), cfg);
		out->io_to->ii_wired = true;
		out->io_to->ii_from = from->gd_cpuid;
		out->io_bell = to->gd_bells != NULL ? &to->gd_bells[slot] : NULL;
		out->io_to->ii_bell = out->io_bell;
		out->io_sleeper = cfg->cf_sleep ? to : NULL;
		out->io_signals = out->io_bell != NULL || out->io_sleeper != NULL;
		out->io_flush = cfg->cf_flush_count;
		out->io_quarter =
		    RTE_MIN(RTE_MAX(cfg->cf_ring_size / 4, 1u), (unsigned int)LWKT_GATHER_MAX);
		ipiq_out_empty(out);
		from->gd_out[lcore_id] = out;
		from->gd_gather[lcore_id] = &out->io_gather;
	}
}

static void
cpus_free(void)
{
	struct lwkt_thread *td;
	unsigned int lcore_id;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		struct lwkt_cpu *cpu = cpus[lcore_id];

		cpus[lcore_id] = NULL;
		if (cpu == NULL)
			continue;
		sleep_fini(cpu);
		calls_free(cpu);
		sleepq_forget(&cpu->gd_thread);
		TAILQ_FOREACH (td, &cpu->gd_pool.po_all, td_all) /* those that have not ended */
			sleepq_forget(td);
		pool_fini(&cpu->gd_pool);
		numa_release(cpu, cpu->gd_bytes);
	}
}

static int
allow_sleep(void)
{
	unsigned int lcore_id;
	int rc = 0;

	RTE_LCORE_FOREACH (lcore_id)
		if (rc == 0)
			rc = sleep_init(cpus[lcore_id]);
	return rc;
}

static int
alloc_all(size_t wire_bytes)
{
	unsigned int lcore_id, n = rte_lcore_count();

	RTE_LCORE_FOREACH (lcore_id) {
		cpus[lcore_id] = cpu_alloc(lcore_id, n - 1, wire_bytes);
		if (cpus[lcore_id] == NULL) {
			lwkt_error("no memory for CPU %u of %u (%zu bytes of transit); give EAL "
			           "more memory (-m) or use fewer lcores (-l)",
			    lcore_id, n, (n - 1) * wire_bytes);
			return -ENOMEM;
		}
	}
	return 0;
}

static int
cpus_make(const struct lwkt_config *cfg)
{
	unsigned int lcore_id;
	char name[LWKT_THREAD_NAME_BYTES];
	int rc = alloc_all(ipiq_wire_bytes(cfg));

	if (rc == 0 && cfg->cf_sleep)
		rc = allow_sleep();
	if (rc < 0) {
		cpus_free();
		return rc;
	}
	RTE_LCORE_FOREACH (lcore_id) {
		snprintf(name, sizeof(name), "cpu%u", lcore_id);
		thread_init(&cpus[lcore_id]->gd_thread, lcore_id, name);
		wire(cpus[lcore_id], cfg);
	}
	return 0;
}

/*
 * Starting and ending
 */

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
	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		lwkt_error(
		    "lwkt_init: this is a secondary process of DPDK, which has no CPUs of its own "
		    "here; run what uses LWKT in the primary one, and ask it by telemetry");
		return -ENOTSUP;
	}
	if (ncpus != 0 || !workers_idle())
		return -EBUSY;
	rc = cpus_make(&c);
	if (rc < 0)
		return rc;
	ncpus = rte_lcore_count();
	inform_all();
	return 0;
}

/* @return a CPU that has something in transit, from or to it; LWKT_CPU_NONE: none has. */
static unsigned int
cpu_with_transit(void)
{
	unsigned int lcore_id;

	RTE_LCORE_FOREACH (lcore_id)
		if (!ipiq_idle(cpus[lcore_id]))
			return lcore_id;
	return LWKT_CPU_NONE;
}

int
lwkt_wind_down(unsigned int timeout_ms)
{
	unsigned int self = rte_get_main_lcore(), lcore_id, left;
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * timeout_ms;

	lwkt_may_wait("lwkt_wind_down");
	if (ncpus == 0 || lwkt_self.se_td != &cpus[self]->gd_thread)
		return -EPERM;
	if (!workers_idle())
		return -EBUSY;
	inform_all();
	while ((left = cpu_with_transit()) != LWKT_CPU_NONE && rte_get_timer_cycles() < end) {
		RTE_LCORE_FOREACH (lcore_id) {
			cpu_impersonate(lcore_id);
			lwkt_poll();
		}
		cpu_impersonate(self);
	}
	if (left == LWKT_CPU_NONE)
		return 0;
	lwkt_error("lwkt_wind_down: after %u ms there still is something in transit, from or to "
	           "CPU %u; does what it handles send anew each time?",
	    timeout_ms, left);
	return -ETIMEDOUT;
}

void
lwkt_fini(void)
{
	unsigned int lcore_id;

	if (ncpus == 0)
		return;
	if (!workers_idle())
		lwkt_panic("lwkt_fini: a worker lcore still runs; end its loop first");
	lcore_id = cpu_with_transit();
	if (lcore_id != LWKT_CPU_NONE)
		lwkt_panic("lwkt_fini: messages or calls from or to CPU %u are in transit; poll "
		           "until they have arrived (lwkt_wind_down())",
		    lcore_id);
	cpus_free();
	ncpus = 0;
	inform_all();
}
