/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of the stress tests: seeds, hangs, and the count of messages. Criterion runs each test
 * in a process of its own, so they tell the runner through a file.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <criterion/hooks.h>

#include "traffic.h"

#define HANGS_AFTER 100 /* seconds; less than the frame's own limit */

static uint64_t seed;
static struct timespec begun;

static void
say_seed(const char *why)
{
	fprintf(stderr, "stress: %s; LWKT_STRESS_SEED=%" PRIu64 " makes the same choices again\n",
	    why, seed);
}

/* Not safe in a signal's handler in general, but all that waits is a test that has failed. */
static void
hangs(int sig)
{
	(void)sig;
	say_seed("no end: something is lost");
	abort();
}

/*
 * The lcores of these tests share processors. A wait that is in the library polls, and would use
 * up its time there while whoever it waits for has none; here it offers the processor.
 */
unsigned int __real_lwkt_poll(void);
unsigned int __wrap_lwkt_poll(void);

unsigned int
__wrap_lwkt_poll(void)
{
	unsigned int handled = __real_lwkt_poll();

	if (handled == 0)
		test_relax();
	return handled;
}

#if TEST_TSAN

/*
 * EAL is not built with TSan, which therefore does not see that the heap's lock orders who gives a
 * piece back and who gets it next.
 */
void *__wrap_rte_zmalloc(const char *type, size_t bytes, unsigned int align);
void __wrap_rte_free(void *mem);

void *
__wrap_rte_zmalloc(const char *type, size_t bytes, unsigned int align)
{
	(void)type;
	(void)align; /* at most a cache line */
	bytes = RTE_ALIGN_CEIL(bytes, (size_t)RTE_CACHE_LINE_SIZE);
	return memset(aligned_alloc(RTE_CACHE_LINE_SIZE, bytes), 0, bytes);
}

void
__wrap_rte_free(void *mem)
{
	free(mem);
}

#endif

uint64_t
stress_begin(void)
{
	const char *given = getenv("LWKT_STRESS_SEED");

	clock_gettime(CLOCK_MONOTONIC, &begun);
	seed = given != NULL ? strtoull(given, NULL, 0)
	                     : (uint64_t)begun.tv_sec * 1000000007 + (uint64_t)begun.tv_nsec;
	seed += seed == 0;
	signal(SIGALRM, hangs);
	alarm(HANGS_AFTER);
	return seed;
}

void
stress_check_enough(void)
{
	if (test_checks_failed() <= 10)
		return;
	say_seed("too much is wrong");
	abort();
}

static void
count_file(char path[64], pid_t runner)
{
	snprintf(path, 64, "/tmp/lwkt-stress-%d", (int)runner);
}

void
stress_end(uint64_t messages)
{
	struct timespec now;
	char path[64];
	FILE *f;

	alarm(0);
	if (test_checks_failed() > 0)
		say_seed("it failed");
	clock_gettime(CLOCK_MONOTONIC, &now);
	count_file(path, getppid());
	f = fopen(path, "a");
	cr_assert_not_null(f);
	fprintf(f, "%" PRIu64 " %.3f\n", messages,
	    (double)(now.tv_sec - begun.tv_sec) + 1e-9 * (double)(now.tv_nsec - begun.tv_nsec));
	fclose(f);
}

/* In the runner, behind all tests. */
ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	uint64_t messages, sum = 0;
	double seconds, total = 0;
	char path[64];
	FILE *f;

	(void)stats;
	count_file(path, getpid());
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while (fscanf(f, "%" SCNu64 " %lf", &messages, &seconds) == 2) {
		sum += messages;
		total += seconds;
	}
	fclose(f);
	unlink(path);
	printf("stress: moved %" PRIu64 " messages in %.1f s\n", sum, total);
}
