/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that move to another CPU, with their port (contract L111). One OS thread plays all CPUs
 * but in the last test.
 */
#include <pthread.h>

#include <lwkt_thread.h>

#include "ports.h"

#define MESSAGES 400 /* of each sender */
#define AT_ONCE  4

struct numbered {
	struct lwkt_msg nu_msg;
	unsigned int nu_sender, nu_number;
};

static unsigned int next_of[TEST_CPUS + 1], taken, wrong;

/* Each sender's numbers in a row. */
static void
take(lwkt_msg_t msg)
{
	const struct numbered *nu = (const struct numbered *)(void *)msg;

	wrong += next_of[nu->nu_sender] != nu->nu_number;
	next_of[nu->nu_sender] = nu->nu_number + 1;
	taken++;
	lwkt_replymsg(msg, (int)lwkt_mycpuid());
}

static struct numbered sent[TEST_CPUS][8];
static struct lwkt_port replies[TEST_CPUS];

/* From that CPU, the i-th. */
static void
send_from(unsigned int cpu, unsigned int i, lwkt_port_t to)
{
	struct numbered *nu = &sent[cpu][i];

	cpu_impersonate(cpu);
	*nu = (struct numbered){.nu_sender = cpu, .nu_number = i};
	lwkt_initmsg(&nu->nu_msg, &replies[cpu], 0);
	lwkt_sendmsg(to, &nu->nu_msg);
	cpu_impersonate(0);
}

static const int *route;

static void
travels(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	(void)arg;
	for (; *route >= 0; route++) {
		lwkt_migratecpu(*route);
		test_check(lwkt_mycpuid() == (unsigned int)*route);
		test_check(lwkt_thread_cpuid(lwkt_curthread()) == (unsigned int)*route);
		take(lwkt_waitport(port, 0));
	}
	while (taken < TEST_CPUS * 6)
		take(lwkt_waitport(port, 0));
}

LWKT_TEST(migrate, L111_a_thread_goes_on_there_with_all_messages_in_order)
{
	static const int way[] = {0, 2, 2, 1, 3, 0, -1};
	struct lwkt_thread *td = NULL;

	route = way;
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
		lwkt_initport_spin(&replies[cpu], NULL, false);
	cr_assert_eq(lwkt_create(travels, NULL, &td, NULL, 0, 0, "traveller"), 0);
	for (unsigned int i = 0; i < 6; i++) {
		for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
			send_from(cpu, i, lwkt_thread_port(td));
			run_as((cpu + i) % TEST_CPUS); /* some are under way when it goes */
		}
	}
	for (unsigned int i = 0; i < 8 * TEST_CPUS; i++)
		run_as(i % TEST_CPUS);
	cr_expect_eq(taken, TEST_CPUS * 6);
	cr_expect_eq(wrong, 0);
	cr_expect_eq(test_checks_failed(), 0);
	lwkt_join(td);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
		for (unsigned int i = 0; i < 6; i++) {
			cpu_impersonate(cpu);
			cr_expect_not_null(lwkt_getport(&replies[cpu]), "%u of CPU %u", i, cpu);
		}
	}
	cpu_impersonate(0);
}

/* One kick before it goes, one while it is on its way: it runs there, once. */
static unsigned int runs;

static void
goes_and_counts(void *arg)
{
	(void)arg;
	lwkt_migratecpu(2);
	runs++;
	lwkt_deschedule_self();
	lwkt_switch();
	runs++;
}

LWKT_TEST(migrate, L107_L111_a_wakeup_follows_it)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(lwkt_create(goes_and_counts, NULL, &td, NULL, 0, 1, "goes"), 0);
	lwkt_flush();
	cpu_impersonate(3); /* a kick that finds it gone */
	lwkt_schedule(td);
	lwkt_flush();
	cpu_impersonate(0);
	run_as(1);
	run_as(1);
	cr_expect_eq(runs, 0, "its other CPU has not looked yet");
	run_as(2);
	cr_expect_eq(runs, 1);
	run_as(1);
	run_as(2);
	lwkt_schedule(td);
	lwkt_flush();
	run_as(1);
	run_as(2);
	cr_expect_eq(runs, 2);
	for (unsigned int i = 0; i < 4 * TEST_CPUS; i++) /* its port's tokens pass by all CPUs */
		run_as(i % TEST_CPUS);
	lwkt_join(td);
}

static void
migrate_as_cpu(void *arg)
{
	(void)arg;
	lwkt_migratecpu(1);
}

static void
thread_to_nowhere(void *arg)
{
	(void)arg;
	lwkt_migratecpu(RTE_MAX_LCORE - 1);
}

static void
run_to_nowhere(void *arg)
{
	lwkt_create(thread_to_nowhere, arg, NULL, NULL, 0, -1, "lost");
	lwkt_yield();
}

LWKT_TEST(migrate, L111_who_cannot_or_where_to_stops)
{
	expect_stops(migrate_as_cpu, NULL, "lwkt_migratecpu", "a CPU's own context");
	expect_stops(run_to_nowhere, NULL, "lwkt_migratecpu", "thread lost", "is no CPU");
}

/*
 * Real CPUs
 */

static lwkt_port_t service;

static void
serves_everywhere(void *arg)
{
	(void)arg;
	for (unsigned int n = 0; n < (TEST_CPUS + 1) * MESSAGES; n++) {
		if (n % 8 == 0)
			lwkt_migratecpu((int)(n / 8 % TEST_CPUS));
		take(lwkt_waitport(service, 0));
	}
}

static void
sends(void *arg)
{
	struct numbered nu[AT_ONCE];
	struct lwkt_port spin;

	lwkt_initport_spin(&spin, NULL, false);
	for (unsigned int n = 0; n < MESSAGES; n += AT_ONCE) {
		for (unsigned int i = 0; i < AT_ONCE; i++) {
			nu[i] = (struct numbered){
			    .nu_sender = (unsigned int)(uintptr_t)arg, .nu_number = n + i};
			lwkt_initmsg(&nu[i].nu_msg, &spin, 0);
			lwkt_sendmsg(service, &nu[i].nu_msg);
		}
		for (unsigned int i = 0; i < AT_ONCE; i++)
			test_check((unsigned int)lwkt_waitmsg(&nu[i].nu_msg, 0) < TEST_CPUS);
	}
}

static void *
pthread_sends(void *arg)
{
	sends(arg);
	return NULL;
}

LWKT_TEST(migrate, L107_L111_nothing_is_lost_or_reordered_between_real_cpus)
{
	static struct lwkt_thread *server, *td[TEST_CPUS];
	pthread_t foreign;

	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, yield_until_stopped, NULL);
	cr_assert_eq(
	    lwkt_create(serves_everywhere, NULL, &server, NULL, TDF_NOSTART, 1, "server"), 0);
	service = lwkt_thread_port(server);
	lwkt_schedule(server);
	cr_assert_eq(
	    pthread_create(&foreign, NULL, pthread_sends, (void *)(uintptr_t)TEST_CPUS), 0);
	for (int i = 0; i < TEST_CPUS; i++)
		cr_assert_eq(
		    lwkt_create(sends, (void *)(uintptr_t)i, &td[i], NULL, 0, i, "c%d", i), 0);
	for (int i = 0; i < TEST_CPUS; i++)
		cr_expect_eq(lwkt_join(td[i]), 0);
	cr_expect_eq(lwkt_join(server), 0);
	pthread_join(foreign, NULL);
	cr_expect_eq(taken, (TEST_CPUS + 1) * MESSAGES);
	cr_expect_eq(wrong, 0);
	cr_expect_eq(test_checks_failed(), 0);
	stop_yielding();
}
