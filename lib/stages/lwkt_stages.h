/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stage kinds that come with the library, and what each wants to know (lwkt_stage_row's
 * sr_conf). One file a kind under stages/.
 *
 *      in and out         ethdev_rx  ethdev_tx  source  sink
 *      forwarding         l2fwd  l2switch
 *      packets pass       counter  meter  mirror  sequence  reorder  check
 *      network headers    reassemble  ipfrag  gro  gso  vlan  route (lwkt_stages_net.h, which comes with this)
 *
 * source, sink and check, for tests and measurements, are in lwkt_stages.h.
 *
 * In the conf structs 0 means the default, where a field has one. A kind that needs no conf takes
 * NULL where that is said.
 *
 * What a kind counts beyond the packets that come, go and are dropped (lwkt_stage_stats()) is in
 * its struct lwkt_<kind>_stats, written by the stage's CPU.
 */
#ifndef LWKT_STAGES_H
#define LWKT_STAGES_H

#include <lwkt_flowhash.h>
#include <lwkt_pipeline.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include <lwkt_stage.h>
#include <lwkt_stages_net.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Source: packets from one queue of an ethdev, all to output 0. Drops: cut (longer than a slot of
 * net_af_packet's ring: the rest is lost).
 */
extern const struct lwkt_stage_kind lwkt_stage_ethdev_rx;

/**
 * Sink: packets to one queue of an ethdev. What the device does not take is dropped, or waits in
 * the stage (held), and goes before all that comes later; the sources stand still when all credits
 * wait here. Drops: too_long (for the ethdev's MTU, tags not counted; looked at where other ethdevs
 * may bring such), tx_full (the device did not take them; or they waited, and the pipeline was
 * stopped).
 */
extern const struct lwkt_stage_kind lwkt_stage_ethdev_tx;

/** What becomes of packets that the device does not take. */
enum lwkt_tx_full {
	/** They are dropped and counted. */
	LWKT_TX_DROP,
	/** Not where what it sends comes back to the pipeline: docs/guides/pipelines.md. */
	LWKT_TX_WAIT,
};

/** What becomes of checksums of TCP and UDP that the kernel has left to a NIC that is not there. */
enum lwkt_checksums {
	/** Completed if the ethdev is an interface of the kernel's (af_packet, tap, pcap, af_xdp). */
	LWKT_CHECKSUMS_AUTO,
	/** Completed. Those that are wrong in another way stay so. */
	LWKT_CHECKSUMS_COMPLETE,
	/** All stay as they are. */
	LWKT_CHECKSUMS_LEAVE,
};

struct lwkt_ethdev_conf {
	uint16_t ec_ethdev;
	uint16_t ec_queue;
	enum lwkt_tx_full ec_full;        /* ethdev_tx */
	enum lwkt_checksums ec_checksums; /* ethdev_rx */
};

/**
 * Forwarding as DPDK's l2fwd does it: the packet leaves by the output that is set for the ethdev
 * it came in on; its MAC addresses are rewritten on the way (destination 02:00:00:00:00:NN, NN the
 * leaving ethdev, source that ethdev's own). Drops: no_output (nothing set for that ethdev), runt
 * (shorter than an Ethernet header).
 */
extern const struct lwkt_stage_kind lwkt_stage_l2fwd;

#define LWKT_L2FWD_NONE 0xff

/*
 * In a pipeline file: `routes`, by the order of its ethdevs, and the outputs' ethdevs are found by
 * following them. In code: leave lc_nroutes 0 and fill in the rest.
 */
struct lwkt_l2fwd_conf {
	bool lc_mac_update;
	uint8_t lc_routes[RTE_MAX_ETHPORTS]; /* by entry of `ethdevs`: output */
	unsigned int lc_nroutes;
	uint8_t
	    lc_output[RTE_MAX_ETHPORTS]; /* by ethdev the packet came from, or LWKT_L2FWD_NONE */
	uint16_t lc_ethdev[LWKT_STAGE_OUTS];           /* by output: the ethdev it leads to, ... */
	struct rte_ether_addr lc_mac[LWKT_STAGE_OUTS]; /* ... and that one's address */
};

/**
 * Learning switch: a packet leaves by the output behind which its destination has been seen as a
 * source; if that is not known, or is a group address, by all outputs but the one of the ethdev it
 * came in on. It never leaves where it came in. Each VLAN (by the outer tag; 802.1Q and 802.1ad
 * apart) has addresses of its own, but no outputs of its own: a flooded packet goes to all. Where
 * wc_vlans says so tags are not looked at.
 *
 * The packets of a flooded burst are copied (data too, so that what follows may rewrite them); the
 * originals take the last output. A source is remembered until it has sent nothing for the age.
 * What a looped cable does is said in a line: an address that moves more often than wc_moves times a
 * second, and more flooded packets a second than wc_storm; each at most every 10 s.
 * Drops: no_input (from an ethdev that is no output's), runt, bad_source (a group or zero address),
 * reserved (01:80:c2:00:00:00 to 0f, which bridges do not forward), same_port (its destination is
 * behind the output it came from).
 */
extern const struct lwkt_stage_kind lwkt_stage_l2switch;

#define LWKT_L2SWITCH_TABLE     1024 /* default of wc_table, and its limits */
#define LWKT_L2SWITCH_TABLE_MIN 8
#define LWKT_L2SWITCH_TABLE_MAX (1u << 20)
#define LWKT_L2SWITCH_AGE_S     300        /* default of wc_age_s */
#define LWKT_L2SWITCH_MOVES     10         /* default of wc_moves */
#define LWKT_L2SWITCH_STORM     10000      /* default of wc_storm */
#define LWKT_L2SWITCH_NEVER     UINT32_MAX /* wc_moves, wc_storm: nothing is reported */

enum lwkt_l2switch_vlans {
	LWKT_L2SWITCH_VLANS_SEPARATE,
	LWKT_L2SWITCH_VLANS_IGNORE,
};

struct lwkt_l2switch_conf {
	uint16_t wc_ports[LWKT_STAGE_OUTS]; /* by output: the ethdev it leads to; each its own */
	unsigned int wc_nports;             /* of these: as many as outputs, 2 at least */
	uint32_t wc_table;                  /* addresses that it can know */
	uint32_t wc_age_s;                  /* an address lives so long without traffic */
	struct rte_mempool *wc_pool;        /* of copies, or its name; neither: the packet's own */
	char wc_pool_name[RTE_MEMPOOL_NAMESIZE];
	enum lwkt_l2switch_vlans wc_vlans;
	uint32_t wc_moves; /* moves of an address a second, above which it is reported */
	uint32_t wc_storm; /* flooded packets a second, above which they are */
};

struct lwkt_l2switch_stats {
	uint64_t ls_entries;  /* addresses in the table; goes up and down */
	uint64_t ls_learned;  /* addresses put into it */
	uint64_t ls_moved;    /* times that one appeared behind another output */
	uint64_t ls_aged;     /* addresses taken out of it */
	uint64_t ls_full;     /* packets whose source found no room in it */
	uint64_t ls_flooded;  /* packets that went to all the others */
	uint64_t ls_copied;   /* copies made for that */
	uint64_t ls_uncopied; /* copies not made: no mbuf */
};

/**
 * Copy what a stage of kind l2switch has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_l2switch_stats(const struct lwkt_stage *st, struct lwkt_l2switch_stats *stats);

/** Packets and bytes, and how long the packets are. All to output 0. Conf: NULL. */
extern const struct lwkt_stage_kind lwkt_stage_counter;

#define LWKT_COUNTER_SIZES 7

struct lwkt_counter_stats {
	uint64_t cs_packets;
	uint64_t cs_bytes; /* without Ethernet's checksum, as below */
	/* By length: below 64, 64-127, 128-255, 256-511, 512-1023, 1024-1518, above. */
	uint64_t cs_sizes[LWKT_COUNTER_SIZES];
};

/**
 * Copy what a stage of kind counter has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_counter_stats(const struct lwkt_stage *st, struct lwkt_counter_stats *stats);

/**
 * Rate limiter: a single rate three colour marker (RFC 2697, rte_meter.h), blind to colours that
 * the packets may have. Two buckets of bytes are full at first: mc_cbs, which refills at mc_cir,
 * and mc_ebs, which gets what the first one does not need. A packet that fits the first is green
 * and goes to output 0, one that fits the second is yellow, any other red. Bytes are those of the
 * packet, without Ethernet's checksum and preamble. Drops: yellow, red.
 */
extern const struct lwkt_stage_kind lwkt_stage_meter;

#define LWKT_METER_CIR_MAX UINT64_C(1000000000000)

enum lwkt_meter_action {
	LWKT_METER_DROP,
	LWKT_METER_DIVERT, /**< to output 1 */
	LWKT_METER_PASS,   /**< to output 0, counted */
};

struct lwkt_meter_conf {
	uint64_t mc_cir; /* bytes a second, 1 .. LWKT_METER_CIR_MAX */
	uint64_t mc_cbs; /* bytes; a packet longer than both bursts is always red */
	uint64_t mc_ebs; /* bytes; 0: none is yellow */
	enum lwkt_meter_action mc_yellow, mc_red;
};

#define LWKT_METER_COLORS 3 /* green, yellow, red: as enum rte_color */

struct lwkt_meter_stats {
	uint64_t ms_packets[LWKT_METER_COLORS];
	uint64_t ms_bytes[LWKT_METER_COLORS];
};

/**
 * Copy what a stage of kind meter has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_meter_stats(const struct lwkt_stage *st, struct lwkt_meter_stats *stats);

/**
 * Mirror: all packets go to output 0, a copy of every ic_every-th to output 1. A copy that finds no
 * mbuf is not made, and counted; the original does not notice. Give the copies a pool of their own,
 * and the output a limit, so that it stays that way under load. Conf: may be NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_mirror;

struct lwkt_mirror_conf {
	uint32_t ic_snap;            /* bytes to copy of a packet; 0: all */
	uint32_t ic_every;           /* of so many packets the last is copied; 0: each */
	struct rte_mempool *ic_pool; /* of the copies, or its name; neither: the packet's own */
	char ic_pool_name[RTE_MEMPOOL_NAMESIZE];
};

struct lwkt_mirror_stats {
	uint64_t is_copied;
	uint64_t is_missed; /* no mbuf for the copy, or the packet was empty */
};

/**
 * Copy what a stage of kind mirror has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_mirror_stats(const struct lwkt_stage *st, struct lwkt_mirror_stats *stats);

/**
 * Numbers the packets, for a reorder stage behind ways that run in parallel: 0, 1, 2 ... in
 * rte_reorder's field of the mbuf. All to output 0. Conf: NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_sequence;

/**
 * Puts packets in the order of their numbers. Each that comes has passed the same sequence stage.
 * What is due goes on to output 0 at once. What came too early is held until the numbers before it
 * have come, or have been waited for in vain: for rc_timeout_us, until a packet comes that is a
 * window ahead of them, or until the pipeline holds nothing but what is held here. So no packet is
 * held for longer than the timeout, however many are missing before it. Drops: late (it had been
 * waited for in vain, if rc_late says so), duplicate (its number is held).
 *
 * A packet that was dropped on the way leaves a gap, at which the others wait. That costs latency,
 * so drop before the sequence stage where it is possible.
 */
extern const struct lwkt_stage_kind lwkt_stage_reorder;

#define LWKT_REORDER_WINDOW     1024 /* default of rc_window, and its limits */
#define LWKT_REORDER_WINDOW_MIN 64
#define LWKT_REORDER_WINDOW_MAX (1u << 16)
#define LWKT_REORDER_TIMEOUT_US 1000 /* default of rc_timeout_us */

enum lwkt_reorder_late {
	LWKT_REORDER_EMIT, /**< late packets go on, out of order */
	LWKT_REORDER_DROP,
};

/** May be NULL. */
struct lwkt_reorder_conf {
	uint32_t rc_window; /* numbers that may be waited for or held; a power of two */
	uint32_t rc_timeout_us;
	enum lwkt_reorder_late rc_late;
};

struct lwkt_reorder_stats {
	uint64_t rs_gaps;    /* runs of numbers that it waited for in vain */
	uint64_t rs_skipped; /* these numbers */
	uint64_t rs_late;    /* packets that came after all */
};

/**
 * Copy what a stage of kind reorder has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_reorder_stats(const struct lwkt_stage *st, struct lwkt_reorder_stats *stats);

/** @name For tests and measurements
 * The stage kinds for tests and measurements: where packets come from without a device, where they
 * end, and what looks whether all came. lwkt_stages.h includes this, and says what is common.
 * @{ */

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
/** @} */

/** @name Distribution
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
 * @{ */

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
 * Context: any thread; each value is exact by itself, and of a bucket that moves the output that it
 * goes to. Ordering: acquires E22. Source: ours.
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
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_STAGES_H */
