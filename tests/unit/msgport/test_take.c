/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst that takes messages as they arrive: what was published for the port's CPU and not polled
 * yet goes straight to the caller. It must be the same as a poll and then a burst (contract P29).
 */
#include <errno.h>

#include <lwkt_ipiq.h>

#include "ports.h"

#define MSGS 700

static struct lwkt_port port, other, home;
static struct tmsg t[MSGS];
static lwkt_msg_t got[MSGS];

/* All ports on CPU 0. */
static void
init(void)
{
	lwkt_initport_thread(&port, lwkt_cpu_thread(0));
	lwkt_initport_thread(&other, lwkt_cpu_thread(0));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

/* Gather n messages, numbered from first, as CPU from. */
static void
gather_as(unsigned int from, lwkt_port_t to, unsigned int first, unsigned int n)
{
	cpu_impersonate(from);
	for (unsigned int i = first; i < first + n; i++)
		lwkt_sendmsg(to, &t[i].msg);
	cpu_impersonate(0);
}

static void
flush_as(unsigned int from)
{
	cpu_impersonate(from);
	lwkt_flush();
	cpu_impersonate(0);
}

static void
send_as(unsigned int from, lwkt_port_t to, unsigned int first, unsigned int n)
{
	gather_as(from, to, first, n);
	flush_as(from);
}

/* Take at most n: exactly those numbered first .. first + want - 1, in order? */
static bool
takes(lwkt_port_t from, unsigned int n, unsigned int first, unsigned int want)
{
	if (lwkt_getport_burst(from, got, n) != want)
		return false;
	for (unsigned int i = 0; i < want; i++)
		if (got[i] != &t[first + i].msg)
			return false;
	return true;
}

LWKT_TEST(take, P29_messages_are_taken_as_they_arrive)
{
	init();
	send_as(1, &port, 0, 10);
	cr_expect(takes(&port, 32, 0, 10));
	for (unsigned int i = 0; i < 10; i++)
		expect_flags(&t[i].msg, 0);
	cr_expect_eq(lwkt_poll(), 0, "nothing is left");
	cr_expect_null(lwkt_getport(&port));
}

LWKT_TEST(take, P29_nothing_there_is_nothing)
{
	init();
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	send_as(1, &port, 0, 3);
	cr_expect(takes(&port, 32, 0, 3));
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
}

LWKT_TEST(take, I70_what_was_not_published_is_not_there)
{
	init();
	gather_as(1, &port, 0, 5);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	flush_as(1);
	cr_expect(takes(&port, 32, 0, 5));
}

LWKT_TEST(take, P29_an_empty_burst_takes_nothing)
{
	init();
	send_as(1, &port, 0, 5);
	cr_expect_eq(lwkt_getport_burst(&port, got, 0), 0);
	expect_flags(&t[0].msg, MSGF_INTRANSIT);
	cr_expect(takes(&port, 5, 0, 5));
}

LWKT_TEST(take, P29_a_short_burst_leaves_the_rest_for_the_next)
{
	init();
	send_as(1, &port, 0, 10);
	cr_expect(takes(&port, 4, 0, 4));
	expect_flags(&t[4].msg, MSGF_INTRANSIT);
	cr_expect(takes(&port, 4, 4, 4));
	cr_expect(takes(&port, 4, 8, 2));
}

LWKT_TEST(take, P29_single_gets_have_what_a_burst_left_in_order)
{
	init();
	send_as(1, &port, 0, 10);
	cr_expect(takes(&port, 4, 0, 4));
	cr_expect_eq(lwkt_poll(), 6);
	for (int i = 4; i < 10; i++)
		cr_expect_eq(get_seq(&port), i);
}

LWKT_TEST(take, P29_what_is_left_stays_before_what_comes_later)
{
	init();
	send_as(1, &port, 0, 10);
	cr_expect(takes(&port, 4, 0, 4));
	send_as(1, &port, 10, 10);
	cr_expect_eq(lwkt_poll(), 16);
	for (int i = 4; i < 20; i++)
		cr_expect_eq(get_seq(&port), i);
}

LWKT_TEST(take, P29_a_wait_goes_on_with_what_a_burst_left)
{
	init();
	send_as(1, &port, 0, 5);
	cr_expect(takes(&port, 2, 0, 2));
	for (unsigned int i = 2; i < 5; i++)
		cr_expect_eq(lwkt_waitport(&port, 0), &t[i].msg);
}

LWKT_TEST(take, P21_a_queue_that_is_not_empty_goes_first)
{
	init();
	lwkt_sendmsg(&port, &t[0].msg);
	lwkt_sendmsg(&port, &t[1].msg);
	send_as(1, &port, 2, 3);
	cr_expect(takes(&port, 32, 0, 2));
	expect_flags(&t[2].msg, MSGF_INTRANSIT);
	cr_expect(takes(&port, 32, 2, 3));
}

LWKT_TEST(take, P21_a_priority_queue_that_is_not_empty_goes_first)
{
	init();
	lwkt_initmsg(&t[0].msg, &home, MSGF_PRIORITY);
	lwkt_sendmsg(&port, &t[0].msg);
	send_as(1, &port, 1, 3);
	cr_expect(takes(&port, 32, 0, 1));
	cr_expect(takes(&port, 32, 1, 3));
}

LWKT_TEST(take, P24_a_single_get_does_not_take_what_was_not_polled)
{
	init();
	send_as(1, &port, 0, 2);
	cr_expect_null(lwkt_getport(&port));
	cr_expect_eq(lwkt_poll(), 2);
	cr_expect_eq(get_seq(&port), 0);
	cr_expect_eq(get_seq(&port), 1);
}

/*
 * What ends a run
 */

LWKT_TEST(take, P29_another_ports_message_ends_the_run)
{
	init();
	gather_as(1, &port, 0, 3);
	gather_as(1, &other, 3, 2);
	gather_as(1, &port, 5, 2);
	flush_as(1);
	cr_expect(takes(&port, 32, 0, 3));
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect(takes(&other, 32, 3, 2), "but the other port takes them");
	cr_expect(takes(&port, 32, 5, 2));
}

LWKT_TEST(take, P29_another_ports_message_is_queued_by_the_poll)
{
	init();
	gather_as(1, &port, 0, 3);
	gather_as(1, &other, 3, 2);
	gather_as(1, &port, 5, 2);
	flush_as(1);
	cr_expect(takes(&port, 32, 0, 3));
	cr_expect_eq(lwkt_poll(), 4);
	cr_expect_eq(get_seq(&other), 3);
	cr_expect_eq(get_seq(&other), 4);
	cr_expect_eq(get_seq(&port), 5);
	cr_expect_eq(get_seq(&port), 6);
}

LWKT_TEST(take, P21_a_priority_message_ends_the_run)
{
	init();
	lwkt_initmsg(&t[2].msg, &home, MSGF_PRIORITY);
	send_as(1, &port, 0, 5);
	cr_expect(takes(&port, 32, 0, 2));
	expect_flags(&t[2].msg, MSGF_INTRANSIT | MSGF_PRIORITY);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(TAILQ_FIRST(&port.mp_msgq_prio), &t[2].msg);
	cr_expect(takes(&port, 32, 2, 3));
}

static unsigned int receipts;

static void
receipt(lwkt_msg_t m, lwkt_port_t p)
{
	receipts++;
	cr_expect_eq(p, &port);
	cr_expect(m->ms_flags & MSGF_QUEUED);
}

LWKT_TEST(take, R59_a_message_with_a_receipt_ends_the_run_and_fires_in_the_queue)
{
	init();
	lwkt_setmsg_receipt(&t[2].msg, receipt);
	send_as(1, &port, 0, 5);
	cr_expect(takes(&port, 32, 0, 2));
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect_eq(receipts, 0);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(receipts, 1);
	cr_expect(takes(&port, 32, 2, 3));
}

/* CPU 0 has sent 0 .. n - 1 to CPU 1, which has taken them: home is on CPU 0. */
static struct lwkt_port remote;

static void
sent_to_cpu1(unsigned int n)
{
	init();
	lwkt_initport_thread(&remote, lwkt_cpu_thread(1));
	for (unsigned int i = 0; i < n; i++)
		lwkt_sendmsg(&remote, &t[i].msg);
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport_burst(&remote, got, n), n);
	cpu_impersonate(0);
}

LWKT_TEST(take, T33_a_sync_reply_ends_the_run_and_is_not_taken)
{
	sent_to_cpu1(5);
	t[2].msg.ms_flags |= MSGF_SYNC; /* as if CPU 0 were in a call */
	cpu_impersonate(1);
	lwkt_replymsg_burst(got, 5, 0);
	lwkt_flush();
	cpu_impersonate(0);
	cr_expect(takes(&home, 32, 0, 2));
	cr_expect_eq(lwkt_getport_burst(&home, got, 32), 0);
	cr_expect_not(lwkt_checkmsg(&t[2].msg));
	cr_expect_eq(lwkt_poll(), 3);
	expect_flags(&t[2].msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
	cr_expect(takes(&home, 32, 3, 2));
}

static unsigned int called;

static void
count_call(void *arg)
{
	(void)arg;
	called++;
}

LWKT_TEST(take, I65_a_function_ends_the_run_and_keeps_its_place)
{
	init();
	gather_as(1, &port, 0, 3);
	cpu_impersonate(1);
	lwkt_send_ipiq(0, count_call, NULL);
	cpu_impersonate(0);
	gather_as(1, &port, 3, 3);
	flush_as(1);
	cr_expect(takes(&port, 32, 0, 3));
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect_eq(called, 0);
	cr_expect_eq(lwkt_poll(), 4);
	cr_expect_eq(called, 1);
	cr_expect(takes(&port, 32, 3, 3));
}

static void
take_within(void *arg)
{
	called++;
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	(void)arg;
}

LWKT_TEST(take, I74_inside_a_function_nothing_is_taken)
{
	init();
	cpu_impersonate(1);
	lwkt_send_ipiq(0, take_within, NULL);
	cpu_impersonate(0);
	send_as(1, &port, 0, 3);
	cr_expect_eq(lwkt_poll(), 4);
	cr_expect_eq(called, 1);
	cr_expect(takes(&port, 32, 0, 3));
}

/*
 * Replies
 */

LWKT_TEST(take, M5_a_reply_that_is_taken_is_returned)
{
	sent_to_cpu1(4);
	cpu_impersonate(1);
	lwkt_replymsg_burst(got, 4, 6);
	lwkt_flush();
	cpu_impersonate(0);
	for (unsigned int i = 0; i < 4; i++)
		cr_expect_not(lwkt_checkmsg(&t[i].msg));
	cr_expect(takes(&home, 32, 0, 4));
	for (unsigned int i = 0; i < 4; i++) {
		expect_flags(&t[i].msg, MSGF_DONE | MSGF_REPLY);
		cr_expect(lwkt_checkmsg(&t[i].msg));
		cr_expect_eq(t[i].msg.ms_error, 6);
		cr_expect_eq(lwkt_waitmsg(&t[i].msg, 0), 6, "at once");
	}
}

LWKT_TEST(take, P23_requests_and_replies_are_taken_together)
{
	sent_to_cpu1(2);
	cpu_impersonate(1);
	lwkt_replymsg(&t[0].msg, 0);
	lwkt_sendmsg(&home, &t[2].msg);
	lwkt_replymsg(&t[1].msg, 0);
	lwkt_flush();
	cpu_impersonate(0);
	cr_assert_eq(lwkt_getport_burst(&home, got, 32), 3);
	cr_expect_eq(got[0], &t[0].msg);
	cr_expect_eq(got[1], &t[2].msg);
	cr_expect_eq(got[2], &t[1].msg);
	expect_flags(&t[0].msg, MSGF_DONE | MSGF_REPLY);
	expect_flags(&t[2].msg, 0);
}

LWKT_TEST(take, M7_a_returned_message_is_sent_again)
{
	sent_to_cpu1(1);
	for (unsigned int i = 0; i < 3; i++) {
		cpu_impersonate(1);
		lwkt_replymsg(&t[0].msg, 0);
		lwkt_flush();
		cpu_impersonate(0);
		cr_expect(takes(&home, 1, 0, 1));
		lwkt_sendmsg(&remote, &t[0].msg);
		lwkt_flush();
		cpu_impersonate(1);
		cr_expect(takes(&remote, 1, 0, 1));
		cpu_impersonate(0);
	}
}

LWKT_TEST(take, D58_a_message_that_is_taken_is_not_dropped)
{
	init();
	lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE);
	send_as(1, &port, 0, 1);
	cr_expect(takes(&port, 32, 0, 1));
	cr_expect_eq(lwkt_dropmsg(&t[0].msg), ENOENT);
	expect_flags(&t[0].msg, MSGF_DROPABLE);
	lwkt_replymsg(&t[0].msg, 0);
	cr_expect_eq(get_seq(&home), 0);
}

LWKT_TEST(take, M19_a_message_that_is_taken_is_forwarded)
{
	init();
	send_as(1, &port, 0, 3);
	cr_assert(takes(&port, 32, 0, 3));
	lwkt_forwardmsg_burst(&other, got, 3);
	cr_expect(takes(&other, 32, 0, 3));
}

/* At the ring's last slot what is taken in place ends; the burst goes on with its first. */
LWKT_TEST(take, P29_a_burst_goes_round_the_ring)
{
	init();
	for (unsigned int first = 0; first < 100; first += 20)
		for (unsigned int round = 0; round < 20; round++) {
			send_as(1, &port, first, 20);
			cr_assert(takes(&port, 13, first, 13));
			cr_assert(takes(&port, 32, first + 13, 7));
			for (unsigned int i = 0; i < 20; i++)
				lwkt_replymsg(&t[first + i].msg, 0);
			while (lwkt_getport(&home) != NULL)
				;
		}
	cr_expect_eq(lwkt_poll(), 0, "nothing is left");
}

/* A poll takes what a burst has seen and not taken; the next burst goes on behind it. */
LWKT_TEST(take, P29_a_poll_between_bursts_takes_what_they_saw)
{
	init();
	send_as(1, &port, 0, 100);
	cr_assert(takes(&port, 10, 0, 10));
	cr_expect_eq(lwkt_poll(), 90);
	cr_assert(takes(&port, 100, 10, 90));
	send_as(1, &port, 100, 100);
	cr_assert(takes(&port, 100, 100, 100));
	cr_expect_eq(lwkt_poll(), 0, "nothing is left");
}

/*
 * Sources
 */

LWKT_TEST(take, I65_several_senders_each_in_order)
{
	unsigned int next[TEST_CPUS] = {0}, n, total = 0;

	init();
	for (unsigned int from = 1; from < TEST_CPUS; from++)
		send_as(from, &port, from * 100, 50);
	while ((n = lwkt_getport_burst(&port, got, 7)) > 0)
		for (unsigned int i = 0; i < n; i++, total++) {
			unsigned int seq = ((struct tmsg *)got[i])->seq;

			cr_assert_eq(seq % 100, next[seq / 100]++);
		}
	cr_expect_eq(total, 150);
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST(take, I65_a_sender_that_does_not_end_does_not_starve_the_others)
{
	bool second = false;
	unsigned int n;

	init();
	send_as(1, &port, 0, 100);
	send_as(2, &port, 500, 1);
	for (unsigned int round = 0; round < 9 && !second; round++) { /* a turn is 256 messages */
		n = lwkt_getport_burst(&port, got, 32);
		for (unsigned int i = 0; i < n; i++)
			second = second || got[i] == &t[500].msg;
		send_as(1, &port, 100 + round * 32, 32);
	}
	cr_expect(second);
	test_settle();
}

LWKT_TEST(take, P29_behind_another_ports_messages_the_poll_brings_the_rest)
{
	init();
	send_as(1, &other, 0, 2);
	send_as(2, &port, 2, 2);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0, "CPU 1 is looked at first");
	cr_expect_eq(lwkt_poll(), 4);
	cr_expect_eq(get_seq(&port), 2);
	cr_expect_eq(get_seq(&port), 3);
	cr_expect_eq(get_seq(&other), 0);
	cr_expect_eq(get_seq(&other), 1);
}

LWKT_TEST(take, G98_what_foreign_threads_sent_comes_with_the_poll)
{
	init();
	cpu_impersonate(RTE_MAX_LCORE - 1);
	for (unsigned int i = 0; i < 3; i++)
		lwkt_sendmsg(&port, &t[i].msg);
	cpu_impersonate(0);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect(takes(&port, 32, 0, 3));
}

LWKT_TEST_ENV(take, P29_more_than_a_batch_is_taken_in_order, .te_config.cf_ring_size = 1023)
{
	unsigned int n, total = 0;

	init();
	send_as(1, &port, 0, MSGS);
	while ((n = lwkt_getport_burst(&port, got, 100)) > 0)
		for (unsigned int i = 0; i < n; i++)
			cr_assert_eq(got[i], &t[total++].msg);
	cr_expect_eq(total, MSGS);
}

LWKT_TEST_ENV(
    take, P29_more_than_a_batch_is_half_taken_and_half_polled, .te_config.cf_ring_size = 1023)
{
	init();
	send_as(1, &port, 0, MSGS);
	cr_expect(takes(&port, 100, 0, 100));
	cr_expect_eq(lwkt_poll(), MSGS - 100);
	for (int i = 100; i < MSGS; i++)
		cr_assert_eq(get_seq(&port), i);
}

LWKT_TEST_ENV(take, I68_a_full_ring_is_taken_one_by_one, .te_config = {.cf_ring_size = 1})
{
	init();
	send_as(1, &port, 0, 20);
	for (unsigned int i = 0; i < 20; i++) {
		cr_expect(takes(&port, 32, i, 1));
		flush_as(1);
	}
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
}

/*
 * Ports that moved, vectors that were replaced, bells
 */

LWKT_TEST(take, T34a_while_a_move_is_under_way_nothing_is_taken)
{
	init();
	lwkt_initport_thread(&remote, lwkt_cpu_thread(1));
	send_as(2, &remote, 0, 3); /* by way of CPU 1 */
	cpu_impersonate(1);
	cr_assert_eq(lwkt_port_setowner(&remote, lwkt_cpu_thread(0)), 0);
	cpu_impersonate(0);
	send_as(2, &remote, 3, 3); /* straight to CPU 0, and must not be first */
	cr_expect_eq(lwkt_getport_burst(&remote, got, 32), 0);
	expect_flags(&t[3].msg, MSGF_INTRANSIT);
	test_settle();
	cr_expect(takes(&remote, 32, 0, 6));
}

LWKT_TEST(take, T31_after_a_move_messages_are_taken_again)
{
	init();
	lwkt_initport_thread(&remote, lwkt_cpu_thread(1));
	cpu_impersonate(1);
	cr_assert_eq(lwkt_port_setowner(&remote, lwkt_cpu_thread(0)), 0);
	test_settle();
	cr_expect_null(remote.mp_move);
	send_as(2, &remote, 0, 4);
	cr_expect(takes(&remote, 32, 0, 4));
}

LWKT_TEST(take, T31_a_message_for_a_port_that_moved_away_is_handed_on)
{
	init();
	send_as(1, &other, 0, 2);
	cr_assert_eq(lwkt_port_setowner(&other, lwkt_cpu_thread(2)), 0);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	test_settle();
	cpu_impersonate(2);
	cr_expect_eq(get_seq(&other), 0);
	cr_expect_eq(get_seq(&other), 1);
	cpu_impersonate(0);
}

static void *(*real_getport)(lwkt_port_t);
static unsigned int gets;

static void *
count_getport(lwkt_port_t p)
{
	gets++;
	return real_getport(p);
}

LWKT_TEST(take, P28_a_replaced_get_vector_is_asked_instead)
{
	init();
	real_getport = port.mp_getport;
	port.mp_getport = count_getport;
	send_as(1, &port, 0, 3);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
	cr_expect_eq(gets, 1);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect(takes(&port, 32, 0, 3));
	cr_expect_eq(gets, 5);
}

static void
init_with_bells(unsigned int ring_size)
{
	const struct lwkt_config cfg = {.cf_ring_size = ring_size};

	bells_from = 1;
	cr_assert_eq(lwkt_init(&cfg), 0);
	init();
}

LWKT_TEST_BARE(take, I65_with_bells_messages_come_off_the_ring_too)
{
	init_with_bells(0);
	for (unsigned int i = 0; i < 3; i++) {
		send_as(1 + i, &port, 3 * i, 3);
		cr_expect(takes(&port, 32, 3 * i, 3));
		cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
		cr_expect_eq(lwkt_poll(), 0);
	}
}

LWKT_TEST_BARE(take, I65_with_bells_what_is_not_taken_comes_with_the_poll)
{
	init_with_bells(0);
	send_as(2, &port, 0, 5);
	cr_expect(takes(&port, 2, 0, 2));
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect(takes(&port, 32, 2, 3));
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST_BARE(take, I65_with_bells_what_is_not_taken_comes_with_the_next_burst)
{
	init_with_bells(0);
	send_as(2, &port, 0, 5);
	send_as(3, &port, 5, 2);
	cr_expect(takes(&port, 2, 0, 2));
	cr_expect(takes(&port, 3, 2, 3));
	cr_expect(takes(&port, 32, 5, 2));
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0);
}

/*
 * Any schedule: bursts, polls and gets in turn see each sender's messages once and in order.
 */
static bool
schedule_is_fine(uint64_t seed)
{
	unsigned int sent[TEST_CPUS] = {0}, seen[TEST_CPUS] = {0}, n;

	init();
	for (unsigned int step = 0; step < 600; step++) {
		unsigned int what = test_rand(&seed) % 8, from = 1 + test_rand(&seed) % 3;

		n = 0;
		if (what < 4 && sent[from] < 200)
			gather_as(from, &port, from * 200 - 200 + sent[from]++, 1);
		else if (what == 4)
			flush_as(from);
		else if (what == 5)
			(void)lwkt_poll();
		else if (what == 6)
			n = lwkt_getport_burst(&port, got, 1 + test_rand(&seed) % 9);
		else if ((got[0] = lwkt_getport(&port)) != NULL)
			n = 1;
		for (unsigned int i = 0; i < n; i++) {
			unsigned int seq = ((struct tmsg *)got[i])->seq;

			if (seq % 200 != seen[1 + seq / 200]++)
				return false;
		}
	}
	test_settle();
	while ((n = lwkt_getport_burst(&port, got, 9)) > 0)
		for (unsigned int i = 0; i < n; i++)
			seen[1 + ((struct tmsg *)got[i])->seq / 200]++;
	return seen[1] == sent[1] && seen[2] == sent[2] && seen[3] == sent[3];
}

static void
any_schedule(void)
{
	for (uint64_t seed = 1; seed <= (TEST_TSAN || TEST_ASAN ? 10 : 50); seed++)
		cr_assert(schedule_is_fine(seed * 15485863), "seed %u", (unsigned int)seed);
}

LWKT_TEST_ENV(take, T34a_any_schedule_keeps_each_senders_order, .te_config.cf_ring_size = 5)
{
	any_schedule();
}

LWKT_TEST_BARE(take, T34a_any_schedule_with_bells_keeps_each_senders_order)
{
	init_with_bells(5);
	any_schedule();
}
