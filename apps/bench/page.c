/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench report FILE... -o FILE: reports as one page to look at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "page.h"
#include "report.h"

static struct arg_list opt_files;
static const char *opt_output;

static const struct opt options[] = {
    {"", "FILE.json", "a report that lwkt-bench has written with --json", OPT_ARGUMENTS, &opt_files,
        0, 0, NULL},
    {"output", "FILE", "the page, HTML; '-' is stdout", OPT_STRING, &opt_output, 0, 0, NULL, 'o'},
    OPTION_END,
};

/* The subcommands whose rows are known; all have tables, some have pictures. */
static const char *const kinds[] = {
    "msg", "lone", "spill", "fanin", "scale", "pipeline", "idle", "pktgen", "rfc2544", "compare"};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
parse(int argc, char **argv)
{
	int rc = bench_parse(options, bench_report.bc_summary, argc, argv, NULL);

	if (rc != BENCH_OK || opt_output != NULL)
		return rc;
	fprintf(stderr, "lwkt-bench report: no --output; give -o report.html\n");
	return BENCH_USAGE;
}

/*
 * The page
 */

static void
warn_machines(const struct page *pg, FILE *out)
{
	const json_t *first = json_object_get(pg->pg_input[0].in_report, "environment");

	for (unsigned int i = 1; i < pg->pg_n; i++) {
		const json_t *other = json_object_get(pg->pg_input[i].in_report, "environment");

		if (json_equal(json_object_get(first, "cpu"), json_object_get(other, "cpu")))
			continue;
		fputs("<p class=\"bad\">These reports are of different CPUs: only ratios can be "
		      "compared between them.</p>\n",
		    out);
		return;
	}
}

static void
contents(const struct page *pg, FILE *out)
{
	fputs("<div class=\"scroll\">\n<table class=\"contents\">\n<tr><th>report</th><th>of</th>"
	      "<th>date</th><th>revision</th></tr>\n",
	    out);
	for (unsigned int i = 0; i < pg->pg_n; i++) {
		json_t *report = pg->pg_input[i].in_report;
		const json_t *env = json_object_get(report, "environment");
		static const char *const fields[] = {"date", "revision"};

		fprintf(out, "<tr><td><a href=\"#report-%u\">", i);
		html_text(out, pg->pg_input[i].in_file);
		fprintf(out, "</a>%s</td><td>",
		    page_incomplete(&pg->pg_input[i]) ? " <span class=\"bad\">incomplete</span>"
		                                      : "");
		html_value(out, json_object_get(report, "command"));
		for (int f = 0; f < 2; f++) {
			json_t *value = json_object_get(env, fields[f]);

			fputs("</td><td>", out);
			if (value != NULL)
				html_value(out, value);
		}
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n</div>\n", out);
}

static bool
pictures(const struct page *pg, FILE *out)
{
	static const page_picture all[] = {page_throughput, page_loss, page_latency, page_bursts,
	    page_round_trips, page_growth, page_memory};
	bool whole = true;

	fputs("<div class=\"pictures\">\n", out);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		whole = all[i](pg, out) && whole;
	fputs("</div>\n", out);
	page_left_out(pg, out);
	return whole;
}

static bool
write_page(const struct page *pg, FILE *out)
{
	bool whole;

	html_begin(out);
	warn_machines(pg, out);
	contents(pg, out);
	whole = pictures(pg, out);
	for (unsigned int i = 0; i < pg->pg_n; i++)
		page_report(&pg->pg_input[i], i, out);
	html_end(out);
	return whole;
}

/*
 * Files
 */

static bool
known(const struct page_input *in)
{
	char plain[64];

	for (size_t i = 0; i < NKINDS; i++)
		if (page_is(in, kinds[i]))
			return true;
	fprintf(stderr, "lwkt-bench report: %s:1: a report of '%s'; there are pages of",
	    in->in_file,
	    report_plain(json_string_value(json_object_get(in->in_report, "command")), plain,
	        sizeof(plain)));
	for (size_t i = 0; i < NKINDS; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", kinds[i]);
	fputs("\n", stderr);
	return false;
}

static int
load(struct page *pg)
{
	for (unsigned int i = 0; i < opt_files.al_n; i++) {
		struct page_input *in = &pg->pg_input[i];

		in->in_file = opt_files.al_text[i];
		in->in_report = report_load("report", in->in_file);
		if (in->in_report == NULL)
			return BENCH_USAGE;
		pg->pg_n++;
		if (!known(in))
			return BENCH_USAGE;
		if (report_is_file(in->in_file, opt_output)) {
			fprintf(stderr,
			    "lwkt-bench report: '%s' is read and would be overwritten; give another "
			    "--output\n",
			    opt_output);
			return BENCH_USAGE;
		}
	}
	return BENCH_OK;
}

static int
cannot_write(void)
{
	fprintf(stderr, "lwkt-bench report: cannot write '%s': %s\n", opt_output, strerror(errno));
	return BENCH_FAILED;
}

static int
write_file(const struct page *pg)
{
	FILE *out = strcmp(opt_output, "-") == 0 ? stdout : fopen(opt_output, "w");
	bool whole, failed;

	if (out == NULL)
		return cannot_write();
	whole = write_page(pg, out);
	failed = ferror(out) != 0;
	if ((out == stdout ? fflush(out) : fclose(out)) != 0 || failed)
		return cannot_write();
	if (whole)
		return BENCH_OK;
	fprintf(stderr, "lwkt-bench report: no memory for the pictures\n");
	return BENCH_FAILED;
}

static int
run(void)
{
	struct page pg = {.pg_input = calloc(opt_files.al_n, sizeof(*pg.pg_input))};
	int rc = BENCH_FAILED;

	if (pg.pg_input == NULL)
		fprintf(stderr, "lwkt-bench report: no memory for the reports\n");
	else
		rc = load(&pg);
	if (rc == BENCH_OK)
		rc = write_file(&pg);
	for (unsigned int i = 0; i < pg.pg_n; i++)
		json_decref(pg.pg_input[i].in_report);
	free(pg.pg_input);
	return rc;
}

const struct bench_cmd bench_report = {
    .bc_name = "report",
    .bc_summary = "reports as one page of HTML, with pictures",
    .bc_parse = parse,
    .bc_run = run,
};
