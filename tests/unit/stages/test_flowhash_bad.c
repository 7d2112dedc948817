/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that are malformed, cut off, or in pieces. They end where their memory ends: before a
 * page that nobody may touch, or before AddressSanitizer's red zone.
 */
#include <string.h>

#include <lwkt_flowhash.h>

#include <lwkt_frame.h>
#include "segments.h"
#include "test.h"

static const struct lwkt_flowhash_config inner_config = {.fc_inner = true};

static void
destroy(void *fh)
{
	lwkt_flowhash_destroy(fh);
}

static const struct lwkt_flowhash *
create(const struct lwkt_flowhash_config *cfg)
{
	struct lwkt_flowhash *fh = lwkt_flowhash_create(cfg, SOCKET_ID_ANY);

	cr_assert_not_null(fh);
	test_at_end(destroy, fh);
	return fh;
}

/* What is done to a sample, and what it then is. */
struct bad {
	const char *words;
	unsigned int layer, byte; /* this byte of that word's header ... */
	int value;                /* ... becomes this; or, if negative, ... */
	                          /* ... the frame is cut off there, and IP knows */
	enum lwkt_flowhash_reason reason;
};

#define CUT (-1)

static const struct bad bads[] = {
    {"eth ip4 tcp", 0, 13, CUT, LWKT_FLOWHASH_RUNT},
    {"eth ip4 tcp", 0, 0, CUT, LWKT_FLOWHASH_RUNT},
    {"eth vlan ip4 tcp", 1, 3, CUT, LWKT_FLOWHASH_VLAN_SHORT},
    {"eth qinq vlan ip4 tcp", 2, 0, CUT, LWKT_FLOWHASH_VLAN_SHORT},
    {"eth ip4 tcp", 1, 19, CUT, LWKT_FLOWHASH_IP4_HEADER},
    {"eth ip4 tcp", 1, 0, 0x44, LWKT_FLOWHASH_IP4_HEADER},
    {"eth ip4 tcp", 1, 0, 0x65, LWKT_FLOWHASH_IP4_HEADER},
    {"eth ip4 tcp data", 1, 0, 0x40, LWKT_FLOWHASH_IP4_HEADER},
    {"eth ip6 tcp", 1, 39, CUT, LWKT_FLOWHASH_IP6_HEADER},
    {"eth ip6 tcp", 1, 0, 0x40, LWKT_FLOWHASH_IP6_HEADER},
};

/* Frames that are wrong in places, whose ends can be read: they have the hash of the good one. */
static const struct bad lies[] = {
    {"eth ip4 tcp data", 1, 3, 19, 0},
    {"eth ip4 tcp data", 1, 3, 0, 0}, /* as of a segmenting sender */
    {"eth ip4 tcp data", 1, 3, 20, 0},
    {"eth ip4 tcp data", 1, 3, 39, 0},
    {"eth ip4 tcp data", 1, 2, 1, 0},
    {"eth ip4 tcp data", 1, 2, 0xff, 0},
    {"eth ip4opt udp", 1, 3, 41, 0},
    {"eth ip6 tcp data", 1, 5, 0, 0},
    {"eth ip6 tcp data", 1, 5, 21, 0},
    {"eth ip6 tcp data", 1, 4, 0xff, 0},
    {"eth ip6 hop tcp", 1, 5, 7, 0},
    {"eth ip6 hop udp", 1, 5, 0, 0},
    {"eth ip4 tcp", 2, 12, 0x40, 0},
    {"eth ip4 tcp", 2, 12, 0xf0, 0},
    {"eth ip4 tcp", 2, 4, CUT, 0},
    {"eth ip6 sctp", 2, 4, CUT, 0},
    {"eth ip4 udp data", 2, 5, 7, 0},
    {"eth ip4 udp data", 2, 5, 0, 0},
    {"eth ip4 udp data", 2, 4, 0xff, 0},
    {"eth ip4 udp vxlan eth ip4 tcp data", 1, 3, 0, 0},
    {"eth ip4 udp vxlan eth ip4 tcp data", 1, 3, 30, 0},
    {"eth ip4 udp vxlan eth ip4 tcp data", 2, 5, 9, 0},
    {"eth ip4 udp vxlan eth ip4 tcp data", 5, 3, 0, 0},
    {"eth ip4 udp gtpu ip4 udp data", 3, 3, 0, 0},
    {"eth ip4 udp gtpuext ip6 tcp", 3, 2, 0xff, 0},
    {"eth ip4 ip4 tcp", 2, 3, 41, 0},
    {"eth ip6 ip6 tcp", 1, 5, 0, 0},
    {"eth pppoe ip4 tcp data", 1, 5, 1, 0},
};

/* Whose insides cannot be read: they have the hash of their outsides. */
static const struct bad outsides[] = {
    {"eth ip4 udp vxlan eth ip4 tcp", 4, 0, CUT, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 4, 13, CUT, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 5, 19, CUT, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 5, 0, 0x55, 0},
    {"eth ip4 udp vxlan eth vlan ip4", 5, 3, CUT, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 3, 7, CUT, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 3, 0, 0x0c, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 3, 1, 1, 0},
    {"eth ip4 udp vxlan eth ip4 tcp", 3, 7, 1, 0},
    {"eth ip4 udp geneve ip4", 3, 0, 0x3f, 0},
    {"eth ip4 udp geneve ip4 tcp", 3, 1, 0x80, 0},
    {"eth ip4 udp geneve ip4 tcp", 3, 1, 0x01, 0},
    {"eth ip4 udp geneve ip4 tcp", 4, 0, CUT, 0},
    {"eth ip4 udp gtpu ip4 tcp", 3, 0, 0x50, 0},
    {"eth ip4 udp gtpu ip4 tcp", 3, 0, 0x38, 0},
    {"eth ip4 udp gtpu ip4 tcp", 3, 1, 1, 0},
    {"eth ip4 udp gtpuext ip6 tcp", 3, 12, 0, 0},
    {"eth ip4 udp gtpuext ip6 tcp", 3, 15, 0x85, 0},
    {"eth ip4 gre ip4 tcp", 3, 0, CUT, 0},
    {"eth ip4 gre ip4 tcp", 2, 3, CUT, 0},
    {"eth ip6 greall ip4", 3, 3, CUT, 0},
    {"eth ip4 ip4 tcp", 2, 0, CUT, 0},
    {"eth ip6 ip6 tcp", 2, 0, 0x40, 0},
};

static struct lwkt_frame
make_bad(const struct bad *bad)
{
	struct lwkt_frame fr;
	unsigned int at;

	lwkt_frame_make(&fr, bad->words, 1);
	at = fr.fr_layer[bad->layer] + bad->byte;
	if (bad->value == CUT)
		fr.fr_bytes = at;
	else
		fr.fr_data[at] = (uint8_t)bad->value;
	return fr;
}

LWKT_TEST(flowhash, N87_each_malformed_packet_has_its_reason)
{
	const struct lwkt_flowhash *fh = create(&inner_config);
	unsigned int seen[LWKT_FLOWHASH_REASONS] = {0};
	struct rte_mbuf m;
	struct lwkt_frame fr;

	for (unsigned int i = 0; i < RTE_DIM(bads); i++) {
		uint32_t hash = 77;

		fr = make_bad(&bads[i]);
		cr_expect_eq(
		    lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, fr.fr_bytes), &hash),
		    bads[i].reason, "%u: %s", i, bads[i].words);
		cr_expect_eq(hash, 77, "an output is left alone on failure");
		m.hash.rss = 78;
		cr_expect_eq(lwkt_flowhash_pkt(fh, &m), bads[i].reason);
		cr_expect(m.ol_flags == 0 && m.hash.rss == 78, "%s", bads[i].words);
		seen[bads[i].reason]++;
	}
	cr_expect(seen[LWKT_FLOWHASH_RUNT] > 0 && seen[LWKT_FLOWHASH_VLAN_SHORT] > 0 &&
	              seen[LWKT_FLOWHASH_IP4_HEADER] > 0 && seen[LWKT_FLOWHASH_IP6_HEADER] > 0,
	    "an example of each that occurs");
}

static uint32_t
good_hash(const struct lwkt_flowhash *fh, const struct lwkt_frame *fr)
{
	struct rte_mbuf m;
	uint32_t hash = 0;

	cr_expect_eq(
	    lwkt_flowhash_compute(fh, guarded_make(&m, fr->fr_data, fr->fr_bytes), &hash), 0);
	return hash;
}

static void
expect_hash_of_good(const struct lwkt_flowhash *bads_hash, const struct lwkt_flowhash *goods_hash,
    const struct bad *rows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct lwkt_frame good, bad = make_bad(&rows[i]);

		lwkt_frame_make(&good, rows[i].words, 1);
		cr_expect_eq(good_hash(bads_hash, &bad), good_hash(goods_hash, &good), "%u: %s", i,
		    rows[i].words);
	}
}

LWKT_TEST(flowhash, N87_one_flow_has_one_hash_whatever_lengths_say)
{
	const struct lwkt_flowhash_config cfg = {
	    .fc_inner = true, .fc_kind = LWKT_FLOWHASH_TOEPLITZ};
	const struct lwkt_flowhash *mix = create(&inner_config), *toeplitz = create(&cfg);

	expect_hash_of_good(mix, mix, lies, RTE_DIM(lies));
	expect_hash_of_good(toeplitz, toeplitz, lies, RTE_DIM(lies));
}

LWKT_TEST(flowhash, N86_N87_a_tunnel_whose_inside_cannot_be_read_has_the_hash_of_its_outside)
{
	expect_hash_of_good(create(&inner_config), create(NULL), outsides, RTE_DIM(outsides));
}

/* Control packets, keepalives; padding that comes behind them is not what they carry. */
LWKT_TEST(flowhash, N87_a_padded_tunnel_of_nothing_is_hashed_by_its_outside)
{
	static const char *const empty[] = {"eth ip4 gre", "eth ip4 udp vxlan",
	    "eth ip4 udp geneve", "eth vlan ip4 gre", "eth ip4 udp gtpu", NULL};
	const struct lwkt_flowhash *inner = create(&inner_config), *outer = create(NULL);
	struct lwkt_frame fr;

	for (unsigned int i = 0; empty[i] != NULL; i++) {
		lwkt_frame_make(&fr, empty[i], 1);
		fr.fr_data[fr.fr_layer[fr.fr_layers - 1] + 2] = 0x65; /* GRE, Geneve: Ethernet */
		fr.fr_data[fr.fr_layer[fr.fr_layers - 1] + 3] = 0x58;
		fr.fr_bytes = RTE_MAX(fr.fr_bytes, 60u);
		cr_expect_eq(good_hash(inner, &fr), good_hash(outer, &fr), "%s", empty[i]);
	}
}

LWKT_TEST(flowhash, N87_each_reason_has_a_name)
{
	for (unsigned int r = 1; r < LWKT_FLOWHASH_REASONS; r++)
		cr_expect_not_null(lwkt_flowhash_reasons[r - 1]);
	cr_expect_null(lwkt_flowhash_reasons[LWKT_FLOWHASH_REASONS - 1]);
	cr_expect_str_eq(lwkt_flowhash_reasons[LWKT_FLOWHASH_RUNT - 1], "runt");
	cr_expect_str_eq(lwkt_flowhash_reasons[LWKT_FLOWHASH_TUNNEL_SHORT - 1], "tunnel_short");
}

/* Behind IP's end there may be padding; it is no part of the packet. */
LWKT_TEST(flowhash, N87_padding_is_not_looked_at)
{
	const struct lwkt_flowhash *fh = create(NULL);
	uint32_t hash = 0, padded = 0;
	struct rte_mbuf m;
	struct lwkt_frame fr;

	lwkt_frame_make(&fr, "eth ip4 udp", 1);
	lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, fr.fr_bytes), &hash);
	cr_expect_eq(lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, 60), &padded), 0);
	cr_expect_eq(padded, hash);
}

/* Where the outer IP header is whole, and where the frame is if it has none. */
static unsigned int
needed(const struct lwkt_frame *fr, const char *words)
{
	const struct lwkt_frame_ends *fe = &fr->fr_outer;
	bool ip = strstr(words, " ip") != NULL && strstr(words, "pppoe") == NULL &&
	          strstr(words, "mpls") == NULL;

	if (ip)
		return fe->fe_dst + fe->fe_bytes;
	return strstr(words, "vlan") != NULL ? 18 : 14;
}

LWKT_TEST(flowhash, N87_a_packet_cut_off_anywhere_is_not_read_past_and_hashed_by_what_is_known)
{
	struct rte_mbuf m;
	struct lwkt_frame fr;
	uint32_t hash;

	for (unsigned int inner = 0; inner < 2; inner++) {
		const struct lwkt_flowhash *fh = create(inner ? &inner_config : NULL);

		for (const char *const *words = lwkt_frame_samples; *words != NULL; words++) {
			lwkt_frame_make(&fr, *words, 1);
			for (unsigned int bytes = 0; bytes < fr.fr_bytes; bytes++)
				cr_expect_eq(
				    lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, bytes),
				        &hash) != LWKT_FLOWHASH_OK,
				    bytes < needed(&fr, *words), "%s, %u bytes", *words, bytes);
		}
	}
}

/* Cut at a, and so many bytes behind it: the same as in one piece. */
static void
expect_pieces(const struct lwkt_flowhash *fh, const struct lwkt_frame *fr, unsigned int a,
    unsigned int behind, enum lwkt_flowhash_reason want, uint32_t want_hash)
{
	const unsigned int cut[] = {a, RTE_MIN(a + behind, fr->fr_bytes)};
	struct segments sg;
	uint32_t hash = 1;
	struct rte_mbuf *m = segments_make(&sg, fr->fr_data, fr->fr_bytes, cut, 2);

	cr_expect_eq(lwkt_flowhash_compute(fh, m, &hash), want, "%u + %u", a, behind);
	cr_expect_eq(hash, want_hash, "%u + %u", a, behind);
	segments_free(&sg);
}

static void
expect_same_in_pieces(const struct lwkt_flowhash *fh, const struct lwkt_frame *fr)
{
	static const unsigned int behind[] = {0, 1, 3, 16};
	enum lwkt_flowhash_reason reason;
	uint32_t hash = 1;
	struct rte_mbuf m;

	reason = lwkt_flowhash_compute(fh, guarded_make(&m, fr->fr_data, fr->fr_bytes), &hash);
	for (unsigned int a = 0; a <= fr->fr_bytes; a++) {
		for (unsigned int i = 0; i < RTE_DIM(behind); i++)
			expect_pieces(fh, fr, a, behind[i], reason, hash);
	}
}

LWKT_TEST(flowhash, N87_cut_into_segments_anywhere_it_is_the_same)
{
	const struct lwkt_flowhash *fh = create(&inner_config);
	struct lwkt_frame fr;

	for (const char *const *words = lwkt_frame_samples; *words != NULL; words++) {
		lwkt_frame_make(&fr, *words, 1);
		expect_same_in_pieces(fh, &fr);
	}
	for (unsigned int i = 0; i < RTE_DIM(bads); i++) {
		fr = make_bad(&bads[i]);
		expect_same_in_pieces(fh, &fr);
	}
}
