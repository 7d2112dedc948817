/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench: what LWKT on DPDK costs, beside what it has to beat.
 */
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>

#include "bench.h"
#include "output.h"
#include "report.h"

static const struct bench_cmd *const commands[] = {
    &bench_msg,
    &bench_thread,
    &bench_lone,
    &bench_scale,
    &bench_pipeline,
    &bench_idle,
    &bench_pktgen,
    &bench_rfc2544,
    &bench_diff,
    &bench_report,
};

#define HELP_COLUMN 22

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(void)
{
	printf("usage: lwkt-bench SUBCOMMAND [options]\n"
	       "       lwkt-bench EAL-OPTIONS -- SUBCOMMAND [options]\n\n"
	       "subcommands ('lwkt-bench SUBCOMMAND --help' has the options):\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  %-10s %s\n", commands[i]->bc_name, commands[i]->bc_summary);
	printf("\nWithout EAL options it runs as any user, on the first CPUs it may use:\n"
	       "  --no-huge -m 256 --no-pci --no-shconf --no-telemetry --log-level=lib.eal:4\n"
	       "With EAL options, exactly those are used.\n\n"
	       "exit: 0 measured, 1 the environment or a measurement failed, 2 bad command line\n");
}

static const struct bench_cmd *
main_find(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i]->bc_name, name) == 0)
			return commands[i];
	return NULL;
}

static int
main_unknown(const char *name)
{
	output_error("lwkt-bench: unknown subcommand '%s'; use", name);
	for (size_t i = 0; i < NCOMMANDS; i++)
		output_error("%s%s", i == 0 ? " " : ", ", commands[i]->bc_name);
	output_error("\n");
	return BENCH_USAGE;
}

/* Where the subcommand stands in argv: first, or behind the "--" that ends the EAL options. */
static int
subcommand_index(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-')
		return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
	return argc;
}

int
bench_parse(const struct opt *opts, const char *summary, int argc, char **argv, char marked[32])
{
	const struct opt *opt = opts;
	char program[64];
	struct opt_parsed pa = {.pa_program = program};
	int rc;

	snprintf(program, sizeof(program), "lwkt-bench %s", argv[0]);
	rc = opt_parse(opts, argc, argv, &pa);
	if (rc == OPT_REFUSED) {
		output_error("%s: %s\n", program, pa.pa_error);
		return BENCH_USAGE;
	}
	if (marked != NULL)
		memcpy(marked, pa.pa_marked, sizeof(pa.pa_marked));
	if (rc != OPT_HELP)
		return BENCH_OK;
	printf("usage: lwkt-bench %s%s [options]",
	    opts->op_kind == OPT_ARGUMENT || opts->op_kind == OPT_ARGUMENTS ? ""
	                                                                    : "[EAL options --] ",
	    argv[0]);
	for (; opt->op_kind == OPT_ARGUMENT || opt->op_kind == OPT_ARGUMENTS; opt++)
		printf(" %s%s", opt->op_arg, opt->op_kind == OPT_ARGUMENTS ? "..." : "");
	printf("\n\n%s\n\noptions:\n", summary);
	opt_help(opts, HELP_COLUMN, stdout);
	return ARGS_DONE;
}

/* Returns an exit code, of what is printed besides. */
static int
run_command(int argc, char **argv)
{
	int at = subcommand_index(argc, argv), rc;
	const struct bench_cmd *cmd;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return BENCH_OK;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("lwkt-bench %s\n", BENCH_VERSION);
		return BENCH_OK;
	}
	if (at >= argc) {
		output_error("lwkt-bench: no subcommand%s; 'lwkt-bench --help' lists them\n",
		    argc > 1 ? " behind the EAL options and '--'" : "");
		return BENCH_USAGE;
	}
	if (strcmp(argv[at], "compare") == 0) {
		fputs(
		    "lwkt-bench compare: it is a program of its own; start lwkt-compare, which takes "
		    "the same options\n",
		    stderr);
		return BENCH_USAGE;
	}
	cmd = main_find(argv[at]);
	if (cmd == NULL)
		return main_unknown(argv[at]);
	if (cmd->bc_parse != NULL)
		rc = cmd->bc_parse(argc - at, argv + at);
	else
		rc = report_parse(
		    cmd->bc_options, cmd->bc_summary, argc - at, argv + at, cmd->bc_json);
	if (rc != BENCH_OK)
		return rc == ARGS_DONE ? BENCH_OK : rc;
	if (cmd->bc_lcores == 0 && at > 1) {
		output_error(
		    "lwkt-bench %s: starts EAL itself; leave out the EAL options\n", cmd->bc_name);
		return BENCH_USAGE;
	}
	if (cmd->bc_lcores == 0)
		return cmd->bc_run();
	/* What EAL sees ends before the "--", or is the program's name only. */
	rc = bench_eal_init(at > 1 ? at - 1 : 1, argv, cmd);
	if (rc != BENCH_OK)
		return rc;
	rc = cmd->bc_run();
	(void)rte_eal_cleanup();
	return rc;
}

int
main(int argc, char **argv)
{
	return output_end("lwkt-bench", run_command(argc, argv));
}
