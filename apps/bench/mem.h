/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much memory this process has, so that a difference says what something took.
 */
#ifndef BENCH_MEM_H
#define BENCH_MEM_H

#include <stdint.h>

struct mem {
	uint64_t me_reserved; /* address space, and what is in use of EAL's heaps */
	uint64_t me_resident; /* pages that are there */
};

/* Allocates nothing. All 0 without /proc. */
struct mem mem_now(void);

#endif /* BENCH_MEM_H */
