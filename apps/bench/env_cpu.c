/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env_cpu.h"

#define UNKNOWN   "unknown"
#define CACHE_MAX 16

/* The first line of a file of sysfs, without blanks around it. */
__attribute__((format(printf, 4, 5))) static bool
read_line(char *buf, size_t size, const char *sysfs, const char *fmt, ...)
{
	char path[512], line[256] = "";
	int used = snprintf(path, sizeof(path), "%s/devices/system/cpu/", sysfs);
	va_list ap;
	char *text;
	FILE *f;

	if (used >= (int)sizeof(path))
		return false;
	va_start(ap, fmt);
	vsnprintf(path + used, sizeof(path) - (size_t)used, fmt, ap);
	va_end(ap);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	text = line + strspn(line, " \t");
	snprintf(buf, size, "%.*s", (int)strcspn(text, " \t\n"), text);
	return true;
}

/*
 * Lists of CPUs
 */

void
cpulist_print(const cpu_set_t *cpus, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int first = 0, last; first < CPU_SETSIZE && used < size; first++) {
		if (!CPU_ISSET(first, cpus))
			continue;
		for (last = first; last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus);)
			last++;
		used +=
		    (size_t)snprintf(buf + used, size - used, "%s%d", used > 0 ? "," : "", first);
		if (last > first && used < size)
			used += (size_t)snprintf(buf + used, size - used, "-%d", last);
		first = last;
	}
}

int
cpulist_parse(const char *text, cpu_set_t *cpus)
{
	CPU_ZERO(cpus);
	if (*text == '\0' || strcmp(text, "(null)") == 0)
		return 0;
	for (;; text++) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text)
			return -EINVAL;
		if (*end == '-') {
			text = end + 1;
			last = strtoul(text, &end, 10);
		}
		if (end == text || last < first || last >= CPU_SETSIZE)
			return -EINVAL;
		for (unsigned long cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, cpus);
		if (*end == '\0')
			return 0;
		if (*end != ',')
			return -EINVAL;
		text = end;
	}
}

/*
 * Isolation
 */

/* How much of cpus is in the list. */
static const char *
env_cpu_share(const cpu_set_t *cpus, const char *list)
{
	cpu_set_t isolated, both;

	if (cpulist_parse(list, &isolated) < 0)
		return UNKNOWN;
	CPU_AND(&both, cpus, &isolated);
	if (CPU_COUNT(&both) == 0)
		return "none";
	return CPU_EQUAL(&both, cpus) ? "all" : "some";
}

/* The kernel's list in a file; "" if the list is empty. */
static void
read_list(const char *sysfs, const char *file, char *buf, size_t size)
{
	if (!read_line(buf, size, sysfs, "%s", file))
		snprintf(buf, size, UNKNOWN);
	else if (strcmp(buf, "(null)") == 0)
		buf[0] = '\0';
}

static void
env_cpu_isolation(const char *sysfs, const cpu_set_t *cpus, json_t *env)
{
	char list[256];

	read_list(sysfs, "nohz_full", list, sizeof(list));
	json_object_set_new(env, "nohz_full", json_string(list));
	read_list(sysfs, "isolated", list, sizeof(list));
	json_object_set_new(env, "isolated", json_string(list));
	json_object_set_new(env, "cpus_isolated", json_string(env_cpu_share(cpus, list)));
}

/*
 * Governor and caches
 */

/* Of all CPUs of the run; each of several once, with commas between. */
static void
env_cpu_governor(const char *sysfs, const cpu_set_t *cpus, json_t *env)
{
	char all[128] = "", one[32];

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		size_t used = strlen(all);

		if (!CPU_ISSET(cpu, cpus))
			continue;
		if (!read_line(one, sizeof(one), sysfs, "cpu%d/cpufreq/scaling_governor", cpu))
			snprintf(one, sizeof(one), UNKNOWN);
		if (strstr(all, one) == NULL)
			snprintf(all + used, sizeof(all) - used, "%s%s", used > 0 ? "," : "", one);
	}
	json_object_set_new(env, "governor", json_string(all[0] != '\0' ? all : UNKNOWN));
}

/* "32K" in bytes. */
static json_int_t
size_bytes(const char *text)
{
	char *unit;
	json_int_t n = strtoll(text, &unit, 10);

	if (*unit == 'K')
		return n << 10;
	return *unit == 'M' ? n << 20 : n;
}

/* A field of a cache, if the kernel says it: a number of bytes or levels, or text. */
static void
set_field(json_t *cache, const char *name, bool number, const char *sysfs, int cpu, int i,
    const char *file)
{
	char text[256];

	if (read_line(text, sizeof(text), sysfs, "cpu%d/cache/index%d/%s", cpu, i, file))
		json_object_set_new(
		    cache, name, number ? json_integer(size_bytes(text)) : json_string(text));
}

/* Of the first CPU of the run. */
static void
env_cpu_caches(const char *sysfs, const cpu_set_t *cpus, json_t *env)
{
	json_t *array = json_array();
	int cpu = 0;

	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, cpus))
		cpu++;
	for (int i = 0; i < CACHE_MAX; i++) {
		json_t *cache = json_object();

		set_field(cache, "level", true, sysfs, cpu, i, "level");
		set_field(cache, "type", false, sysfs, cpu, i, "type");
		set_field(cache, "size_bytes", true, sysfs, cpu, i, "size");
		set_field(cache, "line_bytes", true, sysfs, cpu, i, "coherency_line_size");
		set_field(cache, "cpus", false, sysfs, cpu, i, "shared_cpu_list");
		if (json_object_size(cache) > 0)
			json_array_append(array, cache);
		json_decref(cache);
	}
	json_object_set_new(env, "caches", array);
}

void
env_cpu(const char *sysfs, const cpu_set_t *cpus, json_t *env)
{
	char list[1024];

	cpulist_print(cpus, list, sizeof(list));
	json_object_set_new(env, "cpus", json_string(list));
	env_cpu_isolation(sysfs, cpus, env);
	env_cpu_governor(sysfs, cpus, env);
	env_cpu_caches(sysfs, cpus, env);
}
