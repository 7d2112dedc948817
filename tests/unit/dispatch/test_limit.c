/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline whose sources may bring in so many packets and no more (lwkt_pipeline_limit()), and
 * bytes by stage.
 */
#include <errno.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <lwkt_ethdev.h>
#include <lwkt_stages.h>

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

/* A device with vector instructions: it gives eight packets at a time, or none. */
static eth_rx_burst_t give;

static uint16_t
give_eights(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return give(queue, pkts, (uint16_t)(n / 8 * 8));
}

static struct rte_ring *ring;
static uint16_t dev;

static void
close_device(void *arg)
{
	(void)arg;
	lwkt_ethdev_stop(dev);
	lwkt_ethdev_close(dev);
	rte_ring_free(ring);
}

/* Of 20 packets 13 are to be received: 8, and 5 of the next 8. */
LWKT_TEST(limit, API_a_device_that_gives_eights_does_not_change_it)
{
	static const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	static struct lwkt_ethdev_conf conf;
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, 1, &conf, {"e"}, {{0}}},
	    {"e", &kind_end, 1, NULL, {NULL}, {{0}}},
	};
	struct rte_mempool *pool = test_pool("p", POOL);
	struct rte_mbuf *pkts[20];
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	ring = rte_ring_create("few", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	cr_assert_not_null(ring);
	dev = (uint16_t)rte_eth_from_ring(ring);
	cr_assert_eq(lwkt_ethdev_start(dev, &params, pool), 0);
	test_at_end(close_device, NULL);
	give = rte_eth_fp_ops[dev].rx_pkt_burst;
	rte_eth_fp_ops[dev].rx_pkt_burst = give_eights;
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, pkts, 20), 0);
	cr_assert_eq(rte_ring_enqueue_bulk(ring, (void **)pkts, 20, NULL), 20);

	conf = (struct lwkt_ethdev_conf){.ec_ethdev = dev};
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_limit(pl, 13), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_transmitted < 13);
	usleep(2000); /* time to bring in more */
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(expect_balanced(pl).ac_received, 13);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(rte_ring_count(ring), 4, "8 + 8 were taken");
	cr_expect_eq(rte_mempool_in_use_count(pool), 4, "what is too many has gone back");
	cr_assert_eq(rte_ring_dequeue_bulk(ring, (void **)pkts, 4, NULL), 4);
	rte_pktmbuf_free_bulk(pkts, 4);
}
