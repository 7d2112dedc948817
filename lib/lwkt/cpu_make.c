/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lwkt_init() makes: a block of memory for each CPU, and the wires between all of them.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_lcore.h>

#include "cpu_pvt.h"
#include "ipiq_pvt.h"

#define BELLS_FROM 16

unsigned int bells_from = BELLS_FROM;

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
	cpu->gd_bytes = bytes;
	cpu->gd_nin = npeers;
	cpu->gd_in = (void *)(mem + ins);
	cpu->gd_dirty = (void *)(mem + dirty);
	cpu->gd_bells = npeers >= bells_from ? (uint8_t *)mem + bells : NULL;
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

void
cpus_free(void)
{
	unsigned int lcore_id;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		struct lwkt_cpu *cpu = cpus[lcore_id];

		cpus[lcore_id] = NULL;
		if (cpu == NULL)
			continue;
		sleep_fini(cpu);
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

int
cpus_make(const struct lwkt_config *cfg)
{
	unsigned int lcore_id;
	char name[THREAD_NAME_BYTES];
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
