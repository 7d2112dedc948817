/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a report says, in tables: nothing that stands in it is left out.
 */
#include <string.h>

#include "page.h"

static bool
is_rows(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

static void
warnings(const json_t *report, FILE *out)
{
	json_t *text;
	size_t i;

	if (json_array_size(json_object_get(report, "warnings")) == 0)
		return;
	fputs("<ul>\n", out);
	json_array_foreach(json_object_get(report, "warnings"), i, text)
	{
		fputs("<li class=\"bad\">", out);
		html_value(out, text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void
pair(FILE *out, const char *key, json_t *value)
{
	fputs("<tr><th>", out);
	html_text(out, key);
	fputs("</th><td>", out);
	html_value(out, value);
	fputs("</td></tr>\n", out);
}

static void
environment(const json_t *report, FILE *out)
{
	json_t *env = json_object_get(report, "environment"), *value;
	const char *key;

	fputs("<h3>Environment</h3>\n<table class=\"environment\">\n", out);
	json_object_foreach(env, key, value)
	{
		if (!is_rows(value)) {
			pair(out, key, value);
			continue;
		}
		for (size_t i = 0; i < json_array_size(value); i++)
			pair(out, i == 0 ? key : "", json_array_get(value, i));
	}
	fputs("</table>\n", out);
}

/* What the report has besides what all have. */
static void
options(json_t *report, FILE *out)
{
	static const char *const all[] = {
	    "schema", "command", "environment", "warnings", "rows", "incomplete"};
	json_t *own = json_copy(report), *value;
	const char *key;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		json_object_del(own, all[i]);
	if (json_object_size(own) > 0) {
		fputs("<h3>Measured with</h3>\n<table class=\"options\">\n", out);
		json_object_foreach(own, key, value)
		{
			pair(out, key, value);
		}
		fputs("</table>\n", out);
	}
	json_decref(own);
}

/*
 * Rows
 */

/* The fields that any row has, in their order; "what" is said by the name. */
static json_t *
columns(const json_t *rows)
{
	json_t *keys = json_object(), *row, *value;
	const char *key;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_object_foreach(row, key, value)
		{
			if (strcmp(key, "what") != 0 && json_object_get(keys, key) == NULL)
				json_object_set_new(keys, key, json_true());
		}
	}
	return keys;
}

static void table(FILE *out, json_t *rows, const char *class);

static void
cell(FILE *out, const json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);
	const json_t *what = strcmp(key, "name") == 0 ? json_object_get(row, "what") : NULL;
	bool summary = json_is_object(value) && json_object_get(value, "median") != NULL;

	if (json_is_string(what)) {
		fputs("<td title=\"", out);
		html_text(out, json_string_value(what));
		fputs("\">", out);
	} else if (!is_rows(value) &&
	           (json_is_array(value) || (json_is_object(value) && !summary))) {
		fputs("<td class=\"long\">", out);
	} else {
		fputs("<td>", out);
	}
	if (is_rows(value))
		table(out, value, "inner");
	else if (value != NULL)
		html_value(out, value);
	fputs("</td>", out);
}

/* Rows may have rows in their fields. */
static void
table(FILE *out, json_t *rows, const char *class)
{
	json_t *keys = columns(rows), *row, *value;
	const char *key;
	size_t i;

	fprintf(out, "<table class=\"%s\">\n<tr>", class);
	json_object_foreach(keys, key, value)
	{
		fputs("<th>", out);
		html_text(out, key);
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
	json_array_foreach(rows, i, row)
	{
		fputs("<tr>", out);
		json_object_foreach(keys, key, value)
		{
			cell(out, row, key);
		}
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
	json_decref(keys);
}

void
page_report(const struct page_input *in, unsigned int number, FILE *out)
{
	json_t *rows = json_object_get(in->in_report, "rows");

	fprintf(out, "<section id=\"report-%u\">\n<h2>", number);
	html_value(out, json_object_get(in->in_report, "command"));
	fputs(" · ", out);
	html_text(out, in->in_file);
	fputs("</h2>\n", out);
	if (page_incomplete(in))
		fputs("<p class=\"bad incomplete\">Incomplete: it was broken off; these are the "
		      "figures until then.</p>\n",
		    out);
	warnings(in->in_report, out);
	if (json_array_size(rows) == 0)
		fputs("<p class=\"bad\">No rows: nothing was measured.</p>\n", out);
	fputs("<div class=\"scroll\">\n", out);
	table(out, rows, "rows");
	fputs("</div>\n", out);
	options(in->in_report, out);
	environment(in->in_report, out);
	fputs("</section>\n", out);
}
