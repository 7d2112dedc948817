/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames made from words: "eth vlan ip4 udp vxlan eth ip6 tcp data". Each word is a header; its
 * next-header field says what the next word is, lengths are right, addresses and ports random.
 *
 *      eth, vlan, qinq      Ethernet, tags 0x8100 and 0x88a8
 *      arp, data            something that is not IP; 20 bytes of payload
 *      ip4, ip4opt          IPv4; with 12 bytes of options
 *      ip4first, ip4last    its fragments, at offset 0 and 800
 *      ip6, hop, route, dst, ah, frag     IPv6 and its extension headers
 *      tcp, udp, sctp, icmp, icmp6, esp
 *      vxlan, geneve (8 bytes of options), gre, greall (checksum, key, sequence)
 *      gtpu, gtpuext (GTP-U; with an extension header)
 *      pppoe, mpls, mplsbot (a PPPoE session; a label, and the last one of a stack), pwcw (the
 *      control word of a pseudowire)
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>

#define FRAME_MAX   512
#define FRAME_LAYER 16

/* Where, in a frame, the two ends are that are hashed. */
struct frame_ends {
	unsigned int fe_src, fe_dst, fe_bytes; /* addresses */
	unsigned int fe_ports;                 /* 4 bytes, source first; 0: not hashed */
};

struct frame {
	uint8_t fr_data[FRAME_MAX];
	unsigned int fr_bytes;
	unsigned int fr_layers;
	unsigned int fr_layer[FRAME_LAYER]; /* where each word's header is */
	struct frame_ends fr_outer;         /* not looking into tunnels */
	struct frame_ends fr_inner;         /* looking into the first tunnel; the same if none */
};

/* The ethertypes, protocols and ports of words are right; nonsense stops the program. */
void frame_make(struct frame *fr, const char *words, uint64_t seed);

/* Let source and destination change places. */
void frame_swap(struct frame *fr, const struct frame_ends *fe);
void frame_swap_bytes(uint8_t *a, uint8_t *b, unsigned int bytes);

/* At least one of each kind, NULL at the end. */
extern const char *const frame_samples[];

#endif /* FRAMES_H */
