/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline whose sources may bring in so many packets and no more (lwkt_pipeline_limit()), and
 * bytes by stage.
 */
#include <errno.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "kinds.h"
#include "tools.h"

#define POOL 2047

/* A source that brings in all that it may, or, without a pool, nothing. */
static unsigned int
few_poll(struct lwkt_stage *st)
{
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	struct rte_mempool *pool = *(struct rte_mempool *const *)st->st_state;
	unsigned int n = st->st_burst;

	cr_expect(n >= 1 && n <= LWKT_STAGE_BURST, "burst %u", n);
	if (pool == NULL || rte_pktmbuf_alloc_bulk(pool, pkts, n) != 0)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		rte_pktmbuf_append(pkts[i], 60);
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static int
few_init(struct lwkt_stage *st, const void *conf)
{
	*(const void **)st->st_state = conf;
	return 0;
}

static const struct lwkt_stage_kind kind_few = {
    .sk_name = "few",
    .sk_state_bytes = sizeof(void *),
    .sk_init = few_init,
    .sk_poll = few_poll,
};

static void
few_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_release(st, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

static const struct lwkt_stage_kind kind_end = {.sk_name = "end", .sk_handle = few_handle};

LWKT_TEST(limit, API_a_limit_is_kept_to_the_packet)
{
	static const uint64_t limits[] = {1, 64, 1000, 1027};
	struct rte_mempool *pool = test_pool("p", POOL);
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;
	struct lwkt_stage_stats ss;
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_few, 1, pool, {"e"}, {{0}}},
	    {"b", &kind_few, 2, NULL, {"e"}, {{0}}},
	    {"c", &kind_few, 2, pool, {"e"}, {{0}}},
	    {"e", &kind_end, 2, NULL, {NULL}, {{0}}},
	};
	for (unsigned int i = 0; i < RTE_DIM(limits); i++) {
		pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
		cr_assert_not_null(pl);
		cr_assert_eq(lwkt_pipeline_limit(pl, (uint64_t)INT64_MAX + 1), -EINVAL);
		cr_assert_eq(lwkt_pipeline_limit(pl, limits[i]), 0);
		cr_assert_eq(lwkt_pipeline_count_bytes(pl, i % 2 == 0), 0);
		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		cr_expect_eq(lwkt_pipeline_limit(pl, 1), -EBUSY);
		cr_expect_eq(lwkt_pipeline_count_bytes(pl, true), -EBUSY);
		do {
			test_relax();
			lwkt_pipeline_account(pl, &ac);
		} while (ac.ac_transmitted < limits[i]);
		usleep(2000); /* time to bring in more */
		cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
		cr_expect_eq(expect_balanced(pl).ac_received, limits[i]);
		lwkt_stage_stats(lwkt_pipeline_find(pl, "e"), &ss);
		cr_expect_eq(ss.ss_bytes, i % 2 == 0 ? 60 * limits[i] : 0);
		lwkt_pipeline_destroy(pl);
	}
}
