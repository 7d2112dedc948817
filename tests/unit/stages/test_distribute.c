/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flows over workers, moved while they flow: nothing lost, nothing twice, each flow in order.
 *
 *                       ┌─▶ w0 (2) ─┬─▶ s0 (1)
 *      a, d (1) ────────┤           │
 *                       ├─▶ w1 (3) ─┼─▶ s1 (2)
 *                       └─▶ w2 (1) ─┘              w2 and d share a CPU
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include <lwkt_pipeline.h>
#include <lwkt_stages.h>

#include "tools.h"

#define POOL  4095
#define FLOWS 512
#define MOVES (TEST_TSAN || TEST_ASAN ? 200 : 1000)

/* A UDP packet of a flow, numbered within it. */
struct lwkt_frame {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	uint32_t flow, number;
} __attribute__((packed, aligned(2)));

/* Source of such packets: all flows in turn, or mostly flow 0; without end. */
struct flows_state {
	struct rte_mempool *fs_pool;
	uint32_t fs_next[FLOWS];
	uint32_t fs_turn;
};

static struct rte_mempool *flows_pool;

static int
flows_init(struct lwkt_stage *st, const void *conf)
{
	(void)conf;
	((struct flows_state *)st->st_state)->fs_pool = flows_pool;
	return 0;
}

static void
fill(struct rte_mbuf *m, uint32_t flow, uint32_t number)
{
	struct lwkt_frame *f = (void *)rte_pktmbuf_append(m, sizeof(*f));

	if (f == NULL)
		abort(); /* the pool's packets are too small for this test */
	memset(f, 0, sizeof(*f));
	f->eth.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	f->ip.version_ihl = 0x45;
	f->ip.total_length = rte_cpu_to_be_16(sizeof(*f) - sizeof(f->eth));
	f->ip.next_proto_id = IPPROTO_UDP;
	f->ip.src_addr = rte_cpu_to_be_32(0x0a000000 + flow * 977);
	f->ip.dst_addr = rte_cpu_to_be_32(0x0a800001);
	f->udp.src_port = rte_cpu_to_be_16((uint16_t)(1024 + flow));
	f->udp.dst_port = rte_cpu_to_be_16(7);
	f->udp.dgram_len = rte_cpu_to_be_16(sizeof(f->udp) + 8);
	f->flow = flow;
	f->number = number;
}

static unsigned int
flows_poll(struct lwkt_stage *st)
{
	struct flows_state *fs = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = LWKT_STAGE_BURST;

	if (rte_pktmbuf_alloc_bulk(fs->fs_pool, pkts, n) != 0)
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t flow = fs->fs_turn++ % FLOWS;

		fill(pkts[i], flow, fs->fs_next[flow]++);
	}
	lwkt_stage_count(&st->st_stats.ss_received, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static const struct lwkt_stage_kind kind_flows = {
    .sk_name = "test_flows",
    .sk_state_bytes = sizeof(struct flows_state),
    .sk_init = flows_init,
    .sk_poll = flows_poll,
};

/* Worker: flows to two outputs, by the flow's parity; it may take its time. */
static unsigned int worker_cost_us; /* a packet */
static bool worker_stuck;           /* atomic: the one of CPU 2 does not come back */

static void
worker_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		lwkt_stage_emit(st,
		    rte_pktmbuf_mtod(pkts[i], struct lwkt_frame *)->flow % st->st_nouts, &pkts[i],
		    1);
	/*
	 * Asleep, the worker is busy for its loop, and other CPUs lose no cycle of a shared core.
	 */
	if (worker_cost_us > 0)
		rte_delay_us_sleep(worker_cost_us * n);
	while (st->st_lcore == 2 && __atomic_load_n(&worker_stuck, __ATOMIC_RELAXED))
		rte_delay_us_sleep(100);
}

static const struct lwkt_stage_kind kind_worker = {
    .sk_name = "test_worker", .sk_handle = worker_handle};

/* Sink: each flow's packets in order, none missing. */
struct order_state {
	uint32_t os_next[FLOWS];
};

static unsigned int wrong[RTE_MAX_LCORE]; /* by lcore */
static uint64_t arrived[RTE_MAX_LCORE];

static void
order_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct order_state *os = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		const struct lwkt_frame *f = rte_pktmbuf_mtod(pkts[i], const struct lwkt_frame *);

		wrong[st->st_lcore] += f->number != os->os_next[f->flow];
		os->os_next[f->flow] = f->number + 1;
	}
	arrived[st->st_lcore] += n;
	lwkt_stage_release(st, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

static const struct lwkt_stage_kind kind_order = {.sk_name = "test_order",
    .sk_state_bytes = sizeof(struct order_state),
    .sk_handle = order_handle};

static struct lwkt_pipeline *
spread(enum lwkt_edge_kind kind, const struct lwkt_distribute_conf *dc)
{
	const struct lwkt_edge_conf ec = {.ec_kind = kind}, none = {0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_flows, 1, NULL, {"d"}},
	    {"d", &lwkt_stage_distribute, 1, dc, {"w0", "w1", "w2"}, {ec, ec, none}},
	    {"w0", &kind_worker, 2, NULL, {"s0", "s1"}, {ec, none}},
	    {"w1", &kind_worker, 3, NULL, {"s0", "s1"}, {ec, ec}},
	    {"w2", &kind_worker, 1, NULL, {"s0", "s1"}, {none, ec}},
	    {"s0", &kind_order, 1, NULL, {NULL}},
	    {"s1", &kind_order, 2, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;

	flows_pool = test_pool("p", POOL);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	return pl;
}

static void
finish(struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	ac = expect_balanced(pl);
	cr_expect_eq(ac.ac_dropped, 0);
	cr_expect_eq(arrived[1] + arrived[2], ac.ac_received);
	cr_expect_eq(wrong[1] + wrong[2], 0, "out of order or missing");
	lwkt_pipeline_destroy(pl);
}

/* With each move so many packets come at least: they flow on meanwhile. */
static void
move_about(enum lwkt_edge_kind kind, unsigned int moves, unsigned int packets)
{
	struct lwkt_pipeline *pl = spread(kind, NULL);
	struct lwkt_stage *d = lwkt_pipeline_find(pl, "d");
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];
	struct lwkt_account ac;
	uint64_t seed = 42, before;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 1000);
	lwkt_pipeline_account(pl, &ac);
	before = ac.ac_received;
	cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
	for (unsigned int i = 0; i < moves; i++) {
		unsigned int b = test_rand(&seed) % LWKT_BUCKETS;
		unsigned int o = (bs[b].bs_output + 1 + test_rand(&seed) % 2) % 3; /* elsewhere */

		cr_assert_eq(lwkt_dispatch_move_bucket(d, b, o), 0);
		cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
		cr_assert_eq(bs[b].bs_output, o);
		if (i % 50 == 0)
			cr_assert_eq(lwkt_pipeline_audit(pl, &ac), 0);
	}
	lwkt_pipeline_account(pl, &ac);
	cr_expect_geq(ac.ac_received - before, (uint64_t)moves * packets,
	    "packets flow on while buckets move: %ju", (uintmax_t)(ac.ac_received - before));
	await_more(pl, 1000);
	finish(pl);
}

LWKT_TEST(distribute, N89_a_thousand_moves_of_vectors_lose_and_reorder_nothing)
{
	move_about(LWKT_EDGE_VECTOR, MOVES, LWKT_STAGE_BURST);
}

LWKT_TEST(distribute, N89_a_thousand_moves_of_packets_lose_and_reorder_nothing)
{
	move_about(LWKT_EDGE_PACKET, MOVES, LWKT_STAGE_BURST);
}

LWKT_TEST_ENV(distribute, N89_moves_through_full_rings, .te_config.cf_ring_size = 2)
{
	move_about(LWKT_EDGE_PACKET, 12, 1); /* each takes half a second */
}

LWKT_TEST(distribute, N84_the_table_says_where_a_bucket_goes)
{
	static struct lwkt_distribute_conf dc = {.dc_nbuckets = LWKT_BUCKETS};
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];
	struct lwkt_stage_stats ss;
	struct lwkt_pipeline *pl;
	uint64_t packets = 0;

	for (unsigned int b = 0; b < LWKT_BUCKETS; b++)
		dc.dc_bucket[b] = 1;
	pl = spread(LWKT_EDGE_AUTO, &dc);
	cr_assert_eq(lwkt_dispatch_move_bucket(lwkt_pipeline_find(pl, "d"), 7, 2), 0,
	    "it does not run: just the table");
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 2000);
	lwkt_pipeline_drain(pl, 20000);
	cr_assert_eq(lwkt_dispatch_buckets(lwkt_pipeline_find(pl, "d"), bs), 0);
	for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
		cr_expect_eq(bs[b].bs_output, b == 7 ? 2 : 1);
		packets += bs[b].bs_packets;
	}
	lwkt_stage_stats(lwkt_pipeline_find(pl, "w0"), &ss);
	cr_expect_eq(ss.ss_in, 0);
	lwkt_stage_stats(lwkt_pipeline_find(pl, "w2"), &ss);
	cr_expect_eq(ss.ss_in, bs[7].bs_packets);
	lwkt_stage_stats(lwkt_pipeline_find(pl, "d"), &ss);
	cr_expect_eq(ss.ss_in, packets);
	finish(pl);
}

LWKT_TEST(distribute, API_a_move_that_makes_no_sense_is_refused)
{
	struct lwkt_pipeline *pl = spread(LWKT_EDGE_AUTO, NULL);
	struct lwkt_stage *d = lwkt_pipeline_find(pl, "d");
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];

	cr_expect_eq(lwkt_dispatch_move_bucket(d, LWKT_BUCKETS, 0), -EINVAL);
	cr_expect_eq(lwkt_dispatch_move_bucket(d, 0, 3), -EINVAL);
	cr_expect_eq(lwkt_dispatch_move_bucket(lwkt_pipeline_find(pl, "w1"), 0, 0), -EINVAL);
	cr_expect_eq(lwkt_dispatch_buckets(lwkt_pipeline_find(pl, "w1"), bs), -EINVAL);
	cr_expect_null(lwkt_balancer_create(lwkt_pipeline_find(pl, "w1"), NULL));
	cr_expect_eq(rte_errno, EINVAL);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	lwkt_pipeline_park(pl);
	cr_expect_eq(lwkt_dispatch_move_bucket(d, 0, 1), -EBUSY);
	lwkt_pipeline_unpark(pl);
	finish(pl);
}

LWKT_TEST(distribute, API_a_table_that_makes_no_sense_is_refused)
{
	static struct lwkt_distribute_conf few = {.dc_nbuckets = 3},
	                                   high = {.dc_nbuckets = LWKT_BUCKETS, .dc_bucket = {1}};
	const struct {
		const struct lwkt_distribute_conf *conf;
		const char *line;
	} cases[] = {
	    {&few, "stage d: buckets: 3 outputs; write one for each of 256, or leave it out"},
	    {&high, "stage d: buckets: no output 1; write at most 0"},
	};

	flows_pool = test_pool("p", POOL);
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		const struct lwkt_stage_row rows[] = {
		    {"a", &kind_flows, 1, NULL, {"d"}},
		    {"d", &lwkt_stage_distribute, 1, cases[i].conf, {"s0"}},
		    {"s0", &kind_order, 1, NULL, {NULL}},
		};

		test_log_begin();
		cr_expect_null(lwkt_pipeline_create("p", rows, RTE_DIM(rows)));
		cr_expect_not_null(strstr(test_log_end(), cases[i].line), "%s", cases[i].line);
	}
}

/*
 * Loads by counting: with this set a packet is a cycle of its worker's CPU, and CPUs have as many
 * cycles as the distributor has packets. So what the balancer sees does not depend on who else
 * wants the machine's processors. (meson.build wraps the call.)
 */
static bool counted_loads;

void __real_lwkt_loop_stats(
    const struct lwkt_pipeline *pl, unsigned int i, struct lwkt_loop_stats *stats);
void __wrap_lwkt_loop_stats(
    const struct lwkt_pipeline *pl, unsigned int i, struct lwkt_loop_stats *stats);

void
__wrap_lwkt_loop_stats(
    const struct lwkt_pipeline *pl, unsigned int i, struct lwkt_loop_stats *stats)
{
	__real_lwkt_loop_stats(pl, i, stats);
	if (!counted_loads)
		return;
	stats->ls_busy_cyc = 0;
	for (unsigned int k = 0; k < lwkt_pipeline_nstages(pl); k++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, k);
		struct lwkt_stage_stats ss;

		lwkt_stage_stats(st, &ss);
		if (st->st_kind == &kind_worker && st->st_lcore == stats->ls_lcore)
			stats->ls_busy_cyc = ss.ss_in;
		if (st->st_kind == &lwkt_stage_distribute)
			stats->ls_total_cyc = ss.ss_in + 1;
	}
}

/* Packets of each output's buckets since *before, which becomes now. */
static void
packets_since(struct lwkt_stage *d, struct lwkt_bucket_stats *before, uint64_t *packets)
{
	struct lwkt_bucket_stats now[LWKT_BUCKETS];

	cr_assert_eq(lwkt_dispatch_buckets(d, now), 0);
	memset(packets, 0, 3 * sizeof(packets[0]));
	for (unsigned int b = 0; b < LWKT_BUCKETS; b++)
		packets[now[b].bs_output] += now[b].bs_packets - before[b].bs_packets;
	memcpy(before, now, sizeof(now));
}

/* All flows on one of three CPUs; the balancer brings them to balance, and leaves them there. */
LWKT_TEST(distribute, N89_the_balancer_brings_a_skew_to_balance)
{
	const struct lwkt_balance_conf bc = {.bc_interval_ms = 1, .bc_threshold = 10};
	static struct lwkt_distribute_conf dc = {.dc_nbuckets = LWKT_BUCKETS}; /* all to w0 */
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];
	unsigned int still = 0, steps;
	struct lwkt_balancer *ba;
	struct lwkt_pipeline *pl;
	struct lwkt_stage *d;
	uint64_t packets[3];

	counted_loads = true;
	pl = spread(LWKT_EDGE_AUTO, &dc);
	d = lwkt_pipeline_find(pl, "d");
	ba = lwkt_balancer_create(d, &bc);
	cr_assert_not_null(ba);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 4000);
	cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
	await_more(pl, 4000);
	packets_since(d, bs, packets);
	cr_expect_eq(packets[1] + packets[2], 0, "a skew to begin with");
	/* Until it has had nothing to do ten times in a row, with new packets to look at. */
	for (steps = 0; steps < 300 && still < 10; steps++) {
		int moved = lwkt_balancer_step(ba);

		cr_assert_geq(moved, 0);
		still = moved == 0 ? still + 1 : 0;
		await_more(pl, 4000);
		usleep(1000);
	}
	cr_expect_lt(steps, 300, "it comes to rest");
	cr_assert_eq(lwkt_dispatch_buckets(d, bs), 0);
	await_more(pl, 30000);
	packets_since(d, bs, packets);
	for (unsigned int o = 0; o < 3; o++) { /* a third each, more or less the threshold */
		uint64_t percent = packets[o] * 100 / (packets[0] + packets[1] + packets[2]);

		cr_expect(percent >= 20 && percent <= 47, "%u: %ju %%", o, (uintmax_t)percent);
	}
	lwkt_balancer_destroy(ba);
	finish(pl);
}

static void
set_stuck(bool stuck)
{
	__atomic_store_n(&worker_stuck, stuck, __ATOMIC_RELAXED);
}

/* Step until so many buckets have moved in all. */
static void
step_until(struct lwkt_balancer *ba, uint64_t moves)
{
	for (unsigned int i = 0; i < 5000 && lwkt_balancer_moves(ba) < moves; i++) {
		cr_assert_geq(lwkt_balancer_step(ba), 0);
		usleep(1000);
	}
	cr_assert_geq(lwkt_balancer_moves(ba), moves);
}

/*
 * A worker stands still, and a bucket that leaves it with it. Who steps the balancer does not: each
 * step ends soon, after a second it is said who is waited for, and then the moves go on.
 */
LWKT_TEST(distribute, P104_a_step_of_the_balancer_does_not_wait_for_a_stuck_cpu)
{
	const struct lwkt_balance_conf bc = {
	    .bc_interval_ms = 1, .bc_threshold = 5, .bc_moves = 64};
	static struct lwkt_distribute_conf dc = {.dc_nbuckets = LWKT_BUCKETS}; /* all to w0 */
	struct lwkt_balancer *ba;
	struct lwkt_pipeline *pl;
	struct lwkt_stage *d;
	uint64_t begin, counters[LWKT_STAGE_COUNTERS];
	const char *log;

	counted_loads = true;
	pl = spread(LWKT_EDGE_AUTO, &dc);
	d = lwkt_pipeline_find(pl, "d");
	ba = lwkt_balancer_create(d, &bc);
	cr_assert_not_null(ba);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_more(pl, 4000);
	cr_expect_eq(lwkt_balancer_step(ba), 0);
	await_more(pl, 4000);
	set_stuck(true);
	usleep(50000); /* until it has packets */
	test_log_begin();
	begin = rte_get_timer_cycles();
	for (unsigned int i = 0; i < 100; i++) {
		cr_expect_eq(lwkt_balancer_step(ba), 0);
		usleep(15000);
	}
	cr_expect_lt(rte_get_timer_cycles() - begin, 20 * rte_get_timer_hz());
	cr_expect_eq(lwkt_dispatch_move_bucket(d, 200, 2), -EBUSY);
	log = test_log_end();
	cr_expect_not_null(
	    strstr(log, "lwkt_balancer_step: CPU 0 has waited 1 s for bucket "), "%s", log);
	cr_expect_eq(lwkt_balancer_moves(ba), 0);
	set_stuck(false);
	step_until(ba, 10);
	cr_expect_eq(lwkt_stage_counters(d, counters), 1);
	cr_expect_geq(counters[0] + 1, lwkt_balancer_moves(ba), "the last may not be counted yet");
	lwkt_balancer_destroy(ba);
	finish(pl);
	counted_loads = false;
}

/* It is being moved when all ends: a stop waits for the fence, and nobody's memory is left there. */
LWKT_TEST(distribute, N89_a_stop_while_a_bucket_moves)
{
	const struct lwkt_balance_conf bc = {
	    .bc_interval_ms = 1, .bc_threshold = 5, .bc_moves = 64};
	static struct lwkt_distribute_conf dc = {.dc_nbuckets = LWKT_BUCKETS}; /* all to w0 */
	struct lwkt_balancer *ba;
	struct lwkt_pipeline *pl;

	counted_loads = true;
	worker_cost_us = 20;
	pl = spread(LWKT_EDGE_AUTO, &dc);
	ba = lwkt_balancer_create(lwkt_pipeline_find(pl, "d"), &bc);
	cr_assert_not_null(ba);
	for (unsigned int run = 0; run < 5; run++) {
		cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
		for (unsigned int i = 0; i < 3 + run; i++) {
			await_more(pl, 2000);
			cr_expect_geq(lwkt_balancer_step(ba), 0);
		}
		cr_assert_eq(lwkt_pipeline_stop(pl), 0);
		expect_audited(pl);
	}
	lwkt_balancer_destroy(ba);
	lwkt_pipeline_destroy(pl);
	counted_loads = false;
}
