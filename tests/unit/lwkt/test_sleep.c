/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs that sleep: what wakes them and what keeps them awake. Here one thread plays all of them;
 * that no wakeup is lost between threads is for stress_idle.c and models/sleep.pml.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <lwkt_cpu.h>

#include "calls.h"

static struct node nodes[300];

/* Would that CPU be awake? */
static bool
is_woken(unsigned int cpu)
{
	struct pollfd fd = {.fd = cpus[cpu]->gd_wake_fd, .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* CPU 1 announces its sleep; then the caller is CPU 0. */
static void
cpu_1_falls_asleep(void)
{
	cpu_impersonate(1);
	cr_assert(lwkt_sleep_begin());
	cr_assert_eq(lwkt_poll(), 0);
	cpu_impersonate(0);
	cr_assert(!is_woken(1));
}

static void
cpu_1_is_awake(void)
{
	cpu_impersonate(1);
	cr_assert(is_woken(1));
	cr_expect(!lwkt_sleep(-1, -1), "it returns, as it is woken");
	lwkt_sleep_end();
	cr_expect(!is_woken(1), "one wakeup for one sleep");
	cpu_impersonate(0);
}

static void
send_one(void)
{
	fake_send(&nodes[0], 1, 0);
	lwkt_flush();
}

static void
expect_that_sending_wakes(void)
{
	cpu_1_falls_asleep();
	fake_send(&nodes[0], 1, 0);
	cr_expect(!is_woken(1), "gathered is not published");
	lwkt_flush();
	cr_expect(is_woken(1));
	cpu_1_is_awake();
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_ENV(sleep, API_what_is_published_wakes, .te_config.cf_sleep = true)
{
	expect_that_sending_wakes();
}

LWKT_TEST_BARE(sleep, API_what_a_bell_announces_wakes)
{
	struct lwkt_config cfg = {.cf_sleep = true};

	bells_from = 1;
	cr_expect(!lwkt_may_sleep());
	cr_assert_eq(lwkt_init(&cfg), 0);
	cr_expect(lwkt_may_sleep());
	expect_that_sending_wakes();
}

LWKT_TEST_ENV(sleep, API_a_function_wakes, .te_config.cf_sleep = true)
{
	cpu_1_falls_asleep();
	send_notes(1, 0, 1);
	lwkt_flush();
	cr_expect(is_woken(1));
	cpu_1_is_awake();
	test_settle();
	cr_expect(ran_exactly(1, 0, 1));
}

LWKT_TEST_ENV(sleep, API_nobody_writes_to_a_cpu_that_is_awake, .te_config.cf_sleep = true)
{
	send_one();
	cr_expect(!is_woken(1));
	cr_expect_eq(test_poll_as(1), 1);
	cpu_1_falls_asleep();
	cpu_impersonate(1);
	lwkt_sleep_end();
	cpu_impersonate(0);
	send_one();
	cr_expect(!is_woken(1), "it has thought better of it");
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_ENV(sleep, API_many_senders_wake_once, .te_config.cf_sleep = true)
{
	uint64_t written;

	cpu_1_falls_asleep();
	for (unsigned int from = 0; from < TEST_CPUS; from++) {
		if (from == 1)
			continue;
		cpu_impersonate(from);
		fake_send(&nodes[from], 1, 0);
		lwkt_flush();
		lwkt_wake(1);
	}
	cr_assert_eq(read(cpus[1]->gd_wake_fd, &written, sizeof(written)), 8);
	cr_expect_eq(written, 1);
	cpu_impersonate(0);
	cr_expect_eq(test_poll_as(1), 3);
}

LWKT_TEST_ENV(sleep, API_wake_wakes_and_only_cpus, .te_config.cf_sleep = true)
{
	lwkt_wake(1);
	cr_expect(!is_woken(1), "it does not sleep");
	cpu_1_falls_asleep();
	lwkt_wake(2);
	lwkt_wake(TEST_CPUS);
	lwkt_wake(RTE_MAX_LCORE);
	lwkt_wake(LWKT_CPU_NONE);
	cr_expect(!is_woken(1) && !is_woken(2));
	lwkt_wake(1);
	cpu_1_is_awake();
}

static void *
send_from_pthread(void *arg)
{
	send_one();
	return arg;
}

LWKT_TEST_ENV(sleep, API_a_foreign_thread_wakes, .te_config.cf_sleep = true)
{
	pthread_t thread;

	cpu_1_falls_asleep();
	cr_assert_eq(pthread_create(&thread, NULL, send_from_pthread, NULL), 0);
	pthread_join(thread, NULL);
	cpu_1_is_awake();
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_ENV(sleep, API_what_is_gathered_is_published_first, .te_config.cf_sleep = true)
{
	fake_send(&nodes[0], 1, 0);
	cr_expect(lwkt_sleep_begin());
	lwkt_sleep_end();
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_ENV(sleep, API_what_is_spilled_keeps_its_cpu_awake, .te_config.cf_sleep = true,
    .te_config.cf_ring_size = 1)
{
	fake_send_many(nodes, 3, 1);
	for (unsigned int left = 2; left > 0; left--) {
		cr_expect(!lwkt_sleep_begin(), "%u do not fit", left);
		cr_expect_eq(cpus[0]->gd_asleep, 0);
		cr_expect_eq(test_poll_as(1), 1);
	}
	cr_expect(lwkt_sleep_begin());
	lwkt_sleep_end();
	cr_expect_eq(test_poll_as(1), 1);
	cr_expect(fake_got(0, 1, 0, 3));
}

LWKT_TEST_ENV(sleep, API_time_and_another_descriptor_end_a_sleep, .te_config.cf_sleep = true)
{
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert(lwkt_sleep_begin());
	cr_expect(!lwkt_sleep(-1, 0));
	cr_expect(!lwkt_sleep(fds[0], 1000000), "1 ms");
	cr_assert_eq(write(fds[1], "x", 1), 1);
	cr_expect(lwkt_sleep(fds[0], -1));
	lwkt_sleep_end();
	close(fds[0]);
	close(fds[1]);
}

static void
begin(void *arg)
{
	(void)arg;
	lwkt_sleep_begin();
}

static void
begin_as_nobody(void *arg)
{
	as_nobody();
	begin(arg);
}

LWKT_TEST(sleep, API_a_cpu_sleeps_only_where_that_was_asked_for)
{
	cr_expect(!lwkt_may_sleep());
	expect_stops(begin, NULL, "lwkt_sleep_begin", "CPU 0 may not sleep", "cf_sleep");
	expect_stops(begin_as_nobody, NULL, "lwkt_sleep_begin", "no CPU");
	lwkt_wake(1);
	send_one();
	cr_expect_eq(test_poll_as(1), 1);
}

LWKT_TEST_BARE(sleep, API_no_descriptor_no_sleep)
{
	struct lwkt_config cfg = {.cf_sleep = true};
	struct rlimit old, none;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	test_log_begin();
	setrlimit(RLIMIT_NOFILE, &none);
	cr_expect_eq(lwkt_init(&cfg), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &old);
	cr_expect_str_eq(test_log_end(),
	    "lwkt: lwkt_init: no eventfd for CPU 0 (Too many open files); allow more open "
	    "files (ulimit -n)\n");
	cr_expect_eq(lwkt_ncpus(), 0);
	cr_expect_eq(lwkt_init(&cfg), 0, "the next may");
}
