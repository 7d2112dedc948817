/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checksums of TCP and UDP, over IPv4 and IPv6, with tags and extension headers before them. In
 * software: no device is asked.
 */
#ifndef LWKT_L4_PVT_H
#define LWKT_L4_PVT_H

#include <stdbool.h>

#include <rte_mbuf.h>

/* What a packet's headers say, which lie in its first mbuf. */
struct l4 {
	uint32_t l4_ip_at, l4_at; /* bytes before them */
	uint32_t l4_bytes;        /* that its checksum covers, by IP's length */
	bool l4_tcp, l4_ipv4;
	uint16_t l4_pseudo;           /* folded sum of the pseudo-header */
	unaligned_uint16_t *l4_cksum; /* its checksum */
};

/* False: neither TCP nor UDP, or a fragment, or IP says no length. */
bool l4_look(struct rte_mbuf *m, struct l4 *l4);

/*
 * Complete the checksum, if all that it covers is there. Its field holds the sum of the
 * pseudo-header.
 */
bool l4_complete(struct rte_mbuf *m, const struct l4 *l4);

/* Is the checksum right, or one of UDP's that says nothing? */
bool l4_is_right(const struct rte_mbuf *m, const struct l4 *l4);

/* Make IPv4's and TCP's or UDP's anew. Only for packets whose old ones were found right. */
void l4_renew(struct rte_mbuf *m);

#endif /* LWKT_L4_PVT_H */
