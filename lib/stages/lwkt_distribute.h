/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dispatching flows to CPUs, and moving them while packets flow.
 *
 *                        ┌─▶ worker (CPU 2) ─┐
 *      source ─▶ distribute ─▶ worker (CPU 3) ─▶ tx          256 buckets, one look-up a packet
 *                        └─▶ worker (CPU 4) ─┘
 *
 * The stage kind lwkt_stage_distribute hashes each packet's flow (lwkt_flowhash.h) into one of
 * LWKT_BUCKETS buckets; a table says by which output a bucket leaves. The table is the stage's own:
 * nobody else reads or writes it, so there is nothing to lock. All packets of a flow have one
 * bucket, so they stay in order.
 *
 * MOVING A BUCKET to another output loses no packet and reorders none within a flow (contract N89):
 *
 *      1. The distributor keeps the bucket's packets back and sends a fence after those it has sent
 *         to the old worker: a message that queues behind them.
 *      2. When the old worker takes the fence, it has handled them all and emitted what came of
 *         them. The fence goes on to the ports where that went, and comes back each time, so that
 *         at each it is behind what the old worker sent there.
 *      3. At last the fence is put on the new worker's port with a receipt. The receipt fires when
 *         it is in the queue (contract R64) and says so to the distributor.
 *      4. From then on the bucket leaves by the new output: first what was kept back, then what
 *         comes. It all queues behind the fence.
 *
 * What is kept back counts as held and is bounded by the pipeline's credits. Stages that keep
 * packets of a flow beyond their handler (a reorder buffer, a full device) are passed by the fence;
 * behind those, order is theirs to keep.
 */
#ifndef LWKT_DISTRIBUTE_H
#define LWKT_DISTRIBUTE_H

#include <lwkt_flowhash.h>
#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_BUCKETS LWKT_FLOWHASH_BUCKETS /* 256 */

/**
 * Distributor: each packet leaves by the output of its flow's bucket. Drops: malformed packets, by
 * the reasons of lwkt_flowhash.h, unless they pass.
 */
extern const struct lwkt_stage_kind lwkt_stage_distribute;

/** What becomes of packets whose headers are malformed. */
enum lwkt_malformed {
	LWKT_MALFORMED_DROP,
	LWKT_MALFORMED_PASS, /**< they are a flow, of bucket 0: for who forwards whatever comes */
};

struct lwkt_distribute_conf {
	struct lwkt_flowhash_config dc_hash; /* how flows are told apart */
	unsigned int dc_nbuckets;            /* how many items of dc_bucket are given: 0 or 256 */
	uint8_t dc_bucket[LWKT_BUCKETS];     /* output by bucket; none given: bucket mod outputs */
	enum lwkt_malformed dc_malformed;
};

/**
 * Move a bucket to another output, while packets flow or not.
 *
 * @param st      a stage of kind lwkt_stage_distribute.
 * @param bucket  0 .. LWKT_BUCKETS - 1.
 * @param output  0 .. st_nouts - 1.
 * @return 0: the bucket leaves by that output, and the hand-over is complete; -EINVAL: no such
 *         bucket or output, or a stage of another kind; -EBUSY: the pipeline is parked, or another
 *         bucket of the stage is under way; -E2BIG: the
 *         old worker's packets go on to more than 31 other ports.
 * Context: main lcore; blocks for as long as the queues on the way take. Ordering: E17 (receipt to
 * distributor). Source: ours, made of DragonFly's message receipts (lwkt_setmsg_receipt()).
 */
int lwkt_dispatch_move_bucket(struct lwkt_stage *st, unsigned int bucket, unsigned int output);

/** A distributor's table and what has passed through it. */
struct lwkt_bucket_stats {
	uint64_t bs_packets; /* since the start */
	uint8_t bs_output;
};

/**
 * Read all buckets of a distributor.
 *
 * @param st     a stage of kind lwkt_stage_distribute.
 * @param stats  LWKT_BUCKETS entries.
 * @return 0; -EINVAL: a stage of another kind.
 * Context: any thread; each value is exact by itself. Ordering: none. Source: ours.
 */
int lwkt_dispatch_buckets(const struct lwkt_stage *st, struct lwkt_bucket_stats *stats);

/*
 * Balancing: move buckets from the busiest CPU to the idlest. Off unless somebody calls it.
 */

struct lwkt_balance_conf {
	unsigned int bc_interval_ms; /* between two decisions; 0: 100 */
	unsigned int bc_threshold; /* percentage points of CPU between busiest and idlest; 0: 20 */
	unsigned int bc_gain;      /* points that a decision must narrow that by at least; 0: 2 */
	unsigned int bc_moves;     /* most moves a decision; 0: 8 */
};

struct lwkt_balancer;

/**
 * A balancer for one distributor.
 *
 * @param st    the distributor.
 * @param conf  copied; NULL: the defaults.
 * @return it, or NULL with rte_errno set: EINVAL (another kind of stage, a value out of range, with
 *         one logged line), ENOMEM.
 * Context: main lcore. Ordering: none. Source: ours.
 */
struct lwkt_balancer *lwkt_balancer_create(
    struct lwkt_stage *st, const struct lwkt_balance_conf *conf);

/**
 * Free a balancer. A move that is under way is waited for.
 *
 * @param ba  the balancer, or NULL.
 * Context: main lcore. Ordering: none. Source: ours.
 */
void lwkt_balancer_destroy(struct lwkt_balancer *ba);

/**
 * Look, and move buckets if the interval is over and it pays: the load of each output's CPU is the
 * busy share of its loop since the last decision, a bucket's load its part of that by packets. Of
 * the busiest CPU's buckets the largest goes that leaves it no less busy than the other becomes.
 * Moves are made one after the other. A step waits for them for 2 ms at most; the next one goes on.
 * A move that takes more than a second is reported once a second (contract P104).
 *
 * @param ba  the balancer.
 * @return buckets that have arrived; a negative errno of lwkt_dispatch_move_bucket().
 * Context: main lcore, as often as it likes; blocks for about 2 ms at most. Ordering: none of its
 * own. Source: ours.
 */
int lwkt_balancer_step(struct lwkt_balancer *ba);

/**
 * How many buckets has it moved?
 *
 * @param ba  the balancer.
 * @return the count since it was made.
 * Context: main lcore. Ordering: none. Source: ours.
 */
uint64_t lwkt_balancer_moves(const struct lwkt_balancer *ba);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_DISTRIBUTE_H */
