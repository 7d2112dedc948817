/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind meter. A rate of a byte a second leaves the buckets as they are at first, so the numbers
 * are exact; one test looks at the rate.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include <lwkt_stages.h>

#include "tools.h"

struct result {
	struct lwkt_meter_stats ms;
	struct lwkt_stage_stats ss;
	uint64_t out[2];
};

/* 1000 packets of 100 bytes. */
static struct result
run_meter(const struct lwkt_meter_conf *conf, enum lwkt_edge_kind kind)
{
	const struct lwkt_source_conf source = {
	    .oc_count = 1000, .oc_size = 100, .oc_pool = test_pool("p", 1023)};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_meter, 2, conf, {"s0", "s1"}},
	    {"s0", &lwkt_stage_sink, 1, NULL, {NULL}},
	    {"s1", &lwkt_stage_sink, 3, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;
	struct result r;

	edges_as(rows, RTE_DIM(rows), kind);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_audited(pl, 1000);
	cr_assert_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "m"), &r.ms), 0);
	cr_expect_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "a"), &r.ms), -EINVAL);
	r.ss = stats_of(pl, "m");
	r.out[0] = stats_of(pl, "s0").ss_in;
	r.out[1] = stats_of(pl, "s1").ss_in;
	lwkt_pipeline_destroy(pl);
	return r;
}

#define GREEN  100 /* packets */
#define YELLOW 50
#define RED    850

LWKT_TEST(meter, N94_each_colour_goes_where_it_is_sent)
{
	static const struct {
		enum lwkt_meter_action yellow, red;
		uint64_t out0, out1, drop_yellow, drop_red;
	} cases[] = {
	    {LWKT_METER_DROP, LWKT_METER_DROP, GREEN, 0, YELLOW, RED},
	    {LWKT_METER_PASS, LWKT_METER_DROP, GREEN + YELLOW, 0, 0, RED},
	    {LWKT_METER_DIVERT, LWKT_METER_DROP, GREEN, YELLOW, 0, RED},
	    {LWKT_METER_DROP, LWKT_METER_DIVERT, GREEN, RED, YELLOW, 0},
	    {LWKT_METER_DIVERT, LWKT_METER_DIVERT, GREEN, YELLOW + RED, 0, 0},
	    {LWKT_METER_PASS, LWKT_METER_PASS, GREEN + YELLOW + RED, 0, 0, 0},
	};

	for (unsigned int c = 0; c < RTE_DIM(cases); c++) {
		/* Not to the byte: a second or more may pass. */
		const struct lwkt_meter_conf conf = {
		    .mc_cir = 1,
		    .mc_cbs = GREEN * 100,
		    .mc_ebs = YELLOW * 100,
		    .mc_yellow = cases[c].yellow,
		    .mc_red = cases[c].red,
		};
		struct result r =
		    run_meter(&conf, c % 2 == 0 ? LWKT_EDGE_VECTOR : LWKT_EDGE_PACKET);

		cr_expect_eq(r.ms.ms_packets[0], GREEN);
		cr_expect_eq(r.ms.ms_packets[1], YELLOW);
		cr_expect_eq(r.ms.ms_packets[2], RED);
		cr_expect_eq(r.ms.ms_bytes[0], GREEN * 100);
		cr_expect_eq(r.ms.ms_bytes[1], YELLOW * 100);
		cr_expect_eq(r.ms.ms_bytes[2], RED * 100);
		cr_expect_eq(r.out[0], cases[c].out0);
		cr_expect_eq(r.out[1], cases[c].out1);
		cr_expect_eq(r.ss.ss_dropped[0], cases[c].drop_yellow);
		cr_expect_eq(r.ss.ss_dropped[1], cases[c].drop_red);
	}
	cr_expect_str_eq(lwkt_stage_meter.sk_drop_names[0], "yellow");
	cr_expect_str_eq(lwkt_stage_meter.sk_drop_names[1], "red");
}

LWKT_TEST(meter, API_a_packet_longer_than_both_bursts_is_red)
{
	const struct lwkt_meter_conf conf = {.mc_cir = 1, .mc_cbs = 99, .mc_ebs = 99};
	struct result r = run_meter(&conf, LWKT_EDGE_AUTO);

	cr_expect_eq(r.ms.ms_packets[2], 1000);
	cr_expect_eq(r.ss.ss_dropped[1], 1000);
}

#define CIR 1000000
#define CBS 200000

/* Until the burst is used up. */
static void
await_red(struct lwkt_pipeline *pl)
{
	struct lwkt_meter_stats ms = {0};

	for (int i = 0; i < 20000 && ms.ms_packets[2] == 0; i++) {
		usleep(1000);
		cr_assert_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "m"), &ms), 0);
	}
}

/*
 * Bytes a second that pass, of the rate: the best of some windows, since where the loop is without
 * a processor for longer than the burst lasts, tokens are lost.
 */
static double
best_share(struct lwkt_pipeline *pl)
{
	double best = 0;

	for (int i = 0; i < 50 && best < 0.7; i++) {
		struct lwkt_meter_stats before, after;
		uint64_t begin = rte_get_tsc_cycles();

		cr_assert_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "m"), &before), 0);
		usleep(200000);
		cr_assert_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "m"), &after), 0);
		best = RTE_MAX(best, (double)(after.ms_bytes[0] - before.ms_bytes[0]) *
		                         (double)rte_get_tsc_hz() / CIR /
		                         (double)(rte_get_tsc_cycles() - begin));
	}
	return best;
}

/* What passes is the burst and the rate, for as long as there is more than that. */
LWKT_TEST(meter, N94_the_rate_is_kept)
{
	const struct lwkt_source_conf source = {.oc_size = 100, .oc_pool = test_pool("p", 255)};
	const struct lwkt_meter_conf conf = {.mc_cir = CIR, .mc_cbs = CBS};
	const struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_meter, 1, &conf, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};
	uint64_t begin = rte_get_tsc_cycles();
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_meter_stats ms;
	double most, share;

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_red(pl);
	share = best_share(pl);
	expect_audited(pl);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	most =
	    CBS + (double)CIR * (double)(rte_get_tsc_cycles() - begin) / (double)rte_get_tsc_hz();
	cr_assert_eq(lwkt_meter_stats(lwkt_pipeline_find(pl, "m"), &ms), 0);
	expect_audited(pl);
	lwkt_pipeline_destroy(pl);
	cr_expect_gt(ms.ms_packets[2], 0, "there was more");
	cr_expect_leq((double)ms.ms_bytes[0], most * 1.001);
	cr_expect_geq(share, 0.7, "%.2f of the rate", share);
}

LWKT_TEST(meter, API_what_it_cannot_do_is_said_in_one_line)
{
	const struct lwkt_source_conf source = {.oc_pool = test_pool("p", 63)};
	struct lwkt_meter_conf conf = {.mc_cbs = 100};
	struct lwkt_stage_row rows[] = {
	    {"a", &lwkt_stage_source, 1, &source, {"m"}},
	    {"m", &lwkt_stage_meter, 1, &conf, {"s"}},
	    {"s", &lwkt_stage_sink, 1, NULL, {NULL}},
	};

	expect_no_pipeline(
	    rows, 3, EINVAL, "lwkt: pipeline p: stage m: cir: it is 0; write bytes a second\n");
	conf = (struct lwkt_meter_conf){.mc_cir = 5};
	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage m: cbs: it is 0, and ebs too; write bytes of a burst\n");
	conf = (struct lwkt_meter_conf){.mc_cir = 5, .mc_cbs = 5, .mc_red = LWKT_METER_DIVERT};
	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage m: red: divert is to output 1, it has 1; write a second "
	    "output\n");
	conf.mc_red = 3;
	expect_no_pipeline(rows, 3, EINVAL,
	    "lwkt: pipeline p: stage m: red: there is no choice 3; write one of 3\n");
}
