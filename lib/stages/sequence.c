/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sequence: numbers the packets that pass, for a reorder stage behind parallel ways.
 */
#include "stages_pvt.h"

struct sequence_state {
	uint32_t se_next;
};

static int
sequence_init(struct lwkt_stage *st, const void *conf)
{
	(void)conf;
	return stage_seqn_register(st);
}

static void
sequence_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct sequence_state *se = st->st_state;

	for (unsigned int i = 0; i < n; i++)
		*stage_seqn(pkts[i]) = se->se_next++;
	lwkt_stage_emit(st, 0, pkts, n);
}

const struct lwkt_stage_kind lwkt_stage_sequence = {
    .sk_name = "sequence",
    .sk_state_bytes = sizeof(struct sequence_state),
    .sk_init = sequence_init,
    .sk_handle = sequence_handle,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};
