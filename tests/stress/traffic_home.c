/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the clients of the traffic get their messages back.
 */
#include "traffic.h"

struct lwkt_serialize *
home_serializer(unsigned int from)
{
	return &clients[from].guard;
}

static void
home_function(lwkt_port_t port, lwkt_msg_t msg)
{
	struct client *c = &clients[((struct tmsg *)(void *)msg)->from];

	test_check(port == &c->home);
	rte_spinlock_lock(&c->lock);
	c->back[c->nback++] = msg;
	rte_spinlock_unlock(&c->lock);
}

void
home_init(struct client *c, unsigned int cpu)
{
	lwkt_serialize_init(&c->guard);
	switch (tr->tr_home) {
	case HOME_THREAD:
		lwkt_initport_thread(&c->home, lwkt_cpu_thread(cpu));
		break;
	case HOME_SPIN:
		lwkt_initport_spin(&c->home, NULL, false);
		break;
	case HOME_SERIALIZER:
		lwkt_initport_serialize(&c->home, &c->guard);
		break;
	case HOME_NULL:
		lwkt_initport_replyonly_null(&c->home);
		break;
	case HOME_FUNCTION:
		lwkt_initport_replyonly(&c->home, home_function);
	}
}

static void
come_back(struct client *c, lwkt_msg_t msg)
{
	struct tmsg *m = (struct tmsg *)(void *)msg;

	test_check(m->from == lwkt_mycpuid() && m->number != UINT64_MAX);
	test_check(m->msg.u.ms_result64 == answer_to(m));
	test_check(m->seen == (m->inlined ? 0 : tr->tr_hops + 1));
	if (tr->tr_home != HOME_FUNCTION)
		test_check((m->msg.ms_flags & ~MSGF_PRIORITY) == (MSGF_DONE | MSGF_REPLY));
	m->number = UINT64_MAX; /* a second reply would not match */
	c->inlined += m->inlined;
	c->idle[c->nidle++] = msg;
	c->returned++;
}

/* Messages that are done where they are: in the order that they were first sent. */
static unsigned int
take_done(struct client *c, lwkt_msg_t *msgs)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MSGS_PER_CPU && n < BURST; i++) {
		struct tmsg *m = &c->msgs[c->oldest++ % MSGS_PER_CPU];

		if (m->number != UINT64_MAX && lwkt_checkmsg(&m->msg))
			msgs[n++] = &m->msg;
	}
	return n;
}

void
take_replies(struct client *c)
{
	lwkt_msg_t msgs[MSGS_PER_CPU];
	unsigned int n = 0;

	switch (tr->tr_home) {
	case HOME_SERIALIZER:
		lwkt_serialize_enter(&c->guard);
		n = lwkt_getport_burst(&c->home, msgs, BURST);
		lwkt_serialize_exit(&c->guard);
		break;
	case HOME_NULL:
		n = take_done(c, msgs);
		break;
	case HOME_FUNCTION:
		rte_spinlock_lock(&c->lock);
		while (c->nback > 0)
			msgs[n++] = c->back[--c->nback];
		rte_spinlock_unlock(&c->lock);
		break;
	default:
		if (test_rand(&c->seed) % 4 > 0)
			n = lwkt_getport_burst(&c->home, msgs, BURST);
		else
			while (n < BURST && (msgs[n] = lwkt_getport(&c->home)) != NULL)
				n++;
	}
	for (unsigned int i = 0; i < n; i++)
		come_back(c, msgs[i]);
}
