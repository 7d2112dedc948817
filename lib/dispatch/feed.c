/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wires, the consumer's end: from the messages on a stage's port to its handler, and counting what
 * has been taken off.
 */

#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include <lwkt_clock.h>
#include <lwkt_pktburst.h>
#include <lwkt_pktmsg.h>
#include <lwkt_transit.h>

#include "tap_pvt.h"
#include "wire_pvt.h"

/* Packets that have been taken in a row, by themselves or in vectors. */
#define BATCH_MAX (TAKE_VECTORS * LWKT_PKTVEC_MAX)

struct batch {
	unsigned int ba_n;
	unsigned int ba_counted; /* of these, the wires know */
	unsigned int ba_wire;    /* by which the others came */
	struct rte_mbuf *ba_pkt[BATCH_MAX];
};

/* Count the batch's last packets; their wire may want to be rid of some. */
static void
count_batch(struct lwkt_stage *st, struct batch *ba)
{
	unsigned int old, n = ba->ba_n - ba->ba_counted;
	struct rte_mbuf **pkts = &ba->ba_pkt[ba->ba_counted];

	if (n == 0)
		return;
	old = wire_count(st, ba->ba_wire, pkts, n);
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
	const size_t offset = sizeof(struct rte_mbuf) + lwkt_pktmsg_offset; /* read once */
	unsigned int ready;
	const lwkt_item_t *items = lwkt_transit_look(n, &ready);

	if (items == NULL)
		return;
	n = RTE_MIN(n, ready);
	for (unsigned int i = 0; i < n; i++) { /* if it is no packet's message, no harm is done */
		uintptr_t mbuf = items[i] - offset;

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

static inline int
flags_of(const struct lwkt_msg *msg)
{
	return __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);
}

static inline unsigned int
wire_number(int flags)
{
	return ((unsigned int)flags & STAGE_WIRE_MASK) >> STAGE_WIRE_SHIFT;
}

/*
 * A packet, whose message has these flags, and those behind it that came by the same wire. Returns
 * how many. If nothing wants their messages any more, these have done their work.
 */
static inline unsigned int
add_packets(struct lwkt_stage *st, struct batch *ba, lwkt_msg_t *msgs, unsigned int n, int flags)
{
	const int same = (int)(STAGE_MSG_KIND | STAGE_WIRE_MASK);
	unsigned int i = 0;

	batch_wire(st, ba, wire_number(flags));
	do
		ba->ba_pkt[ba->ba_n++] = lwkt_msg_mbuf(msgs[i]);
	while (++i < n && ((flags_of(msgs[i]) ^ flags) & same) == 0);
	if (!st->st_messages)
		lwkt_replymsg_burst(msgs, i, EASYNC);
	return i;
}

/* The vector goes home before its packets are handled. */
static inline void
add_vector(struct lwkt_stage *st, struct batch *ba, lwkt_msg_t msg, unsigned int wire)
{
	batch_wire(st, ba, wire);
	ba->ba_n += lwkt_pktvec_take(lwkt_msg_pktvec(msg), ba->ba_pkt + ba->ba_n);
}

static void
take_mark(struct lwkt_stage *st, struct lwkt_wire *wi)
{
	wi->wi_marked = true;
	st->st_loop->lo_nmarked++;
	lwkt_replymsg(&wi->wi_mark, 0);
}

/* A fence, or a message of a flow. */
static __rte_cold void
take_special(struct lwkt_stage *st, lwkt_msg_t msg)
{
	if ((flags_of(msg) & STAGE_MSG_FLOW) == STAGE_MSG_FLOW)
		flow_arrived(st, msg);
	else
		fence_pass(msg);
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
		int flags = flags_of(msgs[i]);
		unsigned int wire = wire_number(flags);

		if ((flags & STAGE_MSG_KIND) == 0) {
			i += add_packets(st, &ba, msgs + i, n - i, flags) - 1;
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
			take_special(st, msgs[i]);
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
		unsigned int wire = wire_number(flags_of(msgs[i]));

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

unsigned int
wire_take_plain(struct lwkt_stage *st)
{
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n, old;
	int flags;

	if (unlikely(st->st_loop->lo_nmarked > 0)) /* some may have to wait */
		return 0;
	n = lwkt_getport_packets(&st->st_port, pkts, LWKT_STAGE_BURST, STAGE_MSG_KIND, &flags);
	if (n == 0)
		return 0;
	old = wire_count(st, wire_number(flags), pkts, n);
	if (likely(old < n))
		stage_handle(st, pkts + old, n - old);
	return n;
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
purge_vector(struct lwkt_stage *st, unsigned int wire, lwkt_msg_t msg)
{
	struct rte_mbuf *pkts[LWKT_PKTVEC_MAX];
	unsigned int n = lwkt_pktvec_take(lwkt_msg_pktvec(msg), pkts);

	wire_came(st, wire, n);
	lwkt_stage_count(&st->st_unhanded, n);
	lwkt_stage_purge(st, pkts, n);
	return n;
}

static void
purge_packet(struct lwkt_stage *st, unsigned int wire, lwkt_msg_t msg)
{
	struct rte_mbuf *m = lwkt_msg_mbuf(msg);

	wire_came(st, wire, 1);
	if (!st->st_messages)
		lwkt_replymsg(msg, EASYNC);
	lwkt_stage_count(&st->st_unhanded, 1);
	lwkt_stage_purge(st, &m, 1);
}

unsigned int
wire_purge(struct lwkt_stage *st, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i, total = 0;

	for (i = 0; i < n; i++) {
		int flags = flags_of(msgs[i]);

		if ((flags & STAGE_MSG_KIND) == STAGE_MSG_MARK) {
			lwkt_replymsg(msgs[i], 0);
		} else if ((flags & STAGE_MSG_FLOW) == STAGE_MSG_FLOW) {
			lwkt_stage_cancel(st, msgs[i]);
			total++;
		} else if (flags & STAGE_MSG_FENCE) {
			fence_pass(msgs[i]);
			total++;
		} else if (flags & STAGE_MSG_VECTOR) {
			total += purge_vector(st, wire_number(flags), msgs[i]);
		} else {
			purge_packet(st, wire_number(flags), msgs[i]);
			total++;
		}
	}
	return total;
}

/*
 * COUNTING
 */

#define LOOK_EVERY 64 /* takes between two looks at how much is under way */

uint64_t
wire_depth(const struct lwkt_wire *wi)
{
	uint64_t taken = __atomic_load_n(&wi->wi_taken, __ATOMIC_ACQUIRE); /* first: never < 0 */

	return __atomic_load_n(&wi->wi_sent, __ATOMIC_RELAXED) - taken;
}

static __rte_cold void
look_at_depth(struct lwkt_wire *wi)
{
	uint64_t depth = wire_depth(wi);

	if (depth <= wi->wi_high)
		return;
	__atomic_store_n(&wi->wi_high, depth, __ATOMIC_RELAXED);
	__atomic_store_n(&wi->wi_high_time_ns, lwkt_time_of_day_ns(), __ATOMIC_RELAXED);
}

static inline void
taken(struct lwkt_wire *wi, unsigned int n)
{
	if (unlikely(wi->wi_takes++ % LOOK_EVERY == 0))
		look_at_depth(wi);
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
	tap_end(wi->wi_to, "oldest", pkts, old);
	stage_end(wi->wi_to, pkts, old);
	lwkt_stage_count(&wi->wi_oldest, old);
	return old;
}

/* From outside of the pipeline: they begin here, and have no credit. */
static __rte_cold void
came_in(struct lwkt_stage *st, unsigned int n)
{
	lwkt_stage_count(&st->st_stats.ss_received, n);
	lwkt_stage_count(&st->st_came, n);
	loop_uncount_ended(st->st_loop, n);
}

void
wire_came(struct lwkt_stage *st, unsigned int wire, unsigned int n)
{
	if (likely(wire != 0))
		taken(st->st_wire[wire - 1], n);
	else
		came_in(st, n);
}

unsigned int
wire_count(struct lwkt_stage *st, unsigned int wire, struct rte_mbuf **pkts, unsigned int n)
{
	wire_came(st, wire, n);
	if (wire != 0 && unlikely(st->st_wire[wire - 1]->wi_overflow == LWKT_OVERFLOW_OLDEST))
		return drop_oldest(st->st_wire[wire - 1], pkts, n);
	return 0;
}
