/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of what a program prints: a full disk behind stdout is a failure like any other.
 */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#define OUTPUT_FAILED 1 /* the environment's exit code, of both programs */

/*
 * Write out what stdout still holds. Whoever prints on stdout returns by this from main().
 *
 * @param program  for the line on stderr: "lwkt-bench msg".
 * @param code     the exit code so far.
 * @return code, or OUTPUT_FAILED instead of 0 after one line if not all could be written.
 */
int output_end(const char *program, int code);

#endif /* COMMON_OUTPUT_H */
