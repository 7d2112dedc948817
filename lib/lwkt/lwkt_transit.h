/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit: how a message gets from one CPU to another. For the layers above; programs use ports.
 *
 * One single-producer single-consumer rte_ring stands for each ordered pair of CPUs. A message
 * never fails to enter transit, never waits and needs no memory (contract I68):
 *
 *       sender CPU                                          receiver CPU
 *   send ── gather[32] ──publish (E1)── ring ──poll── up_deliver()
 *               └── ring full ── spill list ──┘
 *
 * gather: messages for one target are collected and published together (I70).
 * spill:  what a full ring does not take is chained through the messages' own links, and all
 *         later messages of the pair queue behind it, so that order is kept.
 *
 * A thread that is no CPU has no ring. It hands over through the target's inbox (E2), a list with
 * many producers that is published at once.
 *
 * An item is the address of a node with its kind in the low bits. A node is any object whose
 * first word transit may use while it has it (struct lwkt_msg: its queue link), 8-byte aligned.
 */
#ifndef LWKT_TRANSIT_H
#define LWKT_TRANSIT_H

#include <stdbool.h>
#include <stdint.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>
#include <lwkt_msgport_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uintptr_t lwkt_item_t;

/*
 * What a CPU gathers for another before it publishes it. Inline calls of lwkt_msgport.h look at it.
 *
 * An item needs more than its place only if that is ga_stop: the first one, or the one that makes
 * the gathered items go.
 */
#define LWKT_GATHER_MAX 64

struct lwkt_gather {
	lwkt_item_t *ga_next; /* the next item's place */
	lwkt_item_t *ga_stop;
	lwkt_item_t ga_item[LWKT_GATHER_MAX];
};

struct lwkt_cpu;
struct lwkt_thread;

/*
 * Who the calling OS thread is; private to it. An ordinary pthread that is not attached has the
 * values the definition gives: no thread, no CPU, LWKT_CPU_NONE.
 */
struct lwkt_self {
	struct lwkt_thread *se_td;
	struct lwkt_cpu *se_cpu;
	/* [RTE_MAX_LCORE], by target; NULL: it is this CPU, or no CPU, or this thread is none. */
	struct lwkt_gather *const *se_gather;
	unsigned int se_cpuid;
	bool se_left;            /* the CPU's last poll has left messages in rings (I73) */
	const char *se_handler;  /* with invariants: the stage whose function runs; NULL: none */
	const void *se_callback; /* the IPI function or receipt that runs, which must not wait */
	int se_waits; /* what lwkt_domsg() sets: SYNC, and WAITING for who sleeps and is woken */
};

extern __thread struct lwkt_self lwkt_self __attribute__((tls_model("initial-exec")));

/**
 * What lwkt_gather_item() and lwkt_transit_send() leave to do.
 *
 * @param lcore_id  the target.
 * @param item      on a CPU gathered already, else to be put into the inbox.
 * Context: as lwkt_transit_send(). Ordering: as lwkt_transit_send(). Source: ours.
 */
void lwkt_transit_settle(unsigned int lcore_id, lwkt_item_t item);

/**
 * Gather an item: a few instructions for most.
 *
 * @param ga        lwkt_self.se_gather[lcore_id], not NULL.
 * @param lcore_id  the target.
 * @param item      a node's address and its kind.
 * Context: the CPU whose ga is; does not block. Ordering: as lwkt_transit_send(). Source: ours.
 */
static inline void
lwkt_gather_item(struct lwkt_gather *ga, unsigned int lcore_id, lwkt_item_t item)
{
	lwkt_item_t *place = ga->ga_next;

	*place = item;
	ga->ga_next = place + 1;
	if (__builtin_expect(place == ga->ga_stop, 0))
		lwkt_transit_settle(lcore_id, item);
}

/*
 * Kinds of items. MSG is 0, so that an array of message pointers is an array of items. A message
 * is for its reply port if it is a reply, else for its target port.
 */
#define LWKT_ITEM_MSG  0u /* a message */
#define LWKT_ITEM_CALL 1u /* a function IPI; handled inside transit */
#define LWKT_ITEM_NOTE 2u /* a struct lwkt_note */
#define LWKT_ITEM_KIND 7u /* mask */

/* What the layer of the message ports gives to transit, once, before lwkt_init(). */
struct lwkt_upcalls {
	/* Initialise a new thread's td_msgport. */
	void (*up_thread_init)(struct lwkt_thread *td);
	/*
	 * Take the leading messages of items[0..n): link each on the port it is for. Stops at the
	 * first item that is no message and returns how many it took. from: the lcore that sent
	 * them, or LWKT_CPU_NONE for the inbox. Runs on the receiving CPU, does not block, does
	 * not call lwkt_poll().
	 */
	unsigned int (*up_deliver)(unsigned int from, const lwkt_item_t *items, unsigned int n);
	/* The calling thread is about to end: what is on td_msgport, and comes later. NULL: nothing. */
	void (*up_thread_exit)(struct lwkt_thread *td);
	/* The calling thread is about to go to that CPU: so does td_msgport. NULL: nothing. */
	void (*up_thread_moves)(struct lwkt_thread *td, unsigned int cpuid);
};

/**
 * Register the layer above; the last call counts.
 *
 * @param up  constant, never freed.
 * Context: a constructor, or the main lcore before lwkt_init(); does not block. Ordering: none.
 * Source: ours; there lwkt_msgport.c and lwkt_ipiq.c are one layer.
 */
void lwkt_transit_register(const struct lwkt_upcalls *up);

/**
 * Hand an item over to CPU lcore_id; its node is the caller's no more. On a CPU it is gathered:
 * publication at the latest by the next lwkt_poll() or lwkt_flush(). On any other thread it is
 * published before the call returns. Never fails or allocates.
 *
 * @param lcore_id  another CPU than the calling one; not checked.
 * @param item      a node's address and its kind.
 * Context: any thread, does not block.
 * Ordering: releases E1 (and E14) when it is published, E2 from a thread that is no CPU.
 * Source: lwkt_send_ipiq(), with lwkt_thread_putport_remote() of kern/lwkt_msgport.c to run there;
 * here an item of a kind, so there is no slot to wait for.
 */
static inline void
lwkt_transit_send(unsigned int lcore_id, lwkt_item_t item)
{
	struct lwkt_gather *ga = lwkt_self.se_gather[lcore_id];

	if (__builtin_expect(ga != NULL, 1))
		lwkt_gather_item(ga, lcore_id, item);
	else
		lwkt_transit_settle(lcore_id, item);
}

/**
 * lwkt_transit_send() of n items, in order; published at once if nothing was gathered and they are
 * as many as force a publication.
 *
 * @param lcore_id  another CPU than the calling one; not checked.
 * @param items     n of them; the array stays the caller's.
 * @param n         0 or more.
 * Context: any thread, does not block. Ordering: as lwkt_transit_send(). Source: ours.
 */
void lwkt_transit_send_burst(unsigned int lcore_id, const lwkt_item_t *items, unsigned int n);

/**
 * For a port that is empty, on its owner's CPU: the messages that have been published for this CPU
 * and not been handled yet, by one source, oldest first. The port may take some from the front; the
 * rest stays for the next look or the next lwkt_poll(). Their lines have not been prefetched.
 *
 * @param most  of them that may be wanted.
 * @param n     how many there are, up to the first item that is no message, or somewhat fewer.
 * @return them, until the next call into transit; NULL: there is nothing, what is next is no
 *         message, or this is no time to look (no CPU, inside a transit callback).
 * Context: any thread, acts on its CPU; does not block. Ordering: acquires E1 (and E14).
 * Source: ours.
 */
const lwkt_item_t *lwkt_transit_look(unsigned int most, unsigned int *n);
/**
 * Say how many of the items that lwkt_transit_look() gave were taken.
 *
 * @param n     at most as many as it gave.
 * @param stuck the next one is none that a port takes itself: the next poll links it.
 * @param more  these were all, and more are wanted.
 * @return there are more by the same sender, elsewhere in memory: look again.
 * Context: the CPU that looked, before any other call into transit; does not block.
 * Ordering: releases E20. Source: ours.
 */
bool lwkt_transit_took(unsigned int n, bool stuck, bool more);

/**
 * A port gave a burst of what was linked: the next poll need not link more of it (contract I73).
 *
 * Context: any thread, for its CPU; does not block. Ordering: none. Source: ours.
 */
void lwkt_transit_pulled(void);

/**
 * Link what the last poll left where it was (lwkt_self.se_left), for who does not take in bursts.
 *
 * Context: a CPU; does nothing inside a transit callback; does not block. Ordering: acquires E1.
 * Source: ours.
 */
void lwkt_transit_link(void);

/**
 * Let some polls of the CPU link all, and no port take anything itself: somebody looks for a message
 * where it is queued.
 *
 * Context: any thread, for its CPU; does not block. Ordering: none. Source: ours.
 */
void lwkt_transit_link_ahead(void);

/*
 * A function that travels as messages do: embedded in whatever its function needs, linked through
 * its first word, so sending one never waits. no_func(note) runs inside transit on the target CPU.
 */
struct lwkt_note {
	lwkt_item_t no_link;
	void (*no_func)(struct lwkt_note *note);
};

/**
 * Send a note; it keeps its place among the messages to that CPU.
 *
 * @param lcore_id  another CPU than the calling one; not checked.
 * @param note      transit's until its function runs.
 * Context: any thread, does not block. Ordering: as lwkt_transit_send().
 * Source: ours, for lwkt_send_ipiq() where it must not wait.
 */
void lwkt_transit_note(unsigned int lcore_id, struct lwkt_note *note);

/**
 * Handle what foreign threads have sent to the calling CPU up to now.
 *
 * Context: a CPU, does not block. Ordering: acquires E2. Source: ours.
 */
void lwkt_transit_inbox(void);

#ifdef __cplusplus
}
#endif

#include <lwkt_wait.h>

#endif /* LWKT_TRANSIT_H */
