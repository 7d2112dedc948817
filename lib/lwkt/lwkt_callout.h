/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callouts: a function that runs, or a message that is sent, at or after a time on the CPU that
 * armed it (contract L115). The time is looked at whenever that CPU polls its transit.
 *
 * Each CPU has a timing wheel of its own: to arm and to stop are a few instructions without a lock,
 * however many are armed. Its tick is about 4 us; a callout is never early, and late by at most a
 * tick and by what the CPU takes until it polls.
 *
 * librte_timer has a lock and a sorted list for each lcore, and a thread of its own kind of states;
 * here only the owner touches the wheel, as with everything else of a CPU.
 */
#ifndef LWKT_CALLOUT_H
#define LWKT_CALLOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_msg;
struct lwkt_port;

/** A callout; embed it. All members are the library's, and its CPU's. */
struct lwkt_callout {
	LIST_ENTRY(lwkt_callout) co_link;
	uint64_t co_tick; /* of the wheel; when it is due */
	void (*co_fn)(void *);
	void *co_arg;
	struct lwkt_port *co_port; /* lwkt_callout_reset_msg()'s */
	struct lwkt_msg *co_msg;
	unsigned int co_cpuid; /* where it is armed, or was last */
	bool co_armed;
};

/**
 * Make a callout that is not armed.
 *
 * @param co  the memory for it; stays until it is not armed any more.
 * Context: any thread, does not block. Ordering: none.
 * Source: callout_init(), kern/kern_timeout.c.
 */
void lwkt_callout_init(struct lwkt_callout *co);

/**
 * Arm it, or arm it anew: fn(arg) runs once on the calling CPU, inside lwkt_poll(), as a transit
 * callback does. It does not wait; it may arm the callout again.
 *
 * @param co        made by lwkt_callout_init(); armed on no other CPU, else the program stops.
 * @param after_ns  from now, in nanoseconds.
 * @param fn        runs on this CPU.
 * @param arg       given to fn.
 * Context: a CPU's threads and transit callbacks, else the program stops; does not block.
 * Ordering: none, it is the same CPU.
 * Source: callout_reset(), kern/kern_timeout.c; there the time is in ticks.
 */
void lwkt_callout_reset(struct lwkt_callout *co, uint64_t after_ns, void (*fn)(void *), void *arg);

/**
 * The same with a message: it is sent to port when it is due, unless it is not done then.
 *
 * @param co        as for lwkt_callout_reset().
 * @param after_ns  as for lwkt_callout_reset().
 * @param port      where to.
 * @param msg       DROPABLE, with a reply port: its owner leaves it alone while the callout is armed.
 * Context: as lwkt_callout_reset(). Ordering: as lwkt_sendmsg(), when it is sent.
 * Source: ours, for the netmsg callouts of netinet/tcp_timer2.h.
 */
void lwkt_callout_reset_msg(
    struct lwkt_callout *co, uint64_t after_ns, struct lwkt_port *port, struct lwkt_msg *msg);

/**
 * Disarm it. When this returns on the callout's CPU the function neither runs nor will.
 *
 * @param co  made by lwkt_callout_init().
 * @return 1: it was still to come, and will not; 0: it was not armed, or has run.
 * Context: the CPU that armed it, does not block; or any other CPU, which waits for that one.
 * Ordering: from another CPU as lwkt_wait_ipiq().
 * Source: callout_stop(), kern/kern_timeout.c.
 */
int lwkt_callout_stop(struct lwkt_callout *co);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CALLOUT_H */
