/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench diff A.json B.json: is B worse than A?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "diff.h"
#include "report.h"

static const char *opt_from, *opt_to, *opt_json;
static unsigned int opt_tolerance = 5;

static const struct opt options[] = {
    {"", "A.json", "the report to compare with: the baseline", OPT_ARGUMENT, &opt_from, 0, 0, NULL},
    {"", "B.json", "the report in question", OPT_ARGUMENT, &opt_to, 0, 0, NULL},
    {"tolerance", "PERCENT", "a change of up to so much is none; default 5", OPT_UINT,
        &opt_tolerance, 0, 1000, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static const struct report_col columns[] = {
    {"name", "row", 0},
    {"figure", "figure", 0},
    {"from", "A", 2},
    {"to", "B", 2},
    {"change_percent", "change %", 1},
    {"noise_percent", "noise %", 1},
    {"verdict", "verdict", 0},
    {NULL, NULL, 0},
};

static int
parse(int argc, char **argv)
{
	return report_parse(options, bench_diff.bc_summary, argc, argv, &opt_json);
}

/* What else has changed, and may be the reason. */
static void
warn_environment(json_t *report, const json_t *from, const json_t *to)
{
	static const char *const fields[] = {"cpu", "dpdk", "kernel", "compiler", "buildtype",
	    "optimization", "flags", "invariants", "lcores", "governor", "cpus_isolated"};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_t *a = json_object_get(json_object_get(from, "environment"), fields[i]);
		json_t *b = json_object_get(json_object_get(to, "environment"), fields[i]);
		char *x, *y;

		if (a == NULL || b == NULL || json_equal(a, b))
			continue;
		x = json_dumps(a, JSON_ENCODE_ANY);
		y = json_dumps(b, JSON_ENCODE_ANY);
		report_warn(report, "%s was %s, is %s", fields[i], x, y);
		free(x);
		free(y);
	}
}

static void
print_reasons(const json_t *findings, FILE *out)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		const char *why = json_string_value(json_object_get(finding, "why"));

		char name[160];

		if (why != NULL)
			fprintf(out, "%s, %s: %s\n",
			    report_plain(json_string_value(json_object_get(finding, "name")), name,
			        sizeof(name)),
			    json_string_value(json_object_get(finding, "figure")), why);
	}
}

static int
finish(json_t *report, const json_t *findings)
{
	FILE *out = report_stream(opt_json);
	unsigned int worse = diff_count(findings, DIFF_WORSE);
	unsigned int better = diff_count(findings, DIFF_BETTER);
	unsigned int same = diff_count(findings, DIFF_SAME);
	int rc;

	report_table(report, columns, out);
	print_reasons(findings, out);
	fprintf(out, "%u worse, %u better, %u the same, %u not compared\n", worse, better, same,
	    diff_count(findings, DIFF_NOT));
	rc = report_write(report, "diff", opt_json);
	if (rc != BENCH_OK)
		return rc;
	if (worse + better + same == 0) {
		fprintf(stderr,
		    "lwkt-bench diff: no figure of %s can be compared with %s; measure both with "
		    "the same options on the same machine\n",
		    opt_from, opt_to);
		return BENCH_USAGE;
	}
	return worse > 0 ? BENCH_FAILED : BENCH_OK;
}

static int
diff(const json_t *from, const json_t *to)
{
	const char *a = json_string_value(json_object_get(from, "command"));
	const char *b = json_string_value(json_object_get(to, "command"));
	json_t *report, *findings;
	char was[64], is[64];
	int rc;

	if (strcmp(a, b) != 0) {
		fprintf(stderr,
		    "lwkt-bench diff: %s is of '%s', %s of '%s'; give two of one subcommand\n",
		    opt_from, report_plain(a, was, sizeof(was)), opt_to,
		    report_plain(b, is, sizeof(is)));
		return BENCH_USAGE;
	}
	findings = diff_rows(from, to, opt_tolerance);
	report = json_pack("{s:s, s:s, s:s, s:O, s:O, s:i, s:[], s:o}", "schema", REPORT_SCHEMA,
	    "command", "diff", "of", a, "environment_from", json_object_get(from, "environment"),
	    "environment_to", json_object_get(to, "environment"), "tolerance_percent",
	    (int)opt_tolerance, "warnings", "rows", findings);
	if (report == NULL) {
		fprintf(stderr, "lwkt-bench diff: no memory for the report\n");
		return BENCH_FAILED;
	}
	warn_environment(report, from, to);
	rc = finish(report, findings);
	json_decref(report);
	return rc;
}

static int
run(void)
{
	json_t *from = report_load("diff", opt_from);
	json_t *to = from != NULL ? report_load("diff", opt_to) : NULL;
	int rc = BENCH_USAGE;

	if (opt_json != NULL &&
	    (report_is_file(opt_from, opt_json) || report_is_file(opt_to, opt_json)))
		fprintf(stderr,
		    "lwkt-bench diff: '%s' is read and would be overwritten; give another --json\n",
		    opt_json);
	else if (to != NULL)
		rc = diff(from, to);

	json_decref(from);
	json_decref(to);
	return rc;
}

const struct bench_cmd bench_diff = {
    .bc_name = "diff",
    .bc_summary = "compare two reports: exit 1 if anything has become worse beyond the noise",
    .bc_parse = parse,
    .bc_run = run,
};
