/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ipfrag: IP packets that are longer than an MTU are cut into fragments.
 *
 * librte_ip_frag cuts what begins with IP, so Ethernet's header and the tags are put in front of
 * each fragment here.
 */
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_ip_frag.h>
#include <rte_net.h>

#include "stages_pvt.h"

/* Of the longest packet with the smallest MTU. */
#define PARTS_MOST (UINT16_MAX / (LWKT_MTU_MIN - 128) + 1)
#define L2_MOST    32

enum { DROP_DONT_FRAGMENT, DROP_NO_MBUF, DROP_BAD };

struct ipfrag_state {
	struct rte_mempool *if_pool; /* NULL: each packet's own */
	uint32_t if_mtu;
};

static int
ipfrag_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_ipfrag_conf *pc = conf;
	int rc =
	    pc != NULL ? lwkt_stage_view_pool(view, pc->pc_pool, pc->pc_pool_name, why, bytes) : 0;

	return RTE_MIN(rc, 0);
}

static int
ipfrag_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_ipfrag_conf defaults;
	const struct lwkt_ipfrag_conf *pc = conf != NULL ? conf : &defaults;
	struct ipfrag_state *in = st->st_state;

	in->if_mtu = pc->pc_mtu != 0 ? pc->pc_mtu : LWKT_MTU;
	return stage_pool(st, pc->pc_pool, pc->pc_pool_name, &in->if_pool);
}

/* What is in front of IP, and the checksum, which the library leaves to devices. */
static void
ipfrag_finish(struct rte_mbuf *part, const void *l2, uint16_t l2_len, bool ipv4)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(part, struct rte_ipv4_hdr *);

	if (ipv4) {
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
	}
	part->ol_flags &= ~RTE_MBUF_F_TX_IP_CKSUM;
	memcpy(rte_pktmbuf_prepend(part, l2_len), l2, l2_len);
}

static unsigned int
ipfrag_reason(int error)
{
	return error == -ENOMEM ? DROP_NO_MBUF : DROP_BAD;
}

/* @return 0, or a negative errno and m is as it was. */
static int
ipfrag_cut(struct lwkt_stage *st, struct rte_mbuf *m, uint16_t l2_len, bool ipv4)
{
	const struct ipfrag_state *in = st->st_state;
	struct rte_mempool *pool = in->if_pool != NULL ? in->if_pool : m->pool;
	struct rte_mbuf *parts[PARTS_MOST];
	uint8_t l2[L2_MOST];
	uint16_t port = m->port;
	int n;

	memcpy(l2, rte_pktmbuf_mtod(m, const void *), l2_len);
	rte_pktmbuf_adj(m, l2_len);
	n = ipv4 ? rte_ipv4_fragment_packet(m, parts, PARTS_MOST, (uint16_t)in->if_mtu, pool, pool)
	         : rte_ipv6_fragment_packet(m, parts, PARTS_MOST, (uint16_t)in->if_mtu, pool, pool);
	if (unlikely(n <= 0)) {
		rte_pktmbuf_prepend(m, l2_len);
		return n < 0 ? n : -EINVAL;
	}
	for (int i = 0; i < n; i++) {
		ipfrag_finish(parts[i], l2, l2_len, ipv4);
		parts[i]->port = port;
	}
	stage_emit_parts(st, m, parts, (unsigned int)n);
	return 0;
}

/* A packet that is longer than the MTU, with its headers. @return whether it was IP. */
static __rte_cold bool
ipfrag_long(struct lwkt_stage *st, struct rte_mbuf *m)
{
	const struct ipfrag_state *in = st->st_state;
	const struct rte_ipv4_hdr *ip;
	struct rte_net_hdr_lens lens;
	uint32_t ptype = rte_net_get_ptype(m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK);
	bool ipv4 = RTE_ETH_IS_IPV4_HDR(ptype);
	int rc;

	if ((!ipv4 && !RTE_ETH_IS_IPV6_HDR(ptype)) || lens.l2_len > L2_MOST ||
	    rte_pktmbuf_pkt_len(m) - lens.l2_len <= in->if_mtu)
		return false;
	ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, lens.l2_len);
	if (rte_pktmbuf_data_len(m) < (uint32_t)lens.l2_len + lens.l3_len) {
		lwkt_stage_drop(st, DROP_BAD, &m, 1);
	} else if (ipv4 && (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0) {
		lwkt_stage_drop(st, DROP_DONT_FRAGMENT, &m, 1);
	} else {
		rc = ipfrag_cut(st, m, (uint16_t)lens.l2_len, ipv4);
		if (unlikely(rc < 0))
			lwkt_stage_drop(st, ipfrag_reason(rc), &m, 1);
	}
	return true;
}

/* Packets in front of a long one go before it. */
static void
ipfrag_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct ipfrag_state *in = st->st_state;
	unsigned int first = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (likely(rte_pktmbuf_pkt_len(pkts[i]) <= in->if_mtu + RTE_ETHER_HDR_LEN))
			continue;
		if (i > first)
			lwkt_stage_emit(st, 0, pkts + first, i - first);
		first = ipfrag_long(st, pkts[i]) ? i + 1 : i;
	}
	if (n > first)
		lwkt_stage_emit(st, 0, pkts + first, n - first);
}

static const char *const ipfrag_drops[] = {
    [DROP_DONT_FRAGMENT] = "dont_fragment", [DROP_NO_MBUF] = "no_mbuf", [DROP_BAD] = "bad", NULL};

static const struct lwkt_param ipfrag_params[] = {
    {.pa_name = "mtu",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_ipfrag_conf, pc_mtu),
        .pa_min = LWKT_MTU_MIN,
        .pa_max = UINT16_MAX,
        .pa_default = LWKT_MTU,
        .pa_help = "bytes of an IP packet, headers included"},
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_ipfrag_conf, pc_pool_name),
        .pa_help = "name of the pool of the fragments; none: that of the packet"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_ipfrag = {
    .sk_name = "ipfrag",
    .sk_state_bytes = sizeof(struct ipfrag_state),
    .sk_check = ipfrag_check,
    .sk_init = ipfrag_init,
    .sk_handle = ipfrag_handle,
    .sk_drop_names = ipfrag_drops,
    .sk_params = ipfrag_params,
    .sk_conf_bytes = sizeof(struct lwkt_ipfrag_conf),
    .sk_mbufs = 3, /* its headers, a piece of data, and the packet whose data that is */
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
