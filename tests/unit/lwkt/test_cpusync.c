/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bringing CPUs to a known point. CPUs 1 to 3 are real threads that serve their transit.
 */
#include <string.h>
#include <unistd.h>

#include "calls.h"

static unsigned int runs[TEST_CPUS]; /* atomic: how often the function has run there */

static void
count_run(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&runs[lwkt_mycpuid()], 1, __ATOMIC_RELAXED);
}

static unsigned int
runs_on(unsigned int cpu)
{
	return __atomic_load_n(&runs[cpu], __ATOMIC_RELAXED);
}

static unsigned int
runs_in_all(void)
{
	unsigned int n = 0;

	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		n += runs_on(cpu);
	return n;
}

static struct lwkt_cpusync
sync_of(unsigned int bits)
{
	struct lwkt_cpusync cs = {.cs_func = count_run};

	for (unsigned int cpu = 0; cpu < 32; cpu++)
		if (bits & 1u << cpu)
			lwkt_cpumask_set(&cs.cs_mask, cpu);
	return cs;
}

#define ALL    0xfu
#define OTHERS 0xeu

LWKT_TEST(cpusync, C78_interlock_returns_when_all_others_are_parked)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	cr_expect_eq(__atomic_load_n(&cs.cs_parked, __ATOMIC_RELAXED), 3);
	lwkt_cpusync_deinterlock(&cs);
	servers_end();
}

static int may_serve; /* atomic */

static int
serve_after_a_while(void *stop)
{
	usleep(50000);
	__atomic_store_n(&may_serve, 1, __ATOMIC_RELAXED);
	return serve_until_set(stop);
}

LWKT_TEST(cpusync, C78_interlock_waits_for_a_cpu_that_is_busy)
{
	struct lwkt_cpusync cs = sync_of(1u << 1);
	int stop = 0;

	test_launch(1, serve_after_a_while, &stop);
	lwkt_cpusync_interlock(&cs);
	cr_expect_eq(__atomic_load_n(&may_serve, __ATOMIC_RELAXED), 1);
	cr_expect_eq(__atomic_load_n(&cs.cs_parked, __ATOMIC_RELAXED), 1);
	lwkt_cpusync_deinterlock(&cs);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
}

static unsigned int turns[TEST_CPUS]; /* atomic: of the loop */

static int
count_turns(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE)) {
		__atomic_fetch_add(&turns[lwkt_mycpuid()], 1, __ATOMIC_RELAXED);
		if (lwkt_poll() == 0)
			test_relax();
	}
	return 0;
}

LWKT_TEST(cpusync, C78_a_parked_cpu_runs_nothing_else)
{
	struct lwkt_cpusync cs = sync_of(1u << 1);
	unsigned int before;
	int stop = 0;

	test_launch(1, count_turns, &stop);
	lwkt_cpusync_interlock(&cs);
	before = __atomic_load_n(&turns[1], __ATOMIC_RELAXED);
	usleep(20000);
	cr_expect_eq(__atomic_load_n(&turns[1], __ATOMIC_RELAXED), before);
	lwkt_cpusync_deinterlock(&cs);
	while (__atomic_load_n(&turns[1], __ATOMIC_RELAXED) == before)
		test_relax(); /* it goes on */
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
}

LWKT_TEST(cpusync, C78_a_cpu_outside_the_set_is_not_parked)
{
	struct lwkt_cpusync cs = sync_of(1u << 2);
	unsigned int before;
	int stop = 0;

	test_launch(1, count_turns, &stop);
	test_launch(2, serve_until_set, &stop);
	lwkt_cpusync_interlock(&cs);
	before = __atomic_load_n(&turns[1], __ATOMIC_RELAXED);
	while (__atomic_load_n(&turns[1], __ATOMIC_RELAXED) == before)
		test_relax();
	cr_expect_eq(__atomic_load_n(&cs.cs_parked, __ATOMIC_RELAXED), 1);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_on(1), 0);
	cr_expect_eq(runs_on(2), 1);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	test_join(2);
}

LWKT_TEST(cpusync, C78_parked_cpus_run_functions)
{
	struct lwkt_cpusync cs = sync_of(OTHERS);

	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++) {
		lwkt_send_ipiq(cpu, count_run, NULL);
		lwkt_flush();
		while (runs_on(cpu) == 0)
			test_relax();
	}
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_in_all(), 6);
	servers_end();
}

static unsigned int arrived; /* atomic */

static void
count_arrival(struct node *node)
{
	(void)node;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
}

LWKT_TEST(cpusync, C78_parked_cpus_take_messages_in)
{
	struct lwkt_cpusync cs = sync_of(1u << 1);
	static struct node nodes[40];
	int stop = 0;

	fake_on_arrival = count_arrival;
	test_launch(1, serve_until_set, &stop);
	lwkt_cpusync_interlock(&cs);
	fake_send_many(nodes, RTE_DIM(nodes), 1);
	lwkt_flush();
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < RTE_DIM(nodes))
		test_relax();
	cr_expect_eq(runs_on(1), 0, "still parked");
	lwkt_cpusync_deinterlock(&cs);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	cr_expect(fake_got(0, 1, 0, RTE_DIM(nodes)));
}

static struct node answers[8];

static void
answer_message(void *arg)
{
	fake_send(&answers[as_id(arg)], 0, as_id(arg));
}

LWKT_TEST(cpusync, C78_parked_cpus_publish_what_they_send)
{
	struct lwkt_cpusync cs = sync_of(1u << 3);
	int stop = 0;

	test_launch(3, serve_until_set, &stop);
	lwkt_cpusync_interlock(&cs);
	lwkt_send_ipiq(3, answer_message, as_arg(0));
	lwkt_flush();
	while (fake_arrived == 0)
		if (lwkt_poll() == 0)
			test_relax();
	cr_expect(fake_got(3, 0, 0, 1));
	lwkt_cpusync_deinterlock(&cs);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(3);
}

static int
wait_for_main_then_serve(void *stop)
{
	lwkt_send_ipiq(0, count_run, NULL);
	lwkt_flush();
	while (runs_on(0) == 0)
		test_relax(); /* no poll: it does not park yet */
	return serve_until_set(stop);
}

LWKT_TEST(cpusync, C78_a_master_that_waits_serves_its_transit)
{
	struct lwkt_cpusync cs = sync_of(1u << 1);
	int stop = 0;

	test_launch(1, wait_for_main_then_serve, &stop);
	lwkt_cpusync_interlock(&cs); /* CPU 1 parks once its function has run here */
	cr_expect_eq(runs_on(0), 1);
	lwkt_cpusync_deinterlock(&cs);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
}

LWKT_TEST(cpusync, C79_deinterlock_runs_the_function_once_on_each_cpu_and_the_master)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	cr_expect_eq(runs_in_all(), 0, "not before");
	lwkt_cpusync_deinterlock(&cs);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(runs_on(cpu), 1, "CPU %u", cpu);
	servers_end();
}

LWKT_TEST(cpusync, C79_C81_no_function_runs_nothing)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	cs.cs_func = NULL;
	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(__atomic_load_n(&cs.cs_ran, __ATOMIC_RELAXED), 3, "they went on");
	lwkt_cpusync_simple(&cs.cs_mask, NULL, NULL);
	servers_end();
	cr_expect_eq(runs_in_all(), 0);
}

LWKT_TEST(cpusync, C79_a_master_outside_the_set_does_not_run_it)
{
	struct lwkt_cpusync cs = sync_of(OTHERS);

	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_on(0), 0);
	cr_expect_eq(runs_in_all(), 3);
	servers_end();
}

static void
count_slowly(void *arg)
{
	usleep(20000);
	count_run(arg);
}

LWKT_TEST(cpusync, C79_deinterlock_returns_when_all_have_run_it)
{
	struct lwkt_cpusync cs = sync_of(OTHERS);

	cs.cs_func = count_slowly;
	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_in_all(), 3);
	servers_end();
}

static void
one_round(void)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	memset(&cs, 0xff, sizeof(cs));
}

LWKT_TEST(cpusync, C79_the_control_block_may_vanish_afterwards)
{
	servers_begin(1);
	for (unsigned int i = 0; i < 20; i++)
		one_round();
	servers_end();
	cr_expect_eq(runs_in_all(), 80);
}

LWKT_TEST(cpusync, C79_a_control_block_may_be_used_again)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	servers_begin(1);
	for (unsigned int i = 0; i < 20; i++) {
		lwkt_cpusync_interlock(&cs);
		cr_expect_eq(runs_in_all(), 4 * i);
		lwkt_cpusync_deinterlock(&cs);
	}
	servers_end();
	cr_expect_eq(runs_in_all(), 80);
}

static unsigned int written; /* by the master while all are parked: ordered by E7 only */
static unsigned int seen[TEST_CPUS];

static void
look(void *data)
{
	seen[lwkt_mycpuid()] = *(unsigned int *)data;
}

LWKT_TEST(cpusync, C79_the_function_sees_what_the_master_wrote_under_the_interlock)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	cs.cs_func = look;
	cs.cs_data = &written;
	servers_begin(1);
	for (unsigned int i = 1; i <= 10; i++) {
		lwkt_cpusync_interlock(&cs);
		written = i;
		lwkt_cpusync_deinterlock(&cs);
		for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
			cr_expect_eq(seen[cpu], i);
	}
	servers_end();
}

LWKT_TEST(cpusync, C79_a_set_of_self_parks_nobody)
{
	struct lwkt_cpusync cs = sync_of(1u << 0);

	lwkt_cpusync_interlock(&cs);
	cr_expect_eq(cs.cs_parked, 0);
	cr_expect_eq(runs_on(0), 0);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_on(0), 1);
	cr_expect_eq(runs_in_all(), 1);
}

LWKT_TEST(cpusync, C79_an_empty_set_runs_nothing)
{
	struct lwkt_cpusync cs = sync_of(0);

	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	test_settle();
	cr_expect_eq(runs_in_all(), 0);
}

LWKT_TEST(cpusync, C79_lcores_of_the_set_that_are_no_cpu_are_not_waited_for)
{
	struct lwkt_cpusync cs = sync_of(1u << 0 | 1u << TEST_CPUS | 1u << 31);

	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_in_all(), 1);
}

/* Masters: each of them counts in the same plain variable while all others are parked. */
#define ROUNDS (TEST_TSAN || TEST_ASAN ? 10u : 30u)

static unsigned int masters_done; /* atomic */

static int
be_master(void *arg)
{
	struct lwkt_cpusync cs = sync_of(ALL);

	for (unsigned int i = 0; i < ROUNDS; i++) {
		lwkt_cpusync_interlock(&cs);
		written++;
		lwkt_cpusync_deinterlock(&cs);
	}
	__atomic_fetch_add(&masters_done, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&masters_done, __ATOMIC_ACQUIRE) < as_id(arg))
		if (lwkt_poll() == 0)
			test_relax();
	return 0;
}

static void
masters(unsigned int n)
{
	int stop = 0;

	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(
		    cpu, cpu < n ? be_master : serve_until_set, cpu < n ? as_arg(n) : &stop);
	be_master(as_arg(n));
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	cr_expect_eq(written, n * ROUNDS);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(runs_on(cpu), n * ROUNDS);
}

LWKT_TEST(cpusync, C80_two_masters_at_once_get_on_one_at_a_time)
{
	masters(2);
}

LWKT_TEST(cpusync, C80_every_cpu_a_master_at_once)
{
	masters(TEST_CPUS);
}

LWKT_TEST(cpusync, C81_the_simple_variant_runs_everywhere_and_waits)
{
	struct lwkt_cpumask mask;

	lwkt_cpumask_all(&mask);
	servers_begin(1);
	for (unsigned int i = 1; i <= 10; i++) {
		lwkt_cpusync_simple(&mask, count_run, NULL);
		for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
			cr_expect_eq(runs_on(cpu), i);
	}
	servers_end();
}

LWKT_TEST(cpusync, C81_the_simple_variant_waits_for_the_slow)
{
	struct lwkt_cpumask mask;

	lwkt_cpumask_all(&mask);
	servers_begin(1);
	lwkt_cpusync_simple(&mask, count_slowly, NULL);
	cr_expect_eq(runs_in_all(), TEST_CPUS);
	servers_end();
}

LWKT_TEST(cpusync, C81_the_simple_variant_runs_in_the_set_only)
{
	struct lwkt_cpusync cs = sync_of(1u << 1 | 1u << 3 | 1u << 9);

	servers_begin(1);
	lwkt_cpusync_simple(&cs.cs_mask, count_run, NULL);
	cr_expect_eq(runs_on(1), 1);
	cr_expect_eq(runs_on(3), 1);
	cr_expect_eq(runs_in_all(), 2);
	servers_end();
}

LWKT_TEST(cpusync, C81_the_simple_variant_on_self_or_nobody_is_no_wait)
{
	struct lwkt_cpusync self = sync_of(1u << 0), nobody = sync_of(0);

	lwkt_cpusync_simple(&nobody.cs_mask, count_run, NULL);
	cr_expect_eq(runs_in_all(), 0);
	lwkt_cpusync_simple(&self.cs_mask, count_run, NULL);
	cr_expect_eq(runs_on(0), 1);
}

LWKT_TEST(cpusync, C81_the_simple_variant_works_under_an_interlock_of_others)
{
	struct lwkt_cpusync cs = sync_of(1u << 1), quick = sync_of(1u << 2);

	servers_begin(1);
	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_simple(&quick.cs_mask, count_run, NULL);
	cr_expect_eq(runs_on(2), 1);
	lwkt_cpusync_deinterlock(&cs);
	cr_expect_eq(runs_on(1), 1);
	servers_end();
}

LWKT_TEST(cpusync, C82_synchronize_returns_when_all_functions_have_run)
{
	servers_begin(1);
	for (unsigned int i = 0; i < 10; i++)
		for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
			lwkt_send_ipiq(cpu, i == 9 ? count_slowly : count_run, NULL);
	lwkt_synchronize_ipiqs();
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(runs_on(cpu), 10);
	servers_end();
}

LWKT_TEST(cpusync, C82_synchronize_waits_for_passive_functions_too)
{
	servers_begin(1);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		lwkt_send_ipiq_passive(cpu, count_slowly, NULL);
	lwkt_synchronize_ipiqs();
	cr_expect_eq(runs_in_all(), 3);
	servers_end();
}

LWKT_TEST(cpusync, C82_synchronize_with_nothing_sent_is_no_wait)
{
	lwkt_synchronize_ipiqs();
	lwkt_send_ipiq(0, count_run, NULL);
	lwkt_synchronize_ipiqs();
	cr_expect_eq(runs_on(0), 1);
}

static void
interlock_twice(void *arg)
{
	struct lwkt_cpusync a = sync_of(1u << 0), b = sync_of(1u << 0);

	(void)arg;
	lwkt_cpusync_interlock(&a);
	lwkt_cpusync_interlock(&b);
}

LWKT_TEST(cpusync, C80_an_interlock_within_an_interlock_stops)
{
	expect_stops(interlock_twice, NULL, "lwkt_cpusync_interlock:", "CPU 0 ");
}

static void
nobody_interlocks(void *arg)
{
	struct lwkt_cpusync cs = sync_of(0);

	(void)arg;
	as_nobody();
	lwkt_cpusync_interlock(&cs);
}

static void
nobody_deinterlocks(void *arg)
{
	struct lwkt_cpusync cs = sync_of(0);

	(void)arg;
	as_nobody();
	lwkt_cpusync_deinterlock(&cs);
}

static void
nobody_simple(void *arg)
{
	struct lwkt_cpusync cs = sync_of(0);

	(void)arg;
	as_nobody();
	lwkt_cpusync_simple(&cs.cs_mask, count_run, NULL);
}

LWKT_TEST(cpusync, API_a_thread_that_is_no_cpu_synchronizes_nobody)
{
	expect_stops(nobody_interlocks, NULL, "lwkt_cpusync_interlock:", "no CPU");
	expect_stops(nobody_deinterlocks, NULL, "lwkt_cpusync_deinterlock:", "no CPU");
	expect_stops(nobody_simple, NULL, "lwkt_cpusync_simple:", "no CPU");
}
