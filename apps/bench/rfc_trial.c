/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "output.h"
#include "rfc_pvt.h"

#define ATTEMPTS   3 /* to hold a rate: a processor may be taken away */
#define SILENT_MAX 3 /* trials that bring nothing back, when others did */

static double
sent_pps(const struct gen_tx *gt)
{
	uint64_t cycles = gt->gt_last - gt->gt_first;

	return cycles > 0 ? (double)gt->gt_sent * (double)rte_get_tsc_hz() / (double)cycles : 0;
}

static void
add_up(const struct gen_run *gen, struct rfc_result *rr)
{
	*rr = (struct rfc_result){0};
	for (unsigned int d = 0; d < gen->gn_dirs; d++) {
		const struct gen_tx *gt = &gen->gn_dir[d].gd_tx;
		const struct track_counts *tc = &gen->gn_dir[d].gd_rx.gr_counts;

		rr->rr_sent += gt->gt_sent;
		rr->rr_missing += gt->gt_sent - tc->tc_in_order - tc->tc_reordered;
		rr->rr_pps += sent_pps(gt) / gen->gn_dirs;
	}
	rr->rr_lost = rr->rr_sent > 0 ? (double)rr->rr_missing / (double)rr->rr_sent : 0;
}

static bool
trial_answers(const struct gen_run *gen)
{
	for (unsigned int d = 0; d < gen->gn_dirs; d++)
		if (gen->gn_dir[d].gd_rx.gr_received == 0)
			return false;
	return true;
}

static void
trial_say(const struct rfc *rf, const char *what, const struct rfc_result *rr)
{
	double s = (double)(rte_rdtsc() - rf->rf_begun) / (double)rte_get_tsc_hz();
	unsigned int left = rf->rf_expected > rf->rf_trials ? rf->rf_expected - rf->rf_trials : 0;

	output_error("%u bytes, %s: %.0f frames/s, %" PRIu64 " of %" PRIu64
	             " lost; trial %u, at most %u left, %.0f s\n",
	    rf->rf_size, what, rr->rr_pps, rr->rr_missing, rr->rr_sent, rf->rf_trials, left,
	    ceil(s / rf->rf_trials * left));
}

/* One; false if there is no point in going on. */
static bool
trial_attempt(struct rfc *rf, const char *what, struct rfc_result *rr)
{
	struct gen_run *gen = rf->rf_gen;
	bool whole = gen_trial(gen, NULL);

	rf->rf_trials++;
	add_up(gen, rr);
	trial_say(rf, what, rr);
	rf->rf_answers |= trial_answers(gen);
	rf->rf_silent = rr->rr_missing < rr->rr_sent ? 0 : rf->rf_silent + 1;
	for (unsigned int d = 0; d < gen->gn_dirs; d++)
		rf->rf_foreign += gen->gn_dir[d].gd_rx.gr_foreign;
	if (!whole)
		rf->rf_incomplete = "interrupted";
	else if (!rf->rf_answers)
		rf->rf_incomplete = "nothing came back";
	else if (rf->rf_silent == SILENT_MAX)
		rf->rf_incomplete = "nothing comes back any more";
	return rf->rf_incomplete == NULL;
}

/* The bucket makes up for a burst, so that much may be late without the rate being another. */
static bool
trial_held(const struct gen_run *gen, const struct rfc_ask *ask, const struct rfc_result *rr)
{
	double each = (double)rr->rr_sent / gen->gn_dirs;

	return rr->rr_pps * (each + GEN_BURST) >= SEARCH_HELD * ask->rk_pps * each;
}

bool
rfc_trial(struct rfc *rf, const struct rfc_ask *ask, struct rfc_result *rr)
{
	struct gen_conf *gc = &rf->rf_gen->gn_conf;

	gc->gc_pps = ask->rk_pps;
	gc->gc_count = ask->rk_count;
	/* A count is to end a trial, and the time only one that hangs. */
	gc->gc_ms = ask->rk_count > 0 ? 2 * rf->rf_args->ra_ms + 2000 : rf->rf_args->ra_ms;
	for (unsigned int i = 1;; i++) {
		if (!trial_attempt(rf, ask->rk_what, rr))
			return false;
		rr->rr_held = trial_held(rf->rf_gen, ask, rr);
		if (!ask->rk_hold || rr->rr_held || i == ATTEMPTS)
			return true;
		rf->rf_expected++;
	}
}

int
rfc_args_sizes(struct gen_conf *gc, struct rfc_args *ra, const char *sizes, const char *rate)
{
	int rc;

	if (strcmp(sizes, "imix") == 0)
		return gen_bad_value("size", sizes,
		    "at most 8 numbers from 64 to 16000, separated by commas; pktgen sends mixes");
	if (rate_parse(rate, &ra->ra_high) < 0)
		return gen_bad_value("rate", rate,
		    "'max', or a number above 0 and pps, kpps, Mpps, bit, kbit, Mbit, Gbit or % (up to 100)");
	rc = gen_args_sizes(gc, sizes);
	if (rc != BENCH_OK)
		return rc;
	for (unsigned int i = 0; i < gc->gc_sizes; i++) {
		for (unsigned int j = 0; j < i; j++)
			if (gc->gc_size[i] == gc->gc_size[j])
				return gen_bad_value(
				    "size", sizes, "each size once, separated by commas");
		ra->ra_sizes.ul_value[ra->ra_sizes.ul_n++] = gc->gc_size[i];
	}
	gc->gc_mean = gc->gc_largest; /* what the line has to carry */
	gc->gc_rate = ra->ra_high;
	gc->gc_no_copies = true;
	return BENCH_OK;
}

unsigned int
rfc_expect(const struct rfc_args *args)
{
	struct search se;
	unsigned int trials = 0, searches = 0;

	search_init(&se, 0, 1000, args->ra_permille, 0);
	if (args->ra_tests & 1u << RFC_THROUGHPUT)
		searches += args->ra_loss_ppm > 0 ? 2 : 1;
	if (args->ra_tests & 1u << RFC_BURST)
		searches++;
	trials += searches * args->ra_repeats * search_left(&se);
	if (args->ra_tests & 1u << RFC_LATENCY)
		trials += args->ra_at.ul_n * args->ra_repeats;
	if (args->ra_tests & 1u << RFC_LOSS)
		trials += 10 * args->ra_repeats;
	return trials + 1; /* the one that tells what the sender can */
}

void
rfc_spare(struct rfc *rf, unsigned int n)
{
	rf->rf_expected -= n < rf->rf_expected ? n : rf->rf_expected;
}
