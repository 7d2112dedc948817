/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds that change the number of packets: reassemble and ipfrag, gro and gso.
 */
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <lwkt_stages.h>

#include "feed.h"

#define ETH  sizeof(struct rte_ether_hdr)
#define IP4  sizeof(struct rte_ipv4_hdr)
#define IP6  sizeof(struct rte_ipv6_hdr)
#define FRAG sizeof(struct rte_ipv6_fragment_ext)

static uint8_t frame[16384];

static void
add_ethernet(uint16_t type)
{
	memset(frame, 0, sizeof(frame));
	memcpy(frame, "\x02\0\0\0\0\2\x02\0\0\0\0\1", 12);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
}

/* A UDP datagram over IPv4: so many bytes behind IP, numbered; [at, at + n) of it in this frame. */
static unsigned int
make_ipv4(uint16_t id, unsigned int bytes, unsigned int at, unsigned int n, bool df)
{
	struct rte_ipv4_hdr *ip = (void *)(frame + ETH);

	add_ethernet(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(IP4 + n));
	ip->packet_id = rte_cpu_to_be_16(id);
	ip->fragment_offset =
	    rte_cpu_to_be_16((uint16_t)(at / 8 | (at + n < bytes ? RTE_IPV4_HDR_MF_FLAG : 0) |
	                                (df ? RTE_IPV4_HDR_DF_FLAG : 0)));
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = RTE_BE32(0x0a000001);
	ip->dst_addr = RTE_BE32(0x0a000002);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	for (unsigned int i = 0; i < n; i++)
		frame[ETH + IP4 + i] = (uint8_t)(id + (at + i) * 7 + (at + i) / 256);
	return (unsigned int)(ETH + IP4 + n);
}

static unsigned int
make_ipv6(uint32_t id, unsigned int bytes, unsigned int at, unsigned int n)
{
	struct rte_ipv6_hdr *ip = (void *)(frame + ETH);
	struct rte_ipv6_fragment_ext *ext = (void *)(ip + 1);
	bool whole = n == bytes;
	unsigned int headers = (unsigned int)(ETH + IP6 + (whole ? 0 : FRAG));

	add_ethernet(RTE_ETHER_TYPE_IPV6);
	ip->vtc_flow = RTE_BE32(0x60000000);
	ip->payload_len = rte_cpu_to_be_16((uint16_t)(n + (whole ? 0 : FRAG)));
	ip->proto = whole ? IPPROTO_UDP : IPPROTO_FRAGMENT;
	ip->hop_limits = 64;
	memset(ip->src_addr, 0x11, 16);
	memset(ip->dst_addr, 0x22, 16);
	if (!whole) {
		ext->next_header = IPPROTO_UDP;
		ext->frag_data =
		    rte_cpu_to_be_16(RTE_IPV6_SET_FRAG_DATA((uint16_t)at, at + n < bytes ? 1 : 0));
		ext->id = rte_cpu_to_be_32(id);
	}
	for (unsigned int i = 0; i < n; i++)
		frame[headers + i] = (uint8_t)(id + (at + i) * 7 + (at + i) / 256);
	return headers + n;
}

static void
add_ipv4(struct feed *fd, uint16_t id, unsigned int bytes, unsigned int at, unsigned int n)
{
	feed_add(fd, frame, make_ipv4(id, bytes, at, RTE_MIN(n, bytes - at), false));
}

static void
add_ipv6(struct feed *fd, uint16_t id, unsigned int bytes, unsigned int at, unsigned int n)
{
	feed_add(fd, frame, make_ipv6(id, bytes, at, RTE_MIN(n, bytes - at)));
}

static void
expect_frame(const struct feed *fd, unsigned int i, unsigned int bytes)
{
	unsigned int got = 0;
	const uint8_t *data = lwkt_frames_get(fd->fd_out, i, &got);

	cr_assert_not_null(data);
	cr_expect_eq(got, bytes, "frame %u: %u", i, got);
	cr_expect_eq(memcmp(data, frame, RTE_MIN(got, bytes)), 0, "frame %u", i);
}

static void
expect_no_longer(const struct feed *fd, unsigned int most)
{
	unsigned int bytes = 0;

	for (unsigned int i = 0; lwkt_frames_get(fd->fd_out, i, &bytes) != NULL; i++)
		cr_expect_leq(bytes, most);
}

/* In the order that they have as frames; with others in front, between and behind. */
LWKT_TEST(fragments, N93_reassembled_datagrams_are_whole_and_their_fragments_merged)
{
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	add_ipv4(fd, 1, 100, 0, 100);
	add_ipv4(fd, 2, 3000, 1480, 1480);
	add_ipv4(fd, 3, 4000, 0, 1480);
	add_ipv4(fd, 2, 3000, 2960, 1480);
	add_ipv6(fd, 9, 2000, 1000, 1000);
	add_ipv4(fd, 4, 100, 0, 100);
	add_ipv4(fd, 2, 3000, 0, 1480);
	add_ipv4(fd, 3, 4000, 2960, 1480);
	add_ipv6(fd, 9, 2000, 0, 1000);
	add_ipv4(fd, 3, 4000, 1480, 1480);
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++)
		for (fd->fd_segment = 0; fd->fd_segment <= 600; fd->fd_segment += 300) {
			ac = feed_run(fd, &lwkt_stage_reassemble, NULL, k, &ss);
			cr_expect_eq(lwkt_frames_count(fd->fd_out), 5);
			expect_frame(fd, 0, make_ipv4(1, 100, 0, 100, false));
			expect_frame(fd, 1, make_ipv4(4, 100, 0, 100, false));
			expect_frame(fd, 2, make_ipv4(2, 3000, 0, 3000, false));
			expect_frame(fd, 3, make_ipv6(9, 2000, 0, 2000));
			expect_frame(fd, 4, make_ipv4(3, 4000, 0, 4000, false));
			cr_expect_eq(ss.ss_merged, 5);
			cr_expect_eq(ac.ac_merged, 5);
			cr_expect_eq(ac.ac_consumed, 5);
		}
}

/* More datagrams than there are credits, each complete: credits come back for what has merged. */
LWKT_TEST(fragments, N93_merging_gives_credits_back)
{
	struct feed *fd = feed_new(test_pool("p", 4095));
	struct lwkt_stage_stats ss;

	for (unsigned int i = 0; i < FEED_FRAMES; i++)
		add_ipv4(fd, (uint16_t)(i / 4), 400, i % 4 * 104, 104);
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		cr_expect_eq(feed_run(fd, &lwkt_stage_reassemble, NULL, k, &ss).ac_merged,
		    FEED_FRAMES / 4 * 3);
		cr_expect_eq(lwkt_frames_count(fd->fd_out), FEED_FRAMES / 4);
	}
}

/* One of three is missing. It is not looked at all the time, so a half more has to do. */
LWKT_TEST(fragments, N93_incomplete_datagrams_are_dropped_when_their_time_is_up)
{
	const struct lwkt_reassemble_conf conf = {.ac_timeout_ms = 60000};
	struct lwkt_test *t = lwkt_test_kind(&lwkt_stage_reassemble, &conf, 1, NULL);
	struct lwkt_frames *in;
	char why[128];

	cr_assert_not_null(t);
	in = lwkt_test_frames(t, "in");
	lwkt_frames_add(in, frame, make_ipv4(1, 3000, 0, 1480, false));
	lwkt_frames_add(in, frame, make_ipv4(1, 3000, 1480, 1480, false));
	lwkt_test_run(t);
	lwkt_test_advance(59999 * UINT64_C(1000000));
	lwkt_test_run(t);
	cr_expect_eq(lwkt_test_held(t, "kind"), 2);
	lwkt_test_advance(30000 * UINT64_C(1000000));
	lwkt_test_run(t);
	cr_expect_eq(lwkt_test_held(t, "kind"), 0);
	cr_expect_eq(lwkt_test_drops(t, "kind", "timeout"), 2);
	cr_expect_eq(lwkt_frames_count(lwkt_test_frames(t, "out0")), 0);
	cr_expect_eq(lwkt_test_finish(t, why, sizeof(why)), 0, "%s", why);
}

LWKT_TEST(fragments, N93_datagrams_that_cannot_be_are_dropped)
{
	const struct lwkt_reassemble_conf conf = {.ac_timeout_ms = 1};
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;

	for (unsigned int i = 0; i < LWKT_REASSEMBLE_FRAGMENTS + 4; i++)
		add_ipv4(fd, 1, 3000, i * 8, 8);
	feed_run(fd, &lwkt_stage_reassemble, &conf, LWKT_EDGE_VECTOR, &ss);
	cr_expect_eq(lwkt_frames_count(fd->fd_out), 0);
	cr_expect_gt(ss.ss_dropped[1], 0, "failed");
	cr_expect_eq(ss.ss_dropped[0] + ss.ss_dropped[1], lwkt_frames_count(fd->fd_in));
}

/* First fragments only: those that are held must not keep the credits for a minute. */
LWKT_TEST(fragments, N94_incomplete_datagrams_do_not_keep_the_credits)
{
	const struct lwkt_reassemble_conf conf = {.ac_timeout_ms = 60000, .ac_datagrams = 4096};
	struct feed *fd = feed_new(test_pool("p", 4095));
	const struct lwkt_stage_row rows[] = {
	    {"s", &lwkt_stage_source, 1,
	        &(struct lwkt_source_conf){.oc_count = 1, .oc_pool = fd->fd_pool}, {"k"}},
	    {"k", &lwkt_stage_reassemble, 1, &conf, {"c"}},
	    {"c", &lwkt_stage_sink, 1, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	struct lwkt_stage_stats ss;
	struct lwkt_stage *st;
	struct rte_mbuf *m;

	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_configure(pl, &(struct lwkt_pipeline_opts){.po_window = 64}), 0);
	st = lwkt_pipeline_find(pl, "k");
	for (unsigned int i = 0; i < 200; i++) { /* nothing runs, so this thread may */
		m = test_packet(
		    fd->fd_pool, (uint16_t)make_ipv4((uint16_t)i, 3000, 0, 1480, false));
		memcpy(rte_pktmbuf_mtod(m, void *), frame, rte_pktmbuf_pkt_len(m));
		lwkt_stage_made(st, &m, 1);
		st->st_kind->sk_handle(st, &m, 1);
		lwkt_stage_stats(st, &ss);
		cr_expect_leq(ss.ss_held, 32);
	}
	cr_expect_eq(ss.ss_held + ss.ss_dropped[0], 200);
	st->st_kind->sk_purge(st);
	lwkt_stage_stats(st, &ss);
	cr_expect_eq(ss.ss_held, 0);
	lwkt_pipeline_destroy(pl);
}

/* What reassemble makes of what ipfrag has made is what there was before. */
LWKT_TEST(fragments, N93_a_packet_that_is_cut_counts_once_and_its_other_fragments_are_made)
{
	unsigned int bytes = 0;
	const uint8_t *data;
	struct feed *fd = feed_new(test_pool("p", 2047));
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	add_ipv4(fd, 1, 100, 0, 100);
	add_ipv4(fd, 2, 5000, 0, 5000);
	add_ipv4(fd, 3, 1480, 0, 1480);
	add_ipv6(fd, 4, 3000, 0, 3000);
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		ac = feed_run(fd, &lwkt_stage_ipfrag, NULL, k, &ss);
		cr_expect_eq(ss.ss_in, 4);
		cr_expect_eq(ss.ss_received, 3 + 2, "made");
		cr_expect_eq(ac.ac_received, 4 + 5);
		cr_expect_eq(ac.ac_consumed, 9);
		cr_assert_eq(lwkt_frames_count(fd->fd_out), 9);
		expect_frame(fd, 0, make_ipv4(1, 100, 0, 100, false));
		expect_frame(fd, 1, make_ipv4(2, 5000, 0, 1480, false));
		expect_frame(fd, 2, make_ipv4(2, 5000, 1480, 1480, false));
		expect_frame(fd, 4, make_ipv4(2, 5000, 4440, 560, false));
		expect_frame(fd, 5, make_ipv4(3, 1480, 0, 1480, false));
		expect_no_longer(fd, ETH + LWKT_MTU);
	}
	lwkt_frames_clear(fd->fd_in);
	for (unsigned int i = 0; (data = lwkt_frames_get(fd->fd_out, i, &bytes)) != NULL; i++)
		feed_add(fd, data, bytes);
	feed_run(fd, &lwkt_stage_reassemble, NULL, LWKT_EDGE_VECTOR, &ss);
	cr_assert_eq(lwkt_frames_count(fd->fd_out), 4);
	expect_frame(fd, 1, make_ipv4(2, 5000, 0, 5000, false));
	expect_frame(fd, 3, make_ipv6(4, 3000, 0, 3000));
}

/* A datagram of 2,000 bytes behind n VLAN tags. */
static unsigned int
make_tagged(unsigned int n)
{
	unsigned int bytes = make_ipv4(1, 2000, 0, 2000, false);

	memmove(frame + 12 + 4 * n, frame + 12, bytes - 12);
	for (unsigned int i = 0; i < n; i++)
		memcpy(frame + 12 + 4 * i, i + 1 < n ? "\x88\xa8\0\1" : "\x81\0\0\1", 4);
	return bytes + 4 * n;
}

/* Tags are kept in front of each fragment. With so many that they are no headers to rely on, the
 * packet goes on as it is. Limit: L2_MOST */
LWKT_TEST(fragments, N93_tags_at_their_limit_and_beyond)
{
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;

	for (unsigned int n = 0; n <= 6; n++) {
		unsigned int bytes = make_tagged(n);

		lwkt_frames_clear(fd->fd_in);
		feed_add(fd, frame, bytes);
		feed_run(fd, &lwkt_stage_ipfrag, NULL, LWKT_EDGE_PACKET, &ss);
		if (n <= 2 || lwkt_frames_count(fd->fd_out) == 2) {
			cr_expect_leq(n, 4, "32 bytes are four tags");
			cr_expect_eq(lwkt_frames_count(fd->fd_out), 2, "%u tags", n);
			expect_no_longer(fd, ETH + 4 * n + LWKT_MTU);
			for (unsigned int i = 0; i < 2; i++)
				cr_expect_eq(memcmp(lwkt_frames_get(fd->fd_out, i, NULL), frame,
				                 ETH + 4 * n),
				    0, "%u", n);
		} else {
			cr_assert_eq(lwkt_frames_count(fd->fd_out), 1, "%u tags", n);
			expect_frame(fd, 0, bytes);
		}
	}
}

LWKT_TEST(fragments, N93_what_cannot_be_cut_is_dropped_by_reason)
{
	struct rte_mempool *few = test_pool("few", 3);
	const struct lwkt_mtu_conf conf = {.mc_pool = few};
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;

	feed_add(fd, frame, make_ipv4(1, 3000, 0, 3000, true));
	feed_run(fd, &lwkt_stage_ipfrag, NULL, LWKT_EDGE_PACKET, &ss);
	cr_expect_eq(ss.ss_dropped[0], 1, "dont_fragment");
	lwkt_frames_clear(fd->fd_in);
	add_ipv4(fd, 1, 5000, 0, 5000);
	feed_run(fd, &lwkt_stage_ipfrag, &conf, LWKT_EDGE_PACKET, &ss);
	cr_expect_eq(ss.ss_dropped[1], 1, "no_mbuf");
	cr_expect_eq(lwkt_frames_count(fd->fd_out), 0);
}

/* TCP: so many bytes of data that begin at seq. */
static unsigned int
make_tcp(uint16_t id, uint32_t seq, unsigned int n, uint8_t flags)
{
	unsigned int bytes = make_ipv4(id, n + 20, 0, n + 20, false);
	struct rte_ipv4_hdr *ip = (void *)(frame + ETH);
	struct rte_tcp_hdr *tcp = (void *)(ip + 1);

	ip->next_proto_id = IPPROTO_TCP;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	*tcp = (struct rte_tcp_hdr){.src_port = RTE_BE16(80),
	    .dst_port = RTE_BE16(8080),
	    .sent_seq = rte_cpu_to_be_32(seq),
	    .recv_ack = RTE_BE32(1),
	    .data_off = 5 << 4,
	    .tcp_flags = flags,
	    .rx_win = RTE_BE16(100)};
	for (unsigned int i = 0; i < n; i++)
		frame[ETH + IP4 + 20 + i] = (uint8_t)(seq + i + (seq + i) / 256);
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	return bytes;
}

#define ACK RTE_TCP_ACK_FLAG
#define PSH RTE_TCP_PSH_FLAG

LWKT_TEST(fragments, N93_segments_in_a_row_become_one_packet_and_the_others_merged)
{
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	feed_add(fd, frame, make_tcp(1, 0, 1000, ACK));
	feed_add(fd, frame, make_tcp(2, 1000, 1000, ACK));
	feed_add(fd, frame, make_tcp(3, 2000, 1000, ACK));
	feed_add(fd, frame, make_tcp(4, 3000, 500, ACK | PSH)); /* its flag would be lost */
	feed_add(fd, frame, make_tcp(5, 3500, 500, ACK));
	add_ipv4(fd, 6, 100, 0, 100);
	feed_add(fd, frame, make_tcp(7, 4000, 500, ACK));
	make_tcp(8, 4500, 500, ACK);
	frame[ETH + IP4 + 100] ^= 1; /* the checksum is wrong, and stays so */
	feed_add(fd, frame, (unsigned int)(ETH + IP4 + 520));
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		ac = feed_run(fd, &lwkt_stage_gro, NULL, k, &ss);
		cr_expect_eq(ac.ac_merged, 2);
		cr_assert_eq(lwkt_frames_count(fd->fd_out), 6);
		expect_frame(fd, 0, make_tcp(1, 0, 3000, ACK));
		expect_frame(fd, 1, make_tcp(4, 3000, 500, ACK | PSH));
		expect_frame(fd, 2, make_tcp(5, 3500, 500, ACK));
		expect_frame(fd, 4, make_tcp(7, 4000, 500, ACK));
		make_tcp(8, 4500, 500, ACK);
		frame[ETH + IP4 + 100] ^= 1;
		expect_frame(fd, 5, (unsigned int)(ETH + IP4 + 520));
	}
}

/* Limit: LWKT_GRO_MOST */
LWKT_TEST(fragments, N93_so_many_segments_become_one_packet_and_no_more)
{
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;

	for (unsigned int n = LWKT_GRO_MOST; n <= LWKT_GRO_MOST + 1; n++) {
		struct lwkt_account ac;

		lwkt_frames_clear(fd->fd_in);
		for (unsigned int i = 0; i < n; i++)
			feed_add(fd, frame, make_tcp((uint16_t)i, i * 100, 100, ACK));
		ac = feed_run(fd, &lwkt_stage_gro, NULL, LWKT_EDGE_VECTOR, &ss);
		cr_expect_eq(ac.ac_merged, LWKT_GRO_MOST - 1);
		cr_assert_eq(lwkt_frames_count(fd->fd_out), n - LWKT_GRO_MOST + 1);
		expect_frame(fd, 0, make_tcp(0, 0, LWKT_GRO_MOST * 100, ACK));
		if (n > LWKT_GRO_MOST)
			expect_frame(fd, 1, make_tcp(LWKT_GRO_MOST, LWKT_GRO_MOST * 100, 100, ACK));
	}
}

LWKT_TEST(fragments, N93_a_packet_that_is_segmented_counts_once_and_its_other_segments_are_made)
{
	struct feed *fd = feed_new(test_pool("p", 1023));
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	feed_add(fd, frame, make_tcp(1, 0, 1460, ACK));
	feed_add(fd, frame, make_tcp(2, 1460, 4000, ACK | PSH));
	add_ipv4(fd, 6, 3000, 0, 3000); /* UDP stays */
	make_tcp(8, 4500, 5000, ACK);
	frame[ETH + IP4 + 100] ^= 1;
	feed_add(fd, frame, (unsigned int)(ETH + IP4 + 5020));
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		ac = feed_run(fd, &lwkt_stage_gso, NULL, k, &ss);
		cr_expect_eq(ss.ss_received, 2, "made");
		cr_expect_eq(ac.ac_consumed, 5);
		cr_expect_eq(ss.ss_dropped[0], 1, "bad_checksum");
		cr_assert_eq(lwkt_frames_count(fd->fd_out), 5);
		expect_frame(fd, 0, make_tcp(1, 0, 1460, ACK));
		expect_frame(fd, 1, make_tcp(2, 1460, 1460, ACK));
		expect_frame(fd, 2, make_tcp(3, 2920, 1460, ACK));
		expect_frame(fd, 3, make_tcp(4, 4380, 1080, ACK | PSH));
		expect_frame(fd, 4, make_ipv4(6, 3000, 0, 3000, false));
	}
}
