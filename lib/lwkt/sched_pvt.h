/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: a CPU's scheduler, the stacks of its threads, and where threads sleep.
 */
#ifndef LWKT_SCHED_PVT_H
#define LWKT_SCHED_PVT_H

#include <stdalign.h>

#include <rte_spinlock.h>

#include "lwkt_thread.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#endif
#ifndef FIBER_ASAN
#define FIBER_ASAN 0
#endif
#ifndef FIBER_TSAN
#define FIBER_TSAN 0
#endif

struct lwkt_cpu;
struct lwkt_callout;

TAILQ_HEAD(thread_queue, lwkt_thread);

/* Only its own CPU reads and writes it. */
struct sched {
	uint32_t sc_mask;         /* a bit for each queue that has somebody */
	unsigned int sc_switches; /* counted, so that transit is served now and then */
	unsigned int *sc_told;    /* lwkt_sched_tell(); never NULL */
	unsigned int sc_nobody;   /* where it points if nobody wants to be told */
	struct lwkt_thread
	    *sc_left; /* has ended, or goes to another CPU; its stack was left just now */
	struct thread_queue sc_queue[LWKT_PRI_MAX + 1];
};

/* A CPU's callouts (wheel.c); only its own CPU reads and writes it. */
#define WHEEL_CIRCLES 4
#define WHEEL_SLOTS   256

LIST_HEAD(callouts, lwkt_callout);

struct wheel {
	uint64_t wh_armed;     /* how many */
	unsigned int wh_shift; /* constant: a tick is 2^this cycles */
	bool wh_runs;          /* functions are being run */
	uint64_t wh_tick;      /* all before this one have been run */
	uint64_t
	    wh_mask[WHEEL_SLOTS / 64]; /* the first circle's slots that have something, or had */
	struct callouts wh_slot[WHEEL_CIRCLES][WHEEL_SLOTS];
};

/*
 * The memory of a CPU's threads, on its node. Anybody takes from it and puts back, under the lock
 * (E26): threads are made for other CPUs, and released by whoever lets go last.
 */
struct pool {
	alignas(64) rte_spinlock_t po_lock;
	struct thread_queue po_all;  /* those that have not ended */
	struct thread_queue po_free; /* structures; by td_all */
	void **po_stack;             /* the default ones that are free; the last one is next */
	unsigned int po_nstacks, po_stacks_max;
	struct slab *po_slabs;
	void *po_sigstack; /* the CPU's, for who has overflowed; owner-written */
};

/* sched.c */

void sched_init(struct lwkt_cpu *cpu);

/* lwkt_thread_ready() from anywhere and for any CPU. */
void sched_kick(struct lwkt_thread *td);

/* The calling thread has ended; whoever runs next calls left(td), on another stack. */
__attribute__((noreturn)) void sched_leave(void (*left)(void *td));

/* The calling thread goes on there: this returns on that CPU. */
void sched_move(struct lwkt_cpu *to);

/* The first on a new stack: that of td, on that CPU. */
void sched_begin(struct lwkt_thread *td, struct lwkt_cpu *cpu);

/* create.c: the first function on a new stack; arg as lwkt_context_switch() returns it. */
__attribute__((noreturn, visibility("hidden"))) void lwkt_thread_main(
    struct lwkt_thread *td, void *arg);

/* stack.c */

void pool_init(struct pool *po);
void pool_fini(struct pool *po);
/* Structure and stack; NULL: no memory. Under no lock. */
struct lwkt_thread *pool_get(struct lwkt_cpu *cpu, size_t stack_bytes);
void pool_put_stack(struct lwkt_cpu *cpu, struct lwkt_thread *td);
void pool_put(struct lwkt_cpu *cpu, struct lwkt_thread *td);
/* A thread of that CPU runs for the first time: name whose stack overflows from now on. */
void stack_watch(struct lwkt_cpu *cpu);

/* wheel.c */

void wheel_init(struct wheel *wh);
/* A callout of that tick, which is in co_tick; and all that are due at this one. */
void wheel_add(struct wheel *wh, struct lwkt_callout *co);
unsigned int wheel_run(struct wheel *wh, uint64_t now);
/* Those that are due; returns how many. */
unsigned int callouts_run(struct lwkt_cpu *cpu);
/* Arm one that is not, on the calling CPU; its function is there. */
void callout_arm(struct lwkt_cpu *cpu, struct lwkt_callout *co, uint64_t tsc);
/* The calling CPU's, which is armed. */
void callout_disarm(struct wheel *wh, struct lwkt_callout *co);
uint64_t ns_to_tsc(uint64_t ns);

/* sleepq.c: the calling thread, or one that will never run again, is on no queue any more. */
void sleepq_forget(struct lwkt_thread *td);

/* switch_<arch>.S */
void *lwkt_context_switch(void **save, void *to, void *arg) __attribute__((visibility("hidden")));
void lwkt_context_start(void) __attribute__((visibility("hidden")));

#endif /* LWKT_SCHED_PVT_H */
