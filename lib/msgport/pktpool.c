/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pools whose packets may be messages: how they are made, and other people's adopted.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include "lwkt_compat.h"
#include "lwkt_pktmsg.h"
#include "msgport_pvt.h"

static_assert(sizeof(struct rte_mbuf) % RTE_CACHE_LINE_SIZE == 0,
    "the private area behind the mbuf is aligned as the mbuf is");

unsigned int lwkt_pktmsg_offset;

/*
 * Builds with invariants: pools that look at each mbuf that comes back (contract G97). A packet
 * that is freed while its message is on a port or in transit would be in two places at once. The
 * pool works as it would without; only the way back passes through here.
 */

#if LWKT_INVARIANTS

static const struct rte_mempool_ops *
find_ops(const char *name)
{
	for (unsigned int i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0)
			return &rte_mempool_ops_table.ops[i];
	return NULL;
}

/*
 * The pool kind that really keeps the mbufs: the one that DPDK or --mbuf-pool-ops-name chose. Every
 * mbuf passes through it, as there is no cache. On DPDK's usual ring an lcore without a processor
 * would hold up all others in the middle of its step, so the stack that waits for nobody is taken
 * where its driver is loaded. (The ring that waits for nobody, ring_mt_rts, lost mbufs in 22.11.)
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
		ops = find_ops("lf_stack");
	if (ops == NULL)
		ops = find_ops(name);
	if (ops == NULL)
		lwkt_panic("lwkt_pktmbuf_pool_create: no mempool driver %s; load it (-d)", name);
	__atomic_store_n(&found, ops, __ATOMIC_RELAXED);
	return ops;
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

static const char *
pktpool_driver(void)
{
	return checked_ops.name;
}

#endif /* LWKT_INVARIANTS */

/*
 * MAKING THEM
 *
 * That packets of a pool may be messages is a bit of the pool's own, which goes when the pool does:
 * of the flags in its private data, of which DPDK uses the lowest.
 */

#define POOL_ACCEPTED (1u << 31)

static bool offset_fixed; /* a pool has been made, or adopted */

static struct rte_pktmbuf_pool_private *
pool_private(const struct rte_mempool *pool)
{
	return rte_mempool_get_priv((struct rte_mempool *)(uintptr_t)pool);
}

static size_t
pool_priv_bytes(uint16_t user_priv_size)
{
	return lwkt_pktmsg_offset +
	       RTE_CACHE_LINE_ROUNDUP(sizeof(struct lwkt_msg) + user_priv_size);
}

struct rte_mempool *
lwkt_pktmbuf_pool_create(const char *name, unsigned int n, unsigned int cache,
    uint16_t user_priv_size, uint16_t data_room, int socket_id)
{
	size_t priv = pool_priv_bytes(user_priv_size);
	struct rte_mempool *pool;

	if (priv > UINT16_MAX) {
		rte_errno = EINVAL;
		return NULL;
	}
#if LWKT_INVARIANTS /* no cache: a wrong free is caught where it happens */
	(void)cache;
	pool = rte_pktmbuf_pool_create_by_ops(
	    name, n, 0, (uint16_t)priv, data_room, socket_id, pktpool_driver());
#else
	pool = rte_pktmbuf_pool_create_by_ops(
	    name, n, cache, (uint16_t)priv, data_room, socket_id, pktstack_driver());
#endif
	if (pool == NULL)
		return NULL;
	pool_private(pool)->flags |= POOL_ACCEPTED;
	offset_fixed = true;
	return pool;
}

size_t
lwkt_pktmbuf_pool_bytes(unsigned int n, uint16_t user_priv_size, uint16_t data_room)
{
	size_t element = sizeof(struct rte_mbuf) + pool_priv_bytes(user_priv_size) + data_room;

	return (size_t)n * rte_mempool_calc_obj_size((uint32_t)element, 0, NULL);
}

static __rte_cold int
pool_refuse(const struct rte_mempool *pool, const char *what)
{
	lwkt_error("pool %s: %s; make the pool with lwkt_pktmbuf_pool_create(), or with "
	           "rte_pktmbuf_pool_create() and a private area of %zu bytes more, a multiple of "
	           "64, and say with lwkt_pktmbuf_pool_adopt() where those are",
	    pool->name, what, sizeof(struct lwkt_msg));
	return -EINVAL;
}

/* Element size and offset decide; each mbuf's address follows from them. */
int
lwkt_pktmbuf_pool_adopt(struct rte_mempool *pool, unsigned int priv_offset)
{
	unsigned int priv = rte_pktmbuf_priv_size(pool);
	size_t stride = pool->header_size + pool->elt_size + pool->trailer_size;
	char what[128];

	if (priv_offset % RTE_CACHE_LINE_SIZE != 0 || priv_offset > priv ||
	    priv - priv_offset < sizeof(struct lwkt_msg)) {
		snprintf(what, sizeof(what),
		    "its mbufs have %u bytes of private area, a message needs %zu at %u, a multiple "
		    "of 64",
		    priv, sizeof(struct lwkt_msg), priv_offset);
		return pool_refuse(pool, what);
	}
	if (pool->header_size % RTE_CACHE_LINE_SIZE != 0 || stride % RTE_CACHE_LINE_SIZE != 0)
		return pool_refuse(pool, "its mbufs are not aligned to 64 bytes");
	if (offset_fixed && priv_offset != lwkt_pktmsg_offset) {
		lwkt_error("pool %s: its messages would be at %u of the private area, those of the "
		           "program's other pools are at %u; adopt it before all others, and them "
		           "with %u too",
		    pool->name, priv_offset, lwkt_pktmsg_offset, priv_offset);
		return -EINVAL;
	}
	lwkt_pktmsg_offset = priv_offset;
	offset_fixed = true;
	pool_private(pool)->flags |= POOL_ACCEPTED;
	return 0;
}

int
lwkt_pktmbuf_pool_check(const struct rte_mempool *pool)
{
	if (pool->private_data_size >= sizeof(struct rte_pktmbuf_pool_private) &&
	    (pool_private(pool)->flags & POOL_ACCEPTED) != 0)
		return 0;
	return pool_refuse(pool, "nobody has said that its packets may be messages");
}
