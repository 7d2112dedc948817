/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is done with reports that there are: 'report' makes a page of them, 'diff' compares two.
 * What is wrong with the files is found here; bench-page.py and bench-diff.py do the rest.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "output.h"
#include "report.h"

/*
 * Become python3 with a script, the installed one or, before that, the one in the source tree. It
 * gets the words, and n files behind them. Only comes back, with an exit code, if that fails.
 */
static int
script_run(const char *name, const char *const *words, unsigned int n, char **files)
{
	static const char python[] = "python3";
	const char **argv = calloc(n + 16, sizeof(*argv));
	char path[PATH_MAX];
	unsigned int at = 0;

	snprintf(path, sizeof(path), "%s/%s", BENCH_SCRIPTS_INSTALLED, name);
	if (access(path, R_OK) < 0)
		snprintf(path, sizeof(path), "%s/%s", BENCH_SCRIPTS_SOURCE, name);
	if (argv != NULL) {
		argv[at++] = python;
		argv[at++] = "-I";
		argv[at++] = path;
		while (*words != NULL)
			argv[at++] = *words++;
		for (unsigned int i = 0; i < n; i++)
			argv[at++] = files[i];
		fflush(NULL);
		execvp(python, (char *const *)(uintptr_t)argv);
	}
	output_error("lwkt-bench: cannot start python3: %s; install it\n", strerror(errno));
	free(argv);
	return BENCH_FAILED;
}

/* Is what would be written read? Then one line says so. */
static bool
is_overwritten(const char *command, const char *file, const char *option, const char *output)
{
	if (output == NULL || !report_is_file(file, output))
		return false;
	output_error("lwkt-bench %s: '%s' is read and would be overwritten; give another %s\n",
	    command, output, option);
	return true;
}

/*
 * report
 */

static struct arg_list opt_files;
static const char *opt_output;

static const struct opt page_options[] = {
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
	int rc = bench_parse(page_options, bench_report.bc_summary, argc, argv, NULL);

	if (rc != BENCH_OK || opt_output != NULL)
		return rc;
	output_error("lwkt-bench report: no --output; give -o report.html\n");
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
	output_error("lwkt-bench report: %s:1: a report of '%s'; there are pages of", file,
	    report_plain(command, plain, sizeof(plain)));
	for (size_t i = 0; i < NKINDS; i++)
		output_error("%s %s", i > 0 ? "," : "", kinds[i]);
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
	return is_overwritten("report", file, "--output", opt_output) ? BENCH_USAGE : BENCH_OK;
}

static int
page_run(void)
{
	for (unsigned int i = 0; i < opt_files.al_n; i++) {
		int rc = page_check(opt_files.al_text[i]);

		if (rc != BENCH_OK)
			return rc;
	}
	return script_run("bench-page.py", (const char *[]){"--output", opt_output, "--", NULL},
	    opt_files.al_n, opt_files.al_text);
}

const struct bench_cmd bench_report = {
    .bc_name = "report",
    .bc_summary = "reports as one page of HTML, with pictures",
    .bc_parse = page_parse,
    .bc_run = page_run,
};

/*
 * diff
 */

static const char *opt_from, *opt_to, *opt_json;
static unsigned int opt_tolerance = 5;

static const struct opt diff_options[] = {
    {"", "A.json", "the report to compare with: the baseline", OPT_ARGUMENT, &opt_from},
    {"", "B.json", "the report in question", OPT_ARGUMENT, &opt_to},
    {"tolerance", "PERCENT", "a change of up to so much is none; default 5", OPT_UINT,
        &opt_tolerance, 0, 1000},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

/* Reports of one subcommand? */
static bool
diff_check(const json_t *from, const json_t *to)
{
	const char *a = json_string_value(json_object_get(from, "command"));
	const char *b = json_string_value(json_object_get(to, "command"));
	char was[64], is[64];

	if (strcmp(a, b) == 0)
		return true;
	output_error("lwkt-bench diff: %s is of '%s', %s of '%s'; give two of one subcommand\n",
	    opt_from, report_plain(a, was, sizeof(was)), opt_to, report_plain(b, is, sizeof(is)));
	return false;
}

static int
diff_run(void)
{
	json_t *from = report_load("diff", opt_from);
	json_t *to = from != NULL ? report_load("diff", opt_to) : NULL;
	bool good = to != NULL && diff_check(from, to) &&
	            !is_overwritten("diff", opt_from, "--json", opt_json) &&
	            !is_overwritten("diff", opt_to, "--json", opt_json);
	char tolerance[16];

	json_decref(from);
	json_decref(to);
	if (!good)
		return BENCH_USAGE;
	snprintf(tolerance, sizeof(tolerance), "%u", opt_tolerance);
	return script_run("bench-diff.py",
	    (const char *[]){tolerance, opt_json != NULL ? opt_json : "", opt_from, opt_to, NULL},
	    0, NULL);
}

const struct bench_cmd bench_diff = {
    .bc_name = "diff",
    .bc_summary = "compare two reports: exit 1 if anything has become worse beyond the noise",
    .bc_options = diff_options,
    .bc_json = &opt_json,
    .bc_run = diff_run,
};
