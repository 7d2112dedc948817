/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow hash of packets.
 */
#include <errno.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>
#include <rte_prefetch.h>

#include <lwkt_log.h>

#include "flowhash_pvt.h"

#define PREFETCH_AHEAD 4

const char *const lwkt_flowhash_reasons[] = {
    [LWKT_FLOWHASH_RUNT - 1] = "runt",
    [LWKT_FLOWHASH_VLAN_SHORT - 1] = "vlan_short",
    [LWKT_FLOWHASH_IP4_HEADER - 1] = "ip4_header",
    [LWKT_FLOWHASH_IP4_LENGTH - 1] = "ip4_length",
    [LWKT_FLOWHASH_IP6_HEADER - 1] = "ip6_header",
    [LWKT_FLOWHASH_IP6_LENGTH - 1] = "ip6_length",
    [LWKT_FLOWHASH_IP6_EXT - 1] = "ip6_ext",
    [LWKT_FLOWHASH_L4_SHORT - 1] = "l4_short",
    [LWKT_FLOWHASH_TUNNEL_SHORT - 1] = "tunnel_short",
    [LWKT_FLOWHASH_REASONS - 1] = NULL,
};

/* -- making one -------------------------------------------------------------------------------- */

/*
 * What marks a packet that was hashed here: RTE_MBUF_F_RX_RSS_HASH alone may be from a NIC whose
 * hash is another one. Registered once; the same bit for all.
 */
static int
register_mark(void)
{
	static const struct rte_mbuf_dynflag mark = {.name = "lwkt_dynflag_flowhash"};

	return rte_mbuf_dynflag_register(&mark);
}

static int
set_key(struct lwkt_flowhash *fh, const struct lwkt_flowhash_config *cfg)
{
	static const uint8_t repeated[2] = {0x6d, 0x5a};

	fh->fh_key_bytes = cfg->fc_key != NULL ? cfg->fc_key_bytes : LWKT_FLOWHASH_KEY_MAX;
	if (fh->fh_key_bytes != 40 && fh->fh_key_bytes != LWKT_FLOWHASH_KEY_MAX) {
		lwkt_error("flow hash: a key of %u bytes; give 40 or 52", fh->fh_key_bytes);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < fh->fh_key_bytes; i++)
		fh->fh_key[i] = cfg->fc_key != NULL ? cfg->fc_key[i] : repeated[i % 2];
	flowhash_tables(fh);
	if (!cfg->fc_asymmetric && !flowhash_symmetric(fh)) {
		lwkt_error("flow hash: the key is not symmetric; give one that repeats every 16 "
		           "bits, or none");
		return -EINVAL;
	}
	return 0;
}

static int
set_up(struct lwkt_flowhash *fh, const struct lwkt_flowhash_config *cfg)
{
	int bit = register_mark();

	if (bit < 0) {
		lwkt_error("flow hash: no mbuf flag is left to mark packets with: %s",
		    rte_strerror(rte_errno));
		return -rte_errno;
	}
	fh->fh_known = RTE_BIT64(bit) | (cfg->fc_nic ? RTE_MBUF_F_RX_RSS_HASH : 0);
	fh->fh_mark = RTE_BIT64(bit) | RTE_MBUF_F_RX_RSS_HASH;
	fh->fh_inner = cfg->fc_inner;
	return set_key(fh, cfg);
}

struct lwkt_flowhash *
lwkt_flowhash_create(const struct lwkt_flowhash_config *cfg, int socket_id)
{
	static const struct lwkt_flowhash_config none;
	struct lwkt_flowhash *fh =
	    rte_zmalloc_socket("lwkt_flowhash", sizeof(*fh), RTE_CACHE_LINE_SIZE, socket_id);
	int rc;

	if (fh == NULL) {
		lwkt_error("flow hash: no memory (%zu bytes) on NUMA node %d; give EAL more",
		    sizeof(*fh), socket_id);
		rte_errno = ENOMEM;
		return NULL;
	}
	rc = set_up(fh, cfg != NULL ? cfg : &none);
	if (rc < 0) {
		rte_free(fh);
		rte_errno = -rc;
		return NULL;
	}
	return fh;
}

void
lwkt_flowhash_destroy(struct lwkt_flowhash *fh)
{
	rte_free(fh);
}

const uint8_t *
lwkt_flowhash_key(const struct lwkt_flowhash *fh, unsigned int bytes)
{
	return bytes <= fh->fh_key_bytes ? fh->fh_key : NULL;
}

/* -- hashing ----------------------------------------------------------------------------------- */

/* With a key that repeats every 16 bits all 16-bit parts add up first: two lookups do. */
static inline uint32_t
fold(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint32_t sum = ft->ft_word[0] ^ ft->ft_word[1];
	uint8_t byte[4];

	for (unsigned int i = 2; i < ft->ft_words; i++)
		sum ^= ft->ft_word[i];
	memcpy(byte, &sum, sizeof(byte));
	return fh->fh_table[0][byte[0] ^ byte[2]] ^ fh->fh_table[1][byte[1] ^ byte[3]];
}

static uint32_t
toeplitz(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint8_t byte[sizeof(ft->ft_word)];
	uint32_t hash = 0;

	memcpy(byte, ft->ft_word, ft->ft_words * sizeof(ft->ft_word[0]));
	for (unsigned int i = 0; i < ft->ft_words * sizeof(ft->ft_word[0]); i++)
		hash ^= fh->fh_table[i][byte[i]];
	return hash;
}

enum lwkt_flowhash_reason
lwkt_flowhash_compute(const struct lwkt_flowhash *fh, const struct rte_mbuf *m, uint32_t *hash)
{
	struct flowhash_tuple ft;
	enum lwkt_flowhash_reason reason = flowhash_parse(m, fh->fh_inner, &ft);

	if (likely(reason == LWKT_FLOWHASH_OK))
		*hash = likely(fh->fh_folds) ? fold(fh, &ft) : toeplitz(fh, &ft);
	return reason;
}

enum lwkt_flowhash_reason
lwkt_flowhash_pkt(const struct lwkt_flowhash *fh, struct rte_mbuf *m)
{
	enum lwkt_flowhash_reason reason;

	if (m->ol_flags & fh->fh_known)
		return LWKT_FLOWHASH_OK;
	reason = lwkt_flowhash_compute(fh, m, &m->hash.rss);
	if (likely(reason == LWKT_FLOWHASH_OK))
		m->ol_flags |= fh->fh_mark;
	return reason;
}

/* The data of a packet whose hash is known is left where it is. */
static inline void
fetch(const struct lwkt_flowhash *fh, const struct rte_mbuf *m)
{
	if (!(m->ol_flags & fh->fh_known))
		rte_prefetch0(rte_pktmbuf_mtod(m, const void *));
}

unsigned int
lwkt_flowhash_burst(
    const struct lwkt_flowhash *fh, struct rte_mbuf **pkts, unsigned int n, uint8_t *reasons)
{
	unsigned int i, malformed = 0;

	for (i = 0; i < n && i < PREFETCH_AHEAD; i++)
		fetch(fh, pkts[i]);
	for (i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			fetch(fh, pkts[i + PREFETCH_AHEAD]);
		reasons[i] = (uint8_t)lwkt_flowhash_pkt(fh, pkts[i]);
		malformed += reasons[i] != LWKT_FLOWHASH_OK;
	}
	return malformed;
}

void
lwkt_flowhash_forget(const struct lwkt_flowhash *fh, struct rte_mbuf *m)
{
	m->ol_flags &= ~fh->fh_mark;
}
