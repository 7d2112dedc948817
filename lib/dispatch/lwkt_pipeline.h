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
 * on its stages' ports to them, poll its sources, publish. The main lcore has no stage; it owns
 * the pipeline and calls everything below. Control reaches the loops as messages to their CPU's
 * own port, requests with replies.
 */
#ifndef LWKT_PIPELINE_H
#define LWKT_PIPELINE_H

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_pipeline;

/** One row of the table that makes a pipeline. Copied by lwkt_pipeline_create(). */
struct lwkt_stage_row {
	const char *sr_name; /* unique, at most 31 bytes */
	const struct lwkt_stage_kind *sr_kind;
	unsigned int sr_lcore;               /* a worker lcore */
	const void *sr_conf;                 /* for sk_init */
	const char *sr_out[LWKT_STAGE_OUTS]; /* names of the stages its outputs go to */
};

/** What a CPU does with a round in which nothing happened. */
enum lwkt_idle {
	LWKT_IDLE_PAUSE, /* the CPU's spin-wait hint */
	LWKT_IDLE_YIELD, /* offer the processor to others: for CPUs that share a core */
};

/** The account of a pipeline (contract N93). */
struct lwkt_account {
	uint64_t ac_received;    /* packets that the sources brought in */
	uint64_t ac_transmitted; /* packets that devices took over */
	uint64_t ac_dropped;     /* sum over all stages and reasons, purged included */
	uint64_t ac_held;        /* received - transmitted - dropped: in the pipeline */
};

/**
 * Build and wire a pipeline; nothing runs yet.
 *
 * @param name   at most 31 bytes, for messages to people.
 * @param rows   one for each stage.
 * @param nrows  how many rows.
 * @return the pipeline, or NULL with rte_errno set, after one logged line that names pipeline,
 *         stage and fix. EINVAL: a row is wrong (unknown output, name twice, lcore no CPU or the
 *         main one, a handler nobody feeds, ...); ENOMEM; or what sk_init said.
 * Context: main lcore, after lwkt_init().
 */
struct lwkt_pipeline *lwkt_pipeline_create(
    const char *name, const struct lwkt_stage_row *rows, unsigned int nrows);

/**
 * Start a loop on each CPU that has a stage, and let the sources poll.
 *
 * @return 0; -EBUSY: one of these lcores is running something else; -EALREADY.
 */
int lwkt_pipeline_start(struct lwkt_pipeline *pl, enum lwkt_idle idle);

/**
 * Stop the sources, then wait until no packet is held.
 *
 * @param pl          a pipeline that runs.
 * @param timeout_ms  how long to wait for that.
 * @return 0: held is 0; -ETIMEDOUT; -EINVAL not running.
 */
int lwkt_pipeline_drain(struct lwkt_pipeline *pl, unsigned int timeout_ms);

/**
 * End the loops and wait for the lcores. Packets still held (after a drain that timed out, or
 * without one) are freed where they queue, and counted as purged.
 *
 * @return 0; -EINVAL not running; -ETIMEDOUT: the loops have ended, but packets are held
 *         that never came to a stage again.
 */
int lwkt_pipeline_stop(struct lwkt_pipeline *pl);

/** Free it. A running pipeline is stopped first. */
void lwkt_pipeline_destroy(struct lwkt_pipeline *pl);

/** Read the account. Exact when drained; else held may lag by what is under way. */
void lwkt_pipeline_account(const struct lwkt_pipeline *pl, struct lwkt_account *ac);

/** The stages, in the order of the table: 0 .. count - 1. */
unsigned int lwkt_pipeline_nstages(const struct lwkt_pipeline *pl);
const struct lwkt_stage *lwkt_pipeline_stage(const struct lwkt_pipeline *pl, unsigned int i);

/** Do two CPUs of the pipeline have to share a processor? Then LWKT_IDLE_YIELD is right. */
bool lwkt_pipeline_shares_core(const struct lwkt_pipeline *pl);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PIPELINE_H */
