/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What EAL found to make pipelines of: its lcores and ethdevs.
 */
#include <string.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "plan_pvt.h"

static void
take_ethdev(struct lwkt_inventory_ethdev *ie, uint16_t id)
{
	struct rte_eth_dev_info info;
	struct lwkt_ethdev_caps caps;

	*ie = (struct lwkt_inventory_ethdev){.ie_id = id, .ie_node = rte_eth_dev_socket_id(id)};
	rte_eth_dev_get_name_by_port(id, ie->ie_name);
	rte_eth_macaddr_get(id, &ie->ie_mac);
	lwkt_ethdev_caps(id, &caps);
	ie->ie_no_rss = caps.ea_no_rss;
	ie->ie_rss = caps.ea_rss;
	if (rte_eth_dev_info_get(id, &info) != 0)
		return;
	ie->ie_max_rxq = info.max_rx_queues;
	ie->ie_max_txq = info.max_tx_queues;
	lwkt_ethdev_limits(id, &ie->ie_limits);
}

void
lwkt_inventory_take(struct lwkt_inventory *iv)
{
	unsigned int lcore_id;
	uint16_t id;

	memset(iv, 0, sizeof(*iv));
	iv->iv_main = rte_get_main_lcore();
	RTE_LCORE_FOREACH (lcore_id)
		iv->iv_lcore[iv->iv_nlcores++] =
		    (struct lwkt_inventory_lcore){lcore_id, rte_lcore_to_socket_id(lcore_id)};
	RTE_ETH_FOREACH_DEV (id)
		take_ethdev(&iv->iv_ethdev[iv->iv_nethdevs++], id);
}

const struct lwkt_inventory_lcore *
config_lcore(const struct lwkt_pipeline_file *pf, unsigned int lcore_id)
{
	for (unsigned int i = 0; i < pf->pf_have.iv_nlcores; i++)
		if (pf->pf_have.iv_lcore[i].il_id == lcore_id)
			return &pf->pf_have.iv_lcore[i];
	return NULL;
}
