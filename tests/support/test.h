/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame that every test of this project runs in.
 *
 *      LWKT_TEST(port_thread, T30_remote_put_links_on_the_owner_cpu)
 *      {
 *              cpu_impersonate(1);     the calling OS thread is CPU 1 now
 *              lwkt_sendmsg(port, msg);
 *              lwkt_flush();
 *              cpu_impersonate(0);     and now CPU 0
 *              lwkt_poll();
 *              cr_expect(...);
 *      }
 *
 * The name begins with the number of the contract statement it tests, or several (M15_M16_); API_:
 * a promise of a header that has no number. scripts/contract-tests.py counts them.
 *
 * Set-up, body, teardown and the sanitizers' verdict all run inside the test's body: Criterion
 * prints a failure of its own .fini hook, but passes the test.
 *
 * Most tests play all CPUs from one OS thread, step by step, and are deterministic. A test that
 * uses real threads asserts in the main one only: cr_assert leaves by longjmp.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <criterion/criterion.h>

#include <lwkt_cpu.h>

#include "cpu_pvt.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEST_TSAN 1
#elif __has_feature(address_sanitizer)
#define TEST_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TEST_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define TEST_ASAN 1
#endif
#ifndef TEST_TSAN
#define TEST_TSAN 0
#endif
#ifndef TEST_ASAN
#define TEST_ASAN 0
#endif

#define TEST_CPUS 4 /* lcores 0..3, 0 the main one */

#define TEST_EAL_ARGS 8

struct test_env {
	struct lwkt_config te_config;
	bool te_bare;                      /* the body calls lwkt_init() itself */
	const char *te_eal[TEST_EAL_ARGS]; /* more arguments for EAL: drivers, devices */
};

/* Run body with EAL up, lwkt initialised, and everything checked and undone behind it. */
void test_run(const struct test_env *env, void (*body)(void));

/* A test in an environment of its own: LWKT_TEST_ENV(u, n, .te_config.cf_ring_size = 1) { ... } */
#define LWKT_TEST_ENV(unit, name, ...)                            \
	static void unit##_##name##_body(void);                   \
	Test(unit, name, .timeout = 120)                          \
	{                                                         \
		static const struct test_env env = {__VA_ARGS__}; \
		test_run(&env, unit##_##name##_body);             \
	}                                                         \
	static void unit##_##name##_body(void)

#define LWKT_TEST(unit, name)      LWKT_TEST_ENV(unit, name, .te_bare = false)
#define LWKT_TEST_BARE(unit, name) LWKT_TEST_ENV(unit, name, .te_bare = true)

/* Run fn(arg) between the body and lwkt_fini(), last registered first. */
void test_at_end(void (*fn)(void *), void *arg);

/* Let every CPU poll, in turn, until none of them finds anything; ends as CPU 0. */
void test_settle(void);

/* One pass of transit as that CPU; the caller stays who it is. Returns what lwkt_poll() does. */
unsigned int test_poll_as(unsigned int lcore_id);

/* test_stop.c: broken contracts */

/*
 * Does fn(arg) stop the program, by abort(), with one line "lwkt: ..." that contains all of these
 * texts (NULL at the end)? Runs fn in a child process, which shares EAL's memory (mbufs) with us
 * and has a copy of the rest. Prints what came instead.
 */
bool test_stops(void (*fn)(void *), void *arg, const char *const *texts);

#define expect_stops(fn, arg, ...)                                               \
	cr_expect(test_stops(fn, arg, (const char *const[]){__VA_ARGS__, NULL}), \
	    "%s must stop the program", #fn)

/* test_log.c: what the library logs */

void test_log_begin(void);
/* What was logged since test_log_begin(); valid until the next one. */
const char *test_log_end(void);

/* test_lcore.c: real threads */

/* rte_eal_remote_launch() and its join, through an atomic flag that the sanitizers see. */
void test_launch(unsigned int lcore_id, int (*fn)(void *), void *arg);
int test_join(unsigned int lcore_id);
/* An assertion off the main thread: counted, and the test fails at its end. */
#define test_check(cond)                                              \
	do {                                                          \
		if (!(cond))                                          \
			test_check_failed(__FILE__, __LINE__, #cond); \
	} while (0)
void test_check_failed(const char *file, int line, const char *cond);
unsigned int test_checks_failed(void);
/* Offer the processor: the lcores of a test share the machine's. */
void test_relax(void);

/* xorshift64*: the seed repeats a run. */
static inline uint64_t
test_rand(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* test_san.c */
int test_san_reports(void);
/* The counts of a coverage build (scripts/coverage.sh), before a process ends without exit(). */
void test_coverage_write(void);

#endif /* TEST_H */
