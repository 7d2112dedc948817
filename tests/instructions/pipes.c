/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a packet costs in a pipeline, to be counted by callgrind (scripts/instructions.sh): one
 * thread plays all CPUs and calls their loops' rounds, a burst of CHUNK packets a round.
 *
 *      pipe-rtc           null device ─ ethdev_rx ─ l2fwd ─ ethdev_tx ─ null device, drivers
 * included pipe-vectors-rx    source ─▶ of a CPU, to another one in vectors ... pipe-vectors-tx ─▶
 * l2fwd ─ sink          ... and there pipe-packets-rx    the same, each packet a message
 *      pipe-packets-tx
 *      hash-mix, hash-toeplitz     the flow hash of UDP packets, by itself
 *      pipe-switch        source ─ l2switch ─ sink, on one CPU
 *      pipe-5-stages      source ─ relay ─ relay ─ relay ─ relay ─ relay ─ sink, on one CPU
 *
 * Source and sink hand the same packets round without a device, so that these count our code alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <valgrind/callgrind.h>

#include <lwkt_ethdev.h>
#include <lwkt_flowhash.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#include "cpu_pvt.h"
#include "stage_pvt.h"

#define CHUNK  32
#define CHUNKS 320
#define WARM   40 /* chunks before those that are counted: symbols, pages, a first poll */
#define BYTES  60
#define RX     1 /* lcores */
#define TX     2

static struct rte_mempool *pool;
static struct rte_mbuf *ready[CHUNK];
static unsigned int nready;

static void
need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "pipes: %s\n", what);
	exit(1);
}

/*
 * Stages
 */

static unsigned int
source_poll(struct lwkt_stage *st)
{
	unsigned int n = nready;

	if (n == 0)
		return 0;
	nready = 0;
	lwkt_stage_brought(st, ready, n);
	lwkt_stage_emit(st, 0, ready, n);
	return n;
}

static void
relay_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_emit(st, 0, pkts, n);
}

static void
sink_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_release(st, pkts, n);
	memcpy(ready + nready, pkts, n * sizeof(pkts[0]));
	nready += n;
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

static const struct lwkt_stage_kind source = {.sk_name = "source_", .sk_poll = source_poll};
static const struct lwkt_stage_kind relay = {.sk_name = "relay_", .sk_handle = relay_handle};
static const struct lwkt_stage_kind sink = {.sk_name = "sink_", .sk_handle = sink_handle};

/*
 * Pipelines
 */

static struct lwkt_pipeline *
make(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows)
{
	struct lwkt_pipeline *pl = lwkt_pipeline_create(name, rows, nrows);

	need(pl != NULL, "a pipeline cannot be made");
	window_begin(pl);
	return pl;
}

static uint16_t
null_device(unsigned int i)
{
	static const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	char name[32];
	uint16_t ethdev;

	snprintf(name, sizeof(name), "net_null%u", i);
	need(rte_eal_hotplug_add("vdev", name, "copy=0,size=60") == 0 &&
	         rte_eth_dev_get_port_by_name(name, &ethdev) == 0 &&
	         lwkt_ethdev_start(ethdev, &params, pool) == 0,
	    "a null device does not start");
	return ethdev;
}

static struct lwkt_pipeline *
make_rtc(void)
{
	const struct lwkt_ethdev_conf rx = {.ec_ethdev = null_device(0)},
	                              tx = {.ec_ethdev = null_device(1)};
	const struct lwkt_l2fwd_conf fwd = {.lc_mac_update = true};
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, RX, &rx, {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, RX, &fwd, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, RX, &tx},
	};

	return make("rtc", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_two(enum lwkt_edge_kind kind)
{
	const struct lwkt_l2fwd_conf fwd = {.lc_mac_update = true};
	const struct lwkt_stage_row rows[] = {
	    {"rx", &source, RX, NULL, {"fwd"}, {{.ec_kind = kind}}},
	    {"fwd", &lwkt_stage_l2fwd, TX, &fwd, {"tx"}},
	    {"tx", &sink, TX, NULL, {NULL}},
	};

	return make("two", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_stages(void)
{
	const struct lwkt_stage_row rows[] = {
	    {"rx", &source, RX, NULL, {"r1"}},
	    {"r1", &relay, RX, NULL, {"r2"}},
	    {"r2", &relay, RX, NULL, {"r3"}},
	    {"r3", &relay, RX, NULL, {"r4"}},
	    {"r4", &relay, RX, NULL, {"r5"}},
	    {"r5", &relay, RX, NULL, {"tx"}},
	    {"tx", &sink, RX, NULL, {NULL}},
	};

	return make("stages", rows, RTE_DIM(rows));
}

/*
 * Counting
 */

static unsigned int
round_of(const struct lwkt_pipeline *pl, unsigned int lcore)
{
	cpu_impersonate(lcore);
	return loop_round(pipeline_loop(pl, lcore));
}

static uint64_t
sent(const struct lwkt_pipeline *pl)
{
	return lwkt_pipeline_find(pl, "tx")->st_stats.ss_sent;
}

/* The rounds of one CPU are counted; the other's, if there is one, come before or after. */
static void
count(const char *step, const struct lwkt_pipeline *pl, unsigned int counted)
{
	uint64_t before = 0, packets;

	for (int i = 0; i < WARM + CHUNKS; i++) {
		if (i == WARM)
			before = sent(pl);
		for (unsigned int lcore = RX; lcore <= TX; lcore++) {
			if (pipeline_loop(pl, lcore) == NULL)
				continue;
			if (i >= WARM && lcore == counted)
				CALLGRIND_TOGGLE_COLLECT;
			round_of(pl, lcore);
			if (i >= WARM && lcore == counted)
				CALLGRIND_TOGGLE_COLLECT;
		}
	}
	packets = sent(pl) - before;
	need(packets >= (uint64_t)CHUNKS * CHUNK, "packets are missing");
	CALLGRIND_DUMP_STATS_AT(step);
	printf("%s %u\n", step, (unsigned int)packets);
}

/* Half of the packets from a host behind each device to the other. */
static struct lwkt_pipeline *
make_switch(void)
{
	static const struct lwkt_l2switch_conf conf = {.wc_ports = {0, 1}, .wc_nports = 2};
	const struct lwkt_stage_row rows[] = {
	    {"source", &source, RX, NULL, {"switch"}},
	    {"switch", &lwkt_stage_l2switch, RX, &conf, {"tx", "tx"}},
	    {"tx", &sink, RX, NULL, {NULL}},
	};

	for (unsigned int i = 0; i < CHUNK; i++) {
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(ready[i], struct rte_ether_hdr *);

		ready[i]->port = i < CHUNK / 2;
		*eth = (struct rte_ether_hdr){.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4)};
		eth->src_addr.addr_bytes[0] = eth->dst_addr.addr_bytes[0] = 2;
		eth->src_addr.addr_bytes[1] = i < CHUNK / 2;
		eth->dst_addr.addr_bytes[1] = i >= CHUNK / 2;
		eth->src_addr.addr_bytes[5] = eth->dst_addr.addr_bytes[5] = i % 8;
	}
	return make("switch", rows, RTE_DIM(rows));
}

static void
destroy(struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	need(ac.ac_held == 0 && ac.ac_dropped == 0, "packets are held, or were dropped");
	cpu_impersonate(0);
	lwkt_pipeline_destroy(pl);
}

/*
 * The flow hash, by itself: a burst of UDP packets whose hash is not known
 */

static void
fill_udp(struct rte_mbuf *m, unsigned int flow)
{
	static const uint8_t head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0,
	    0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 1, 1, 4, 0, 0, 9, 0, 26};
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

	memcpy(memset(data, 0, BYTES), head, sizeof(head));
	data[29] = (uint8_t)flow;
}

static void
count_hash(const char *step, const struct lwkt_flowhash_config *cfg)
{
	struct lwkt_flowhash *fh = lwkt_flowhash_create(cfg, SOCKET_ID_ANY);
	uint8_t reasons[CHUNK];

	need(fh != NULL, "no flow hash");
	for (int i = 0; i < WARM + CHUNKS; i++) {
		for (unsigned int k = 0; k < CHUNK; k++) {
			fill_udp(ready[k], k);
			lwkt_flowhash_forget(fh, ready[k]);
		}
		if (i >= WARM)
			CALLGRIND_TOGGLE_COLLECT;
		need(lwkt_flowhash_burst(fh, ready, CHUNK, reasons) == 0, "malformed");
		if (i >= WARM)
			CALLGRIND_TOGGLE_COLLECT;
	}
	CALLGRIND_DUMP_STATS_AT(step);
	printf("%s %u\n", step, CHUNKS * CHUNK);
	lwkt_flowhash_destroy(fh);
}

int
main(int argc, char **argv)
{
	struct lwkt_pipeline *pl;

	need(rte_eal_init(argc, argv) >= 0, "EAL does not start");
	need(lwkt_init(NULL) == 0 && lwkt_ncpus() == 3, "needs three lcores, 0 to 2");
	pool =
	    lwkt_pktmbuf_pool_create("p", 1023, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	need(pool != NULL, "no pool");
	pl = make_rtc();
	count("pipe-rtc", pl, RX);
	destroy(pl);
	nready = CHUNK;
	need(rte_pktmbuf_alloc_bulk(pool, ready, CHUNK) == 0, "no packets");
	for (unsigned int i = 0; i < CHUNK; i++) {
		need(rte_pktmbuf_append(ready[i], BYTES) != NULL, "no room");
		ready[i]->port = 0;
	}
	pl = make_two(LWKT_EDGE_VECTOR);
	count("pipe-vectors-rx", pl, RX);
	count("pipe-vectors-tx", pl, TX);
	destroy(pl);
	pl = make_two(LWKT_EDGE_PACKET);
	count("pipe-packets-rx", pl, RX);
	count("pipe-packets-tx", pl, TX);
	destroy(pl);
	pl = make_stages();
	count("pipe-5-stages", pl, RX);
	destroy(pl);
	pl = make_switch();
	count("pipe-switch", pl, RX);
	destroy(pl);
	count_hash("hash-mix", &(struct lwkt_flowhash_config){0});
	count_hash(
	    "hash-toeplitz", &(struct lwkt_flowhash_config){.fc_kind = LWKT_FLOWHASH_TOEPLITZ});
	rte_pktmbuf_free_bulk(ready, CHUNK);
	return 0;
}
