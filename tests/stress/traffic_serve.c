/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The servers of the traffic.
 */
#include <errno.h>

#include "traffic.h"

struct station stations[TEST_CPUS];

/* X45: what is for it alone it answers at once; the rest goes on to the port behind it. */
static int
front_put(lwkt_port_t port, lwkt_msg_t msg)
{
	struct station *st = RTE_PTR_SUB(port, offsetof(struct station, st_front));
	struct tmsg *m = (struct tmsg *)(void *)msg;

	if (!m->inlined)
		return lwkt_beginmsg(&st->st_port, msg);
	m->msg.u.ms_result64 = answer_to(m);
	return 0;
}

void
stations_init(void)
{
	for (unsigned int i = 0; i < tr->tr_cpus; i++) {
		struct station *st = &stations[i];

		if (tr->tr_server == SERVE_THREAD)
			lwkt_initport_thread(&st->st_port, lwkt_cpu_thread(i));
		else if (tr->tr_server == SERVE_SERIALIZER)
			lwkt_initport_serialize(&st->st_port, &st->st_guard);
		else
			lwkt_initport_spin(&st->st_port, NULL, false);
		lwkt_serialize_init(&st->st_guard);
		lwkt_initport_putonly(&st->st_front, front_put);
		lwkt_port_set_prio_quota(&st->st_port, tr->tr_quota);
		st->st_owner = i;
	}
}

/* All ways to take a serializer. */
static void
enter(struct lwkt_serialize *s, uint64_t *seed)
{
	unsigned int way = (unsigned int)(test_rand(seed) % 3);

	if (way == 0)
		lwkt_serialize_adaptive_enter(s);
	else if (way == 1 || !lwkt_serialize_try(s))
		lwkt_serialize_enter(s);
}

static unsigned int
take(struct station *st, lwkt_msg_t *msgs, uint64_t *seed)
{
	unsigned int n = 0, most = 1 + test_rand(seed) % BURST;

	if (tr->tr_server == SERVE_SERIALIZER)
		enter(&st->st_guard, seed);
	if (test_rand(seed) % 4 > 0)
		n = lwkt_getport_burst(&st->st_port, msgs, most);
	else
		while (n < most && (msgs[n] = lwkt_getport(&st->st_port)) != NULL)
			n++;
	if (tr->tr_server == SERVE_SERIALIZER)
		lwkt_serialize_exit(&st->st_guard);
	return n;
}

static void
check(unsigned int at, struct tmsg *m)
{
	uint64_t *had = &stations[at].st_had[m->from % TEST_CPUS][m->first % TEST_CPUS][m->prio];

	test_check(m->from < tr->tr_cpus && !m->inlined);
	test_check(m->seen <= tr->tr_hops && at == (m->first + m->seen) % tr->tr_cpus);
	test_check(
	    (m->msg.ms_flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT)) == 0);
	test_check(((m->msg.ms_flags & MSGF_PRIORITY) != 0) == m->prio);
	/* A station that moves forwards from another CPU, which is another sender. */
	if (tr->tr_server != SERVE_SHARED_SPIN && !(tr->tr_moves && m->seen > 0))
		test_check(m->number == (*had)++);
	m->seen++;
}

static void
forward(unsigned int at, lwkt_msg_t *msgs, unsigned int n, uint64_t *seed)
{
	struct station *next = &stations[(at + 1) % tr->tr_cpus];

	if (tr->tr_server == SERVE_SERIALIZER)
		enter(&next->st_guard, seed);
	if (test_rand(seed) % 4 > 0)
		lwkt_forwardmsg_burst(&next->st_port, msgs, n);
	else
		for (unsigned int i = 0; i < n; i++)
			test_check(lwkt_forwardmsg(&next->st_port, msgs[i]) == EASYNC);
	if (tr->tr_server == SERVE_SERIALIZER)
		lwkt_serialize_exit(&next->st_guard);
}

static void
reply(lwkt_msg_t *msgs, unsigned int n, uint64_t *seed)
{
	if (tr->tr_home != HOME_SERIALIZER && test_rand(seed) % 4 > 0) {
		lwkt_replymsg_burst(msgs, n, 0);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct lwkt_serialize *s = NULL;

		if (tr->tr_home == HOME_SERIALIZER) {
			s = home_serializer(((struct tmsg *)(void *)msgs[i])->from);
			enter(s, seed);
		}
		lwkt_replymsg(msgs[i], 0);
		if (s != NULL)
			lwkt_serialize_exit(s);
	}
}

static void
serve(unsigned int at, uint64_t *seed)
{
	lwkt_msg_t taken[BURST], on[BURST], back[BURST];
	unsigned int n, i, non = 0, nback = 0;

	n = take(&stations[at], taken, seed);
	for (i = 0; i < n; i++) {
		struct tmsg *m = (struct tmsg *)(void *)taken[i];

		check(at, m);
		if (m->seen <= tr->tr_hops) {
			on[non++] = taken[i];
		} else {
			m->msg.u.ms_result64 = answer_to(m);
			back[nback++] = taken[i];
		}
	}
	__atomic_fetch_add(&stations[at].st_served, nback, __ATOMIC_RELAXED);
	if (non > 0)
		forward(at, on, non, seed);
	if (nback > 0)
		reply(back, nback, seed);
}

/* The next owner is told by st_owner. */
static void
move(struct station *st, uint64_t *seed)
{
	unsigned int to = test_rand(seed) % tr->tr_cpus;
	int rc = lwkt_port_setowner(&st->st_port, lwkt_cpu_thread(to));

	test_check(rc == 0 || rc == -EBUSY);
	if (rc == 0)
		__atomic_store_n(&st->st_owner, to, __ATOMIC_RELEASE);
}

void
stations_serve(unsigned int me, uint64_t *seed)
{
	if (tr->tr_server == SERVE_SHARED_SPIN) {
		serve(0, seed);
		return;
	}
	for (unsigned int at = 0; at < tr->tr_cpus; at++) {
		if (__atomic_load_n(&stations[at].st_owner, __ATOMIC_ACQUIRE) != me)
			continue;
		serve(at, seed);
		if (tr->tr_moves && test_rand(seed) % 16 == 0)
			move(&stations[at], seed);
	}
}
