/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <sys/resource.h>

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

static unsigned int worker;

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
post(void (*server)(void *), void *arg)
{
	mailbox.server = server;
	mailbox.arg = arg;
	__atomic_store_n(&mailbox.jobs, mailbox.jobs + 1, __ATOMIC_RELEASE);
}

static void
idle(void *arg)
{
	(void)arg;
}

int
pair_start(void)
{
	worker = rte_get_next_lcore(-1, 1, 0);
	if (worker >= RTE_MAX_LCORE)
		return -ENODEV;
	mailbox.jobs = 0;
	mailbox.done = 0;
	return rte_eal_remote_launch(worker_loop, NULL, worker);
}

void
pair_stop(void)
{
	post(NULL, NULL);
	rte_eal_wait_lcore(worker);
}

unsigned int
pair_worker(void)
{
	return worker;
}

long
pair_run(void (*client)(void *), void (*server)(void *), void *arg)
{
	long before = times_taken();

	post(server != NULL ? server : idle, arg);
	client(arg);
	while (__atomic_load_n(&mailbox.done, __ATOMIC_ACQUIRE) != mailbox.jobs)
		rte_pause();
	return mailbox.taken + times_taken() - before;
}
