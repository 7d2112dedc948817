/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipelines from files, made and run on devices without a NIC.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#include "config_world.h"
#include "test.h"

#define NULL_DEVICES .te_eal = {"-d", "librte_net_null.so", "--vdev=net_null0", "--vdev=net_null1"}

/* Where ethdevs say they are: -2 the truth (tests/unit/plan/meson.build wraps the call). */
static int told_node = -2;

int __real_rte_eth_dev_socket_id(uint16_t ethdev);
int __wrap_rte_eth_dev_socket_id(uint16_t ethdev);

int
__wrap_rte_eth_dev_socket_id(uint16_t ethdev)
{
	return told_node == -2 ? __real_rte_eth_dev_socket_id(ethdev) : told_node;
}

#define HEAD                                                                               \
	"pipeline: {name: run, window: 128}\n"                                             \
	"pool: {cache: 32}\n"                                                              \
	"ethdevs:\n"                                                                       \
	"  - {name: l, device: net_null0, rxd: 64, txd: 64}\n"                             \
	"  - {name: r, device: 1, rxd: 64, txd: 64, promiscuous: yes, mtu: 1400}\n"        \
	"stages:\n"                                                                        \
	"  - {name: rl, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [fwd]}\n"   \
	"  - {name: rr, kind: ethdev_rx, cpu: 1, params: {ethdev: r}, outputs: [fwd]}\n"   \
	"  - {name: tl, kind: ethdev_tx, cpu: 3, params: {ethdev: l}}\n"                   \
	"  - {name: tr, kind: ethdev_tx, cpu: 3, params: {ethdev: r}}\n"                   \
	"  - {name: fwd, kind: l2fwd, cpu: 2, params: {routes: [1, 0]}, outputs: [tl, tr]" \
	"}\n"

static struct lwkt_pipeline_file *
parse(const char *text)
{
	struct lwkt_pipeline_file *file = lwkt_pipeline_file_parse("f", text, strlen(text));

	cr_assert_not_null(file);
	return file;
}

LWKT_TEST_ENV(config_run, N93_a_pipeline_from_a_file_runs_and_leaves_nothing, NULL_DEVICES)
{
	struct lwkt_pipeline_file *file = parse(HEAD);
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;
	uint16_t mtu;

	cr_expect_eq(lwkt_pipeline_file_ethdev(file, 0), -1, "not known before");
	pl = lwkt_pipeline_file_create(file);
	cr_assert_not_null(pl);
	cr_expect_eq(lwkt_pipeline_file_ethdev(file, 0), 0);
	cr_expect_eq(lwkt_pipeline_file_ethdev(file, 1), 1);
	cr_expect_eq(lwkt_pipeline_file_ethdev(file, 2), -1);
	cr_expect_eq(lwkt_pipeline_window(pl), 128);
	cr_expect_eq(rte_eth_dev_get_mtu(1, &mtu), 0);
	cr_expect_eq(mtu, 1400);
	cr_expect_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(rte_errno, EALREADY);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < 20000);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_account(pl, &ac);
	cr_expect_eq(ac.ac_held, 0);
	cr_expect_eq(ac.ac_dropped, 0);
	cr_expect_eq(ac.ac_received, ac.ac_transmitted);
	lwkt_pipeline_file_stop(file);
	lwkt_pipeline_file_close(file);
	cr_expect_eq(lwkt_pipeline_file_mbufs_in_use(file), 0);
	lwkt_pipeline_file_destroy(file);
	cr_expect_null(rte_mempool_lookup("run_0"));
}

static int
fail_init(struct lwkt_stage *st, const void *conf)
{
	(void)st;
	(void)conf;
	return -ENOSPC;
}

static void
never(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	(void)st;
	(void)pkts;
	(void)n;
}

LWKT_TEST_ENV(config_run, API_what_cannot_be_made_is_undone, NULL_DEVICES)
{
	static const struct lwkt_stage_kind failing = {
	    .sk_name = "failing", .sk_handle = never, .sk_init = fail_init};
	struct lwkt_pipeline_file *file;

	cr_assert_eq(lwkt_stage_kind_register(&failing), 0);
	file = parse("pipeline: {name: run}\n"
	             "ethdevs: [{name: l, device: net_null0}]\n"
	             "stages:\n"
	             "  - {name: r, kind: ethdev_rx, params: {ethdev: l}, outputs: [f]}\n"
	             "  - {name: f, kind: failing}\n");
	cr_expect_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(rte_errno, ENOSPC);
	cr_expect_null(rte_mempool_lookup("run_0"));
	cr_expect_eq(rte_eth_dev_count_avail(), 1, "the ethdev is closed");
	cr_expect_eq(lwkt_pipeline_file_mbufs_in_use(file), 0);
	lwkt_pipeline_file_destroy(file);
}

LWKT_TEST_ENV(
    config_run, API_what_does_not_fit_the_machine_is_einval_and_starts_nothing, NULL_DEVICES)
{
	struct lwkt_pipeline_file *file =
	    parse("ethdevs: [{name: l, device: net_null7}]\n"
	          "stages:\n"
	          "  - {name: r, kind: ethdev_rx, cpu: 9, params: "
	          "{ethdev: l}, outputs: [t]}\n"
	          "  - {name: t, kind: ethdev_tx, params: {ethdev: l}}\n");

	test_log_begin();
	cr_expect_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(rte_errno, EINVAL);
	cr_expect_str_eq(test_log_end(),
	    "lwkt: f:1:29: ethdev l: device: there is no net_null7; did you mean net_null0?\n"
	    "lwkt: f:3:37: stage r: cpu: there is no lcore 9; write one of 1, 2, 3, or start with "
	    "more (-l, --lcores)\n");
	lwkt_pipeline_file_destroy(file);
}

LWKT_TEST_ENV(config_run, G99_a_queue_polled_from_another_node_is_reported_at_start, NULL_DEVICES)
{
	static const struct lwkt_ethdev_conf conf = {0, 0};
	static const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, 1, &conf, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, 1, &conf, {NULL}},
	};
	struct lwkt_pipeline *pl;

	told_node = 1;
	test_log_begin();
	pl = lwkt_pipeline_create("far", rows, RTE_DIM(rows));
	cr_expect_str_eq(test_log_end(),
	    "lwkt: stage rx: warning: lcore 1 is on NUMA node 0, ethdev 0 on node 1; poll it from "
	    "an lcore of node 1\n");
	lwkt_pipeline_destroy(pl);
	told_node = SOCKET_ID_ANY;
	test_log_begin();
	pl = lwkt_pipeline_create("near", rows, RTE_DIM(rows));
	cr_expect_str_eq(test_log_end(), "");
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST_ENV(config_run, API_the_inventory_is_what_eal_found, NULL_DEVICES)
{
	static struct lwkt_inventory iv;

	lwkt_inventory_take(&iv);
	cr_expect_eq(iv.iv_main, 0);
	cr_expect_eq(iv.iv_nlcores, TEST_CPUS);
	cr_expect_eq(iv.iv_lcore[3].il_id, 3);
	cr_expect_eq(iv.iv_nethdevs, 2);
	cr_expect_eq(iv.iv_ethdev[1].ie_id, 1);
	cr_expect_str_eq(iv.iv_ethdev[1].ie_name, "net_null1");
	cr_expect_geq(iv.iv_ethdev[1].ie_max_rxq, 1);
	cr_expect_geq(iv.iv_ethdev[1].ie_limits.el_rx.er_max, 64);
	cr_expect_geq(iv.iv_ethdev[1].ie_limits.el_max_mtu, 1500);
}

/* What a device was last configured with; wrapped too. */
static enum rte_eth_rx_mq_mode told_mode;
static uint64_t told_hf;
static uint8_t told_key[52];
static bool powers_only; /* its driver wants a power of two of rx queues, as vmxnet3's does */

int __real_rte_eth_dev_configure(
    uint16_t ethdev, uint16_t rxq, uint16_t txq, const struct rte_eth_conf *conf);
int __wrap_rte_eth_dev_configure(
    uint16_t ethdev, uint16_t rxq, uint16_t txq, const struct rte_eth_conf *conf);

int
__wrap_rte_eth_dev_configure(
    uint16_t ethdev, uint16_t rxq, uint16_t txq, const struct rte_eth_conf *conf)
{
	const struct rte_eth_rss_conf *rss = &conf->rx_adv_conf.rss_conf;

	if (powers_only && (rxq & (rxq - 1)) != 0)
		return -EINVAL;
	told_mode = conf->rxmode.mq_mode;
	told_hf = rss->rss_hf;
	if (rss->rss_key != NULL && rss->rss_key_len <= sizeof(told_key))
		memcpy(told_key, rss->rss_key, rss->rss_key_len);
	return __real_rte_eth_dev_configure(ethdev, rxq, txq, conf);
}

LWKT_TEST_ENV(config_run, N85_several_rx_queues_get_rss_with_the_symmetric_key, NULL_DEVICES)
{
	struct lwkt_pipeline_file *file =
	    parse("ethdevs: [{name: l, device: net_null0, rxq: 2}]\n"
	          "stages:\n"
	          "  - {name: r0, kind: ethdev_rx, params: {ethdev: l}, outputs: [t]}\n"
	          "  - {name: r1, kind: ethdev_rx, params: {ethdev: l, queue: 1}, outputs: [t]}\n"
	          "  - {name: t, kind: ethdev_tx, cpu: 1, params: {ethdev: l}}\n");

	cr_assert_not_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(told_mode, RTE_ETH_MQ_RX_RSS);
	for (unsigned int i = 0; i < 40; i++)
		cr_expect_eq(told_key[i], i % 2 == 0 ? 0x6d : 0x5a);
	cr_expect_neq(told_hf & RTE_ETH_RSS_IP, 0);
	lwkt_pipeline_file_destroy(file);
}

/* The driver is asked, at a check and at the start, and the line says how many it takes. */
LWKT_TEST_ENV(config_run, API_rx_queues_that_the_driver_does_not_take_are_an_error, NULL_DEVICES)
{
	static const char line[] =
	    "lwkt: f:1:45: ethdev l: rxq: 3, device net_null0 takes at most 2; write "
	    "that\n";
	struct lwkt_pipeline_file *file =
	    parse("ethdevs: [{name: l, device: net_null0, rxq: 3}]\n"
	          "stages:\n"
	          "  - {name: r0, kind: ethdev_rx, params: {ethdev: l}, outputs: [t]}\n"
	          "  - {name: r1, kind: ethdev_rx, params: {ethdev: l, queue: 1}, outputs: [t]}\n"
	          "  - {name: r2, kind: ethdev_rx, params: {ethdev: l, queue: 2}, outputs: [t]}\n"
	          "  - {name: t, kind: ethdev_tx, cpu: 1, params: {ethdev: l}}\n");
	struct lwkt_inventory *iv = malloc(sizeof(*iv));

	cr_assert_not_null(iv);
	cr_expect_eq(lwkt_pipeline_file_check(file, NULL), 0, "this one takes three");
	powers_only = true;
	test_log_begin();
	cr_expect_eq(lwkt_pipeline_file_check(file, NULL), -EINVAL);
	cr_expect_not_null(strstr(test_log_end(), line));
	test_log_begin();
	cr_expect_null(lwkt_pipeline_file_create(file));
	cr_expect_not_null(strstr(test_log_end(), line));
	lwkt_inventory_take(iv);
	cr_expect_eq(lwkt_pipeline_file_check(file, iv), 0, "a list of devices cannot be asked");
	cr_expect_eq(lwkt_inventory_rxq(
	                 &iv->iv_ethdev[0], &(struct lwkt_ethdev_params){.ep_rxq = 7, .ep_txq = 1}),
	    4);
	cr_expect_eq(iv->iv_ethdev[0].ie_max_rxq, 4);
	free(iv);
	lwkt_pipeline_file_destroy(file);
}

LWKT_TEST_ENV(config_run, N85_one_rx_queue_needs_no_rss, NULL_DEVICES)
{
	struct lwkt_pipeline_file *file = parse(HEAD);

	cr_assert_not_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(told_mode, RTE_ETH_MQ_RX_NONE);
	lwkt_pipeline_file_destroy(file);
}

/* A source's pool by name, out of a file: somebody else's, the file's own, and none. */
static void
run_source(const char *text, bool transmitted, uint64_t packets)
{
	struct lwkt_pipeline_file *file = parse(text);
	struct lwkt_pipeline *pl = lwkt_pipeline_file_create(file);
	struct lwkt_account ac;

	cr_assert_not_null(pl, "%s", text);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < packets);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_account(pl, &ac);
	cr_expect_eq(transmitted ? ac.ac_transmitted : ac.ac_consumed, packets);
	lwkt_pipeline_file_stop(file);
	lwkt_pipeline_file_close(file);
	cr_expect_eq(lwkt_pipeline_file_mbufs_in_use(file), 0);
	lwkt_pipeline_file_destroy(file);
}

LWKT_TEST_ENV(config_run, API_a_source_takes_the_pool_that_is_named, NULL_DEVICES)
{
	struct rte_mempool *pool =
	    lwkt_pktmbuf_pool_create("mine", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct lwkt_pipeline_file *file;

	cr_assert_not_null(pool);
	run_source("stages:\n"
	           "  - {name: a, kind: source, params: {pool: mine, count: 900}, outputs: [s]}\n"
	           "  - {name: s, kind: sink}\n",
	    false, 900);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
	run_source("pipeline: {name: run}\n"
	           "ethdevs: [{name: l, device: net_null0, rxd: 64, txd: 64}]\n"
	           "stages:\n"
	           "  - {name: a, kind: source, params: {pool: run_0, count: 700}, outputs: [t]}\n"
	           "  - {name: t, kind: ethdev_tx, cpu: 2, params: {ethdev: l}}\n",
	    true, 700);
	file = parse("stages:\n"
	             "  - {name: a, kind: source, params: {pool: mine}, outputs: [s]}\n"
	             "  - {name: s, kind: sink}\n");
	test_log_begin();
	cr_expect_null(lwkt_pipeline_file_create(file));
	cr_expect_eq(rte_errno, EINVAL);
	cr_expect_str_eq(test_log_end(),
	    "lwkt: f:2:44: stage a: pool: there is no pool named mine; make it first, with "
	    "lwkt_pktmbuf_pool_create(), or write the name of another\n");
	lwkt_pipeline_file_destroy(file);
}
