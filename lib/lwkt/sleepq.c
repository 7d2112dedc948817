/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where threads sleep: hashed queues by address, of LWKT threads and of pthreads.
 *
 *      who sleeps, under the queue's lock (E23)     who wakes
 *        the word still is what was seen?             change the word
 *        LWKT thread: be on the queue                 lock: take LWKT threads off, kick each
 *        pthread: be counted                                are pthreads counted?
 *      unlock; switch, or FUTEX_WAIT                  unlock; FUTEX_WAKE if so
 *
 * One of the two has the lock first. If it is the waker, the sleeper sees the changed word by the
 * lock's edge. If it is the sleeper, the waker finds it. So no wakeup is lost, and the kernel is
 * asked only when a pthread sleeps.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cpu_pvt.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* the same number on every architecture */
#endif

#define QUEUES 256 /* a power of two */

static struct sleepq {
	alignas(64) rte_spinlock_t sq_lock; /* E23 */
	unsigned int sq_pthreads;           /* in FUTEX_WAIT, or about to */
	struct thread_queue sq_threads;     /* LWKT threads, first come first */
} queues[QUEUES];

RTE_INIT(sleepq_init)
{
	for (unsigned int i = 0; i < QUEUES; i++) {
		rte_spinlock_init(&queues[i].sq_lock);
		TAILQ_INIT(&queues[i].sq_threads);
	}
}

static struct sleepq *
queue_of(const volatile void *ident)
{
	uint64_t hash = (uintptr_t)ident * UINT64_C(0x9e3779b97f4a7c15);

	return &queues[hash >> (64 - 8)];
}

/*
 * In the kernel. An interruptible sleeper waits for two words at once. Kernels before 5.16 cannot:
 * there it looks at the second word every 10 ms. Each sleep ends after a little more than a
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

static void
pthread_wait(int *word, int value, bool interruptible)
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

/*
 * On a queue
 */

static inline bool
word_is(const int *word, int value)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED) == value; /* the lock orders it (E23) */
}

static void
sleepq_add(struct sleepq *sq, struct lwkt_thread *td, const volatile void *ident)
{
	td->td_ident = ident;
	__atomic_store_n(&td->td_asleep, 1, __ATOMIC_RELAXED);
	TAILQ_INSERT_TAIL(&sq->sq_threads, td, td_sleepq);
}

static void
sleepq_remove(struct sleepq *sq, struct lwkt_thread *td)
{
	td->td_ident = NULL;
	TAILQ_REMOVE(&sq->sq_threads, td, td_sleepq);
	__atomic_store_n(&td->td_asleep, 0, __ATOMIC_RELEASE); /* E23 */
}

static void
light_wait(int *word, int value, bool interruptible)
{
	struct sleepq *sq = queue_of(word);
	struct lwkt_thread *td = lwkt_self.se_td;

	lwkt_sched_require("lwkt_futex_wait");
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	if (!word_is(word, value) ||
	    (interruptible && __atomic_load_n(&td->td_intr, __ATOMIC_RELAXED) != 0)) {
		rte_spinlock_unlock(&sq->sq_lock); /* E23 */
		return;
	}
	sleepq_add(sq, td, word);
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
	lwkt_thread_block("lwkt_futex_wait");
	if (!__atomic_load_n(&td->td_asleep, __ATOMIC_ACQUIRE)) /* E23 */
		return;
	rte_spinlock_lock(&sq->sq_lock); /* E23; interrupted, or kicked for no reason */
	if (td->td_ident != NULL)
		sleepq_remove(sq, td);
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
}

void
lwkt_futex_wait(int *word, int value, bool interruptible)
{
	struct sleepq *sq = queue_of(word);

	if (lwkt_self.se_cpu != NULL) {
		light_wait(word, value, interruptible);
		return;
	}
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	if (!word_is(word, value)) {
		rte_spinlock_unlock(&sq->sq_lock); /* E23 */
		return;
	}
	sq->sq_pthreads++;
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
	pthread_wait(word, value, interruptible);
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	sq->sq_pthreads--;
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
}

/* Take sleepers off and let them go on. Returns whether pthreads may sleep here. */
static bool
sleepq_wake(const volatile void *ident, unsigned int most)
{
	struct sleepq *sq = queue_of(ident);
	struct lwkt_thread *td, *next;
	bool pthreads;

	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	pthreads = sq->sq_pthreads > 0;
	for (td = TAILQ_FIRST(&sq->sq_threads); td != NULL && most > 0; td = next) {
		next = TAILQ_NEXT(td, td_sleepq);
		if (td->td_ident != ident)
			continue;
		lwkt_hold(td); /* it may go on, and end, before the kick */
		sleepq_remove(sq, td);
		sched_kick(td);
		lwkt_rele(td);
		most--;
	}
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
	return pthreads;
}

void
lwkt_futex_wake(int *word)
{
	if (sleepq_wake(word, UINT_MAX))
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
