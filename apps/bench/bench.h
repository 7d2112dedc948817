/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a subcommand is. main.c has the table.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>

#include "options.h"

/* Exit codes of every subcommand. */
enum bench_exit {
	BENCH_OK = 0,
	BENCH_FAILED = 1, /* the environment, or a measurement that went wrong */
	BENCH_USAGE = 2,  /* the command line */
};

/* What a parser answers besides. */
#define ARGS_DONE (-1) /* help was printed: end with BENCH_OK */

struct bench_cmd {
	const char *bc_name;
	const char *bc_summary;
	unsigned int bc_lcores; /* so many are needed; 0: it starts EAL itself, if at all */
	bool bc_main_sleeps; /* the main lcore needs no CPU of its own, the others have one each */
	/* The command line, before EAL starts: bc_parse() and a value of bench_parse(), or options.
	 */
	int (*bc_parse)(int argc, char **argv);
	const struct opt *bc_options;
	const char *const *bc_json; /* what REPORT_OPT_JSON() was given */
	/* The work; returns an exit code. EAL is up, lwkt_init() is the subcommand's. */
	int (*bc_run)(void);
};

extern const struct bench_cmd bench_msg, bench_thread, bench_lone, bench_scale, bench_pipeline,
    bench_pktgen, bench_rfc2544, bench_idle, bench_diff, bench_report;

/*
 * The options of a subcommand, argv[0] (options.h). marked, if not NULL, is what pa_marked is
 * there.
 *
 * @return BENCH_OK; ARGS_DONE after --help; BENCH_USAGE after one line on stderr.
 */
int bench_parse(
    const struct opt *opts, const char *summary, int argc, char **argv, char marked[32]);

/*
 * Start EAL with the user's options, or, with none (argc 1), with ones that run anywhere on the
 * first CPUs that this process may use. Returns an exit code, after one line if not 0.
 */
int bench_eal_init(int argc, char **argv, const struct bench_cmd *cmd);

/*
 * The same with so many lcores on however few CPUs: the main lcore has one of its own if there are
 * two, the workers share the others.
 */
int bench_eal_init_virtual(const struct bench_cmd *cmd, unsigned int lcores);

/* Say why cmd cannot start: a negative errno, or 0 for too little of EAL's memory. BENCH_FAILED. */
int bench_cannot_start(const struct bench_cmd *cmd, int rc);

/* The EAL options in effect, in one line, for the report. */
const char *bench_eal_options(void);

#endif /* BENCH_BENCH_H */
