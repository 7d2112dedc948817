/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which of a NIC's functions spreads flows over its queues, and with which key. What a driver
 * reports is given; what a NIC then computes is done by hand, with DPDK's software Toeplitz.
 */
#include <string.h>

#include <rte_ethdev.h>
#include <rte_thash.h>

#include "chi.h"
#include "ethdev_rss_pvt.h"
#include "test.h"

#define FLOWS  12800
#define QUEUES 16
#define TABLE  128 /* entries of a redirection table */

LWKT_TEST(ethdev_rss, N85_the_best_that_a_driver_reports_is_taken_but_for_the_flow_hash)
{
	static const enum lwkt_ethdev_rss best[] = {
	    [0] = LWKT_ETHDEV_RSS_REPEATED,
	    [RSS_REPORTS_XOR] = LWKT_ETHDEV_RSS_XOR,
	    [RSS_REPORTS_SORT] = LWKT_ETHDEV_RSS_SORT,
	    [RSS_REPORTS_XOR | RSS_REPORTS_SORT] = LWKT_ETHDEV_RSS_SORT,
	};

	for (unsigned int reported = 0; reported < RTE_DIM(best); reported++) {
		cr_expect_eq(rss_choose(reported, false), best[reported], "%u", reported);
		cr_expect_eq(rss_choose(reported, true), LWKT_ETHDEV_RSS_REPEATED, "%u", reported);
	}
}

LWKT_TEST(ethdev_rss, N85_what_is_chosen_is_what_the_device_is_told)
{
	const struct rte_eth_dev_info info = {
	    .hash_key_size = 40, .flow_type_rss_offloads = UINT64_MAX};

	for (unsigned int rss = LWKT_ETHDEV_RSS_REPEATED; rss <= LWKT_ETHDEV_RSS_SORT; rss++) {
		struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
		const struct rte_eth_rss_conf *rc = &conf.rx_adv_conf.rss_conf;

		rss_configure(&conf, &info, rss);
		cr_expect_eq(conf.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
		cr_expect_eq(rc->rss_key, rss_key(rss));
		cr_expect_eq(rc->rss_key_len, 40);
		cr_expect_neq(rc->rss_hf & RTE_ETH_RSS_IP, 0);
		cr_expect_eq(rc->rss_hf & RTE_ETH_RSS_L2_PAYLOAD, 0);
	}
}

struct flow {
	uint32_t src, dst;
	uint16_t sport, dport;
};

/* As DPDK describes the functions. */
static uint32_t
nic_hash(enum lwkt_ethdev_rss rss, struct flow fl)
{
	uint32_t word[3] = {fl.src, fl.dst, (uint32_t)fl.sport << 16 | fl.dport};

	if (rss == LWKT_ETHDEV_RSS_XOR) {
		word[0] = word[1] = fl.src ^ fl.dst;
		word[2] = (uint32_t)(fl.sport ^ fl.dport) * 0x10001u;
	} else if (rss == LWKT_ETHDEV_RSS_SORT) {
		word[0] = RTE_MIN(fl.src, fl.dst);
		word[1] = RTE_MAX(fl.src, fl.dst);
		word[2] = (uint32_t)RTE_MIN(fl.sport, fl.dport) << 16 | RTE_MAX(fl.sport, fl.dport);
	}
	return rte_softrss(word, RTE_DIM(word), rss_key(rss));
}

static struct flow
consecutive(unsigned int i)
{
	return (struct flow){0x0a000000 + i, 0xc0a80001, 40000, 443};
}

static struct flow
address_and_port(unsigned int i)
{
	return (struct flow){0x0a000000 + i, 0xc0a80001, (uint16_t)(1024 + i), 80};
}

static struct flow
paired_hosts(unsigned int i)
{
	return (struct flow){0x0a000000 + i, 0x0a010000 + i, 500, 500};
}

/* Like random ones over the queues, and both ways alike. */
static bool
spreads(enum lwkt_ethdev_rss rss, struct flow (*pattern)(unsigned int i))
{
	unsigned int count[QUEUES] = {0};

	for (unsigned int i = 0; i < FLOWS; i++) {
		struct flow fl = pattern(i), back = {fl.dst, fl.src, fl.dport, fl.sport};
		uint32_t hash = nic_hash(rss, fl);

		cr_assert_eq(hash, nic_hash(rss, back), "function %d, flow %u", (int)rss, i);
		count[hash % TABLE % QUEUES]++;
	}
	return chi_random(count, NULL, QUEUES);
}

LWKT_TEST(ethdev_rss, N85_flows_of_a_pattern_spread_unless_the_cost_says_otherwise)
{
	const enum lwkt_ethdev_rss repeated = LWKT_ETHDEV_RSS_REPEATED, xor = LWKT_ETHDEV_RSS_XOR,
	                           sort = LWKT_ETHDEV_RSS_SORT;

	cr_expect(spreads(sort, consecutive) && spreads(sort, address_and_port) &&
	          spreads(sort, paired_hosts));
	cr_expect_null(lwkt_ethdev_rss_cost(sort));
	cr_expect(spreads(xor, consecutive) && spreads(xor, address_and_port));
	cr_expect_not(spreads(xor, paired_hosts));
	cr_expect_not_null(strstr(lwkt_ethdev_rss_cost(xor), "hosts in pairs share a queue"));
	cr_expect_not(spreads(repeated, address_and_port) || spreads(repeated, paired_hosts));
	cr_expect_not_null(
	    strstr(lwkt_ethdev_rss_cost(repeated), "hosts in pairs, or with address and port"));
}

/* A word repeated cancels; numbers without a pattern have no place that is like another. */
LWKT_TEST(ethdev_rss, N85_the_strong_key_has_no_period)
{
	const uint8_t *key = rss_key(LWKT_ETHDEV_RSS_SORT);

	cr_expect_eq(key, rss_key(LWKT_ETHDEV_RSS_XOR));
	for (unsigned int period = 1; period <= LWKT_FLOWHASH_KEY_MAX / 2; period++) {
		unsigned int alike = 0;

		for (unsigned int i = 0; i + period < LWKT_FLOWHASH_KEY_MAX; i++)
			alike += key[i] == key[i + period];
		cr_expect_lt(alike, 4, "%u", period);
	}
}
