/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kinds have in common that cut packets which are longer than an MTU: ipfrag and gso.
 */
#include <rte_branch_prediction.h>
#include <rte_ether.h>

#include "stages_pvt.h"

int
stage_mtu_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_mtu_conf *mc = conf;
	int rc =
	    mc != NULL ? lwkt_stage_view_pool(view, mc->mc_pool, mc->mc_pool_name, why, bytes) : 0;

	return RTE_MIN(rc, 0);
}

int
stage_mtu_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_mtu_conf defaults;
	const struct lwkt_mtu_conf *mc = conf != NULL ? conf : &defaults;
	struct stage_mtu *sm = st->st_state;

	sm->sm_mtu = mc->mc_mtu != 0 ? mc->mc_mtu : LWKT_MTU;
	return stage_pool(st, mc->mc_pool, mc->mc_pool_name, &sm->sm_pool);
}

void
stage_cut(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n,
    bool (*cut)(struct lwkt_stage *st, struct rte_mbuf *m))
{
	const struct stage_mtu *sm = st->st_state;
	unsigned int first = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (likely(rte_pktmbuf_pkt_len(pkts[i]) <= sm->sm_mtu + RTE_ETHER_HDR_LEN))
			continue;
		if (i > first)
			lwkt_stage_emit(st, 0, pkts + first, i - first);
		first = cut(st, pkts[i]) ? i + 1 : i;
	}
	if (n > first)
		lwkt_stage_emit(st, 0, pkts + first, n - first);
}

void
stage_emit_parts(
    struct lwkt_stage *st, struct rte_mbuf *whole, struct rte_mbuf **parts, unsigned int n)
{
	unsigned int some;

	lwkt_stage_release(st, &whole, 1);
	rte_pktmbuf_free(whole);
	lwkt_stage_resume(st, parts, 1);
	if (n > 1)
		lwkt_stage_made(st, parts + 1, n - 1);
	for (; n > 0; n -= some, parts += some) {
		some = RTE_MIN(n, (unsigned int)LWKT_STAGE_BURST);
		lwkt_stage_emit(st, 0, parts, some);
	}
}

const struct lwkt_param stage_mtu_params[] = {
    {.pa_name = "mtu",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_mtu_conf, mc_mtu),
        .pa_min = LWKT_MTU_MIN,
        .pa_max = UINT16_MAX,
        .pa_default = LWKT_MTU,
        .pa_help = "bytes of an IP packet, headers included"},
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_mtu_conf, mc_pool_name),
        .pa_help = "name of the pool of what is made; none: that of the packet"},
    {.pa_name = NULL},
};
