/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: how many packets its pools need. One pool for each NUMA node that has an ethdev;
 * its packets may be, all at once,
 *
 *      rx rings   empty, in the rx queues of the node's ethdevs
 *      tx rings   in the tx queues by which they leave, sent or not, until the driver looks
 *      window     in the pipeline: as many as there are credits; none where no stage holds packets
 *                 and none change CPUs; times the most mbufs that a stage makes a packet of
 *      bursts     in the hands of a driver that refills, a burst for each source
 *      caches     kept by lcores: a cache is flushed when it is one and a half times full
 *
 * A pool that has all of these never lets a device wait for want of an mbuf. The pipeline has one
 * window for all sources, so each node's packets may take all of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include <lwkt_stages.h>

#include "plan_pvt.h"

#define PACKETS_MOST (1u << 26)

void
config_pool_name(const struct lwkt_pipeline_file *pf, unsigned int node, char *name)
{
	snprintf(name, RTE_MEMPOOL_NAMESIZE, "%.16s_%u", pf->pf_conf.cp_name, node);
}

static unsigned int
count_sources(const struct lwkt_pipeline_file *pf)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		n += config_is_source(&pf->pf_stage[i]);
	return n;
}

/* Does it keep packets from one call to the next? */
static bool
holds(const struct config_stage *cs)
{
	const struct lwkt_ethdev_conf *ec = cs->cs_conf;

	if (cs->cs_kind == &lwkt_stage_ethdev_tx)
		return ec->ec_full == LWKT_TX_WAIT;
	return cs->cs_kind->sk_purge != NULL && cs->cs_kind != &lwkt_stage_ethdev_rx;
}

static bool
any_held(const struct lwkt_pipeline_file *pf)
{
	bool held = config_crosses(pf);

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		held |= holds(&pf->pf_stage[i]) || pf->pf_stage[i].cs_kind->sk_mbufs > 1;
	return held;
}

/* Of a packet, behind the stage that makes it of most. */
static unsigned int
mbufs_of_packet(const struct lwkt_pipeline_file *pf)
{
	unsigned int most = 1;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		most = RTE_MAX(most, pf->pf_stage[i].cs_kind->sk_mbufs);
	return most;
}

/* As window_size() will have it; with no credits at all, the default. */
static unsigned int
window_of(const struct lwkt_pipeline_file *pf)
{
	unsigned int sources = count_sources(pf), window = pf->pf_conf.cp_opts.po_window;

	if (!any_held(pf))
		return 0;
	if (window == 0 || window == LWKT_WINDOW_NONE)
		window = LWKT_WINDOW_SOURCE * sources;
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

unsigned int
config_lcores_used(const struct lwkt_pipeline_file *pf)
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

/*
 * The ethdevs by which packets of a node's pool leave. What a stage makes that is not plain may be
 * of any.
 */
static void
ways_of_node(const struct lwkt_pipeline_file *pf, unsigned int node, bool *visited, bool *exits)
{
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		if (pf->pf_ethdev[i].ce_node == node)
			config_ways(pf, i, visited, exits);
	memset(visited, 0, pf->pf_nstages * sizeof(*visited));
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (!pf->pf_stage[i].cs_kind->sk_plain)
			config_exits(pf, i, CONFIG_AUTO, visited, exits);
}

/* Sources whose packets are of a node's pool, or may be. */
static unsigned int
count_sources_of(const struct lwkt_pipeline_file *pf, unsigned int node)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		unsigned int entry = config_brings(&pf->pf_stage[i]);

		n += config_is_source(&pf->pf_stage[i]) &&
		     (entry == CONFIG_AUTO || pf->pf_ethdev[entry].ce_node == node);
	}
	return n;
}

static void
reckon(
    const struct lwkt_pipeline_file *pf, struct config_need *cn, unsigned int node, bool *visited)
{
	bool exits[RTE_MAX_ETHPORTS] = {false};

	ways_of_node(pf, node, visited, exits);
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		const struct config_ethdev *ce = &pf->pf_ethdev[i];

		if (ce->ce_node == node)
			cn->cn_rx += ce->ce_params.ep_rxq * (unsigned int)ce->ce_setup.es_rxd;
		if (exits[i])
			cn->cn_tx += ce->ce_params.ep_txq * (unsigned int)ce->ce_setup.es_txd;
	}
	cn->cn_window = window_of(pf) * mbufs_of_packet(pf);
	cn->cn_bursts = LWKT_STAGE_BURST * count_sources_of(pf, node);
	cn->cn_caches = config_lcores_used(pf) * (pf->pf_pool.po_cache * 3 / 2);
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

int
config_pools(struct lwkt_pipeline_file *pf)
{
	bool *visited = calloc(pf->pf_nstages, sizeof(*visited));

	if (visited == NULL)
		return -ENOMEM;
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		struct config_need *cn = &pf->pf_need[node];

		*cn = (struct config_need){.cn_room = cn->cn_room};
		for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
			if (pf->pf_ethdev[i].ce_node == node) {
				reckon(pf, cn, node, visited);
				check_need(pf, cn, node);
				break;
			}
	}
	free(visited);
	return 0;
}
