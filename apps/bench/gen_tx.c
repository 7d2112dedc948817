/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's sender: frames are made in bursts, and offered to the ethdev until it has taken them.
 */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "gen_pvt.h"

/* The flows by turns in one size, then in the next. */
static inline void
next_frame(const struct gen_conf *gc, const struct gen_tx *gt, struct gen_cursor *gu)
{
	gu->gu_head++;
	if (++gu->gu_flow < gc->gc_spec.fs_flows)
		return;
	gu->gu_flow = 0;
	if (++gu->gu_size < gc->gc_sizes)
		return;
	gu->gu_size = 0;
	gu->gu_head = gt->gt_head;
}

/* The cursor is a local meanwhile: what is written into frames might be anything's bytes. */
static void
make_frames(const struct gen_conf *gc, struct gen_tx *gt, unsigned int n, uint64_t now)
{
	struct gen_cursor gu = gt->gt_cursor;
	uint32_t *const sequence = gt->gt_sequence;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = gt->gt_pending[i];
		const struct frame_head *head = gu.gu_head;

		m->data_len = head->fh_len;
		m->pkt_len = head->fh_len;
		bytes += head->fh_len + FRAME_FCS;
		frame_write(head, sequence[head->fh_stream]++, now, rte_pktmbuf_mtod(m, uint8_t *));
		next_frame(gc, gt, &gu);
	}
	gt->gt_cursor = gu;
	gt->gt_pending_bytes = bytes;
}

/* As many new frames as rate, count and pool allow. */
static void
make_burst(struct gen_run *run, struct gen_tx *gt)
{
	const struct gen_conf *gc = &run->gn_conf;
	const uint64_t now = rte_rdtsc(); /* once a burst: it takes as long as half a frame */
	unsigned int n = GEN_BURST;

	if (gc->gc_count != 0 && gc->gc_count - gt->gt_made < n)
		n = (unsigned int)(gc->gc_count - gt->gt_made);
	n = rate_take(&gt->gt_rate, n, now);
	if (n == 0 || rte_pktmbuf_alloc_bulk(run->gn_tx_pool, gt->gt_pending, n) < 0)
		return;
	make_frames(gc, gt, n, now);
	gt->gt_last = now;
	gt->gt_made += n;
	gt->gt_at = 0;
	gt->gt_n = n;
}

bool
gen_send(struct gen_run *run, struct gen_dir *gd)
{
	struct gen_tx *gt = &gd->gd_tx;
	unsigned int sent;

	if (gt->gt_at == gt->gt_n)
		make_burst(run, gt);
	if (gt->gt_at < gt->gt_n) {
		sent = rte_eth_tx_burst(
		    gd->gd_from, 0, &gt->gt_pending[gt->gt_at], (uint16_t)(gt->gt_n - gt->gt_at));
		gt->gt_at += sent;
		/* Of what the device took nothing can be read any more, of the rest it can. */
		gt->gt_bytes += gt->gt_pending_bytes;
		gt->gt_pending_bytes = 0;
		for (unsigned int i = gt->gt_at; i < gt->gt_n; i++)
			gt->gt_pending_bytes += gt->gt_pending[i]->data_len + FRAME_FCS;
		gt->gt_bytes -= gt->gt_pending_bytes;
		__atomic_store_n(&gt->gt_sent, gt->gt_sent + sent, __ATOMIC_RELAXED);
	}
	return run->gn_conf.gc_count != 0 && gt->gt_sent == run->gn_conf.gc_count;
}

void
gen_drop_pending(struct gen_tx *gt)
{
	if (gt->gt_at < gt->gt_n)
		rte_pktmbuf_free_bulk(&gt->gt_pending[gt->gt_at], gt->gt_n - gt->gt_at);
	gt->gt_at = gt->gt_n = 0;
}
