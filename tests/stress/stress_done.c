/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: the moment at which a message changes hands through DONE alone. The originator
 * spins on lwkt_checkmsg() and uses the message again at once.
 */
#include <pthread.h>
#include <string.h>

#include <lwkt_msgport.h>

#include "test.h"

#define ROUNDS (TEST_TSAN ? 3000u : 30000u)

static struct lwkt_port server, home;
static unsigned int served; /* atomic */

static int
server_loop(void *arg)
{
	unsigned int until = *(const unsigned int *)arg;

	for (unsigned int n = 0; n < until;) {
		lwkt_msg_t msg = lwkt_getport(&server);

		if (msg == NULL) {
			if (lwkt_poll() == 0)
				test_relax();
			continue;
		}
		msg->u.ms_lresult = msg->ms_error * 2L;
		lwkt_replymsg(msg, msg->ms_error + 1);
		n++;
	}
	lwkt_flush();
	__atomic_fetch_add(&served, until, __ATOMIC_RELAXED);
	return 0;
}

/*
 * Each of ROUNDS requests on the one message, which is read and overwritten as soon as it is done.
 */
static void
reuse_at_once(void)
{
	static struct lwkt_msg msg;
	static unsigned int rounds = ROUNDS;

	lwkt_initport_replyonly_null(&home);
	test_launch(1, server_loop, &rounds);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		lwkt_initmsg(&msg, &home, 0);
		msg.ms_error = (int)i;
		lwkt_sendmsg(&server, &msg);
		lwkt_flush();
		while (!lwkt_checkmsg(&msg))
			test_relax();
		cr_assert_eq(msg.ms_error, (int)i + 1);
		cr_assert_eq(msg.u.ms_lresult, i * 2L);
		msg.u.ms_lresult = -1;
		msg.ms_error = -1;
	}
	test_join(1);
	cr_expect_eq(served, ROUNDS);
}

LWKT_TEST(stress_done, M15_M16_M18_a_done_message_is_used_again_at_once_thread_port)
{
	lwkt_initport_thread(&server, lwkt_cpu_thread(1));
	reuse_at_once();
}

LWKT_TEST(stress_done, M15_M16_M18_a_done_message_is_used_again_at_once_spin_port)
{
	lwkt_initport_spin(&server, NULL, false);
	reuse_at_once();
}

/*
 * Pthreads call CPU 1: each on a message on its stack, which is gone when the call returns. They
 * sleep on the message itself; a wakeup that is lost hangs the test.
 */
#define CALLERS  3
#define CALLS_BY (ROUNDS / 10)

static void *
caller(void *arg)
{
	test_check(lwkt_attach("caller") == 0);
	for (unsigned int i = 0; i < CALLS_BY; i++) {
		struct lwkt_msg msg;

		lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
		msg.ms_error = (int)i;
		test_check(lwkt_domsg(&server, &msg, 0) == (int)i + 1);
		test_check(msg.u.ms_lresult == i * 2L);
		memset(&msg, 0xee, sizeof(msg));
	}
	lwkt_detach();
	return arg;
}

static void
pthreads_call(void)
{
	static unsigned int rounds = CALLERS * CALLS_BY;
	pthread_t threads[CALLERS];

	test_launch(1, server_loop, &rounds);
	for (unsigned int i = 0; i < CALLERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, caller, NULL), 0);
	for (unsigned int i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	test_join(1);
}

LWKT_TEST(stress_done, M16_S38_pthreads_call_a_thread_port)
{
	lwkt_initport_thread(&server, lwkt_cpu_thread(1));
	pthreads_call();
}

LWKT_TEST(stress_done, M16_S38_pthreads_call_a_spin_port)
{
	lwkt_initport_spin(&server, NULL, false);
	pthreads_call();
}
