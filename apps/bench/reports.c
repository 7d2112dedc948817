/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is done with reports that there are: 'report' makes a page of them, 'diff' compares two.
 * The options are read here; bench-page.py and bench-diff.py do the rest.
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
		argv[at++] = "-IB"; /* of the user's nothing, and no files beside the script */
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

static int
page_parse(int argc, char **argv)
{
	int rc = bench_parse(page_options, bench_report.bc_summary, argc, argv, NULL);

	if (rc != BENCH_OK || opt_output != NULL)
		return rc;
	output_error("lwkt-bench report: no --output; give -o report.html\n");
	return BENCH_USAGE;
}

static int
page_run(void)
{
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
    {"tolerance", "PERCENT", "a change of so much has to be found; default 5", OPT_UINT,
        &opt_tolerance, 1, 1000},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static int
diff_run(void)
{
	char tolerance[16];

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
