/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pools of packets that carry messages.
 */
#ifndef TEST_POOL_H
#define TEST_POOL_H

#include <lwkt_pktmsg.h>

#include "test.h"

/* A pool of n, its name made unique; at the test's end every mbuf has to be back in it, and it is
 * freed. */
struct rte_mempool *test_pool(const char *name, unsigned int n);

/* One packet of so many bytes from it. */
struct rte_mbuf *test_packet(struct rte_mempool *pool, uint16_t bytes);

#endif /* TEST_POOL_H */
