/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmp_pvt.h"

#define GENERATOR_TWO 5 /* with so many CPUs the generator has one to send and one to receive */
#define DEVICE_MOST   3 /* CPUs that the device has, if nobody says otherwise */

static bool
has(const struct uint_list *list, unsigned int cpu)
{
	for (unsigned int i = 0; i < list->ul_n; i++)
		if (list->ul_value[i] == cpu)
			return true;
	return false;
}

static int
check(const char *option, const struct uint_list *list, const cpu_set_t *allowed)
{
	for (unsigned int i = 0; i < list->ul_n; i++) {
		unsigned int cpu = list->ul_value[i];

		if (!CPU_ISSET(cpu, allowed)) {
			fprintf(stderr,
			    "lwkt-bench compare: --%s: there is no CPU %u, or it is not allowed; give "
			    "others (taskset -p $$ shows them)\n",
			    option, cpu);
			return BENCH_USAGE;
		}
		for (unsigned int j = 0; j < i; j++)
			if (list->ul_value[j] == cpu) {
				fprintf(stderr,
				    "lwkt-bench compare: --%s has %u twice; give it once\n", option,
				    cpu);
				return BENCH_USAGE;
			}
	}
	return BENCH_OK;
}

/* At most n that are allowed, and that the other has not. */
static void
choose(
    struct uint_list *list, const struct uint_list *other, unsigned int n, const cpu_set_t *allowed)
{
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && list->ul_n < n; cpu++)
		if (CPU_ISSET(cpu, allowed) && !has(other, cpu))
			list->ul_value[list->ul_n++] = cpu;
	if (list->ul_n == 0) /* there is no other */
		list->ul_value[list->ul_n++] = other->ul_value[0];
}

/* Does the kernel say that these two are threads of one core? */
static bool
siblings(unsigned int a, unsigned int b)
{
	char path[96], mine[256] = "", its[256] = "";
	char *const text[] = {mine, its};
	const unsigned int cpu[] = {a, b};

	for (unsigned int i = 0; i < 2; i++) {
		FILE *f;

		snprintf(path, sizeof(path),
		    "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu[i]);
		f = fopen(path, "r");
		if (f == NULL)
			return false;
		if (fgets(text[i], sizeof(mine), f) == NULL)
			text[i][0] = '\0';
		fclose(f);
	}
	return a != b && mine[0] != '\0' && strcmp(mine, its) == 0;
}

static void
find_shared(struct cmp_cpus *cc)
{
	for (unsigned int i = 0; i < cc->cc_generator.ul_n; i++) {
		unsigned int cpu = cc->cc_generator.ul_value[i];

		if (has(&cc->cc_device, cpu))
			cc->cc_shared.ul_value[cc->cc_shared.ul_n++] = cpu;
		for (unsigned int j = 0; j < cc->cc_device.ul_n; j++)
			if (siblings(cpu, cc->cc_device.ul_value[j]))
				snprintf(cc->cc_siblings, sizeof(cc->cc_siblings), "%u and %u", cpu,
				    cc->cc_device.ul_value[j]);
	}
}

static void
list_main(struct cmp_cpus *cc, const cpu_set_t *allowed)
{
	cpu_set_t rest = *allowed;
	size_t used = 0;

	for (unsigned int i = 0; i < cc->cc_generator.ul_n; i++)
		CPU_CLR(cc->cc_generator.ul_value[i], &rest);
	for (unsigned int i = 0; i < cc->cc_device.ul_n; i++)
		CPU_CLR(cc->cc_device.ul_value[i], &rest);
	if (CPU_COUNT(&rest) == 0)
		rest = *allowed;
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && used + 8 < sizeof(cc->cc_main); cpu++)
		if (CPU_ISSET(cpu, &rest))
			used += (size_t)snprintf(cc->cc_main + used, sizeof(cc->cc_main) - used,
			    "%s%u", used > 0 ? "," : "", cpu);
}

int
cmp_cpus_choose(struct cmp_cpus *cc)
{
	cpu_set_t allowed;
	int rc;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0) {
		fprintf(stderr, "lwkt-bench compare: cannot read which CPUs are allowed; say "
		                "--generator-cpus and --device-cpus\n");
		return BENCH_FAILED;
	}
	rc = check("generator-cpus", &cc->cc_generator, &allowed);
	if (rc == BENCH_OK)
		rc = check("device-cpus", &cc->cc_device, &allowed);
	if (rc != BENCH_OK)
		return rc;
	if (cc->cc_generator.ul_n > CMP_GENPROC) {
		fprintf(stderr,
		    "lwkt-bench compare: --generator-cpus takes one, or one to send and one to "
		    "receive, not %u\n",
		    cc->cc_generator.ul_n);
		return BENCH_USAGE;
	}
	if (cc->cc_generator.ul_n == 0)
		choose(&cc->cc_generator, &cc->cc_device,
		    CPU_COUNT(&allowed) >= GENERATOR_TWO ? CMP_GENPROC : 1, &allowed);
	if (cc->cc_device.ul_n == 0)
		choose(&cc->cc_device, &cc->cc_generator, DEVICE_MOST, &allowed);
	find_shared(cc);
	list_main(cc, &allowed);
	return BENCH_OK;
}

void
cmp_cpus_lcores(
    const struct cmp_cpus *cc, const struct uint_list *cpus, unsigned int n, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "0@(%s)", cc->cc_main);

	for (unsigned int i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(
		    buf + used, size - used, ",%u@%u", i + 1, cpus->ul_value[i % cpus->ul_n]);
}

/* Numbers of a task's schedstat, if EAL calls it a worker. */
static bool
read_task(pid_t pid, const char *task, uint64_t *ran, uint64_t *waited)
{
	char path[320], comm[32] = "";
	bool whole = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", pid, task);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(comm, sizeof(comm), f) == NULL)
		comm[0] = '\0';
	fclose(f);
	if (strstr(comm, "worker") == NULL)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, task);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	whole = fscanf(f, "%" SCNu64 " %" SCNu64, ran, waited) == 2;
	fclose(f);
	return whole;
}

unsigned int
cmp_worker_times(pid_t pid, uint64_t *ran_ns, uint64_t *waited_ns)
{
	char path[64];
	unsigned int n = 0;
	const struct dirent *entry;
	DIR *dir;

	*ran_ns = *waited_ns = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		uint64_t ran, waited;

		if (entry->d_name[0] == '.' || !read_task(pid, entry->d_name, &ran, &waited))
			continue;
		*ran_ns += ran;
		*waited_ns += waited;
		n++;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}
