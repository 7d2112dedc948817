/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory on a CPU's NUMA node, zeroed and cache-aligned (contract G99). With hugepages EAL's heaps
 * know the nodes. Without (--no-huge) EAL has one heap of anonymous memory from wherever the main
 * lcore ran, so there libnuma places it.
 */
#include <numa.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include "cpu_pvt.h"

static bool
from_libnuma(void)
{
	return !rte_eal_has_hugepages() && numa_available() >= 0;
}

void *
numa_zalloc(size_t bytes, int socket)
{
	if (!from_libnuma())
		return rte_zmalloc_socket("lwkt", bytes, RTE_CACHE_LINE_SIZE, socket);
	if (socket < 0 || socket > numa_max_node())
		return numa_alloc_local(bytes);
	return numa_alloc_onnode(bytes, socket);
}

void
numa_release(void *mem, size_t bytes)
{
	if (from_libnuma())
		numa_free(mem, bytes);
	else
		rte_free(mem);
}
