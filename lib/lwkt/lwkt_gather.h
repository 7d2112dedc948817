/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a CPU gathers for the others before it publishes it (the picture is in lwkt_transit.h), as
 * far as inline calls of public headers need it. Not for programs: they send messages to ports.
 */
#ifndef LWKT_GATHER_H
#define LWKT_GATHER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uintptr_t lwkt_item_t;

/*
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
	const char *se_handler; /* with invariants: the stage whose function runs; NULL: none */
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
 * @param item      a node's address and its kind (lwkt_transit.h).
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

#ifdef __cplusplus
}
#endif

#endif /* LWKT_GATHER_H */
