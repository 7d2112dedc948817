/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt_init(), lwkt_fini(), and who is who.
 */
#include <errno.h>
#include <pthread.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <numa.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "fake.h"

LWKT_TEST(cpu, API_every_enabled_lcore_is_a_cpu)
{
	static const char *const names[TEST_CPUS] = {"cpu0", "cpu1", "cpu2", "cpu3"};
	static const unsigned int none[] = {
	    TEST_CPUS, RTE_MAX_LCORE - 1, RTE_MAX_LCORE, UINT32_MAX};

	cr_expect_eq(lwkt_ncpus(), TEST_CPUS);
	for (unsigned int i = 0; i < TEST_CPUS; i++) {
		struct lwkt_thread *td = lwkt_cpu_thread(i);

		cr_assert_not_null(td);
		cr_expect_eq(lwkt_thread_cpuid(td), i);
		cr_expect_str_eq(lwkt_thread_name(td), names[i]);
		cr_expect_eq((uintptr_t)lwkt_thread_port(td) % RTE_CACHE_LINE_SIZE, 0);
		for (unsigned int j = 0; j < i; j++)
			cr_expect_neq(td, lwkt_cpu_thread(j));
	}
	for (unsigned int i = 0; i < RTE_DIM(none); i++)
		cr_expect_null(lwkt_cpu_thread(none[i]), "%u is no CPU", none[i]);
}

static int
who_am_i(void *arg)
{
	(void)arg;
	return lwkt_curthread() == lwkt_cpu_thread(rte_lcore_id()) ? (int)lwkt_mycpuid() : -1;
}

/* What lwkt_init() asks; --wrap in meson.build. */
static bool secondary;
enum rte_proc_type_t __wrap_rte_eal_process_type(void);
enum rte_proc_type_t __real_rte_eal_process_type(void);

enum rte_proc_type_t
__wrap_rte_eal_process_type(void)
{
	return secondary ? RTE_PROC_SECONDARY : __real_rte_eal_process_type();
}

LWKT_TEST_BARE(cpu, API_a_secondary_process_is_refused_with_a_line)
{
	secondary = true;
	test_log_begin();
	cr_expect_eq(lwkt_init(NULL), -ENOTSUP);
	cr_expect_not_null(
	    strstr(test_log_end(), "lwkt_init: this is a secondary process of DPDK"));
	cr_expect_eq(lwkt_ncpus(), 0);
	secondary = false;
	cr_expect_eq(lwkt_init(NULL), 0);
}

LWKT_TEST(cpu, API_each_lcore_knows_which_cpu_it_is)
{
	cr_expect_eq(who_am_i(NULL), 0);
	for (unsigned int i = 1; i < TEST_CPUS; i++) {
		test_launch(i, who_am_i, NULL);
		cr_expect_eq(test_join(i), (int)i);
	}
}

static int
is_nobody(void *arg)
{
	(void)arg;
	return lwkt_curthread() == NULL && lwkt_mycpuid() == LWKT_CPU_NONE;
}

static void
expect_nobody_is_a_cpu(void)
{
	struct lwkt_transit_stats ts;

	cr_expect_eq(lwkt_ncpus(), 0);
	cr_expect(is_nobody(NULL));
	for (unsigned int i = 0; i < TEST_CPUS; i++)
		cr_expect_null(lwkt_cpu_thread(i));
	for (unsigned int i = 1; i < TEST_CPUS; i++) {
		test_launch(i, is_nobody, NULL);
		cr_expect(test_join(i), "lcore %u", i);
	}
	cr_expect_eq(lwkt_poll(), 0);
	lwkt_flush();
	cr_expect_eq(lwkt_transit_stats(0, 1, &ts), -EINVAL);
}

LWKT_TEST_BARE(cpu, API_before_init_and_after_fini_nobody_is_a_cpu)
{
	lwkt_fini();
	expect_nobody_is_a_cpu();
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(lwkt_init(NULL), 0);
		cr_expect_eq(lwkt_ncpus(), TEST_CPUS);
		lwkt_fini();
		expect_nobody_is_a_cpu();
	}
}

LWKT_TEST_BARE(cpu, API_init_refuses_a_setting_out_of_range_and_names_it)
{
	static const struct {
		struct lwkt_config cfg;
		int rc;
		const char *names; /* in the logged line */
	} cases[] = {
	    /* Limit: RING_SIZE_MAX, LWKT_FLUSH_MAX */
	    {{.cf_ring_size = 65536}, -EINVAL, "cf_ring_size"},
	    {{.cf_ring_size = UINT32_MAX}, -EINVAL, "cf_ring_size"},
	    {{.cf_flush_count = LWKT_FLUSH_MAX + 1}, -EINVAL, "cf_flush_count"},
	    {{.cf_flush_count = UINT32_MAX}, -EINVAL, "cf_flush_count"},
	    {{.cf_ring_size = 1, .cf_flush_count = 33}, -EINVAL, "cf_flush_count"},
	    {{.cf_ring_size = 1, .cf_flush_count = 1}, 0, NULL},
	    {{.cf_ring_size = 65535, .cf_flush_count = 32}, 0, NULL},
	    {{0}, 0, NULL},
	};

	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		const char *log;
		int rc;

		test_log_begin();
		rc = lwkt_init(&cases[i].cfg);
		log = test_log_end();
		cr_expect_eq(rc, cases[i].rc, "case %u: %d", i, rc);
		cr_expect_eq(lwkt_ncpus(), rc == 0 ? TEST_CPUS : 0);
		if (rc == 0) {
			cr_expect_str_empty(log);
			lwkt_fini();
			continue;
		}
		cr_expect(strstr(log, cases[i].names) != NULL, "case %u: '%s'", i, log);
		cr_expect_eq(strchr(log, '\n'), log + strlen(log) - 1, "one line: '%s'", log);
	}
}

LWKT_TEST_ENV(cpu, API_config_is_copied, .te_bare = true)
{
	struct lwkt_config cfg = {.cf_ring_size = 1, .cf_flush_count = 2};
	static struct node nodes[2];

	cr_assert_eq(lwkt_init(&cfg), 0);
	memset(&cfg, 0, sizeof(cfg));
	fake_send_many(nodes, 2, 1);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 1, "flushed at 2, and the ring holds 1");
	test_settle();
}

LWKT_TEST(cpu, API_init_twice_is_ebusy)
{
	struct lwkt_thread *td = lwkt_cpu_thread(1);

	cr_expect_eq(lwkt_init(NULL), -EBUSY);
	cr_expect_eq(lwkt_cpu_thread(1), td);
	cr_expect_eq(lwkt_ncpus(), TEST_CPUS);
}

static int
run_until_set(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE))
		test_relax();
	return 0;
}

LWKT_TEST_BARE(cpu, API_init_while_a_worker_runs_is_ebusy)
{
	int stop = 0;

	test_launch(2, run_until_set, &stop);
	cr_expect_eq(lwkt_init(NULL), -EBUSY);
	cr_expect_eq(lwkt_ncpus(), 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(2);
	cr_expect_eq(lwkt_init(NULL), 0);
}

static int
init_here(void *arg)
{
	(void)arg;
	return lwkt_init(NULL);
}

static void *
init_on_pthread(void *rc)
{
	*(int *)rc = lwkt_init(NULL);
	return NULL;
}

LWKT_TEST_BARE(cpu, API_init_off_the_main_lcore_is_eperm)
{
	pthread_t thread;
	int rc = 0;

	test_launch(1, init_here, NULL);
	cr_expect_eq(test_join(1), -EPERM);
	cr_assert_eq(pthread_create(&thread, NULL, init_on_pthread, &rc), 0);
	pthread_join(thread, NULL);
	cr_expect_eq(rc, -EPERM);
	cr_expect_eq(lwkt_ncpus(), 0);
}

LWKT_TEST_BARE(cpu, API_init_without_memory_is_enomem_and_leaves_nothing)
{
	const struct lwkt_config big = {.cf_ring_size = 65535};
	struct rlimit old, tight;
	const char *log;
	int rc;

	if (numa_available() < 0 || rte_eal_has_hugepages() || TEST_ASAN || TEST_TSAN)
		cr_skip("cannot make memory scarce here");
	cr_assert_eq(getrlimit(RLIMIT_AS, &old), 0);
	tight = old;
	tight.rlim_cur = 1 << 20; /* below what is mapped: nothing more to be had */
	test_log_begin();
	setrlimit(RLIMIT_AS, &tight);
	rc = lwkt_init(&big);
	setrlimit(RLIMIT_AS, &old);
	log = test_log_end();
	cr_expect_eq(rc, -ENOMEM);
	cr_expect(strstr(log, "memory") != NULL, "'%s'", log);
	cr_expect_eq(lwkt_ncpus(), 0);
	cr_expect_null(lwkt_cpu_thread(0));
	cr_expect_eq(lwkt_init(&big), 0);
}

static struct node lost[3];

static void
fini_with_gathered(void *arg)
{
	(void)arg;
	fake_send(&lost[0], 1, 0);
	lwkt_fini();
}

static void
fini_with_published(void *arg)
{
	(void)arg;
	fake_send(&lost[0], 1, 0);
	lwkt_flush();
	lwkt_fini();
}

static void
fini_with_spilled(void *arg)
{
	(void)arg;
	fake_send_many(lost, 3, 1);
	lwkt_flush();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_poll(), 1); /* the ring is empty now, the rest is on the list */
	lwkt_fini();
}

static void
fini_with_inbox(void *arg)
{
	(void)arg;
	cpu_impersonate(RTE_MAX_LCORE - 1); /* no CPU: a foreign thread */
	fake_send(&lost[0], 1, 0);
	cpu_impersonate(0);
	lwkt_fini();
}

static void
fini_with_running_worker(void *arg)
{
	(void)arg;
	lwkt_fini();
}

LWKT_TEST_ENV(
    cpu, API_fini_stops_the_program_rather_than_lose_a_message, .te_config = {.cf_ring_size = 1})
{
	expect_stops(fini_with_gathered, NULL, "lwkt_fini", "in transit");
	expect_stops(fini_with_published, NULL, "lwkt_fini", "in transit");
	expect_stops(fini_with_spilled, NULL, "lwkt_fini", "in transit");
	expect_stops(fini_with_inbox, NULL, "lwkt_fini", "in transit");
}

static unsigned int hops_left;

/* From CPU to CPU, so many times; on whose CPU it runs. */
static void
send_on(struct node *node)
{
	cr_expect_eq(lwkt_mycpuid(), node->to);
	if (hops_left > 0) {
		hops_left--;
		fake_send(node, (node->to + 1) % TEST_CPUS, 0);
	}
}

static void
call_back(void *arg)
{
	*(unsigned int *)arg = lwkt_mycpuid();
}

/* As above, but nothing is lost: gathered, spilled, in an inbox, a call; and what those send. */
LWKT_TEST_ENV(
    cpu, API_wind_down_lets_all_arrive_for_cpus_that_have_left, .te_config = {.cf_ring_size = 1})
{
	unsigned int ran = 0;

	fake_on_arrival = send_on;
	hops_left = 1000;
	fake_send(&lost[0], 1, 0);
	fake_send(&lost[1], 1, 1);
	fake_send(&lost[2], 1, 2);
	lwkt_send_ipiq(2, call_back, &ran);
	cr_expect_eq(lwkt_wind_down(10000), 0);
	cr_expect_eq(fake_arrived, 1003);
	cr_expect_eq(hops_left, 0);
	cr_expect_eq(ran, 2);
	cr_expect_eq(lwkt_mycpuid(), 0);
	cr_expect_eq(lwkt_wind_down(0), 0, "there is nothing");
}

LWKT_TEST_ENV(cpu, API_wind_down_ends_in_time, .te_config = {.cf_ring_size = 1})
{
	const char *log;
	int rc;

	fake_on_arrival = send_on;
	hops_left = UINT_MAX;
	fake_send(&lost[0], 1, 0);
	test_log_begin();
	rc = lwkt_wind_down(20);
	log = test_log_end();
	cr_expect_eq(rc, -ETIMEDOUT);
	cr_expect(strstr(log, "lwkt_wind_down: after 20 ms") != NULL, "'%s'", log);
	hops_left = 0;
	cr_expect_eq(lwkt_wind_down(10000), 0);
}

LWKT_TEST(cpu, API_wind_down_is_the_main_lcores_when_the_workers_have_left)
{
	int stop = 0;

	test_launch(1, run_until_set, &stop);
	cr_expect_eq(lwkt_wind_down(1), -EBUSY);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	cpu_impersonate(RTE_MAX_LCORE - 1); /* no CPU: a foreign thread */
	cr_expect_eq(lwkt_wind_down(1), -EPERM);
	cpu_impersonate(0);
}

LWKT_TEST(cpu, API_fini_with_a_running_worker_stops_the_program)
{
	int stop = 0;

	test_launch(1, run_until_set, &stop);
	expect_stops(fini_with_running_worker, NULL, "lwkt_fini", "worker");
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
}
