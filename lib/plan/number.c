/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: whole numbers, in the text and in a field of 1, 2, 4 or 8 bytes.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "plan_pvt.h"

void
config_number_put(void *field, size_t bytes, uint64_t value)
{
	switch (bytes) {
	case 1:
		*(uint8_t *)field = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)field = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)field = (uint32_t)value;
		break;
	default:
		*(uint64_t *)field = value;
	}
}

void
config_value_put_uint(const struct lwkt_param *pa, void *conf, uint64_t value)
{
	config_number_put((char *)conf + pa->pa_offset, pa->pa_bytes, value);
}

uint64_t
config_value_uint(const struct lwkt_param *pa, const void *conf)
{
	const char *field = (const char *)conf + pa->pa_offset;
	uint64_t value = 0;

	memcpy(&value, field, RTE_MIN(pa->pa_bytes, sizeof(value))); /* little-endian */
	return value;
}

/* Digits only. @return 0; -1 it is no such number; 1 it is beyond 64 bits. */
static int
scan(const char *s, uint64_t *value)
{
	uint64_t v = 0;
	int beyond = 0;

	if (*s == '\0')
		return -1;
	for (; *s != '\0'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (!isdigit((unsigned char)*s))
			return -1;
		if (v > (UINT64_MAX - digit) / 10)
			beyond = 1;
		v = v * 10 + digit;
	}
	*value = v;
	return beyond;
}

/* Where the default is outside the range it has a meaning of its own, and may be written. */
static bool
is_default(const struct lwkt_param *pa, uint64_t value)
{
	return pa->pa_type == LWKT_PARAM_UINT && !pa->pa_required && value == pa->pa_default;
}

bool
config_number_read(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field, size_t bytes)
{
	const char *text = (const char *)node->data.scalar.value;
	uint64_t value;
	int rc = scan(text, &value);

	if (rc < 0) {
		for (unsigned int i = 0; pa->pa_words != NULL && pa->pa_words[i] != NULL; i++)
			if (strcmp(pa->pa_words[i], text) == 0) {
				config_number_put(field, bytes, UINT64_MAX - i);
				return true;
			}
		config_value_wrong(rd, where, pa, node, "is no whole number");
	} else if (rc == 0 && is_default(pa, value)) {
		config_number_put(field, bytes, value);
		return true;
	} else if (rc > 0 || value > pa->pa_max) {
		config_value_wrong(rd, where, pa, node, "is too large");
	} else if (value < pa->pa_min) {
		config_value_wrong(rd, where, pa, node, "is too small");
	} else {
		config_number_put(field, bytes, value);
		return true;
	}
	return false;
}
