/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gro: TCP segments that follow each other in a burst become one packet.
 *
 * librte_gro puts them together. It returns first what it knows how to treat and then the others,
 * which would change their order; so only runs of what it treats are given to it. It asks nobody
 * about checksums, so those are looked at before, and made anew afterwards.
 */
#include <rte_branch_prediction.h>
#include <rte_gro.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "l4_pvt.h"
#include "stages_pvt.h"

/* May it become part of another one? Then its lengths are where the library wants them. */
static bool
gro_look(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip;
	const struct rte_tcp_hdr *tcp;
	uint32_t header;
	struct l4 l4;

	if (!l4_look(m, &l4) || !l4.l4_tcp || !l4.l4_ipv4)
		return false;
	ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, l4.l4_ip_at);
	tcp = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, l4.l4_at);
	header = (tcp->data_off >> 4) * 4u;
	if (tcp->tcp_flags != RTE_TCP_ACK_FLAG || header < sizeof(*tcp) || l4.l4_bytes <= header ||
	    rte_pktmbuf_data_len(m) < l4.l4_at + header ||
	    rte_pktmbuf_pkt_len(m) != l4.l4_at + l4.l4_bytes || rte_ipv4_cksum(ip) != 0 ||
	    !l4_is_right(m, &l4))
		return false;
	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP;
	m->tx_offload = 0;
	m->l2_len = l4.l4_ip_at & 0x7f;
	m->l3_len = (l4.l4_at - l4.l4_ip_at) & 0x1ff;
	m->l4_len = header & 0xff;
	return true;
}

/* A run of them. @return how many packets it is now. */
static unsigned int
gro_join(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct rte_gro_param param = {.gro_types = RTE_GRO_TCP_IPV4,
	    .max_flow_num = LWKT_GRO_MOST,
	    .max_item_per_flow = LWKT_GRO_MOST};
	unsigned int left;

	if (n < 2)
		return n;
	lwkt_stage_release(st, pkts, n);
	left = rte_gro_reassemble_burst(pkts, (uint16_t)n, &param);
	lwkt_stage_resume(st, pkts, left);
	if (left == n)
		return n;
	lwkt_stage_merged(st, n - left);
	for (unsigned int i = 0; i < left; i++)
		if (pkts[i]->nb_segs > 1)
			l4_renew(pkts[i]);
	return left;
}

static void
gro_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int i = 0, run, left, out = 0;

	while (i < n) {
		for (run = 0; i + run < n && run < LWKT_GRO_MOST && gro_look(pkts[i + run]); run++)
			;
		if (run == 0) {
			pkts[out++] = pkts[i++];
			continue;
		}
		left = gro_join(st, pkts + i, run);
		for (unsigned int k = 0; k < left; k++)
			pkts[out++] = pkts[i + k];
		i += run;
	}
	lwkt_stage_emit(st, 0, pkts, out);
}

const struct lwkt_stage_kind lwkt_stage_gro = {
    .sk_name = "gro",
    .sk_handle = gro_handle,
    .sk_mbufs = LWKT_GRO_MOST,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
