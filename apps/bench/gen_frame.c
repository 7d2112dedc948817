/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "gen_frame.h"

#define TTL 64

_Static_assert(sizeof(struct frame_tag) == FRAME_TAG, "the tag is what the header says");
_Static_assert(FRAME_COPY >= FRAME_HEADERS, "a copy has all headers");

static unsigned int
ip_offset(const struct frame_spec *spec)
{
	return frame_tagged(spec) ? RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN : RTE_ETHER_HDR_LEN;
}

static unsigned int
l4_offset(const struct frame_spec *spec)
{
	return ip_offset(spec) + (unsigned int)(spec->fs_ipv6 ? sizeof(struct rte_ipv6_hdr)
	                                                      : sizeof(struct rte_ipv4_hdr));
}

unsigned int
frame_headers(const struct frame_spec *spec)
{
	return l4_offset(spec) + (unsigned int)(spec->fs_tcp ? sizeof(struct rte_tcp_hdr)
	                                                     : sizeof(struct rte_udp_hdr));
}

unsigned int
frame_size_min(const struct frame_spec *spec)
{
	/* The tag begins at an even byte of the UDP or TCP payload, for its sum's sake. */
	unsigned int size = frame_headers(spec) + FRAME_TAG + FRAME_FCS;

	return size > RTE_ETHER_MIN_LEN ? size : RTE_ETHER_MIN_LEN;
}

/* Where the tag is in a frame of so many bytes; an odd one has a zero behind it. */
static unsigned int
tag_offset(const struct frame_spec *spec, unsigned int len)
{
	return len - FRAME_TAG - ((len - l4_offset(spec)) & 1);
}

/* A flow's value of a field. */
static void
put_field(const struct frame_spec *spec, enum frame_field field, uint32_t flow, void *to)
{
	field_value(spec->fs_field, field, spec->fs_ipv6, flow,
	    field == FRAME_SRC_IP ? spec->fs_first_flow : 0, to);
}

static void
ipv4_head(const struct frame_spec *spec, uint32_t flow, uint16_t bytes, uint8_t *at)
{
	struct rte_ipv4_hdr ip = {
	    .version_ihl = RTE_IPV4_VHL_DEF,
	    .total_length = rte_cpu_to_be_16(bytes),
	    .fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG),
	    .time_to_live = TTL,
	    .next_proto_id = spec->fs_tcp ? IPPROTO_TCP : IPPROTO_UDP,
	};

	put_field(spec, FRAME_SRC_IP, flow, &ip.src_addr);
	put_field(spec, FRAME_DST_IP, flow, &ip.dst_addr);
	ip.hdr_checksum = rte_ipv4_cksum(&ip);
	memcpy(at, &ip, sizeof(ip));
}

static void
ipv6_head(const struct frame_spec *spec, uint32_t flow, uint16_t bytes, uint8_t *at)
{
	struct rte_ipv6_hdr ip = {
	    .vtc_flow = rte_cpu_to_be_32(6u << 28),
	    .payload_len = rte_cpu_to_be_16((uint16_t)(bytes - sizeof(ip))),
	    .proto = spec->fs_tcp ? IPPROTO_TCP : IPPROTO_UDP,
	    .hop_limits = TTL,
	};

	put_field(spec, FRAME_SRC_IP, flow, &ip.src_addr);
	put_field(spec, FRAME_DST_IP, flow, &ip.dst_addr);
	memcpy(at, &ip, sizeof(ip));
}

static void
l4_head(const struct frame_spec *spec, uint32_t flow, uint16_t bytes, uint8_t *at)
{
	uint16_t src, dst;

	put_field(spec, FRAME_SRC_PORT, flow, &src);
	put_field(spec, FRAME_DST_PORT, flow, &dst);
	if (spec->fs_tcp) {
		const struct rte_tcp_hdr tcp = {.src_port = src,
		    .dst_port = dst,
		    .data_off = sizeof(tcp) / 4 << 4,
		    .tcp_flags = RTE_TCP_ACK_FLAG,
		    .rx_win = UINT16_MAX};

		memcpy(at, &tcp, sizeof(tcp));
	} else {
		const struct rte_udp_hdr udp = {
		    .src_port = src, .dst_port = dst, .dgram_len = rte_cpu_to_be_16(bytes)};

		memcpy(at, &udp, sizeof(udp));
	}
}

/* All behind the headers sums to 0: the sum of the headers, and of the pseudo header, will do. */
static void
l4_checksum(const struct frame_spec *spec, struct frame_head *head)
{
	uint8_t *ip = head->fh_bytes + ip_offset(spec), *l4 = head->fh_bytes + l4_offset(spec);
	uint16_t *field =
	    (uint16_t *)(l4 + (spec->fs_tcp ? offsetof(struct rte_tcp_hdr, cksum)
	                                    : offsetof(struct rte_udp_hdr, dgram_cksum)));
	uint32_t sum = spec->fs_ipv6 ? rte_ipv6_phdr_cksum((const void *)ip, 0)
	                             : rte_ipv4_phdr_cksum((const void *)ip, 0);
	uint16_t check;

	sum += rte_raw_cksum(l4, frame_headers(spec) - l4_offset(spec));
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	check = (uint16_t)~sum;
	check = check == 0 ? 0xffff : check;
	memcpy(field, &check, sizeof(check));
}

void
frame_head(const struct frame_spec *spec, uint32_t flow, unsigned int size, struct frame_head *head)
{
	const unsigned int ip = ip_offset(spec), l4 = l4_offset(spec), len = size - FRAME_FCS;
	struct rte_ether_hdr ether;
	uint16_t type = rte_cpu_to_be_16(spec->fs_ipv6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);

	memset(head, 0, sizeof(*head));
	put_field(spec, FRAME_SRC_MAC, flow, &ether.src_addr);
	put_field(spec, FRAME_DST_MAC, flow, &ether.dst_addr);
	ether.ether_type = type;
	if (frame_tagged(spec)) {
		struct rte_vlan_hdr vlan = {.eth_proto = type};

		put_field(spec, FRAME_VLAN, flow, &vlan.vlan_tci);
		ether.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN);
		memcpy(head->fh_bytes + sizeof(ether), &vlan, sizeof(vlan));
	}
	memcpy(head->fh_bytes, &ether, sizeof(ether));
	if (spec->fs_ipv6)
		ipv6_head(spec, flow, (uint16_t)(len - ip), head->fh_bytes + ip);
	else
		ipv4_head(spec, flow, (uint16_t)(len - ip), head->fh_bytes + ip);
	l4_head(spec, flow, (uint16_t)(len - l4), head->fh_bytes + l4);
	l4_checksum(spec, head);
	head->fh_len = (uint16_t)len;
	head->fh_tag = (uint16_t)tag_offset(spec, len);
	head->fh_flow = spec->fs_tag_base + spec->fs_first_flow + flow;
	head->fh_stream = flow;
}

static uint16_t
frame_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Do the fields say that it is a frame of this spec, and as long as it is? */
static bool
fields_match(const struct frame_spec *spec, const uint8_t *frame, unsigned int len)
{
	const unsigned int ip = ip_offset(spec), l4 = l4_offset(spec);
	const uint16_t type = spec->fs_ipv6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4;
	const uint8_t proto = spec->fs_tcp ? IPPROTO_TCP : IPPROTO_UDP;

	if (frame_tagged(spec) &&
	    (frame_get16(frame + 12) != RTE_ETHER_TYPE_VLAN ||
	        !field_has(spec->fs_field, FRAME_VLAN, frame_get16(frame + 14) & 0xfff)))
		return false;
	if (frame_get16(frame + ip - 2) != type || frame[ip] >> 4 != (spec->fs_ipv6 ? 6 : 4) ||
	    !field_has(spec->fs_field, FRAME_DST_PORT, frame_get16(frame + l4 + 2)))
		return false;
	if (spec->fs_ipv6)
		return frame[ip + 6] == proto && frame_get16(frame + ip + 4) == len - l4;
	return frame[ip + 9] == proto && frame_get16(frame + ip + 2) == len - ip;
}

static bool
checksums_hold(const struct frame_spec *spec, const uint8_t *frame, unsigned int len)
{
	const unsigned int ip = ip_offset(spec), l4 = l4_offset(spec);
	uint32_t sum = rte_raw_cksum(frame + l4, len - l4);

	if (spec->fs_ipv6) {
		sum += rte_ipv6_phdr_cksum((const void *)(frame + ip), 0);
	} else {
		if (rte_raw_cksum(frame + ip, l4 - ip) != 0xffff)
			return false;
		sum += rte_ipv4_phdr_cksum((const void *)(frame + ip), 0);
	}
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

enum frame_verdict
frame_read(
    const struct frame_spec *spec, const uint8_t *frame, unsigned int len, struct frame_info *info)
{
	bool fields, tagged;
	struct frame_tag tag;

	if (len + FRAME_FCS < frame_size_min(spec))
		return FRAME_FOREIGN;
	memcpy(&tag, frame + tag_offset(spec, len), sizeof(tag));
	*info = (struct frame_info){
	    rte_be_to_cpu_32(tag.ft_flow) - spec->fs_tag_base - spec->fs_first_flow,
	    rte_be_to_cpu_32(tag.ft_sequence), rte_be_to_cpu_32(tag.ft_time)};
	tagged = rte_raw_cksum(&tag, sizeof(tag)) == 0xffff;
	if (tagged && info->fi_flow >= spec->fs_flows)
		return FRAME_FOREIGN; /* a sound tag, and of another run */
	fields = fields_match(spec, frame, len);
	if (fields && tagged && checksums_hold(spec, frame, len))
		return FRAME_OURS;
	return fields || tagged ? FRAME_CORRUPT : FRAME_FOREIGN;
}

enum frame_verdict
frame_read_copy(const struct frame_head *heads, unsigned int n, const uint8_t *frame,
    unsigned int len, struct frame_info *info)
{
	const struct frame_head *head;
	unsigned int first, rest;
	struct frame_tag tag;

	if (len < RTE_ETHER_HDR_LEN + FRAME_TAG)
		return FRAME_FOREIGN;
	memcpy(&tag, frame + len - FRAME_TAG, sizeof(tag));
	*info = (struct frame_info){rte_be_to_cpu_32(tag.ft_flow) - heads[0].fh_flow,
	    rte_be_to_cpu_32(tag.ft_sequence), rte_be_to_cpu_32(tag.ft_time)};
	if (rte_raw_cksum(&tag, sizeof(tag)) != 0xffff || info->fi_flow >= n)
		return FRAME_FOREIGN;
	head = &heads[info->fi_flow];
	if (len != head->fh_len)
		return FRAME_CORRUPT;
	first = RTE_MIN(head->fh_tag, FRAME_COPY);
	rest = head->fh_tag - first;
	if (memcmp(frame + 12, head->fh_bytes + 12, first - 12) != 0 ||
	    memcmp(frame + first, head->fh_more, rest) != 0)
		return FRAME_CORRUPT;
	return FRAME_OURS;
}
