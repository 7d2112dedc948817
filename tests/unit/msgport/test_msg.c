/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages: initialisation, flags along the way, send, do, forward, reply.
 */
#include <string.h>

#include "ports.h"

#define USER_BITS (MSGF_USER0 | MSGF_USER3 | 0x40000000)

static struct lwkt_port target, home;
static struct tmsg t[4];

static void
two_thread_ports(unsigned int target_cpu)
{
	lwkt_initport_thread(&target, lwkt_cpu_thread(target_cpu));
	lwkt_initport_thread(&home, lwkt_curthread());
	tmsgs_init(t, RTE_DIM(t), &home, 0);
}

static void
abort_nothing(lwkt_msg_t msg)
{
	(void)msg;
}

LWKT_TEST(msg, M2_init_sets_flags_and_reply_port_and_nothing_else)
{
	struct lwkt_msg msg, want;

	memset(&msg, 0xa5, sizeof(msg));
	memset(&want, 0xa5, sizeof(want));
	lwkt_initmsg(&msg, &home, MSGF_PRIORITY | USER_BITS);
	want.ms_flags = MSGF_DONE | MSGF_PRIORITY | USER_BITS;
	want.ms_reply_port = &home;
	cr_expect_eq(memcmp(&msg, &want, sizeof(msg)), 0);
	cr_expect(lwkt_checkmsg(&msg), "a message that was never sent reads as done");

	lwkt_initmsg_abortable(&msg, &target, 0, abort_nothing);
	want.ms_flags = MSGF_DONE | MSGF_ABORTABLE;
	want.ms_reply_port = &target;
	want.ms_abortfn = abort_nothing;
	cr_expect_eq(memcmp(&msg, &want, sizeof(msg)), 0);
}

LWKT_TEST(msg, M5_flags_on_the_way_on_one_cpu)
{
	const int attrs = USER_BITS | MSGF_DROPABLE;
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initmsg(msg, &home, attrs);
	expect_flags(msg, attrs | MSGF_DONE);
	lwkt_sendmsg(&target, msg);
	expect_flags(msg, attrs | MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&target), msg);
	expect_flags(msg, attrs);
	lwkt_replymsg(msg, 0);
	expect_flags(msg, attrs | MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&home), msg);
	expect_flags(msg, attrs | MSGF_DONE | MSGF_REPLY);
	lwkt_sendmsg(&target, msg);
	expect_flags(msg, attrs | MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&target), msg);
}

LWKT_TEST(msg, M5_flags_on_the_way_between_cpus)
{
	const int attrs = USER_BITS | MSGF_PRIORITY;
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(1);
	lwkt_initmsg(msg, &home, attrs);
	lwkt_sendmsg(&target, msg);
	expect_flags(msg, attrs | MSGF_INTRANSIT);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
	expect_flags(msg, attrs | MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&target), msg);
	expect_flags(msg, attrs);
	lwkt_replymsg(msg, 3);
	expect_flags(msg, attrs | MSGF_REPLY | MSGF_INTRANSIT);
	lwkt_flush();
	cpu_impersonate(0);
	lwkt_poll();
	expect_flags(msg, attrs | MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
	cr_expect_eq(lwkt_getport(&home), msg);
	expect_flags(msg, attrs | MSGF_DONE | MSGF_REPLY);
	cr_expect_eq(msg->ms_error, 3);
}

LWKT_TEST(msg, M3_only_init_changes_the_high_16_bits)
{
	lwkt_msg_t msg = &t[0].msg;
	const unsigned int high = 0xffff0000;

	two_thread_ports(1);
	for (unsigned int bit = 16; bit < 32; bit++) {
		const int user = (int)(1u << bit);

		lwkt_initmsg(msg, &home, user);
		lwkt_sendmsg(&target, msg);
		test_settle();
		cpu_impersonate(1);
		cr_assert_eq(lwkt_getport(&target), msg);
		lwkt_forwardmsg(&target, msg);
		cr_assert_eq(lwkt_getport(&target), msg);
		lwkt_replymsg(msg, 0);
		test_settle();
		cr_assert_eq(lwkt_getport(&home), msg);
		cr_expect_eq((unsigned int)msg->ms_flags & high, (unsigned int)user, "bit %u", bit);
		lwkt_initmsg(msg, &home, 0);
		cr_expect_eq((unsigned int)msg->ms_flags & high, 0);
	}
}

/* A port that gets both kinds, as each embedded port does, tells them apart after the get. */
LWKT_TEST(msg, M3_a_receiver_tells_a_reply_from_a_request)
{
	lwkt_msg_t msg = &t[0].msg;

	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&home, kind);
		tmsgs_init(t, 1, &home, 0);
		lwkt_sendmsg(&home, msg);
		cr_assert_eq(lwkt_getport(&home), msg);
		cr_expect_eq(msg->ms_flags & MSGF_REPLY, 0, "%s", kind_names[kind]);
		lwkt_replymsg(msg, 0);
		cr_assert_eq(lwkt_getport(&home), msg);
		cr_expect_neq(msg->ms_flags & MSGF_REPLY, 0, "%s", kind_names[kind]);
	}
}

LWKT_TEST(msg, M8_send_clears_reply_sync_and_done)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_putonly(&target, put_accept);
	lwkt_initmsg(msg, &home, MSGF_REPLY | MSGF_SYNC | MSGF_DROPABLE);
	lwkt_sendmsg(&target, msg);
	cr_expect_eq(inline_puts, 1);
	cr_expect_eq(inline_flags, MSGF_DROPABLE);

	lwkt_initmsg(msg, &home, MSGF_REPLY | MSGF_SYNC | MSGF_DROPABLE);
	lwkt_sendmsg_burst(&target, &msg, 1);
	cr_expect_eq(inline_puts, 2);
	cr_expect_eq(inline_flags, MSGF_DROPABLE);

	lwkt_initmsg(msg, &home, MSGF_REPLY | MSGF_SYNC | MSGF_DROPABLE);
	lwkt_sendmsg_oncpu(&target, msg);
	cr_expect_eq(inline_puts, 3);
	cr_expect_eq(inline_flags, MSGF_DROPABLE);
}

LWKT_TEST(msg, M8_do_clears_reply_and_done_and_sets_sync)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_putonly(&target, put_inline_5);
	lwkt_initmsg(msg, &home, MSGF_REPLY | MSGF_USER1);
	lwkt_domsg(&target, msg, 0);
	cr_expect_eq(inline_flags, MSGF_SYNC | MSGF_USER1);
}

LWKT_TEST(msg, M9_between_prepare_and_start_the_message_is_not_done_and_not_put)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_sendmsg_prepare(&target, msg);
	cr_expect_not(lwkt_checkmsg(msg));
	expect_flags(msg, 0);
	cr_expect_null(lwkt_getport(&target));
	lwkt_sendmsg_start(&target, msg);
	cr_expect_eq(lwkt_getport(&target), msg);

	lwkt_initmsg(msg, &home, 0);
	lwkt_sendmsg_prepare(&target, msg);
	cr_expect_null(lwkt_getport(&target));
	lwkt_sendmsg_start_oncpu(&target, msg);
	cr_expect_eq(lwkt_getport(&target), msg);
}

LWKT_TEST(msg, M10_a_put_tells_accepted_from_handled)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_sendmsg_prepare(&target, msg);
	cr_expect_eq(lwkt_beginmsg(&target, msg), EASYNC);
	cr_expect_eq(msg->ms_target_port, &target);
	cr_expect_eq(lwkt_getport(&target), msg);

	lwkt_initport_putonly(&target, put_inline_5);
	cr_expect_eq(lwkt_beginmsg(&target, msg), 5);
}

static void
send_burst_of_one(lwkt_port_t port, lwkt_msg_t msg)
{
	lwkt_sendmsg_burst(port, &msg, 1);
}

LWKT_TEST(msg, M11_an_inline_result_is_replied_at_once)
{
	static void (*const sends[])(lwkt_port_t, lwkt_msg_t) = {
	    lwkt_sendmsg, lwkt_sendmsg_oncpu, send_burst_of_one};
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_putonly(&target, put_inline_5);
	for (unsigned int i = 0; i < RTE_DIM(sends); i++) {
		lwkt_initmsg(msg, &home, 0);
		sends[i](&target, msg);
		expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
		cr_expect_eq(lwkt_getport(&home), msg);
		cr_expect_eq(msg->ms_error, 5);
		cr_expect_null(lwkt_getport(&home), "once");
	}
	cr_expect_eq(inline_puts, RTE_DIM(sends));
}

static int
put_inline_0(lwkt_port_t port, lwkt_msg_t msg)
{
	put_inline_5(port, msg);
	return 0;
}

LWKT_TEST(msg, M12_do_with_an_inline_result_does_not_touch_the_reply_port)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_panic(&home);
	lwkt_initport_putonly(&target, put_inline_5);
	msg->ms_error = 99;
	cr_expect_eq(lwkt_domsg(&target, msg, 0), 5);
	expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
	cr_expect_eq(msg->ms_error, 5);

	lwkt_initport_putonly(&target, put_inline_0);
	cr_expect_eq(lwkt_domsg(&target, msg, 0), 0);
	cr_expect_eq(msg->ms_error, 0);
}

/* Accepted, and replied before the put returns: the wait finds it done. */
static int
put_and_reply_7(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	lwkt_replymsg(msg, 7);
	return EASYNC;
}

LWKT_TEST(msg, M13_do_returns_the_error_of_the_reply)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_putonly(&target, put_and_reply_7);
	cr_expect_eq(lwkt_domsg(&target, msg, 0), 7);
	expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_SYNC);
	cr_expect_null(lwkt_getport(&home), "a SYNC reply is not queued");
}

static void
reply_sees_error_8(lwkt_port_t port, lwkt_msg_t msg)
{
	cr_expect_eq(port, &home);
	cr_expect_eq(msg->ms_error, 8);
	cr_expect_not(lwkt_checkmsg(msg));
	inline_puts++;
}

LWKT_TEST(msg, M15_reply_stores_the_error_and_calls_the_vector)
{
	lwkt_msg_t msgs[] = {&t[0].msg, &t[1].msg};

	two_thread_ports(0);
	lwkt_sendmsg_burst(&target, msgs, 2);
	cr_assert_eq(lwkt_getport_burst(&target, msgs, 2), 2);
	home.mp_replyport = reply_sees_error_8;
	lwkt_replymsg(msgs[0], 8);
	lwkt_replymsg_burst(msgs + 1, 1, 8);
	cr_expect_eq(inline_puts, 2);
}

static void
scribble(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	memset(msg, 0xee, sizeof(*msg));
}

LWKT_TEST(msg, M16_a_replier_leaves_a_finished_message_alone)
{
	lwkt_msg_t msgs[] = {&t[0].msg, &t[1].msg, &t[2].msg, &t[3].msg};
	struct lwkt_msg gone;

	two_thread_ports(0);
	lwkt_initport_replyonly(&home, scribble);
	memset(&gone, 0xee, sizeof(gone));
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++)
		lwkt_sendmsg_prepare(&target, msgs[i]);
	lwkt_replymsg(msgs[0], 0);
	lwkt_replymsg_burst(msgs + 1, 2, 0);
	lwkt_initport_putonly(&target, put_inline_5);
	lwkt_sendmsg_start(&target, msgs[3]);
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++)
		cr_expect_eq(memcmp(&t[i].msg, &gone, sizeof(gone)), 0, "message %u", i);
}

LWKT_TEST(msg, M19_a_forward_keeps_reply_port_sync_and_attributes)
{
	const int attrs = MSGF_SYNC | MSGF_PRIORITY | MSGF_DROPABLE | MSGF_ABORTABLE | USER_BITS;
	static struct lwkt_port next;
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		lwkt_initport_thread(&next, lwkt_cpu_thread(cpu));
		lwkt_initmsg(msg, &home, attrs);
		msg->ms_flags &= ~MSGF_DONE; /* as if it had come by a do */
		cr_expect_eq(lwkt_forwardmsg(&next, msg), EASYNC);
		expect_flags(msg, attrs | (cpu == 0 ? MSGF_QUEUED : MSGF_INTRANSIT));
		cr_expect_eq(msg->ms_reply_port, &home);
		cr_expect_eq(msg->ms_target_port, &next);
		test_settle();
		cpu_impersonate(cpu);
		cr_expect_eq(lwkt_getport(&next), msg);
		expect_flags(msg, attrs);
		cpu_impersonate(0);
	}
}

LWKT_TEST(msg, M19_an_inline_result_of_a_forward_is_replied_and_returned)
{
	static struct lwkt_port next;
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	lwkt_initport_putonly(&next, put_inline_5);
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	cr_expect_eq(lwkt_forwardmsg(&next, msg), 5);
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_eq(msg->ms_error, 5);
	expect_flags(msg, MSGF_DONE | MSGF_REPLY);
}

/* Each owner finds what the one before it has written, and transit changes none of it. */
LWKT_TEST_ENV(msg, M1_each_owner_finds_what_the_one_before_has_written,
    .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	two_thread_ports(1);
	for (unsigned int i = 0; i < RTE_DIM(t); i++) { /* the ring takes one, three spill */
		lwkt_initmsg_abortable(&t[i].msg, &home, USER_BITS, abort_nothing);
		t[i].msg.u.ms_lresult = 100 + (long)i;
		lwkt_sendmsg(&target, &t[i].msg);
	}
	for (unsigned int i = 0; i < RTE_DIM(t); i++) {
		lwkt_msg_t msg;

		lwkt_flush();
		cpu_impersonate(1);
		lwkt_poll();
		msg = lwkt_getport(&target);
		cr_assert_eq(msg, &t[i].msg);
		cr_expect_eq(msg->u.ms_lresult, 100 + (long)i);
		cr_expect_eq(msg->ms_abortfn, abort_nothing);
		cr_expect_eq(msg->ms_reply_port, &home);
		cr_expect_eq(msg->ms_target_port, &target);
		msg->u.ms_lresult = -(long)i;
		lwkt_replymsg(msg, (int)i);
		lwkt_flush();
		cpu_impersonate(0);
		lwkt_poll();
		cr_assert_eq(lwkt_getport(&home), msg);
		cr_expect_eq(msg->u.ms_lresult, -(long)i);
		cr_expect_eq(msg->ms_error, (int)i);
	}
}

LWKT_TEST(msg, M14_after_a_send_checkmsg_says_no_until_the_reply)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(1);
	lwkt_sendmsg(&target, msg);
	cr_expect_eq(lwkt_checkmsg(msg), 0, "gathered");
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
	cr_expect_eq(lwkt_checkmsg(msg), 0, "queued");
	cr_assert_eq(lwkt_getport(&target), msg);
	cr_expect_eq(lwkt_checkmsg(msg), 0, "being worked on");
	lwkt_replymsg(msg, 0);
	cr_expect_eq(lwkt_checkmsg(msg), 0, "on its way back");
	lwkt_flush();
	cpu_impersonate(0);
	lwkt_poll();
	cr_expect_neq(lwkt_checkmsg(msg), 0, "back");
	cr_expect_eq(lwkt_getport(&home), msg);
}

LWKT_TEST(msg, M18_checkmsg_tells_done_and_changes_nothing)
{
	lwkt_msg_t msg = &t[0].msg;

	two_thread_ports(0);
	for (int flags = 0; flags <= 0x3ff; flags++) {
		msg->ms_flags = flags;
		cr_expect_eq(lwkt_checkmsg(msg), flags & MSGF_DONE);
		cr_expect_eq(msg->ms_flags, flags);
	}
	lwkt_initmsg(msg, &home, 0);
}
