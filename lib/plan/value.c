/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: one value, into the field that its row of a table says; whole numbers into fields
 * of 1, 2, 4 or 8 bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include <rte_common.h>

#include "lwkt_number.h"
#include "plan_pvt.h"

/*
 * Numbers
 */

static void
put_number(void *field, size_t bytes, uint64_t value)
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
	put_number((char *)conf + pa->pa_offset, pa->pa_bytes, value);
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

static const char *
sample_of(const struct lwkt_param *pa)
{
	return number_units[pa->pa_unit].nu_sample;
}

/*
 * What belongs there
 */

/* "1 to 16"; "0, 32 to 64, or none" where 0 is the default and "none" a word. */
static void
expected_uint(const struct lwkt_param *pa, char *text, size_t bytes)
{
	bool other = pa->pa_default < pa->pa_min && !pa->pa_required;
	const char *sample = sample_of(pa);
	char zero[32] = "", words[64] = "";

	if (other)
		snprintf(zero, sizeof(zero), "%" PRIu64 ", or ", pa->pa_default);
	if (pa->pa_words != NULL)
		config_words(pa->pa_words, ", or ", words, sizeof(words));
	snprintf(text, bytes, "%s%" PRIu64 " to %" PRIu64 "%s%s%s%s", zero, pa->pa_min, pa->pa_max,
	    sample != NULL ? ", or with a unit, as " : "", sample != NULL ? sample : "",
	    words[0] != '\0' ? ", or " : "", words);
}

const char *
config_expected(const struct lwkt_param *pa, char *text, size_t bytes)
{
	switch (pa->pa_type) {
	case LWKT_PARAM_UINT:
	case LWKT_PARAM_RX_QUEUE:
	case LWKT_PARAM_TX_QUEUE:
		expected_uint(pa, text, bytes);
		break;
	case LWKT_PARAM_BOOL:
		snprintf(text, bytes, "yes or no");
		break;
	case LWKT_PARAM_ENUM:
		config_words(pa->pa_words, " or ", text, bytes);
		break;
	case LWKT_PARAM_STRING:
		snprintf(text, bytes, "text of at most %zu bytes", pa->pa_bytes - 1);
		break;
	case LWKT_PARAM_MAC:
		snprintf(text, bytes, "an address, as 02:00:00:00:00:01");
		break;
	case LWKT_PARAM_LIST:
		snprintf(text, bytes,
		    "a list of at most %zu numbers of %" PRIu64 " to %" PRIu64 "%s%s, as [%" PRIu64
		    "]",
		    pa->pa_bytes / pa->pa_item_bytes, pa->pa_min, pa->pa_max,
		    pa->pa_words != NULL ? ", or " : "",
		    pa->pa_words != NULL ? pa->pa_words[0] : "", pa->pa_min);
		break;
	case LWKT_PARAM_ETHDEV:
		snprintf(text, bytes, "the name of an entry of ethdevs");
		break;
	case LWKT_PARAM_NESTED:
		snprintf(text, bytes, "%s", pa->pa_text);
	}
	return text;
}

static void *
field_of(const struct lwkt_param *pa, void *conf)
{
	return (char *)conf + pa->pa_offset;
}

void
config_value_default(const struct lwkt_param *pa, void *conf)
{
	switch (pa->pa_type) {
	case LWKT_PARAM_STRING:
		snprintf(
		    field_of(pa, conf), pa->pa_bytes, "%s", pa->pa_text != NULL ? pa->pa_text : "");
		break;
	case LWKT_PARAM_MAC:
	case LWKT_PARAM_LIST:
	case LWKT_PARAM_NESTED:
		break;
	default:
		put_number(field_of(pa, conf), pa->pa_bytes, pa->pa_default);
	}
}

static void
value_wrong(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, const char *what)
{
	char expected[160];
	struct config_clip clip = {.cl_text = ""};

	config_expected(pa, expected, sizeof(expected));
	if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0)
		what = "nothing stands here";
	else if (node->type == YAML_SCALAR_NODE)
		clip = config_clip((const char *)node->data.scalar.value, node->data.scalar.length);
	config_error(rd->cr_file, config_pos_of(node), "%s: %s: %s%s%s; write %s", where,
	    pa->pa_name, clip.cl_text, clip.cl_text[0] == '\0' ? "" : " ", what, expected);
}

/*
 * Reading, by type
 */

/* Where the default is outside the range it has a meaning of its own, and may be written. */
static bool
is_default(const struct lwkt_param *pa, uint64_t value)
{
	return pa->pa_type == LWKT_PARAM_UINT && !pa->pa_required && value == pa->pa_default;
}

static bool
read_number(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
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
				put_number(field, bytes, UINT64_MAX - i);
				return true;
			}
		value_wrong(rd, where, pa, node, "is no whole number");
	} else if (rc == 0 && is_default(pa, value)) {
		put_number(field, bytes, value);
		return true;
	} else if (rc < 0 || value > pa->pa_max) {
		value_wrong(rd, where, pa, node, "is too large");
	} else if (value < pa->pa_min) {
		value_wrong(rd, where, pa, node, "is too small");
	} else {
		put_number(field, bytes, value);
		return true;
	}
	return false;
}

static void
read_bool(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

	for (unsigned int i = 0; i < RTE_DIM(words); i++)
		if (strcasecmp(words[i], (const char *)node->data.scalar.value) == 0) {
			*(bool *)field = i % 2 != 0;
			return;
		}
	value_wrong(rd, where, pa, node, "is neither yes nor no");
}

static const char *
word_at(const void *words, unsigned int i)
{
	return ((const char *const *)words)[i];
}

static void
read_enum(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field)
{
	const char *text = (const char *)node->data.scalar.value, *nearest;
	unsigned int n;

	for (n = 0; pa->pa_words[n] != NULL; n++)
		if (strcmp(pa->pa_words[n], text) == 0) {
			put_number(field, pa->pa_bytes, n);
			return;
		}
	nearest = config_nearest(text, n, word_at, pa->pa_words);
	if (nearest != NULL)
		config_error(rd->cr_file, config_pos_of(node),
		    "%s: %s: no such word as %s; did you mean %s?", where, pa->pa_name,
		    config_clip(text, node->data.scalar.length).cl_text, nearest);
	else
		value_wrong(rd, where, pa, node, "is no such word");
}

static void
read_string(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field)
{
	if (node->data.scalar.length == 0)
		value_wrong(rd, where, pa, node, "");
	else if (node->data.scalar.length >= pa->pa_bytes)
		value_wrong(rd, where, pa, node, "is too long");
	else
		strcpy(field, (const char *)node->data.scalar.value);
}

static void
read_mac(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field)
{
	struct rte_ether_addr mac;

	if (node->data.scalar.length != RTE_ETHER_ADDR_FMT_SIZE - 1 ||
	    rte_ether_unformat_addr((const char *)node->data.scalar.value, &mac) < 0)
		value_wrong(rd, where, pa, node, "is no MAC address");
	else
		*(struct rte_ether_addr *)field = mac;
}

static const char *
ethdev_name_at(const void *pf, unsigned int i)
{
	return ((const struct lwkt_pipeline_file *)pf)->pf_ethdev[i].ce_name;
}

static void
read_ethdev(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node)
{
	struct lwkt_pipeline_file *pf = rd->cr_file;
	const char *text = (const char *)node->data.scalar.value, *nearest;
	struct config_clip clip = config_clip(text, node->data.scalar.length);

	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		if (strcmp(pf->pf_ethdev[i].ce_name, text) == 0) {
			rd->cr_stage->cs_ref[rd->cr_stage->cs_nrefs++] =
			    (struct config_ref){.cr_param = pa, .cr_ethdev = i};
			return;
		}
	if (pf->pf_nameless) /* perhaps it is that one, and that has been said */
		return;
	nearest = config_nearest(text, pf->pf_nethdevs, ethdev_name_at, pf);
	if (nearest != NULL)
		config_error(pf, config_pos_of(node),
		    "%s: %s: no entry of ethdevs is named %s; did you mean %s?", where, pa->pa_name,
		    clip.cl_text, nearest);
	else
		config_error(pf, config_pos_of(node),
		    "%s: %s: no entry of ethdevs is named %s; add one, or write the name of one",
		    where, pa->pa_name, clip.cl_text);
}

static void
read_list(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    yaml_node_t *node, void *conf)
{
	size_t most = pa->pa_bytes / pa->pa_item_bytes;
	char *field = field_of(pa, conf);
	unsigned int n = 0;

	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		yaml_node_t *value = yaml_document_get_node(rd->cr_doc, *item);

		if (n == most) {
			value_wrong(rd, where, pa, node, "the list is too long");
			return;
		}
		if (value->type != YAML_SCALAR_NODE)
			value_wrong(rd, where, pa, value, "an item is no number");
		else if (read_number(rd, where, pa, value, field + n * pa->pa_item_bytes,
		             pa->pa_item_bytes))
			n++;
	}
	*(unsigned int *)(void *)((char *)conf + pa->pa_count_offset) = n;
}

void
config_value_read(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    yaml_node_t *node, void *conf)
{
	void *field = field_of(pa, conf);

	if (pa->pa_type == LWKT_PARAM_NESTED) {
		*(yaml_node_t **)field = node;
		return;
	}
	if (node->type !=
	    (pa->pa_type == LWKT_PARAM_LIST ? YAML_SEQUENCE_NODE : YAML_SCALAR_NODE)) {
		value_wrong(rd, where, pa, node,
		    node->type == YAML_SCALAR_NODE     ? "is no list"
		    : node->type == YAML_SEQUENCE_NODE ? "a list is not what belongs here"
		                                       : "a mapping is not what belongs here");
		return;
	}
	if (node->type == YAML_SCALAR_NODE &&
	    strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
		value_wrong(rd, where, pa, node, "has a zero byte in it");
		return;
	}
	switch (pa->pa_type) {
	case LWKT_PARAM_BOOL:
		read_bool(rd, where, pa, node, field);
		break;
	case LWKT_PARAM_ENUM:
		read_enum(rd, where, pa, node, field);
		break;
	case LWKT_PARAM_STRING:
		read_string(rd, where, pa, node, field);
		break;
	case LWKT_PARAM_MAC:
		read_mac(rd, where, pa, node, field);
		break;
	case LWKT_PARAM_ETHDEV:
		read_ethdev(rd, where, pa, node);
		break;
	case LWKT_PARAM_LIST:
		read_list(rd, where, pa, node, conf);
		break;
	default:
		read_number(rd, where, pa, node, field, pa->pa_bytes);
	}
}
