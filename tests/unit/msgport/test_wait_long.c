/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waits of more than a second are reported once a second (contract P104).
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <lwkt_ipiq.h>
#include <lwkt_serialize.h>

#include "ports.h"

#define LONG_US 1500000

static struct lwkt_port spin;
static struct lwkt_serialize serializer;
static struct tmsg t[2];

static lwkt_port_t
port_of(unsigned int cpu)
{
	return lwkt_thread_port(lwkt_cpu_thread(cpu));
}

static void
expect_texts(const char *log, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		cr_expect_not_null(strstr(log, *texts), "no [%s] in '%s'", *texts, log);
}

#define expect_log(...) expect_texts(test_log_end(), (const char *const[]){__VA_ARGS__, NULL})

static int
answer_late(void *arg)
{
	lwkt_port_t port = arg;
	lwkt_msg_t msg = lwkt_waitport(port, 0);

	usleep(LONG_US);
	lwkt_replymsg(msg, 7);
	lwkt_flush();
	return 0;
}

static void
call_late(lwkt_port_t home)
{
	tmsgs_init(t, 1, home, 0);
	test_log_begin();
	test_launch(1, answer_late, port_of(1));
	cr_expect_eq(lwkt_domsg(port_of(1), &t[0].msg, 0), 7);
	test_join(1);
	expect_log("lwkt_domsg: CPU 0 has waited 1 s for message", ptr_text(&t[0].msg),
	    ptr_text(port_of(1)), "cpu1");
}

LWKT_TEST(wait_long, P104_a_call_says_who_waits_for_what_and_for_whom)
{
	call_late(port_of(0));
}

LWKT_TEST(wait_long, P104_so_does_one_with_a_spin_port_to_reply_to)
{
	lwkt_initport_spin(&spin, NULL, false);
	call_late(&spin);
}

static void *
helper_calls(void *arg)
{
	lwkt_attach("helper");
	tmsgs_init(t, 1, lwkt_thread_port(lwkt_curthread()), 0);
	test_check(lwkt_domsg(port_of(1), &t[0].msg, 0) == 7);
	lwkt_detach();
	return arg;
}

LWKT_TEST(wait_long, P104_so_does_a_pthread)
{
	pthread_t thread;

	test_log_begin();
	test_launch(1, answer_late, port_of(1));
	cr_assert_eq(pthread_create(&thread, NULL, helper_calls, NULL), 0);
	pthread_join(thread, NULL);
	test_join(1);
	expect_log("lwkt_domsg: thread helper has waited 1 s for message", ptr_text(port_of(1)));
}

LWKT_TEST(wait_long, P104_a_wait_of_less_than_a_second_is_silent)
{
	tmsgs_init(t, 1, port_of(0), 0);
	lwkt_initport_spin(&spin, NULL, false);
	test_log_begin();
	test_launch(1, answer_late, &spin);
	lwkt_sendmsg(&spin, &t[0].msg);
	usleep(LONG_US); /* before, not in, the wait */
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, 0), 7);
	test_join(1);
	cr_expect_str_empty(test_log_end());
}

static int
hold_long(void *arg)
{
	lwkt_serialize_enter(&serializer);
	__atomic_store_n((int *)arg, 1, __ATOMIC_RELEASE);
	usleep(LONG_US);
	lwkt_serialize_exit(&serializer);
	return 0;
}

static void *
helper_enters(void *arg)
{
	lwkt_serialize_enter(&serializer);
	lwkt_serialize_exit(&serializer);
	return arg;
}

LWKT_TEST(wait_long, P104_a_serializer_names_its_holder)
{
	static int holds;
	pthread_t thread;

	lwkt_serialize_init(&serializer);
	test_log_begin();
	test_launch(1, hold_long, &holds);
	while (!__atomic_load_n(&holds, __ATOMIC_ACQUIRE))
		test_relax();
	cr_assert_eq(pthread_create(&thread, NULL, helper_enters, NULL), 0);
	lwkt_serialize_enter(&serializer);
	lwkt_serialize_exit(&serializer);
	pthread_join(thread, NULL);
	test_join(1);
	expect_log("lwkt_serialize_enter: CPU 0 has waited 1 s for serializer", "which CPU 1 holds",
	    "lwkt_serialize_enter: a thread that is not attached has waited 1 s");
}

static int
poll_late(void *arg)
{
	usleep(LONG_US);
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE))
		lwkt_poll();
	return 0;
}

LWKT_TEST(wait_long, P104_a_park_names_the_cpu_that_is_not_parked)
{
	static int over;
	struct lwkt_cpusync cs = {0};

	lwkt_cpumask_set(&cs.cs_mask, 1);
	test_log_begin();
	test_launch(1, poll_late, &over);
	lwkt_cpusync_interlock(&cs);
	lwkt_cpusync_deinterlock(&cs);
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	test_join(1);
	expect_log(
	    "lwkt_cpusync_interlock: CPU 0 has waited 1 s for 1 of 1 CPUs, CPU 1 among them");
}

/*
 * Two CPUs call each other from their own contexts. Functions end it: they take the messages off.
 */

static unsigned int answered; /* atomic */

/* Who has its answer goes on serving: the other may still wait for this one's. */
static int
call_the_other(void *arg)
{
	struct tmsg *own = arg;
	unsigned int me = lwkt_mycpuid();

	lwkt_initmsg(&own->msg, port_of(me), 0);
	test_check(lwkt_domsg(port_of(3 - me), &own->msg, 0) == 9);
	while (__atomic_load_n(&answered, __ATOMIC_RELAXED) < 2)
		lwkt_poll();
	lwkt_flush();
	return 0;
}

static void
answer_as_a_function(void *arg)
{
	lwkt_msg_t msg = lwkt_getport(lwkt_thread_port(lwkt_curthread()));

	(void)arg;
	lwkt_replymsg(msg, 9);
	__atomic_fetch_add(&answered, 1, __ATOMIC_RELAXED);
}

LWKT_TEST(wait_long, P104_cpus_that_call_each_other_are_named_as_a_deadlock)
{
	test_log_begin();
	test_launch(1, call_the_other, &t[0]);
	test_launch(2, call_the_other, &t[1]);
	usleep(2 * LONG_US);
	lwkt_send_ipiq(1, answer_as_a_function, NULL);
	lwkt_send_ipiq(2, answer_as_a_function, NULL);
	lwkt_flush();
	test_join(1);
	test_join(2);
	expect_log("lwkt_domsg: CPU 1 has waited", "lwkt_domsg: CPU 2 has waited", "a deadlock");
	cr_expect_eq(lwkt_cpu_thread(1)->td_awaits, 0, "it is over");
}
