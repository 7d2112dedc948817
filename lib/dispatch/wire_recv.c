/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wires, the consumer's end: from the messages on a stage's port to its handler.
 */
#include <errno.h>

#include <rte_branch_prediction.h>

#include <lwkt_pktmsg.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

#define LOOK_EVERY 64 /* takes between two looks at how much is under way */

/* The packets' own messages that have been taken in a row. */
struct batch {
	unsigned int ba_n;
	unsigned int ba_counted; /* of these, the wires know */
	unsigned int ba_wire;    /* by which the others came */
	struct rte_mbuf *ba_pkt[LWKT_STAGE_BURST];
};

uint64_t
wire_depth(const struct lwkt_wire *wi)
{
	uint64_t taken = __atomic_load_n(&wi->wi_taken, __ATOMIC_ACQUIRE); /* first: never < 0 */

	return __atomic_load_n(&wi->wi_sent, __ATOMIC_RELAXED) - taken;
}

/* Packets of the wire have been taken off the port. */
static inline void
taken(struct lwkt_wire *wi, unsigned int n)
{
	if (unlikely(wi->wi_takes++ % LOOK_EVERY == 0)) {
		uint64_t depth = wire_depth(wi);

		if (depth > wi->wi_high)
			__atomic_store_n(&wi->wi_high, depth, __ATOMIC_RELAXED);
	}
	lwkt_stage_count(&wi->wi_taken, n);
}

/*
 * More is under way than the limit: of n packets that have just been taken, which are the oldest,
 * the first so many are too old. They have been dropped when it returns.
 */
static __rte_cold unsigned int
drop_oldest(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t depth = wire_depth(wi) + n; /* these count as taken already */
	unsigned int old;

	if (depth <= wi->wi_limit)
		return 0;
	old = (unsigned int)RTE_MIN(depth - wi->wi_limit, (uint64_t)n);
	stage_end(wi->wi_to, pkts, old);
	lwkt_stage_count(&wi->wi_oldest, old);
	return old;
}

/* From outside of the pipeline: they begin here, and have no credit. */
static __rte_cold void
came_in(struct lwkt_stage *st, unsigned int n)
{
	lwkt_stage_count(&st->st_stats.ss_received, n);
	loop_uncount_ended(st->st_loop, n);
}

/* Tell the wire of the batch's last packets; it may want to be rid of them. */
static void
count_batch(struct lwkt_stage *st, struct batch *ba)
{
	unsigned int old = 0, n = ba->ba_n - ba->ba_counted;
	struct rte_mbuf **pkts = &ba->ba_pkt[ba->ba_counted];
	struct lwkt_wire *wi;

	if (n == 0)
		return;
	if (unlikely(ba->ba_wire == 0)) {
		came_in(st, n);
	} else {
		wi = st->st_wire[ba->ba_wire - 1];
		taken(wi, n);
		if (unlikely(wi->wi_overflow == LWKT_OVERFLOW_OLDEST))
			old = drop_oldest(wi, pkts, n);
	}
	for (unsigned int i = 0; old > 0 && i < n - old; i++)
		pkts[i] = pkts[i + old];
	ba->ba_n -= old;
	ba->ba_counted = ba->ba_n;
}

static inline void
add_packet(struct lwkt_stage *st, struct batch *ba, lwkt_msg_t msg, unsigned int wire)
{
	if (unlikely(wire != ba->ba_wire)) {
		count_batch(st, ba);
		ba->ba_wire = wire;
	}
	ba->ba_pkt[ba->ba_n++] = lwkt_msg_mbuf(msg);
}

/* In a pipeline of plain mbufs the message has done its work. */
static inline void
become_plain(const struct lwkt_stage *st, lwkt_msg_t msg)
{
	if (!stage_messages(st))
		lwkt_replymsg(msg, EASYNC);
}

static inline void
handle_batch(struct lwkt_stage *st, struct batch *ba)
{
	count_batch(st, ba);
	if (ba->ba_n > 0)
		stage_handle(st, ba->ba_pkt, ba->ba_n);
	ba->ba_n = 0;
	ba->ba_counted = 0;
}

static unsigned int
take_vector(struct lwkt_stage *st, struct lwkt_wire *wi, lwkt_msg_t msg)
{
	struct rte_mbuf *pkts[LWKT_PKTVEC_MAX];
	unsigned int i = 0, burst, n = lwkt_pktvec_take(lwkt_msg_pktvec(msg), pkts);

	taken(wi, n);
	if (unlikely(wi->wi_overflow == LWKT_OVERFLOW_OLDEST))
		i = drop_oldest(wi, pkts, n);
	for (; i < n; i += burst) {
		burst = RTE_MIN(n - i, (unsigned int)LWKT_STAGE_BURST);
		stage_handle(st, pkts + i, burst);
	}
	return n;
}

static inline unsigned int
wire_number(int flags)
{
	return ((unsigned int)flags & STAGE_WIRE_MASK) >> STAGE_WIRE_SHIFT;
}

static void
take_mark(struct lwkt_stage *st, struct lwkt_wire *wi)
{
	wi->wi_marked = true;
	st->st_loop->lo_nmarked++;
	lwkt_replymsg(&wi->wi_mark, 0);
}

/* Something that is no packet's own message. Returns packets. */
static inline unsigned int
take_other(struct lwkt_stage *st, lwkt_msg_t msg, int flags)
{
	struct lwkt_wire *wi = wire_number(flags) > 0 ? st->st_wire[wire_number(flags) - 1] : NULL;

	switch (flags & STAGE_MSG_KIND) {
	case STAGE_MSG_VECTOR:
		return take_vector(st, wi, msg);
	case STAGE_MSG_MARK:
		take_mark(st, wi);
		return 0;
	default:
		fence_pass(msg);
		return 0;
	}
}

static unsigned int
take(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	struct batch ba = {0};
	unsigned int i, total = 0;

	for (i = 0; i < n; i++) {
		int flags = __atomic_load_n(&msgs[i]->ms_flags, __ATOMIC_RELAXED);

		if (likely((flags & STAGE_MSG_KIND) == 0)) {
			become_plain(st, msgs[i]);
			add_packet(st, &ba, msgs[i], wire_number(flags));
			total++;
			continue;
		}
		handle_batch(st, &ba); /* what came before goes before */
		total += take_other(st, msgs[i], flags);
		if (unlikely(st->st_loop->lo_nmarked > 0)) /* of the rest some may have to wait */
			return total + wire_take(st, msgs + i + 1, n - i - 1);
	}
	handle_batch(st, &ba);
	return total;
}

/* A roll-out is under way: what comes by a wire behind its mark waits. */
static __rte_cold unsigned int
take_some(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i, total = 0;

	for (i = 0; i < n; i++) {
		unsigned int wire =
		    wire_number(__atomic_load_n(&msgs[i]->ms_flags, __ATOMIC_RELAXED));

		if (wire > 0 && st->st_wire[wire - 1]->wi_marked)
			TAILQ_INSERT_TAIL(&st->st_later, msgs[i], ms_node);
		else
			total += take(st, &msgs[i], 1);
	}
	return total;
}

unsigned int
wire_take(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	if (unlikely(st->st_loop->lo_nmarked > 0))
		return take_some(st, msgs, n);
	return take(st, msgs, n);
}

void
wires_unmark(struct lwkt_loop *lo)
{
	lwkt_msg_t msg;

	lo->lo_nmarked = 0;
	for (unsigned int i = 0; i < lo->lo_nfed; i++)
		for (unsigned int w = 0; w < lo->lo_fed[i]->st_nwires; w++)
			lo->lo_fed[i]->st_wire[w]->wi_marked = false;
	for (unsigned int i = 0; i < lo->lo_nfed; i++)
		while ((msg = TAILQ_FIRST(&lo->lo_fed[i]->st_later)) != NULL) {
			TAILQ_REMOVE(&lo->lo_fed[i]->st_later, msg, ms_node);
			take(lo->lo_fed[i], &msg, 1);
		}
}

/*
 * Purging
 */

static unsigned int
purge_vector(struct lwkt_stage *st, struct lwkt_wire *wi, lwkt_msg_t msg)
{
	struct rte_mbuf *pkts[LWKT_PKTVEC_MAX];
	unsigned int n = lwkt_pktvec_take(lwkt_msg_pktvec(msg), pkts);

	taken(wi, n);
	lwkt_stage_purge(st, pkts, n);
	return n;
}

static void
purge_packet(struct lwkt_stage *st, unsigned int wire, lwkt_msg_t msg)
{
	struct rte_mbuf *m = lwkt_msg_mbuf(msg);

	if (wire == 0)
		came_in(st, 1);
	else
		taken(st->st_wire[wire - 1], 1);
	become_plain(st, msg);
	lwkt_stage_purge(st, &m, 1);
}

unsigned int
wire_purge(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i, total = 0;

	for (i = 0; i < n; i++) {
		int flags = __atomic_load_n(&msgs[i]->ms_flags, __ATOMIC_RELAXED);

		if ((flags & STAGE_MSG_KIND) == STAGE_MSG_MARK) {
			lwkt_replymsg(msgs[i], 0);
		} else if (flags & STAGE_MSG_FENCE) {
			fence_pass(msgs[i]);
			total++;
		} else if (flags & STAGE_MSG_VECTOR) {
			total += purge_vector(st, st->st_wire[wire_number(flags) - 1], msgs[i]);
		} else {
			purge_packet(st, wire_number(flags), msgs[i]);
			total++;
		}
	}
	return total;
}
