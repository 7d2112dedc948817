/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flows of packets: their two directions are one, and nothing else is, whatever it hashes to.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "gen_stream.h"

/* Ethernet, tags, IPv4, ports. */
static unsigned int
frame4(uint8_t *f, unsigned int tags, uint8_t proto, uint8_t a, uint8_t b, uint16_t ap, uint16_t bp)
{
	unsigned int at = 12;

	memset(f, 0, 128);
	for (unsigned int i = 0; i < tags; i++, at += 4)
		f[at] = 0x81;
	f[at] = 0x08;
	at += 2;
	f[at] = 0x45;
	f[at + 9] = proto;
	memcpy(f + at + 12, (uint8_t[]){10, 0, 0, a, 10, 0, 0, b}, 8);
	memcpy(f + at + 20,
	    (uint8_t[]){(uint8_t)(ap >> 8), (uint8_t)ap, (uint8_t)(bp >> 8), (uint8_t)bp}, 4);
	return at + 28;
}

static bool
same(const uint8_t *a, unsigned int na, const uint8_t *b, unsigned int nb)
{
	struct flow_id x, y;

	flow_read(a, na, &x);
	flow_read(b, nb, &y);
	return flow_compare(&x, &y) == 0;
}

Test(gen_flow, API_both_directions_are_one_flow)
{
	uint8_t a[128], b[128];
	unsigned int na = frame4(a, 0, 17, 1, 2, 1000, 80), nb = frame4(b, 0, 17, 2, 1, 80, 1000);

	cr_expect(same(a, na, b, nb));
	nb = frame4(b, 2, 17, 2, 1, 80, 1000);
	cr_expect(same(a, na, b, nb), "tags are no part of it");
	nb = frame4(b, 0, 17, 1, 1, 80, 1000);
	na = frame4(a, 0, 17, 1, 1, 1000, 80);
	cr_expect(same(a, na, b, nb), "the ports tell the ends of one address apart");
}

/* The xor of addresses and ports, which is all that a weak hash sees, is one in each of these. */
Test(gen_flow, API_flows_of_one_hash_are_two)
{
	static const uint16_t others[][4] = {
	    {1, 2, 1001, 81}, {2, 1, 1000, 80}, {3, 0, 1000, 80}, {1, 2, 1002, 82}};
	uint8_t a[128], b[128];
	unsigned int na = frame4(a, 0, 17, 1, 2, 1000, 80), nb;

	for (unsigned int i = 0; i < 4; i++) {
		nb = frame4(b, 0, 17, (uint8_t)others[i][0], (uint8_t)others[i][1], others[i][2],
		    others[i][3]);
		cr_expect_not(same(a, na, b, nb), "%u", i);
	}
	nb = frame4(b, 0, 6, 1, 2, 1000, 80);
	cr_expect_not(same(a, na, b, nb), "another protocol");
}

Test(gen_flow, API_fragments_and_other_protocols_have_no_ports)
{
	uint8_t a[128], b[128];
	unsigned int na = frame4(a, 0, 17, 1, 2, 1000, 80), nb = frame4(b, 0, 17, 1, 2, 7, 7);

	a[14 + 6] = b[14 + 6] = 0x20; /* more fragments */
	cr_expect(same(a, na, b, nb));
	na = frame4(a, 0, 1, 1, 2, 1000, 80);
	nb = frame4(b, 0, 1, 1, 2, 7, 7);
	cr_expect(same(a, na, b, nb));
}

Test(gen_flow, API_ipv6_behind_extension_headers)
{
	uint8_t a[128] = {0}, b[128] = {0};

	a[12] = b[12] = 0x86;
	a[13] = b[13] = 0xdd;
	a[14] = b[14] = 0x60;
	a[20] = 17;
	a[14 + 40] = 1; /* ports 256 and 0 */
	b[20] = 0;      /* hop by hop, then UDP */
	b[14 + 40] = 17;
	b[14 + 48] = 1;
	cr_expect(same(a, 70, b, 80));
	b[14 + 48] = 2;
	cr_expect_not(same(a, 70, b, 80));
}

Test(gen_flow, API_what_is_cut_or_no_ip_is_like_its_like)
{
	uint8_t a[128], none[128] = {0};
	unsigned int n = frame4(a, 0, 17, 1, 2, 1000, 80);

	for (unsigned int len = 0; len < 14 + 20; len++)
		cr_expect(same(a, len, none, 64), "%u bytes", len);
	cr_expect_not(same(a, n, none, 64));
	a[12] = 0x08;
	a[13] = 0x06; /* ARP */
	cr_expect(same(a, n, none, 64));
}
