/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two CPUs that run the two sides of a measurement at the same time: the main lcore and a worker
 * that spins for jobs, so that a start costs a cache line and not a wakeup.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

/* Let the worker spin, on the first worker lcore. Returns 0 or a negative errno. */
int pair_start(void);
/* End it. */
void pair_stop(void);

/* The worker's lcore id. */
unsigned int pair_worker(void);

/*
 * Run client(arg) here and server(arg), unless NULL, on the worker; return when both have. What
 * this side wrote before is visible to the server, what the server wrote is visible here after.
 *
 * @return how often the kernel took one of the two CPUs away in the meantime: if not 0, the
 *         time measured is not ours.
 */
long pair_run(void (*client)(void *), void (*server)(void *), void *arg);

#endif /* BENCH_PAIR_H */
