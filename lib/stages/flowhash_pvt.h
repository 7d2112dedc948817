/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the two files of the flow hash: flowhash_parse.c finds in a packet what is to be hashed,
 * flowhash.c hashes it.
 */
#ifndef FLOWHASH_PVT_H
#define FLOWHASH_PVT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "lwkt_flowhash.h"

#define FLOWHASH_WORDS 9 /* IPv6: two addresses and the ports */

enum flowhash_ends { FLOWHASH_IP4, FLOWHASH_IP6, FLOWHASH_MACS };

/* What is hashed: the two ends as they are in the packet. */
struct flowhash_tuple {
	enum flowhash_ends ft_ends;
	bool ft_ported;
	uint32_t ft_ports; /* source port, destination port; 0: none */
	uint32_t ft_extra; /* PPPoE session or MPLS labels, the same in both directions; 0: none */
	union {
		uint32_t ft_ip4[2]; /* source, destination */
		uint64_t ft_ip6[2][2];
		uint8_t ft_mac[2][8]; /* 6 bytes, then zeros */
	};
};

enum flowhash_tunnel { FLOWHASH_VXLAN, FLOWHASH_GENEVE, FLOWHASH_GTPU, FLOWHASH_TUNNELS };

/* How far the parser looks. Compared byte by byte: whoever makes one clears it first. */
struct flowhash_look {
	uint8_t fl_inner;    /* into tunnels */
	uint8_t fl_l2_outer; /* not behind PPPoE and MPLS */
	uint16_t fl_port[FLOWHASH_TUNNELS][LWKT_FLOWHASH_TUNNEL_PORTS]; /* UDP; 0: none */
};

/* What makes two flow hashes the same function. Cleared first, and compared byte by byte. */
struct flowhash_function {
	uint64_t ff_seed;
	struct flowhash_look ff_look;
	uint8_t ff_kind; /* LWKT_FLOWHASH_MIX or _TOEPLITZ */
	uint8_t ff_key_bytes;
	uint8_t ff_key[LWKT_FLOWHASH_KEY_MAX];
};

#define FLOWHASH_SECRETS 4

struct lwkt_flowhash {
	/*
	 * Of ol_flags, fh_flags say whose hash.rss is. With one of the two values of fh_known it
	 * is this function's; fh_mark is written with a hash of ours. Constant once made.
	 */
	uint64_t fh_flags, fh_known[2], fh_mark;
	uint64_t fh_secret[FLOWHASH_SECRETS]; /* mix */
	struct flowhash_function fh_function;
	bool fh_folds; /* toeplitz: the key repeats every 16 bits */
	/* Toeplitz: by place of a byte in the tuple, and its value, what it adds to the hash. */
	uint32_t fh_table[][256];
};

/* flowhash.c: the ends in the order and form in which a NIC hashes them; returns how many words. */
unsigned int flowhash_words(const struct flowhash_tuple *ft, uint32_t word[FLOWHASH_WORDS]);

/* flowhash_parse.c: on failure the tuple is not to be looked at. */
enum lwkt_flowhash_reason flowhash_parse(
    const struct rte_mbuf *m, const struct flowhash_look *fl, struct flowhash_tuple *ft);

#endif /* FLOWHASH_PVT_H */
