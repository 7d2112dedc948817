/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers of a traced packet: what is read of whole frames, and that nothing behind a short one is.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "trace.h"

#define ETHERNET "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
#define E(type)                                                                                      \
	"\"ethernet\":{\"dst\":\"02:00:00:00:00:01\",\"src\":\"02:00:00:00:00:02\",\"type\":\"" type \
	"\"}"
#define IPV4(proto) "\x45\0\0\x1c\0\0\0\0\x40" proto "\0\0\x0a\0\0\x01\x0a\0\0\x02"
#define J4(fragment, length, proto)                                                   \
	"\"ipv4\":{\"dst\":\"10.0.0.2\",\"fragment\":" fragment ",\"length\":" length \
	",\"protocol\":" proto ",\"src\":\"10.0.0.1\",\"ttl\":64}"
#define IPV6(proto)              \
	"\x60\0\0\0\0\x14" proto \
	"\x07\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
#define J6(proto)                                                         \
	"\"ipv6\":{\"dst\":\"fd00::2\",\"length\":20,\"protocol\":" proto \
	",\"src\":\"fd00::1\",\"ttl\":7}"
#define UDP "\x03\xe8\x07\xd0\0\x08\0\0"
#define TCP "\x03\xe8\x07\xd0\0\0\0\0\0\0\0\0\x50\x12\0\0\0\0\0\0"

#define FRAME(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *bytes;
	size_t n;
	const char *headers;
} frames[] = {
    /* clang-format off */
	{FRAME(ETHERNET "\x08\0" IPV4("\x11") UDP), "{" E("0x0800") "," J4("0", "28", "17") ",\"udp\":{\"dst\":2000,\"src\":1000}}"},
	{FRAME(ETHERNET "\x08\0" IPV4("\x06") TCP), "{" E("0x0800") "," J4("0", "28", "6") ",\"tcp\":{\"dst\":2000,\"flags\":18,\"src\":1000}}"},
	{FRAME(ETHERNET "\x08\0" IPV4("\x01") "\x08\x03\0\0"), "{" E("0x0800") ",\"icmp\":{\"code\":3,\"type\":8}," J4("0", "28", "1") "}"},
	/* Options; an option too many; behind a fragment's header there are no ports. */
	{FRAME(ETHERNET "\x08\0" "\x46\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\0\0\0\0" UDP),
	    "{" E("0x0800") "," J4("0", "32", "17") ",\"udp\":{\"dst\":2000,\"src\":1000}}"},
	{FRAME(ETHERNET "\x08\0" "\x4f\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02" UDP), "{" E("0x0800") "," J4("0", "32", "17") "}"},
	{FRAME(ETHERNET "\x08\0" "\x44\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02" UDP), "{" E("0x0800") "," J4("0", "32", "17") "}"},
	{FRAME(ETHERNET "\x08\0" "\x45\0\0\x20\0\0\0\x03\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02" UDP), "{" E("0x0800") "," J4("24", "32", "17") "}"},
	{FRAME(ETHERNET "\x88\xa8\0\x05\x81\0\xf0\x06\x86\xdd" IPV6("\x06") TCP),
	    "{" E("0x86dd") "," J6("6") ",\"tcp\":{\"dst\":2000,\"flags\":18,\"src\":1000},\"vlan\":[5,6]}"},
	{FRAME(ETHERNET "\x08\x06" UDP), "{" E("0x0806") "}"},
	{FRAME(ETHERNET "\x81\0"), "{" E("0x8100") "}"},
	{FRAME(ETHERNET), "{}"},
    /* clang-format on */
};

/* So that a byte behind the last one is seen by AddressSanitizer. */
static char *
headers_of(const char *bytes, size_t n)
{
	uint8_t *frame = malloc(n + (n == 0));
	json_t *headers;
	char *text;

	memcpy(frame, bytes, n);
	headers = trace_headers(frame, n);
	text = json_dumps(headers, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(headers);
	free(frame);
	return text;
}

Test(l2fwd_trace, headers_are_read)
{
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		char *text = headers_of(frames[i].bytes, frames[i].n);

		cr_assert_str_eq(text, frames[i].headers, "frame %zu: %s", i, text);
		free(text);
	}
}

Test(l2fwd_trace, short_frames_are_read_to_their_end)
{
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		for (size_t n = 0; n < frames[i].n; n++)
			free(headers_of(frames[i].bytes, n));
}
