/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of the flow hash: flowhash_parse.c (and flowhash_tunnel.c) finds what is to be
 * hashed, flowhash_key.c makes tables of a key, flowhash.c hashes.
 */
#ifndef FLOWHASH_PVT_H
#define FLOWHASH_PVT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "lwkt_flowhash.h"

#define FLOWHASH_WORDS 9 /* IPv6: two addresses and the ports */

/*
 * What is hashed: source, destination, source port, destination port, as in the packet. MAC
 * addresses are combined into one (zeros behind), so that no key can tell them apart.
 */
struct flowhash_tuple {
	unsigned int ft_words;
	uint32_t ft_word[FLOWHASH_WORDS];
};

struct lwkt_flowhash {
	uint64_t fh_known; /* ol_flags, any of which says: hash.rss is it */
	uint64_t fh_mark;  /* ol_flags of a packet that was hashed here */
	bool fh_inner;
	bool fh_folds; /* the key repeats every 16 bits */
	unsigned int fh_key_bytes;
	uint8_t fh_key[LWKT_FLOWHASH_KEY_MAX];
	/* By place of a byte in the tuple, and its value: what it adds to the hash. */
	uint32_t fh_table[FLOWHASH_WORDS * sizeof(uint32_t)][256];
};

/* flowhash_key.c: the tables of fh->fh_key; and whether source and destination may change places */
void flowhash_tables(struct lwkt_flowhash *fh);
bool flowhash_symmetric(const struct lwkt_flowhash *fh);

/* flowhash_parse.c */
enum lwkt_flowhash_reason flowhash_parse(
    const struct rte_mbuf *m, bool inner, struct flowhash_tuple *ft);

/* Where in a packet we are. */
struct walk {
	const struct rte_mbuf *wk_mbuf;
	uint32_t wk_at;       /* the next header */
	uint32_t wk_end;      /* of the innermost layer whose length is known */
	uint8_t wk_proto;     /* at the transport header: its protocol, or WALK_NO_L4 */
	uint16_t wk_udp_port; /* UDP: the destination port */
};

#define WALK_NO_L4 255 /* reserved in IANA's list */

/*
 * Copy a header of so many bytes, which stays ahead. False: it is cut off. Headers are worked on as
 * copies, since in the packet they may be at odd addresses or cross segments.
 */
static inline bool
walk_look(const struct walk *wk, void *header, uint32_t bytes)
{
	const struct rte_mbuf *m = wk->wk_mbuf;
	const void *found;

	if (unlikely(wk->wk_at + bytes > wk->wk_end))
		return false;
	if (likely(wk->wk_at + bytes <= m->data_len)) {
		memcpy(header, rte_pktmbuf_mtod_offset(m, const char *, wk->wk_at), bytes);
		return true;
	}
	found = rte_pktmbuf_read(m, wk->wk_at, bytes, header);
	if (found == NULL)
		return false;
	if (found != header)
		memcpy(header, found, bytes);
	return true;
}

/*
 * flowhash_tunnel.c: at a transport header, is this a tunnel? *inside becomes the EtherType of what
 * it carries, RTE_ETHER_TYPE_TEB for Ethernet, 0 if it is no tunnel or carries something else; if
 * not 0, the walk is at its first header.
 */
enum lwkt_flowhash_reason flowhash_tunnel(struct walk *wk, uint16_t *inside);

#endif /* FLOWHASH_PVT_H */
