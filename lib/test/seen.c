/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mbufs that do not come back: a tap on all stages notes in each packet where it is.
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_mbuf_dyn.h>

#include <lwkt_tap.h>

#include "test_pvt.h"

#define SEEN_FREE UINT32_MAX

static int seen_offset = -1;

/* The stage's number + 1; 0: none yet. */
static uint32_t *
seen_at(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, seen_offset, uint32_t *);
}

static void
seen_note(struct lwkt_tap *ta, const struct lwkt_tap_view *view)
{
	const struct lwkt_pipeline *pl = view->tv_stage->st_pipeline;
	uint32_t number = 0;

	(void)ta;
	while (lwkt_pipeline_stage(pl, number++) != view->tv_stage)
		;
	for (unsigned int i = 0; i < view->tv_n; i++)
		for (struct rte_mbuf *m = view->tv_pkts[i]; m != NULL; m = m->next)
			*seen_at(m) = number;
}

static struct lwkt_tap seen_tap = {.ta_fn = seen_note, .ta_points = LWKT_TAP_IN};

int
seen_register(void)
{
	static const struct rte_mbuf_dynfield field = {
	    .name = "lwkt_test_seen", .size = sizeof(uint32_t), .align = alignof(uint32_t)};

	seen_offset = rte_mbuf_dynfield_register(&field);
	return seen_offset < 0 ? -rte_errno : 0;
}

int
seen_watch(struct lwkt_pipeline *pl)
{
	int rc = 0;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl) && rc == 0; i++)
		rc = lwkt_tap_add(pl, i, &seen_tap);
	return rc;
}

struct search {
	unsigned int se_away;
	uint32_t se_seen; /* of the first */
};

static void
seen_count(struct rte_mempool *pool, void *arg, void *obj, unsigned int i)
{
	struct search *se = arg;
	uint32_t seen = *seen_at(obj);

	(void)pool;
	(void)i;
	if (seen == SEEN_FREE)
		return;
	if (se->se_away++ == 0)
		se->se_seen = seen;
}

unsigned int
seen_away(struct rte_mempool *pool, const struct lwkt_pipeline *pl, const struct lwkt_stage **last)
{
	void **all = malloc(pool->size * sizeof(*all));
	struct search se = {0};
	unsigned int n = 0;

	*last = NULL;
	if (all == NULL)
		return rte_mempool_in_use_count(pool);
	while (n < pool->size && rte_mempool_get(pool, &all[n]) == 0)
		*seen_at(all[n++]) = SEEN_FREE;
	rte_mempool_obj_iter(pool, seen_count, &se);
	for (unsigned int i = 0; i < n; i++)
		*seen_at(all[i]) = 0;
	if (n > 0)
		rte_mempool_put_bulk(pool, all, n);
	free(all);
	if (se.se_away > 0 && se.se_seen > 0)
		*last = lwkt_pipeline_stage(pl, se.se_seen - 1);
	return se.se_away;
}
