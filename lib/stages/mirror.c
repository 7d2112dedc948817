/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mirror: each packet goes on as it is; of every so many one is copied.
 */
#include <assert.h>

#include <rte_branch_prediction.h>

#include "stages_pvt.h"

#define OUT_COPY 1

struct mirror_state {
	struct lwkt_mirror_stats mi_stats; /* first */
	struct rte_mempool *mi_pool;       /* NULL: each packet's own */
	uint32_t mi_snap;
	uint32_t mi_every;
	uint32_t mi_turn; /* packets until the next copy */
};

static int
mirror_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_mirror_conf *ic = conf;
	int rc =
	    ic != NULL ? lwkt_stage_view_pool(view, ic->ic_pool, ic->ic_pool_name, why, bytes) : 0;

	return RTE_MIN(rc, 0);
}

static int
mirror_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_mirror_conf defaults;
	const struct lwkt_mirror_conf *ic = conf != NULL ? conf : &defaults;
	struct mirror_state *mi = st->st_state;

	mi->mi_snap = ic->ic_snap != 0 ? ic->ic_snap : UINT32_MAX;
	mi->mi_every = ic->ic_every != 0 ? ic->ic_every : 1;
	mi->mi_turn = mi->mi_every;
	return stage_pool(st, ic->ic_pool, ic->ic_pool_name, &mi->mi_pool);
}

/* The copies are made first: the originals are not ours any more when they have been emitted. */
static void
mirror_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct mirror_state *mi = st->st_state;
	struct rte_mbuf *copies[LWKT_STAGE_BURST];
	unsigned int made = 0, missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (--mi->mi_turn > 0)
			continue;
		mi->mi_turn = mi->mi_every;
		copies[made] = stage_copy(st, pkts[i], mi->mi_pool, mi->mi_snap);
		if (likely(copies[made] != NULL))
			made++;
		else
			missed++;
	}
	lwkt_stage_count(&mi->mi_stats.is_copied, made);
	lwkt_stage_count(&mi->mi_stats.is_missed, missed);
	lwkt_stage_emit(st, 0, pkts, n);
	if (made > 0)
		lwkt_stage_emit(st, OUT_COPY, copies, made);
}

int
lwkt_mirror_stats(const struct lwkt_stage *st, struct lwkt_mirror_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_mirror, stats, sizeof(*stats));
}

static const struct lwkt_param mirror_params[] = {
    {.pa_name = "snap",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_mirror_conf, ic_snap),
        .pa_max = UINT16_MAX,
        .pa_help = "bytes to copy of each packet; 0: all"},
    {.pa_name = "every",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_mirror_conf, ic_every),
        .pa_min = 1,
        .pa_max = UINT32_MAX,
        .pa_default = 1,
        .pa_help = "copy one of so many packets"},
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_mirror_conf, ic_pool_name),
        .pa_help = "name of the pool of the copies; none: that of the packet"},
    {.pa_name = NULL},
};

/* As struct lwkt_mirror_stats. */
static const char *const mirror_counters[] = {"copied", "missed", NULL};

static_assert(RTE_DIM(mirror_counters) - 1 == sizeof(struct lwkt_mirror_stats) / sizeof(uint64_t),
    "a name each");

const struct lwkt_stage_kind lwkt_stage_mirror = {
    .sk_name = "mirror",
    .sk_state_bytes = sizeof(struct mirror_state),
    .sk_check = mirror_check,
    .sk_init = mirror_init,
    .sk_handle = mirror_handle,
    .sk_counter_names = mirror_counters,
    .sk_params = mirror_params,
    .sk_conf_bytes = sizeof(struct lwkt_mirror_conf),
    .sk_min_outs = 2,
    .sk_max_outs = 2,
};
