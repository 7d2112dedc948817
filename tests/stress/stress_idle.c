/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: CPUs that fall asleep while others send to them, without a time limit. A wakeup
 * that is lost hangs the test.
 *
 * A message goes to CPU 1 and back, again and again. Both do nothing for a random while, the one
 * before it sends and the other before it falls asleep, so that they meet in each of these steps.
 */
#include <pthread.h>

#include <lwkt_cpu.h>

#include "traffic.h"

#if TEST_TSAN || TEST_ASAN || LWKT_INVARIANTS || defined(__clang__)
#define TRIPS 50000u
#else
#define TRIPS 1000000u
#endif
#define IDLE_MAX 1500 /* turns of an empty loop: a few microseconds */

struct trip {
	struct lwkt_msg msg; /* first */
	bool last;
};

static struct lwkt_port server, home;
static uint64_t slept; /* announcements of CPU 1 behind which it slept */

static void
dawdle(uint64_t *seed)
{
	for (uint64_t n = test_rand(seed) % IDLE_MAX; n > 0; n--)
		__asm__ volatile("" ::: "memory");
}

unsigned int __real_lwkt_poll(void);

/* It offers the processor by sleeping, and is to be quick about falling asleep. */
static unsigned int
serve(bool *over)
{
	unsigned int n = __real_lwkt_poll();
	lwkt_msg_t msg;

	while ((msg = lwkt_getport(&server)) != NULL) {
		*over = ((struct trip *)(void *)msg)->last;
		lwkt_replymsg(msg, 0);
		n++;
	}
	lwkt_flush();
	return n;
}

static int
sleepy_server(void *arg)
{
	uint64_t seed = *(const uint64_t *)arg;
	bool over = false;

	while (!over) {
		if (serve(&over) > 0)
			continue;
		dawdle(&seed);
		if (!lwkt_sleep_begin())
			continue;
		if (serve(&over) == 0) {
			slept++;
			lwkt_sleep(-1, -1);
		}
		lwkt_sleep_end();
	}
	lwkt_flush();
	return 0;
}

/* Sleeping itself until the answer is there, or polling. */
static void
await_answer(bool sleeps)
{
	while (lwkt_getport(&home) == NULL) {
		if ((sleeps ? __real_lwkt_poll() : lwkt_poll()) > 0 || !sleeps ||
		    !lwkt_sleep_begin())
			continue;
		if (__real_lwkt_poll() == 0)
			lwkt_sleep(-1, -1);
		lwkt_sleep_end();
	}
}

static void
trips(unsigned int n, bool sleeps)
{
	uint64_t seed = stress_begin(), server_seed = seed + 1;
	static struct trip trip;

	lwkt_initport_thread(&server, lwkt_cpu_thread(1));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	lwkt_initmsg(&trip.msg, &home, 0);
	test_launch(1, sleepy_server, &server_seed);
	for (unsigned int i = 1; i <= n; i++) {
		dawdle(&seed);
		trip.last = i == n;
		lwkt_sendmsg(&server, &trip.msg);
		lwkt_flush();
		await_answer(sleeps);
	}
	test_join(1);
	cr_expect_gt(slept, 0, "it never came to sleep");
	stress_end(n);
}

LWKT_TEST_ENV(stress_idle, API_a_million_wakeups_none_is_lost, .te_config.cf_sleep = true)
{
	trips(TRIPS, false);
}

LWKT_TEST_ENV(stress_idle, API_both_sides_sleep, .te_config.cf_sleep = true)
{
	trips(TRIPS / 20, true);
}

/* A pthread hands over through the inbox. */

static void *
pthread_trips(void *arg)
{
	unsigned int n = TRIPS / 20;
	uint64_t seed = *(const uint64_t *)arg;
	struct trip trip;

	test_check(lwkt_attach("traveller") == 0);
	lwkt_initmsg(&trip.msg, lwkt_thread_port(lwkt_curthread()), 0);
	for (unsigned int i = 1; i <= n; i++) {
		dawdle(&seed);
		trip.last = i == n;
		test_check(lwkt_domsg(&server, &trip.msg, 0) == 0);
	}
	lwkt_detach();
	return NULL;
}

LWKT_TEST_ENV(stress_idle, API_a_pthread_wakes_a_cpu, .te_config.cf_sleep = true)
{
	uint64_t seed = stress_begin(), server_seed = seed + 1;
	pthread_t thread;

	lwkt_initport_thread(&server, lwkt_cpu_thread(1));
	test_launch(1, sleepy_server, &server_seed);
	cr_assert_eq(pthread_create(&thread, NULL, pthread_trips, &seed), 0);
	pthread_join(thread, NULL);
	test_join(1);
	cr_expect_gt(slept, 0);
	stress_end(TRIPS / 20);
}
