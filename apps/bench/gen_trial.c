/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial: send at the rate of the configuration for its time, receive what is under way, stop. The
 * main lcore's side of gen_loop.c.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "gen_pvt.h"

#define TICK_MS 10

static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
	(void)number;
	interrupted++;
}

void
gen_catch_signals(void)
{
	struct sigaction action = {.sa_handler = interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static uint64_t
received(const struct gen_run *run)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(&run->gn_dir[d].gd_rx.gr_received, __ATOMIC_RELAXED);
	return sum;
}

static uint64_t
distinct(const struct gen_run *run)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(&run->gn_dir[d].gd_rx.gr_distinct, __ATOMIC_RELAXED);
	return sum;
}

static uint64_t
sent(const struct gen_run *run)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(&run->gn_dir[d].gd_tx.gt_sent, __ATOMIC_RELAXED);
	return sum;
}

/* A second is over, or a little more: frames a second in it. */
struct window {
	uint64_t wi_begun; /* timer cycles */
	uint64_t wi_sent[GEN_DIRS], wi_received[GEN_DIRS];
};

static void
close_window(struct gen_run *run, struct window *wi, uint64_t now)
{
	const unsigned int at = run->gn_windows++ % GEN_WINDOWS;
	const double s = (double)(now - wi->wi_begun) / (double)rte_get_timer_hz();

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];
		uint64_t tx = __atomic_load_n(&gd->gd_tx.gt_sent, __ATOMIC_RELAXED);
		uint64_t rx = __atomic_load_n(&gd->gd_rx.gr_received, __ATOMIC_RELAXED);

		gd->gd_sent_each[at] = (double)(tx - wi->wi_sent[d]) / s;
		gd->gd_received_each[at] = (double)(rx - wi->wi_received[d]) / s;
		wi->wi_sent[d] = tx;
		wi->wi_received[d] = rx;
	}
	wi->wi_begun = now;
}

/* Until the time is over, all is sent, or somebody has had enough. */
static void
send_all(struct gen_run *run, FILE *live)
{
	const uint64_t hz = rte_get_timer_hz(), start = rte_get_timer_cycles();
	const uint64_t end = run->gn_conf.gc_ms * hz / 1000;
	struct window wi = {.wi_begun = start};

	while (!interrupted && !__atomic_load_n(&run->gn_tx_done, __ATOMIC_RELAXED)) {
		uint64_t now = rte_get_timer_cycles() - start;

		if (now >= (run->gn_windows + 1) * hz) {
			close_window(run, &wi, start + now);
			if (live != NULL)
				gen_live(run, live);
		}
		if (now >= end)
			break;
		usleep(1000 * TICK_MS);
	}
}

/*
 * Until nothing comes any more, or all has come and copies of it do not matter, or somebody has had
 * enough of that too.
 */
static void
drain(struct gen_run *run)
{
	const sig_atomic_t before = interrupted;
	const uint64_t quiet = run->gn_conf.gc_drain_ms * rte_get_timer_hz() / 1000;
	uint64_t last = received(run), since = rte_get_timer_cycles();

	__atomic_store_n(&run->gn_phase, GEN_DRAINING, __ATOMIC_RELAXED);
	while (!run->gn_conf.gc_tx_only && interrupted == before &&
	       rte_get_timer_cycles() - since < quiet) {
		uint64_t count;

		usleep(1000);
		count = received(run);
		if (run->gn_conf.gc_no_copies && distinct(run) >= sent(run))
			break;
		if (count != last)
			since = rte_get_timer_cycles();
		last = count;
	}
}

/* Tags that no trial before had, in this process nor, most probably, in another. */
static void
new_tags(struct gen_run *run)
{
	const struct gen_conf *gc = &run->gn_conf;
	const uint32_t flows = gc->gc_spec.fs_flows;

	if (run->gn_tag_base == 0)
		run->gn_tag_base = (uint32_t)(rte_rdtsc() * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	run->gn_tag_base += run->gn_dirs * flows;
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];

		gd->gd_spec.fs_tag_base = run->gn_tag_base;
		for (size_t i = 0; i < (size_t)RTE_MAX(gc->gc_sizes, 1u) * flows; i++)
			gd->gd_tx.gt_head[i].fh_flow =
			    run->gn_tag_base + gd->gd_spec.fs_first_flow + (uint32_t)(i % flows);
	}
}

/* As if nothing had been sent: tables and pools stay. */
static void
reset(struct gen_run *run)
{
	const size_t streams = run->gn_conf.gc_streams;

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_tx *gt = &run->gn_dir[d].gd_tx;
		struct gen_rx *gr = &run->gn_dir[d].gd_rx;
		struct gen_tx tx = {.gt_sequence = gt->gt_sequence,
		    .gt_head = gt->gt_head,
		    .gt_cursor.gu_head = gt->gt_head};
		struct gen_rx rx = {.gr_track = gr->gr_track, .gr_latency = gr->gr_latency};

		*gt = tx;
		*gr = rx;
		memset(gt->gt_sequence, 0, streams * sizeof(*gt->gt_sequence));
		memset(gr->gr_track, 0, streams * sizeof(*gr->gr_track));
		hist_reset(gr->gr_latency);
	}
	new_tags(run);
	run->gn_phase = GEN_SENDING;
	run->gn_tx_done = 0;
	run->gn_windows = 0;
}

bool
gen_trial(struct gen_run *run, FILE *live)
{
	reset(run);
	gen_start(run);
	send_all(run, live);
	drain(run);
	gen_join(run);
	return !interrupted;
}
