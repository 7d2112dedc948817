/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: the two ends of the calls in a slot between an ordered pair of CPUs.
 */
#ifndef LWKT_IPICALL_PVT_H
#define LWKT_IPICALL_PVT_H

#include "lwkt_ipicall.h"
#include "transit_pvt.h"

/*
 * A line that goes to the receiver and comes back. turn is twice the ticket when a group of calls
 * has been asked (E30), of which this slot is the first: the rest of it, and the slots behind that
 * belong to the group, are the receiver's then. Twice the ticket and one: this call has been
 * answered (E31), and the slot is the sender's.
 */
struct call_slot {
	alignas(RTE_CACHE_LINE_SIZE) uint64_t cl_turn; /* atomic */
	lwkt_callfunc_t cl_func;
	uint32_t cl_before; /* of a group's first: items of the pair's ring that come before it, as
	                       io_ring_next */
	uint32_t cl_more;   /* likewise: so many slots of the group follow this one */
	uint64_t cl_a[5];
};

/* The receiver's end, on its node. It writes the first line, and answers into the slots. */
struct call_in {
	alignas(RTE_CACHE_LINE_SIZE) uint64_t ci_next; /* ticket of the next call to run */
	uint64_t ci_known; /* all calls below are known to have been asked */
	uint64_t ci_mask;  /* constant, as the next two */
	struct ipiq_in *ci_in;
	struct call_in *ci_more; /* of gd_callers */
	struct call_slot ci_slot[];
};

/* A result whose slot was needed before anybody took it. */
struct call_kept {
	uint64_t ck_ticket;
	uint64_t ck_a[5];
	bool ck_taken;
};

/* The sender's end, on its node. Only the sending CPU writes it, and reads all but the notes. */
struct call_out {
	/*
	 * Transit's while spilled, else constant, for the receiver to read: it may still be in the
	 * ring when it spills again, which changes nothing for who reads no_func.
	 */
	alignas(RTE_CACHE_LINE_SIZE) struct lwkt_note co_mark;
	struct lwkt_note co_connect;
	struct call_in *co_to;

	alignas(RTE_CACHE_LINE_SIZE) uint64_t co_next; /* the next call's ticket; the first is 1 */
	uint64_t co_mask;
	struct call_slot *co_slot; /* of co_to */
	struct ipiq_out *co_out;   /* NULL: calls to itself */
	unsigned int co_cpuid;     /* the target */
	unsigned int co_kept_first, co_kept_end, co_kept_room;
	struct call_kept *co_kept;               /* [first, end) by ticket */
	uint64_t co_settled;                     /* all tickets below have been answered */
	size_t co_bytes;                         /* of co_to */
	uint64_t co_open[LWKT_CALL_WINDOW / 64]; /* slots whose result nobody has taken */
};

/* Slots of a group whose lines are prefetched before their turn. */
#define CALLS_AHEAD 20u

/* Slots of a pair, a power of two, at most LWKT_CALL_WINDOW. A variable for the tests' sake. */
extern unsigned int calls_window;

/* Has the next call been asked? */
static inline bool
calls_asked(const struct call_in *ci)
{
	const struct call_slot *slot = &ci->ci_slot[ci->ci_next & ci->ci_mask];

	return ci->ci_next < ci->ci_known ||
	       __atomic_load_n(&slot->cl_turn, __ATOMIC_ACQUIRE) == 2 * ci->ci_next; /* E30 */
}

/* Run what has been asked by one sender, or by all; how many. */
unsigned int calls_run(struct lwkt_cpu *cpu, struct call_in *ci);
unsigned int calls_run_all(struct lwkt_cpu *cpu);

/* Functions of the notes that the sender sends: what was asked before co_mark went is run first. */
void calls_mark_reached(struct lwkt_note *note);

/* The first call of a pair is under way: from now on this CPU looks at its slots. */
void calls_connect(struct lwkt_note *note);

/* Wait until all calls of this CPU have been answered. */
void calls_synchronize(struct lwkt_cpu *cpu, const char *call);

/* The memory of the calls that this CPU has made. */
void calls_free(struct lwkt_cpu *cpu);

#endif /* LWKT_IPICALL_PVT_H */
