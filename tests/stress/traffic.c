/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of the traffic, and the loop of each CPU.
 */
#include "traffic.h"

struct client clients[TEST_CPUS];
const struct traffic *tr;
static unsigned int ready, finished; /* atomic: CPUs that have begun, have all replies back */

static void
prepare(struct client *c, struct tmsg *m, unsigned int me, unsigned int to)
{
	m->from = me;
	m->first = to;
	m->prio = test_rand(&c->seed) % 8 < tr->tr_priority;
	m->seen = 0;
	m->inlined = tr->tr_front && test_rand(&c->seed) % 4 == 0;
	m->number = m->inlined ? c->to_send : c->numbers[to][m->prio]++;
	lwkt_initmsg(&m->msg, &c->home, m->prio ? MSGF_PRIORITY : 0);
}

/* One by one, by all calls that there are for it. */
static void
send_one(lwkt_port_t port, lwkt_msg_t msg, bool oncpu, uint64_t way)
{
	if (way == 0) {
		lwkt_sendmsg_prepare(port, msg);
		test_check(!lwkt_checkmsg(msg));
		if (oncpu)
			lwkt_sendmsg_start_oncpu(port, msg);
		else
			lwkt_sendmsg_start(port, msg);
	} else if (oncpu) {
		lwkt_sendmsg_oncpu(port, msg);
	} else {
		lwkt_sendmsg(port, msg);
	}
}

static void
send_requests(struct client *c, unsigned int me)
{
	unsigned int to =
	    tr->tr_server == SERVE_SHARED_SPIN ? 0 : test_rand(&c->seed) % tr->tr_cpus;
	lwkt_port_t port = tr->tr_front ? &stations[to].st_front : &stations[to].st_port;
	bool oncpu = tr->tr_server == SERVE_THREAD && to == me && !tr->tr_moves && !tr->tr_front;
	unsigned int n = 1 + test_rand(&c->seed) % BURST;
	lwkt_msg_t msgs[BURST];

	n = (unsigned int)RTE_MIN((uint64_t)RTE_MIN(n, c->nidle), c->to_send);
	for (unsigned int i = 0; i < n; i++, c->to_send--) {
		msgs[i] = c->idle[--c->nidle];
		prepare(c, (struct tmsg *)(void *)msgs[i], me, to);
	}
	if (tr->tr_server == SERVE_SERIALIZER)
		lwkt_serialize_enter(&stations[to].st_guard);
	if (test_rand(&c->seed) % 4 > 0)
		lwkt_sendmsg_burst(port, msgs, n);
	else
		for (unsigned int i = 0; i < n; i++)
			send_one(port, msgs[i], oncpu, test_rand(&c->seed) % 3);
	if (tr->tr_server == SERVE_SERIALIZER)
		lwkt_serialize_exit(&stations[to].st_guard);
}

/* Functions come in the order sent, too; arg says from whom, and which. */
static void
called(void *arg)
{
	uint64_t number = (uintptr_t)arg;
	struct client *c = &clients[lwkt_mycpuid()];

	test_check(c->calls[number % TEST_CPUS] == number / TEST_CPUS);
	c->calls[number % TEST_CPUS]++;
}

static void
call_somebody(struct client *c, unsigned int me)
{
	unsigned int to = test_rand(&c->seed) % tr->tr_cpus;
	void *arg = (void *)(uintptr_t)(c->calls_to[to]++ * TEST_CPUS + me);

	if (test_rand(&c->seed) % 2 == 0)
		lwkt_send_ipiq_passive(to, called, arg);
	else if (test_rand(&c->seed) % 8 > 0)
		lwkt_send_ipiq(to, called, arg);
	else
		test_check(lwkt_wait_ipiq(to, lwkt_send_ipiq(to, called, arg)) == 0);
}

static void
wait_all(unsigned int *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < tr->tr_cpus)
		test_relax();
}

/* What every CPU runs. It goes on serving until nobody waits for a reply any more. */
static int
run_client(void *arg)
{
	unsigned int me = lwkt_mycpuid();
	struct client *c = arg;
	uint64_t total = c->to_send;
	bool told = false;

	wait_all(&ready);
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < tr->tr_cpus) {
		lwkt_poll();
		stations_serve(me, &c->seed);
		take_replies(c);
		send_requests(c, me);
		if (tr->tr_calls && !told && test_rand(&c->seed) % 4 == 0)
			call_somebody(c, me);
		if (test_rand(&c->seed) % 8 == 0)
			lwkt_flush();
		if (!told && c->returned == total) {
			told = true;
			lwkt_synchronize_ipiqs();
			__atomic_fetch_add(&finished, 1, __ATOMIC_ACQ_REL);
		}
		stress_check_enough();
	}
	return 0;
}

/* Every message that was sent has been at its stations, and is home. */
static void
check_sums(uint64_t per_cpu)
{
	uint64_t served = 0, inlined = 0;
	unsigned int counted = tr->tr_moves ? 0 : tr->tr_hops; /* as check() does */

	for (unsigned int cpu = 0; cpu < tr->tr_cpus; cpu++) {
		struct client *c = &clients[cpu];

		cr_expect_eq(c->returned, per_cpu);
		cr_expect_eq(c->nidle, MSGS_PER_CPU);
		served += stations[cpu].st_served;
		inlined += c->inlined;
		for (unsigned int i = 0; i < tr->tr_cpus; i++) {
			cr_expect_eq(c->calls_to[i], clients[i].calls[cpu]);
			for (unsigned int hop = 0; hop <= counted; hop++)
				for (int p = 0; p < 2 && tr->tr_server != SERVE_SHARED_SPIN; p++)
					cr_expect_eq(c->numbers[i][p],
					    stations[(i + hop) % tr->tr_cpus].st_had[cpu][i][p]);
		}
	}
	cr_expect_eq(served + inlined, per_cpu * tr->tr_cpus);
}

void
traffic_run(const struct traffic *variant)
{
	uint64_t seed = stress_begin(), per_cpu = variant->tr_messages / variant->tr_cpus;
	unsigned int cpu, i;

	tr = variant;
	stations_init();
	for (cpu = 0; cpu < tr->tr_cpus; cpu++) {
		struct client *c = &clients[cpu];

		home_init(c, cpu);
		for (i = 0; i < MSGS_PER_CPU; i++) {
			c->msgs[i].number = UINT64_MAX;
			c->idle[c->nidle++] = &c->msgs[i].msg;
		}
		c->to_send = per_cpu;
		c->seed = seed + cpu * UINT64_C(0x9e3779b97f4a7c15);
	}
	for (cpu = 1; cpu < tr->tr_cpus; cpu++)
		test_launch(cpu, run_client, &clients[cpu]);
	run_client(&clients[0]);
	for (cpu = 1; cpu < tr->tr_cpus; cpu++)
		test_join(cpu);
	test_settle(); /* tokens of the last moves */
	check_sums(per_cpu);
	stress_end(per_cpu * tr->tr_cpus);
}
