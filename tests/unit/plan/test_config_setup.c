/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ethdevs of a pipeline file are set up with: it follows from what comes to them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "plan_pvt.h"
#include "config_world.h"
#include "lwkt_stages.h"
#include "test.h"

#define ALL UINT64_MAX

static struct lwkt_inventory world;

/* Ethdevs l and r (0 and 1) can do everything, far (2) nothing. */
static struct lwkt_pipeline_file *
parse(const char *ethdevs, const char *stages)
{
	struct lwkt_pipeline_file *pf;
	char text[1200];

	snprintf(text, sizeof(text), "ethdevs:\n%sstages:\n%s", ethdevs, stages);
	config_world_kinds();
	config_world_inventory(&world);
	for (unsigned int i = 0; i < 2; i++) {
		world.iv_ethdev[i].ie_limits.el_rx_offloads = ALL;
		world.iv_ethdev[i].ie_limits.el_tx_offloads = ALL;
	}
	pf = lwkt_pipeline_file_parse("f", text, strlen(text));
	cr_assert_not_null(pf);
	return pf;
}

/* Checked, and what the check said. */
static const char *
check(struct lwkt_pipeline_file *pf, int rc)
{
	const char *log;
	int got;

	test_log_begin();
	got = lwkt_pipeline_file_check(pf, &world);
	log = test_log_end();
	cr_expect_eq(got, rc, "%d: %s", got, log);
	return log;
}

#define L      "  - {name: l, device: net_null0}\n"
#define R      "  - {name: r, device: net_null1}\n"
#define JUMBO  "  - {name: l, device: net_null0, mtu: 9000}\n"
#define FAR    "  - {name: r, device: net_far0}\n"
#define RX(to) "  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [" to "]}\n"
#define RX2    "  - {name: rx2, kind: ethdev_rx, cpu: 1, params: {ethdev: r}, outputs: [tx]}\n"
#define TX     "  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: r}}\n"

static uint64_t
tx_offloads(const char *stages)
{
	struct lwkt_pipeline_file *pf = parse(L R, stages);
	uint64_t offloads;

	check(pf, 0);
	offloads = pf->pf_ethdev[1].ce_setup.es_tx_offloads;
	lwkt_pipeline_file_destroy(pf);
	return offloads;
}

/* Kinds that make packets, or that nobody knows, in front of a tx queue: not in bulk. */
LWKT_TEST(config_setup, G97_mbufs_are_freed_in_bulk_only_behind_stages_that_keep_them_as_they_are)
{
	static const char *const plain[] = {
	    "  - {name: m, kind: counter, cpu: 1, outputs: [tx]}\n",
	    "  - {name: m, kind: l2fwd, cpu: 1, outputs: [tx]}\n",
	    "  - {name: m, kind: distribute, cpu: 2, outputs: [tx]}\n",
	    ("  - {name: m, kind: sequence, cpu: 1, outputs: [o]}\n"
	     "  - {name: o, kind: reorder, cpu: 2, outputs: [tx]}\n"),
	};
	static const char *const others[] = {
	    "  - {name: m, kind: mirror, cpu: 1, outputs: [tx, s]}\n"
	    "  - {name: s, kind: sink, cpu: 1}\n",
	    "  - {name: m, kind: l2switch, cpu: 1, params: {ports: [1, 0]}, outputs: [tx, s]}\n"
	    "  - {name: s, kind: sink, cpu: 1}\n",
	    "  - {name: m, kind: t_relay, cpu: 1, outputs: [tx]}\n",
	    "  - {name: m, kind: counter, cpu: 1, outputs: [tx]}\n"
	    "  - {name: o, kind: source, cpu: 1, params: {pool: pipeline_0}, outputs: [tx]}\n",
	};
	char text[600];

	cr_expect_eq(tx_offloads(RX("tx") TX), RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	for (unsigned int i = 0; i < RTE_DIM(plain); i++) {
		snprintf(text, sizeof(text), "%s%s%s", RX("m"), plain[i], TX);
		cr_expect_eq(tx_offloads(text), RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, "%s", plain[i]);
	}
	for (unsigned int i = 0; i < RTE_DIM(others); i++) {
		snprintf(text, sizeof(text), "%s%s%s", RX("m"), others[i], TX);
		cr_expect_eq(tx_offloads(text), 0, "%s", others[i]);
	}
}

LWKT_TEST(config_setup, G97_mbufs_of_two_pools_are_not_freed_in_bulk)
{
	struct lwkt_pipeline_file *pf = parse(L R, RX("tx") RX2 TX);

	cr_expect_str_eq(check(pf, 0), "");
	cr_expect_eq(pf->pf_ethdev[1].ce_setup.es_tx_offloads, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	world.iv_ethdev[1].ie_node = 1;
	check(pf, 0);
	cr_expect_eq(pf->pf_ethdev[1].ce_setup.es_tx_offloads, 0);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config_setup, API_a_jumbo_frame_is_scattered_and_leaves_in_as_many_mbufs)
{
	struct lwkt_pipeline_file *pf = parse(JUMBO R, RX("tx") TX);
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	check(pf, 0);
	cr_expect_eq(pf->pf_ethdev[0].ce_setup.es_rx_offloads, RTE_ETH_RX_OFFLOAD_SCATTER);
	cr_expect_eq(pf->pf_ethdev[0].ce_setup.es_tx_offloads, 0, "nothing comes to it");
	cr_expect_eq(pf->pf_ethdev[1].ce_setup.es_rx_offloads, 0);
	cr_expect_eq(pf->pf_ethdev[1].ce_setup.es_tx_offloads, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	lwkt_pipeline_file_print(pf, f);
	fclose(f);
	cr_expect_not_null(
	    strstr(text, "\nethdev l: descriptors 1024 rx, 1024 tx; mtu 9000, frames "
	                 "of 9018 bytes in 5 mbufs; no fast free: no ethdev"));
	cr_expect_not_null(strstr(text, "no fast free: packets have several mbufs\n"));
	free(text);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config_setup, API_a_device_that_cannot_send_several_mbufs_is_an_error)
{
	struct lwkt_pipeline_file *pf = parse(JUMBO FAR, RX("tx") TX "pool: {data_room: 2176}\n");

	cr_expect_not_null(strstr(check(pf, -EINVAL),
	    "lwkt: f:3:5: ethdev r: tx: packets of 5 mbufs come to it, its driver sends at most 1; "
	    "give a larger data room, or a smaller mtu\n"));
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config_setup, API_descriptors_are_fitted_and_counted_as_fitted)
{
	struct lwkt_pipeline_file *pf =
	    parse("  - {name: l, device: net_null0, rxd: 1001}\n" R, RX("tx") TX);

	cr_expect_not_null(strstr(check(pf, 0),
	    "lwkt: f:2:5: warning: ethdev l: 1008 rx and 1024 tx descriptors, not 1001 and 1024: its "
	    "driver takes 64 to 4096 rx, in multiples of 8\n"));
	cr_expect_eq(pf->pf_need[0].cn_rx, 1008 + 1024);
	lwkt_pipeline_file_destroy(pf);
}

/* Scattered if both ends can, else mbufs that are large enough, where the file says no data room. */
LWKT_TEST(config_setup, API_jumbo_frames_have_mbufs_that_they_fit_into)
{
	static const struct {
		uint64_t rx0, tx1;
		unsigned int room, segs0;
	} cases[] = {{ALL, ALL, 2176, 5}, {ALL, 0, 9344, 1}, {0, ALL, 9344, 1}};

	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		struct lwkt_pipeline_file *pf = parse(JUMBO R, RX("tx") TX);

		world.iv_ethdev[0].ie_limits.el_rx_offloads = cases[i].rx0;
		world.iv_ethdev[1].ie_limits.el_tx_offloads = cases[i].tx1;
		check(pf, 0);
		cr_expect_eq(pf->pf_need[0].cn_room, cases[i].room, "%u", i);
		cr_expect_eq(pf->pf_ethdev[0].ce_setup.es_segs, cases[i].segs0, "%u", i);
		lwkt_pipeline_file_destroy(pf);
	}
}

/* Each l2fwd output has the packets of one ethdev: jumbo frames of one do not reach the other. */
LWKT_TEST(config_setup, API_what_comes_to_an_ethdev_follows_the_routes)
{
	struct lwkt_pipeline_file *pf = parse(JUMBO R,
	    RX("fwd") "  - {name: rx2, kind: ethdev_rx, cpu: 1, params: {ethdev: r}, outputs: [fwd]}\n"
	              "  - {name: fwd, kind: l2fwd, cpu: 1, params: {routes: [1, 0]}, outputs: [l, r]}\n"
	              "  - {name: l, kind: ethdev_tx, cpu: 1, params: {ethdev: l}}\n"
	              "  - {name: r, kind: ethdev_tx, cpu: 1, params: {ethdev: r}}\n");

	cr_expect_not_null(strstr(check(pf, 0),
	    "lwkt: f:2:39: warning: ethdev l: mtu: 9000, but ethdev r, which its packets leave by, has "
	    "an mtu of only 1500: larger ones may be lost; write mtu: 9000 there, or less here\n"));
	cr_expect_eq(pf->pf_ethdev[0].ce_setup.es_tx_offloads, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	cr_expect_eq(pf->pf_ethdev[1].ce_setup.es_tx_offloads, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	lwkt_pipeline_file_destroy(pf);
}
