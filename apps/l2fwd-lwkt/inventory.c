/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What EAL found, and a plan that it takes.
 */
#include <string.h>

#include <rte_lcore.h>

#include "l2fwd.h"

static void
take_inventory(struct l2fwd_inventory *have)
{
	unsigned int lcore_id;
	uint16_t id;

	memset(have, 0, sizeof(*have));
	RTE_ETH_FOREACH_DEV (id) {
		lwkt_ethdev_caps(id, &have->in_caps[have->in_nethdevs]);
		lwkt_ethdev_limits(id, &have->in_limits[have->in_nethdevs]);
		have->in_node[have->in_nethdevs] = rte_eth_dev_socket_id(id);
		have->in_ethdev[have->in_nethdevs++] = id;
	}
	RTE_LCORE_FOREACH_WORKER (lcore_id) {
		have->in_worker_node[have->in_nworkers] = rte_lcore_to_socket_id(lcore_id);
		have->in_worker[have->in_nworkers++] = lcore_id;
	}
}

/*
 * As many queues as the devices say that they have, or fewer, down to one, where a driver does not
 * take so many: vmxnet3 wants a power of two.
 */
int
l2fwd_plan_devices(struct l2fwd *fw, struct l2fwd_err *err)
{
	struct l2fwd_inventory *have = &fw->fw_have;
	unsigned int i;

	take_inventory(have);
	do {
		memset(&fw->fw_plan, 0, sizeof(fw->fw_plan));
		if (l2fwd_plan_make(&fw->fw_plan, &fw->fw_args, have, err) < 0 ||
		    l2fwd_setup_plan(&fw->fw_plan, &fw->fw_args, have, err) < 0)
			return -1;
		i = l2fwd_ethdevs_try(&fw->fw_plan);
	} while (l2fwd_plan_lower(&fw->fw_plan, i, have));
	l2fwd_pools_plan(&fw->fw_plan);
	return 0;
}
