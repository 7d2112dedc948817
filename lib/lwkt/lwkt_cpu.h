/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK lcores as LWKT CPUs.
 *
 * lwkt_init() turns every enabled lcore (the main lcore too) into a CPU: a private structure on
 * the lcore's NUMA node, a thread context with a message port of its own, and one transit ring
 * from every other CPU. From then on each CPU touches only its own world; what another CPU should
 * know travels through transit (lwkt_transit.h), which the CPU serves by calling lwkt_poll() often.
 *
 * Who may call what:
 *
 *   function             from                            blocks
 *   lwkt_init, fini      main lcore, workers idle        until the workers answered
 *   lwkt_poll, flush     any thread; acts on its CPU     no
 *   lwkt_mycpuid, ...    any thread                      no
 *   lwkt_attach, detach  an ordinary pthread, itself     no
 */
#ifndef LWKT_CPU_H
#define LWKT_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_thread;
struct lwkt_port;

/** What lwkt_mycpuid() gives on a thread that is no CPU. */
#define LWKT_CPU_NONE UINT32_MAX

/** Upper limit of cf_flush_count. A burst of more is still one publication. */
#define LWKT_FLUSH_MAX 32

/** The default of cf_ring_size. */
#define LWKT_RING_SIZE 255

/** Settings of lwkt_init(). A zero field means its default. */
struct lwkt_config {
	/**
	 * Messages from one CPU to another that may have been published and not been taken, before
	 * later ones spill; 1..65535, default LWKT_RING_SIZE.
	 */
	unsigned int cf_ring_size;
	unsigned int cf_flush_count; /**< gathered messages that force a publication, 1..32; 32 */
	bool cf_sleep;               /**< CPUs may sleep, and senders wake them (lwkt_cpu.h) */
};

/**
 * Make every enabled lcore a CPU.
 *
 * @param cfg  settings, or NULL for the defaults; copied.
 * @return 0; -EINVAL a setting out of range (one line is logged that names it); -EBUSY already
 *         initialised, or a worker lcore is running; -EPERM not on the main lcore; -ENOTSUP in a
 *         secondary process of DPDK, after a line: LWKT runs in the primary one; -ENOMEM; with
 *         cf_sleep -ENOTSUP or -EMFILE, after a line that says what the system lacks.
 * Context: main lcore, after rte_eal_init(), all worker lcores idle; waits until they answered.
 * Ordering: acquires E4, the workers' answers.
 * Source: mi_gdinit(), kern/init_main.c: a globaldata per processor there, one per lcore here.
 */
int lwkt_init(const struct lwkt_config *cfg);

/**
 * Poll on behalf of the CPUs that have left their loops, until nothing is in transit: so that
 * lwkt_fini() loses nothing. What arrives is handled as by their own lwkt_poll(): functions run
 * with lwkt_mycpuid() as there, but on this thread. LWKT threads that it wakes do not run.
 *
 * @param timeout_ms  how long at most; what always makes something new does not hold it up.
 * @return 0 nothing is in transit; -EBUSY a worker still runs; -EPERM not the main lcore's own
 *         context; -ETIMEDOUT there is still something: a line says to which CPU.
 * Context: main lcore, the workers have left their loops; waits until they answered.
 * Ordering: acquires E4, the workers' answers; as lwkt_poll() and lwkt_flush().
 * Source: ours.
 */
int lwkt_wind_down(unsigned int timeout_ms);

/**
 * Undo lwkt_init(). A message that still is in transit would be lost, so it stops the program with
 * a text (lwkt_wind_down() lets it arrive), as a running worker does. Does nothing when not
 * initialised.
 *
 * Context: main lcore, the workers have left their loops; waits until they answered.
 * Ordering: acquires E4, the workers' answers.
 * Source: ours; a kernel does not give up its CPUs.
 */
void lwkt_fini(void);

/**
 * Which CPU is this?
 *
 * @return the DPDK lcore id of the calling CPU, or LWKT_CPU_NONE on a thread that is none.
 * Context: any thread, does not block. Ordering: none.
 * Source: mycpuid; there every thread runs on a CPU.
 */
unsigned int lwkt_mycpuid(void);

/**
 * Which thread is this?
 *
 * @return the calling thread's context: its CPU's, or its own if attached; NULL if neither.
 * Context: any thread, does not block. Ordering: none.
 * Source: curthread, a name too common for a library; one per CPU here.
 */
struct lwkt_thread *lwkt_curthread(void);

/**
 * The context of a CPU.
 *
 * @param lcore_id  any number.
 * @return it, valid until lwkt_fini(); NULL if that lcore is no CPU.
 * Context: any thread, does not block. Ordering: none; lwkt_init() comes before.
 * Source: ours, for globaldata_find().
 */
struct lwkt_thread *lwkt_cpu_thread(unsigned int lcore_id);

/**
 * Where a thread lives.
 *
 * @param td  a CPU's context or an attached pthread's.
 * @return the lcore id; LWKT_CPU_NONE for an attached pthread.
 * Context: any thread, does not block. Ordering: none; it is constant.
 * Source: td_gd->gd_cpuid; a context never moves to another CPU here.
 */
unsigned int lwkt_thread_cpuid(const struct lwkt_thread *td);

/**
 * A thread's name, for messages to people.
 *
 * @param td  a CPU's context or an attached pthread's.
 * @return "cpu3", or what lwkt_attach() was given; at most 15 bytes, the thread's.
 * Context: any thread, does not block. Ordering: none; it is constant.
 * Source: td_comm.
 */
const char *lwkt_thread_name(const struct lwkt_thread *td);

/**
 * The message port that is made with a thread and embedded in it: a thread port for a CPU's
 * context, a spin port for an attached pthread.
 *
 * @param td  a CPU's context or an attached pthread's.
 * @return its port.
 * Context: any thread, does not block. Ordering: none.
 * Source: td_msgport.
 */
struct lwkt_port *lwkt_thread_port(struct lwkt_thread *td);

/**
 * How many CPUs are there?
 *
 * @return their number, the main lcore's included; 0 before lwkt_init().
 * Context: any thread, does not block. Ordering: none; only lwkt_init() and lwkt_fini() change it.
 * Source: ncpus.
 */
unsigned int lwkt_ncpus(void);

/**
 * Give the calling pthread, which is no CPU, a thread context: it may then own and wait on spin
 * ports and use every put and reply.
 *
 * @param name  at most 15 bytes are kept.
 * @return 0; -EINVAL called on a CPU or with no name; -EALREADY attached; -ENOMEM.
 * Context: an ordinary pthread, for itself; does not wait, but allocates. Ordering: none.
 * Source: ours; in a kernel every thread has a context.
 */
int lwkt_attach(const char *name);

/**
 * Undo lwkt_attach(). The ports that the thread owns must not be used any more. Does nothing on a
 * CPU and on a thread that is not attached.
 *
 * Context: an attached pthread, for itself; does not block. Ordering: none.
 * Source: ours.
 */
void lwkt_detach(void);

/**
 * Interrupt a thread's wait that was made with LWKT_PCATCH, the present one or else its next: a
 * lwkt_waitport() returns NULL, a lwkt_waitmsg() or lwkt_domsg() aborts its message once and waits
 * on.
 *
 * @param td  the thread that waits; may be the caller.
 * Context: any thread, does not block. Ordering: releases E9.
 * Source: ours; there a signal ends a wait with PCATCH.
 */
void lwkt_interrupt(struct lwkt_thread *td);

/**
 * One pass of transit for the calling CPU: what was published for it when the pass reached its
 * ring is handled (messages are linked on their ports, functions run), then what the CPU itself
 * has gathered is published. On a thread that is no CPU it does nothing. What a port has taken
 * bursts of by lwkt_getport_burst() since the last pass may stay where it is, for the next burst,
 * unless there is more than messages; the next pass links what nobody took (contract I73).
 *
 * @return messages and functions handled or left, 0 for an idle pass.
 * Context: any thread, acts on its CPU; does not block.
 * Ordering: acquires E1 (E14 where there are bells), E2 for what foreign threads sent; releases E1,
 * and E6 for functions that have returned.
 * Source: lwkt_process_ipiq(), kern/lwkt_ipiq.c; there an interrupt calls it, here the CPU's loop.
 */
unsigned int lwkt_poll(void);

/**
 * Publish everything the calling CPU has gathered, and as much of its spill lists as fits. On a
 * thread that is no CPU it does nothing.
 *
 * Context: any thread, acts on its CPU; does not block. Ordering: releases E1 (and E14).
 * Source: ours; a kernel's IPI queues are published at each send.
 */
void lwkt_flush(void);

/** @name Sleeping
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
 * @{ */

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
 * for no reason at all. With callouts or timed waits of its threads it looks each millisecond.
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
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CPU_H */
