/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where and with what it was measured.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "bench.h"
#include "bench_flags.h"
#include "bench_revision.h"
#include "env_cpu.h"
#include "pingpong.h"
#include "report.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#ifdef __OPTIMIZE__
#define OPTIMISED true
#else
#define OPTIMISED false
#endif

static void
cpu_model(char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(buf, size, "unknown");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
			snprintf(buf, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
			break;
		}
	}
	if (f != NULL)
		fclose(f);
}

static void
env_date(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, size, "unknown");
}

/* The CPUs that our lcores may run on; without EAL, those of this process. */
static void
run_cpus(cpu_set_t *cpus)
{
	unsigned int lcore_id;

	CPU_ZERO(cpus);
	RTE_LCORE_FOREACH (lcore_id) {
		rte_cpuset_t set = rte_lcore_cpuset(lcore_id);

		CPU_OR(cpus, cpus, &set);
	}
	if (CPU_COUNT(cpus) == 0)
		sched_getaffinity(0, sizeof(*cpus), cpus);
}

/* Measured once: later the lcores are at work. */
static struct {
	double cycles; /* 0: it could not be measured */
	int cpu[2];
} pingpong;

void
report_env_measure(void)
{
	cpu_set_t cpus;

	run_cpus(&cpus);
	pingpong.cycles = pingpong_measure(&cpus, pingpong.cpu);
}

static json_t *
pingpong_object(void)
{
	double ns = pingpong.cycles * 1e9 / (double)rte_get_tsc_hz();

	if (pingpong.cycles <= 0)
		return json_null();
	return json_pack("{s:f, s:f, s:[i,i]}", "cycles", pingpong.cycles, "ns", ns, "cpus",
	    pingpong.cpu[0], pingpong.cpu[1]);
}

static json_t *
env_software(void)
{
	char when[32], kernel[160];
	struct utsname uts = {0};

	env_date(when, sizeof(when));
	uname(&uts);
	snprintf(kernel, sizeof(kernel), "%s %s", uts.sysname, uts.release);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "date",
	    when, "lwkt", BENCH_VERSION, "revision", BENCH_REVISION, "dpdk", rte_version(),
	    "kernel", kernel, "compiler", COMPILER, "buildtype", BENCH_BUILDTYPE, "optimization",
	    BENCH_OPTIMIZATION, "flags", BENCH_FLAGS, "sanitize", BENCH_SANITIZE, "invariants",
	    LWKT_INVARIANTS, "eal", bench_eal_options());
}

json_t *
report_env(void)
{
	json_t *env = env_software();
	char model[128];
	cpu_set_t cpus;

	if (env == NULL)
		return NULL;
	cpu_model(model, sizeof(model));
	run_cpus(&cpus);
	json_object_set_new(env, "cpu", json_string(model));
	json_object_set_new(env, "tsc_hz", json_integer((json_int_t)rte_get_tsc_hz()));
	json_object_set_new(env, "lcores", json_integer(rte_lcore_count()));
	env_cpu("/sys", &cpus, env);
	json_object_set_new(env, "pingpong", pingpong_object());
	return env;
}

void
report_warn_build(json_t *report)
{
	if (!OPTIMISED)
		report_warn(report,
		    "built without optimisation (-Doptimization=%s): these figures say "
		    "nothing; use -Dbuildtype=release",
		    BENCH_OPTIMIZATION);
	if (LWKT_INVARIANTS)
		report_warn(report,
		    "built with invariants: every call checks the message's state; use "
		    "-Dinvariants=false");
	if (strcmp(BENCH_SANITIZE, "none") != 0)
		report_warn(report, "built with the %s sanitizer: these figures say nothing",
		    BENCH_SANITIZE);
}
