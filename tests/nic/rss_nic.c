/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include <lwkt_ethdev.h>

#include "rss_nic.h"

int
rss_fail(const struct nic *nic, const char *what)
{
	printf("rss: ethdev %u: %s\n", nic->ethdev, what);
	return -1;
}

/* A table in which the queue follows from all bits of the index. */
static int
shuffle(struct nic *nic)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_MAX / RTE_ETH_RETA_GROUP_SIZE] = {0};

	for (unsigned int i = 0; i < nic->entries; i++) {
		struct rte_eth_rss_reta_entry64 *group = &reta[i / RTE_ETH_RETA_GROUP_SIZE];

		group->mask = UINT64_MAX;
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] =
		    (uint16_t)(i * 2654435761u >> 16) % nic->queues;
	}
	if (rte_eth_dev_rss_reta_update(nic->ethdev, reta, nic->entries) != 0)
		return rss_fail(nic, "its redirection table cannot be written");
	memset(reta, 0, sizeof(reta));
	for (unsigned int i = 0; i < RTE_DIM(reta); i++)
		reta[i].mask = UINT64_MAX;
	if (rte_eth_dev_rss_reta_query(nic->ethdev, reta, nic->entries) != 0)
		return rss_fail(nic, "its redirection table cannot be read");
	for (unsigned int i = 0; i < nic->entries; i++)
		nic->reta[i] =
		    (uint8_t)reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
	return 0;
}

int
rss_nic_start(struct nic *nic, struct rte_mempool *pool)
{
	const struct lwkt_ethdev_params params = {
	    .ep_rxq = nic->queues, .ep_txq = 1, .ep_promiscuous = true, .ep_nic_hash = true};
	struct lwkt_ethdev_caps caps;
	struct rte_eth_dev_info info;

	if (lwkt_ethdev_caps(nic->ethdev, &caps) < 0 || caps.ea_no_rss != NULL)
		return rss_fail(nic, caps.ea_no_rss);
	if (lwkt_ethdev_start(nic->ethdev, &params, pool) < 0 ||
	    rte_eth_dev_info_get(nic->ethdev, &info) < 0)
		return rss_fail(nic, "it does not start");
	nic->entries = info.reta_size;
	if (nic->entries == 0 || nic->entries > RETA_MAX)
		return rss_fail(nic, "it has no redirection table of 1 to 512 entries");
	return shuffle(nic);
}

void
rss_nic_stop(const struct nic *nic)
{
	lwkt_ethdev_stop(nic->ethdev);
	lwkt_ethdev_close(nic->ethdev);
}
