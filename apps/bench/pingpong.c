/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

#include <rte_cycles.h>

#include "pingpong.h"
#include "stats.h"

#define BATCHES 9
#define BATCH   64
#define RUNS    5

/* On a busy machine a run takes long, as a CPU is taken away; no further one then. */
#define PATIENCE_MS 20

static struct {
	alignas(64) unsigned int ping; /* the client writes */
	alignas(64) unsigned int pong; /* the server writes */
	alignas(64) double batch[BATCHES];
} table;

void
pingpong_reset(void)
{
	table.ping = 0;
	table.pong = 0;
}

void
pingpong_client(void *unused)
{
	unsigned int ball = 0;

	(void)unused;
	for (int i = 0; i < BATCHES; i++) {
		uint64_t start = rte_rdtsc();

		for (int j = 0; j < BATCH; j++) {
			__atomic_store_n(&table.ping, ++ball, __ATOMIC_RELEASE);
			while (__atomic_load_n(&table.pong, __ATOMIC_ACQUIRE) != ball)
				;
		}
		table.batch[i] = (double)(rte_rdtsc() - start) / BATCH;
	}
}

void
pingpong_server(void *unused)
{
	(void)unused;
	for (unsigned int ball = 1; ball <= BATCHES * BATCH; ball++) {
		while (__atomic_load_n(&table.ping, __ATOMIC_ACQUIRE) != ball)
			;
		__atomic_store_n(&table.pong, ball, __ATOMIC_RELEASE);
	}
}

double
pingpong_cycles(void)
{
	return stats_summarise(table.batch, BATCHES).su_median;
}

/*
 * By threads of their own
 */

static void *
client_thread(void *unused)
{
	pingpong_client(unused);
	return NULL;
}

static void *
server_thread(void *unused)
{
	pingpong_server(unused);
	return NULL;
}

static bool
pingpong_start(pthread_t *thread, void *(*fn)(void *), int cpu)
{
	pthread_attr_t attr;
	cpu_set_t set;
	bool started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	started = pthread_attr_setaffinity_np(&attr, sizeof(set), &set) == 0 &&
	          pthread_create(thread, &attr, fn, NULL) == 0;
	pthread_attr_destroy(&attr);
	return started;
}

static bool
pingpong_run(const int cpu[2])
{
	pthread_t server, client;

	pingpong_reset();
	if (!pingpong_start(&server, server_thread, cpu[1]))
		return false;
	if (!pingpong_start(&client, client_thread, cpu[0])) {
		pingpong_client(NULL); /* from here: the server has to end */
		pthread_join(server, NULL);
		return false;
	}
	pthread_join(client, NULL);
	pthread_join(server, NULL);
	return true;
}

static bool
first_two(const cpu_set_t *cpus, int cpu[2])
{
	int n = 0;

	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, cpus))
			cpu[n++] = i;
	return n == 2;
}

double
pingpong_measure(const cpu_set_t *cpus, int cpu[2])
{
	const uint64_t end = rte_rdtsc() + rte_get_tsc_hz() / 1000 * PATIENCE_MS;
	double best = 0;

	if (!first_two(cpus, cpu))
		return 0;
	for (int i = 0; i < RUNS && (i == 0 || rte_rdtsc() < end); i++) {
		double cycles;

		if (!pingpong_run(cpu))
			return 0;
		cycles = pingpong_cycles();
		if (best <= 0 || cycles < best)
			best = cycles;
	}
	return best;
}
