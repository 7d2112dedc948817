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

#define L2_MOST 32

enum { DROP_DONT_FRAGMENT, DROP_NO_MBUF, DROP_BAD };

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
	const struct stage_mtu *sm = st->st_state;
	struct rte_mempool *pool = sm->sm_pool != NULL ? sm->sm_pool : m->pool;
	struct rte_mbuf *parts[STAGE_PARTS];
	uint8_t l2[L2_MOST];
	uint16_t port = m->port;
	int n;

	memcpy(l2, rte_pktmbuf_mtod(m, const void *), l2_len);
	rte_pktmbuf_adj(m, l2_len);
	n = ipv4
	        ? rte_ipv4_fragment_packet(m, parts, STAGE_PARTS, (uint16_t)sm->sm_mtu, pool, pool)
	        : rte_ipv6_fragment_packet(m, parts, STAGE_PARTS, (uint16_t)sm->sm_mtu, pool, pool);
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
	const struct stage_mtu *sm = st->st_state;
	const struct rte_ipv4_hdr *ip;
	struct rte_net_hdr_lens lens;
	uint32_t ptype = rte_net_get_ptype(m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK);
	bool ipv4 = RTE_ETH_IS_IPV4_HDR(ptype);
	int rc;

	if ((!ipv4 && !RTE_ETH_IS_IPV6_HDR(ptype)) || lens.l2_len > L2_MOST ||
	    rte_pktmbuf_pkt_len(m) - lens.l2_len <= sm->sm_mtu)
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

static void
ipfrag_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	stage_cut(st, pkts, n, ipfrag_long);
}

static const char *const ipfrag_drops[] = {
    [DROP_DONT_FRAGMENT] = "dont_fragment", [DROP_NO_MBUF] = "no_mbuf", [DROP_BAD] = "bad", NULL};

const struct lwkt_stage_kind lwkt_stage_ipfrag = {
    .sk_name = "ipfrag",
    .sk_state_bytes = sizeof(struct stage_mtu),
    .sk_check = stage_mtu_check,
    .sk_init = stage_mtu_init,
    .sk_handle = ipfrag_handle,
    .sk_drop_names = ipfrag_drops,
    .sk_params = stage_mtu_params,
    .sk_conf_bytes = sizeof(struct lwkt_mtu_conf),
    .sk_mbufs = 3, /* its headers, a piece of data, and the packet whose data that is */
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
