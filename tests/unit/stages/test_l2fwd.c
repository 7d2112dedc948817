/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The l2fwd stage between a source and sinks of the test's own.
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include <lwkt_stages.h>

#include "kinds.h"

static struct sink_conf sinks[2];
static struct lwkt_l2fwd_conf conf;
static bool mixed; /* the packets come from several ethdevs */

static void
no_outputs(void)
{
	memset(&conf, 0, sizeof(conf));
	memset(conf.lc_output, LWKT_L2FWD_NONE, sizeof(conf.lc_output));
}

/* 100 packets of so many bytes that claim to come from ethdev port; l2fwd's statistics. */
static struct lwkt_stage_stats
run_l2fwd(uint16_t port, uint16_t bytes, unsigned int lcore)
{
	const struct source_conf source = {test_pool("p", 255), 0, 100, 10, bytes, mixed, port};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, lcore, &conf, {"s0", "s1"}},
	    {"s0", &kind_sink, 1, &sinks[0], {NULL}},
	    {"s1", &kind_sink, 1, &sinks[1], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_stage_stats ss;

	cr_assert_not_null(pl);
	run_dry(pl, 100);
	lwkt_stage_stats(lwkt_pipeline_stage(pl, 1), &ss);
	lwkt_pipeline_destroy(pl);
	return ss;
}

LWKT_TEST(l2fwd, API_the_output_is_the_one_set_for_the_ethdev)
{
	no_outputs();
	conf.lc_output[3] = 1;
	conf.lc_output[4] = 0;
	run_l2fwd(3, 60, 1);
	cr_expect_eq(sinks[1].nk_packets, 100);
	cr_expect_eq(sinks[0].nk_packets, 0);
	cr_expect_eq(sinks[1].nk_disorder, 0);
}

LWKT_TEST(l2fwd, API_macs_are_rewritten_as_dpdks_l2fwd_does)
{
	static const unsigned char want[] = {2, 0, 0, 0, 1, 7, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf};

	no_outputs();
	conf.lc_output[0] = 1;
	conf.lc_mac_update = true;
	conf.lc_ethdev[1] = 0x0107;
	memcpy(conf.lc_mac[1].addr_bytes, want + 6, 6);
	run_l2fwd(0, 60, 2);
	cr_expect_eq(sinks[1].nk_packets, 100);
	cr_expect_eq(sinks[1].nk_keep_bytes, 60);
	cr_expect_eq(memcmp(sinks[1].nk_kept, want, sizeof(want)), 0);
	for (unsigned int i = 12; i < 60; i++)
		cr_expect_eq(sinks[1].nk_kept[i], 0, "the rest stays");
}

LWKT_TEST(l2fwd, API_without_mac_update_the_packet_stays_as_it_is)
{
	no_outputs();
	conf.lc_output[0] = 0;
	conf.lc_mac[0].addr_bytes[3] = 77;
	run_l2fwd(0, 60, 1);
	cr_expect_eq(sinks[0].nk_packets, 100);
	cr_expect_eq(sinks[0].nk_kept[9], 0);
}

LWKT_TEST(l2fwd, N93_packets_without_an_output_are_counted_as_no_output)
{
	no_outputs();
	conf.lc_output[1] = 0;
	cr_expect_eq(run_l2fwd(2, 60, 1).ss_dropped[0], 100);
	cr_expect_eq(sinks[0].nk_packets, 0);
	cr_expect_str_eq(lwkt_stage_l2fwd.sk_drop_names[0], "no_output");
}

LWKT_TEST(l2fwd, N87_runts_are_counted_and_not_written_to)
{
	no_outputs();
	conf.lc_output[0] = 0;
	conf.lc_mac_update = true;
	cr_expect_eq(run_l2fwd(0, 13, 1).ss_dropped[1], 100);
	cr_expect_str_eq(lwkt_stage_l2fwd.sk_drop_names[1], "runt");
	cr_expect_eq(run_l2fwd(0, 14, 1).ss_dropped[1], 0, "a bare header is no runt");
}

/* Bursts in which neighbours part ways: what is where, and in which order. */
LWKT_TEST(l2fwd, N93_a_mixed_burst_is_split_in_order)
{
	struct lwkt_stage_stats ss;
	unsigned int want[4] = {0};

	for (uint32_t number = 0; number < 100; number++)
		want[mixed_port(number)]++;
	no_outputs();
	conf.lc_output[0] = 0;
	conf.lc_output[1] = 1;
	conf.lc_output[3] = 1; /* 2: none */
	mixed = true;
	for (unsigned int lcore = 1; lcore <= 2; lcore++) {
		memset(sinks, 0, sizeof(sinks));
		ss = run_l2fwd(0, 60, lcore);
		cr_expect_eq(ss.ss_dropped[0], want[2]);
		cr_expect_eq(sinks[0].nk_packets, want[0]);
		cr_expect_eq(sinks[1].nk_packets, want[1] + want[3]);
		cr_expect_eq(sinks[0].nk_disorder + sinks[1].nk_disorder, 0);
	}
}

/* net_ring, for one, does not say which ethdev a packet came from. */
LWKT_TEST(l2fwd, N87_an_ethdev_that_cannot_be_is_no_output)
{
	no_outputs();
	conf.lc_output[0] = 0;
	cr_expect_eq(run_l2fwd(RTE_MBUF_PORT_INVALID, 60, 1).ss_dropped[0], 100);
	cr_expect_eq(run_l2fwd(RTE_MAX_ETHPORTS, 60, 1).ss_dropped[0], 100);
}

LWKT_TEST(l2fwd, API_an_output_that_is_not_wired_is_einval)
{
	const struct source_conf source = {NULL, 0, 0, 0, 0, false, 0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, 2, &conf, {"s0"}},
	    {"s0", &kind_sink, 1, &sinks[0], {NULL}},
	};
	const char *log;

	no_outputs();
	conf.lc_output[5] = 1;
	test_log_begin();
	rte_errno = 0;
	cr_expect_null(lwkt_pipeline_create("p", rows, RTE_DIM(rows)));
	log = test_log_end();
	cr_expect_eq(rte_errno, EINVAL);
	cr_expect_str_eq(log,
	    "lwkt: pipeline p: stage fwd: routes: packets of ethdev 5 go to output 1, it has 1 outputs\n");
}
