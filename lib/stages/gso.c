/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gso: TCP packets that are longer than an MTU are cut into segments, as a device would that can.
 *
 * librte_gso does it, for IPv4 packets that are whole and right. What the kernel hands over is none
 * of that: its checksum is unfinished, IP says no length, a slot may have cut it, and it may be
 * IPv6. So ethdev_rx has kernel_segment() for it.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_gso.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "l4_pvt.h"
#include "stages_pvt.h"

enum { DROP_BAD_CHECKSUM, DROP_NO_MBUF };

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
gso_cut(const struct stage_mtu *sm, struct rte_mbuf *m, struct rte_mbuf **parts)
{
	struct rte_mempool *pool = sm->sm_pool != NULL ? sm->sm_pool : m->pool;
	const struct rte_gso_ctx ctx = {.direct_pool = pool,
	    .indirect_pool = pool,
	    .gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
	    .gso_size = (uint16_t)RTE_MIN(sm->sm_mtu + m->l2_len, UINT16_MAX)};
	uint64_t flags = m->ol_flags;
	int n;

	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	n = rte_gso_segment(m, &ctx, parts, STAGE_PARTS);
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
	struct rte_mbuf *parts[STAGE_PARTS];
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

static void
gso_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	stage_cut(st, pkts, n, gso_long);
}

static const char *const gso_drops[] = {
    [DROP_BAD_CHECKSUM] = "bad_checksum", [DROP_NO_MBUF] = "no_mbuf", NULL};

const struct lwkt_stage_kind lwkt_stage_gso = {
    .sk_name = "gso",
    .sk_state_bytes = sizeof(struct stage_mtu),
    .sk_check = stage_mtu_check,
    .sk_init = stage_mtu_init,
    .sk_handle = gso_handle,
    .sk_drop_names = gso_drops,
    .sk_params = stage_mtu_params,
    .sk_conf_bytes = sizeof(struct lwkt_mtu_conf),
    .sk_mbufs = 3, /* its headers, a piece of data, and the packet whose data that is */
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
