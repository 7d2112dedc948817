/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: whole numbers, in the text and in a field of 1, 2, 4 or 8 bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "lwkt_number.h"
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

/* What may stand behind a number, in the smallest of it. */
static const struct lwkt_unit number_times[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000},
    {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000}};
static const struct lwkt_unit number_packets[] = {
    {"pps", 1}, {"kpps", 1000}, {"mpps", 1000000}, {"gpps", 1000000000}};
static const struct lwkt_unit number_bits[] = {
    {"bps", 1}, {"kbps", 1000}, {"mbps", 1000000}, {"gbps", 1000000000}};
static const struct lwkt_unit number_percent[] = {{"%", 1}};

static const struct {
	const struct lwkt_unit *nu_units;
	unsigned int nu_n;
	uint64_t nu_stored;
	const char *nu_sample;
} number_units[] = {
    [LWKT_UNIT_NONE] = {NULL, 0, 1, NULL},
    [LWKT_UNIT_S] = {number_times, RTE_DIM(number_times), 1000000000, "10min"},
    [LWKT_UNIT_MS] = {number_times, RTE_DIM(number_times), 1000000, "0.5s"},
    [LWKT_UNIT_US] = {number_times, RTE_DIM(number_times), 1000, "10ms"},
    [LWKT_UNIT_NS] = {number_times, RTE_DIM(number_times), 1, "2us"},
    [LWKT_UNIT_PPS] = {number_packets, RTE_DIM(number_packets), 1, "10mpps"},
    [LWKT_UNIT_BYTES_PER_S] = {number_bits, RTE_DIM(number_bits), 8, "10gbps"},
    [LWKT_UNIT_PERCENT] = {number_percent, RTE_DIM(number_percent), 1, "20%"},
};

const char *
config_number_sample(const struct lwkt_param *pa)
{
	return number_units[pa->pa_unit].nu_sample;
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
	uint64_t value = 0;
	int rc =
	    lwkt_number_whole(text, node->data.scalar.length, number_units[pa->pa_unit].nu_units,
	        number_units[pa->pa_unit].nu_n, number_units[pa->pa_unit].nu_stored, &value);

	if (rc == -EINVAL) {
		for (unsigned int i = 0; pa->pa_words != NULL && pa->pa_words[i] != NULL; i++)
			if (strcmp(pa->pa_words[i], text) == 0) {
				config_number_put(field, bytes, UINT64_MAX - i);
				return true;
			}
		config_value_wrong(rd, where, pa, node, "is no whole number");
	} else if (rc == 0 && is_default(pa, value)) {
		config_number_put(field, bytes, value);
		return true;
	} else if (rc < 0 || value > pa->pa_max) {
		config_value_wrong(rd, where, pa, node, "is too large");
	} else if (value < pa->pa_min) {
		config_value_wrong(rd, where, pa, node, "is too small");
	} else {
		config_number_put(field, bytes, value);
		return true;
	}
	return false;
}
