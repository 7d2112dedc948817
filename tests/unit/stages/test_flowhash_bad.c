/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that are malformed, cut off, or in pieces. They end where their memory ends: before a
 * page that nobody may touch, or before AddressSanitizer's red zone.
 */
#include <string.h>

#include <lwkt_flowhash.h>

#include "frames.h"
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
    {"eth ip4 tcp", 1, 3, 19, LWKT_FLOWHASH_IP4_LENGTH},
    {"eth ip4 tcp", 1, 3, 41, LWKT_FLOWHASH_IP4_LENGTH},
    {"eth ip4 tcp", 1, 2, 1, LWKT_FLOWHASH_IP4_LENGTH},
    {"eth ip4 data", 1, 0, 0x4b, LWKT_FLOWHASH_IP4_LENGTH},
    {"eth ip6 tcp", 1, 39, CUT, LWKT_FLOWHASH_IP6_HEADER},
    {"eth ip6 tcp", 1, 0, 0x40, LWKT_FLOWHASH_IP6_HEADER},
    {"eth ip6 tcp", 1, 5, 21, LWKT_FLOWHASH_IP6_LENGTH},
    {"eth ip6 tcp", 1, 4, 1, LWKT_FLOWHASH_IP6_LENGTH},
    {"eth ip6 hop tcp", 1, 5, 7, LWKT_FLOWHASH_IP6_EXT},
    {"eth ip6 dst tcp", 2, 1, 4, LWKT_FLOWHASH_IP6_EXT},
    {"eth ip6 route ah data", 3, 1, 10, LWKT_FLOWHASH_IP6_EXT},
    {"eth ip6 frag udp", 1, 5, 7, LWKT_FLOWHASH_IP6_EXT},
    {"eth ip6 tcp", 1, 5, 0, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 tcp", 1, 3, 39, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 tcp", 2, 12, 0x40, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 tcp", 2, 12, 0x60, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 udp data", 1, 3, 27, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 udp data", 2, 5, 7, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 udp data", 2, 5, 0, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 udp data", 2, 5, 29, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip6 sctp", 1, 5, 11, LWKT_FLOWHASH_L4_SHORT},
    {"eth ip4 udp vxlan eth arp", 2, 5, 15, LWKT_FLOWHASH_TUNNEL_SHORT},
    {"eth ip4 udp vxlan eth arp", 2, 5, 29, LWKT_FLOWHASH_RUNT},
    {"eth ip4 udp geneve ip4", 2, 5, 15, LWKT_FLOWHASH_TUNNEL_SHORT},
    {"eth ip4 udp geneve ip4", 3, 0, 8, LWKT_FLOWHASH_TUNNEL_SHORT},
    {"eth ip4 gre ip4", 1, 3, 23, LWKT_FLOWHASH_TUNNEL_SHORT},
    {"eth ip6 greall ip4", 1, 5, 15, LWKT_FLOWHASH_TUNNEL_SHORT},
    {"eth ip4 gre ip6 tcp", 1, 3, 63, LWKT_FLOWHASH_IP6_HEADER},
    {"eth ip4 ip4 tcp", 2, 3, 41, LWKT_FLOWHASH_IP4_LENGTH},
    {"eth ip6 ip6 tcp", 2, 5, 21, LWKT_FLOWHASH_IP6_LENGTH},
    {"eth ip4 udp geneve eth vlan ip4", 2, 5, 24 + 14 + 3, LWKT_FLOWHASH_VLAN_SHORT},
};

static struct frame
make_bad(const struct bad *bad)
{
	struct frame fr;
	unsigned int at;

	frame_make(&fr, bad->words, 1);
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
	struct frame fr;

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
	for (unsigned int r = 1; r < LWKT_FLOWHASH_REASONS; r++)
		cr_expect_gt(seen[r], 0, "no example of %s", lwkt_flowhash_reasons[r - 1]);
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
	struct frame fr;

	frame_make(&fr, "eth ip4 udp", 1);
	lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, fr.fr_bytes), &hash);
	cr_expect_eq(lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, 60), &padded), 0);
	cr_expect_eq(padded, hash);
}

/* Jumbograms (RFC 2675): IPv6 and UDP say a length of 0. */
LWKT_TEST(flowhash, N87_a_jumbograms_length_is_the_packets)
{
	const struct lwkt_flowhash *fh = create(NULL);
	static uint8_t jumbo[80000];
	const unsigned int cut[] = {40000};
	struct segments sg;
	struct frame fr;
	uint32_t want = 0, hash = 0;
	struct rte_mbuf m, *big;

	frame_make(&fr, "eth ip6 hop udp", 1);
	lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, fr.fr_bytes), &want);
	memcpy(jumbo, fr.fr_data, fr.fr_bytes);
	memset(jumbo + fr.fr_layer[1] + 4, 0, 2);
	memset(jumbo + fr.fr_layer[3] + 4, 0, 2);
	big = segments_make(&sg, jumbo, sizeof(jumbo), cut, 1);
	cr_expect_eq(lwkt_flowhash_compute(fh, big, &hash), LWKT_FLOWHASH_OK);
	cr_expect_eq(hash, want);
	segments_free(&sg);
	big = segments_make(&sg, jumbo, 60000, cut, 1);
	cr_expect_eq(lwkt_flowhash_compute(fh, big, &hash), LWKT_FLOWHASH_L4_SHORT, "not that big");
	segments_free(&sg);
}

/* The layer at which a cut frame may still be whole: Ethernet, if it carries no IP. */
static bool
is_ip(const char *words)
{
	return strstr(words, " ip") != NULL;
}

LWKT_TEST(flowhash, N87_a_packet_cut_off_anywhere_is_malformed_and_not_read_past)
{
	struct rte_mbuf m;
	struct frame fr;
	uint32_t hash;

	for (unsigned int inner = 0; inner < 2; inner++) {
		const struct lwkt_flowhash *fh = create(inner ? &inner_config : NULL);

		for (const char *const *words = frame_samples; *words != NULL; words++) {
			frame_make(&fr, *words, 1);
			for (unsigned int bytes = 0; bytes < fr.fr_bytes; bytes++) {
				bool bad = is_ip(*words) ||
				           bytes < (strstr(*words, "vlan") != NULL ? 18u : 14u);

				cr_expect_eq(
				    lwkt_flowhash_compute(fh, guarded_make(&m, fr.fr_data, bytes),
				        &hash) != LWKT_FLOWHASH_OK,
				    bad, "%s, %u bytes", *words, bytes);
			}
		}
	}
}

/* Cut at a, and so many bytes behind it: the same as in one piece. */
static void
expect_pieces(const struct lwkt_flowhash *fh, const struct frame *fr, unsigned int a,
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
expect_same_in_pieces(const struct lwkt_flowhash *fh, const struct frame *fr)
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
	struct frame fr;

	for (const char *const *words = frame_samples; *words != NULL; words++) {
		frame_make(&fr, *words, 1);
		expect_same_in_pieces(fh, &fr);
	}
	for (unsigned int i = 0; i < RTE_DIM(bads); i++) {
		fr = make_bad(&bads[i]);
		expect_same_in_pieces(fh, &fr);
	}
}
