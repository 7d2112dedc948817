/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stage kinds for tests and measurements: where packets come from without a device, where they
 * end, and what looks whether all came. lwkt_stages.h includes this, and says what is common.
 */
#ifndef LWKT_STAGES_TEST_H
#define LWKT_STAGES_TEST_H

#include <rte_ether.h>
#include <rte_mempool.h>

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The end of all packets, counted as consumed. Conf: may be NULL. */
extern const struct lwkt_stage_kind lwkt_stage_sink;

struct lwkt_sink_conf {
	uint32_t kc_cost_ns; /* the CPU works so long for each packet, ns; a burst at most 1 s */
};

/**
 * What a source writes into its packets behind Ethernet, IPv4 and UDP header, and check reads.
 * In the byte order of the machine, not aligned.
 */
struct lwkt_probe {
	uint32_t pr_magic; /* LWKT_PROBE_MAGIC */
	uint32_t pr_flow;
	uint64_t pr_number; /* within the flow, from 0 */
};

#define LWKT_PROBE_OFFSET 42 /* in the packet */
#define LWKT_PROBE_MAGIC  0x4c574b54

/**
 * Source of UDP packets for tests and measurements: flows oc_first_flow, ... in turn, each with
 * addresses and ports of its own (10.x.y.z with xyz the flow's number, to 198.18.0.1), and a struct
 * lwkt_probe. All to output 0.
 */
extern const struct lwkt_stage_kind lwkt_stage_source;

#define LWKT_SOURCE_SIZE 60 /* default and least of oc_size */

struct lwkt_source_conf {
	struct rte_mempool *oc_pool; /* from lwkt_pktmbuf_pool_create(); or its name */
	char oc_pool_name[RTE_MEMPOOL_NAMESIZE];
	uint64_t oc_count;      /* packets in all; 0: endless */
	uint32_t oc_burst;      /* 1 .. LWKT_STAGE_BURST; 0: the most */
	uint32_t oc_flows;      /* 0: one */
	uint32_t oc_first_flow; /* all numbers below 2^24 */
	uint32_t oc_rate;       /* packets a second; 0: as fast as credits let */
	uint16_t oc_size;       /* bytes of a packet, without Ethernet's checksum */
	uint16_t oc_port;       /* ethdev that they claim to come from */
	struct rte_ether_addr oc_src_mac, oc_dst_mac; /* zero: 02:00:00:00:00:01 and ...:02 */
};

struct lwkt_source_stats {
	uint64_t os_no_mbufs; /* bursts that were not made, as the pool was empty */
};

/**
 * Copy what a stage of kind source has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_source_stats(const struct lwkt_stage *st, struct lwkt_source_stats *stats);

/**
 * Looks whether a source's packets have all come, once and in order. Passes everything on to output
 * 0, or ends it as a sink if it has no output. Packets at the end of a flow that never came are not
 * missed: compare hs_packets with what was sent. Conf: may be NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_check;

#define LWKT_CHECK_FLOWS 1024 /* default of hc_flows */

struct lwkt_check_conf {
	uint32_t hc_flows; /* how many, from ... */
	uint32_t hc_first_flow;
};

struct lwkt_check_stats {
	uint64_t hs_packets;   /* all */
	uint64_t hs_foreign;   /* of another flow, or of no source */
	uint64_t hs_lost;      /* numbers passed over that have not come since; goes down again */
	uint64_t hs_late;      /* packets that came behind a later one: reordered */
	uint64_t hs_duplicate; /* packets that had come before */
	uint64_t hs_old;       /* more than 512 behind: late or duplicate, nobody knows any more */
};

/**
 * Copy what a stage of kind check has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_check_stats(const struct lwkt_stage *st, struct lwkt_check_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_STAGES_TEST_H */
