/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Outputs that lead to another CPU: vectors and packets' own messages, limits, what is dropped
 * where, and the credits that bound it all.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "kinds.h"

#define POOL    4095
#define PACKETS 20000

static struct sink_conf sinks[2];

static const struct lwkt_edge_conf by_packet = {.ec_kind = LWKT_EDGE_PACKET};
static const struct lwkt_edge_conf by_vector = {.ec_kind = LWKT_EDGE_VECTOR};

/* source (1) -> relay (2) -> sink (3), by these two outputs */
static struct lwkt_pipeline *
three(const struct source_conf *source, const struct lwkt_edge_conf *first,
    const struct lwkt_edge_conf *second)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, source, {"r"}, {*first}},
	    {"r", &kind_relay, 2, NULL, {"s"}, {*second}},
	    {"s", &kind_sink, 3, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	return pl;
}

static void
run_three(
    const struct lwkt_edge_conf *first, const struct lwkt_edge_conf *second, unsigned int burst)
{
	struct source_conf source = {test_pool("p", POOL), 0, PACKETS, burst, 0, false, 0};
	struct lwkt_pipeline *pl = three(&source, first, second);
	struct lwkt_edge_stats es;

	run_dry(pl, PACKETS);
	for (unsigned int i = 0; i < 2; i++) {
		lwkt_edge_stats(lwkt_pipeline_stage(pl, i), 0, &es);
		cr_expect(es.es_crosses);
		cr_expect_eq(es.es_vectors, (i == 0 ? first : second)->ec_kind == LWKT_EDGE_VECTOR);
		cr_expect_eq(es.es_sent, PACKETS);
		cr_expect_eq(es.es_taken, PACKETS);
		cr_expect_eq(es.es_depth, 0);
		cr_expect_gt(es.es_high, 0);
		cr_expect_gt(es.es_high_time_ns, UINT64_C(1600000000) * 1000000000);
		cr_expect_eq(es.es_full + es.es_oldest, 0);
	}
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets, PACKETS);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(wire, N93_packets_then_packets)
{
	run_three(&by_packet, &by_packet, 32);
}

LWKT_TEST(wire, N93_vectors_then_vectors)
{
	run_three(&by_vector, &by_vector, 31);
}

LWKT_TEST(wire, N93_packets_then_vectors)
{
	run_three(&by_packet, &by_vector, 7);
}

LWKT_TEST(wire, N93_vectors_then_packets)
{
	run_three(&by_vector, &by_packet, 1);
}

LWKT_TEST_ENV(wire, N93_vectors_through_full_rings, .te_config.cf_ring_size = 1)
{
	run_three(&by_vector, &by_vector, 3);
}

/* More vectors under way than there are: single packets fill in, and stay in order. */
LWKT_TEST(wire, N93_without_a_free_vector_packets_go_by_themselves)
{
	struct source_conf source = {test_pool("p", POOL), 0, 4000, 1, 0, false, 0};
	struct lwkt_pipeline *pl = three(&source, &by_vector, &by_vector);
	struct lwkt_pipeline_opts opts = {.po_window = LWKT_WINDOW_NONE};

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	sinks[0].nk_slow_us = 100;
	run_dry(pl, 4000);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets, 4000);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(wire, API_auto_is_vectors_unless_a_kind_wants_packets)
{
	static struct lwkt_stage_kind picky;
	struct source_conf source = {test_pool("p", POOL), 0, 100, 8, 0, false, 0};
	struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};
	struct lwkt_edge_stats es;
	struct lwkt_pipeline *pl;

	picky = kind_sink;
	picky.sk_per_packet = true;
	for (unsigned int i = 0; i < 2; i++) {
		rows[1].sr_kind = i == 0 ? &kind_sink : &picky;
		pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
		cr_assert_not_null(pl);
		lwkt_edge_stats(lwkt_pipeline_stage(pl, 0), 0, &es);
		cr_expect_eq(es.es_vectors, i == 0);
		run_dry(pl, 100);
		lwkt_pipeline_destroy(pl);
	}
}

/*
 *      a (1) ──▶ r (2) ──┬─▶ slow (3), with a limit and an overflow
 *                        └─▶ fast (2)
 */
static struct lwkt_pipeline *
two_sinks(const struct source_conf *source, const struct lwkt_edge_conf *to_slow)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, source, {"r"}},
	    {"r", &kind_relay, 2, NULL, {"slow", "fast"}, {*to_slow}},
	    {"slow", &kind_sink, 3, &sinks[0], {NULL}},
	    {"fast", &kind_sink, 2, &sinks[1], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	sinks[0].nk_slow_us = 500;
	return pl;
}

/* Runs it to its end, and looks at the slow output on the way. @return the most under way. */
static uint64_t
run_overload(struct lwkt_pipeline *pl, uint64_t packets, struct lwkt_edge_stats *es)
{
	const struct lwkt_stage *r = lwkt_pipeline_find(pl, "r");
	struct lwkt_account ac;
	uint64_t most = 0;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_edge_stats(r, 0, es);
		most = RTE_MAX(most, es->es_depth);
		cr_assert_eq(lwkt_pipeline_audit(pl, &ac), 0);
	} while (ac.ac_received < packets);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_balanced(pl);
	lwkt_edge_stats(r, 0, es);
	return most;
}

static void
run_limit(struct lwkt_edge_conf ec, unsigned int most)
{
	struct source_conf source = {test_pool("p", POOL), 0, PACKETS, 32, 0, false, 0};
	struct lwkt_pipeline *pl = two_sinks(&source, &ec);
	struct lwkt_edge_stats es;
	struct lwkt_account ac;

	cr_expect_leq(run_overload(pl, PACKETS, &es), most);
	lwkt_pipeline_account(pl, &ac);
	cr_expect_eq(ac.ac_dropped, es.es_full + es.es_oldest, "nothing is dropped elsewhere");
	cr_expect_gt(ac.ac_dropped, 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[1].nk_packets, PACKETS / 2, "the other output loses nothing");
	cr_expect_eq(sinks[0].nk_packets + ac.ac_dropped, PACKETS / 2);
	cr_expect_eq(sinks[0].nk_disorder + sinks[1].nk_disorder, 0);
	if (ec.ec_overflow == LWKT_OVERFLOW_TAIL)
		cr_expect_eq(es.es_oldest, 0);
	else
		cr_expect_gt(es.es_oldest, 0);
}

LWKT_TEST(wire, N94_tail_drop_of_vectors_at_the_limit)
{
	run_limit((struct lwkt_edge_conf){LWKT_EDGE_VECTOR, LWKT_OVERFLOW_TAIL, 64, false}, 64);
}

LWKT_TEST(wire, N94_tail_drop_of_packets_at_the_limit)
{
	run_limit((struct lwkt_edge_conf){LWKT_EDGE_PACKET, LWKT_OVERFLOW_TAIL, 100, false}, 100);
}

LWKT_TEST(wire, N94_drop_of_the_oldest_vectors)
{
	run_limit((struct lwkt_edge_conf){LWKT_EDGE_VECTOR, LWKT_OVERFLOW_OLDEST, 64, false}, 128);
}

LWKT_TEST(wire, N94_drop_of_the_oldest_packets)
{
	run_limit((struct lwkt_edge_conf){LWKT_EDGE_PACKET, LWKT_OVERFLOW_OLDEST, 64, false}, 128);
}

/*
 * While the receiver is away twice the limit comes, so nothing is refused; then it throws away the
 * oldest, and has all of the newest.
 */
static void
run_oldest(enum lwkt_edge_kind kind)
{
	struct source_conf source = {test_pool("p", POOL), 0, 128, 32, 0, false, 0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}, {{kind, LWKT_OVERFLOW_OLDEST, 64, false}}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_edge_stats es;

	cr_assert_not_null(pl);
	sinks[0].nk_slow_us = 100000;
	run_dry(pl, 128);
	lwkt_edge_stats(lwkt_pipeline_stage(pl, 0), 0, &es);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(es.es_full, 0);
	cr_expect_gt(es.es_oldest, 0);
	cr_expect_leq(es.es_oldest, 64, "the newest 64 are not too old");
	cr_expect_eq(sinks[0].nk_packets + es.es_oldest, 128);
	cr_expect_eq(sinks[0].nk_next[0], 128);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(wire, N94_the_newest_packets_arrive)
{
	run_oldest(LWKT_EDGE_PACKET);
}

LWKT_TEST(wire, N94_the_newest_vectors_arrive)
{
	run_oldest(LWKT_EDGE_VECTOR);
}

/* The sink is slower than the source: nothing is lost, and no more than the window is held. */
static void
run_credits(const struct lwkt_edge_conf *ec, unsigned int window, unsigned int expected)
{
	struct source_conf source = {test_pool("p", POOL), 0, 6000, 32, 0, false, 0};
	struct lwkt_pipeline *pl = three(&source, ec, ec);
	struct lwkt_pipeline_opts opts = {.po_window = window};
	struct lwkt_account ac;
	uint64_t most = 0;

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	cr_expect_eq(lwkt_pipeline_window(pl), expected);
	sinks[0].nk_slow_us = 200;
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
		most = RTE_MAX(most, ac.ac_held);
		cr_assert_eq(lwkt_pipeline_audit(pl, &ac), 0);
		cr_assert_leq(ac.ac_held, expected);
	} while (ac.ac_received < 6000);
	cr_expect_geq(most, expected / 2, "the window is used");
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(expect_balanced(pl).ac_dropped, 0);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets, 6000);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(wire, N94_credits_bound_what_is_held_in_vectors)
{
	run_credits(&by_vector, 64, 64);
}

LWKT_TEST(wire, N94_credits_bound_what_is_held_in_packets)
{
	run_credits(&by_packet, 200, 200);
}

/* Bursts that do not fit the window evenly: what is left of a budget must not be stuck. */
LWKT_TEST(wire, N94_the_smallest_window_does_not_stall)
{
	struct source_conf source = {test_pool("p", POOL), 0, 3000, 24, 0, false, 0};
	struct lwkt_pipeline *pl = three(&source, &by_vector, &by_packet);
	struct lwkt_pipeline_opts opts = {.po_window = LWKT_STAGE_BURST};

	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	run_dry(pl, 3000);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets, 3000);
}

LWKT_TEST(wire, N94_the_limit_of_an_output_with_credits_is_the_window)
{
	const struct lwkt_edge_conf ec = {.ec_limit = 96};

	run_credits(&ec, 1000, 96);
}

/* Two sources share the credits of a window; neither starves. */
LWKT_TEST(wire, N94_sources_share_the_credits)
{
	struct rte_mempool *pool = test_pool("p", POOL);
	const struct source_conf sources[] = {
	    {pool, 0, UINT32_MAX, 32, 0, false, 0}, {pool, 1, UINT32_MAX, 32, 0, false, 0}};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &sources[0], {"s"}},
	    {"b", &kind_source, 3, &sources[1], {"s"}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_pipeline_opts opts = {.po_window = 128};
	struct lwkt_stage_stats a, b;
	struct lwkt_account ac;

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_configure(pl, &opts), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		cr_assert_eq(lwkt_pipeline_audit(pl, &ac), 0);
		cr_assert_leq(ac.ac_held, 128);
		lwkt_stage_stats(lwkt_pipeline_stage(pl, 0), &a);
		lwkt_stage_stats(lwkt_pipeline_stage(pl, 1), &b);
	} while (a.ss_received < 2000 || b.ss_received < 2000);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(wire, API_configure_refuses_what_is_out_of_range)
{
	struct source_conf source = {test_pool("p", POOL), 0, 1, 1, 0, false, 0};
	struct lwkt_pipeline *pl = three(&source, &by_vector, &by_vector);
	const struct {
		struct lwkt_pipeline_opts opts;
		const char *line;
	} cases[] = {
	    {{.po_window = 63},
	        "pipeline p: po_window is 63; give 64 to 16777216, or 0 for the default"},
	    {{.po_window = (1u << 24) + 1}, "pipeline p: po_window is 16777217; give 64 to"},
	    {{.po_budget_us = 49}, "pipeline p: po_budget_us is 49; give 50 to 10000000, or 0"},
	};

	cr_expect_eq(lwkt_pipeline_window(pl), 1024, "the default, one source");
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		test_log_begin();
		cr_expect_eq(lwkt_pipeline_configure(pl, &cases[i].opts), -EINVAL);
		cr_expect_not_null(strstr(test_log_end(), cases[i].line), "%s", cases[i].line);
	}
	cr_expect_eq(lwkt_pipeline_window(pl), 1024, "untouched");
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	cr_expect_eq(lwkt_pipeline_configure(pl, NULL), -EBUSY);
	lwkt_pipeline_destroy(pl);
}
