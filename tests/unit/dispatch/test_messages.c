/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where in a pipeline packets are messages: from their source on, as long as an edge that takes
 * them one by one, or a stage that wants them so, is before them. And packets that come in as
 * messages of others.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "kinds.h"

#define POOL    4095
#define PACKETS 5000

static struct sink_conf sinks[2];

static const struct lwkt_edge_conf by_packet = {.ec_kind = LWKT_EDGE_PACKET};
static const struct lwkt_edge_conf by_vector = {.ec_kind = LWKT_EDGE_VECTOR};

/* A relay that looks at its packets' messages; packet k goes to output k mod outputs. */
struct looks {
	uint64_t lk_active, lk_ended, lk_seen;
};

static int
look_init(struct lwkt_stage *st, const void *conf)
{
	*(struct looks **)st->st_state = (struct looks *)(uintptr_t)conf;
	return 0;
}

static void
look_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct looks *lk = *(struct looks **)st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		lwkt_msg_t msg = lwkt_mbuf_msg(pkts[i]);
		int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED); /* others' by now? */
		int state = flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT);

		lk->lk_active += state == 0;
		lk->lk_ended += state == (MSGF_DONE | MSGF_REPLY) && msg->ms_error == EASYNC;
		lwkt_stage_emit(st, lk->lk_seen++ % st->st_nouts, &pkts[i], 1);
	}
}

static const struct lwkt_stage_kind look = {
    .sk_name = "test_look",
    .sk_state_bytes = sizeof(struct looks *),
    .sk_init = look_init,
    .sk_handle = look_handle,
};

/* The same, and it wants them one by one. */
static const struct lwkt_stage_kind look_single = {
    .sk_name = "test_look_single",
    .sk_state_bytes = sizeof(struct looks *),
    .sk_init = look_init,
    .sk_handle = look_handle,
    .sk_per_packet = true,
};

static struct looks looks[2];

/* All of the source's packets, to the sinks. */
static void
run(const struct lwkt_stage_row *rows, unsigned int nrows)
{
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, nrows);

	cr_assert_not_null(pl);
	run_dry(pl, PACKETS);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_packets + sinks[1].nk_packets, PACKETS);
}

static void
expect_in_order(void)
{
	cr_expect_eq(sinks[0].nk_disorder + sinks[1].nk_disorder, 0);
}

static struct source_conf
source_of(uint32_t packets)
{
	return (struct source_conf){test_pool("p", POOL), 0, packets, 29, 0, false, 0};
}

static void
expect_looks(unsigned int i, uint64_t active, uint64_t ended)
{
	cr_expect_eq(looks[i].lk_active, active);
	cr_expect_eq(looks[i].lk_ended, ended);
}

/*
 *      a (1) ─▶ m ─▶ e ─ s        e and s on one CPU
 *
 * m gets messages, and e packets whose messages have ended.
 */
struct chain {
	const struct lwkt_stage_kind *ch_m;
	unsigned int ch_m_lcore, ch_e_lcore;
	struct lwkt_edge_conf ch_to_m, ch_to_e;
};

static void
run_chain(const struct chain *ch)
{
	const struct source_conf source = source_of(PACKETS);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"m"}, {ch->ch_to_m}},
	    {"m", ch->ch_m, ch->ch_m_lcore, &looks[0], {"e"}, {ch->ch_to_e}},
	    {"e", &look, ch->ch_e_lcore, &looks[1], {"s"}},
	    {"s", &kind_sink, ch->ch_e_lcore, &sinks[0], {NULL}},
	};

	run(rows, RTE_DIM(rows));
	expect_in_order();
	expect_looks(0, PACKETS, 0);
	expect_looks(1, 0, PACKETS);
}

LWKT_TEST(messages, API_behind_the_last_edge_of_packets_they_have_ended)
{
	run_chain(&(struct chain){&look, 2, 3, by_packet, by_packet});
}

LWKT_TEST(messages, API_a_stage_that_wants_packets_gets_messages_and_the_next_does_not)
{
	run_chain(&(struct chain){&look_single, 2, 2, {0}, {0}});
}

LWKT_TEST(messages, API_on_the_sources_cpu_they_begin_behind_the_source)
{
	run_chain(&(struct chain){&look, 1, 2, {0}, by_packet});
}

LWKT_TEST(messages, API_they_stay_messages_in_vectors_before_an_edge_of_packets)
{
	run_chain(&(struct chain){&look, 2, 3, by_vector, by_packet});
}

/*
 *      a (1) ─▶ m (2) ──┬─ packets ─▶ s0 (3)
 *                       └─ vectors ─▶ e (3) ─ s1
 */
LWKT_TEST(messages, API_where_the_ways_part_they_end_on_one_of_them)
{
	const struct source_conf source = source_of(PACKETS);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"m"}, {by_packet}},
	    {"m", &look, 2, &looks[0], {"s0", "e"}, {by_packet, by_vector}},
	    {"e", &look, 3, &looks[1], {"s1"}},
	    {"s0", &kind_sink, 3, &sinks[0], {NULL}},
	    {"s1", &kind_sink, 3, &sinks[1], {NULL}},
	};

	run(rows, RTE_DIM(rows));
	expect_in_order();
	expect_looks(0, PACKETS, 0);
	expect_looks(1, 0, PACKETS / 2);
}

/* Both kinds of wires lead to one port: vectors of ended messages, and messages that end there. */
LWKT_TEST(messages, N93_vectors_and_packets_to_one_stage)
{
	const struct source_conf source = source_of(PACKETS);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"m"}, {by_packet}},
	    {"m", &look, 2, &looks[0], {"e", "e"}, {by_packet, by_vector}},
	    {"e", &look, 3, &looks[1], {"s"}},
	    {"s", &kind_sink, 3, &sinks[0], {NULL}},
	};

	run(rows, RTE_DIM(rows));
	expect_looks(1, 0, PACKETS);
}

LWKT_TEST(messages, N93_priority_and_normal_wires_to_one_stage)
{
	struct lwkt_edge_conf urgent = {.ec_kind = LWKT_EDGE_PACKET, .ec_priority = true};
	const struct source_conf source = source_of(PACKETS);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"e", "e"}, {by_packet, urgent}},
	    {"e", &look, 2, &looks[0], {"s"}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};

	run(rows, RTE_DIM(rows));
	expect_looks(0, 0, PACKETS);
}

/* Stopped at once: what is in transit and on the port is purged, each packet once. */
LWKT_TEST(messages, N93_stopped_under_load_nothing_is_left)
{
	const struct source_conf source = source_of(UINT32_MAX);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}, {by_packet}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));

	cr_assert_not_null(pl);
	sinks[0].nk_slow_us = 300;
	for (unsigned int i = 0; i < 5; i++) {
		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		await_more(pl, 500);
		cr_assert_eq(lwkt_pipeline_stop(pl), 0);
		expect_balanced(pl);
	}
	lwkt_pipeline_destroy(pl);
}

/*
 * Packets of others. They ask for an answer, and come while packets of a source flow.
 */

#define ASKED 200

struct asker {
	struct lwkt_stage *as_to;
	struct rte_mempool *as_pool;
	struct lwkt_port as_home;
	unsigned int as_answers; /* of the expected error */
	int as_error;
};

static void
ask(struct asker *as)
{
	for (unsigned int i = 0; i < ASKED; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(as->as_pool);
		struct numbered *data =
		    m != NULL ? (void *)rte_pktmbuf_append(m, sizeof(*data)) : NULL;
		lwkt_msg_t msg;

		if (data == NULL) {
			test_check(data != NULL);
			return;
		}
		*data = (struct numbered){1, i};
		rte_mbuf_refcnt_update(m, 1); /* till the message is home */
		msg = lwkt_mbuf_msg(m);
		lwkt_initmsg(msg, &as->as_home, 0);
		lwkt_sendmsg(&as->as_to->st_port, msg);
		test_check(lwkt_waitport(&as->as_home, 0) == msg);
		as->as_answers += msg->ms_error == as->as_error;
		rte_pktmbuf_free(m);
	}
}

static void *
ask_as_foreigner(void *arg)
{
	struct asker *as = arg;

	test_check(lwkt_attach("asker") == 0);
	lwkt_initport_spin(&as->as_home, NULL, false);
	ask(as);
	lwkt_detach();
	return NULL;
}

/* The pipeline's own packets stop in the end; all are accounted for. */
static void
run_asked(const struct lwkt_stage_kind *kind, bool foreigner)
{
	static struct asker as;
	const struct source_conf source = source_of(UINT32_MAX);
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"m"}, {by_packet}},
	    {"m", kind, 2, &looks[0], {"s"}},
	    {"s", &kind_sink, 2, &sinks[0], {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	pthread_t thread;

	cr_assert_not_null(pl);
	as.as_to = lwkt_pipeline_find(pl, "m");
	as.as_pool = test_pool("asked", POOL);
	as.as_error = EASYNC;
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 1000);
	if (foreigner) {
		cr_assert_eq(pthread_create(&thread, NULL, ask_as_foreigner, &as), 0);
		pthread_join(thread, NULL);
	} else {
		lwkt_initport_thread(&as.as_home, lwkt_curthread());
		ask(&as);
	}
	cr_expect_eq(as.as_answers, ASKED);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_balanced(pl);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(sinks[0].nk_next[1], ASKED, "the packets went through");
	cr_expect_eq(sinks[0].nk_disorder, 0);
}

LWKT_TEST(messages, M20_a_packet_of_another_cpu_is_answered_as_it_is_taken)
{
	run_asked(&look, false);
}

LWKT_TEST(messages, M20_a_packet_of_another_cpu_is_answered_behind_who_wants_messages)
{
	run_asked(&look_single, false);
}

LWKT_TEST(messages, G98_a_packet_of_a_foreign_thread_is_answered_under_load)
{
	run_asked(&look, true);
}
