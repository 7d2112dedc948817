/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: from text to structs.
 *
 * libyaml makes a tree of the text, in which each node knows its line and column. Sections are then
 * read by tables, ours and those of the stage kinds. The depth of what is looked at is fixed, so an
 * alias that leads back to where it stands does no harm.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include <lwkt_log.h>

#include "plan_pvt.h"

/*
 * Lists of mappings
 */

static yaml_node_t *
item(const struct config_reader *rd, const yaml_node_t *list, unsigned int i)
{
	return yaml_document_get_node(rd->cr_doc, list->data.sequence.items.start[i]);
}

/* How many items a list has; 0 after an error if it is none, or longer than most. */
static unsigned int
count_items(struct config_reader *rd, const char *where, const yaml_node_t *list, unsigned int most)
{
	size_t n;

	if (list == NULL)
		return 0;
	if (list->type != YAML_SEQUENCE_NODE) {
		config_error(rd->cr_file, config_pos_of(list), "%s: this is no list; write %s",
		    where,
		    strchr(where, ',') != NULL      ? "[STAGE, ...]"
		    : strcmp(where, "plugins") == 0 ? "[FILE.so, ...]"
		                                    : "one \"- name: ...\" for each");
		return 0;
	}
	n = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
	if (n <= most)
		return (unsigned int)n;
	config_error(rd->cr_file, config_pos_of(list), "%s: there are %zu; write at most %u", where,
	    n, most);
	return 0;
}

/* The value of the key "name" in a mapping, for messages; else "number i". */
static void
say_where(const struct config_reader *rd, const char *what, const yaml_node_t *node, unsigned int i,
    char *where)
{
	snprintf(where, CONFIG_WHERE, "%s number %u", what, i);
	if (node->type != YAML_MAPPING_NODE)
		return;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(rd->cr_doc, pair->key);
		yaml_node_t *value = yaml_document_get_node(rd->cr_doc, pair->value);

		if (key->type == YAML_SCALAR_NODE && value->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)key->data.scalar.value, "name") == 0 &&
		    value->data.scalar.length > 0) {
			snprintf(where, CONFIG_WHERE, "%s %s", what,
			    config_clip(
			        (const char *)value->data.scalar.value, value->data.scalar.length)
			        .cl_text);
			return;
		}
	}
}

/* Names go into tables, graphs and messages. */
static void
check_name(struct config_reader *rd, const char *where, const char *name, struct config_pos pos)
{
	static const char fit[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (name[strspn(name, fit)] != '\0')
		config_error(rd->cr_file, pos,
		    "%s: name: it has other characters than letters, digits, '_', '-' and '.'; "
		    "write it without them",
		    where);
}

/*
 * Plugins
 */

/* A name that does not begin at the root begins where the file is. */
static void
read_plugin(struct config_reader *rd, const yaml_node_t *node)
{
	const char *name = (const char *)node->data.scalar.value, *slash;
	char path[1024], why[320];
	int n = 0;

	if (node->type != YAML_SCALAR_NODE || name[0] == '\0' ||
	    strlen(name) != node->data.scalar.length) {
		config_error(rd->cr_file, config_pos_of(node),
		    "plugins: an item is no file name; write [FILE.so, ...]");
		return;
	}
	slash = strrchr(rd->cr_file->pf_path, '/');
	if (name[0] != '/' && slash != NULL)
		n = (int)(slash + 1 - rd->cr_file->pf_path);
	snprintf(path, sizeof(path), "%.*s%s", n, rd->cr_file->pf_path, name);
	if (config_plugin_load(path, why, sizeof(why)) < 0)
		config_error(rd->cr_file, config_pos_of(node), "plugins: %s: %s",
		    config_clip(name, strlen(name)).cl_text, why);
}

static void
read_plugins(struct config_reader *rd, const yaml_node_t *list)
{
	unsigned int n = count_items(rd, "plugins", list, LWKT_KINDS_MAX);

	for (unsigned int i = 0; i < n; i++)
		read_plugin(rd, item(rd, list, i));
}

/*
 * Ethdevs
 */

static void
read_ethdev(struct config_reader *rd, yaml_node_t *node, unsigned int i)
{
	struct lwkt_pipeline_file *pf = rd->cr_file;
	struct config_ethdev *ce = &pf->pf_ethdev[i];
	char where[CONFIG_WHERE];

	say_where(rd, "ethdev", node, i, where);
	config_table_read(rd, where, node, config_ethdev_table, ce, &ce->ce_keys);
	check_name(rd, where, ce->ce_name, ce->ce_keys.ck_key[ETHDEV_NAME]);
	pf->pf_nameless |= ce->ce_name[0] == '\0';
	for (unsigned int k = 0; k < i; k++)
		if (ce->ce_name[0] != '\0' && strcmp(pf->pf_ethdev[k].ce_name, ce->ce_name) == 0)
			config_error(pf, ce->ce_keys.ck_key[ETHDEV_NAME],
			    "%s: name: the ethdev in line %u has it already; give it another",
			    where, pf->pf_ethdev[k].ce_keys.ck_at.po_line);
}

static int
read_ethdevs(struct config_reader *rd, yaml_node_t *list)
{
	struct lwkt_pipeline_file *pf = rd->cr_file;
	unsigned int n = count_items(rd, "ethdevs", list, RTE_MAX_ETHPORTS);

	pf->pf_ethdev = calloc(n + 1, sizeof(pf->pf_ethdev[0]));
	if (pf->pf_ethdev == NULL)
		return -ENOMEM;
	pf->pf_nameless = list != NULL && n == 0 && pf->pf_errors > 0;
	for (; pf->pf_nethdevs < n; pf->pf_nethdevs++)
		read_ethdev(rd, item(rd, list, pf->pf_nethdevs), pf->pf_nethdevs);
	return 0;
}

/*
 * Stages
 */

static const char *
kind_at(const void *arg, unsigned int i)
{
	(void)arg;
	return lwkt_stage_kind_at(i)->sk_name;
}

static void
unknown_kind(struct config_reader *rd, const char *where, const struct config_stage *cs)
{
	const char *names[LWKT_KINDS_MAX + 1] = {NULL}, *nearest;
	char known[320];
	unsigned int n;

	for (n = 0; lwkt_stage_kind_at(n) != NULL; n++)
		names[n] = lwkt_stage_kind_at(n)->sk_name;
	nearest = config_nearest(cs->cs_kind_name, n, kind_at, NULL);
	config_words(names, " and ", known, sizeof(known));
	if (nearest != NULL)
		config_error(rd->cr_file, cs->cs_keys.ck_key[STAGE_KIND],
		    "%s: kind: there is no kind %s; did you mean %s?", where,
		    config_clip(cs->cs_kind_name, strlen(cs->cs_kind_name)).cl_text, nearest);
	else
		config_error(rd->cr_file, cs->cs_keys.ck_key[STAGE_KIND],
		    "%s: kind: there is no kind %s; there are %s", where,
		    config_clip(cs->cs_kind_name, strlen(cs->cs_kind_name)).cl_text, known);
}

/* An item is the name of a stage, or a mapping. */
static void
read_output(struct config_reader *rd, const char *stage, yaml_node_t *node,
    struct config_output *co, unsigned int o)
{
	const struct lwkt_param *to = &config_output_table[0];
	struct config_keys keys = {{0, 0}, {{0, 0}}};
	char where[CONFIG_WHERE];

	co->co_pos = config_pos_of(node);
	snprintf(where, sizeof(where), "%.60s, output %u", stage, o);
	if (node->type != YAML_SCALAR_NODE) {
		config_table_read(rd, where, node, config_output_table, co, &keys);
		return;
	}
	config_table_read(rd, where, NULL, &config_output_table[1], co, &keys);
	config_value_read(rd, where, to, node, co);
}

static int
read_outputs(struct config_reader *rd, const char *where, struct config_stage *cs)
{
	char outputs[CONFIG_WHERE];
	unsigned int n;

	snprintf(outputs, sizeof(outputs), "%.60s, outputs", where);
	n = count_items(rd, outputs, cs->cs_outputs, LWKT_STAGE_OUTS);
	cs->cs_out = calloc(n + 1, sizeof(cs->cs_out[0]));
	if (cs->cs_out == NULL)
		return -ENOMEM;
	for (; cs->cs_nouts < n; cs->cs_nouts++)
		read_output(rd, where, item(rd, cs->cs_outputs, cs->cs_nouts),
		    &cs->cs_out[cs->cs_nouts], cs->cs_nouts);
	return 0;
}

static int
read_params(struct config_reader *rd, const char *where, struct config_stage *cs)
{
	static const struct lwkt_param none[] = {{.pa_name = NULL}};
	const struct lwkt_param *table = cs->cs_kind->sk_params;
	char params[CONFIG_WHERE];

	cs->cs_conf = calloc(1, cs->cs_kind->sk_conf_bytes + 1);
	if (cs->cs_conf == NULL)
		return -ENOMEM;
	rd->cr_stage = cs;
	cs->cs_param_keys.ck_at = cs->cs_keys.ck_at;
	snprintf(params, sizeof(params), "%.60s, params", where);
	config_table_read(rd, params, cs->cs_params, table != NULL ? table : none, cs->cs_conf,
	    &cs->cs_param_keys);
	return 0;
}

static void
read_cpu(struct config_reader *rd, const char *where, struct config_stage *cs)
{
	char *end;
	unsigned long id;

	cs->cs_auto = strcmp(cs->cs_cpu, "auto") == 0;
	cs->cs_lcore = CONFIG_AUTO;
	if (cs->cs_auto)
		return;
	id = strtoul(cs->cs_cpu, &end, 10);
	if (cs->cs_cpu[0] < '0' || cs->cs_cpu[0] > '9' || *end != '\0')
		config_error(rd->cr_file, cs->cs_keys.ck_key[STAGE_CPU],
		    "%s: cpu: %s is no lcore id; write a number, or auto", where,
		    config_clip(cs->cs_cpu, strlen(cs->cs_cpu)).cl_text);
	else
		cs->cs_lcore = id < CONFIG_AUTO ? (unsigned int)id : CONFIG_AUTO - 1;
}

static int
read_stage(struct config_reader *rd, yaml_node_t *node, unsigned int i)
{
	struct lwkt_pipeline_file *pf = rd->cr_file;
	struct config_stage *cs = &pf->pf_stage[i];
	char where[CONFIG_WHERE];
	int rc = 0;

	say_where(rd, "stage", node, i, where);
	config_table_read(rd, where, node, config_stage_table, cs, &cs->cs_keys);
	check_name(rd, where, cs->cs_name, cs->cs_keys.ck_key[STAGE_NAME]);
	for (unsigned int k = 0; k < i; k++)
		if (cs->cs_name[0] != '\0' && strcmp(pf->pf_stage[k].cs_name, cs->cs_name) == 0)
			config_error(pf, cs->cs_keys.ck_key[STAGE_NAME],
			    "%s: name: the stage in line %u has it already; give it another", where,
			    pf->pf_stage[k].cs_keys.ck_at.po_line);
	read_cpu(rd, where, cs);
	cs->cs_kind = lwkt_stage_kind_find(cs->cs_kind_name);
	if (cs->cs_kind != NULL)
		rc = read_params(rd, where, cs);
	else if (cs->cs_kind_name[0] != '\0')
		unknown_kind(rd, where, cs);
	return rc < 0 ? rc : read_outputs(rd, where, cs);
}

static int
read_stages(struct config_reader *rd, yaml_node_t *list)
{
	struct lwkt_pipeline_file *pf = rd->cr_file;
	unsigned int n = count_items(rd, "stages", list, CONFIG_STAGES);
	int rc = 0;

	pf->pf_stage = calloc(n + 1, sizeof(pf->pf_stage[0]));
	if (pf->pf_stage == NULL)
		return -ENOMEM;
	for (; pf->pf_nstages < n && rc == 0; pf->pf_nstages++)
		rc = read_stage(rd, item(rd, list, pf->pf_nstages), pf->pf_nstages);
	if (n == 0 && pf->pf_errors == 0)
		config_error(pf, (struct config_pos){0, 0},
		    "stages: there are none; write one at least that brings packets in");
	return rc;
}

int
config_sections(struct lwkt_pipeline_file *pf, yaml_document_t *doc, yaml_node_t *root)
{
	struct config_reader rd = {.cr_file = pf, .cr_doc = doc};
	struct config_keys keys = {{0, 0}, {{0, 0}}};
	struct config_top top = {NULL};
	int rc;

	config_table_read(&rd, "file", root, config_top_table, &top, &keys);
	read_plugins(&rd, top.tp_plugins);
	config_table_read(&rd, "pipeline", top.tp_pipeline, config_pipeline_table, &pf->pf_conf,
	    &pf->pf_conf_keys);
	check_name(&rd, "pipeline", pf->pf_conf.cp_name, pf->pf_conf_keys.ck_key[PIPELINE_NAME]);
	config_table_read(
	    &rd, "pool", top.tp_pool, config_pool_table, &pf->pf_pool, &pf->pf_pool_keys);
	if (top.tp_balance != NULL)
		config_table_read(&rd, "balance", top.tp_balance, config_balance_table,
		    &pf->pf_balance, &pf->pf_balance_keys);
	rc = read_ethdevs(&rd, top.tp_ethdevs);
	return rc < 0 ? rc : read_stages(&rd, top.tp_stages);
}
