/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EAL and lwkt around a test's body.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "test.h"

#define AT_END_MAX 16

static struct {
	void (*fn)(void *);
	void *arg;
} at_end[AT_END_MAX];
static unsigned int n_at_end;

void
test_at_end(void (*fn)(void *), void *arg)
{
	cr_assert_lt(n_at_end, AT_END_MAX);
	at_end[n_at_end].fn = fn;
	at_end[n_at_end++].arg = arg;
}

/*
 * EAL loads each of the drivers in its directory, some 190, into every test, unless it is linked
 * statically. It finds that out by looking for its own library, so let it not find that: a test
 * starts five times faster, and loads only the drivers that are named.
 */
void *
dlopen(const char *file, int flags)
{
	static void *(*real)(const char *, int);

	if (real == NULL)
		*(void **)(uintptr_t)&real = dlsym(RTLD_NEXT, "dlopen");
	if ((flags & RTLD_NOLOAD) && file != NULL && strstr(file, "librte_eal") != NULL)
		return NULL;
	return real(file, flags);
}

/*
 * Criterion's libgit2 reads all certificates of the system in each process that starts, a seventh of
 * a short test's time. Nobody here asks a server.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

int
mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain;
	(void)path;
	return 0;
}

static bool eal_starts;

/*
 * Where the processor does not tell its TSC's rate, EAL sleeps 100 ms to measure it: most of what a
 * short test takes. 5 ms do, since it reads TSC and clock together at both ends.
 */
int
nanosleep(const struct timespec *wanted, struct timespec *rest)
{
	const struct timespec most = {.tv_nsec = 5000000};
	int rc = clock_nanosleep(CLOCK_MONOTONIC, 0, eal_starts ? &most : wanted, rest);

	if (rc != 0)
		errno = rc;
	return rc == 0 ? 0 : -1;
}

/*
 * Four virtual CPUs on however few processors. No files are shared, so tests run in parallel; the
 * prefix is the same for all of them, so that they do not leave a directory each.
 */
static const char *const eal_args[] = {
    "test", "--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry", "--log-level=4",
    "--lcores=(0-3)@(0-1)", "--file-prefix=lwkt-unit", "-d", "librte_mempool_ring.so",
#if TEST_TSAN
    "--mbuf-pool-ops-name=test_fifo", /* test_mempool.c */
#endif
};

static void
eal_up(const struct test_env *env)
{
	static char args[RTE_DIM(eal_args) + TEST_EAL_ARGS][64];
	char *argv[RTE_DIM(args) + 1];
	int argc = 0;

	for (unsigned int i = 0; i < RTE_DIM(eal_args); i++)
		argv[argc++] = strcpy(args[i], eal_args[i]);
	for (unsigned int i = 0; i < TEST_EAL_ARGS && env->te_eal[i] != NULL; i++, argc++)
		argv[argc] = strncat(args[argc], env->te_eal[i], sizeof(args[0]) - 1);
	argv[argc] = NULL;
	eal_starts = true;
	cr_assert_geq(rte_eal_init(argc, argv), 0, "EAL does not start");
	eal_starts = false;
	cr_assert_eq(rte_lcore_count(), TEST_CPUS);
}

void
test_run(const struct test_env *env, void (*body)(void))
{
	eal_up(env);
	if (!env->te_bare)
		cr_assert_eq(lwkt_init(&env->te_config), 0);
	body();
	cr_expect_eq(test_checks_failed(), 0);
	while (n_at_end > 0) {
		n_at_end--;
		at_end[n_at_end].fn(at_end[n_at_end].arg);
	}
	lwkt_fini(); /* stops the program if a message is still in transit */
	cr_expect_eq(rte_eal_cleanup(), 0);
	rmdir(rte_eal_get_runtime_dir()); /* EAL leaves it; another test may be using it */
	cr_assert_eq(test_san_reports(), 0, "the sanitizer has reported something");
	test_coverage_write();
}

unsigned int
test_poll_as(unsigned int lcore_id)
{
	unsigned int before = lwkt_mycpuid(), n;

	cpu_impersonate(lcore_id);
	n = lwkt_poll();
	cpu_impersonate(before != LWKT_CPU_NONE ? before : RTE_MAX_LCORE - 1);
	return n;
}

void
test_settle(void)
{
	unsigned int lcore_id, idle = 0;

	/* A poll also publishes: after one silent round there may be a message for the next. */
	while (idle < 2) {
		unsigned int handled = 0;

		RTE_LCORE_FOREACH (lcore_id) {
			cpu_impersonate(lcore_id);
			handled += lwkt_poll();
		}
		idle = handled == 0 ? idle + 1 : 0;
	}
	cpu_impersonate(0);
}
