/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread ports: one owner, remote puts and replies through transit.
 */
#include <pthread.h>
#include <string.h>

#include <lwkt_ipiq.h>

#include "ports.h"

static struct lwkt_port target, home;
static struct tmsg t[300];

static void
ports_on(unsigned int target_cpu, unsigned int home_cpu)
{
	lwkt_initport_thread(&target, lwkt_cpu_thread(target_cpu));
	lwkt_initport_thread(&home, lwkt_cpu_thread(home_cpu));
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

LWKT_TEST(port_thread, API_init_records_the_owner)
{
	ports_on(2, 0);
	cr_expect_eq(target.mpu_td, lwkt_cpu_thread(2));
	cr_expect_eq(target.mp_cpuid, 2);
	cr_expect(TAILQ_EMPTY(&target.mp_msgq));
	cr_expect(TAILQ_EMPTY(&target.mp_msgq_prio));
}

LWKT_TEST(port_thread, API_each_cpu_has_an_embedded_thread_port)
{
	for (unsigned int cpu = 0; cpu < TEST_CPUS; cpu++) {
		lwkt_port_t port = lwkt_thread_port(lwkt_cpu_thread(cpu));

		cr_expect_eq(port->mp_cpuid, cpu);
		cr_expect_eq(port->mpu_td, lwkt_cpu_thread(cpu));
		tmsgs_init(t, 1, port, 0);
		lwkt_sendmsg(port, &t[0].msg);
		test_settle();
		cpu_impersonate(cpu);
		cr_expect_eq(lwkt_getport(port), &t[0].msg);
		cpu_impersonate(0);
	}
}

LWKT_TEST(port_thread, T30_a_put_on_the_owners_cpu_links_at_once)
{
	struct lwkt_transit_stats before, after;

	ports_on(0, 0);
	lwkt_transit_stats(0, 1, &before);
	lwkt_sendmsg_prepare(&target, &t[0].msg);
	cr_expect_eq(lwkt_beginmsg(&target, &t[0].msg), EASYNC);
	cr_expect_eq(t[0].msg.ms_target_port, &target);
	expect_flags(&t[0].msg, MSGF_QUEUED);
	cr_expect_eq(TAILQ_FIRST(&target.mp_msgq), &t[0].msg);
	lwkt_flush();
	lwkt_transit_stats(0, 1, &after);
	cr_expect_eq(before.ts_items, after.ts_items, "no transit");
	cr_expect_eq(get_seq(&target), 0);
}

LWKT_TEST(port_thread, T30_a_remote_put_links_on_the_owners_cpu)
{
	ports_on(1, 0);
	lwkt_sendmsg_prepare(&target, &t[0].msg);
	cr_expect_eq(lwkt_beginmsg(&target, &t[0].msg), EASYNC);
	cr_expect_eq(t[0].msg.ms_target_port, &target);
	expect_flags(&t[0].msg, MSGF_INTRANSIT);
	lwkt_flush();
	cr_expect(TAILQ_EMPTY(&target.mp_msgq), "only its owner's CPU touches the queue");
	cpu_impersonate(2);
	cr_expect_eq(lwkt_poll(), 0, "it is not for CPU 2");
	cpu_impersonate(1);
	cr_expect_null(lwkt_getport(&target));
	cr_expect_eq(lwkt_poll(), 1);
	expect_flags(&t[0].msg, MSGF_QUEUED);
	cr_expect_eq(get_seq(&target), 0);
	cpu_impersonate(0);
}

LWKT_TEST(port_thread, T31_a_message_follows_an_owner_that_moved)
{
	ports_on(1, 0);
	for (unsigned int i = 0; i < 10; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	lwkt_flush();
	target.mpu_td = lwkt_cpu_thread(2);
	target.mp_cpuid = 2;
	cpu_impersonate(1);
	cr_expect_eq(lwkt_poll(), 10);
	cr_expect(TAILQ_EMPTY(&target.mp_msgq));
	expect_flags(&t[0].msg, MSGF_INTRANSIT);
	cpu_impersonate(2);
	cr_expect_eq(lwkt_poll(), 10);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(get_seq(&target), i);
	cpu_impersonate(0);
}

LWKT_TEST(port_thread, T32_a_remote_reply_shows_reply_at_once_and_done_on_arrival)
{
	lwkt_msg_t msg = &t[0].msg;

	ports_on(1, 0);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 4);
	expect_flags(msg, MSGF_REPLY | MSGF_INTRANSIT);
	lwkt_flush();
	expect_flags(msg, MSGF_REPLY | MSGF_INTRANSIT);
	cr_expect_not(lwkt_checkmsg(msg));
	cpu_impersonate(0);
	cr_expect_not(lwkt_checkmsg(msg));
	cr_expect_eq(lwkt_poll(), 1);
	cr_expect(lwkt_checkmsg(msg));
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_eq(msg->ms_error, 4);
}

LWKT_TEST(port_thread, T33_a_sync_reply_is_done_and_not_queued)
{
	lwkt_msg_t msg = &t[0].msg;

	ports_on(0, 1);
	for (unsigned int replier = 0; replier < 2; replier++) { /* remote, then local */
		cpu_impersonate(replier);
		tmsgs_init(t, 1, &home, 0);
		msg->ms_flags = MSGF_SYNC; /* what do makes of it */
		lwkt_replymsg(msg, 6);
		test_settle();
		expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
		cr_expect(TAILQ_EMPTY(&home.mp_msgq));
		cr_expect_eq(msg->ms_error, 6);
	}
}

LWKT_TEST(port_thread, T34a_order_holds_from_each_sender_through_singles_and_bursts)
{
	lwkt_msg_t msgs[300];
	unsigned int i, n, from;

	ports_on(0, 0);
	for (i = 0; i < RTE_DIM(t); i++)
		msgs[i] = &t[i].msg;
	/* CPU c sends numbers c * 100 and up, one, two, three ... at a time. */
	for (from = 0; from < 3; from++)
		for (i = 0, n = 1; i < 100; i += n, n++) {
			cpu_impersonate(from);
			n = RTE_MIN(n, 100 - i);
			if (n == 1)
				lwkt_sendmsg(&target, msgs[from * 100 + i]);
			else
				lwkt_sendmsg_burst(&target, &msgs[from * 100 + i], n);
		}
	test_settle();
	for (unsigned int next[3] = {0, 100, 200}, k = 0; k < 300; k++) {
		int seq = get_seq(&target);

		cr_assert_geq(seq, 0);
		cr_assert_eq((unsigned int)seq, next[seq / 100]);
		next[seq / 100]++;
	}
	cr_expect_eq(get_seq(&target), -1);
}

LWKT_TEST_ENV(port_thread, T34a_order_holds_through_a_full_ring,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 3})
{
	ports_on(1, 0);
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		lwkt_sendmsg(&target, &t[i].msg);
	test_settle();
	cpu_impersonate(1);
	for (unsigned int i = 0; i < RTE_DIM(t); i++) {
		lwkt_msg_t msg = lwkt_getport(&target);

		cr_assert_eq(msg, &t[i].msg);
		lwkt_replymsg(msg, 0);
	}
	test_settle();
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		cr_assert_eq(get_seq(&home), (int)i);
}

LWKT_TEST(port_thread, T36_oncpu_send_equals_send)
{
	ports_on(0, 0);
	lwkt_sendmsg_oncpu(&target, &t[0].msg);
	expect_flags(&t[0].msg, MSGF_QUEUED);
	cr_expect_eq(t[0].msg.ms_target_port, &target);
	lwkt_sendmsg(&target, &t[1].msg);
	lwkt_sendmsg_oncpu(&target, &t[2].msg);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(get_seq(&target), i);
}

static void *
foreign_sender(void *arg)
{
	unsigned int first = (unsigned int)(uintptr_t)arg;

	test_check(lwkt_mycpuid() == LWKT_CPU_NONE);
	for (unsigned int i = first; i < first + 100; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	return NULL;
}

LWKT_TEST(port_thread, G98_foreign_threads_send_to_a_thread_port_and_get_replies)
{
	pthread_t threads[3];
	unsigned int next[3] = {0, 100, 200};

	ports_on(0, 0);
	for (uintptr_t i = 0; i < 3; i++)
		cr_assert_eq(
		    pthread_create(&threads[i], NULL, foreign_sender, (void *)(i * 100)), 0);
	for (unsigned int got = 0; got < 300;) {
		struct tmsg *m = lwkt_getport(&target);

		if (m == NULL) {
			if (lwkt_poll() == 0)
				test_relax();
			continue;
		}
		got++;
		cr_assert_eq(m->seq, next[m->seq / 100], "FIFO per sender");
		next[m->seq / 100]++;
		lwkt_replymsg(&m->msg, 0);
	}
	for (unsigned int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < 300; i++)
		cr_assert_geq(get_seq(&home), 0);
}

static void *
foreign_replier(void *msg)
{
	lwkt_replymsg(msg, 12);
	return NULL;
}

LWKT_TEST(port_thread, G98_a_foreign_thread_replies_to_a_thread_port)
{
	lwkt_msg_t msg = &t[0].msg;
	pthread_t thread;

	ports_on(0, 0);
	lwkt_sendmsg_prepare(&target, msg);
	cr_assert_eq(pthread_create(&thread, NULL, foreign_replier, msg), 0);
	pthread_join(thread, NULL);
	expect_flags(msg, MSGF_REPLY | MSGF_INTRANSIT);
	cr_expect_eq(lwkt_poll(), 1);
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_eq(msg->ms_error, 12);
}

static void
init_for_nobody(void *arg)
{
	(void)arg;
	lwkt_initport_thread(&target, NULL);
}

static void
init_for_pthread(void *arg)
{
	(void)arg;
	cpu_impersonate(RTE_MAX_LCORE - 1); /* no CPU, as a pthread */
	if (lwkt_attach("helper") == 0)
		lwkt_initport_thread(&target, lwkt_curthread());
}

LWKT_TEST(port_thread, G98_a_thread_port_for_a_pthread_is_refused)
{
	expect_stops(init_for_nobody, NULL, "lwkt_initport_thread", ptr_text(&target));
	expect_stops(init_for_pthread, NULL, "lwkt_initport_thread", ptr_text(&target), "helper");
}

#if !LWKT_INVARIANTS

/* It is under way, or on the port, when it is sent again; those behind it are not lost. */
LWKT_TEST(port_thread, I141_a_message_that_was_sent_twice_is_linked_once_and_counted)
{
	for (int queued = 0; queued < 2; queued++) {
		ports_on(1, 0);
		test_log_begin();
		lwkt_sendmsg(&target, &t[0].msg);
		lwkt_sendmsg(&target, &t[1].msg);
		if (queued) {
			lwkt_flush();
			test_poll_as(1);
		}
		lwkt_sendmsg(&target, &t[0].msg);
		lwkt_sendmsg(&target, &t[2].msg);
		lwkt_flush();
		test_poll_as(1);
		cpu_impersonate(1);
		for (int i = 0; i < 3; i++)
			cr_expect_eq(get_seq(&target), i);
		cr_expect_eq(get_seq(&target), -1);
		cr_expect_eq(lwkt_violations(1), (uint64_t)queued + 1);
		cr_expect_eq(lwkt_violations(0), 0);
		cr_expect(!queued == (strstr(test_log_end(), "sent again") != NULL));
		cpu_impersonate(0);
	}
}

#else

static void
init_misaligned(void *arg)
{
	static alignas(64) char memory[2 * sizeof(struct lwkt_port)];

	(void)arg;
	lwkt_initport_spin((lwkt_port_t)(void *)(memory + 8), NULL, false);
}

static void
send_to_copy(void *msg)
{
	static struct lwkt_port copy;

	copy = target;
	lwkt_sendmsg(&copy, msg);
}

static void
send_to_nothing(void *msg)
{
	memset(&target, 0, sizeof(target)); /* as rte_free() leaves it */
	lwkt_sendmsg(&target, msg);
}

static void
arrives_at_nothing(void *msg)
{
	lwkt_sendmsg(&target, msg);
	lwkt_flush();
	memset(&target, 0, sizeof(target));
	test_poll_as(1);
}

LWKT_TEST(port_thread, G140_memory_that_is_no_port_stops_the_program)
{
	ports_on(1, 0);
#if !TEST_ASAN /* UndefinedBehaviorSanitizer is first */
	expect_stops(init_misaligned, NULL, "is not aligned to 64 bytes");
#endif
	(void)init_misaligned;
	expect_stops(send_to_copy, &t[0].msg, "lwkt_sendmsg", "has been copied");
	expect_stops(send_to_nothing, &t[0].msg, "lwkt_sendmsg", ptr_text(&target), "freed");
	expect_stops(arrives_at_nothing, &t[0].msg, "lwkt_poll", ptr_text(&target), "freed");
}

#endif

#if LWKT_INVARIANTS

static void
get_it(void *port)
{
	lwkt_getport(port);
}

static void
get_burst(void *port)
{
	lwkt_msg_t msg;

	lwkt_getport_burst(port, &msg, 1);
}

static void
wait_it(void *port)
{
	lwkt_waitport(port, 0);
}

static void
wait_msg(void *msg)
{
	lwkt_waitmsg(msg, 0);
}

static void
drop_msg(void *msg)
{
	lwkt_dropmsg(msg);
}

static void
send_oncpu(void *msg)
{
	lwkt_sendmsg_oncpu(&target, msg);
}

LWKT_TEST(port_thread, T34_only_the_owner_gets_waits_and_drops)
{
	ports_on(1, 1);
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&target, &t[0].msg);
	lwkt_sendmsg(&target, &t[1].msg);
	test_settle();
	expect_stops(get_it, &target, "lwkt_getport", ptr_text(&target), "cpu1", "cpu0");
	expect_stops(get_burst, &target, "lwkt_getport_burst", ptr_text(&target), "cpu1");
	expect_stops(wait_it, &target, "lwkt_waitport", ptr_text(&target), "cpu1");
	expect_stops(drop_msg, &t[0].msg, "lwkt_dropmsg", ptr_text(&target), "cpu1");
}

LWKT_TEST(port_thread, T35_waitmsg_needs_the_owner_of_the_reply_port)
{
	ports_on(0, 1);
	lwkt_sendmsg(&target, &t[0].msg);
	expect_stops(wait_msg, &t[0].msg, "lwkt_waitmsg", ptr_text(&home), "cpu1");
}

LWKT_TEST(port_thread, T35_also_for_a_message_that_is_done)
{
	ports_on(0, 1);
	expect_flags(&t[0].msg, MSGF_DONE);
	expect_stops(wait_msg, &t[0].msg, "lwkt_waitmsg", ptr_text(&home), "cpu1");
}

LWKT_TEST(port_thread, T36_oncpu_send_asserts_the_owner_is_here)
{
	ports_on(1, 0);
	expect_stops(send_oncpu, &t[0].msg, "oncpu", ptr_text(&t[0].msg), ptr_text(&target));
}

#endif
