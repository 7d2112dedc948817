/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench report FILE... -o FILE: reports as one page to look at. What is wrong with the files
 * is found here, by the reader that all subcommands have; bench-page.py draws the page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "report.h"

static struct arg_list opt_files;
static const char *opt_output;

static const struct opt options[] = {
    {"", "FILE.json", "a report that lwkt-bench has written with --json", OPT_ARGUMENTS,
        &opt_files},
    {"output", "FILE", "the page, HTML; '-' is stdout", OPT_STRING, &opt_output, .op_letter = 'o'},
    OPTION_END,
};

/* The subcommands whose rows are known; all have tables, some have pictures. */
static const char *const kinds[] = {
    "msg", "lone", "spill", "fanin", "scale", "pipeline", "idle", "pktgen", "rfc2544", "compare"};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
page_parse(int argc, char **argv)
{
	int rc = bench_parse(options, bench_report.bc_summary, argc, argv, NULL);

	if (rc != BENCH_OK || opt_output != NULL)
		return rc;
	fprintf(stderr, "lwkt-bench report: no --output; give -o report.html\n");
	return BENCH_USAGE;
}

static bool
page_known(const char *file, const json_t *report)
{
	const char *command = json_string_value(json_object_get(report, "command"));
	char plain[64];

	for (size_t i = 0; i < NKINDS; i++)
		if (strcmp(command, kinds[i]) == 0)
			return true;
	fprintf(stderr, "lwkt-bench report: %s:1: a report of '%s'; there are pages of", file,
	    report_plain(command, plain, sizeof(plain)));
	for (size_t i = 0; i < NKINDS; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", kinds[i]);
	fputs("\n", stderr);
	return false;
}

static int
page_check(const char *file)
{
	json_t *report = report_load("report", file);
	bool known = report != NULL && page_known(file, report);

	json_decref(report);
	if (!known)
		return BENCH_USAGE;
	if (!report_is_file(file, opt_output))
		return BENCH_OK;
	fprintf(stderr,
	    "lwkt-bench report: '%s' is read and would be overwritten; give another --output\n",
	    opt_output);
	return BENCH_USAGE;
}

/* The installed one, or, before that, the one in the source tree. */
static const char *
page_script(void)
{
	return access(BENCH_PAGE_INSTALLED, R_OK) == 0 ? BENCH_PAGE_INSTALLED : BENCH_PAGE_SOURCE;
}

/* Only comes back if there is no python3. */
static int
page_draw(void)
{
	static char python[] = "python3", isolated[] = "-I", output[] = "--output", end[] = "--";
	char **argv = calloc(opt_files.al_n + 7, sizeof(*argv));
	unsigned int n = 0;

	if (argv != NULL) {
		argv[n++] = python;
		argv[n++] = isolated;
		argv[n++] = strdup(page_script());
		argv[n++] = output;
		argv[n++] = strdup(opt_output);
		argv[n++] = end;
		memcpy(argv + n, opt_files.al_text, opt_files.al_n * sizeof(*argv));
		execvp(python, argv);
	}
	fprintf(
	    stderr, "lwkt-bench report: cannot start python3: %s; install it\n", strerror(errno));
	return BENCH_FAILED;
}

static int
page_run(void)
{
	for (unsigned int i = 0; i < opt_files.al_n; i++) {
		int rc = page_check(opt_files.al_text[i]);

		if (rc != BENCH_OK)
			return rc;
	}
	fflush(NULL);
	return page_draw();
}

const struct bench_cmd bench_report = {
    .bc_name = "report",
    .bc_summary = "reports as one page of HTML, with pictures",
    .bc_parse = page_parse,
    .bc_run = page_run,
};
