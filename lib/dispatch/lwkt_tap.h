/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taps: a function that is shown the packets which pass a stage, while the pipeline runs. Capture
 * and trace are built on it (docs/reference/rpc.md).
 *
 * A tap costs nothing where there is none: outputs are exchanged for others on the stage's CPU
 * between two rounds, what comes in is looked at where it is weighed, and what ends is asked for
 * only where packets end for good.
 */
#ifndef LWKT_TAP_H
#define LWKT_TAP_H

#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_STAGE_TAPS 4 /* of a stage at a time */

/** Where a packet is looked at; a tap may want several of these. */
enum lwkt_tap_point {
	LWKT_TAP_IN = 1,   /**< it came in: from other stages; by a source: from outside */
	LWKT_TAP_OUT = 2,  /**< it leaves by an output */
	LWKT_TAP_DROP = 4, /**< it is dropped here, or at the edge behind it because that is full */
	LWKT_TAP_END = 8,  /**< it is consumed here; what a device has taken is the device's */
};

/**
 * Packets at a point. They are the stage's: the tap reads them, and keeps none. It writes nothing
 * but dynamic flags and fields of the mbuf that it has registered for itself.
 */
struct lwkt_tap_view {
	const struct lwkt_stage *tv_stage;
	enum lwkt_tap_point tv_point;
	unsigned int tv_output; /**< OUT: by which they leave */
	const char *tv_reason;  /**< DROP: why; constant text */
	struct rte_mbuf *const *tv_pkts;
	unsigned int tv_n; /**< 1 .. LWKT_STAGE_BURST */
};

/** A tap. The caller's; it stays as it is, as long as a stage has it. */
struct lwkt_tap {
	/** Runs on the CPU of each stage that has the tap, and never blocks. */
	void (*ta_fn)(struct lwkt_tap *ta, const struct lwkt_tap_view *view);
	unsigned int ta_points; /**< LWKT_TAP_..., one at least */
};

/**
 * Show a tap what passes a stage from now on. The stage's CPU begins with it between two rounds.
 *
 * @param pl  a pipeline; running or not.
 * @param i   which of its stages, as lwkt_pipeline_stage().
 * @param ta  the tap; may be on other stages too.
 * @return 0; or -EINVAL no such stage, -EBUSY it has LWKT_STAGE_TAPS, -EEXIST it has this one,
 *         -ENOMEM.
 * Context: main lcore, waits for the stage's CPU. Ordering: as
 * lwkt_pipeline_call(), so ta_fn sees what was written before. Source: ours.
 */
int lwkt_tap_add(struct lwkt_pipeline *pl, unsigned int i, struct lwkt_tap *ta);

/**
 * Show it no more. When it returns the stage's CPU is out of ta_fn and does not call it again.
 *
 * @param pl  a pipeline; running or not.
 * @param i   which of its stages.
 * @param ta  the tap.
 * @return 0; or -ENOENT the stage does not have it.
 * Context: main lcore, waits for the stage's CPU. Ordering: as
 * lwkt_pipeline_call(), so the caller sees what ta_fn wrote. Source: ours.
 */
int lwkt_tap_remove(struct lwkt_pipeline *pl, unsigned int i, struct lwkt_tap *ta);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_TAP_H */
