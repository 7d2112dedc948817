/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a NIC spreads flows over its rx queues, both directions of a flow to the same one.
 *
 *   RSS_REPEATED  plain Toeplitz with the key 0x6d5a repeated: each driver has it, and a distributor
 *                 may take the hash for its own. Ends in a pattern cancel.
 *   RSS_XOR       the NIC puts the exclusive or of both ends in place of each (DPDK 23.11), ...
 *   RSS_SORT      ... or brings the ends in order. Then the key is a strong one.
 *
 * What a driver reports is an argument here, so that the choice can be tested with any DPDK.
 */
#ifndef LWKT_ETHDEV_RSS_PVT_H
#define LWKT_ETHDEV_RSS_PVT_H

#include <stdbool.h>
#include <stdint.h>

#include "lwkt_ethdev.h"
#include "lwkt_flowhash.h"

struct rte_eth_conf;
struct rte_eth_dev_info;

/* What a driver reports besides plain Toeplitz. */
#define RSS_REPORTS_XOR  1u
#define RSS_REPORTS_SORT 2u

/* Of what is reported the best; nic_hash: who takes the NIC's hash for ours wants ours. */
enum lwkt_ethdev_rss rss_choose(unsigned int reported, bool nic_hash);

/* What the driver reports: RSS_REPORTS_...; up to DPDK 23.07 nothing. */
unsigned int rss_reported(const struct rte_eth_dev_info *info);

/* The key of that function, LWKT_FLOWHASH_KEY_MAX bytes; ethdev keeps the pointer, and does not write. */
uint8_t *rss_key(enum lwkt_ethdev_rss rss);

/* Why it cannot spread flows by RSS with our keys, or NULL. */
const char *rss_lacks(const struct rte_eth_dev_info *info);

/* Have conf spread flows over several queues of an ethdev that lacks nothing. */
void rss_configure(
    struct rte_eth_conf *conf, const struct rte_eth_dev_info *info, enum lwkt_ethdev_rss rss);

#endif /* LWKT_ETHDEV_RSS_PVT_H */
