/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the report says of the CPUs, from a sysfs of our own making.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "env_cpu.h"

static char root[32];

static void
put(const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/devices/system/cpu/%s", root, file);
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

static json_t *
env_of(const char *cpus)
{
	json_t *env = json_object();
	cpu_set_t set;

	cr_assert_eq(cpulist_parse(cpus, &set), 0);
	env_cpu(root, &set, env);
	return env;
}

static void
make_root(void)
{
	snprintf(root, sizeof(root), "/tmp/lwkt-env-XXXXXX");
	cr_assert_not_null(mkdtemp(root));
}

static void
remove_root(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

static void
is(const json_t *env, const char *field, const char *text)
{
	cr_assert_str_eq(json_string_value(json_object_get(env, field)), text, "%s", field);
}

Test(env_cpu, lists_of_cpus)
{
	static const struct {
		const char *text, *again;
		int count;
	} good[] = {{"", "", 0}, {"(null)", "", 0}, {"0", "0", 1}, {"0-3,8", "0-3,8", 5},
	    {"1,2,3,10-11", "1-3,10-11", 5}, {"1023", "1023", 1}};
	static const char *const bad[] = {
	    "x", "1,", "1-", "3-1", "1024", "0-9999", "1;2", ",", "-1"};
	char text[64];
	cpu_set_t set;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(cpulist_parse(good[i].text, &set), 0, "%s", good[i].text);
		cr_expect_eq(CPU_COUNT(&set), good[i].count, "%s", good[i].text);
		cpulist_print(&set, text, sizeof(text));
		cr_expect_str_eq(text, good[i].again);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(cpulist_parse(bad[i], &set), -EINVAL, "'%s'", bad[i]);
	/* More than there is room for: cut off, and nothing beyond. */
	cr_assert_eq(cpulist_parse("0,2,4,6,8,10,12,14", &set), 0);
	memset(text, '#', sizeof(text));
	cpulist_print(&set, text, 8);
	cr_expect_eq(text[7], '\0');
	cr_expect_eq(text[8], '#');
}

Test(env_cpu, isolation_of_the_cpus_of_the_run)
{
	static const struct {
		const char *isolated, *share;
	} cases[] = {{"2-3\n", "all"}, {"1-2\n", "some"}, {"4-7\n", "none"}, {"\n", "none"},
	    {"garbage\n", "unknown"}};

	make_root();
	put("nohz_full", "  (null)\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *env;

		put("isolated", cases[i].isolated);
		env = env_of("2-3");
		is(env, "cpus", "2-3");
		is(env, "cpus_isolated", cases[i].share);
		is(env, "nohz_full", "");
		cr_expect_eq(strncmp(json_string_value(json_object_get(env, "isolated")),
		                 cases[i].isolated, strlen(cases[i].isolated) - 1),
		    0);
		json_decref(env);
	}
	remove_root();
}

Test(env_cpu, governor_of_each_cpu_of_the_run)
{
	json_t *env;

	make_root();
	put("cpu0/cpufreq/scaling_governor", "powersave\n");
	put("cpu1/cpufreq/scaling_governor", "performance\n");
	put("cpu2/cpufreq/scaling_governor", "performance\n");
	env = env_of("1-2");
	is(env, "governor", "performance");
	json_decref(env);
	env = env_of("0-3");
	is(env, "governor", "powersave,performance,unknown");
	json_decref(env);
	remove_root();
}

Test(env_cpu, caches_of_the_first_cpu)
{
	const json_t *caches, *l3;
	json_t *env;

	make_root();
	put("cpu5/cache/index0/level", "1\n");
	put("cpu5/cache/index0/type", "Data\n");
	put("cpu5/cache/index0/size", "48K\n");
	put("cpu5/cache/index0/coherency_line_size", "64\n");
	put("cpu5/cache/index0/shared_cpu_list", "1,5\n");
	put("cpu5/cache/index1/level", "3\n");
	put("cpu5/cache/index1/size", "32M\n");
	put("cpu6/cache/index0/size", "1K\n");
	env = env_of("5-6");
	caches = json_object_get(env, "caches");
	cr_assert_eq(json_array_size(caches), 2);
	is(json_array_get(caches, 0), "type", "Data");
	is(json_array_get(caches, 0), "cpus", "1,5");
	l3 = json_array_get(caches, 1);
	cr_expect_eq(json_integer_value(json_object_get(l3, "size_bytes")), 32 << 20);
	cr_expect_eq(json_integer_value(json_object_get(l3, "level")), 3);
	cr_expect_null(json_object_get(l3, "line_bytes"));
	json_decref(env);
	remove_root();
}

Test(env_cpu, a_kernel_that_says_nothing)
{
	json_t *env;

	make_root();
	env = env_of("0");
	is(env, "isolated", "unknown");
	is(env, "nohz_full", "unknown");
	is(env, "cpus_isolated", "unknown");
	is(env, "governor", "unknown");
	cr_expect_eq(json_array_size(json_object_get(env, "caches")), 0);
	json_decref(env);
	remove_root();
}
