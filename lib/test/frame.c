/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lwkt_frame.h"

const char *const lwkt_frame_samples[] = {
    "eth ip4 tcp data",
    "eth ip4 udp data",
    "eth ip4 sctp data",
    "eth ip4 icmp data",
    "eth ip4 esp data",
    "eth ip4opt tcp data",
    "eth ip4opt udp",
    "eth ip4first udp data",
    "eth ip4first tcp data",
    "eth ip4last data",
    "eth ip6 tcp data",
    "eth ip6 udp data",
    "eth ip6 sctp data",
    "eth ip6 icmp6 data",
    "eth ip6 hop tcp",
    "eth ip6 route udp data",
    "eth ip6 dst sctp",
    "eth ip6 ah tcp data",
    "eth ip6 hop dst route ah dst udp data",
    "eth ip6 frag tcp data",
    "eth ip6 hop frag udp data",
    "eth ip6 dst dst dst dst dst dst dst dst tcp",
    "eth arp",
    "eth vlan arp",
    "eth data",
    "eth vlan ip4 tcp data",
    "eth qinq vlan ip4 udp data",
    "eth qinq vlan vlan vlan ip6 tcp",
    "eth ip4 udp vxlan eth ip4 tcp data",
    "eth ip4 udp vxlan eth vlan ip6 udp data",
    "eth ip6 udp vxlan eth arp",
    "eth ip4 udp geneve eth ip4 udp data",
    "eth ip6 udp geneve ip4 tcp",
    "eth ip4 udp geneve ip6 sctp data",
    "eth ip4 gre ip4 tcp data",
    "eth ip4 greall ip6 udp data",
    "eth ip6 gre eth ip4 tcp",
    "eth ip6 hop greall eth vlan ip4last data",
    "eth ip4 ip4 tcp data",
    "eth ip4 ip6 udp data",
    "eth ip6 ip4 udp data",
    "eth ip6 ip6 hop tcp",
    "eth ip4 ip4 ip4 tcp data",
    "eth ip4 udp vxlan eth ip4first udp data",
    "eth ip4 udp gtpu ip4 tcp data",
    "eth ip6 udp gtpuext ip6 udp data",
    "eth pppoe ip4 tcp data",
    "eth vlan pppoe ip6 udp data",
    "eth mplsbot ip4 udp data",
    "eth mpls mplsbot ip6 tcp data",
    "eth mplsbot pwcw eth ip4 tcp data",
    NULL,
};

/* A word: its size, and by what the header before it announces it. 0: it cannot be. */
struct word {
	const char *name;
	unsigned int bytes;
	uint16_t type;
	uint8_t proto;
	uint16_t port;
};

static const struct word words_known[] = {
    {"eth", 14, 0x6558, 0, 0},
    {"vlan", 4, 0x8100, 0, 0},
    {"qinq", 4, 0x88a8, 0, 0},
    {"arp", 28, 0x0806, 0, 0},
    {"data", 20, 0x88b5, 253, 9999},
    {"ip4", 20, 0x0800, 4, 0},
    {"ip4opt", 32, 0x0800, 4, 0},
    {"ip4first", 20, 0x0800, 4, 0},
    {"ip4last", 20, 0x0800, 4, 0},
    {"ip6", 40, 0x86dd, 41, 0},
    {"hop", 8, 0, 0, 0},
    {"route", 24, 0, 43, 0},
    {"dst", 16, 0, 60, 0},
    {"ah", 24, 0, 51, 0},
    {"frag", 8, 0, 44, 0},
    {"tcp", 20, 0, 6, 0},
    {"udp", 8, 0, 17, 0},
    {"sctp", 12, 0, 132, 0},
    {"icmp", 8, 0, 1, 0},
    {"icmp6", 8, 0, 58, 0},
    {"esp", 8, 0, 50, 0},
    {"vxlan", 8, 0, 0, 4789},
    {"geneve", 16, 0, 0, 6081},
    {"gre", 4, 0, 47, 0},
    {"greall", 16, 0, 47, 0},
    {"gtpu", 8, 0, 0, 2152},
    {"gtpuext", 16, 0, 0, 2152},
    {"pppoe", 8, 0x8864, 0, 0},
    {"mpls", 4, 0x8847, 0, 0},
    {"mplsbot", 4, 0x8847, 0, 0},
    {"pwcw", 4, 0, 0, 0},
};

static const struct word *
find_word(const char *name)
{
	for (unsigned int i = 0; i < sizeof(words_known) / sizeof(words_known[0]); i++) {
		if (strcmp(words_known[i].name, name) == 0)
			return &words_known[i];
	}
	fprintf(stderr, "lwkt: frame: no word '%s'\n", name);
	abort();
}

__attribute__((noreturn)) static void
frame_too_long(const char *words)
{
	fprintf(stderr, "lwkt: frame: '%s' is longer than %d words or %d bytes\n", words,
	    LWKT_FRAME_LAYER, LWKT_FRAME_MAX);
	abort();
}

static void
put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
fill(uint8_t *p, unsigned int bytes, uint64_t *seed)
{
	while (bytes-- > 0) {
		*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		*p++ = (uint8_t)(*seed >> 56);
	}
}

static bool
is(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* The header h, at offset at of a frame that is so long; next is the word behind it. */
static void
make_ip(uint8_t *h, unsigned int left, const struct word *word, const struct word *next)
{
	if (is(word->name, "ip4")) {
		h[0] = (uint8_t)(0x40 | word->bytes / 4);
		put16(h + 2, left);
		put16(h + 6, is(word->name, "ip4first")  ? 0x2000
		             : is(word->name, "ip4last") ? 100
		                                         : 0);
		h[8] = 64;
		h[9] = next != NULL ? next->proto : 253;
	} else {
		h[0] = 0x60;
		put16(h + 4, left - 40);
		h[6] = next != NULL ? next->proto : 59;
	}
}

static void
make_gtpu(uint8_t *h, unsigned int left, unsigned int bytes)
{
	h[0] = bytes > 8 ? 0x34 : 0x30;
	h[1] = 255;
	put16(h + 2, left - 8);
	if (bytes > 8) {
		h[11] = 0x85;
		h[12] = 1;
	}
}

static void
make_header(uint8_t *h, unsigned int left, const struct word *word, const struct word *next)
{
	if (is(word->name, "ip")) {
		make_ip(h, left, word, next);
	} else if (is(word->name, "eth")) {
		put16(h + 12, next->type);
	} else if (is(word->name, "vlan") || is(word->name, "qinq")) {
		put16(h + 2, next->type);
	} else if (is(word->name, "hop") || is(word->name, "route") || is(word->name, "dst") ||
	           is(word->name, "frag") || is(word->name, "ah")) {
		h[0] = next->proto;
		h[1] = (uint8_t)(is(word->name, "ah") ? word->bytes / 4 - 2 : word->bytes / 8 - 1);
	} else if (is(word->name, "tcp")) {
		h[12] = 0x50;
	} else if (is(word->name, "udp")) {
		if (next != NULL && next->port != 9999)
			put16(h + 2, next->port);
		put16(h + 4, left);
	} else if (is(word->name, "gtpu")) {
		make_gtpu(h, left, word->bytes);
	} else if (is(word->name, "pppoe")) {
		put16(h, 0x1100);
		put16(h + 2, 0x1234);
		put16(h + 4, left - 6);
		put16(h + 6, next->type == 0x0800 ? 0x0021 : 0x0057);
	} else if (is(word->name, "mpls")) {
		put16(h, 0x1234);
		h[2] = is(word->name, "mplsbot");
		h[3] = 64;
	} else if (is(word->name, "vxlan")) {
		h[0] = 0x08;
	} else if (is(word->name, "geneve")) {
		h[0] = 2;
		put16(h + 2, next != NULL ? next->type : 0);
	} else if (is(word->name, "gre")) {
		put16(h, word->bytes == 16 ? 0xb000 : 0);
		put16(h + 2, next != NULL ? next->type : 0);
	}
}

/* What of a header is hashed, and is random. */
static void
note_ends(struct lwkt_frame_ends *fe, const struct word *word, unsigned int at, bool fragment)
{
	if (is(word->name, "eth"))
		*fe = (struct lwkt_frame_ends){at + 6, at, 6, 0};
	else if (is(word->name, "ip4"))
		*fe = (struct lwkt_frame_ends){at + 12, at + 16, 4, 0};
	else if (is(word->name, "ip6"))
		*fe = (struct lwkt_frame_ends){at + 8, at + 24, 16, 0};
	else if (!fragment &&
	         (is(word->name, "tcp") || is(word->name, "udp") || is(word->name, "sctp")))
		fe->fe_ports = at;
}

/* Does a tunnel begin with word i? */
static bool
begins_tunnel(const struct word *const *word, unsigned int i)
{
	const char *name = word[i]->name;

	return is(name, "vxlan") || is(name, "geneve") || is(name, "gre") || is(name, "gtpu") ||
	       (i > 0 && is(name, "ip") && is(word[i - 1]->name, "ip"));
}

void
lwkt_frame_make(struct lwkt_frame *fr, const char *words, uint64_t seed)
{
	const struct word *word[LWKT_FRAME_LAYER + 1] = {NULL};
	unsigned int tunnels = 0;
	bool fragment = false;
	char copy[128], *rest;

	memset(fr, 0, sizeof(*fr));
	if (snprintf(copy, sizeof(copy), "%s", words) >= (int)sizeof(copy))
		frame_too_long(words);
	for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
		const struct word *next = find_word(w);

		if (fr->fr_layers == LWKT_FRAME_LAYER ||
		    fr->fr_bytes + next->bytes > LWKT_FRAME_MAX)
			frame_too_long(words);
		word[fr->fr_layers] = next;
		fr->fr_layer[fr->fr_layers] = fr->fr_bytes;
		fr->fr_layers++;
		fr->fr_bytes += next->bytes;
	}
	for (unsigned int i = 0; i < fr->fr_layers; i++) {
		unsigned int at = fr->fr_layer[i];
		struct lwkt_frame_ends ends = {0};

		fragment |= is(word[i]->name, "ip4first") || is(word[i]->name, "ip4last") ||
		            is(word[i]->name, "frag");
		tunnels += begins_tunnel(word, i);
		note_ends(&ends, word[i], at, false);
		if (tunnels == 0)
			note_ends(&fr->fr_outer, word[i], at, fragment);
		if (tunnels <= 1)
			note_ends(&fr->fr_inner, word[i], at, fragment);
		if (ends.fe_bytes > 0) {
			fill(fr->fr_data + ends.fe_src, ends.fe_bytes, &seed);
			fill(fr->fr_data + ends.fe_dst, ends.fe_bytes, &seed);
		} else if (ends.fe_ports > 0 || is(word[i]->name, "data")) {
			fill(fr->fr_data + at, 4, &seed);
		}
		make_header(fr->fr_data + at, fr->fr_bytes - at, word[i], word[i + 1]);
	}
}

void
lwkt_frame_swap_bytes(uint8_t *a, uint8_t *b, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t t = a[i];

		a[i] = b[i];
		b[i] = t;
	}
}

void
lwkt_frame_swap(struct lwkt_frame *fr, const struct lwkt_frame_ends *fe)
{
	lwkt_frame_swap_bytes(fr->fr_data + fe->fe_src, fr->fr_data + fe->fe_dst, fe->fe_bytes);
	if (fe->fe_ports > 0)
		lwkt_frame_swap_bytes(
		    fr->fr_data + fe->fe_ports, fr->fr_data + fe->fe_ports + 2, 2);
}

/* The ones' complement sum of bytes, on top of another one. */
static uint32_t
frame_sum(const uint8_t *p, unsigned int bytes, uint32_t sum)
{
	for (unsigned int i = 0; i < bytes; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

void
lwkt_frame_checksums(struct lwkt_frame *fr)
{
	unsigned int src = fr->fr_outer.fe_src, bytes = fr->fr_outer.fe_bytes, proto, l4, at;
	bool ip4 = bytes == 4;
	uint8_t *ip = fr->fr_data + src - (ip4 ? 12 : 8);
	uint32_t sum;

	if (!ip4 && bytes != 16)
		return;
	proto = ip[ip4 ? 9 : 6];
	l4 = (unsigned int)(ip - fr->fr_data) + (ip4 ? 4u * (ip[0] & 15) : 40);
	if (ip4) {
		put16(ip + 10, 0);
		put16(ip + 10, ~frame_sum(ip, 4u * (ip[0] & 15), 0));
	}
	if (proto != 1 && proto != 6 && proto != 17 && proto != 58)
		return;
	at = l4 + (proto == 6 ? 16 : proto == 17 ? 6 : 2);
	put16(fr->fr_data + at, 0);
	sum = proto == 1 ? 0 : frame_sum(ip + (ip4 ? 12 : 8), 2 * bytes, fr->fr_bytes - l4 + proto);
	sum = ~frame_sum(fr->fr_data + l4, fr->fr_bytes - l4, sum) & 0xffff;
	put16(fr->fr_data + at, sum == 0 && proto == 17 ? 0xffff : sum);
}
