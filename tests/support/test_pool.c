/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "test_pool.h"

static void
check_and_free(void *pool)
{
	cr_expect_eq(rte_mempool_in_use_count(pool), 0, "packets have leaked");
	rte_mempool_free(pool);
}

struct rte_mempool *
test_pool(const char *name, unsigned int n)
{
	static unsigned int number;
	char unique[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool;

	snprintf(unique, sizeof(unique), "%.16s%u", name, number++);
	pool = lwkt_pktmbuf_pool_create(unique, n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	cr_assert_not_null(pool);
	test_at_end(check_and_free, pool);
	return pool;
}

struct rte_mbuf *
test_packet(struct rte_mempool *pool, uint16_t bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	void *data;

	cr_assert_not_null(m);
	data = rte_pktmbuf_append(m, bytes);
	cr_assert_not_null(data);
	memset(data, 0, bytes);
	return m;
}
