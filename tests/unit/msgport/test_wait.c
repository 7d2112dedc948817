/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting: lwkt_waitport(), lwkt_waitmsg() and lwkt_domsg(), on CPUs and on pthreads.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "ports.h"

static struct lwkt_port target, home;
static struct tmsg t[8];

static void
both_kinds(unsigned int kind)
{
	kind_init(&target, kind);
	kind_init(&home, kind);
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

LWKT_TEST(wait, P25_waitport_returns_what_is_there)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_sendmsg(&target, &t[0].msg);
		lwkt_sendmsg(&target, &t[1].msg);
		cr_expect_eq(lwkt_waitport(&target, 0), &t[0].msg, "%s", kind_names[kind]);
		cr_expect_eq(lwkt_waitport(&target, 0), &t[1].msg);
		expect_flags(&t[0].msg, 0);
	}
}

LWKT_TEST(wait, P27_waitmsg_unlinks_the_reply_it_waited_for)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		for (unsigned int i = 0; i < 3; i++) {
			lwkt_sendmsg(&target, &t[i].msg);
			cr_assert_eq(lwkt_getport(&target), &t[i].msg);
			lwkt_replymsg(&t[i].msg, 10 + (int)i);
		}
		cr_expect_eq(lwkt_waitmsg(&t[1].msg, 0), 11);
		expect_flags(&t[1].msg, MSGF_DONE | MSGF_REPLY);
		cr_expect_eq(get_seq(&home), 0, "%s", kind_names[kind]);
		cr_expect_eq(get_seq(&home), 2);
		cr_expect_eq(get_seq(&home), -1);
		cr_expect_eq(lwkt_waitmsg(&t[1].msg, 0), 11, "done and not queued: at once");
	}
}

#if LWKT_INVARIANTS

static void
wait_msg(void *msg)
{
	lwkt_waitmsg(msg, 0);
}

LWKT_TEST(wait, P26_waitmsg_on_a_dropable_message_stops)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		both_kinds(kind);
		lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
		lwkt_sendmsg(&target, &t[0].msg);
		expect_stops(wait_msg, &t[0].msg, "lwkt_waitmsg", "DROPABLE", ptr_text(&t[0].msg));
	}
}

#endif

/*
 * Real CPUs. CPU 1 is the client, the main lcore serves.
 */

static int
client_waits(void *arg)
{
	lwkt_msg_t msg = &t[0].msg;

	(void)arg;
	lwkt_initport_thread(&home, lwkt_curthread());
	for (int i = 0; i < 50; i++) {
		lwkt_initmsg(msg, &home, 0);
		lwkt_sendmsg(&target, msg);
		if (i % 2)
			test_check(lwkt_waitmsg(msg, 0) == i);
		else
			test_check(lwkt_waitport(&home, 0) == msg && msg->ms_error == i);
		test_check(msg->ms_flags == (MSGF_DONE | MSGF_REPLY));
	}
	return 0;
}

static int
client_does(void *arg)
{
	lwkt_msg_t msg = &t[0].msg;

	(void)arg;
	lwkt_initport_thread(&home, lwkt_curthread());
	for (int i = 0; i < 50; i++) {
		lwkt_initmsg(msg, &home, 0);
		test_check(lwkt_domsg(&target, msg, 0) == i);
		test_check(msg->ms_flags == (MSGF_DONE | MSGF_REPLY | MSGF_SYNC));
		test_check(lwkt_getport(&home) == NULL);
	}
	return 0;
}

/* Reply to so many messages on target, with the numbers from 0. */
static void
serve(int n)
{
	for (int i = 0; i < n; i++)
		lwkt_replymsg(lwkt_waitport(&target, 0), i);
	lwkt_flush();
}

LWKT_TEST(wait, T34_a_waiting_cpu_is_woken_by_a_reply_from_another)
{
	kind_init(&target, KIND_THREAD);
	test_launch(1, client_waits, NULL);
	serve(50);
	test_join(1);
}

LWKT_TEST(wait, M13_do_waits_for_a_reply_from_another_cpu)
{
	kind_init(&target, KIND_THREAD);
	test_launch(1, client_does, NULL);
	serve(50);
	test_join(1);
}

LWKT_TEST(wait, S42_a_cpu_that_waits_on_a_spin_port_serves_its_transit)
{
	/* The client's reply port is a thread port: its replies come by the transit it serves. */
	kind_init(&target, KIND_SPIN);
	test_launch(1, client_does, NULL);
	serve(50);
	test_join(1);
}

/*
 * Pthreads. The helper has a spin port of its own; the main lcore serves.
 */

static int helper_tid; /* atomic */

static lwkt_port_t
helper_port(void)
{
	test_check(lwkt_attach("helper") == 0);
	__atomic_store_n(&helper_tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	return lwkt_thread_port(lwkt_curthread());
}

static void *
helper_calls(void *arg)
{
	lwkt_port_t port = helper_port();
	lwkt_msg_t msg = &t[0].msg;

	for (int i = 0; i < 60; i++) {
		lwkt_initmsg(msg, port, 0);
		if (i % 3 == 0) {
			test_check(lwkt_domsg(&target, msg, 0) == i);
			continue;
		}
		lwkt_sendmsg(&target, msg);
		if (i % 3 == 1)
			test_check(lwkt_waitmsg(msg, 0) == i);
		else
			test_check(lwkt_waitport(port, 0) == msg && msg->ms_error == i);
	}
	test_check(lwkt_getport(port) == NULL);
	lwkt_detach();
	return arg;
}

LWKT_TEST(wait, S39_a_pthread_waits_for_messages_and_on_ports)
{
	pthread_t thread;

	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&target, kind);
		cr_assert_eq(pthread_create(&thread, NULL, helper_calls, NULL), 0);
		serve(60);
		pthread_join(thread, NULL);
	}
}

static void *
helper_waits(void *arg)
{
	helper_port();
	test_check(lwkt_waitport(arg, 0) == &t[0].msg);
	lwkt_detach();
	return NULL;
}

static char
task_state(int tid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (f != NULL && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (f != NULL)
		fclose(f);
	return state;
}

static uint64_t
cpu_time_ns(clockid_t clock)
{
	struct timespec ts;

	cr_assert_eq(clock_gettime(clock, &ts), 0);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

LWKT_TEST(wait, S42_a_pthread_that_waits_sleeps_in_the_kernel)
{
	uint64_t before, after;
	clockid_t clock;
	pthread_t thread;

	lwkt_initport_spin(&target, NULL, false);
	lwkt_initport_spin(&home, NULL, false);
	tmsgs_init(t, 1, &home, 0);
	cr_assert_eq(pthread_create(&thread, NULL, helper_waits, &target), 0);
	while (!(__atomic_load_n(&target.mp_flags, __ATOMIC_RELAXED) & MSGPORTF_WAITING) ||
	       task_state(__atomic_load_n(&helper_tid, __ATOMIC_ACQUIRE)) != 'S')
		test_relax();
	cr_assert_eq(pthread_getcpuclockid(thread, &clock), 0);
	usleep(20000); /* it may be going to sleep just now */
	before = cpu_time_ns(clock);
	usleep(50000);
	after = cpu_time_ns(clock);
	cr_expect_eq(before, after, "%u ns", (unsigned int)(after - before));
	cr_expect_eq(task_state(helper_tid), 'S');

	lwkt_sendmsg(&target, &t[0].msg);
	pthread_join(thread, NULL);
	cr_expect_eq(target.mp_flags & MSGPORTF_WAITING, 0, "the waker clears it");
}

/* Many sleepers on one port: each message wakes somebody, who takes it and finishes it. */
#define SLEEPERS 4

static void *
helper_takes_one(void *arg)
{
	lwkt_msg_t msg = lwkt_waitport(&target, 0);

	lwkt_replymsg(msg, 0);
	return arg;
}

LWKT_TEST(wait, S38_no_wakeup_is_lost_among_many_waiters)
{
	pthread_t threads[SLEEPERS];
	unsigned int i;

	lwkt_initport_spin(&target, NULL, false);
	lwkt_initport_replyonly_null(&home);
	for (unsigned int round = 0; round < 20; round++) {
		tmsgs_init(t, SLEEPERS, &home, 0);
		for (i = 0; i < SLEEPERS; i++)
			cr_assert_eq(pthread_create(&threads[i], NULL, helper_takes_one, NULL), 0);
		for (i = 0; i < SLEEPERS; i++) {
			if (round % 2)
				usleep(200);
			lwkt_sendmsg(&target, &t[i].msg);
			while (!lwkt_checkmsg(&t[i].msg))
				test_relax();
		}
		for (i = 0; i < SLEEPERS; i++)
			pthread_join(threads[i], NULL);
	}
}

/*
 * Calls to oneself (P101)
 */

static void
call(void *msg)
{
	lwkt_domsg(&target, msg, 0);
}

static int
begin_at_own_port(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	return lwkt_beginmsg(lwkt_thread_port(lwkt_curthread()), msg);
}

LWKT_TEST(wait, P101_a_call_to_a_port_that_the_caller_serves_stops)
{
	tmsgs_init(t, 1, &home, 0);
	lwkt_initport_spin(&home, NULL, false);
	lwkt_initport_thread(&target, lwkt_curthread());
	expect_stops(call, &t[0].msg, "lwkt_domsg", ptr_text(&target), ptr_text(&t[0].msg),
	    "pending", "cpu0");
	lwkt_initport_putonly(&target, begin_at_own_port);
	expect_stops(call, &t[0].msg, "lwkt_domsg", ptr_text(&t[0].msg), "cpu0",
	    ptr_text(lwkt_thread_port(lwkt_curthread())));
}

LWKT_TEST(wait, P101_a_port_of_ones_own_that_puts_inline_is_called)
{
	lwkt_initport_thread(&home, lwkt_curthread());
	lwkt_initport_thread(&target, lwkt_curthread());
	target.mp_putport = put_inline_5;
	tmsgs_init(t, 1, &home, 0);
	cr_expect_eq(lwkt_domsg(&target, &t[0].msg, 0), 5);
}

/*
 * Calls made by hand (M102): SYNC is set, the message put with lwkt_beginmsg(), then waited for.
 */

static int
calls_by_hand(void *arg)
{
	lwkt_port_t reply = arg;
	lwkt_msg_t msg = &t[0].msg;

	for (int i = 0; i < 50; i++) {
		lwkt_initmsg(msg, reply, 0);
		msg->ms_flags = (msg->ms_flags & ~(MSGF_DONE | MSGF_REPLY)) | MSGF_SYNC;
		test_check(lwkt_beginmsg(&target, msg) == EASYNC);
		if (i == 0 && lwkt_mycpuid() == LWKT_CPU_NONE) /* it sleeps before the reply */
			__atomic_store_n(&helper_tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
		test_check(lwkt_waitmsg(msg, 0) == i);
		test_check(lwkt_getport(reply) == NULL);
	}
	return 0;
}

static void *
helper_calls_by_hand(void *arg)
{
	calls_by_hand(arg);
	return arg;
}

LWKT_TEST(wait, M102_a_pthread_that_began_a_call_by_hand_is_woken)
{
	pthread_t thread;
	int tid;

	kind_init(&target, KIND_SPIN);
	lwkt_initport_spin(&home, NULL, false);
	helper_tid = 0;
	cr_assert_eq(pthread_create(&thread, NULL, helper_calls_by_hand, &home), 0);
	while (
	    (tid = __atomic_load_n(&helper_tid, __ATOMIC_ACQUIRE)) == 0 || task_state(tid) != 'S')
		test_relax();
	cr_expect(t[0].msg.ms_flags & MSGF_WAITING, "who is to wake it can see that");
	serve(50);
	pthread_join(thread, NULL);
}

LWKT_TEST(wait, M102_a_cpu_that_began_a_call_by_hand_gets_its_answer)
{
	kind_init(&target, KIND_SPIN);
	lwkt_initport_spin(&home, NULL, false);
	test_launch(1, calls_by_hand, &home);
	serve(50);
	test_join(1);
}
