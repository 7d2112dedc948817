/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel says of the CPUs of a run: caches, isolation, governor.
 */
#ifndef BENCH_ENV_CPU_H
#define BENCH_ENV_CPU_H

#include <sched.h>
#include <stddef.h>

#include <jansson.h>

/*
 * Put "cpus", "isolated", "nohz_full", "cpus_isolated", "governor" and "caches" into the object
 * env (docs/reference/bench-json.md says what they are).
 *
 * @param sysfs where sysfs is mounted: "/sys"
 * @param cpus the CPUs that the run may use
 */
void env_cpu(const char *sysfs, const cpu_set_t *cpus, json_t *env);

/* The set as the kernel writes it: "0-3,8". */
void cpulist_print(const cpu_set_t *cpus, char *buf, size_t size);

/* The kernel's text as a set. "" and "(null)" are the empty one. 0 or -EINVAL. */
int cpulist_parse(const char *text, cpu_set_t *cpus);

#endif /* BENCH_ENV_CPU_H */
