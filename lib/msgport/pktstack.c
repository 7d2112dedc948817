/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mempool driver of packets, "lwkt_packets". What lcores send back, a cache full at a time,
 * lies on DPDK's stack, and what came back last goes out first:
 *
 *      tx lcore ─ its cache, full ──▶ stack ──▶ rx lcore's cache, empty
 *
 * So there are no more mbufs in circulation than are under way, and they stay in the processors'
 * caches and TLBs; a ring lets all of a pool go round, the coldest first.
 *
 * And where only a few mbufs fit into a page, DPDK puts the first of each page at its beginning:
 * all of them share the few sets of a cache that these addresses have. Here each page begins
 * elsewhere.
 */
#include <stdbool.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include "msgport_pvt.h"

#if !LWKT_INVARIANTS /* such builds have pktpool.c, on whatever DPDK would take */

#define STEP RTE_CACHE_LINE_SIZE /* between the places at which pages begin */
#define FEW  8                   /* mbufs in a page: more of them begin all over it anyway */

static const struct rte_mempool_ops *
find(const char *name)
{
	for (unsigned int i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0)
			return &rte_mempool_ops_table.ops[i];
	return NULL;
}

/* DPDK's stack. Its driver may come later than this file, with the plugins. */
static inline const struct rte_mempool_ops *
base(void)
{
	static const struct rte_mempool_ops *stack; /* relaxed: all write the same */
	const struct rte_mempool_ops *seen = __atomic_load_n(&stack, __ATOMIC_RELAXED);

	if (unlikely(seen == NULL)) {
		seen = find("stack");
		__atomic_store_n(&stack, seen, __ATOMIC_RELAXED);
	}
	return seen;
}

static int
stack_alloc(struct rte_mempool *mp)
{
	return base()->alloc(mp);
}

static void
stack_free(struct rte_mempool *mp)
{
	base()->free(mp);
}

static int
stack_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	return base()->enqueue(mp, objs, n);
}

static int
stack_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	return base()->dequeue(mp, objs, n);
}

static unsigned int
stack_count(const struct rte_mempool *mp)
{
	return base()->get_count(mp);
}

/*
 * Populating
 */

/* Memory that is left of what the pool has been given. */
struct chunk {
	char *ch_at, *ch_end;
	rte_iova_t ch_iova; /* of ch_at; RTE_BAD_IOVA: unknown */
};

static void
skip(struct chunk *ch, size_t bytes)
{
	ch->ch_at += bytes;
	if (ch->ch_iova != RTE_BAD_IOVA)
		ch->ch_iova += bytes;
}

/* At most so many mbufs into what is left of a page. @return how many. */
static unsigned int
fill_page(struct rte_mempool *mp, struct chunk ch, size_t room, unsigned int most,
    rte_mempool_populate_obj_cb_t *obj_cb, void *arg)
{
	size_t total = mp->header_size + mp->elt_size + mp->trailer_size;
	unsigned int n = (unsigned int)RTE_MIN(room / total, (size_t)most);
	size_t places = (room - n * total) / STEP + 1;

	if (n > 0)
		skip(&ch, mp->populated_size / n % places * STEP);
	for (unsigned int i = 0; i < n; i++) {
		void *obj;

		skip(&ch, mp->header_size);
		obj = ch.ch_at;
		obj_cb(mp, arg, obj, ch.ch_iova);
		rte_mempool_ops_enqueue_bulk(mp, &obj, 1);
		skip(&ch, total - mp->header_size);
	}
	return n;
}

static int
stack_populate(struct rte_mempool *mp, unsigned int most, void *vaddr, rte_iova_t iova, size_t len,
    rte_mempool_populate_obj_cb_t *obj_cb, void *arg)
{
	size_t total = mp->header_size + mp->elt_size + mp->trailer_size, page;
	struct chunk ch = {vaddr, (char *)vaddr + len, iova};
	unsigned int done = 0;
	int rc = rte_mempool_get_page_size(mp, &page);

	if (rc < 0)
		return rc;
	if (page < total || page / total > FEW)
		return rte_mempool_op_populate_default(mp, most, vaddr, iova, len, obj_cb, arg);
	while (done < most && ch.ch_at < ch.ch_end) {
		const char *next = RTE_PTR_ALIGN_CEIL(ch.ch_at + 1, page);
		size_t room = (size_t)(RTE_MIN(next, (const char *)ch.ch_end) - ch.ch_at);

		done += fill_page(mp, ch, room, most - done, obj_cb, arg);
		skip(&ch, room);
	}
	return (int)done;
}

static const struct rte_mempool_ops stack_ops = {
    .name = "lwkt_packets",
    .alloc = stack_alloc,
    .free = stack_free,
    .enqueue = stack_enqueue,
    .dequeue = stack_dequeue,
    .get_count = stack_count,
    .populate = stack_populate,
};

RTE_MEMPOOL_REGISTER_OPS(stack_ops)

/* What somebody has asked for, or the hardware brings, comes first. */
const char *
pktstack_driver(void)
{
	bool chosen =
	    rte_mbuf_user_mempool_ops() != NULL || rte_mbuf_platform_mempool_ops() != NULL;

	return chosen || base() == NULL ? rte_mbuf_best_mempool_ops() : stack_ops.name;
}

#endif
