/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links of the ethdevs, and how they are closed.
 */
#include <string.h>

#include <lwkt_ethdev.h>

#include "l2fwd.h"

unsigned int
l2fwd_ethdevs_links_down(const struct l2fwd_plan *plan, char *ids, size_t bytes)
{
	unsigned int n = 0;
	size_t at = 0;

	ids[0] = '\0';
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct rte_eth_link link = {0};
		uint16_t id = plan->pn_ethdev[i].ed_id;

		if (rte_eth_link_get_nowait(id, &link) != 0 ||
		    link.link_status != RTE_ETH_LINK_DOWN)
			continue;
		if (at < bytes)
			at +=
			    (size_t)snprintf(ids + at, bytes - at, "%s%u", n == 0 ? "" : ", ", id);
		n++;
	}
	return n;
}

/* Those that nobody asked for too: closed by hand they cannot outlive the pools. */
void
l2fwd_ethdevs_close(struct l2fwd *fw)
{
	uint16_t id;

	if (fw->fw_file != NULL)
		lwkt_pipeline_file_close(fw->fw_file);
	RTE_ETH_FOREACH_DEV (id)
		lwkt_ethdev_close(id);
}

int
l2fwd_ethdevs_ring(const struct l2fwd *fw)
{
	struct rte_eth_dev_info info;

	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		uint16_t id = fw->fw_plan.pn_ethdev[i].ed_id;

		if (rte_eth_dev_is_valid_port(id) && rte_eth_dev_info_get(id, &info) == 0 &&
		    info.driver_name != NULL && strcmp(info.driver_name, "net_ring") == 0)
			return id;
	}
	return -1;
}
