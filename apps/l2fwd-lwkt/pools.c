/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many packets the pools need: a pool for each NUMA node that has an ethdev, and the mbufs of
 * its ethdevs may be away all at once,
 *
 *      rx rings   empty, in the rx queues
 *      tx rings   in those of the ethdevs that they leave by, sent or not, until the driver looks
 *      window     if packets change lcores, on their way: no more are let in, WINDOW a source
 *      bursts     in the hands of the stages, a burst for each source
 *      caches     kept by lcores: a cache is flushed when it is one and a half times full
 *
 * rtc with 2 ethdevs: 2,048 + 2,048 + 0 + 128 + 768 = 4,992; rounded up to 2^k - 1, the best use of
 * a mempool's memory: 8,191 mbufs, 20 MB. With all of them away rx counts rx_nombuf and goes on.
 */
#include <rte_common.h>

#include <lwkt_cpu.h>
#include <lwkt_pktmsg.h>

#include "l2fwd.h"

#define WINDOW 1024 /* credits of a source (lwkt_pipeline_opts' default) */

/* Do packets of this ethdev change lcores? */
static bool
crosses(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed)
{
	return !plan->pn_rtc || ed->ed_spread == L2FWD_SOFTWARE ||
	       plan->pn_ethdev[ed->ed_to].ed_ntxq < plan->pn_lane[ed->ed_lane].la_nworkers;
}

static void
add(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed, struct l2fwd_pool *po)
{
	const struct l2fwd_ethdev *to = &plan->pn_ethdev[ed->ed_to];

	po->po_rx += ed->ed_nrxq * ed->ed_setup.es_rxd;
	po->po_tx += to->ed_ntxq * to->ed_setup.es_txd;
	po->po_bursts += ed->ed_nrxq * LWKT_STAGE_BURST;
	if (crosses(plan, ed))
		po->po_window += ed->ed_nrxq * WINDOW;
}

void
l2fwd_pools_plan(struct l2fwd_plan *plan)
{
	unsigned int nlcores = 1;

	for (unsigned int i = 0; i < plan->pn_nlanes; i++)
		nlcores += plan->pn_lane[i].la_nworkers * (plan->pn_rtc ? 1 : 3);
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		add(plan, &plan->pn_ethdev[i], &plan->pn_pool[plan->pn_ethdev[i].ed_node]);
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		struct l2fwd_pool *po = &plan->pn_pool[node];

		if (po->po_rx == 0)
			continue;
		po->po_caches = nlcores * L2FWD_CACHE * 3 / 2;
		po->po_sum = po->po_rx + po->po_tx + po->po_window + po->po_bursts + po->po_caches;
		po->po_packets = rte_align32pow2(po->po_sum + 1) - 1;
	}
}

/* Only bursts, up to as many packets as a vector holds, go from lcore to lcore here. */
static void
print_rings(FILE *f, const struct l2fwd_plan *plan)
{
	unsigned int window = 0;

	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		window += plan->pn_pool[node].po_window;
	if (window > 0)
		fprintf(f,
		    "rings between lcores: %u messages * %u packets = %u each, and %u in the window of "
		    "all sources; what has no room waits at its sender\n",
		    LWKT_RING_SIZE, LWKT_STAGE_BURST, LWKT_RING_SIZE * LWKT_STAGE_BURST, window);
}

void
l2fwd_pools_print(FILE *f, const struct l2fwd_plan *plan)
{
	print_rings(f, plan);
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		const struct l2fwd_pool *po = &plan->pn_pool[node];

		if (po->po_packets == 0)
			continue;
		fprintf(f,
		    "pool on NUMA node %u: rx rings %u + tx rings %u + window %u + bursts %u + "
		    "caches %u = %u; it has %u packets with %u bytes of data, %zu MB\n",
		    node, po->po_rx, po->po_tx, po->po_window, po->po_bursts, po->po_caches,
		    po->po_sum, po->po_packets, po->po_room,
		    (lwkt_pktmbuf_pool_bytes(po->po_packets, 0, (uint16_t)po->po_room) +
		        (1u << 20) - 1) >>
		        20);
	}
}
