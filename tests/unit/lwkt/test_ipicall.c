/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions on other CPUs: numbers, order, slots, masks, passive ones, and what has been done.
 */
#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "calls.h"
#include "transit_pvt.h"

static struct node nodes[64];

static uint64_t
done_index(unsigned int from, unsigned int to)
{
	return cpus[from]->gd_out[to]->io_to->ii_call_done;
}

/*
 * Numbers
 */

LWKT_TEST(ipicall, I66_a_function_to_self_runs_inline)
{
	cr_expect_eq(lwkt_send_ipiq(0, run_note_id, as_arg(7)), 0);
	cr_expect(ran_exactly(0, 7, 1));
	cr_expect_eq(lwkt_poll(), 0, "nothing is left of it");
}

LWKT_TEST(ipicall, I66_a_function_to_self_takes_no_number)
{
	lwkt_send_ipiq(0, run_note_id, NULL);
	cr_expect_eq(lwkt_send_ipiq(1, run_note_id, as_arg(1)), 1);
	test_settle();
}

LWKT_TEST(ipicall, I66_a_function_runs_on_the_target_cpu_in_its_poll)
{
	lwkt_send_ipiq(2, run_note_id, as_arg(5));
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 0);
	cr_expect_eq(nran, 0);
	cr_expect_eq(test_poll_as(2), 1);
	cr_expect(ran_exactly(2, 5, 1));
}

LWKT_TEST(ipicall, I66_numbers_begin_with_one_and_go_up_by_one)
{
	for (uint64_t i = 1; i <= 16; i++)
		cr_expect_eq(lwkt_send_ipiq(1, run_note_id, NULL), i);
	test_settle();
	cr_expect_eq(lwkt_send_ipiq(1, run_note_id, NULL), 17);
	test_settle();
}

LWKT_TEST(ipicall, I66_each_pair_has_its_own_numbers)
{
	send_notes(1, 0, 3);
	cr_expect_eq(send_notes(2, 0, 1), 1);
	cpu_impersonate(1);
	cr_expect_eq(send_notes(0, 0, 1), 1);
	cr_expect_eq(send_notes(2, 0, 2), 2);
	cpu_impersonate(0);
	cr_expect_eq(send_notes(1, 0, 1), 4);
	test_settle();
}

LWKT_TEST(ipicall, I66_functions_run_in_the_order_sent)
{
	send_notes(3, 100, 16);
	test_settle();
	cr_expect(ran_exactly(3, 100, 16));
}

LWKT_TEST(ipicall, I73_a_pass_counts_the_functions_it_ran)
{
	send_notes(1, 0, 9);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 9);
	cr_expect_eq(test_poll_as(1), 0);
}

/*
 * Order with messages
 */

static void
note_arrival(struct node *node)
{
	run_note_id(as_arg(node->seq));
}

static void
send_mixed(unsigned int n)
{
	fake_on_arrival = note_arrival;
	for (unsigned int i = 0; i < n; i++) {
		if (i % 3 == 1)
			lwkt_send_ipiq(1, run_note_id, as_arg(i));
		else
			fake_send(&nodes[i], 1, i);
	}
}

LWKT_TEST(ipicall, I65_functions_and_messages_of_a_pair_keep_their_order)
{
	send_mixed(40);
	test_settle();
	cr_expect(ran_exactly(1, 0, 40));
}

LWKT_TEST_ENV(ipicall, I68_the_order_holds_through_a_full_ring,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	send_mixed(40);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 39);
	test_settle();
	cr_expect(ran_exactly(1, 0, 40));
}

LWKT_TEST_ENV(ipicall, I68_functions_spill_as_messages_do,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	send_notes(1, 0, 16);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 15);
	cr_expect_eq(fake_stats(0, 1).ts_spill_high, 15);
	for (unsigned int i = 1; i <= 16; i++) {
		cr_expect_eq(test_poll_as(1), 1);
		cr_expect(ran_exactly(1, 0, i));
		lwkt_flush();
	}
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
}

LWKT_TEST_ENV(ipicall, I68_a_spilled_function_is_not_run_early,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	send_notes(1, 0, 2);
	test_poll_as(1);
	cr_expect_eq(test_poll_as(1), 0, "the second is still with the sender");
	cr_expect_eq(done_index(0, 1), 1);
	test_settle();
	cr_expect_eq(done_index(0, 1), 2);
}

LWKT_TEST(ipicall, I77_functions_are_counted_when_sent)
{
	send_notes(1, 0, 3);
	fake_send(&nodes[0], 1, 0);
	cr_expect_eq(fake_stats(0, 1).ts_calls, 3);
	cr_expect_eq(fake_stats(0, 1).ts_items, 0, "and as items when published");
	lwkt_flush();
	cr_expect_eq(fake_stats(0, 1).ts_items, 4);
	cr_expect_eq(fake_stats(1, 0).ts_calls, 0);
	cr_expect_eq(fake_stats(0, 2).ts_calls, 0);
	test_settle();
	cr_expect_eq(fake_stats(0, 1).ts_calls, 3);
}

/*
 * Slots: sixteen to one CPU, the next waits
 */

LWKT_TEST(ipicall, I69_sixteen_functions_do_not_wait)
{
	send_notes(1, 0, 16);
	send_notes(2, 0, 16);
	cr_expect_eq(nran, 0, "nobody had to poll");
	test_settle();
	cr_expect_eq(nran, 32);
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

LWKT_TEST(ipicall, I69_the_seventeenth_waits_for_a_slot_and_serves_its_own_transit)
{
	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	send_notes(1, 0, 16);
	cr_expect_eq(let_polls, 0);
	cr_expect_eq(send_notes(1, 16, 1), 17);
	cr_expect_eq(let_polls, 1, "it served its transit while it waited");
	cr_expect(ran_exactly(1, 0, 16));
	test_settle();
	cr_expect(ran_exactly(1, 0, 17));
}

LWKT_TEST(ipicall, I69_a_waiting_sender_takes_messages_in)
{
	cpu_impersonate(2);
	fake_send(&nodes[0], 0, 0);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	send_notes(1, 0, 17);
	cr_expect(fake_got(2, 0, 0, 1));
	test_settle();
}

LWKT_TEST(ipicall, I69_a_waiting_sender_publishes_what_it_has_gathered)
{
	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	fake_send(&nodes[0], 2, 0);
	send_notes(1, 0, 17);
	cr_expect_eq(test_poll_as(2), 1);
	test_settle();
}

static void
send_one_more(void *arg)
{
	run_note_id(arg);
	cpu_impersonate(0);
	cr_expect_eq(send_notes(1, as_id(arg) + 16, 1), as_id(arg) + 17, "no wait");
	cpu_impersonate(1);
}

LWKT_TEST(ipicall, I69_a_slot_is_free_once_its_function_has_begun)
{
	for (unsigned int i = 0; i < 16; i++)
		lwkt_send_ipiq(1, send_one_more, as_arg(i));
	test_settle();
	cr_expect(ran_exactly(1, 0, 32));
}

static unsigned int flooded[TEST_CPUS]; /* atomic: functions that ran there */

static void
count_here(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&flooded[lwkt_mycpuid()], 1, __ATOMIC_RELAXED);
}

#define FLOOD (TEST_TSAN || TEST_ASAN ? 50u : 100u)

static unsigned int flooders; /* CPUs that take part */

/* Send to all others, then serve until all have come. */
static int
flood(void *arg)
{
	unsigned int me = lwkt_mycpuid(), want = FLOOD * (flooders - 1);

	(void)arg;
	for (unsigned int i = 0; i < FLOOD; i++)
		for (unsigned int to = 0; to < flooders; to++)
			if (to != me)
				lwkt_send_ipiq(to, count_here, NULL);
	lwkt_synchronize_ipiqs();
	while (__atomic_load_n(&flooded[me], __ATOMIC_RELAXED) < want)
		if (lwkt_poll() == 0)
			test_relax();
	return 0;
}

static void
flood_among(unsigned int n)
{
	flooders = n;
	for (unsigned int cpu = 1; cpu < n; cpu++)
		test_launch(cpu, flood, NULL);
	flood(NULL);
	for (unsigned int cpu = 1; cpu < n; cpu++)
		test_join(cpu);
	for (unsigned int cpu = 0; cpu < n; cpu++)
		cr_expect_eq(flooded[cpu], FLOOD * (n - 1), "CPU %u: %u", cpu, flooded[cpu]);
}

LWKT_TEST(ipicall, I69_two_cpus_that_flood_each_other_get_on)
{
	flood_among(2);
}

LWKT_TEST_ENV(ipicall, I69_two_cpus_get_on_through_rings_of_one, .te_config.cf_ring_size = 1)
{
	flood_among(2);
}

LWKT_TEST_ENV(ipicall, I69_a_full_mesh_of_full_rings_gets_on, .te_config.cf_ring_size = 1)
{
	flood_among(TEST_CPUS);
}

/*
 * Masks
 */

static struct lwkt_cpumask
mask_of(unsigned int bits)
{
	struct lwkt_cpumask mask = {0};

	for (unsigned int cpu = 0; cpu < 32; cpu++)
		if (bits & 1u << cpu)
			lwkt_cpumask_set(&mask, cpu);
	return mask;
}

static void
see_others_sent(void *arg)
{
	if (lwkt_mycpuid() == 0)
		for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
			cr_expect_eq(fake_stats(0, cpu).ts_calls, 1, "CPU %u", cpu);
	run_note_id(arg);
}

LWKT_TEST(ipicall, I72_a_mask_send_runs_on_each_cpu_and_on_self_last_and_inline)
{
	struct lwkt_cpumask mask;

	lwkt_cpumask_all(&mask);
	cr_expect_eq(lwkt_send_ipiq_mask(&mask, see_others_sent, as_arg(3)), TEST_CPUS);
	cr_expect(ran_exactly(0, 3, 1));
	test_settle();
	cr_expect_eq(nran, TEST_CPUS);
	for (unsigned int i = 1; i < nran; i++)
		cr_expect_eq(ran[i].cpu, i);
}

LWKT_TEST(ipicall, I72_a_mask_without_self_leaves_self_out)
{
	struct lwkt_cpumask mask = mask_of(1u << 1 | 1u << 3);

	cr_expect_eq(lwkt_send_ipiq_mask(&mask, run_note_id, NULL), 2);
	cr_expect_eq(nran, 0);
	test_settle();
	cr_expect_eq(nran, 2);
	cr_expect_eq(ran[0].cpu, 1);
	cr_expect_eq(ran[1].cpu, 3);
}

LWKT_TEST(ipicall, I72_a_mask_of_self_only)
{
	struct lwkt_cpumask mask = mask_of(1u << 0);

	cr_expect_eq(lwkt_send_ipiq_mask(&mask, run_note_id, as_arg(1)), 1);
	cr_expect(ran_exactly(0, 1, 1));
}

LWKT_TEST(ipicall, I72_an_empty_mask_is_nobody)
{
	struct lwkt_cpumask mask = {0};

	cr_expect_eq(lwkt_send_ipiq_mask(&mask, run_note_id, NULL), 0);
	test_settle();
	cr_expect_eq(nran, 0);
}

LWKT_TEST(ipicall, I72_lcores_that_are_no_cpu_do_not_count)
{
	struct lwkt_cpumask mask = mask_of(1u << 2 | 1u << TEST_CPUS | 1u << 31);

	lwkt_cpumask_set(&mask, RTE_MAX_LCORE - 1);
	cr_expect_eq(lwkt_send_ipiq_mask(&mask, run_note_id, as_arg(4)), 1);
	test_settle();
	cr_expect(ran_exactly(2, 4, 1));
}

LWKT_TEST(ipicall, API_a_mask_of_all_has_the_cpus_and_nothing_else)
{
	struct lwkt_cpumask mask;

	lwkt_cpumask_all(&mask);
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++)
		cr_expect_eq(lwkt_cpumask_test(&mask, i), i < TEST_CPUS, "lcore %u", i);
	cr_expect_not(lwkt_cpumask_test(&mask, RTE_MAX_LCORE));
	cr_expect_not(lwkt_cpumask_test(&mask, UINT32_MAX));
}

LWKT_TEST(ipicall, API_each_lcore_has_a_bit_of_its_own_in_a_mask)
{
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++) {
		struct lwkt_cpumask mask = {0};

		lwkt_cpumask_set(&mask, i);
		for (unsigned int j = 0; j < RTE_MAX_LCORE; j++)
			cr_assert_eq(lwkt_cpumask_test(&mask, j), i == j, "%u, %u", i, j);
	}
}

/*
 * Passive ones
 */

LWKT_TEST(ipicall, I71_a_passive_function_is_not_published_by_a_poll)
{
	lwkt_send_ipiq_passive(1, run_note_id, NULL);
	for (unsigned int i = 0; i < 3; i++) {
		cr_expect_eq(lwkt_poll(), 0);
		cr_expect_eq(test_poll_as(1), 0);
	}
	cr_expect_eq(fake_stats(0, 1).ts_items, 0);
	lwkt_flush();
	test_settle();
}

LWKT_TEST(ipicall, I71_a_flush_publishes_passive_functions)
{
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(1));
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 2);
	cr_expect(ran_exactly(1, 0, 2));
	cr_expect_eq(fake_stats(0, 1).ts_publications, 1);
}

LWKT_TEST(ipicall, I71_the_next_active_function_takes_the_passive_ones_along)
{
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	send_notes(1, 1, 1);
	lwkt_poll();
	cr_expect_eq(test_poll_as(1), 2);
	cr_expect(ran_exactly(1, 0, 2));
}

LWKT_TEST(ipicall, I71_the_next_message_takes_the_passive_ones_along)
{
	lwkt_send_ipiq_passive(1, run_note_id, NULL);
	fake_send(&nodes[0], 1, 0);
	lwkt_poll();
	cr_expect_eq(test_poll_as(1), 2);
	cr_expect_eq(nran, 1);
}

/* The pair has only a passive function gathered, but what has spilled is not passive. */
LWKT_TEST_ENV(ipicall, I70_what_has_spilled_does_not_wait_behind_a_passive_function,
    .te_config = {.cf_ring_size = 8, .cf_flush_count = 1})
{
	send_notes(1, 0, 11);
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(11));
	for (unsigned int i = 0; i < 3; i++) {
		test_poll_as(1);
		lwkt_poll();
	}
	test_poll_as(1);
	cr_expect_geq(nran, 11, "%u ran", nran);
	lwkt_flush();
	test_settle();
	cr_expect(ran_exactly(1, 0, 12));
}

LWKT_TEST(ipicall, I71_a_passive_function_behind_an_active_one_goes_with_it)
{
	send_notes(1, 0, 1);
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(1));
	lwkt_poll();
	cr_expect_eq(test_poll_as(1), 2);
	cr_expect(ran_exactly(1, 0, 2));
}

LWKT_TEST(ipicall, I71_an_active_send_to_one_cpu_leaves_passive_ones_to_others)
{
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	send_notes(2, 1, 1);
	lwkt_poll();
	cr_expect_eq(test_poll_as(1), 0);
	cr_expect_eq(test_poll_as(2), 1);
	lwkt_flush();
	test_settle();
}

LWKT_TEST(ipicall, I71_passive_ones_are_lazy_again_after_an_active_publication)
{
	send_notes(1, 0, 1);
	lwkt_poll();
	test_poll_as(1);
	lwkt_send_ipiq_passive(1, run_note_id, NULL);
	lwkt_poll();
	cr_expect_eq(test_poll_as(1), 0);
	lwkt_flush();
	test_settle();
}

LWKT_TEST_ENV(ipicall, I71_a_quarter_of_the_ring_publishes, .te_config.cf_ring_size = 32)
{
	for (unsigned int i = 0; i < 7; i++) {
		lwkt_send_ipiq_passive(1, run_note_id, as_arg(i));
		cr_expect_eq(test_poll_as(1), 0, "after %u", i + 1);
	}
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(7));
	cr_expect_eq(test_poll_as(1), 8);
	cr_expect(ran_exactly(1, 0, 8));
}

LWKT_TEST_ENV(ipicall, I71_a_quarter_of_a_small_ring_is_one, .te_config.cf_ring_size = 1)
{
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_ENV(ipicall, I71_the_flush_bound_of_active_ones_does_not_publish_passive_ones,
    .te_config.cf_flush_count = 2)
{
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(1));
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(2));
	cr_expect_eq(test_poll_as(1), 0);
	send_notes(1, 3, 1);
	cr_expect_eq(test_poll_as(1), 4, "an active one, and the bound is reached");
	cr_expect(ran_exactly(1, 0, 4));
}

LWKT_TEST(ipicall, I66_a_passive_function_to_self_runs_inline)
{
	cr_expect_eq(lwkt_send_ipiq_passive(0, run_note_id, as_arg(2)), 0);
	cr_expect(ran_exactly(0, 2, 1));
}

LWKT_TEST(ipicall, I66_passive_and_active_functions_share_the_numbers)
{
	cr_expect_eq(send_notes(1, 0, 1), 1);
	cr_expect_eq(lwkt_send_ipiq_passive(1, run_note_id, as_arg(1)), 2);
	cr_expect_eq(send_notes(1, 2, 1), 3);
	test_settle();
	cr_expect(ran_exactly(1, 0, 3));
}

/*
 * Waiting
 */

LWKT_TEST(ipicall, I66_to_wait_for_number_zero_is_no_wait)
{
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(lwkt_wait_ipiq(cpu, 0), 0);
}

LWKT_TEST(ipicall, I66_to_wait_for_what_was_done_long_ago_is_no_wait)
{
	uint64_t last = send_notes(1, 0, 5);

	test_settle();
	for (uint64_t seq = 1; seq <= last; seq++)
		cr_expect_eq(lwkt_wait_ipiq(1, seq), 0);
}

LWKT_TEST(ipicall, API_to_wait_for_a_lcore_that_is_no_cpu_is_einval)
{
	cr_expect_eq(lwkt_wait_ipiq(TEST_CPUS, 1), -EINVAL);
	cr_expect_eq(lwkt_wait_ipiq(RTE_MAX_LCORE, 1), -EINVAL);
	cr_expect_eq(lwkt_wait_ipiq(UINT32_MAX, 0), -EINVAL);
}

LWKT_TEST(ipicall, I75_a_wait_serves_inbound_work)
{
	uint64_t seq;

	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	seq = send_notes(1, 0, 1);
	cr_expect_eq(lwkt_wait_ipiq(1, seq), 0);
	cr_expect_eq(let_polls, 1);
	cr_expect(ran_exactly(1, 0, 1));
}

LWKT_TEST(ipicall, I70_a_wait_publishes_what_was_gathered_for_anybody)
{
	uint64_t seq;

	cpu_impersonate(1);
	lwkt_send_ipiq(0, let_cpu1_poll, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	fake_send(&nodes[0], 3, 0);
	seq = lwkt_send_ipiq_passive(1, run_note_id, NULL);
	cr_expect_eq(lwkt_wait_ipiq(1, seq), 0);
	cr_expect_eq(test_poll_as(3), 1);
}

static unsigned int plain; /* ordered by E6 only */

static void
add_one(void *arg)
{
	(void)arg;
	plain++;
}

LWKT_TEST(ipicall, I66_what_the_function_wrote_is_visible_after_the_wait)
{
	servers_begin(1);
	for (unsigned int i = 1; i <= 50; i++) {
		cr_assert_eq(lwkt_wait_ipiq(2, lwkt_send_ipiq(2, add_one, NULL)), 0);
		cr_assert_eq(plain, i);
	}
	servers_end();
}

/* CPU 1 answers after so long. */
static int
serve_late(void *arg)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * as_id(arg) / 1000;

	while (rte_get_timer_cycles() < end)
		test_relax();
	while (lwkt_poll() == 0)
		test_relax();
	return 0;
}

static unsigned int
count_text(const char *log, const char *text)
{
	unsigned int n = 0;

	while ((log = strstr(log, text)) != NULL) {
		log += strlen(text);
		n++;
	}
	return n;
}

LWKT_TEST(ipicall, I75_a_wait_names_the_cpu_that_does_not_answer_once_a_second)
{
	const char *log;

	test_log_begin();
	test_launch(1, serve_late, as_arg(2500));
	lwkt_wait_ipiq(1, send_notes(1, 0, 1));
	test_join(1);
	log = test_log_end();
	cr_expect_eq(count_text(log, "lwkt: lwkt_wait_ipiq: CPU 0 has waited"), 2, "'%s'", log);
	cr_expect_eq(count_text(log, "waited 1 s for CPU 1,"), 1, "'%s'", log);
	cr_expect_eq(count_text(log, "waited 2 s for CPU 1,"), 1, "'%s'", log);
	cr_expect_eq(count_text(log, "\n"), 2);
}

LWKT_TEST(ipicall, I75_a_wait_of_less_than_a_second_is_silent)
{
	const char *log;

	test_log_begin();
	test_launch(1, serve_late, as_arg(100));
	lwkt_wait_ipiq(1, send_notes(1, 0, 1));
	test_join(1);
	log = test_log_end();
	cr_expect_str_empty(log);
}

LWKT_TEST(ipicall, I75_a_sender_without_a_slot_says_whom_it_waits_for)
{
	const char *log;

	test_log_begin();
	test_launch(2, serve_late, as_arg(1500));
	send_notes(2, 0, 17);
	test_join(2);
	log = test_log_end();
	cr_expect_eq(count_text(log, "CPU 0 has waited 1 s for CPU 2,"), 1, "'%s'", log);
	test_settle();
}

/*
 * What is done (I76)
 */

static uint64_t done_inside[8];
static unsigned int ndone_inside;

static void
poll_inside(void *arg)
{
	run_note_id(arg);
	lwkt_poll();
	done_inside[ndone_inside++] = done_index(0, 1);
}

LWKT_TEST(ipicall, I76_done_does_not_pass_a_function_that_has_not_returned)
{
	lwkt_send_ipiq(1, poll_inside, as_arg(0));
	send_notes(1, 1, 3);
	test_settle();
	cr_expect_eq(ndone_inside, 1);
	cr_expect_eq(done_inside[0], 0, "1..3 have returned, 0 has not");
	cr_expect_eq(done_index(0, 1), 4);
}

LWKT_TEST(ipicall, I76_a_pass_inside_a_function_goes_on_with_the_rest_in_order)
{
	send_notes(1, 0, 2);
	lwkt_send_ipiq(1, poll_inside, as_arg(2));
	send_notes(1, 3, 5);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 3, "the other five count in the pass inside");
	cr_expect(ran_exactly(1, 0, 8));
	cr_expect_eq(done_inside[0], 2);
	cr_expect_eq(done_index(0, 1), 8);
}

LWKT_TEST(ipicall, I76_three_functions_deep_nothing_is_done)
{
	for (unsigned int i = 0; i < 3; i++)
		lwkt_send_ipiq(1, poll_inside, as_arg(i));
	send_notes(1, 3, 1);
	test_settle();
	cr_expect(ran_exactly(1, 0, 4));
	for (unsigned int i = 0; i < 3; i++)
		cr_expect_eq(done_inside[i], 0);
	cr_expect_eq(done_index(0, 1), 4);
}

static uint64_t done_of_2;

static void
poll_inside_see_2(void *arg)
{
	(void)arg;
	lwkt_poll();
	done_of_2 = done_index(2, 1);
}

LWKT_TEST(ipicall, I76_another_senders_functions_are_done_meanwhile)
{
	lwkt_send_ipiq(1, poll_inside_see_2, NULL);
	lwkt_flush();
	cpu_impersonate(2);
	send_notes(1, 0, 2);
	lwkt_flush();
	test_poll_as(1);
	cr_expect_eq(done_of_2, 2);
	cr_expect_eq(done_index(0, 1), 1);
	cpu_impersonate(0);
}

static void
poll_until_four(void *arg)
{
	(void)arg;
	while (nran < 4) {
		cpu_impersonate(0);
		send_notes(1, nran, 1);
		lwkt_flush();
		cpu_impersonate(1);
		lwkt_poll();
		cr_expect_eq(done_index(0, 1), 0);
	}
}

LWKT_TEST(ipicall, I76_what_is_published_during_a_function_waits_for_it_too)
{
	lwkt_send_ipiq(1, poll_until_four, NULL);
	test_settle();
	cr_expect(ran_exactly(1, 0, 4));
	cr_expect_eq(done_index(0, 1), 5);
}

static void
send_back(void *arg)
{
	run_note_id(arg);
	lwkt_send_ipiq(0, run_note_id, as_arg(as_id(arg) + 100));
	fake_send(&nodes[as_id(arg)], 0, as_id(arg));
}

LWKT_TEST(ipicall, I74_a_function_may_send)
{
	for (unsigned int i = 0; i < 10; i++)
		lwkt_send_ipiq(1, send_back, as_arg(i));
	test_settle();
	cr_expect_eq(nran, 20);
	for (unsigned int i = 0; i < 10; i++) {
		cr_expect_eq(ran[10 + i].cpu, 0);
		cr_expect_eq(ran[10 + i].id, 100 + i);
	}
	cr_expect(fake_got(1, 0, 0, 10));
}

/*
 * Broken contracts
 */

static void
nobody_sends(void *arg)
{
	as_nobody();
	lwkt_send_ipiq(1, run_note_id, arg);
}

static void
nobody_sends_passive(void *arg)
{
	as_nobody();
	lwkt_send_ipiq_passive(1, run_note_id, arg);
}

static void
nobody_sends_mask(void *arg)
{
	struct lwkt_cpumask mask = {0};

	as_nobody();
	lwkt_send_ipiq_mask(&mask, run_note_id, arg);
}

static void
nobody_waits(void *arg)
{
	(void)arg;
	as_nobody();
	lwkt_wait_ipiq(1, 0);
}

static void
nobody_synchronizes(void *arg)
{
	(void)arg;
	as_nobody();
	lwkt_synchronize_ipiqs();
}

LWKT_TEST(ipicall, API_a_function_from_a_thread_that_is_no_cpu_stops)
{
	expect_stops(nobody_sends, NULL, "lwkt_send_ipiq:", "no CPU");
	expect_stops(nobody_sends_passive, NULL, "lwkt_send_ipiq_passive:", "no CPU");
	expect_stops(nobody_sends_mask, NULL, "lwkt_send_ipiq_mask:", "no CPU");
}

LWKT_TEST(ipicall, API_a_wait_by_a_thread_that_is_no_cpu_stops)
{
	expect_stops(nobody_waits, NULL, "lwkt_wait_ipiq:", "no CPU");
	expect_stops(nobody_synchronizes, NULL, "lwkt_synchronize_ipiqs:", "no CPU");
}

static void
send_to(void *lcore_id)
{
	lwkt_send_ipiq(as_id(lcore_id), run_note_id, NULL);
}

static void
send_passive_to(void *lcore_id)
{
	lwkt_send_ipiq_passive(as_id(lcore_id), run_note_id, NULL);
}

LWKT_TEST(ipicall, API_a_function_to_a_lcore_that_is_no_cpu_stops)
{
	expect_stops(send_to, as_arg(TEST_CPUS), "lwkt_send_ipiq:", "lcore 4 ");
	expect_stops(send_to, as_arg(RTE_MAX_LCORE), "lwkt_send_ipiq:", "lcore 128 ");
	expect_stops(send_to, as_arg(UINT32_MAX), "lwkt_send_ipiq:", "lcore 4294967295 ");
	expect_stops(send_passive_to, as_arg(9), "lwkt_send_ipiq_passive:", "lcore 9 ");
}
