/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pictures of traffic: reports of pktgen, rfc2544 and compare.
 */
#include <math.h>
#include <string.h>

#include "page.h"
#include "page_chart.h"

/* The value of a searched rate with its quartiles. */
static void
rate_point(struct chart *ch, const char *name, bool rival, double size, const json_t *rate)
{
	if (json_is_object(rate))
		chart_point(ch, chart_series(ch, name, rival),
		    (struct point){size, page_number(rate, "median"), page_number(rate, "q1"),
		        page_number(rate, "q3")});
}

/* Bytes of a frame, the mean of several sizes. */
static double
mean_size(const json_t *report, const json_t *row)
{
	const json_t *sizes = json_object_get(report, "sizes");

	if (json_array_size(sizes) == 1)
		return json_number_value(json_array_get(sizes, 0));
	return page_number(row, "sent_bytes") / page_number(row, "sent");
}

/* Runs of several sizes make one line, unless two of a size are there: then the file is named. */
static void
throughput_pktgen(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	bool received = json_object_get(row, "received_pps") != NULL;
	double pps = page_number(row, received ? "received_pps" : "sent_pps");
	double size = mean_size(in->in_report, row);
	const struct page alone = {.pg_n = 0};
	struct series *se;
	char text[96], name[128];

	snprintf(text, sizeof(text), "pktgen %s %s", page_text(row, "name"),
	    received ? "received" : "sent");
	page_label(&alone, in, text, name, sizeof(name));
	se = chart_series(ch, name, false);
	if (se != NULL && series_has(se, size)) {
		page_label(pg, in, text, name, sizeof(name));
		se = chart_series(ch, name, false);
	}
	chart_point(ch, se, (struct point){size, pps, pps, pps});
}

static void
throughput_rfc2544(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	double size = page_number(row, "size"), loss = page_number(row, "pdr_loss");
	char text[64], name[128];

	page_label(pg, in, "rfc2544, no loss", name, sizeof(name));
	rate_point(ch, name, false, size, json_object_get(row, "ndr_pps"));
	snprintf(text, sizeof(text), "rfc2544, %.4g %% lost", 100 * (isnan(loss) ? 0 : loss));
	page_label(pg, in, text, name, sizeof(name));
	rate_point(ch, name, false, size, json_object_get(row, "pdr_pps"));
}

/* Without a ratio, since CPUs were shared, a picture of both would be a claim just as well. */
static void
throughput_compare(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	static const char *const sides[][2] = {
	    {"ours_name", "ours_pps"}, {"rival_name", "rival_pps"}};
	char name[128];

	if (json_object_get(row, "ratio") == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		page_label(pg, in, page_text(row, sides[i][0]), name, sizeof(name));
		rate_point(
		    ch, name, i == 1, page_number(row, "size"), json_object_get(row, sides[i][1]));
	}
}

/* Calls fn for each row of each report of a subcommand. */
static void
each(const struct page *pg, const char *command, struct chart *ch,
    void (*fn)(const struct page *, const struct page_input *, const json_t *, struct chart *))
{
	struct page_walk wa = {.wa_page = pg, .wa_command = command};
	const json_t *row;

	while ((row = page_next_row(&wa)) != NULL)
		fn(pg, wa.wa_in, row, ch);
}

bool
page_throughput(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Throughput against frame size",
	    .ch_x_title = "bytes of a frame, with FCS",
	    .ch_y_title = "frames a second, each way",
	    .ch_x = SCALE_LOG2};

	each(pg, "pktgen", &ch, throughput_pktgen);
	each(pg, "rfc2544", &ch, throughput_rfc2544);
	each(pg, "compare", &ch, throughput_compare);
	return chart_draw(&ch, out);
}

void
page_left_out(const struct page *pg, FILE *out)
{
	struct page_walk wa = {.wa_page = pg, .wa_command = "compare"};
	const json_t *row;

	while ((row = page_next_row(&wa)) != NULL) {
		const char *why = page_text(row, "no_ratio");

		if (json_object_get(row, "ratio") != NULL)
			continue;
		fputs("<p class=\"note\">Not in the picture: compare, ", out);
		html_text(out, page_text(row, "name"));
		fputs(*why != '\0' ? ": " : "", out);
		html_text(out, why);
		fputs("</p>\n", out);
	}
}

static void
loss_rfc2544(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	char text[64], name[128];
	const json_t *trial;
	size_t i;

	snprintf(text, sizeof(text), "%.6g bytes", page_number(row, "size"));
	page_label(pg, in, text, name, sizeof(name));
	json_array_foreach(json_object_get(row, "loss"), i, trial)
	{
		double lost = 100 * page_number(trial, "loss_ratio");

		chart_point(ch, chart_series(ch, name, false),
		    (struct point){page_number(trial, "percent"), lost, lost, lost});
	}
}

bool
page_loss(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Frame loss",
	    .ch_x_title = "rate, % of the highest that was tried",
	    .ch_y_title = "% of the frames lost"};

	each(pg, "rfc2544", &ch, loss_rfc2544);
	return chart_draw(&ch, out);
}

static void
percentiles(struct chart *ch, const char *name, const json_t *latency)
{
	for (int i = 0; i < NINES; i++) {
		double us = page_number(latency, chart_nines[i].ni_field);

		if (!isnan(us))
			chart_point(ch, chart_series(ch, name, false),
			    (struct point){chart_nines[i].ni_x, us, us, us});
	}
}

static void
latency_pktgen(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	char text[96], name[128], pps[32];

	chart_number(page_number(row, "sent_pps"), pps, sizeof(pps));
	snprintf(text, sizeof(text), "%s, %.0f bytes, %s frames/s", page_text(row, "name"),
	    mean_size(in->in_report, row), pps);
	page_label(pg, in, text, name, sizeof(name));
	percentiles(ch, name, json_object_get(row, "latency_us"));
}

/* At the highest of the rates. */
static void
latency_rfc2544(
    const struct page *pg, const struct page_input *in, const json_t *row, struct chart *ch)
{
	const json_t *all = json_object_get(row, "latency");
	const json_t *last = json_array_get(all, json_array_size(all) - 1);
	char text[96], name[128];

	snprintf(text, sizeof(text), "%.6g bytes at %.4g %% of no loss", page_number(row, "size"),
	    page_number(last, "percent"));
	page_label(pg, in, text, name, sizeof(name));
	percentiles(ch, name, json_object_get(last, "latency_us"));
}

bool
page_latency(const struct page *pg, FILE *out)
{
	struct chart ch = {.ch_title = "Latency of frames",
	    .ch_x_title = "percentile of the frames",
	    .ch_y_title = "µs from making to receipt",
	    .ch_x = SCALE_NINES,
	    .ch_y = SCALE_LOG10};

	each(pg, "pktgen", &ch, latency_pktgen);
	each(pg, "rfc2544", &ch, latency_rfc2544);
	return chart_draw(&ch, out);
}
