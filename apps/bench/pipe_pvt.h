/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the subcommand pipeline: one test, a pipeline of ours beside a loop written by hand.
 *
 *      client CPU              server CPU
 *      rx ──── ring / wire ──▶ MAC, tx       packets, vectors
 *                              rx, MAC, tx   rtc, both ethdevs
 *                              rx, 5 ×, tx   stages: what that takes longer than rx, tx, a stage
 *                              rx, switch, tx   switch-*: l2switch; its rival is our l2fwd
 *
 * WHAT IS FAIR. Both sides run on the same two worker lcores, by turns; the main lcore sleeps while
 * packets flow. Each side has two net_null devices (copy=0) and a pool of its own, as many mbufs
 * and as large a cache per lcore on both: ours the library's, whose mbufs have room for messages,
 * the rival's DPDK's default (or both what EAL's --mbuf-pool-ops-name says). The
 * rival's bursts are 32, as in DPDK's examples, ours what the library's stages take. Both rewrite
 * both MAC addresses, on the CPU that transmits, with the data prefetched. Both count what was sent
 * and let slices_tick() look at it once per burst, or round. Neither drops: the rival's rx CPU
 * waits for room in the ring.
 */
#ifndef BENCH_PIPE_PVT_H
#define BENCH_PIPE_PVT_H

#include <rte_ether.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <lwkt_pipeline.h>
#include <lwkt_stages.h>

#include "rounds.h"
#include "slices.h"

#define PIPE_BURST  32
#define PIPE_RELAYS 5    /* of the test stages */
#define PIPE_RING   1024 /* the rival's */

/* A side's devices. */
struct pipe_devs {
	uint16_t pd_ethdev[2];
	struct rte_ether_addr pd_mac[2];
	struct rte_mempool *pd_pool;
};

struct pipe_run {
	struct slices pr_slices; /* first: aligned */
	struct pipe_devs pr_devs[SIDES];
	struct rte_ring *pr_ring;      /* the rival's */
	unsigned int pr_window;        /* ours; 0: the default */
	alignas(64) bool pr_rx_left;   /* atomic: the rival's rx CPU sends no more */
	alignas(64) uint64_t pr_bytes; /* that the rival's relays have seen */
};

struct pipe_test {
	const char *pt_name, *pt_what;
	unsigned int pt_cpus;
	/* What is to hold: ours is so many times as fast as the rival, or takes so many ns. */
	double pt_floor, pt_limit_ns;
	struct lwkt_pipeline *(*pt_make)(const struct pipe_run *run);
	void (*pt_client)(void *run); /* the rival; NULL: one CPU */
	void (*pt_server)(void *run);
	/* The same without the pt_stages that are to be measured; NULL: all of it is. */
	unsigned int pt_stages;
	struct lwkt_pipeline *(*pt_make_without)(const struct pipe_run *run);
	void (*pt_server_without)(void *run);
	/* The rival is a pipeline of ours too; NULL: it is pt_client and pt_server. */
	struct lwkt_pipeline *(*pt_make_rival)(const struct pipe_run *run);
};

extern const struct pipe_test pipe_packets, pipe_vectors, pipe_rtc, pipe_stages;
extern const struct pipe_test pipe_switch_1, pipe_switch_10k, pipe_switch_100k;

/* A test on its way. */
struct pipe_row {
	const struct pipe_test *pw_test;
	struct pipe_run *pw_run;
	struct lwkt_pipeline *pw_pipeline, *pw_without, *pw_rival;
	struct rounds pw_rounds;
	unsigned int pw_errors; /* packets lost, or none came */
};

/* The devices of both sides: 0, or a negative errno after one line. (pipe_sides.c) */
int pipe_devs_open(struct pipe_run *run, unsigned int mbufs, unsigned int cache, uint16_t room);
void pipe_devs_close(struct pipe_run *run);

/* For a pipeline of ours: device i, what leaves by it, and the pipeline, with the run's window. NULL after
 * a logged line. (pipe_sides.c) */
struct lwkt_ethdev_conf pipe_dev_conf(const struct pipe_run *run, unsigned int i);
struct lwkt_l2fwd_conf pipe_fwd_conf(const struct pipe_run *run, unsigned int i);
struct lwkt_pipeline *pipe_ours_make(const struct pipe_run *run, const char *name,
    const struct lwkt_stage_row *rows, unsigned int nrows);

/* Measure one side once: cycles a packet. (pipe_sides.c) */
double pipe_lwkt_measure(struct pipe_row *row, struct lwkt_pipeline *pl, long *taken);
double pipe_raw_measure(
    struct pipe_run *run, void (*client)(void *), void (*server)(void *), long *taken);

#endif /* BENCH_PIPE_PVT_H */
