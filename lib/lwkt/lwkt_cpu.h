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

/** Settings of lwkt_init(). A zero field means its default. */
struct lwkt_config {
	unsigned int cf_ring_size;   /**< messages a transit ring holds, 1..65535; default 255 */
	unsigned int cf_flush_count; /**< gathered messages that force a publication, 1..32; 32 */
};

/**
 * Make every enabled lcore a CPU.
 *
 * @param cfg  settings, or NULL for the defaults; copied.
 * @return 0; -EINVAL a setting out of range (one line is logged that names it); -EBUSY already
 *         initialised, or a worker lcore is running; -EPERM not on the main lcore; -ENOMEM.
 * Context: main lcore, after rte_eal_init(), all worker lcores idle. Follows DragonFly's
 * mi_gdinit(): there the kernel makes one globaldata per processor, here we make one per lcore.
 */
int lwkt_init(const struct lwkt_config *cfg);

/**
 * Undo lwkt_init(). The workers have left their loops and no message is in transit: one that is
 * would be lost, so it stops the program with a text. Does nothing when not initialised.
 */
void lwkt_fini(void);

/** The DPDK lcore id of the calling CPU, or LWKT_CPU_NONE on a thread that is none. */
unsigned int lwkt_mycpuid(void);

/** The calling thread's context: its CPU's, or its own if attached; NULL if neither. */
struct lwkt_thread *lwkt_curthread(void);

/** The context of CPU lcore_id; NULL if that lcore is no CPU. */
struct lwkt_thread *lwkt_cpu_thread(unsigned int lcore_id);

/** The lcore id a thread lives on; LWKT_CPU_NONE for an attached pthread. */
unsigned int lwkt_thread_cpuid(const struct lwkt_thread *td);

/** A thread's name, for messages to people: "cpu3", or what lwkt_attach() was given. */
const char *lwkt_thread_name(const struct lwkt_thread *td);

/** A thread's embedded message port (DragonFly's td_msgport), made with the thread. */
struct lwkt_port *lwkt_thread_port(struct lwkt_thread *td);

/** Number of CPUs; 0 before lwkt_init(). */
unsigned int lwkt_ncpus(void);

/**
 * Give the calling pthread, which is no CPU, a thread context: it may then own and wait on spin
 * ports and use every put and reply.
 *
 * @param name  at most 15 bytes are kept.
 * @return 0; -EINVAL called on a CPU or with no name; -EALREADY attached; -ENOMEM.
 */
int lwkt_attach(const char *name);

/** Undo lwkt_attach(). The ports that the thread owns must not be used any more. */
void lwkt_detach(void);

/**
 * Interrupt a thread's wait that was made with LWKT_PCATCH, the present one or else its next: a
 * lwkt_waitport() returns NULL, a lwkt_waitmsg() or lwkt_domsg() aborts its message once and waits
 * on. Any thread. Ordering: releases edge E9.
 */
void lwkt_interrupt(struct lwkt_thread *td);

/**
 * One pass of transit for the calling CPU: what was published for it when the pass reached its
 * ring is handled (messages are linked on their ports, functions run), then what the CPU itself
 * has gathered is published. Never blocks. On a thread that is no CPU it does nothing.
 *
 * @return messages and functions handled, 0 for an idle pass.
 * Ordering: acquires edge E1 (and E2 for foreign threads' messages), see docs/memory-model.md.
 * Follows lwkt_process_ipiq(); there an interrupt calls it, here the CPU's loop does.
 */
unsigned int lwkt_poll(void);

/**
 * Publish everything the calling CPU has gathered, and as much of its spill lists as fits.
 * Never blocks. Ordering: releases edge E1.
 */
void lwkt_flush(void);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CPU_H */
