/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread contexts: a CPU's own, and those of attached pthreads.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cpu_pvt.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* the same number on every architecture */
#endif

struct lwkt_gather *const no_gather[RTE_MAX_LCORE];
__thread struct lwkt_self lwkt_self = {NULL, NULL, no_gather, LWKT_CPU_NONE, NULL};

void
thread_init(struct lwkt_thread *td, unsigned int cpuid, const char *name)
{
	td->td_cpuid = cpuid;
	snprintf(td->td_name, sizeof(td->td_name), "%s", name);
	if (upcalls != NULL)
		upcalls->up_thread_init(td);
}

unsigned int
lwkt_mycpuid(void)
{
	return lwkt_self.se_cpuid;
}

struct lwkt_thread *
lwkt_curthread(void)
{
	return lwkt_self.se_td;
}

unsigned int
lwkt_thread_cpuid(const struct lwkt_thread *td)
{
	return td->td_cpuid;
}

const char *
lwkt_thread_name(const struct lwkt_thread *td)
{
	return td->td_name;
}

struct lwkt_port *
lwkt_thread_port(struct lwkt_thread *td)
{
	return &td->td_msgport;
}

int
lwkt_attach(const char *name)
{
	struct lwkt_thread *td;

	if (name == NULL || lwkt_self.se_cpu != NULL)
		return -EINVAL;
	if (lwkt_self.se_td != NULL)
		return -EALREADY;
	td = aligned_alloc(alignof(struct lwkt_thread), sizeof(*td));
	if (td == NULL)
		return -ENOMEM;
	memset(td, 0, sizeof(*td));
	thread_init(td, LWKT_CPU_NONE, name);
	lwkt_self.se_td = td;
	return 0;
}

void
lwkt_detach(void)
{
	if (lwkt_self.se_cpu != NULL)
		return;
	free(lwkt_self.se_td);
	lwkt_self.se_td = NULL;
}

void
lwkt_interrupt(struct lwkt_thread *td)
{
	__atomic_store_n(&td->td_intr, 1, __ATOMIC_RELEASE); /* E9 */
	if (td->td_cpuid == LWKT_CPU_NONE)
		lwkt_futex_wake(&td->td_intr);
}

bool
lwkt_interrupted(void)
{
	struct lwkt_thread *td = lwkt_self.se_td;

	return td != NULL && __atomic_load_n(&td->td_intr, __ATOMIC_RELAXED) != 0 &&
	       __atomic_exchange_n(&td->td_intr, 0, __ATOMIC_ACQUIRE) != 0; /* E9 */
}

/*
 * Sleeping. An interruptible sleeper waits for two words at once. Kernels before 5.16 cannot: there
 * it looks at the second word every 10 ms. Each sleep ends after a little more than a
 * second, when lwkt_patience_due() is sure to be true: nobody waits without a word.
 */

#define NS_PER_MS 1000000
#define SLEEP_MS  1010

static bool
wait_for_two(int *word, int value, int *intr)
{
	struct timespec end;
	struct futex_waitv words[2] = {
	    {.uaddr = (uintptr_t)word,
	        .val = (unsigned int)value,
	        .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
	    {.uaddr = (uintptr_t)intr, .val = 0, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
	};

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += SLEEP_MS % 1000 * NS_PER_MS;
	end.tv_sec += SLEEP_MS / 1000 + end.tv_nsec / (1000 * NS_PER_MS);
	end.tv_nsec %= 1000 * NS_PER_MS;
	return syscall(SYS_futex_waitv, words, 2, 0, &end, CLOCK_MONOTONIC) >= 0 ||
	       (errno != ENOSYS && errno != EPERM);
}

void
lwkt_futex_wait(int *word, int value, bool interruptible)
{
	const struct timespec look_again = {.tv_nsec = 10 * NS_PER_MS};
	const struct timespec second = {
	    .tv_sec = SLEEP_MS / 1000, .tv_nsec = SLEEP_MS % 1000 * NS_PER_MS};
	struct lwkt_thread *td = lwkt_self.se_td;
	bool two = interruptible && td != NULL;

	if (two && wait_for_two(word, value, &td->td_intr))
		return;
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, two ? &look_again : &second, NULL, 0);
}

void
lwkt_futex_wake(int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
