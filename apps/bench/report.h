/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The result of a subcommand: an environment and rows, printed as a table and written as JSON.
 *
 * A report is a JSON tree from the start (docs/reference/bench-json.md describes it); the table
 * shows some of its fields. So what people read and what programs read cannot differ.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "args.h"
#include "rounds.h"

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define REPORT_SCHEMA "lwkt-bench/1"

/* The option that names the report's file, in a subcommand's table; file: const char **. */
#define REPORT_OPT_JSON(file)                                                                     \
	{                                                                                         \
		"json", "FILE", "write the result there too; '-' is stdout", OPT_STRING, file, 0, \
		    0, NULL                                                                       \
	}

/* A column of the table: a field of the rows, "a.b" for a field within a field. */
struct report_col {
	const char *rc_path;
	const char *rc_title; /* NULL ends the columns */
	int rc_decimals;      /* of a number */
};

/* A new report of a subcommand, with the environment; NULL: no memory. */
json_t *report_new(const char *command);

/* Say it on stderr and keep it in the report. */
__attribute__((format(printf, 2, 3))) void report_warn(json_t *report, const char *fmt, ...);

/* Append a row. The report owns it; NULL: no memory. */
json_t *report_row(json_t *report, const char *name, const char *what);

/* Put a comparison into a row: ours, rival (if any), ratio, regime, rounds. */
void report_result(json_t *row, const struct rounds *rs, const struct result *re, bool has_rival);

/* The same five numbers as an object, for rows of another kind. */
json_t *report_summary(const struct summary *su);

/* Where the table goes: it makes way for a JSON report on stdout. */
FILE *report_stream(const char *file);
void report_table(const json_t *report, const struct report_col *cols, FILE *out);

/* Can file be written? Asked before the work. "-" is stdout. Returns an exit code. */
int report_check_file(const char *command, const char *file);

/* args_parse(), then report_check_file() of *file, which is what REPORT_OPT_JSON was given. */
int report_parse(
    const struct opt *opts, const char *summary, int argc, char **argv, const char *const *file);

int report_write(const json_t *report, const char *command, const char *file);

/*
 * report_load.c: read a report of lwkt-bench and check that it is one.
 *
 * @return the report; NULL after one line on stderr that names command, file, line and remedy.
 */
json_t *report_load(const char *command, const char *file);

/* env.c: machine, build and software, as a JSON object; and warnings about the build. */
json_t *report_env(void);
/* Measure what it says of the CPUs: once EAL is up, before the lcores have work. */
void report_env_measure(void);
void report_warn_build(json_t *report);

#endif /* BENCH_REPORT_H */
