/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that the kernel hands over unfinished or cut (ethdev_kernel_pvt.h).
 */
#include <stdlib.h>
#include <string.h>

#include <lwkt_pktmsg.h>

#include "ethdev_kernel_pvt.h"
#include "frames.h"
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
parts_of(const struct frame *fr)
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

/* Through kernel_mend() alone; what becomes of it is in *km. */
static void
mend(struct rte_mbuf *m, uint32_t slot, bool complete, struct kernel_mended *km)
{
	const struct kernel_ways ways = {slot, MTU, complete};

	kernel_mend(&m, 1, &ways, km);
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
unfinished(struct frame *fr, unsigned int i, uint64_t seed)
{
	struct parts pa;

	frame_make(fr, l4_samples[i].words, seed);
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
			struct kernel_mended km;
			struct rte_mbuf *m;
			struct parts pa;
			struct frame fr;
			uint8_t *data;
			uint32_t sum;

			pa = unfinished(&fr, i, seed);
			m = packet_of(fr.fr_data, fr.fr_bytes);
			mend(m, 0, true, &km);
			data = rte_pktmbuf_mtod(m, uint8_t *);
			cr_expect_eq(km.km_completed, 1, "%s", l4_samples[i].words);
			cr_expect_eq(km.km_whole, 1);
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
			struct kernel_mended km;
			struct rte_mbuf *m;
			struct parts pa;
			struct frame fr;

			pa = unfinished(&fr, i, 1);
			put16(fr.fr_data + pa.field,
			    (uint16_t)((fr.fr_data[pa.field] << 8 | fr.fr_data[pa.field + 1]) ^
			               wrong));
			m = packet_of(fr.fr_data, fr.fr_bytes);
			mend(m, SLOT, true, &km);
			cr_expect_eq(km.km_completed, 0);
			cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), fr.fr_bytes);
			rte_pktmbuf_free(m);
		}
}

/* What is no TCP or UDP, a fragment, shorter than it says; or nobody has asked. */
LWKT_TEST(kernel, N87_what_is_not_whole_is_not_completed)
{
	struct kernel_mended km;
	struct rte_mbuf *m;
	struct frame fr;

	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; frame_samples[i] != NULL; i++) {
		frame_make(&fr, frame_samples[i], i);
		m = packet_of(fr.fr_data, fr.fr_bytes);
		mend(m, SLOT, false, &km);
		cr_expect_eq(km.km_whole, 1);
		cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), fr.fr_bytes);
		rte_pktmbuf_free(m);
	}
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++) {
		(void)unfinished(&fr, i, 7);
		for (unsigned int bytes = 1; bytes < fr.fr_bytes; bytes++) {
			m = packet_of(fr.fr_data, bytes);
			mend(m, SLOT, true, &km);
			cr_expect_eq(
			    km.km_completed, 0, "%s, %u bytes", l4_samples[i].words, bytes);
			cr_expect_arr_eq(fr.fr_data, rte_pktmbuf_mtod(m, uint8_t *), bytes);
			rte_pktmbuf_free(m);
		}
	}
	frame_make(&fr, "eth ip4first data", 3);
	put16(fr.fr_data + fr.fr_layer[2] + 6, 0);
	m = packet_of(fr.fr_data, fr.fr_bytes);
	mend(m, SLOT, true, &km);
	cr_expect_eq(km.km_completed, 0);
	rte_pktmbuf_free(m);
}

LWKT_TEST(kernel, API_what_fills_a_slot_was_cut_and_goes_behind)
{
	const unsigned int sizes[] = {SLOT, 60, SLOT - 1, SLOT + 4, SLOT, 1514};
	const struct kernel_ways ways = {SLOT, MTU, true}, nothing = {0, MTU, true};
	struct rte_mbuf *pkts[RTE_DIM(sizes)];
	struct kernel_mended km;

	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		pkts[i] = test_packet(pool, (uint16_t)sizes[i]);
		memset(rte_pktmbuf_mtod(pkts[i], void *), 0x5a, sizes[i]);
	}
	kernel_mend(pkts, RTE_DIM(sizes), &nothing, &km);
	cr_expect_eq(km.km_whole, RTE_DIM(sizes));
	kernel_mend(pkts, RTE_DIM(sizes), &ways, &km);
	cr_expect_eq(km.km_whole, 3);
	cr_expect_eq(km.km_segments, 0);
	cr_expect_eq(rte_pktmbuf_pkt_len(pkts[0]), 60);
	cr_expect_eq(rte_pktmbuf_pkt_len(pkts[1]), SLOT - 1);
	cr_expect_eq(rte_pktmbuf_pkt_len(pkts[2]), 1514);
	for (unsigned int i = 3; i < RTE_DIM(sizes); i++)
		cr_expect_geq(rte_pktmbuf_pkt_len(pkts[i]), SLOT);
	rte_pktmbuf_free_bulk(pkts, RTE_DIM(sizes));
}

/* A TCP packet of 20,000 bytes in a slot: what the sender's device would have sent first. */
static void
check_first_segment(const char *words, unsigned int i)
{
	struct frame fr;
	struct parts pa;
	struct kernel_mended km;
	uint8_t data[SLOT], *out;
	struct rte_mbuf *m;
	unsigned int bytes;
	uint16_t claims;

	pa = unfinished(&fr, i, 11);
	for (unsigned int b = 0; b < SLOT; b++)
		data[b] = (uint8_t)(b * 7 + b / 256);
	memcpy(data, fr.fr_data, fr.fr_bytes);
	claims = (uint16_t)(pa.v4 ? 20000 : 20000 - 40);
	put16(data + pa.ip + (pa.v4 ? 2 : 4), claims);
	data[pa.l4 + 13] = 0x19; /* FIN, PSH, ACK */
	put16(data + pa.field, pseudo_of(data, &pa, 20000 - (pa.l4 - pa.ip)));

	m = packet_of(data, SLOT);
	mend(m, SLOT, true, &km);
	cr_assert_eq(km.km_whole, 1, "%s", words);
	cr_expect_eq(km.km_segments, 1);
	out = rte_pktmbuf_mtod(m, uint8_t *);
	bytes = pa.ip + MTU;
	cr_assert_eq(rte_pktmbuf_pkt_len(m), bytes, "%s", words);
	cr_expect_eq(out[pa.ip + (pa.v4 ? 2 : 4)] << 8 | out[pa.ip + (pa.v4 ? 3 : 5)],
	    (int)(pa.v4 ? MTU : MTU - 40));
	if (pa.v4)
		cr_expect_eq(sum_of(out + pa.ip, (out[pa.ip] & 15) * 4u, 0), 0xffff);
	cr_expect_eq(out[pa.l4 + 13], 0x10, "ACK alone");
	cr_expect_eq(
	    sum_of(out + pa.l4, bytes - pa.l4, pseudo_of(out, &pa, bytes - pa.l4)), 0xffff);
	cr_expect_arr_eq(out + pa.l4 + 20, data + pa.l4 + 20, bytes - pa.l4 - 20);
	rte_pktmbuf_free(m);

	/* Finished, or not TCP's: it was cut, and that is all that can be said. */
	data[pa.field] ^= 1;
	m = packet_of(data, SLOT);
	mend(m, SLOT, true, &km);
	cr_expect_eq(km.km_whole, 0);
	rte_pktmbuf_free(m);
}

LWKT_TEST(kernel, API_of_a_tcp_packet_that_was_cut_the_first_segment_goes_on)
{
	pool = test_pool("kernel", 63);
	for (unsigned int i = 0; i < RTE_DIM(l4_samples); i++)
		if (l4_samples[i].proto == 6)
			check_first_segment(l4_samples[i].words, i);
}
