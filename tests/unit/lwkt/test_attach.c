/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ordinary pthreads that get a thread context.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <rte_lcore.h>

#include "fake.h"

static void
in_pthread(void *(*fn)(void *))
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, fn, NULL), 0);
	pthread_join(thread, NULL);
}

static void *
attached_life(void *arg)
{
	struct lwkt_thread *td;

	test_check(lwkt_curthread() == NULL);
	test_check(lwkt_mycpuid() == LWKT_CPU_NONE);
	test_check(lwkt_attach(NULL) == -EINVAL);
	test_check(lwkt_curthread() == NULL);
	test_check(lwkt_attach("a name of twenty-six bytes") == 0);
	td = lwkt_curthread();
	test_check(td != NULL);
	test_check(lwkt_mycpuid() == LWKT_CPU_NONE);
	test_check(lwkt_thread_cpuid(td) == LWKT_CPU_NONE);
	test_check(strcmp(lwkt_thread_name(td), "a name of twent") == 0);
	test_check((uintptr_t)lwkt_thread_port(td) % RTE_CACHE_LINE_SIZE == 0);
	test_check(lwkt_attach("again") == -EALREADY);
	test_check(lwkt_curthread() == td);
	test_check(lwkt_poll() == 0);
	lwkt_flush();
	lwkt_detach();
	test_check(lwkt_curthread() == NULL);
	lwkt_detach();
	test_check(lwkt_attach("anew") == 0);
	test_check(strcmp(lwkt_thread_name(lwkt_curthread()), "anew") == 0);
	lwkt_detach();
	return arg;
}

LWKT_TEST(attach, G98_a_pthread_gets_a_context_and_gives_it_back)
{
	in_pthread(attached_life);
}

static void *
two_at_once(void *arg)
{
	pthread_t thread;

	test_check(lwkt_attach("outer") == 0);
	test_check(pthread_create(&thread, NULL, attached_life, NULL) == 0);
	pthread_join(thread, NULL);
	test_check(strcmp(lwkt_thread_name(lwkt_curthread()), "outer") == 0);
	lwkt_detach();
	return arg;
}

LWKT_TEST(attach, G98_each_pthread_has_its_own_context)
{
	in_pthread(two_at_once);
}

static void *
registered_life(void *arg)
{
	test_check(rte_thread_register() == 0);
	test_check(rte_lcore_id() >= TEST_CPUS && rte_lcore_id() != LCORE_ID_ANY);
	attached_life(NULL);
	rte_thread_unregister();
	return arg;
}

/* DPDK gives it an lcore id; it is no CPU all the same, and has none. */
LWKT_TEST(attach, G98_a_registered_thread_is_a_pthread_like_others)
{
	in_pthread(registered_life);
	cr_expect_eq(lwkt_ncpus(), TEST_CPUS);
}

LWKT_TEST(attach, API_a_cpu_does_not_attach_or_detach)
{
	cr_expect_eq(lwkt_attach("cpu"), -EINVAL);
	lwkt_detach();
	cr_expect_eq(lwkt_curthread(), lwkt_cpu_thread(0));
	cr_expect_eq(lwkt_mycpuid(), 0);
}
