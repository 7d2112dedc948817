/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * l2fwd: each packet leaves by the output that is set for the ethdev it came from.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_prefetch.h>

#include <lwkt_pipeline.h>

#include "lwkt_stages.h"

#define GROUP 4 /* packets that are rewritten together */

/* Destination and source as they go into the frame. */
struct macs {
	struct rte_ether_addr dst, src;
};

static_assert(sizeof(struct macs) == sizeof(uint64_t) + sizeof(uint32_t), "see rewrite_run()");

struct l2fwd_state {
	bool lf_mac_update;
	uint8_t lf_output[RTE_MAX_ETHPORTS];
	struct macs lf_macs[LWKT_STAGE_OUTS];
};

static int
l2fwd_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_l2fwd_conf *lc = conf;

	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (lc == NULL ||
		    (lc->lc_output[i] != LWKT_L2FWD_NONE && lc->lc_output[i] >= view->sv_nouts)) {
			snprintf(why, bytes,
			    "routes: packets of ethdev %u go to output %u, it has %u outputs", i,
			    lc != NULL ? lc->lc_output[i] : 0, view->sv_nouts);
			return -EINVAL;
		}
	return 0;
}

static int
l2fwd_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_l2fwd_conf *lc = conf;
	struct l2fwd_state *lf = st->st_state;

	memcpy(lf->lf_output, lc->lc_output, sizeof(lf->lf_output));
	for (unsigned int o = 0; o < st->st_nouts; o++) {
		struct macs *m = &lf->lf_macs[o];

		m->dst.addr_bytes[0] = 0x02; /* locally administered */
		m->dst.addr_bytes[4] = (uint8_t)(lc->lc_ethdev[o] >> 8);
		m->dst.addr_bytes[5] = (uint8_t)lc->lc_ethdev[o];
		m->src = lc->lc_mac[o];
	}
	lf->lf_mac_update = lc->lc_mac_update;
	return 0;
}

enum { DROP_NO_OUTPUT, DROP_RUNT };

/* Where packets leave: an output, or a drop reason beyond all outputs. */
#define NOT_AN_OUTPUT LWKT_STAGE_OUTS

static inline unsigned int
way_of(const struct l2fwd_state *lf, unsigned int ethdev)
{
	if (unlikely(ethdev >= RTE_MAX_ETHPORTS)) /* none, or a driver that does not say */
		return NOT_AN_OUTPUT + DROP_NO_OUTPUT;
	return lf->lf_output[ethdev] != LWKT_L2FWD_NONE ? lf->lf_output[ethdev]
	                                                : NOT_AN_OUTPUT + DROP_NO_OUTPUT;
}

static inline void
leave(struct lwkt_stage *st, unsigned int where, struct rte_mbuf **pkts, unsigned int n)
{
	if (likely(where < NOT_AN_OUTPUT))
		lwkt_stage_emit(st, where, pkts, n);
	else
		lwkt_stage_drop(st, where - NOT_AN_OUTPUT, pkts, n);
}

static inline bool
is_runt(const struct rte_mbuf *m)
{
	return unlikely(m->data_len < sizeof(struct rte_ether_hdr));
}

/* Of n packets that come from the same ethdev as the first, how many in a row? None is a runt. */
static inline unsigned int
run_of(struct rte_mbuf *const *pkts, unsigned int n)
{
	unsigned int i, ethdev = pkts[0]->port;

	for (i = 0; i < n && pkts[i]->port == ethdev && !is_runt(pkts[i]); i++)
		;
	return i;
}

static inline bool
belong(struct rte_mbuf *const m[GROUP], unsigned int ethdev)
{
	for (unsigned int k = 0; k < GROUP; k++)
		if (unlikely(m[k]->port != ethdev) || is_runt(m[k]))
			return false;
	return true;
}

static inline void
put(char *data, uint64_t head, uint32_t tail)
{
	memcpy(data, &head, sizeof(head));
	memcpy(data + sizeof(head), &tail, sizeof(tail));
}

/*
 * The same, and rewrite their MAC addresses. Each group's data is sent for while the group before
 * is written; where it is follows from the first packet, as in packets of one pool. That is no more
 * than a guess: a wrong one costs time.
 */
static inline unsigned int
rewrite_run(struct rte_mbuf *const *pkts, unsigned int n, const struct macs *macs)
{
	unsigned int ethdev = pkts[0]->port;
	uintptr_t offset = rte_pktmbuf_mtod(pkts[0], uintptr_t) - (uintptr_t)pkts[0];
	struct rte_mbuf *m[GROUP];
	size_t i, k;
	uint64_t head; /* in registers, whatever the packets may alias */
	uint32_t tail;

	memcpy(&head, macs, sizeof(head));
	memcpy(&tail, (const char *)macs + sizeof(head), sizeof(tail));
	for (k = 0; k < GROUP; k++) {
		m[k] = pkts[RTE_MIN(k, n - 1)];
		rte_prefetch0(RTE_PTR_ADD(m[k], offset));
	}
	for (i = 0; i + 2 * GROUP <= n && likely(belong(m, ethdev)); i += GROUP) {
		char *data[GROUP];

		for (k = 0; k < GROUP; k++) {
			data[k] = rte_pktmbuf_mtod(m[k], char *);
			m[k] = pkts[i + GROUP + k];
			rte_prefetch0(RTE_PTR_ADD(m[k], offset));
		}
		for (k = 0; k < GROUP; k++)
			put(data[k], head, tail);
	}
	for (k = i + GROUP; k < n && k < i + 2 * GROUP; k++)
		rte_prefetch0(RTE_PTR_ADD(pkts[k], offset));
	for (; i < n && pkts[i]->port == ethdev && !is_runt(pkts[i]); i++)
		put(rte_pktmbuf_mtod(pkts[i], char *), head, tail);
	return (unsigned int)i;
}

/* Neighbours that go the same way leave together; mostly that is the whole burst. */
static void
l2fwd_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct l2fwd_state *lf = st->st_state;
	unsigned int i, where, run;

	for (i = 0; i < n; i += run) {
		where = way_of(lf, pkts[i]->port);
		if (lf->lf_mac_update && likely(where < NOT_AN_OUTPUT))
			run = rewrite_run(pkts + i, n - i, &lf->lf_macs[where]);
		else
			run = run_of(pkts + i, n - i);
		if (unlikely(run == 0)) {
			run = 1;
			if (where < NOT_AN_OUTPUT)
				where = NOT_AN_OUTPUT + DROP_RUNT;
		}
		leave(st, where, pkts + i, run);
	}
}

static const char *const l2fwd_drops[] = {
    [DROP_NO_OUTPUT] = "no_output", [DROP_RUNT] = "runt", NULL};

static const char *const no_output[] = {"none", NULL}; /* LWKT_L2FWD_NONE: the largest number */

static const struct lwkt_param l2fwd_params[] = {
    {.pa_name = "routes",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_l2fwd_conf, lc_routes),
        .pa_item_bytes = sizeof(uint8_t),
        .pa_count_offset = offsetof(struct lwkt_l2fwd_conf, lc_nroutes),
        .pa_max = LWKT_STAGE_OUTS - 1,
        .pa_words = no_output,
        .pa_help = "for each of the file's ethdevs, in their order, the output that its packets "
                   "leave by, or none; without it all leave by output 0"},
    {.pa_name = "mac_updating",
        .pa_type = LWKT_PARAM_BOOL,
        LWKT_PARAM_FIELD(struct lwkt_l2fwd_conf, lc_mac_update),
        .pa_default = true,
        .pa_help = "rewrite MAC addresses, as DPDK's l2fwd does"},
    {.pa_name = NULL},
};

/* From the order of a file's ethdevs to port ids, and from outputs to the addresses behind them. */
static int
l2fwd_complete(void *conf, const struct lwkt_param_view *view, char *why, size_t bytes)
{
	struct lwkt_l2fwd_conf *lc = conf;

	if (lc->lc_nroutes > view->pv_nethdevs) {
		snprintf(why, bytes, "routes: %u numbers for %u ethdevs; write one for each",
		    lc->lc_nroutes, view->pv_nethdevs);
		return -EINVAL;
	}
	memset(lc->lc_output, LWKT_L2FWD_NONE, sizeof(lc->lc_output));
	for (unsigned int i = 0; i < view->pv_nethdevs; i++) {
		bool named = i < lc->lc_nroutes;

		if (named && lc->lc_routes[i] != LWKT_L2FWD_NONE &&
		    lc->lc_routes[i] >= view->pv_nouts) {
			snprintf(why, bytes, "routes: no output %u; write at most %u",
			    lc->lc_routes[i], view->pv_nouts - 1);
			return -EINVAL;
		}
		if (named || lc->lc_nroutes == 0)
			lc->lc_output[view->pv_ethdev[i]] = named ? lc->lc_routes[i] : 0;
	}
	for (unsigned int o = 0; o < view->pv_nouts; o++) {
		unsigned int to = view->pv_leads_to[o];

		if (to < view->pv_nethdevs) {
			lc->lc_ethdev[o] = view->pv_ethdev[to];
			lc->lc_mac[o] = view->pv_mac[to];
		} else if (lc->lc_mac_update) {
			snprintf(why, bytes,
			    "mac_updating: output %u leads to %s ethdev, so its address is not "
			    "known; write mac_updating: no",
			    o, to == LWKT_VIEW_NONE ? "no" : "more than one");
			return -EINVAL;
		}
	}
	return 0;
}

const struct lwkt_stage_kind lwkt_stage_l2fwd = {
    .sk_name = "l2fwd",
    .sk_state_bytes = sizeof(struct l2fwd_state),
    .sk_check = l2fwd_check,
    .sk_init = l2fwd_init,
    .sk_handle = l2fwd_handle,
    .sk_drop_names = l2fwd_drops,
    .sk_params = l2fwd_params,
    .sk_conf_bytes = sizeof(struct lwkt_l2fwd_conf),
    .sk_complete = l2fwd_complete,
    .sk_min_outs = 1,
    .sk_plain = true,
};
