/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter: packets, bytes, and how long the packets are.
 */
#include <rte_common.h>

#include "stages_pvt.h"

struct counter_state {
	struct lwkt_counter_stats co_stats; /* first */
};

/* Powers of two, but for the last: up to a full Ethernet frame, and beyond it. */
static inline unsigned int
size_class(uint32_t bytes)
{
	if (bytes < 64)
		return 0;
	if (bytes > RTE_ETHER_MAX_LEN)
		return LWKT_COUNTER_SIZES - 1;
	return rte_fls_u32(bytes) - 6;
}

static void
counter_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct counter_state *co = st->st_state;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t len = rte_pktmbuf_pkt_len(pkts[i]);

		bytes += len;
		lwkt_stage_count(&co->co_stats.cs_sizes[size_class(len)], 1);
	}
	stage_add(&co->co_stats.cs_packets, n);
	stage_add(&co->co_stats.cs_bytes, bytes);
	lwkt_stage_emit(st, 0, pkts, n);
}

int
lwkt_counter_stats(const struct lwkt_stage *st, struct lwkt_counter_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_counter, stats, sizeof(*stats));
}

/* As struct lwkt_counter_stats. */
static const char *const counter_counters[] = {"packets", "bytes", "below_64", "64_to_127",
    "128_to_255", "256_to_511", "512_to_1023", "1024_to_1518", "above_1518", NULL};

const struct lwkt_stage_kind lwkt_stage_counter = {
    .sk_name = "counter",
    .sk_state_bytes = sizeof(struct counter_state),
    .sk_handle = counter_handle,
    .sk_counter_names = counter_counters,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};
