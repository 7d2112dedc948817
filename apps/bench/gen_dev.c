/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's ethdevs.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>

#include "bench.h"
#include "gen_pvt.h"

static int
refuse(uint16_t ethdev, const char *what, const char *fix)
{
	char name[RTE_ETH_NAME_MAX_LEN] = "?";

	(void)rte_eth_dev_get_name_by_port(ethdev, name);
	fprintf(stderr, "lwkt-bench %s: ethdev %u (%s): %s; %s\n", gen_command, ethdev, name, what,
	    fix);
	return BENCH_FAILED;
}

static int
make_pools(struct gen_run *run)
{
	unsigned int room = run->gn_conf.gc_largest + RTE_PKTMBUF_HEADROOM;

	if (room < RTE_MBUF_DEFAULT_BUF_SIZE)
		room = RTE_MBUF_DEFAULT_BUF_SIZE;
	run->gn_tx_pool = rte_pktmbuf_pool_create(
	    "gen_tx", GEN_POOL, GEN_POOL_CACHE, 0, (uint16_t)room, SOCKET_ID_ANY);
	run->gn_rx_pool = lwkt_pktmbuf_pool_create(
	    "gen_rx", GEN_POOL, GEN_POOL_CACHE, 0, (uint16_t)room, SOCKET_ID_ANY);
	if (run->gn_tx_pool != NULL && run->gn_rx_pool != NULL)
		return BENCH_OK;
	fprintf(stderr,
	    "lwkt-bench %s: no memory for two pools of %u mbufs of %u bytes (%s); give EAL more (-m)\n",
	    gen_command, GEN_POOL, room, rte_strerror(rte_errno));
	return BENCH_FAILED;
}

static int
check_mtu(const struct gen_conf *gc, uint16_t ethdev)
{
	const unsigned int overhead =
	    RTE_ETHER_HDR_LEN + FRAME_FCS + (gc->gc_spec.fs_vlan != 0 ? RTE_VLAN_HLEN : 0);
	char what[96];
	uint16_t mtu;

	if (rte_eth_dev_get_mtu(ethdev, &mtu) < 0 || gc->gc_largest <= mtu + overhead)
		return BENCH_OK;
	snprintf(what, sizeof(what), "frames of %u bytes do not fit in its MTU of %u",
	    gc->gc_largest, mtu);
	return refuse(ethdev, what,
	    gc->gc_pcap != NULL
	        ? "give a file of shorter packets, or --mtu if the device can do that"
	        : "give a smaller --size, or --mtu if the device can do that");
}

static int
open_one(struct gen_run *run, uint16_t ethdev)
{
	const struct lwkt_ethdev_params params = {.ep_rxq = 1,
	    .ep_txq = 1,
	    .ep_rxd = GEN_DESCS,
	    .ep_txd = GEN_DESCS,
	    .ep_mtu = (uint16_t)run->gn_conf.gc_mtu,
	    .ep_promiscuous = true};

	if (!rte_eth_dev_is_valid_port(ethdev)) {
		fprintf(stderr,
		    "lwkt-bench %s: there is no ethdev %u, there are %u; give EAL devices "
		    "(--vdev or -a before the '--'), or others with --ethdevs\n",
		    gen_command, ethdev, rte_eth_dev_count_avail());
		return BENCH_FAILED;
	}
	if (lwkt_ethdev_start(ethdev, &params, run->gn_rx_pool) < 0)
		return refuse(ethdev, "it does not start", "the line above says why");
	run->gn_ethdevs++;
	return check_mtu(&run->gn_conf, ethdev);
}

/* Up within the time; otherwise a line. */
static int
await_link(const struct gen_run *run, uint16_t ethdev, struct rte_eth_link *link)
{
	char what[64];

	for (unsigned int tenths = 0;; tenths++) {
		memset(link, 0, sizeof(*link));
		if (rte_eth_link_get_nowait(ethdev, link) < 0)
			return refuse(ethdev, "it does not tell its link", "use another device");
		if (link->link_status == RTE_ETH_LINK_UP)
			return BENCH_OK;
		if (tenths == 10 * run->gn_conf.gc_link_s)
			break;
		if (tenths == 10)
			fprintf(stderr, "lwkt-bench %s: waiting for the link of ethdev %u\n",
			    gen_command, ethdev);
		usleep(100000);
	}
	snprintf(what, sizeof(what), "no link after %u s", run->gn_conf.gc_link_s);
	return refuse(ethdev, what, "connect it, start its peer, or wait longer with --link-wait");
}

/* The rate in frames, and whether the line has room for it. */
static int
set_rate(struct gen_run *run, uint16_t ethdev, const struct rte_eth_link *link)
{
	struct gen_conf *gc = &run->gn_conf;
	const struct rate_spec line = {RATE_PERCENT, 100};
	bool known = link->link_speed != RTE_ETH_SPEED_NUM_NONE &&
	             link->link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
	double most = known ? rate_pps(&line, gc->gc_mean, link->link_speed * 1e6) : 0;
	char what[128];

	if (gc->gc_rate.rs_unit == RATE_PERCENT && !known)
		return refuse(ethdev, "the speed of its link is not known",
		    "give --rate in pps or bits a second instead of per cent");
	run->gn_link_bits = known ? link->link_speed * 1e6 : 0;
	gc->gc_pps = rate_pps(&gc->gc_rate, gc->gc_mean, link->link_speed * 1e6);
	if (known && gc->gc_pps > most * 1.0001) {
		snprintf(what, sizeof(what),
		    "%.0f frames a second are wanted, its link of %u Mbit/s carries %.0f",
		    gc->gc_pps, link->link_speed, most);
		return refuse(ethdev, what, "give a lower --rate, or max");
	}
	return BENCH_OK;
}

static int
set_direction(struct gen_run *run, unsigned int d)
{
	struct gen_dir *gd = &run->gn_dir[d];
	struct rte_eth_link link;
	int rc;

	gd->gd_from = run->gn_ethdev[d];
	gd->gd_to = run->gn_ethdev[run->gn_ethdevs == 2 ? 1 - d : 0];
	snprintf(gd->gd_name, sizeof(gd->gd_name), "%u>%u", gd->gd_from, gd->gd_to);
	gd->gd_spec = run->gn_conf.gc_spec;
	gd->gd_spec.fs_first_flow = d * gd->gd_spec.fs_flows;
	if (rte_eth_macaddr_get(gd->gd_from, &gd->gd_spec.fs_src) < 0)
		return refuse(gd->gd_from, "it has no MAC address", "use another device");
	rc = await_link(run, gd->gd_to, &link);
	if (rc == BENCH_OK)
		rc = await_link(run, gd->gd_from, &link);
	return rc == BENCH_OK ? set_rate(run, gd->gd_from, &link) : rc;
}

int
gen_open(struct gen_run *run)
{
	const unsigned int wanted = run->gn_ethdevs;
	int rc = make_pools(run);

	run->gn_ethdevs = 0; /* those that have started */
	for (unsigned int i = 0; i < wanted && rc == BENCH_OK; i++)
		rc = open_one(run, run->gn_ethdev[i]);
	for (unsigned int d = 0; d < run->gn_dirs && rc == BENCH_OK; d++)
		rc = set_direction(run, d);
	for (unsigned int i = 0; i < run->gn_ethdevs; i++)
		(void)rte_eth_stats_reset(run->gn_ethdev[i]);
	return rc;
}

void
gen_read_devices(struct gen_run *run)
{
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct rte_eth_stats stats;

		if (rte_eth_stats_get(run->gn_dir[d].gd_to, &stats) < 0)
			continue;
		run->gn_dir[d].gd_missed = stats.imissed + stats.rx_nombuf;
		run->gn_dir[d].gd_errors = stats.ierrors;
	}
}

void
gen_close(struct gen_run *run)
{
	for (unsigned int i = 0; i < run->gn_ethdevs; i++) {
		lwkt_ethdev_stop(run->gn_ethdev[i]);
		lwkt_ethdev_close(run->gn_ethdev[i]);
	}
	rte_mempool_free(run->gn_tx_pool);
	rte_mempool_free(run->gn_rx_pool);
}
