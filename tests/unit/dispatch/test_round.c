/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loops that their lcores run by hand, lwkt_pipeline_round(): the main lcore's, and all of a
 * pipeline's.
 */
#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_thread.h>

#include "tools.h"

static struct source_conf source;
static struct sink_conf sink, other_sink;

static struct lwkt_pipeline *
make(unsigned int from, unsigned int to, struct sink_conf *nk, const char *name)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, from, &source, {"r"}},
	    {"r", &kind_relay, from, NULL, {"s"}},
	    {"s", &kind_sink, to, nk, {NULL}},
	};
	struct lwkt_pipeline *pl;

	if (source.sc_pool == NULL)
		source = (struct source_conf){
		    .sc_pool = test_pool("p", 2047), .sc_count = 3000, .sc_burst = 32};
	pl = lwkt_pipeline_create(name, rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	memset(nk, 0, sizeof(*nk));
	return pl;
}

static void
count_up(void *arg)
{
	(*(unsigned int *)arg)++;
}

/* All packets, in order, on their CPUs; requests and the stop meanwhile. */
static void
run_by_hand(struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;
	unsigned int ran = 0;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		if (lwkt_pipeline_round(pl) == 0)
			test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < source.sc_count / 2);
	expect_audited(pl);
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(pl); i++) {
		struct lwkt_loop_stats ls;

		lwkt_loop_stats(pl, i, &ls);
		cr_expect_gt(ls.ls_rounds, 0);
		cr_expect_eq(lwkt_pipeline_call(pl, ls.ls_lcore, count_up, &ran), 0);
	}
	cr_expect_eq(lwkt_pipeline_rollout(pl, count_up, &ran), 0);
	cr_expect_eq(ran, 2 * lwkt_pipeline_nloops(pl));
	do {
		lwkt_pipeline_round(pl);
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < source.sc_count);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_audited(pl);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(lwkt_pipeline_round(pl), 0, "it does not run");
	cr_expect_eq(sink.nk_packets, source.sc_count);
	cr_expect_eq(sink.nk_disorder + sink.nk_wrong_cpu, 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}

LWKT_TEST(round, N83_the_main_lcore_may_have_all_stages)
{
	run_by_hand(make(0, 0, &sink, "p"));
}

LWKT_TEST(round, N83_the_main_lcore_may_have_the_last_stages)
{
	run_by_hand(make(1, 0, &sink, "p"));
}

LWKT_TEST(round, N83_the_main_lcore_may_have_the_first_stages)
{
	run_by_hand(make(0, 1, &sink, "p"));
}

static struct lwkt_pipeline *both[2];
static bool enough; /* atomic */

/* A worker's own loop. */
static int
serve_both(void *arg)
{
	while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE))
		if (lwkt_pipeline_round(both[0]) + lwkt_pipeline_round(both[1]) == 0) {
			lwkt_poll();
			test_relax();
		}
	return arg != NULL;
}

LWKT_TEST(round, N83_two_pipelines_on_one_cpu)
{
	const struct lwkt_pipeline_opts by_hand = {.po_rounds = true};
	struct lwkt_account ac;

	both[0] = make(1, 1, &sink, "p");
	both[1] = make(1, 1, &other_sink, "q");
	for (unsigned int i = 0; i < 2; i++) {
		cr_assert_eq(lwkt_pipeline_configure(both[i], &by_hand), 0);
		cr_assert_eq(lwkt_pipeline_start(both[i], LWKT_IDLE_YIELD), 0);
	}
	enough = false;
	test_launch(1, serve_both, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		do {
			test_relax();
			lwkt_pipeline_account(both[i], &ac);
		} while (ac.ac_received < source.sc_count);
		cr_expect_eq(lwkt_pipeline_drain(both[i], 20000), 0);
		cr_expect_eq(lwkt_pipeline_stop(both[i]), 0);
		expect_balanced(both[i]);
	}
	__atomic_store_n(&enough, true, __ATOMIC_RELEASE);
	cr_expect_eq(test_join(1), 0);
	cr_expect_eq(sink.nk_packets, source.sc_count);
	cr_expect_eq(other_sink.nk_packets, source.sc_count);
	lwkt_pipeline_destroy(both[0]);
	lwkt_pipeline_destroy(both[1]);
}

/* Where both are to have a loop each. */
LWKT_TEST(round, N83_a_second_loop_on_a_cpu_is_refused_in_a_line)
{
	const char *log;

	both[0] = make(1, 1, &sink, "p");
	both[1] = make(1, 1, &other_sink, "q");
	cr_assert_eq(lwkt_pipeline_start(both[0], LWKT_IDLE_YIELD), 0);
	test_log_begin();
	cr_expect_eq(lwkt_pipeline_start(both[1], LWKT_IDLE_YIELD), -EBUSY);
	log = test_log_end();
	cr_expect(strstr(log, "pipeline q: lcore 1 runs something else") != NULL, "%s", log);
	cr_expect_eq(lwkt_pipeline_stop(both[0]), 0);
	lwkt_pipeline_destroy(both[0]);
	lwkt_pipeline_destroy(both[1]);
}

/*
 * A loop and its CPU's threads
 */

struct turns {
	unsigned int tu_turns;
	bool tu_end;
	struct lwkt_thread *tu_td;
};

static void
take_turns(void *arg)
{
	struct turns *tu = arg;

	for (; !tu->tu_end; lwkt_yield())
		tu->tu_turns++;
}

static void
turns_begin(struct turns *tu, unsigned int pri)
{
	struct lwkt_thread tmpl;

	*tu = (struct turns){0};
	lwkt_thread_template(&tmpl, pri, 0);
	cr_assert_eq(lwkt_create(take_turns, tu, &tu->tu_td, &tmpl, 0, -1, "turns%u", pri), 0);
}

static void
turns_end(struct turns *tu)
{
	tu->tu_end = true;
	lwkt_join(tu->tu_td);
}

/* Rounds with packets; after each the equal one has had a turn. */
static unsigned int
rounds_with_packets(struct lwkt_pipeline *pl, const struct turns *equal, unsigned int most)
{
	unsigned int n = 0, turns = equal->tu_turns;
	uint64_t packets;

	do {
		packets = sink.nk_packets;
		lwkt_pipeline_round(pl);
		cr_expect_eq(equal->tu_turns, ++turns);
	} while (sink.nk_packets > packets && ++n < most);
	return n;
}

LWKT_TEST(round, L105_L106_a_loop_shares_its_cpu_with_threads)
{
	struct lwkt_pipeline *pl = make(0, 0, &sink, "p");
	struct turns equal, low;
	unsigned int had;
	uint64_t begin;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	turns_begin(&equal, LWKT_PRI_DEFAULT);
	turns_begin(&low, 1);
	begin = rte_rdtsc();
	cr_expect_eq(rounds_with_packets(pl, &equal, 20), 20);
	cr_expect_leq(low.tu_turns, 1 + (rte_rdtsc() - begin) / (rte_get_tsc_hz() / 1000),
	    "while there is work a low one has a turn in a millisecond");
	had = low.tu_turns;
	rte_delay_us_block(1001);
	cr_expect_eq(rounds_with_packets(pl, &equal, 1), 1);
	cr_expect_eq(low.tu_turns, had + 1, "a millisecond has passed");
	rounds_with_packets(pl, &equal, UINT32_MAX);
	had = low.tu_turns;
	cr_expect_gt(lwkt_pipeline_round(pl), 0, "threads are work");
	cr_expect_eq(low.tu_turns, had + 1, "there were no packets");
	turns_end(&equal);
	turns_end(&low);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(sink.nk_packets, source.sc_count);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
}

static void
sleep_thrice(void *arg)
{
	for (int i = 0; i < 3; i++)
		lwkt_tsleep(arg, 0, "nobody", 1000000);
}

/* Its timed waits end, however the loop idles. */
LWKT_TEST(round, L105_threads_of_a_loops_cpu_wait_for_a_time)
{
	for (enum lwkt_idle idle = LWKT_IDLE_POLL; idle <= LWKT_IDLE_SLEEP; idle++) {
		struct lwkt_pipeline *pl = make(1, 1, &sink, "p");
		struct lwkt_thread *td;

		cr_assert_eq(lwkt_pipeline_start(pl, idle), 0);
		cr_assert_eq(lwkt_create(sleep_thrice, pl, &td, NULL, 0, 1, "sleeper"), 0);
		lwkt_join(td);
		cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
		cr_expect_eq(lwkt_pipeline_stop(pl), 0);
		expect_balanced(pl);
		lwkt_pipeline_destroy(pl);
	}
}
