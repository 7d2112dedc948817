/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EAL's command line: the user's, or a default that needs no hugepages, devices or root.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "bench.h"
#include "eal_start.h"
#include "output.h"
#include "report.h"

#define EAL_ARGS_MAX 16

static char options[512];

const char *
bench_eal_options(void)
{
	return options;
}

static void
eal_remember(int argc, char **argv)
{
	size_t used = 0;

	for (int i = 1; i < argc && used < sizeof(options); i++)
		used += (size_t)snprintf(
		    options + used, sizeof(options) - used, "%s%s", i > 1 ? " " : "", argv[i]);
}

/*
 * "0@a,1@b", or, if the main lcore sleeps, "0@(a,b),1@a,2@b": lcores on the first CPUs that we may
 * use. Returns how many there are, at most n.
 */
static unsigned int
first_cpus(unsigned int n, bool main_sleeps, char *buf, size_t size)
{
	char all[256] = "", each[256] = "";
	unsigned int found = 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE && found < n; cpu++) {
		size_t a = strlen(all), e = strlen(each);

		if (!CPU_ISSET(cpu, &set))
			continue;
		snprintf(all + a, sizeof(all) - a, "%s%d", found > 0 ? "," : "", cpu);
		snprintf(each + e, sizeof(each) - e, ",%u@%d", found + main_sleeps, cpu);
		found++;
	}
	if (main_sleeps)
		snprintf(buf, size, "0@(%s)%s", all, each);
	else
		snprintf(buf, size, "%s", *each != '\0' ? each + 1 : each);
	return found;
}

static int
too_few(const struct bench_cmd *cmd, unsigned int need, unsigned int have, const char *remedy)
{
	output_error(
	    "lwkt-bench %s: needs %u CPUs and has %u; %s\n", cmd->bc_name, need, have, remedy);
	return BENCH_FAILED;
}

static int
bench_eal_start(int argc, char **argv, const struct bench_cmd *cmd)
{
	char program[64];
	struct eal_start es = {
	    .es_program = program, .es_help = "DPDK's guide, EAL parameters, lists them"};

	snprintf(program, sizeof(program), "lwkt-bench %s", cmd->bc_name);
	eal_remember(argc, argv);
	if (eal_start(&es, argc, argv) < 0) {
		output_error("%s: %s\n", program, es.es_text);
		return es.es_code;
	}
	if (rte_lcore_count() >= cmd->bc_lcores) {
		report_env_measure();
		return BENCH_OK;
	}
	(void)rte_eal_cleanup();
	return too_few(cmd, cmd->bc_lcores, rte_lcore_count(),
	    cmd->bc_main_sleeps ? "give EAL more lcores, for example --lcores '0@(0,1),1@0,2@1'"
	                        : "give EAL more lcores, for example -l 0,1");
}

/* With what runs anywhere. */
static int
start_default(char *lcores, const struct bench_cmd *cmd)
{
	char fixed[][24] = {"lwkt-bench", "--no-huge", "-m", "256", "--no-pci", "--no-shconf",
	    "--no-telemetry", "--log-level=lib.eal:4", "--lcores"};
	char *eal[EAL_ARGS_MAX];
	int n = 0;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		eal[n++] = fixed[i];
	eal[n++] = lcores;
	return bench_eal_start(n, eal, cmd);
}

int
bench_eal_init(int argc, char **argv, const struct bench_cmd *cmd)
{
	unsigned int have, need = cmd->bc_lcores - cmd->bc_main_sleeps;
	char lcores[600];

	if (argc > 1)
		return bench_eal_start(argc, argv, cmd);
	have = first_cpus(need, cmd->bc_main_sleeps, lcores, sizeof(lcores));
	if (have < need)
		return too_few(cmd, need, have, "let it have more (taskset, cpuset)");
	return start_default(lcores, cmd);
}

int
bench_eal_init_virtual(const struct bench_cmd *cmd, unsigned int lcores)
{
	char text[1024];
	cpu_set_t set;
	size_t used;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return BENCH_FAILED;
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	if (CPU_COUNT(&set) > 1)
		CPU_CLR(cpu, &set);
	used = (size_t)snprintf(text, sizeof(text), "0@%d,(1-%u)@(", cpu, lcores - 1);
	for (cpu = 0; cpu < CPU_SETSIZE && used + 8 < sizeof(text); cpu++)
		if (CPU_ISSET(cpu, &set))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%d,", cpu);
	text[used - 1] = ')';
	return start_default(text, cmd);
}

int
bench_cannot_start(const struct bench_cmd *cmd, int rc)
{
	output_error("lwkt-bench %s: cannot start: %s\n", cmd->bc_name,
	    rc < 0 ? strerror(-rc) : "not enough memory; give EAL more, for example -m 256");
	return BENCH_FAILED;
}
