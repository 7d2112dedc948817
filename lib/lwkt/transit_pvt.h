/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: the two ends of an ordered pair of CPUs.
 */
#ifndef LWKT_IPIQ_PVT_H
#define LWKT_IPIQ_PVT_H

#include <rte_branch_prediction.h>

#include "cpu_pvt.h"
#include "lwkt_ipiq.h"
#include "ring_pvt.h"

#define CALLS_MAX 16 /* functions on their way from one CPU to another; a power of two */

/* A function on its way. The sender writes it, the receiver reads it after E1. */
struct ipiq_call {
	lwkt_item_t ic_link; /* transit's, while spilled */
	lwkt_ipifunc_t ic_func;
	void *ic_arg;
};

/* What all that is gathered is: not lazy, passive, or nothing but the mark of calls in a slot. */
enum lazy { LAZY_NOT, LAZY_PASSIVE, LAZY_MARK };

/*
 * The sender's end. Only the sending CPU writes it; lwkt_transit_stats() reads the counters
 * (relaxed) from anywhere, the receiver reads io_calls.
 */
struct ipiq_out {
	alignas(RTE_CACHE_LINE_SIZE) struct lwkt_gather io_gather;
	struct rte_ring *io_ring;
	uint32_t io_ring_next;   /* number of the ring's next item */
	uint32_t io_ring_end;    /* and of the first that had no room when E20 was looked at */
	unsigned int io_flush;   /* as many gathered items force a publication */
	unsigned int io_quarter; /* as many passive ones do */
	bool io_dirty;           /* on gd_dirty */
	uint8_t io_lazy;         /* enum lazy: what is gathered need not go soon */
	lwkt_item_t io_spill_head, io_spill_tail; /* valid while io_spilled > 0 */
	uint64_t io_spilled;
	uint64_t io_items, io_publications;

	uint64_t io_spill_high, io_ring_full;
	uint64_t io_call_seq; /* of the last function sent; the first has 1 */
	uint32_t io_odd;      /* items sent that are no messages */
	struct ipiq_in *io_to;
	bool io_signals;             /* a bell, or a receiver that may sleep */
	uint8_t *io_bell;            /* the receiver's, for this pair; NULL: it polls the ring */
	struct lwkt_cpu *io_sleeper; /* the receiver; NULL: it never sleeps */
	struct ipiq_call io_calls[CALLS_MAX]; /* by sequence number */
	uint64_t io_spill_high_time_ns;       /* CLOCK_REALTIME */
};

/* The receiver's end. Only the receiving CPU writes it, but for ii_odd. */
struct ipiq_in {
	alignas(RTE_CACHE_LINE_SIZE) struct rte_ring *ii_ring;
	struct ring_reader ii_reader;
	uint8_t *ii_bell;         /* or NULL */
	struct call_in *ii_calls; /* calls in a slot by this sender; NULL: none yet */
	unsigned int ii_from;     /* the sender's lcore */
	unsigned int ii_depth;    /* callbacks of this sender that have not returned */
	uint32_t ii_odd;          /* atomic: the sender's io_odd. It goes with E1 */
	uint32_t ii_odd_run;      /* of them, those that have been handled */
	uint32_t ii_taken;        /* the gd_pass in which ports took messages themselves */
	uint32_t ii_left;         /* of a poll that left messages: the number behind the last one */
	uint32_t ii_left_in;      /* and the gd_pass before which that was */
	bool ii_wired;            /* lwkt_init() has given it a sender */
	uint8_t ii_stays;         /* polls in a row that left it as it was, though none was taken */

	/* What the sender waits for. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t ii_call_read; /* atomic: call slots free again */
	uint64_t ii_call_done; /* atomic (E6): functions returned; trails ii_call_read */
};
static_assert(sizeof(struct ipiq_in) == 2 * RTE_CACHE_LINE_SIZE, "a line for each side");

/*
 * An item that is on a spill list or an inbox keeps the next item in its node's first word. The
 * node is another type to everybody else, hence may_alias.
 */
typedef lwkt_item_t __attribute__((may_alias)) link_t;

static inline link_t *
item_link(lwkt_item_t item)
{
	return (link_t *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);
}

/*
 * Bells. To look at each of a hundred rings takes too long when all are empty, so beyond a few CPUs
 * a sender that has published also sets a byte, next to those of the other senders. The receiver
 * looks at eight of them at a time, clears what it finds and then looks into the ring: whoever
 * publishes after that sets the byte again. A byte may be set though its ring is empty, never the
 * other way round, when the receiver has handled what it found. With few CPUs the rings themselves
 * are polled, because the bell is one more cache line on the way of each burst.
 */
static inline void
ring_bell(uint8_t *bell)
{
	if (unlikely(bell != NULL))
		__atomic_store_n(bell, 1, __ATOMIC_RELEASE); /* E14 */
}

/* Bytes of memory of a ring, and both ends of a pair connected to the one made in it. */
size_t ipiq_wire_bytes(const struct lwkt_config *cfg);
void ipiq_wire(struct ipiq_out *out, struct ipiq_in *in, void *mem, const struct lwkt_config *cfg);

/* Has this end's sender published nothing that is not taken yet? */
bool ipiq_in_empty(const struct ipiq_in *in);

/* Nothing is gathered: the first item has to be noticed. */
static inline void
ipiq_out_empty(struct ipiq_out *out)
{
	out->io_gather.ga_next = out->io_gather.ga_stop = out->io_gather.ga_item;
	out->io_lazy = LAZY_NOT;
}

static inline unsigned int
ipiq_out_gathered(const struct ipiq_out *out)
{
	return (unsigned int)(out->io_gather.ga_next - out->io_gather.ga_item);
}

/* Is there nothing that a flush should publish? A mark alone is nothing. */
static inline bool
ipiq_out_idle(const struct ipiq_out *out)
{
	return out->io_spilled == 0 && (out->io_lazy == LAZY_MARK || ipiq_out_gathered(out) == 0);
}

/* Something that is no message is about to be gathered: no poll may leave it in the ring. */
static inline void
ipiq_odd(struct ipiq_out *out)
{
	__atomic_store_n(&out->io_to->ii_odd, ++out->io_odd, __ATOMIC_RELAXED);
}

/*
 * Nothing is gathered: leave a mark there, which goes ahead of the next item and never alone, so
 * that no flush has to know of it.
 */
static inline void
ipiq_gather_mark(struct ipiq_out *out, lwkt_item_t mark)
{
	ipiq_odd(out);
	out->io_gather.ga_item[0] = mark;
	out->io_gather.ga_next = out->io_gather.ga_stop = &out->io_gather.ga_item[1];
	out->io_lazy = LAZY_MARK;
}

/* Publish what is gathered for one receiver; it spills what does not fit. */
void ipiq_publish(struct lwkt_cpu *cpu, struct ipiq_out *out);

/* Something has been published: tell a receiver that does not look all the time. */
void ipiq_signal(const struct ipiq_out *out);

/* Is nothing under way from or to this CPU? */
bool ipiq_idle(const struct lwkt_cpu *cpu);

/* Publish what is gathered; all: passive functions too. */
void ipiq_flush(struct lwkt_cpu *cpu, bool all);

/* Gather an item. lazy: it need not be published soon. */
void ipiq_send(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item, bool lazy);

#endif /* LWKT_IPIQ_PVT_H */
