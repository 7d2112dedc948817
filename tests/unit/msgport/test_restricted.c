/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports without a queue: what they allow, and that the rest stops the program in every build.
 */
#include "ports.h"

static struct lwkt_port port, home;
static struct tmsg t;

static unsigned int replies;

static void
count_reply(lwkt_port_t p, lwkt_msg_t msg)
{
	cr_expect_eq(p, &port);
	cr_expect_eq(msg, &t.msg);
	replies++;
}

/*
 * The calls, and on which kind of port each is legal. Those on a message find the port as its
 * target or reply port.
 */
enum kind { PANIC, REPLYONLY_NULL, REPLYONLY, PUTONLY, RESTRICTED };

static void
restricted_init(enum kind kind)
{
	if (kind == PANIC)
		lwkt_initport_panic(&port);
	else if (kind == REPLYONLY_NULL)
		lwkt_initport_replyonly_null(&port);
	else if (kind == REPLYONLY)
		lwkt_initport_replyonly(&port, count_reply);
	else
		lwkt_initport_putonly(&port, put_inline_5);
	lwkt_initport_thread(&home, lwkt_curthread());
	tmsgs_init(&t, 1, &home, MSGF_DROPABLE);
}

static void
op_get(void *arg)
{
	(void)arg;
	lwkt_getport(&port);
}

static void
op_get_burst(void *arg)
{
	lwkt_msg_t msg;

	(void)arg;
	lwkt_getport_burst(&port, &msg, 1);
}

static void
op_waitport(void *arg)
{
	(void)arg;
	lwkt_waitport(&port, 0);
}

static void
op_put(void *arg)
{
	(void)arg;
	lwkt_sendmsg(&port, &t.msg);
}

static void
op_put_oncpu(void *arg)
{
	(void)arg;
	lwkt_sendmsg_oncpu(&port, &t.msg);
}

static void
op_put_burst(void *arg)
{
	lwkt_msg_t msg = &t.msg;

	(void)arg;
	lwkt_sendmsg_burst(&port, &msg, 1);
}

static void
op_reply(void *arg)
{
	(void)arg;
	t.msg.ms_flags &= ~MSGF_DONE;
	t.msg.ms_reply_port = &port;
	lwkt_replymsg(&t.msg, 0);
}

static void
op_reply_burst(void *arg)
{
	lwkt_msg_t msg = &t.msg;

	(void)arg;
	t.msg.ms_flags &= ~MSGF_DONE;
	t.msg.ms_reply_port = &port;
	lwkt_replymsg_burst(&msg, 1, 0);
}

static void
op_waitmsg(void *arg)
{
	(void)arg;
	t.msg.ms_flags = 0;
	t.msg.ms_reply_port = &port;
	lwkt_waitmsg(&t.msg, 0);
}

static void
op_drop(void *arg)
{
	(void)arg;
	t.msg.ms_flags = MSGF_DROPABLE | MSGF_QUEUED;
	t.msg.ms_target_port = &port;
	lwkt_dropmsg(&t.msg);
}

static const struct {
	void (*call)(void *);
	const char *name; /* as the text has it */
	unsigned int legal;
	bool has_msg;
} ops[] = {
    {op_get, "getport", 0, false},
    {op_get_burst, "getport", 0, false},
    {op_waitport, "waitport", 0, false},
    {op_put, "putport", 1u << PUTONLY, true},
    {op_put_oncpu, "putport_oncpu", 1u << PUTONLY, true},
    {op_put_burst, "putport", 1u << PUTONLY, true},
    {op_reply, "replymsg", 1u << REPLYONLY_NULL | 1u << REPLYONLY, true},
    {op_reply_burst, "replymsg", 1u << REPLYONLY_NULL | 1u << REPLYONLY, true},
    {op_waitmsg, "waitmsg", 0, true},
    {op_drop, "dropmsg", 0, true},
};

static void
expect_illegal(enum kind kind)
{
	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		if (ops[i].legal & 1u << kind)
			continue;
		restricted_init(kind);
		cr_expect(test_stops(ops[i].call, NULL,
		              (const char *const[]){ops[i].name, ptr_text(&port),
		                  ops[i].has_msg ? ptr_text(&t.msg) : "", NULL}),
		    "%s", ops[i].name);
	}
}

LWKT_TEST(restricted, X46_everything_on_a_panic_port_stops)
{
	expect_illegal(PANIC);
}

LWKT_TEST(restricted, X46_all_but_reply_on_a_replyonly_null_port_stops)
{
	expect_illegal(REPLYONLY_NULL);
}

LWKT_TEST(restricted, X46_all_but_reply_on_a_replyonly_port_stops)
{
	expect_illegal(REPLYONLY);
}

LWKT_TEST(restricted, X46_all_but_put_on_a_putonly_port_stops)
{
	expect_illegal(PUTONLY);
}

LWKT_TEST(restricted, X45_a_reply_to_replyonly_null_marks_the_message)
{
	restricted_init(REPLYONLY_NULL);
	op_reply(NULL);
	expect_flags(&t.msg, MSGF_DONE | MSGF_REPLY | MSGF_DROPABLE);
	restricted_init(REPLYONLY_NULL);
	op_reply_burst(NULL);
	expect_flags(&t.msg, MSGF_DONE | MSGF_REPLY | MSGF_DROPABLE);
	cr_expect(TAILQ_EMPTY(&port.mp_msgq));
}

LWKT_TEST(restricted, X45_a_reply_to_replyonly_runs_its_function)
{
	restricted_init(REPLYONLY);
	op_reply(NULL);
	cr_expect_eq(replies, 1);
	cr_expect_not(lwkt_checkmsg(&t.msg), "the function decides");
	op_reply_burst(NULL);
	cr_expect_eq(replies, 2);
}

LWKT_TEST(restricted, X45_a_put_to_putonly_runs_its_function)
{
	restricted_init(PUTONLY);
	op_put(NULL);
	cr_expect_eq(inline_puts, 1);
	cr_expect_eq(inline_last, &t.msg);
	cr_expect_eq(lwkt_getport(&home), &t.msg);
	cr_expect_eq(t.msg.ms_error, 5);
	op_put_oncpu(NULL);
	cr_expect_eq(lwkt_getport(&home), &t.msg);
	op_put_burst(NULL);
	cr_expect_eq(lwkt_getport(&home), &t.msg);
	cr_expect_eq(inline_puts, 3);
}

/* The event has happened three times before the handler looks: it is told once. */
LWKT_TEST(restricted, X47_a_static_message_coalesces_events)
{
	static struct lwkt_port handler;
	unsigned int told = 0, event;
	lwkt_msg_t msg;

	restricted_init(REPLYONLY_NULL);
	lwkt_initport_thread(&handler, lwkt_cpu_thread(1));
	lwkt_initmsg(&t.msg, &port, 0);
	for (event = 0; event < 6; event++) {
		if (lwkt_checkmsg(&t.msg))
			lwkt_sendmsg(&handler, &t.msg);
		if (event % 3 != 2)
			continue;
		lwkt_flush();
		cpu_impersonate(1);
		lwkt_poll();
		while ((msg = lwkt_getport(&handler)) != NULL) {
			told++;
			lwkt_replymsg(msg, 0);
		}
		cpu_impersonate(0);
	}
	cr_expect_eq(told, 2);
	expect_flags(&t.msg, MSGF_DONE | MSGF_REPLY);
}
