/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The callers of sleep.h.
 */
#include "sleep.h"

static void
mark(lwkt_msg_t msg, lwkt_port_t port, void *arg)
{
	struct smsg *m = (struct smsg *)(void *)msg;

	test_check(port == &servers[m->to] && arg == &callers[m->from]);
	m->marked = true;
}

static void
aborted(lwkt_msg_t msg)
{
	struct smsg *m = (struct smsg *)(void *)msg;
	struct caller *c = &callers[m->from];

	c->aborts++;
	m->marked = false;
	if (lwkt_abort_follow(msg, mark, c) == 0)
		test_check(m->marked);
}

static void
prepare(struct caller *c, struct smsg *m, unsigned int to)
{
	lwkt_initmsg(&m->msg, &c->home, MSGF_ABORTABLE);
	m->msg.ms_abortfn = aborted;
	m->guard = c->serialized ? &c->guard : NULL;
	m->from = (unsigned int)(c - callers);
	m->to = to;
	m->seen = 0;
	m->number = c->sent[to]++;
}

static void
check(struct caller *c, struct smsg *m)
{
	test_check(m->from == c - callers && m->seen == 1);
	test_check(m->msg.ms_error == (int)m->from);
	test_check(m->msg.u.ms_lresult == (long)(m->number * 16 + m->from));
	test_check((m->msg.ms_flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT)) ==
	           (MSGF_DONE | MSGF_REPLY));
	m->seen = 0; /* a second reply would not match */
}

static void
wait_port(struct caller *c, unsigned int n, int flags)
{
	while (n > 0) {
		struct smsg *m = lwkt_waitport(&c->home, flags);

		if (m == NULL) {
			test_check(flags == LWKT_PCATCH);
			c->interrupted++;
			continue;
		}
		check(c, m);
		n--;
	}
}

static void
round_of(struct caller *c)
{
	unsigned int to = test_rand(&c->seed) % 2, way = test_rand(&c->seed) % 3, i;
	unsigned int n = way == 0 ? 1 : 1 + test_rand(&c->seed) % BATCH;
	int flags = test_rand(&c->seed) % 2 ? LWKT_PCATCH : 0;

	for (i = 0; i < n; i++) {
		prepare(c, &c->msgs[i], to);
		if (way > 0)
			lwkt_sendmsg(&servers[to], &c->msgs[i].msg);
	}
	if (c->serialized)
		lwkt_serialize_enter(&c->guard);
	if (way == 1)
		wait_port(c, n, flags);
	for (i = 0; i < n && way != 1; i++) {
		if (way == 0)
			test_check(lwkt_domsg(&servers[to], &c->msgs[i].msg, flags) ==
			           c->msgs[i].msg.ms_error);
		else
			lwkt_waitmsg(&c->msgs[i].msg, flags);
		check(c, &c->msgs[i]);
	}
	if (c->serialized) {
		test_check(lwkt_serialize_held(&c->guard));
		lwkt_serialize_exit(&c->guard);
	}
	c->to_send -= RTE_MIN(c->to_send, n);
}

void
call_all(struct caller *c)
{
	threads[c - callers] = lwkt_curthread();
	meet(&started, nthreads);
	while (c->to_send > 0) {
		struct lwkt_thread *td = threads[test_rand(&c->seed) % RTE_DIM(threads)];

		if (td != NULL && test_rand(&c->seed) % 4 == 0)
			lwkt_interrupt(td);
		round_of(c);
		stress_check_enough();
	}
	lwkt_flush();
	__atomic_fetch_add(&finished, 1, __ATOMIC_ACQ_REL);
	meet(&left, nthreads); /* nobody interrupts any more when the first detaches */
}
