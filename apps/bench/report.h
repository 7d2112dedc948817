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

#include "bench.h"
#include "rounds.h"

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define REPORT_SCHEMA "lwkt-bench/1"

/* The option that names the report's file, in a subcommand's table; file: const char **. */
#define REPORT_OPT_JSON(file)                                                                 \
	{                                                                                     \
		"json", "FILE", "write the result there too; '-' is stdout", OPT_STRING, file \
	}

/* The options of subcommands that take rounds: unsigned int each. */
#define REPORT_OPT_ROUNDS(rounds, ms, regimes)                                                    \
	{"rounds", "N", "good rounds that make a result; default 41", OPT_UINT, rounds, 1, 1000}, \
	    {"seconds", "N", "stop after so long, with the rounds there are; default 25",         \
	        OPT_SECONDS, ms, 1, 3600000},                                                     \
	{                                                                                         \
		"regime", "NAMES", "near,far: rounds that count; default both", OPT_WORDS,        \
		    regimes, .op_words = regime_words                                             \
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

/* Put a comparison into a row: ours, rival, ratio, regime, rounds. */
void report_result(json_t *row, const struct rounds *rs, const struct result *re);

/* The same five numbers as an object, and of how many values. */
json_t *report_summary(const struct summary *su);

/* p90, p99 and p999 besides: of series long enough to have a tail. */
void report_tail(json_t *summary, const struct summary *su);

/* Where the table goes: it makes way for a JSON report on stdout. */
FILE *report_stream(const char *file);
void report_table(const json_t *report, const struct report_col *cols, FILE *out);

/*
 * A text of a file for the terminal: without control characters, which might be a terminal's
 * commands, and cut, with "..." at its end, where buf is full. Returns buf.
 */
const char *report_plain(const char *text, char *buf, size_t size);

/* Can file be written? Asked before the work. "-" is stdout. Returns an exit code. */
int report_check_file(const char *command, const char *file);

/* bench_parse(), then report_check_file() of *file, which is what REPORT_OPT_JSON was given. */
int report_parse(
    const struct opt *opts, const char *summary, int argc, char **argv, const char *const *file);

int report_write(const json_t *report, const char *command, const char *file);

/*
 * Print the table, write the file, free the report. An exit code: rc, unless that is BENCH_OK and
 * the file cannot be written.
 */
int report_end(json_t *report, const struct report_col *cols, const char *file, int rc);

/* Say so if there were no good rounds for a row, or fewer than wanted. */
void report_warn_rounds(
    json_t *report, const char *row, const struct result *re, unsigned int wanted);

/* env.c: machine, build and software, as a JSON object; and warnings about the build. */
json_t *report_env(void);
/* Measure what it says of the CPUs: once EAL is up, before the lcores have work. */
void report_env_measure(void);
void report_warn_build(json_t *report);

#endif /* BENCH_REPORT_H */
