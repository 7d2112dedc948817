/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs: up, stopped, closed.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include <lwkt_pktmsg.h>
#include <lwkt_log.h>

#include "ethdev_rss_pvt.h"
#include "lwkt_ethdev.h"

static int
failed(uint16_t ethdev, const char *step, int rc, const char *fix)
{
	lwkt_error("ethdev %u: %s failed: %s; %s", ethdev, step, rte_strerror(-rc), fix);
	return rc;
}

static int
check_queues(
    uint16_t ethdev, const struct rte_eth_dev_info *info, const struct lwkt_ethdev_params *params)
{
	if (params->ep_rxq < 1 || params->ep_rxq > info->max_rx_queues || params->ep_txq < 1 ||
	    params->ep_txq > info->max_tx_queues) {
		lwkt_error("ethdev %u: %u rx and %u tx queues wanted, it has 1 to %u and 1 to %u",
		    ethdev, params->ep_rxq, params->ep_txq, info->max_rx_queues,
		    info->max_tx_queues);
		return -EINVAL;
	}
	return 0;
}

static int
setup_queues(uint16_t ethdev, const struct lwkt_ethdev_params *params,
    const struct lwkt_ethdev_setup *es, struct rte_mempool *pool)
{
	unsigned int socket = (unsigned int)rte_eth_dev_socket_id(ethdev);
	int rc;

	for (uint16_t q = 0; q < params->ep_rxq; q++) {
		rc = rte_eth_rx_queue_setup(ethdev, q, es->es_rxd, socket, NULL, pool);
		if (rc < 0)
			return failed(ethdev, "rx queue setup", rc,
			    "check that the pool's mbufs are big enough for the device");
	}
	for (uint16_t q = 0; q < params->ep_txq; q++) {
		rc = rte_eth_tx_queue_setup(ethdev, q, es->es_txd, socket, NULL);
		if (rc < 0)
			return failed(ethdev, "tx queue setup", rc, "check the device's driver");
	}
	return 0;
}

/* Some drivers take the mtu of the configuration, some this call, some both. */
static int
set_mtu(uint16_t ethdev, const struct lwkt_ethdev_params *params)
{
	int rc = params->ep_mtu != 0 ? rte_eth_dev_set_mtu(ethdev, params->ep_mtu) : 0;

	return rc == 0 || rc == -ENOTSUP
	           ? 0
	           : failed(ethdev, "setting the mtu", rc, "check that it can have this one");
}

static bool interrupts[RTE_MAX_ETHPORTS]; /* asked for, and not refused */

bool
lwkt_ethdev_interrupts(uint16_t ethdev)
{
	return ethdev < RTE_MAX_ETHPORTS && interrupts[ethdev];
}

int
lwkt_ethdev_caps(uint16_t ethdev, struct lwkt_ethdev_caps *caps)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	*caps = (struct lwkt_ethdev_caps){
	    1, 1, "it does not say what it can do", LWKT_ETHDEV_RSS_REPEATED};
	if (rc < 0)
		return rc;
	caps->ea_max_rxq = RTE_MAX(info.max_rx_queues, 1);
	caps->ea_max_txq = RTE_MAX(info.max_tx_queues, 1);
	caps->ea_no_rss = rss_lacks(&info);
	caps->ea_rss = rss_choose(rss_reported(&info), false);
	return 0;
}

/* Over several rx queues the NIC spreads flows, both ways of one to the same queue. */
static int
configure(uint16_t ethdev, const struct lwkt_ethdev_params *params,
    const struct lwkt_ethdev_setup *es, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};

	if (es != NULL) {
		conf.rxmode.offloads = es->es_rx_offloads;
		conf.txmode.offloads = es->es_tx_offloads;
	}
	if (params->ep_rxq > 1 && rss_lacks(info) == NULL)
		rss_configure(&conf, info, rss_choose(rss_reported(info), params->ep_nic_hash));
	else
		conf.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	if (params->ep_mtu != 0)
		conf.rxmode.mtu = params->ep_mtu;
	conf.intr_conf.rxq = params->ep_interrupts;
	return rte_eth_dev_configure(ethdev, params->ep_rxq, params->ep_txq, &conf);
}

int
lwkt_ethdev_try(uint16_t ethdev, const struct lwkt_ethdev_params *params)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	return rc < 0 ? rc : configure(ethdev, params, NULL, &info);
}

/* Up to the start; what the driver refuses with rx interrupts it may take without. */
static int
start(uint16_t ethdev, const struct lwkt_ethdev_params *params, const struct lwkt_ethdev_setup *es,
    const struct rte_eth_dev_info *info, struct rte_mempool *pool)
{
	struct lwkt_ethdev_params p = *params;
	int rc = configure(ethdev, &p, es, info);

	if (rc < 0 && p.ep_interrupts) {
		p.ep_interrupts = false;
		rc = configure(ethdev, &p, es, info);
	}
	if (rc < 0)
		return failed(ethdev, "configuring", rc, "check that nothing else uses the device");
	rc = setup_queues(ethdev, &p, es, pool);
	if (rc == 0)
		rc = set_mtu(ethdev, &p);
	if (rc < 0)
		return rc;
	rc = rte_eth_dev_start(ethdev);
	if (rc < 0 && p.ep_interrupts) {
		p.ep_interrupts = false;
		return start(ethdev, &p, es, info, pool);
	}
	if (rc < 0)
		return failed(ethdev, "starting", rc, "check its link and driver");
	interrupts[ethdev] = p.ep_interrupts;
	return 0;
}

/* Fitted to what it says that it can; what is not as wanted is said. */
static int
fit(uint16_t ethdev, const struct lwkt_ethdev_params *params, struct rte_mempool *pool,
    struct lwkt_ethdev_setup *es)
{
	struct lwkt_ethdev_limits limits;
	char why[200];
	int rc = lwkt_ethdev_limits(ethdev, &limits);

	if (rc < 0)
		return failed(ethdev, "asking for its limits", rc, "check that the device exists");
	rc = lwkt_ethdev_fit(
	    &limits, params, rte_pktmbuf_data_room_size(pool), es, why, sizeof(why));
	if (why[0] != '\0')
		lwkt_error("ethdev %u: %s", ethdev, why);
	return rc;
}

int
lwkt_ethdev_start(
    uint16_t ethdev, const struct lwkt_ethdev_params *params, struct rte_mempool *pool)
{
	struct rte_eth_dev_info info;
	struct lwkt_ethdev_setup es;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	if (rc < 0)
		return failed(ethdev, "asking what it can do", rc, "check that the device exists");
	rc = check_queues(ethdev, &info, params);
	if (rc == 0)
		rc = lwkt_pktmbuf_pool_check(pool);
	if (rc == 0)
		rc = fit(ethdev, params, pool, &es);
	if (rc < 0)
		return rc;
	if (params->ep_rxq > 1 && rss_lacks(&info) != NULL)
		lwkt_error("ethdev %u: warning: it does not spread flows over its rx queues: %s; "
		           "let a distribute stage do it, behind one queue",
		    ethdev, rss_lacks(&info));
	rc = start(ethdev, params, &es, &info, pool);
	if (rc < 0)
		return rc;
	rc = params->ep_promiscuous ? rte_eth_promiscuous_enable(ethdev) : 0;
	if (rc == -ENOTSUP)
		lwkt_error(
		    "ethdev %u: warning: its driver has no promiscuous mode; going on without",
		    ethdev);
	if (rc < 0 && rc != -ENOTSUP) {
		rte_eth_dev_stop(ethdev);
		return failed(ethdev, "promiscuous mode", rc, "start without it");
	}
	return 0;
}

void
lwkt_ethdev_stop(uint16_t ethdev)
{
	if (rte_eth_dev_is_valid_port(ethdev)) /* else it has been unplugged */
		rte_eth_dev_stop(ethdev);
}

void
lwkt_ethdev_close(uint16_t ethdev)
{
	if (rte_eth_dev_is_valid_port(ethdev))
		rte_eth_dev_close(ethdev);
}

/* In place of what DPDK has for an ethdev that is closed. */
static uint16_t
no_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	(void)queue;
	(void)pkts;
	(void)n;
	return 0;
}

void
lwkt_ethdev_silence(uint16_t ethdev)
{
	__atomic_store_n(&rte_eth_fp_ops[ethdev].rx_pkt_burst, no_burst, __ATOMIC_SEQ_CST);
	__atomic_store_n(&rte_eth_fp_ops[ethdev].tx_pkt_burst, no_burst, __ATOMIC_SEQ_CST);
}

void
lwkt_ethdev_abandon(uint16_t ethdev)
{
	lwkt_ethdev_stop(ethdev);
	lwkt_ethdev_close(ethdev);
	lwkt_ethdev_silence(ethdev);
}
