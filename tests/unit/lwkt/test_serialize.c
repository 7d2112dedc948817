/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The serializer (contract Z44).
 */
#include <pthread.h>
#include <stdio.h>

#include <lwkt_serialize.h>

#include "calls.h"

static struct lwkt_serialize serial;

static char *
ser_text(void)
{
	static char text[24];

	snprintf(text, sizeof(text), "%p", (void *)&serial);
	return text;
}

/*
 * One thread
 */

LWKT_TEST(serialize, Z44_a_new_serializer_is_free_and_its_handler_enabled)
{
	lwkt_serialize_init(&serial);
	cr_expect_not(lwkt_serialize_held(&serial));
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_enter_holds_it_until_exit)
{
	lwkt_serialize_init(&serial);
	for (unsigned int i = 0; i < 3; i++) {
		lwkt_serialize_enter(&serial);
		cr_expect(lwkt_serialize_held(&serial));
		lwkt_serialize_exit(&serial);
		cr_expect_not(lwkt_serialize_held(&serial));
	}
}

LWKT_TEST(serialize, Z44_adaptive_enter_holds_it_until_exit)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_adaptive_enter(&serial);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_try_takes_a_free_one)
{
	lwkt_serialize_init(&serial);
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_try_does_not_take_one_that_another_holds)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	cpu_impersonate(1);
	cr_expect_eq(lwkt_serialize_try(&serial), 0);
	cr_expect_not(lwkt_serialize_held(&serial));
	cpu_impersonate(0);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_try_does_not_take_ones_own_again)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	cr_expect_eq(lwkt_serialize_try(&serial), 0);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	cr_expect_not(lwkt_serialize_held(&serial));
}

LWKT_TEST(serialize, Z44_only_the_holder_holds_it)
{
	lwkt_serialize_init(&serial);
	cpu_impersonate(2);
	lwkt_serialize_enter(&serial);
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
		cpu_impersonate(cpu);
		cr_expect_eq(lwkt_serialize_held(&serial), cpu == 2, "CPU %u", cpu);
	}
	cpu_impersonate(2);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, Z44_two_serializers_are_held_independently)
{
	struct lwkt_serialize other;

	lwkt_serialize_init(&serial);
	lwkt_serialize_init(&other);
	lwkt_serialize_enter(&serial);
	cr_expect_not(lwkt_serialize_held(&other));
	lwkt_serialize_enter(&other);
	lwkt_serialize_exit(&serial);
	cr_expect(lwkt_serialize_held(&other));
	lwkt_serialize_exit(&other);
}

/*
 * Broken contracts
 */

static void
enter_it(void *arg)
{
	(void)arg;
	lwkt_serialize_enter(&serial);
}

static void
enter_adaptive(void *arg)
{
	(void)arg;
	lwkt_serialize_adaptive_enter(&serial);
}

static void
exit_it(void *arg)
{
	(void)arg;
	lwkt_serialize_exit(&serial);
}

static void
exit_as_cpu1(void *arg)
{
	cpu_impersonate(1);
	exit_it(arg);
}

static void
exit_as_nobody(void *arg)
{
	as_nobody();
	exit_it(arg);
}

static void
nothing(void *arg, void *frame)
{
	(void)arg;
	(void)frame;
}

static void
call_handler(void *arg)
{
	lwkt_serialize_handler_call(&serial, nothing, arg, NULL);
}

LWKT_TEST(serialize, Z44_to_enter_ones_own_again_stops)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	expect_stops(enter_it, NULL, "lwkt_serialize_enter:", ser_text(), "already");
	expect_stops(enter_adaptive, NULL, "lwkt_serialize_enter:", ser_text(), "already");
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_to_call_the_handler_of_ones_own_stops)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	expect_stops(call_handler, NULL, "lwkt_serialize_enter:", ser_text(), "already");
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_exit_of_a_free_one_stops)
{
	lwkt_serialize_init(&serial);
	expect_stops(exit_it, NULL, "lwkt_serialize_exit:", ser_text(), "not held");
}

LWKT_TEST(serialize, Z44_exit_by_another_cpu_stops)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	expect_stops(exit_as_cpu1, NULL, "lwkt_serialize_exit:", ser_text(), "not held");
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_exit_by_a_thread_that_is_no_cpu_stops)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	expect_stops(exit_as_nobody, NULL, "lwkt_serialize_exit:", ser_text(), "not held");
	lwkt_serialize_exit(&serial);
}

/*
 * The handler
 */

static unsigned int handled;
static void *handled_arg, *handled_frame;
static bool handled_held;

static void
handler(void *arg, void *frame)
{
	handled++;
	handled_arg = arg;
	handled_frame = frame;
	handled_held = lwkt_serialize_held(&serial);
}

LWKT_TEST(serialize, Z44_a_handler_call_runs_it_inside_with_its_arguments)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_handler_call(&serial, handler, as_arg(3), as_arg(4));
	cr_expect_eq(handled, 1);
	cr_expect_eq(handled_arg, as_arg(3));
	cr_expect_eq(handled_frame, as_arg(4));
	cr_expect(handled_held);
	cr_expect_not(lwkt_serialize_held(&serial));
}

LWKT_TEST(serialize, Z44_a_handler_try_runs_it_inside_with_its_arguments)
{
	lwkt_serialize_init(&serial);
	cr_expect_eq(lwkt_serialize_handler_try(&serial, handler, as_arg(5), as_arg(6)), 0);
	cr_expect_eq(handled, 1);
	cr_expect_eq(handled_arg, as_arg(5));
	cr_expect_eq(handled_frame, as_arg(6));
	cr_expect(handled_held);
	cr_expect_not(lwkt_serialize_held(&serial));
}

LWKT_TEST(serialize, Z44_a_disabled_handler_is_not_run)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_handler_disable(&serial);
	lwkt_serialize_handler_call(&serial, handler, NULL, NULL);
	cr_expect_eq(lwkt_serialize_handler_try(&serial, handler, NULL, NULL), 1);
	cr_expect_eq(handled, 0);
	cr_expect_eq(lwkt_serialize_try(&serial), 1, "and it is not held");
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_an_enabled_handler_runs_again)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_handler_disable(&serial);
	lwkt_serialize_handler_disable(&serial);
	lwkt_serialize_handler_enable(&serial);
	lwkt_serialize_handler_call(&serial, handler, NULL, NULL);
	cr_expect_eq(handled, 1);
	cr_expect_eq(lwkt_serialize_handler_try(&serial, handler, NULL, NULL), 0);
	cr_expect_eq(handled, 2);
}

LWKT_TEST(serialize, Z44_a_handler_try_of_a_held_one_does_not_wait)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	cpu_impersonate(1);
	cr_expect_eq(lwkt_serialize_handler_try(&serial, handler, NULL, NULL), 1);
	cr_expect_eq(handled, 0);
	cpu_impersonate(0);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_a_disabled_handlers_call_does_not_wait_for_the_holder)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	lwkt_serialize_handler_disable(&serial);
	cpu_impersonate(1);
	lwkt_serialize_handler_call(&serial, handler, NULL, NULL);
	cpu_impersonate(0);
	cr_expect_eq(handled, 0);
	lwkt_serialize_exit(&serial);
}

static void
switch_off(void *arg, void *frame)
{
	lwkt_serialize_handler_disable(arg);
	handler(arg, frame);
}

LWKT_TEST(serialize, Z44_a_handler_may_switch_itself_off)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_handler_call(&serial, switch_off, &serial, NULL);
	lwkt_serialize_handler_call(&serial, switch_off, &serial, NULL);
	cr_expect_eq(handled, 1);
	cr_expect_not(lwkt_serialize_held(&serial));
}

/* Runs on CPU 1 while it waits for the serializer, which CPU 0 holds: CPU 0 lets go. */
static void
let_go(void *disable)
{
	cpu_impersonate(0);
	if (disable != NULL)
		lwkt_serialize_handler_disable(&serial);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(1);
}

/*
 * CPU 0 holds it; the calling thread is CPU 1 then, and has that function waiting in its transit.
 */
static void
held_until_cpu1_polls(void *disable)
{
	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	lwkt_send_ipiq(1, let_go, disable);
	lwkt_flush();
	cpu_impersonate(1);
}

LWKT_TEST(serialize, Z44_the_handler_is_looked_at_again_once_it_is_taken)
{
	held_until_cpu1_polls(&serial);
	lwkt_serialize_handler_call(&serial, handler, NULL, NULL);
	cr_expect_eq(handled, 0, "switched off while the caller waited");
	cr_expect_not(lwkt_serialize_held(&serial));
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, Z44_a_handler_call_waits_for_the_holder)
{
	held_until_cpu1_polls(NULL);
	lwkt_serialize_handler_call(&serial, handler, NULL, NULL);
	cr_expect_eq(handled, 1);
	cr_expect(handled_held);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, Z44_a_cpu_that_waits_to_enter_serves_its_transit)
{
	held_until_cpu1_polls(NULL);
	lwkt_serialize_enter(&serial);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, Z44_a_cpu_that_spun_in_vain_serves_its_transit)
{
	held_until_cpu1_polls(NULL);
	lwkt_serialize_adaptive_enter(&serial);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, I70_a_cpu_that_waits_to_enter_publishes_first)
{
	static struct node node;

	held_until_cpu1_polls(NULL);
	fake_send(&node, 2, 0);
	lwkt_serialize_enter(&serial);
	cr_expect_eq(test_poll_as(2), 1);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

LWKT_TEST(serialize, Z44_a_try_does_not_serve_transit)
{
	held_until_cpu1_polls(NULL);
	cr_expect_eq(lwkt_serialize_try(&serial), 0);
	cr_expect_eq(lwkt_serialize_handler_try(&serial, handler, NULL, NULL), 1);
	cr_expect_eq(lwkt_poll(), 1, "it was still there");
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(0);
}

/*
 * Real threads
 */

#define ROUNDS   (TEST_TSAN || TEST_ASAN ? 200u : 1000u)
#define PTHREADS 3

static unsigned int plain; /* guarded by serial */
static unsigned int tries; /* atomic: successful ones */

static int
contend(void *arg)
{
	unsigned int how = as_id(arg);

	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (how == 0)
			lwkt_serialize_enter(&serial);
		else if (how == 1)
			lwkt_serialize_adaptive_enter(&serial);
		else
			while (!lwkt_serialize_try(&serial))
				test_relax();
		test_check(lwkt_serialize_held(&serial));
		plain++;
		lwkt_serialize_exit(&serial);
		test_check(!lwkt_serialize_held(&serial));
	}
	return 0;
}

static void *
contend_on_pthread(void *arg)
{
	contend(arg);
	return NULL;
}

static void
contend_all(unsigned int cpus_too, unsigned int pthreads)
{
	pthread_t threads[PTHREADS];
	unsigned int i;

	lwkt_serialize_init(&serial);
	for (i = 0; i < pthreads; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, contend_on_pthread, as_arg(i)), 0);
	for (i = 1; i < cpus_too; i++)
		test_launch(i, contend, as_arg(i % 3));
	if (cpus_too > 0)
		contend(as_arg(0));
	for (i = 1; i < cpus_too; i++)
		test_join(i);
	for (i = 0; i < pthreads; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(plain, ROUNDS * (cpus_too + pthreads), "%u", plain);
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(serialize, Z44_cpus_exclude_each_other)
{
	contend_all(3, 0);
}

LWKT_TEST(serialize, Z44_pthreads_exclude_each_other)
{
	contend_all(0, PTHREADS);
}

LWKT_TEST(serialize, Z44_cpus_and_pthreads_exclude_each_other)
{
	contend_all(2, 2);
}

static void *
enter_and_exit(void *arg)
{
	lwkt_serialize_enter(&serial);
	test_check(lwkt_serialize_held(&serial));
	plain++;
	lwkt_serialize_exit(&serial);
	return arg;
}

LWKT_TEST(serialize, Z44_pthreads_that_sleep_are_woken_each)
{
	pthread_t threads[PTHREADS];
	unsigned int i;

	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	for (i = 0; i < PTHREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, enter_and_exit, NULL), 0);
	while (__atomic_load_n(&serial.sl_word, __ATOMIC_RELAXED) != 2) /* somebody sleeps */
		test_relax();
	cr_expect_eq(plain, 0);
	lwkt_serialize_exit(&serial);
	for (i = 0; i < PTHREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(plain, PTHREADS);
}

static void *
held_by_pthread(void *arg)
{
	test_check(!lwkt_serialize_held(&serial));
	test_check(lwkt_serialize_try(&serial) == 0);
	return arg;
}

LWKT_TEST(serialize, Z44_a_pthread_does_not_hold_what_a_cpu_holds)
{
	pthread_t thread;

	lwkt_serialize_init(&serial);
	lwkt_serialize_enter(&serial);
	cr_assert_eq(pthread_create(&thread, NULL, held_by_pthread, NULL), 0);
	pthread_join(thread, NULL);
	lwkt_serialize_exit(&serial);
}

static void *
attached_enters(void *arg)
{
	test_check(lwkt_attach("holder") == 0);
	lwkt_serialize_enter(&serial);
	test_check(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	lwkt_detach();
	return arg;
}

LWKT_TEST(serialize, Z44_an_attached_pthread_holds_it_as_its_thread)
{
	pthread_t thread;

	lwkt_serialize_init(&serial);
	cr_assert_eq(pthread_create(&thread, NULL, attached_enters, NULL), 0);
	pthread_join(thread, NULL);
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
}

static void
handler_counts(void *arg, void *frame)
{
	(void)arg;
	(void)frame;
	plain++;
}

static int
call_handlers(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		lwkt_serialize_handler_call(&serial, handler_counts, NULL, NULL);
		if (lwkt_serialize_handler_try(&serial, handler_counts, NULL, NULL) == 0)
			__atomic_fetch_add(&tries, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

LWKT_TEST(serialize, Z44_handler_calls_and_tries_exclude_each_other)
{
	lwkt_serialize_init(&serial);
	test_launch(1, call_handlers, NULL);
	test_launch(2, call_handlers, NULL);
	test_join(1);
	test_join(2);
	cr_expect_eq(plain, 2 * ROUNDS + tries);
}

/* The handler is off for who has switched it off under the serializer. */
static unsigned int off; /* guarded by serial */

static void
handler_not_off(void *arg, void *frame)
{
	(void)arg;
	(void)frame;
	test_check(!off);
}

static int
call_not_off(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE)) {
		lwkt_serialize_handler_call(&serial, handler_not_off, NULL, NULL);
		lwkt_serialize_handler_try(&serial, handler_not_off, NULL, NULL);
	}
	return 0;
}

LWKT_TEST(serialize, Z44_after_a_disable_inside_no_handler_runs)
{
	int stop = 0;

	lwkt_serialize_init(&serial);
	test_launch(1, call_not_off, &stop);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		lwkt_serialize_enter(&serial);
		off = i % 2;
		if (off)
			lwkt_serialize_handler_disable(&serial);
		else
			lwkt_serialize_handler_enable(&serial);
		lwkt_serialize_exit(&serial);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
}
