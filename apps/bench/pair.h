/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two CPUs that run the two sides of a measurement at the same time: the main lcore and a worker
 * that spins for jobs, so that a start costs a cache line and not a wakeup. Or two workers, for
 * what needs both as workers: then the main lcore sleeps while they work, so that it needs no CPU
 * of its own, and the workers are idle in between.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

/* Let the worker spin, on the first worker lcore. Returns 0 or a negative errno. */
int pair_start(void);
/* The first two worker lcores instead; the second is the server. 0 or -ENODEV. */
int pair_start_workers(void);
/* End it. */
void pair_stop(void);

/* The server's lcore id, and the client's. */
unsigned int pair_worker(void);
unsigned int pair_client(void);

/*
 * Run client(arg), on the main lcore or the first worker, and server(arg), unless NULL, on the
 * other; return when both have. What
 * this side wrote before is visible to the server, what the server wrote is visible here after.
 *
 * @return how often the kernel took one of the two CPUs away in the meantime: if not 0, the
 *         time measured is not ours.
 */
long pair_run(void (*client)(void *), void (*server)(void *), void *arg);

/* The server alone. */
void pair_run_server(void (*server)(void *), void *arg);

/* Two workers: sleep until both are idle. */
void pair_settle(void);

#endif /* BENCH_PAIR_H */
