/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages among the packets of a flow, while flows move from worker to worker.
 *
 *      pthread, LWKT thread (0) ──▶ d (1) ─┬─▶ w0 (2)
 *                                          ├─▶ w1 (3)
 *                                          └─▶ w2 (1)      w2 and d share a CPU
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include <lwkt_netisr.h>
#include <lwkt_pipeline.h>
#include <lwkt_stages.h>
#include <lwkt_thread.h>

#include "tools.h"

#define POOL    2047
#define FLOWS   8 /* of a sender */
#define SENDERS 2
#define BURST   24 /* packets, and a message behind each, that a sender does not wait for */
#define ROUNDS  (TEST_TSAN || TEST_ASAN ? 60 : 200)

static struct rte_mempool *pool;
static struct lwkt_flowhash *hash;
static uint32_t seen[SENDERS * FLOWS]; /* packets that workers have had of it; atomic, relaxed */

/* No transport: the pair of addresses is the flow. */
static struct rte_mbuf *
packet(uint32_t flow)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	char *data;
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;
	uint8_t reason;

	data = m != NULL ? rte_pktmbuf_append(m, 64) : NULL;
	if (data == NULL)
		abort(); /* the pool is too small for this test */
	memset(data, 0, 64);
	eth = (void *)data;
	ip = (void *)(eth + 1);
	eth->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = 0x45;
	ip->total_length = rte_cpu_to_be_16(50);
	ip->next_proto_id = 253;
	ip->src_addr = rte_cpu_to_be_32(0x0a000000 + flow * 977);
	ip->dst_addr = rte_cpu_to_be_32(0x0a800001);
	memcpy(ip + 1, &flow, sizeof(flow));
	test_check(lwkt_flowhash_burst(hash, &m, 1, &reason) == 0);
	return m;
}

static void
seen_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint32_t flow;

		memcpy(&flow, rte_pktmbuf_mtod_offset(pkts[i], char *, 34), sizeof(flow));
		__atomic_store_n(&seen[flow], seen[flow] + 1, __ATOMIC_RELAXED);
	}
	lwkt_stage_consumed(st, pkts, n);
}

static const struct lwkt_stage_kind kind_seen = {.sk_name = "test_seen", .sk_handle = seen_handle};

static struct lwkt_pipeline *
workers(enum lwkt_edge_kind kind, unsigned int last)
{
	static struct source_conf source;
	const struct lwkt_edge_conf ec = {.ec_kind = kind};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"d"}},
	    {"d", &lwkt_stage_distribute, 1, NULL, {"w0", "w1", "w2"}, {ec, ec}},
	    {"w0", &kind_seen, 2, NULL, {NULL}},
	    {"w1", &kind_seen, 3, NULL, {NULL}},
	    {"w2", &kind_seen, last, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;

	pool = test_pool("p", POOL);
	source = (struct source_conf){pool, 0, 0, 1, 0, false, 0};
	hash = lwkt_flowhash_create(NULL, -1);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert(pl != NULL && hash != NULL);
	return pl;
}

static void
workers_end(struct lwkt_pipeline *pl)
{
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
	lwkt_pipeline_destroy(pl);
	lwkt_flowhash_destroy(hash);
}

/* Behind so many packets of the flow, and before the next one. */
struct behind {
	struct lwkt_netmsg be_nm; /* first */
	uint32_t be_flow, be_packets;
	unsigned int be_cpu;
};

#define BEHIND_FLAGS ((int)(MSGF_USER0 | MSGF_USER2 | MSGF_USER3 | 0x40000000 | MSGF_PRIORITY))

static void
behind_run(struct lwkt_netmsg *nm)
{
	struct behind *be = (struct behind *)nm;

	test_check(__atomic_load_n(&seen[be->be_flow], __ATOMIC_RELAXED) == be->be_packets);
	test_check((nm->nm_lmsg.ms_flags & (int)(0xffff0000 | MSGF_PRIORITY)) == BEHIND_FLAGS);
	be->be_cpu = lwkt_mycpuid();
	lwkt_replymsg(&nm->nm_lmsg, EAGAIN);
}

static void
behind_init(struct behind *be, uint32_t flow, uint32_t packets)
{
	*be = (struct behind){.be_flow = flow, .be_packets = packets};
	lwkt_netmsg_init(&be->be_nm, lwkt_thread_port(lwkt_curthread()), BEHIND_FLAGS, behind_run);
}

struct sender {
	struct lwkt_pipeline *se_pl;
	uint32_t se_first, se_sent[FLOWS];
	uint64_t se_seed;
	bool se_done; /* atomic, relaxed */
};

/* The last one of a burst is a call, the others are sent and waited for. */
static void
send_burst(struct sender *se)
{
	struct behind be[BURST];

	for (unsigned int i = 0; i < BURST; i++) {
		unsigned int f = test_rand(&se->se_seed) % FLOWS;
		uint32_t flow = se->se_first + f;
		struct rte_mbuf *m = packet(flow);
		lwkt_port_t port = lwkt_netisr_hashport(se->se_pl, m->hash.rss);

		test_check(lwkt_netisr_queue(se->se_pl, m) == 0);
		behind_init(&be[i], flow, ++se->se_sent[f]);
		if (i + 1 < BURST)
			lwkt_sendmsg(port, &be[i].be_nm.nm_lmsg);
		else
			test_check(lwkt_domsg(port, &be[i].be_nm.nm_lmsg, 0) == EAGAIN);
	}
	for (unsigned int i = 0; i + 1 < BURST; i++) {
		test_check(lwkt_waitmsg(&be[i].be_nm.nm_lmsg, 0) == EAGAIN);
		test_check(be[i].be_cpu >= 1 && be[i].be_cpu <= 3);
	}
}

static void
send_all(void *arg)
{
	struct sender *se = arg;

	for (unsigned int i = 0; i < ROUNDS; i++)
		send_burst(se);
	__atomic_store_n(&se->se_done, true, __ATOMIC_RELAXED);
}

static void *
send_as_pthread(void *arg)
{
	test_check(lwkt_attach("sender") == 0);
	send_all(arg);
	lwkt_detach();
	return NULL;
}

static bool
sender_done(const struct sender *se)
{
	return __atomic_load_n(&se->se_done, __ATOMIC_RELAXED);
}

/* Two senders, and the main lcore moves the buckets of their flows about. */
static void
flows_move(enum lwkt_edge_kind kind)
{
	struct lwkt_pipeline *pl = workers(kind, 1);
	struct lwkt_stage *d = lwkt_pipeline_find(pl, "d");
	struct sender se[SENDERS] = {{.se_pl = pl, .se_seed = 7}, {.se_pl = pl, .se_seed = 8}};
	unsigned int bucket[SENDERS * FLOWS], moves = 0;
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];
	uint64_t seed = 42;
	pthread_t pthread;

	for (uint32_t f = 0; f < SENDERS * FLOWS; f++) {
		struct rte_mbuf *m = packet(f);

		bucket[f] = lwkt_flowhash_bucket(m->hash.rss);
		rte_pktmbuf_free(m);
	}
	se[1].se_first = FLOWS;
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	cr_assert_eq(pthread_create(&pthread, NULL, send_as_pthread, &se[0]), 0);
	cr_assert_eq(lwkt_create(send_all, &se[1], NULL, NULL, 0, -1, "sender"), 0);
	for (; !sender_done(&se[0]) || !sender_done(&se[1]); moves++) {
		unsigned int b = bucket[test_rand(&seed) % (SENDERS * FLOWS)];

		cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
		cr_assert_eq(lwkt_dispatch_move_bucket(d, b, (bs[b].bs_output + 1) % 3), 0);
		lwkt_yield();
	}
	pthread_join(pthread, NULL);
	cr_expect_gt(moves, 2);
	workers_end(pl);
}

LWKT_TEST(flow, K120_messages_keep_their_place_among_packets_in_vectors)
{
	flows_move(LWKT_EDGE_VECTOR);
}

LWKT_TEST(flow, K120_messages_keep_their_place_among_packets)
{
	flows_move(LWKT_EDGE_PACKET);
}

/* A bucket is on its way for as long as its old worker stands still: what comes waits. */
static bool stuck; /* atomic, relaxed */

static void
stand_still(struct lwkt_netmsg *nm)
{
	while (__atomic_load_n(&stuck, __ATOMIC_RELAXED))
		test_relax();
	lwkt_replymsg(&nm->nm_lmsg, 0);
}

static void *
move_as_pthread(void *arg)
{
	struct lwkt_stage *d = arg;

	test_check(lwkt_attach("mover") == 0);
	test_check(lwkt_dispatch_move_bucket(d, 0, 1) == 0);
	lwkt_detach();
	return NULL;
}

static unsigned int
output_of(const struct lwkt_stage *d, unsigned int bucket)
{
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];

	cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
	return bs[bucket].bs_output;
}

LWKT_TEST(flow, K120_a_message_waits_with_the_packets_of_a_flow_that_moves)
{
	struct lwkt_pipeline *pl = workers(LWKT_EDGE_AUTO, 1);
	struct lwkt_stage *d = lwkt_pipeline_find(pl, "d");
	struct lwkt_netmsg still;
	struct behind be, call;
	pthread_t pthread;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	__atomic_store_n(&stuck, true, __ATOMIC_RELAXED);
	lwkt_netmsg_init(&still, lwkt_thread_port(lwkt_curthread()), 0, stand_still);
	lwkt_sendmsg(lwkt_netisr_hashport(pl, 256), &still.nm_lmsg); /* bucket 0: w0 */
	lwkt_flush();
	cr_assert_eq(pthread_create(&pthread, NULL, move_as_pthread, d), 0);
	while (output_of(d, 0) != 1)
		test_relax();
	behind_init(&be, 0, 0);
	lwkt_sendmsg(lwkt_netisr_hashport(pl, 0), &be.be_nm.nm_lmsg);
	behind_init(&call, 0, 0);
	cr_expect_eq(lwkt_domsg(lwkt_netisr_hashport(pl, 2), &call.be_nm.nm_lmsg, 0), EAGAIN,
	    "those of others pass");
	cr_expect_eq(call.be_cpu, 1);
	cr_expect_eq(lwkt_checkmsg(&be.be_nm.nm_lmsg), 0);
	__atomic_store_n(&stuck, false, __ATOMIC_RELAXED);
	cr_expect_eq(lwkt_waitmsg(&be.be_nm.nm_lmsg, 0), EAGAIN);
	cr_expect_eq(be.be_cpu, 3, "the new worker");
	lwkt_waitmsg(&still.nm_lmsg, 0);
	pthread_join(pthread, NULL);
	workers_end(pl);
}

LWKT_TEST(flow, K120_what_comes_before_the_start_waits_for_it)
{
	struct lwkt_pipeline *pl = workers(LWKT_EDGE_AUTO, 1);
	struct behind be;

	behind_init(&be, 0, 0);
	lwkt_sendmsg(lwkt_netisr_hashport(pl, 0), &be.be_nm.nm_lmsg);
	cr_expect_eq(lwkt_checkmsg(&be.be_nm.nm_lmsg), 0, "it does not run");
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	cr_expect_eq(lwkt_waitmsg(&be.be_nm.nm_lmsg, 0), EAGAIN, "now it does");
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	lwkt_pipeline_destroy(pl);
	lwkt_flowhash_destroy(hash);
}

/* Main, whose loop it is, would wait for itself. */
static void
call_own(void *arg)
{
	struct behind be;

	behind_init(&be, 0, 0);
	lwkt_domsg(lwkt_netisr_hashport(arg, 0), &be.be_nm.nm_lmsg, 0);
}

LWKT_TEST(flow, K120_what_makes_no_sense_is_refused)
{
	static struct source_conf source;
	static struct sink_conf sink;
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"s"}},
	    {"s", &kind_sink, 2, &sink, {NULL}},
	};
	struct lwkt_pipeline *pl = workers(LWKT_EDGE_AUTO, 0), *plain;
	struct rte_mempool *foreign = rte_pktmbuf_pool_create("foreign", 31, 0, 0, 512, 0);
	struct rte_mbuf *m = packet(0), *odd;

	source = (struct source_conf){pool, 0, 0, 1, 0, false, 0};
	plain = lwkt_pipeline_create("plain", rows, RTE_DIM(rows));
	cr_assert(plain != NULL && foreign != NULL);
	cr_expect_null(lwkt_netisr_hashport(plain, 0));
	cr_expect_eq(lwkt_netisr_queue(plain, m), -ENOENT);
	rte_pktmbuf_free(m);
	lwkt_pipeline_destroy(plain);
	odd = rte_pktmbuf_alloc(foreign);
	cr_expect_eq(lwkt_netisr_queue(pl, odd), -EINVAL);
	rte_pktmbuf_free(odd);
	rte_mempool_free(foreign);
	expect_stops(call_own, pl, "CPU 0 would wait", "of pipeline p");
	lwkt_pipeline_destroy(pl);
	lwkt_flowhash_destroy(hash);
}
