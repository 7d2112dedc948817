/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow of a packet, as it is: addresses, ports and protocol, not a hash of them. Two flows with
 * one hash are two flows.
 */
#ifndef BENCH_GEN_STREAM_H
#define BENCH_GEN_STREAM_H

#include <stdint.h>

/* Both directions have one id: the lower end is first. All zeroes: not IP, or cut off. */
struct flow_id {
	uint8_t fi_end[2][18]; /* address and port; of IPv4 the last four bytes of the address */
	uint8_t fi_version, fi_proto;
};

/*
 * The flow of an Ethernet frame, behind VLAN tags and IPv6 extension headers. Ports are 0 in what
 * has none: fragments, and what is neither TCP, UDP, UDP-Lite, DCCP nor SCTP.
 */
void flow_read(const uint8_t *frame, unsigned int len, struct flow_id *flow);

/* As of memcmp(). */
int flow_compare(const struct flow_id *a, const struct flow_id *b);

/*
 * What became of numbered frames: each that was sent came once, or is lost; what came twice or
 * after a later one is counted too.
 *
 *      highest number that came ◀──── window: which of these came ────▶ older: cannot be told
 *
 *      in order | reordered (came after a later one) | duplicate (came before) | too old
 *
 * lost = sent - in order - reordered, so exactly what did not come, unless a frame was too old:
 * then it may have been a duplicate, or reordered by TRACK_WINDOW or more, and the report says so.
 */
#define TRACK_WINDOW 1024u /* numbers per flow */

/* One flow; all zeroes in the beginning: number 0 is the first. */
struct track {
	uint64_t tr_next; /* one more than the highest number that came */
	uint64_t tr_came[TRACK_WINDOW / 64];
};

struct track_counts {
	uint64_t tc_in_order, tc_reordered, tc_duplicates, tc_too_old;
};

/* A frame came, with the lower 32 bits of its number. */
void track_frame(struct track *tr, uint32_t sequence, struct track_counts *tc);

#endif /* BENCH_GEN_STREAM_H */
