/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_malloc.h>

#include "mem.h"

/* EAL's heaps hand out memory that the process had before, so they are added. */
static uint64_t
heaps(void)
{
	uint64_t bytes = 0;

	for (int heap = 0; heap < RTE_MAX_HEAPS; heap++) {
		struct rte_malloc_socket_stats stats;

		if (rte_malloc_get_socket_stats(heap, &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	}
	return bytes;
}

struct mem
mem_now(void)
{
	unsigned long pages = 0, resident = 0, page = (unsigned long)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/statm", O_RDONLY);
	char text[128] = "";

	if (fd < 0)
		return (struct mem){0};
	if (read(fd, text, sizeof(text) - 1) < 0 || sscanf(text, "%lu %lu", &pages, &resident) != 2)
		pages = resident = 0;
	close(fd);
	return (struct mem){.me_reserved = pages * page + heaps(), .me_resident = resident * page};
}
