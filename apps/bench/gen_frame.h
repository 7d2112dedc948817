/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frames that pktgen sends: of a flow, numbered, stamped with the time, and checked all over.
 *
 *      Ethernet [VLAN] IPv4|IPv6 UDP|TCP [ zeroes ... ] tag
 *
 * The tag is the last 14 bytes of the IP packet (big-endian):
 *
 *      check (2)  flow (4)  sequence (4)  time (4)
 *
 * check makes the ones' complement sum of the tag 0, so that the checksum of UDP or TCP is the same
 * for all frames of a flow and size and stands in a template; and a device that computes it anew
 * finds it right. A receiver verifies that sum, which covers addresses, ports, padding and tag, and
 * in IPv4 the header's own.
 *
 * Sizes are as people count them: with the 4 bytes of the FCS, which are not in an mbuf.
 */
#ifndef BENCH_GEN_FRAME_H
#define BENCH_GEN_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "gen_field.h"

#define FRAME_FCS        4u
#define FRAME_TAG        14u
#define FRAME_HEADERS    (14u + 4u + 40u + 20u) /* the longest: VLAN, IPv6, TCP */
#define FRAME_TIME_SHIFT 2 /* the tag has TSC >> 2: it wraps after more than 4 s at 4 GHz */

struct frame_spec {
	bool fs_ipv6, fs_tcp;
	uint32_t fs_flows;
	struct frame_range fs_field[FRAME_FIELDS]; /* VLAN: untagged by default */
	uint32_t fs_first_flow; /* added to the flow in the tag and to the default of source
	                           addresses: tells directions apart */
	uint32_t fs_tag_base;   /* added to the flow in the tag alone: tells runs apart */
};

/*
 * The headers of one flow in one size, and zeroes: so many bytes are copied into each frame,
 * whatever there is in it (a copy of constant size is some moves, any other a call).
 */
#define FRAME_COPY 96u

struct frame_head {
	uint8_t fh_bytes[FRAME_COPY];
	uint16_t fh_len, fh_tag; /* of the frame in an mbuf; where the tag is */
	uint32_t fh_flow;        /* as it stands in the tag */
	uint32_t fh_stream;      /* what it is numbered in: 0 and on in each direction */
	const uint8_t *fh_more;  /* bytes from FRAME_COPY up to the tag; NULL: zeroes */
};

/* With a VLAN's tag? */
static inline bool
frame_tagged(const struct frame_spec *spec)
{
	return field_given(&spec->fs_field[FRAME_VLAN]);
}

/* Bytes of all headers. */
unsigned int frame_headers(const struct frame_spec *spec);

/* The smallest size, with FCS: headers and tag, 64 at least. */
unsigned int frame_size_min(const struct frame_spec *spec);

/* The headers of flow (0..fs_flows - 1) in a frame of this size, checksums included. */
void frame_head(
    const struct frame_spec *spec, uint32_t flow, unsigned int size, struct frame_head *head);

/* In network order, as it stands there. */
struct frame_tag {
	uint16_t ft_check;
	uint32_t ft_flow, ft_sequence, ft_time;
} __attribute__((packed));

/* What makes the tag's sum 0. */
static inline uint16_t
frame_tag_check(uint32_t flow, uint32_t sequence, uint32_t time)
{
	uint32_t sum = (flow >> 16) + (flow & 0xffff) + (sequence >> 16) + (sequence & 0xffff) +
	               (time >> 16) + (time & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Write a whole frame of fh_len bytes; there is room for FRAME_COPY at least. */
static inline void
frame_write(const struct frame_head *head, uint32_t sequence, uint64_t tsc, uint8_t *to)
{
	const uint32_t time = (uint32_t)(tsc >> FRAME_TIME_SHIFT);
	const struct frame_tag tag = {
	    .ft_check = rte_cpu_to_be_16(frame_tag_check(head->fh_flow, sequence, time)),
	    .ft_flow = rte_cpu_to_be_32(head->fh_flow),
	    .ft_sequence = rte_cpu_to_be_32(sequence),
	    .ft_time = rte_cpu_to_be_32(time),
	};

	if (head->fh_len <= 64) { /* one cache line */
		memcpy(to, head->fh_bytes, 64);
	} else {
		memcpy(to, head->fh_bytes, FRAME_COPY);
		if (head->fh_more != NULL && head->fh_tag > FRAME_COPY)
			memcpy(to + FRAME_COPY, head->fh_more, head->fh_tag - FRAME_COPY);
		else if (head->fh_more == NULL && head->fh_len > FRAME_COPY)
			memset(to + FRAME_COPY, 0, head->fh_len - FRAME_COPY);
	}
	memcpy(to + head->fh_tag, &tag, sizeof(tag));
}

enum frame_verdict {
	FRAME_OURS,
	FRAME_FOREIGN, /* no frame of this spec: not its types, lengths, ports or tags */
	FRAME_CORRUPT, /* one of it, but a checksum is wrong */
};

struct frame_info {
	uint32_t fi_flow, fi_sequence, fi_time;
};

/*
 * Whose frame is this? MAC addresses are not looked at: devices rewrite them. Reads len bytes at
 * most. info is set if the answer is FRAME_OURS.
 */
enum frame_verdict frame_read(
    const struct frame_spec *spec, const uint8_t *frame, unsigned int len, struct frame_info *info);

/*
 * Is this a frame of one of n heads whose tag is the end? All but its MAC addresses is compared.
 * info is set if the answer is FRAME_OURS, its fi_flow to the head's index. A frame whose tag is
 * altered is foreign.
 */
enum frame_verdict frame_read_copy(const struct frame_head *heads, unsigned int n,
    const uint8_t *frame, unsigned int len, struct frame_info *info);

#endif /* BENCH_GEN_FRAME_H */
