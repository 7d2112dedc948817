/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reports: made, shown as a table, and written.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench.h"
#include "output.h"
#include "report.h"

#define CELL 64 /* bytes of a cell of the table, at most */

json_t *
report_new(const char *command)
{
	json_t *report = json_pack("{s:s, s:s, s:o, s:[], s:[]}", "schema", REPORT_SCHEMA,
	    "command", command, "environment", report_env(), "warnings", "rows");

	if (report == NULL)
		output_error("lwkt-bench %s: no memory for the report\n", command);
	else
		report_warn_build(report);
	return report;
}

void
report_warn(json_t *report, const char *fmt, ...)
{
	char text[256], plain[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	output_error("lwkt-bench: warning: %s\n", report_plain(text, plain, sizeof(plain)));
	json_array_append_new(json_object_get(report, "warnings"), json_string(text));
}

json_t *
report_row(json_t *report, const char *name, const char *what)
{
	json_t *row = json_pack("{s:s, s:s}", "name", name, "what", what);

	json_array_append_new(json_object_get(report, "rows"), row);
	return row;
}

json_t *
report_summary(const struct summary *su)
{
	return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "n", (int)su->su_n, "median",
	    su->su_median, "q1", su->su_q1, "q3", su->su_q3, "min", su->su_min, "max", su->su_max);
}

void
report_tail(json_t *summary, const struct summary *su)
{
	json_object_update_new(summary, json_pack("{s:f, s:f, s:f}", "p90", su->su_p90, "p99",
	                                    su->su_p99, "p999", su->su_p999));
}

void
report_result(json_t *row, const struct rounds *rs, const struct result *re)
{
	double ns = re->re_side[OURS].su_median * 1e9 / (double)rte_get_tsc_hz();

	json_object_update_new(
	    row, json_pack("{s:s, s:o, s:f, s:o, s:f, s:f, s:f, s:s, s:f, s:i, s:i, s:i, s:b}",
	             "unit", "cycles", "ours", report_summary(&re->re_side[OURS]), "ours_ns", ns,
	             "rival", report_summary(&re->re_side[RIVAL]), "ratio", re->re_ratio,
	             "ratio_q1", re->re_ratio_q1, "ratio_q3", re->re_ratio_q3, "regime",
	             regime_words[re->re_regime], "pingpong_cycles", re->re_pingpong, "rounds_kept",
	             (int)re->re_kept, "rounds_changed", (int)rs->rs_changed, "rounds_disturbed",
	             (int)rs->rs_disturbed, "disturbed", re->re_disturbed));
}

void
report_warn_rounds(json_t *report, const char *row, const struct result *re, unsigned int wanted)
{
	if (re->re_disturbed)
		report_warn(report,
		    "%s: no good round, the figures are of bad ones; is the machine busy?", row);
	else if (re->re_kept < wanted)
		report_warn(report, "%s: only %u of %u rounds were good", row, re->re_kept, wanted);
}

/*
 * The table
 */

static const json_t *
report_lookup(const json_t *row, const char *path)
{
	const char *dot = strchr(path, '.');
	char head[32];

	if (dot == NULL)
		return json_object_get(row, path);
	snprintf(head, sizeof(head), "%.*s", (int)(dot - path), path);
	return report_lookup(json_object_get(row, head), dot + 1);
}

const char *
report_plain(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++) {
		unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];
		bool two = c == 0xc2 && next >= 0x80 && next < 0xa0; /* U+0080 to U+009F */

		buf[n++] = c < ' ' || c == 0x7f || two ? '?' : *text;
		text += two;
	}
	buf[n] = '\0';
	if (*text != '\0' && size > 4)
		memcpy(buf + n - 3, "...", 3);
	return buf;
}

/* What stands in a cell; "-" if the row has no such field. Returns its length. */
static int
report_cell(const json_t *row, const struct report_col *col, char buf[CELL])
{
	const json_t *value = report_lookup(row, col->rc_path);

	if (json_is_string(value))
		report_plain(json_string_value(value), buf, CELL);
	else if (json_is_number(value))
		snprintf(buf, CELL, "%.*f", col->rc_decimals, json_number_value(value));
	else
		snprintf(buf, CELL, "-");
	return (int)strlen(buf);
}

static int
report_width(const json_t *rows, const struct report_col *col)
{
	int most = (int)strlen(col->rc_title);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		char buf[CELL];
		int len = report_cell(row, col, buf);

		if (len > most)
			most = len;
	}
	return most;
}

/* The first column to the left, the others to the right. */
static void
print_cell(
    const json_t *rows, const struct report_col *cols, unsigned int i, const char *text, FILE *out)
{
	int w = report_width(rows, &cols[i]);

	fprintf(out, "%s%*s%s", i > 0 ? "  " : "", i > 0 ? w : -w, text,
	    cols[i + 1].rc_title == NULL ? "\n" : "");
}

FILE *
report_stream(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0 ? stderr : stdout;
}

void
report_table(const json_t *report, const struct report_col *cols, FILE *out)
{
	const json_t *rows = json_object_get(report, "rows"), *row;
	unsigned int i;
	size_t r;

	for (i = 0; cols[i].rc_title != NULL; i++)
		print_cell(rows, cols, i, cols[i].rc_title, out);
	json_array_foreach(rows, r, row)
	{
		for (i = 0; cols[i].rc_title != NULL; i++) {
			char buf[CELL];

			report_cell(row, &cols[i], buf);
			print_cell(rows, cols, i, buf, out);
		}
	}
}

/*
 * The file
 */

static int
cannot_write(const char *command, const char *file)
{
	output_error("lwkt-bench %s: cannot write '%s': %s\n", command, file, strerror(errno));
	return BENCH_FAILED;
}

int
report_check_file(const char *command, const char *file)
{
	FILE *f;

	if (file == NULL || strcmp(file, "-") == 0)
		return BENCH_OK;
	f = fopen(file, "a");
	if (f == NULL)
		return cannot_write(command, file);
	fclose(f);
	return BENCH_OK;
}

int
report_parse(
    const struct opt *opts, const char *summary, int argc, char **argv, const char *const *file)
{
	int rc = bench_parse(opts, summary, argc, argv, NULL);

	return rc == BENCH_OK ? report_check_file(argv[0], *file) : rc;
}

int
report_write(const json_t *report, const char *command, const char *file)
{
	const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(6);
	FILE *f;
	int rc;

	if (file == NULL)
		return BENCH_OK;
	f = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
	if (f == NULL)
		return cannot_write(command, file);
	rc = json_dumpf(report, f, flags);
	if (fputc('\n', f) == EOF || (f != stdout ? fclose(f) : fflush(f)) != 0 || rc < 0)
		return cannot_write(command, file);
	return BENCH_OK;
}

int
report_end(json_t *report, const struct report_col *cols, const char *file, int rc)
{
	const char *command = json_string_value(json_object_get(report, "command"));
	int written;

	report_table(report, cols, report_stream(file));
	written = report_write(report, command, file);
	json_decref(report);
	return rc != BENCH_OK ? rc : written;
}
