/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts of packets through ports. What lwkt_send_packets() sends must be as if initialised and
 * sent one by one. What lwkt_getport_packets() takes must be as a burst and a burst of replies with
 * EASYNC would have left it, and what it must not take must be untouched, for these two (contract
 * P29).
 */
#include <errno.h>

#include <lwkt_ipiq.h>
#include <lwkt_pktburst.h>

#include "ports.h"
#include "test_pool.h"

#define POOL  511
#define NEVER MSGF_USER0
#define WIRE  MSGF_USER3 /* any flag of the application's that is no obstacle */
#define ENDED (MSGF_DONE | MSGF_REPLY)

static struct lwkt_port port, other, home;
static struct rte_mempool *pool;
static struct rte_mbuf *made[POOL], *got[POOL];
static int flags;

/* All ports on CPU 0; n packets, whose messages are as good as any. */
static void
init(unsigned int n)
{
	pool = test_pool("take", POOL);
	lwkt_initport_thread(&port, lwkt_cpu_thread(0));
	lwkt_initport_thread(&other, lwkt_cpu_thread(0));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	for (unsigned int i = 0; i < n; i++) {
		made[i] = test_packet(pool, 60);
		lwkt_initmsg(lwkt_mbuf_msg(made[i]), lwkt_pktfree_port(), WIRE);
	}
	flags = -1;
}

static lwkt_msg_t
message(unsigned int i)
{
	return lwkt_mbuf_msg(made[i]);
}

static void
send_as(unsigned int from, lwkt_port_t to, unsigned int first, unsigned int n)
{
	cpu_impersonate(from);
	for (unsigned int i = first; i < first + n; i++)
		lwkt_sendmsg(to, message(i));
	lwkt_flush();
	cpu_impersonate(0);
}

/* Take at most n: exactly the packets first .. first + want - 1, in order, their messages ended? */
static bool
takes(unsigned int n, unsigned int first, unsigned int want)
{
	if (lwkt_getport_packets(&port, got, n, NEVER, &flags) != want)
		return false;
	for (unsigned int i = 0; i < want; i++) {
		lwkt_msg_t msg = message(first + i);

		if (got[i] != made[first + i] || !lwkt_checkmsg(msg) || msg->ms_error != EASYNC ||
		    msg->ms_flags != (ENDED | WIRE))
			return false;
	}
	return true;
}

/* Nothing is taken, and message i is as it was on its way. */
static void
expect_left(unsigned int i, int with)
{
	cr_expect(takes(32, 0, 0));
	cr_expect_eq(flags, -1, "untouched");
	expect_flags(message(i), MSGF_INTRANSIT | with);
}

static void
free_all(unsigned int n)
{
	rte_pktmbuf_free_bulk(made, n);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(pktburst, P29_M20_packets_are_taken_and_their_messages_end)
{
	init(40);
	send_as(1, &port, 0, 40);
	cr_expect(takes(64, 0, 40));
	cr_expect_eq((unsigned int)flags, (unsigned int)(WIRE | MSGF_INTRANSIT));
	cr_expect_eq(lwkt_poll(), 0, "nothing is left");
	cr_expect_null(lwkt_getport(&port));
	cr_expect_eq(rte_mempool_in_use_count(pool), 40, "the packets live on");
	free_all(40);
}

LWKT_TEST(pktburst, P29_in_pieces_with_a_burst_between_them)
{
	lwkt_msg_t msgs[10];

	init(60);
	send_as(1, &port, 0, 60);
	cr_expect(takes(20, 0, 20));
	cr_assert_eq(lwkt_getport_burst(&port, msgs, 10), 10);
	for (unsigned int i = 0; i < 10; i++) {
		cr_expect_eq(msgs[i], message(20 + i));
		expect_flags(msgs[i], WIRE);
	}
	lwkt_replymsg_burst(msgs, 10, EASYNC);
	cr_expect(takes(0, 30, 0));
	cr_expect(takes(64, 30, 30));
	free_all(60);
}

LWKT_TEST(pktburst, M7_a_packet_that_was_taken_is_sent_again)
{
	init(1);
	for (unsigned int i = 0; i < 3; i++) {
		send_as(1, &port, 0, 1);
		cr_expect(takes(32, 0, 1));
	}
	free_all(1);
}

LWKT_TEST_ENV(pktburst, P29_more_than_a_batch_comes_in_order, .te_config.cf_ring_size = 1023)
{
	unsigned int n, total = 0;

	init(POOL);
	send_as(1, &port, 0, POOL);
	while ((n = lwkt_getport_packets(&port, got, 100, NEVER, &flags)) > 0)
		for (unsigned int i = 0; i < n; i++)
			cr_assert_eq(got[i], made[total++]);
	cr_expect_eq(total, POOL);
	free_all(POOL);
}

LWKT_TEST_ENV(pktburst, I68_a_full_ring_is_taken_one_by_one, .te_config.cf_ring_size = 1)
{
	init(20);
	send_as(1, &port, 0, 20);
	for (unsigned int i = 0; i < 20; i++) {
		cr_expect(takes(32, i, 1));
		test_poll_as(1);
	}
	free_all(20);
}

LWKT_TEST(pktburst, I70_what_was_not_published_is_not_there)
{
	init(1);
	cpu_impersonate(1);
	lwkt_sendmsg(&port, message(0));
	cpu_impersonate(0);
	expect_left(0, WIRE);
	test_poll_as(1);
	cr_expect(takes(32, 0, 1));
	free_all(1);
}

/*
 * Sending
 */

/*
 * The packets, sent with these flags, come out of a port as they went in, to be freed by a reply.
 */
static void
expect_sent(lwkt_port_t from, unsigned int n, int with)
{
	for (unsigned int i = 0; i < n; i++) {
		lwkt_msg_t msg = lwkt_getport(from);

		cr_assert_eq(msg, message(i));
		expect_flags(msg, with);
		cr_expect_eq(msg->ms_target_port, from);
		cr_expect_eq(msg->ms_reply_port, lwkt_pktfree_port());
		lwkt_replymsg(msg, 0);
	}
	cr_expect_null(lwkt_getport(from));
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

/* As what the last lives of the messages may have left. */
static void
spoil(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		lwkt_initmsg(message(i), &home, MSGF_DROPABLE | MSGF_USER0);
		message(i)->ms_target_port = &other;
	}
}

static void
send_packets_as(unsigned int from, lwkt_port_t to, unsigned int n, int with)
{
	spoil(n);
	cpu_impersonate(from);
	lwkt_send_packets(to, made, n, with);
	lwkt_flush();
	cpu_impersonate(0);
}

LWKT_TEST(pktburst, P29_packets_are_sent_to_another_cpu)
{
	init(200);
	send_packets_as(1, &port, 200, WIRE);
	expect_flags(message(0), MSGF_INTRANSIT | WIRE);
	cr_expect_eq(lwkt_poll(), 200);
	expect_sent(&port, 200, WIRE);
}

LWKT_TEST(pktburst, P29_none_is_none)
{
	init(0);
	send_packets_as(1, &port, 0, WIRE);
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST(pktburst, P29_packets_are_sent_on_the_same_cpu)
{
	init(100);
	send_packets_as(0, &port, 100, WIRE);
	expect_sent(&port, 100, WIRE);
}

LWKT_TEST(pktburst, P21_packets_with_attributes_are_sent)
{
	const int with = MSGF_PRIORITY | MSGF_DROPABLE | WIRE;

	init(3);
	send_packets_as(1, &port, 3, with);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(TAILQ_FIRST(&port.mp_msgq_prio), message(0));
	expect_sent(&port, 3, with);
}

LWKT_TEST_ENV(pktburst, I68_packets_through_a_full_ring, .te_config.cf_ring_size = 5)
{
	init(300);
	send_packets_as(1, &port, 300, WIRE);
	test_settle();
	expect_sent(&port, 300, WIRE);
}

LWKT_TEST(pktburst, G98_packets_of_a_foreign_thread)
{
	init(100);
	send_packets_as(RTE_MAX_LCORE - 1, &port, 100, WIRE);
	cr_expect_eq(lwkt_poll(), 100);
	expect_sent(&port, 100, WIRE);
}

LWKT_TEST(pktburst, T31_packets_follow_a_port_that_moved)
{
	init(100);
	send_packets_as(1, &port, 100, WIRE);
	cr_assert_eq(lwkt_port_setowner(&port, lwkt_cpu_thread(2)), 0);
	test_settle();
	cpu_impersonate(2);
	expect_sent(&port, 100, WIRE);
	cpu_impersonate(0);
}

LWKT_TEST(pktburst, P29_packets_to_a_port_of_another_kind)
{
	static struct lwkt_port spin;

	init(100);
	lwkt_initport_spin(&spin, NULL, false);
	send_packets_as(1, &spin, 100, WIRE);
	expect_sent(&spin, 100, WIRE);
}

LWKT_TEST(pktburst, P28_M11_a_replaced_put_vector_is_asked_and_what_it_handles_is_replied)
{
	init(100);
	port.mp_putport = put_inline_5;
	send_packets_as(1, &port, 100, WIRE);
	cr_expect_eq(inline_puts, 100);
	cr_expect_eq(inline_last, message(99));
	cr_expect_eq(rte_mempool_in_use_count(pool), 0, "replied, so freed");
}

LWKT_TEST(pktburst, P29_from_end_to_end)
{
	init(64);
	for (unsigned int i = 0; i < 10; i++) {
		send_packets_as(1, &port, 64, WIRE);
		cr_expect(takes(64, 0, 64));
	}
	free_all(64);
}

/*
 * What ends a run, and is left alone
 */

/* Number 3 of six is odd: it is taken with a burst, and what is behind it is taken again. */
static void
around_an_odd_one(int with)
{
	lwkt_msg_t msg;

	send_as(1, &port, 0, 6);
	cr_expect(takes(32, 0, 3));
	flags = -1;
	expect_left(3, with);
	if (lwkt_getport_burst(&port, &msg, 1) == 0) {
		cr_expect_eq(lwkt_poll(), 3, "all of them are queued");
		cr_assert_eq(lwkt_getport_burst(&port, &msg, 1), 1);
	}
	cr_expect_eq(msg, message(3));
	lwkt_replymsg(msg, EASYNC);
}

static void
around_attributes(int attributes)
{
	init(6);
	lwkt_initmsg(message(3), lwkt_pktfree_port(), attributes);
	around_an_odd_one(attributes);
}

static void
rest_is_taken(void)
{
	cr_expect(takes(32, 4, 2));
	free_all(6);
}

/* As above, but the poll has queued those behind it. */
static void
rest_is_queued(void)
{
	lwkt_msg_t msgs[2];

	cr_expect(takes(32, 0, 0), "the port is not empty");
	cr_assert_eq(lwkt_getport_burst(&port, msgs, 2), 2);
	cr_expect_eq(msgs[0], message(4));
	lwkt_replymsg_burst(msgs, 2, EASYNC);
	free_all(6);
}

LWKT_TEST(pktburst, P29_a_flag_that_is_never_taken)
{
	around_attributes(WIRE | NEVER);
	rest_is_taken();
}

LWKT_TEST(pktburst, P29_another_flag_of_the_applications_ends_the_run)
{
	lwkt_msg_t first;

	init(6);
	lwkt_initmsg(message(3), lwkt_pktfree_port(), WIRE | MSGF_USER2);
	send_as(1, &port, 0, 6);
	cr_expect(takes(32, 0, 3));
	cr_expect_eq(lwkt_getport_packets(&port, got, 32, NEVER, &flags), 1, "a run of its own");
	cr_expect_eq((unsigned int)flags, (unsigned int)(WIRE | MSGF_USER2 | MSGF_INTRANSIT));
	first = message(3);
	expect_flags(first, ENDED | WIRE | MSGF_USER2);
	rest_is_taken();
}

LWKT_TEST(pktburst, D55_a_dropable_message_is_left)
{
	around_attributes(WIRE | MSGF_DROPABLE);
	rest_is_taken();
}

LWKT_TEST(pktburst, P21_a_priority_message_is_left)
{
	around_attributes(WIRE | MSGF_PRIORITY);
	rest_is_queued();
}

static void
no_abort(lwkt_msg_t msg)
{
	(void)msg;
}

LWKT_TEST(pktburst, B48_an_abortable_message_is_left)
{
	init(6);
	lwkt_initmsg_abortable(message(3), lwkt_pktfree_port(), WIRE, no_abort);
	around_an_odd_one(WIRE | MSGF_ABORTABLE);
	rest_is_taken();
}

static unsigned int receipts;

static void
receipt(lwkt_msg_t msg, lwkt_port_t at)
{
	receipts++;
	cr_expect_eq(msg, message(3));
	cr_expect_eq(at, &port);
}

LWKT_TEST(pktburst, R59_a_message_with_a_receipt_is_left_and_it_fires)
{
	init(6);
	lwkt_setmsg_receipt(message(3), receipt);
	around_an_odd_one(WIRE | MSGF_RECEIPT);
	cr_expect_eq(receipts, 1);
	rest_is_queued();
}

LWKT_TEST(pktburst, M20_a_message_that_is_to_come_home_comes_home)
{
	init(6);
	lwkt_initmsg(message(3), &home, WIRE);
	around_an_odd_one(WIRE);
	cr_expect_eq(lwkt_getport(&home), message(3));
	cr_expect_eq(message(3)->ms_error, EASYNC);
	rest_is_taken();
}

LWKT_TEST(pktburst, P29_another_ports_message_ends_the_run)
{
	init(6);
	send_as(1, &port, 0, 3);
	send_as(1, &other, 3, 2);
	send_as(1, &port, 5, 1);
	cr_expect(takes(32, 0, 3));
	flags = -1;
	expect_left(3, WIRE);
	cr_expect_eq(lwkt_getport_packets(&other, got, 32, NEVER, &flags), 2, "the other does");
	cr_expect(takes(32, 5, 1));
	free_all(6);
}

static void
sync_send(lwkt_port_t to, unsigned int i)
{
	lwkt_sendmsg(to, message(i));
	message(i)->ms_flags |= MSGF_SYNC; /* as if CPU 1 were in a call */
	lwkt_flush();
}

LWKT_TEST(pktburst, T33_a_sync_message_is_left)
{
	lwkt_msg_t msg;

	init(1);
	cpu_impersonate(1);
	sync_send(&port, 0);
	cpu_impersonate(0);
	expect_left(0, WIRE | MSGF_SYNC);
	cr_expect_eq(lwkt_poll(), 1);
	msg = lwkt_getport(&port);
	cr_expect_eq(msg, message(0));
	lwkt_replymsg(msg, EASYNC);
	free_all(1);
}

LWKT_TEST(pktburst, M3_a_reply_is_left)
{
	static struct lwkt_port remote;
	lwkt_msg_t msg;

	init(1);
	lwkt_initport_thread(&remote, lwkt_cpu_thread(1));
	lwkt_initmsg(message(0), &port, WIRE);
	lwkt_sendmsg(&remote, message(0));
	test_settle();
	cpu_impersonate(1);
	lwkt_replymsg(lwkt_getport(&remote), 0);
	lwkt_flush();
	cpu_impersonate(0);
	expect_left(0, WIRE | MSGF_REPLY);
	cr_assert_eq(lwkt_getport_burst(&port, &msg, 1), 1);
	cr_expect_eq(msg, message(0));
	free_all(1);
}

static unsigned int called;

static void
count_call(void *arg)
{
	(void)arg;
	called++;
}

LWKT_TEST(pktburst, I65_a_function_ends_the_run)
{
	init(2);
	send_as(1, &port, 0, 1);
	cpu_impersonate(1);
	lwkt_send_ipiq(0, count_call, NULL);
	cpu_impersonate(0);
	send_as(1, &port, 1, 1);
	cr_expect(takes(32, 0, 1));
	flags = -1;
	expect_left(1, WIRE);
	cr_expect_eq(called, 0);
	cr_expect_eq(lwkt_poll(), 2);
	cr_expect_eq(called, 1);
	lwkt_replymsg(lwkt_getport(&port), EASYNC);
	free_all(2);
}

/*
 * Ports that are not empty, have moved, or have been changed
 */

LWKT_TEST(pktburst, P21_a_queue_that_is_not_empty_goes_first)
{
	init(3);
	for (unsigned int i = 0; i < 2; i++) {
		lwkt_initmsg(message(i), lwkt_pktfree_port(), i == 0 ? WIRE : WIRE | MSGF_PRIORITY);
		lwkt_sendmsg(&port, message(i));
		if (i == 0)
			send_as(1, &port, 2, 1);
		expect_left(2, WIRE);
		lwkt_replymsg(lwkt_getport(&port), EASYNC);
	}
	cr_expect(takes(32, 2, 1));
	free_all(3);
}

LWKT_TEST(pktburst, T34a_while_a_move_is_under_way_nothing_is_taken)
{
	static struct lwkt_port remote;

	init(4);
	lwkt_initport_thread(&remote, lwkt_cpu_thread(1));
	send_as(2, &remote, 0, 2); /* by way of CPU 1 */
	cpu_impersonate(1);
	cr_assert_eq(lwkt_port_setowner(&remote, lwkt_cpu_thread(0)), 0);
	cpu_impersonate(0);
	send_as(2, &remote, 2, 2); /* straight to CPU 0, and must not be first */
	cr_expect_eq(lwkt_getport_packets(&remote, got, 32, NEVER, &flags), 0);
	expect_flags(message(2), MSGF_INTRANSIT | WIRE);
	test_settle();
	for (unsigned int i = 0; i < 4; i++) {
		lwkt_msg_t msg = lwkt_getport(&remote);

		cr_expect_eq(msg, message(i));
		lwkt_replymsg(msg, EASYNC);
	}
	free_all(4);
}

static void *
no_getport(lwkt_port_t at)
{
	(void)at;
	return NULL;
}

LWKT_TEST(pktburst, P28_a_replaced_get_vector_is_respected)
{
	void *(*real)(lwkt_port_t);

	init(1);
	real = port.mp_getport;
	port.mp_getport = no_getport;
	send_as(1, &port, 0, 1);
	expect_left(0, WIRE);
	port.mp_getport = real;
	cr_expect(takes(32, 0, 1));
	free_all(1);
}

static void
no_replyport(lwkt_port_t at, lwkt_msg_t msg)
{
	(void)at;
	(void)msg;
}

LWKT_TEST(pktburst, P28_a_replaced_reply_vector_is_respected)
{
	void (*real)(lwkt_port_t, lwkt_msg_t) = lwkt_pktfree_port()->mp_replyport;

	init(1);
	lwkt_pktfree_port()->mp_replyport = no_replyport;
	send_as(1, &port, 0, 1);
	expect_left(0, WIRE);
	lwkt_pktfree_port()->mp_replyport = real;
	cr_expect(takes(32, 0, 1));
	free_all(1);
}

static void
take_within(void *arg)
{
	(void)arg;
	called++;
	cr_expect_eq(lwkt_getport_packets(&port, got, 32, NEVER, &flags), 0);
}

LWKT_TEST(pktburst, I74_inside_a_function_nothing_is_taken)
{
	init(1);
	cpu_impersonate(1);
	lwkt_send_ipiq(0, take_within, NULL);
	cpu_impersonate(0);
	send_as(1, &port, 0, 1);
	cr_expect_eq(lwkt_poll(), 2);
	cr_expect_eq(called, 1);
	lwkt_replymsg(lwkt_getport(&port), EASYNC);
	free_all(1);
}

#if LWKT_INVARIANTS
static void
take_as_another(void *arg)
{
	(void)arg;
	cpu_impersonate(1);
	lwkt_getport_packets(&port, got, 32, NEVER, &flags);
}

LWKT_TEST(pktburst, T34_only_the_owner_takes)
{
	init(0);
	expect_stops(take_as_another, NULL, "lwkt_getport_packets");
}

static void
reply_again(void *arg)
{
	(void)arg;
	lwkt_replymsg(message(0), 0);
}

LWKT_TEST(pktburst, M20_a_second_reply_stops_the_program_and_the_history_is_there)
{
	init(1);
	send_as(1, &port, 0, 1);
	cr_expect(takes(32, 0, 1));
	expect_stops(reply_again, NULL, "returned", "lwkt_replymsg");
	free_all(1);
}
#endif
