/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two pthreads that wait for different things on one port, of which one is held just before the
 * kernel compares, as a preemption would (contract S38). The linker wraps lwkt_futex_wait().
 *
 *      first                           main                    second
 *      looks, gives up the lock
 *        (held)                        answers first
 *                                                              waits on the same port, asleep
 *      goes on to sleep: it must not
 */
#include <pthread.h>

#include <lwkt_serialize.h>

#include "ports.h"

static struct lwkt_port service, shared;
static struct lwkt_serialize guard;
static struct tmsg t[3];

static __thread bool hold_me, tell_me;
static int held, let_go, would_sleep, second_sleeps; /* atomic */

void __real_lwkt_futex_wait(int *word, int value, bool interruptible);
void __wrap_lwkt_futex_wait(int *word, int value, bool interruptible);

static int
get(int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void
set(int *flag, int value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

void
__wrap_lwkt_futex_wait(int *word, int value, bool interruptible)
{
	if (hold_me) {
		hold_me = false;
		set(&held, 1);
		while (!get(&let_go))
			test_relax();
		set(&would_sleep, __atomic_load_n(word, __ATOMIC_RELAXED) == value);
	} else if (tell_me) {
		set(&second_sleeps, 1);
	}
	__real_lwkt_futex_wait(word, value, interruptible);
}

/* A serializer port is used by its holder; a spin port locks by itself. */
static bool serialized;

static void
enter(void)
{
	if (serialized)
		lwkt_serialize_enter(&guard);
}

static void
leave(void)
{
	if (serialized)
		lwkt_serialize_exit(&guard);
}

static void
call_and_wait(lwkt_msg_t msg)
{
	lwkt_sendmsg(&service, msg);
	enter();
	lwkt_waitmsg(msg, 0);
	leave();
}

static void *
first_waits_for_its_reply(void *arg)
{
	hold_me = true;
	call_and_wait(&t[0].msg);
	return arg;
}

static void *
first_waits_for_any(void *arg)
{
	hold_me = true;
	enter();
	test_check(lwkt_waitport(&shared, 0) == &t[2].msg);
	leave();
	return arg;
}

static void *
second_waits_for_its_reply(void *arg)
{
	tell_me = true;
	call_and_wait(&t[1].msg);
	return arg;
}

static void
answer(lwkt_msg_t msg)
{
	cr_assert_eq(lwkt_waitport(&service, 0), msg);
	enter();
	lwkt_replymsg(msg, 0);
	leave();
}

static void
await(int *flag)
{
	while (!get(flag))
		test_relax();
}

static void
two_waiters(void *(*first)(void *))
{
	pthread_t threads[2];

	held = let_go = would_sleep = second_sleeps = 0;
	lwkt_initport_spin(&service, NULL, false);
	lwkt_serialize_init(&guard);
	if (serialized)
		lwkt_initport_serialize(&shared, &guard);
	else
		lwkt_initport_spin(&shared, NULL, false);
	tmsgs_init(t, RTE_DIM(t), &shared, 0);
	cr_assert_eq(pthread_create(&threads[0], NULL, first, NULL), 0);
	await(&held);
	if (first == first_waits_for_its_reply) {
		answer(&t[0].msg);
	} else {
		enter();
		lwkt_sendmsg(&shared, &t[2].msg);
		leave();
	}
	cr_assert_eq(pthread_create(&threads[1], NULL, second_waits_for_its_reply, NULL), 0);
	await(&second_sleeps);
	set(&let_go, 1);
	pthread_join(threads[0], NULL);
	cr_expect_eq(get(&would_sleep), 0, "its message is there, and it would sleep");
	answer(&t[1].msg);
	pthread_join(threads[1], NULL);
}

LWKT_TEST(two_waiters, S38_spin_port_a_reply_before_the_sleep_is_not_lost_to_another)
{
	serialized = false;
	two_waiters(first_waits_for_its_reply);
}

LWKT_TEST(two_waiters, S38_spin_port_a_request_before_the_sleep_is_not_lost_to_another)
{
	serialized = false;
	two_waiters(first_waits_for_any);
}

LWKT_TEST(two_waiters, Z43_S38_serializer_port_a_reply_before_the_sleep_is_not_lost_to_another)
{
	serialized = true;
	two_waiters(first_waits_for_its_reply);
}

LWKT_TEST(two_waiters, Z43_S38_serializer_port_a_request_is_not_lost_to_another)
{
	serialized = true;
	two_waiters(first_waits_for_any);
}

/*
 * Unheld: two threads whose waits cross in all ways; what one waits for comes from the other.
 */
#define CROSSINGS 3000

static struct lwkt_port to[2];

static void *
asks_and_answers(void *arg)
{
	int me = arg != NULL;
	struct tmsg *own = &t[me];

	for (int i = 0; i < CROSSINGS; i++) {
		lwkt_msg_t theirs;

		lwkt_sendmsg(&to[!me], &own->msg);
		theirs = lwkt_waitport(&to[me], 0);
		lwkt_replymsg(theirs, i);
		test_check(lwkt_waitmsg(&own->msg, 0) == i);
	}
	return arg;
}

LWKT_TEST(two_waiters, S38_threads_that_share_a_reply_port_lose_no_wakeup)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		lwkt_initport_spin(&to[i], NULL, false);
	lwkt_initport_spin(&shared, NULL, false);
	tmsgs_init(t, 2, &shared, 0);
	cr_assert_eq(pthread_create(&threads[0], NULL, asks_and_answers, NULL), 0);
	cr_assert_eq(pthread_create(&threads[1], NULL, asks_and_answers, &t[1]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cr_expect_null(lwkt_getport(&shared));
}
