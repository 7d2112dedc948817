/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sink: the end of all packets, after a piece of work for each if so wanted.
 */
#include <rte_cycles.h>
#include <rte_pause.h>

#include "stages_pvt.h"

struct sink_state {
	uint64_t sk_cost_cyc; /* of a packet */
};

static int
sink_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_sink_conf *kc = conf;
	struct sink_state *sk = st->st_state;

	if (kc != NULL && kc->kc_cost_ns > 0)
		sk->sk_cost_cyc = stage_cycles(kc->kc_cost_ns, 1000000000);
	return 0;
}

static void
sink_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct sink_state *sk = st->st_state;
	uint64_t begin;

	if (sk->sk_cost_cyc > 0) {
		begin = rte_rdtsc();
		while (rte_rdtsc() - begin < n * sk->sk_cost_cyc)
			rte_pause();
	}
	lwkt_stage_consumed(st, pkts, n);
}

static const struct lwkt_param sink_params[] = {
    {.pa_name = "cost_ns",
        .pa_type = LWKT_PARAM_UINT,
        .pa_unit = LWKT_UNIT_NS,
        LWKT_PARAM_FIELD(struct lwkt_sink_conf, kc_cost_ns),
        .pa_max = 1000000,
        .pa_help = "work for each packet, ns"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_sink = {
    .sk_name = "sink",
    .sk_state_bytes = sizeof(struct sink_state),
    .sk_init = sink_init,
    .sk_handle = sink_handle,
    .sk_params = sink_params,
    .sk_conf_bytes = sizeof(struct lwkt_sink_conf),
    .sk_max_outs = LWKT_STAGE_END,
    .sk_plain = true,
};
