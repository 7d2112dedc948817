/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread: whoever owns a port. A CPU's own context (its lcore's function), an attached pthread
 * (lwkt_attach()), or an LWKT thread: one of many light threads that share a CPU (contract L).
 *
 * A CPU runs one thread at a time and switches only where the running one asks for it: in a call
 * that has to wait, in lwkt_yield() and lwkt_switch(), and at its end. Nothing is preempted. Of
 * those that can run the one with the highest priority does, first come first served. While none
 * can, the CPU's own context serves transit. So the own context has to be in the library now and
 * then: in any call that waits, or in lwkt_yield(). A whole program for a CPU is
 *
 *      while (!stop)
 *              lwkt_yield();
 *
 * A thread is CPU-bound: it runs on the CPU it was made for, until lwkt_migratecpu().
 *
 * Who may call what:
 *
 *   function                            from                            blocks
 *   lwkt_create, hold, rele, schedule   any thread, for any CPU         no
 *   lwkt_yield, switch                  a CPU's threads                 switches
 *   lwkt_exit                           an LWKT thread                  ends it
 *   lwkt_join, tsleep                   any thread                      yes
 *   lwkt_wakeup, wakeup_one, interrupt  any thread                      no
 *   lwkt_setpri                         a CPU's threads, for its own    no
 *
 * None of those that block or switch may be called from a transit callback, a receipt or a stage's
 * handler: that stops the program (L105).
 *
 * Registers: a switch keeps those that the ABI has a function keep. The modes of the floating point
 * unit (MXCSR and the x87 control word; FPCR) are the CPU's, not the thread's: who changes them puts
 * them back before it waits.
 */
#ifndef LWKT_THREAD_H
#define LWKT_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include <lwkt_callout.h>
#include <lwkt_msgport_types.h>
#include <lwkt_transit.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_THREAD_NAME_BYTES 16

/** Priorities: 0 to this, the highest goes first. */
#define LWKT_PRI_MAX 31
/** What a thread has that was given none, and a CPU's own context. */
#define LWKT_PRI_DEFAULT 16

/** Of a stack, reserved; memory is taken as it is touched. */
#define LWKT_STACK_BYTES 65536

/** For lwkt_create(): the thread waits for lwkt_schedule(). */
#define TDF_NOSTART 0x0001

/* What kind of thread it is; td_kind. */
enum lwkt_thread_kind { LWKT_THREAD_CPU, LWKT_THREAD_PTHREAD, LWKT_THREAD_LIGHT };

/** What a thread does. */
enum lwkt_thread_state {
	LWKT_THREAD_RUNNING,
	LWKT_THREAD_RUNNABLE,
	LWKT_THREAD_WAITING,
	LWKT_THREAD_ENDED,
};

struct lwkt_thread {
	/* The port that it embeds: a thread port on a CPU, a spin port of a pthread. */
	struct lwkt_port td_msgport;

	/*
	 * Of the library alone. All that a switch and a wait need is one cache line, its CPU's; it
	 * follows the port's lines, so that who delivers to the port can send for it.
	 */
	uint8_t td_state; /* atomic, relaxed: enum lwkt_thread_state */
	uint8_t td_pri;   /* atomic, relaxed */
	uint8_t td_level; /* the run queue that it is on */
	uint8_t td_kind;  /* constant: enum lwkt_thread_kind */
	int td_waits;     /* constant: what lwkt_domsg() sets, lwkt_self.se_waits while it runs */
	void *td_sp;      /* while it does not run */
	TAILQ_ENTRY(lwkt_thread) td_runq;
	const char *td_wmesg;            /* atomic, relaxed: the call that waits; NULL: none */
	const struct lwkt_msg *td_reply; /* waits for this one to be done; NULL: for any message */
	uint64_t td_until;               /* TSC: of a timed wait; 0: none. Its own thread's */

	/* Its CPU's too, and colder: */
	struct lwkt_callout td_late;    /* ends a wait at td_until */
	void *td_fake_stack, *td_fiber; /* the sanitizers' */

	/* Constant once the thread is made: */
	char td_name[LWKT_THREAD_NAME_BYTES];
	void (*td_func)(void *arg);
	void *td_arg;
	char *td_stack; /* lowest usable byte; NULL: the OS's */
	size_t td_stack_bytes;

	/* Anybody's: */
	unsigned int td_cpuid;  /* atomic (E24): LWKT_CPU_NONE for a pthread */
	unsigned int td_goes;   /* its own CPU's: where it goes (lwkt_migratecpu()) */
	unsigned int td_home;   /* constant: the CPU whose pool it is from */
	void *td_service;       /* atomic (E28): of a CPU's own context (lwkt_netisr.h) */
	int td_intr;            /* atomic (E9), futex: lwkt_interrupt() was called */
	unsigned int td_awaits; /* atomic, relaxed: lcore id + 1 of the CPU long waited for, or 0 */
	unsigned int td_refs;   /* atomic (E25) */
	int td_ended;           /* atomic (E25), futex: enum in create.c */
	int td_kicked;          /* atomic (E24): td_kick is under way */
	struct lwkt_note td_kick;
	TAILQ_ENTRY(lwkt_thread) td_all; /* of its CPU's, under its pool's lock */

	/* Under the lock of its sleep queue: */
	const volatile void *td_ident; /* atomic, relaxed: its own thread looks without the lock */
	int td_asleep;                 /* atomic (E23), futex: 1 until somebody has woken it */
	TAILQ_ENTRY(lwkt_thread) td_sleepq;
};

typedef struct lwkt_thread lwkt_thread;
typedef struct lwkt_thread *lwkt_thread_t;

/** What lwkt_thread_foreach() tells of a thread, as it was a moment ago. */
struct lwkt_thread_info {
	const struct lwkt_thread *ti_thread;
	char ti_name[LWKT_THREAD_NAME_BYTES];
	unsigned int ti_cpuid;
	unsigned int ti_pri;
	enum lwkt_thread_state ti_state;
	const char *ti_wmesg;  /**< the call that waits, or tsleep()'s text; NULL: none */
	size_t ti_stack_bytes; /**< reserved; 0: a CPU's own context */
};

/** @name Life
 * @{ */

/**
 * Make an LWKT thread. It runs func(arg) on its CPU as soon as it is its turn, and ends when func
 * returns or calls lwkt_exit(). Its embedded port, td_msgport, is a thread port of its own.
 *
 * @param func      what it runs.
 * @param arg       given to func.
 * @param tdp       gets the thread, before it runs; the caller holds it then, until lwkt_join() or
 *                  lwkt_rele(). NULL: it is on its own.
 * @param tmpl      made by lwkt_thread_template(): priority and stack size; NULL: the defaults.
 * @param tdflags   TDF_NOSTART or 0.
 * @param cpu       the lcore it belongs to; -1: the calling CPU.
 * @param fmt       its name, as printf()'s; 15 bytes are kept.
 * @return 0; EINVAL: cpu is none; ENOMEM. Positive, as DragonFly's.
 * Context: any thread; may allocate, does not block. On a CPU it switches to nobody.
 * Ordering: releases E24 and E1 (E2 from a pthread), so the thread sees what the caller wrote.
 * Source: lwkt_create(), kern/lwkt_thread.c; there the template is the memory for the thread.
 */
__attribute__((format(printf, 7, 8))) int lwkt_create(void (*func)(void *arg), void *arg,
    struct lwkt_thread **tdp, struct lwkt_thread *tmpl, int tdflags, int cpu, const char *fmt, ...);

/**
 * Fill in what lwkt_create() takes from a template.
 *
 * @param td           memory for it; only to be given to lwkt_create().
 * @param pri          0 to LWKT_PRI_MAX, larger ones count as that.
 * @param stack_bytes  to reserve, rounded up to pages; 0: LWKT_STACK_BYTES.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
void lwkt_thread_template(struct lwkt_thread *td, unsigned int pri, size_t stack_bytes);

/**
 * End the calling thread. Messages that are still on its embedded port, or come later, stop the
 * program in builds with invariants; in others requests are replied with ECANCELED (L110).
 *
 * Context: an LWKT thread, else the program stops. Ordering: releases E25.
 * Source: lwkt_exit(), kern/lwkt_thread.c.
 */
__attribute__((noreturn)) void lwkt_exit(void);

/**
 * Go on, on another CPU. td_msgport and all that is on it or under way to it come along; no message
 * is lost, and each sender's stay in their order. Another thread port of this thread's stays where
 * it is: do not use it any more. Callouts stay, too.
 *
 * What the C library or the compiler keeps of the OS thread is another one's afterwards: do not
 * keep &errno, rte_lcore_id() or the address of a __thread variable across the call.
 *
 * @param cpuid  an lcore that is a CPU; the calling one: nothing happens.
 * Context: an LWKT thread, where it may wait; others stop the program. It runs there as soon as it is
 * its turn. Ordering: what it wrote before it sees afterwards (E24, E1).
 * Source: lwkt_migratecpu(), kern/lwkt_thread.c.
 */
void lwkt_migratecpu(int cpuid);

/**
 * Keep a thread's structure: it may be looked at, and sent to, until lwkt_rele().
 *
 * @param td  one that is held already, or the calling one.
 * Context: any thread, does not block. Ordering: none. Source: lwkt_hold(), kern/lwkt_thread.c.
 */
void lwkt_hold(struct lwkt_thread *td);

/**
 * Let go of it.
 *
 * @param td  held by the caller, who does not use it any more.
 * Context: any thread, does not block. Ordering: releases E25, and acquires it if it was the last.
 * Source: lwkt_rele(), kern/lwkt_thread.c.
 */
void lwkt_rele(struct lwkt_thread *td);

/**
 * Wait until a thread has ended, and let go of it. Its stack is in use no more then.
 *
 * @param td  an LWKT thread that the caller holds; the caller itself stops the program.
 * @return 0; -EINVAL: it is a CPU's own context or a pthread.
 * Context: any thread; blocks. Ordering: acquires E25. Source: ours; pthread_join().
 */
int lwkt_join(struct lwkt_thread *td);

/**
 * Tell of each thread: the CPUs' own contexts and the LWKT threads that have not ended.
 *
 * @param fn   called for each; returns soon and calls nothing that takes or makes threads.
 * @param arg  given to fn.
 * @return how many there were.
 * Context: any thread; waits for others that make or end threads. Ordering: none, what it tells may
 * be old. Source: ours, for allproc and its like.
 */
int lwkt_thread_foreach(void (*fn)(const struct lwkt_thread_info *, void *), void *arg);
/** @} */

/** @name Sleeping
 * By an address that both sides know. Between the sleeper's look at what it waits for and its sleep
 * a waker on another CPU may come; where that matters:
 *
 *      lwkt_tsleep_interlock(ident);
 *      if (nothing there)
 *              lwkt_tsleep(ident, LWKT_PINTERLOCKED, "waits", 0);
 *
 * An interlock that no sleep follows ends with the next one, with any other wait that sleeps, and
 * with the thread.
 *
 * Between threads of one CPU it does not matter.
 * @{ */

/** For lwkt_tsleep(): lwkt_tsleep_interlock() has been called. */
#define LWKT_PINTERLOCKED 0x0400

/**
 * Sleep until lwkt_wakeup() of the same address.
 *
 * @param ident       any address; it is not looked at.
 * @param flags       LWKT_PCATCH: lwkt_interrupt() ends it; LWKT_PINTERLOCKED; or 0.
 * @param wmesg       for who looks at the thread; a text that stays.
 * @param timeout_ns  in nanoseconds from now; 0: none.
 * @return 0: woken; EWOULDBLOCK: time is up; EINTR. Positive, as DragonFly's.
 * Context: a CPU's threads and attached pthreads, else the program stops; blocks. An LWKT thread
 * switches, a CPU's own context serves transit and runs the others.
 * Ordering: acquires E23, from whoever woke it. Source: tsleep(), kern/kern_synch.c.
 */
int lwkt_tsleep(const volatile void *ident, int flags, const char *wmesg, uint64_t timeout_ns);

/**
 * From here on a wakeup of that address counts for the next lwkt_tsleep(), if that follows.
 *
 * @param ident  as it will be given to lwkt_tsleep() with LWKT_PINTERLOCKED; another one there stops
 *               the program. If anything waited in between, that sleep may end at once.
 * Context: as lwkt_tsleep(); does not block. Ordering: releases E23.
 * Source: tsleep_interlock(), kern/kern_synch.c.
 */
void lwkt_tsleep_interlock(const volatile void *ident);

/**
 * Wake all that sleep on an address.
 *
 * @param ident  used as an address only.
 * Context: any thread, does not block; from a CPU others hear of it at its next poll or flush.
 * Ordering: releases E23 and E24. Source: wakeup(), kern/kern_synch.c.
 */
void lwkt_wakeup(const volatile void *ident);

/**
 * Wake the one that has slept longest.
 *
 * @param ident  used as an address only.
 * Context: as lwkt_wakeup(). Ordering: as lwkt_wakeup(). Source: wakeup_one(), kern/kern_synch.c.
 */
void lwkt_wakeup_one(const volatile void *ident);
/** @} */

/** @name Waits that end at a time
 * Of the layer of the message ports (pkg-config lwkt-msgport).
 * The time is absolute, in rte_rdtsc()'s cycles; a wait that is late has looked once at least.
 * @{ */

/**
 * lwkt_waitmsg() until a time.
 *
 * @param msg    as for lwkt_waitmsg().
 * @param flags  as for lwkt_waitmsg().
 * @param tsc    when to give up.
 * @return the message's ms_error; EWOULDBLOCK if it is not done: then it stays where it is, and
 *         whose it is (lwkt_checkmsg() tells that from a reply with this error).
 * Context: as lwkt_waitmsg(), by a thread with a context, else the program stops.
 * Ordering: as lwkt_waitmsg(). Source: ours.
 */
int lwkt_waitmsg_until(lwkt_msg_t msg, int flags, uint64_t tsc);

/**
 * lwkt_waitport() until a time.
 *
 * @param port   as for lwkt_waitport().
 * @param flags  as for lwkt_waitport().
 * @param tsc    when to give up.
 * @return a message; NULL: it is late, or interrupted.
 * Context: as lwkt_waitport(), by a thread with a context, else the program stops.
 * Ordering: as lwkt_waitport(). Source: ours.
 */
void *lwkt_waitport_until(lwkt_port_t port, int flags, uint64_t tsc);

/**
 * lwkt_domsg() until a time. The message may be on the caller's stack, so this returns when it is
 * done: a call that is late aborts it once and waits on for the reply.
 *
 * @param port   as for lwkt_domsg().
 * @param msg    as for lwkt_domsg(); ABORTABLE, or being late has no effect.
 * @param flags  as for lwkt_domsg().
 * @param tsc    when to abort.
 * @return as lwkt_domsg().
 * Context: as lwkt_domsg(), by a thread with a context, else the program stops.
 * Ordering: as lwkt_domsg(). Source: ours.
 */
int lwkt_domsg_until(lwkt_port_t port, lwkt_msg_t msg, int flags, uint64_t tsc);
/** @} */

/** @name Switching
 * @{ */

/**
 * Let the others of the same priority run first; come back when it is the caller's turn again. If
 * no other can run it serves transit once.
 *
 * Context: a CPU's threads; on a pthread it is sched_yield(). Switches.
 * Ordering: as lwkt_poll(), if it serves transit. Source: lwkt_yield(), kern/lwkt_thread.c.
 */
void lwkt_yield(void);

/**
 * Run the thread whose turn it is: the caller, unless one with a higher priority can run or the
 * caller has called lwkt_deschedule_self().
 *
 * Context: a CPU's threads; on a pthread it does nothing. Switches.
 * Ordering: as lwkt_yield(). Source: lwkt_switch(), kern/lwkt_thread.c.
 */
void lwkt_switch(void);

/**
 * Make a thread runnable: one that was made with TDF_NOSTART, has called lwkt_deschedule_self() or
 * waits for something else (that wait looks again, and goes on waiting). One that can run already
 * stays where it is.
 *
 * @param td  a CPU's thread on any CPU; held, or else sure not to end.
 * Context: any thread, does not block. Ordering: releases E24, to whom it wakes.
 * Source: lwkt_schedule(), kern/lwkt_thread.c.
 */
void lwkt_schedule(struct lwkt_thread *td);

/**
 * The calling thread will not run after its next lwkt_switch() until somebody calls
 * lwkt_schedule(); a call that comes in between counts.
 *
 * Context: a CPU's threads; lwkt_switch() follows, and nothing that waits. Ordering: none.
 * Source: lwkt_deschedule_self(), kern/lwkt_thread.c; there it takes the thread.
 */
void lwkt_deschedule_self(void);

/**
 * Change a thread's priority. One that can run goes behind its new equals.
 *
 * @param td   of the calling CPU, else the program stops.
 * @param pri  0 to LWKT_PRI_MAX; lower and higher ones count as these.
 * Context: a CPU's threads; does not switch. Ordering: none.
 * Source: lwkt_setpri(), kern/lwkt_thread.c.
 */
void lwkt_setpri(struct lwkt_thread *td, int pri);

/**
 * Change the calling thread's.
 *
 * @param pri  as for lwkt_setpri().
 * Context: as lwkt_setpri(). Ordering: none. Source: lwkt_setpri_self(), kern/lwkt_thread.c.
 */
void lwkt_setpri_self(int pri);
/** @} */

/** @name For the layers above, whose calls wait; programs use these calls.
 * @{ */

/**
 * Does the calling thread sleep when it waits, and has to be woken? A CPU's own context does not:
 * it polls, as its wait is what serves transit.
 *
 * @return false on a CPU's own context, true on an LWKT thread and on any pthread.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline bool
lwkt_sleeps(void)
{
	return (lwkt_self.se_waits & MSGF_WAITING) != 0;
}

/**
 * The calling thread waits: others run. It goes on after lwkt_thread_ready(), lwkt_schedule() or
 * lwkt_interrupt(), so its caller looks and may have to wait again.
 *
 * @param call  the function that waits, a text that stays.
 * Context: a CPU's threads, where they may wait (else the program stops); switches.
 * Ordering: none; who makes it ready runs on this CPU. Source: lwkt_deschedule_self() and
 * lwkt_switch(), kern/lwkt_thread.c.
 */
void lwkt_thread_block(const char *call);

/**
 * A thread of the calling CPU goes on, if it waits.
 *
 * @param td  on the calling CPU.
 * Context: that CPU, transit callbacks too; does not switch. Ordering: none.
 * Source: lwkt_schedule(), kern/lwkt_thread.c.
 */
void lwkt_thread_ready(struct lwkt_thread *td);

/**
 * Is it later than the calling thread's timed wait allows?
 *
 * @return true if it is; false too if its wait is not timed.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
bool lwkt_wait_late(void);

/**
 * Begin or end a timed wait of the calling thread.
 *
 * @param call  who waits; a thread without a context stops the program.
 * @param tsc   when; 0: the wait is over.
 * Context: any thread that has a context, does not block. Ordering: none. Source: ours.
 */
void lwkt_wait_until(const char *call, uint64_t tsc);
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_THREAD_H */
