/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One kind between frames that a test has made and what came out of it, each on a CPU of its own:
 *
 *      frames (1) ──▶ the kind (2) ──▶ collector (3)
 */
#ifndef FEED_H
#define FEED_H

#include <lwkt_test.h>

#include "tools.h"

#define FEED_FRAMES 512 /* for those that count */

struct feed {
	struct rte_mempool *fd_pool; /* of the frames */
	unsigned int fd_segment;     /* bytes of a segment; 0: as the mbufs have room */
	struct lwkt_frames *fd_in, *fd_out;
};

/* For one test; empty. */
struct feed *feed_new(struct rte_mempool *pool);

/* A frame to bring in. */
void feed_add(struct feed *fd, const void *data, unsigned int bytes);

/*
 * Through a stage of the kind, audited, with 128 credits, so that those that are lost are missed.
 * What has come out can be looked at then. stats: of the stage.
 */
struct lwkt_account feed_run(struct feed *fd, const struct lwkt_stage_kind *kind, const void *conf,
    enum lwkt_edge_kind edge, struct lwkt_stage_stats *stats);

#endif /* FEED_H */
