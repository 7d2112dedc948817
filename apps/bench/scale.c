/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench scale: what many CPUs cost. Each number of CPUs is a child process, since EAL starts
 * once in a process; it sends its row here through a pipe.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_config.h>

#include "bench.h"
#include "report.h"
#include "scale.h"

#define SAMPLES_QUICK 20

/* What must hold at LIMIT_CPUS (issue 4). */
#define LIMIT_CPUS    128
#define LIMIT_MIB     64
#define LIMIT_IDLE_NS 100

static struct uint_list opt_cpus = {7, {2, 4, 8, 16, 32, 64, 128}};
static unsigned int opt_samples = 1000;
static const char *opt_json;
static bool opt_quick;

static const struct opt options[] = {
    {"cpus", "LIST", "numbers of CPUs; default 2,4,8,16,32,64,128", OPT_UINTS, &opt_cpus, 2,
        RTE_MAX_LCORE, NULL},
    {"samples", "N", "of each figure; default 1000", OPT_UINT, &opt_samples, 1, 1000000, NULL},
    REPORT_OPT_JSON(&opt_json),
    {"quick", NULL, "20 samples: tries the program, measures nothing", OPT_FLAG, &opt_quick, 0, 0,
        NULL},
    OPTION_END,
};

static int
parse(int argc, char **argv)
{
	return report_parse(options, bench_scale.bc_summary, argc, argv, &opt_json);
}

/* The child: a row and the environment, written to fd. */
static int
child(unsigned int ncpus, int fd)
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
take(json_t *report, unsigned int ncpus, int fd)
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
		fprintf(stderr, "lwkt-bench scale: cannot start a process: %s\n", strerror(errno));
		return BENCH_FAILED;
	}
	if (pid == 0) {
		close(fd[0]);
		_exit(child(ncpus, fd[1]));
	}
	close(fd[1]);
	rc = take(report, ncpus, fd[0]);
	close(fd[0]);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	    rc == BENCH_OK)
		return BENCH_OK;
	fprintf(stderr, "lwkt-bench scale: nothing was measured with %u CPUs\n", ncpus);
	return BENCH_FAILED;
}

static void
limit(json_t *row, const char *what, const char *unit, double value, double most, FILE *out)
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
		limit(row, "memory", "MiB", json_real_value(json_object_get(row, "memory_mib")),
		    LIMIT_MIB, out);
		limit(row, "idle poll", "ns", json_real_value(json_object_get(row, "idle_poll_ns")),
		    LIMIT_IDLE_NS, out);
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
    {NULL, NULL, 0},
};

static int
run(void)
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
    .bc_parse = parse,
    .bc_run = run,
};
