/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taps: what they are shown, against what the stages count; how they come and go while packets flow.
 */
#include <errno.h>
#include <string.h>

#include <lwkt_tap.h>

#include "tools.h"

#define PACKETS 3000

static struct source_conf source;
static struct sink_conf sink;

/* What a tap has been shown; each stage's CPU counts for itself. */
struct counting {
	struct lwkt_tap co_tap; /* first */
	struct {
		uint64_t in, out, drop, end;
		const char *reason;
		bool wrong; /* not on the stage's CPU, or packets that are none */
	} co_lcore[TEST_CPUS];
};

static void
count(struct lwkt_tap *ta, const struct lwkt_tap_view *view)
{
	struct counting *co = (struct counting *)(void *)ta;
	unsigned int lcore = view->tv_stage->st_lcore;

	co->co_lcore[lcore].in += view->tv_point == LWKT_TAP_IN ? view->tv_n : 0;
	co->co_lcore[lcore].out += view->tv_point == LWKT_TAP_OUT ? view->tv_n : 0;
	co->co_lcore[lcore].end += view->tv_point == LWKT_TAP_END ? view->tv_n : 0;
	if (view->tv_point == LWKT_TAP_DROP) {
		co->co_lcore[lcore].drop += view->tv_n;
		co->co_lcore[lcore].reason = view->tv_reason;
	}
	for (unsigned int i = 0; i < view->tv_n; i++)
		co->co_lcore[lcore].wrong |=
		    view->tv_pkts[i]->pkt_len != 60 || lwkt_mycpuid() != lcore;
}

#define COUNTING(points)                                           \
	{                                                          \
		.co_tap = {.ta_fn = count, .ta_points = (points) } \
	}

static struct lwkt_pipeline *
make(const struct lwkt_stage_row *rows, unsigned int n)
{
	struct lwkt_pipeline *pl;

	source = (struct source_conf){
	    .sc_pool = test_pool("p", 2047), .sc_count = PACKETS, .sc_burst = 32};
	memset(&sink, 0, sizeof(sink));
	pl = lwkt_pipeline_create("p", rows, n);
	cr_assert_not_null(pl);
	return pl;
}

static void
see_all(enum lwkt_edge_kind kind)
{
	static const struct relay_conf every = {.rc_drop_every = 3};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 2, &every, {"s"}, {{.ec_kind = kind}}},
	    {"s", &kind_sink, 3, &sink, {NULL}},
	};
	struct counting all = COUNTING(LWKT_TAP_IN | LWKT_TAP_OUT | LWKT_TAP_DROP | LWKT_TAP_END);
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows));

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		cr_assert_eq(lwkt_tap_add(pl, i, &all.co_tap), 0);
	run_dry(pl, PACKETS);
	cr_expect_eq(all.co_lcore[1].in, PACKETS);
	cr_expect_eq(all.co_lcore[1].out, PACKETS);
	cr_expect_eq(all.co_lcore[2].in, PACKETS);
	cr_expect_eq(all.co_lcore[2].out, PACKETS - PACKETS / 3);
	cr_expect_eq(all.co_lcore[2].drop, PACKETS / 3);
	cr_expect_str_eq(all.co_lcore[2].reason, "every_so_often");
	cr_expect_eq(all.co_lcore[3].in, PACKETS - PACKETS / 3);
	for (unsigned int i = 1; i < TEST_CPUS; i++)
		cr_expect(!all.co_lcore[i].wrong);
	cr_expect_eq(sink.nk_packets, PACKETS - PACKETS / 3);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(tap, API_what_passes_is_shown_vectors)
{
	see_all(LWKT_EDGE_VECTOR);
}

LWKT_TEST(tap, API_what_passes_is_shown_packets)
{
	see_all(LWKT_EDGE_PACKET);
}

static void
eat(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_consumed(st, pkts, n);
}

static const struct lwkt_stage_kind kind_eater = {.sk_name = "test_eater", .sk_handle = eat};

LWKT_TEST(tap, API_what_ends_is_shown_to_those_who_want_that_only)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"e"}},
	    {"e", &kind_eater, 1, NULL, {NULL}},
	};
	struct counting end = COUNTING(LWKT_TAP_END), out = COUNTING(LWKT_TAP_OUT);
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows));

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		cr_assert_eq(lwkt_tap_add(pl, i, &end.co_tap), 0);
		cr_assert_eq(lwkt_tap_add(pl, i, &out.co_tap), 0);
	}
	run_dry(pl, PACKETS);
	cr_expect_eq(end.co_lcore[1].end, PACKETS);
	cr_expect_eq(end.co_lcore[1].in + end.co_lcore[1].out, 0);
	cr_expect_eq(out.co_lcore[1].out, PACKETS);
	cr_expect_eq(out.co_lcore[1].in + out.co_lcore[1].end, 0);
	lwkt_pipeline_destroy(pl);
}

static void
see_full(enum lwkt_overflow overflow, unsigned int lcore, const char *reason)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}, {{LWKT_EDGE_VECTOR, overflow, 64, false}}},
	    {"s", &kind_sink, 2, &sink, {NULL}},
	};
	struct counting drops = COUNTING(LWKT_TAP_DROP);
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows));
	struct lwkt_account ac;

	sink.nk_slow_us = 200;
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		cr_assert_eq(lwkt_tap_add(pl, i, &drops.co_tap), 0);
	run_dry(pl, PACKETS);
	ac = expect_balanced(pl);
	cr_expect_gt(ac.ac_dropped, 0);
	cr_expect_eq(drops.co_lcore[1].drop + drops.co_lcore[2].drop, ac.ac_dropped);
	if (drops.co_lcore[lcore].drop > 0)
		cr_expect_str_eq(drops.co_lcore[lcore].reason, reason);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(tap, API_what_a_full_edge_drops_is_shown_at_its_begin)
{
	see_full(LWKT_OVERFLOW_TAIL, 1, "edge_full");
}

LWKT_TEST(tap, API_what_was_too_old_is_shown_at_its_end)
{
	see_full(LWKT_OVERFLOW_OLDEST, 2, "oldest");
}

LWKT_TEST(tap, API_a_stage_has_four_taps_each_once)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}},
	    {"s", &kind_sink, 1, &sink, {NULL}},
	};
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows));
	struct counting some[LWKT_STAGE_TAPS + 1] = {COUNTING(LWKT_TAP_IN), COUNTING(LWKT_TAP_IN),
	    COUNTING(LWKT_TAP_IN), COUNTING(LWKT_TAP_IN), COUNTING(LWKT_TAP_IN)};

	cr_expect_eq(lwkt_tap_remove(pl, 0, &some[0].co_tap), -ENOENT);
	cr_expect_eq(lwkt_tap_add(pl, 2, &some[0].co_tap), -EINVAL);
	cr_expect_eq(lwkt_tap_remove(pl, 2, &some[0].co_tap), -ENOENT);
	for (unsigned int i = 0; i < LWKT_STAGE_TAPS; i++)
		cr_expect_eq(lwkt_tap_add(pl, 0, &some[i].co_tap), 0);
	cr_expect_eq(lwkt_tap_add(pl, 0, &some[LWKT_STAGE_TAPS].co_tap), -EBUSY);
	cr_expect_eq(lwkt_tap_add(pl, 0, &some[1].co_tap), -EEXIST);
	cr_expect_eq(lwkt_tap_remove(pl, 0, &some[1].co_tap), 0);
	cr_expect_eq(lwkt_tap_remove(pl, 0, &some[1].co_tap), -ENOENT);
	run_dry(pl, PACKETS);
	for (unsigned int i = 0; i < LWKT_STAGE_TAPS; i++)
		cr_expect_eq(some[i].co_lcore[1].in, i == 1 ? 0 : PACKETS);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(tap, API_taps_come_and_go_under_load_and_leave_nothing)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 2, NULL, {"s"}},
	    {"s", &kind_sink, 2, &sink, {NULL}},
	};
	struct counting all = COUNTING(LWKT_TAP_IN | LWKT_TAP_OUT | LWKT_TAP_DROP);
	struct lwkt_pipeline *pl = make(rows, RTE_DIM(rows));
	void (*push)(struct lwkt_edge *, struct rte_mbuf **, unsigned int) =
	    lwkt_pipeline_stage(pl, 0)->st_out[0].ed_push;
	uint64_t seen;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int round = 0; round < 20; round++)
		for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
			cr_assert_eq(lwkt_tap_add(pl, i, &all.co_tap), 0);
			cr_assert_eq(lwkt_tap_remove(pl, i, &all.co_tap), 0);
		}
	seen = all.co_lcore[1].in;
	await_sources(pl, PACKETS);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(all.co_lcore[1].in, seen, "not once it is gone");
	cr_expect_eq(lwkt_pipeline_stage(pl, 0)->st_looks, 0);
	cr_expect_eq(lwkt_pipeline_stage(pl, 0)->st_out[0].ed_push, push);
	cr_expect_eq(sink.nk_packets, PACKETS);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}
