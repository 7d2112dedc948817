/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two reports of one subcommand, row by row: has anything become worse, beyond the noise?
 *
 *     from ──┐
 *            ├──▶ diff_rows() ──▶ an array of findings, one for each figure of each row
 *     to ────┘
 *
 * The figures that can be compared between reports (docs/reference/bench-json.md) are, in this
 * order of preference for one row: the ratio to the rival, since both sides ran on the same
 * machine in the same minute; else cycles, if the CPU and the regime are the same; and bytes.
 */
#ifndef BENCH_DIFF_H
#define BENCH_DIFF_H

#include <jansson.h>

/*
 * Compare rows of the same name. The reports are valid: report_load() has read them.
 *
 * A figure is worse or better if it has moved by more than tolerance_percent of what it was, and
 * the ranges between the quartiles of both do not meet. Bytes have no quartiles.
 *
 * @return a new array; per finding: "name", "figure", "verdict", and "from", "to",
 *         "change_percent" (more than 0: better), "noise_percent" (half of the wider range between
 *         quartiles), or "why" where the verdict is "not compared". NULL: no memory.
 */
json_t *diff_rows(const json_t *from, const json_t *to, unsigned int tolerance_percent);

/* How many findings have this verdict. */
unsigned int diff_count(const json_t *findings, const char *verdict);

/* Verdicts */
#define DIFF_WORSE  "WORSE"
#define DIFF_BETTER "better"
#define DIFF_SAME   "same"
#define DIFF_NOT    "not compared"

#endif /* BENCH_DIFF_H */
