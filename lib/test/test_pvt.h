/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/test: what its files know of each other.
 */
#ifndef LWKT_TEST_PVT_H
#define LWKT_TEST_PVT_H

#include <stdbool.h>

#include "lwkt_test.h"

/* Room for a frame behind the others; NULL: no memory. (frames.c) */
uint8_t *frames_append(struct lwkt_frames *fs, unsigned int bytes);
/* How many times has the list been cleared? */
unsigned int frames_cleared(const struct lwkt_frames *fs);

/* A stage of kind lwkt_test_out takes nothing; its CPU. (ends.c) */
void out_full(struct lwkt_stage *st, bool full);

/* Where an mbuf was seen last: a field of ours in it. (seen.c) */
int seen_register(void);
/* Show the pipeline's packets to it. 0 or a negative errno. */
int seen_watch(struct lwkt_pipeline *pl);
/* Mbufs of the pool that are not in it; the stage where the first of them was seen, or NULL. */
unsigned int seen_away(
    struct rte_mempool *pool, const struct lwkt_pipeline *pl, const struct lwkt_stage **last);

#endif /* LWKT_TEST_PVT_H */
