/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wires, the consumer's end: from the messages on a stage's port to its handler.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include <lwkt_pktmsg.h>
#include <lwkt_transit.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

#define LOOK_EVERY 64 /* takes between two looks at how much is under way */

/* Packets that have been taken in a row, by themselves or in vectors. */
#define BATCH_MAX (TAKE_VECTORS * LWKT_PKTVEC_MAX)

struct batch {
	unsigned int ba_n;
	unsigned int ba_counted; /* of these, the wires know */
	unsigned int ba_wire;    /* by which the others came */
	struct rte_mbuf *ba_pkt[BATCH_MAX];
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

/* The next packets have come by this wire. */
static inline void
batch_wire(struct lwkt_stage *st, struct batch *ba, unsigned int wire)
{
	if (unlikely(wire != ba->ba_wire)) {
		count_batch(st, ba);
		ba->ba_wire = wire;
	}
}

/* In a pipeline of plain mbufs the message has done its work. */
static inline void
become_plain(const struct lwkt_stage *st, lwkt_msg_t msg)
{
	if (!stage_messages(st))
		lwkt_replymsg(msg, EASYNC);
}

/*
 * Send for the packets: the other CPU has written both lines of the mbuf, and the handler is going
 * to read them; the second one at the latest when it frees the packet.
 */
static inline void
fetch(struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		rte_mbuf_prefetch_part1(pkts[i]);
		rte_mbuf_prefetch_part2(pkts[i]);
	}
}

void
wire_fetch_next(unsigned int n)
{
	unsigned int ready;
	const lwkt_item_t *items = lwkt_transit_look(n, &ready);

	if (items == NULL)
		return;
	n = RTE_MIN(n, ready);
	for (unsigned int i = 0; i < n; i++) { /* if it is no packet's message, no harm is done */
		uintptr_t mbuf = items[i] - sizeof(struct rte_mbuf);

		rte_prefetch0((const void *)mbuf);
		rte_prefetch0((const void *)(mbuf + RTE_CACHE_LINE_MIN_SIZE));
	}
}

/* In bursts; while one is handled the next one is on its way. Returns how many came. */
static inline unsigned int
handle_batch(struct lwkt_stage *st, struct batch *ba)
{
	unsigned int i, burst, next, n, came = ba->ba_n;

	count_batch(st, ba); /* it may drop some */
	n = ba->ba_n;
	burst = RTE_MIN(n, (unsigned int)LWKT_STAGE_BURST);
	fetch(ba->ba_pkt, burst);
	for (i = 0; i < n; i += burst, burst = next) {
		next = RTE_MIN(n - i - burst, (unsigned int)LWKT_STAGE_BURST);
		fetch(ba->ba_pkt + i + burst, next);
		stage_handle(st, ba->ba_pkt + i, burst);
	}
	ba->ba_n = 0;
	ba->ba_counted = 0;
	return came;
}

static inline void
add_packet(struct lwkt_stage *st, struct batch *ba, lwkt_msg_t msg, unsigned int wire)
{
	batch_wire(st, ba, wire);
	ba->ba_pkt[ba->ba_n++] = lwkt_msg_mbuf(msg);
}

/* The vector goes home before its packets are handled. */
static inline void
add_vector(struct lwkt_stage *st, struct batch *ba, lwkt_msg_t msg, unsigned int wire)
{
	batch_wire(st, ba, wire);
	ba->ba_n += lwkt_pktvec_take(lwkt_msg_pktvec(msg), ba->ba_pkt + ba->ba_n);
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

/* A vector's pointers are in lines of their own. */
static inline void
fetch_vectors(lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct lwkt_pktvec *pv = lwkt_msg_pktvec(msgs[i]);
		const char *end = (const char *)(pv + 1);

		for (const char *p = (const char *)pv->pv_pkt; p < end; p += RTE_CACHE_LINE_SIZE)
			rte_prefetch0(p);
	}
}

static unsigned int
take(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	struct batch ba; /* but for the packets: */
	unsigned int i, total = 0;

	ba.ba_n = 0;
	ba.ba_counted = 0;
	ba.ba_wire = 0;
	if (st->st_fed_vectors)
		fetch_vectors(msgs, n);
	for (i = 0; i < n; i++) {
		int flags = __atomic_load_n(&msgs[i]->ms_flags, __ATOMIC_RELAXED);
		unsigned int wire = wire_number(flags);

		if ((flags & STAGE_MSG_KIND) == 0) {
			become_plain(st, msgs[i]);
			add_packet(st, &ba, msgs[i], wire);
			continue;
		}
		if ((flags & STAGE_MSG_KIND) == STAGE_MSG_VECTOR) {
			add_vector(st, &ba, msgs[i], wire);
			continue;
		}
		total += handle_batch(st, &ba); /* what came before goes before */
		if ((flags & STAGE_MSG_KIND) == STAGE_MSG_MARK)
			take_mark(st, st->st_wire[wire - 1]);
		else
			fence_pass(msgs[i]);
		if (unlikely(st->st_loop->lo_nmarked > 0)) /* of the rest some may have to wait */
			return total + wire_take(st, msgs + i + 1, n - i - 1);
	}
	return total + handle_batch(st, &ba);
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
