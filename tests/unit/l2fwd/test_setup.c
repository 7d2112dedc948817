/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ethdevs are set up with, how large the pools are, and what is on another NUMA node, for
 * machines that are not there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"

static struct l2fwd_plan plan;
static struct l2fwd_inventory have;

static const struct lwkt_ethdev_caps rss = {16, 16, NULL};
static const struct lwkt_ethdev_limits all = {{64, 4096, 8}, {64, 4096, 8}, 68, 9710, 18, 1024, 40,
                                           UINT64_MAX, UINT64_MAX},
                                       none = {{0, 0, 0}, {0, 0, 0}, 68, 9000, 18, 0, 0, 0, 0};

/* Ethdevs 0.. with these limits and nodes, workers 1..nworkers on node 0 or that of worker_node. */
static void
world(const struct lwkt_ethdev_limits *limits0, const struct lwkt_ethdev_limits *limits1, int node0,
    int node1, unsigned int nworkers, unsigned int worker_node)
{
	memset(&have, 0, sizeof(have));
	have.in_nethdevs = 2;
	have.in_ethdev[1] = 1;
	have.in_caps[0] = have.in_caps[1] = rss;
	have.in_limits[0] = *limits0;
	have.in_limits[1] = *limits1;
	have.in_node[0] = node0;
	have.in_node[1] = node1;
	have.in_nworkers = nworkers;
	for (unsigned int i = 0; i < nworkers; i++) {
		have.in_worker[i] = i + 1;
		have.in_worker_node[i] = worker_node;
	}
}

static int
make(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	memset(&plan, 0, sizeof(plan));
	cr_assert_eq(l2fwd_plan_make(&plan, args, &have, err), 0, "%s", err->text);
	if (l2fwd_setup_plan(&plan, args, &have, err) < 0)
		return -1;
	l2fwd_pools_plan(&plan);
	return 0;
}

static void
expect_text(void (*print)(FILE *, const struct l2fwd_plan *), const char *want)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	print(f, &plan);
	fclose(f);
	cr_expect_str_eq(text, want);
	free(text);
}

Test(l2fwd_setup, API_the_arithmetic_of_the_pools_is_shown)
{
	const struct l2fwd_args rtc = {.mask = 3, .group = 2, .rxq = 1};
	const struct l2fwd_args pipeline = {.mask = 3, .group = 2, .mode = L2FWD_PIPELINE};
	struct l2fwd_err err;

	world(&all, &none, 0, 0, 1, 0);
	cr_assert_eq(make(&rtc, &err), 0);
	expect_text(l2fwd_pools_print,
	    "pool on NUMA node 0: rx rings 2048 + tx rings 2048 + window 0 + bursts 128 + caches 768 "
	    "= 4992; it has 8191 packets with 2176 bytes of data, 20 MB\n");
	expect_text(l2fwd_setup_print,
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; fast "
	    "free\n"
	    "ethdev 1: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: its driver has none\n");
	plan.pn_ethdev[1].ed_params.ep_promiscuous = true;
	expect_text(l2fwd_setup_print,
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; fast "
	    "free\n"
	    "ethdev 1: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: its driver has none; promiscuous\n");
	/* Each ethdev's packets are in the pool of its node, also while the other sends them. */
	world(&all, &none, 0, 1, 3, 0);
	have.in_limits[1].el_rx = (struct lwkt_ethdev_ring){0, 512, 1};
	have.in_limits[1].el_tx = (struct lwkt_ethdev_ring){0, 256, 1};
	cr_assert_eq(make(&pipeline, &err), 0);
	expect_text(l2fwd_pools_print,
	    "rings between lcores: 255 messages * 64 packets = 16320 each, and 2048 in the window of all "
	    "sources; what has no room waits at its sender\n"
	    "pool on NUMA node 0: rx rings 1024 + tx rings 256 + window 1024 + bursts 64 + caches "
	    "1536 = 3904; it has 4095 packets with 2176 bytes of data, 10 MB\n"
	    "pool on NUMA node 1: rx rings 512 + tx rings 1024 + window 1024 + bursts 64 + caches "
	    "1536 = 4160; it has 8191 packets with 2176 bytes of data, 20 MB\n");
}

/* Scattered if both ends can, else mbufs that are large enough. */
Test(l2fwd_setup, API_jumbo_frames_have_mbufs_that_they_fit_into)
{
	static const struct {
		const struct lwkt_ethdev_limits *limits0, *limits1;
		unsigned int room, segs0, segs1;
		uint64_t tx_offloads1;
	} cases[] = {
	    {&all, &all, 2176, 5, 5, RTE_ETH_TX_OFFLOAD_MULTI_SEGS},
	    {&all, &none, 9344, 1, 1, 0},
	    {&none, &all, 9344, 1, 1, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE},
	};
	const struct l2fwd_args args = {.mask = 3, .group = 2, .rxq = 1, .mtu = 9000};
	struct l2fwd_err err;

	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		world(cases[i].limits0, cases[i].limits1, 0, 0, 1, 0);
		cr_assert_eq(make(&args, &err), 0, "%u: %s", i, err.text);
		cr_expect_eq(plan.pn_pool[0].po_room, cases[i].room, "%u", i);
		cr_expect_eq(plan.pn_ethdev[0].ed_setup.es_segs, cases[i].segs0, "%u", i);
		cr_expect_eq(plan.pn_ethdev[1].ed_setup.es_segs, cases[i].segs1, "%u", i);
		cr_expect_eq(
		    plan.pn_ethdev[1].ed_setup.es_tx_offloads, cases[i].tx_offloads1, "%u", i);
	}
}

Test(l2fwd_setup, API_each_ethdev_may_have_an_mtu_of_its_own)
{
	const struct l2fwd_args args = {
	    .mask = 3, .group = 2, .rxq = 1, .mtu = 2000, .mtu_of = {9000}};
	const struct l2fwd_args large = {.mask = 3, .group = 2, .rxq = 1, .mtu_of = {0, 9001}};
	struct l2fwd_err err;

	world(&all, &all, 0, 0, 1, 0);
	cr_assert_eq(make(&args, &err), 0);
	expect_text(l2fwd_setup_print,
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 9000, frames of 9018 bytes in 5 mbufs; fast "
	    "free\n"
	    "ethdev 0: warning: ethdev 1, which its packets leave by, has an mtu of only 2000: larger "
	    "ones may be lost; give --mtu 1=9000, or less to this one\n"
	    "ethdev 1: descriptors 1024 rx, 1024 tx; mtu 2000, frames of 2018 bytes in 1 mbuf; no "
	    "fast free: packets have several mbufs\n");
	world(&all, &none, 0, 0, 1, 0);
	cr_expect_eq(make(&large, &err), -1);
	cr_expect_str_eq(
	    err.text, "ethdev 1: mtu: 9001, its driver takes 68 to 9000; give one of these");
	cr_expect_eq(err.code, L2FWD_EXIT_USAGE);
}

static unsigned int
numa_text(char **text, bool started)
{
	size_t bytes;
	FILE *f = open_memstream(text, &bytes);
	unsigned int lines = l2fwd_numa_print(f, &plan, &have, started);

	fclose(f);
	return lines;
}

Test(l2fwd_setup, G99_what_is_on_another_node_is_named_with_the_fix)
{
	const struct l2fwd_args args = {.mask = 3, .group = 2, .rxq = 1};
	struct l2fwd_err err;
	char *text;

	world(&all, &all, 0, 1, 1, 0);
	cr_assert_eq(make(&args, &err), 0);
	cr_expect_eq(numa_text(&text, false), 4);
	cr_expect_str_eq(text,
	    "ethdev 0: warning: its packets are in the pool of NUMA node 0, ethdev 1 that they leave "
	    "by is on node 1: each packet crosses; pair ethdevs of one node (--portmap)\n"
	    "ethdev 1: warning: it is on NUMA node 1, lcore 1 of its rx queue 0 on node 0: each "
	    "packet crosses; give worker lcores of node 1 (-l, --lcores)\n"
	    "ethdev 1: warning: it is on NUMA node 1, lcore 1 of its tx queue 0 on node 0: each "
	    "packet crosses; give worker lcores of node 1 (-l, --lcores)\n"
	    "ethdev 1: warning: its packets are in the pool of NUMA node 1, ethdev 0 that they leave "
	    "by is on node 0: each packet crosses; pair ethdevs of one node (--portmap)\n");
	free(text);
	cr_expect_eq(numa_text(&text, true), 3, "the rx stage has said its own");
	free(text);
	/* All on one node; and ethdevs that are on none, with their pool where their worker is. */
	world(&all, &all, 1, 1, 1, 1);
	cr_assert_eq(make(&args, &err), 0);
	cr_expect_eq(numa_text(&text, false), 0);
	cr_expect_str_eq(text, "");
	free(text);
	world(&all, &all, -1, -1, 1, 1);
	cr_assert_eq(make(&args, &err), 0);
	cr_expect_eq(plan.pn_ethdev[0].ed_node, 1);
	cr_expect_eq(numa_text(&text, false), 0);
	free(text);
}
