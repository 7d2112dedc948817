/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/stages: what several kinds of stages need.
 */
#ifndef LWKT_STAGES_PVT_H
#define LWKT_STAGES_PVT_H

#include <rte_mbuf_dyn.h>
#include <rte_reorder.h>

#include <lwkt_pipeline.h>

#include "lwkt_stages.h"

/*
 * The pool that a conf names, or gives, which sk_check has found fit. With neither *pool becomes NULL. 0, or a negative errno
 * after a logged line.
 */
int stage_pool(const struct lwkt_stage *st, struct rte_mempool *given, const char *name,
    struct rte_mempool **pool);

/*
 * Counters of a kind: its state begins with its public struct, uint64_t all through. 0; -EINVAL:
 * the stage is of another kind.
 */
int stage_copy_counters(
    const struct lwkt_stage *st, const struct lwkt_stage_kind *kind, void *counters, size_t bytes);

/* As lwkt_stage_count(), for what may not fit an unsigned int. */
static inline void
stage_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/*
 * A copy of the packet's first bytes, with its message's room, that counts as received; NULL: no
 * mbuf for it, or nothing to copy. pool NULL: the packet's own.
 */
struct rte_mbuf *stage_copy(
    struct lwkt_stage *st, const struct rte_mbuf *m, struct rte_mempool *pool, uint32_t bytes);

/*
 * The packet has been cut into n parts that share its data: they take its place and are emitted to
 * output 0.
 */
void stage_emit_parts(
    struct lwkt_stage *st, struct rte_mbuf *whole, struct rte_mbuf **parts, unsigned int n);

/*
 * What the kinds that cut packets have in common: their state, and what they are told
 * (struct lwkt_mtu_conf). A stage's handler goes through a burst with stage_cut(): packets that are
 * longer than the MTU allows are given to cut(), which says whether they have gone; those in front
 * of such a one go before it.
 */
struct stage_mtu {
	struct rte_mempool *sm_pool; /* NULL: each packet's own */
	uint32_t sm_mtu;
};

/* Most parts: of the longest packet with the smallest MTU, whose headers are long. */
#define STAGE_PARTS (UINT16_MAX / (LWKT_MTU_MIN - 128) + 1)

int stage_mtu_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes);
int stage_mtu_init(struct lwkt_stage *st, const void *conf);
void stage_cut(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n,
    bool (*cut)(struct lwkt_stage *st, struct rte_mbuf *m));
extern const struct lwkt_param stage_mtu_params[];

/* Where sequence numbers are: librte_reorder's field, from registering it on. */
int stage_seqn_register(const struct lwkt_stage *st);

static inline uint32_t *
stage_seqn(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, rte_reorder_seqn_dynfield_offset, uint32_t *);
}

/* Microseconds or nanoseconds as TSC cycles, at least one. */
uint64_t stage_cycles(uint64_t time, uint64_t per_second);

#endif /* LWKT_STAGES_PVT_H */
