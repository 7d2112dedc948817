/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lies under the pools of packets: DPDK's stack, with mbufs that do not all begin at the same
 * place of their pages. Builds with invariants and ThreadSanitizer's have other pools.
 */
#include <string.h>

#include <rte_errno.h>

#include "ports.h"
#include "test_pool.h"

#if !LWKT_INVARIANTS && !TEST_TSAN

#define POOL 63
#define PAGE 4096 /* tests run without hugepages */

static struct rte_mbuf *mbufs[POOL];

/* A pool whose mbufs are all in mbufs[]. */
static struct rte_mempool *
all_of_a_pool(uint16_t data_room)
{
	struct rte_mempool *pool =
	    lwkt_pktmbuf_pool_create("p", POOL, 0, 0, data_room, SOCKET_ID_ANY);
	struct rte_mbuf *more;

	cr_assert_not_null(pool, "%s", rte_strerror(rte_errno));
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, mbufs, POOL), 0);
	more = rte_pktmbuf_alloc(pool);
	cr_assert_null(more, "there are no more than it was made with");
	return pool;
}

static const char *
driver_of(const struct rte_mempool *pool)
{
	return rte_mempool_get_ops(pool->ops_index)->name;
}

LWKT_TEST_ENV(
    pktstack, API_what_came_back_last_goes_out_first, .te_eal = {"-d", "librte_mempool_stack.so"})
{
	struct rte_mempool *pool = all_of_a_pool(RTE_MBUF_DEFAULT_BUF_SIZE);
	struct rte_mbuf *again[8];

	cr_expect_str_eq(driver_of(pool), "lwkt_packets");
	for (unsigned int i = 0; i < POOL; i++)
		rte_pktmbuf_free(mbufs[i]);
	cr_expect_eq(rte_mempool_avail_count(pool), POOL);
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, again, RTE_DIM(again)), 0);
	for (unsigned int i = 0; i < RTE_DIM(again); i++)
		cr_expect_eq(again[i], mbufs[POOL - 1 - i]);
	rte_pktmbuf_free_bulk(again, RTE_DIM(again));
	rte_mempool_free(pool);
}

/* In how many lines of a page do mbufs begin? Each lies in one page, none in another's bytes. */
static unsigned int
count_beginnings(const struct rte_mempool *pool)
{
	bool begun[PAGE / 64] = {false};
	unsigned int n = 0;

	for (unsigned int i = 0; i < POOL; i++) {
		uintptr_t begin = (uintptr_t)mbufs[i], end = begin + pool->elt_size;

		cr_expect_eq(begin / PAGE, (end - 1) / PAGE, "it is in one page");
		cr_expect_eq(begin % 64, 0);
		for (unsigned int k = 0; k < i; k++)
			cr_expect((uintptr_t)mbufs[k] >= end ||
			          (uintptr_t)mbufs[k] + pool->elt_size <= begin);
		n += !begun[begin % PAGE / 64];
		begun[begin % PAGE / 64] = true;
	}
	return n;
}

LWKT_TEST_ENV(pktstack, API_mbufs_of_small_pages_begin_in_many_places,
    .te_eal = {"-d", "librte_mempool_stack.so"})
{
	/* One and two of them in a page. */
	static const uint16_t rooms[] = {RTE_MBUF_DEFAULT_BUF_SIZE, 1500};

	for (unsigned int k = 0; k < RTE_DIM(rooms); k++) {
		struct rte_mempool *pool = all_of_a_pool(rooms[k]);

		cr_expect_eq(lwkt_pktmbuf_pool_check(pool), 0);
		cr_expect_geq(
		    count_beginnings(pool), 6, "%u: %u", rooms[k], count_beginnings(pool));
		rte_pktmbuf_free_bulk(mbufs, POOL);
		rte_mempool_free(pool);
	}
}

LWKT_TEST_ENV(pktstack, API_who_asks_for_another_driver_gets_it,
    .te_eal = {"-d", "librte_mempool_stack.so", "--mbuf-pool-ops-name=ring_sp_sc"})
{
	struct rte_mempool *pool = all_of_a_pool(RTE_MBUF_DEFAULT_BUF_SIZE);

	cr_expect_str_eq(driver_of(pool), "ring_sp_sc");
	rte_pktmbuf_free_bulk(mbufs, POOL);
	rte_mempool_free(pool);
}

LWKT_TEST(pktstack, API_without_dpdks_stack_it_is_dpdks_default)
{
	struct rte_mempool *pool = all_of_a_pool(RTE_MBUF_DEFAULT_BUF_SIZE);

	cr_expect_str_eq(driver_of(pool), RTE_MBUF_DEFAULT_MEMPOOL_OPS);
	rte_pktmbuf_free_bulk(mbufs, POOL);
	rte_mempool_free(pool);
}

#endif
