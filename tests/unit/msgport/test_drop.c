/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dropping: the target port's owner takes back what nobody has begun to work on.
 */
#include <errno.h>
#include <string.h>

#include "ports.h"

static struct lwkt_port port, home;
static struct tmsg t[3];

static void
sent_dropable(enum port_kind kind)
{
	kind_init(&port, kind);
	kind_init(&home, kind);
	tmsgs_init(t, 3, &home, MSGF_DROPABLE | MSGF_USER1);
	for (unsigned int i = 0; i < 3; i++)
		lwkt_sendmsg(&port, &t[i].msg);
}

/* ENOENT, and not a byte of the message has changed. */
static void
expect_too_late(lwkt_msg_t msg, const char *when)
{
	struct lwkt_msg before = *msg;

	cr_expect_eq(lwkt_dropmsg(msg), ENOENT, "%s", when);
	cr_expect_eq(memcmp(&before, msg, sizeof(before)), 0, "%s", when);
}

LWKT_TEST(drop, D57_a_queued_message_is_taken_off_without_a_reply)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		sent_dropable(kind);
		cr_expect_eq(lwkt_dropmsg(&t[1].msg), 0, "%s", kind_names[kind]);
		expect_flags(&t[1].msg, MSGF_DONE | MSGF_DROPABLE | MSGF_USER1);
		cr_expect_null(lwkt_getport(&home), "no reply");
		cr_expect_eq(get_seq(&port), 0);
		cr_expect_eq(get_seq(&port), 2);
		cr_expect_eq(get_seq(&port), -1);
		lwkt_sendmsg(&port, &t[1].msg); /* at once */
		cr_expect_eq(get_seq(&port), 1);
		lwkt_replymsg(&t[1].msg, 0);
		cr_expect_eq(get_seq(&home), 1);
	}
}

LWKT_TEST(drop, D57_first_last_only_and_with_priority)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		sent_dropable(kind);
		cr_expect_eq(lwkt_dropmsg(&t[0].msg), 0);
		cr_expect_eq(lwkt_dropmsg(&t[2].msg), 0);
		cr_expect_eq(get_seq(&port), 1);
		lwkt_initmsg(&t[0].msg, &home, MSGF_DROPABLE | MSGF_PRIORITY);
		lwkt_sendmsg(&port, &t[0].msg);
		cr_expect_eq(lwkt_dropmsg(&t[0].msg), 0);
		expect_flags(&t[0].msg, MSGF_DONE | MSGF_DROPABLE | MSGF_PRIORITY);
		cr_expect_eq(get_seq(&port), -1);
		cr_expect(TAILQ_EMPTY(&port.mp_msgq_prio));
	}
}

LWKT_TEST(drop, D58_active_replied_and_returned_are_too_late)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		sent_dropable(kind);
		cr_assert_eq(get_seq(&port), 0);
		expect_too_late(&t[0].msg, "active");
		lwkt_replymsg(&t[0].msg, 0);
		expect_too_late(&t[0].msg, "replied");
		cr_assert_eq(get_seq(&home), 0);
		expect_too_late(&t[0].msg, "returned");
		cr_expect_eq(lwkt_dropmsg(&t[1].msg), 0);
		expect_too_late(&t[1].msg, "dropped already");
	}
}

LWKT_TEST(drop, D58_in_transit_is_too_early_or_too_late)
{
	lwkt_msg_t msg = &t[0].msg;

	lwkt_initport_thread(&port, lwkt_cpu_thread(1));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	tmsgs_init(t, 1, &home, MSGF_DROPABLE);
	lwkt_sendmsg(&port, msg);
	lwkt_flush();
	cpu_impersonate(1);
	expect_too_late(msg, "outbound");
	lwkt_poll();
	cr_assert_eq(lwkt_getport(&port), msg);
	lwkt_replymsg(msg, 0);
	expect_too_late(msg, "inbound");
	test_settle();
	cr_assert_eq(lwkt_getport(&home), msg, "its way was not disturbed");

	lwkt_sendmsg(&port, msg);
	test_settle();
	cpu_impersonate(1);
	cr_expect_eq(lwkt_dropmsg(msg), 0, "queued on the remote port, by its owner");
	cr_expect_null(lwkt_getport(&port));
	cpu_impersonate(0);
}

LWKT_TEST(drop, D55_a_message_that_was_never_sent_is_enoent)
{
	lwkt_initport_thread(&home, lwkt_curthread());
	tmsgs_init(t, 1, &home, MSGF_DROPABLE);
	expect_too_late(&t[0].msg, "no target port");
}

#if LWKT_INVARIANTS

static void
drop(void *msg)
{
	lwkt_dropmsg(msg);
}

LWKT_TEST(drop, D55_a_message_that_is_not_dropable_stops)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		sent_dropable(kind);
		lwkt_initmsg(&t[0].msg, &home, 0);
		expect_stops(drop, &t[0].msg, "lwkt_dropmsg", "DROPABLE", ptr_text(&t[0].msg));
	}
}

LWKT_TEST(drop, D56_only_the_owner_drops)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		sent_dropable(kind);
		cpu_impersonate(1);
		expect_stops(drop, &t[0].msg, "lwkt_dropmsg", ptr_text(&port));
		cpu_impersonate(0);
	}
}

#endif

/*
 * Another thread takes the message and puts it elsewhere after the drop has looked for its port and
 * before it has that port's lock: made certain by a drop vector that does so.
 */
static struct lwkt_port elsewhere;
static int (*real_drop)(lwkt_port_t, lwkt_msg_t);
static bool spin_elsewhere;

static int
moved_meanwhile(lwkt_port_t p, lwkt_msg_t msg)
{
	cr_assert_eq(lwkt_getport(p), msg);
	lwkt_forwardmsg(&elsewhere, msg);
	if (!spin_elsewhere)
		test_settle();
	return real_drop(p, msg);
}

LWKT_TEST(drop, S41_a_message_that_is_on_another_port_by_then_is_left_alone)
{
	for (unsigned int i = 0; i < 2; i++) {
		sent_dropable(KIND_SPIN);
		spin_elsewhere = i == 0;
		if (spin_elsewhere)
			lwkt_initport_spin(&elsewhere, NULL, false);
		else
			lwkt_initport_thread(&elsewhere, lwkt_cpu_thread(1));
		real_drop = port.mp_dropmsg;
		port.mp_dropmsg = moved_meanwhile;
		cr_expect_eq(lwkt_dropmsg(&t[0].msg), ENOENT);
		expect_flags(&t[0].msg, MSGF_QUEUED | MSGF_DROPABLE | MSGF_USER1);

		/* Nothing is lost, and both queues are whole. */
		cpu_impersonate(spin_elsewhere ? 0 : 1);
		cr_expect_eq(get_seq(&elsewhere), 0);
		cr_expect_eq(get_seq(&elsewhere), -1);
		cpu_impersonate(0);
		cr_expect_eq(get_seq(&port), 1);
		cr_expect_eq(get_seq(&port), 2);
		cr_expect_eq(get_seq(&port), -1);
		lwkt_initmsg(&t[0].msg, &home, 0);
		lwkt_sendmsg(&port, &t[0].msg);
		cr_expect_eq(get_seq(&port), 0);
		cr_expect_eq(get_seq(&port), -1);
	}
}
