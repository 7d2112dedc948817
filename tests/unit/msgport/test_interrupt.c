/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt_interrupt(): waits with LWKT_PCATCH that end early, and calls that abort (contract B53).
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "ports.h"

static struct lwkt_port target, home;
static struct tmsg t[8];
static lwkt_msg_t const msg = &t[0].msg;

static void
both_kinds(enum port_kind kind)
{
	kind_init(&target, kind);
	kind_init(&home, kind);
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

static void
kinds_served_by_1(enum port_kind kind)
{
	both_kinds(kind);
	if (kind == KIND_THREAD)
		lwkt_initport_thread(&target, lwkt_cpu_thread(1));
}

static void
interrupt_cpu0(void *arg)
{
	(void)arg;
	lwkt_interrupt(lwkt_cpu_thread(0));
}

static void
send_msg(void *m)
{
	lwkt_sendmsg(&target, m);
}

/*
 * Waiting for a port, on a CPU
 */

LWKT_TEST(interrupt, P25_an_interrupt_during_the_wait_gives_null)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		when_waiting(interrupt_cpu0, NULL);
		cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH), "%s", kind_names[kind]);
	}
}

LWKT_TEST(interrupt, P25_an_interrupt_before_the_wait_gives_null)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_interrupt(lwkt_curthread());
		cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH), "%s", kind_names[kind]);
	}
}

LWKT_TEST(interrupt, P25_an_interrupt_counts_once)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_interrupt(lwkt_curthread());
		lwkt_interrupt(lwkt_curthread());
		cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH));
		when_waiting(send_msg, msg);
		cr_expect_eq(lwkt_waitport(&target, LWKT_PCATCH), msg, "%s", kind_names[kind]);
	}
}

LWKT_TEST(interrupt, P25_P103_a_message_that_is_there_goes_before_the_interrupt)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_sendmsg(&target, msg);
		lwkt_interrupt(lwkt_curthread());
		cr_expect_eq(lwkt_waitport(&target, LWKT_PCATCH), msg, "%s", kind_names[kind]);
		cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH), "it is for the next wait");
	}
}

LWKT_TEST(interrupt, P25_a_wait_without_pcatch_leaves_the_interrupt)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_interrupt(lwkt_curthread());
		when_waiting(send_msg, msg);
		cr_expect_eq(lwkt_waitport(&target, 0), msg, "%s", kind_names[kind]);
		cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH));
	}
}

LWKT_TEST(interrupt, API_an_interrupt_is_for_one_thread)
{
	both_kinds(KIND_SPIN);
	lwkt_interrupt(lwkt_cpu_thread(1));
	cr_expect_not(lwkt_interrupted());
	cpu_impersonate(1);
	cr_expect(lwkt_interrupted());
	cr_expect_not(lwkt_interrupted(), "asking takes it back");
	cpu_impersonate(0);
}

LWKT_TEST(interrupt, API_a_thread_without_a_context_is_not_interrupted)
{
	cpu_impersonate(RTE_MAX_LCORE - 1);
	cr_expect_not(lwkt_interrupted());
	cpu_impersonate(0);
}

/*
 * Waiting for a message, on a CPU
 */

static unsigned int aborts;

/* As CPU 1, which a thread port as target belongs to here (P101). */
static void
reply_msg(void *m)
{
	cpu_impersonate(1);
	lwkt_poll();
	cr_expect_eq(lwkt_getport(&target), m);
	lwkt_replymsg(m, 33);
	lwkt_flush();
}

static void
interrupt_again_then_reply(void *m)
{
	lwkt_interrupt(lwkt_cpu_thread(0));
	when_waiting(reply_msg, m);
}

static void
abort_later(lwkt_msg_t m)
{
	aborts++;
	cr_expect_not(lwkt_checkmsg(m));
	if (home.mp_protect != NULL)
		cr_expect_not(rte_spinlock_is_locked(&home.mpu_spin), "no lock is held");
	if (target.mp_protect != NULL)
		cr_expect_not(rte_spinlock_is_locked(&target.mpu_spin));
	when_waiting(interrupt_again_then_reply, m);
}

static void
abortable_kinds(enum port_kind kind)
{
	kinds_served_by_1(kind);
	aborts = 0;
	lwkt_initmsg_abortable(msg, &home, 0, abort_later);
}

/* Take back the second interrupt, which the wait has left. */
static void
expect_aborted_once(enum port_kind kind)
{
	cr_expect_eq(aborts, 1, "%s: %u", kind_names[kind], aborts);
	cr_expect(lwkt_interrupted(), "the second was not caught");
	cr_expect_null(lwkt_getport(&home));
}

LWKT_TEST(interrupt, B53_B54_a_call_interrupted_before_it_waits_aborts_once)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		lwkt_interrupt(lwkt_curthread());
		cr_expect_eq(lwkt_domsg(&target, msg, LWKT_PCATCH), 33);
		expect_aborted_once(kind);
	}
}

LWKT_TEST(interrupt, B53_a_call_interrupted_while_it_waits_aborts_once)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		when_waiting(interrupt_cpu0, NULL);
		cr_expect_eq(lwkt_domsg(&target, msg, LWKT_PCATCH), 33);
		expect_aborted_once(kind);
	}
}

LWKT_TEST(interrupt, B53_B54_a_waitmsg_interrupted_before_it_waits_aborts_once)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		lwkt_sendmsg(&target, msg);
		lwkt_interrupt(lwkt_curthread());
		cr_expect_eq(lwkt_waitmsg(msg, LWKT_PCATCH), 33);
		expect_aborted_once(kind);
	}
}

LWKT_TEST(interrupt, B53_a_waitmsg_interrupted_while_it_waits_aborts_once)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		lwkt_sendmsg(&target, msg);
		when_waiting(interrupt_cpu0, NULL);
		cr_expect_eq(lwkt_waitmsg(msg, LWKT_PCATCH), 33);
		expect_aborted_once(kind);
	}
}

LWKT_TEST(interrupt, B53_a_wait_without_pcatch_does_not_abort)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		when_waiting(interrupt_again_then_reply, msg);
		cr_expect_eq(lwkt_domsg(&target, msg, 0), 33);
		cr_expect_eq(aborts, 0, "%s", kind_names[kind]);
		cr_expect(lwkt_interrupted());
	}
}

LWKT_TEST(interrupt, B53_an_interrupted_wait_for_what_is_not_abortable_goes_on)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kinds_served_by_1(kind);
		lwkt_interrupt(lwkt_curthread());
		when_waiting(reply_msg, msg);
		cr_expect_eq(lwkt_domsg(&target, msg, LWKT_PCATCH), 33, "%s", kind_names[kind]);
		cr_expect_not(lwkt_interrupted(), "it was used up");
	}
}

LWKT_TEST(interrupt, B53_a_message_that_is_done_leaves_the_interrupt)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		abortable_kinds(kind);
		lwkt_sendmsg(&target, msg);
		lwkt_flush();
		cpu_impersonate(1);
		lwkt_poll();
		cr_assert_eq(lwkt_getport(&target), msg);
		lwkt_replymsg(msg, 5);
		lwkt_flush();
		cpu_impersonate(0);
		lwkt_poll();
		lwkt_interrupt(lwkt_curthread());
		cr_expect_eq(lwkt_waitmsg(msg, LWKT_PCATCH), 5);
		cr_expect_eq(aborts, 0, "%s", kind_names[kind]);
		cr_expect(lwkt_interrupted());
	}
}

static void
abort_finishes(lwkt_msg_t m)
{
	aborts++;
	lwkt_flush();
	reply_msg(m);
	cpu_impersonate(0);
}

LWKT_TEST(interrupt, B53_a_call_that_its_abort_finishes_is_done)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kinds_served_by_1(kind);
		aborts = 0;
		lwkt_initmsg_abortable(msg, &home, 0, abort_finishes);
		lwkt_interrupt(lwkt_curthread());
		cr_expect_eq(lwkt_domsg(&target, msg, LWKT_PCATCH), 33);
		cr_expect_eq(aborts, 1, "%s", kind_names[kind]);
	}
}

/*
 * A real CPU that waits
 */

static int ready; /* atomic */

static int
cpu_waits(void *arg)
{
	(void)arg;
	lwkt_initport_thread(&target, lwkt_curthread());
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < 10; i++) {
		test_check(lwkt_waitport(&target, LWKT_PCATCH) == NULL);
		__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

LWKT_TEST(interrupt, P25_another_cpu_is_interrupted_in_its_wait)
{
	test_launch(1, cpu_waits, NULL);
	for (unsigned int i = 0; i < 10; i++) {
		while (!__atomic_exchange_n(&ready, 0, __ATOMIC_ACQUIRE))
			test_relax();
		lwkt_interrupt(lwkt_cpu_thread(1));
	}
	test_join(1);
}

/*
 * Pthreads, which sleep in the kernel
 */

static struct lwkt_thread *sleeper; /* atomic */

static void
sleeper_begin(void)
{
	test_check(lwkt_attach("sleeper") == 0);
	__atomic_store_n(&sleeper, lwkt_curthread(), __ATOMIC_RELEASE);
}

static struct lwkt_thread *
sleeper_there(void)
{
	struct lwkt_thread *td;

	while ((td = __atomic_load_n(&sleeper, __ATOMIC_ACQUIRE)) == NULL)
		test_relax();
	return td;
}

static void *
pthread_waits_on_port(void *arg)
{
	sleeper_begin();
	test_check(lwkt_waitport(lwkt_thread_port(lwkt_curthread()), LWKT_PCATCH) == NULL);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	test_check(lwkt_waitport(lwkt_thread_port(lwkt_curthread()), LWKT_PCATCH) == msg);
	lwkt_detach();
	return arg;
}

static void
interrupt_pthread_on_port(unsigned int sleep_us)
{
	pthread_t thread;
	lwkt_port_t port;

	lwkt_initport_replyonly_null(&home);
	tmsgs_init(t, 1, &home, 0);
	cr_assert_eq(pthread_create(&thread, NULL, pthread_waits_on_port, NULL), 0);
	port = lwkt_thread_port(sleeper_there());
	usleep(sleep_us);
	lwkt_interrupt(sleeper);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		test_relax();
	lwkt_sendmsg(port, msg);
	pthread_join(thread, NULL);
}

LWKT_TEST(interrupt, P25_a_pthread_that_begins_to_wait_is_interrupted)
{
	interrupt_pthread_on_port(0);
}

LWKT_TEST(interrupt, P25_a_pthread_asleep_on_a_port_is_interrupted)
{
	interrupt_pthread_on_port(50000);
}

static void *
pthread_interrupts_itself(void *arg)
{
	sleeper_begin();
	lwkt_interrupt(lwkt_curthread());
	test_check(lwkt_waitport(lwkt_thread_port(lwkt_curthread()), LWKT_PCATCH) == NULL);
	test_check(!lwkt_interrupted());
	lwkt_detach();
	return arg;
}

LWKT_TEST(interrupt, P25_a_pthread_interrupted_before_it_waits_does_not_sleep)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, pthread_interrupts_itself, NULL), 0);
	pthread_join(thread, NULL);
}

static unsigned int pthread_aborts; /* atomic */

static void
abort_on_pthread(lwkt_msg_t m)
{
	test_check(!lwkt_checkmsg(m));
	__atomic_fetch_add(&pthread_aborts, 1, __ATOMIC_RELEASE);
}

/* arg: call, else send and wait */
static void *
pthread_calls(void *arg)
{
	sleeper_begin();
	lwkt_initmsg_abortable(msg, lwkt_thread_port(lwkt_curthread()), 0, abort_on_pthread);
	if (arg != NULL) {
		test_check(lwkt_domsg(&target, msg, LWKT_PCATCH) == 44);
	} else {
		lwkt_sendmsg(&target, msg);
		test_check(lwkt_waitmsg(msg, LWKT_PCATCH) == 44);
	}
	test_check(lwkt_interrupted()); /* the second */
	lwkt_detach();
	return NULL;
}

static void
interrupt_pthread_that_waits_for(void *call)
{
	pthread_t thread;

	kind_init(&target, KIND_THREAD);
	cr_assert_eq(pthread_create(&thread, NULL, pthread_calls, call), 0);
	cr_assert_eq(lwkt_waitport(&target, 0), msg);
	usleep(20000); /* it sleeps, or will see the interrupt before it does */
	lwkt_interrupt(sleeper_there());
	while (__atomic_load_n(&pthread_aborts, __ATOMIC_ACQUIRE) == 0)
		test_relax();
	lwkt_interrupt(sleeper);
	usleep(20000);
	cr_expect_eq(__atomic_load_n(&pthread_aborts, __ATOMIC_ACQUIRE), 1);
	lwkt_replymsg(msg, 44);
	pthread_join(thread, NULL);
	cr_expect_eq(pthread_aborts, 1);
}

LWKT_TEST(interrupt, B53_a_pthread_asleep_in_a_call_aborts_once_and_sleeps_on)
{
	interrupt_pthread_that_waits_for(&target);
}

LWKT_TEST(interrupt, B53_a_pthread_asleep_for_a_message_aborts_once_and_sleeps_on)
{
	interrupt_pthread_that_waits_for(NULL);
}
