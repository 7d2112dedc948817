/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit with bells: what many CPUs use, here with few.
 */
#include "calls.h"

static struct node nodes[TEST_CPUS][300];

/* Instead of LWKT_TEST_ENV: bells from one inbound ring on. */
static void
init_with_bells(unsigned int ring_size)
{
	struct lwkt_config cfg = {.cf_ring_size = ring_size};

	bells_from = 1;
	cr_assert_eq(lwkt_init(&cfg), 0);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_assert_not_null(cpus[cpu]->gd_bells);
}

static unsigned int
bells_rung(unsigned int cpu)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < cpus[cpu]->gd_nin; i++)
		n += cpus[cpu]->gd_bells[i];
	return n;
}

LWKT_TEST(bells, I65_few_cpus_poll_the_rings_themselves)
{
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_null(cpus[cpu]->gd_bells);
}

LWKT_TEST_BARE(bells, I65_bells_begin_at_the_number_of_inbound_rings)
{
	bells_from = TEST_CPUS;
	cr_assert_eq(lwkt_init(NULL), 0);
	cr_expect_null(cpus[0]->gd_bells);
	lwkt_fini();
	bells_from = TEST_CPUS - 1;
	cr_assert_eq(lwkt_init(NULL), 0);
	cr_expect_not_null(cpus[0]->gd_bells);
}

LWKT_TEST_BARE(bells, I70_a_lone_message_arrives)
{
	init_with_bells(0);
	for (unsigned int from = 0; from < TEST_CPUS; from++)
		for (unsigned int to = 0; to < TEST_CPUS; to++) {
			if (from == to)
				continue;
			cpu_impersonate(from);
			fake_send(&nodes[from][to], to, 0);
			lwkt_flush();
			cr_expect_eq(test_poll_as(to), 1, "%u to %u", from, to);
			cr_expect_eq(test_poll_as(to), 0);
			cr_expect(fake_got(from, to, 0, 1));
		}
	cpu_impersonate(0);
}

LWKT_TEST_BARE(bells, I65_messages_from_several_cpus_arrive_in_order)
{
	init_with_bells(0);
	for (unsigned int i = 0; i < 300; i++)
		for (unsigned int from = 1; from < TEST_CPUS; from++) {
			cpu_impersonate(from);
			fake_send(&nodes[from][i], 0, i);
			if (i % 11 == from)
				lwkt_flush();
		}
	test_settle();
	for (unsigned int from = 1; from < TEST_CPUS; from++)
		cr_expect(fake_got(from, 0, 0, 300), "from %u", from);
}

LWKT_TEST_BARE(bells, I65_each_sender_rings_a_bell_of_its_own)
{
	init_with_bells(0);
	for (unsigned int from = 1; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		fake_send(&nodes[from][0], 0, 0);
		lwkt_flush();
		cr_expect_eq(bells_rung(0), from);
	}
	cpu_impersonate(0);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(bells_rung(0), 0);
}

LWKT_TEST_BARE(bells, I70_what_is_gathered_rings_no_bell)
{
	init_with_bells(0);
	fake_send(&nodes[0][0], 1, 0);
	cr_expect_eq(bells_rung(1), 0);
	lwkt_flush();
	cr_expect_eq(bells_rung(1), 1);
	cr_expect_eq(bells_rung(2), 0);
	test_settle();
}

LWKT_TEST_BARE(bells, I68_a_ring_of_one_empties_through_the_spill_list)
{
	init_with_bells(1);
	fake_send_many(nodes[0], 50, 1);
	lwkt_flush();
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 49);
	test_settle();
	cr_expect(fake_got(0, 1, 0, 50));
	cr_expect_eq(bells_rung(1), 0);
}

static void
publish_one_more(struct node *node)
{
	if (node->seq >= 10)
		return;
	cpu_impersonate(1);
	fake_send(&nodes[1][node->seq + 1], 0, node->seq + 1);
	lwkt_flush();
	cpu_impersonate(0);
}

LWKT_TEST_BARE(bells, I73_what_is_published_during_a_pass_rings_again)
{
	init_with_bells(0);
	fake_on_arrival = publish_one_more;
	cpu_impersonate(1);
	fake_send(&nodes[1][0], 0, 0);
	lwkt_flush();
	cpu_impersonate(0);
	for (unsigned int i = 0; i <= 10; i++)
		cr_expect_eq(lwkt_poll(), 1, "pass %u", i);
	cr_expect_eq(lwkt_poll(), 0);
	cr_expect(fake_got(1, 0, 0, 11));
}

static void
poll_within(void *arg)
{
	run_note_id(arg);
	lwkt_poll();
	run_note_id(arg);
}

LWKT_TEST_BARE(bells, I76_a_pass_inside_a_function_goes_on_with_the_batch)
{
	init_with_bells(0);
	lwkt_send_ipiq(1, poll_within, as_arg(0));
	send_notes(1, 1, 4);
	test_settle();
	cr_assert_eq(nran, 6);
	for (unsigned int i = 0; i < 5; i++)
		cr_expect_eq(ran[i].id, i);
	cr_expect_eq(ran[5].id, 0);
}

LWKT_TEST_BARE(bells, I76_a_pass_inside_a_function_sees_the_rest_of_the_ring)
{
	init_with_bells(1023);
	/* More than a batch behind it: the bell is off, but the ring is not empty. */
	lwkt_send_ipiq(1, poll_within, as_arg(0));
	fake_send_many(nodes[0], 300, 1);
	lwkt_flush();
	test_poll_as(1);
	cr_expect(fake_got(0, 1, 0, 300));
	cr_expect_eq(nran, 2);
	cr_expect_eq(test_poll_as(1), 0);
}

static unsigned int arrived_within;

static void
poll_within_counts(void *arg)
{
	(void)arg;
	lwkt_poll();
	arrived_within = fake_arrived;
}

LWKT_TEST_BARE(bells, I69_a_pass_inside_a_function_serves_the_other_senders)
{
	init_with_bells(0);
	for (unsigned int from = 2; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		fake_send_many(nodes[from], 20, 1);
		lwkt_flush();
	}
	cpu_impersonate(0);
	lwkt_send_ipiq(1, poll_within_counts, NULL);
	lwkt_flush();
	cr_expect_geq(test_poll_as(1), 1);
	cr_expect_eq(arrived_within, 40);
	cr_expect(fake_got(2, 1, 0, 20));
	cr_expect(fake_got(3, 1, 0, 20));
	test_settle();
}

LWKT_TEST_BARE(bells, G98_the_inbox_needs_no_bell)
{
	init_with_bells(0);
	as_nobody();
	fake_send_many(nodes[0], 5, 2);
	cpu_impersonate(0);
	cr_expect_eq(bells_rung(2), 0);
	cr_expect_eq(test_poll_as(2), 5);
}

LWKT_TEST_BARE(bells, I71_passive_functions_ring_when_published)
{
	init_with_bells(0);
	lwkt_send_ipiq_passive(1, run_note_id, as_arg(0));
	lwkt_poll();
	cr_expect_eq(bells_rung(1), 0);
	lwkt_flush();
	cr_expect_eq(test_poll_as(1), 1);
	cr_expect(ran_exactly(1, 0, 1));
}

static unsigned int arrived; /* atomic */

static void
count_arrival(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
}

#define PER_SENDER (TEST_TSAN || TEST_ASAN ? 100u : 500u)

static int
send_to_main(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < PER_SENDER; i++) {
		lwkt_send_ipiq(0, count_arrival, NULL);
		if (i % 3 == 0)
			lwkt_flush();
	}
	lwkt_synchronize_ipiqs();
	return 0;
}

LWKT_TEST_BARE(bells, I65_no_bell_is_lost_among_real_senders)
{
	init_with_bells(3);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, send_to_main, NULL);
	while (__atomic_load_n(&arrived, __ATOMIC_RELAXED) < 3 * PER_SENDER)
		if (lwkt_poll() == 0)
			test_relax();
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	cr_expect_eq(lwkt_poll(), 0);
}
