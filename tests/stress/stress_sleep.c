/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads that sleep and wait: sleep.h. Here are the servers, and the tests.
 */
#include <pthread.h>

#include <lwkt_thread.h>

#include "sleep.h"

struct lwkt_port servers[2]; /* of CPU 1, of the clerks */
struct caller callers[EACH];
struct lwkt_thread *threads[RTE_DIM(callers) + 1 + CLERKS]; /* whom to interrupt */
static uint64_t had[EACH][2], served[2];
static unsigned int nclerks, nlights;
unsigned int ncallers, nthreads;
unsigned int started, finished, left; /* atomic */

void
meet(unsigned int *counter, unsigned int all)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < all)
		if (lwkt_curthread()->td_kind == LWKT_THREAD_LIGHT) {
			lwkt_yield();
		} else if (lwkt_poll() == 0) {
			if (lwkt_curthread()->td_kind == LWKT_THREAD_CPU)
				lwkt_yield(); /* to the LWKT threads of this CPU */
			test_relax();
		}
}

/*
 * Servers
 */

static void
serve(struct smsg *m, unsigned int at)
{
	test_check(m->to == at && m->seen++ == 0 && m->from < RTE_DIM(callers));
	if (at == 0 || nclerks == 1)
		test_check(m->number == had[m->from][at]++);
	m->msg.u.ms_lresult = (long)(m->number * 16 + m->from);
	__atomic_fetch_add(&served[at], 1, __ATOMIC_RELAXED);
	if (m->guard != NULL) {
		struct lwkt_serialize *guard = m->guard; /* the message is gone in a moment */

		lwkt_serialize_enter(guard);
		lwkt_replymsg(&m->msg, (int)m->from);
		lwkt_serialize_exit(guard);
	} else {
		lwkt_replymsg(&m->msg, (int)m->from);
	}
}

/* Until the callers have all they want. CPU 1 never sleeps here: it would not see the end. */
static int
cpu_server(void *arg)
{
	lwkt_msg_t msg;

	threads[RTE_DIM(callers)] = lwkt_curthread();
	meet(&started, nthreads);
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < ncallers) {
		lwkt_poll();
		while ((msg = lwkt_getport(&servers[0])) != NULL)
			serve((struct smsg *)(void *)msg, 0);
		lwkt_flush();
		stress_check_enough();
	}
	meet(&left, nthreads);
	(void)arg;
	return 0;
}

/* Sleeps until there is a message; one without a sender sends it home. */
static void *
clerk(void *arg)
{
	unsigned int i = (unsigned int)(uintptr_t)arg;
	lwkt_msg_t msg;

	test_check(lwkt_attach("clerk") == 0);
	threads[i] = lwkt_curthread();
	meet(&started, nthreads);
	for (bool catch = true;; catch = !catch) {
		msg = lwkt_waitport(&servers[1], catch ? LWKT_PCATCH : 0);
		if (msg == NULL)
			test_check(catch);
		else if (((struct smsg *)(void *)msg)->to == UINT32_MAX)
			break;
		else
			serve((struct smsg *)(void *)msg, 1);
	}
	lwkt_replymsg(msg, 0);
	meet(&left, nthreads);
	lwkt_detach();
	return NULL;
}

static void *
pthread_caller(void *arg)
{
	test_check(lwkt_attach("caller") == 0);
	call_all(arg);
	lwkt_detach();
	return NULL;
}

static struct lwkt_thread *lights[LIGHTS];

static unsigned int
cpu_of_light(unsigned int i)
{
	return 2 + i % 2;
}

/* A CPU that calls; then it runs its LWKT threads to their end. */
static int
cpu_caller(void *arg)
{
	call_all(arg);
	for (unsigned int i = 0; i < nlights; i++)
		if (cpu_of_light(i) == lwkt_mycpuid())
			test_check(lwkt_join(lights[i]) == 0);
	return 0;
}

/* Its home is made here, as a thread port is made for who takes from it. */
static void
light_caller(void *arg)
{
	struct caller *c = arg;

	if (!c->serialized)
		lwkt_initport_thread(&c->home, lwkt_curthread());
	call_all(c);
}

/* LWKT threads among the callers, on CPUs 2 and 3 in turn. */
static void
lights_begin(void)
{
	for (unsigned int i = 0; i < nlights; i++)
		test_check(lwkt_create(light_caller, &callers[FIRST_LIGHT + i], &lights[i], NULL, 0,
		               (int)cpu_of_light(i), "caller%u", i) == 0);
}

/*
 * The tests
 */

static void
callers_init(uint64_t messages, unsigned int serialized)
{
	uint64_t seed = stress_begin();

	for (unsigned int i = 0; i < RTE_DIM(callers); i++) {
		struct caller *c = &callers[i];

		if (i < 2 || i >= FIRST_LIGHT + nlights) /* lcores 0 and 1 do not call */
			continue;
		lwkt_serialize_init(&c->guard);
		c->serialized = i % 4 < serialized;
		if (c->serialized)
			lwkt_initport_serialize(&c->home, &c->guard);
		else if (i < TEST_CPUS)
			lwkt_initport_thread(&c->home, lwkt_cpu_thread(i));
		else if (i < FIRST_LIGHT)
			lwkt_initport_spin(&c->home, NULL, false);
		/* A CPU that waits burns what the pthreads need. */
		c->to_send = i < TEST_CPUS || i >= FIRST_LIGHT ? messages / 4 : messages;
		c->seed = seed + i * UINT64_C(0x9e3779b97f4a7c15);
		ncallers++;
	}
}

static void
send_home(void)
{
	static struct smsg end[CLERKS];
	lwkt_port_t home = lwkt_thread_port(lwkt_curthread());

	for (unsigned int i = 0; i < nclerks; i++) {
		end[i].to = UINT32_MAX;
		lwkt_initmsg(&end[i].msg, home, 0);
		lwkt_sendmsg(&servers[1], &end[i].msg);
	}
	for (unsigned int i = 0; i < nclerks; i++)
		test_check(lwkt_waitport(home, 0) != NULL);
}

/* serialized: of four callers in a row so many have a serializer port as their home. */
static void
sleepers(unsigned int clerks, uint64_t messages, unsigned int serialized)
{
	pthread_t pt[CALLERS + CLERKS];
	uint64_t sent = 0, aborts = 0;
	unsigned int i;

	nclerks = clerks;
	callers_init(messages, serialized);
	nthreads = ncallers + nclerks + 2; /* CPUs 0 and 1 */
	lwkt_initport_thread(&servers[0], lwkt_cpu_thread(1));
	lwkt_initport_spin(&servers[1], NULL, false);
	lights_begin();
	test_launch(1, cpu_server, NULL);
	for (i = 2; i < TEST_CPUS; i++)
		test_launch(i, cpu_caller, &callers[i]);
	for (i = 0; i < CALLERS; i++)
		pthread_create(&pt[i], NULL, pthread_caller, &callers[TEST_CPUS + i]);
	for (i = 0; i < nclerks; i++)
		pthread_create(
		    &pt[CALLERS + i], NULL, clerk, (void *)(uintptr_t)(RTE_DIM(callers) + 1 + i));
	meet(&started, nthreads);
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < ncallers)
		lwkt_poll();
	send_home();
	meet(&left, nthreads);
	for (i = 0; i < CALLERS + nclerks; i++)
		pthread_join(pt[i], NULL);
	for (i = 1; i < TEST_CPUS; i++)
		test_join(i);
	/* An interrupt is no message that somebody waits for: the last ones may be under way. */
	test_check(lwkt_wind_down(10000) == 0);
	for (i = 0; i < RTE_DIM(callers); i++) {
		sent += callers[i].sent[0] + callers[i].sent[1];
		aborts += callers[i].aborts;
	}
	cr_expect_eq(sent, served[0] + served[1]);
	cr_expect_gt(aborts, 0, "nobody was interrupted");
	stress_end(sent);
}

#define SLEEPS (100000 / SCALE)

LWKT_TEST(stress_sleep, S42_pthreads_and_cpus_wait_for_one_clerk)
{
	sleepers(1, SLEEPS, 0);
}

LWKT_TEST(stress_sleep, S38_pthreads_and_cpus_wait_for_two_clerks)
{
	sleepers(2, SLEEPS, 0);
}

LWKT_TEST(stress_sleep, Z43_serializer_homes)
{
	sleepers(2, SLEEPS, 3);
}

LWKT_TEST(stress_sleep, L105_S42_lwkt_threads_among_them)
{
	nlights = LIGHTS;
	sleepers(2, SLEEPS / 2, 0);
}

LWKT_TEST(stress_sleep, L105_Z43_lwkt_threads_with_serializer_homes)
{
	nlights = LIGHTS;
	sleepers(1, SLEEPS / 2, 2);
}

LWKT_TEST_ENV(stress_sleep, I68_rings_of_one, .te_config.cf_ring_size = 1)
{
	sleepers(1, SLEEPS, 2);
}
