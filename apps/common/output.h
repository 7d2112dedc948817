/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of what a program prints: a full disk behind stdout is a failure like any other.
 */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_FAILED 1 /* the environment's exit code, of both programs */

/*
 * Write out what stdout still holds. Whoever prints on stdout returns by this from main().
 *
 * @param program  for the line on stderr: "lwkt-bench msg".
 * @param code     the exit code so far.
 * @return code, or OUTPUT_FAILED instead of 0 after one line if not all could be written.
 */
int output_end(const char *program, int code);

/*
 * Open a file to append to; it is made if it is not there.
 *
 * @param wait  a FIFO that nobody reads: wait until somebody does. Else it is refused (ENXIO).
 * @return the descriptor, which blocks, or a negative errno.
 */
int output_open(const char *name, bool wait);

/*
 * Write as much as nobody has to be waited for. May be called where stdio may not, by a handler too.
 *
 * @return whether that was all.
 */
bool output_at_once(int fd, const char *text, size_t bytes);

/* What comes from outside and goes to a terminal: its control characters become '?', in place. */
void output_plain(char *text);

/* fprintf() on stderr, by output_plain(); an '\n' at the end of fmt stays. */
__attribute__((format(printf, 1, 2))) void output_error(const char *fmt, ...);

#endif /* COMMON_OUTPUT_H */
