/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callouts and sleeping by address (contract L114, L115). The wheel itself is tried on ticks of the
 * test's own.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <rte_cycles.h>

#include "calls.h"
#include "lwkt_callout.h"
#include "lwkt_thread.h"

/*
 * The wheel against a model: an array of ticks.
 */

#define MANY 3000

static struct lwkt_callout co[MANY];
static uint64_t due[MANY]; /* 0: not armed */
static uint64_t now_tick;
static unsigned int fired, early_or_late;

static void
fires(void *arg)
{
	unsigned int i = as_id(arg);

	fired++;
	if (due[i] == 0 || due[i] > now_tick)
		early_or_late++;
	due[i] = 0;
}

static void
arm(struct wheel *wh, unsigned int i, uint64_t tick)
{
	co[i].co_fn = fires;
	co[i].co_arg = as_arg(i);
	co[i].co_tick = due[i] = tick;
	co[i].co_armed = true;
	wh->wh_armed++;
	wheel_add(wh, &co[i]);
}

/* How far ahead: mostly near, some on each circle, some beyond the last. */
static uint64_t
far(uint64_t *seed)
{
	return 1 + (test_rand(seed) >> (64 - 1 - test_rand(seed) % 34));
}

LWKT_TEST(callout, L115_each_runs_at_its_tick_whatever_the_distance)
{
	static struct wheel wh;
	uint64_t seed = 0x1234567;

	wh.wh_tick = now_tick = 1000;
	for (unsigned int round = 0; round < 3000; round++) {
		for (unsigned int j = 0; j < 3; j++) {
			unsigned int i = (unsigned int)(test_rand(&seed) % MANY);

			if (due[i] == 0)
				arm(&wh, i, now_tick + far(&seed));
		}
		now_tick += far(&seed) >> test_rand(&seed) % 30;
		wheel_run(&wh, now_tick);
		for (unsigned int i = 0; i < MANY; i++)
			if (due[i] != 0 && due[i] <= now_tick)
				early_or_late++;
		cr_assert_eq(early_or_late, 0, "round %u", round);
	}
	cr_expect_gt(fired, 1000);
}

static unsigned int rearmed;

static void
arms_itself_again(void *arg)
{
	if (++rearmed < 3)
		lwkt_callout_reset(arg, 0, arms_itself_again, arg);
}

LWKT_TEST(callout, L115_never_before_its_time_and_once)
{
	uint64_t begin = rte_rdtsc(), wait = rte_get_tsc_hz() / 1000; /* 1 ms */
	struct lwkt_callout c;

	lwkt_callout_init(&c);
	due[0] = 1;
	lwkt_callout_reset(&c, 1000000, fires, as_arg(0));
	while (fired == 0)
		lwkt_poll();
	cr_expect_geq(rte_rdtsc() - begin, wait);
	cr_expect_eq(lwkt_callout_stop(&c), 0, "it has run");
	for (begin = rte_rdtsc(); rte_rdtsc() - begin < 2 * wait;)
		lwkt_poll();
	cr_expect_eq(fired, 1);
	lwkt_callout_reset(&c, 0, arms_itself_again, &c);
	while (rearmed < 3)
		lwkt_poll();
}

static struct lwkt_callout pair[2];

static void
stops_the_other(void *arg)
{
	fired++;
	test_check(lwkt_callout_stop(arg) == 1);
}

LWKT_TEST(callout, L115_one_that_is_stopped_does_not_run)
{
	uint64_t begin = rte_rdtsc(), wait = rte_get_tsc_hz() / 1000;
	struct lwkt_callout c;

	lwkt_callout_init(&c);
	cr_expect_eq(lwkt_callout_stop(&c), 0, "never armed");
	lwkt_callout_reset(&c, 100000, fires, as_arg(0));
	lwkt_callout_reset(&c, 200000, fires, as_arg(0)); /* anew */
	cr_expect_eq(lwkt_callout_stop(&c), 1);
	cr_expect_eq(lwkt_callout_stop(&c), 0);
	lwkt_callout_init(&pair[0]);
	lwkt_callout_init(&pair[1]);
	lwkt_callout_reset(&pair[0], 1000, stops_the_other, &pair[1]);
	lwkt_callout_reset(&pair[1], 1000, stops_the_other, &pair[0]);
	while (rte_rdtsc() - begin < wait)
		lwkt_poll();
	cr_expect_eq(fired, 1, "one of the pair has stopped the other");
}

static int stop_server; /* atomic */

LWKT_TEST(callout, L115_it_can_be_stopped_from_another_cpu)
{
	struct lwkt_callout c;

	lwkt_callout_init(&c);
	cpu_impersonate(1);
	lwkt_callout_reset(&c, 3600ull * 1000000000, fires, as_arg(0));
	cpu_impersonate(0);
	test_launch(1, serve_until_set, &stop_server);
	cr_expect_eq(lwkt_callout_stop(&c), 1);
	cr_expect_eq(lwkt_callout_stop(&c), 0);
	__atomic_store_n(&stop_server, 1, __ATOMIC_RELEASE);
	test_join(1);
}

static void
reset_elsewhere(void *arg)
{
	cpu_impersonate(1);
	lwkt_callout_reset(arg, 1, fires, NULL);
}

LWKT_TEST(callout, L115_armed_elsewhere_stops_the_program)
{
	struct lwkt_callout c;

	lwkt_callout_init(&c);
	lwkt_callout_reset(&c, 1000000000, fires, as_arg(0));
	expect_stops(reset_elsewhere, &c, "lwkt_callout_reset", "CPU 0", "stop it");
	lwkt_callout_stop(&c);
}

/*
 * Sleeping by address
 */

static int ident, other_ident;
static int results[8];
static unsigned int woken;

static void
run_as(unsigned int cpu)
{
	cpu_impersonate(cpu);
	lwkt_setpri_self(0);
	for (unsigned int i = 0; i < 20; i++)
		lwkt_yield();
	lwkt_setpri_self(LWKT_PRI_DEFAULT);
	lwkt_flush();
	cpu_impersonate(0);
}

static void
sleeps(void *arg)
{
	unsigned int i = as_id(arg);

	results[i] = lwkt_tsleep(&ident, i >= 4 ? LWKT_PCATCH : 0, "sleepy", 0);
	woken++;
}

static struct lwkt_thread *
sleeper(unsigned int i, int cpu)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(lwkt_create(sleeps, as_arg(i), &td, NULL, 0, cpu, "s%u", i), 0);
	lwkt_flush();
	run_as((unsigned int)cpu);
	results[i] = -1;
	return td;
}

LWKT_TEST(tsleep, L114_wakeup_wakes_all_that_sleep_on_the_address)
{
	struct lwkt_thread *td[3] = {sleeper(0, 0), sleeper(1, 0), sleeper(2, 1)};

	lwkt_wakeup(&other_ident);
	run_as(0);
	run_as(1);
	cr_expect_eq(woken, 0);
	lwkt_wakeup(&ident);
	lwkt_wakeup(&ident);
	lwkt_flush();
	run_as(0);
	cr_expect_eq(woken, 2);
	run_as(1);
	cr_expect_eq(woken, 3);
	for (unsigned int i = 0; i < 3; i++) {
		cr_expect_eq(results[i], 0);
		lwkt_join(td[i]);
	}
}

LWKT_TEST(tsleep, L114_wakeup_one_wakes_the_first)
{
	struct lwkt_thread *td[2] = {sleeper(0, 2), sleeper(1, 0)};

	lwkt_wakeup_one(&ident);
	lwkt_flush();
	run_as(0);
	cr_expect_eq(woken, 0);
	run_as(2);
	cr_expect_eq(woken, 1);
	cr_expect_eq(results[0], 0);
	as_nobody();
	lwkt_wakeup_one(&ident);
	cpu_impersonate(0);
	run_as(0);
	cr_expect_eq(woken, 2);
	lwkt_join(td[0]);
	lwkt_join(td[1]);
}

LWKT_TEST(tsleep, L114_an_interrupt_ends_it_if_it_may)
{
	struct lwkt_thread *td[2] = {sleeper(0, 0), sleeper(4, 0)};

	lwkt_interrupt(td[0]);
	lwkt_interrupt(td[1]);
	run_as(0);
	cr_expect_eq(woken, 1);
	cr_expect_eq(results[4], EINTR);
	lwkt_wakeup(&ident);
	run_as(0);
	cr_expect_eq(results[0], 0);
	lwkt_join(td[0]);
	lwkt_join(td[1]);
}

static void
sleeps_a_while(void *arg)
{
	uint64_t begin = rte_rdtsc();

	results[as_id(arg)] = lwkt_tsleep(&ident, 0, "while", 300000);
	test_check(rte_rdtsc() - begin >= rte_get_tsc_hz() / 1000000 * 299);
}

LWKT_TEST(tsleep, L114_it_ends_when_time_is_up_not_before)
{
	struct lwkt_thread *td = NULL;

	sleeps_a_while(as_arg(0)); /* the CPU's own context */
	cr_expect_eq(results[0], EWOULDBLOCK);
	cr_assert_eq(lwkt_create(sleeps_a_while, as_arg(1), &td, NULL, 0, 0, "t"), 0);
	cr_expect_eq(lwkt_join(td), 0);
	cr_expect_eq(results[1], EWOULDBLOCK);
}

static void *
pthread_sleeps(void *arg)
{
	test_check(lwkt_attach("p") == 0);
	sleeps_a_while(as_arg(2));
	__atomic_store_n((int *)arg, 1, __ATOMIC_RELEASE);
	test_check(lwkt_tsleep(&other_ident, 0, "long", 0) == 0);
	lwkt_detach();
	return arg;
}

LWKT_TEST(tsleep, L114_a_pthread_sleeps_and_is_woken)
{
	static int sleeping; /* atomic */
	pthread_t pthread;

	cr_assert_eq(pthread_create(&pthread, NULL, pthread_sleeps, &sleeping), 0);
	while (!__atomic_load_n(&sleeping, __ATOMIC_ACQUIRE))
		test_relax();
	cr_expect_eq(results[2], EWOULDBLOCK);
	while (pthread_tryjoin_np(pthread, NULL) != 0) { /* it may not be asleep yet */
		lwkt_wakeup(&other_ident);
		test_relax();
	}
}

static void
interlocks(void *arg)
{
	(void)arg;
	lwkt_tsleep_interlock(&ident);
	lwkt_wakeup(&ident); /* as if it came from elsewhere */
	results[0] = lwkt_tsleep(&ident, LWKT_PINTERLOCKED, "x", 0);
}

LWKT_TEST(tsleep, L114_a_wakeup_behind_the_interlock_counts)
{
	struct lwkt_thread *td = NULL;

	results[0] = -1;
	interlocks(NULL);
	cr_expect_eq(results[0], 0);
	results[0] = -1;
	cr_assert_eq(lwkt_create(interlocks, NULL, &td, NULL, 0, 0, "i"), 0);
	lwkt_join(td);
	cr_expect_eq(results[0], 0);
}

static void
wakes_word(void *arg)
{
	__atomic_store_n((int *)arg, 0, __ATOMIC_RELAXED);
	lwkt_futex_wake(arg);
}

/* Looks, finds something there, and does not sleep; each next thing ends the interlock before. */
static int elsewhere[64];

static void
interlock_only(void *arg)
{
	static int word = 1;

	lwkt_tsleep_interlock(&ident);
	lwkt_tsleep_interlock(&ident);
	for (unsigned int i = 0; i < RTE_DIM(elsewhere); i++) /* of other queues, too */
		lwkt_tsleep_interlock(&elsewhere[i]);
	lwkt_wakeup(&ident);
	test_check(lwkt_tsleep(&other_ident, 0, "x", 1000) == EWOULDBLOCK);
	lwkt_tsleep_interlock(&ident);
	if (lwkt_sleeps()) /* not a CPU's own context */
		lwkt_create(wakes_word, &word, NULL, NULL, 0, -1, "w");
	while (lwkt_sleeps() && __atomic_load_n(&word, __ATOMIC_RELAXED) == 1)
		lwkt_futex_wait(&word, 1, false);
	lwkt_tsleep_interlock(&ident); /* and the thread ends */
	*(int *)arg = 1;
}

LWKT_TEST(tsleep, L114_an_interlock_without_a_sleep_ends_with_the_next_wait)
{
	struct lwkt_thread *td = NULL;
	int done = 0;

	cr_assert_eq(lwkt_create(interlock_only, &done, &td, NULL, 0, 0, "i"), 0);
	lwkt_join(td);
	cr_expect_eq(done, 1);
	lwkt_wakeup(&ident); /* would look at a thread that has ended */
	lwkt_tsleep_interlock(&ident);
	lwkt_fini();
	lwkt_wakeup(&ident); /* or at a CPU's that is gone */
	cr_assert_eq(lwkt_init(NULL), 0);
}

static void *
interlock_as_pthread(void *arg)
{
	test_check(lwkt_attach("p") == 0);
	lwkt_tsleep_interlock(&ident);
	lwkt_tsleep_interlock(&other_ident);
	lwkt_detach();
	lwkt_wakeup(&other_ident); /* would write to memory that is free */
	return arg;
}

LWKT_TEST(tsleep, L114_an_interlock_ends_when_a_pthread_detaches)
{
	pthread_t pthread;

	cr_assert_eq(pthread_create(&pthread, NULL, interlock_as_pthread, NULL), 0);
	pthread_join(pthread, NULL);
}

static void
sleeps_on_another(void *arg)
{
	lwkt_tsleep_interlock(arg);
	lwkt_tsleep(&other_ident, LWKT_PINTERLOCKED, "x", 0);
}

LWKT_TEST(tsleep, L114_a_sleep_on_another_address_than_its_interlock_stops)
{
	expect_stops(sleeps_on_another, &ident, "lwkt_tsleep: thread", "its interlock is on");
}

LWKT_TEST(tsleep, API_who_sleeps_when_all_ends_is_forgotten)
{
	sleeper(0, 0);
	sleeper(1, 1);
	lwkt_fini();
	lwkt_wakeup(&ident); /* would look at threads that are gone */
	cr_assert_eq(lwkt_init(NULL), 0);
	run_as(0);
	cr_expect_eq(woken, 0);
}
