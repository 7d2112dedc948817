/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: one value, into the field that its row of a table says.
 */
#include <string.h>
#include <strings.h>

#include <rte_common.h>

#include "plan_pvt.h"

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
		config_number_put(field_of(pa, conf), pa->pa_bytes, pa->pa_default);
	}
}

void
config_value_wrong(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
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
	config_value_wrong(rd, where, pa, node, "is neither yes nor no");
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
			config_number_put(field, pa->pa_bytes, n);
			return;
		}
	nearest = config_nearest(text, n, word_at, pa->pa_words);
	if (nearest != NULL)
		config_error(rd->cr_file, config_pos_of(node),
		    "%s: %s: no such word as %s; did you mean %s?", where, pa->pa_name,
		    config_clip(text, node->data.scalar.length).cl_text, nearest);
	else
		config_value_wrong(rd, where, pa, node, "is no such word");
}

static void
read_string(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    const yaml_node_t *node, void *field)
{
	if (node->data.scalar.length == 0)
		config_value_wrong(rd, where, pa, node, "");
	else if (node->data.scalar.length >= pa->pa_bytes)
		config_value_wrong(rd, where, pa, node, "is too long");
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
		config_value_wrong(rd, where, pa, node, "is no MAC address");
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
			config_value_wrong(rd, where, pa, node, "the list is too long");
			return;
		}
		if (value->type != YAML_SCALAR_NODE)
			config_value_wrong(rd, where, pa, value, "an item is no number");
		else if (config_number_read(rd, where, pa, value, field + n * pa->pa_item_bytes,
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
		config_value_wrong(rd, where, pa, node,
		    node->type == YAML_SCALAR_NODE     ? "is no list"
		    : node->type == YAML_SEQUENCE_NODE ? "a list is not what belongs here"
		                                       : "a mapping is not what belongs here");
		return;
	}
	if (node->type == YAML_SCALAR_NODE &&
	    strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
		config_value_wrong(rd, where, pa, node, "has a zero byte in it");
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
		config_number_read(rd, where, pa, node, field, pa->pa_bytes);
	}
}
