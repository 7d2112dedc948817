/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's lcores. With two workers one sends and one receives, otherwise one does both by turns.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "bench.h"
#include "gen_pvt.h"

static enum gen_phase
phase(const struct gen_run *run)
{
	return (enum gen_phase)__atomic_load_n(&run->gn_phase, __ATOMIC_RELAXED);
}

static void
send_round(struct gen_run *run)
{
	bool done = true;

	if (phase(run) != GEN_SENDING) {
		for (unsigned int d = 0; d < run->gn_dirs; d++)
			gen_drop_pending(&run->gn_dir[d].gd_tx);
		return;
	}
	for (unsigned int d = 0; d < run->gn_dirs; d++)
		done &= gen_send(run, &run->gn_dir[d]);
	if (done)
		__atomic_store_n(&run->gn_tx_done, 1, __ATOMIC_RELAXED);
}

static void
receive_round(struct gen_run *run)
{
	if (run->gn_conf.gc_tx_only)
		return;
	for (unsigned int d = 0; d < run->gn_dirs; d++)
		gen_receive(&run->gn_dir[d], run->gn_conf.gc_pcap != NULL);
}

static int
sender(void *arg)
{
	struct gen_run *run = arg;

	while (phase(run) != GEN_OVER)
		send_round(run);
	send_round(run);
	return 0;
}

static int
receiver(void *arg)
{
	struct gen_run *run = arg;

	while (phase(run) != GEN_OVER)
		receive_round(run);
	return 0;
}

static int
both(void *arg)
{
	struct gen_run *run = arg;

	while (phase(run) != GEN_OVER) {
		send_round(run);
		receive_round(run);
	}
	send_round(run);
	return 0;
}

void
gen_start(struct gen_run *run)
{
	unsigned int first = rte_get_next_lcore(-1, 1, 0);
	unsigned int second = rte_get_next_lcore(first, 1, 0);
	uint64_t now = rte_rdtsc();

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		run->gn_dir[d].gd_tx.gt_first = now;
		rate_init(&run->gn_dir[d].gd_tx.gt_rate, run->gn_conf.gc_pps, rte_get_tsc_hz(),
		    GEN_BURST, now);
	}
	if (second < RTE_MAX_LCORE && !run->gn_conf.gc_tx_only) {
		rte_eal_remote_launch(receiver, run, second);
		rte_eal_remote_launch(sender, run, first);
	} else {
		rte_eal_remote_launch(both, run, first);
	}
}

void
gen_join(struct gen_run *run)
{
	__atomic_store_n(&run->gn_phase, GEN_OVER, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
}

/*
 * The tables
 */

static void
fill_heads(const struct gen_run *run, struct gen_dir *gd)
{
	const struct gen_conf *gc = &run->gn_conf;

	for (unsigned int i = 0; i < run->gn_packets.pp_n; i++) {
		gd->gd_tx.gt_head[i] = run->gn_packets.pp_head[i];
		gd->gd_tx.gt_head[i].fh_flow += gd->gd_spec.fs_first_flow;
	}
	for (unsigned int s = 0; s < gc->gc_sizes; s++)
		for (uint32_t f = 0; f < gc->gc_spec.fs_flows; f++)
			frame_head(&gd->gd_spec, f, gc->gc_size[s],
			    &gd->gd_tx.gt_head[(size_t)s * gc->gc_spec.fs_flows + f]);
}

int
gen_prepare(struct gen_run *run)
{
	const struct gen_conf *gc = &run->gn_conf;
	const size_t flows = gc->gc_spec.fs_flows;

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];

		gd->gd_tx.gt_head =
		    calloc(RTE_MAX(gc->gc_sizes, 1u) * flows, sizeof(*gd->gd_tx.gt_head));
		gd->gd_tx.gt_sequence = calloc(gc->gc_streams, sizeof(*gd->gd_tx.gt_sequence));
		gd->gd_rx.gr_track = calloc(gc->gc_streams, sizeof(*gd->gd_rx.gr_track));
		gd->gd_rx.gr_latency = calloc(1, sizeof(*gd->gd_rx.gr_latency));
		if (gd->gd_tx.gt_head == NULL || gd->gd_tx.gt_sequence == NULL ||
		    gd->gd_rx.gr_track == NULL || gd->gd_rx.gr_latency == NULL) {
			fprintf(stderr,
			    "lwkt-bench %s: no memory for %zu flows; give fewer --flows\n",
			    gen_command, flows);
			return BENCH_FAILED;
		}
		gd->gd_tx.gt_cursor.gu_head = gd->gd_tx.gt_head;
		fill_heads(run, gd);
	}
	return BENCH_OK;
}

void
gen_free(struct gen_run *run)
{
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		free(run->gn_dir[d].gd_tx.gt_head);
		free(run->gn_dir[d].gd_tx.gt_sequence);
		free(run->gn_dir[d].gd_rx.gr_track);
		free(run->gn_dir[d].gd_rx.gr_latency);
	}
}
