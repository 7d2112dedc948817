/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at a pipeline: its account, its stages and what they have counted, its CPUs' loops. All
 * of it may be read while packets flow; lwkt_stage_stats() has a stage's counters (lwkt_stage.h).
 */
#ifndef LWKT_ACCOUNT_H
#define LWKT_ACCOUNT_H

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

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
	uint64_t es_sent;   /* packets */
	uint64_t es_taken;  /* packets that the receiver has taken off its port */
	uint64_t es_depth;  /* sent - taken, at one moment: under way */
	uint64_t es_high;   /* most that the receiver has found under way */
	uint64_t es_full;   /* dropped by the sender: "edge_full" */
	uint64_t es_oldest; /* dropped by the receiver: "oldest"; part of es_taken */
	bool es_crosses;    /* it leads to another CPU */
	bool es_vectors;    /* in vectors */
};

/** How busy the loop of one CPU is. Both run on from its start. */
struct lwkt_loop_stats {
	unsigned int ls_lcore;
	uint64_t ls_busy_cyc;  /* TSC cycles of rounds that had something to do */
	uint64_t ls_total_cyc; /* TSC cycles since its start */
	uint64_t ls_rounds;    /* rounds that had something to do */
	uint64_t ls_sleeps;    /* times that it slept */
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
 * Context: main lcore; the sources stand still for as long as the slowest handler takes.
 * Ordering: E1 (each loop's reply hands its counters over). Source: ours.
 */
int lwkt_pipeline_audit(struct lwkt_pipeline *pl, struct lwkt_account *ac);

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

#ifdef __cplusplus
}
#endif

#endif /* LWKT_ACCOUNT_H */
