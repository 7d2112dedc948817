/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a thread waits: its turns with the CPU's other threads, its sleep in the kernel, and what is
 * said of a wait that lasts. For the layers above; programs use ports. Part of lwkt_transit.h.
 */
#ifndef LWKT_WAIT_H
#define LWKT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_pause.h>

#include <lwkt_cpu.h>
#include <lwkt_transit.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * For who waits and has to look himself: let the CPU's other threads run, if any can, and come back
 * when all of the highest priority among them have had their turn. Inside of a transit callback or
 * a receipt it does nothing.
 *
 * @return true if others have run.
 * Context: any thread; switches. Ordering: none. Source: lwkt_user_yield(), kern/lwkt_thread.c.
 */
bool lwkt_sched_turn(void);

/** In a word of lwkt_sched_tell(): a thread can run. Its owner's counts stay below. */
#define LWKT_SCHED_READY (1u << 30)

/**
 * A loop that has the CPU for long wants to be told: from now on LWKT_SCHED_READY is set in its
 * word whenever a thread of this CPU can run, and at once if one can. So it need not ask in each of
 * its rounds. One word a CPU; the last one counts.
 *
 * @param word  the caller's, who takes the bit out; NULL: no more.
 * Context: a CPU, does not block. Ordering: none. Source: ours.
 */
void lwkt_sched_tell(unsigned int *word);

/**
 * Let threads of the calling CPU run: those of the caller's priority and above, each of the
 * caller's once. Then, if below is set, one of those of a lower priority, the highest first.
 *
 * @param below  threads of a lower priority may run.
 * @param ran    set to whether others have run.
 * @return true if a thread can run, still or again.
 * Context: a CPU, not inside of a transit callback, a receipt or a handler; switches.
 * Ordering: none. Source: lwkt_user_yield(), kern/lwkt_thread.c.
 */
bool lwkt_sched_share(bool below, bool *ran);

/**
 * Sleep while *word == value. May wake spuriously, and does at the latest after a second on a
 * pthread; the comparison and going to sleep are one step for who wakes.
 *
 * @param word           its writers change it before they wake.
 * @param value          what the caller saw there.
 * @param interruptible  lwkt_interrupt() of the calling thread wakes it too, if it is attached.
 * Context: a pthread, which sleeps in the kernel, or an LWKT thread, which switches; not a CPU's own
 * context. Ordering: E23; look at the word again, with acquire.
 * Source: tsleep(), kern/kern_synch.c; the compare stands for tsleep_interlock().
 */
void lwkt_futex_wait(int *word, int value, bool interruptible);

/**
 * Wake every thread that sleeps on a word; the caller has changed it before.
 *
 * @param word  used as an address only, so the memory may be gone by now.
 * Context: any thread, does not block. Ordering: E23, E24; the change of the word has an edge too.
 * Source: wakeup(), kern/kern_synch.c.
 */
void lwkt_futex_wake(int *word);

/** Turns of a wait after which it is no short one. */
#define LWKT_BUSY_TURNS 256

/**
 * One turn of a wait: publish all there is (I70), serve transit and run the CPU's other threads.
 * Pauses only after some idle turns, so that an answer that comes soon is not seen half a pause
 * late.
 *
 * @param turn  the number of this turn, from 0.
 * @return true if something came or others ran.
 * Context: a CPU; does not block, its caller loops. Ordering: as lwkt_flush() and lwkt_poll().
 * Source: ours; there the thread would be switched away.
 */
static inline bool
lwkt_transit_turn(unsigned int turn)
{
	bool came;

	lwkt_flush();
	came = lwkt_poll() > 0;
	if (lwkt_sched_turn() || came)
		return true;
	if (turn >= LWKT_BUSY_TURNS)
		rte_pause();
	return false;
}

/**
 * One turn of a wait that may be long: publish all there is (I70), serve transit, or else pause.
 *
 * Context: a CPU (a foreign thread only pauses); does not block, its caller loops.
 * Ordering: as lwkt_flush() and lwkt_poll(). Source: ours; there the thread would be switched away.
 */
static inline void
lwkt_transit_wait(void)
{
	lwkt_transit_turn(LWKT_BUSY_TURNS);
}

/*
 * A wait that may last: whoever waits for more than a second says so once a second, in one line
 * (contract P104). Zeroed before the wait; its functions are called in each turn that found
 * nothing.
 *
 *      struct lwkt_patience pa = {0};
 *      while (!done()) {
 *              wait_a_turn();
 *              if (lwkt_patience_due(&pa))
 *                      lwkt_patience_report(&pa, lcore_id, "lwkt_call", "what it is", ...);
 *      }
 *      lwkt_patience_end(&pa);
 */
struct lwkt_patience {
	uint64_t pa_due;         /* timer cycles of the next report; 0: the first turn */
	unsigned int pa_seconds; /* reported */
};

/**
 * Is it time for a report?
 *
 * @param pa  the wait's.
 * @return true once a second from one second after the first call on.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
bool lwkt_patience_due(struct lwkt_patience *pa);

/**
 * Log one line: who waits, for how long, for what, and for whom. If that CPU waits for this one,
 * itself or through others, the line says that it is a deadlock and names them all.
 *
 * @param pa        the wait's, due.
 * @param lcore_id  the CPU that it waits for; LWKT_CPU_NONE: nobody knows.
 * @param call      the function that waits.
 * @param fmt       what it waits for, as printf()'s.
 * Context: any thread, may block on the log. Ordering: none. Source: ours; for the text,
 * lwkt_wait_ipiq().
 */
__attribute__((cold, format(printf, 4, 5))) void lwkt_patience_report(
    struct lwkt_patience *pa, unsigned int lcore_id, const char *call, const char *fmt, ...);

/**
 * The wait has been reported and is over: others need not name this CPU any more.
 *
 * Context: who waited, does not block. Ordering: none. Source: ours, for lwkt_patience_end().
 */
__attribute__((cold)) void lwkt_patience_forget(void);

/**
 * The wait is over.
 *
 * @param pa  the wait's.
 * Context: who waited, does not block. Ordering: none. Source: ours.
 */
static inline void
lwkt_patience_end(const struct lwkt_patience *pa)
{
	if (__builtin_expect(pa->pa_seconds > 0, 0))
		lwkt_patience_forget();
}

/**
 * Has lwkt_interrupt() been called for this thread? Asking takes it back.
 *
 * @return true if so.
 * Context: any thread, does not block. Ordering: acquires E9 if so.
 * Source: ours, for what CURSIG() tells a sleeper there.
 */
bool lwkt_interrupted(void);

/**
 * Stop the program if the calling thread may not wait or switch here (contract L105): in a transit
 * callback, a receipt, or, with invariants on, a stage's handler. The text names both.
 *
 * @param call  what it is about to do.
 * Context: any thread, does not block. Ordering: none. Source: ours, for the kernel's
 * KASSERT(td->td_critcount == 0).
 */
__attribute__((cold)) void lwkt_sched_require(const char *call);

/**
 * A call that may wait begins. It stops the program if an IPI function or a receipt makes it
 * (contract L105); with invariants on, also if a stage's function does (N91).
 *
 * @param call  its name.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline void
lwkt_may_wait(const char *call)
{
	if (__builtin_expect(lwkt_self.se_callback != NULL, 0))
		lwkt_sched_require(call);
#if defined(LWKT_INVARIANTS) && LWKT_INVARIANTS
	if (lwkt_self.se_handler != NULL)
		lwkt_sched_require(call);
#endif
	(void)call;
}

#ifdef __cplusplus
}
#endif

#endif /* LWKT_WAIT_H */
