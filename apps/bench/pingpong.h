/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two-line ping-pong: what it takes two CPUs to tell each other something, there and back. It is
 * what a message between them cannot be faster than, and tells near CPUs from far ones.
 */
#ifndef BENCH_PINGPONG_H
#define BENCH_PINGPONG_H

#include <sched.h>

/*
 * The two sides; run both at the same time, on a CPU each, after pingpong_reset(). The argument is
 * not used.
 */
void pingpong_reset(void);
void pingpong_client(void *unused);
void pingpong_server(void *unused);

/* TSC cycles there and back, of the last run: the median of its batches. */
double pingpong_cycles(void);

/*
 * Two CPUs of these, the first and the second of the set, by threads of their own.
 *
 * @return TSC cycles there and back, the best of up to five runs, since a CPU may be taken away; 0
 * if it cannot be measured: one CPU only, or a CPU that this process may not use.
 */
double pingpong_measure(const cpu_set_t *cpus, int cpu[2]);

#endif /* BENCH_PINGPONG_H */
