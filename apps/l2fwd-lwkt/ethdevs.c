/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pools and ethdevs, up and down.
 */
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>
#include <lwkt_cpu.h>

#include "l2fwd.h"

#define POOL_NAME "l2fwd_%u"

/* One pool for each NUMA node that has an ethdev. */
int
l2fwd_ethdevs_pools(struct l2fwd *fw, struct l2fwd_err *err)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		const struct l2fwd_pool *po = &fw->fw_plan.pn_pool[node];
		char name[RTE_MEMPOOL_NAMESIZE];

		if (po->po_packets == 0)
			continue;
		snprintf(name, sizeof(name), POOL_NAME, node);
		fw->fw_pool[node] = lwkt_pktmbuf_pool_create(
		    name, po->po_packets, L2FWD_CACHE, 0, (uint16_t)po->po_room, (int)node);
		if (fw->fw_pool[node] == NULL)
			return l2fwd_refuse(err, L2FWD_EXIT_ENV,
			    "mbuf pool: cannot make %u mbufs of %u bytes on NUMA node %u (%s); "
			    "give more memory (-m, --socket-mem, hugepages) or use fewer ethdevs",
			    po->po_packets, po->po_room, node, rte_strerror(rte_errno));
	}
	return 0;
}

unsigned int
l2fwd_ethdevs_try(const struct l2fwd_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		if (ed->ed_nrxq > 1 && lwkt_ethdev_try(ed->ed_id, &ed->ed_params) < 0)
			break;
	}
	return i;
}

int
l2fwd_ethdevs_start_one(struct l2fwd *fw, unsigned int i)
{
	struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];
	struct lwkt_ethdev_params params = ed->ed_params;
	int rc;

	if (fw->fw_file != NULL)
		return lwkt_pipeline_file_ethdev_start(fw->fw_file, i);
	params.ep_interrupts = lwkt_may_sleep();
	rc = lwkt_ethdev_start(ed->ed_id, &params, fw->fw_pool[ed->ed_node]);
	ed->ed_started = rc == 0;
	return rc;
}

int
l2fwd_ethdevs_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];
		int ret = l2fwd_ethdevs_start_one(fw, i);

		if (ret == 0)
			ret = rte_eth_macaddr_get(ed->ed_id, &ed->ed_mac);
		if (ret < 0)
			return l2fwd_refuse(err, L2FWD_EXIT_ENV,
			    "ethdev %u: cannot be started (%s); the line before this says why",
			    ed->ed_id, rte_strerror(-ret));
	}
	return 0;
}

static bool
in_use(const struct l2fwd_plan *plan, unsigned int id)
{
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		if (plan->pn_ethdev[i].ed_id == id)
			return true;
	return false;
}

void
l2fwd_ethdevs_print(const struct l2fwd_args *args, const struct l2fwd_plan *plan)
{
	printf("%-6s %-17s %-11s %s\n", "ethdev", "MAC address", "forwards to", "device");
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		char mac[RTE_ETHER_ADDR_FMT_SIZE], name[RTE_ETH_NAME_MAX_LEN] = "";

		rte_ether_format_addr(mac, sizeof(mac), &ed->ed_mac);
		rte_eth_dev_get_name_by_port(ed->ed_id, name);
		printf(
		    "%-6u %s %-11u %s\n", ed->ed_id, mac, plan->pn_ethdev[ed->ed_to].ed_id, name);
		if (ed->ed_to == i)
			printf("ethdev %u has no partner: it forwards to itself\n", ed->ed_id);
	}
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		l2fwd_queues_print(stdout, plan, args, i);
	l2fwd_setup_print(stdout, plan);
	l2fwd_pools_print(stdout, plan);
	for (unsigned int id = 0; id < 64; id++)
		if ((args->mask >> id & 1) != 0 && !in_use(plan, id))
			printf("ethdev %u is in -p but not in --portmap: left alone\n", id);
}

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

void
l2fwd_ethdevs_stop(struct l2fwd *fw)
{
	if (fw->fw_file != NULL)
		lwkt_pipeline_file_stop(fw->fw_file);
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];

		if (ed->ed_started)
			lwkt_ethdev_stop(ed->ed_id);
		ed->ed_started = false;
	}
}

/* Those that EAL found and nobody asked for too: closed by hand they cannot outlive the pools. */
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

		if (rte_eth_dev_info_get(id, &info) == 0 && info.driver_name != NULL &&
		    strcmp(info.driver_name, "net_ring") == 0)
			return id;
	}
	return -1;
}

unsigned int
l2fwd_ethdevs_mbufs_in_use(const struct l2fwd *fw)
{
	unsigned int n = fw->fw_file != NULL ? lwkt_pipeline_file_mbufs_in_use(fw->fw_file) : 0;

	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		if (fw->fw_pool[node] != NULL)
			n += rte_mempool_in_use_count(fw->fw_pool[node]);
	return n;
}

void
l2fwd_ethdevs_free_pools(struct l2fwd *fw)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		rte_mempool_free(fw->fw_pool[node]);
		fw->fw_pool[node] = NULL;
	}
}
