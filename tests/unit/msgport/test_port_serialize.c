/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Serializer ports (contract Z43): the holder of the serializer uses them, a wait lets go of it.
 */
#include <pthread.h>

#include <lwkt_serialize.h>

#include "ports.h"

static struct lwkt_serialize serial;
static struct lwkt_port target, home;
static struct tmsg t[40];

/* Both ports under one serializer, which the caller does not hold. */
static void
serialize_ports(void)
{
	lwkt_serialize_init(&serial);
	lwkt_initport_serialize(&target, &serial);
	lwkt_initport_serialize(&home, &serial);
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

static void
held_ports(void)
{
	serialize_ports();
	lwkt_serialize_enter(&serial);
}

LWKT_TEST(port_serialize, Z43_a_put_queues_and_is_accepted)
{
	held_ports();
	lwkt_sendmsg_prepare(&target, &t[0].msg);
	cr_expect_eq(lwkt_beginmsg(&target, &t[0].msg), EASYNC);
	expect_flags(&t[0].msg, MSGF_QUEUED);
	cr_expect_eq(t[0].msg.ms_target_port, &target);
	cr_expect_eq(get_seq(&target), 0);
	expect_flags(&t[0].msg, 0);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P21_messages_come_in_the_order_sent)
{
	held_ports();
	for (unsigned int i = 0; i < 10; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(get_seq(&target), i);
	cr_expect_eq(get_seq(&target), -1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P21_priority_messages_come_first)
{
	held_ports();
	tmsgs_init(t + 2, 2, &home, MSGF_PRIORITY);
	for (unsigned int i = 0; i < 4; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	cr_expect_eq(lwkt_getport(&target), &t[2].msg);
	cr_expect_eq(lwkt_getport(&target), &t[3].msg);
	cr_expect_eq(lwkt_getport(&target), &t[0].msg);
	cr_expect_eq(lwkt_getport(&target), &t[1].msg);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P21_a_quota_lets_a_normal_message_by)
{
	held_ports();
	lwkt_port_set_prio_quota(&target, 1);
	tmsgs_init(t + 2, 2, &home, MSGF_PRIORITY);
	for (unsigned int i = 0; i < 4; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	cr_expect_eq(lwkt_getport(&target), &t[2].msg);
	cr_expect_eq(lwkt_getport(&target), &t[0].msg);
	cr_expect_eq(lwkt_getport(&target), &t[3].msg);
	cr_expect_eq(lwkt_getport(&target), &t[1].msg);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, Z43_a_reply_queues_on_the_reply_port)
{
	held_ports();
	lwkt_sendmsg(&target, &t[0].msg);
	cr_assert_eq(get_seq(&target), 0);
	lwkt_replymsg(&t[0].msg, 9);
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
	cr_expect_eq(get_seq(&home), 0);
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY);
	cr_expect_eq(t[0].msg.ms_error, 9);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, Z43_a_sync_reply_is_done_and_not_queued)
{
	held_ports();
	t[0].msg.ms_flags = MSGF_SYNC; /* what do makes of it */
	lwkt_replymsg(&t[0].msg, 3);
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
	cr_expect_eq(get_seq(&home), -1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, M19_a_message_is_forwarded_to_it)
{
	static struct lwkt_port first;

	held_ports();
	lwkt_initport_thread(&first, lwkt_curthread());
	lwkt_sendmsg(&first, &t[0].msg);
	cr_assert_eq(get_seq(&first), 0);
	cr_expect_eq(lwkt_forwardmsg(&target, &t[0].msg), EASYNC);
	expect_flags(&t[0].msg, MSGF_QUEUED);
	cr_expect_eq(get_seq(&target), 0);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P29_bursts_are_made_of_single_calls)
{
	lwkt_msg_t msgs[20];

	held_ports();
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++)
		msgs[i] = &t[i].msg;
	lwkt_sendmsg_burst(&target, msgs, RTE_DIM(msgs));
	cr_assert_eq(lwkt_getport_burst(&target, msgs, 15), 15);
	lwkt_replymsg_burst(msgs, 15, 4);
	for (int i = 0; i < 15; i++) {
		cr_expect_eq(get_seq(&home), i);
		cr_expect_eq(t[i].msg.ms_error, 4);
	}
	for (int i = 15; i < 20; i++)
		cr_expect_eq(get_seq(&target), i);
	lwkt_serialize_exit(&serial);
}

static unsigned int receipts;

static void
receipt(lwkt_msg_t msg, lwkt_port_t port)
{
	receipts++;
	cr_expect_eq(port, &target);
	cr_expect(msg->ms_flags & MSGF_QUEUED);
	cr_expect(lwkt_serialize_held(&serial));
}

LWKT_TEST(port_serialize, R60_a_receipt_fires_under_the_serializer)
{
	held_ports();
	lwkt_setmsg_receipt(&t[0].msg, receipt);
	lwkt_sendmsg(&target, &t[0].msg);
	cr_expect_eq(receipts, 1);
	cr_expect_eq(get_seq(&target), 0);
	cr_expect_eq(lwkt_forwardmsg(&target, &t[0].msg), EASYNC);
	cr_expect_eq(receipts, 1, "once");
	lwkt_serialize_exit(&serial);
}

/*
 * Waits on a CPU
 */

static void
send_held(void *msg)
{
	cr_assert_eq(lwkt_serialize_try(&serial), 1, "the sleeper has let go of it");
	lwkt_sendmsg(&target, msg);
	lwkt_serialize_exit(&serial);
}

static void
reply_held(void *msg)
{
	cr_assert_eq(lwkt_serialize_try(&serial), 1, "the sleeper has let go of it");
	lwkt_replymsg(msg, 21);
	lwkt_serialize_exit(&serial);
}

/* Take the message off the target port first. */
static void
serve_held(void *msg)
{
	cr_assert_eq(lwkt_serialize_try(&serial), 1);
	cr_expect_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 22);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P25_waitport_takes_what_is_there_without_letting_go)
{
	held_ports();
	when_waiting(send_held, &t[1].msg); /* would fail its try */
	lwkt_sendmsg(&target, &t[0].msg);
	cr_expect_eq(lwkt_waitport(&target, 0), &t[0].msg);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	cr_expect_eq(lwkt_poll(), 1);
}

LWKT_TEST(port_serialize, Z43_waitport_lets_go_while_it_sleeps_and_holds_it_again)
{
	held_ports();
	when_waiting(send_held, &t[0].msg);
	cr_expect_eq(lwkt_waitport(&target, 0), &t[0].msg);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, Z43_waitmsg_of_a_queued_reply_lets_go_and_unlinks_it)
{
	held_ports();
	lwkt_sendmsg(&target, &t[0].msg);
	when_waiting(serve_held, &t[0].msg);
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, 0), 22);
	cr_expect(lwkt_serialize_held(&serial));
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY);
	cr_expect_eq(get_seq(&home), -1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P27_waitmsg_leaves_the_other_replies)
{
	held_ports();
	for (unsigned int i = 0; i < 3; i++) {
		lwkt_sendmsg(&target, &t[i].msg);
		cr_assert_eq(get_seq(&target), (int)i);
		lwkt_replymsg(&t[i].msg, (int)i);
	}
	cr_expect_eq(lwkt_waitmsg(&t[1].msg, 0), 1);
	cr_expect_eq(lwkt_waitmsg(&t[1].msg, 0), 1, "done and not queued: at once");
	cr_expect_eq(get_seq(&home), 0);
	cr_expect_eq(get_seq(&home), 2);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, Z43_a_call_need_not_hold_the_serializer_of_its_reply_port)
{
	serialize_ports();
	t[0].msg.ms_flags = MSGF_SYNC; /* under way in a call */
	when_waiting(reply_held, &t[0].msg);
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, 0), 21);
	cr_expect_not(lwkt_serialize_held(&serial));
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
}

LWKT_TEST(port_serialize, Z43_a_call_that_holds_it_lets_go_while_it_waits)
{
	held_ports();
	when_waiting(serve_held, &t[0].msg);
	cr_expect_eq(lwkt_domsg(&target, &t[0].msg, 0), 22);
	cr_expect(lwkt_serialize_held(&serial));
	cr_expect_eq(get_seq(&home), -1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, M13_a_call_that_is_done_already_does_not_wait)
{
	held_ports();
	t[0].msg.ms_flags = MSGF_SYNC;
	lwkt_replymsg(&t[0].msg, 5);
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, 0), 5);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

/*
 * Interrupted
 */

static void
interrupt_cpu0(void *arg)
{
	(void)arg;
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_interrupt(lwkt_cpu_thread(0));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P25_an_interrupted_waitport_gives_null_and_holds_it)
{
	held_ports();
	when_waiting(interrupt_cpu0, NULL);
	cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH));
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P25_a_waitport_without_pcatch_is_not_interrupted)
{
	held_ports();
	when_waiting(interrupt_cpu0, NULL);
	when_waiting(send_held, &t[0].msg);
	cr_expect_eq(lwkt_waitport(&target, 0), &t[0].msg);
	cr_expect_null(lwkt_waitport(&target, LWKT_PCATCH), "the interrupt is for the next");
	lwkt_serialize_exit(&serial);
}

static unsigned int aborts;

static void
abort_replies(lwkt_msg_t msg)
{
	aborts++;
	cr_expect_not(lwkt_serialize_held(&serial), "no lock is held across the callback");
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
	when_waiting(serve_held, msg);
}

LWKT_TEST(port_serialize, B53_an_interrupted_waitmsg_aborts_without_the_serializer)
{
	held_ports();
	lwkt_initmsg_abortable(&t[0].msg, &home, 0, abort_replies);
	lwkt_sendmsg(&target, &t[0].msg);
	lwkt_interrupt(lwkt_cpu_thread(0));
	cr_expect_eq(lwkt_waitmsg(&t[0].msg, LWKT_PCATCH), 22);
	cr_expect_eq(aborts, 1);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, B53_an_interrupted_call_aborts_without_the_serializer)
{
	held_ports();
	lwkt_initmsg_abortable(&t[0].msg, &home, 0, abort_replies);
	when_waiting(interrupt_cpu0, NULL);
	cr_expect_eq(lwkt_domsg(&target, &t[0].msg, LWKT_PCATCH), 22);
	cr_expect_eq(aborts, 1);
	cr_expect(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
}

/*
 * Pthreads
 */

static void *
wait_on_port(void *arg)
{
	lwkt_msg_t msg;

	lwkt_serialize_enter(&serial);
	for (int i = 0; i < 20; i++) {
		msg = lwkt_waitport(&target, 0);
		test_check(lwkt_serialize_held(&serial));
		test_check(msg != NULL);
		lwkt_replymsg(msg, i);
	}
	lwkt_serialize_exit(&serial);
	return arg;
}

LWKT_TEST(port_serialize, S38_a_pthread_that_waits_is_woken)
{
	pthread_t thread;

	serialize_ports();
	cr_assert_eq(pthread_create(&thread, NULL, wait_on_port, NULL), 0);
	for (int i = 0; i < 20; i++) {
		lwkt_serialize_enter(&serial);
		lwkt_sendmsg(&target, &t[i].msg);
		cr_expect_eq(lwkt_waitmsg(&t[i].msg, 0), i);
		lwkt_serialize_exit(&serial);
	}
	pthread_join(thread, NULL);
	cr_expect_eq(target.mp_flags & MSGPORTF_WAITING, 0);
}

/* The target is a thread port, so that the serializer is the reply's affair only. */
static struct lwkt_port server;

static void *
call_20(void *arg)
{
	for (int i = 0; i < 20; i++) {
		if (i % 2 == 0)
			lwkt_serialize_enter(&serial);
		test_check(lwkt_domsg(&server, &t[i].msg, 0) == i);
		test_check(lwkt_serialize_held(&serial) == (i % 2 == 0));
		if (i % 2 == 0)
			lwkt_serialize_exit(&serial);
	}
	return arg;
}

LWKT_TEST(port_serialize, Z43_a_sync_reply_wakes_the_pthread_that_called)
{
	pthread_t thread;

	serialize_ports();
	lwkt_initport_thread(&server, lwkt_curthread());
	cr_assert_eq(pthread_create(&thread, NULL, call_20, NULL), 0);
	for (int i = 0; i < 20; i++) {
		lwkt_msg_t msg = lwkt_waitport(&server, 0);

		lwkt_serialize_enter(&serial);
		lwkt_replymsg(msg, i);
		lwkt_serialize_exit(&serial);
	}
	pthread_join(thread, NULL);
}

static struct lwkt_thread *waiter; /* atomic */

static void *
wait_interruptibly(void *arg)
{
	test_check(lwkt_attach("waiter") == 0);
	lwkt_serialize_enter(&serial);
	__atomic_store_n(&waiter, lwkt_curthread(), __ATOMIC_RELEASE);
	test_check(lwkt_waitport(&target, LWKT_PCATCH) == NULL);
	test_check(lwkt_serialize_held(&serial));
	lwkt_serialize_exit(&serial);
	lwkt_detach();
	return arg;
}

LWKT_TEST(port_serialize, P25_a_pthread_that_waits_is_interrupted)
{
	pthread_t thread;

	serialize_ports();
	cr_assert_eq(pthread_create(&thread, NULL, wait_interruptibly, NULL), 0);
	while (__atomic_load_n(&waiter, __ATOMIC_ACQUIRE) == NULL)
		test_relax();
	lwkt_serialize_enter(&serial); /* so it sleeps, or is about to */
	lwkt_interrupt(waiter);
	lwkt_serialize_exit(&serial);
	pthread_join(thread, NULL);
}

/*
 * Broken contracts
 */

static void
drop_it(void *msg)
{
	lwkt_dropmsg(msg);
}

static void
send_oncpu(void *msg)
{
	lwkt_sendmsg_oncpu(&target, msg);
}

LWKT_TEST(port_serialize, Z43_drop_stops)
{
	held_ports();
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&target, &t[0].msg);
	expect_stops(drop_it, &t[0].msg, "lwkt_dropmsg", ptr_text(&t[0].msg), ptr_text(&target));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, Z43_oncpu_stops)
{
	held_ports();
	expect_stops(send_oncpu, &t[0].msg, "oncpu", ptr_text(&t[0].msg), ptr_text(&target));
	lwkt_serialize_exit(&serial);
}

#if LWKT_INVARIANTS

static void
get_it(void *port)
{
	lwkt_getport(port);
}

static void
send_it(void *msg)
{
	lwkt_sendmsg(&target, msg);
}

static void
reply_it(void *msg)
{
	lwkt_replymsg(msg, 0);
}

static void
wait_it(void *port)
{
	lwkt_waitport(port, 0);
}

static void
waitmsg_it(void *msg)
{
	lwkt_waitmsg(msg, 0);
}

#define expect_not_held(fn, arg, call, port) \
	expect_stops(fn, arg, call, ptr_text(port), "does not hold", ptr_text(&serial))

LWKT_TEST(port_serialize, Z43_get_without_the_serializer_stops)
{
	serialize_ports();
	expect_not_held(get_it, &target, "lwkt_getport", &target);
}

LWKT_TEST(port_serialize, Z43_put_without_the_serializer_stops)
{
	serialize_ports();
	expect_not_held(send_it, &t[0].msg, "mp_putport", &target);
}

LWKT_TEST(port_serialize, Z43_reply_without_the_serializer_stops)
{
	serialize_ports();
	t[0].msg.ms_flags = 0;
	t[1].msg.ms_flags = MSGF_SYNC;
	expect_not_held(reply_it, &t[0].msg, "lwkt_replymsg", &home);
	expect_not_held(reply_it, &t[1].msg, "lwkt_replymsg", &home);
}

LWKT_TEST(port_serialize, Z43_waitport_without_the_serializer_stops)
{
	serialize_ports();
	expect_not_held(wait_it, &target, "lwkt_waitport", &target);
}

LWKT_TEST(port_serialize, Z43_waitmsg_of_a_queued_reply_without_the_serializer_stops)
{
	held_ports();
	lwkt_sendmsg(&target, &t[0].msg);
	lwkt_serialize_exit(&serial);
	expect_not_held(waitmsg_it, &t[0].msg, "lwkt_waitmsg", &home);
}

LWKT_TEST(port_serialize, Z43_another_cpus_hold_does_not_count)
{
	held_ports();
	cpu_impersonate(1);
	expect_not_held(get_it, &target, "lwkt_getport", &target);
	cpu_impersonate(0);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, P26_waitmsg_on_a_dropable_message_stops)
{
	held_ports();
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&target, &t[0].msg);
	expect_stops(waitmsg_it, &t[0].msg, "lwkt_waitmsg", "DROPABLE", ptr_text(&t[0].msg));
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(port_serialize, M20_a_second_reply_stops)
{
	held_ports();
	lwkt_sendmsg(&target, &t[0].msg);
	cr_assert_eq(get_seq(&target), 0);
	lwkt_replymsg(&t[0].msg, 0);
	expect_stops(reply_it, &t[0].msg, "lwkt_replymsg", "replied", ptr_text(&t[0].msg));
	lwkt_serialize_exit(&serial);
}

#endif
