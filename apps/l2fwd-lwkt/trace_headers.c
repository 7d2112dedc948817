/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A frame's headers as JSON (trace.h). One of each layer, as far as there are bytes of it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <rte_ether.h>

#include "trace.h"

#define TAGS 4 /* VLAN tags that are looked at */

/* What is left of a frame. */
struct rest {
	const uint8_t *re_at;
	size_t re_n;
};

/* The next n bytes; NULL: there are not so many. */
static const uint8_t *
take(struct rest *re, size_t n)
{
	const uint8_t *at = re->re_at;

	if (re->re_n < n)
		return NULL;
	re->re_at += n;
	re->re_n -= n;
	return at;
}

static unsigned int
word(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static const char *
mac(const uint8_t *at, char *text)
{
	snprintf(
	    text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
	return text;
}

static void
read_l4(json_t *headers, struct rest re, unsigned int proto)
{
	const uint8_t *at;

	if (proto == IPPROTO_UDP && (at = take(&re, 8)) != NULL)
		json_object_set_new(
		    headers, "udp", json_pack("{s:i, s:i}", "src", word(at), "dst", word(at + 2)));
	else if (proto == IPPROTO_TCP && (at = take(&re, 20)) != NULL)
		json_object_set_new(headers, "tcp",
		    json_pack("{s:i, s:i, s:i}", "src", word(at), "dst", word(at + 2), "flags",
		        at[13] & 0x3f));
	else if ((proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) && (at = take(&re, 4)) != NULL)
		json_object_set_new(
		    headers, "icmp", json_pack("{s:i, s:i}", "type", at[0], "code", at[1]));
}

static void
read_ipv4(json_t *headers, struct rest re)
{
	char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];
	const uint8_t *at = take(&re, 20);
	unsigned int fragment;

	if (at == NULL)
		return;
	inet_ntop(AF_INET, at + 12, src, sizeof(src));
	inet_ntop(AF_INET, at + 16, dst, sizeof(dst));
	fragment = (word(at + 6) & 0x1fff) * 8;
	json_object_set_new(headers, "ipv4",
	    json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "src", src, "dst", dst, "ttl", at[8],
	        "protocol", at[9], "length", word(at + 2), "fragment", fragment));
	if (fragment == 0 && (at[0] & 0xf) >= 5 &&
	    take(&re, ((at[0] & 0xfu) - 5) * (size_t)4) != NULL)
		read_l4(headers, re, at[9]);
}

static void
read_ipv6(json_t *headers, struct rest re)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const uint8_t *at = take(&re, 40);

	if (at == NULL)
		return;
	inet_ntop(AF_INET6, at + 8, src, sizeof(src));
	inet_ntop(AF_INET6, at + 24, dst, sizeof(dst));
	json_object_set_new(headers, "ipv6",
	    json_pack("{s:s, s:s, s:i, s:i, s:i}", "src", src, "dst", dst, "ttl", at[7], "protocol",
	        at[6], "length", word(at + 4)));
	read_l4(headers, re, at[6]);
}

/* The type behind the tags. */
static unsigned int
read_tags(json_t *headers, struct rest *re, unsigned int type)
{
	json_t *tags = json_array();
	const uint8_t *at;

	for (unsigned int i = 0; i < TAGS; i++) {
		if ((type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ) ||
		    (at = take(re, 4)) == NULL)
			break;
		json_array_append_new(tags, json_integer(word(at) & 0xfff));
		type = word(at + 2);
	}
	if (json_array_size(tags) > 0)
		json_object_set(headers, "vlan", tags);
	json_decref(tags);
	return type;
}

json_t *
trace_headers(const uint8_t *frame, size_t n)
{
	struct rest re = {frame, n};
	json_t *headers = json_object();
	const uint8_t *at = take(&re, RTE_ETHER_HDR_LEN);
	char src[18], dst[18], text[8];
	unsigned int type;

	if (headers == NULL || at == NULL)
		return headers;
	type = read_tags(headers, &re, word(at + 12));
	snprintf(text, sizeof(text), "0x%04x", type);
	json_object_set_new(headers, "ethernet",
	    json_pack(
	        "{s:s, s:s, s:s}", "src", mac(at + 6, src), "dst", mac(at, dst), "type", text));
	if (type == RTE_ETHER_TYPE_IPV4)
		read_ipv4(headers, re);
	else if (type == RTE_ETHER_TYPE_IPV6)
		read_ipv6(headers, re);
	return headers;
}
