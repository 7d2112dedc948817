/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ethdev.h>

#include <lwkt_compat.h>

#include "ethdev_rss_pvt.h"

#define KEY_4 0x6d, 0x5a, 0x6d, 0x5a

/* The flow hash's (lwkt_flowhash.h). */
static uint8_t repeated_key[LWKT_FLOWHASH_KEY_MAX] = {
    KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4, KEY_4};

/* Numbers without a pattern, for NICs that combine or order the ends themselves. */
static uint8_t strong_key[LWKT_FLOWHASH_KEY_MAX] = {0x9f, 0x3c, 0x71, 0xe4, 0x5b, 0x06, 0xd8, 0xa3,
    0x27, 0xbc, 0x4d, 0x92, 0xf1, 0x68, 0x0e, 0xc5, 0x7a, 0x35, 0xeb, 0x11, 0xd6, 0x8c, 0x43, 0xb9,
    0x2e, 0xf7, 0x60, 0x1d, 0xa8, 0x54, 0xcb, 0x97, 0x3e, 0x82, 0x15, 0xdf, 0x69, 0xb4, 0x08, 0xe3,
    0x76, 0xad, 0x5c, 0x21, 0xfa, 0x87, 0x30, 0xce, 0x1b, 0x64, 0xd5, 0x49};

enum lwkt_ethdev_rss
rss_choose(unsigned int reported, bool nic_hash)
{
	if (nic_hash)
		return LWKT_ETHDEV_RSS_REPEATED;
	if (reported & RSS_REPORTS_SORT)
		return LWKT_ETHDEV_RSS_SORT;
	return reported & RSS_REPORTS_XOR ? LWKT_ETHDEV_RSS_XOR : LWKT_ETHDEV_RSS_REPEATED;
}

unsigned int
rss_reported(const struct rte_eth_dev_info *info)
{
	return (LWKT_RSS_HAS(info, SYMMETRIC_TOEPLITZ) ? RSS_REPORTS_XOR : 0) |
	       (LWKT_RSS_HAS(info, SYMMETRIC_TOEPLITZ_SORT) ? RSS_REPORTS_SORT : 0);
}

uint8_t *
rss_key(enum lwkt_ethdev_rss rss)
{
	return rss == LWKT_ETHDEV_RSS_REPEATED ? repeated_key : strong_key;
}

static uint64_t
rss_types(const struct rte_eth_dev_info *info)
{
	return info->flow_type_rss_offloads &
	       (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
}

const char *
rss_lacks(const struct rte_eth_dev_info *info)
{
	unsigned int bytes = lwkt_rss_key_bytes(info->hash_key_size);

	if (rss_types(info) == 0)
		return "its driver has no RSS";
	if (bytes == 0)
		return "its driver takes no RSS key";
	if (bytes > LWKT_FLOWHASH_KEY_MAX)
		return "its RSS key is longer than the symmetric one";
	return NULL;
}

void
rss_configure(
    struct rte_eth_conf *conf, const struct rte_eth_dev_info *info, enum lwkt_ethdev_rss rss)
{
	struct rte_eth_rss_conf *rc = &conf->rx_adv_conf.rss_conf;

	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	*rc = (struct rte_eth_rss_conf){.rss_key = rss_key(rss),
	    .rss_key_len = (uint8_t)lwkt_rss_key_bytes(info->hash_key_size),
	    .rss_hf = rss_types(info)};
	if (rss == LWKT_ETHDEV_RSS_SORT)
		LWKT_RSS_TAKE(rc, SYMMETRIC_TOEPLITZ_SORT);
	else if (rss == LWKT_ETHDEV_RSS_XOR)
		LWKT_RSS_TAKE(rc, SYMMETRIC_TOEPLITZ);
}

const char *
lwkt_ethdev_rss_name(enum lwkt_ethdev_rss rss)
{
	static const char *const names[] = {
	    [LWKT_ETHDEV_RSS_REPEATED] = "the symmetric key",
	    [LWKT_ETHDEV_RSS_XOR] = "a strong key and its symmetric_toeplitz",
	    [LWKT_ETHDEV_RSS_SORT] = "a strong key and its symmetric_toeplitz_sort",
	};

	return names[rss];
}

const char *
lwkt_ethdev_rss_cost(enum lwkt_ethdev_rss rss)
{
	static const char *const costs[] = {
	    [LWKT_ETHDEV_RSS_REPEATED] =
	        "key 0x6d5a repeated: hosts in pairs, or with address and port that count "
	        "together, share a queue; a distribute stage hashes anew",
	    [LWKT_ETHDEV_RSS_XOR] =
	        "both ends combined: hosts in pairs share a queue; a distribute stage hashes anew",
	    [LWKT_ETHDEV_RSS_SORT] = NULL,
	};

	return costs[rss];
}
