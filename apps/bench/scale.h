/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the subcommand scale: one number of CPUs, measured in a process of its own.
 */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include <jansson.h>

/*
 * Start EAL with so many lcores, measure, and fill the row in. Returns an exit code, after one
 * line if not 0.
 */
int scale_measure(unsigned int ncpus, unsigned int samples, json_t *row);

#endif /* BENCH_SCALE_H */
