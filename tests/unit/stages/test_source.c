/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds source, sink and counter: what is made, and what ends.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include <lwkt_flowhash.h>
#include <lwkt_stages.h>

#include "chi.h"
#include "tools.h"

/* Looks at every packet, on the source's CPU. */
#define FLOWS 100
static struct {
	uint32_t packets, bad;
	uint16_t size, port;
	uint64_t next[FLOWS];
	uint32_t addr[FLOWS];
} seen;

static void
look(const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const void *)(eth + 1);
	struct lwkt_probe probe;
	uint32_t flow;

	memcpy(&probe, (const char *)eth + LWKT_PROBE_OFFSET, sizeof(probe));
	flow = probe.pr_flow - 7;
	seen.packets++;
	seen.bad += m->pkt_len != seen.size || m->port != seen.port ||
	            probe.pr_magic != LWKT_PROBE_MAGIC || flow >= FLOWS ||
	            eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
	            rte_raw_cksum(ip, sizeof(*ip)) != 0xffff || /* with the sum that is in it */
	            rte_be_to_cpu_16(ip->total_length) != m->pkt_len - sizeof(*eth);
	if (flow >= FLOWS)
		return;
	seen.bad += probe.pr_number != seen.next[flow]++ ||
	            (seen.addr[flow] != 0 && seen.addr[flow] != ip->src_addr);
	seen.addr[flow] = ip->src_addr;
}

static void
look_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		look(pkts[i]);
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_look = {.sk_name = "look", .sk_handle = look_handle};

static void
run_source(struct lwkt_source_conf *conf, enum lwkt_edge_kind kind)
{
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, conf, {"look"}},
	    {"look", &kind_look, 2, NULL, {"s"}},
	    {"s", &lwkt_stage_sink, 3, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	memset(&seen, 0, sizeof(seen));
	seen.size = conf->oc_size;
	seen.port = conf->oc_port;
	edges_as(rows, RTE_DIM(rows), kind);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	ac = run_audited(pl, conf->oc_count);
	cr_expect_eq(ac.ac_consumed, conf->oc_count, "a sink's packets are consumed");
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(seen.packets, conf->oc_count);
	cr_expect_eq(seen.bad, 0);
}

LWKT_TEST(source, N93_flows_are_numbered_and_have_addresses_of_their_own)
{
	static const struct {
		uint16_t size;
		uint32_t burst;
		enum lwkt_edge_kind kind;
	} cases[] = {{60, 32, LWKT_EDGE_VECTOR}, {1514, 32, LWKT_EDGE_PACKET},
	    {61, 1, LWKT_EDGE_VECTOR}, {2048, 31, LWKT_EDGE_PACKET}};
	struct lwkt_source_conf conf = {
	    .oc_count = 10050, .oc_flows = FLOWS, .oc_first_flow = 7, .oc_port = 3};

	conf.oc_pool = test_pool("p", 1023);
	for (unsigned int c = 0; c < RTE_DIM(cases); c++) {
		conf.oc_size = cases[c].size;
		conf.oc_burst = cases[c].burst;
		run_source(&conf, cases[c].kind);
		for (unsigned int f = 0; f < FLOWS; f++) {
			cr_expect_eq(seen.next[f], f < 50 ? 101 : 100, "in turn");
			for (unsigned int g = 0; g < f; g++)
				cr_assert_neq(seen.addr[f], seen.addr[g]);
		}
	}
}

LWKT_TEST(source, API_its_pool_may_be_given_by_name)
{
	struct rte_mempool *pool = test_pool("named", 255);
	struct lwkt_source_conf conf = {.oc_count = 1000, .oc_size = 60, .oc_first_flow = 7};

	strcpy(conf.oc_pool_name, pool->name);
	run_source(&conf, LWKT_EDGE_AUTO);
}

static struct lwkt_pipeline *
source_and_sink(struct lwkt_source_conf *source, struct lwkt_sink_conf *sink, unsigned int lcore)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, source, {"s"}},
	    {"s", &lwkt_stage_sink, lcore, sink, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	return pl;
}

static double
seconds_since(uint64_t begin)
{
	return (double)(rte_get_tsc_cycles() - begin) / (double)rte_get_tsc_hz();
}

LWKT_TEST(source, API_a_rate_is_not_exceeded_and_about_reached)
{
	struct lwkt_source_conf source = {.oc_rate = 20000, .oc_pool = test_pool("p", 255)};
	struct lwkt_pipeline *pl = source_and_sink(&source, NULL, 1);
	struct lwkt_account ac;
	uint64_t begin = rte_get_tsc_cycles();
	double wanted;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	usleep(300000);
	ac = expect_audited(pl);
	wanted = 20000 * seconds_since(begin);
	cr_expect_leq((double)ac.ac_received, wanted + 1);
	cr_expect_geq((double)ac.ac_received, wanted / 3, "%" PRIu64, ac.ac_received);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(source, N94_without_mbufs_it_waits_and_counts)
{
	struct rte_mempool *pool = test_pool("p", 127);
	struct lwkt_source_conf source = {.oc_count = 2000, .oc_pool = pool};
	struct lwkt_source_stats os;
	struct lwkt_pipeline *pl = source_and_sink(&source, NULL, 1);
	struct rte_mbuf *hog[120];

	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, hog, RTE_DIM(hog)), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		cr_assert_eq(lwkt_source_stats(lwkt_pipeline_find(pl, "a"), &os), 0);
	} while (os.os_no_mbufs < 100);
	cr_expect_eq(expect_audited(pl).ac_received, 0);
	rte_pktmbuf_free_bulk(hog, RTE_DIM(hog));
	await_sources(pl, 2000);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(expect_audited(pl).ac_consumed, 2000);
	cr_expect_eq(lwkt_source_stats(lwkt_pipeline_find(pl, "s"), &os), -EINVAL, "a sink");
	lwkt_pipeline_destroy(pl);
}

/* The sink is what limits, and nothing is lost for it: the source has no credits meanwhile. */
LWKT_TEST(sink, N94_a_sink_that_works_slows_the_source_down)
{
	struct lwkt_source_conf source = {.oc_count = 3000, .oc_pool = test_pool("p", 4095)};
	struct lwkt_sink_conf sink = {.kc_cost_ns = 50000};
	const struct lwkt_pipeline_opts opts = {.po_window = 64};
	struct lwkt_pipeline *pl = source_and_sink(&source, &sink, 2);
	uint64_t begin = rte_get_tsc_cycles();
	struct lwkt_account ac;

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		ac = expect_audited(pl);
		cr_expect_leq(ac.ac_held, 64);
		usleep(1000);
	} while (ac.ac_received < 3000);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_geq(seconds_since(begin), 3000 * 50e-6);
	cr_expect_eq(expect_audited(pl).ac_consumed, 3000);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(counter, N93_packets_bytes_and_sizes)
{
	static const struct {
		uint16_t size;
		unsigned int class;
	} cases[] = {{60, 0}, {63, 0}, {64, 1}, {127, 1}, {128, 2}, {255, 2}, {256, 3}, {511, 3},
	    {512, 4}, {1023, 4}, {1024, 5}, {1518, 5}, {1519, 6}, {2048, 6}};
	struct lwkt_source_conf source = {.oc_count = 500, .oc_pool = test_pool("p", 255)};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"c"}},
	    {"c", &lwkt_stage_counter, 2, NULL, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};
	struct lwkt_counter_stats cs;

	for (unsigned int c = 0; c < RTE_DIM(cases); c++) {
		struct lwkt_pipeline *pl;

		source.oc_size = cases[c].size;
		pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
		cr_assert_not_null(pl);
		cr_expect_eq(run_audited(pl, 500).ac_consumed, 500);
		cr_assert_eq(lwkt_counter_stats(lwkt_pipeline_find(pl, "c"), &cs), 0);
		cr_expect_eq(lwkt_counter_stats(lwkt_pipeline_find(pl, "s"), &cs), -EINVAL);
		lwkt_pipeline_destroy(pl);
		cr_expect_eq(cs.cs_packets, 500);
		cr_expect_eq(cs.cs_bytes, 500 * cases[c].size);
		for (unsigned int i = 0; i < LWKT_COUNTER_SIZES; i++)
			cr_expect_eq(cs.cs_sizes[i], i == cases[c].class ? 500 : 0, "%u: %u",
			    cases[c].size, i);
	}
}

LWKT_TEST(source, API_what_it_cannot_do_is_said_in_one_line)
{
	struct rte_mempool *pool = test_pool("p", 63);
	struct lwkt_source_conf conf = {.oc_pool = pool};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &conf, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};

	conf.oc_size = 59;
	expect_no_pipeline(rows, 2, EINVAL,
	    "lwkt: pipeline p: stage a: size: 59 is out of range; write 60 to 65535\n");
	conf.oc_size = 2049;
	expect_no_pipeline(rows, 2, EINVAL,
	    "lwkt: pipeline p: stage a: size: packets of 2049 bytes; write 60 to 2048, as its pool "
	    "has room\n");
	conf.oc_size = 0;
	conf.oc_burst = LWKT_STAGE_BURST + 1;
	expect_no_pipeline(rows, 2, EINVAL,
	    "lwkt: pipeline p: stage a: burst: 65 is out of range; write 1 to 64\n");
	conf.oc_burst = 0;
	conf.oc_flows = 2;
	conf.oc_first_flow = 0xffffff;
	expect_no_pipeline(rows, 2, EINVAL,
	    "lwkt: pipeline p: stage a: flows: 2 from 16777215 on; flows have numbers up to "
	    "16777215\n");
	conf.oc_first_flow = 0;
	conf.oc_pool = NULL;
	expect_no_pipeline(rows, 2, EINVAL,
	    "lwkt: pipeline p: stage a: pool: a source needs one; write its name\n");
	strcpy(conf.oc_pool_name, "none");
	expect_no_pipeline(rows, 2, ENOENT,
	    "lwkt: pipeline p: stage a: pool: there is no pool named none; make it first, with "
	    "lwkt_pktmbuf_pool_create(), or write the name of another\n");
	conf.oc_pool = pool;
	rows[0].sr_out[1] = "s";
	expect_no_pipeline(
	    rows, 2, EINVAL, "lwkt: pipeline p: stage a: outputs: kind source needs 1, it has 2\n");
}

/* By both flow hashes: packets of a bucket. */
#define SPREAD 25600
static struct lwkt_flowhash *spread_hash[2];
static unsigned int spread_count[2][LWKT_FLOWHASH_BUCKETS];

static void
spread_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < 2 * n; i++) {
		uint32_t hash = 0;

		lwkt_flowhash_compute(spread_hash[i % 2], pkts[i / 2], &hash);
		spread_count[i % 2][lwkt_flowhash_bucket(hash)]++;
	}
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind kind_spread = {.sk_name = "spread", .sk_handle = spread_handle};

/* Its addresses count; its ports must not count with them. */
LWKT_TEST(source, N85_its_flows_spread_like_random_ones)
{
	const struct lwkt_flowhash_config toeplitz = {.fc_kind = LWKT_FLOWHASH_TOEPLITZ};
	struct lwkt_source_conf conf = {
	    .oc_pool = test_pool("p", 4095), .oc_count = SPREAD, .oc_flows = SPREAD};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &conf, {"look"}},
	    {"look", &kind_spread, 2, NULL, {"s"}},
	    {"s", &lwkt_stage_sink, 3, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;

	spread_hash[0] = lwkt_flowhash_create(NULL, SOCKET_ID_ANY);
	spread_hash[1] = lwkt_flowhash_create(&toeplitz, SOCKET_ID_ANY);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_audited(pl, SPREAD);
	lwkt_pipeline_destroy(pl);
	cr_expect(chi_random(spread_count[0], NULL, LWKT_FLOWHASH_BUCKETS), "mix");
	cr_expect(chi_random(spread_count[1], NULL, LWKT_FLOWHASH_BUCKETS), "toeplitz");
	lwkt_flowhash_destroy(spread_hash[0]);
	lwkt_flowhash_destroy(spread_hash[1]);
}
