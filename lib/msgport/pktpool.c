/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds with invariants: pools that look at each mbuf that comes back (contract G97). A packet
 * that is freed while its message is on a port or in transit would be in two places at once. The
 * pool works as it would without; only the way back passes through here.
 */
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include "lwkt_pktmsg.h"
#include "msgport_pvt.h"

#if LWKT_INVARIANTS

/*
 * The pool kind that really keeps the mbufs: the one that DPDK or --mbuf-pool-ops-name chose. Every
 * mbuf passes through it, as there is no cache. On DPDK's usual ring an lcore without a processor
 * would hold up all others in the middle of its step, so the ring that waits for nobody is taken.
 */
static const struct rte_mempool_ops *
base(void)
{
	static const struct rte_mempool_ops *found; /* atomic; always the same */
	const struct rte_mempool_ops *ops = __atomic_load_n(&found, __ATOMIC_RELAXED);
	const char *name;

	if (likely(ops != NULL))
		return ops;
	name = rte_mbuf_best_mempool_ops();
	if (strcmp(name, "ring_mp_mc") == 0)
		name = "ring_mt_rts";
	for (unsigned int i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0) {
			ops = &rte_mempool_ops_table.ops[i];
			__atomic_store_n(&found, ops, __ATOMIC_RELAXED);
			return ops;
		}
	lwkt_panic("lwkt_pktmbuf_pool_create: no mempool driver %s; load it (-d)", name);
}

static int
checked_alloc(struct rte_mempool *mp)
{
	return base()->alloc(mp);
}

static void
checked_free(struct rte_mempool *mp)
{
	base()->free(mp);
}

static int
checked_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		lwkt_msg_t msg = lwkt_mbuf_msg(objs[i]);

		if (unlikely(msg_flags(msg) & (MSGF_QUEUED | MSGF_INTRANSIT)))
			msg_illegal("rte_pktmbuf_free", msg, msg->ms_target_port,
			    "the packet's message to be on no port and not in transit");
	}
	return base()->enqueue(mp, objs, n);
}

static int
checked_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	return base()->dequeue(mp, objs, n);
}

static unsigned int
checked_count(const struct rte_mempool *mp)
{
	return base()->get_count(mp);
}

static const struct rte_mempool_ops checked_ops = {
    .name = "lwkt_checked",
    .alloc = checked_alloc,
    .free = checked_free,
    .enqueue = checked_enqueue,
    .dequeue = checked_dequeue,
    .get_count = checked_count,
};

RTE_MEMPOOL_REGISTER_OPS(checked_ops)

const char *
pktpool_driver(void)
{
	return checked_ops.name;
}

#endif
