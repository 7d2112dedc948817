/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the options come to in numbers, for machines that are not there: what ethdevs are set up
 * with, how large the pools are, and what is on another NUMA node.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"
#include "test.h"

static const struct table_caps rss = {16, 16, NULL};
static const struct lwkt_ethdev_limits none = {{0, 0, 0}, {0, 0, 0}, 68, 9000, 18, 0, 0, 0, 0};

/* Of what is printed the lines with that word. */
static void
expect_lines(const struct l2fwd_args *args, const char *begin, const char *word, const char *want)
{
	struct lwkt_pipeline_file *pf;
	struct l2fwd_err err;
	char text[2048] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	pf = table_plan(args, &err);
	cr_assert_not_null(pf, "%s", err.text);
	table_put_lines(f, pf, begin, word);
	fclose(f);
	cr_expect_str_eq(text, want);
	lwkt_pipeline_file_destroy(pf);
}

Test(l2fwd_setup, API_the_arithmetic_of_the_pools_is_shown)
{
	struct l2fwd_args rtc = {.mask = 3, .group = 2, .rxq = 1};
	const struct l2fwd_args pipeline = {.mask = 3, .group = 2, .mode = L2FWD_PIPELINE};

	table_machine(2, 1, &rss, &rss);
	table_world.iv_ethdev[1].ie_limits = none;
	expect_lines(&rtc, "pool", "",
	    "pool on NUMA node 0: rx rings 2048 + tx rings 2048 + window 0 + bursts 128 + caches 768 "
	    "= 4992; it has 8191 packets with 2176 bytes of data, 20 MB\n");
	expect_lines(&rtc, "ethdev", "descriptors",
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; fast "
	    "free\n"
	    "ethdev 1: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: its driver has none\n");
	rtc.promiscuous = true;
	expect_lines(&rtc, "ethdev 0", "descriptors",
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; fast "
	    "free; promiscuous\n");
	/* Each ethdev's packets are in the pool of its node, also while the other sends them; and
	 * any of them may take the whole window. */
	table_machine(2, 3, &rss, &rss);
	table_world.iv_ethdev[1].ie_node = 1;
	table_world.iv_ethdev[1].ie_limits = none;
	table_world.iv_ethdev[1].ie_limits.el_rx = (struct lwkt_ethdev_ring){0, 512, 1};
	table_world.iv_ethdev[1].ie_limits.el_tx = (struct lwkt_ethdev_ring){0, 256, 1};
	expect_lines(&pipeline, "", "rings",
	    "rings between CPUs: 255 messages each, of a packet or up to 64; what has no room waits "
	    "at its sender\n"
	    "pool on NUMA node 0: rx rings 1024 + tx rings 256 + window 2048 + bursts 64 + caches "
	    "1536 = 4928; it has 8191 packets with 2176 bytes of data, 20 MB\n"
	    "pool on NUMA node 1: rx rings 512 + tx rings 1024 + window 2048 + bursts 64 + caches "
	    "1536 = 5184; it has 8191 packets with 2176 bytes of data, 20 MB\n");
}

Test(l2fwd_setup, API_each_ethdev_may_have_an_mtu_of_its_own)
{
	const struct l2fwd_args args = {
	    .mask = 3, .group = 2, .rxq = 1, .mtu = 2000, .mtu_of = {9000}};
	const struct l2fwd_args large = {.mask = 3, .group = 2, .rxq = 1, .mtu_of = {0, 9001}};
	struct l2fwd_err err;

	table_machine(2, 1, &rss, &rss);
	expect_lines(&args, "ethdev", "descriptors",
	    "ethdev 0: descriptors 1024 rx, 1024 tx; mtu 9000, frames of 9018 bytes in 5 mbufs; fast "
	    "free\n"
	    "ethdev 1: descriptors 1024 rx, 1024 tx; mtu 2000, frames of 2018 bytes in 1 mbuf; no "
	    "fast free: packets have several mbufs\n");
	table_world.iv_ethdev[1].ie_limits = none;
	test_log_begin();
	cr_expect_null(table_plan(&large, &err));
	cr_expect_not_null(strstr(test_log_end(),
	    "ethdev 1: mtu: 9001, device net_1 takes 68 to 9000; write one of these\n"));
}

Test(l2fwd_setup, G99_what_is_on_another_node_is_named_with_the_fix)
{
	const struct l2fwd_args args = {.mask = 3, .group = 2, .rxq = 1};
	const char *log;

	table_machine(2, 1, &rss, &rss);
	table_world.iv_ethdev[1].ie_node = 1;
	test_log_begin();
	expect_lines(&args, "no such line", "", "");
	log = test_log_end();
	cr_expect_not_null(
	    strstr(log,
	        "ethdev 0: its packets are in the pool of NUMA node 0, ethdev 1 that they leave by is on "
	        "node 1, each packet crosses; connect ethdevs of one node\n"),
	    "%s", log);
	cr_expect_not_null(
	    strstr(log,
	        "stage rx1: cpu: CPU 1 is on NUMA node 0, ethdev 1 on node 1, each packet crosses; write "
	        "a cpu of node 1\n"),
	    "%s", log);
	cr_expect_not_null(strstr(log, "stage tx1: cpu: CPU 1 is on NUMA node 0"), "%s", log);
	/* All on one node; and ethdevs that are on none, with their pool where their worker is. */
	table_machine(2, 1, &rss, &rss);
	table_world.iv_lcore[1].il_node = 1;
	table_world.iv_ethdev[0].ie_node = table_world.iv_ethdev[1].ie_node = 1;
	for (unsigned int i = 0; i < 2; i++) {
		test_log_begin();
		expect_lines(&args, "pool", "",
		    "pool on NUMA node 1: rx rings 2048 + tx rings 2048 + window 0 + bursts 128 + "
		    "caches 768 = 4992; it has 8191 packets with 2176 bytes of data, 20 MB\n");
		cr_expect_str_eq(test_log_end(), "");
		table_world.iv_ethdev[0].ie_node = table_world.iv_ethdev[1].ie_node = -1;
	}
}
