/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pictures of messages: reports of msg and lone.
 */
#include <math.h>
#include <string.h>

#include "page.h"
#include "page_chart.h"

/* Nanoseconds of a cycle: a row has its first figure in both. */
static double
ns_of_cycle(const json_t *row)
{
	return page_number(row, "ours_ns") / page_number(json_object_get(row, "ours"), "median");
}

/*
 * Messages against burst size
 */

/* 1000 / ns of a message is millions a second. */
static void
burst_point(struct chart *ch, const char *name, bool rival, const json_t *row, const char *side)
{
	const json_t *cycles = json_object_get(row, side);
	double ns = ns_of_cycle(row);

	if (cycles != NULL)
		chart_point(ch, chart_series(ch, name, rival),
		    (struct point){page_number(row, "burst"),
		        1000 / (ns * page_number(cycles, "median")),
		        1000 / (ns * page_number(cycles, "q3")),
		        1000 / (ns * page_number(cycles, "q1"))});
}

bool
page_bursts(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Messages to another CPU against burst size",
	    .ch_x_title = "messages a send",
	    .ch_y_title = "million messages a second",
	    .ch_x = SCALE_LOG2};
	struct page_walk wa = {.wa_page = pg, .wa_command = "msg"};
	const json_t *row;
	char name[128];

	while ((row = page_next_row(&wa)) != NULL) {
		if (strncmp(page_text(row, "name"), "oneway", strlen("oneway")) != 0)
			continue;
		/* Ours is the same beside each rival: of several at one burst the first is shown.
		 */
		page_label(pg, wa.wa_in, "LWKT", name, sizeof(name));
		burst_point(&ch, name, false, row, "ours");
		page_label(pg, wa.wa_in, page_text(row, "rival_name"), name, sizeof(name));
		burst_point(&ch, name, true, row, "rival");
	}
	return chart_draw(&ch, out);
}

/*
 * Round trips
 */

static void
trip_point(struct chart *ch, const char *name, bool rival, const char *percentile, double us)
{
	for (int i = 0; i < NINES; i++)
		if (strcmp(percentile, chart_nines[i].ni_field) == 0 && !isnan(us))
			chart_point(ch, chart_series(ch, name, rival),
			    (struct point){chart_nines[i].ni_x, us, us, us});
}

static void
trip_name(const struct page_walk *wa, const char *test, const json_t *row, bool rival, char *buf,
    size_t size)
{
	const char *whose = page_text(row, "rival_name");
	char text[96];

	if (!rival)
		whose = "LWKT";
	else if (*whose == '\0')
		whose = "rte_ring";
	snprintf(text, sizeof(text), "%s, %s", whose, test);
	page_label(wa->wa_page, wa->wa_in, text, buf, size);
}

/* Rows roundtrip, roundtrip-p99, roundtrip-p999, each with a figure. */
static void
trips_msg(const struct page *pg, struct chart *ch)
{
	static const char *const tests[] = {"roundtrip", "domsg"};
	struct page_walk wa = {.wa_page = pg, .wa_command = "msg"};
	const json_t *row;
	char name[128];

	while ((row = page_next_row(&wa)) != NULL) {
		for (int t = 0; t < 2; t++) {
			size_t len = strlen(tests[t]);
			const char *rest = page_text(row, "name");

			if (strncmp(rest, tests[t], len) != 0)
				continue;
			rest = rest[len] == '-' ? rest + len + 1 : "p50";
			for (int side = 0; side < 2; side++) {
				const json_t *cycles =
				    json_object_get(row, side ? "rival" : "ours");

				trip_name(&wa, tests[t], row, side, name, sizeof(name));
				trip_point(ch, name, side, rest,
				    ns_of_cycle(row) * page_number(cycles, "median") / 1000);
			}
		}
	}
}

/* Rows lone, lone-next, each with all percentiles. */
static void
trips_lone(const struct page *pg, struct chart *ch)
{
	struct page_walk wa = {.wa_page = pg, .wa_command = "lone"};
	const json_t *row;
	char name[128];

	while ((row = page_next_row(&wa)) != NULL) {
		for (int side = 0; side < 2; side++) {
			const json_t *cycles = json_object_get(row, side ? "rival" : "ours");
			double us = ns_of_cycle(row) / 1000;

			trip_name(&wa, page_text(row, "name"), row, side, name, sizeof(name));
			for (int i = 0; i < NINES; i++) {
				const char *field = chart_nines[i].ni_field;

				trip_point(ch, name, side, field,
				    us * page_number(
				             cycles, strcmp(field, "p50") == 0 ? "median" : field));
			}
		}
	}
}

bool
page_round_trips(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Latency of a request with its reply",
	    .ch_x_title = "percentile of the requests",
	    .ch_y_title = "µs there and back",
	    .ch_x = SCALE_NINES,
	    .ch_y = SCALE_LOG10};

	trips_msg(pg, &ch);
	trips_lone(pg, &ch);
	return chart_draw(&ch, out);
}
