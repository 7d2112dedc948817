/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that the kernel hands over unfinished or cut (ethdev_kernel_pvt.h).
 */
#include <stdlib.h>
#include <string.h>

#include <lwkt_pktmsg.h>

#include "ethdev_kernel_pvt.h"
#include <lwkt_frame.h>
#include "test.h"
#include "test_pool.h"

#define SLOT 1982u
#define MTU  1500u

/* A plain sum of 16-bit words, as RFC 1071 says; nothing of DPDK's. */
static uint16_t
sum_of(const uint8_t *bytes, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Where things are in a frame whose headers are words, the last but one TCP or UDP. */
struct parts {
	unsigned int ip, l4, field; /* byte offsets */
	uint8_t proto;
	bool v4;
};

static struct parts
parts_of(const struct lwkt_frame *fr)
{
	unsigned int last = fr->fr_layers - 2, first = 1;
	struct parts pa = {.l4 = fr->fr_layer[last]};

	while ((fr->fr_data[fr->fr_layer[first]] >> 4 != 4 &&
	           fr->fr_data[fr->fr_layer[first]] >> 4 != 6) ||
	       fr->fr_data[fr->fr_layer[first] - 2] == 0x81)
		first++;
	pa.ip = fr->fr_layer[first];
	pa.v4 = fr->fr_data[pa.ip] >> 4 == 4;
	return pa;
}

static uint16_t
pseudo_of(const uint8_t *data, const struct parts *pa, uint32_t l4_bytes)
{
	const uint8_t *ip = data + pa->ip;
	uint32_t sum = pa->proto + (l4_bytes >> 16) + (l4_bytes & 0xffff);

	return pa->v4 ? sum_of(ip + 12, 8, sum) : sum_of(ip + 8, 32, sum);
}

static void
put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static struct rte_mempool *pool;

static struct rte_mbuf *
packet_of(const uint8_t *data, unsigned int n)
{
	struct rte_mbuf *m = test_packet(pool, (uint16_t)n);

	memcpy(rte_pktmbuf_mtod(m, void *), data, n);
	return m;
}

static struct kernel_segments ks;

static enum kernel_found
mend(struct rte_mbuf *m, uint32_t slot, bool complete)
{
	const struct kernel_ways ways = {slot, MTU, complete};

	return kernel_mend(m, &ways, &ks);
}

static const struct {
	const char *words;
	uint8_t proto;
} l4_samples[] = {
    {"eth ip4 tcp data", 6},
    {"eth ip4 udp data", 17},
    {"eth vlan ip4 tcp data", 6},
    {"eth qinq vlan ip4 udp data", 17},
    {"eth ip4opt tcp data", 6},
    {"eth ip6 tcp data", 6},
    {"eth ip6 udp data", 17},
    {"eth ip6 hop tcp data", 6},
    {"eth vlan ip6 dst udp data", 17},
};

/* A sample with its checksum's field as the kernel leaves it: only the pseudo-header's sum. */
static struct parts
unfinished(struct lwkt_frame *fr, unsigned int i, uint64_t seed)
{
	struct parts pa;

	lwkt_frame_make(fr, l4_samples[i].words, seed);
	pa = parts_of(fr);
	pa.proto = l4_samples[i].proto;
	pa.field = pa.l4 + (pa.proto == 6 ? 16 : 6);
	put16(fr->fr_data + pa.field, pseudo_of(fr->fr_data, &pa, fr->fr_bytes - pa.l4));
	return pa;
}

LWKT_TEST(kernel, API_an_unfinished_checksum_is_completed)
{
	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++)
		for (uint64_t seed = 1; seed <= 50; seed++) {
			struct rte_mbuf *m;
			struct parts pa;
			struct lwkt_frame fr;
			uint8_t *data;
			uint32_t sum;

			pa = unfinished(&fr, i, seed);
			m = packet_of(fr.fr_data, fr.fr_bytes);
			cr_expect_eq(mend(m, 0, true), KERNEL_COMPLETED, "%s", l4_samples[i].words);
			data = rte_pktmbuf_mtod(m, uint8_t *);
			sum = pseudo_of(data, &pa, fr.fr_bytes - pa.l4);
			cr_expect_eq(sum_of(data + pa.l4, fr.fr_bytes - pa.l4, sum), 0xffff, "%s",
			    l4_samples[i].words);
			memcpy(fr.fr_data + pa.field, data + pa.field, 2);
			cr_expect_arr_eq(fr.fr_data, data, fr.fr_bytes, "else it is as it was");
			rte_pktmbuf_free(m);
		}
}

LWKT_TEST(kernel, API_any_other_checksum_stays_as_it_is)
{
	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++)
		for (int wrong = 1; wrong < 0x10000; wrong += 4099) {
			struct rte_mbuf *m;
			struct parts pa;
			struct lwkt_frame fr;

			pa = unfinished(&fr, i, 1);
			put16(fr.fr_data + pa.field,
			    (uint16_t)((fr.fr_data[pa.field] << 8 | fr.fr_data[pa.field + 1]) ^
			               wrong));
			m = packet_of(fr.fr_data, fr.fr_bytes);
			cr_expect_eq(mend(m, SLOT, true), KERNEL_AS_IT_IS);
			cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), fr.fr_bytes);
			rte_pktmbuf_free(m);
		}
}

/* What is no TCP or UDP, a fragment, shorter than it says; or nobody has asked. */
LWKT_TEST(kernel, N87_what_is_not_whole_is_not_completed)
{
	struct rte_mbuf *m;
	struct lwkt_frame fr;

	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; lwkt_frame_samples[i] != NULL; i++) {
		lwkt_frame_make(&fr, lwkt_frame_samples[i], i);
		m = packet_of(fr.fr_data, fr.fr_bytes);
		cr_expect_eq(mend(m, SLOT, false), KERNEL_AS_IT_IS);
		cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), fr.fr_bytes);
		rte_pktmbuf_free(m);
	}
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++) {
		(void)unfinished(&fr, i, 7);
		for (unsigned int bytes = 1; bytes < fr.fr_bytes; bytes++) {
			m = packet_of(fr.fr_data, bytes);
			cr_expect_eq(mend(m, SLOT, true), KERNEL_AS_IT_IS, "%s, %u bytes",
			    l4_samples[i].words, bytes);
			cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), bytes);
			rte_pktmbuf_free(m);
		}
	}
	lwkt_frame_make(&fr, "eth ip4first data", 3);
	put16(fr.fr_data + fr.fr_layer[2] + 6, 0);
	m = packet_of(fr.fr_data, fr.fr_bytes);
	cr_expect_eq(mend(m, SLOT, true), KERNEL_AS_IT_IS);
	rte_pktmbuf_free(m);
}

LWKT_TEST(kernel, API_what_fills_a_slot_was_cut)
{
	const unsigned int sizes[] = {SLOT, 60, SLOT - 1, SLOT + 4, SLOT, 1514};

	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		struct rte_mbuf *m = test_packet(pool, (uint16_t)sizes[i]);

		memset(rte_pktmbuf_mtod(m, void *), 0x5a, sizes[i]);
		cr_expect_eq(mend(m, 0, true), KERNEL_AS_IT_IS, "no slots, nothing is cut");
		cr_expect_eq(mend(m, SLOT, true), sizes[i] < SLOT ? KERNEL_AS_IT_IS : KERNEL_CUT);
		rte_pktmbuf_free(m);
	}
}

#define TCP_HEADER 32 /* with an option */
#define WHOLE_MAX  60000

/* A TCP packet of so many bytes behind the Ethernet header that its sender has not segmented. */
struct whole {
	struct parts wh_parts;
	unsigned int wh_headers;
	uint8_t wh_data[WHOLE_MAX + 100];
};

static struct whole whole;

static void
whole_make(unsigned int i, unsigned int bytes)
{
	struct lwkt_frame fr;
	struct parts pa = unfinished(&fr, i, 11);
	uint8_t *data = whole.wh_data;

	for (unsigned int b = 0; b < sizeof(whole.wh_data); b++)
		data[b] = (uint8_t)(b * 7 + b / 256);
	memcpy(data, fr.fr_data, fr.fr_bytes);
	put16(data + pa.ip + (pa.v4 ? 2 : 4), (uint16_t)(pa.v4 ? bytes : bytes - 40));
	put16(data + pa.ip + 4, pa.v4 ? 0xffff : (uint16_t)(bytes - 40)); /* IPv4: its id */
	memcpy(data + pa.l4 + 4, "\xff\xff\xff\x00", 4);                  /* its number */
	data[pa.l4 + 12] = TCP_HEADER / 4 << 4;
	data[pa.l4 + 13] = 0x99; /* CWR, ACK, PSH, FIN */
	put16(data + pa.field, pseudo_of(data, &pa, bytes - (pa.l4 - pa.ip)));
	whole.wh_parts = pa;
	whole.wh_headers = pa.l4 + TCP_HEADER;
}

/* Its first bytes, in mbufs of at most so many each. */
static struct rte_mbuf *
whole_packet(unsigned int bytes, unsigned int each)
{
	struct rte_mbuf *m = packet_of(whole.wh_data, RTE_MIN(bytes, each));

	for (unsigned int at = each; at < bytes; at += each)
		cr_assert_eq(
		    rte_pktmbuf_chain(m, packet_of(whole.wh_data + at, RTE_MIN(bytes - at, each))),
		    0);
	return m;
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Segment i of n: what the sender's device would have sent. last: nothing comes after it. */
static void
check_segment(const struct rte_mbuf *m, unsigned int i, unsigned int bytes, bool last)
{
	const struct parts *pa = &whole.wh_parts;
	unsigned int mss = MTU - (whole.wh_headers - pa->ip), n = bytes - whole.wh_headers;
	uint8_t out[MTU + 100];
	const uint8_t *at = rte_pktmbuf_read(m, 0, bytes, out);

	cr_assert_eq(rte_pktmbuf_pkt_len(m), bytes);
	if (at != out)
		memcpy(out, at, bytes);
	cr_expect_eq(out[pa->ip + (pa->v4 ? 2 : 4)] << 8 | out[pa->ip + (pa->v4 ? 3 : 5)],
	    (int)(bytes - pa->ip - (pa->v4 ? 0 : 40)));
	if (pa->v4) {
		cr_expect_eq(sum_of(out + pa->ip, (out[pa->ip] & 15) * 4u, 0), 0xffff);
		cr_expect_eq(out[pa->ip + 4] << 8 | out[pa->ip + 5], (int)((0xffff + i) & 0xffff));
	}
	cr_expect_eq(get32(out + pa->l4 + 4), 0xffffff00 + i * mss, "segment %u", i);
	cr_expect_eq(out[pa->l4 + 13], 0x10 | (i == 0 ? 0x80 : 0) | (last ? 0x09 : 0));
	cr_expect_eq(
	    sum_of(out + pa->l4, bytes - pa->l4, pseudo_of(out, pa, bytes - pa->l4)), 0xffff);
	cr_expect_arr_eq(out + whole.wh_headers, whole.wh_data + whole.wh_headers + i * mss, n);
}

/*
 * bytes of IP, of which there are there with the Ethernet header, in mbufs of each: so many whole
 * segments, and whether there would be more.
 */
static void
check_segments(unsigned int bytes, unsigned int there, unsigned int slot, unsigned int each)
{
	const struct parts *pa = &whole.wh_parts;
	unsigned int mss = MTU - (whole.wh_headers - pa->ip);
	unsigned int left = RTE_MIN(there, pa->ip + bytes) - whole.wh_headers, made;
	struct rte_mbuf *others[LWKT_STAGE_BURST], *m = whole_packet(there, each);
	bool cut = there < pa->ip + bytes;

	cr_assert_eq(mend(m, slot, true), KERNEL_SEGMENTS);
	cr_expect_eq(ks.ks_n, cut ? left / mss : (left + mss - 1) / mss);
	cr_expect_eq(ks.ks_cut, cut);
	made = kernel_segment(m, &ks, others);
	cr_assert_eq(made, ks.ks_n - 1);
	for (unsigned int i = 0; i < ks.ks_n; i++) {
		const struct rte_mbuf *segment = i == 0 ? m : others[i - 1];
		unsigned int payload = RTE_MIN(left - i * mss, mss);

		check_segment(segment, i, whole.wh_headers + payload, !cut && i + 1 == ks.ks_n);
	}
	rte_pktmbuf_free_bulk(others, made);
	rte_pktmbuf_free(m);
}

LWKT_TEST(kernel, API_tcp_that_its_sender_left_to_its_device_is_segmented)
{
	pool = test_pool("kernel", 255);
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++) {
		unsigned int ip, mss;

		if (l4_samples[i].proto != 6)
			continue;
		whole_make(i, 20000);
		ip = whole.wh_parts.ip;
		mss = MTU - (whole.wh_headers - ip);
		check_segments(20000, ip + 20000, 0, 1500);     /* whole */
		check_segments(20000, ip + 20000, 65470, 2000); /* ... and it might have been cut */
		check_segments(20000, SLOT, SLOT, SLOT);        /* the first segment is there */
		check_segments(20000, 16318, 16318, 1900);      /* ten of them, and a part */
		check_segments(20000, ip + 19999, ip + 19999, 1999); /* all but a byte */
		for (unsigned int more = mss - 1; more <= mss + 1; more++) {
			whole_make(i, MTU + more); /* around two segments */
			check_segments(MTU + more, ip + MTU + more, 0, 1800);
		}
		whole_make(i, MTU + 1);
		check_segments(MTU + 1, ip + MTU + 1, 0, 1800);
		whole_make(i, WHOLE_MAX);
		check_segments(WHOLE_MAX, ip + WHOLE_MAX, 0, 1900);
	}
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

/* What is no more than a segment, finished, or has no room for one. */
LWKT_TEST(kernel, API_what_is_no_unfinished_tcp_is_not_segmented)
{
	const struct parts *pa = &whole.wh_parts;
	struct rte_mbuf *m;

	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++) {
		if (l4_samples[i].proto != 6)
			continue;
		whole_make(i, MTU);
		m = whole_packet(pa->ip + MTU, 1900);
		cr_expect_eq(mend(m, SLOT, true), KERNEL_COMPLETED);
		rte_pktmbuf_free(m);
		whole_make(i, 20000);
		m = whole_packet(whole.wh_headers + 100, 1900);
		cr_expect_eq(mend(m, whole.wh_headers + 100, true), KERNEL_CUT, "not one is there");
		rte_pktmbuf_free(m);
		m = whole_packet(SLOT, SLOT);
		cr_expect_eq(mend(m, SLOT, false), KERNEL_CUT, "nobody has asked");
		rte_pktmbuf_free(m);
		whole.wh_data[pa->field] ^= 1;
		m = whole_packet(SLOT, SLOT);
		cr_expect_eq(mend(m, SLOT, true), KERNEL_CUT, "finished");
		rte_pktmbuf_free(m);
	}
}

/* The segments for which there are mbufs. */
LWKT_TEST(kernel, API_segments_without_mbufs_are_as_if_cut)
{
	struct rte_mbuf *others[LWKT_STAGE_BURST], *m;

	pool = test_pool("kernel", 15);
	whole_make(0, 20000);
	m = whole_packet(whole.wh_parts.ip + 20000, 2000);
	cr_assert_eq(mend(m, 0, true), KERNEL_SEGMENTS);
	cr_expect(ks.ks_n == 14 && !ks.ks_cut);
	cr_expect_eq(kernel_segment(m, &ks, others), 4);
	cr_expect(ks.ks_cut);
	check_segment(m, 0, whole.wh_parts.ip + MTU, false);
	check_segment(others[3], 4, whole.wh_parts.ip + MTU, false);
	rte_pktmbuf_free_bulk(others, 4);
	rte_pktmbuf_free(m);
}
