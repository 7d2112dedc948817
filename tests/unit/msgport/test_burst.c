/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst equals the same sequence of single calls: the same random play, once with bursts and
 * once with singles, on every mixture of ports, must end with every message in the same state and
 * every queue in the same order.
 */
#include <stdio.h>
#include <string.h>

#include <lwkt_ipiq.h>

#include "ports.h"

#define MSGS  120
#define PORTS 5 /* two on CPU 0, one on CPU 1, a spin port, one that handles inline */
#define BURST 40

static struct world {
	struct lwkt_port ports[PORTS];
	struct tmsg t[MSGS];
	lwkt_msg_t active[MSGS]; /* taken and not yet replied or forwarded */
	unsigned int nactive;
	char log[16384]; /* what came off the ports */
	size_t log_bytes;
} worlds[2], *w;

static void
world_init(struct world *world)
{
	w = world;
	memset(w, 0, sizeof(*w));
	for (unsigned int i = 0; i < 3; i++)
		lwkt_initport_thread(&w->ports[i], lwkt_cpu_thread(i == 2 ? 1 : 0));
	lwkt_initport_spin(&w->ports[3], lwkt_cpu_thread(0), false);
	lwkt_initport_putonly(&w->ports[4], put_inline_5);
	tmsgs_init(w->t, MSGS, NULL, 0);
}

static void
take(bool burst, unsigned int port, unsigned int n)
{
	lwkt_msg_t msgs[BURST];
	unsigned int i, got = 0;

	cpu_impersonate(port == 2 ? 1 : 0);
	if (burst)
		got = lwkt_getport_burst(&w->ports[port], msgs, n);
	else
		while (got < n && (msgs[got] = lwkt_getport(&w->ports[port])) != NULL)
			got++;
	for (i = 0; i < got; i++) {
		w->log_bytes += (size_t)snprintf(w->log + w->log_bytes,
		    sizeof(w->log) - w->log_bytes, "%u>%u ", port, ((struct tmsg *)msgs[i])->seq);
		cr_assert_lt(w->log_bytes, sizeof(w->log) - 32);
		if (!(msgs[i]->ms_flags & MSGF_REPLY))
			w->active[w->nactive++] = msgs[i];
	}
}

/* The next n that are idle or returned. */
static void
send_some(bool burst, unsigned int port, unsigned int n, uint64_t *seed)
{
	lwkt_msg_t msgs[BURST];
	unsigned int i, have = 0;

	for (i = 0; i < MSGS && have < n; i++) {
		lwkt_msg_t msg = &w->t[i].msg;

		if ((msg->ms_flags & (MSGF_DONE | MSGF_QUEUED)) != MSGF_DONE)
			continue;
		lwkt_initmsg(msg, &w->ports[test_rand(seed) % 4],
		    test_rand(seed) % 4 == 0 ? MSGF_PRIORITY : 0);
		msgs[have++] = msg;
	}
	if (burst)
		lwkt_sendmsg_burst(&w->ports[port], msgs, have);
	else
		for (i = 0; i < have; i++)
			lwkt_sendmsg(&w->ports[port], msgs[i]);
}

static void
finish_some(bool burst, bool forward, unsigned int port, unsigned int n, int error)
{
	lwkt_msg_t msgs[BURST];
	unsigned int i;

	n = RTE_MIN(n, w->nactive);
	w->nactive -= n;
	memcpy(msgs, &w->active[w->nactive], n * sizeof(msgs[0]));
	if (burst && forward)
		lwkt_forwardmsg_burst(&w->ports[port], msgs, n);
	else if (burst)
		lwkt_replymsg_burst(msgs, n, error);
	else
		for (i = 0; i < n; i++) {
			if (forward)
				lwkt_forwardmsg(&w->ports[port], msgs[i]);
			else
				lwkt_replymsg(msgs[i], error);
		}
}

static void
play(struct world *world, bool burst, uint64_t seed)
{
	world_init(world);
	for (unsigned int step = 0; step < 200; step++) {
		unsigned int what = test_rand(&seed) % 4, n = test_rand(&seed) % BURST;
		unsigned int port = test_rand(&seed) % PORTS, cpu = test_rand(&seed) % 3;

		cpu_impersonate(cpu);
		if (what == 0)
			send_some(burst, port, n, &seed);
		else if (what == 1)
			finish_some(burst, false, 0, n, (int)(seed % 50));
		else if (what == 2)
			finish_some(burst, true, port, n, 0);
		test_settle();
		if (what == 3)
			take(burst, port % 4, n);
	}
	for (unsigned int port = 0; port < 4; port++)
		for (unsigned int i = 0; i < MSGS; i += BURST)
			take(burst, port, BURST);
	cpu_impersonate(0);
}

LWKT_TEST(burst, P29_bursts_equal_singles)
{
	for (uint64_t seed = 1; seed <= (TEST_TSAN ? 10 : 60); seed++) {
		play(&worlds[0], false, seed * 31337);
		play(&worlds[1], true, seed * 31337);
		cr_assert_str_eq(worlds[0].log, worlds[1].log, "seed %u", (unsigned int)seed);
		cr_assert_gt(worlds[0].log_bytes, 100);
		for (unsigned int i = 0; i < MSGS; i++) {
			cr_assert_eq(worlds[0].t[i].msg.ms_flags, worlds[1].t[i].msg.ms_flags);
			cr_assert_eq(worlds[0].t[i].msg.ms_error, worlds[1].t[i].msg.ms_error);
		}
	}
}

LWKT_TEST(burst, P29_an_empty_burst_is_nothing)
{
	lwkt_msg_t none[1] = {NULL};

	world_init(&worlds[0]);
	for (unsigned int port = 0; port < PORTS; port++) {
		lwkt_sendmsg_burst(&w->ports[port], none, 0);
		lwkt_forwardmsg_burst(&w->ports[port], none, 0);
	}
	lwkt_replymsg_burst(none, 0, 0);
	test_settle();
	for (unsigned int port = 0; port < 2; port++)
		cr_expect_null(lwkt_getport(&w->ports[port]));
}

LWKT_TEST(burst, P29_a_remote_burst_is_one_publication)
{
	struct lwkt_transit_stats ts;
	lwkt_msg_t msgs[30];

	world_init(&worlds[0]);
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++) {
		msgs[i] = &w->t[i].msg;
		lwkt_initmsg(msgs[i], &w->ports[0], 0);
	}
	lwkt_sendmsg_burst(&w->ports[2], msgs, RTE_DIM(msgs));
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport_burst(&w->ports[2], msgs, RTE_DIM(msgs)), RTE_DIM(msgs));
	lwkt_replymsg_burst(msgs, RTE_DIM(msgs), 0);
	test_settle();
	cr_assert_eq(lwkt_transit_stats(0, 1, &ts), 0);
	cr_expect_eq(ts.ts_publications, 1);
	cr_assert_eq(lwkt_transit_stats(1, 0, &ts), 0);
	cr_expect_eq(ts.ts_publications, 1);
	cr_expect_eq(ts.ts_items, RTE_DIM(msgs));
}

static unsigned int functions;

static void
count_reply(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	cr_expect_eq(msg->ms_error, 7);
	functions++;
}

LWKT_TEST(burst, P29_a_burst_reply_goes_to_each_messages_own_port)
{
	static struct lwkt_port ports[3]; /* marks it done, a function, a queue */
	static const unsigned int home[] = {0, 0, 1, 0, 2, 2, 1, 1, 2, 0};
	lwkt_msg_t msgs[RTE_DIM(home)];
	unsigned int i, queued = 0;

	world_init(&worlds[0]);
	lwkt_initport_replyonly_null(&ports[0]);
	lwkt_initport_replyonly(&ports[1], count_reply);
	lwkt_initport_thread(&ports[2], lwkt_cpu_thread(0));
	for (i = 0; i < RTE_DIM(home); i++) {
		msgs[i] = &w->t[i].msg;
		lwkt_initmsg(msgs[i], &ports[home[i]], 0);
	}
	lwkt_sendmsg_burst(&w->ports[0], msgs, RTE_DIM(home));
	cr_assert_eq(lwkt_getport_burst(&w->ports[0], msgs, RTE_DIM(home)), RTE_DIM(home));
	lwkt_replymsg_burst(msgs, RTE_DIM(home), 7);
	cr_expect_eq(functions, 3);
	for (i = 0; i < RTE_DIM(home); i++)
		if (home[i] != 1) {
			cr_expect_eq(msgs[i]->ms_error, 7);
			expect_flags(
			    msgs[i], MSGF_DONE | MSGF_REPLY | (home[i] == 2 ? MSGF_QUEUED : 0));
		}
	while (lwkt_getport(&ports[2]) != NULL)
		queued++;
	cr_expect_eq(queued, 3);
}
