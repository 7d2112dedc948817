/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LWKT threads and message ports: waits switch, and what ends a wait makes its thread run once
 * (contract L). One OS thread plays all CPUs but in the last tests.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <lwkt_ipiq.h>
#include <lwkt_serialize.h>
#include <lwkt_thread.h>

#include <rte_cycles.h>

#include "ports.h"

static unsigned int wakes; /* of threads that count how often they run */

static void
run_all(void)
{
	for (unsigned int i = 0; i < 4; i++)
		for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
			run_as(cpu);
}

static struct lwkt_thread *
make(void (*fn)(void *), void *arg, int cpu)
{
	struct lwkt_thread *td = NULL;

	cr_assert_eq(lwkt_create(fn, arg, &td, NULL, 0, cpu, "on%d", cpu), 0);
	lwkt_flush();
	return td;
}

/* Answers so many requests on its own port, each with their number, and ends. */
static void
serves(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	for (int n = *(const int *)arg; n > 0; n--)
		lwkt_replymsg(lwkt_waitport(port, 0), n);
}

struct caller {
	lwkt_port_t to;
	int calls, sum;
	bool done;
};

static void
calls(void *arg)
{
	struct caller *c = arg;
	struct lwkt_msg msg;

	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
	for (int i = 0; i < c->calls; i++)
		c->sum += lwkt_domsg(c->to, &msg, 0);
	c->done = true;
}

LWKT_TEST(threads, L107_L108_a_call_switches_and_comes_back)
{
	static const int three = 3, six = 6;
	struct lwkt_thread *here = make(serves, (void *)(uintptr_t)&three, 0);
	struct lwkt_thread *there = make(serves, (void *)(uintptr_t)&six, 1);
	struct caller c[3] = {{.to = lwkt_thread_port(here), .calls = 3},
	    {.to = lwkt_thread_port(there), .calls = 3},
	    {.to = lwkt_thread_port(there), .calls = 3}};
	struct lwkt_thread *td[3] = {
	    make(calls, &c[0], 0), make(calls, &c[1], 0), make(calls, &c[2], 2)};

	run_all();
	cr_expect(c[0].done && c[1].done && c[2].done);
	cr_expect_eq(c[0].sum, 3 + 2 + 1);
	cr_expect_eq(c[1].sum + c[2].sum, 6 + 5 + 4 + 3 + 2 + 1);
	for (unsigned int i = 0; i < 3; i++)
		lwkt_join(td[i]);
	lwkt_join(here);
	lwkt_join(there);
}

/*
 * Calls of threads of two CPUs lie behind each other on one port, taken as they come. One burst of
 * replies wakes them all, each where it is; so does one whose first is a queued reply's.
 */
LWKT_TEST(threads, P29_L107_one_burst_answers_calls_of_many_threads)
{
	static const int on[] = {0, 0, 2, 0, 2, 1, 0};
	lwkt_port_t server = lwkt_thread_port(lwkt_cpu_thread(1));
	struct caller c[RTE_DIM(on)];
	struct lwkt_thread *td[RTE_DIM(on)];
	lwkt_msg_t msgs[RTE_DIM(on) + 1];
	unsigned int i, n = 0;
	struct tmsg t;

	tmsgs_init(&t, 1, lwkt_thread_port(lwkt_cpu_thread(0)), 0);
	lwkt_sendmsg(server, &t.msg);
	for (i = 0; i < RTE_DIM(on); i++) {
		c[i] = (struct caller){.to = server, .calls = 2};
		td[i] = make(calls, &c[i], on[i]);
	}
	for (unsigned int call = 0; call < 2; call++) {
		for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++)
			run_as(cpu);
		cpu_impersonate(1);
		for (i = 0; i < 3 && n < RTE_DIM(msgs) - call; i++) /* one piece of each ring */
			n += lwkt_getport_burst(server, msgs + n, RTE_DIM(msgs) - n);
		cr_assert_eq(n, RTE_DIM(msgs) - call);
		lwkt_replymsg_burst(msgs, n, 7);
		lwkt_flush();
		cpu_impersonate(0);
		n = 0;
	}
	run_all();
	cr_expect_eq(lwkt_getport(lwkt_thread_port(lwkt_cpu_thread(0))), &t.msg);
	for (i = 0; i < RTE_DIM(on); i++) {
		cr_expect(c[i].done, "%u of CPU %d was not woken", i, on[i]);
		cr_expect_eq(c[i].sum, 14);
		lwkt_join(td[i]);
	}
}

/* Hands each request on as a call of its own: a circle of threads. */
struct link {
	lwkt_port_t next; /* NULL: the last one */
};

static void
passes_on(void *arg)
{
	struct link *l = arg;
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());
	lwkt_msg_t request = lwkt_waitport(port, 0);
	struct lwkt_msg msg;
	int error = 1;

	lwkt_initmsg(&msg, port, 0);
	if (l->next != NULL)
		error += lwkt_domsg(l->next, &msg, 0);
	lwkt_replymsg(request, error);
}

LWKT_TEST(threads, L108_calls_in_a_circle_of_cpus_come_back)
{
	struct link l[7] = {{NULL}};
	struct lwkt_thread *td[7];
	struct caller c = {.calls = 1};
	struct lwkt_thread *first;

	for (int i = 0; i < 7; i++) /* CPUs 0, 1, 2, 0, 1, 2, 0 */
		td[i] = make(passes_on, &l[i], i % 3);
	for (int i = 0; i < 6; i++)
		l[i].next = lwkt_thread_port(td[i + 1]);
	c.to = lwkt_thread_port(td[0]);
	first = make(calls, &c, 0);
	for (int i = 0; i < 4; i++)
		run_all();
	cr_expect(c.done);
	cr_expect_eq(c.sum, 7);
	for (int i = 0; i < 7; i++)
		lwkt_join(td[i]);
	lwkt_join(first);
}

/*
 * Exactly once
 */

static lwkt_msg_t awaited;

static void
waits_for_one(void *arg)
{
	(void)arg;
	wakes++;
	test_check(lwkt_waitmsg(awaited, 0) == 5);
	wakes++;
}

LWKT_TEST(threads, L107_only_what_it_waits_for_wakes_it)
{
	struct lwkt_thread *td = NULL;
	static struct lwkt_msg msg, others[3];

	cr_assert_eq(lwkt_create(waits_for_one, NULL, &td, NULL, TDF_NOSTART, 0, "waiter"), 0);
	awaited = &msg;
	lwkt_initmsg(&msg, lwkt_thread_port(td), 0);
	lwkt_sendmsg(lwkt_thread_port(lwkt_cpu_thread(0)), &msg);
	lwkt_schedule(td);
	run_as(0);
	cr_expect_eq(wakes, 1);
	for (unsigned int i = 0; i < 3; i++) { /* requests on the port it waits on */
		lwkt_initmsg(&others[i], lwkt_thread_port(lwkt_cpu_thread(0)), 0);
		lwkt_sendmsg(lwkt_thread_port(td), &others[i]);
		cr_expect_eq(td->td_state, LWKT_THREAD_WAITING);
	}
	lwkt_replymsg(lwkt_getport(lwkt_thread_port(lwkt_cpu_thread(0))), 5);
	cr_expect_eq(td->td_state, LWKT_THREAD_RUNNABLE);
	cr_expect_eq(wakes, 1);
	for (unsigned int i = 0; i < 3; i++) {
		lwkt_msg_t m = &others[2 - i]; /* so that the thread may end */

		TAILQ_REMOVE(&td->td_msgport.mp_msgq, m, ms_node);
		m->ms_flags = MSGF_DONE;
	}
	run_as(0);
	cr_expect_eq(wakes, 2);
	lwkt_join(td);
}

static void
takes_two(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	(void)arg;
	wakes++;
	lwkt_replymsg(lwkt_waitport(port, 0), 0);
	wakes++;
	lwkt_replymsg(lwkt_waitport(port, 0), 0);
	wakes++;
}

LWKT_TEST(threads, L107_messages_make_their_receiver_runnable_once)
{
	struct lwkt_thread *td = make(takes_two, NULL, 1);
	struct tmsg t[2];

	run_as(1);
	cr_expect_eq(wakes, 1);
	run_as(1);
	cr_expect_eq(wakes, 1, "nothing has come");
	for (unsigned int i = 0; i < 2; i++) {
		lwkt_initmsg(&t[i].msg, lwkt_thread_port(lwkt_cpu_thread(0)), 0);
		lwkt_sendmsg(lwkt_thread_port(td), &t[i].msg);
	}
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
	cr_expect_eq(td->td_state, LWKT_THREAD_RUNNABLE);
	cpu_impersonate(0);
	run_as(1);
	cr_expect_eq(wakes, 3);
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, 0), 0);
	cr_expect_eq(lwkt_waitmsg(&t[1].msg, 0), 0);
	lwkt_join(td);
}

/*
 * Shared ports and serializers
 */

static struct lwkt_port shared, reply_shared;

static void
serves_shared(void *arg)
{
	lwkt_replymsg(lwkt_waitport(&shared, 0), *(const int *)arg);
	wakes++;
}

static void
calls_shared(void *arg)
{
	struct lwkt_msg msg;

	lwkt_initmsg(&msg, &reply_shared, 0);
	*(int *)arg = lwkt_domsg(&shared, &msg, 0);
	lwkt_initmsg(&msg, &reply_shared, 0);
	lwkt_sendmsg(&shared, &msg);
	*(int *)arg += lwkt_waitmsg(&msg, 0);
}

LWKT_TEST(threads, L107_L113_threads_wait_on_spin_ports)
{
	static const int one = 1;
	struct lwkt_thread *td[6];
	int result[2] = {0, 0};

	lwkt_initport_spin(&shared, NULL, false);
	lwkt_initport_spin(&reply_shared, NULL, false);
	for (int i = 0; i < 4; i++)
		td[i] = make(serves_shared, (void *)(uintptr_t)&one, i % 2);
	run_all();
	cr_expect_eq(wakes, 0);
	td[4] = make(calls_shared, &result[0], 0);
	td[5] = make(calls_shared, &result[1], 2);
	run_all();
	cr_expect_eq(wakes, 4);
	cr_expect_eq(result[0], 2);
	cr_expect_eq(result[1], 2);
	for (int i = 0; i < 6; i++)
		lwkt_join(td[i]);
}

static struct lwkt_serialize serial;
static int inside;

static void
holds_across_yields(void *arg)
{
	for (int n = *(const int *)arg; n > 0; n--) {
		lwkt_serialize_enter(&serial);
		test_check(inside++ == 0);
		for (unsigned int i = 0; i < 3; i++)
			lwkt_yield();
		test_check(--inside == 0);
		lwkt_serialize_exit(&serial);
	}
	wakes++;
}

LWKT_TEST(threads, L113_who_wants_a_serializer_that_is_held_switches)
{
	static const int many = 5;
	struct lwkt_thread *td[3];

	lwkt_serialize_init(&serial);
	for (int i = 0; i < 3; i++)
		td[i] = make(holds_across_yields, (void *)(uintptr_t)&many, 0);
	lwkt_yield();
	lwkt_serialize_enter(
	    &serial); /* the CPU's own context wants it too: others run meanwhile */
	cr_expect_eq(inside, 0);
	lwkt_serialize_exit(&serial);
	for (int i = 0; i < 3; i++)
		lwkt_join(td[i]);
	cr_expect_eq(wakes, 3);
}

static struct lwkt_port guarded;

static void
serves_guarded(void *arg)
{
	lwkt_msg_t msg;

	(void)arg;
	lwkt_serialize_enter(&serial);
	msg = lwkt_waitport(&guarded, 0);
	lwkt_serialize_exit(&serial);
	lwkt_replymsg(msg, 9);
}

LWKT_TEST(threads, L107_a_thread_waits_on_a_serializer_port)
{
	struct lwkt_thread *td;
	struct lwkt_msg msg;

	lwkt_serialize_init(&serial);
	lwkt_initport_serialize(&guarded, &serial);
	td = make(serves_guarded, NULL, 3);
	run_as(3);
	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_cpu_thread(0)), 0);
	lwkt_serialize_enter(&serial);
	lwkt_sendmsg(&guarded, &msg);
	lwkt_serialize_exit(&serial);
	lwkt_flush();
	run_all();
	cr_expect_eq(lwkt_waitmsg(&msg, 0), 9);
	lwkt_join(td);
}

/*
 * Interrupts
 */

static void
waits_interruptibly(void *arg)
{
	*(void **)arg = lwkt_waitport(lwkt_thread_port(lwkt_curthread()), LWKT_PCATCH);
	wakes++;
}

LWKT_TEST(threads, P25_an_interrupt_ends_a_threads_wait)
{
	void *got[2] = {&got, &got};
	struct lwkt_thread *td[2] = {
	    make(waits_interruptibly, &got[0], 0), make(waits_interruptibly, &got[1], 2)};

	run_all();
	lwkt_interrupt(td[0]);
	run_all();
	cr_expect_eq(wakes, 1);
	cr_expect_null(got[0]);
	lwkt_interrupt(td[1]); /* by transit */
	lwkt_interrupt(td[1]);
	lwkt_flush();
	run_all();
	cr_expect_eq(wakes, 2);
	cr_expect_null(got[1]);
	lwkt_join(td[0]);
	lwkt_join(td[1]);
}

/*
 * The end, and where one may not wait
 */

static void
ends_at_once(void *arg)
{
	(void)arg;
}

static void
send_to_one_that_ends(void *arg)
{
	struct lwkt_msg *msg = arg;
	struct lwkt_thread *td = make(ends_at_once, NULL, 1);

	lwkt_initmsg(&msg[0], lwkt_thread_port(lwkt_cpu_thread(0)), 0);
	lwkt_initmsg(&msg[1], lwkt_thread_port(lwkt_cpu_thread(0)), 0);
	lwkt_sendmsg(lwkt_thread_port(td), &msg[0]);
	lwkt_flush();
	run_as(1); /* ends with one on its port */
	lwkt_sendmsg(lwkt_thread_port(td), &msg[1]);
	lwkt_flush();
	run_as(1); /* and one comes later */
	lwkt_poll();
	lwkt_join(td);
}

LWKT_TEST(threads, L110_messages_for_a_thread_that_has_ended)
{
	struct lwkt_msg msg[2];

#if LWKT_INVARIANTS
	expect_stops(send_to_one_that_ends, msg, "lwkt_exit", "has ended", "on1");
#else
	send_to_one_that_ends(msg);
	for (unsigned int i = 0; i < 2; i++) {
		cr_expect(lwkt_checkmsg(&msg[i]));
		cr_expect_eq(msg[i].ms_error, ECANCELED);
	}
	while (lwkt_getport(lwkt_thread_port(lwkt_cpu_thread(0))) != NULL)
		;
#endif
}

static struct lwkt_msg inner;

static void
receipt_that_waits(lwkt_msg_t msg, lwkt_port_t port)
{
	(void)msg;
	(void)port;
	lwkt_domsg(lwkt_thread_port(lwkt_cpu_thread(1)), &inner, 0);
}

static void
receipt_waits(void *arg)
{
	struct lwkt_msg msg;
	lwkt_port_t mine = lwkt_thread_port(lwkt_cpu_thread(0));

	(void)arg;
	lwkt_initmsg(&inner, mine, 0);
	lwkt_initmsg(&msg, mine, 0);
	lwkt_setmsg_receipt(&msg, receipt_that_waits);
	lwkt_sendmsg(mine, &msg);
}

static void
function_that_waits(void *arg)
{
	lwkt_waitport(arg, 0);
}

static void
function_waits(void *arg)
{
	(void)arg;
	lwkt_send_ipiq(1, function_that_waits, lwkt_thread_port(lwkt_cpu_thread(1)));
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
}

LWKT_TEST(threads, L105_waiting_in_a_receipt_or_a_callback_stops)
{
	expect_stops(receipt_waits, NULL, "callback or receipt", "CPU 0", "must not wait");
	expect_stops(function_waits, NULL, "lwkt_waitport", "callback or receipt", "CPU 1");
}

/*
 * Timed waits
 */

static uint64_t
in_us(unsigned int us)
{
	return rte_rdtsc() + rte_get_tsc_hz() / 1000000 * us;
}

static struct lwkt_port nobody; /* whose owner is CPU 3, which does nothing */

static void
abort_it(lwkt_msg_t msg)
{
	wakes++;
	lwkt_replymsg(msg, EINTR); /* as its owner would; nobody serves the port */
}

static int
keep_it(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	(void)msg;
	return EASYNC;
}

static void
waits_a_while(void *arg)
{
	struct lwkt_port mine, *port = &mine, keeps;
	struct lwkt_msg msg;

	lwkt_initport_spin(&mine, NULL, false);
	lwkt_initport_putonly(&keeps, keep_it);
	if (arg == NULL)
		port = lwkt_thread_port(lwkt_curthread());
	lwkt_initmsg(&msg, port, 0);
	lwkt_sendmsg(&nobody, &msg);
	test_check(lwkt_waitmsg_until(&msg, 0, in_us(100)) == EWOULDBLOCK);
	test_check(!lwkt_checkmsg(&msg));
	test_check(lwkt_waitport_until(port, 0, in_us(100)) == NULL);
	test_check(lwkt_waitport_until(port, 0, 0) == NULL);
	TAILQ_REMOVE(&nobody.mp_msgq, &msg, ms_node);
	lwkt_initmsg_abortable(&msg, port, 0, abort_it);
	test_check(lwkt_domsg_until(&keeps, &msg, 0, in_us(100)) == EINTR);
	lwkt_initmsg(&msg, port, 0);
	lwkt_sendmsg(port, &msg);
	test_check(lwkt_waitport_until(port, 0, in_us(1000000)) == &msg);
	lwkt_replymsg(&msg, 4);
	test_check(lwkt_waitmsg_until(&msg, 0, 0) == 4);
}

LWKT_TEST(threads, L114_timed_waits_end_in_time_and_leave_the_message_where_it_is)
{
	struct lwkt_thread *td[2];

	lwkt_initport_spin(&nobody, NULL, false);
	waits_a_while(NULL); /* the CPU's own context */
	waits_a_while(&nobody);
	td[0] = make(waits_a_while, NULL, 0);
	td[1] = make(waits_a_while, &nobody, 0);
	cr_expect_eq(lwkt_join(td[0]), 0);
	cr_expect_eq(lwkt_join(td[1]), 0);
	cr_expect_eq(wakes, 4);
}

LWKT_TEST(threads, L115_a_callout_sends_its_message_when_it_is_due)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_cpu_thread(0));
	struct lwkt_callout co;
	struct lwkt_msg msg;

	lwkt_callout_init(&co);
	lwkt_initmsg(&msg, port, MSGF_DROPABLE);
	lwkt_callout_reset_msg(&co, 100000, port, &msg);
	cr_expect_eq(lwkt_callout_stop(&co), 1);
	cr_expect(lwkt_checkmsg(&msg));
	lwkt_callout_reset_msg(&co, 100000, port, &msg);
	cr_expect_eq(lwkt_waitport(port, 0), &msg);
	lwkt_replymsg(&msg, 0);
	cr_expect_eq(lwkt_getport(port), &msg);
}

/*
 * Real CPUs: threads and pthreads that call each other, all kinds of ports.
 */

#define PER_CPU 8
#define CALLS   200

static struct lwkt_port spin_service;
static unsigned int served; /* atomic */

static void
serves_for_ever(void *arg)
{
	lwkt_port_t port = arg != NULL ? arg : lwkt_thread_port(lwkt_curthread());
	lwkt_msg_t msg;

	while ((msg = lwkt_waitport(port, LWKT_PCATCH)) != NULL) {
		__atomic_fetch_add(&served, 1, __ATOMIC_RELAXED);
		lwkt_replymsg(msg, 1);
	}
}

static lwkt_port_t services[TEST_CPUS + 1];

static void
calls_everybody(void *arg)
{
	struct lwkt_port spin;
	struct lwkt_msg msg;
	unsigned int i, spins = (unsigned int)(uintptr_t)arg % 2;

	lwkt_initport_spin(&spin, NULL, false);
	lwkt_initmsg(&msg,
	    spins || lwkt_mycpuid() == LWKT_CPU_NONE ? &spin : lwkt_thread_port(lwkt_curthread()),
	    0);
	for (i = 0; i < CALLS; i++) {
		lwkt_port_t to = services[(i + (unsigned int)(uintptr_t)arg) % RTE_DIM(services)];

		if (i % 3 != 0) {
			test_check(lwkt_domsg(to, &msg, 0) == 1);
		} else {
			lwkt_sendmsg(to, &msg);
			test_check(lwkt_waitmsg(&msg, 0) == 1);
		}
	}
}

static void *
pthread_calls_everybody(void *arg)
{
	calls_everybody((void *)(uintptr_t)1);
	return arg;
}

LWKT_TEST(threads, L107_L108_no_wakeup_is_lost_between_real_cpus)
{
	static struct lwkt_thread *server[TEST_CPUS + 1], *td[TEST_CPUS * PER_CPU];
	pthread_t foreign;

	lwkt_initport_spin(&spin_service, NULL, false);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, yield_until_stopped, NULL);
	for (int cpu = 0; cpu < TEST_CPUS; cpu++) {
		cr_assert_eq(
		    lwkt_create(serves_for_ever, NULL, &server[cpu], NULL, 0, cpu, "s"), 0);
		services[cpu] = lwkt_thread_port(server[cpu]);
	}
	cr_assert_eq(
	    lwkt_create(serves_for_ever, &spin_service, &server[TEST_CPUS], NULL, 0, 1, "s"), 0);
	services[TEST_CPUS] = &spin_service;
	cr_assert_eq(pthread_create(&foreign, NULL, pthread_calls_everybody, NULL), 0);
	for (int i = 0; i < TEST_CPUS * PER_CPU; i++)
		cr_assert_eq(lwkt_create(calls_everybody, (void *)(uintptr_t)i, &td[i], NULL, 0,
		                 i % TEST_CPUS, "c%d", i),
		    0);
	for (unsigned int i = 0; i < TEST_CPUS * PER_CPU; i++)
		cr_expect_eq(lwkt_join(td[i]), 0);
	while (__atomic_load_n(&served, __ATOMIC_RELAXED) < (TEST_CPUS * PER_CPU + 1) * CALLS) {
		lwkt_yield();
		test_relax();
	}
	pthread_join(foreign, NULL);
	for (unsigned int i = 0; i <= TEST_CPUS; i++) {
		lwkt_interrupt(server[i]);
		cr_expect_eq(lwkt_join(server[i]), 0);
	}
	stop_yielding();
}

/*
 * What is said about threads
 */

static void
panics(void *arg)
{
	(void)arg;
	lwkt_panic("this is the end");
}

static void
run_panicking(void *arg)
{
	lwkt_create(panics, arg, NULL, NULL, 0, -1, "culprit");
	lwkt_yield();
}

LWKT_TEST(threads, L116_a_panic_names_its_thread)
{
	expect_stops(run_panicking, NULL, "this is the end", "on culprit");
}

#if LWKT_INVARIANTS
static void
sends_twice(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	lwkt_initmsg(arg, port, 0);
	lwkt_sendmsg(port, arg);
	lwkt_sendmsg(port, arg);
}

static void
run_sending_twice(void *arg)
{
	lwkt_create(sends_twice, arg, NULL, NULL, 0, -1, "culprit");
	lwkt_yield();
}

LWKT_TEST(threads, L116_the_history_names_its_threads)
{
	struct lwkt_msg msg;

	expect_stops(run_sending_twice, &msg, "made it pending", "on thread culprit, CPU 0");
}
#endif
