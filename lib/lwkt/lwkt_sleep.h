/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs that sleep while they have nothing to do, and are woken by whoever sends them something.
 *
 * Only where lwkt_config's cf_sleep says so. A loop that sleeps:
 *
 *      for (;;) {
 *              if (serve() > 0)                 polls transit, and whatever else there is
 *                      continue;
 *              if (!lwkt_sleep_begin())         what is not published keeps it awake
 *                      continue;
 *              if (serve() == 0)                what came before the announcement
 *                      lwkt_sleep(-1, -1);      what comes after it wakes
 *              lwkt_sleep_end();
 *      }
 *
 * What wakes: all that comes by transit, so messages to thread ports, replies, functions, from CPUs
 * and from other threads; and lwkt_wake(). A message to a spin port does not: its owner on a CPU
 * polls. A loop that looks at something else (a flag that says to end) is to be woken by who writes
 * it, with lwkt_wake().
 *
 * What it costs: the senders a look at a line that its owner writes only when it falls asleep or is
 * woken, for each publication; no fence. Whoever falls asleep has the kernel interrupt the other
 * CPUs of this process (membarrier(2)) instead, so it is not for waits of a few microseconds.
 */
#ifndef LWKT_SLEEP_H
#define LWKT_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * May CPUs sleep?
 *
 * @return true between lwkt_init() with cf_sleep and lwkt_fini().
 * Context: any thread, does not block. Ordering: none; only these two change it. Source: ours.
 */
bool lwkt_may_sleep(void);

/**
 * Announce that the calling CPU is about to sleep, after publishing all that it has gathered. It
 * must look once more for what to do before it does.
 *
 * @return true: announced, call lwkt_sleep_end() in any case; false: some of it did not fit into a
 *         ring that is full, so the CPU has to stay awake.
 * Context: a CPU, with cf_sleep (else it stops the program with a text); does not block.
 * Ordering: E19; releases E1 (and E14) for what is published.
 * Source: tsleep_interlock(), kern/kern_synch.c; there one waits for an address, here for anything.
 */
bool lwkt_sleep_begin(void);

/**
 * Sleep until the calling CPU is woken, until another descriptor can be read, until time is up, or
 * for no reason at all.
 *
 * @param fd          a descriptor, an epoll one say; -1: none.
 * @param timeout_ns  how long, in nanoseconds; -1: no limit.
 * @return true if fd can be read.
 * Context: a CPU between lwkt_sleep_begin() and lwkt_sleep_end(); blocks.
 * Ordering: none; who is woken polls.
 * Source: tsleep().
 */
bool lwkt_sleep(int fd, int64_t timeout_ns);

/**
 * The calling CPU is awake again, or did not sleep after all.
 *
 * Context: a CPU, after lwkt_sleep_begin(); does not block. Ordering: none. Source: ours.
 */
void lwkt_sleep_end(void);

/**
 * Wake a CPU if it sleeps or has announced that it will. What the caller wrote before, relaxed or
 * not, a loop as above sees before it sleeps again.
 *
 * @param lcore_id  any number; does nothing if that is no CPU, or without cf_sleep.
 * Context: any thread and signal handlers, does not block. Ordering: E19.
 * Source: wakeup(), kern/kern_synch.c.
 */
void lwkt_wake(unsigned int lcore_id);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_SLEEP_H */
