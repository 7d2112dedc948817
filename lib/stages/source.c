/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * source: makes numbered UDP packets of many flows, for tests and measurements.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include <lwkt_clock.h>

#include "stages_pvt.h"

#define RATE_SHIFT   8           /* fraction bits of a cycle */
#define CATCH_UP     32          /* bursts that it may be behind its rate */
#define FIRST_ADDR   0x0a000000u /* 10.0.0.0 */
#define TO_ADDR      0xc6120001u /* 198.18.0.1, of the range for benchmarks */
#define PORT_DISCARD 9
#define FIRST_PORT   1024
#define PORTS        64000
#define FLOW_ID_MAX  0xffffff /* they are in an address of 10.0.0.0/8 */

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	struct lwkt_probe probe;
} __attribute__((packed, aligned(2)));

_Static_assert(offsetof(struct headers, probe) == LWKT_PROBE_OFFSET, "where check looks");

struct source_state {
	struct lwkt_source_stats so_stats; /* first */
	struct rte_mempool *so_pool;
	uint64_t so_left; /* packets that it may still make */
	uint64_t so_round;
	uint32_t so_flow; /* whose turn it is */
	uint32_t so_flows, so_first_flow;
	uint32_t so_burst;
	uint16_t so_size, so_port;
	uint64_t so_cost, so_saved; /* cycles << RATE_SHIFT: of a packet; not used yet */
	uint64_t so_last;           /* TSC */
	struct headers so_headers;
};

static void
make_headers(struct headers *h, const struct lwkt_source_conf *oc, uint16_t size)
{
	static const struct rte_ether_addr src = {{0x02, 0, 0, 0, 0, 1}};
	static const struct rte_ether_addr dst = {{0x02, 0, 0, 0, 0, 2}};

	h->eth.src_addr = rte_is_zero_ether_addr(&oc->oc_src_mac) ? src : oc->oc_src_mac;
	h->eth.dst_addr = rte_is_zero_ether_addr(&oc->oc_dst_mac) ? dst : oc->oc_dst_mac;
	h->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.total_length = rte_cpu_to_be_16((uint16_t)(size - sizeof(h->eth)));
	h->ip.time_to_live = 64;
	h->ip.next_proto_id = IPPROTO_UDP;
	h->ip.dst_addr = rte_cpu_to_be_32(TO_ADDR);
	h->udp.dst_port = RTE_BE16(PORT_DISCARD);
	h->udp.dgram_len = rte_cpu_to_be_16((uint16_t)(size - sizeof(h->eth) - sizeof(h->ip)));
	h->probe.pr_magic = LWKT_PROBE_MAGIC;
}

static int
source_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_source_conf *oc = conf;
	int room =
	    oc != NULL ? lwkt_stage_view_pool(view, oc->oc_pool, oc->oc_pool_name, why, bytes) : 0;

	if (room < 0)
		return room;
	if (room == 0)
		snprintf(why, bytes, "pool: a source needs one; write its name");
	else if (oc->oc_size > room || room < LWKT_SOURCE_SIZE)
		snprintf(why, bytes,
		    "size: packets of %u bytes; write %u to %d, as its pool has room", oc->oc_size,
		    LWKT_SOURCE_SIZE, room);
	else if (oc->oc_flows > FLOW_ID_MAX + 1 - oc->oc_first_flow)
		snprintf(why, bytes, "flows: %u from %u on; flows have numbers up to %u",
		    oc->oc_flows, oc->oc_first_flow, FLOW_ID_MAX);
	else
		return 0;
	return -EINVAL;
}

static int
source_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_source_conf *oc = conf;
	struct source_state *so = st->st_state;
	int rc = stage_pool(st, oc->oc_pool, oc->oc_pool_name, &so->so_pool);

	if (rc < 0)
		return rc;
	so->so_left = oc->oc_count != 0 ? oc->oc_count : UINT64_MAX;
	so->so_burst = oc->oc_burst != 0 ? oc->oc_burst : LWKT_STAGE_BURST;
	so->so_size = oc->oc_size != 0 ? oc->oc_size : LWKT_SOURCE_SIZE;
	so->so_flows = oc->oc_flows != 0 ? oc->oc_flows : 1;
	so->so_first_flow = oc->oc_first_flow;
	so->so_port = oc->oc_port;
	if (oc->oc_rate > 0)
		so->so_cost = RTE_MAX((rte_get_tsc_hz() << RATE_SHIFT) / oc->oc_rate, UINT64_C(1));
	make_headers(&so->so_headers, oc, so->so_size);
	return 0;
}

/* How many packets the rate allows now, at most a burst. */
static inline unsigned int
due(struct source_state *so)
{
	uint64_t now, most = so->so_burst * CATCH_UP * so->so_cost;

	if (so->so_cost == 0)
		return so->so_burst;
	now = lwkt_clock();
	if (so->so_last != 0)
		so->so_saved = RTE_MIN(so->so_saved + ((now - so->so_last) << RATE_SHIFT), most);
	so->so_last = now;
	return (unsigned int)RTE_MIN(so->so_saved / so->so_cost, (uint64_t)so->so_burst);
}

/*
 * A flow's port must not count together with its address: where both just add up, as they do in RSS
 * with the repeated key, the flows would have one hash.
 */
static inline uint16_t
port_of(uint32_t flow)
{
	uint32_t mixed = (flow ^ flow >> 16) * 0x7feb352du;

	mixed = (mixed ^ mixed >> 15) * 0x846ca68bu;
	return (uint16_t)(FIRST_PORT + (mixed ^ mixed >> 16) % PORTS);
}

static inline void
write_packet(struct source_state *so, struct rte_mbuf *m)
{
	struct headers *h = rte_pktmbuf_mtod(m, struct headers *);
	uint32_t flow = so->so_first_flow + so->so_flow;

	memcpy(h, &so->so_headers, sizeof(*h));
	memset(h + 1, 0, so->so_size - sizeof(*h));
	h->ip.src_addr = rte_cpu_to_be_32(FIRST_ADDR + flow);
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
	h->udp.src_port = rte_cpu_to_be_16(port_of(flow));
	h->probe.pr_flow = flow;
	h->probe.pr_number = so->so_round;
	m->data_len = so->so_size;
	m->pkt_len = so->so_size;
	m->port = so->so_port;
	if (++so->so_flow == so->so_flows) {
		so->so_flow = 0;
		so->so_round++;
	}
}

static unsigned int
source_poll(struct lwkt_stage *st)
{
	struct source_state *so = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = (unsigned int)RTE_MIN((uint64_t)due(so), so->so_left);

	n = RTE_MIN(n, st->st_burst);
	if (n == 0)
		return 0;
	if (unlikely(rte_pktmbuf_alloc_bulk(so->so_pool, pkts, n) != 0)) {
		stage_add(&so->so_stats.os_no_mbufs, 1);
		return 0;
	}
	for (unsigned int i = 0; i < n; i++)
		write_packet(so, pkts[i]);
	so->so_left -= n;
	so->so_saved -= n * so->so_cost;
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

int
lwkt_source_stats(const struct lwkt_stage *st, struct lwkt_source_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_source, stats, sizeof(*stats));
}

static const struct lwkt_param source_params[] = {
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_pool_name),
        .pa_required = true,
        .pa_help = "name of the pool of its packets"},
    {.pa_name = "count",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_count),
        .pa_max = UINT64_MAX,
        .pa_help = "packets in all; 0: endless"},
    {.pa_name = "burst",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_burst),
        .pa_min = 1,
        .pa_max = LWKT_STAGE_BURST,
        .pa_default = LWKT_STAGE_BURST,
        .pa_help = "packets at a time"},
    {.pa_name = "size",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_size),
        .pa_min = LWKT_SOURCE_SIZE,
        .pa_max = UINT16_MAX,
        .pa_default = LWKT_SOURCE_SIZE,
        .pa_help = "bytes of a packet, without checksum"},
    {.pa_name = "flows",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_flows),
        .pa_min = 1,
        .pa_max = FLOW_ID_MAX + 1,
        .pa_default = 1,
        .pa_help = "flows, in turn"},
    {.pa_name = "first_flow",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_first_flow),
        .pa_max = FLOW_ID_MAX,
        .pa_help = "number of the first flow"},
    {.pa_name = "rate",
        .pa_type = LWKT_PARAM_UINT,
        .pa_unit = LWKT_UNIT_PPS,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_rate),
        .pa_max = 1000000000,
        .pa_help = "packets/s; 0: as fast as credits let"},
    {.pa_name = "port",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_port),
        .pa_max = RTE_MBUF_PORT_INVALID,
        .pa_help = "DPDK port id that the packets claim to come from"},
    {.pa_name = "src_mac",
        .pa_type = LWKT_PARAM_MAC,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_src_mac),
        .pa_help = "source address"},
    {.pa_name = "dst_mac",
        .pa_type = LWKT_PARAM_MAC,
        LWKT_PARAM_FIELD(struct lwkt_source_conf, oc_dst_mac),
        .pa_help = "destination address"},
    {.pa_name = NULL},
};

/* As struct lwkt_source_stats. */
static const char *const source_counters[] = {"no_mbufs", NULL};

static_assert(RTE_DIM(source_counters) - 1 == sizeof(struct lwkt_source_stats) / sizeof(uint64_t),
    "a name each");

const struct lwkt_stage_kind lwkt_stage_source = {
    .sk_name = "source",
    .sk_state_bytes = sizeof(struct source_state),
    .sk_check = source_check,
    .sk_init = source_init,
    .sk_poll = source_poll,
    .sk_counter_names = source_counters,
    .sk_params = source_params,
    .sk_conf_bytes = sizeof(struct lwkt_source_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
