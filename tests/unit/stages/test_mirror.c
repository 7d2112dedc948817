/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind mirror.
 */
#include <errno.h>
#include <string.h>

#include <lwkt_stages.h>

#include "tools.h"

#define PACKETS 3000

static struct sink_conf copies; /* what came at the copies' end */

static struct lwkt_mirror_stats
run_mirror(const struct lwkt_mirror_conf *conf, enum lwkt_edge_kind kind)
{
	const struct lwkt_source_conf source = {
	    .oc_count = PACKETS, .oc_flows = 10, .oc_size = 200, .oc_pool = test_pool("p", 4095)};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_mirror, 2, conf, {"c", "tap"}},
	    {"c", &lwkt_stage_check, 2, NULL, {NULL}},
	    {"tap", &kind_sink, 3, &copies, {NULL}},
	};
	struct lwkt_mirror_stats is;
	struct lwkt_check_stats hs;
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	memset(&copies, 0, sizeof(copies));
	edges_as(rows, RTE_DIM(rows), kind);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	ac = run_audited(pl, PACKETS);
	cr_assert_eq(lwkt_mirror_stats(lwkt_pipeline_find(pl, "m"), &is), 0);
	cr_expect_eq(lwkt_mirror_stats(lwkt_pipeline_find(pl, "c"), &is), -EINVAL);
	cr_assert_eq(lwkt_check_stats(lwkt_pipeline_find(pl, "c"), &hs), 0);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(hs.hs_packets, PACKETS, "the originals are untouched");
	cr_expect_eq(hs.hs_lost + hs.hs_late + hs.hs_duplicate + hs.hs_foreign, 0);
	cr_expect_eq(copies.nk_packets, is.is_copied);
	cr_expect_eq(ac.ac_received, PACKETS + is.is_copied, "a copy has come in, too");
	return is;
}

LWKT_TEST(mirror, N93_every_packet_is_copied)
{
	struct lwkt_mirror_stats is = run_mirror(NULL, LWKT_EDGE_VECTOR);

	cr_expect_eq(is.is_copied, PACKETS);
	cr_expect_eq(is.is_missed, 0);
	is = run_mirror(NULL, LWKT_EDGE_PACKET);
	cr_expect_eq(is.is_copied, PACKETS);
}

/* The last copy is of the last packet: flow 9, number 299. */
LWKT_TEST(mirror, API_a_copy_is_the_beginning_of_its_packet)
{
	const struct lwkt_mirror_conf snap = {.ic_snap = 60};
	struct lwkt_probe probe;

	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		cr_expect_eq(run_mirror(&snap, k).is_copied, PACKETS);
		cr_expect_eq(copies.nk_keep_bytes, 60);
		memcpy(&probe, copies.nk_kept + LWKT_PROBE_OFFSET, sizeof(probe));
		cr_expect_eq(probe.pr_magic, LWKT_PROBE_MAGIC);
		cr_expect_eq(probe.pr_flow, 9);
		cr_expect_eq(probe.pr_number, PACKETS / 10 - 1);
	}
}

LWKT_TEST(mirror, API_one_of_so_many_is_copied)
{
	const struct lwkt_mirror_conf every = {.ic_every = 7};

	cr_expect_eq(run_mirror(&every, LWKT_EDGE_AUTO).is_copied, PACKETS / 7);
}

LWKT_TEST(mirror, N94_no_mbuf_for_a_copy_harms_nobody)
{
	struct rte_mempool *pool = test_pool("copies", 63);
	struct lwkt_mirror_conf conf = {.ic_pool = pool};
	struct lwkt_mirror_stats is;
	struct rte_mbuf *hog[63];

	is = run_mirror(&conf, LWKT_EDGE_PACKET);
	cr_expect_eq(is.is_copied + is.is_missed, PACKETS);
	cr_expect_gt(is.is_copied, 0);
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, hog, RTE_DIM(hog)), 0);
	conf.ic_pool = NULL;
	strcpy(conf.ic_pool_name, pool->name);
	is = run_mirror(&conf, LWKT_EDGE_VECTOR);
	cr_expect_eq(is.is_copied, 0);
	cr_expect_eq(is.is_missed, PACKETS);
	rte_pktmbuf_free_bulk(hog, RTE_DIM(hog));
}

/* The tap stands still; its branch drops, and the originals do not notice. */
LWKT_TEST(mirror, N94_a_slow_tap_with_a_limit_drops_only_copies)
{
	const struct lwkt_source_conf source = {.oc_count = 20000, .oc_pool = test_pool("p", 2047)};
	const struct lwkt_mirror_conf conf = {.ic_pool = test_pool("copies", 1023)};
	const struct lwkt_sink_conf slow = {.kc_cost_ns = 20000};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_mirror, 2, &conf, {"c", "tap"},
	        {{0}, {.ec_overflow = LWKT_OVERFLOW_TAIL, .ec_limit = 64}}},
	    {"c", &lwkt_stage_check, 2, NULL, {NULL}},
	    {"tap", &lwkt_stage_sink, 3, &slow, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_mirror_stats is;
	struct lwkt_edge_stats es;
	struct lwkt_account ac;

	cr_assert_not_null(pl);
	ac = run_audited(pl, 20000);
	lwkt_edge_stats(lwkt_pipeline_find(pl, "m"), 1, &es);
	cr_assert_eq(lwkt_mirror_stats(lwkt_pipeline_find(pl, "m"), &is), 0);
	cr_expect_eq(stats_of(pl, "c").ss_in, 20000);
	cr_expect_gt(es.es_full, 0);
	cr_expect_eq(ac.ac_dropped, es.es_full);
	cr_expect_eq(stats_of(pl, "tap").ss_in + es.es_full, is.is_copied);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(mirror, API_two_outputs_and_no_less)
{
	const struct lwkt_source_conf source = {.oc_pool = test_pool("p", 63)};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_mirror, 1, NULL, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};

	expect_no_pipeline(
	    rows, 3, EINVAL, "lwkt: pipeline p: stage m: outputs: kind mirror needs 2, it has 1\n");
}
