/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs: up, stopped, closed.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include <lwkt_compat.h>
#include <lwkt_pktmsg.h>
#include <lwkt_log.h>

#include "lwkt_ethdev.h"
#include "lwkt_flowhash.h"

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

/*
 * RSS
 */

#define KEY_BYTES LWKT_FLOWHASH_KEY_MAX
#define KEY_4     0x6d, 0x5a, 0x6d, 0x5a

/* The flow hash's (lwkt_flowhash.h). ethdev and drivers keep the pointer, and do not write. */
static uint8_t key[KEY_BYTES] = {
    KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4};

/* Numbers without a pattern, for NICs that bring the ends in order themselves. */
static uint8_t strong_key[KEY_BYTES] = {0x9f, 0x3c, 0x71, 0xe4, 0x5b, 0x06, 0xd8, 0xa3, 0x27, 0xbc,
    0x4d, 0x92, 0xf1, 0x68, 0x0e, 0xc5, 0x7a, 0x35, 0xeb, 0x11, 0xd6, 0x8c, 0x43, 0xb9, 0x2e, 0xf7,
    0x60, 0x1d, 0xa8, 0x54, 0xcb, 0x97, 0x3e, 0x82, 0x15, 0xdf, 0x69, 0xb4, 0x08, 0xe3, 0x76, 0xad,
    0x5c, 0x21, 0xfa, 0x87, 0x30, 0xce, 0x1b, 0x64, 0xd5, 0x49};

enum rss_function { RSS_REPEATED, RSS_XOR, RSS_SORT };

/* The best that it reports; who takes its hash for ours wants ours. */
static enum rss_function
rss_function(const struct rte_eth_dev_info *info, const struct lwkt_ethdev_params *params)
{
	if (params != NULL && params->ep_nic_hash)
		return RSS_REPEATED;
	if (LWKT_RSS_HAS(info, SYMMETRIC_TOEPLITZ_SORT))
		return RSS_SORT;
	return LWKT_RSS_HAS(info, SYMMETRIC_TOEPLITZ) ? RSS_XOR : RSS_REPEATED;
}

/* What each costs, or NULL. */
static const char *const rss_costs[] = {
    [RSS_REPEATED] = "key 0x6d5a repeated: hosts in pairs, or with address and port that count "
                     "together, share a queue; a distribute stage hashes anew",
    [RSS_XOR] = "both ends combined: hosts in pairs share a queue; a distribute stage hashes anew",
    [RSS_SORT] = NULL,
};

static void
set_function(enum rss_function function, struct rte_eth_rss_conf *conf)
{
	if (function == RSS_REPEATED)
		return;
	conf->rss_key = strong_key;
	if (function == RSS_SORT)
		LWKT_RSS_TAKE(conf, SYMMETRIC_TOEPLITZ_SORT);
	else
		LWKT_RSS_TAKE(conf, SYMMETRIC_TOEPLITZ);
}

static uint64_t
rss_types(const struct rte_eth_dev_info *info)
{
	return info->flow_type_rss_offloads &
	       (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
}

/* Why it cannot spread flows by RSS with our key, or NULL. */
static const char *
no_rss(const struct rte_eth_dev_info *info)
{
	unsigned int bytes = lwkt_rss_key_bytes(info->hash_key_size);

	if (rss_types(info) == 0)
		return "its driver has no RSS";
	if (bytes == 0)
		return "its driver takes no RSS key";
	if (bytes > KEY_BYTES)
		return "its RSS key is longer than the symmetric one";
	return NULL;
}

int
lwkt_ethdev_caps(uint16_t ethdev, struct lwkt_ethdev_caps *caps)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	*caps = (struct lwkt_ethdev_caps){1, 1, "it does not say what it can do", NULL};
	if (rc < 0)
		return rc;
	caps->ea_max_rxq = RTE_MAX(info.max_rx_queues, 1);
	caps->ea_max_txq = RTE_MAX(info.max_tx_queues, 1);
	caps->ea_no_rss = no_rss(&info);
	caps->ea_rss_cost = caps->ea_no_rss == NULL ? rss_costs[rss_function(&info, NULL)] : NULL;
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
	if (params->ep_rxq > 1 && no_rss(info) == NULL) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){.rss_key = key,
		    .rss_key_len = (uint8_t)lwkt_rss_key_bytes(info->hash_key_size),
		    .rss_hf = rss_types(info)};
		set_function(rss_function(info, params), &conf.rx_adv_conf.rss_conf);
	} else {
		conf.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	}
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
	if (params->ep_rxq > 1 && no_rss(&info) != NULL)
		lwkt_error("ethdev %u: warning: it does not spread flows over its rx queues: %s; "
		           "let a distribute stage do it, behind one queue",
		    ethdev, no_rss(&info));
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
