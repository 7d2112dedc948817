/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_options: any words as the command line of lwkt-l2fwd, and of each subcommand of lwkt-bench.
 *
 * The first byte says which, a line each is a word. It must not crash, leak, or read what is not its
 * own; and what it says no to, it says no to in one line that begins with the program, and is
 * printable whatever stands in the words.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "l2fwd.h"
#include "preflight.h"
#include "report.h"

#define WORDS     64
#define BYTES_MAX 4096

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

static const struct bench_cmd *const commands[] = {&bench_msg, &bench_lone, &bench_scale,
    &bench_pipeline, &bench_idle, &bench_pktgen, &bench_rfc2544, &bench_diff, &bench_report};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static char said[1 << 16];
static FILE *errors, *tty;

#define must(cond)                                                                              \
	do {                                                                                    \
		if (!(cond)) {                                                                  \
			fprintf(tty, "fuzz_options: line %d: %s: %s\n", __LINE__, #cond, said); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* Files that words name are made in a directory of its own. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char dir[] = "/tmp/lwkt-fuzz-XXXXXX";

	(void)argc;
	(void)argv;
	tty = stderr;
	errors = fmemopen(said, sizeof(said), "w");
	must(errors != NULL && mkdtemp(dir) != NULL && chdir(dir) == 0);
	must((stdout = fopen("/dev/null", "w")) != NULL);
	return 0;
}

/* One line, as it should be. */
static void
look_at_line(const char *program, const char *text)
{
	size_t n = strlen(text);

	must(strncmp(text, program, strlen(program)) == 0);
	must(n > 0 && strchr(text, '\n') == text + n - 1);
	for (const char *c = text; c < text + n - 1; c++)
		must(!iscntrl((unsigned char)*c) &&
		     ((unsigned char)*c < 0x80 || (unsigned char)*c >= 0xa0));
}

static void
try_l2fwd(int argc, char **argv)
{
	struct l2fwd_args args;
	enum l2fwd_wish wish = L2FWD_RUN;
	struct l2fwd_err err = {0};
	struct l2fwd_eal eal;

	memset(&args, 0x5a, sizeof(args));
	l2fwd_eal_read(&eal, argc, argv);
	if (l2fwd_args_parse(&args, &wish, argc, argv, &err) < 0) {
		must(err.code == L2FWD_EXIT_USAGE);
		snprintf(said, sizeof(said), "%s\n", err.text);
		look_at_line("", said);
		return;
	}
	if (wish != L2FWD_RUN)
		return;
	must(args.config != NULL || args.mask != 0);
	must(args.group >= 1 && args.group <= L2FWD_MAX_GROUP && args.npairs <= L2FWD_MAX_PAIRS);
	must(args.rxq <= L2FWD_MAX_QUEUES && args.txq <= L2FWD_MAX_QUEUES);
	must(args.period <= L2FWD_MAX_PERIOD && args.duration <= L2FWD_MAX_DURATION);
	must(args.link_wait <= L2FWD_MAX_LINK && args.reprobe <= L2FWD_MAX_REPROBE);
	must(args.idle <= L2FWD_IDLE_INTERRUPT && args.mode <= L2FWD_PIPELINE);
}

static void
try_bench(const struct bench_cmd *cmd, int argc, char **argv)
{
	FILE *err = stderr;
	char program[64], name[32];
	int rc;

	snprintf(name, sizeof(name), "%s", cmd->bc_name);
	argv[0] = name;
	rewind(errors);
	stderr = errors;
	rc = cmd->bc_parse != NULL
	         ? cmd->bc_parse(argc, argv)
	         : report_parse(cmd->bc_options, cmd->bc_summary, argc, argv, cmd->bc_json);
	fputc('\0', errors);
	fflush(errors);
	stderr = err;
	must(rc == BENCH_OK || rc == ARGS_DONE || rc == BENCH_USAGE || rc == BENCH_FAILED);
	snprintf(program, sizeof(program), "lwkt-bench %s: ", cmd->bc_name);
	if (rc == BENCH_USAGE || rc == BENCH_FAILED)
		look_at_line(program, said);
	else
		must(said[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
	/* For good: lwkt-bench remembers words, which are a process's own. */
	static char text[BYTES_MAX + 1];
	char *rest = text, *argv[WORDS + 1] = {(char[]){"x"}};
	int argc = 1;

	/* Not into the directories of others. */
	if (bytes < 1 || bytes > BYTES_MAX || memchr(input, '/', bytes) != NULL)
		return -1;
	memcpy(text, input + 1, bytes - 1);
	text[bytes - 1] = '\0';
	while (argc < WORDS && rest != NULL)
		argv[argc++] = strsep(&rest, "\n");
	argv[argc] = NULL;
	if (input[0] % (NCOMMANDS + 1) == NCOMMANDS)
		try_l2fwd(argc, argv);
	else
		try_bench(commands[input[0] % (NCOMMANDS + 1)], argc, argv);
	return 0;
}
