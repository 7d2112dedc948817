/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What it costs to be one of N CPUs.
 *
 *   memory     by how much the process grew in lwkt_init()
 *   idle poll  lwkt_poll() of CPU 0 with nothing there, a mean of POLLS each
 *   find       CPU k sends CPU 0 one message and goes to sleep; then the one lwkt_poll() that
 * brings it in. k is each other CPU in turn.
 *   burst      CPU k sends CPU 0 a burst of BURST and goes to sleep; then the one
 *              lwkt_getport_burst() that takes it, a message
 *
 * The CPUs are lcores, more than there are processors: CPU 0 has a processor of its own if there
 * are two, the others share the rest and sleep in EAL until it is their turn.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_cpu.h>
#include <lwkt_msgport.h>

#include "bench.h"
#include "mem.h"
#include "report.h"
#include "scale.h"

#define POLLS 1000
#define BURST 32

static struct {
	struct lwkt_port done;
	alignas(64) struct lwkt_msg msg;
	struct lwkt_msg burst[BURST];
} shared;

static int
send_one(void *port)
{
	lwkt_sendmsg(port, &shared.msg);
	lwkt_flush();
	return 0;
}

static void
idle_polls(double *sample, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t start = rte_rdtsc();

		for (unsigned int j = 0; j < POLLS; j++)
			lwkt_poll();
		sample[i] = (double)(rte_rdtsc() - start) / POLLS;
	}
}

/* Returns how many messages did not arrive as they should. */
static unsigned int
find_senders(double *sample, unsigned int n)
{
	struct lwkt_port *port = lwkt_thread_port(lwkt_curthread());
	unsigned int wrong = 0, from = 0;

	lwkt_initport_replyonly_null(&shared.done);
	lwkt_initmsg(&shared.msg, &shared.done, 0);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int got;
		uint64_t start;

		from = rte_get_next_lcore(from, 1, 1);
		rte_eal_remote_launch(send_one, port, from);
		rte_eal_wait_lcore(from);
		start = rte_rdtsc_precise();
		got = lwkt_poll();
		sample[i] = (double)(rte_rdtsc_precise() - start);
		if (got != 1 || lwkt_getport(port) != &shared.msg)
			return n;
		lwkt_replymsg(&shared.msg, 0);
		wrong += lwkt_poll() != 0;
	}
	return wrong;
}

static int
send_burst(void *port)
{
	lwkt_msg_t msgs[BURST];

	for (unsigned int i = 0; i < BURST; i++) {
		msgs[i] = &shared.burst[i];
		lwkt_initmsg(msgs[i], &shared.done, 0);
	}
	lwkt_sendmsg_burst(port, msgs, BURST);
	lwkt_flush();
	return 0;
}

/* Returns how many bursts were not there as a whole. */
static unsigned int
receive_bursts(double *sample, unsigned int n)
{
	struct lwkt_port *port = lwkt_thread_port(lwkt_curthread());
	unsigned int wrong = 0, from = 0;
	lwkt_msg_t got[BURST];

	for (unsigned int i = 0; i < n; i++) {
		unsigned int have;
		uint64_t start;

		from = rte_get_next_lcore(from, 1, 1);
		rte_eal_remote_launch(send_burst, port, from);
		rte_eal_wait_lcore(from);
		start = rte_rdtsc_precise();
		have = lwkt_getport_burst(port, got, BURST);
		sample[i] = (double)(rte_rdtsc_precise() - start) / BURST;
		wrong += have != BURST;
		lwkt_replymsg_burst(got, have, 0);
		lwkt_poll();
	}
	return wrong;
}

static void
set_cycles(json_t *row, const char *name, const struct summary *su)
{
	char ns[32];

	snprintf(ns, sizeof(ns), "%s_ns", name);
	json_object_set_new(row, name, report_summary(su));
	json_object_set_new(row, ns, json_real(su->su_median * 1e9 / (double)rte_get_tsc_hz()));
}

static int
measure(unsigned int samples, json_t *row)
{
	double *sample = calloc(samples, sizeof(*sample));
	unsigned int wrong;
	struct summary su;

	if (sample == NULL)
		return BENCH_FAILED;
	wrong = find_senders(sample, samples);
	su = stats_summarise(sample, samples);
	set_cycles(row, "find", &su);
	wrong += receive_bursts(sample, samples);
	su = stats_summarise(sample, samples);
	set_cycles(row, "burst", &su);
	idle_polls(sample, samples);
	su = stats_summarise(sample, samples);
	set_cycles(row, "idle_poll", &su);
	free(sample);
	if (wrong > 0)
		fprintf(stderr, "lwkt-bench scale: %u messages or bursts did not arrive at once\n",
		    wrong);
	return wrong > 0 ? BENCH_FAILED : BENCH_OK;
}

int
scale_measure(unsigned int ncpus, unsigned int samples, json_t *row)
{
	struct mem before, after;
	int rc = bench_eal_init_virtual(&bench_scale, ncpus);

	if (rc != BENCH_OK)
		return rc;
	before = mem_now();
	rc = lwkt_init(NULL);
	after = mem_now();
	if (rc < 0) {
		fprintf(
		    stderr, "lwkt-bench scale: cannot start %u CPUs: %s\n", ncpus, strerror(-rc));
		return BENCH_FAILED;
	}
	json_object_set_new(row, "cpus", json_integer(lwkt_ncpus()));
	json_object_set_new(row, "memory_bytes",
	    json_integer((json_int_t)(after.me_reserved - before.me_reserved)));
	json_object_set_new(row, "memory_mib",
	    json_real((double)(after.me_reserved - before.me_reserved) / (1 << 20)));
	json_object_set_new(row, "resident_bytes",
	    json_integer((json_int_t)(after.me_resident - before.me_resident)));
	json_object_set_new(row, "unit", json_string("cycles"));
	rc = measure(samples, row);
	if (rc == BENCH_OK)
		lwkt_fini();
	return rc;
}
