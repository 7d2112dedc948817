/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows switch-* of the subcommand pipeline: l2switch beside l2fwd, both ours. net_null's frames are
 * all zero, so a stage writes in addresses, of which half are behind each device. They come in a
 * random order.
 */
#include <string.h>

#include <rte_mbuf.h>

#include <lwkt_stages.h>

#include "pair.h"
#include "pipe_pvt.h"

struct hosts_conf {
	uint32_t hc_n;    /* addresses behind each device */
	uint64_t hc_from; /* the device that these packets come by: 0 or 1 */
};

struct hosts_state {
	struct hosts_conf hs_conf;
	uint64_t hs_random;
};

static int
hosts_init(struct lwkt_stage *st, const void *conf)
{
	((struct hosts_state *)st->st_state)->hs_conf = *(const struct hosts_conf *)conf;
	return 0;
}

/* 02, the device, the number: in the order of bytes that x86-64 and arm64 have. */
static inline uint64_t
host(uint32_t random, uint32_t n, uint64_t device)
{
	return 0x02 | device << 8 | ((uint64_t)random * n >> 32) << 16;
}

static void
hosts_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct hosts_state *hs = st->st_state;
	const struct hosts_conf hc = hs->hs_conf;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(pkts[i], struct rte_ether_hdr *);
		uint64_t r = hs->hs_random = hs->hs_random * 6364136223846793005 + 1;
		uint64_t src = host((uint32_t)(r >> 32), hc.hc_n, hc.hc_from);
		uint64_t dst = host((uint32_t)(r >> 16), hc.hc_n, !hc.hc_from);

		memcpy((void *)&eth->dst_addr, &dst, RTE_ETHER_ADDR_LEN);
		memcpy((void *)&eth->src_addr, &src, RTE_ETHER_ADDR_LEN);
	}
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind hosts = {
    .sk_name = "hosts",
    .sk_state_bytes = sizeof(struct hosts_state),
    .sk_init = hosts_init,
    .sk_handle = hosts_handle,
};

/* Both devices to each other, on one CPU, by l2switch or by l2fwd. */
static struct lwkt_pipeline *
make_between(const struct pipe_run *run, const char *name, uint32_t addresses, bool learns)
{
	const struct lwkt_ethdev_conf dev0 = pipe_dev_conf(run, 0), dev1 = pipe_dev_conf(run, 1);
	const struct lwkt_l2fwd_conf to0 = pipe_fwd_conf(run, 0), to1 = pipe_fwd_conf(run, 1);
	const struct hosts_conf from0 = {RTE_MAX(addresses / 2, 1u), 0},
	                        from1 = {RTE_MAX(addresses / 2, 1u), 1};
	const struct lwkt_l2switch_conf sw = {.wc_ports = {dev0.ec_ethdev, dev1.ec_ethdev},
	    .wc_nports = 2,
	    .wc_table = addresses + 8};
	unsigned int lcore = pair_worker();
	struct lwkt_stage_row rows[] = {
	    {"rx0", &lwkt_stage_ethdev_rx, lcore, &dev0, {"hosts0"}},
	    {"hosts0", &hosts, lcore, &from0, {learns ? "switch" : "fwd0"}},
	    {"rx1", &lwkt_stage_ethdev_rx, lcore, &dev1, {"hosts1"}},
	    {"hosts1", &hosts, lcore, &from1, {learns ? "switch" : "fwd1"}},
	    {"tx0", &lwkt_stage_ethdev_tx, lcore, &dev0},
	    {"tx1", &lwkt_stage_ethdev_tx, lcore, &dev1},
	    {"fwd0", &lwkt_stage_l2fwd, lcore, &to1, {"tx1"}},
	    {"fwd1", &lwkt_stage_l2fwd, lcore, &to0, {"tx0"}},
	};

	if (learns)
		rows[6] = (struct lwkt_stage_row){
		    "switch", &lwkt_stage_l2switch, lcore, &sw, {"tx0", "tx1"}};
	return pipe_ours_make(run, name, rows, learns ? 7 : 8);
}

static struct lwkt_pipeline *
make_switch_1(const struct pipe_run *run)
{
	return make_between(run, "switch_1", 1, true);
}

static struct lwkt_pipeline *
make_switch_10k(const struct pipe_run *run)
{
	return make_between(run, "switch_10k", 10000, true);
}

static struct lwkt_pipeline *
make_switch_100k(const struct pipe_run *run)
{
	return make_between(run, "switch_100k", 100000, true);
}

static struct lwkt_pipeline *
make_no_switch(const struct pipe_run *run)
{
	return make_between(run, "no_switch", 1, false);
}

#define SWITCH(addresses)                                                                \
	.pt_what = "both devices on one CPU: l2switch, " addresses ", beside our l2fwd", \
	.pt_cpus = 1, .pt_floor = 0.33, .pt_make_rival = make_no_switch

const struct pipe_test pipe_switch_1 = {
    .pt_name = "switch-1", .pt_make = make_switch_1, SWITCH("an address each")};
const struct pipe_test pipe_switch_10k = {
    .pt_name = "switch-10k", .pt_make = make_switch_10k, SWITCH("10,000 addresses")};
const struct pipe_test pipe_switch_100k = {
    .pt_name = "switch-100k", .pt_make = make_switch_100k, SWITCH("100,000 addresses")};
