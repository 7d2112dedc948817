/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include <rte_ether.h>

#include "gen_stream.h"

#define PORT_AT        16 /* in an end */
#define FRAGMENT4_MASK 0x3fff
#define PROTO_DCCP     33
#define PROTO_UDPLITE  136

/* What is left of a frame. */
struct flow_rest {
	const uint8_t *at;
	unsigned int len;
};

static uint16_t
flow_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Go on by so many bytes. @return false: there are not so many. */
static bool
flow_skip(struct flow_rest *re, unsigned int bytes)
{
	if (re->len < bytes)
		return false;
	re->at += bytes;
	re->len -= bytes;
	return true;
}

static bool
flow_has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == PROTO_DCCP || proto == PROTO_UDPLITE;
}

static bool
flow_ipv4(struct flow_rest *re, struct flow_id *flow, bool *fragment)
{
	if (re->len < 20 || re->at[0] >> 4 != 4)
		return false;
	for (unsigned int end = 0; end < 2; end++)
		memcpy(flow->fi_end[end] + 12, re->at + 12 + 4 * end, 4);
	*fragment = (flow_16(re->at + 6) & FRAGMENT4_MASK) != 0;
	flow->fi_version = 4;
	flow->fi_proto = re->at[9];
	return flow_skip(re, (re->at[0] & 0xfu) * 4);
}

static bool
flow_ipv6(struct flow_rest *re, struct flow_id *flow, bool *fragment)
{
	if (re->len < 40 || re->at[0] >> 4 != 6)
		return false;
	for (unsigned int end = 0; end < 2; end++)
		memcpy(flow->fi_end[end], re->at + 8 + 16 * end, 16);
	flow->fi_version = 6;
	flow->fi_proto = re->at[6];
	if (!flow_skip(re, 40))
		return false;
	while (flow->fi_proto == IPPROTO_HOPOPTS || flow->fi_proto == IPPROTO_ROUTING ||
	       flow->fi_proto == IPPROTO_DSTOPTS || flow->fi_proto == IPPROTO_FRAGMENT) {
		bool of_fragment = flow->fi_proto == IPPROTO_FRAGMENT;

		if (re->len < 8)
			return false;
		flow->fi_proto = re->at[0];
		*fragment |= of_fragment;
		if (!flow_skip(re, of_fragment ? 8 : 8 * (re->at[1] + 1u)))
			return false;
	}
	return true;
}

void
flow_read(const uint8_t *frame, unsigned int len, struct flow_id *flow)
{
	struct flow_rest re = {frame, len};
	bool fragment = false, whole = false;
	uint8_t end[18];
	uint16_t type;

	memset(flow, 0, sizeof(*flow));
	if (!flow_skip(&re, RTE_ETHER_HDR_LEN))
		return;
	type = flow_16(re.at - 2);
	while ((type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ) &&
	       flow_skip(&re, RTE_VLAN_HLEN))
		type = flow_16(re.at - 2);
	if (type == RTE_ETHER_TYPE_IPV4)
		whole = flow_ipv4(&re, flow, &fragment);
	else if (type == RTE_ETHER_TYPE_IPV6)
		whole = flow_ipv6(&re, flow, &fragment);
	if (whole && !fragment && flow_has_ports(flow->fi_proto) && re.len >= 4)
		for (unsigned int i = 0; i < 2; i++)
			memcpy(flow->fi_end[i] + PORT_AT, re.at + 2 * i, 2);
	if (memcmp(flow->fi_end[0], flow->fi_end[1], sizeof(end)) > 0) {
		memcpy(end, flow->fi_end[0], sizeof(end));
		memcpy(flow->fi_end[0], flow->fi_end[1], sizeof(end));
		memcpy(flow->fi_end[1], end, sizeof(end));
	}
}

int
flow_compare(const struct flow_id *a, const struct flow_id *b)
{
	return memcmp(a, b, sizeof(*a));
}

/*
 * Numbers
 */

static bool
track_test_and_set(struct track *tr, uint64_t number)
{
	uint64_t *word = &tr->tr_came[number % TRACK_WINDOW / 64], bit = 1ull << number % 64;
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* The window moves up to number: what it passes has not come. */
static void
track_advance(struct track *tr, uint64_t number)
{
	if (number - tr->tr_next >= TRACK_WINDOW) {
		memset(tr->tr_came, 0, sizeof(tr->tr_came));
	} else {
		for (uint64_t n = tr->tr_next; n < number; n++)
			tr->tr_came[n % TRACK_WINDOW / 64] &= ~(1ull << n % 64);
	}
	tr->tr_next = number + 1;
	tr->tr_came[number % TRACK_WINDOW / 64] |= 1ull << number % 64;
}

void
track_frame(struct track *tr, uint32_t sequence, struct track_counts *tc)
{
	/* The 64-bit number that is nearest to the next one. */
	int32_t ahead = (int32_t)(sequence - (uint32_t)tr->tr_next);
	uint64_t number = tr->tr_next + (uint64_t)(int64_t)ahead;

	if (ahead >= 0) {
		track_advance(tr, number);
		tc->tc_in_order++;
	} else if (number > tr->tr_next || tr->tr_next - number > TRACK_WINDOW) {
		tc->tc_too_old++; /* or before 0: no such frame was sent */
	} else if (track_test_and_set(tr, number)) {
		tc->tc_duplicates++;
	} else {
		tc->tc_reordered++;
	}
}
