/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state machine: each call in each state, the legal ones and those that stop the program.
 * Without invariants there is nothing to see here.
 */
#include "ports.h"

#if LWKT_INVARIANTS

static struct lwkt_port here, there, home, home_spin, home_null;
static struct tmsg t;

/*
 * A prepared message and an active one look the same; so does what is legal with them.
 */
enum state { IDLE, OPEN, OUTBOUND, PENDING, INBOUND, REPLIED, RETURNED, STATES };

static const char *const state_texts[STATES] = {
    [IDLE] = "state idle",
    [OPEN] = "state active",
    [OUTBOUND] = "state outbound",
    [PENDING] = "state pending",
    [INBOUND] = "state inbound",
    [REPLIED] = "state replied",
    [RETURNED] = "state returned",
};

static void
make_ports(void)
{
	lwkt_initport_thread(&here, lwkt_cpu_thread(0));
	lwkt_initport_thread(&there, lwkt_cpu_thread(1));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	lwkt_initport_spin(&home_spin, NULL, false);
	lwkt_initport_replyonly_null(&home_null);
}

/* Bring a new message into a state, by legal steps from CPU 0. */
static void
enter(enum state state)
{
	const int flags[STATES] = {
	    [IDLE] = MSGF_DONE,
	    [OPEN] = 0,
	    [OUTBOUND] = MSGF_INTRANSIT,
	    [PENDING] = MSGF_QUEUED,
	    [INBOUND] = MSGF_REPLY | MSGF_INTRANSIT,
	    [REPLIED] = MSGF_DONE | MSGF_REPLY | MSGF_QUEUED,
	    [RETURNED] = MSGF_DONE | MSGF_REPLY,
	};
	lwkt_msg_t msg = &t.msg;

	make_ports();
	tmsgs_init(&t, 1, state == INBOUND ? &there : &home, 0);
	if (state == OUTBOUND) {
		lwkt_sendmsg(&there, msg);
	} else if (state != IDLE) {
		lwkt_sendmsg(&here, msg);
		if (state != PENDING)
			cr_assert_eq(lwkt_getport(&here), msg);
		if (state >= INBOUND)
			lwkt_replymsg(msg, 0);
		if (state == RETURNED)
			cr_assert_eq(lwkt_getport(&home), msg);
	}
	expect_flags(msg, flags[state]);
}

struct op {
	const char *name;
	unsigned int legal; /* in these states */
	void (*call)(void);
	bool replies;
};

#define IN(state) (1u << (state))

static void
op_send(void)
{
	lwkt_sendmsg(&here, &t.msg);
}

static void
op_send_remote(void)
{
	lwkt_sendmsg(&there, &t.msg);
}

static void
op_send_oncpu(void)
{
	lwkt_sendmsg_oncpu(&here, &t.msg);
}

static void
op_prepare(void)
{
	lwkt_sendmsg_prepare(&here, &t.msg);
}

static void
op_start(void)
{
	lwkt_sendmsg_start(&here, &t.msg);
}

static void
op_start_oncpu(void)
{
	lwkt_sendmsg_start_oncpu(&here, &t.msg);
}

static void
op_do(void)
{
	lwkt_domsg(&here, &t.msg, 0);
}

static void
op_forward(void)
{
	lwkt_forwardmsg(&here, &t.msg);
}

static void
op_forward_remote(void)
{
	lwkt_forwardmsg(&there, &t.msg);
}

static void
op_reply(void)
{
	lwkt_replymsg(&t.msg, 0);
}

static void
op_send_burst(void)
{
	lwkt_msg_t msg = &t.msg;

	lwkt_sendmsg_burst(&here, &msg, 1);
}

static void
op_forward_burst(void)
{
	lwkt_msg_t msg = &t.msg;

	lwkt_forwardmsg_burst(&there, &msg, 1);
}

static void
op_reply_burst(void)
{
	lwkt_msg_t msg = &t.msg;

	lwkt_replymsg_burst(&msg, 1, 0);
}

#define UNSENT (IN(IDLE) | IN(RETURNED))

static const struct op ops[] = {
    {"lwkt_sendmsg", UNSENT, op_send, false},
    {"lwkt_sendmsg", UNSENT, op_send_remote, false},
    {"lwkt_sendmsg_oncpu", UNSENT, op_send_oncpu, false},
    {"lwkt_sendmsg_prepare", UNSENT, op_prepare, false},
    {"lwkt_sendmsg_burst", UNSENT, op_send_burst, false},
    /* A legal do would wait here for ever; it has tests of its own. */
    {"lwkt_domsg", UNSENT, op_do, false},
    {"lwkt_sendmsg_start", IN(OPEN), op_start, false},
    {"lwkt_sendmsg_start_oncpu", IN(OPEN), op_start_oncpu, false},
    {"lwkt_forwardmsg", IN(OPEN), op_forward, false},
    {"lwkt_forwardmsg", IN(OPEN), op_forward_remote, false},
    {"lwkt_forwardmsg_burst", IN(OPEN), op_forward_burst, false},
    {"lwkt_replymsg", IN(OPEN), op_reply, true},
    {"lwkt_replymsg", IN(OPEN), op_reply_burst, true},
};

/* In the child process, with the reply port that the case is about. */
static lwkt_port_t case_reply_port;

static void
run_op(void *arg)
{
	t.msg.ms_reply_port = case_reply_port;
	((const struct op *)arg)->call();
}

static void
expect_all_illegal_edges_stop(const struct op *op, lwkt_port_t reply_port)
{
	const char *msg = ptr_text(&t.msg);

	case_reply_port = reply_port;
	for (enum state s = 0; s < STATES; s++) {
		if (op->legal & IN(s))
			continue;
		enter(s);
		cr_expect(test_stops(run_op, (void *)(uintptr_t)op,
		              (const char *const[]){op->name, msg, state_texts[s],
		                  op->replies ? ptr_text(reply_port) : ptr_text(&here), NULL}),
		    "%s in %s", op->name, state_texts[s]);
		test_settle(); /* what was in transit arrives: nothing is left for the next */
	}
}

LWKT_TEST(states, M6_each_illegal_edge_stops_and_names_call_message_state_and_port)
{
	for (unsigned int i = 0; i < RTE_DIM(ops); i++)
		if (ops[i].call != op_send_remote && ops[i].call != op_forward_remote &&
		    ops[i].call != op_forward_burst)
			expect_all_illegal_edges_stop(&ops[i], &home);
}

LWKT_TEST(states, M20_a_second_reply_stops_on_every_kind_of_reply_port)
{
	lwkt_port_t homes[] = {&home, &home_spin, &home_null};

	for (unsigned int h = 0; h < RTE_DIM(homes); h++)
		for (unsigned int i = 0; i < RTE_DIM(ops); i++)
			if (ops[i].replies)
				expect_all_illegal_edges_stop(&ops[i], homes[h]);
}

LWKT_TEST(states, M6_the_legal_edges_do_not_stop)
{
	for (unsigned int i = 0; i < RTE_DIM(ops); i++)
		for (enum state s = 0; s < STATES; s++)
			if ((ops[i].legal & IN(s)) && ops[i].call != op_do) {
				enter(s);
				ops[i].call();
				test_settle();
			}
}

/* A message that is queued where it does not belong is seen when it is put, too. */
static void
begin_twice(void *port)
{
	lwkt_beginmsg(port, &t.msg);
}

LWKT_TEST(states, M6_a_bare_put_of_a_queued_message_stops)
{
	static struct lwkt_port spin;

	lwkt_initport_spin(&spin, NULL, false);
	enter(PENDING);
	expect_stops(begin_twice, &here, ptr_text(&t.msg), "pending", ptr_text(&here));
	expect_stops(begin_twice, &there, ptr_text(&t.msg), "pending", ptr_text(&there));
	expect_stops(begin_twice, &spin, ptr_text(&t.msg), "pending", ptr_text(&spin));
}

LWKT_TEST(states, M7_send_and_do_need_a_message_that_is_done_and_not_queued)
{
	const enum state not_done[] = {OPEN, OUTBOUND, PENDING, INBOUND, REPLIED};

	case_reply_port = &home;
	for (unsigned int i = 0; i < RTE_DIM(ops); i++)
		for (unsigned int s = 0; (ops[i].legal & IN(IDLE)) && s < RTE_DIM(not_done); s++) {
			enter(not_done[s]);
			expect_stops(run_op, (void *)(uintptr_t)&ops[i], ops[i].name,
			    "DONE set and QUEUED clear");
			test_settle();
		}
}

/*
 * What the history shows: there was no moment at which the message was done and not yet queued.
 */
LWKT_TEST(states, M17_what_makes_a_reply_done_makes_it_queued)
{
	lwkt_port_t homes[] = {&home, &there, &home_spin};

	make_ports();
	for (unsigned int h = 0; h < RTE_DIM(homes); h++) {
		tmsgs_init(&t, 1, homes[h], 0);
		lwkt_sendmsg(&here, &t.msg);
		cr_assert_eq(lwkt_getport(&here), &t.msg);
		lwkt_replymsg(&t.msg, 0);
		test_settle();
		case_reply_port = homes[h];
		expect_stops(run_op, (void *)(uintptr_t)&ops[RTE_DIM(ops) - 1], " 0 changes ago",
		    "msg_publish_done made it replied");
	}
}

LWKT_TEST(states, M7_send_and_do_need_a_reply_port)
{
	case_reply_port = NULL;
	for (unsigned int i = 0; i < RTE_DIM(ops); i++)
		if (ops[i].legal & IN(IDLE)) {
			enter(IDLE);
			expect_stops(run_op, (void *)(uintptr_t)&ops[i], ops[i].name, "reply port");
		}
}

#endif
