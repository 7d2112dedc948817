/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages: the steps that a packet passes through, each a few functions and a private state.
 *
 * A stage belongs to one CPU and its functions run only there. It has outputs, numbered from 0,
 * each wired to another stage by the pipeline (lwkt_pipeline.h). A packet that enters a stage
 * leaves it in exactly one of five ways:
 *
 *      lwkt_stage_emit(st, output, pkts, n)   on to the next stage
 *      lwkt_stage_drop(st, reason, pkts, n)   ends here, counted under that reason
 *      lwkt_stage_consumed(st, pkts, n)       ends here: it was for this stage
 *      lwkt_stage_release(st, pkts, n)        ends here: a device transmits and frees it, then
 *                                             lwkt_stage_transmitted(); or it becomes part of
 *                                             another packet, then lwkt_stage_merged(); or it goes
 *                                             on after all, then lwkt_stage_resume()
 *
 * so that the account holds: received = transmitted + consumed + merged + dropped by reason + held
 * (contract N93). A stage that keeps packets beyond its handler says so, lwkt_stage_hold() and
 * lwkt_stage_unhold(), and one that makes packets (a copy, a source's) counts them as received,
 * lwkt_stage_made().
 *
 * EDGES. The pipeline chooses how an output reaches the next stage:
 *
 *      same CPU            a function call with the burst: no queue, no ring, no atomic
 *      other CPU, vectors  one message for a burst of packets (lwkt_pktmsg.h)
 *      other CPU, packets  each packet's own message, so that it can be given priority, be
 *                          revoked, or be answered by itself
 *
 * A packet is a message from its source up to the last edge of the third kind, or the last stage
 * that wants its packets one by one (sk_per_packet), on its path. The source sends it, stages
 * forward it, and it is replied with EASYNC as it is taken from the last such edge. After that it
 * is a plain mbuf. A stage need not know which.
 *
 * THE SHAPE OF A STAGE FILE, always the same: state struct · init · the poll or handle function ·
 * work · fini · drop names · parameters · the descriptor, last. See stages/l2fwd.c.
 */
#ifndef LWKT_STAGE_H
#define LWKT_STAGE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <lwkt_msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Parameters of a kind
 * What a kind of stage can be told in a pipeline file: a table of parameters, each a field of the
 * kind's conf struct. The parser fills the struct by the table, so a kind writes no parser, and
 * what is wrong in the file is said with file, line and key before anything runs.
 *
 *      static const struct lwkt_param rx_params[] = {
 *              {.pa_name = "ethdev", .pa_type = LWKT_PARAM_ETHDEV, .pa_required = true,
 *                  LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_ethdev),
 *                  .pa_help = "the ethdev to poll"},
 *              ...
 *              {.pa_name = NULL},
 *      };
 * @{ */

struct rte_ether_addr;

/** What a parameter is, and what its field in the conf struct is. */
enum lwkt_param_type {
	/**
	 * Whole number; an unsigned field of 1, 2, 4 or 8 bytes. With pa_words: or one of these
	 * words, which stand for the largest number of the field, the one below it, and so on.
	 */
	LWKT_PARAM_UINT,
	LWKT_PARAM_BOOL,   /**< yes/no, true/false, on/off; bool */
	LWKT_PARAM_ENUM,   /**< one of pa_words; an unsigned field, the word's index */
	LWKT_PARAM_STRING, /**< text; char[pa_bytes], its end included */
	LWKT_PARAM_MAC,    /**< aa:bb:cc:dd:ee:ff; struct rte_ether_addr */
	LWKT_PARAM_LIST,   /**< list of whole numbers; an array of pa_bytes / pa_item_bytes */
	/** An entry of the file's `ethdevs`, by name; uint16_t, its DPDK port id. */
	LWKT_PARAM_ETHDEV,
	/**
	 * UINT: a queue, of the ethdev that the table's ETHDEV says, which this stage polls, or
	 * sends to. One stage only may poll a queue, and one CPU only send to one.
	 */
	LWKT_PARAM_RX_QUEUE,
	LWKT_PARAM_TX_QUEUE,
	LWKT_PARAM_NESTED, /**< the parser's own: a list or mapping that it reads elsewhere */
};

#define LWKT_PARAM_MOST    32 /**< rows of a table */
#define LWKT_PARAM_ETHDEVS 4  /**< of these: of type ETHDEV */

/** What may stand behind a number in a file, and what is stored. */
enum lwkt_param_unit {
	LWKT_UNIT_NONE, /**< nothing may */
	LWKT_UNIT_S, /**< a time, as "10min", "0.5s", "20us"; a number without unit is in this one */
	LWKT_UNIT_MS,
	LWKT_UNIT_US,
	LWKT_UNIT_NS,
	LWKT_UNIT_PPS,         /**< packets a second, as "10mpps" */
	LWKT_UNIT_BYTES_PER_S, /**< bytes a second; with a unit bits, as "10gbps" */
	LWKT_UNIT_PERCENT,     /**< "20%" */
};

/** One parameter. A table of them ends with pa_name NULL. */
struct lwkt_param {
	const char *pa_name; /**< snake_case; the key in the file */
	enum lwkt_param_type pa_type;
	size_t pa_offset;             /**< of the field in the conf struct */
	size_t pa_bytes;              /**< of the field */
	size_t pa_item_bytes;         /**< LIST: of an item, 1, 2, 4 or 8 */
	size_t pa_count_offset;       /**< LIST: of an unsigned int that gets the number of items */
	uint64_t pa_min, pa_max;      /**< UINT, and the items of a LIST: range, both included */
	uint64_t pa_default;          /**< UINT, BOOL, ENUM: the value where the file has none */
	const char *pa_text;          /**< STRING: the default; NULL: "" */
	const char *const *pa_words;  /**< ENUM: the words, NULL at the end */
	bool pa_required;             /**< the file must say it */
	enum lwkt_param_unit pa_unit; /**< UINT: what the number counts */
	const char *pa_help;          /**< a few words with the unit, for --help and errors */
};

/**
 * pa_offset and pa_bytes of a field.
 *
 * @param type   the conf struct.
 * @param field  its member.
 * Context: an initialiser. Ordering: none. Source: ours.
 */
#define LWKT_PARAM_FIELD(type, field) \
	.pa_offset = offsetof(type, field), .pa_bytes = sizeof(((type *)0)->field)

/**
 * What a stage can be told about the pipeline around it, for parameters that speak of it
 * (lwkt_stage_kind's sk_complete).
 */
struct lwkt_param_view {
	unsigned int pv_nethdevs;            /**< entries of the file's `ethdevs` */
	const uint16_t *pv_ethdev;           /**< their DPDK port ids, in the file's order */
	const struct rte_ether_addr *pv_mac; /**< their MAC addresses */
	unsigned int pv_nouts;               /**< outputs of the stage */
	/**
	 * By output: the index in pv_ethdev of the only ethdev that packets leave by which take
	 * this output; or LWKT_VIEW_NONE, LWKT_VIEW_MANY.
	 */
	unsigned int pv_leads_to[32];
};

#define LWKT_VIEW_NONE UINT32_MAX
#define LWKT_VIEW_MANY (UINT32_MAX - 1)
/** @} */

#define LWKT_STAGE_BURST    64         /* most packets per call of a poll or handle function */
#define LWKT_STAGE_OUTS     32         /* most outputs of a stage */
#define LWKT_STAGE_DROPS    16         /* most drop reasons of a stage */
#define LWKT_STAGE_COUNTERS 16         /* most counters of a kind's own */
#define LWKT_STAGE_NAME     32         /* bytes of a name, its end included */
#define LWKT_STAGE_END      UINT32_MAX /* sk_max_outs of a kind that has no outputs */
#define LWKT_STAGE_FLOWS    256        /* a hash's low bits that tell flows apart, as a number */
#define LWKT_STAGE_DEPTH    256        /* most stages in a row on one CPU: each calls the next */

struct lwkt_stage;
struct lwkt_loop;
struct lwkt_wire;
struct lwkt_stage_view;

/** What a kind of stage is. Static and constant; the stages of a pipeline refer to it. */
struct lwkt_stage_kind {
	const char *sk_name;
	/** Bytes of private state, zeroed, on the CPU's NUMA node: lwkt_stage::st_state. */
	size_t sk_state_bytes;
	/**
	 * May be NULL. Can it be started so? All that can be known before anything is made, beyond
	 * the ranges of sk_params and the number of outputs, is said here and not by sk_init: for a
	 * pipeline file by its check, for a table by lwkt_pipeline_create().
	 * @param conf  the row's; NULL if it has none.
	 * @param view  the pipeline around it (lwkt_pipeline.h).
	 * @param why   empty; if something is wrong "KEY: what is wrong; what to write instead", at
	 *              most bytes. KEY is the parameter at fault, or outputs.
	 * @return 0 or a negative errno. 0 with a text: it will start, but that is to be warned of.
	 * No side effects. Any thread.
	 */
	int (*sk_check)(
	    const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes);
	/**
	 * Read conf (the row's) into the state. Called by lwkt_pipeline_create() on the main lcore.
	 * @return 0 or a negative errno, after one logged line that says what is wrong and the fix.
	 */
	int (*sk_init)(struct lwkt_stage *st, const void *conf);
	/**
	 * A source: fetch at most st_burst packets from outside, lwkt_stage_brought() and emit
	 * them.
	 * @return packets fetched. Runs on the stage's CPU once per round; never blocks.
	 */
	unsigned int (*sk_poll)(struct lwkt_stage *st);
	/**
	 * Work on n packets, 1 <= n <= LWKT_STAGE_BURST; all of them are emitted, ended or held
	 * when it returns. Runs on the stage's CPU to completion; never blocks. A kind has
	 * either sk_poll or sk_handle.
	 */
	void (*sk_handle)(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);
	/**
	 * May be NULL. Called once in every round of the CPU's loop, packets or not: emit what is
	 * due, try again what waits. @return packets moved. Runs to completion; never blocks.
	 */
	unsigned int (*sk_work)(struct lwkt_stage *st);
	/**
	 * May be NULL. The pipeline is being stopped: end all packets that the stage holds, with
	 * lwkt_stage_purge(). Runs on the stage's CPU.
	 */
	void (*sk_purge)(struct lwkt_stage *st);
	/**
	 * May be NULL. A source that can wake its CPU (LWKT_IDLE_INTERRUPT): put the descriptor
	 * that can be read when there is something to fetch into an epoll set, or take it out
	 * again, by rte_epoll_ctl(), or by epoll_ctl() with 0 for its data.
	 * @return 0 or a negative errno: it has none. Main lcore, the CPU is not running.
	 */
	int (*sk_watch)(struct lwkt_stage *st, int epfd, bool on);
	/** Goes with sk_watch: let it interrupt, or not any more. Runs on the stage's CPU. */
	void (*sk_arm)(struct lwkt_stage *st, bool on);
	/** Undo sk_init; may be NULL. Main lcore, after the CPUs have stopped. */
	void (*sk_fini)(struct lwkt_stage *st);
	/** Names of the drop reasons 0.., NULL at the end; snake_case. NULL: never drops. */
	const char *const *sk_drop_names;
	/**
	 * Names of what it counts besides: its state begins with a uint64_t for each, written by
	 * the stage's CPU only, relaxed. NULL at the end; snake_case. NULL: nothing.
	 */
	const char *const *sk_counter_names;
	/** What a pipeline file may say to it: fields of the conf struct. NULL: nothing. */
	const struct lwkt_param *sk_params;
	size_t sk_conf_bytes; /**< of the conf struct that sk_params fills */
	/**
	 * May be NULL. The parameters have been read from a file: fill in what follows from the
	 * ethdevs and outputs around the stage. sk_check comes after it.
	 * @param why  on failure: "KEY: what is wrong; what to write instead", at most bytes.
	 * @return 0 or -EINVAL. No side effects: the file may only be being checked.
	 */
	int (*sk_complete)(void *conf, const struct lwkt_param_view *view, char *why, size_t bytes);
	/** How many outputs make sense. Most: 0 any number. */
	unsigned int sk_min_outs, sk_max_outs;
	/**
	 * The mbufs of its packets are what a driver may free in bulk: direct, with one reference,
	 * and from the pool that they came in from. A kind that makes packets, clones them or keeps
	 * references does not say so; with it in front of them, tx queues do without.
	 */
	bool sk_plain;
	/**
	 * Most mbufs that one packet which leaves it is made of, whatever it was before; 0: as many
	 * as it came with. A pool of a pipeline file has so many for each packet of the window.
	 */
	unsigned int sk_mbufs;
	bool sk_per_packet; /**< wants packets as messages of their own; else either will do */
	bool sk_serve_port; /**< messages come to its port even if no other CPU feeds it */
	/**
	 * May be NULL. It spreads flows over its outputs by their hash: a message takes the way of
	 * the packets whose hash has these low bits (lwkt_netisr_hashport()). lwkt_stage_pass(), or
	 * if it keeps back the flow's packets, later, among them. Needs sk_serve_port.
	 * @param hash  below LWKT_STAGE_FLOWS.
	 * Runs on the stage's CPU, between two bursts; never blocks.
	 */
	void (*sk_flow)(struct lwkt_stage *st, uint32_t hash, lwkt_msg_t msg);
};

/** Counters of a stage. Its CPU writes them, anybody reads them with lwkt_stage_stats(). */
struct lwkt_stage_stats {
	uint64_t ss_received; /* packets that a source brought in */
	uint64_t ss_in;       /* packets that came from other stages */
	uint64_t ss_out;      /* packets emitted */
	uint64_t ss_sent;     /* packets that a device took over */
	uint64_t ss_bursts;   /* calls that had packets */
	uint64_t ss_bytes;    /* of received and in; 0: they are not counted */
	uint64_t ss_purged;   /* packets ended by lwkt_pipeline_stop(), waiting or held */
	uint64_t ss_held;     /* packets that it keeps beyond its handler; goes up and down */
	uint64_t ss_dropped[LWKT_STAGE_DROPS]; /* by reason */
	uint64_t ss_consumed; /* packets that ended here as they should: this stage wanted them */
	uint64_t ss_merged;   /* packets that have become part of others */
};

/** One output. ed_push is chosen when the pipeline is wired. */
struct lwkt_edge {
	void (*ed_push)(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n);
	struct lwkt_stage *ed_to;
	struct lwkt_stage *ed_from;
	struct lwkt_wire *ed_wire; /* what crosses CPUs; NULL on the same one */
};

/** One stage of a pipeline. All fields but st_stats and the ports are constant once it is wired. */
struct lwkt_stage {
	const struct lwkt_stage_kind *st_kind;
	void *st_state;
	/* End packets: reply or free. An error of EASYNC: the mbufs live on. */
	void (*st_end)(struct rte_mbuf **pkts, unsigned int n, int error);
	struct lwkt_loop *st_loop; /* its CPU's */
	unsigned int st_lcore;
	unsigned int st_nouts;
	unsigned int st_nwires; /* inbound edges that cross CPUs */
	unsigned int st_take;   /* messages to take from its port at a time */
	bool st_fed_vectors;    /* these may be vectors */
	bool st_messages;       /* the packets that it handles are messages */
	uint8_t st_looks;       /* not 0: lwkt_stage_look() has something to do; its CPU's */
	bool st_wakes;          /* a source: sk_watch has succeeded; main lcore, between runs */
	char st_name[LWKT_STAGE_NAME];
	struct lwkt_pipeline *st_pipeline;
	struct lwkt_wire **st_wire; /* [st_nwires], by the number that messages carry, from 1 */
	struct lwkt_edge st_out[LWKT_STAGE_OUTS];
	/* A source: how many packets it may bring in now, 1 .. LWKT_STAGE_BURST. Its CPU's. */
	unsigned int st_burst;
	/* Written by st_lcore only, relaxed. */
	alignas(64) struct lwkt_stage_stats st_stats;
	lwkt_msg_queue st_later; /* taken from st_port, to be handled after a roll-out */
	/* It brings in packets, or makes some: the pool of the last ones, which was accepted. */
	const struct rte_mempool *st_pool;
	uint64_t st_budget; /* a source: packets it may still bring in (lwkt_pipeline.h, CREDITS) */
	/* Written by st_lcore only, relaxed: what the audit of a stage has to know. */
	uint64_t st_came;           /* packets from outside of the pipeline: received, and in */
	uint64_t st_unhanded;       /* of ss_purged: they never came to its handler, so not in */
	struct stage_taps *st_taps; /* lwkt_tap.h; NULL: it has never had one */
	struct stage_cycles *st_cycles;       /* lwkt_cycles.h; NULL: it was never timed */
	alignas(64) struct lwkt_port st_port; /* where packets from other CPUs queue */
};

/**
 * Add to a counter, as its single writer: a relaxed store, so that readers never see half a value.
 *
 * @param counter  of the stage's lwkt_stage_stats.
 * @param n        how many more.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_count(uint64_t *counter, unsigned int n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/**
 * lwkt_stage_weigh() where something is wanted.
 *
 * @param st    the calling stage.
 * @param pkts  n packets.
 * @param n     how many.
 * Context: the stage's CPU, does not block. Ordering: none. Source: ours.
 */
void lwkt_stage_look(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n);

/**
 * Packets have come in: count their bytes and show them to taps (lwkt_tap.h), whichever is wanted.
 *
 * @param st    the calling stage.
 * @param pkts  n packets.
 * @param n     how many.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_weigh(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	if (__builtin_expect(st->st_looks != 0, 0))
		lwkt_stage_look(st, pkts, n);
}

/**
 * For lwkt_stage_brought() and lwkt_stage_made(): packets of another pool than before. If a pool
 * was neither made with lwkt_pktmbuf_pool_create() nor adopted, the program stops, with a line that
 * says what to do.
 *
 * @param st    the calling stage.
 * @param pkts  n packets.
 * @param n     how many.
 * Context: the stage's CPU, does not block. Ordering: none. Source: ours.
 */
void lwkt_stage_look_at_pools(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n);

/**
 * A source has brought in n packets: count them, before they are emitted. The first one's pool is
 * looked at if it is not that of the burst before, and then all are.
 *
 * @param st    the calling stage.
 * @param pkts  n packets of the caller's, from pools of lwkt_pktmbuf_pool_create(), or adopted.
 * @param n     1 .. st_burst.
 * Context: the stage's CPU, inside sk_poll. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_brought(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	if (__builtin_expect(pkts[0]->pool != st->st_pool, 0))
		lwkt_stage_look_at_pools(st, pkts, n);
	lwkt_stage_count(&st->st_stats.ss_received, n);
	lwkt_stage_count(&st->st_stats.ss_bursts, 1);
	lwkt_stage_weigh(st, pkts, n);
}

/**
 * Hand n packets to what the output is wired to. The caller owns them no more.
 *
 * @param st      the calling stage.
 * @param output  0 .. st_nouts - 1; up to LWKT_STAGE_OUTS - 1 others stop the program.
 * @param pkts    n packets of the caller's.
 * @param n       1 .. LWKT_STAGE_BURST.
 * Context: the stage's CPU, never blocks; a stage on the same CPU handles them here.
 * Ordering: none on the same CPU, else as lwkt_sendmsg(). Source: ours.
 */
static inline void
lwkt_stage_emit(struct lwkt_stage *st, unsigned int output, struct rte_mbuf **pkts, unsigned int n)
{
	struct lwkt_edge *ed = &st->st_out[output];

	lwkt_stage_count(&st->st_stats.ss_out, n);
	ed->ed_push(ed, pkts, n);
}

/**
 * End n packets here: they are freed (a message is replied with ECANCELED) and counted.
 *
 * @param st      the calling stage.
 * @param reason  index into sk_drop_names.
 * @param pkts    n packets of the caller's.
 * @param n       1 .. LWKT_STAGE_BURST.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_drop(
    struct lwkt_stage *st, unsigned int reason, struct rte_mbuf **pkts, unsigned int n);

/**
 * Transmitting, first half: end the messages of n packets, because the device that gets them now
 * frees them when it likes. Between the halves the stage owns plain mbufs.
 *
 * @param st    the calling stage.
 * @param pkts  n packets of the caller's.
 * @param n     1 .. LWKT_STAGE_BURST.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_release(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	st->st_end(pkts, n, EASYNC);
}

/**
 * Transmitting, second half: of n released packets the device took the first sent. They are counted
 * as transmitted; the others are freed and counted under the drop reason.
 *
 * @param st      the calling stage.
 * @param pkts    n released packets.
 * @param sent    0 .. n.
 * @param n       how many were released.
 * @param reason  index into sk_drop_names; any if sent == n.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_transmitted(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int sent,
    unsigned int n, unsigned int reason);

/**
 * Released packets go on after all: they are what they were before lwkt_stage_release(), and are to
 * be emitted, dropped or held. For stages that put packets together or cut them up: what leaves has
 * another mbuf in front than what came, or the same one.
 *
 * @param st    the calling stage.
 * @param pkts  n released packets, or as many that have taken their places; each has room for a
 *              message.
 * @param n     how many.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_resume(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/**
 * n packets end here because they have come to where they should: this stage answers them, or eats
 * them. They are freed (a message is replied with 0) and counted as consumed, which is neither
 * dropped nor transmitted.
 *
 * @param st    the calling stage.
 * @param pkts  n packets of the caller's.
 * @param n     1 .. LWKT_STAGE_BURST.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_consumed(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/**
 * n packets are part of others now (reassembly, coalescing): they end here, counted as merged, and
 * their mbufs live on in the packets that they have become part of. Before it touches them the
 * stage has called lwkt_stage_release() with them, which ends their messages.
 *
 * @param st  the calling stage.
 * @param n   how many packets there are fewer now; those that they became part of do not count.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_merged(struct lwkt_stage *st, unsigned int n);

/**
 * The stage has made n packets that did not come in: copies, or packets of its own. They count as
 * received, take credits from the sources (lwkt_pipeline.h), and are to be emitted, dropped,
 * released or held like any other. Not for sources: those have lwkt_stage_brought().
 *
 * @param st    the calling stage.
 * @param pkts  n plain mbufs from pools of lwkt_pktmbuf_pool_create(), or adopted; the first one's
 *              pool is looked at as in lwkt_stage_brought().
 * @param n     how many.
 * Context: the stage's CPU, inside its functions. Ordering: none. Source: ours.
 */
void lwkt_stage_made(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/**
 * The stage keeps n packets when its function returns: the account's "held".
 *
 * @param st  the calling stage.
 * @param n   how many more.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_hold(struct lwkt_stage *st, unsigned int n)
{
	lwkt_stage_count(&st->st_stats.ss_held, n);
}

/**
 * The stage no longer keeps n packets.
 *
 * @param st  the calling stage.
 * @param n   how many fewer.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
static inline void
lwkt_stage_unhold(struct lwkt_stage *st, unsigned int n)
{
	__atomic_store_n(&st->st_stats.ss_held, st->st_stats.ss_held - n, __ATOMIC_RELAXED);
}

/**
 * For sk_purge: end n packets that the stage held (not released ones). They are freed and counted
 * as purged; the caller has called lwkt_stage_unhold().
 *
 * @param st    the calling stage.
 * @param pkts  n packets that it held.
 * @param n     1 .. LWKT_STAGE_BURST.
 * Context: the stage's CPU, never blocks. Ordering: none. Source: ours.
 */
void lwkt_stage_purge(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/**
 * For sk_flow: a message goes behind the packets that have been emitted there; a stage on the same
 * CPU has handled them, so the message's function runs here.
 *
 * @param st      the calling stage.
 * @param output  0 .. st_nouts - 1; not checked.
 * @param msg     that sk_flow was given.
 * Context: the stage's CPU, never blocks. Ordering: as lwkt_forwardmsg(). Source: ours.
 */
void lwkt_stage_pass(struct lwkt_stage *st, unsigned int output, lwkt_msg_t msg);

/**
 * For sk_purge: a message that was kept by sk_flow is replied with ECANCELED.
 *
 * @param st   the calling stage.
 * @param msg  that sk_flow was given.
 * Context: the stage's CPU, never blocks. Ordering: as lwkt_replymsg(). Source: ours.
 */
void lwkt_stage_cancel(struct lwkt_stage *st, lwkt_msg_t msg);

/**
 * Copy the counters of a stage; each value is exact by itself.
 *
 * @param st     a stage of any pipeline.
 * @param stats  filled in.
 * Context: any thread, does not block. Ordering: none, reads stay in order. Source: ours.
 */
void lwkt_stage_stats(const struct lwkt_stage *st, struct lwkt_stage_stats *stats);

/**
 * Copy what a stage counts beyond lwkt_stage_stats(), by its kind's sk_counter_names; each value is
 * exact by itself.
 *
 * @param st      a stage of any pipeline.
 * @param values  LWKT_STAGE_COUNTERS entries.
 * @return how many it has.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
unsigned int lwkt_stage_counters(const struct lwkt_stage *st, uint64_t *values);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_STAGE_H */
