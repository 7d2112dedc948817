/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind ethdev_tx on a device that takes seven packets, and then no more until somebody takes them
 * out.
 *
 *      source ─ tx ─ [ring of 8] ─ the test takes them out
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <lwkt_pipeline.h>
#include <lwkt_ethdev.h>
#include <lwkt_stages.h>

#include "tools.h"

#define PACKETS 2000
#define WINDOW  256

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

static struct rte_mempool *
make_device(void)
{
	static const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	struct rte_mempool *pool = test_pool("p", 1023);
	int id;

	ring = rte_ring_create("eight", 8, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	cr_assert_not_null(ring);
	id = rte_eth_from_ring(ring);
	cr_assert_geq(id, 0);
	dev = (uint16_t)id;
	cr_assert_eq(lwkt_ethdev_start(dev, &params, pool), 0);
	test_at_end(close_device, NULL);
	return pool;
}

static struct lwkt_source_conf source;
static struct lwkt_ethdev_conf tx;

static struct lwkt_pipeline *
make_sender(enum lwkt_edge_kind kind, unsigned int lcore)
{
	const struct lwkt_pipeline_opts opts = {.po_window = WINDOW};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, lcore, &tx, {NULL}},
	};
	struct lwkt_pipeline *pl;

	edges_as(rows, RTE_DIM(rows), kind);
	tx = (struct lwkt_ethdev_conf){.ec_ethdev = dev, .ec_full = LWKT_TX_WAIT};
	pl = lwkt_pipeline_create("out", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	return pl;
}

/* What the device has. On the CPU of the tx stage: ThreadSanitizer does not see into the ring. */
static unsigned int taken, wrong;

static void
take_out(void *arg)
{
	struct rte_mbuf *pkts[8];
	unsigned int n = rte_eth_rx_burst(dev, 0, pkts, RTE_DIM(pkts));
	struct lwkt_probe probe;

	(void)arg;
	for (unsigned int i = 0; i < n; i++) {
		memcpy(&probe, rte_pktmbuf_mtod_offset(pkts[i], char *, LWKT_PROBE_OFFSET),
		    sizeof(probe));
		wrong += probe.pr_number != taken++;
	}
	rte_pktmbuf_free_bulk(pkts, n);
}

LWKT_TEST(tx_wait, N94_what_waits_is_sent_later_and_in_order)
{
	struct rte_mempool *pool = make_device();

	for (unsigned int lcore = 1; lcore <= 2; lcore++)
		for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
			uint64_t most = 0, rounds = 0;
			struct lwkt_pipeline *pl;

			source = (struct lwkt_source_conf){.oc_count = PACKETS, .oc_pool = pool};
			pl = make_sender(k, lcore);
			for (taken = 0; taken < PACKETS; rounds++) {
				lwkt_pipeline_call(pl, lcore, take_out, NULL);
				most = RTE_MAX(most, stats_of(pl, "tx").ss_held);
				if (rounds % 16 == 0)
					expect_audited(pl);
			}
			cr_expect_eq(wrong, 0, "none lost, none overtaken");
			cr_expect_gt(most, 100, "%" PRIu64 " waited", most);
			cr_expect_leq(most, WINDOW);
			cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
			cr_expect_eq(expect_audited(pl).ac_transmitted, PACKETS);
			lwkt_pipeline_destroy(pl);
		}
}

/* A device that has stopped for good holds the window and no more; a stop ends what waits. */
LWKT_TEST(tx_wait, N94_a_device_that_takes_nothing_holds_the_window)
{
	struct rte_mempool *pool = make_device();

	for (unsigned int lcore = 1; lcore <= 2; lcore++)
		for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
			struct lwkt_pipeline *pl;
			struct lwkt_account ac;

			source = (struct lwkt_source_conf){.oc_pool = pool};
			pl = make_sender(k, lcore);
			while (stats_of(pl, "tx").ss_held < WINDOW - LWKT_STAGE_BURST)
				test_relax();
			usleep(2000);
			ac = expect_audited(pl);
			cr_expect_leq(ac.ac_held, WINDOW);
			cr_expect_eq(ac.ac_transmitted, 7);
			cr_expect_eq(ac.ac_dropped, 0);
			cr_expect_lt(lwkt_pipeline_drain(pl, 20), 0, "they are still there");
			cr_assert_eq(lwkt_pipeline_stop(pl), 0);
			ac = expect_audited(pl);
			cr_expect_eq(ac.ac_held, 0);
			cr_expect_eq(stats_of(pl, "tx").ss_dropped[0], ac.ac_received - 7);
			lwkt_pipeline_destroy(pl);
			taken = 0;
			take_out(NULL);
			cr_expect_eq(taken, 7);
		}
}
