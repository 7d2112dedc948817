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
date(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, size, "unknown");
}

json_t *
report_env(void)
{
	char model[128], when[32], kernel[160];
	struct utsname uts = {0};

	cpu_model(model, sizeof(model));
	date(when, sizeof(when));
	uname(&uts);
	snprintf(kernel, sizeof(kernel), "%s %s", uts.sysname, uts.release);
	return json_pack("{s:s, s:s, s:s, s:I, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "date",
	    when, "lwkt", BENCH_VERSION, "cpu", model, "tsc_hz", (json_int_t)rte_get_tsc_hz(),
	    "lcores", (int)rte_lcore_count(), "kernel", kernel, "dpdk", rte_version(), "compiler",
	    COMPILER, "buildtype", BENCH_BUILDTYPE, "optimization", BENCH_OPTIMIZATION, "eal",
	    bench_eal_options(), "invariants", LWKT_INVARIANTS);
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
