/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipelines: stages wired to each other, and the loops of the CPUs that run them.
 *
 *      create ──▶ start ──▶ (running) ──▶ drain ──▶ stop ──▶ destroy
 *
 * A pipeline is built from one table, a row a stage:
 *
 *      static const struct lwkt_stage_row rows[] = {
 *              { "rx0", &lwkt_stage_ethdev_rx, 1, &rx0_conf, { "fwd" } },
 *              { "fwd", &lwkt_stage_l2fwd,     2, &fwd_conf, { "tx1" } },
 *              { "tx1", &lwkt_stage_ethdev_tx, 3, &tx1_conf, { NULL } },
 *      };
 *
 * Each CPU that has a stage runs one loop: serve transit, take control messages, hand the packets
 * on its stages' ports to them, poll its sources, publish. The main lcore owns the pipeline and
 * calls everything below; if it has stages too, it calls lwkt_pipeline_round() as often as it can. Control reaches the loops as messages to their CPU's
 * own port, requests with replies (lwkt_pipeline.h has more of these). What a pipeline has counted
 * is in lwkt_pipeline.h, which comes with this file.
 *
 * CREDITS. A pipeline holds at most po_window packets. A source polls only while it has credits,
 * and takes one for each packet it brings in. The packet's end gives it back: its reply, its drop,
 * or the device's taking it over. So when a stage is too slow the sources stop, and excess packets
 * are lost where it is cheapest, before they come in; nothing inside a pipeline can overflow. An
 * output may instead be given a limit of its own and drop what exceeds it (struct lwkt_edge_conf),
 * so that one slow branch does not hold up the others.
 */
#ifndef LWKT_PIPELINE_H
#define LWKT_PIPELINE_H

#include <sys/queue.h>
#include <lwkt_channel.h>
#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Looking
 * Looking at a pipeline: its account, its stages and what they have counted, its CPUs' loops. All
 * of it may be read while packets flow; lwkt_stage_stats() has a stage's counters (lwkt_stage.h).
 * @{ */

struct lwkt_pipeline;

/** The account of a pipeline (contract N93). */
struct lwkt_account {
	uint64_t ac_received;    /* packets that the sources brought in, or stages made */
	uint64_t ac_transmitted; /* packets that devices took over */
	uint64_t ac_dropped;     /* sum over all stages, outputs and reasons, purged included */
	uint64_t ac_held;        /* received, less all that has ended: in the pipeline */
	uint64_t ac_consumed;    /* packets that ended where they were to: a sink, an answer */
	uint64_t ac_merged;      /* packets that have become part of others */
};

/** An output's counters; zero where it stays on its CPU. */
struct lwkt_edge_stats {
	uint64_t es_sent;         /* packets */
	uint64_t es_taken;        /* packets that the receiver has taken off its port */
	uint64_t es_depth;        /* sent - taken, at one moment: under way */
	uint64_t es_high;         /* most that the receiver has found under way */
	uint64_t es_full;         /* dropped by the sender: "edge_full" */
	uint64_t es_oldest;       /* dropped by the receiver: "oldest"; part of es_taken */
	bool es_crosses;          /* it leads to another CPU */
	bool es_vectors;          /* in vectors */
	uint64_t es_high_time_ns; /* when es_high was found, CLOCK_REALTIME; 0: never */
};

/** How busy the loop of one CPU is. Both run on from its start. */
struct lwkt_loop_stats {
	unsigned int ls_lcore;
	uint64_t ls_busy_cyc;  /* TSC cycles of rounds that had something to do */
	uint64_t ls_total_cyc; /* TSC cycles since its start */
	uint64_t ls_rounds;    /* rounds that had something to do */
	uint64_t ls_sleeps;    /* times that it slept */
	uint64_t ls_turns;     /* changes as long as it goes round */
	bool ls_asleep;        /* until something wakes it: it does not turn meanwhile */
};

/**
 * Read the account while packets flow. Every counter is exact; they are read one after the other,
 * ends before beginnings, so that held is never less than what the pipeline really holds then.
 *
 * @param pl  a pipeline.
 * @param ac  filled in.
 * Context: any thread, never blocks. Ordering: none; acquires keep the reads in order.
 * Source: ours.
 */
void lwkt_pipeline_account(const struct lwkt_pipeline *pl, struct lwkt_account *ac);

/**
 * Read the account at one moment: all CPUs are parked between two bursts, then what is held is
 * counted where it is, on each output and in each stage, and compared with what the counters say:
 * of the whole pipeline, and of each stage by itself.
 *
 * @param pl  a pipeline.
 * @param ac  filled in; ac_held is what was found.
 * @return 0: received = transmitted + consumed + merged + dropped + held, exactly, and what came to
 *         each stage has left it or is held there; -EBADMSG: not so, which is a fault of a stage
 *         (it lost packets, or let some go twice). One line is logged for each such stage, with
 *         how many, and one for the whole if that does not balance.
 * Context: as lwkt_pipeline_park(); the sources stand still for as long as the slowest handler takes.
 * Ordering: E1 (each loop's reply hands its counters over). Source: ours.
 */
int lwkt_pipeline_audit(struct lwkt_pipeline *pl, struct lwkt_account *ac);

/**
 * What came to a stage and has neither left it nor is held there, by its counters. Exact while its
 * CPU is parked, or the pipeline does not run.
 *
 * @param st  a stage.
 * @return packets that it has lost; negative: that it has let go twice.
 * Context: any thread, does not block. Ordering: none; acquires keep the reads in order.
 * Source: ours.
 */
int64_t lwkt_stage_lost(const struct lwkt_stage *st);

/**
 * Counters of an output of a stage, each exact by itself.
 *
 * @param st      the stage.
 * @param output  its number; of one that is not there all are 0.
 * @param stats   filled in.
 * Context: any thread, does not block. Ordering: none; acquires keep the reads in order.
 * Source: ours.
 */
void lwkt_edge_stats(
    const struct lwkt_stage *st, unsigned int output, struct lwkt_edge_stats *stats);

/**
 * How many loops has it?
 *
 * @param pl  a pipeline.
 * @return their number: the CPUs that have a stage.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
unsigned int lwkt_pipeline_nloops(const struct lwkt_pipeline *pl);

/**
 * How busy a loop is.
 *
 * @param pl     a pipeline.
 * @param i      0 .. count - 1; not checked.
 * @param stats  filled in.
 * Context: any thread, does not block. Ordering: acquires E16. Source: ours.
 */
void lwkt_loop_stats(const struct lwkt_pipeline *pl, unsigned int i, struct lwkt_loop_stats *stats);

/**
 * How many times has a handler exceeded its budget, or a CPU stood still elsewhere (po_watchdog)?
 *
 * @param pl  a pipeline.
 * @return the count, 0 without a watchdog.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
uint64_t lwkt_pipeline_overruns(const struct lwkt_pipeline *pl);

/**
 * A stage by its name.
 *
 * @param pl    a pipeline.
 * @param name  as in the table.
 * @return the stage; NULL if there is none.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
struct lwkt_stage *lwkt_pipeline_find(const struct lwkt_pipeline *pl, const char *name);

/**
 * How many stages has it?
 *
 * @param pl  a pipeline.
 * @return their number.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
unsigned int lwkt_pipeline_nstages(const struct lwkt_pipeline *pl);

/**
 * A stage by its place in the table.
 *
 * @param pl  a pipeline.
 * @param i   from 0.
 * @return the stage; NULL if there is none.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
const struct lwkt_stage *lwkt_pipeline_stage(const struct lwkt_pipeline *pl, unsigned int i);
/** @} */

struct lwkt_pipeline;

/** How packets travel on an output that leads to another CPU. */
enum lwkt_edge_kind {
	LWKT_EDGE_AUTO,   /**< in vectors, unless a stage at either end wants them one by one */
	LWKT_EDGE_PACKET, /**< each as its own message */
	LWKT_EDGE_VECTOR, /**< a burst in one message */
};

/** Limits of ec_limit. */
#define LWKT_EDGE_LIMIT_MIN 64
#define LWKT_EDGE_LIMIT_MAX (1u << 20)

/** An output that leads to another CPU. All zero is the default. */
struct lwkt_edge_conf {
	enum lwkt_edge_kind ec_kind;
	enum lwkt_overflow ec_overflow;
	/**
	 * Packets that may be under way: LWKT_EDGE_LIMIT_MIN .. MAX; 0: as many as there are
	 * credits, and 1,024 with another overflow. With CREDIT it makes the pipeline's window that
	 * small.
	 */
	unsigned int ec_limit;
	bool ec_priority; /**< its packets overtake others at the receiver's port */
};

/** One row of the table that makes a pipeline. Copied by lwkt_pipeline_create(). */
struct lwkt_stage_row {
	const char *sr_name; /* unique, at most 31 bytes */
	const struct lwkt_stage_kind *sr_kind;
	unsigned int sr_lcore;                          /* any of EAL's */
	const void *sr_conf;                            /* for sk_init */
	const char *sr_out[LWKT_STAGE_OUTS];            /* names of the stages its outputs go to */
	struct lwkt_edge_conf sr_edge[LWKT_STAGE_OUTS]; /* by output */
};

/** A pool of packets that will be there when the pipeline is made. */
struct lwkt_named_pool {
	const char *np_name;
	unsigned int np_room; /**< bytes of an mbuf that a packet can have */
};

/** A row of a table among the others: what is checked, and what sk_check may ask about. */
struct lwkt_stage_view {
	const struct lwkt_stage_row *sv_rows;
	unsigned int sv_nrows, sv_row;          /**< the row that is checked */
	const struct lwkt_named_pool *sv_pools; /**< besides those that there are */
	unsigned int sv_npools;
	unsigned int sv_nouts; /**< outputs of the row, by lwkt_stage_check_row() */
};

/**
 * Can the row be started? Its parameters are within their ranges, it has as many outputs as its
 * kind wants, and the kind's sk_check has nothing against it.
 *
 * @param view   the row; its outputs lead to rows of the table.
 * @param why    "KEY: what is wrong; what to write instead", or a warning, or empty.
 * @param bytes  of why.
 * @return 0 or a negative errno.
 * Context: any thread; allocates. Ordering: none. Source: ours.
 */
int lwkt_stage_check_row(struct lwkt_stage_view *view, char *why, size_t bytes);

/**
 * Do all rows keep the limits of what can be wired: LWKT_STAGE_DEPTH stages in a row on one CPU,
 * 1,023 outputs from other CPUs into a stage?
 *
 * @param rows   outputs lead to rows of the table, and never back.
 * @param nrows  how many rows.
 * @param row    the first row that does not.
 * @param why    as lwkt_stage_check_row().
 * @param bytes  of why.
 * @return 0; -EINVAL; -ENOMEM.
 * Context: any thread; allocates. Ordering: none. Source: ours.
 */
int lwkt_stage_check_limits(const struct lwkt_stage_row *rows, unsigned int nrows,
    unsigned int *row, char *why, size_t bytes);

/**
 * For sk_check: the pool that a conf gives, or names.
 *
 * @param view   as sk_check got it.
 * @param given  the pool; NULL: the name counts.
 * @param name   of a pool; "": none.
 * @param why    on failure as sk_check, with the key pool.
 * @param bytes  of why.
 * @return bytes of an mbuf that a packet can have; 0 neither is given; -ENOENT; -EINVAL its packets
 *         cannot be messages.
 * Context: any thread, never blocks. Ordering: none. Source: ours.
 */
int lwkt_stage_view_pool(const struct lwkt_stage_view *view, struct rte_mempool *given,
    const char *name, char *why, size_t bytes);

/**
 * For sk_check: which stage of a kind have all packets passed that come, on whichever way?
 *
 * @param view  as sk_check got it.
 * @param kind  of the stage.
 * @return the row of the one that each packet passes last; -1: some pass none, or another one;
 *         -ENOMEM.
 * Context: any thread; allocates. Ordering: none. Source: ours.
 */
int lwkt_stage_view_behind(const struct lwkt_stage_view *view, const struct lwkt_stage_kind *kind);

/** What a CPU does with a round in which nothing happened. */
enum lwkt_idle {
	LWKT_IDLE_PAUSE, /* the CPU's spin-wait hint */
	LWKT_IDLE_YIELD, /* offer the processor to others: for CPUs that share a core */
	LWKT_IDLE_POLL,  /* nothing: the next round */
	/**
	 * After 20 us without work, sleep for LWKT_IDLE_LOOK_US at a time. Works with everything;
	 * what comes meanwhile waits as long, in the queue of its device or in transit.
	 */
	LWKT_IDLE_SLEEP,
	/**
	 * After 20 us without work, sleep until something comes: messages from other CPUs wake (it
	 * needs lwkt_config's cf_sleep), and devices by their rx interrupt, which is to be asked
	 * for when they are started (lwkt_ethdev.h). A CPU with sources looks every 10 ms all the
	 * same, and if no interrupts come it does as with SLEEP from then on. A CPU with a source
	 * that has no interrupt does as with SLEEP; lwkt_stage_wakes() tells.
	 */
	LWKT_IDLE_INTERRUPT,
};

#define LWKT_IDLE_LOOK_US 80 /**< LWKT_IDLE_SLEEP: how long a CPU does not look */

/** Settings of a pipeline; a zero field means its default. */
struct lwkt_pipeline_opts {
	/**
	 * Packets that the pipeline may hold: at least LWKT_STAGE_BURST for each source, at most
	 * 2^24, or LWKT_WINDOW_NONE. Default 1,024 for each source, or the smallest limit of an
	 * output whose overflow is CREDIT, if that is less.
	 */
	unsigned int po_window;
	/** A handler may run so many microseconds, 50 .. 10,000,000; default 1,000. */
	unsigned int po_budget_us;
	bool
	    po_watchdog; /**< report handlers that run longer, and CPUs that stand still elsewhere */
	/**
	 * No loop is launched: each lcore that has a stage calls lwkt_pipeline_round() in a loop of
	 * its own, from the start of the pipeline until it has been stopped. So a CPU can serve
	 * several pipelines. The main lcore always does it so.
	 */
	bool po_rounds;
};

#define LWKT_WINDOW_NONE   UINT32_MAX /**< no credits: the pool is the only bound */
#define LWKT_WINDOW_SOURCE 1024       /**< credits for each source, where nothing is said */

/**
 * Build and wire a pipeline; nothing runs yet.
 *
 * @param name   at most 31 bytes, for messages to people.
 * @param rows   one for each stage.
 * @param nrows  how many rows.
 * @return the pipeline, or NULL with rte_errno set, after one logged line that names pipeline,
 *         stage and fix. EINVAL: a row is wrong (unknown output, name twice, lcore no CPU, a
 *         handler nobody feeds, ...); ENOMEM; or what sk_init said.
 * Context: main lcore, after lwkt_init(); allocates. Ordering: none. Source: ours.
 */
struct lwkt_pipeline *lwkt_pipeline_create(
    const char *name, const struct lwkt_stage_row *rows, unsigned int nrows);

/**
 * Change settings. Call before lwkt_pipeline_start().
 *
 * @param pl    a pipeline.
 * @param opts  copied; NULL: the defaults.
 * @return 0; -EINVAL a field out of range, after one logged line that names it; -EBUSY it runs.
 * Context: main lcore. Ordering: none. Source: ours.
 */
int lwkt_pipeline_configure(struct lwkt_pipeline *pl, const struct lwkt_pipeline_opts *opts);

/**
 * Let the sources bring in so many packets and then no more: together exactly that many, from the
 * next start on. What stages make (lwkt_stage_made()) is not among them.
 *
 * @param pl       a pipeline.
 * @param packets  how many in all; 0: no limit, the default; at most INT64_MAX.
 * @return 0; -EBUSY it runs; -EINVAL too many.
 * Context: main lcore. Ordering: none; the launch of the loops comes after. With a limit a poll of
 * a source costs two atomic operations on a line that all of them share. Source: ours.
 */
int lwkt_pipeline_limit(struct lwkt_pipeline *pl, uint64_t packets);

/**
 * Count bytes in each stage (ss_bytes), or do not, the default.
 *
 * @param pl  a pipeline.
 * @param on  whether to.
 * @return 0; -EBUSY it runs.
 * Context: main lcore. Ordering: none; the launch of the loops comes after. Source: ours.
 */
int lwkt_pipeline_count_bytes(struct lwkt_pipeline *pl, bool on);

/**
 * The window in force (see CREDITS).
 *
 * @param pl  a pipeline.
 * @return packets that it may hold; LWKT_WINDOW_NONE: no bound.
 * Context: any thread, does not block. Ordering: none; it changes while nothing runs. Source: ours.
 */
unsigned int lwkt_pipeline_window(const struct lwkt_pipeline *pl);

/**
 * Start a loop on each CPU that has a stage, and let the sources poll.
 *
 * @param pl    a pipeline that does not run.
 * @param idle  what a CPU does when there is nothing to do.
 * @return 0; -EBUSY: one of these lcores is running something else, after a logged line; -EALREADY;
 *         with a watchdog
 *         -ENOMEM, or that pthread_create() failed; with INTERRUPT -ENOTSUP: lwkt_init() was called
 *         without cf_sleep, or -EMFILE, each after a logged line.
 * Context: main lcore, does not block. Ordering: none of ours; rte_eal_remote_launch() has it.
 * Source: ours.
 */
int lwkt_pipeline_start(struct lwkt_pipeline *pl, enum lwkt_idle idle);

/**
 * One round of the calling lcore's loop, for a main loop of the program's own: on the main lcore, or
 * with po_rounds. Ports, work, sources, rollups; publishes; and now and then, or when there was
 * nothing to do, transit and a request.
 *
 * @param pl  a pipeline.
 * @return packets, messages and requests served. 0: there was nothing to do, and the caller may
 *         rest; also if the pipeline does not run, or has no loop here that is run by hand.
 * Context: an lcore that has a stage of it, outside of stages; does not block. Ordering: as
 * lwkt_poll(); acquires and releases E4. Source: ours.
 */
unsigned int lwkt_pipeline_round(struct lwkt_pipeline *pl);

/**
 * Stop the sources, then wait until no packet is held.
 *
 * @param pl          a pipeline that runs.
 * @param timeout_ms  how long to wait for that, and for CPUs that do not answer.
 * @return 0: held is 0; -ETIMEDOUT; -EINVAL not running.
 * Context: main lcore, blocks. Ordering: E1 there and back, with each loop's reply. Source: ours.
 */
int lwkt_pipeline_drain(struct lwkt_pipeline *pl, unsigned int timeout_ms);

/**
 * End the loops and wait for the lcores. Packets still held (after a drain that timed out, or
 * without one) are freed where they queue, and counted as purged.
 *
 * @param pl  a pipeline that runs.
 * @return 0; -EINVAL not running; -ETIMEDOUT: the loops have ended, but packets are held
 *         that never came to a stage again; -EBUSY: a CPU has not answered for a second, which is
 *         logged, and all may be running still: call it again.
 * Context: main lcore, blocks. Ordering: E1 there and back, then acquires E4. Source: ours.
 */
int lwkt_pipeline_stop(struct lwkt_pipeline *pl);

/**
 * Free it. A running pipeline is stopped first, however long that takes.
 *
 * @param pl  a pipeline, or NULL.
 * Context: main lcore, blocks. Ordering: as lwkt_pipeline_stop(). Source: ours.
 */
void lwkt_pipeline_destroy(struct lwkt_pipeline *pl);

/**
 * Does this source wake its CPU when something comes? True for a source that has an interrupt, in a
 * pipeline that was started with LWKT_IDLE_INTERRUPT. If not, its CPU looks every
 * LWKT_IDLE_LOOK_US.
 *
 * @param st  a stage of any pipeline.
 * @return true if so.
 * Context: main lcore, does not block. Ordering: none. Source: ours.
 */
bool lwkt_stage_wakes(const struct lwkt_stage *st);

/**
 * Do two CPUs of the pipeline have to share a processor? Then LWKT_IDLE_YIELD is right.
 *
 * @param pl  a pipeline.
 * @return true if two of its lcores may run on the same one.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
bool lwkt_pipeline_shares_core(const struct lwkt_pipeline *pl);

/** @name Control
 * Controlling a pipeline while packets flow: by messages to the loops of its CPUs, each a request
 * that the loop answers between two bursts.
 *
 *      lwkt_pipeline_call      a function on one CPU
 *      lwkt_pipeline_rollout   a function on each CPU, in order, behind each CPU's earlier packets
 *      lwkt_pipeline_park      all CPUs stand still; until lwkt_pipeline_unpark()
 *      lwkt_rollup             a function at the end of each round of a CPU that had packets
 *
 * If the pipeline does not run, a function runs on the caller's thread instead, in the same order.
 * All of these can be called by a CPU's own context, an LWKT thread or an attached pthread, while the
 * main lcore, which owns the pipeline, does not stop it. They wait for their answers: an LWKT thread
 * switches, a pthread sleeps, a CPU serves transit, and if it is one of the pipeline's loops it runs
 * on, between its rounds. Roll-outs and barriers of several callers come one after the other; what
 * they run must not ask for another one of the same pipeline.
 * @{ */

/**
 * Run fn(arg) on the CPU lcore_id, between two bursts.
 *
 * @param pl        a pipeline.
 * @param lcore_id  of a loop of the pipeline.
 * @param fn        does not block; may emit packets of a stage of that CPU.
 * @param arg       for it.
 * @return 0, fn has returned; -EINVAL: the pipeline has no loop there.
 * Context: any attached thread, blocks. Ordering: E1 there and back. Source: netisr_domsg(),
 * net/netisr2.h;
 * there a message to a netisr's port, here to a loop's.
 */
int lwkt_pipeline_call(
    struct lwkt_pipeline *pl, unsigned int lcore_id, void (*fn)(void *arg), void *arg);

/**
 * Roll something out: run fn(arg) on every CPU of the pipeline, one after the other in the order of
 * the loops (a CPU whose stage comes first in the table first). On each CPU it runs behind all
 * packets that CPUs before it in that order had sent it before they ran it, and before all that
 * they sent it later. So if the order follows the packets' way, no packet meets the new state on
 * one CPU and the old one on a later CPU, or the other way round (contract N92).
 *
 * @param pl   a pipeline.
 * @param fn   does not block; may emit packets of a stage of its CPU.
 * @param arg  for it, on every CPU.
 * @return 0, fn has run everywhere; -EBUSY: the pipeline is parked.
 * Context: any attached thread, blocks. Ordering: E1, E29 from CPU to CPU. Source: netisr_domsg_global(),
 * net/netisr2.h; ours keeps its place among the packets too.
 */
int lwkt_pipeline_rollout(struct lwkt_pipeline *pl, void (*fn)(void *arg), void *arg);

/**
 * Barrier: when it returns, each CPU of the pipeline stands still between two bursts. It serves
 * transit and control, but no stage. Packets stay where they are. It lasts until all who have parked
 * the pipeline have unparked it.
 *
 * @param pl  a pipeline.
 * Context: any attached thread, blocks. Ordering: E1 (what a CPU wrote before is visible), E29. Source:
 * netisr_barrier_set(), net/netisr.c.
 */
void lwkt_pipeline_park(struct lwkt_pipeline *pl);

/**
 * End of the barrier; what the caller wrote meanwhile is visible to all CPUs.
 *
 * @param pl  a pipeline that is parked; another one stays as it is.
 * Context: any attached thread, blocks. Ordering: E1 (the request hands over what was written), E29. Source:
 * netisr_barrier_rem(), net/netisr.c.
 */
void lwkt_pipeline_unpark(struct lwkt_pipeline *pl);

/** A function at the end of rounds. Memory of the caller's, while it is registered. */
struct lwkt_rollup {
	void (*ro_fn)(void *arg); /* does not block; may emit packets of a stage of its CPU */
	void *ro_arg;
	int ro_priority;                  /* higher ones run first */
	TAILQ_ENTRY(lwkt_rollup) ro_link; /* the loop's */
};

/**
 * Register ro with the CPU lcore_id: from now on it runs there at the end of each round that had
 * packets, in descending order of priority, registered earlier first among equals (contract N90).
 *
 * @param pl        a pipeline.
 * @param lcore_id  of a loop of the pipeline.
 * @param ro        its first three fields set; not registered.
 * @return 0; -EINVAL: the pipeline has no loop there.
 * Context: any attached thread, also under load; blocks. Ordering: E1. Source: netisr_register_rollup(),
 * net/netisr.c; there it is for good, here it can be taken back.
 */
int lwkt_rollup_register(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro);

/**
 * Take it back; when it returns ro does not run and will not.
 *
 * @param pl        a pipeline.
 * @param lcore_id  of the loop with which ro is registered.
 * @param ro        registered there; the caller's again when this returns.
 * @return 0; -EINVAL: the pipeline has no loop there.
 * Context: any attached thread, also under load; blocks. Ordering: E1. Source: ours.
 */
int lwkt_rollup_unregister(struct lwkt_pipeline *pl, unsigned int lcore_id, struct lwkt_rollup *ro);
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PIPELINE_H */
