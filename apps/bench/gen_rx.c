/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's receiver: whose frame, which number, how old.
 */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "gen_pvt.h"

static inline enum frame_verdict
read_frame(const struct gen_dir *gd, bool pcap, const uint8_t *frame, unsigned int len,
    struct frame_info *info)
{
	return unlikely(pcap)
	           ? frame_read_copy(gd->gd_tx.gt_head, gd->gd_spec.fs_flows, frame, len, info)
	           : frame_read(&gd->gd_spec, frame, len, info);
}

/* A frame in several segments. Out of line: its buffer costs a probe of each page of the stack. */
static __rte_noinline enum frame_verdict
read_segments(
    const struct gen_dir *gd, bool pcap, const struct rte_mbuf *m, struct frame_info *info)
{
	uint8_t whole[UINT16_MAX];

	if (m->pkt_len > sizeof(whole))
		return FRAME_FOREIGN;
	return read_frame(gd, pcap, rte_pktmbuf_read(m, 0, m->pkt_len, whole), m->pkt_len, info);
}

/* Returns whether it is one of ours, and whole. */
static bool
receive_frame(struct gen_dir *gd, bool pcap, const struct rte_mbuf *m, uint64_t now)
{
	struct gen_rx *gr = &gd->gd_rx;
	struct frame_info info;
	enum frame_verdict verdict =
	    likely(m->nb_segs == 1)
	        ? read_frame(gd, pcap, rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, &info)
	        : read_segments(gd, pcap, m, &info);

	if (unlikely(verdict != FRAME_OURS)) {
		if (verdict == FRAME_CORRUPT)
			gr->gr_corrupt++;
		else
			gr->gr_foreign++;
		return false;
	}
	track_frame(&gr->gr_track[gd->gd_tx.gt_head[info.fi_flow].fh_stream], info.fi_sequence,
	    &gr->gr_counts);
	hist_record(gr->gr_latency, (uint64_t)((uint32_t)(now >> FRAME_TIME_SHIFT) - info.fi_time)
	                                << FRAME_TIME_SHIFT);
	gr->gr_bytes += m->pkt_len + FRAME_FCS;
	return true;
}

void
gen_receive(struct gen_dir *gd, bool pcap)
{
	struct gen_rx *gr = &gd->gd_rx;
	struct rte_mbuf *pkts[GEN_BURST];
	uint16_t n = rte_eth_rx_burst(gd->gd_to, 0, pkts, GEN_BURST);
	unsigned int ours = 0;
	uint64_t now;

	if (n == 0)
		return;
	now = rte_rdtsc();
	for (unsigned int i = 0; i < n; i++)
		ours += receive_frame(gd, pcap, pkts[i], now);
	rte_pktmbuf_free_bulk(pkts, n);
	if (ours == 0)
		return;
	if (gr->gr_received == 0) {
		gr->gr_first = now;
		gr->gr_first_burst = ours;
	}
	gr->gr_last = now;
	__atomic_store_n(&gr->gr_received, gr->gr_received + ours, __ATOMIC_RELAXED);
	__atomic_store_n(&gr->gr_distinct, gr->gr_counts.tc_in_order + gr->gr_counts.tc_reordered,
	    __ATOMIC_RELAXED);
}
