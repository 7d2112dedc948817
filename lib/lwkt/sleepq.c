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

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

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
#define NS_PER_S  1000000000
#define SLEEP_MS  1010

static bool
wait_for_two(int *word, int value, int *intr, uint64_t ns)
{
	struct timespec end;
	struct futex_waitv words[2] = {
	    {.uaddr = (uintptr_t)word,
	        .val = (unsigned int)value,
	        .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
	    {.uaddr = (uintptr_t)intr, .val = 0, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
	};

	clock_gettime(CLOCK_MONOTONIC, &end);
	ns += (uint64_t)end.tv_nsec;
	end.tv_sec += (time_t)(ns / NS_PER_S);
	end.tv_nsec = (long)(ns % NS_PER_S);
	return syscall(SYS_futex_waitv, words, 2, 0, &end, CLOCK_MONOTONIC) >= 0 ||
	       (errno != ENOSYS && errno != EPERM);
}

/* How long a sleep may last: not longer than a timed wait has left. */
static uint64_t
sleep_ns(const struct lwkt_thread *td, uint64_t most)
{
	uint64_t now = rte_rdtsc(), left_us;

	if (td == NULL || td->td_until == 0)
		return most;
	if (td->td_until <= now)
		return 0;
	left_us = (td->td_until - now) / RTE_MAX(rte_get_tsc_hz() / 1000000, UINT64_C(1)) + 1;
	return RTE_MIN(left_us * 1000, most);
}

static void
pthread_wait(int *word, int value, bool interruptible)
{
	struct lwkt_thread *td = lwkt_self.se_td;
	bool two = interruptible && td != NULL;
	uint64_t ns = sleep_ns(td, (uint64_t)SLEEP_MS * NS_PER_MS);
	struct timespec timeout;

	if (two && wait_for_two(word, value, &td->td_intr, ns))
		return;
	if (two)
		ns = RTE_MIN(ns, UINT64_C(10) * NS_PER_MS);
	timeout =
	    (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &timeout, NULL, 0);
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
	__atomic_store_n(&td->td_ident, ident, __ATOMIC_RELAXED);
	__atomic_store_n(&td->td_asleep, 1, __ATOMIC_RELAXED);
	TAILQ_INSERT_TAIL(&sq->sq_threads, td, td_sleepq);
}

static void
sleepq_remove(struct sleepq *sq, struct lwkt_thread *td)
{
	__atomic_store_n(&td->td_ident, NULL, __ATOMIC_RELAXED);
	TAILQ_REMOVE(&sq->sq_threads, td, td_sleepq);
	__atomic_store_n(&td->td_asleep, 0, __ATOMIC_RELEASE); /* E23 */
}

/* The thread itself puts it on a queue, a waker takes it off; so what is not NULL is the queue. */
void
sleepq_forget(struct lwkt_thread *td)
{
	const volatile void *ident = __atomic_load_n(&td->td_ident, __ATOMIC_RELAXED);
	struct sleepq *sq = queue_of(ident);

	if (likely(ident == NULL))
		return;
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	if (td->td_ident != NULL)
		sleepq_remove(sq, td);
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
}

static void
light_wait(int *word, int value, bool interruptible)
{
	struct sleepq *sq = queue_of(word);
	struct lwkt_thread *td = lwkt_self.se_td;

	lwkt_sched_require("lwkt_futex_wait");
	/* An interlock that no sleep has followed ends here. */
	sleepq_forget(td);
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

/* A CPU's own context looks; a pthread may be gone afterwards: the word's address only. */
static void
sleepq_wake_one(struct sleepq *sq, struct lwkt_thread *td)
{
	int *word = &td->td_asleep;
	bool pthread = td->td_kind == LWKT_THREAD_PTHREAD;

	if (td->td_kind == LWKT_THREAD_LIGHT)
		lwkt_hold(td); /* it may go on, and end, before the kick */
	if (td->td_kind != LWKT_THREAD_LIGHT) {
		unsigned int cpuid = td->td_cpuid;

		sleepq_remove(sq, td);
		if (pthread)
			syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
		else
			lwkt_wake(cpuid);
		return;
	}
	sleepq_remove(sq, td);
	sched_kick(td);
	lwkt_rele(td);
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
		sleepq_wake_one(sq, td);
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

/*
 * By any address
 */

static struct lwkt_thread *
sleeper(const char *call)
{
	if (lwkt_self.se_td == NULL)
		lwkt_panic(
		    "%s: the calling thread has no context; lwkt_attach() gives it one", call);
	return lwkt_self.se_td;
}

void
lwkt_wait_until(const char *call, uint64_t tsc)
{
	sleeper(call)->td_until = tsc;
}

void
lwkt_tsleep_interlock(const volatile void *ident)
{
	struct lwkt_thread *td = sleeper("lwkt_tsleep_interlock");
	struct sleepq *sq = queue_of(ident);

	sleepq_forget(td);
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	sleepq_add(sq, td, ident);
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
}

/* Until woken, interrupted or late: EINTR or EWOULDBLOCK; the last turn may have woken it too. */
static int
tsleep_wait(struct lwkt_thread *td, bool catch, const char *wmesg)
{
	unsigned int turn = 0;

	while (__atomic_load_n(&td->td_asleep, __ATOMIC_ACQUIRE)) { /* E23 */
		if (catch && lwkt_interrupted())
			return EINTR;
		if (lwkt_wait_late())
			return EWOULDBLOCK;
		if (td->td_kind == LWKT_THREAD_LIGHT)
			lwkt_thread_block(wmesg);
		else if (td->td_kind == LWKT_THREAD_CPU)
			lwkt_transit_turn(turn++);
		else
			pthread_wait(&td->td_asleep, 1, catch);
	}
	return 0;
}

/* Woken already, or on the queue of this address. */
static void
tsleep_require(const struct lwkt_thread *td, const volatile void *ident)
{
	const volatile void *queued = __atomic_load_n(&td->td_ident, __ATOMIC_RELAXED);

	if (unlikely(queued != NULL && queued != ident))
		lwkt_panic("lwkt_tsleep: thread %s sleeps on %p, and its interlock is on %p",
		    td->td_name, ident, queued);
}

int
lwkt_tsleep(const volatile void *ident, int flags, const char *wmesg, uint64_t timeout_ns)
{
	struct lwkt_thread *td = sleeper("lwkt_tsleep");
	struct sleepq *sq = queue_of(ident);
	int error;

	lwkt_may_wait("lwkt_tsleep");
	if (!(flags & LWKT_PINTERLOCKED))
		lwkt_tsleep_interlock(ident);
	tsleep_require(td, ident);
	td->td_until = timeout_ns != 0 ? rte_rdtsc() + ns_to_tsc(timeout_ns) : 0;
	error = tsleep_wait(td, flags & LWKT_PCATCH, wmesg);
	td->td_until = 0;
	if (error == 0)
		return 0;
	rte_spinlock_lock(&sq->sq_lock); /* E23 */
	if (td->td_ident != NULL)
		sleepq_remove(sq, td);
	else
		error = 0;                 /* woken at the same time, which must not be lost */
	rte_spinlock_unlock(&sq->sq_lock); /* E23 */
	return error;
}

void
lwkt_wakeup(const volatile void *ident)
{
	sleepq_wake(ident, UINT_MAX);
}

void
lwkt_wakeup_one(const volatile void *ident)
{
	sleepq_wake(ident, 1);
}

void
lwkt_interrupt(struct lwkt_thread *td)
{
	__atomic_store_n(&td->td_intr, 1, __ATOMIC_RELEASE); /* E9 */
	if (td->td_kind == LWKT_THREAD_LIGHT)
		sched_kick(td);
	else if (td->td_kind == LWKT_THREAD_PTHREAD) /* it sleeps on this word too */
		syscall(SYS_futex, &td->td_intr, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
