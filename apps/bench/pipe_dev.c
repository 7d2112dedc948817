/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Null devices: rx gives packets as fast as it is asked, tx frees them. Two and a pool a side.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>

#include "pipe_pvt.h"

#define SIZE "64" /* bytes of a packet; they are not copied */

static void
dev_name(unsigned int side, unsigned int i, char *buf, size_t size)
{
	snprintf(buf, size, "net_null_bench%u", 2 * side + i);
}

static int
complain(const char *what, int rc, const char *fix)
{
	fprintf(stderr, "lwkt-bench pipeline: %s: %s; %s\n", what, rte_strerror(-rc), fix);
	return rc;
}

/* As somebody without us would. */
static int
start_rival(uint16_t ethdev, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(ethdev, 1, 1, &conf);

	if (rc == 0)
		rc = rte_eth_rx_queue_setup(ethdev, 0, 1024, SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(ethdev, 0, 1024, SOCKET_ID_ANY, NULL);
	return rc == 0 ? rte_eth_dev_start(ethdev) : rc;
}

static int
dev_open(struct pipe_devs *pd, unsigned int side, unsigned int i)
{
	const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	char name[32];
	int rc;

	dev_name(side, i, name, sizeof(name));
	rc = rte_eal_hotplug_add("vdev", name, "copy=0,size=" SIZE);
	if (rc < 0)
		return complain(name, rc, "DPDK needs its driver net_null (-d)");
	rc = rte_eth_dev_get_port_by_name(name, &pd->pd_ethdev[i]);
	if (rc == 0)
		rc = side == OURS ? lwkt_ethdev_start(pd->pd_ethdev[i], &params, pd->pd_pool)
		                  : start_rival(pd->pd_ethdev[i], pd->pd_pool);
	if (rc == 0)
		rc = rte_eth_macaddr_get(pd->pd_ethdev[i], &pd->pd_mac[i]);
	return rc < 0 ? complain(name, rc, "the device does not start") : 0;
}

int
pipe_devs_open(struct pipe_run *run, unsigned int mbufs, unsigned int cache, uint16_t room)
{
	run->pr_devs[OURS].pd_pool =
	    lwkt_pktmbuf_pool_create("ours", mbufs, cache, 0, room, SOCKET_ID_ANY);
	run->pr_devs[RIVAL].pd_pool =
	    rte_pktmbuf_pool_create("rival", mbufs, cache, 0, room, SOCKET_ID_ANY);
	if (run->pr_devs[OURS].pd_pool == NULL || run->pr_devs[RIVAL].pd_pool == NULL)
		return complain("the pools", -rte_errno,
		    "give EAL more memory (-m), or --cache at most --mbufs / 1.5");
	for (unsigned int side = 0; side < SIDES; side++) {
		for (unsigned int i = 0; i < 2; i++) {
			int rc = dev_open(&run->pr_devs[side], side, i);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

void
pipe_devs_close(struct pipe_run *run)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		for (unsigned int i = 0; i < 2; i++) {
			char name[32];

			dev_name(side, i, name, sizeof(name));
			rte_eth_dev_stop(run->pr_devs[side].pd_ethdev[i]);
			rte_eal_hotplug_remove("vdev", name);
		}
		rte_mempool_free(run->pr_devs[side].pd_pool);
	}
}
