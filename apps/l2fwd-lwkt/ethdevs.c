/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pools and ethdevs, up and down.
 */
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>
#include <lwkt_sleep.h>

#include "l2fwd.h"

#define CACHE     256  /* mbufs that an lcore keeps */
#define WINDOW    1024 /* credits of a source (lwkt_pipeline_opts' default) */
#define POOL_NAME "l2fwd_%u"

static unsigned int
node_of(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed)
{
	int node = rte_eth_dev_socket_id(ed->ed_id);

	if (node == SOCKET_ID_ANY)
		node = (int)rte_lcore_to_socket_id(plan->pn_lane[ed->ed_lane].la_worker[0].wk_rx);
	return (unsigned int)node;
}

/* Do packets of this ethdev change lcores? */
static bool
crosses(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed)
{
	return !plan->pn_rtc || ed->ed_spread == L2FWD_SOFTWARE ||
	       plan->pn_ethdev[ed->ed_to].ed_ntxq < plan->pn_lane[ed->ed_lane].la_nworkers;
}

/*
 * How many mbufs of an ethdev's can be away from the pool at once:
 *
 *   per rx queue  RXD                empty, in it
 *               + BURST              in the hands of the stages
 *   per tx queue  TXD                in it, sent or not, until the driver looks
 *   if packets change lcores, per rx queue
 *                 WINDOW             on their way: no more are let in
 */
static unsigned int
mbufs_of(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed)
{
	unsigned int per_rxq = L2FWD_RXD + LWKT_STAGE_BURST;

	if (crosses(plan, ed))
		per_rxq += WINDOW;
	return ed->ed_nrxq * per_rxq + ed->ed_ntxq * L2FWD_TXD;
}

/*
 * What the ethdevs need, and what each lcore keeps: its cache flushes at 1.5 times CACHE.
 *
 * rtc with 2 ethdevs: 2 * 2,112 + 2 * 384 = 4,992; rounded up to 2^k - 1, the best use of a
 * mempool's memory: 8,191 mbufs, 19 MB. With all of them away rx counts rx_nombuf and goes on.
 */
static unsigned int
pool_size(const struct l2fwd_plan *plan, unsigned int ethdevs_need)
{
	unsigned int nlcores = 1;

	for (unsigned int i = 0; i < plan->pn_nlanes; i++)
		nlcores += plan->pn_lane[i].la_nworkers * (plan->pn_rtc ? 1 : 3);
	return rte_align32pow2(ethdevs_need + nlcores * CACHE * 3 / 2) - 1;
}

/* One pool for each NUMA node that has an ethdev. */
int
l2fwd_ethdevs_pools(struct l2fwd *fw, struct l2fwd_err *err)
{
	const struct l2fwd_plan *plan = &fw->fw_plan;
	unsigned int on_node[RTE_MAX_NUMA_NODES] = {0};

	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		on_node[node_of(plan, &plan->pn_ethdev[i])] += mbufs_of(plan, &plan->pn_ethdev[i]);
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		unsigned int n = pool_size(plan, on_node[node]);
		char name[RTE_MEMPOOL_NAMESIZE];

		if (on_node[node] == 0)
			continue;
		snprintf(name, sizeof(name), POOL_NAME, node);
		fw->fw_pool[node] = lwkt_pktmbuf_pool_create(
		    name, n, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)node);
		if (fw->fw_pool[node] == NULL)
			return l2fwd_refuse(err, L2FWD_EXIT_ENV,
			    "mbuf pool: cannot make %u mbufs of %u bytes on NUMA node %u (%s); "
			    "give more memory (-m, --socket-mem, hugepages) or use fewer ethdevs",
			    n, RTE_MBUF_DEFAULT_BUF_SIZE, node, rte_strerror(rte_errno));
	}
	return 0;
}

static struct lwkt_ethdev_params
params_of(const struct l2fwd_ethdev *ed, bool promiscuous)
{
	return (struct lwkt_ethdev_params){
	    .ep_rxq = (uint16_t)ed->ed_nrxq,
	    .ep_txq = (uint16_t)ed->ed_ntxq,
	    .ep_rxd = L2FWD_RXD,
	    .ep_txd = L2FWD_TXD,
	    .ep_promiscuous = promiscuous,
	    .ep_interrupts = lwkt_may_sleep(),
	};
}

unsigned int
l2fwd_ethdevs_try(const struct l2fwd_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		const struct lwkt_ethdev_params params = params_of(ed, false);

		if (ed->ed_nrxq > 1 && lwkt_ethdev_try(ed->ed_id, &params) < 0)
			break;
	}
	return i;
}

int
l2fwd_ethdevs_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];
		const struct lwkt_ethdev_params params = params_of(ed, fw->fw_args.promiscuous);
		int ret =
		    lwkt_ethdev_start(ed->ed_id, &params, fw->fw_pool[node_of(&fw->fw_plan, ed)]);

		if (ret == 0) {
			ed->ed_started = true;
			ret = rte_eth_macaddr_get(ed->ed_id, &ed->ed_mac);
		}
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
	for (unsigned int id = 0; id < 64; id++)
		if ((args->mask >> id & 1) != 0 && !in_use(plan, id))
			printf("ethdev %u is in -p but not in --portmap: left alone\n", id);
}

/* @return true: all links are up; false: that of ethdev *down is not. */
bool
l2fwd_ethdevs_link_up(const struct l2fwd_plan *plan, uint16_t *down)
{
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct rte_eth_link link = {0};

		*down = plan->pn_ethdev[i].ed_id;
		if (rte_eth_link_get_nowait(*down, &link) == 0 &&
		    link.link_status == RTE_ETH_LINK_DOWN)
			return false;
	}
	return true;
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
