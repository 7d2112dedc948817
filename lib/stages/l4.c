/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_ip.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "l4_pvt.h"

#define L4_ALL (RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK)

static uint16_t
l4_look_ipv4(const struct rte_ipv4_hdr *ip, uint32_t l3_len, struct l4 *l4)
{
	uint32_t total = rte_be_to_cpu_16(ip->total_length);

	l4->l4_bytes = total > l3_len ? total - l3_len : 0;
	return rte_ipv4_phdr_cksum(ip, 0);
}

/* Extension headers do not count, and the protocol is that behind them. */
static uint16_t
l4_look_ipv6(const char *header, uint32_t l3_len, struct l4 *l4)
{
	struct rte_ipv6_hdr ip;
	uint32_t total;

	memcpy(&ip, header, sizeof(ip));
	total = (uint32_t)sizeof(ip) + rte_be_to_cpu_16(ip.payload_len);
	l4->l4_bytes = total > l3_len ? total - l3_len : 0;
	ip.payload_len = rte_cpu_to_be_16((uint16_t)l4->l4_bytes);
	ip.proto = l4->l4_tcp ? IPPROTO_TCP : IPPROTO_UDP;
	return rte_ipv6_phdr_cksum(&ip, 0);
}

bool
l4_look(struct rte_mbuf *m, struct l4 *l4)
{
	struct rte_net_hdr_lens lens;
	uint32_t ptype = rte_net_get_ptype(m, &lens, L4_ALL);
	uint32_t l4_type = ptype & RTE_PTYPE_L4_MASK, header;

	*l4 = (struct l4){0};
	l4->l4_tcp = l4_type == RTE_PTYPE_L4_TCP;
	l4->l4_ipv4 = RTE_ETH_IS_IPV4_HDR(ptype);
	l4->l4_ip_at = lens.l2_len;
	l4->l4_at = lens.l2_len + lens.l3_len;
	header = l4->l4_tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr);
	if ((!l4->l4_tcp && l4_type != RTE_PTYPE_L4_UDP) ||
	    rte_pktmbuf_data_len(m) < l4->l4_at + header)
		return false;
	l4->l4_pseudo =
	    l4->l4_ipv4
	        ? l4_look_ipv4(rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, lens.l2_len),
	              lens.l3_len, l4)
	        : l4_look_ipv6(
	              rte_pktmbuf_mtod_offset(m, const char *, lens.l2_len), lens.l3_len, l4);
	l4->l4_cksum = rte_pktmbuf_mtod_offset(m, unaligned_uint16_t *,
	    l4->l4_at + (l4->l4_tcp ? offsetof(struct rte_tcp_hdr, cksum)
	                            : offsetof(struct rte_udp_hdr, dgram_cksum)));
	return l4->l4_bytes >= header;
}

bool
l4_complete(struct rte_mbuf *m, const struct l4 *l4)
{
	uint16_t sum;

	if (l4->l4_at + l4->l4_bytes > rte_pktmbuf_pkt_len(m) ||
	    rte_raw_cksum_mbuf(m, l4->l4_at, l4->l4_bytes, &sum) < 0)
		return false;
	sum = (uint16_t)~sum;
	*l4->l4_cksum = sum == 0 && !l4->l4_tcp ? 0xffff : sum;
	return true;
}

bool
l4_is_right(const struct rte_mbuf *m, const struct l4 *l4)
{
	uint32_t sum;
	uint16_t raw;

	if (*l4->l4_cksum == 0 && !l4->l4_tcp) /* UDP over IPv4 may do without */
		return l4->l4_ipv4;
	if (l4->l4_at + l4->l4_bytes > rte_pktmbuf_pkt_len(m) ||
	    rte_raw_cksum_mbuf(m, l4->l4_at, l4->l4_bytes, &raw) < 0)
		return false;
	sum = (uint32_t)raw + l4->l4_pseudo;
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

void
l4_renew(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip;
	struct l4 l4;

	if (!l4_look(m, &l4))
		return;
	*l4.l4_cksum = l4.l4_pseudo;
	l4_complete(m, &l4);
	if (!l4.l4_ipv4)
		return;
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l4.l4_ip_at);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}
