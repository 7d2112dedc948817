/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: a mapping, by a table that says which keys there are.
 */
#include <string.h>

#include <rte_common.h>

#include "plan_pvt.h"

static unsigned int
rows_of(const struct lwkt_param *table)
{
	unsigned int n = 0;

	while (table[n].pa_name != NULL)
		n++;
	return n;
}

static const char *
name_at(const void *table, unsigned int i)
{
	return ((const struct lwkt_param *)table)[i].pa_name;
}

static void
unknown(struct config_reader *rd, const char *where, const yaml_node_t *key,
    const struct lwkt_param *table)
{
	const char *names[CONFIG_KEYS + 1] = {NULL}, *nearest;
	struct config_clip clip =
	    config_clip((const char *)key->data.scalar.value, key->data.scalar.length);
	unsigned int n = rows_of(table);
	char known[256];

	nearest = config_nearest((const char *)key->data.scalar.value, n, name_at, table);
	for (unsigned int i = 0; i < n; i++)
		names[i] = table[i].pa_name;
	config_words(names, " and ", known, sizeof(known));
	if (nearest != NULL)
		config_error(rd->cr_file, config_pos_of(key),
		    "%s: %s: no such key; did you mean %s?", where, clip.cl_text, nearest);
	else if (n == 0)
		config_error(rd->cr_file, config_pos_of(key),
		    "%s: %s: no such key, there is none to write here; take it away", where,
		    clip.cl_text);
	else
		config_error(rd->cr_file, config_pos_of(key), "%s: %s: no such key; there are %s",
		    where, clip.cl_text, known);
}

static void
read_pair(struct config_reader *rd, const char *where, const yaml_node_pair_t *pair,
    const struct lwkt_param *table, void *conf, struct config_keys *keys)
{
	yaml_node_t *key = yaml_document_get_node(rd->cr_doc, pair->key);
	yaml_node_t *value = yaml_document_get_node(rd->cr_doc, pair->value);
	unsigned int i, n = rows_of(table);

	if (key->type != YAML_SCALAR_NODE) {
		config_error(rd->cr_file, config_pos_of(key),
		    "%s: a key is a list or a mapping; write a word", where);
		return;
	}
	for (i = 0; i < n; i++)
		if (strcmp(table[i].pa_name, (const char *)key->data.scalar.value) == 0)
			break;
	if (i == n) {
		unknown(rd, where, key, table);
	} else if (keys->ck_key[i].po_line != 0) {
		config_error(rd->cr_file, config_pos_of(key),
		    "%s: %s: it stands in line %u already; take one away", where, table[i].pa_name,
		    keys->ck_key[i].po_line);
	} else {
		keys->ck_key[i] = config_pos_of(value);
		config_value_read(rd, where, &table[i], value, conf);
	}
}

static void
missing(
    struct config_reader *rd, const char *where, const struct lwkt_param *pa, struct config_pos pos)
{
	char expected[160];

	config_error(rd->cr_file, pos, "%s: %s: it is missing; write one, %s", where, pa->pa_name,
	    config_expected(pa, expected, sizeof(expected)));
}

void
config_table_read(struct config_reader *rd, const char *where, yaml_node_t *node,
    const struct lwkt_param *table, void *conf, struct config_keys *keys)
{
	for (unsigned int i = 0; table[i].pa_name != NULL; i++)
		config_value_default(&table[i], conf);
	if (node != NULL) {
		keys->ck_at = config_pos_of(node);
		if (node->type != YAML_MAPPING_NODE) {
			config_error(rd->cr_file, keys->ck_at,
			    "%s: this is no mapping; write KEY: VALUE lines", where);
			return;
		}
		for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
		     pair < node->data.mapping.pairs.top; pair++)
			read_pair(rd, where, pair, table, conf, keys);
	}
	for (unsigned int i = 0; table[i].pa_name != NULL; i++)
		if (table[i].pa_required && keys->ck_key[i].po_line == 0)
			missing(rd, where, &table[i], keys->ck_at);
}
