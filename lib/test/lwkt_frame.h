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
 *
 * Checksums are 0. Who wants them, or other addresses or ports, writes the latter where fr_layer
 * says, and calls lwkt_frame_checksums().
 */
#ifndef LWKT_FRAME_H
#define LWKT_FRAME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_FRAME_MAX   512
#define LWKT_FRAME_LAYER 16

/** Where, in a frame, the two ends are that are hashed. */
struct lwkt_frame_ends {
	unsigned int fe_src, fe_dst, fe_bytes; /* addresses */
	unsigned int fe_ports;                 /* 4 bytes, source first; 0: not hashed */
};

struct lwkt_frame {
	uint8_t fr_data[LWKT_FRAME_MAX];
	unsigned int fr_bytes;
	unsigned int fr_layers;
	unsigned int fr_layer[LWKT_FRAME_LAYER]; /* where each word's header is */
	struct lwkt_frame_ends fr_outer;         /* not looking into tunnels */
	struct lwkt_frame_ends fr_inner; /* looking into the first tunnel; the same if none */
};

/**
 * Make a frame. The ethertypes, protocols and ports of words are right; nonsense stops the program.
 *
 * @param fr     filled in.
 * @param words  as above, one at least.
 * @param seed   of addresses and ports: the same one, the same frame.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_frame_make(struct lwkt_frame *fr, const char *words, uint64_t seed);

/**
 * Make the checksums of the outermost IP header, and of the UDP, TCP or ICMP right behind it.
 *
 * @param fr  a frame of lwkt_frame_make(), whose lengths are as they were.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_frame_checksums(struct lwkt_frame *fr);

/**
 * Let source and destination change places.
 *
 * @param fr  a frame.
 * @param fe  its fr_outer or fr_inner.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_frame_swap(struct lwkt_frame *fr, const struct lwkt_frame_ends *fe);

/**
 * Let bytes change places.
 *
 * @param a      so many of one.
 * @param b      so many of another; they do not overlap.
 * @param bytes  how many.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_frame_swap_bytes(uint8_t *a, uint8_t *b, unsigned int bytes);

/** Words for at least one frame of each kind, NULL at the end. */
extern const char *const lwkt_frame_samples[];

#ifdef __cplusplus
}
#endif

#endif /* LWKT_FRAME_H */
