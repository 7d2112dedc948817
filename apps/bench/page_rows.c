/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading reports for pictures.
 */
#include <math.h>
#include <string.h>

#include "page.h"

bool
page_is(const struct page_input *in, const char *command)
{
	return strcmp(json_string_value(json_object_get(in->in_report, "command")), command) == 0;
}

bool
page_incomplete(const struct page_input *in)
{
	return json_is_true(json_object_get(in->in_report, "incomplete"));
}

void
page_label(
    const struct page *pg, const struct page_input *in, const char *text, char *buf, size_t size)
{
	const char *command = json_string_value(json_object_get(in->in_report, "command"));
	unsigned int same = 0;

	for (unsigned int i = 0; i < pg->pg_n; i++)
		same += page_is(&pg->pg_input[i], command);
	snprintf(buf, size, "%s%s%s%s", text, same > 1 ? " · " : "", same > 1 ? in->in_file : "",
	    page_incomplete(in) ? " (incomplete)" : "");
}

double
page_number(const json_t *object, const char *field)
{
	const json_t *value = json_object_get(object, field);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *
page_text(const json_t *row, const char *field)
{
	const char *text = json_string_value(json_object_get(row, field));

	return text != NULL ? text : "";
}

const json_t *
page_next_row(struct page_walk *wa)
{
	for (; wa->wa_input < wa->wa_page->pg_n; wa->wa_input++, wa->wa_row = 0) {
		const json_t *row;

		wa->wa_in = &wa->wa_page->pg_input[wa->wa_input];
		if (!page_is(wa->wa_in, wa->wa_command))
			continue;
		row = json_array_get(json_object_get(wa->wa_in->in_report, "rows"), wa->wa_row++);
		if (row != NULL)
			return row;
	}
	return NULL;
}
