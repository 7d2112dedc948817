/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start EAL, and if it does not start say why in one line of ours.
 *
 * What EAL and its drivers print meanwhile is kept back. On a success only warnings and errors are
 * shown then. On a failure the line that tells the reason is quoted, with what mends it, and the
 * rest, a hundred lines of options among it, is dropped. With --log-level on the command line
 * everything that it lets through is shown as it comes; the list of options never is.
 */
#ifndef COMMON_EAL_START_H
#define COMMON_EAL_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit codes, of both programs. */
#define EAL_START_ENV   1 /* the environment lacks something: memory, a device, a right */
#define EAL_START_USAGE 2 /* the command line asks for something that cannot be */

#define EAL_START_TEXT 320

/* Why it did not start. */
struct eal_start {
	const char *es_program; /* in */
	const char *es_help;    /* in: where EAL's options are listed: "'x --help --' lists them" */
	FILE *es_log;           /* in: where DPDK logs, then and later; NULL: standard error */
	int es_code;            /* out: EAL_START_ */
	char es_text[EAL_START_TEXT]; /* out: "EAL: <what>; <fix>" */
};

/*
 * rte_eal_init(). A virtual device that is asked for and that its driver does not make is a failure
 * too. If DPDK ends the process by itself, the line is printed first.
 *
 * @return how many of argv EAL took; or -1, and es_code and es_text are set; nothing is up then.
 */
int eal_start(struct eal_start *es, int argc, char **argv);

/* Its parts, for tests: no EAL. */

/* No option that EAL takes one value of has two. @return 0, or -1: es says which. */
int eal_start_once(struct eal_start *es, int argc, char **argv);

/* A line is printed while EAL starts. @param level  RTE_LOG_; 0: it came by stderr. */
void eal_start_note(unsigned int level, const char *text, size_t bytes);
void eal_start_forget(void);
/* The line and the fix, of what was noted. @param error  rte_errno. */
void eal_start_explain(struct eal_start *es, int error);
/* @return whether a virtual device was not made; then es is set. */
bool eal_start_lacks_device(struct eal_start *es);

#endif /* COMMON_EAL_START_H */
