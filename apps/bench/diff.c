/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench diff A.json B.json: is B worse than A?
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "report.h"

/* Verdicts */
#define DIFF_WORSE  "WORSE"
#define DIFF_BETTER "better"
#define DIFF_SAME   "same"
#define DIFF_NOT    "not compared"

/* Where a figure and its quartiles are: fields of a row, or of an object in it. */
struct figure {
	const char *fi_name;
	const char *fi_object; /* NULL: the row itself */
	const char *fi_value, *fi_q1, *fi_q3;
	bool fi_more_is_better;
	bool fi_same_cpu;      /* means something on one CPU and in one regime only */
	const char *fi_unless; /* left out in rows with this field: another figure says more */
};

static const struct figure figures[] = {
    {"ratio", NULL, "ratio", "ratio_q1", "ratio_q3", true, false, NULL},
    {"cycles", "ours", "median", "q1", "q3", false, true, "ratio"},
    {"idle poll cycles", "idle_poll", "median", "q1", "q3", false, true, NULL},
    {"find cycles", "find", "median", "q1", "q3", false, true, NULL},
    {"received/s", "received_each_second", "median", "q1", "q3", true, true, NULL},
    {"sent/s", "sent_each_second", "median", "q1", "q3", true, true, "received_each_second"},
    {"no loss/s", "ndr_pps", "median", "q1", "q3", true, true, NULL},
    {"given loss/s", "pdr_pps", "median", "q1", "q3", true, true, NULL},
    {"burst", "burst_frames", "median", "q1", "q3", true, true, NULL},
    {"p99 us", "p99_us", "median", "q1", "q3", false, true, NULL},
    {"device us", "device_us", "median", "q1", "q3", false, true, NULL},
    {"message us", "message_us", "median", "q1", "q3", false, true, NULL},
    {"bytes", NULL, "memory_bytes", NULL, NULL, false, false, NULL},
};

#define NFIGURES (sizeof(figures) / sizeof(figures[0]))

struct value {
	double va_value, va_q1, va_q3;
};

static bool
rows_has(const json_t *row, const struct figure *fi)
{
	return (fi->fi_unless == NULL || json_object_get(row, fi->fi_unless) == NULL) &&
	       json_object_get(row, fi->fi_object != NULL ? fi->fi_object : fi->fi_value) != NULL;
}

static bool
rows_get(const json_t *object, const char *field, double *number)
{
	const json_t *value = json_object_get(object, field);

	*number = json_number_value(value);
	return json_is_number(value) && isfinite(*number) && *number > 0;
}

static bool
read_value(const json_t *row, const struct figure *fi, struct value *va)
{
	const json_t *object = fi->fi_object != NULL ? json_object_get(row, fi->fi_object) : row;

	if (!rows_get(object, fi->fi_value, &va->va_value))
		return false;
	if (fi->fi_q1 == NULL) {
		va->va_q1 = va->va_q3 = va->va_value;
		return true;
	}
	return rows_get(object, fi->fi_q1, &va->va_q1) && rows_get(object, fi->fi_q3, &va->va_q3);
}

static bool
same_string(const json_t *a, const json_t *b, const char *field)
{
	const char *x = json_string_value(json_object_get(a, field));
	const char *y = json_string_value(json_object_get(b, field));

	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

/* Fields of an object that have to be the same for its figures to be of the same. */
struct same {
	const char *sa_field;
	const char *sa_why;
};

static const char *
rows_differ(const json_t *a, const json_t *b, const struct same *same)
{
	for (; same->sa_field != NULL; same++) {
		const json_t *x = json_object_get(a, same->sa_field);
		const json_t *y = json_object_get(b, same->sa_field);

		if (x != y && (x == NULL || y == NULL || !json_equal(x, y)))
			return same->sa_why;
	}
	return NULL;
}

/* What was measured: frames and rates. */
static const char *
other_frames(const json_t *from, const json_t *to, const json_t *a, const json_t *b)
{
	static const struct same of_report[] = {{"sizes", "with frames of other sizes"},
	    {"flows", "with another number of flows"}, {"pcap", "with the frames of another file"},
	    {"link", "over another kind of link"}, {"loss", "with another loss"}, {NULL, NULL}};
	static const struct same of_row[] = {
	    {"offered_pps", "at another rate"}, {"pdr_loss", "with another loss"}, {NULL, NULL}};
	const char *why = rows_differ(from, to, of_report);

	return why != NULL ? why : rows_differ(a, b, of_row);
}

/* What stands against a comparison; NULL: nothing. */
static const char *
rows_obstacle(
    const json_t *from, const json_t *to, const json_t *a, const json_t *b, const struct figure *fi)
{
	if (b == NULL)
		return "no such row in the second report";
	if (!rows_has(b, fi))
		return "no such figure in the second report";
	if (json_is_true(json_object_get(from, "incomplete")) ||
	    json_is_true(json_object_get(to, "incomplete")))
		return "incomplete: it was broken off";
	if (json_is_true(json_object_get(a, "disturbed")) ||
	    json_is_true(json_object_get(b, "disturbed")))
		return "disturbed: it had no good round";
	if (!same_string(a, b, "regime"))
		return "one is near, the other far; see --regime";
	if (!same_string(a, b, "rival_name"))
		return "beside different rivals";
	if (fi->fi_same_cpu && !same_string(json_object_get(from, "environment"),
	                           json_object_get(to, "environment"), "cpu"))
		return "different CPUs";
	return other_frames(from, to, a, b);
}

static double
spread_percent(const struct value *va)
{
	return 50 * fabs(va->va_q3 - va->va_q1) / va->va_value;
}

static void
not_compared(json_t *finding, const char *why)
{
	json_object_set_new(finding, "verdict", json_string(DIFF_NOT));
	json_object_set_new(finding, "why", json_string(why));
}

static void
rows_judge(json_t *finding, const struct figure *fi, const struct value *a, const struct value *b,
    unsigned int tolerance)
{
	double change = 100 * (b->va_value - a->va_value) / a->va_value;
	bool apart = b->va_q1 > a->va_q3 || b->va_q3 < a->va_q1;
	const char *verdict = DIFF_SAME;

	if (!isfinite(change) || !isfinite(spread_percent(a)) || !isfinite(spread_percent(b))) {
		not_compared(finding, "they are too far apart for numbers");
		return;
	}
	if (!fi->fi_more_is_better)
		change = -change;
	if (apart && fabs(change) > tolerance)
		verdict = change > 0 ? DIFF_BETTER : DIFF_WORSE;
	json_object_set_new(finding, "from", json_real(a->va_value));
	json_object_set_new(finding, "to", json_real(b->va_value));
	json_object_set_new(finding, "change_percent", json_real(change));
	json_object_set_new(
	    finding, "noise_percent", json_real(fmax(spread_percent(a), spread_percent(b))));
	json_object_set_new(finding, "verdict", json_string(verdict));
}

static const json_t *
row_named(const json_t *report, const json_t *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		if (json_equal(json_object_get(row, "name"), name))
			return row;
	}
	return NULL;
}

static void
rows_compare(json_t *findings, const json_t *from, const json_t *to, const json_t *a,
    const struct figure *fi, unsigned int tolerance)
{
	json_t *name = json_object_get(a, "name");
	const json_t *b = row_named(to, name);
	const char *why = rows_obstacle(from, to, a, b, fi);
	json_t *finding = json_pack("{s:O, s:s}", "name", name, "figure", fi->fi_name);
	struct value was, is;

	if (why != NULL)
		not_compared(finding, why);
	else if (!read_value(a, fi, &was) || !read_value(b, fi, &is))
		not_compared(finding, "not all of it are numbers above 0");
	else
		rows_judge(finding, fi, &was, &is, tolerance);
	json_array_append_new(findings, finding);
}

/*
 * Compare rows of the same name. A figure is worse or better if it has moved by more than
 * tolerance_percent of what it was, and the ranges between the quartiles of both do not meet. Bytes
 * have no quartiles. Returns an array of findings (docs/bench-json.md).
 */
static json_t *
diff_rows(const json_t *from, const json_t *to, unsigned int tolerance_percent)
{
	json_t *findings = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(from, "rows"), i, row)
	{
		for (size_t f = 0; f < NFIGURES; f++)
			if (rows_has(row, &figures[f]))
				rows_compare(
				    findings, from, to, row, &figures[f], tolerance_percent);
	}
	return findings;
}

/* How many findings have this verdict. */
static unsigned int
diff_count(const json_t *findings, const char *verdict)
{
	unsigned int count = 0;
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		if (strcmp(json_string_value(json_object_get(finding, "verdict")), verdict) == 0)
			count++;
	}
	return count;
}

static const char *opt_from, *opt_to, *opt_json;
static unsigned int opt_tolerance = 5;

static const struct opt options[] = {
    {"", "A.json", "the report to compare with: the baseline", OPT_ARGUMENT, &opt_from},
    {"", "B.json", "the report in question", OPT_ARGUMENT, &opt_to},
    {"tolerance", "PERCENT", "a change of up to so much is none; default 5", OPT_UINT,
        &opt_tolerance, 0, 1000},
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
diff_parse(int argc, char **argv)
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
diff_finish(json_t *report, const json_t *findings)
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
	rc = diff_finish(report, findings);
	json_decref(report);
	return rc;
}

static int
diff_run(void)
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
    .bc_parse = diff_parse,
    .bc_run = diff_run,
};
