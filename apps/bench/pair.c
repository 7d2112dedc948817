/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "pair.h"

static struct {
	/* The main lcore writes; jobs is atomic and publishes the rest. */
	alignas(64) unsigned int jobs;
	void (*server)(void *); /* NULL: end */
	void *arg;
	/* The worker writes; done is atomic and publishes the rest. */
	alignas(64) unsigned int done;
	long taken;
} mailbox;

static unsigned int worker, client_lcore;
static bool workers; /* both sides are workers */

static long
times_taken(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw + usage.ru_nvcsw;
}

static int
worker_loop(void *unused)
{
	(void)unused;
	for (unsigned int job = 1;; job++) {
		long before;

		while (__atomic_load_n(&mailbox.jobs, __ATOMIC_ACQUIRE) != job)
			rte_pause();
		if (mailbox.server == NULL)
			return 0;
		before = times_taken();
		mailbox.server(mailbox.arg);
		mailbox.taken = times_taken() - before;
		__atomic_store_n(&mailbox.done, job, __ATOMIC_RELEASE);
	}
}

static void
pair_post(void (*server)(void *), void *arg)
{
	mailbox.server = server;
	mailbox.arg = arg;
	__atomic_store_n(&mailbox.jobs, mailbox.jobs + 1, __ATOMIC_RELEASE);
}

static void
pair_idle(void *arg)
{
	(void)arg;
}

int
pair_start(void)
{
	client_lcore = rte_get_main_lcore();
	worker = rte_get_next_lcore(-1, 1, 0);
	if (worker >= RTE_MAX_LCORE)
		return -ENODEV;
	workers = false;
	mailbox.jobs = 0;
	mailbox.done = 0;
	return rte_eal_remote_launch(worker_loop, NULL, worker);
}

int
pair_start_workers(void)
{
	client_lcore = rte_get_next_lcore(-1, 1, 0);
	worker = rte_get_next_lcore(client_lcore, 1, 0);
	if (client_lcore >= RTE_MAX_LCORE || worker >= RTE_MAX_LCORE)
		return -ENODEV;
	workers = true;
	return 0;
}

void
pair_stop(void)
{
	if (workers)
		return;
	pair_post(NULL, NULL);
	rte_eal_wait_lcore(worker);
}

unsigned int
pair_worker(void)
{
	return worker;
}

unsigned int
pair_client(void)
{
	return client_lcore;
}

/*
 * Two workers
 */

struct job {
	void (*fn)(void *arg);
	void *arg;
	long taken;
	sem_t *over;
};

static int
job_run(void *arg)
{
	struct job *job = arg;
	long before = times_taken();

	job->fn(job->arg);
	job->taken = times_taken() - before;
	sem_post(job->over);
	return 0;
}

/* The workers share their CPUs with this thread: it sleeps until they are done. */
static long
run_workers(void (*client)(void *), void (*server)(void *), void *arg)
{
	sem_t over;
	struct job job[] = {
	    {client, arg, 0, &over}, {server != NULL ? server : pair_idle, arg, 0, &over}};

	sem_init(&over, 0, 0);
	rte_eal_remote_launch(job_run, &job[0], client_lcore);
	rte_eal_remote_launch(job_run, &job[1], worker);
	for (int i = 0; i < 2; i++)
		while (sem_wait(&over) < 0)
			;
	pair_settle();
	sem_destroy(&over);
	return job[0].taken + job[1].taken;
}

void
pair_run_server(void (*server)(void *), void *arg)
{
	pair_run(pair_idle, server, arg);
}

void
pair_settle(void)
{
	while (rte_eal_get_lcore_state(client_lcore) != WAIT ||
	       rte_eal_get_lcore_state(worker) != WAIT)
		rte_delay_us_sleep(20);
	rte_eal_wait_lcore(client_lcore);
	rte_eal_wait_lcore(worker);
}

long
pair_run(void (*client)(void *), void (*server)(void *), void *arg)
{
	long before;

	if (workers)
		return run_workers(client, server, arg);
	before = times_taken();
	pair_post(server != NULL ? server : pair_idle, arg);
	client(arg);
	while (__atomic_load_n(&mailbox.done, __ATOMIC_ACQUIRE) != mailbox.jobs)
		rte_pause();
	return mailbox.taken + times_taken() - before;
}
