/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Services of CPUs, and control of a pipeline by whoever wants something of it.
 */
#include <errno.h>
#include <pthread.h>

#include <lwkt_netisr.h>
#include <lwkt_pipeline.h>
#include <lwkt_thread.h>

#include "kinds.h"

#define POOL  2047
#define TIMES 5

static struct sink_conf sinks[1];

/* a (1) -> r (2) -> s (3), without end; s may be on the main lcore. */
static struct lwkt_pipeline *
flow(unsigned int last)
{
	static struct source_conf source;
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"r"}},
	    {"r", &kind_relay, 2, NULL, {"s"}},
	    {"s", &kind_sink, last, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl;

	source = (struct source_conf){test_pool("p", POOL), 0, UINT32_MAX, 16, 0, false, 0};
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	return pl;
}

static void
flow_end(struct lwkt_pipeline *pl)
{
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

/* A message that notes where it has been. */
struct visit {
	struct lwkt_netmsg vi_nm; /* first */
	unsigned int vi_n, vi_cpu[8];
	const struct lwkt_thread *vi_thread; /* the last one's */
};

static void
visit_note(struct visit *vi)
{
	vi->vi_cpu[vi->vi_n++] = lwkt_mycpuid();
	vi->vi_thread = lwkt_curthread();
}

static void
visit_one(struct lwkt_netmsg *nm)
{
	visit_note((struct visit *)nm);
	lwkt_replymsg(&nm->nm_lmsg, ENOENT);
}

static void
visit_all(struct lwkt_netmsg *nm)
{
	visit_note((struct visit *)nm);
	lwkt_netisr_forwardmsg(nm, lwkt_mycpuid() + 1);
}

static void
visit_init(struct visit *vi, void (*dispatch)(struct lwkt_netmsg *))
{
	*vi = (struct visit){.vi_n = 0};
	lwkt_netmsg_init(&vi->vi_nm, lwkt_thread_port(lwkt_curthread()), 0, dispatch);
}

/* By main, a pthread or an LWKT thread, on those CPUs. */
static void
visit_each(unsigned int first, unsigned int last)
{
	struct visit vi;

	for (unsigned int cpu = first; cpu <= last; cpu++) {
		visit_init(&vi, visit_one);
		test_check(lwkt_netisr_domsg(&vi.vi_nm, cpu) == ENOENT);
		test_check(vi.vi_n == 1 && vi.vi_cpu[0] == cpu);
		test_check(vi.vi_thread == lwkt_cpu_thread(cpu));
	}
}

static void *
visit_as_pthread(void *arg)
{
	test_check(lwkt_attach("visitor") == 0);
	visit_each(1, 3);
	lwkt_detach();
	return arg;
}

static void
visit_as_thread(void *arg)
{
	visit_each(1, 3);
	*(bool *)arg = true;
}

LWKT_TEST(netisr, K119_a_loop_runs_what_its_cpu_is_sent)
{
	struct lwkt_pipeline *pl = flow(3);
	struct visit vi;
	pthread_t pthread;
	bool done = false;

	visit_each(1, 3);
	cr_assert_eq(pthread_create(&pthread, NULL, visit_as_pthread, NULL), 0);
	pthread_join(pthread, NULL);
	cr_assert_eq(lwkt_create(visit_as_thread, &done, NULL, NULL, 0, -1, "visitor"), 0);
	while (!done)
		lwkt_yield();
	visit_init(&vi, visit_one);
	lwkt_netisr_sendmsg(&vi.vi_nm, 2);
	cr_expect_eq(lwkt_waitmsg(&vi.vi_nm.nm_lmsg, 0), ENOENT, "and one that is not waited for");
	flow_end(pl);
}

LWKT_TEST(netisr, K119_a_call_to_itself_runs_inline)
{
	struct visit vi;

	visit_init(&vi, visit_one);
	cr_expect_eq(lwkt_netisr_domsg(&vi.vi_nm, 0), ENOENT, "nobody serves there");
	cr_expect_eq(vi.vi_n, 1);
	cr_expect_eq(vi.vi_thread, lwkt_curthread());
}

LWKT_TEST(netisr, K119_a_cpu_without_a_loop_has_a_thread)
{
	struct visit vi;

	cr_expect_eq(lwkt_netisr_start(99), -EINVAL);
	cr_expect_null(lwkt_netisr_cpuport(99));
	visit_init(&vi, visit_one);
	lwkt_netisr_sendmsg(&vi.vi_nm, 0);
	lwkt_yield();
	cr_expect_eq(lwkt_checkmsg(&vi.vi_nm.nm_lmsg), 0, "it waits for one");
	cr_assert_eq(lwkt_netisr_start(0), 0);
	cr_expect_eq(lwkt_netisr_start(0), -EALREADY);
	cr_expect_eq(lwkt_waitmsg(&vi.vi_nm.nm_lmsg, 0), ENOENT);
	cr_expect_neq(vi.vi_thread, lwkt_curthread());
}

LWKT_TEST(netisr, K119_a_global_message_goes_from_cpu_to_cpu)
{
	struct lwkt_pipeline *pl;
	struct visit vi;

	visit_init(&vi, visit_all);
	cr_expect_eq(lwkt_netisr_domsg_global(&vi.vi_nm), ESRCH, "nobody serves");
	cr_assert_eq(lwkt_netisr_start(0), 0);
	pl = flow(3);
	while (vi.vi_n < 4) { /* until all loops have begun */
		visit_init(&vi, visit_all);
		cr_expect_eq(lwkt_netisr_domsg_global(&vi.vi_nm), 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		cr_expect_eq(vi.vi_cpu[i], i);
	flow_end(pl);
}

/* The main lcore's loop takes the service from its thread, which has it again afterwards. */
LWKT_TEST(netisr, K119_a_loop_serves_instead_of_the_thread)
{
	const struct lwkt_thread *thread;
	struct lwkt_pipeline *pl;
	struct visit vi;

	cr_assert_eq(lwkt_netisr_start(0), 0);
	visit_init(&vi, visit_one);
	lwkt_netisr_sendmsg(&vi.vi_nm, 0);
	lwkt_waitmsg(&vi.vi_nm.nm_lmsg, 0);
	thread = vi.vi_thread;
	pl = flow(0);
	lwkt_pipeline_round(pl);
	visit_init(&vi, visit_one);
	lwkt_netisr_sendmsg(&vi.vi_nm, 0);
	lwkt_yield();
	cr_expect_eq(lwkt_checkmsg(&vi.vi_nm.nm_lmsg), 0, "the thread does not");
	while (!lwkt_checkmsg(&vi.vi_nm.nm_lmsg))
		lwkt_pipeline_round(pl);
	cr_expect_eq(vi.vi_thread, lwkt_curthread());
	lwkt_waitmsg(&vi.vi_nm.nm_lmsg, 0);
	flow_end(pl);
	lwkt_yield(); /* it finds nothing, and sleeps */
	visit_init(&vi, visit_one);
	lwkt_netisr_sendmsg(&vi.vi_nm, 0);
	lwkt_yield();
	cr_assert(lwkt_checkmsg(&vi.vi_nm.nm_lmsg), "the message has woken it");
	lwkt_waitmsg(&vi.vi_nm.nm_lmsg, 0);
	cr_expect_eq(vi.vi_thread, thread);
}

/*
 * Control
 */

struct asked {
	struct lwkt_pipeline *as_pl;
	unsigned int as_cpu[TIMES * 3], as_n; /* of a roll-out, which goes from CPU to CPU */
	uint64_t as_rollups;                  /* atomic, relaxed */
	bool as_done;
};

static void
asked_note(void *arg)
{
	struct asked *as = arg;

	as->as_cpu[as->as_n++] = lwkt_mycpuid();
}

static void
asked_rollup(void *arg)
{
	__atomic_fetch_add(&((struct asked *)arg)->as_rollups, 1, __ATOMIC_RELAXED);
}

/* All that there is, by any thread. */
static void
ask_all(struct asked *as)
{
	struct lwkt_rollup ro = {.ro_fn = asked_rollup, .ro_arg = as};
	struct lwkt_account ac;

	for (unsigned int i = 0; i < TIMES; i++) {
		as->as_n = 0;
		test_check(lwkt_pipeline_call(as->as_pl, 2, asked_note, as) == 0);
		test_check(as->as_n == 1 && as->as_cpu[0] == 2);
		as->as_n = 0;
		while (lwkt_pipeline_rollout(as->as_pl, asked_note, as) == -EBUSY)
			test_relax(); /* another one has parked it */
		test_check(as->as_n == 3 && as->as_cpu[0] == 1 && as->as_cpu[1] == 2 &&
		           as->as_cpu[2] == 3);
		test_check(lwkt_pipeline_audit(as->as_pl, &ac) == 0);
		lwkt_pipeline_park(as->as_pl);
		lwkt_pipeline_unpark(as->as_pl);
	}
	test_check(lwkt_rollup_register(as->as_pl, 1, &ro) == 0);
	while (__atomic_load_n(&as->as_rollups, __ATOMIC_RELAXED) == 0)
		test_check(
		    lwkt_pipeline_call(as->as_pl, 1, asked_note, &(struct asked){.as_n = 0}) == 0);
	test_check(lwkt_rollup_unregister(as->as_pl, 1, &ro) == 0);
}

static void *
ask_as_pthread(void *arg)
{
	test_check(lwkt_attach("asker") == 0);
	ask_all(arg);
	lwkt_detach();
	return NULL;
}

static void
ask_as_thread(void *arg)
{
	ask_all(arg);
	((struct asked *)arg)->as_done = true;
}

LWKT_TEST(netisr, K118_pthreads_and_threads_control_it_at_once)
{
	struct lwkt_pipeline *pl = flow(3);
	struct asked as[4] = {{.as_pl = pl}, {.as_pl = pl}, {.as_pl = pl}, {.as_pl = pl}};
	pthread_t pthread[2];

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&pthread[i], NULL, ask_as_pthread, &as[i]), 0);
	cr_assert_eq(lwkt_create(ask_as_thread, &as[2], NULL, NULL, 0, -1, "asker"), 0);
	ask_all(&as[3]);
	while (!as[2].as_done)
		lwkt_yield();
	for (int i = 0; i < 2; i++)
		pthread_join(pthread[i], NULL);
	flow_end(pl);
}

/* On CPU 2, by its loop: of itself, of others, and of all. */
static void
ask_from_loop(void *arg)
{
	struct asked *as = arg;

	for (unsigned int cpu = 1; cpu <= 3; cpu++) {
		as->as_n = 0;
		test_check(lwkt_pipeline_call(as->as_pl, cpu, asked_note, as) == 0);
		test_check(as->as_n == 1 && as->as_cpu[0] == cpu);
	}
	as->as_n = 0;
	while (lwkt_pipeline_rollout(as->as_pl, asked_note, as) == -EBUSY)
		test_relax();
	test_check(as->as_n == 3 && as->as_cpu[2] == 3);
}

LWKT_TEST(netisr, K118_a_loop_of_it_can_ask_too)
{
	struct lwkt_pipeline *pl = flow(3);
	struct asked as[2] = {{.as_pl = pl}, {.as_pl = pl}};
	pthread_t pthread;

	cr_assert_eq(pthread_create(&pthread, NULL, ask_as_pthread, &as[1]), 0);
	for (int i = 0; i < TIMES; i++)
		cr_expect_eq(lwkt_pipeline_call(pl, 2, ask_from_loop, &as[0]), 0);
	pthread_join(pthread, NULL);
	flow_end(pl);
}

LWKT_TEST(netisr, K118_a_barrier_ends_with_the_last_who_wants_it)
{
	struct lwkt_pipeline *pl = flow(3);
	struct asked as = {.as_pl = pl};

	lwkt_pipeline_park(pl);
	lwkt_pipeline_park(pl);
	lwkt_pipeline_unpark(pl);
	cr_expect_eq(lwkt_pipeline_rollout(pl, asked_note, &as), -EBUSY);
	lwkt_pipeline_unpark(pl);
	cr_expect_eq(lwkt_pipeline_rollout(pl, asked_note, &as), 0);
	flow_end(pl);
}
