/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot: results, order with what goes through the ring, full rings, results that nobody
 * has taken, and the same among real threads.
 */
#include <string.h>

#include <rte_cycles.h>

#include "calls.h"
#include "ipicall_pvt.h"

static struct node nodes[64];

/* Notes where it ran, and turns each word into another. */
static void
work(uint64_t a[5])
{
	run_note_id(as_arg((unsigned int)a[0]));
	for (unsigned int i = 0; i < 5; i++)
		a[i] = a[i] * 3 + i;
}

static uint64_t
ask(unsigned int to, unsigned int id)
{
	const uint64_t a[5] = {id, id + 1, id + 2, id + 3, id + 4};

	return lwkt_call(to, work, a);
}

static bool
is_result(const uint64_t a[5], unsigned int id)
{
	for (unsigned int i = 0; i < 5; i++)
		if (a[i] != (id + i) * 3 + i)
			return false;
	return true;
}

static bool
got(unsigned int to, uint64_t ticket, unsigned int id)
{
	uint64_t a[5] = {0};

	return lwkt_call_poll(to, ticket, a) == 1 && is_result(a, id);
}

/* Runs on CPU 0 when that looks after its transit: lets CPU 1 look after its own. */
static unsigned int let_polls;

static void
let_cpu1_poll(void *arg)
{
	(void)arg;
	let_polls++;
	test_poll_as(1);
}

static void
cpu1_polls_when_0_waits(void)
{
	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
}

/*
 * Results
 */

LWKT_TEST(slotcall, I121_a_call_runs_on_the_target_cpu_in_its_poll)
{
	uint64_t ticket = ask(1, 7), a[5] = {0};

	cr_expect_neq(ticket, 0);
	cr_expect_eq(test_poll_as(2), 0);
	cr_expect_eq(lwkt_call_poll(1, ticket, a), 0);
	cr_expect_eq(nran, 0);
	cr_expect_geq(test_poll_as(1), 1);
	cr_expect(ran_exactly(1, 7, 1));
	cr_expect(got(1, ticket, 7));
}

LWKT_TEST(slotcall, I121_it_needs_no_flush)
{
	ask(1, 1);
	test_poll_as(1);
	ask(1, 2);
	cr_expect_eq(test_poll_as(1), 1);
	cr_expect(ran_exactly(1, 1, 2));
}

LWKT_TEST(slotcall, I121_a_call_to_self_runs_inline)
{
	uint64_t ticket = ask(0, 5);

	cr_expect(ran_exactly(0, 5, 1));
	cr_expect(got(0, ticket, 5));
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST(slotcall, I121_the_callers_words_are_copied)
{
	uint64_t a[5] = {1, 2, 3, 4, 5}, ticket = lwkt_call(1, work, a);

	memset(a, 0xff, sizeof(a));
	test_poll_as(1);
	cr_expect(got(1, ticket, 1));
}

LWKT_TEST(slotcall, I121_results_need_not_be_wanted)
{
	uint64_t ticket = ask(1, 1);

	cr_expect_eq(lwkt_call_poll(1, ticket, NULL), 0);
	test_poll_as(1);
	cr_expect_eq(lwkt_call_poll(1, ticket, NULL), 1);
}

LWKT_TEST(slotcall, I121_pairs_do_not_mix)
{
	uint64_t t[TEST_CPUS][TEST_CPUS];

	for (unsigned int from = 0; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		for (unsigned int to = 0; to < TEST_CPUS; to++)
			t[from][to] = ask(to, 10 * from + to);
	}
	test_settle();
	for (unsigned int from = 0; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		for (unsigned int to = 0; to < TEST_CPUS; to++)
			cr_expect(got(to, t[from][to], 10 * from + to), "%u to %u", from, to);
	}
	cpu_impersonate(0);
}

LWKT_TEST(slotcall, I121_a_wait_serves_inbound_work)
{
	uint64_t a[5], ticket;

	cpu1_polls_when_0_waits();
	ticket = ask(1, 3);
	lwkt_call_wait(1, ticket, a);
	cr_expect_eq(let_polls, 1);
	cr_expect(is_result(a, 3));
}

LWKT_TEST(slotcall, I121_a_wait_publishes_what_was_gathered_for_anybody)
{
	uint64_t ticket;

	cpu1_polls_when_0_waits();
	fake_send(&nodes[0], 3, 0);
	ticket = ask(1, 3);
	lwkt_call_wait(1, ticket, NULL);
	cr_expect_eq(test_poll_as(3), 1);
}

static void
work_and_send(uint64_t a[5])
{
	work(a);
	fake_send(&nodes[0], 0, 0);
	lwkt_send_ipiq(0, run_note_id, as_arg(99));
}

LWKT_TEST(slotcall, I121_the_function_may_send)
{
	const uint64_t a[5] = {1};

	lwkt_call(1, work_and_send, a);
	test_settle();
	cr_expect(fake_got(1, 0, 0, 1));
	cr_expect_eq(nran, 2);
}

/*
 * Order
 */

static void
note_arrival(struct node *node)
{
	run_note_id(as_arg(node->seq));
}

/* Messages, functions and calls in turn, numbered. */
static void
send_mixed(unsigned int n, unsigned int passive)
{
	fake_on_arrival = note_arrival;
	for (unsigned int i = 0; i < n; i++) {
		if (i % 4 < 2)
			ask(1, i);
		else if (i % 8 == 3)
			(passive ? lwkt_send_ipiq_passive : lwkt_send_ipiq)(
			    1, run_note_id, as_arg(i));
		else
			fake_send(&nodes[i], 1, i);
	}
}

LWKT_TEST(slotcall, I122_calls_run_in_the_order_made)
{
	for (unsigned int i = 0; i < 200; i++)
		ask(2, i);
	test_settle();
	cr_expect(ran_exactly(2, 0, 200));
}

LWKT_TEST(slotcall, I122_a_call_does_not_pass_an_earlier_message)
{
	fake_on_arrival = note_arrival;
	fake_send(&nodes[0], 1, 0);
	ask(1, 1);
	test_poll_as(1);
	cr_expect(ran_exactly(1, 0, 2));
}

LWKT_TEST(slotcall, I122_a_later_message_does_not_pass_a_call)
{
	fake_on_arrival = note_arrival;
	ask(1, 0);
	fake_send(&nodes[0], 1, 1);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 2));
}

LWKT_TEST(slotcall, I122_a_later_burst_does_not_pass_a_call)
{
	lwkt_item_t items[40];

	fake_on_arrival = note_arrival;
	ask(1, 0);
	for (unsigned int i = 0; i < 40; i++) {
		nodes[i] = (struct node){.to = 1, .seq = i + 1};
		items[i] = (lwkt_item_t)&nodes[i];
	}
	lwkt_transit_send_burst(1, items, 40);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 41));
}

LWKT_TEST(slotcall, I122_calls_messages_and_functions_of_a_pair_keep_their_order)
{
	send_mixed(60, false);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 60));
}

LWKT_TEST(slotcall, I122_passive_functions_keep_theirs_too)
{
	send_mixed(60, true);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 60));
}

/* The ring is full of messages when a call is made: it waits for them, serving its transit. */
static void
let_cpu1_poll_again(void *arg)
{
	test_poll_as(1);
	if (fake_arrived + nran < 8) {
		cpu_impersonate(1);
		lwkt_send_ipiq(0, let_cpu1_poll_again, arg);
		lwkt_flush();
		cpu_impersonate(0);
	}
}

LWKT_TEST_ENV(slotcall, I122_I124_a_call_behind_spilled_messages_waits_for_them,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	uint64_t ticket = ask(1, 0);

	test_poll_as(1);
	cr_expect(got(1, ticket, 0));
	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll_again, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	fake_on_arrival = note_arrival;
	for (unsigned int i = 1; i < 6; i++)
		fake_send(&nodes[i], 1, i);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 5, "the mark is in the ring");
	ask(1, 6);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
	test_settle();
	cr_expect(ran_exactly(1, 0, 7));
}

LWKT_TEST(slotcall, I122_a_mark_travels_with_what_follows_only)
{
	uint64_t items, published;

	ask(1, 0);
	test_settle();
	items = fake_stats(0, 1).ts_items;
	published = fake_stats(0, 1).ts_publications;
	for (unsigned int i = 1; i < 20; i++) {
		ask(1, i);
		lwkt_flush();
		lwkt_poll();
	}
	cr_expect_eq(fake_stats(0, 1).ts_items, items, "calls cost the ring nothing");
	fake_send(&nodes[0], 1, 0);
	lwkt_flush();
	cr_expect_eq(fake_stats(0, 1).ts_items, items + 2);
	cr_expect_eq(fake_stats(0, 1).ts_publications, published + 1);
	test_settle();
}

LWKT_TEST(slotcall, I122_a_flush_behind_a_message_publishes_no_mark)
{
	ask(1, 0);
	test_settle();
	for (unsigned int i = 0; i < 3; i++) {
		fake_send(&nodes[i], 1, i);
		ask(1, i);
		lwkt_flush();
		lwkt_flush();
		cr_expect_eq(
		    fake_stats(0, 1).ts_items, 3 + 2 * i, "the first, and each with a mark");
		test_settle();
	}
}

static void
work_and_poll(uint64_t a[5])
{
	work(a);
	lwkt_poll();
}

LWKT_TEST(slotcall, I122_a_pass_inside_a_function_goes_on_in_order)
{
	const uint64_t a[5] = {0};
	uint64_t first = lwkt_call(1, work_and_poll, a), t[5];

	fake_on_arrival = note_arrival;
	for (unsigned int i = 1; i < 4; i++)
		t[i] = ask(1, i);
	fake_send(&nodes[0], 1, 4);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 5));
	cr_expect_eq(lwkt_call_poll(1, first, NULL), 1);
	for (unsigned int i = 1; i < 4; i++)
		cr_expect(got(1, t[i], i));
}

/* What is taken off the ring by a port's owner stops at the mark. */
LWKT_TEST(slotcall, I122_a_look_into_the_ring_stops_where_a_call_is_due)
{
	unsigned int n = 0;

	fake_kinds = 1u << LWKT_ITEM_MSG;
	ask(1, 0);
	fake_send(&nodes[0], 1, 0); /* takes the mark along */
	test_settle();
	fake_send(&nodes[1], 1, 1);
	fake_send(&nodes[2], 1, 2);
	ask(1, 1);
	fake_send(&nodes[3], 1, 3);
	lwkt_flush();
	cpu_impersonate(1);
	cr_assert_not_null(lwkt_transit_look(8, &n));
	cr_expect_eq(n, 2);
	lwkt_transit_took(n, false, false);
	cr_expect_null(lwkt_transit_look(8, &n));
	cpu_impersonate(0);
	test_settle();
}

/*
 * Results that are kept
 */

LWKT_TEST(slotcall, I123_results_may_be_taken_in_any_order)
{
	uint64_t t[LWKT_CALL_WINDOW];

	for (unsigned int i = 0; i < LWKT_CALL_WINDOW; i++)
		t[i] = ask(1, i);
	test_settle();
	for (unsigned int i = 0; i < LWKT_CALL_WINDOW; i++) {
		unsigned int j = i * 77 % LWKT_CALL_WINDOW;

		cr_assert(got(1, t[j], j), "%u", j);
	}
}

LWKT_TEST(slotcall, I123_results_beyond_a_window_are_kept)
{
	static uint64_t t[1500];

	for (unsigned int i = 0; i < 1500; i++) {
		t[i] = ask(1, i);
		if (i % 100 == 99)
			test_poll_as(1);
	}
	for (unsigned int i = 0; i < 1500; i++) {
		unsigned int j = i * 77 % 1500;

		cr_assert(got(1, t[j], j), "%u", j);
	}
}

LWKT_TEST(slotcall, I123_one_result_that_is_not_taken_blocks_nobody)
{
	uint64_t old = ask(1, 1);

	for (unsigned int i = 0; i < 2000; i++) {
		uint64_t t = ask(1, 2);

		test_poll_as(1);
		nran = 0;
		cr_assert(got(1, t, 2));
	}
	cr_expect(got(1, old, 1));
}

LWKT_TEST(slotcall, I123_results_of_calls_to_self_are_kept_too)
{
	static uint64_t t[600];

	for (unsigned int i = 0; i < 600; i++)
		t[i] = ask(0, i);
	for (unsigned int i = 600; i-- > 0;)
		cr_assert(got(0, t[i], i));
}

static void
take_twice(void *arg)
{
	uint64_t ticket = ask(1, 1);

	(void)arg;
	test_poll_as(1);
	lwkt_call_poll(1, ticket, NULL);
	lwkt_call_poll(1, ticket, NULL);
}

static void
take_unknown(void *ticket)
{
	lwkt_call_wait(1, as_id(ticket), NULL);
}

static void
take_kept_twice(void *arg)
{
	uint64_t ticket = ask(1, 1);

	(void)arg;
	for (unsigned int i = 0; i < 2 * LWKT_CALL_WINDOW; i++) {
		test_poll_as(1);
		ask(1, i);
	}
	lwkt_call_poll(1, ticket, NULL);
	lwkt_call_poll(1, ticket, NULL);
}

LWKT_TEST(slotcall, I123_a_ticket_that_is_not_open_stops)
{
	expect_stops(take_twice, NULL, "lwkt_call_poll:", "no call 1 to CPU 1");
	expect_stops(take_kept_twice, NULL, "lwkt_call_poll:", "no call 1 to CPU 1");
	expect_stops(take_unknown, as_arg(0), "lwkt_call_wait:", "no call 0 to CPU 1");
	expect_stops(take_unknown, as_arg(9), "lwkt_call_wait:", "no call 9 to CPU 1");
}

static void
forget(void *n)
{
	const uint64_t a[5] = {0};

	for (uintptr_t i = 0; i < (uintptr_t)n; i++) {
		nran = 0;
		lwkt_call(0, work, a);
	}
}

/* Limit: LWKT_CALL_KEPT_MAX */
LWKT_TEST(slotcall, I123_results_that_nobody_ever_takes_stop)
{
	forget(as_arg(LWKT_CALL_KEPT_MAX + LWKT_CALL_WINDOW));
	expect_stops(forget, as_arg(1), "lwkt_call:", "has not taken the results of 65536 calls");
}

/*
 * Full rings
 */

LWKT_TEST(slotcall, I124_a_window_of_calls_does_not_wait)
{
	for (unsigned int i = 0; i < LWKT_CALL_WINDOW; i++)
		ask(1, i);
	cr_expect_eq(nran, 0);
	test_settle();
	cr_expect(ran_exactly(1, 0, LWKT_CALL_WINDOW));
}

LWKT_TEST(slotcall, I124_one_more_waits_and_serves_its_own_transit)
{
	cpu1_polls_when_0_waits();
	for (unsigned int i = 0; i < LWKT_CALL_WINDOW; i++)
		ask(1, i);
	cr_expect_eq(let_polls, 0);
	ask(1, LWKT_CALL_WINDOW);
	cr_expect_eq(let_polls, 1);
	test_settle();
	cr_expect(ran_exactly(1, 0, LWKT_CALL_WINDOW + 1));
}

/* CPU 1 answers after so long. */
static int
serve_late(void *arg)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * as_id(arg) / 1000;

	while (rte_get_timer_cycles() < end)
		test_relax();
	while (nran == 0)
		lwkt_poll();
	return 0;
}

LWKT_TEST(slotcall, I124_a_wait_names_the_cpu_that_does_not_answer)
{
	const char *log;

	test_log_begin();
	test_launch(1, serve_late, as_arg(1300));
	lwkt_call_wait(1, ask(1, 1), NULL);
	test_join(1);
	log = test_log_end();
	cr_expect_not_null(
	    strstr(log, "lwkt_call_wait: CPU 0 has waited 1 s for CPU 1,"), "'%s'", log);
}

/*
 * Bursts
 */

static uint64_t words[1000][5];

static void
burst_of(unsigned int to, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < 5; j++)
			words[i][j] = i + j;
	cr_assert_eq(lwkt_call_burst(to, work, words, n), n);
	for (unsigned int i = 0; i < n; i++)
		cr_assert(is_result(words[i], i), "%u of %u", i, n);
}

LWKT_TEST(slotcall, I125_a_burst_to_self)
{
	burst_of(0, 1000);
	cr_expect(ran_exactly(0, 0, 1000));
}

LWKT_TEST(slotcall, I125_a_burst_of_none)
{
	burst_of(1, 0);
	cr_expect_eq(nran, 0);
}

static void
serve_1(void *arg)
{
	test_poll_as(1);
	if (nran < 1000) {
		cpu_impersonate(1);
		lwkt_send_ipiq(0, serve_1, arg);
		lwkt_flush();
		cpu_impersonate(0);
	}
}

LWKT_TEST(slotcall, I125_a_burst_of_more_than_a_window_is_those_calls_in_order)
{
	cpu_impersonate(1);
	lwkt_send_ipiq(0, serve_1, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	burst_of(1, 1000);
	cr_expect(ran_exactly(1, 0, 1000));
	test_settle();
}

/*
 * While a burst waits for CPU 1, a function on CPU 0 lets that serve and then calls too: it needs
 * the slots of the burst, whose results move.
 */
static void
serve_1_and_call(void *arg)
{
	test_poll_as(1);
	if (nran < 4) {
		cpu_impersonate(1);
		lwkt_send_ipiq(0, serve_1_and_call, arg);
		lwkt_flush();
		cpu_impersonate(0);
		return;
	}
	for (unsigned int i = 0; i < 3; i++)
		ask(1, 100 + i);
}

LWKT_TEST_BARE(slotcall, I123_I125_who_calls_while_a_burst_waits_moves_its_results)
{
	calls_window = 4;
	cr_assert_eq(lwkt_init(NULL), 0);
	cpu_impersonate(1);
	lwkt_send_ipiq(0, serve_1_and_call, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	burst_of(1, 4);
	test_settle();
	cr_expect_eq(nran, 7);
}

/* The first of a burst polls: those behind it are answered before it. */
static void
work_slowly(uint64_t a[5])
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() / 2000;

	work(a);
	if (nran > 1)
		return;
	lwkt_poll();
	test_check(nran == 8);
	while (rte_get_timer_cycles() < end)
		test_relax();
	a[4]++;
}

LWKT_TEST(slotcall, I125_results_come_when_the_function_has_returned)
{
	memset(words, 0, sizeof(words));
	test_launch(1, serve_late, as_arg(0));
	cr_assert_eq(lwkt_call_burst(1, work_slowly, words, 8), 8);
	test_join(1);
	cr_expect_eq(words[0][4], 5);
	cr_expect_eq(words[7][4], 4);
}

/*
 * Ends
 */

LWKT_TEST(slotcall, I126_synchronize_waits_for_calls)
{
	cpu1_polls_when_0_waits();
	ask(1, 0);
	ask(1, 1);
	lwkt_synchronize_ipiqs();
	cr_expect_eq(let_polls, 1);
	cr_expect(ran_exactly(1, 0, 2));
}

static void
end_with_a_call(void *arg)
{
	(void)arg;
	ask(1, 0);
	test_poll_as(1);
	ask(1, 1);
	lwkt_fini();
}

LWKT_TEST(slotcall, I126_a_call_that_has_not_run_stops_the_end)
{
	expect_stops(end_with_a_call, NULL, "lwkt_fini:", "CPU 1");
}

LWKT_TEST(slotcall, I126_results_that_nobody_has_taken_do_not)
{
	ask(1, 0);
	fake_send(&nodes[0], 1, 0);
	ask(1, 1);
	test_settle();
	cr_expect(ipiq_idle(cpus[0]) && ipiq_idle(cpus[1]));
}

LWKT_TEST_ENV(slotcall, I126_a_sleeper_is_woken, .te_config.cf_sleep = true)
{
	ask(1, 0);
	test_poll_as(1);
	cpu_impersonate(1);
	cr_assert(lwkt_sleep_begin());
	cpu_impersonate(0);
	ask(1, 1);
	cr_expect_eq(cpus[1]->gd_asleep, 0);
	cpu_impersonate(1);
	cr_expect_eq(lwkt_poll(), 1);
	lwkt_sleep_end();
	cpu_impersonate(0);
}

/*
 * Bells
 */

static void
init_with_bells(void)
{
	bells_from = 1;
	cr_assert_eq(lwkt_init(NULL), 0);
	cr_assert_not_null(cpus[0]->gd_bells);
}

LWKT_TEST_BARE(slotcall, I126_a_call_rings_the_pairs_bell)
{
	init_with_bells();
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t ticket = ask(1, i);

		cr_expect_geq(test_poll_as(1), 1);
		cr_expect(got(1, ticket, i));
		cr_expect_eq(test_poll_as(1), 0);
	}
}

LWKT_TEST_BARE(slotcall, I126_a_look_into_an_empty_ring_leaves_the_bell)
{
	unsigned int n;

	init_with_bells();
	ask(1, 0);
	test_settle();
	ask(1, 1);
	cpu_impersonate(1);
	cr_expect_null(lwkt_transit_look(8, &n));
	cpu_impersonate(0);
	cr_expect_eq(test_poll_as(1), 1);
	cr_expect(ran_exactly(1, 0, 2));
}

/*
 * Broken contracts
 */

static void
call_to(void *lcore_id)
{
	ask(as_id(lcore_id), 0);
}

static void
nobody_calls(void *arg)
{
	ask(1, 0); /* so that there is a pair which it could use */
	as_nobody();
	ask(1, as_id(arg));
}

LWKT_TEST(slotcall, I127_a_call_by_a_thread_that_is_no_cpu_stops)
{
	expect_stops(nobody_calls, NULL, "lwkt_call:", "no CPU");
}

LWKT_TEST(slotcall, API_a_call_to_a_lcore_that_is_no_cpu_stops)
{
	expect_stops(call_to, as_arg(TEST_CPUS), "lwkt_call:", "lcore 4 ");
	expect_stops(call_to, as_arg(UINT32_MAX), "lwkt_call:", "lcore 4294967295 ");
}

/*
 * Real threads: each CPU calls all others, which look their words up in a table that only they
 * touch; plain memory, so that the sanitizer sees a missing edge.
 */

#define ROUNDS (TEST_TSAN || TEST_ASAN ? 4u : 8u)

static uint64_t owned[TEST_CPUS];
static unsigned int finished; /* atomic */

static void
count_here(uint64_t a[5])
{
	owned[lwkt_mycpuid()] += a[0];
	a[1] = owned[lwkt_mycpuid()];
}

static void
check_arrival(struct node *node)
{
	(void)node;
}

static int
call_everybody(void *arg)
{
	unsigned int self = lwkt_mycpuid();
	uint64_t a[32][5], seen[TEST_CPUS] = {0};

	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++)
		for (unsigned int to = 0; to < TEST_CPUS; to++) {
			unsigned int n = to == self ? 1 : 1 + i * 7 % 20;
			uint64_t one[5] = {1};

			for (unsigned int j = 0; j < n; j++)
				a[j][0] = 1;
			lwkt_call_burst(to, count_here, a, n);
			for (unsigned int j = 0; j < n; j++) {
				test_check(a[j][1] > seen[to]);
				seen[to] = a[j][1];
			}
			lwkt_call_wait(to, lwkt_call(to, count_here, one), one);
			test_check(one[1] > seen[to]);
			seen[to] = one[1];
		}
	__atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < TEST_CPUS)
		if (lwkt_poll() == 0)
			test_relax();
	return 0;
}

static void
all_call_all(void)
{
	uint64_t want = 0;

	fake_on_arrival = check_arrival;
	for (unsigned int i = 0; i < ROUNDS; i++)
		want += (TEST_CPUS - 1) * (1 + i * 7 % 20 + 1) + 2;
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, call_everybody, NULL);
	call_everybody(NULL);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(owned[cpu], want, "CPU %u: %lu", cpu, owned[cpu]);
}

LWKT_TEST(slotcall, I121_I124_cpus_that_all_call_each_other_get_on)
{
	all_call_all();
}

LWKT_TEST_BARE(slotcall, I121_I124_so_they_do_through_small_windows_and_bells)
{
	calls_window = 4;
	init_with_bells();
	all_call_all();
}
