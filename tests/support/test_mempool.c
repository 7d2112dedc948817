/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK's ring mempool once more, built by us: the distribution's is not instrumented, and to TSan
 * an mbuf that goes from one lcore to another through it looks like a race. The option
 * --mbuf-pool-ops-name selects it (test_env.c).
 */
#include <stdio.h>

#include <rte_errno.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "test.h"

#if TEST_TSAN

static int
ring_alloc(struct rte_mempool *mp)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "tr_%.20s", mp->name);
	mp->pool_data = rte_ring_create(name, rte_align32pow2(mp->size + 1), mp->socket_id, 0);
	return mp->pool_data != NULL ? 0 : -rte_errno;
}

static void
ring_free(struct rte_mempool *mp)
{
	rte_ring_free(mp->pool_data);
}

static int
ring_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	return rte_ring_mp_enqueue_bulk(mp->pool_data, objs, n, NULL) > 0 ? 0 : -ENOBUFS;
}

static int
ring_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	return rte_ring_mc_dequeue_bulk(mp->pool_data, objs, n, NULL) > 0 ? 0 : -ENOBUFS;
}

static unsigned int
ring_count(const struct rte_mempool *mp)
{
	return rte_ring_count(mp->pool_data);
}

static const struct rte_mempool_ops test_ring_ops = {
    .name = "test_ring",
    .alloc = ring_alloc,
    .free = ring_free,
    .enqueue = ring_enqueue,
    .dequeue = ring_dequeue,
    .get_count = ring_count,
};

RTE_MEMPOOL_REGISTER_OPS(test_ring_ops)

#endif
