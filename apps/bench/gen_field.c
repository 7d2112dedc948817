/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen_field.h"

/* Default firsts: 10.0.0.1 or fd00::1 to 10.128.0.1 or fd00::1:0:1, and port 9 (discard). */
static const struct {
	const char *name;
	uint8_t first[2][16]; /* of IPv4, of IPv6 */
	unsigned int bytes, most;
} fields[FRAME_FIELDS] = {
    [FRAME_SRC_IP] = {"src-ip", {{[12] = 10, [15] = 1}, {0xfd, [15] = 1}}, 4, 0},
    [FRAME_SRC_PORT] = {"src-port", {{[14] = 4}, {[14] = 4}}, 2, UINT16_MAX},
    [FRAME_DST_IP] = {"dst-ip", {{[12] = 10, 128, [15] = 1}, {0xfd, [11] = 1, [15] = 1}}, 4, 0},
    [FRAME_DST_PORT] = {"dst-port", {{[15] = 9}, {[15] = 9}}, 2, UINT16_MAX},
    [FRAME_VLAN] = {"vlan", {{0}, {0}}, 2, 4094},
    [FRAME_SRC_MAC] = {"src-mac", {{0}, {0}}, 6, 0},
    [FRAME_DST_MAC] = {"dst-mac",
        {{[10] = 255, 255, 255, 255, 255, 255}, {[10] = 255, 255, 255, 255, 255, 255}}, 6, 0},
};

static bool
field_is_ip(enum frame_field field)
{
	return field == FRAME_SRC_IP || field == FRAME_DST_IP;
}

static void
field_add(uint8_t value[16], uint64_t more)
{
	for (unsigned int i = 16; i-- > 0 && more > 0; more >>= 8) {
		more += value[i];
		value[i] = (uint8_t)more;
	}
}

bool
field_given(const struct frame_range *range)
{
	static const uint8_t zero[16];

	return memcmp(range->fr_first, zero, sizeof(zero)) != 0;
}

uint32_t
field_n(const struct frame_range *range)
{
	return range->fr_n > 0 ? range->fr_n : 1;
}

void
field_value(const struct frame_range ranges[FRAME_FIELDS], enum frame_field field, bool ipv6,
    uint32_t flow, uint32_t shift, uint8_t *to)
{
	const struct frame_range *range = &ranges[field];
	const bool given = field_given(range);
	unsigned int bytes = field_is_ip(field) && ipv6 ? 16 : fields[field].bytes;
	uint8_t value[16];

	for (unsigned int f = 0; f < field; f++)
		flow /= field_n(&ranges[f]);
	memcpy(value, given ? range->fr_first : fields[field].first[ipv6], sizeof(value));
	field_add(value, flow % field_n(range) + (uint64_t)(given ? 0 : shift));
	memcpy(to, value + 16 - bytes, bytes);
}

bool
field_has(const struct frame_range ranges[FRAME_FIELDS], enum frame_field field, uint16_t value)
{
	uint8_t first[2];

	field_value(ranges, field, false, 0, 0, first);
	return (uint32_t)value - (uint32_t)(first[0] << 8 | first[1]) < field_n(&ranges[field]);
}

/*
 * As people write them
 */

static int
field_parse_number(const char *text, unsigned int most, uint8_t value[16])
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > most)
		return -EINVAL;
	value[14] = (uint8_t)(number >> 8);
	value[15] = (uint8_t)number;
	return 0;
}

static int
field_parse_one(enum frame_field field, bool ipv6, const char *text, uint8_t value[16])
{
	struct rte_ether_addr mac;

	memset(value, 0, 16);
	if (field_is_ip(field))
		return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, value + (ipv6 ? 0 : 12)) == 1
		           ? 0
		           : -EINVAL;
	if (fields[field].most > 0)
		return field_parse_number(text, fields[field].most, value);
	if (rte_ether_unformat_addr(text, &mac) < 0)
		return -EINVAL;
	memcpy(value + 10, &mac, sizeof(mac));
	return 0;
}

/* A, or A-B. */
static int
field_parse_range(enum frame_field field, bool ipv6, char *text, struct frame_range *range)
{
	char *last = strchr(text, '-');
	uint8_t to[16], at[16];

	if (last != NULL)
		*last++ = '\0';
	*range = (struct frame_range){.fr_n = 1};
	if (field_parse_one(field, ipv6, text, range->fr_first) < 0 || !field_given(range))
		return -EINVAL;
	if (last == NULL)
		return 0;
	if (field_parse_one(field, ipv6, last, to) < 0)
		return -EINVAL;
	for (memcpy(at, range->fr_first, 16); memcmp(at, to, 16) != 0; field_add(at, 1))
		if (++range->fr_n > FIELD_VALUES_MAX)
			return -EINVAL;
	return 0;
}

int
field_parse(enum frame_field field, bool ipv6, const char *text, struct frame_range range[2])
{
	char one[128], *back;
	int rc;

	if (strlen(text) >= sizeof(one))
		return -EINVAL;
	strcpy(one, text);
	back = strchr(one, ',');
	if (back != NULL)
		*back++ = '\0';
	rc = field_parse_range(field, ipv6, one, &range[0]);
	if (rc < 0 || back == NULL) {
		range[1] = range[0];
		return rc;
	}
	return field_parse_range(field, ipv6, back, &range[1]);
}

const char *
field_name(enum frame_field field)
{
	return fields[field].name;
}
