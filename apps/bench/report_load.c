/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading reports back: only what lwkt-bench has written, in this version of the schema.
 */
#include <errno.h>
#include <string.h>

#include "report.h"

static json_t *
refuse(json_t *report, const char *command, const char *file, int line, const char *what)
{
	char plain[160];

	fprintf(stderr,
	    "lwkt-bench %s: %s:%d: %s; give a report that lwkt-bench has written with --json\n",
	    command, file, line, report_plain(what, plain, sizeof(plain)));
	json_decref(report);
	return NULL;
}

json_t *
report_load(const char *command, const char *file)
{
	json_error_t error;
	json_t *report, *row, *other;
	FILE *f = fopen(file, "r");
	const char *schema;
	size_t i, j;

	if (f == NULL) {
		fprintf(stderr, "lwkt-bench %s: cannot read '%s': %s\n", command, file,
		    strerror(errno));
		return NULL;
	}
	report = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	fclose(f);
	if (report == NULL)
		return refuse(NULL, command, file, error.line > 0 ? error.line : 1, error.text);
	schema = json_string_value(json_object_get(report, "schema"));
	if (schema == NULL)
		return refuse(report, command, file, 1, "no \"schema\"");
	if (strcmp(schema, REPORT_SCHEMA) != 0)
		return refuse(report, command, file, 1, "\"schema\" is not \"" REPORT_SCHEMA "\"");
	if (!json_is_string(json_object_get(report, "command")) ||
	    !json_is_object(json_object_get(report, "environment")) ||
	    !json_is_array(json_object_get(report, "rows")))
		return refuse(report, command, file, 1,
		    "\"command\", \"environment\" or \"rows\" is missing");
	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		if (!json_is_string(json_object_get(row, "name")))
			return refuse(report, command, file, 1, "a row has no \"name\"");
		for (j = 0; j < i; j++) {
			other = json_array_get(json_object_get(report, "rows"), j);
			if (json_equal(
			        json_object_get(other, "name"), json_object_get(row, "name")))
				return refuse(
				    report, command, file, 1, "two rows have one \"name\"");
		}
	}
	return report;
}
