/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gso: TCP packets that are longer than an MTU are cut into segments, as a device would that can.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_gso.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "l4_pvt.h"
#include "stages_pvt.h"

/* Of the longest packet with the smallest MTU, whose headers are as long as they can be. */
#define PARTS_MOST (UINT16_MAX / (LWKT_MTU_MIN - 128) + 1)

enum { DROP_BAD_CHECKSUM, DROP_NO_MBUF };

struct gso_state {
	struct rte_mempool *gs_pool; /* NULL: each packet's own */
	uint32_t gs_mtu;
};

static int
gso_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_gso_conf *gc = conf;
	int rc =
	    gc != NULL ? lwkt_stage_view_pool(view, gc->gc_pool, gc->gc_pool_name, why, bytes) : 0;

	return RTE_MIN(rc, 0);
}

static int
gso_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_gso_conf defaults;
	const struct lwkt_gso_conf *gc = conf != NULL ? conf : &defaults;
	struct gso_state *gs = st->st_state;

	gs->gs_mtu = gc->gc_mtu != 0 ? gc->gc_mtu : LWKT_MTU;
	return stage_pool(st, gc->gc_pool, gc->gc_pool_name, &gs->gs_pool);
}

/* Is it TCP over IPv4, all there? Then its lengths are where the library wants them. */
static bool
gso_look(struct rte_mbuf *m, struct l4 *l4)
{
	const struct rte_tcp_hdr *tcp;
	uint32_t header;

	if (!l4_look(m, l4) || !l4->l4_tcp || !l4->l4_ipv4)
		return false;
	tcp = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, l4->l4_at);
	header = (tcp->data_off >> 4) * 4u;
	if (header < sizeof(*tcp) || l4->l4_bytes <= header ||
	    rte_pktmbuf_data_len(m) < l4->l4_at + header ||
	    rte_pktmbuf_pkt_len(m) != l4->l4_at + l4->l4_bytes)
		return false;
	m->tx_offload = 0;
	m->l2_len = l4->l4_ip_at & 0x7f;
	m->l3_len = (l4->l4_at - l4->l4_ip_at) & 0x1ff;
	m->l4_len = header & 0xff;
	return true;
}

/* @return segments, 0: it is short enough; a negative errno, and m is as it was. */
static int
gso_cut(const struct gso_state *gs, struct rte_mbuf *m, struct rte_mbuf **parts)
{
	struct rte_mempool *pool = gs->gs_pool != NULL ? gs->gs_pool : m->pool;
	const struct rte_gso_ctx ctx = {.direct_pool = pool,
	    .indirect_pool = pool,
	    .gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
	    .gso_size = (uint16_t)RTE_MIN(gs->gs_mtu + m->l2_len, UINT16_MAX)};
	uint64_t flags = m->ol_flags;
	int n;

	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	n = rte_gso_segment(m, &ctx, parts, PARTS_MOST);
	m->ol_flags = flags;
	for (int i = 0; i < n; i++) {
		parts[i]->ol_flags &= ~(RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4);
		parts[i]->port = m->port;
		l4_renew(parts[i]);
	}
	return n;
}

/* A packet that is longer than the MTU. @return whether it has gone. */
static __rte_cold bool
gso_long(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct rte_mbuf *parts[PARTS_MOST];
	struct l4 l4;
	int n;

	if (!gso_look(m, &l4))
		return false;
	if (!l4_is_right(m, &l4)) {
		lwkt_stage_drop(st, DROP_BAD_CHECKSUM, &m, 1);
		return true;
	}
	n = gso_cut(st->st_state, m, parts);
	if (n > 0)
		stage_emit_parts(st, m, parts, (unsigned int)n);
	else if (n < 0)
		lwkt_stage_drop(st, DROP_NO_MBUF, &m, 1);
	return n != 0;
}

/* Packets in front of a long one go before it. */
static void
gso_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct gso_state *gs = st->st_state;
	unsigned int first = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (likely(rte_pktmbuf_pkt_len(pkts[i]) <= gs->gs_mtu + RTE_ETHER_HDR_LEN))
			continue;
		if (i > first)
			lwkt_stage_emit(st, 0, pkts + first, i - first);
		first = gso_long(st, pkts[i]) ? i + 1 : i;
	}
	if (n > first)
		lwkt_stage_emit(st, 0, pkts + first, n - first);
}

static const char *const gso_drops[] = {
    [DROP_BAD_CHECKSUM] = "bad_checksum", [DROP_NO_MBUF] = "no_mbuf", NULL};

static const struct lwkt_param gso_params[] = {
    {.pa_name = "mtu",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_gso_conf, gc_mtu),
        .pa_min = LWKT_MTU_MIN,
        .pa_max = UINT16_MAX,
        .pa_default = LWKT_MTU,
        .pa_help = "bytes of an IP packet, headers included"},
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_gso_conf, gc_pool_name),
        .pa_help = "name of the pool of the segments; none: that of the packet"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_gso = {
    .sk_name = "gso",
    .sk_state_bytes = sizeof(struct gso_state),
    .sk_check = gso_check,
    .sk_init = gso_init,
    .sk_handle = gso_handle,
    .sk_drop_names = gso_drops,
    .sk_params = gso_params,
    .sk_conf_bytes = sizeof(struct lwkt_gso_conf),
    .sk_mbufs = 3, /* its headers, a piece of data, and the packet whose data that is */
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
