/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: how many packets its pools need. One pool for each NUMA node that has an ethdev;
 * its packets may be, all at once,
 *
 *      rx rings   empty, in the rx queues of the node's ethdevs
 *      tx rings   in the tx queues of all ethdevs, sent or not, until the driver looks
 *      window     in the pipeline: as many as there are credits
 *      bursts     in the hands of a driver that refills, a burst for each source
 *      caches     kept by lcores: a cache is flushed when it is one and a half times full
 *
 * A pool that has all of these never lets a device wait for want of an mbuf.
 */
#include <rte_common.h>

#include "plan_pvt.h"

#define WINDOW_SOURCE 1024 /* as window.c has it */
#define PACKETS_MOST  (1u << 26)

static unsigned int
count_sources(const struct lwkt_pipeline_file *pf)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		n += config_is_source(&pf->pf_stage[i]);
	return n;
}

/* As window_size() will have it; with no credits at all, the default. */
static unsigned int
window_of(const struct lwkt_pipeline_file *pf)
{
	unsigned int sources = count_sources(pf), window = pf->pf_conf.cp_opts.po_window;

	if (window == 0 || window == LWKT_WINDOW_NONE)
		window = WINDOW_SOURCE * sources;
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		for (unsigned int o = 0; o < cs->cs_nouts; o++) {
			const struct lwkt_edge_conf *ec = &cs->cs_out[o].co_edge;

			if (ec->ec_overflow == LWKT_OVERFLOW_CREDIT && ec->ec_limit != 0)
				window = RTE_MIN(window, ec->ec_limit);
		}
	}
	return RTE_MAX(window, LWKT_STAGE_BURST * sources);
}

/* Lcores that have stages, and the main one. */
static unsigned int
count_lcores(const struct lwkt_pipeline_file *pf)
{
	unsigned int n = 1;

	for (unsigned int i = 0; i < pf->pf_have.iv_nlcores; i++)
		for (unsigned int k = 0; k < pf->pf_nstages; k++)
			if (pf->pf_stage[k].cs_lcore == pf->pf_have.iv_lcore[i].il_id) {
				n++;
				break;
			}
	return n;
}

static void
reckon(const struct lwkt_pipeline_file *pf, struct config_need *cn, unsigned int node)
{
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		const struct config_ethdev *ce = &pf->pf_ethdev[i];

		if (config_ethdev_node(pf, ce) == node)
			cn->cn_rx += ce->ce_params.ep_rxq * (unsigned int)ce->ce_setup.es_rxd;
		cn->cn_tx += ce->ce_params.ep_txq * (unsigned int)ce->ce_setup.es_txd;
	}
	cn->cn_window = window_of(pf);
	cn->cn_bursts = LWKT_STAGE_BURST * count_sources(pf);
	cn->cn_caches = count_lcores(pf) * (pf->pf_pool.po_cache * 3 / 2);
	cn->cn_sum = cn->cn_rx + cn->cn_tx + cn->cn_window + cn->cn_bursts + cn->cn_caches;
	cn->cn_packets = pf->pf_pool.po_packets;
	if (cn->cn_packets == 0)
		cn->cn_packets = rte_align32pow2(cn->cn_sum + 1) - 1;
}

static void
check_need(struct lwkt_pipeline_file *pf, const struct config_need *cn, unsigned int node)
{
	struct config_pos pos = pf->pf_pool_keys.ck_key[POOL_PACKETS];

	if (cn->cn_packets < cn->cn_sum)
		config_error(pf, pos,
		    "pool: packets: %u are too few on NUMA node %u: rx rings %u + tx rings %u + "
		    "window %u + bursts %u + caches %u = %u; write %u, or 0",
		    cn->cn_packets, node, cn->cn_rx, cn->cn_tx, cn->cn_window, cn->cn_bursts,
		    cn->cn_caches, cn->cn_sum, rte_align32pow2(cn->cn_sum + 1) - 1);
	else if (cn->cn_packets > PACKETS_MOST)
		config_error(pf, pos,
		    "pool: packets: NUMA node %u needs %u: rx rings %u + tx rings %u + window %u + "
		    "bursts %u + caches %u; write fewer queues, descriptors or credits",
		    node, cn->cn_sum, cn->cn_rx, cn->cn_tx, cn->cn_window, cn->cn_bursts,
		    cn->cn_caches);
}

void
config_pools(struct lwkt_pipeline_file *pf)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		struct config_need *cn = &pf->pf_need[node];

		*cn = (struct config_need){.cn_packets = 0};
		for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
			if (config_ethdev_node(pf, &pf->pf_ethdev[i]) == node) {
				reckon(pf, cn, node);
				check_need(pf, cn, node);
				break;
			}
	}
}
