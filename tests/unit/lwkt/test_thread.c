/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LWKT threads: life, switching, priorities, wakeups (contract L). All CPUs are played by one OS
 * thread, so that each step is known: a CPU's threads run while its own context yields or waits.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_log.h>

#include "calls.h"
#include "lwkt_thread.h"

/* What the threads did, a letter a step. */
static char steps[4096];
static size_t nsteps;

static void
step(char what)
{
	test_check(nsteps < sizeof(steps) - 1);
	steps[nsteps++] = what;
	steps[nsteps] = '\0';
}

static void
expect_steps(const char *want)
{
	cr_expect_str_eq(steps, want);
	nsteps = 0;
	steps[0] = '\0';
}

/* Let the CPU's threads run until none of them can, and transit is empty. */
static void
run_as(unsigned int cpu)
{
	cpu_impersonate(cpu);
	lwkt_setpri_self(0);
	for (unsigned int i = 0; i < 200; i++)
		lwkt_yield();
	lwkt_setpri_self(LWKT_PRI_DEFAULT);
	cpu_impersonate(0);
}

static struct lwkt_thread *
make(void (*fn)(void *), const char *arg, int cpu)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(lwkt_create(fn, (void *)(uintptr_t)arg, &td, NULL, 0, cpu, "t-%s", arg), 0);
	return td;
}

/* Two letters: before and after a yield. */
static void
steps_and_yields(void *arg)
{
	const char *s = arg;

	for (; *s != '\0'; s++) {
		step(*s);
		lwkt_yield();
	}
}

LWKT_TEST(thread, L105_L106_threads_take_turns_where_they_yield)
{
	struct lwkt_thread *td[3];

	td[0] = make(steps_and_yields, "abc", -1);
	td[1] = make(steps_and_yields, "xyz", -1);
	td[2] = make(steps_and_yields, "1", -1);
	expect_steps(""); /* to make one does not switch */
	run_as(0);
	expect_steps("ax1bycz");
	for (unsigned int i = 0; i < 3; i++)
		cr_expect_eq(lwkt_join(td[i]), 0);
}

static void
steps_once(void *arg)
{
	step(*(const char *)arg);
}

static struct lwkt_thread *
make_pri(const char *arg, unsigned int pri)
{
	struct lwkt_thread template, *td = NULL;

	lwkt_thread_template(&template, pri, 0);
	cr_assert_eq(
	    lwkt_create(steps_once, (void *)(uintptr_t)arg, &td, &template, 0, -1, "%s", arg), 0);
	return td;
}

LWKT_TEST(thread, L106_the_highest_priority_goes_first)
{
	struct lwkt_thread *td[4];

	td[0] = make_pri("l", 3);
	td[1] = make_pri("h", 31);
	td[2] = make_pri("m", LWKT_PRI_DEFAULT);
	td[3] = make_pri("n", LWKT_PRI_DEFAULT);
	lwkt_yield();
	expect_steps("hmn"); /* the CPU's own context goes before the low one */
	lwkt_yield();
	expect_steps("");
	run_as(0);
	expect_steps("l");
	for (unsigned int i = 0; i < 4; i++)
		lwkt_join(td[i]);
}

/* Limit: LWKT_PRI_MAX */
LWKT_TEST(thread, L106_the_highest_priority_there_is_and_beyond)
{
	struct lwkt_thread *td[3];

	td[0] = make_pri("l", LWKT_PRI_MAX - 1);
	td[1] = make_pri("a", LWKT_PRI_MAX);
	td[2] = make_pri("b", LWKT_PRI_MAX + 1); /* its equal */
	lwkt_yield();
	expect_steps("abl");
	for (unsigned int i = 0; i < 3; i++)
		lwkt_join(td[i]);
	td[0] = make_pri("l", 1);
	td[1] = make_pri("a", 0);
	td[2] = make_pri("b", 0);
	lwkt_setpri(td[1], LWKT_PRI_MAX + 1);
	lwkt_setpri(td[2], LWKT_PRI_MAX);
	lwkt_setpri_self(LWKT_PRI_MAX + 1);
	lwkt_yield();
	expect_steps("ab");
	lwkt_setpri_self(LWKT_PRI_DEFAULT);
	run_as(0);
	expect_steps("l");
	for (unsigned int i = 0; i < 3; i++)
		lwkt_join(td[i]);
}

LWKT_TEST(thread, L106_switch_lets_only_higher_ones_run)
{
	struct lwkt_thread *td[2];

	td[0] = make_pri("m", LWKT_PRI_DEFAULT);
	lwkt_switch();
	expect_steps("");
	td[1] = make_pri("h", LWKT_PRI_DEFAULT + 1);
	lwkt_switch();
	expect_steps("h");
	lwkt_yield();
	expect_steps("m");
	lwkt_join(td[0]);
	lwkt_join(td[1]);
}

LWKT_TEST(thread, L106_setpri_moves_one_that_can_run)
{
	struct lwkt_thread *td[3];

	td[0] = make_pri("a", 20);
	td[1] = make_pri("b", 20);
	td[2] = make_pri("c", 20);
	lwkt_setpri(td[2], 99); /* counts as 31 */
	lwkt_setpri(td[0], 19);
	lwkt_setpri(td[1], -5);
	lwkt_yield();
	expect_steps("ca");
	run_as(0);
	expect_steps("b");
	for (unsigned int i = 0; i < 3; i++)
		lwkt_join(td[i]);
}

/* Waits until it is scheduled, again and again. */
static void
steps_when_scheduled(void *arg)
{
	const char *s = arg;

	for (; *s != '\0'; s++) {
		step(*s);
		lwkt_deschedule_self();
		lwkt_switch();
	}
}

LWKT_TEST(thread, L107_one_that_is_woken_twice_runs_once)
{
	struct lwkt_thread *td = make(steps_when_scheduled, "abc", -1);

	run_as(0);
	expect_steps("a");
	run_as(0);
	expect_steps("");
	lwkt_schedule(td);
	lwkt_schedule(td);
	run_as(0);
	expect_steps("b");
	cpu_impersonate(1); /* the same from elsewhere, by transit */
	lwkt_schedule(td);
	lwkt_schedule(td);
	lwkt_flush();
	cpu_impersonate(2);
	lwkt_schedule(td);
	lwkt_flush();
	run_as(0);
	expect_steps("c");
	run_as(3);
	expect_steps("");
	lwkt_schedule(td);
	run_as(0);
	cr_expect_eq(lwkt_join(td), 0);
}

static void
schedules_itself_in_time(void *arg)
{
	step('a');
	lwkt_deschedule_self();
	lwkt_schedule(arg != NULL ? arg : lwkt_curthread());
	lwkt_switch();
	step('b');
}

LWKT_TEST(thread, L107_a_wakeup_before_the_switch_counts)
{
	struct lwkt_thread *td = make(schedules_itself_in_time, NULL, -1);

	run_as(0);
	expect_steps("ab");
	lwkt_join(td);
	lwkt_deschedule_self(); /* a CPU's own context too */
	lwkt_schedule(lwkt_curthread());
	lwkt_switch();
}

static void
wakes_its_cpu(void *arg)
{
	step('t');
	lwkt_schedule(arg);
}

LWKT_TEST(thread, L105_a_cpus_own_context_is_one_of_its_threads)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(lwkt_create(wakes_its_cpu, lwkt_cpu_thread(0), &td, NULL, 0, -1, "waker"), 0);
	lwkt_deschedule_self();
	lwkt_switch();
	step('o');
	expect_steps("to");
	lwkt_join(td);
}

/*
 * Making
 */

static void
says_where(void *arg)
{
	struct lwkt_thread **td = arg;

	test_check(*td == lwkt_curthread());
	test_check(lwkt_thread_cpuid(*td) == lwkt_mycpuid());
	step((char)('0' + lwkt_mycpuid()));
}

LWKT_TEST(thread, L109_one_may_be_made_for_any_cpu_and_by_anybody)
{
	static struct lwkt_thread *td[4];

	cr_assert_eq(lwkt_create(says_where, &td[0], &td[0], NULL, 0, 2, "by a CPU"), 0);
	cr_expect_eq(lwkt_thread_cpuid(td[0]), 2);
	cr_expect_str_eq(lwkt_thread_name(td[0]), "by a CPU");
	lwkt_flush();
	as_nobody();
	cr_assert_eq(lwkt_create(says_where, &td[1], &td[1], NULL, 0, 1, "by a pthread"), 0);
	cr_expect_eq(lwkt_create(says_where, &td[2], &td[2], NULL, 0, -1, "nowhere"), EINVAL);
	cpu_impersonate(0);
	run_as(0);
	expect_steps("");
	run_as(1);
	expect_steps("1");
	run_as(2);
	expect_steps("2");
	cr_expect_eq(lwkt_join(td[0]), 0);
	cr_expect_eq(lwkt_join(td[1]), 0);
}

LWKT_TEST(thread, L109_bad_input_makes_none)
{
	struct lwkt_thread template, *td = NULL;

	cr_expect_eq(lwkt_create(steps_once, NULL, &td, NULL, 0, TEST_CPUS, "x"), EINVAL);
	cr_expect_eq(lwkt_create(steps_once, NULL, &td, NULL, 0, -2, "x"), EINVAL);
	cr_expect_eq(lwkt_create(steps_once, NULL, &td, NULL, 0, RTE_MAX_LCORE, "x"), EINVAL);
	cr_expect_eq(lwkt_create(NULL, NULL, &td, NULL, 0, 0, "x"), EINVAL);
	lwkt_thread_template(&template, 1, SIZE_MAX / 2);
	cr_expect_eq(lwkt_create(steps_once, NULL, &td, &template, 0, 0, "x"), ENOMEM);
	cr_expect_null(td);
}

LWKT_TEST(thread, L109_nostart_waits_for_schedule)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(
	    lwkt_create(steps_once, (void *)(uintptr_t) "n", &td, NULL, TDF_NOSTART, 0, "n"), 0);
	run_as(0);
	expect_steps("");
	lwkt_schedule(td);
	run_as(0);
	expect_steps("n");
	lwkt_join(td);
}

/*
 * Ending
 */

static char *stack_of[2];

static void
notes_its_stack(void *arg)
{
	char here;

	stack_of[*(const char *)arg - '0'] = &here;
	lwkt_exit();
}

LWKT_TEST(thread, L110_its_stack_is_used_again)
{
	struct lwkt_thread *td = make(notes_its_stack, "0", -1);

	run_as(0);
	cr_expect_eq(lwkt_join(td), 0);
	td = make(notes_its_stack, "1", -1);
	run_as(0);
	cr_expect_eq(lwkt_join(td), 0);
#if !TEST_ASAN
	cr_expect_eq(stack_of[0], stack_of[1]);
#endif
}

static unsigned int listed;

static void
count_by_name(const struct lwkt_thread_info *ti, void *arg)
{
	listed += strcmp(ti->ti_name, arg) == 0;
}

static unsigned int
threads_named(const char *name)
{
	listed = 0;
	lwkt_thread_foreach(count_by_name, (void *)(uintptr_t)name);
	return listed;
}

LWKT_TEST(thread, L110_hold_keeps_the_structure_of_one_that_has_ended)
{
	struct lwkt_thread *td = make(steps_once, "e", -1), *other;

	cr_expect_eq(threads_named("t-e"), 1);
	lwkt_hold(td);
	run_as(0);
	cr_expect_eq(threads_named("t-e"), 0);
	cr_expect_eq(lwkt_join(td), 0);
	other = make(steps_once, "f", -1);
	cr_expect_neq(other, td, "it is held");
	cr_expect_str_eq(lwkt_thread_name(td), "t-e");
	lwkt_rele(td);
	run_as(0);
	lwkt_join(other);
	other = make(steps_once, "g", -1);
	cr_expect(other != NULL);
	run_as(0);
	lwkt_join(other);
}

static void
joins(void *arg)
{
	step('j');
	test_check(lwkt_join(arg) == 0);
	step('J');
}

LWKT_TEST(thread, L110_join_waits_for_the_end)
{
	struct lwkt_thread *td = make(steps_when_scheduled, "a", -1), *joiner = NULL, *far = NULL;

	lwkt_hold(td);
	cr_assert_eq(lwkt_create(joins, td, &joiner, NULL, 0, -1, "joiner"), 0);
	cr_assert_eq(lwkt_create(joins, td, &far, NULL, 0, 3, "far"), 0);
	lwkt_flush();
	run_as(0);
	run_as(3);
	expect_steps("ajj");
	lwkt_schedule(td);
	run_as(0);
	expect_steps("J");
	run_as(3);
	expect_steps("J");
	lwkt_join(joiner);
	lwkt_join(far);
}

LWKT_TEST(thread, L110_join_of_what_does_not_end)
{
	cr_expect_eq(lwkt_join(lwkt_cpu_thread(1)), -EINVAL);
}

static void
join_myself(void *arg)
{
	(void)arg;
	lwkt_join(lwkt_curthread());
}

static void
exit_own(void *arg)
{
	(void)arg;
	lwkt_exit();
}

static void
run_in_thread(void *arg)
{
	if (lwkt_create((void (*)(void *))(uintptr_t)arg, NULL, NULL, NULL, 0, -1, "victim") == 0)
		run_as(0);
}

LWKT_TEST(thread, L110_who_waits_for_his_own_end_stops)
{
	expect_stops(
	    run_in_thread, (void *)(uintptr_t)join_myself, "lwkt_join", "victim", "own end");
	expect_stops(exit_own, NULL, "lwkt_exit", "own context");
}

/*
 * Where one may not switch
 */

static void
yields(void *arg)
{
	(void)arg;
	lwkt_yield();
}

static void
joins_cpu_1s(void *arg)
{
	lwkt_join(arg);
}

static void
yield_in_a_function(void *arg)
{
	lwkt_send_ipiq(1, (lwkt_ipifunc_t)(uintptr_t)arg, arg);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
}

static void
join_in_a_function(void *arg)
{
	lwkt_send_ipiq(1, joins_cpu_1s, arg);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
}

LWKT_TEST(thread, L105_a_callback_that_switches_or_waits_stops)
{
	struct lwkt_thread *td = make(steps_once, "x", 1);
	char text[32];

	lwkt_flush();
	snprintf(text, sizeof(text), "%p", (void *)(uintptr_t)yields);
	expect_stops(yield_in_a_function, (void *)(uintptr_t)yields, "lwkt_yield", text, "CPU 1");
	snprintf(text, sizeof(text), "%p", (void *)(uintptr_t)joins_cpu_1s);
	expect_stops(join_in_a_function, td, "lwkt_join", text, "CPU 1");
	run_as(1);
	lwkt_join(td);
}

/*
 * Stacks
 */

__attribute__((noinline)) static unsigned int
recurse(unsigned int n)
{
	volatile char use[512];

	use[n % sizeof(use)] = (char)n;
	return n == 0 ? 0 : recurse(n - 1) + (unsigned int)use[n % sizeof(use)];
}

static void
overflows(void *arg)
{
	(void)arg;
	step((char)recurse(10000000));
}

static void
overflow(void *arg)
{
	(void)arg;
	lwkt_create(overflows, NULL, NULL, NULL, 0, -1, "deep one");
	run_as(0);
}

LWKT_TEST(thread, L112_an_overflow_names_its_thread)
{
#if !TEST_ASAN && !TEST_TSAN /* they say it themselves */
	expect_stops(overflow, NULL, "thread deep one", "CPU 0", "overflowed its stack of 65536");
#else
	(void)overflow;
#endif
}

static void
uses_much(void *arg)
{
	(void)arg;
	step(recurse(1000) != 12345678 ? 'd' : ' '); /* more than the default has */
}

LWKT_TEST(thread, L112_a_stack_has_the_size_that_was_asked_for)
{
	struct lwkt_thread template, *td = NULL;

	lwkt_thread_template(&template, 5, 4 << 20);
	cr_assert_eq(lwkt_create(uses_much, NULL, &td, &template, 0, -1, "big"), 0);
	run_as(0);
	expect_steps("d");
	lwkt_join(td);
}

/* Limit: STACK_BYTES_MAX: reserved, and touched as it is used */
LWKT_TEST(thread, L112_the_largest_stack_and_beyond)
{
	struct lwkt_thread template, *td = NULL;

	lwkt_thread_template(&template, 5, ((size_t)1 << 30) + 1);
	cr_expect_eq(lwkt_create(uses_much, NULL, &td, &template, 0, -1, "larger"), ENOMEM);
	cr_expect_null(td);
	lwkt_thread_template(&template, 5, (size_t)1 << 30);
	cr_assert_eq(lwkt_create(uses_much, NULL, &td, &template, 0, -1, "largest"), 0);
	run_as(0);
	expect_steps("d");
	lwkt_join(td);
}

#if TEST_TSAN || TEST_ASAN
#define CROWD 200
#else
#define CROWD 20000
#endif

static struct lwkt_thread *crowd[CROWD];
static unsigned int came, left;

static void
one_of_a_crowd(void *arg)
{
	(void)arg;
	came++;
	lwkt_deschedule_self();
	lwkt_switch();
	left++;
}

static long
resident_kib(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * 4;
}

LWKT_TEST(thread, L112_a_crowd_waits_in_little_memory)
{
	long before = resident_kib(), each;

	for (unsigned int i = 0; i < CROWD; i++)
		cr_assert_eq(
		    lwkt_create(one_of_a_crowd, NULL, &crowd[i], NULL, 0, -1, "c%u", i), 0);
	while (came < CROWD)
		lwkt_yield();
	each = (resident_kib() - before) * 1024 / CROWD;
	cr_expect(TEST_ASAN || TEST_TSAN || each <= 10 * 1024, "%ld bytes each", each);
	for (unsigned int i = 0; i < CROWD; i++)
		lwkt_schedule(crowd[i]);
	for (unsigned int i = 0; i < CROWD; i++)
		cr_expect_eq(lwkt_join(crowd[i]), 0);
	cr_expect_eq(left, CROWD);
}

/* As Linux before 6.13 is: no guard pages but by mprotect(). */
static bool old_kernel;

#if !TEST_ASAN && !TEST_TSAN
int
madvise(void *at, size_t bytes, int advice)
{
	if (old_kernel && advice == 102 /* MADV_GUARD_INSTALL */) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_madvise, at, bytes, advice);
}
#endif

static void
make_crowd(unsigned int n, size_t stack_bytes)
{
	static unsigned int made;
	struct lwkt_thread template;

	lwkt_thread_template(&template, 5, stack_bytes);
	for (; n > 0; n--)
		cr_assert_eq(lwkt_create(one_of_a_crowd, NULL, &crowd[made++], &template,
		                 TDF_NOSTART, -1, "c"),
		    0);
}

/* Limit: GUARDS_MAX. Stacks are made 64 at once, those of a size of their own one by one. */
LWKT_TEST(thread, L112_an_old_kernel_has_so_many_guard_pages_and_a_warning_beyond)
{
	const unsigned int most = 15000, in_slabs = most / 64 * 64;
	const char *log;

#if TEST_ASAN || TEST_TSAN
	return; /* they know madvise() better */
#endif
	old_kernel = true;
	rte_log_set_global_level(RTE_LOG_WARNING);
	test_log_begin();
	make_crowd(in_slabs - 63, 0);
	make_crowd(most - in_slabs, 4096);
	log = test_log_end();
	cr_expect_str_empty(log);
	test_log_begin();
	make_crowd(2, 4096);
	log = test_log_end();
	cr_expect_not_null(strstr(log, "no guard page from here on, 15000 are as many"), "%s", log);
	cr_expect_null(strstr(strchr(log, '\n') + 1, "guard"), "once");
	for (unsigned int i = 0; crowd[i] != NULL; i++)
		lwkt_schedule(crowd[i]); /* the first time */
	run_as(0);
	for (unsigned int i = 0; crowd[i] != NULL; i++)
		lwkt_schedule(crowd[i]);
	for (unsigned int i = 0; crowd[i] != NULL; i++)
		cr_expect_eq(lwkt_join(crowd[i]), 0);
	old_kernel = false;
}

/*
 * Looking at them
 */

static struct lwkt_thread_info seen[16];
static unsigned int nseen;

static void
keep(const struct lwkt_thread_info *ti, void *arg)
{
	(void)arg;
	if (nseen < RTE_DIM(seen))
		seen[nseen++] = *ti;
}

LWKT_TEST(thread, API_foreach_tells_of_each_thread)
{
	struct lwkt_thread *td = make(steps_when_scheduled, "a", 1);

	lwkt_flush();
	run_as(1);
	cr_expect_eq(lwkt_thread_foreach(keep, NULL), TEST_CPUS + 1);
	cr_assert_eq(nseen, TEST_CPUS + 1);
	cr_expect_str_eq(seen[1].ti_name, "cpu1");
	cr_expect_eq(seen[1].ti_stack_bytes, 0);
	cr_expect_str_eq(seen[2].ti_name, "t-a");
	cr_expect_eq(seen[2].ti_thread, td);
	cr_expect_eq(seen[2].ti_cpuid, 1);
	cr_expect_eq(seen[2].ti_pri, LWKT_PRI_DEFAULT);
	cr_expect_eq(seen[2].ti_state, LWKT_THREAD_WAITING);
	cr_expect_eq(seen[2].ti_stack_bytes, LWKT_STACK_BYTES);
	lwkt_schedule(td);
	lwkt_flush();
	run_as(1);
	lwkt_join(td);
}

/*
 * Real CPUs: each makes threads for the others, all join.
 */

#define ROUNDS 300

static unsigned int ran_far; /* atomic */
static int far_stop;         /* atomic */

static void
counts(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&ran_far, 1, __ATOMIC_RELAXED);
	lwkt_yield();
}

static void
makes_and_joins(void *arg)
{
	int self = (int)lwkt_mycpuid();
	struct lwkt_thread *td[3];

	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < 3; j++)
			test_check(lwkt_create(counts, NULL, &td[j], NULL, 0,
			               (self + j) % TEST_CPUS, "far") == 0);
		for (int j = 0; j < 3; j++)
			test_check(lwkt_join(td[j]) == 0);
	}
}

static int
yield_until_set(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE)) {
		lwkt_yield();
		test_relax();
	}
	return 0;
}

static void *
pthread_makes_and_joins(void *arg)
{
	struct lwkt_thread *td;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		test_check(lwkt_create(counts, NULL, &td, NULL, 0, (int)(i % TEST_CPUS), "p") == 0);
		test_check(lwkt_join(td) == 0);
		test_check(threads_named("p") == 0); /* it is gone, and not about to go */
	}
	return arg;
}

LWKT_TEST(thread, L107_L109_L110_real_cpus_make_and_join_each_others)
{
	struct lwkt_thread *td[TEST_CPUS];
	pthread_t foreign;

	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, yield_until_set, &far_stop);
	cr_assert_eq(pthread_create(&foreign, NULL, pthread_makes_and_joins, NULL), 0);
	for (int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_assert_eq(
		    lwkt_create(makes_and_joins, NULL, &td[cpu], NULL, 0, cpu, "m%d", cpu), 0);
	for (int cpu = 0; cpu < TEST_CPUS; cpu++)
		cr_expect_eq(lwkt_join(td[cpu]), 0);
	while (__atomic_load_n(&ran_far, __ATOMIC_RELAXED) < ROUNDS * (3 * TEST_CPUS + 1)) {
		lwkt_yield();
		test_relax();
	}
	pthread_join(foreign, NULL);
	__atomic_store_n(&far_stop, 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	test_check(lwkt_wind_down(10000) == 0); /* a wakeup that nobody needs any more */
}
