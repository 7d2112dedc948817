/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow hash's values: whose they equal, and how often a packet is hashed.
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_thash.h>

#include <lwkt_flowhash.h>

#include "flowhash_pvt.h"
#include <lwkt_frame.h>
#include "segments.h"
#include "test.h"
#include "test_pool.h"

#define SEEDS 16

/* Microsoft's key of "Verifying the RSS Hash Calculation": no symmetric one. */
static const uint8_t ms_key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25,
    0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d,
    0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static const struct lwkt_flowhash_config ms_config = {
    .fc_key = ms_key, .fc_key_bytes = sizeof(ms_key), .fc_asymmetric = true};
static const struct lwkt_flowhash_config toeplitz_config = {.fc_kind = LWKT_FLOWHASH_TOEPLITZ};

static void
destroy(void *fh)
{
	lwkt_flowhash_destroy(fh);
}

static struct lwkt_flowhash *
create(const struct lwkt_flowhash_config *cfg)
{
	struct lwkt_flowhash *fh = lwkt_flowhash_create(cfg, SOCKET_ID_ANY);

	cr_assert_not_null(fh);
	test_at_end(destroy, fh);
	return fh;
}

static uint32_t
hash_of(const struct lwkt_flowhash *fh, const struct lwkt_frame *fr)
{
	struct rte_mbuf m;
	uint32_t hash = 0;

	cr_assert_eq(
	    lwkt_flowhash_compute(fh, guarded_make(&m, fr->fr_data, fr->fr_bytes), &hash), 0);
	return hash;
}

/* What DPDK says that a NIC computes of these ends. */
static uint32_t
softrss(
    const struct lwkt_flowhash *fh, const struct lwkt_frame *fr, const struct lwkt_frame_ends *fe)
{
	const uint8_t *data = fr->fr_data;
	uint32_t word[FLOWHASH_WORDS] = {0}, n = 2;

	if (fe->fe_bytes == 6) {
		uint8_t *mac = (uint8_t *)word;

		for (unsigned int i = 0; i < 6; i++)
			mac[i] = data[fe->fe_src + i] ^ data[fe->fe_dst + i];
	} else {
		memcpy(word, data + fe->fe_src, fe->fe_bytes);
		memcpy((uint8_t *)word + fe->fe_bytes, data + fe->fe_dst, fe->fe_bytes);
		n = fe->fe_bytes / 2;
		if (fe->fe_ports > 0)
			memcpy(&word[n++], data + fe->fe_ports, 4);
	}
	for (unsigned int i = 0; i < n; i++)
		word[i] = rte_be_to_cpu_32(word[i]);
	return rte_softrss(word, n, lwkt_flowhash_key(fh, 40));
}

static void
expect_softrss(const struct lwkt_flowhash_config *cfg)
{
	const struct lwkt_flowhash *fh = create(cfg);
	struct lwkt_frame fr;

	for (const char *const *words = lwkt_frame_samples; *words != NULL; words++) {
		if (strstr(*words, "pppoe") != NULL)
			continue; /* of a session no NIC knows */
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			lwkt_frame_make(&fr, *words, seed);
			cr_expect_eq(hash_of(fh, &fr),
			    softrss(fh, &fr, cfg->fc_inner ? &fr.fr_inner : &fr.fr_outer), "%s",
			    *words);
		}
	}
}

LWKT_TEST(flowhash, N85_equals_dpdks_softrss_with_the_symmetric_key)
{
	struct lwkt_flowhash_config cfg = toeplitz_config;

	expect_softrss(&cfg);
	cfg.fc_inner = true;
	expect_softrss(&cfg);
}

LWKT_TEST(flowhash, N85_equals_dpdks_softrss_with_any_key)
{
	struct lwkt_flowhash_config cfg = ms_config;

	expect_softrss(&cfg);
	cfg.fc_inner = true;
	expect_softrss(&cfg);
}

/* The published vectors: destination and source as they print them, and what a NIC has to say. */
struct ms_vector {
	uint8_t dst[16], src[16];
	uint16_t dport, sport;
	uint32_t pair, ports;
};

#define V4(a, b, c, d)             \
	{                          \
		(a), (b), (c), (d) \
	}
static const struct ms_vector ms_v4[] = {
    {V4(161, 142, 100, 80), V4(66, 9, 149, 187), 1766, 2794, 0x323e8fc2, 0x51ccc178},
    {V4(65, 69, 140, 83), V4(199, 92, 111, 2), 4739, 14230, 0xd718262a, 0xc626b0ea},
    {V4(12, 22, 207, 184), V4(24, 19, 198, 95), 38024, 12898, 0xd2d0a5de, 0x5c2b394a},
    {V4(209, 142, 163, 6), V4(38, 27, 205, 30), 2217, 48228, 0x82989176, 0xafc7327f},
    {V4(202, 188, 127, 2), V4(153, 39, 163, 191), 1303, 44251, 0x5d1809c5, 0x10e828a2},
};

#define V6(a, b, c, d, e, f, g, h)                                                             \
	{                                                                                      \
		(a) >> 8, (a)&255, (b) >> 8, (b)&255, (c) >> 8, (c)&255, (d) >> 8, (d)&255,    \
		    (e) >> 8, (e)&255, (f) >> 8, (f)&255, (g) >> 8, (g)&255, (h) >> 8, (h)&255 \
	}
static const struct ms_vector ms_v6[] = {
    {V6(0x3ffe, 0x2501, 0x200, 3, 0, 0, 0, 1), V6(0x3ffe, 0x2501, 0x200, 0x1fff, 0, 0, 0, 7), 1766,
        2794, 0x2cc18cd5, 0x40207d3d},
    {V6(0xff02, 0, 0, 0, 0, 0, 0, 1), V6(0x3ffe, 0x501, 8, 0, 0x260, 0x97ff, 0xfe40, 0xefab), 4739,
        14230, 0x0f0c461c, 0xdde51bbf},
    {V6(0xfe80, 0, 0, 0, 0x200, 0xf8ff, 0xfe21, 0x67cf),
        V6(0x3ffe, 0x1900, 0x4545, 3, 0x200, 0xf8ff, 0xfe21, 0x67cf), 38024, 44251, 0x4b61e985,
        0x02d1feef},
};

static uint32_t
hash_vector(const struct lwkt_flowhash *fh, const char *words, const struct ms_vector *v)
{
	struct lwkt_frame fr;
	const struct lwkt_frame_ends *fe = &fr.fr_outer;

	lwkt_frame_make(&fr, words, 1);
	memcpy(fr.fr_data + fe->fe_src, v->src, fe->fe_bytes);
	memcpy(fr.fr_data + fe->fe_dst, v->dst, fe->fe_bytes);
	if (fe->fe_ports > 0) {
		const uint16_t ports[] = {rte_cpu_to_be_16(v->sport), rte_cpu_to_be_16(v->dport)};

		memcpy(fr.fr_data + fe->fe_ports, ports, sizeof(ports));
	}
	return hash_of(fh, &fr);
}

LWKT_TEST(flowhash, N85_equals_the_published_rss_vectors)
{
	const struct lwkt_flowhash *fh = create(&ms_config);

	for (unsigned int i = 0; i < RTE_DIM(ms_v4); i++) {
		cr_expect_eq(hash_vector(fh, "eth ip4 tcp", &ms_v4[i]), ms_v4[i].ports, "%u", i);
		cr_expect_eq(hash_vector(fh, "eth ip4 data", &ms_v4[i]), ms_v4[i].pair, "%u", i);
	}
	for (unsigned int i = 0; i < RTE_DIM(ms_v6); i++) {
		cr_expect_eq(hash_vector(fh, "eth ip6 tcp", &ms_v6[i]), ms_v6[i].ports, "%u", i);
		cr_expect_eq(hash_vector(fh, "eth ip6 data", &ms_v6[i]), ms_v6[i].pair, "%u", i);
	}
}

static void
expect_symmetric(const struct lwkt_flowhash_config *cfg)
{
	const struct lwkt_flowhash *fh = create(cfg);
	struct lwkt_frame fr;
	uint32_t hash;

	for (const char *const *words = lwkt_frame_samples; *words != NULL; words++) {
		lwkt_frame_make(&fr, *words, 7);
		hash = hash_of(fh, &fr);
		lwkt_frame_swap(&fr, cfg->fc_inner ? &fr.fr_inner : &fr.fr_outer);
		cr_expect_eq(hash_of(fh, &fr), hash, "%s", *words);
		cr_expect_neq(hash, 0, "%s", *words);
	}
}

LWKT_TEST(flowhash, N85_both_directions_of_a_flow_are_the_same)
{
	struct lwkt_flowhash_config cfg = {0};

	for (unsigned int i = 0; i < 8; i++) {
		cfg.fc_inner = i & 1;
		cfg.fc_kind = i & 2 ? LWKT_FLOWHASH_TOEPLITZ : LWKT_FLOWHASH_MIX;
		cfg.fc_seed = i == 4 || i == 5 ? LWKT_FLOWHASH_TABLE_SEED : 0;
		expect_symmetric(&cfg);
	}
}

/* Fragments hash as the address pair does; the first one's ports play no part. */
LWKT_TEST(flowhash, N86_all_fragments_of_a_datagram_are_the_same)
{
	static const char *const same[][3] = {
	    {"eth ip4first udp data", "eth ip4last data", "eth ip4 icmp data"},
	    {"eth ip6 frag udp data", "eth ip6 frag data", "eth ip6 icmp6 data"},
	    {"eth ip6 hop frag udp data", "eth ip6 hop frag data", "eth vlan ip6 data"},
	};
	const struct lwkt_flowhash *fh = create(NULL);

	for (unsigned int i = 0; i < RTE_DIM(same); i++) {
		struct lwkt_frame fr, other;
		uint32_t hash;

		lwkt_frame_make(&fr, same[i][0], 3);
		hash = hash_of(fh, &fr);
		for (unsigned int k = 1; k < 3; k++) {
			const struct lwkt_frame_ends *a = &fr.fr_outer, *b = &other.fr_outer;

			lwkt_frame_make(&other, same[i][k], 4);
			memcpy(other.fr_data + b->fe_src, fr.fr_data + a->fe_src, 2 * a->fe_bytes);
			cr_expect_eq(hash_of(fh, &other), hash, "%s", same[i][k]);
		}
	}
}

/* With bits of the ends changed, the hash changes; with any other byte, and a sane packet, not. */
LWKT_TEST(flowhash, N86_only_the_ends_play_a_part)
{
	const struct lwkt_flowhash *fh = create(NULL);
	struct lwkt_frame fr, other;

	lwkt_frame_make(&fr, "eth vlan ip4 tcp data", 5);
	for (unsigned int at = 0; at < fr.fr_bytes; at++) {
		const struct lwkt_frame_ends *fe = &fr.fr_outer;
		bool end = (at >= fe->fe_src && at < fe->fe_src + 8) ||
		           (at >= fe->fe_ports && at < fe->fe_ports + 4);
		bool structure = at == 12 || at == 13 || at == 16 || at == 17 || at == 18 ||
		                 at == 20 || at == 21 || at == 24 || at == 25 || at == 27 ||
		                 at == fe->fe_ports + 12;

		other = fr;
		other.fr_data[at] ^= 0x11;
		if (!structure)
			cr_expect_eq(hash_of(fh, &other) != hash_of(fh, &fr), end, "byte %u", at);
	}
}

/* What looks like a tunnel by its number only is hashed as what it is. */
LWKT_TEST(flowhash, N86_no_tunnel_where_its_header_says_otherwise)
{
	static const struct {
		const char *words;
		unsigned int layer, byte;
		uint8_t value;
	} not [] = {
	    {"eth ip4 udp vxlan eth ip4 tcp", 3, 0, 0},     /* no VNI */
	    {"eth ip4 udp geneve ip4 tcp", 3, 0, 0x42},     /* version 1 */
	    {"eth ip4 udp geneve eth ip4 tcp", 3, 3, 0x59}, /* carries something else */
	    {"eth ip6 gre ip4 tcp", 2, 1, 1},               /* version 1: PPTP */
	    {"eth ip6 greall ip4 tcp", 2, 0, 0xf0},         /* with routing */
	    {"eth ip4 gre ip6 tcp", 2, 2, 0x88},            /* carries something else */
	};
	const struct lwkt_flowhash_config cfg = {
	    .fc_inner = true, .fc_kind = LWKT_FLOWHASH_TOEPLITZ};
	const struct lwkt_flowhash *fh = create(&cfg);
	struct lwkt_frame fr;

	for (unsigned int i = 0; i < RTE_DIM(not ); i++) {
		lwkt_frame_make(&fr, not [i].words, 9);
		cr_expect_eq(hash_of(fh, &fr), softrss(fh, &fr, &fr.fr_inner));
		fr.fr_data[fr.fr_layer[not [i].layer] + not [i].byte] = not [i].value;
		cr_expect_eq(hash_of(fh, &fr), softrss(fh, &fr, &fr.fr_outer), "%s", not [i].words);
	}
}

/* More of them than are walked through: what is known before them decides. */
LWKT_TEST(flowhash, N86_endless_headers_end)
{
	const struct lwkt_flowhash *fh = create(&toeplitz_config);
	struct lwkt_frame fr;
	struct lwkt_frame_ends ends;

	lwkt_frame_make(&fr, "eth ip6 dst dst dst dst dst dst dst dst dst tcp", 1);
	ends = fr.fr_outer;
	ends.fe_ports = 0;
	cr_expect_eq(hash_of(fh, &fr), softrss(fh, &fr, &ends));
	lwkt_frame_make(&fr, "eth vlan vlan vlan vlan vlan ip4 tcp", 1);
	ends = (struct lwkt_frame_ends){6, 0, 6, 0};
	cr_expect_eq(hash_of(fh, &fr), softrss(fh, &fr, &ends));
}

static struct rte_mbuf *
packet_of(struct rte_mempool *pool, const char *words, uint64_t seed)
{
	struct lwkt_frame fr;
	struct rte_mbuf *m;

	lwkt_frame_make(&fr, words, seed);
	m = test_packet(pool, (uint16_t)fr.fr_bytes);
	memcpy(rte_pktmbuf_mtod(m, void *), fr.fr_data, fr.fr_bytes);
	return m;
}

LWKT_TEST(flowhash, N88_the_nics_hash_is_taken_unread)
{
	const struct lwkt_flowhash_config cfg = {.fc_nic = true};
	const struct lwkt_flowhash *fh = create(&cfg);
	struct rte_mbuf m = {.ol_flags = RTE_MBUF_F_RX_RSS_HASH, .pkt_len = 60, .data_len = 60};

	m.hash.rss = 0x12345678;
	cr_expect_eq(lwkt_flowhash_pkt(fh, &m), LWKT_FLOWHASH_OK, "data at address 0 is not read");
	cr_expect_eq(m.hash.rss, 0x12345678);
}

LWKT_TEST(flowhash, N88_the_nics_hash_with_another_key_is_replaced_once)
{
	const struct lwkt_flowhash *fh = create(NULL);
	struct rte_mbuf *m = packet_of(test_pool("p", 31), "eth ip4 tcp", 1);
	uint32_t hash = 0;

	m->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	m->hash.rss = 0x12345678;
	cr_expect_eq(lwkt_flowhash_compute(fh, m, &hash), LWKT_FLOWHASH_OK);
	cr_expect_eq(m->hash.rss, 0x12345678, "computing changes nothing");
	cr_expect_eq(lwkt_flowhash_pkt(fh, m), LWKT_FLOWHASH_OK);
	cr_expect_eq(m->hash.rss, hash);
	cr_expect(m->ol_flags & RTE_MBUF_F_RX_RSS_HASH);
	m->hash.rss = 7; /* it would show */
	cr_expect_eq(lwkt_flowhash_pkt(fh, m), LWKT_FLOWHASH_OK);
	cr_expect_eq(m->hash.rss, 7, "not hashed again");
	lwkt_flowhash_forget(fh, m);
	cr_expect_eq(m->ol_flags, 0);
	cr_expect_eq(lwkt_flowhash_pkt(fh, m), LWKT_FLOWHASH_OK);
	cr_expect_eq(m->hash.rss, hash, "now it is");
	rte_pktmbuf_free(m);
}

/* Whose hash it is counts, not only that there is one. */
LWKT_TEST(flowhash, N88_a_hash_of_another_function_is_not_taken)
{
	struct lwkt_flowhash_config cfg[] = {{0}, {.fc_seed = 7}, {.fc_inner = true},
	    {.fc_kind = LWKT_FLOWHASH_TOEPLITZ}, {.fc_nic = true}, {.fc_l2 = 1},
	    {.fc_inner = true, .fc_vxlan = {5}, .fc_nvxlan = 1}, {.fc_seed = 8}, {.fc_seed = 9}};
	struct lwkt_flowhash *fh[RTE_DIM(cfg)];
	struct rte_mbuf *m = packet_of(test_pool("p", 31), "eth ip4 udp vxlan eth ip4 tcp", 1);

	for (unsigned int i = 0; i < RTE_DIM(cfg); i++)
		fh[i] = create(&cfg[i]);
	for (unsigned int i = 0; i < RTE_DIM(cfg); i++) {
		for (unsigned int k = 0; k < RTE_DIM(cfg); k++) {
			uint32_t hash = 0;

			cr_expect_eq(lwkt_flowhash_pkt(fh[i], m), LWKT_FLOWHASH_OK);
			cr_expect_eq(lwkt_flowhash_pkt(fh[k], m), LWKT_FLOWHASH_OK);
			lwkt_flowhash_compute(fh[k], m, &hash);
			cr_expect_eq(m->hash.rss, hash, "%u after %u", k, i);
		}
	}
	m->ol_flags = RTE_MBUF_F_RX_RSS_HASH;
	m->hash.rss = 0x12345678;
	cr_expect_eq(lwkt_flowhash_pkt(fh[4], m), LWKT_FLOWHASH_OK);
	cr_expect_eq(m->hash.rss, 0x12345678, "the NIC's");
	lwkt_flowhash_pkt(fh[0], m);
	lwkt_flowhash_pkt(create(&cfg[0]), m);
	cr_expect_neq(m->hash.rss, 0x12345678, "a mix");
	m->hash.rss = 7;
	lwkt_flowhash_pkt(create(&cfg[0]), m);
	cr_expect_eq(m->hash.rss, 7, "the same function in another place: not again");
	rte_pktmbuf_free(m);
}

LWKT_TEST(flowhash, N87_a_burst_tells_the_malformed_packets)
{
	const struct lwkt_flowhash *fh = create(NULL);
	struct rte_mempool *pool = test_pool("p", 63);
	struct rte_mbuf *pkts[33];
	uint8_t reasons[RTE_DIM(pkts)];
	uint32_t hash;

	for (unsigned int i = 0; i < RTE_DIM(pkts); i++) {
		pkts[i] = packet_of(pool, lwkt_frame_samples[i % 20], i);
		pkts[i]->hash.rss = 5;
		if (i % 8 == 3)
			rte_pktmbuf_trim(pkts[i], (uint16_t)(pkts[i]->pkt_len - 20));
	}
	cr_expect_eq(lwkt_flowhash_burst(fh, pkts, RTE_DIM(pkts), reasons), 4);
	for (unsigned int i = 0; i < RTE_DIM(pkts); i++) {
		cr_expect_eq(reasons[i] != LWKT_FLOWHASH_OK, i % 8 == 3, "%u", i);
		hash = 5;
		cr_expect_eq(lwkt_flowhash_compute(fh, pkts[i], &hash), reasons[i]);
		cr_expect_eq(pkts[i]->hash.rss, hash);
		cr_expect_eq(pkts[i]->ol_flags != 0, i % 8 != 3);
	}
	cr_expect_eq(lwkt_flowhash_burst(fh, pkts, 0, reasons), 0);
	rte_pktmbuf_free_bulk(pkts, RTE_DIM(pkts));
}

/* Each bucket within 40 % of its share: five standard deviations. */
LWKT_TEST(flowhash, N84_random_flows_fill_the_buckets_evenly)
{
	static unsigned int count[LWKT_FLOWHASH_BUCKETS];
	const unsigned int flows = 160 * LWKT_FLOWHASH_BUCKETS;
	const struct lwkt_flowhash *fh = create(NULL);
	struct lwkt_frame fr;

	for (unsigned int kind = 0; kind < 2; kind++) {
		memset(count, 0, sizeof(count));
		for (unsigned int i = 0; i < flows; i++) {
			lwkt_frame_make(&fr, kind == 0 ? "eth ip4 tcp" : "eth ip6 udp", i + 1);
			count[lwkt_flowhash_bucket(hash_of(fh, &fr))]++;
		}
		for (unsigned int b = 0; b < LWKT_FLOWHASH_BUCKETS; b++) {
			cr_expect_gt(count[b], 96, "%u", b);
			cr_expect_lt(count[b], 224, "%u", b);
		}
	}
}

static void
expect_refused(const struct lwkt_flowhash_config *cfg, const char *text)
{
	const char *log;

	test_log_begin();
	rte_errno = 0;
	cr_expect_null(lwkt_flowhash_create(cfg, SOCKET_ID_ANY));
	log = test_log_end();
	cr_expect_eq(rte_errno, EINVAL);
	cr_expect_str_eq(log, text);
}

LWKT_TEST(flowhash, API_settings_that_contradict_each_other_are_refused_in_one_line)
{
	static const struct {
		struct lwkt_flowhash_config cfg;
		const char *text;
	} cases[] = {
	    {{.fc_kind = LWKT_FLOWHASH_MIX, .fc_nic = true},
	        "lwkt: flow hash: a NIC's hash is no mix; take toeplitz, or leave the NIC's hash\n"},
	    {{.fc_kind = LWKT_FLOWHASH_MIX, .fc_key = ms_key, .fc_key_bytes = 40},
	        "lwkt: flow hash: mix has no key; take toeplitz, or a seed\n"},
	    {{.fc_kind = LWKT_FLOWHASH_TOEPLITZ, .fc_seed = 1},
	        "lwkt: flow hash: toeplitz has no seed; take mix, or leave the seed out\n"},
	    {{.fc_nvxlan = 5},
	        "lwkt: flow hash: more ports of a tunnel than there is room for; give 4 at most\n"},
	    {{.fc_kind = 3}, "lwkt: flow hash: no such hash; take mix or toeplitz\n"},
	};

	for (unsigned int i = 0; i < RTE_DIM(cases); i++)
		expect_refused(&cases[i].cfg, cases[i].text);
}

LWKT_TEST(flowhash, N86_a_tunnel_is_one_on_its_ports_only)
{
	static const uint16_t ports[] = {4789, 8472, 4790};
	struct lwkt_flowhash_config cfg = {.fc_inner = true};
	struct lwkt_flowhash *outer = create(NULL);
	struct lwkt_frame fr;

	for (unsigned int given = 0; given < 2; given++) {
		const struct lwkt_flowhash *fh = create(&cfg);

		for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
			bool inner = given ? ports[i] == 4790 : ports[i] != 4790;

			lwkt_frame_make(&fr, "eth ip4 udp vxlan eth ip4 tcp", 1);
			fr.fr_data[fr.fr_outer.fe_ports + 2] = (uint8_t)(ports[i] >> 8);
			fr.fr_data[fr.fr_outer.fe_ports + 3] = (uint8_t)ports[i];
			cr_expect_eq(
			    hash_of(fh, &fr) != hash_of(outer, &fr), inner, "%u", ports[i]);
		}
		cfg.fc_vxlan[0] = 4790;
		cfg.fc_nvxlan = 1;
	}
}

LWKT_TEST(flowhash, N86_l2_outer_hashes_the_addresses_alone)
{
	const struct lwkt_flowhash_config cfg = {.fc_l2 = LWKT_FLOWHASH_L2_OUTER};
	static const char *const words[] = {"eth pppoe ip4 tcp", "eth mplsbot ip6 tcp"};
	struct lwkt_flowhash *outer = create(&cfg), *inner = create(NULL);

	for (unsigned int i = 0; i < RTE_DIM(words); i++) {
		struct lwkt_frame fr, other;

		lwkt_frame_make(&fr, words[i], 1);
		other = fr;
		other.fr_data[other.fr_outer.fe_src] ^= 1;
		cr_expect_eq(hash_of(outer, &fr), hash_of(outer, &other), "%s", words[i]);
		cr_expect_neq(hash_of(inner, &fr), hash_of(inner, &other), "%s", words[i]);
		cr_expect_neq(hash_of(inner, &fr), hash_of(outer, &fr), "%s", words[i]);
	}
}

LWKT_TEST(flowhash, API_a_key_that_cannot_be_is_refused_in_one_line)
{
	struct lwkt_flowhash_config cfg = {.fc_key = ms_key, .fc_key_bytes = 39};

	expect_refused(&cfg, "lwkt: flow hash: a key of 39 bytes; give 40 or 52\n");
	cfg.fc_key_bytes = 40;
	expect_refused(&cfg,
	    "lwkt: flow hash: the key is not symmetric; give one that repeats every "
	    "16 bits, or none\n");
}

/* A key may differ in each of the four places where ends change places, and is found out. */
LWKT_TEST(flowhash, N85_a_key_that_is_a_bit_asymmetric_is_refused)
{
	uint8_t key[40];
	const struct lwkt_flowhash_config cfg = {.fc_key = key, .fc_key_bytes = sizeof(key)};
	struct lwkt_flowhash *fh;

	for (unsigned int bit = 0; bit < 288 + 31; bit++) {
		for (unsigned int i = 0; i < sizeof(key); i++)
			key[i] = i % 2 ? 0xa5 : 0x3c;
		key[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		test_log_begin();
		fh = lwkt_flowhash_create(&cfg, SOCKET_ID_ANY);
		test_log_end();
		cr_expect_null(fh, "bit %u", bit);
	}
}

LWKT_TEST(flowhash, API_the_key_is_given_out_as_long_as_a_nic_wants_it)
{
	const struct lwkt_flowhash *fh = create(&toeplitz_config), *ms = create(&ms_config);
	const uint8_t *key = lwkt_flowhash_key(fh, 52);

	cr_assert_not_null(key);
	for (unsigned int i = 0; i < 52; i++)
		cr_expect_eq(key[i], i % 2 ? 0x5a : 0x6d);
	cr_expect_null(lwkt_flowhash_key(fh, 53));
	cr_expect_eq(memcmp(lwkt_flowhash_key(ms, 40), ms_key, 40), 0);
	cr_expect_null(lwkt_flowhash_key(ms, 52));
	cr_expect_null(lwkt_flowhash_key(create(NULL), 40), "mix has none");
}
