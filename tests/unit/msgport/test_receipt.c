/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receipts: told when, where and how often a message is linked on a port.
 */
#include "ports.h"

static struct lwkt_port port, next, home;
static struct tmsg t;

static struct {
	unsigned int calls, cpu;
	lwkt_msg_t msg;
	lwkt_port_t port;
	int flags;
	bool linked, locked, waiting;
} got;

static void
note_receipt(lwkt_msg_t msg, lwkt_port_t p)
{
	got.calls++;
	got.cpu = lwkt_mycpuid();
	got.msg = msg;
	got.port = p;
	got.flags = msg->ms_flags;
	got.linked = TAILQ_LAST(&p->mp_msgq, lwkt_msg_queue) == msg;
	got.waiting = p->mp_flags & MSGPORTF_WAITING;
	got.locked = rte_spinlock_is_locked(&p->mpu_spin) != 0;
}

static void
armed(int flags)
{
	tmsgs_init(&t, 1, &home, flags);
	lwkt_setmsg_receipt(&t.msg, note_receipt);
	got.calls = 0;
}

LWKT_TEST(receipt, R59_R60_R61_it_fires_once_at_the_first_insertion)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		kind_init(&next, kind);
		kind_init(&home, kind);
		armed(MSGF_USER2);
		lwkt_sendmsg(&port, &t.msg);
		cr_expect_eq(got.calls, 1, "%s", kind_names[kind]);
		cr_expect_eq(got.msg, &t.msg);
		cr_expect_eq(got.port, &port);
		/*
		 * R60: after QUEUED and linkage, under protection; R61: RECEIPT is clear by then.
		 */
		cr_expect_eq(got.flags, MSGF_QUEUED | MSGF_USER2);
		cr_expect(got.linked);
		cr_expect_eq(got.locked, kind != KIND_THREAD);

		cr_assert_eq(lwkt_getport(&port), &t.msg);
		lwkt_forwardmsg(&next, &t.msg);
		cr_assert_eq(lwkt_getport(&next), &t.msg);
		lwkt_replymsg(&t.msg, 0);
		cr_expect_eq(got.calls, 1, "neither a forward nor a reply fires it again");
		cr_assert_eq(lwkt_getport(&home), &t.msg);
		lwkt_sendmsg(&port, &t.msg);
		cr_expect_eq(got.calls, 1, "nor does sending it again");
		cr_assert_eq(lwkt_getport(&port), &t.msg);
	}
}

/* Whoever is woken looks at the port's flags first, so they tell what has been done. */
LWKT_TEST(receipt, R60_it_fires_before_anybody_is_woken)
{
	lwkt_initport_spin(&port, NULL, false);
	port.mp_flags = MSGPORTF_WAITING; /* what a sleeper leaves */
	armed(0);
	lwkt_sendmsg(&port, &t.msg);
	cr_expect_eq(got.calls, 1);
	cr_expect(got.waiting);
	cr_expect_eq(port.mp_flags & MSGPORTF_WAITING, 0, "and then they are");
	cr_assert_eq(lwkt_getport(&port), &t.msg);
}

LWKT_TEST(receipt, R61_armed_again_a_forward_fires_it_again)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		kind_init(&next, kind);
		armed(0);
		lwkt_sendmsg(&port, &t.msg);
		cr_assert_eq(lwkt_getport(&port), &t.msg);
		lwkt_setmsg_receipt(&t.msg, note_receipt);
		lwkt_forwardmsg(&next, &t.msg);
		cr_expect_eq(got.calls, 2);
		cr_expect_eq(got.port, &next);
		cr_assert_eq(lwkt_getport(&next), &t.msg);
	}
}

LWKT_TEST(receipt, R59_a_burst_fires_for_each_that_is_armed)
{
	static struct tmsg many[5];
	lwkt_msg_t msgs[5];

	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		tmsgs_init(many, 5, &home, 0);
		got.calls = 0;
		for (unsigned int i = 0; i < 5; i++) {
			msgs[i] = &many[i].msg;
			if (i % 2)
				lwkt_setmsg_receipt(msgs[i], note_receipt);
		}
		lwkt_sendmsg_burst(&port, msgs, 5);
		cr_expect_eq(got.calls, 2, "%s", kind_names[kind]);
	}
}

LWKT_TEST(receipt, R62_for_a_remote_port_it_fires_on_the_owners_cpu_at_arrival)
{
	lwkt_initport_thread(&port, lwkt_cpu_thread(2));
	armed(0);
	lwkt_sendmsg(&port, &t.msg);
	lwkt_flush();
	cr_expect_eq(got.calls, 0, "it has not arrived");
	expect_flags(&t.msg, MSGF_INTRANSIT | MSGF_RECEIPT);
	cpu_impersonate(2);
	lwkt_poll();
	cr_expect_eq(got.calls, 1);
	cr_expect_eq(got.cpu, 2);
	cr_expect_eq(got.flags, MSGF_QUEUED);
	cr_expect(got.linked);
	cpu_impersonate(0);
}

LWKT_TEST(receipt, R63_an_inline_put_fires_nothing_and_the_reply_disarms)
{
	struct lwkt_port homes[3];

	lwkt_initport_putonly(&port, put_inline_5);
	lwkt_initport_thread(&homes[0], lwkt_cpu_thread(0));
	lwkt_initport_spin(&homes[1], NULL, false);
	lwkt_initport_replyonly_null(&homes[2]);
	for (unsigned int i = 0; i < 3; i++) {
		armed(0);
		lwkt_initmsg(&t.msg, &homes[i], 0);
		lwkt_setmsg_receipt(&t.msg, note_receipt);
		lwkt_sendmsg(&port, &t.msg);
		cr_expect_eq(t.msg.ms_flags & MSGF_RECEIPT, 0, "home %u", i);
		cr_expect_eq(got.calls, 0);

		lwkt_initmsg(&t.msg, &homes[i], 0);
		lwkt_setmsg_receipt(&t.msg, note_receipt);
		cr_expect_eq(lwkt_domsg(&port, &t.msg, 0), 5);
		cr_expect_eq(t.msg.ms_flags & MSGF_RECEIPT, 0);
		cr_expect_eq(got.calls, 0);
	}
}

static int replyfn_flags;

static void
note_reply(lwkt_port_t p, lwkt_msg_t msg)
{
	(void)p;
	replyfn_flags = msg->ms_flags;
	msg->ms_flags |= MSGF_DONE | MSGF_REPLY;
}

LWKT_TEST(receipt, R63_a_reply_only_port_gets_a_message_without_receipt)
{
	lwkt_initport_replyonly(&home, note_reply);
	armed(0);
	lwkt_initport_putonly(&port, put_inline_5);
	lwkt_sendmsg(&port, &t.msg);
	cr_expect_eq(replyfn_flags & MSGF_RECEIPT, 0, "put inline");

	lwkt_initport_spin(&port, NULL, false);
	lwkt_sendmsg(&port, &t.msg);
	cr_expect_eq(got.calls, 0, "it is over");
	cr_assert_eq(lwkt_getport(&port), &t.msg);
	lwkt_setmsg_receipt(&t.msg, note_receipt);
	replyfn_flags = MSGF_RECEIPT;
	lwkt_replymsg(&t.msg, 0);
	cr_expect_eq(replyfn_flags & MSGF_RECEIPT, 0, "armed by the handler");
	cr_expect_eq(got.calls, 0);
}

LWKT_TEST(receipt, R59_R63_armed_by_the_handler_it_fires_where_the_reply_is_linked)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		for (unsigned int burst = 0; burst < 2; burst++) {
			lwkt_msg_t msg = &t.msg;

			kind_init(&port, kind);
			kind_init(&home, kind);
			tmsgs_init(&t, 1, &home, MSGF_USER2);
			lwkt_sendmsg(&port, msg);
			cr_assert_eq(lwkt_getport(&port), msg);
			armed(MSGF_USER2);
			msg->ms_flags &= ~MSGF_DONE; /* the handler's */
			if (burst)
				lwkt_replymsg_burst(&msg, 1, 0);
			else
				lwkt_replymsg(msg, 0);
			cr_expect_eq(got.calls, 1, "%s", kind_names[kind]);
			cr_expect_eq(got.port, &home);
			/* M16: not done while somebody still works on it. */
			cr_expect_eq(got.flags, MSGF_QUEUED | MSGF_REPLY | MSGF_USER2);
			cr_expect(got.linked);
			cr_expect_eq(got.locked, kind != KIND_THREAD);
			expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_USER2);
			cr_expect_eq(lwkt_getport(&home), msg);
			cr_expect_eq(got.calls, 1);
		}
	}
}

LWKT_TEST(receipt, R62_R63_of_a_reply_to_another_cpu_it_fires_there)
{
	lwkt_initport_thread(&home, lwkt_cpu_thread(2));
	lwkt_initport_spin(&port, NULL, false);
	tmsgs_init(&t, 1, &home, 0);
	lwkt_sendmsg(&port, &t.msg);
	cr_assert_eq(lwkt_getport(&port), &t.msg);
	armed(0);
	t.msg.ms_flags &= ~MSGF_DONE;
	lwkt_replymsg(&t.msg, 0);
	cr_expect_eq(got.calls, 0, "it is under way");
	test_settle();
	cr_expect_eq(got.calls, 1);
	cr_expect_eq(got.cpu, 2);
	cr_expect_eq(got.port, &home);
	expect_flags(&t.msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED);
}

/*
 * R64: a flow's packets go to A until the handoff message is in B's queue; whatever is sent under
 * the new mapping is behind it.
 */
static lwkt_port_t mapping;

static void
publish_mapping(lwkt_msg_t msg, lwkt_port_t p)
{
	(void)msg;
	mapping = p;
}

LWKT_TEST(receipt, R64_what_is_sent_under_the_new_mapping_is_behind_the_handoff)
{
	static struct tmsg packets[2];

	lwkt_initport_thread(&port, lwkt_cpu_thread(1));
	lwkt_initport_thread(&next, lwkt_cpu_thread(2));
	tmsgs_init(packets, 2, &home, 0);
	tmsgs_init(&t, 1, &home, 0);
	t.seq = 77;
	mapping = &port;
	lwkt_setmsg_receipt(&t.msg, publish_mapping);
	lwkt_sendmsg(&next, &t.msg);
	lwkt_sendmsg(mapping, &packets[0].msg);
	cr_expect_eq(packets[0].msg.ms_target_port, &port, "not there yet");
	lwkt_flush();
	cpu_impersonate(2);
	lwkt_poll();
	cpu_impersonate(0);
	lwkt_sendmsg(mapping, &packets[1].msg);
	test_settle();
	cpu_impersonate(2);
	cr_expect_eq(get_seq(&next), 77);
	cr_expect_eq(get_seq(&next), 1);
	cpu_impersonate(0);
}
