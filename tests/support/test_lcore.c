/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions on other lcores. EAL's own launch and join are not built with the sanitizers, so the
 * flag jb_state orders what both sides see.
 */
#include <sched.h>
#include <stdio.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "test.h"

static struct {
	int (*jb_fn)(void *);
	void *jb_arg;
	int jb_rc;
	enum { JOB_NONE, JOB_GIVEN, JOB_DONE } jb_state; /* atomic */
} jobs[RTE_MAX_LCORE];

static int
run_job(void *arg)
{
	unsigned int lcore_id = rte_lcore_id();

	(void)arg;
	if (__atomic_load_n(&jobs[lcore_id].jb_state, __ATOMIC_ACQUIRE) != JOB_GIVEN)
		return -1;
	jobs[lcore_id].jb_rc = jobs[lcore_id].jb_fn(jobs[lcore_id].jb_arg);
	__atomic_store_n(&jobs[lcore_id].jb_state, JOB_DONE, __ATOMIC_RELEASE);
	return 0;
}

void
test_launch(unsigned int lcore_id, int (*fn)(void *), void *arg)
{
	jobs[lcore_id].jb_fn = fn;
	jobs[lcore_id].jb_arg = arg;
	__atomic_store_n(&jobs[lcore_id].jb_state, JOB_GIVEN, __ATOMIC_RELEASE);
	cr_assert_eq(rte_eal_remote_launch(run_job, NULL, lcore_id), 0);
}

int
test_join(unsigned int lcore_id)
{
	rte_eal_wait_lcore(lcore_id);
	cr_assert_eq(__atomic_load_n(&jobs[lcore_id].jb_state, __ATOMIC_ACQUIRE), JOB_DONE);
	return jobs[lcore_id].jb_rc;
}

void
test_relax(void)
{
	sched_yield();
}

static unsigned int failed; /* atomic */

void
test_check_failed(const char *file, int line, const char *cond)
{
	fprintf(stderr, "%s:%d: check failed: %s\n", file, line, cond);
	__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
}

unsigned int
test_checks_failed(void)
{
	return __atomic_load_n(&failed, __ATOMIC_RELAXED);
}
