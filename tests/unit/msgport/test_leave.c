/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a poll leaves in the rings for bursts that take it there, and when it links all (I73).
 */
#include <lwkt_ipiq.h>

#include "ports.h"

#define MSGS   200
#define STREAM 40 /* more than a poll wants to see before it leaves what no port has taken yet */
#define STAYS  32 /* polls that leave such */

static struct lwkt_port port, other, home;
static struct tmsg t[MSGS];
static lwkt_msg_t got[MSGS];
static unsigned int runs;

static void
init(void)
{
	lwkt_initport_thread(&port, lwkt_cpu_thread(0));
	lwkt_initport_thread(&other, lwkt_cpu_thread(0));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

/* CPU 1 sends n messages, numbered from first. */
static void
send(lwkt_port_t to, unsigned int first, unsigned int n)
{
	cpu_impersonate(1);
	for (unsigned int i = first; i < first + n; i++)
		lwkt_sendmsg(to, &t[i].msg);
	lwkt_flush();
	cpu_impersonate(0);
}

static void
run(void *arg)
{
	(void)arg;
	runs++;
}

static void
take(unsigned int n)
{
	cr_expect_eq(lwkt_getport_burst(&port, got, n), n);
}

LWKT_TEST(leave, I73_what_bursts_take_stays_for_the_next_one)
{
	init();
	send(&port, 0, 10);
	take(4);
	cr_expect_eq(lwkt_poll(), 6);
	expect_flags(&t[4].msg, MSGF_INTRANSIT);
	take(6);
	cr_expect_eq(got[5], &t[9].msg);
	cr_expect_eq(lwkt_poll(), 0);
}

LWKT_TEST(leave, I73_a_poll_links_what_nobody_has_taken_since_the_last)
{
	init();
	send(&port, 0, 10);
	take(4);
	cr_expect_eq(lwkt_poll(), 6);
	cr_expect_eq(lwkt_poll(), 6);
	expect_flags(&t[9].msg, MSGF_QUEUED);
	take(6);
}

LWKT_TEST(leave, I73_single_gets_and_drops_find_it)
{
	init();
	send(&port, 0, 10);
	t[16].msg.ms_flags |= MSGF_DROPABLE;
	take(4);
	cr_expect_eq(lwkt_poll(), 6);
	cr_expect_eq(lwkt_getport(&port), &t[4].msg);
	expect_flags(&t[5].msg, MSGF_QUEUED);
	send(&port, 10, 5);
	take(5);
	take(5);
	send(&port, 15, 2);
	take(1);
	cr_expect_eq(lwkt_poll(), 1);
	cr_expect_eq(lwkt_dropmsg(&t[16].msg), 0);
}

LWKT_TEST(leave, I73_a_function_behind_messages_runs)
{
	init();
	send(&port, 0, 10);
	take(4);
	cpu_impersonate(1);
	lwkt_send_ipiq(0, run, NULL);
	lwkt_flush();
	cpu_impersonate(0);
	cr_expect_eq(lwkt_poll(), 7);
	cr_expect_eq(runs, 1);
	expect_flags(&t[9].msg, MSGF_QUEUED);
	take(6);
}

LWKT_TEST(leave, I73_the_message_of_another_port_is_linked_by_the_next_poll)
{
	init();
	send(&port, 0, 4);
	send(&other, 4, 1);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 4);
	cr_expect_eq(lwkt_poll(), 1);
	expect_flags(&t[4].msg, MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&other), &t[4].msg);
}

/* What was linked once would stay a list for ever, as new messages came behind it. */
LWKT_TEST(leave, I73_while_bursts_empty_a_list_a_stream_stays_for_some_polls)
{
	unsigned int polls = 0;

	init();
	send(&port, 0, 100);
	cr_expect_eq(lwkt_poll(), 100);
	send(&port, 100, STREAM);
	do {
		take(2);
		cr_expect_eq(lwkt_poll(), STREAM);
	} while ((t[100].msg.ms_flags & MSGF_INTRANSIT) && ++polls < MSGS);
	cr_expect_eq(polls, STAYS);
	take(100 - 2 * (STAYS + 1));
	take(STREAM);
}

LWKT_TEST(leave, I73_while_bursts_empty_a_list_a_few_are_linked)
{
	init();
	send(&port, 0, 100);
	cr_expect_eq(lwkt_poll(), 100);
	send(&other, 100, 3);
	take(50);
	cr_expect_eq(lwkt_poll(), 3);
	cr_expect_eq(lwkt_getport_burst(&other, got, 8), 3);
	take(50);
}

/* Who aborts looks for the message where it is queued (B51). */
static struct lwkt_msg sought;

static void
found(lwkt_msg_t msg, lwkt_port_t where, void *arg)
{
	cr_expect_eq(msg, &sought);
	cr_expect_eq(where, &other);
	(void)arg;
	runs++;
}

static void
publish(void *arg)
{
	lwkt_flush();
	(void)arg;
}

LWKT_TEST(leave, B51_I73_after_a_follower_has_come_by_polls_link_all)
{
	init();
	lwkt_initport_thread(&home, lwkt_cpu_thread(1));
	lwkt_initmsg(&sought, &home, MSGF_ABORTABLE);
	cpu_impersonate(1);
	lwkt_sendmsg(&other, &sought); /* gathered: on its way */
	cpu_impersonate(0);
	when_waiting(publish, NULL);
	cr_expect_eq(lwkt_abort_follow(&sought, found, NULL), 0);
	cr_expect_eq(runs, 1);
	send(&port, 0, 10);
	cr_expect_eq(lwkt_getport_burst(&port, got, 32), 0, "it takes what nobody could find");
	cr_expect_eq(lwkt_poll(), 10);
	take(10);
	lwkt_replymsg(lwkt_getport(&other), 0);
	test_settle();
	cpu_impersonate(1);
	cr_expect_eq(lwkt_getport(&home), &sought);
	cpu_impersonate(0);
}
