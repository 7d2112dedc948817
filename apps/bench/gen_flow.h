/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow of a packet, as it is: addresses, ports and protocol, not a hash of them. Two flows with
 * one hash are two flows.
 */
#ifndef BENCH_GEN_FLOW_H
#define BENCH_GEN_FLOW_H

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

#endif /* BENCH_GEN_FLOW_H */
