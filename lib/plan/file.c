/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: from disk or memory to a tree, and what libyaml has to say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>

#include <lwkt_log.h>

#include "plan_pvt.h"

static void
free_file(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		free(pf->pf_stage[i].cs_conf);
		free(pf->pf_stage[i].cs_out);
	}
	free(pf->pf_stage);
	free(pf->pf_ethdev);
	free(pf->pf_path);
	free(pf);
}

static struct lwkt_pipeline_file *
new_file(const char *path)
{
	struct lwkt_pipeline_file *pf = calloc(1, sizeof(*pf));

	if (pf == NULL)
		return NULL;
	pf->pf_path = strdup(path);
	if (pf->pf_path != NULL)
		return pf;
	free(pf);
	return NULL;
}

/* libyaml reads ahead: what it cannot read at all it knows by its offset only. */
static yaml_mark_t
mark_of(const char *text, size_t offset)
{
	yaml_mark_t mark = {.index = offset};

	for (size_t i = 0; i < offset; i++) {
		mark.column = text[i] == '\n' ? 0 : mark.column + 1;
		mark.line += text[i] == '\n';
	}
	return mark;
}

/* The text is no YAML: 0, which has been said; or there is no memory to find out. */
static int
syntax(struct lwkt_pipeline_file *pf, const yaml_parser_t *parser, const void *text, size_t bytes)
{
	yaml_mark_t mark = parser->problem_mark;
	const char *context = parser->context;
	char within[96] = "";

	if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of(text, RTE_MIN(parser->problem_offset, bytes));
	if (context != NULL)
		snprintf(within, sizeof(within), " %s from line %zu on", context,
		    parser->context_mark.line + 1);
	config_error(pf,
	    (struct config_pos){(unsigned int)mark.line + 1, (unsigned int)mark.column + 1},
	    "this is no YAML: %s%s; look at indentation, colons, brackets and quotes",
	    parser->problem, within);
	return 0;
}

static int
read_tree(struct lwkt_pipeline_file *pf, yaml_document_t *doc)
{
	yaml_node_t *root = yaml_document_get_root_node(doc);

	if (root == NULL) {
		config_error(
		    pf, (struct config_pos){0, 0}, "there is nothing in it; write stages at least");
		return 0;
	}
	return config_sections(pf, doc, root);
}

/* There is one document and no more. */
static int
read_end(struct lwkt_pipeline_file *pf, yaml_parser_t *parser, const void *text, size_t bytes)
{
	yaml_document_t more;
	yaml_node_t *root;

	if (!yaml_parser_load(parser, &more))
		return syntax(pf, parser, text, bytes);
	root = yaml_document_get_root_node(&more);
	if (root != NULL)
		config_error(pf, config_pos_of(root),
		    "a second document begins here; write one, without \"---\" in between");
	yaml_document_delete(&more);
	return 0;
}

static int
parse(struct lwkt_pipeline_file *pf, const void *text, size_t bytes)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, text, bytes);
	if (!yaml_parser_load(&parser, &doc)) {
		rc = syntax(pf, &parser, text, bytes);
	} else {
		rc = read_tree(pf, &doc);
		if (rc == 0)
			rc = read_end(pf, &parser, text, bytes);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return rc;
}

struct lwkt_pipeline_file *
lwkt_pipeline_file_parse(const char *path, const void *text, size_t bytes)
{
	struct lwkt_pipeline_file *pf = new_file(path);
	int rc = 0;

	if (pf == NULL) {
		lwkt_error("%s: no memory to read it; free some", path);
		rte_errno = ENOMEM;
		return NULL;
	}
	if (bytes > CONFIG_BYTES) {
		config_error(pf, (struct config_pos){0, 0}, "it has %zu bytes; write at most %u",
		    bytes, CONFIG_BYTES);
		rc = -EFBIG;
	} else if (config_bounds(pf, text, bytes)) {
		rc = parse(pf, text, bytes);
	}
	if (rc == 0 && pf->pf_errors == 0)
		return pf;
	if (rc == -ENOMEM)
		lwkt_error("%s: no memory to read it; free some", path);
	free_file(pf);
	rte_errno = rc < 0 ? -rc : EINVAL;
	return NULL;
}

struct lwkt_pipeline_file *
lwkt_pipeline_file_load(const char *path)
{
	struct lwkt_pipeline_file *pf = NULL;
	char *text = malloc(CONFIG_BYTES + 1);
	FILE *f = fopen(path, "re");
	size_t bytes;

	if (f == NULL || text == NULL) {
		rte_errno = text == NULL ? ENOMEM : errno;
		lwkt_error("%s: cannot be opened (%s); write the name of a pipeline file", path,
		    rte_strerror(rte_errno));
	} else {
		bytes = fread(text, 1, CONFIG_BYTES + 1, f);
		if (!ferror(f)) {
			pf = lwkt_pipeline_file_parse(path, text, bytes);
		} else {
			rte_errno = errno;
			lwkt_error("%s: cannot be read (%s); write the name of a pipeline file",
			    path, rte_strerror(rte_errno));
		}
	}
	if (f != NULL)
		fclose(f);
	free(text);
	return pf;
}

void
lwkt_pipeline_file_destroy(struct lwkt_pipeline_file *file)
{
	if (file == NULL)
		return;
	config_unmake(file);
	free_file(file);
}
