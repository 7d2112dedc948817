/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench scale: what many CPUs cost. Each number of CPUs is a child process, since EAL starts
 * once in a process; it sends its row here through a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_config.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>
#include <lwkt_msgport.h>

#include "bench.h"
#include "output.h"
#include "report.h"

/* How much memory this process has, so that a difference says what something took. */
struct mem {
	uint64_t me_reserved; /* address space, and what is in use of EAL's heaps */
	uint64_t me_resident; /* pages that are there */
};

/* EAL's heaps hand out memory that the process had before, so they are added. */
static uint64_t
mem_heaps(void)
{
	uint64_t bytes = 0;

	for (int heap = 0; heap < RTE_MAX_HEAPS; heap++) {
		struct rte_malloc_socket_stats stats;

		if (rte_malloc_get_socket_stats(heap, &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	}
	return bytes;
}

/* Allocates nothing. All 0 without /proc. */
static struct mem
mem_now(void)
{
	unsigned long pages = 0, resident = 0, page = (unsigned long)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/statm", O_RDONLY);
	char text[128] = "";

	if (fd < 0)
		return (struct mem){0};
	if (read(fd, text, sizeof(text) - 1) < 0 || sscanf(text, "%lu %lu", &pages, &resident) != 2)
		pages = resident = 0;
	close(fd);
	return (struct mem){
	    .me_reserved = pages * page + mem_heaps(), .me_resident = resident * page};
}

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

#define POLLS 1000
#define BURST 32

static struct {
	struct lwkt_port done;
	alignas(64) struct lwkt_msg msg;
	struct lwkt_msg burst[BURST];
} shared;

/*
 * Launch and join of EAL order all that both sides write. EAL is not built with the sanitizers, so
 * this says it once more: each store is before a launch or a join, each load behind it.
 */
static unsigned int handed_over; /* atomic (E4) */

static void
hand_over(void)
{
	__atomic_store_n(&handed_over, 1, __ATOMIC_RELEASE); /* E4 */
}

static void
take_over(void)
{
	(void)__atomic_load_n(&handed_over, __ATOMIC_ACQUIRE); /* E4 */
}

/* Run fn(port) on the next lcore, which sleeps again when this returns. */
static void
scale_run_on_next(lcore_function_t *fn, struct lwkt_port *port, unsigned int *from)
{
	*from = rte_get_next_lcore(*from, 1, 1);
	hand_over();
	rte_eal_remote_launch(fn, port, *from);
	rte_eal_wait_lcore(*from);
	take_over();
}

static int
send_one(void *port)
{
	take_over();
	lwkt_sendmsg(port, &shared.msg);
	lwkt_flush();
	hand_over();
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

		scale_run_on_next(send_one, port, &from);
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

	take_over();
	for (unsigned int i = 0; i < BURST; i++) {
		msgs[i] = &shared.burst[i];
		lwkt_initmsg(msgs[i], &shared.done, 0);
	}
	lwkt_sendmsg_burst(port, msgs, BURST);
	lwkt_flush();
	hand_over();
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

		scale_run_on_next(send_burst, port, &from);
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
set_cycles(json_t *row, const char *name, double *sample, unsigned int n)
{
	struct summary su = stats_summarise(sample, n);
	char ns[32];

	snprintf(ns, sizeof(ns), "%s_ns", name);
	json_object_set_new(row, name, report_summary(&su));
	json_object_set_new(row, ns, json_real(su.su_median * 1e9 / (double)rte_get_tsc_hz()));
}

static int
one_measure(unsigned int samples, json_t *row)
{
	double *sample = calloc(samples, sizeof(*sample));
	unsigned int wrong;

	if (sample == NULL)
		return BENCH_FAILED;
	wrong = find_senders(sample, samples);
	set_cycles(row, "find", sample, samples);
	wrong += receive_bursts(sample, samples);
	set_cycles(row, "burst", sample, samples);
	idle_polls(sample, samples);
	set_cycles(row, "idle_poll", sample, samples);
	free(sample);
	if (wrong > 0)
		output_error(
		    "lwkt-bench scale: %u messages or bursts did not arrive at once\n", wrong);
	return wrong > 0 ? BENCH_FAILED : BENCH_OK;
}

/* Start EAL with so many lcores, measure, fill the row in. An exit code, after one line if not 0.
 */
static int
scale_measure(unsigned int ncpus, unsigned int samples, json_t *row)
{
	struct mem before, after;
	uint64_t grown;
	int rc = bench_eal_init_virtual(&bench_scale, ncpus);

	if (rc != BENCH_OK)
		return rc;
	before = mem_now();
	rc = lwkt_init(NULL);
	after = mem_now();
	if (rc < 0)
		return bench_cannot_start(&bench_scale, rc);
	grown = after.me_reserved - before.me_reserved;
	json_object_update_new(
	    row, json_pack("{s:i, s:I, s:f, s:I, s:s}", "cpus", (int)lwkt_ncpus(), "memory_bytes",
	             (json_int_t)grown, "memory_mib", (double)grown / (1 << 20), "resident_bytes",
	             (json_int_t)(after.me_resident - before.me_resident), "unit", "cycles"));
	rc = one_measure(samples, row);
	if (rc == BENCH_OK)
		lwkt_fini();
	return rc;
}

#define SAMPLES_QUICK 20

/* What must hold at LIMIT_CPUS (issue 4). */
#define LIMIT_CPUS    128
#define LIMIT_MIB     64
#define LIMIT_IDLE_NS 100

static struct uint_list opt_cpus = {8, {2, 4, 8, 16, 17, 32, 64, 128}};
static unsigned int opt_samples = 1000;
static const char *opt_json;
static bool opt_quick;

static const struct opt options[] = {
    {"cpus", "LIST", "numbers of CPUs; default 2,4,8,16,17,32,64,128", OPT_UINTS, &opt_cpus, 2,
        RTE_MAX_LCORE},
    {"samples", "N", "of each figure; default 1000", OPT_UINT, &opt_samples, 1, 1000000},
    REPORT_OPT_JSON(&opt_json),
    {"quick", NULL, "20 samples: tries the program, measures nothing", OPT_FLAG, &opt_quick},
    OPTION_END,
};

/* The child: a row and the environment, written to fd. */
static int
scale_child(unsigned int ncpus, int fd)
{
	json_t *answer = json_pack("{s:{}}", "row");
	int rc = scale_measure(
	    ncpus, opt_quick ? SAMPLES_QUICK : opt_samples, json_object_get(answer, "row"));

	if (rc != BENCH_OK)
		return rc;
	json_object_set_new(answer, "environment", report_env());
	return json_dumpfd(answer, fd, 0) == 0 ? BENCH_OK : BENCH_FAILED;
}

/* The parent: take both into the report. */
static int
scale_take(json_t *report, unsigned int ncpus, int fd)
{
	json_t *answer = json_loadfd(fd, 0, NULL), *row;
	char name[32];

	if (answer == NULL)
		return BENCH_FAILED;
	snprintf(name, sizeof(name), "scale-%u", ncpus);
	row = report_row(
	    report, name, "one CPU of so many: memory in all, an idle poll, a sender found");
	json_object_update(row, json_object_get(answer, "row"));
	json_object_set(report, "environment", json_object_get(answer, "environment"));
	json_decref(answer);
	return BENCH_OK;
}

static int
take_number(json_t *report, unsigned int ncpus)
{
	int fd[2], status, rc;
	pid_t pid;

	fflush(NULL);
	if (pipe(fd) < 0 || (pid = fork()) < 0) {
		output_error("lwkt-bench scale: cannot start a process: %s\n", strerror(errno));
		return BENCH_FAILED;
	}
	if (pid == 0) {
		close(fd[0]);
		_exit(scale_child(ncpus, fd[1]));
	}
	close(fd[1]);
	rc = scale_take(report, ncpus, fd[0]);
	close(fd[0]);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	    rc == BENCH_OK)
		return BENCH_OK;
	output_error("lwkt-bench scale: nothing was measured with %u CPUs\n", ncpus);
	return BENCH_FAILED;
}

static void
scale_limit(json_t *row, const char *what, const char *unit, double value, double most, FILE *out)
{
	json_t *limits = json_object_get(row, "limits");

	json_array_append_new(
	    limits, json_pack("{s:s, s:s, s:f, s:f, s:b}", "what", what, "unit", unit, "value",
	                value, "limit", most, "holds", value <= most));
	fprintf(out, "%s at %d CPUs: %.1f %s, limit %.0f: %s\n", what, LIMIT_CPUS, value, unit,
	    most, value <= most ? "holds" : "DOES NOT HOLD");
}

static void
check_limits(json_t *report, FILE *out)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		if (json_integer_value(json_object_get(row, "cpus")) != LIMIT_CPUS)
			continue;
		json_object_set_new(row, "limits", json_array());
		scale_limit(row, "memory", "MiB",
		    json_real_value(json_object_get(row, "memory_mib")), LIMIT_MIB, out);
		scale_limit(row, "idle poll", "ns",
		    json_real_value(json_object_get(row, "idle_poll_ns")), LIMIT_IDLE_NS, out);
	}
}

static const struct report_col columns[] = {
    {"name", "benchmark", 0},
    {"cpus", "CPUs", 0},
    {"memory_mib", "MiB", 2},
    {"idle_poll.median", "idle poll cycles", 1},
    {"idle_poll_ns", "ns", 1},
    {"find.median", "find a sender cycles", 0},
    {"find_ns", "ns", 1},
    {"burst.median", "burst receive cycles", 1},
    {NULL, NULL, 0},
};

static int
scale_run(void)
{
	json_t *report = report_new(bench_scale.bc_name);
	FILE *out = report_stream(opt_json);
	int rc = BENCH_OK;

	if (report == NULL)
		return BENCH_FAILED;
	for (unsigned int i = 0; i < opt_cpus.ul_n && rc == BENCH_OK; i++)
		rc = take_number(report, opt_cpus.ul_value[i]);
	if (rc == BENCH_OK) {
		report_table(report, columns, out);
		check_limits(report, out);
		rc = report_write(report, bench_scale.bc_name, opt_json);
	}
	json_decref(report);
	return rc;
}

const struct bench_cmd bench_scale = {
    .bc_name = "scale",
    .bc_summary = "memory and polls of 2 to 128 virtual CPUs",
    .bc_lcores = 0,
    .bc_options = options,
    .bc_json = &opt_json,
    .bc_run = scale_run,
};
