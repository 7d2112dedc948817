/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spin ports: any thread puts, gets and replies.
 */
#include <pthread.h>

#include "ports.h"

static struct lwkt_port target, home;
static struct tmsg t[400];

static void
spin_ports(void)
{
	lwkt_initport_spin(&target, NULL, false);
	lwkt_initport_spin(&home, NULL, false);
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

LWKT_TEST(port_spin, S37_any_cpu_puts_gets_and_replies)
{
	spin_ports();
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
		lwkt_msg_t msg = &t[cpu].msg;

		cpu_impersonate(cpu);
		lwkt_sendmsg(&target, msg);
		expect_flags(msg, MSGF_QUEUED);
		cr_expect_eq(msg->ms_target_port, &target);
		cpu_impersonate((cpu + 1) % TEST_CPUS);
		cr_expect_eq(lwkt_getport(&target), msg);
		lwkt_replymsg(msg, 2);
		expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
		cpu_impersonate((cpu + 2) % TEST_CPUS);
		cr_expect_eq(lwkt_getport(&home), msg);
		cr_expect_eq(msg->ms_error, 2);
	}
	cpu_impersonate(0);
}

LWKT_TEST(port_spin, S37_a_sync_reply_is_done_and_not_queued)
{
	lwkt_msg_t msgs[2] = {&t[0].msg, &t[1].msg};

	spin_ports();
	t[0].msg.ms_flags = MSGF_SYNC; /* what do makes of it */
	t[1].msg.ms_flags = MSGF_SYNC;
	lwkt_replymsg(msgs[0], 3);
	lwkt_replymsg_burst(msgs + 1, 1, 3);
	for (unsigned int i = 0; i < 2; i++) {
		expect_flags(msgs[i], MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
		cr_expect_eq(msgs[i]->ms_error, 3);
	}
	cr_expect_null(lwkt_getport(&home));
}

LWKT_TEST(port_spin, S37_a_reply_burst_of_both_kinds_queues_the_async_ones_in_order)
{
	lwkt_msg_t msgs[6];

	spin_ports();
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++) {
		msgs[i] = &t[i].msg;
		t[i].msg.ms_flags = i % 2 ? MSGF_SYNC : 0;
	}
	lwkt_replymsg_burst(msgs, RTE_DIM(msgs), 0);
	for (int i = 0; i < 6; i += 2)
		cr_expect_eq(get_seq(&home), i);
	cr_expect_eq(get_seq(&home), -1);
	for (unsigned int i = 1; i < 6; i += 2)
		expect_flags(&t[i].msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
}

/* Four threads put, two take and reply: each message comes back exactly once. */
#define PUTTERS    4
#define PER_PUTTER 100

static unsigned int taken; /* atomic */

static void *
putter(void *arg)
{
	uintptr_t first = (uintptr_t)arg * PER_PUTTER;

	for (uintptr_t i = first; i < first + PER_PUTTER; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	return NULL;
}

static void *
taker(void *arg)
{
	while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < PUTTERS * PER_PUTTER) {
		lwkt_msg_t msg = lwkt_getport(&target);

		if (msg == NULL) {
			test_relax();
			continue;
		}
		__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
		msg->u.ms_lresult++;
		lwkt_replymsg(msg, 0);
	}
	return arg;
}

LWKT_TEST(port_spin, S37_threads_at_once_lose_nothing)
{
	pthread_t threads[PUTTERS + 2];
	struct tmsg *m;
	unsigned int i, n = 0;

	spin_ports();
	for (i = 0; i < RTE_DIM(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, i < PUTTERS ? putter : taker,
		                 (void *)(uintptr_t)i),
		    0);
	for (i = 0; i < RTE_DIM(threads); i++)
		pthread_join(threads[i], NULL);
	for (; (m = lwkt_getport(&home)) != NULL; n++)
		cr_expect_eq(m->msg.u.ms_lresult, 1, "message %u", m->seq);
	cr_expect_eq(n, PUTTERS * PER_PUTTER);
}

/* Who only looks at DONE must find the reply queued already. */
static int
reply_all(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		lwkt_replymsg(&t[i].msg, (int)i);
	return 0;
}

LWKT_TEST(port_spin, M17_queued_is_visible_before_done)
{
	spin_ports();
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		lwkt_sendmsg_prepare(&target, &t[i].msg);
	test_launch(1, reply_all, NULL);
	for (unsigned int i = 0; i < RTE_DIM(t); i++) {
		while (!lwkt_checkmsg(&t[i].msg))
			rte_pause();
		cr_assert_eq(__atomic_load_n(&t[i].msg.ms_flags, __ATOMIC_RELAXED),
		    MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
		cr_assert_eq(t[i].msg.ms_error, (int)i);
	}
	test_join(1);
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		cr_assert_eq(get_seq(&home), (int)i);
}

LWKT_TEST(port_spin, S40_a_fixed_cpu_port_records_its_cpu)
{
	cpu_impersonate(2);
	lwkt_initport_spin(&target, NULL, true);
	cr_expect_eq(target.mp_cpuid, 2);
	lwkt_initport_spin(&home, NULL, false);
	tmsgs_init(t, 2, &home, 0);
	lwkt_sendmsg_oncpu(&target, &t[0].msg);
	lwkt_sendmsg(&target, &t[1].msg);
	cr_expect_eq(get_seq(&target), 0);
	cr_expect_eq(get_seq(&target), 1);
	cpu_impersonate(0);
}

LWKT_TEST(port_spin, S40_a_fixed_cpu_port_records_the_cpu_of_the_thread_it_is_given)
{
	lwkt_initport_spin(&target, lwkt_cpu_thread(1), true);
	cr_expect_eq(target.mp_cpuid, 1);
	lwkt_initport_spin(&target, lwkt_cpu_thread(1), false);
	cr_expect_eq(target.mp_cpuid, LWKT_CPU_NONE);
}

static void
init_fixed_for_a_pthread(void *arg)
{
	cpu_impersonate(0);
	lwkt_initport_spin(&target, arg, true);
}

LWKT_TEST(port_spin, S40_a_fixed_cpu_port_of_a_thread_that_is_no_cpu_stops)
{
	struct lwkt_thread *td;

	cpu_impersonate(RTE_MAX_LCORE - 1);
	lwkt_attach("nowhere");
	td = lwkt_curthread();
	expect_stops(init_fixed_for_a_pthread, td, "lwkt_initport_spin", "nowhere");
	lwkt_detach();
	cpu_impersonate(0);
}

static void
send_oncpu(void *msg)
{
	lwkt_sendmsg_oncpu(&target, msg);
}

LWKT_TEST(port_spin, S40_oncpu_on_a_spin_port_of_no_cpu_stops)
{
	spin_ports();
	expect_stops(send_oncpu, &t[0].msg, "oncpu", ptr_text(&target), ptr_text(&t[0].msg));
}

static void
init_fixed_on_a_foreign_thread(void *arg)
{
	(void)arg;
	cpu_impersonate(RTE_MAX_LCORE - 1); /* no CPU */
	lwkt_initport_spin(&target, NULL, true);
}

LWKT_TEST(port_spin, S40_a_fixed_cpu_port_needs_a_cpu)
{
	expect_stops(init_fixed_on_a_foreign_thread, NULL, "lwkt_initport_spin", ptr_text(&target));
}

static void
drop(void *msg)
{
	lwkt_dropmsg(msg);
}

LWKT_TEST(port_spin, S41_drop_on_a_port_without_an_owner_stops)
{
	spin_ports();
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&target, &t[0].msg);
	expect_stops(drop, &t[0].msg, "lwkt_dropmsg", ptr_text(&target), ptr_text(&t[0].msg));
}

#if LWKT_INVARIANTS

LWKT_TEST(port_spin, S40_oncpu_from_another_cpu_stops)
{
	spin_ports();
	lwkt_initport_spin(&target, NULL, true);
	cpu_impersonate(1);
	expect_stops(send_oncpu, &t[0].msg, "oncpu", ptr_text(&target), ptr_text(&t[0].msg));
	cpu_impersonate(0);
}

LWKT_TEST(port_spin, S41_only_the_owner_drops)
{
	spin_ports();
	lwkt_initport_spin(&target, lwkt_cpu_thread(1), false);
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&target, &t[0].msg);
	expect_stops(drop, &t[0].msg, "lwkt_dropmsg", ptr_text(&target), ptr_text(&t[0].msg));
}

#endif
