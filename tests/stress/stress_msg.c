/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: every CPU is client and server at once.
 *
 *      CPU 0 ──requests──▶ CPU 1 ...        each to each, in random bursts, single and vector,
 *            ◀──replies───                  through small and large rings
 *
 * A request carries its sender, the port it is for, and its number on that way. The server checks
 * that nothing is missing, twice, or out of order, writes an answer that the client checks, and
 * replies. Every client has as many messages as it lets be under way, and uses them again and
 * again: who touched a message after it was done would be seen (by TSan in any case).
 */
#include <stdlib.h>

#include <lwkt_ipiq.h>
#include <lwkt_msgport.h>

#include "test.h"

#define MSGS_PER_CPU 512
#define BURST        32

struct smsg {
	struct lwkt_msg msg; /* first */
	unsigned int from, to;
	uint64_t number;
};

/* One CPU's world: only it writes this, but for the messages that are under way. */
struct client {
	alignas(64) struct lwkt_port server, home;
	struct smsg msgs[MSGS_PER_CPU];
	lwkt_msg_t idle[MSGS_PER_CPU];
	unsigned int nidle, ncpus;
	uint64_t to_send, returned, seed;
	uint64_t sent_to[TEST_CPUS], had_from[TEST_CPUS];
	uint64_t served, answers; /* numbers served, and replies awaited, by all */
};

static struct client clients[TEST_CPUS];
static unsigned int ready, finished; /* atomic: CPUs that have begun, have all replies back */

/* The answer that the client expects: wrong if the request has been mixed up or torn. */
static int64_t
answer_to(const struct smsg *m)
{
	return (int64_t)(m->number * 64 + m->from * 8 + m->to);
}

static void
serve(struct client *c, unsigned int me)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(&c->server, msgs, 1 + test_rand(&c->seed) % BURST);

	for (unsigned int i = 0; i < n; i++) {
		struct smsg *m = (struct smsg *)(void *)msgs[i];

		test_check(m->to == me);
		test_check(m->from < TEST_CPUS && m->number == c->had_from[m->from]);
		c->had_from[m->from]++;
		m->msg.u.ms_result64 = answer_to(m);
	}
	c->served += n;
	if (test_rand(&c->seed) % 4 > 0)
		lwkt_replymsg_burst(msgs, n, 0);
	else
		for (unsigned int i = 0; i < n; i++)
			lwkt_replymsg(msgs[i], 0);
}

static void
take_replies(struct client *c, unsigned int me)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(&c->home, msgs, BURST);

	for (unsigned int i = 0; i < n; i++) {
		struct smsg *m = (struct smsg *)(void *)msgs[i];

		test_check(m->from == me);
		test_check(m->msg.u.ms_result64 == answer_to(m));
		test_check(m->msg.ms_flags == (MSGF_DONE | MSGF_REPLY));
		m->number = UINT64_MAX; /* a second reply would not match */
		c->idle[c->nidle++] = msgs[i];
	}
	c->returned += n;
}

static void
send_requests(struct client *c, unsigned int me)
{
	unsigned int to = test_rand(&c->seed) % c->ncpus;
	unsigned int n = 1 + test_rand(&c->seed) % BURST;
	lwkt_msg_t msgs[BURST];

	n = (unsigned int)RTE_MIN((uint64_t)RTE_MIN(n, c->nidle), c->to_send);
	for (unsigned int i = 0; i < n; i++) {
		struct smsg *m = (struct smsg *)(void *)c->idle[--c->nidle];

		lwkt_initmsg(&m->msg, &c->home, 0);
		m->from = me;
		m->to = to;
		m->number = c->sent_to[to]++;
		msgs[i] = &m->msg;
	}
	c->to_send -= n;
	if (test_rand(&c->seed) % 4 > 0)
		lwkt_sendmsg_burst(&clients[to].server, msgs, n);
	else
		for (unsigned int i = 0; i < n; i++)
			lwkt_sendmsg(&clients[to].server, msgs[i]);
}

static void
wait_all(unsigned int *counter, unsigned int ncpus)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < ncpus)
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

	wait_all(&ready, c->ncpus);
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < c->ncpus) {
		unsigned int handled = lwkt_poll();

		serve(c, me);
		take_replies(c, me);
		send_requests(c, me);
		if (test_rand(&c->seed) % 8 == 0)
			lwkt_flush();
		if (!told && c->returned == total) {
			told = true;
			__atomic_fetch_add(&finished, 1, __ATOMIC_ACQ_REL);
		}
		if (handled == 0)
			test_relax();
		if (test_checks_failed() > 10)
			abort(); /* rather than wait for what will not come */
	}
	return 0;
}

static void
stress(unsigned int ncpus, uint64_t per_cpu, bool spin_home)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < ncpus; cpu++) {
		struct client *c = &clients[cpu];

		lwkt_initport_thread(&c->server, lwkt_cpu_thread(cpu));
		if (spin_home)
			lwkt_initport_spin(&c->home, NULL, false);
		else
			lwkt_initport_thread(&c->home, lwkt_cpu_thread(cpu));
		for (i = 0; i < MSGS_PER_CPU; i++)
			c->idle[c->nidle++] = &c->msgs[i].msg;
		c->ncpus = ncpus;
		c->to_send = per_cpu;
		c->seed = cpu + 1;
	}
	for (cpu = 1; cpu < ncpus; cpu++)
		test_launch(cpu, run_client, &clients[cpu]);
	run_client(&clients[0]);
	for (cpu = 1; cpu < ncpus; cpu++)
		test_join(cpu);
	for (cpu = 0; cpu < ncpus; cpu++) {
		cr_expect_eq(clients[cpu].returned, per_cpu);
		cr_expect_eq(clients[cpu].nidle, MSGS_PER_CPU);
		for (i = 0; i < ncpus; i++)
			cr_expect_eq(clients[cpu].sent_to[i], clients[i].had_from[cpu]);
	}
}

#define MESSAGES (TEST_TSAN ? 200000 : TEST_ASAN ? 500000 : 1000000)

LWKT_TEST(stress, M20_two_cpus_lose_double_and_reorder_nothing)
{
	stress(2, MESSAGES / 2, false);
}

LWKT_TEST(stress, M20_four_cpus_lose_double_and_reorder_nothing)
{
	stress(4, MESSAGES / 4, false);
}

LWKT_TEST_ENV(stress, I68_four_cpus_through_full_rings, .te_config.cf_ring_size = 3)
{
	struct lwkt_transit_stats ts;
	uint64_t spilled = 0;

	stress(4, MESSAGES / 10, false);
	for (unsigned int from = 0; from < 4; from++)
		for (unsigned int to = 0; to < 4; to++)
			if (lwkt_transit_stats(from, to, &ts) == 0)
				spilled += ts.ts_spill_high;
	cr_expect_gt(spilled, 0, "the test was to fill rings");
}

LWKT_TEST(stress, S37_replies_to_spin_ports)
{
	stress(3, MESSAGES / 10, true);
}
