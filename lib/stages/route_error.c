/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind route: a packet that goes no further becomes the ICMP error about itself (RFC 792, 4443).
 */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "route_pvt.h"

#define HOPS 65 /* one is taken off as it leaves */
/* Of the packet, at most: what makes an error of 576 bytes, or of the least MTU of IPv6. */
#define QUOTE4 (576 - sizeof(struct error4))
#define QUOTE6 (1280 - sizeof(struct error6))

struct icmp {
	uint8_t ic_type, ic_code;
	unaligned_uint16_t ic_cksum;
	uint8_t ic_unused[4];
} __attribute__((packed));

struct error4 {
	struct rte_ipv4_hdr er_ip;
	struct icmp er_icmp;
} __attribute__((packed));

struct error6 {
	struct rte_ipv6_hdr er_ip;
	struct icmp er_icmp;
} __attribute__((packed));

#define ICMP6 58

/* No error about an error, nor about a later fragment, nor to somebody who is nobody. */
static bool
may_answer4(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint32_t at = RTE_ETHER_HDR_LEN + (uint32_t)(ip->version_ihl & 0xf) * 4;
	uint8_t first = (uint8_t)(rte_be_to_cpu_32(ip->src_addr) >> 24);
	uint8_t type;

	if ((ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0 || first == 0 ||
	    first == 127 || first >= 224)
		return false;
	if (ip->next_proto_id != IPPROTO_ICMP)
		return true;
	if (m->data_len <= at)
		return false;
	type = *rte_pktmbuf_mtod_offset(m, const uint8_t *, at);
	return type == 0 || type == 8 || type >= 13;
}

/* Extension headers are not looked behind: then there is no answer. */
static bool
may_answer6(const struct rte_mbuf *m, const struct rte_ipv6_hdr *ip)
{
	const uint8_t *data = (const uint8_t *)(ip + 1);
	static const uint8_t nobody[16];

	if (memcmp(&ip->src_addr, nobody, 16) == 0 || *(const uint8_t *)&ip->src_addr == 0xff)
		return false;
	if (ip->proto == IPPROTO_TCP || ip->proto == IPPROTO_UDP)
		return true;
	return ip->proto == ICMP6 && data < rte_pktmbuf_mtod(m, const uint8_t *) + m->data_len &&
	       data[0] >= 128;
}

/* Ethernet's header, room, and the first bytes of the packet, in one mbuf. NULL: no headroom. */
static void *
quote(struct rte_mbuf *m, uint16_t room, uint32_t most)
{
	char *data = rte_pktmbuf_prepend(m, room);
	uint32_t bytes;

	if (data == NULL)
		return NULL;
	memmove(data, data + room, RTE_ETHER_HDR_LEN);
	rte_pktmbuf_free(m->next);
	m->next = NULL;
	m->nb_segs = 1;
	bytes = RTE_MIN((uint32_t)m->data_len, RTE_ETHER_HDR_LEN + room + most);
	m->data_len = (uint16_t)bytes;
	m->pkt_len = bytes;
	m->ol_flags = 0;
	m->packet_type = 0;
	return data + RTE_ETHER_HDR_LEN;
}

static bool
error4(struct rte_mbuf *m, const uint8_t *addr, enum route_error what)
{
	const struct rte_ipv4_hdr *ip =
	    rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	rte_be32_t to = ip->src_addr;
	uint32_t most =
	    RTE_MIN(QUOTE4, (size_t)rte_be_to_cpu_16(ip->total_length)); /* no padding */
	struct error4 *er = may_answer4(m, ip) ? quote(m, sizeof(*er), most) : NULL;
	uint16_t bytes;

	if (er == NULL)
		return false;
	bytes = (uint16_t)(m->data_len - RTE_ETHER_HDR_LEN);
	memset(er, 0, sizeof(*er));
	er->er_ip.version_ihl = RTE_IPV4_VHL_DEF;
	er->er_ip.total_length = rte_cpu_to_be_16(bytes);
	er->er_ip.time_to_live = HOPS;
	er->er_ip.next_proto_id = IPPROTO_ICMP;
	memcpy(&er->er_ip.src_addr, addr, sizeof(er->er_ip.src_addr));
	er->er_ip.dst_addr = to;
	er->er_ip.hdr_checksum = rte_ipv4_cksum(&er->er_ip);
	er->er_icmp.ic_type = what == ROUTE_EXPIRED ? 11 : 3;
	er->er_icmp.ic_cksum = (uint16_t)~rte_raw_cksum(&er->er_icmp, bytes - sizeof(er->er_ip));
	return true;
}

static bool
error6(struct rte_mbuf *m, const uint8_t *addr, enum route_error what)
{
	const struct rte_ipv6_hdr *ip =
	    rte_pktmbuf_mtod_offset(m, const struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN);
	uint32_t most = RTE_MIN(QUOTE6, sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len));
	uint8_t to[16];
	struct error6 *er;

	memcpy(to, &ip->src_addr, sizeof(to));
	er = may_answer6(m, ip) ? quote(m, sizeof(*er), most) : NULL;
	if (er == NULL)
		return false;
	memset(er, 0, sizeof(*er));
	er->er_ip.vtc_flow = RTE_BE32(6u << 28);
	er->er_ip.payload_len =
	    rte_cpu_to_be_16((uint16_t)(m->data_len - RTE_ETHER_HDR_LEN - sizeof(er->er_ip)));
	er->er_ip.proto = ICMP6;
	er->er_ip.hop_limits = HOPS;
	memcpy(&er->er_ip.src_addr, addr, sizeof(to));
	memcpy(&er->er_ip.dst_addr, to, sizeof(to));
	er->er_icmp.ic_type = what == ROUTE_EXPIRED ? 3 : 1;
	er->er_icmp.ic_cksum = rte_ipv6_udptcp_cksum(&er->er_ip, &er->er_icmp);
	return true;
}

bool
route_make_error(struct rte_mbuf *m, bool ipv4, const uint8_t *addr, enum route_error what)
{
	return ipv4 ? error4(m, addr, what) : error6(m, addr, what);
}
