/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pictures of growth with the number of CPUs: reports of scale.
 */
#include <math.h>
#include <string.h>

#include "page.h"
#include "page_chart.h"

static void
growth_point(struct chart *ch, const struct page_walk *wa, const json_t *row, const char *field,
    const char *text)
{
	const json_t *cycles = json_object_get(row, field);
	char name[128], ns_field[64];
	double ns;

	snprintf(ns_field, sizeof(ns_field), "%s_ns", field);
	ns = page_number(row, ns_field) / page_number(cycles, "median");
	page_label(wa->wa_page, wa->wa_in, text, name, sizeof(name));
	chart_point(ch, chart_series(ch, name, false),
	    (struct point){page_number(row, "cpus"), page_number(row, ns_field),
	        ns * page_number(cycles, "q1"), ns * page_number(cycles, "q3")});
}

/* What is to hold, if a row says so. */
static void
limit(struct chart *ch, const json_t *row, const char *what, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, "limits"), i, one)
	{
		double most = page_number(one, "limit");

		if (strcmp(page_text(one, "what"), what) == 0 && most > 0 && isfinite(most)) {
			ch->ch_limit = most;
			ch->ch_limit_text = text;
		}
	}
}

bool
page_growth(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "A poll, with the number of CPUs",
	    .ch_x_title = "CPUs",
	    .ch_y_title = "ns a poll",
	    .ch_x = SCALE_LOG2,
	    .ch_y = SCALE_LOG10};
	struct page_walk wa = {.wa_page = pg, .wa_command = "scale"};
	const json_t *row;

	while ((row = page_next_row(&wa)) != NULL) {
		growth_point(&ch, &wa, row, "idle_poll", "finds nothing");
		growth_point(&ch, &wa, row, "find", "finds a sender");
		limit(&ch, row, "idle poll", "limit of the first, at 128 CPUs");
	}
	return chart_draw(&ch, out);
}

bool
page_memory(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Memory, with the number of CPUs",
	    .ch_x_title = "CPUs",
	    .ch_y_title = "MiB of all together",
	    .ch_x = SCALE_LOG2,
	    .ch_y = SCALE_LOG10};
	struct page_walk wa = {.wa_page = pg, .wa_command = "scale"};
	const json_t *row;
	char name[128];

	while ((row = page_next_row(&wa)) != NULL) {
		double mib = page_number(row, "memory_mib");

		page_label(pg, wa.wa_in, "rings and ports", name, sizeof(name));
		chart_point(&ch, chart_series(&ch, name, false),
		    (struct point){page_number(row, "cpus"), mib, mib, mib});
		limit(&ch, row, "memory", "limit at 128 CPUs");
	}
	return chart_draw(&ch, out);
}
