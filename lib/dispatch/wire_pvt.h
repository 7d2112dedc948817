/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: wires, the edges that cross CPUs.
 *
 *      producer CPU                                             consumer CPU
 *      push ── admit ──┬─ vector[next], open ── transit ──┬── port ── take ── handler
 *                      └─ each packet's own message ──────┘
 *
 * A wire has two ends with cache lines of their own. Both count packets, so wi_sent - wi_taken is
 * what is under way, to the packet, and the limit of a queue costs the producer a look at the
 * consumer's line only when it seems to be reached.
 *
 * The messages on a stage's port say in their high flags what they are and by which wire they came.
 */
#ifndef LWKT_WIRE_PVT_H
#define LWKT_WIRE_PVT_H

#include <lwkt_pktmsg.h>

#include "lwkt_fence.h"
#include "stage_pvt.h"

/* What a message on a stage's port is; in the application's half of ms_flags. */
#define STAGE_MSG_VECTOR MSGF_USER0                           /* a struct lwkt_pktvec */
#define STAGE_MSG_FENCE  MSGF_USER1                           /* a struct lwkt_fence */
#define STAGE_MSG_KIND   (STAGE_MSG_VECTOR | STAGE_MSG_FENCE) /* neither: a packet's own */
#define STAGE_MSG_MARK   STAGE_MSG_KIND                       /* both: a wire's mark (control.c) */
#define STAGE_MSG_FLOW   (STAGE_MSG_FENCE | LWKT_MSG_FLOW)    /* a struct lwkt_netmsg (flow.c) */

/* By which wire: its number at the consumer, from 1; 0: from outside of the pipeline. */
#define STAGE_WIRE_SHIFT 20
#define STAGE_WIRE_MAX   1023
#define STAGE_WIRE_MASK  (STAGE_WIRE_MAX << STAGE_WIRE_SHIFT)

/* What a wire sets, and what it clears of a message that came by another. */
#define STAGE_MSG_FLAGS \
	(STAGE_MSG_KIND | LWKT_MSG_FLOW | STAGE_WIRE_MASK | MSGF_PRIORITY | MSGF_DROPABLE)

#define WIRE_VECTORS 32 /* of a wire, a power of two */
#define TAKE_PACKETS 64 /* messages taken from a port at a time; */
#define TAKE_VECTORS 4  /* if some may be vectors: of these few are as much as a burst */

struct lwkt_wire {
	/* Constant once wired. */
	struct lwkt_stage *wi_from, *wi_to;
	unsigned int wi_number; /* at the consumer */
	int wi_flags;           /* of its messages */
	enum lwkt_overflow wi_overflow;
	unsigned int wi_limit; /* packets under way; 0: the credits bound them */
	bool wi_vectors;       /* packets go in vectors */

	/* The producer's. */
	alignas(64) uint64_t wi_sent; /* relaxed: packets */
	uint64_t wi_taken_seen;       /* wi_taken, when it looked last */
	uint64_t wi_full;             /* relaxed: packets dropped because it was full */
	unsigned int wi_next;         /* the vector whose turn it is */
	bool wi_open;                 /* that one has packets in it */
	bool wi_listed;               /* on the loop's list of wires to flush */
	struct lwkt_pktvec *wi_vec;   /* [WIRE_VECTORS] */
	struct lwkt_msg wi_mark;      /* its mark, for roll-outs */

	/* The consumer's. */
	alignas(64) uint64_t wi_taken; /* relaxed: packets */
	uint64_t wi_oldest;            /* relaxed: packets dropped because they were the oldest */
	uint64_t wi_high;              /* relaxed: most packets that it has found under way */
	uint64_t wi_high_time_ns;      /* relaxed: when that was, CLOCK_REALTIME */
	unsigned int wi_takes;         /* since the last look */
	bool wi_marked;                /* the mark has come; what is behind it waits */
};

/*
 * The wire of an output, on the producer's node; number: its own at the consumer, from 1. NULL: no
 * memory.
 */
struct lwkt_wire *wire_new(
    struct lwkt_edge *ed, const struct lwkt_edge_conf *conf, unsigned int number);
void wire_free(struct lwkt_wire *wi);

/* Does an output of this kind between these stages take vectors? */
bool wire_takes_vectors(
    const struct lwkt_stage_kind *from, const struct lwkt_stage_kind *to, enum lwkt_edge_kind kind);

/* The ed_push of this wire. */
void wire_connect(struct lwkt_edge *ed);

/* Send the vectors that have packets in them; all: even where the consumer is far behind. */
void wires_flush(struct lwkt_loop *lo, bool all);

/* Roll-outs: does the wire lead to a loop later in the order? Put its mark on it. */
static inline bool
wire_leads_on(const struct lwkt_wire *wi)
{
	return wi->wi_to->st_loop->lo_index > wi->wi_from->st_loop->lo_index;
}

void wire_mark(struct lwkt_wire *wi);

/* A message that somebody works on goes behind the packets, as this kind. */
void wire_pass(struct lwkt_wire *wi, lwkt_msg_t msg, int kind);

/* All inbound marks have come, and served: what waited behind them is handled. */
void wires_unmark(struct lwkt_loop *lo);

/* Messages of packets that are next in transit: send for the packets. */
void wire_fetch_next(unsigned int n);

/*
 * Packets to a stage that wants no messages, straight out of transit to its handler: as wire_take()
 * of what its port has, for the most frequent case. Returns how many; 0: ask the port.
 */
unsigned int wire_take_plain(struct lwkt_stage *st);

/* Messages taken from st's port: to its handler, or back to the sender if purge. */
unsigned int wire_take(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n);
unsigned int wire_purge(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n);

/*
 * Packets under way on a wire. Exact while both CPUs are parked, else it may lag, never negative.
 */
uint64_t wire_depth(const struct lwkt_wire *wi);

/*
 * feed.c: n packets that came by wire number so-and-so (0: from outside) have been taken off
 * st's port. wire_count(): if the wire drops the oldest, the first of them may be too old; returns
 * how many it has dropped.
 */
void wire_came(struct lwkt_stage *st, unsigned int wire, unsigned int n);
unsigned int wire_count(
    struct lwkt_stage *st, unsigned int wire, struct rte_mbuf **pkts, unsigned int n);

/* A fence has been taken from a stage's port: on to the next, or done. (fence.c) */
void fence_pass(lwkt_msg_t msg);

/* And such a message: on by an output, or run. (flow.c) */
void flow_arrived(struct lwkt_stage *st, lwkt_msg_t msg);

#endif /* LWKT_WIRE_PVT_H */
