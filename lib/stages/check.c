/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check: are the numbers of a source's packets all there, once, in order?
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_log.h>

#include "stages_pvt.h"

#define SEEN 512 /* numbers below the next one that a flow remembers */

struct flow {
	uint64_t fl_next;
	uint64_t fl_seen[SEEN / 64]; /* by number modulo SEEN: did it come? */
};

struct check_state {
	struct lwkt_check_stats ck_stats; /* first */
	struct flow *ck_flows;
	uint32_t ck_nflows, ck_first_flow;
};

static int
check_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_check_conf *hc = conf;

	(void)view;
	if (hc == NULL || hc->hc_flows == 0 || hc->hc_flows - 1 <= UINT32_MAX - hc->hc_first_flow)
		return 0;
	snprintf(why, bytes, "flows: %u from %u on; flows have numbers up to %u", hc->hc_flows,
	    hc->hc_first_flow, UINT32_MAX);
	return -EINVAL;
}

static int
check_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_check_conf defaults;
	const struct lwkt_check_conf *hc = conf != NULL ? conf : &defaults;
	struct check_state *ck = st->st_state;

	ck->ck_nflows = hc->hc_flows != 0 ? hc->hc_flows : LWKT_CHECK_FLOWS;
	ck->ck_first_flow = hc->hc_first_flow;
	ck->ck_flows = rte_zmalloc_socket("lwkt", ck->ck_nflows * sizeof(struct flow), 0,
	    (int)rte_lcore_to_socket_id(st->st_lcore));
	if (ck->ck_flows == NULL) {
		lwkt_error("stage %s: no memory for %u flows; give EAL more (-m)", st->st_name,
		    ck->ck_nflows);
		return -ENOMEM;
	}
	return 0;
}

static inline void
set_seen(struct flow *fl, uint64_t number, bool seen)
{
	uint64_t *word = &fl->fl_seen[number % SEEN / 64], bit = UINT64_C(1) << number % 64;

	*word = seen ? *word | bit : *word & ~bit;
}

/* Numbers were passed over; nobody knows yet whether they come later. */
static __rte_cold void
note_gap(struct check_state *ck, struct flow *fl, uint64_t number)
{
	uint64_t gap = number - fl->fl_next;

	stage_add(&ck->ck_stats.hs_lost, gap);
	if (gap >= SEEN)
		memset(fl->fl_seen, 0, sizeof(fl->fl_seen));
	else
		while (fl->fl_next < number)
			set_seen(fl, fl->fl_next++, false);
	fl->fl_next = number;
}

static __rte_cold void
note_old(struct check_state *ck, struct flow *fl, uint64_t number)
{
	struct lwkt_check_stats *hs = &ck->ck_stats;

	if (fl->fl_next - number > SEEN) {
		stage_add(&hs->hs_old, 1);
	} else if (fl->fl_seen[number % SEEN / 64] & UINT64_C(1) << number % 64) {
		stage_add(&hs->hs_duplicate, 1);
	} else {
		set_seen(fl, number, true);
		stage_add(&hs->hs_late, 1);
		stage_add(&hs->hs_lost, UINT64_MAX); /* one less */
	}
}

static inline void
check(struct check_state *ck, const struct rte_mbuf *m)
{
	struct lwkt_probe room, probe;
	const void *at = rte_pktmbuf_read(m, LWKT_PROBE_OFFSET, sizeof(probe), &room);
	struct flow *fl;

	if (likely(at != NULL))
		memcpy(&probe, at, sizeof(probe));
	if (at == NULL || probe.pr_magic != LWKT_PROBE_MAGIC ||
	    probe.pr_flow - ck->ck_first_flow >= ck->ck_nflows) {
		stage_add(&ck->ck_stats.hs_foreign, 1);
		return;
	}
	fl = &ck->ck_flows[probe.pr_flow - ck->ck_first_flow];
	if (unlikely(probe.pr_number < fl->fl_next)) {
		note_old(ck, fl, probe.pr_number);
		return;
	}
	if (unlikely(probe.pr_number > fl->fl_next))
		note_gap(ck, fl, probe.pr_number);
	set_seen(fl, fl->fl_next++, true);
}

static void
check_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct check_state *ck = st->st_state;

	for (unsigned int i = 0; i < n; i++)
		check(ck, pkts[i]);
	stage_add(&ck->ck_stats.hs_packets, n);
	if (st->st_nouts > 0)
		lwkt_stage_emit(st, 0, pkts, n);
	else
		lwkt_stage_consumed(st, pkts, n);
}

static void
check_fini(struct lwkt_stage *st)
{
	struct check_state *ck = st->st_state;

	rte_free(ck->ck_flows);
}

int
lwkt_check_stats(const struct lwkt_stage *st, struct lwkt_check_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_check, stats, sizeof(*stats));
}

static const struct lwkt_param check_params[] = {
    {.pa_name = "flows",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_check_conf, hc_flows),
        .pa_min = 1,
        .pa_max = 1u << 20,
        .pa_default = LWKT_CHECK_FLOWS,
        .pa_help = "flows to follow"},
    {.pa_name = "first_flow",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_check_conf, hc_first_flow),
        .pa_max = UINT32_MAX,
        .pa_help = "number of the first of them"},
    {.pa_name = NULL},
};

/* As struct lwkt_check_stats. */
static const char *const check_counters[] = {
    "packets", "foreign", "lost", "late", "duplicate", "old", NULL};

static_assert(RTE_DIM(check_counters) - 1 == sizeof(struct lwkt_check_stats) / sizeof(uint64_t),
    "a name each");

const struct lwkt_stage_kind lwkt_stage_check = {
    .sk_name = "check",
    .sk_state_bytes = sizeof(struct check_state),
    .sk_check = check_check,
    .sk_init = check_init,
    .sk_handle = check_handle,
    .sk_fini = check_fini,
    .sk_counter_names = check_counters,
    .sk_params = check_params,
    .sk_conf_bytes = sizeof(struct lwkt_check_conf),
    .sk_max_outs = 1,
    .sk_plain = true,
};
