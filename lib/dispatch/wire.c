/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wires, the producer's end: admit, fill vectors or make messages, send.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_malloc.h>

#include <lwkt_compat.h>
#include <lwkt_pktmsg.h>
#include <lwkt_pktburst.h>

#include "tap_pvt.h"
#include "wire_pvt.h"

#define BEHIND        4    /* vectors under way: then the next one goes when it is full */
#define LIMIT_DEFAULT 1024 /* packets, where what exceeds it is dropped */

/* Where vectors come home to: DONE says that they have been emptied. */
static struct lwkt_port home;

RTE_INIT(wire_home_init)
{
	lwkt_initport_replyonly_null(&home);
}

/*
 * Making
 */

bool
wire_takes_vectors(
    const struct lwkt_stage_kind *from, const struct lwkt_stage_kind *to, enum lwkt_edge_kind kind)
{
	if (kind == LWKT_EDGE_AUTO)
		return !from->sk_per_packet && !to->sk_per_packet;
	return kind == LWKT_EDGE_VECTOR;
}

static unsigned int
limit_of(const struct lwkt_edge_conf *conf)
{
	if (conf->ec_overflow == LWKT_OVERFLOW_CREDIT)
		return 0; /* the window is that small (window.c) */
	return conf->ec_limit != 0 ? conf->ec_limit : LIMIT_DEFAULT;
}

struct lwkt_wire *
wire_new(struct lwkt_edge *ed, const struct lwkt_edge_conf *conf, unsigned int number)
{
	struct lwkt_stage *from = ed->ed_from, *to = ed->ed_to;
	bool vectors = wire_takes_vectors(from->st_kind, to->st_kind, conf->ec_kind);
	size_t bytes = sizeof(struct lwkt_wire);
	struct lwkt_wire *wi;

	if (vectors)
		bytes += WIRE_VECTORS * sizeof(struct lwkt_pktvec);
	wi = rte_zmalloc_socket(
	    "lwkt", bytes, RTE_CACHE_LINE_SIZE, (int)rte_lcore_to_socket_id(from->st_lcore));
	if (wi == NULL)
		return NULL;
	wi->wi_from = from;
	wi->wi_to = to;
	wi->wi_number = number;
	wi->wi_flags = (int)(number << STAGE_WIRE_SHIFT);
	if (conf->ec_priority)
		wi->wi_flags |= MSGF_PRIORITY;
	if (conf->ec_overflow == LWKT_OVERFLOW_OLDEST)
		wi->wi_flags |= MSGF_DROPABLE;
	wi->wi_overflow = conf->ec_overflow;
	wi->wi_limit = limit_of(conf);
	wi->wi_vectors = vectors;
	wi->wi_vec = (struct lwkt_pktvec *)(void *)(wi + 1);
	lwkt_initmsg(&wi->wi_mark, &home, (wi->wi_flags & ~MSGF_DROPABLE) | STAGE_MSG_MARK);
	for (unsigned int i = 0; vectors && i < WIRE_VECTORS; i++)
		lwkt_pktvec_init(&wi->wi_vec[i], &home, wi->wi_flags | STAGE_MSG_VECTOR);
	return wi;
}

void
wire_free(struct lwkt_wire *wi)
{
	rte_free(wi);
}

/*
 * Admitting. Only the wires that have a limit of their own.
 */

static __rte_cold void
refuse(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	tap_end(wi->wi_from, "edge_full", pkts, n);
	stage_end(wi->wi_from, pkts, n);
	lwkt_stage_count(&wi->wi_full, n);
}

/* Of n packets the first so many may go; the others are dropped here. */
static unsigned int
admit(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int limit = wi->wi_limit, room;

	if (wi->wi_overflow == LWKT_OVERFLOW_OLDEST) /* the consumer's business, while it lives */
		limit *= 2;
	if (wi->wi_sent + n - wi->wi_taken_seen > limit)
		wi->wi_taken_seen = __atomic_load_n(&wi->wi_taken, __ATOMIC_RELAXED);
	room = limit - (unsigned int)(wi->wi_sent - wi->wi_taken_seen);
	if (likely(n <= room))
		return n;
	refuse(wi, pkts + room, n - room);
	return room;
}

/*
 * Packets as messages of their own.
 */

/* The private area is whatever the mbuf's last life left there. */
static void
send_packets(const struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_send_packets(&wi->wi_to->st_port, pkts, n, wi->wi_flags);
}

static void
forward_packets(const struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];

	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
		__atomic_store_n(&msgs[i]->ms_flags,
		    (msgs[i]->ms_flags & ~STAGE_MSG_FLAGS) | wi->wi_flags, __ATOMIC_RELAXED);
	}
	lwkt_forwardmsg_burst(&wi->wi_to->st_port, msgs, n);
}

/*
 * Vectors. The one whose turn it is stays open until it is full or the round ends. If none is free,
 * the consumer is WIRE_VECTORS behind: then packets go as messages of their own, which never fails,
 * and queue behind the vectors.
 */

static void
send_vector(struct lwkt_wire *wi)
{
	struct lwkt_pktvec *pv = &wi->wi_vec[wi->wi_next];

	wi->wi_next = (wi->wi_next + 1) % WIRE_VECTORS;
	wi->wi_open = false;
	lwkt_sendmsg(&wi->wi_to->st_port, &pv->pv_msg);
}

static void
open_vector(struct lwkt_wire *wi)
{
	struct lwkt_loop *lo = wi->wi_from->st_loop;

	wi->wi_open = true;
	if (!wi->wi_listed) {
		wi->wi_listed = true;
		lo->lo_listed[lo->lo_nlisted++] = wi;
	}
}

/* Returns how many it took. */
static inline unsigned int
fill_vectors(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int took = 0;

	while (took < n) {
		struct lwkt_pktvec *pv = &wi->wi_vec[wi->wi_next];

		if (!wi->wi_open) {
			if (unlikely(!lwkt_checkmsg(&pv->pv_msg))) /* E3 */
				break;
			open_vector(wi);
		}
		took += lwkt_pktvec_append(pv, pkts + took, n - took);
		if (lwkt_pktvec_count(pv) == LWKT_PKTVEC_MAX)
			send_vector(wi);
	}
	return took;
}

/* The mark of an earlier roll-out has been taken, or that one would not have ended. */
void
wire_mark(struct lwkt_wire *wi)
{
	lwkt_sendmsg(&wi->wi_to->st_port, &wi->wi_mark);
}

__rte_cold void
wire_pass(struct lwkt_wire *wi, lwkt_msg_t msg, int kind)
{
	int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED) & ~STAGE_MSG_FLAGS;

	if (wi->wi_open)
		send_vector(wi);
	flags |= (wi->wi_flags & ~MSGF_DROPABLE) | kind;
	__atomic_store_n(&msg->ms_flags, flags, __ATOMIC_RELAXED);
	lwkt_forwardmsg(&wi->wi_to->st_port, msg);
}

/* Is the consumer so far behind that the open vector had better wait for more packets? */
static inline bool
far_behind(const struct lwkt_wire *wi)
{
	unsigned int before = (wi->wi_next + WIRE_VECTORS - BEHIND) % WIRE_VECTORS;

	return !lwkt_checkmsg(&wi->wi_vec[before].pv_msg);
}

void
wires_flush(struct lwkt_loop *lo, bool all)
{
	unsigned int n = lo->lo_nlisted;

	lo->lo_nlisted = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct lwkt_wire *wi = lo->lo_listed[i];

		if (wi->wi_open && (all || !far_behind(wi)))
			send_vector(wi);
		wi->wi_listed = wi->wi_open;
		if (wi->wi_listed)
			lo->lo_listed[lo->lo_nlisted++] = wi;
	}
}

/*
 * ed_push
 */

/* Before packets go: how many may. */
static inline unsigned int
begin(struct lwkt_wire *wi, struct rte_mbuf **pkts, unsigned int n)
{
	if (unlikely(wi->wi_limit != 0))
		n = admit(wi, pkts, n);
	lwkt_stage_count(&wi->wi_sent, n);
	return n;
}

/* Plain mbufs, in vectors. */
static void
push_vectors(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	struct lwkt_wire *wi = ed->ed_wire;
	unsigned int took;

	n = begin(wi, pkts, n);
	took = fill_vectors(wi, pkts, n);
	if (unlikely(took < n))
		send_packets(wi, pkts + took, n - took);
}

/* Messages that have done their work, in vectors. */
static void
push_vectors_end(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	struct lwkt_wire *wi = ed->ed_wire;
	unsigned int took;

	n = begin(wi, pkts, n);
	stage_end_messages(pkts, n, EASYNC);
	took = fill_vectors(wi, pkts, n);
	if (unlikely(took < n))
		send_packets(wi, pkts + took, n - took);
}

/* Plain mbufs, one by one: from a source, where their lives as messages begin. */
static void
push_send(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	n = begin(ed->ed_wire, pkts, n);
	send_packets(ed->ed_wire, pkts, n);
}

/* Messages under way, one by one. */
static void
push_forward(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	n = begin(ed->ed_wire, pkts, n);
	forward_packets(ed->ed_wire, pkts, n);
}

/* Messages under way, in vectors. */
static void
push_vectors_active(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	struct lwkt_wire *wi = ed->ed_wire;
	unsigned int took;

	n = begin(wi, pkts, n);
	if (stage_is_source(wi->wi_from))
		stage_birth(pkts, n);
	took = fill_vectors(wi, pkts, n);
	if (unlikely(took < n))
		forward_packets(wi, pkts + took, n - took);
}

void
wire_connect(struct lwkt_edge *ed)
{
	const struct lwkt_wire *wi = ed->ed_wire;

	if (!wi->wi_vectors)
		ed->ed_push = stage_is_source(wi->wi_from) ? push_send : push_forward;
	else if (wi->wi_to->st_messages)
		ed->ed_push = push_vectors_active;
	else
		ed->ed_push = edge_ends_messages(ed) ? push_vectors_end : push_vectors;
}
