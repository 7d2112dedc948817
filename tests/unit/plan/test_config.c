/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Right pipeline files: what becomes of what they say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "plan_pvt.h"
#include <lwkt_pktmsg.h>

#include "config_world.h"
#include "lwkt_stages.h"
#include "test.h"

static struct lwkt_inventory world;

/* Parse it and check it; nothing may be logged but what log says. */
static struct lwkt_pipeline_file *
accepted(const char *text, const char *log)
{
	struct lwkt_pipeline_file *pf;

	config_world_kinds();
	config_world_inventory(&world);
	test_log_begin();
	pf = lwkt_pipeline_file_parse("f", text, strlen(text));
	if (pf != NULL && lwkt_pipeline_file_check(pf, &world) < 0) {
		lwkt_pipeline_file_destroy(pf);
		pf = NULL;
	}
	cr_assert_str_eq(test_log_end(), log);
	cr_assert_not_null(pf);
	return pf;
}

static const struct config_stage *
stage(const struct lwkt_pipeline_file *pf, const char *name)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (strcmp(pf->pf_stage[i].cs_name, name) == 0)
			return &pf->pf_stage[i];
	cr_assert_fail("no stage %s", name);
	return NULL;
}

#define SINK "  - {name: s, kind: t_sink, cpu: 2}\n"

LWKT_TEST(config, API_what_is_not_said_has_its_default)
{
	struct lwkt_pipeline_file *pf =
	    accepted("ethdevs: [{name: e, device: 0}]\n"
	             "stages:\n"
	             "  - {name: rx, kind: ethdev_rx, cpu: 1,"
	             " params: {ethdev: e}, outputs: [a]}\n"
	             "  - {name: a, kind: t_all, cpu: 1, outputs: [s]}\n" SINK,
	        "");
	const struct all_conf *al = stage(pf, "a")->cs_conf;
	const struct lwkt_ethdev_params *ep = &pf->pf_ethdev[0].ce_params;
	const struct config_output *co = &stage(pf, "a")->cs_out[0];

	cr_expect_str_eq(pf->pf_conf.cp_name, "pipeline");
	cr_expect_eq(pf->pf_conf.cp_opts.po_window, 0);
	cr_expect_eq(pf->pf_conf.cp_opts.po_budget_us, 1000);
	cr_expect_not(pf->pf_conf.cp_opts.po_watchdog);
	cr_expect_eq(pf->pf_pool.po_packets, 0);
	cr_expect_eq(pf->pf_pool.po_cache, 256);
	cr_expect_eq(pf->pf_pool.po_data_room, 0);
	cr_expect(ep->ep_rxq == 1 && ep->ep_txq == 1 && ep->ep_rxd == 1024 && ep->ep_txd == 1024 &&
	          ep->ep_mtu == 0 && !ep->ep_promiscuous);
	cr_expect_eq(al->al_number, 42);
	cr_expect_eq(al->al_word, 1);
	cr_expect_str_eq(al->al_text, "abc");
	cr_expect_eq(al->al_nlist, 0);
	cr_expect_eq(al->al_completed, 1);
	cr_expect_str_eq(co->co_to, "s");
	cr_expect_eq(co->co_edge.ec_kind, LWKT_EDGE_AUTO);
	cr_expect_eq(co->co_edge.ec_overflow, LWKT_OVERFLOW_CREDIT);
	cr_expect_eq(co->co_edge.ec_limit, 0);
	cr_expect_not(co->co_edge.ec_priority);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, API_what_is_said_goes_where_its_table_says)
{
	struct lwkt_pipeline_file *pf = accepted(
	    "pipeline: {name: p.1-a_b, window: none, budget_us: 50, watchdog: On}\n"
	    "pool: {packets: 16383, cache: 0, data_room: 9216}\n"
	    "ethdevs:\n"
	    "  - name: e\n"
	    "    device: net_null1\n"
	    "    rxq: 2\n"
	    "    txq: 3\n"
	    "    rxd: 512\n"
	    "    txd: 4096\n"
	    "    mtu: 9000\n"
	    "    promiscuous: TRUE\n"
	    "stages:\n"
	    "  - {name: r0, kind: ethdev_rx, cpu: 1, params: {ethdev: e}, outputs: [a]}\n"
	    "  - {name: r1, kind: ethdev_rx, cpu: 1, params: {ethdev: e, queue: 1}, outputs: [a]}\n"
	    "  - name: a\n"
	    "    kind: t_all\n"
	    "    cpu: '1'\n"
	    "    params: {number: 0100, flag: yes, word: blue, text: abcdefg, list: [1, 100, 7, 8],\n"
	    "      mac: '0A:00:00:00:00:ff', wide: 18446744073709551615}\n"
	    "    outputs:\n"
	    "      - {to: s, message: packet, overflow: oldest, limit: 64, priority: yes}\n"
	    "      - to: s\n"
	    "        message: vector\n"
	    "        overflow: tail\n"
	    "      - s\n" SINK,
	    "");
	const struct all_conf *al = stage(pf, "a")->cs_conf;
	const struct lwkt_ethdev_params *ep = &pf->pf_ethdev[0].ce_params;
	const struct lwkt_ethdev_conf *ec = stage(pf, "r1")->cs_conf;
	const struct config_output *co = stage(pf, "a")->cs_out;
	static const uint16_t list[] = {1, 100, 7, 8};

	cr_expect_str_eq(pf->pf_conf.cp_name, "p.1-a_b");
	cr_expect_eq(pf->pf_conf.cp_opts.po_window, LWKT_WINDOW_NONE);
	cr_expect_eq(pf->pf_conf.cp_opts.po_budget_us, 50);
	cr_expect(pf->pf_conf.cp_opts.po_watchdog);
	cr_expect_eq(pf->pf_pool.po_packets, 16383);
	cr_expect_eq(pf->pf_pool.po_cache, 0);
	cr_expect_eq(pf->pf_pool.po_data_room, 9216);
	cr_expect(ep->ep_rxq == 2 && ep->ep_txq == 3 && ep->ep_rxd == 512 && ep->ep_txd == 4096 &&
	          ep->ep_mtu == 9000 && ep->ep_promiscuous);
	cr_expect_eq(ec->ec_ethdev, 1);
	cr_expect_eq(ec->ec_queue, 1);
	cr_expect_eq(al->al_number, 100);
	cr_expect(al->al_flag);
	cr_expect_eq(al->al_word, 2);
	cr_expect_str_eq(al->al_text, "abcdefg");
	cr_expect_eq(al->al_nlist, 4);
	cr_expect_arr_eq(al->al_list, list, sizeof(list));
	cr_expect_eq(al->al_mac.addr_bytes[0], 10);
	cr_expect_eq(al->al_mac.addr_bytes[5], 255);
	cr_expect_eq(al->al_wide, UINT64_MAX);
	cr_expect_eq(stage(pf, "a")->cs_nouts, 3);
	cr_expect(co[0].co_edge.ec_kind == LWKT_EDGE_PACKET &&
	          co[0].co_edge.ec_overflow == LWKT_OVERFLOW_OLDEST &&
	          co[0].co_edge.ec_limit == 64 && co[0].co_edge.ec_priority);
	cr_expect(co[1].co_edge.ec_kind == LWKT_EDGE_VECTOR &&
	          co[1].co_edge.ec_overflow == LWKT_OVERFLOW_TAIL);
	cr_expect_str_eq(co[2].co_to, "s");
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, API_a_number_may_have_its_unit)
{
	struct rte_mempool *pool = lwkt_pktmbuf_pool_create("p", 63, 0, 0, 2048, SOCKET_ID_ANY);
	struct lwkt_pipeline_file *pf = accepted(
	    "pipeline: {budget_us: 2.5ms}\n"
	    "balance: {stage: d, interval_ms: 0.5s, threshold: 20%}\n"
	    "stages:\n"
	    "  - {name: o, kind: source, cpu: 1, params: {pool: p, rate: 10Mpps}, outputs: [m]}\n"
	    "  - {name: m, kind: meter, cpu: 1, params: {cir: 10gbps, cbs: 4000}, outputs: [w]}\n"
	    "  - {name: w, kind: l2switch, cpu: 1, params: {age_s: 10min, ports: [0, 1]},"
	    " outputs: [d, d]}\n"
	    "  - {name: d, kind: distribute, cpu: 1, outputs: [s, s]}\n" SINK,
	    "");
	const struct lwkt_source_conf *oc = stage(pf, "o")->cs_conf;
	const struct lwkt_meter_conf *mc = stage(pf, "m")->cs_conf;
	const struct lwkt_l2switch_conf *wc = stage(pf, "w")->cs_conf;

	cr_expect_eq(pf->pf_conf.cp_opts.po_budget_us, 2500);
	cr_expect_eq(pf->pf_balance.cb_conf.bc_interval_ms, 500);
	cr_expect_eq(pf->pf_balance.cb_conf.bc_threshold, 20);
	cr_expect_eq(oc->oc_rate, 10000000);
	cr_expect_eq(mc->mc_cir, 1250000000);
	cr_expect_eq(wc->wc_age_s, 600);
	lwkt_pipeline_file_destroy(pf);
	rte_mempool_free(pool);
}

LWKT_TEST(config, API_yaml_s_anchors_may_be_used)
{
	struct lwkt_pipeline_file *pf =
	    accepted("stages:\n"
	             "  - {name: a, kind: t_source, cpu: 1, outputs: &outs [b]}\n"
	             "  - {name: c, kind: t_source, cpu: 1, outputs: *outs}\n"
	             "  - {name: b, kind: t_all, cpu: 1, params: &p {number: 77}, outputs: [d]}\n"
	             "  - {name: d, kind: t_all, cpu: 1, params: *p, outputs: [s]}\n" SINK,
	        "");

	cr_expect_eq(((const struct all_conf *)stage(pf, "d")->cs_conf)->al_number, 77);
	cr_expect_str_eq(stage(pf, "c")->cs_out[0].co_to, "b");
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, G99_auto_goes_to_the_node_of_the_ethdev_then_where_the_fewest_stages_are)
{
	struct lwkt_pipeline_file *pf = accepted(
	    "ethdevs: [{name: near, device: net_null0}, {name: far, device: net_far0}]\n"
	    "stages:\n"
	    "  - {name: r0, kind: ethdev_rx, cpu: 1, params: {ethdev: near}, outputs: [w0]}\n"
	    "  - {name: w0, kind: t_relay, outputs: [w1]}\n" /* by r0: node 0, the emptier CPU */
	    "  - {name: r1, kind: ethdev_rx, params: {ethdev: far}, outputs: [w0]}\n"
	    "  - {name: w1, kind: t_relay, outputs: [w2]}\n"     /* no ethdev beside it: anywhere */
	    "  - {name: w2, kind: t_relay, outputs: [t0, t1]}\n" /* by t0 */
	    "  - {name: t0, kind: ethdev_tx, params: {ethdev: near}}\n"
	    "  - {name: t1, kind: ethdev_tx, params: {ethdev: far}}\n",
	    "lwkt: f:1:44: warning: ethdev far: its packets are in the pool of NUMA node 1, ethdev near "
	    "that they leave by is on node 0, each packet crosses; connect ethdevs of one node\n"
	    "lwkt: f:1:11: warning: ethdev near: its packets are in the pool of NUMA node 0, ethdev far "
	    "that they leave by is on node 1, each packet crosses; connect ethdevs of one node\n");

	cr_expect_eq(stage(pf, "w0")->cs_lcore, 2);
	cr_expect_eq(stage(pf, "r1")->cs_lcore, 3);
	cr_expect_eq(stage(pf, "w1")->cs_lcore, 1);
	cr_expect_eq(stage(pf, "w2")->cs_lcore, 2);
	cr_expect_eq(stage(pf, "t0")->cs_lcore, 1);
	cr_expect_eq(stage(pf, "t1")->cs_lcore, 3);
	/* Another machine, the same file: the only worker gets all. */
	world.iv_nlcores = 2;
	pf->pf_quiet = true;
	pf->pf_stage[0].cs_lcore = 1;
	cr_expect_eq(lwkt_pipeline_file_check(pf, &world), 0);
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		cr_expect_eq(pf->pf_stage[i].cs_lcore, 1);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, G99_what_is_far_or_not_polled_is_a_warning)
{
	struct lwkt_pipeline_file *pf = accepted(
	    "ethdevs:\n"
	    "  - {name: near, device: net_null0}\n"
	    "  - {name: far, device: net_far0}\n"
	    "stages:\n"
	    "  - {name: rx, kind: ethdev_rx, cpu: 2, params: {ethdev: far}, outputs: [tx]}\n"
	    "  - {name: tx, kind: ethdev_tx, cpu: 2, params: {ethdev: near, queue: 0}}\n",
	    "lwkt: f:5:49: warning: stage rx: cpu: CPU 2 is on NUMA node 0, ethdev far on node 1, "
	    "each packet crosses; write a cpu of node 1\n"
	    "lwkt: f:2:5: warning: ethdev near: no stage polls it, what comes in there is lost; add "
	    "one if something does\n"
	    "lwkt: f:3:5: warning: ethdev far: its packets are in the pool of NUMA node 1, ethdev near "
	    "that they leave by is on node 0, each packet crosses; connect ethdevs of one node\n");

	lwkt_pipeline_file_destroy(pf);
}

#define TWO_WAYS                                                                                \
	"ethdevs: [{name: l, device: 0}, {name: r, device: 1}]\n"                               \
	"stages:\n"                                                                             \
	"  - {name: rl, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [fwd]}\n"        \
	"  - {name: rr, kind: ethdev_rx, cpu: 1, params: {ethdev: r}, outputs: [fwd]}\n"        \
	"  - {name: fwd, kind: l2fwd, cpu: 2, params: {routes: [1, 0]}, outputs: [tl, mid]}\n"  \
	"  - {name: mid, kind: t_relay, cpu: 2, outputs: [{to: tr, overflow: tail, limit: 99, " \
	"message: vector, priority: yes}]}\n"                                                   \
	"  - {name: tl, kind: ethdev_tx, cpu: 2, params: {ethdev: l}}\n"                        \
	"  - {name: tr, kind: ethdev_tx, cpu: 1, params: {ethdev: r}}\n"

LWKT_TEST(config, API_l2fwd_s_routes_become_ethdevs_and_addresses_further_down)
{
	struct lwkt_pipeline_file *pf = accepted(TWO_WAYS, "");
	const struct lwkt_l2fwd_conf *lc = stage(pf, "fwd")->cs_conf;

	cr_expect(lc->lc_mac_update);
	cr_expect_eq(lc->lc_output[0], 1);
	cr_expect_eq(lc->lc_output[1], 0);
	cr_expect_eq(lc->lc_output[2], LWKT_L2FWD_NONE);
	cr_expect_eq(lc->lc_ethdev[0], 0);
	cr_expect_eq(lc->lc_ethdev[1], 1);
	cr_expect_eq(lc->lc_mac[1].addr_bytes[5], 2);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, API_l2switch_s_ports_are_those_that_its_outputs_lead_to)
{
	struct lwkt_pipeline_file *pf =
	    accepted("ethdevs: [{name: l, device: 0}, {name: r, device: 1}]\n"
	             "stages:\n"
	             "  - {name: rl, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [sw]}\n"
	             "  - {name: rr, kind: ethdev_rx, cpu: 1, params: {ethdev: r}, outputs: [sw]}\n"
	             "  - {name: sw, kind: l2switch, cpu: 1, outputs: [tr, c]}\n"
	             "  - {name: c, kind: counter, cpu: 1, outputs: [tl]}\n"
	             "  - {name: tl, kind: ethdev_tx, cpu: 1, params: {ethdev: l}}\n"
	             "  - {name: tr, kind: ethdev_tx, cpu: 1, params: {ethdev: r, full: wait}}\n",
	        "");
	const struct lwkt_l2switch_conf *wc = stage(pf, "sw")->cs_conf;
	const struct lwkt_ethdev_conf *ec = stage(pf, "tr")->cs_conf;

	cr_expect_eq(wc->wc_nports, 2);
	cr_expect_eq(wc->wc_ports[0], 1);
	cr_expect_eq(wc->wc_ports[1], 0);
	cr_expect_eq(wc->wc_age_s, LWKT_L2SWITCH_AGE_S);
	cr_expect_eq(ec->ec_full, LWKT_TX_WAIT);
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, N87_copies_cut_before_their_addresses_are_a_warning_where_they_are_distributed)
{
	struct lwkt_pipeline_file *pf = accepted(
	    "ethdevs: [{name: l, device: net_null0}]\n"
	    "stages:\n"
	    "  - {name: r, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [m]}\n"
	    "  - {name: m, kind: mirror, cpu: 1, params: {snap: 40}, outputs: [n, d]}\n"
	    "  - {name: n, kind: mirror, cpu: 1, params: {snap: 40}, outputs: [d, s]}\n"
	    "  - {name: d, kind: distribute, cpu: 1, params: {hash: toeplitz, nic_hash: yes, l2: "
	    "outer, inner: yes, vxlan_ports: [4789, 4790]}, outputs: [s]}\n"
	    "  - {name: s, kind: sink, cpu: 2}\n",
	    "lwkt: f:4:45: warning: stage m: snap: 40: IP addresses may be cut off, and such copies "
	    "are malformed to the distribute stage that they come to; write 64 or more\n");
	const struct lwkt_distribute_conf *dc = stage(pf, "d")->cs_conf;

	cr_expect_eq(dc->dc_hash.fc_kind, LWKT_FLOWHASH_TOEPLITZ);
	cr_expect_eq(dc->dc_hash.fc_l2, LWKT_FLOWHASH_L2_OUTER);
	cr_expect_eq(dc->dc_hash.fc_nvxlan, 2);
	cr_expect_eq(dc->dc_hash.fc_vxlan[1], 4790);
	cr_expect(pf->pf_ethdev[0].ce_params.ep_nic_hash, "the NIC gets the flow hash's key");
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, N94_parameters_that_are_of_no_use_together_are_a_warning)
{
	lwkt_pipeline_file_destroy(accepted(
	    "ethdevs: [{name: l, device: net_null0}]\n"
	    "stages:\n"
	    "  - {name: r, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [m]}\n"
	    "  - {name: m, kind: meter, cpu: 1, params: {cir: 1000, cbs: 1513}, outputs: [n]}\n"
	    "  - {name: n, kind: meter, cpu: 1, params: {cir: 1000, cbs: 1514, yellow: pass}, "
	    "outputs: [d]}\n"
	    "  - {name: d, kind: distribute, cpu: 1, params: {vxlan_ports: [1]}, outputs: [e, s]}\n"
	    "  - {name: e, kind: distribute, cpu: 1, outputs: [f, s]}\n"
	    "  - {name: f, kind: distribute, cpu: 1, params: {seed: 1}, outputs: [s, s]}\n"
	    "  - {name: s, kind: sink, cpu: 2}\n",
	    "lwkt: f:4:61: warning: stage m: cbs: a burst of 1513 bytes is smaller than a frame, "
	    "longer packets are always red; write 1514 or more\n"
	    "lwkt: f:5:75: warning: stage n: yellow: no packet is, as there is no excess burst; write "
	    "ebs, or leave yellow out\n"
	    "lwkt: f:6:49: warning: stage d: inner: nothing looks into tunnels without it; write "
	    "inner: yes, or leave their ports out\n"
	    "lwkt: f:7:5: warning: stage e: seed: stage d before it has hashed its packets alike, so "
	    "that some outputs get none; write hash: mix and another seed\n"));
}

LWKT_TEST(config, API_rx_queues_that_flows_are_not_spread_over_are_a_warning)
{
	struct lwkt_pipeline_file *pf = accepted(
	    "ethdevs:\n"
	    "  - {name: far, device: net_far0, rxq: 2}\n"
	    "  - {name: near, device: net_null0, rxq: 2, txq: 2}\n"
	    "stages:\n"
	    "  - {name: f0, kind: ethdev_rx, cpu: 3, params: {ethdev: far}, outputs: [s]}\n"
	    "  - {name: f1, kind: ethdev_rx, cpu: 3, params: {ethdev: far, queue: 1}, outputs: "
	    "[s]}\n"
	    "  - {name: n0, kind: ethdev_rx, cpu: 1, params: {ethdev: near}, outputs: [s]}\n"
	    "  - {name: n1, kind: ethdev_rx, cpu: 1, params: {ethdev: near, queue: 1}, outputs: "
	    "[s]}\n"
	    "  - {name: s, kind: sink, cpu: 2}\n",
	    "lwkt: f:2:40: warning: ethdev far: rxq: 2, but its driver has no RSS, so that flows are "
	    "not spread; write rxq: 1, and a distribute stage behind it\n");
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	lwkt_pipeline_file_print(pf, f);
	fclose(f);
	cr_expect_not_null(strstr(text,
	    "\nethdev far: 2 rx queues, flows not spread over them: its driver has no RSS; no stage "
	    "sends to it\n"
	    "ethdev far: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: no ethdev sends to it\n"
	    "ethdev near: 2 rx queues, flows spread over 1 worker by its RSS with the symmetric key; "
	    "no stage sends to it\n"
	    "ethdev near: RSS: key 0x6d5a repeated: hosts in pairs, "));
	free(text);
	lwkt_pipeline_file_destroy(pf);
}

/* Net_null0 reports a function that brings the ends in order; who takes its hash has no use for that. */
LWKT_TEST(config, N85_a_line_says_which_function_and_key_rss_has)
{
	static const char *const params[] = {"", ", params: {hash: toeplitz, nic_hash: yes}"};
	static const char *const lines[] = {
	    "by its RSS with a strong key and its symmetric_toeplitz_sort; no stage sends to it\n"
	    "ethdev l: descriptors",
	    "by its RSS with the symmetric key; no stage sends to it\n"
	    "ethdev l: RSS: key 0x6d5a repeated: hosts in pairs, ",
	};

	for (unsigned int i = 0; i < RTE_DIM(params); i++) {
		char file[500], *text = NULL;
		struct lwkt_pipeline_file *pf;
		size_t bytes;
		FILE *f;

		snprintf(file, sizeof(file),
		    "ethdevs: [{name: l, device: net_null0, rxq: 2}]\n"
		    "stages:\n"
		    "  - {name: r0, kind: ethdev_rx, params: {ethdev: l}, outputs: [d]}\n"
		    "  - {name: r1, kind: ethdev_rx, params: {ethdev: l, queue: 1}, outputs: [d]}\n"
		    "  - {name: d, kind: distribute, cpu: 1%s, outputs: [s]}\n"
		    "  - {name: s, kind: sink, cpu: 2}\n",
		    params[i]);
		config_world_kinds();
		config_world_inventory(&world);
		world.iv_ethdev[0].ie_rss = LWKT_ETHDEV_RSS_SORT;
		pf = lwkt_pipeline_file_parse("f", file, strlen(file));
		cr_assert(pf != NULL && lwkt_pipeline_file_check(pf, &world) == 0);
		f = open_memstream(&text, &bytes);
		lwkt_pipeline_file_print(pf, f);
		fclose(f);
		cr_expect_not_null(strstr(text, lines[i]), "%s", text);
		free(text);
		lwkt_pipeline_file_destroy(pf);
	}
}

static void
expect_print(void (*print)(const struct lwkt_pipeline_file *, FILE *),
    const struct lwkt_pipeline_file *pf, const char *want)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	print(pf, f);
	fclose(f);
	cr_expect_str_eq(text, want);
	free(text);
}

LWKT_TEST(config, API_the_arithmetic_of_a_pool_is_shown)
{
	struct lwkt_pipeline_file *pf = accepted(TWO_WAYS, "");

	/* Caches: lcores 0, 1 and 2, each 1.5 times 256. */
	expect_print(lwkt_pipeline_file_print, pf,
	    "ethdev MAC address       forwards to device\n"
	    "l      02:00:00:00:01:01 r           net_null0\n"
	    "r      02:00:00:00:01:02 l           net_null1\n"
	    "stage           kind           cpu  outputs\n"
	    "rl              ethdev_rx        1  fwd (transit)\n"
	    "rr              ethdev_rx        1  fwd (transit)\n"
	    "fwd             l2fwd            2  tl (call), mid (call)\n"
	    "mid             t_relay          2  tr (transit, vector, limit 99, tail, priority)\n"
	    "tl              ethdev_tx        2\n"
	    "tr              ethdev_tx        1\n"
	    "ethdev l: 1 rx queue: one worker; 1 tx queue for 1 worker\n"
	    "ethdev l: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: its driver has none\n"
	    "ethdev r: 1 rx queue: one worker; 1 tx queue for 1 worker\n"
	    "ethdev r: descriptors 1024 rx, 1024 tx; mtu 1500, frames of 1518 bytes in 1 mbuf; no "
	    "fast free: a stage before it makes mbufs\n"
	    "rings between CPUs: 255 messages each, of a packet or up to 64; what has no room waits at "
	    "its sender\n"
	    "pool on NUMA node 0: rx rings 2048 + tx rings 2048 + window 2048 + bursts 128 + caches "
	    "1152 = 7424; it has 8191 packets with 2176 bytes of data, 20 MB\n"
	    "1 worker lcore has nothing to do\n");
	lwkt_pipeline_file_destroy(pf);
}

LWKT_TEST(config, API_the_graph_is_graphviz_s)
{
	struct lwkt_pipeline_file *pf = accepted(TWO_WAYS, "");

	expect_print(lwkt_pipeline_file_graph, pf,
	    "digraph \"pipeline\" {\n"
	    "  rankdir=LR;\n"
	    "  node [shape=box];\n"
	    "  subgraph cluster_1 {\n"
	    "    label=\"CPU 1\";\n"
	    "    \"rl\" [label=\"rl\\nethdev_rx l\"];\n"
	    "    \"rr\" [label=\"rr\\nethdev_rx r\"];\n"
	    "    \"tr\" [label=\"tr\\nethdev_tx r\"];\n"
	    "  }\n"
	    "  subgraph cluster_2 {\n"
	    "    label=\"CPU 2\";\n"
	    "    \"fwd\" [label=\"fwd\\nl2fwd\"];\n"
	    "    \"mid\" [label=\"mid\\nt_relay\"];\n"
	    "    \"tl\" [label=\"tl\\nethdev_tx l\"];\n"
	    "  }\n"
	    "  \"rl\" -> \"fwd\" [label=\"0: transit\"];\n"
	    "  \"rr\" -> \"fwd\" [label=\"0: transit\"];\n"
	    "  \"fwd\" -> \"tl\" [label=\"0: call\"];\n"
	    "  \"fwd\" -> \"mid\" [label=\"1: call\"];\n"
	    "  \"mid\" -> \"tr\" [label=\"0: transit, vector, limit 99, tail, priority\"];\n"
	    "}\n");
	lwkt_pipeline_file_destroy(pf);
}

/* The window is what the pipeline will really have. */
LWKT_TEST(config, N94_a_credit_limit_makes_the_window_smaller)
{
	static const struct {
		const char *pipeline, *edge;
		unsigned int window;
	} cases[] = {
	    {"{}", "{to: s}", 1024},
	    {"{window: 64}", "{to: s}", 64},
	    {"{window: none}", "{to: s}", 1024},
	    {"{window: 4096}", "{to: s, limit: 128}", 128},
	    {"{window: 4096}", "{to: s, limit: 128, overflow: tail}", 4096},
	};

	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		struct lwkt_pipeline_file *pf;
		char text[512];

		snprintf(text, sizeof(text),
		    "pipeline: %s\nethdevs: [{name: e, device: 0}]\nstages:\n"
		    "  - {name: r, kind: ethdev_rx, cpu: 1, params: {ethdev: e}, outputs: [%s]}\n" SINK,
		    cases[i].pipeline, cases[i].edge);
		pf = accepted(text, "");
		cr_expect_eq(pf->pf_need[0].cn_window, cases[i].window, "case %u: %u", i,
		    pf->pf_need[0].cn_window);
		cr_expect_eq(pf->pf_need[1].cn_packets, 0, "no pool where no ethdev is");
		lwkt_pipeline_file_destroy(pf);
	}
}

static void
expect_unreadable(const char *path, int error, const char *line)
{
	test_log_begin();
	cr_expect_null(lwkt_pipeline_file_load(path));
	cr_expect_eq(rte_errno, error, "%s: %d", path, rte_errno);
	cr_expect_str_eq(test_log_end(), line);
}

LWKT_TEST(config, API_what_cannot_be_read_is_refused)
{
	char path[] = "/tmp/lwkt-test-XXXXXX", line[160];
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, CONFIG_BYTES + 1), 0);
	close(fd);
	snprintf(
	    line, sizeof(line), "lwkt: %s: it has 1048577 bytes; write at most 1048576\n", path);
	expect_unreadable(path, EFBIG, line);
	unlink(path);
	snprintf(line, sizeof(line),
	    "lwkt: %s: cannot be opened (No such file or directory); write the name of a pipeline "
	    "file\n",
	    path);
	expect_unreadable(path, ENOENT, line);
	expect_unreadable("/", EISDIR,
	    "lwkt: /: cannot be read (Is a directory); write the name of a pipeline file\n");
	lwkt_pipeline_file_destroy(NULL);
}

/* A text of the most bytes that are read: head, then item over and over. */
static void
expect_bounded(const char *head, const char *item, const char *line)
{
	char *text = malloc(CONFIG_BYTES + 1);
	size_t n = strlen(head);
	const char *log;

	cr_assert_not_null(text);
	strcpy(text, head);
	for (; n + strlen(item) <= CONFIG_BYTES; n += strlen(item))
		strcpy(text + n, item);
	test_log_begin();
	rte_errno = 0;
	cr_expect_null(lwkt_pipeline_file_parse("f", text, n));
	cr_expect_eq(rte_errno, EINVAL, "%s%s: %d", head, item, rte_errno);
	log = test_log_end();
	cr_expect_str_eq(log, line, "%s", log);
	free(text);
}

/* What libyaml takes quadratic time for: hours for a megabyte. */
LWKT_TEST(config, API_a_text_that_nests_or_names_without_end_is_refused_at_once)
{
	static const char deep[] = "more than 16 lists and mappings in each other; a pipeline file "
	                           "needs six, look at the brackets and indentation\n";
	char line[256];

	alarm(30);
	snprintf(line, sizeof(line), "lwkt: f:1:17: %s", deep);
	expect_bounded("", "[", line);
	expect_bounded("", "{", line);
	snprintf(line, sizeof(line), "lwkt: f:1:33: %s", deep);
	expect_bounded("", "- ", line);
	snprintf(line, sizeof(line), "lwkt: f:2:74: %s", deep);
	expect_bounded(
	    "# [[[[[[[[[[[[[[[[[[[[[\nstages: {a: '[[[[[[[[[[[[[[[[[[[', b: ", "[{a: ", line);
	expect_bounded("", "- &a x\n",
	    "lwkt: f:65:3: more than 64 anchors (&NAME); write some of what they stand for in "
	    "full\n");
	expect_bounded("", "%TAG !a! x\n",
	    "lwkt: f:5:1: more than 4 lines begin with '%'; take them away: a pipeline file needs "
	    "no directives\n");
	expect_bounded("- ", "\n- a",
	    "lwkt: f:199998:3: more than 200000 words, lists and mappings; write less\n");
	alarm(0);
}

/* Each kind that comes with the library says what can be. */
LWKT_TEST(config, API_kinds_are_registered_once_and_looked_at)
{
	static const struct lwkt_param wrong[] = {
	    {.pa_name = "p", .pa_type = LWKT_PARAM_UINT, .pa_bytes = 3, .pa_max = 1},
	    {.pa_name = NULL},
	};
	static const struct lwkt_param beyond[] = {
	    {.pa_name = "p", .pa_type = LWKT_PARAM_UINT, .pa_bytes = 4, .pa_max = 1},
	    {.pa_name = NULL},
	};
	struct lwkt_stage_kind kind = {.sk_name = "k", .sk_handle = lwkt_stage_l2fwd.sk_handle};
	unsigned int n;

	for (n = 0; lwkt_stage_kind_at(n) != NULL; n++) {
		cr_expect_eq(lwkt_stage_kind_register(lwkt_stage_kind_at(n)), 0);
		cr_expect_eq(
		    lwkt_stage_kind_find(lwkt_stage_kind_at(n)->sk_name), lwkt_stage_kind_at(n));
	}
	cr_expect_geq(n, 3);
	cr_expect_null(lwkt_stage_kind_at(LWKT_KINDS_MAX));
	cr_expect_null(lwkt_stage_kind_find("k"));
	test_log_begin();
	cr_expect_eq(lwkt_stage_kind_register(NULL), -EINVAL);
	kind.sk_poll = lwkt_stage_ethdev_rx.sk_poll;
	cr_expect_eq(lwkt_stage_kind_register(&kind), -EINVAL);
	kind.sk_poll = NULL;
	kind.sk_params = wrong;
	kind.sk_conf_bytes = 8;
	cr_expect_eq(lwkt_stage_kind_register(&kind), -EINVAL);
	kind.sk_params = beyond;
	kind.sk_conf_bytes = 3;
	cr_expect_eq(lwkt_stage_kind_register(&kind), -EINVAL);
	kind.sk_conf_bytes = 4;
	kind.sk_name = "l2fwd";
	cr_expect_eq(lwkt_stage_kind_register(&kind), -EEXIST);
	kind.sk_name = "a_name_of_thirty-two_bytes_in_all";
	cr_expect_eq(lwkt_stage_kind_register(&kind), -EINVAL);
	test_log_end();
	cr_expect_null(lwkt_stage_kind_at(n), "none of these has been registered");
}

/* The reference in the manual is what the program says. */
static void
expect_in(const char *page, const char *keys)
{
	static char text[1 << 17];
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), TEST_DOCS "/%s", page);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	cr_expect(strstr(text, keys) != NULL, "%s: run scripts/pipeline-keys.sh", page);
}

LWKT_TEST(config, API_the_reference_in_the_manual_is_what_the_tables_say)
{
	char *keys = NULL;
	size_t bytes;
	FILE *f = open_memstream(&keys, &bytes);

	lwkt_pipeline_file_keys(f);
	fclose(f);
	keys[bytes - 1] = '\0'; /* an empty line at the end */
	expect_in("reference/lwkt-pipeline.5.scd", keys);
	free(keys);
}
