/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a packet is hashed.
 *
 * The walk goes inwards, header by header. Each function copies its header (walk_look() checks that
 * it is there), checks the lengths in it, narrows the walk to them, and sets the tuple to what is
 * known so far, so that it is right wherever the walk ends.
 */
#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "flowhash_pvt.h"

#define TCP_FIXED 20 /* bytes of the headers, less options */
#define IP4_FIXED 20
#define IP6_FIXED 40

static inline void
add_ports(struct flowhash_tuple *ft, const void *header)
{
	memcpy(&ft->ft_word[ft->ft_words++], header, sizeof(uint32_t)); /* first in all three */
}

static inline enum lwkt_flowhash_reason
walk_tcp(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_tcp_hdr tcp;
	unsigned int bytes;

	if (unlikely(!walk_look(wk, &tcp, sizeof(tcp))))
		return LWKT_FLOWHASH_L4_SHORT;
	bytes = (tcp.data_off >> 4) * 4u;
	if (unlikely(bytes < TCP_FIXED || bytes > wk->wk_end - wk->wk_at))
		return LWKT_FLOWHASH_L4_SHORT;
	add_ports(ft, &tcp);
	return LWKT_FLOWHASH_OK;
}

static inline enum lwkt_flowhash_reason
walk_udp(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_udp_hdr udp;
	uint16_t bytes;

	if (unlikely(!walk_look(wk, &udp, sizeof(udp))))
		return LWKT_FLOWHASH_L4_SHORT;
	bytes = rte_be_to_cpu_16(udp.dgram_len);
	if (unlikely(bytes < sizeof(udp) || bytes > wk->wk_end - wk->wk_at)) {
		/* A jumbogram's length has no place here; it says 0 (RFC 2675). */
		if (bytes != 0 || wk->wk_end - wk->wk_at <= UINT16_MAX)
			return LWKT_FLOWHASH_L4_SHORT;
	} else {
		wk->wk_end = wk->wk_at + bytes;
	}
	wk->wk_udp_port = rte_be_to_cpu_16(udp.dst_port);
	add_ports(ft, &udp);
	return LWKT_FLOWHASH_OK;
}

static inline enum lwkt_flowhash_reason
walk_sctp(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_sctp_hdr sctp;

	if (unlikely(!walk_look(wk, &sctp, sizeof(sctp))))
		return LWKT_FLOWHASH_L4_SHORT;
	add_ports(ft, &sctp);
	return LWKT_FLOWHASH_OK;
}

static inline enum lwkt_flowhash_reason
walk_l4(struct walk *wk, uint8_t proto, struct flowhash_tuple *ft)
{
	wk->wk_proto = proto;
	switch (proto) {
	case IPPROTO_TCP:
		return walk_tcp(wk, ft);
	case IPPROTO_UDP:
		return walk_udp(wk, ft);
	case IPPROTO_SCTP:
		return walk_sctp(wk, ft);
	default:
		return LWKT_FLOWHASH_OK;
	}
}

static inline enum lwkt_flowhash_reason
walk_ip4(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_ipv4_hdr ip;
	unsigned int header, total;

	if (unlikely(!walk_look(wk, &ip, sizeof(ip))))
		return LWKT_FLOWHASH_IP4_HEADER;
	header = (ip.version_ihl & 15u) * 4;
	if (unlikely(ip.version_ihl >> 4 != 4 || header < IP4_FIXED))
		return LWKT_FLOWHASH_IP4_HEADER;
	total = rte_be_to_cpu_16(ip.total_length);
	if (unlikely(total < header || total > wk->wk_end - wk->wk_at))
		return LWKT_FLOWHASH_IP4_LENGTH;
	wk->wk_end = wk->wk_at + total;
	wk->wk_at += header;
	memcpy(ft->ft_word, &ip.src_addr, 2 * sizeof(ip.src_addr));
	ft->ft_words = 2;
	if (unlikely(ip.fragment_offset &
	             rte_cpu_to_be_16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)))
		return LWKT_FLOWHASH_OK;
	return walk_l4(wk, ip.next_proto_id, ft);
}

static inline bool
is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_AH || proto == IPPROTO_FRAGMENT;
}

/* All begin with the next one's type and their length, in units of their own. */
static enum lwkt_flowhash_reason
walk_extensions(struct walk *wk, uint8_t proto, struct flowhash_tuple *ft)
{
	uint8_t ext[8]; /* none is shorter */
	uint32_t bytes;

	for (unsigned int i = 0; is_extension(proto); i++) {
		if (i == LWKT_FLOWHASH_EXTS)
			return LWKT_FLOWHASH_OK;
		if (!walk_look(wk, ext, sizeof(ext)))
			return LWKT_FLOWHASH_IP6_EXT;
		if (proto == IPPROTO_FRAGMENT)
			return LWKT_FLOWHASH_OK;
		bytes = proto == IPPROTO_AH ? (ext[1] + 2u) * 4 : (ext[1] + 1u) * 8;
		if (bytes > wk->wk_end - wk->wk_at)
			return LWKT_FLOWHASH_IP6_EXT;
		wk->wk_at += bytes;
		proto = ext[0];
	}
	return walk_l4(wk, proto, ft);
}

static inline enum lwkt_flowhash_reason
walk_ip6(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_ipv6_hdr ip;
	uint32_t payload, left;

	if (unlikely(!walk_look(wk, &ip, sizeof(ip))))
		return LWKT_FLOWHASH_IP6_HEADER;
	if (unlikely((rte_be_to_cpu_32(ip.vtc_flow) >> 28) != 6))
		return LWKT_FLOWHASH_IP6_HEADER;
	left = wk->wk_end - wk->wk_at - IP6_FIXED;
	payload = rte_be_to_cpu_16(ip.payload_len);
	if (unlikely(payload == 0 && ip.proto == IPPROTO_HOPOPTS))
		payload = left; /* a jumbogram says it in an option */
	if (unlikely(payload > left))
		return LWKT_FLOWHASH_IP6_LENGTH;
	wk->wk_at += IP6_FIXED;
	wk->wk_end = wk->wk_at + payload;
	memcpy(ft->ft_word, &ip.src_addr, 2 * sizeof(ip.src_addr));
	ft->ft_words = 8;
	if (unlikely(is_extension(ip.proto)))
		return walk_extensions(wk, ip.proto, ft);
	return walk_l4(wk, ip.proto, ft);
}

static inline bool
is_vlan(uint16_t type)
{
	return type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ ||
	       type == RTE_ETHER_TYPE_QINQ1;
}

static inline enum lwkt_flowhash_reason
walk_l3(struct walk *wk, uint16_t type, struct flowhash_tuple *ft)
{
	return type == RTE_ETHER_TYPE_IPV4 ? walk_ip4(wk, ft) : walk_ip6(wk, ft);
}

static inline enum lwkt_flowhash_reason
walk_ether(struct walk *wk, struct flowhash_tuple *ft)
{
	struct rte_ether_hdr eth;
	struct rte_vlan_hdr tag;
	uint16_t type;

	if (unlikely(!walk_look(wk, &eth, sizeof(eth))))
		return LWKT_FLOWHASH_RUNT;
	wk->wk_at += sizeof(eth);
	type = rte_be_to_cpu_16(eth.ether_type);
	for (unsigned int i = 0; i < LWKT_FLOWHASH_TAGS && is_vlan(type); i++) {
		if (unlikely(!walk_look(wk, &tag, sizeof(tag))))
			return LWKT_FLOWHASH_VLAN_SHORT;
		wk->wk_at += sizeof(tag);
		type = rte_be_to_cpu_16(tag.eth_proto);
	}
	if (likely(type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6))
		return walk_l3(wk, type, ft);
	for (unsigned int i = 0; i < RTE_ETHER_ADDR_LEN; i++)
		eth.src_addr.addr_bytes[i] ^= eth.dst_addr.addr_bytes[i];
	ft->ft_words = 2;
	ft->ft_word[1] = 0;
	memcpy(ft->ft_word, &eth.src_addr, sizeof(eth.src_addr));
	return LWKT_FLOWHASH_OK;
}

enum lwkt_flowhash_reason
flowhash_parse(const struct rte_mbuf *m, bool inner, struct flowhash_tuple *ft)
{
	struct walk wk = {.wk_mbuf = m, .wk_end = m->pkt_len, .wk_proto = WALK_NO_L4};
	enum lwkt_flowhash_reason reason = walk_ether(&wk, ft);
	uint16_t inside;

	if (likely(!inner) || reason != LWKT_FLOWHASH_OK)
		return reason;
	reason = flowhash_tunnel(&wk, &inside);
	if (reason != LWKT_FLOWHASH_OK || inside == 0)
		return reason;
	return inside == RTE_ETHER_TYPE_TEB ? walk_ether(&wk, ft) : walk_l3(&wk, inside, ft);
}
