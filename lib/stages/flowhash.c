/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow hash of packets: two functions of the ends that flowhash_parse.c finds, and the marks
 * that say whose hash a packet has.
 */
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>
#include <rte_prefetch.h>
#include <rte_thash.h>

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

/* -- Toeplitz: from a key to tables ------------------------------------------------------------
 *
 * Toeplitz is linear: the hash of a tuple is the exclusive or of the hashes of its bytes, each at
 * its place. So a table for each place does; its values are DPDK's rte_softrss_be(). That function
 * itself goes bit by bit, and rte_thash_gfni() is there only in programs compiled for processors
 * that have these instructions.
 */

#define PLACES (FLOWHASH_WORDS * sizeof(uint32_t))

static void
make_tables(struct lwkt_flowhash *fh)
{
	const struct flowhash_function *ff = &fh->fh_function;
	uint32_t orig[FLOWHASH_WORDS + 1], key[FLOWHASH_WORDS + 1];

	memcpy(orig, ff->ff_key, sizeof(orig));
	rte_convert_rss_key(orig, key, sizeof(key));
	for (unsigned int place = 0; place < PLACES; place++) {
		for (uint32_t value = 0; value < 256; value++) {
			uint32_t tuple[FLOWHASH_WORDS] = {0};

			tuple[place / 4] = value << (24 - place % 4 * 8);
			fh->fh_table[place][value] =
			    rte_softrss_be(tuple, FLOWHASH_WORDS, (const uint8_t *)key);
		}
	}
	/* Then tables two places apart are the same, and two of them are enough. */
	fh->fh_folds = true;
	for (unsigned int i = 2; i < ff->ff_key_bytes; i++)
		fh->fh_folds &= ff->ff_key[i] == ff->ff_key[i - 2];
}

/* May so many bytes at these places change places? By linearity, looking at single bits will do. */
static bool
interchangeable(const struct lwkt_flowhash *fh, unsigned int a, unsigned int b, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		for (unsigned int bit = 1; bit < 256; bit <<= 1) {
			if (fh->fh_table[a + i][bit] != fh->fh_table[b + i][bit])
				return false;
		}
	}
	return true;
}

static bool
is_symmetric(const struct lwkt_flowhash *fh)
{
	return interchangeable(fh, 0, 4, 4) && interchangeable(fh, 8, 10, 2) &&  /* IPv4 */
	       interchangeable(fh, 0, 16, 16) && interchangeable(fh, 32, 34, 2); /* IPv6 */
}

/* -- making one ------------------------------------------------------------------------------ */

static enum lwkt_flowhash_kind
kind_of(const struct lwkt_flowhash_config *cfg)
{
	if (cfg->fc_kind != LWKT_FLOWHASH_AUTO)
		return cfg->fc_kind;
	return cfg->fc_nic || cfg->fc_key != NULL ? LWKT_FLOWHASH_TOEPLITZ : LWKT_FLOWHASH_MIX;
}

/* The ports of a kind of tunnel; those of everyone where none is given. */
static void
set_ports(uint16_t *port, const uint16_t *given, unsigned int ngiven, uint16_t a, uint16_t b)
{
	port[0] = a;
	port[1] = b;
	if (ngiven > 0)
		memset(port, 0, LWKT_FLOWHASH_TUNNEL_PORTS * sizeof(*port));
	for (unsigned int i = 0; i < ngiven; i++)
		port[i] = given[i];
}

static void
set_look(struct flowhash_look *fl, const struct lwkt_flowhash_config *cfg)
{
	fl->fl_inner = cfg->fc_inner;
	fl->fl_l2_outer = cfg->fc_l2 == LWKT_FLOWHASH_L2_OUTER;
	set_ports(fl->fl_port[FLOWHASH_VXLAN], cfg->fc_vxlan, cfg->fc_nvxlan, 4789, 8472);
	set_ports(fl->fl_port[FLOWHASH_GENEVE], cfg->fc_geneve, cfg->fc_ngeneve, 6081, 0);
	set_ports(fl->fl_port[FLOWHASH_GTPU], cfg->fc_gtpu, cfg->fc_ngtpu, 2152, 0);
}

/* What comes to a port is one kind of tunnel. */
static bool
tunnels_share(const struct lwkt_flowhash_config *cfg)
{
	const unsigned int n = FLOWHASH_TUNNELS * LWKT_FLOWHASH_TUNNEL_PORTS;
	struct flowhash_look fl = {0};
	const uint16_t *port = &fl.fl_port[0][0];

	set_look(&fl, cfg);
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int k = i + 1; port[i] != 0 && k < n; k++)
			if (port[i] == port[k] &&
			    i / LWKT_FLOWHASH_TUNNEL_PORTS != k / LWKT_FLOWHASH_TUNNEL_PORTS)
				return true;
	return false;
}

const char *
lwkt_flowhash_check(const struct lwkt_flowhash_config *cfg)
{
	enum lwkt_flowhash_kind kind = kind_of(cfg);

	if (kind != LWKT_FLOWHASH_MIX && kind != LWKT_FLOWHASH_TOEPLITZ)
		return "no such hash; take mix or toeplitz";
	if (kind == LWKT_FLOWHASH_MIX && cfg->fc_nic)
		return "a NIC's hash is no mix; take toeplitz, or leave the NIC's hash";
	if (kind == LWKT_FLOWHASH_MIX && cfg->fc_key != NULL)
		return "mix has no key; take toeplitz, or a seed";
	if (kind == LWKT_FLOWHASH_TOEPLITZ && cfg->fc_seed != 0)
		return "toeplitz has no seed; take mix, or leave the seed out";
	if (cfg->fc_nvxlan > LWKT_FLOWHASH_TUNNEL_PORTS ||
	    cfg->fc_ngeneve > LWKT_FLOWHASH_TUNNEL_PORTS ||
	    cfg->fc_ngtpu > LWKT_FLOWHASH_TUNNEL_PORTS)
		return "more ports of a tunnel than there is room for; give 4 at most";
	if (cfg->fc_inner && tunnels_share(cfg))
		return "two kinds of tunnels have one port; give each its own, or 0 where there are none";
	return NULL;
}

static int
set_key(struct lwkt_flowhash *fh, const struct lwkt_flowhash_config *cfg)
{
	static const uint8_t repeated[2] = {0x6d, 0x5a};
	struct flowhash_function *ff = &fh->fh_function;
	unsigned int bytes = cfg->fc_key != NULL ? cfg->fc_key_bytes : LWKT_FLOWHASH_KEY_MAX;

	if (bytes != 40 && bytes != LWKT_FLOWHASH_KEY_MAX) {
		lwkt_error("flow hash: a key of %u bytes; give 40 or 52", bytes);
		return -EINVAL;
	}
	ff->ff_key_bytes = (uint8_t)bytes;
	for (unsigned int i = 0; i < bytes; i++)
		ff->ff_key[i] = cfg->fc_key != NULL ? cfg->fc_key[i] : repeated[i % 2];
	make_tables(fh);
	if (!cfg->fc_asymmetric && !is_symmetric(fh)) {
		lwkt_error("flow hash: the key is not symmetric; give one that repeats every 16 "
		           "bits, or none");
		return -EINVAL;
	}
	return 0;
}

/* Of the seed, numbers without a pattern (splitmix64's steps). */
static void
set_secrets(struct lwkt_flowhash *fh, uint64_t seed)
{
	for (unsigned int i = 0; i < FLOWHASH_SECRETS; i++) {
		uint64_t z = seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		fh->fh_secret[i] = z ^ z >> 31;
	}
}

/* -- whose hash a packet has -----------------------------------------------------------------
 *
 * Each function (its kind, key or seed, and how far it looks) has a number, which a packet that it
 * has hashed carries in MARK_BITS of ol_flags. RTE_MBUF_F_RX_RSS_HASH with number 0 is the NIC's.
 */
#define MARK_BITS 3
#define FUNCTIONS (1u << MARK_BITS) /* number 0 stays free */

static uint64_t mark_flag[MARK_BITS]; /* written by the main lcore, once */
static struct flowhash_function
    function[FUNCTIONS]; /* [1] and up: in use while their kind is set */

static int
register_marks(void)
{
	static const struct rte_mbuf_dynflag marks[MARK_BITS] = {
	    {.name = "lwkt_dynflag_flowhash0"},
	    {.name = "lwkt_dynflag_flowhash1"},
	    {.name = "lwkt_dynflag_flowhash2"},
	};

	for (unsigned int i = 0; i < MARK_BITS; i++) {
		int bit = rte_mbuf_dynflag_register(&marks[i]);

		if (bit < 0) {
			lwkt_error("flow hash: no mbuf flag is left to mark packets with: %s",
			    rte_strerror(rte_errno));
			return -rte_errno;
		}
		mark_flag[i] = RTE_BIT64(bit);
	}
	return 0;
}

/* 0: there are too many functions, and this one's hash is never known. */
static unsigned int
number_of(const struct flowhash_function *ff)
{
	for (unsigned int i = 1; i < FUNCTIONS; i++) {
		if (function[i].ff_kind == LWKT_FLOWHASH_AUTO)
			function[i] = *ff;
		if (memcmp(&function[i], ff, sizeof(*ff)) == 0)
			return i;
	}
	return 0;
}

static int
set_marks(struct lwkt_flowhash *fh, bool nic)
{
	unsigned int number = number_of(&fh->fh_function);
	int rc = register_marks();

	if (rc < 0)
		return rc;
	fh->fh_flags = RTE_MBUF_F_RX_RSS_HASH;
	fh->fh_mark = number != 0 ? RTE_MBUF_F_RX_RSS_HASH : 0;
	for (unsigned int i = 0; i < MARK_BITS; i++) {
		fh->fh_flags |= mark_flag[i];
		fh->fh_mark |= number & 1u << i ? mark_flag[i] : 0;
	}
	fh->fh_known[0] = number != 0 ? fh->fh_mark : UINT64_MAX; /* no packet has all flags */
	fh->fh_known[1] = nic ? RTE_MBUF_F_RX_RSS_HASH : fh->fh_known[0];
	return 0;
}

static int
set_up(struct lwkt_flowhash *fh, const struct lwkt_flowhash_config *cfg)
{
	struct flowhash_function *ff = &fh->fh_function;
	int rc = 0;

	ff->ff_kind = (uint8_t)kind_of(cfg);
	ff->ff_seed = cfg->fc_seed;
	set_look(&ff->ff_look, cfg);
	if (ff->ff_kind == LWKT_FLOWHASH_TOEPLITZ)
		rc = set_key(fh, cfg);
	else
		set_secrets(fh, cfg->fc_seed);
	return rc == 0 ? set_marks(fh, cfg->fc_nic) : rc;
}

static struct lwkt_flowhash *
fail(struct lwkt_flowhash *fh, int error)
{
	rte_free(fh);
	rte_errno = error;
	return NULL;
}

struct lwkt_flowhash *
lwkt_flowhash_create(const struct lwkt_flowhash_config *cfg, int socket_id)
{
	static const struct lwkt_flowhash_config none;
	struct lwkt_flowhash *fh;
	const char *wrong;
	size_t bytes;
	int rc;

	cfg = cfg != NULL ? cfg : &none;
	wrong = lwkt_flowhash_check(cfg);
	if (wrong != NULL) {
		lwkt_error("flow hash: %s", wrong);
		return fail(NULL, EINVAL);
	}
	bytes = sizeof(*fh) +
	        (kind_of(cfg) == LWKT_FLOWHASH_TOEPLITZ ? PLACES * sizeof(fh->fh_table[0]) : 0);
	fh = rte_zmalloc_socket("lwkt_flowhash", bytes, RTE_CACHE_LINE_SIZE, socket_id);
	if (fh == NULL) {
		lwkt_error("flow hash: no memory (%zu bytes) on NUMA node %d; give EAL more", bytes,
		    socket_id);
		return fail(NULL, ENOMEM);
	}
	rc = set_up(fh, cfg);
	return rc < 0 ? fail(fh, -rc) : fh;
}

void
lwkt_flowhash_destroy(struct lwkt_flowhash *fh)
{
	rte_free(fh);
}

const uint8_t *
lwkt_flowhash_key(const struct lwkt_flowhash *fh, unsigned int bytes)
{
	return bytes > 0 && bytes <= fh->fh_function.ff_key_bytes ? fh->fh_function.ff_key : NULL;
}

/* -- toeplitz -------------------------------------------------------------------------------- */

unsigned int
flowhash_words(const struct flowhash_tuple *ft, uint32_t word[FLOWHASH_WORDS])
{
	unsigned int n = 2;
	uint64_t macs[2];

	switch (ft->ft_ends) {
	case FLOWHASH_IP4:
		memcpy(word, ft->ft_ip4, sizeof(ft->ft_ip4));
		break;
	case FLOWHASH_IP6:
		memcpy(word, ft->ft_ip6, sizeof(ft->ft_ip6));
		n = sizeof(ft->ft_ip6) / sizeof(*word);
		break;
	default: /* combined, so that no key can tell them apart */
		memcpy(macs, ft->ft_mac, sizeof(macs));
		macs[0] ^= macs[1];
		memcpy(word, macs, sizeof(macs[0]));
	}
	if (ft->ft_ported)
		word[n++] = ft->ft_ports;
	return n;
}

/* With a key that repeats every 16 bits all 16-bit parts add up first: two lookups do. */
static inline uint32_t
fold(const struct lwkt_flowhash *fh, const uint32_t *word, unsigned int n)
{
	uint32_t sum = word[0] ^ word[1];
	uint8_t byte[4];

	for (unsigned int i = 2; i < n; i++)
		sum ^= word[i];
	memcpy(byte, &sum, sizeof(byte));
	return fh->fh_table[0][byte[0] ^ byte[2]] ^ fh->fh_table[1][byte[1] ^ byte[3]];
}

static inline uint32_t
sum_up(const struct lwkt_flowhash *fh, const uint32_t *word, unsigned int n)
{
	uint8_t byte[PLACES];
	uint32_t hash = 0;

	memcpy(byte, word, n * sizeof(*word));
	for (unsigned int i = 0; i < n * sizeof(*word); i++)
		hash ^= fh->fh_table[i][byte[i]];
	return hash;
}

/* What a NIC does not know, and both directions have alike, is added behind. */
static inline uint32_t
toeplitz(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint32_t word[FLOWHASH_WORDS];
	unsigned int n = flowhash_words(ft, word);

	return (likely(fh->fh_folds) ? fold(fh, word, n) : sum_up(fh, word, n)) ^ ft->ft_extra;
}

/* -- mix ---------------------------------------------------------------------------------------
 *
 * The lower end goes first, so the direction plays no part. Then products of 128 bits whose halves
 * are combined: each bit of the ends reaches each bit of the hash.
 */

__extension__ typedef unsigned __int128 uint128;

static inline uint64_t
multiply(uint64_t a, uint64_t b)
{
	uint128 product = (uint128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* An end is an address and a port, 48 bits; or a MAC address. */
static inline uint64_t
mix_short(const struct lwkt_flowhash *fh, uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	return multiply(low ^ fh->fh_secret[0], high ^ fh->fh_secret[1]);
}

static inline uint64_t
mix_ip4(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint64_t a = (uint64_t)ft->ft_ip4[0] << 16, b = (uint64_t)ft->ft_ip4[1] << 16;

	return mix_short(fh, a | (uint16_t)ft->ft_ports, b | ft->ft_ports >> 16);
}

static inline uint64_t
mix_ip6(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint32_t ports = ft->ft_ports, back = ports << 16 | ports >> 16;
	uint128 a = (uint128)ft->ft_ip6[0][0] << 64 | ft->ft_ip6[0][1];
	uint128 b = (uint128)ft->ft_ip6[1][0] << 64 | ft->ft_ip6[1][1];
	bool swap = a != b ? a > b : ports > back;
	const uint64_t *low = ft->ft_ip6[swap], *high = ft->ft_ip6[!swap];

	return multiply(low[0] ^ fh->fh_secret[0], low[1] ^ fh->fh_secret[1]) ^
	       multiply(
	           high[0] ^ fh->fh_secret[2], high[1] ^ (swap ? back : ports) ^ fh->fh_secret[3]);
}

static inline uint64_t
mix_macs(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint64_t mac[2];

	memcpy(mac, ft->ft_mac, sizeof(mac));
	return mix_short(fh, mac[0], mac[1]);
}

static inline uint32_t
mix(const struct lwkt_flowhash *fh, const struct flowhash_tuple *ft)
{
	uint64_t h = likely(ft->ft_ends == FLOWHASH_IP4) ? mix_ip4(fh, ft)
	             : ft->ft_ends == FLOWHASH_IP6       ? mix_ip6(fh, ft)
	                                                 : mix_macs(fh, ft);

	h = multiply(h ^ ft->ft_extra ^ fh->fh_secret[2], fh->fh_secret[3]);
	return (uint32_t)(h ^ h >> 32);
}

/* -- hashing --------------------------------------------------------------------------------- */

enum lwkt_flowhash_reason
lwkt_flowhash_compute(const struct lwkt_flowhash *fh, const struct rte_mbuf *m, uint32_t *hash)
{
	struct flowhash_tuple ft;
	enum lwkt_flowhash_reason reason = flowhash_parse(m, &fh->fh_function.ff_look, &ft);

	if (likely(reason == LWKT_FLOWHASH_OK))
		*hash =
		    fh->fh_function.ff_kind == LWKT_FLOWHASH_MIX ? mix(fh, &ft) : toeplitz(fh, &ft);
	return reason;
}

static inline bool
is_known(const struct lwkt_flowhash *fh, const struct rte_mbuf *m)
{
	uint64_t flags = m->ol_flags & fh->fh_flags;

	return flags == fh->fh_known[0] || flags == fh->fh_known[1];
}

enum lwkt_flowhash_reason
lwkt_flowhash_pkt(const struct lwkt_flowhash *fh, struct rte_mbuf *m)
{
	enum lwkt_flowhash_reason reason;

	if (is_known(fh, m))
		return LWKT_FLOWHASH_OK;
	reason = lwkt_flowhash_compute(fh, m, &m->hash.rss);
	if (likely(reason == LWKT_FLOWHASH_OK))
		m->ol_flags = (m->ol_flags & ~fh->fh_flags) | fh->fh_mark;
	return reason;
}

/* The data of a packet whose hash is known is left where it is. */
static inline void
fetch(const struct lwkt_flowhash *fh, const struct rte_mbuf *m)
{
	if (!is_known(fh, m))
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
	m->ol_flags &= ~fh->fh_flags;
}
