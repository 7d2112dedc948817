/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Vectors: each can be replaced, and everything goes through them.
 */
#include "ports.h"

static struct lwkt_port port, home;
static struct tmsg t[8];
static lwkt_msg_t msgs[8];

/* The vectors that were there, and how often ours have run. */
static struct lwkt_port was;
static unsigned int nputs, puts_oncpu, ngets, replies, waitports, waitmsgs, drops;

static int
my_putport(lwkt_port_t p, lwkt_msg_t msg)
{
	nputs++;
	return was.mp_putport(p, msg);
}

static int
my_putport_oncpu(lwkt_port_t p, lwkt_msg_t msg)
{
	puts_oncpu++;
	return was.mp_putport_oncpu(p, msg);
}

static void *
my_getport(lwkt_port_t p)
{
	ngets++;
	return was.mp_getport(p);
}

static void
my_replyport(lwkt_port_t p, lwkt_msg_t msg)
{
	replies++;
	was.mp_replyport(p, msg);
}

static void *
my_waitport(lwkt_port_t p, int flags)
{
	waitports++;
	return was.mp_waitport(p, flags);
}

static int
my_waitmsg(lwkt_msg_t msg, int flags)
{
	waitmsgs++;
	return was.mp_waitmsg(msg, flags);
}

static int
my_dropmsg(lwkt_port_t p, lwkt_msg_t msg)
{
	drops++;
	return was.mp_dropmsg(p, msg);
}

static void
fresh(enum port_kind kind)
{
	kind_init(&port, kind);
	kind_init(&home, kind);
	was = port;
	tmsgs_init(t, RTE_DIM(t), &home, 0);
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		msgs[i] = &t[i].msg;
	nputs = puts_oncpu = ngets = replies = waitports = waitmsgs = drops = 0;
}

LWKT_TEST(vectors, P28_a_replaced_put_is_used_by_singles_and_bursts)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		fresh(kind);
		port.mp_putport = my_putport;
		lwkt_sendmsg(&port, msgs[0]);
		cr_expect_eq(nputs, 1);
		lwkt_sendmsg_burst(&port, msgs + 1, 3);
		cr_expect_eq(nputs, 4, "%s", kind_names[kind]);
		cr_assert_eq(lwkt_getport_burst(&port, msgs, 4), 4);
		lwkt_forwardmsg(&port, msgs[0]);
		cr_expect_eq(nputs, 5);
		lwkt_forwardmsg_burst(&port, msgs + 1, 3);
		cr_expect_eq(nputs, 8);
		for (int i = 0; i < 4; i++)
			cr_expect_eq(get_seq(&port), i);
	}
}

LWKT_TEST(vectors, P28_a_replaced_oncpu_put_is_used)
{
	fresh(KIND_THREAD);
	port.mp_putport_oncpu = my_putport_oncpu;
	lwkt_sendmsg_oncpu(&port, msgs[0]);
	lwkt_sendmsg(&port, msgs[1]);
	cr_expect_eq(puts_oncpu, 1);
	cr_expect_eq(get_seq(&port), 0);
	cr_expect_eq(get_seq(&port), 1);
}

LWKT_TEST(vectors, P28_a_replaced_get_is_used_by_singles_and_bursts)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		fresh(kind);
		lwkt_sendmsg_burst(&port, msgs, 5);
		port.mp_getport = my_getport;
		cr_expect_eq(lwkt_getport(&port), &t[0].msg);
		cr_expect_eq(ngets, 1);
		cr_expect_eq(lwkt_getport_burst(&port, msgs, 3), 3);
		cr_expect_eq(ngets, 4, "%s", kind_names[kind]);
		cr_expect_eq(lwkt_getport_burst(&port, msgs + 3, 3), 1);
		for (unsigned int i = 0; i < 4; i++)
			cr_expect_eq(msgs[i], &t[i + 1].msg);
	}
}

LWKT_TEST(vectors, P28_a_replaced_reply_is_used_by_singles_and_bursts)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		fresh(kind);
		lwkt_sendmsg_burst(&port, msgs, 5);
		cr_assert_eq(lwkt_getport_burst(&port, msgs, 5), 5);
		home.mp_replyport = my_replyport;
		lwkt_replymsg(msgs[0], 0);
		cr_expect_eq(replies, 1);
		lwkt_replymsg_burst(msgs + 1, 4, 9);
		cr_expect_eq(replies, 5, "%s", kind_names[kind]);
		for (int i = 0; i < 5; i++)
			cr_expect_eq(get_seq(&home), i);
		cr_expect_eq(t[4].msg.ms_error, 9);
	}
}

LWKT_TEST(vectors, P28_replaced_waits_and_drop_are_used)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		fresh(kind);
		port.mp_waitport = my_waitport;
		port.mp_dropmsg = my_dropmsg;
		home.mp_waitmsg = my_waitmsg;
		lwkt_sendmsg(&port, msgs[0]);
		cr_expect_eq(lwkt_waitport(&port, 0), msgs[0]);
		lwkt_replymsg(msgs[0], 0);
		lwkt_waitmsg(msgs[0], 0);
		lwkt_initmsg(msgs[1], &home, MSGF_DROPABLE);
		lwkt_sendmsg(&port, msgs[1]);
		cr_expect_eq(lwkt_dropmsg(msgs[1]), 0);
		cr_expect_eq(waitports + waitmsgs + drops, 3, "%s", kind_names[kind]);
	}
}

static int
wait_returns_42(lwkt_msg_t msg, int flags)
{
	cr_expect_eq(msg, &t[0].msg);
	cr_expect_eq(flags, LWKT_PCATCH);
	return 42;
}

LWKT_TEST(vectors, P28_do_waits_through_the_vector)
{
	fresh(KIND_THREAD);
	lwkt_initport_putonly(&port, put_accept);
	home.mp_waitmsg = wait_returns_42;
	cr_expect_eq(lwkt_domsg(&port, msgs[0], LWKT_PCATCH), 42);
}
