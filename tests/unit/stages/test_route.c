/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind route, with the test kit: which prefix, which addresses, hops, and ICMP errors byte by byte.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include <lwkt_stages.h>
#include <lwkt_test.h>

#include "test.h"

static struct lwkt_test *routes;
static struct lwkt_route_conf conf;

/* A file of routes, which is removed when it has been read. */
static void
begin(const char *text, unsigned int nouts)
{
	char path[] = "/tmp/lwkt-route-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	snprintf(conf.rc_routes, sizeof(conf.rc_routes), "%s", path);
	routes = lwkt_test_kind(&lwkt_stage_route, &conf, nouts, NULL);
	unlink(path);
}

static void
finish(void)
{
	char why[160];

	cr_expect_eq(lwkt_test_finish(routes, why, sizeof(why)), 0, "%s", why);
}

/* A frame of these words to that address, with so many hops left. */
static struct lwkt_frame
frame_to(const char *words, const char *to, unsigned int hops)
{
	struct lwkt_frame fr;
	uint8_t *ip;

	lwkt_frame_make(&fr, words, 7);
	memcpy(fr.fr_data, "\2\0\0\0\0\x11\2\0\0\0\0\x22", 12);
	ip = fr.fr_data + RTE_ETHER_HDR_LEN;
	if (ip[0] >> 4 == 4) {
		inet_pton(AF_INET, "10.9.0.9", ip + 12);
		cr_assert_eq(inet_pton(AF_INET, to, ip + 16), 1);
		ip[8] = (uint8_t)hops;
	} else {
		inet_pton(AF_INET6, "2001:db8:9::9", ip + 8);
		cr_assert_eq(inet_pton(AF_INET6, to, ip + 24), 1);
		ip[7] = (uint8_t)hops;
	}
	lwkt_frame_checksums(&fr);
	return fr;
}

static void
bring_frame(const struct lwkt_frame *fr)
{
	cr_assert_eq(lwkt_frames_add(lwkt_test_frames(routes, "in"), fr->fr_data, fr->fr_bytes), 0);
}

static void
bring(const char *words, const char *to, unsigned int hops)
{
	struct lwkt_frame fr = frame_to(words, to, hops);

	bring_frame(&fr);
}

static const uint8_t *
out(const char *end, unsigned int i, unsigned int *bytes)
{
	const uint8_t *frame = lwkt_frames_get(lwkt_test_frames(routes, end), i, bytes);

	cr_assert_not_null(frame);
	return frame;
}

static unsigned int
count(const char *end)
{
	return lwkt_frames_count(lwkt_test_frames(routes, end));
}

#define TWO_OUTPUTS                             \
	"# a comment\n"                         \
	"10.0.0.0/8 0 02:00:00:00:00:0a\n"      \
	"10.1.0.0/16 1 02:00:00:00:00:0b # x\n" \
	"\n"                                    \
	"10.1.2.3/32 0 02:00:00:00:00:0c\n"     \
	"2001:db8::/32 1 02:00:00:00:00:0d\n"   \
	"2001:db8:1::/48 0 02:00:00:00:00:0e\n"

LWKT_TEST(route, API_the_longest_prefix_says_output_and_address)
{
	static const struct {
		const char *words, *to, *end;
		uint8_t mac;
	} ways[] = {
	    {"eth ip4 udp data", "10.200.1.1", "out0", 0x0a},
	    {"eth ip4 udp data", "10.1.2.4", "out1", 0x0b},
	    {"eth ip4opt tcp data", "10.1.2.3", "out0", 0x0c},
	    {"eth ip6 udp data", "2001:db8:2::1", "out1", 0x0d},
	    {"eth ip6 tcp data", "2001:db8:1::1", "out0", 0x0e},
	};

	memset(&conf, 0, sizeof(conf));
	memcpy(&conf.rc_mac[1], "\2\0\0\0\0\x77", 6);
	begin(TWO_OUTPUTS, 2);
	cr_assert_not_null(routes);
	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		struct lwkt_frame was = frame_to(ways[i].words, ways[i].to, 9);
		unsigned int n = count(ways[i].end), bytes, at = RTE_ETHER_HDR_LEN;
		const uint8_t *now;

		bring_frame(&was);
		lwkt_test_run(routes);
		cr_expect_eq(count(ways[i].end), n + 1);
		now = out(ways[i].end, n, &bytes);
		cr_expect_eq(bytes, was.fr_bytes);
		cr_expect_eq(now[5], ways[i].mac);
		/* The output's own address, or what the packet was sent to. */
		cr_expect_eq(now[11], ways[i].end[3] == '1' ? 0x77 : 0x11);
		if (now[at] >> 4 == 4) {
			cr_expect_eq(now[at + 8], 8);
			cr_expect_eq(rte_raw_cksum(now + at, (now[at] & 0xfu) * 4), 0xffff);
			was.fr_data[at + 8] = 8;
			memcpy(was.fr_data + at + 10, now + at + 10, 2);
		} else {
			cr_expect_eq(now[at + 7], 8);
			was.fr_data[at + 7] = 8;
		}
		cr_expect_arr_eq(now + at, was.fr_data + at, bytes - at);
	}
	finish();
}

/* The checksum is mended, not made anew: every value that it can have. */
LWKT_TEST(route, API_the_checksum_is_right_whatever_it_was)
{
	memset(&conf, 0, sizeof(conf));
	begin("0.0.0.0/0 0 02:00:00:00:00:0a\n", 1);
	for (unsigned int round = 0; round < 64; round++) {
		for (unsigned int i = 0; i < 1024; i++) {
			struct lwkt_frame fr = frame_to("eth ip4 udp", "10.1.1.1", 64);
			struct rte_ipv4_hdr *ip = (void *)(fr.fr_data + RTE_ETHER_HDR_LEN);

			ip->packet_id = (rte_be16_t)(round * 1024 + i);
			ip->hdr_checksum = 0;
			ip->hdr_checksum = rte_ipv4_cksum(ip);
			bring_frame(&fr);
		}
		lwkt_test_run(routes);
		for (unsigned int i = 0; i < 1024; i++)
			cr_assert_eq(rte_raw_cksum(out("out0", i, NULL) + RTE_ETHER_HDR_LEN, 20),
			    0xffff, "%u", round * 1024 + i);
		lwkt_frames_clear(lwkt_test_frames(routes, "in"));
		lwkt_frames_clear(lwkt_test_frames(routes, "out0"));
	}
	finish();
}

LWKT_TEST(route, N93_what_is_not_to_be_routed_is_dropped_by_reason)
{
	struct lwkt_frame fr;

	memset(&conf, 0, sizeof(conf));
	begin(TWO_OUTPUTS, 2);
	bring("eth ip4 udp", "11.0.0.1", 64);    /* no_route */
	bring("eth ip6 udp", "2001:db9::1", 64); /* no_route */
	bring("eth ip4 udp", "10.0.0.1", 1);     /* expired */
	bring("eth ip6 udp", "2001:db8::1", 0);  /* expired */
	bring("eth ip4 udp", "224.0.0.1", 64);   /* local */
	bring("eth ip6 udp", "fe80::1", 64);     /* local */
	bring("eth ip6 udp", "ff02::1", 64);     /* local */
	fr = frame_to("eth ip4 udp", "10.0.0.1", 64);
	fr.fr_data[0] = 1; /* local: a group's */
	bring_frame(&fr);
	fr.fr_data[0] = 2;
	fr.fr_data[24] ^= 1; /* bad: checksum */
	bring_frame(&fr);
	fr = frame_to("eth ip4 udp data", "10.0.0.1", 64);
	fr.fr_bytes -= 1; /* bad: shorter than it says */
	bring_frame(&fr);
	fr = frame_to("eth ip6 udp data", "2001:db8::1", 64);
	fr.fr_bytes -= 1; /* bad */
	bring_frame(&fr);
	fr.fr_bytes = 30; /* bad */
	bring_frame(&fr);
	lwkt_frame_make(&fr, "eth arp", 1);
	fr.fr_data[0] = 2;
	bring_frame(&fr); /* not_ip */
	fr.fr_bytes = 13;
	bring_frame(&fr); /* not_ip */
	lwkt_test_run(routes);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "no_route"), 2);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "expired"), 2);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "local"), 4);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "bad"), 4);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "not_ip"), 2);
	cr_expect_eq(count("out0") + count("out1"), 0);
	finish();
}

/* The error goes to the sender; it quotes the packet as it came. */
static void
expect_error(const char *words, const char *to, unsigned int hops, unsigned int type)
{
	struct lwkt_frame was = frame_to(words, to, hops);
	unsigned int n = count("out0"), bytes, quoted;
	uint8_t anew[LWKT_FRAME_MAX] = {0};
	uint16_t cksum;
	const uint8_t *now;

	bring_frame(&was);
	lwkt_test_run(routes);
	now = out("out0", n, &bytes) + RTE_ETHER_HDR_LEN;
	bytes -= RTE_ETHER_HDR_LEN;
	if (now[0] >> 4 == 4) {
		quoted = 28;
		cr_expect_eq(rte_raw_cksum(now, 20), 0xffff);
		cr_expect_eq(now[8], 64);
		cr_expect_eq(now[9], 1);
		cr_expect_arr_eq(now + 12, "\x0a\x0\x0\xfe\x0a\x9\x0\x9", 8);
		cr_expect_eq(now[20], type);
		cr_expect_eq(rte_raw_cksum(now + 20, bytes - 20), 0xffff);
	} else {
		quoted = 48;
		cr_expect_eq(now[6], 58);
		cr_expect_eq(now[7], 64);
		cr_expect_arr_eq(now + 24, was.fr_data + RTE_ETHER_HDR_LEN + 8, 16);
		cr_expect_eq(now[40], type);
		memcpy(anew, now, bytes);
		memset(anew + 42, 0, 2);
		cksum = rte_ipv6_udptcp_cksum((const void *)anew, anew + 40);
		cr_expect_arr_eq(&cksum, now + 42, 2);
	}
	cr_expect_eq(bytes, quoted + was.fr_bytes - RTE_ETHER_HDR_LEN);
	cr_expect_arr_eq(
	    now + quoted, was.fr_data + RTE_ETHER_HDR_LEN, was.fr_bytes - RTE_ETHER_HDR_LEN);
}

static void
errors_conf(unsigned int errors)
{
	memset(&conf, 0, sizeof(conf));
	snprintf(conf.rc_address, sizeof(conf.rc_address), "10.0.0.254");
	snprintf(conf.rc_address6, sizeof(conf.rc_address6), "2001:db8:9::fe");
	conf.rc_errors = errors;
	begin("10.0.0.0/8 0 02:00:00:00:00:0a\n2001:db8:9::/48 0 02:00:00:00:00:0b\n", 1);
}

LWKT_TEST(route, API_who_has_no_hop_left_or_no_route_gets_an_ICMP_error)
{
	errors_conf(0);
	expect_error("eth ip4 udp data", "10.0.0.1", 1, 11);
	expect_error("eth ip4 udp data", "11.0.0.1", 5, 3);
	expect_error("eth ip6 udp data", "2001:db8:9::1", 1, 3);
	expect_error("eth ip6 tcp data", "2001:db8:8::1", 5, 1);
	cr_expect_eq(lwkt_test_drops(routes, "kind", NULL), 0);
	finish();
}

LWKT_TEST(route, API_no_error_about_an_error_and_no_more_than_so_many_a_second)
{
	struct lwkt_frame fr = frame_to("eth ip4 icmp data", "11.0.0.1", 5);

	errors_conf(3);
	fr.fr_data[34] = 3; /* an error already */
	bring_frame(&fr);
	bring("eth ip4last", "11.0.0.1", 5); /* a later fragment */
	lwkt_test_run(routes);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "no_route"), 2);
	lwkt_test_advance(2000000000);
	for (int i = 0; i < 5; i++)
		bring("eth ip4 udp data", "11.0.0.1", 5);
	lwkt_test_run(routes);
	cr_expect_eq(count("out0"), 3);
	cr_expect_eq(lwkt_test_drops(routes, "kind", "no_route"), 4);
	lwkt_test_advance(1100000000);
	bring("eth ip4 udp data", "11.0.0.1", 5);
	lwkt_test_run(routes);
	cr_expect_eq(count("out0"), 4);
	finish();
}

LWKT_TEST(route, API_what_is_wrong_in_the_file_is_said_with_its_line)
{
	static const struct {
		const char *text, *line;
	} wrong[] = {
	    {"10.0.0.0/8 0 02:00:00:00:00:0a\n10.0.0.0/33 0 02:00:00:00:00:0a\n",
	        ":2: it is no route"},
	    {"10.0.0.0 0 02:00:00:00:00:0a\n", ":1: it is no route"},
	    {"2001:db8::/129 0 02:00:00:00:00:0a\n", ":1: it is no route"},
	    {"10.0.0.0/8 0 02:00:00:00:00\n", ":1: it is no route"},
	    {"10.0.0.0/8 0 02:00:00:00:00:0a x\n", ":1: it is no route"},
	    {"10.0.0.0/8 1 02:00:00:00:00:0a\n", ":1: output 1; the stage has 1"},
	};

	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		memset(&conf, 0, sizeof(conf));
		test_log_begin();
		begin(wrong[i].text, 1);
		cr_expect_null(routes);
		cr_expect_not_null(strstr(test_log_end(), wrong[i].line), "%s", wrong[i].line);
	}
	test_log_begin();
	snprintf(conf.rc_routes, sizeof(conf.rc_routes), "/nowhere");
	cr_expect_null(lwkt_test_kind(&lwkt_stage_route, &conf, 1, NULL));
	cr_expect_not_null(strstr(test_log_end(), "/nowhere: No such file"));
}
