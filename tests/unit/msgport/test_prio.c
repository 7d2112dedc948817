/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two queues of a port: priority, FIFO, quota.
 */
#include <string.h>

#include "ports.h"

static struct lwkt_port port, home;
static struct tmsg t[64];

/*
 * Send a message per letter, 'P' with priority and 'n' without, and take them all: the letters as
 * they come.
 */
static const char *
order_of(const char *sent)
{
	static char got[RTE_DIM(t) + 1];
	unsigned int last[2] = {0, 0}, n = (unsigned int)strlen(sent);
	struct tmsg *m;
	unsigned int i;

	for (i = 0; i < n; i++) {
		tmsgs_init(&t[i], 1, &home, sent[i] == 'P' ? MSGF_PRIORITY : 0);
		t[i].seq = i + 1;
		lwkt_sendmsg(&port, &t[i].msg);
	}
	for (i = 0; (m = lwkt_getport(&port)) != NULL; i++) {
		bool prio = m->msg.ms_flags & MSGF_PRIORITY;

		cr_expect_gt(m->seq, last[prio], "FIFO within a queue");
		last[prio] = m->seq;
		got[i] = prio ? 'P' : 'n';
	}
	cr_expect_eq(i, n);
	got[i] = '\0';
	return got;
}

LWKT_TEST(prio, P21_order_by_priority_and_quota)
{
	static const struct {
		unsigned int quota;
		const char *sent, *got;
	} cases[] = {
	    {0, "nnn", "nnn"},
	    {0, "PPP", "PPP"},
	    {0, "nPnPnP", "PPPnnn"},
	    {0, "PPPPPPPPPPn", "PPPPPPPPPPn"},
	    {1, "PPPnnn", "PnPnPn"},
	    {1, "nnnPPP", "PnPnPn"},
	    {1, "PPPPn", "PnPPP"},
	    {2, "nnnPPPPPP", "PPnPPnPPn"},
	    {2, "nPPPPPP", "PPnPPPP"},
	    {3, "nnPPPPPPP", "PPPnPPPnP"},
	    {5, "nPPP", "PPPn"},
	    {5, "nnnn", "nnnn"},
	    {5, "PPPPPPP", "PPPPPPP"},
	};

	for (enum port_kind kind = 0; kind < KINDS; kind++)
		for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
			kind_init(&port, kind);
			kind_init(&home, kind);
			lwkt_port_set_prio_quota(&port, cases[i].quota);
			cr_expect_str_eq(order_of(cases[i].sent), cases[i].got, "%s, quota %u, %s",
			    kind_names[kind], cases[i].quota, cases[i].sent);
		}
}

LWKT_TEST(prio, P21_a_burst_get_takes_in_the_same_order)
{
	static const char sent[] = "nnnPPPPPP", want[] = "PPnPPnPPn";
	lwkt_msg_t msgs[16];

	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		lwkt_port_set_prio_quota(&port, 2);
		for (unsigned int i = 0; i < 9; i++) {
			tmsgs_init(&t[i], 1, &home, sent[i] == 'P' ? MSGF_PRIORITY : 0);
			lwkt_sendmsg(&port, &t[i].msg);
		}
		cr_assert_eq(lwkt_getport_burst(&port, msgs, 4), 4);
		cr_assert_eq(lwkt_getport_burst(&port, msgs + 4, 12), 5);
		for (unsigned int i = 0; i < 9; i++)
			cr_expect_eq((msgs[i]->ms_flags & MSGF_PRIORITY) != 0, want[i] == 'P',
			    "%s, %u", kind_names[kind], i);
	}
}

LWKT_TEST(prio, P21_priority_overtakes_between_cpus_only_on_the_port)
{
	lwkt_initport_thread(&port, lwkt_cpu_thread(1));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	tmsgs_init(t, 4, &home, 0);
	t[3].msg.ms_flags |= MSGF_PRIORITY;
	for (unsigned int i = 0; i < 4; i++)
		lwkt_sendmsg(&port, &t[i].msg);
	test_settle();
	cpu_impersonate(1);
	cr_expect_eq(get_seq(&port), 3);
	cr_expect_eq(get_seq(&port), 0);
	cr_expect_eq(get_seq(&port), 1);
	cr_expect_eq(get_seq(&port), 2);
	cpu_impersonate(0);
}

LWKT_TEST(prio, P23_replies_join_the_queues_of_requests)
{
	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		kind_init(&home, kind);
		tmsgs_init(t, 4, &port, 0); /* its own reply port */
		t[2].msg.ms_flags |= MSGF_PRIORITY;
		lwkt_sendmsg(&home, &t[0].msg);
		lwkt_sendmsg(&home, &t[2].msg);
		cr_expect_eq(get_seq(&home), 2);
		cr_expect_eq(get_seq(&home), 0);
		lwkt_sendmsg(&port, &t[1].msg); /* a request, */
		lwkt_replymsg(&t[0].msg, 0);    /* a reply, */
		lwkt_sendmsg(&port, &t[3].msg); /* a request, */
		lwkt_replymsg(&t[2].msg, 0);    /* and a reply with priority */
		cr_expect_eq(get_seq(&port), 2, "%s", kind_names[kind]);
		cr_expect_eq(get_seq(&port), 1);
		cr_expect_eq(get_seq(&port), 0);
		cr_expect_eq(get_seq(&port), 3);
	}
}

LWKT_TEST(prio, P24_a_get_on_an_empty_port_gives_null)
{
	lwkt_msg_t msg;

	for (enum port_kind kind = 0; kind < KINDS; kind++) {
		kind_init(&port, kind);
		cr_expect_null(lwkt_getport(&port));
		cr_expect_eq(lwkt_getport_burst(&port, &msg, 1), 0);
		cr_expect_eq(lwkt_getport_burst(&port, NULL, 0), 0);
	}
}

/* So a message leaves the queue that it came to, whichever way it leaves. */
LWKT_TEST(prio, P22_priority_stays_while_queued)
{
	struct lwkt_port q, back;
	struct tmsg m[3];

	lwkt_initport_thread(&q, lwkt_curthread());
	lwkt_initport_thread(&back, lwkt_curthread());
	tmsgs_init(m, 3, &back, MSGF_PRIORITY | MSGF_DROPABLE);
	lwkt_initmsg(&m[1].msg, &back, MSGF_DROPABLE);
	for (unsigned int i = 0; i < 3; i++)
		lwkt_sendmsg(&q, &m[i].msg);
	expect_flags(&m[0].msg, MSGF_PRIORITY | MSGF_DROPABLE | MSGF_QUEUED);
	cr_expect_eq(lwkt_dropmsg(&m[0].msg), 0, "from the priority queue");
	cr_expect_eq(get_seq(&q), 2, "the other one with priority is first now");
	expect_flags(&m[2].msg, MSGF_PRIORITY | MSGF_DROPABLE);
	cr_expect_eq(get_seq(&q), 1);
	cr_expect_eq(get_seq(&q), -1);
	lwkt_replymsg(&m[2].msg, 0);
	lwkt_replymsg(&m[1].msg, 0);
	cr_expect_eq(get_seq(&back), 2, "and it still has priority as a reply");
	cr_expect_eq(get_seq(&back), 1);
}
