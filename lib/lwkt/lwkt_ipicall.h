/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot: run a function on another CPU and have its results, for one cache line there
 * and back.
 *
 *      caller                          the slot, 64 bytes                      target
 *      lwkt_call() ── asked (E30) ──▶  turn | function | order | five words ── lwkt_poll()
 *      lwkt_call_wait() ◀──────────────────── answered (E31) ───────────────── fn(words)
 *
 * Each ordered pair of CPUs has a ring of LWKT_CALL_WINDOW slots, made by the first lwkt_call() of
 * the pair, on the target's NUMA node since the target polls it. Five words of arguments become
 * five words of results where they are. Nothing else moves: no index, no message, no list.
 *
 * It is for small steps on data that one CPU owns (a table, a counter, an allocator), where others
 * would take a lock: examples/table.c. What may wait, or be answered later, is a message.
 *
 * The function is a transit callback, as one of lwkt_send_ipiq() is: it runs inside the target's
 * lwkt_poll(), to completion, and does not wait for anything (contract I74); it may send.
 *
 * All functions are for CPUs (their own contexts and the LWKT threads on them); any other thread
 * stops the program: it sends a message. A ticket belongs to the CPU that has called, so a thread
 * that moves to another CPU takes its results before.
 */
#ifndef LWKT_IPICALL_H
#define LWKT_IPICALL_H

#include <lwkt_cpu.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Calls from one CPU to another that may be on their way; one more waits. */
#define LWKT_CALL_WINDOW 256

/** Results of one pair of CPUs that nobody has taken; one more stops the program. */
#define LWKT_CALL_KEPT_MAX 65536

/** What runs on the other CPU: results overwrite the arguments. */
typedef void (*lwkt_callfunc_t)(uint64_t a[5]);

/**
 * Run fn on CPU lcore_id: right here if that is the calling one, else in its next pass of transit,
 * behind all messages and functions that this CPU has sent it before and ahead of those that it
 * sends later. It is published at once.
 *
 * @param lcore_id  a CPU; any other number stops the program.
 * @param fn        a transit callback.
 * @param a         five words for it; copied.
 * @return the ticket to take the results with, once, on this CPU; never 0. Results are kept until
 *         then, at most LWKT_CALL_KEPT_MAX of a pair.
 * Context: a CPU. LWKT_CALL_WINDOW may be on their way to one CPU; one more waits, as one behind a
 * full ring of messages does, and serves this CPU's own transit meanwhile (contract I69). The first
 * call of a pair allocates some 20 KiB; the program stops with a text if there are none.
 * Ordering: releases E1 (what was gathered for that CPU) and E30.
 * Source: lwkt_send_ipiq3(), kern/lwkt_ipiq.c, with results; the slot is the idea of delegation
 * with one line per client.
 */
uint64_t lwkt_call(unsigned int lcore_id, lwkt_callfunc_t fn, const uint64_t a[5]);

/**
 * Take the results of a call if they are there. Does not serve transit: a loop around it does.
 *
 * @param lcore_id  as given to lwkt_call().
 * @param ticket    what it returned and nobody has taken; any other stops the program.
 * @param a         gets five words of results if they are there; NULL: not wanted.
 * @return 1 taken, the ticket is gone; 0 not yet.
 * Context: the CPU that called, does not block. Ordering: acquires E31 if it returns 1.
 * Source: ours.
 */
int lwkt_call_poll(unsigned int lcore_id, uint64_t ticket, uint64_t a[5]);

/**
 * Wait for the results of a call. Once a second the name of a CPU that does not answer is logged.
 *
 * @param lcore_id  as given to lwkt_call().
 * @param ticket    what it returned and nobody has taken; any other stops the program.
 * @param a         gets five words of results; NULL: not wanted.
 * Context: the CPU that called; blocks, serving its transit. Ordering: releases E1 (all that was
 * gathered), acquires E31.
 * Source: lwkt_wait_ipiq(), kern/lwkt_ipiq.c.
 */
void lwkt_call_wait(unsigned int lcore_id, uint64_t ticket, uint64_t a[5]);

/**
 * n calls of one function, and the wait for all of them: as lwkt_call() for each of a[0..n) in this
 * order, with one signal to the target.
 *
 * @param lcore_id  a CPU; any other number stops the program.
 * @param fn        a transit callback.
 * @param a         n times five words: arguments, then results.
 * @param n         how many, any number; 0 does nothing.
 * @return n.
 * Context: a CPU; blocks, serving its transit. Ordering: releases E1 and E30, acquires E31.
 * Source: ours.
 */
unsigned int lwkt_call_burst(
    unsigned int lcore_id, lwkt_callfunc_t fn, uint64_t (*a)[5], unsigned int n);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_IPICALL_H */
