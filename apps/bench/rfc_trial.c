/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "output.h"
#include "rfc_pvt.h"

#define SILENT_MAX 3   /* trials that bring nothing back, when others did */
#define LEARN_S    60  /* bridges forget an address after minutes */
#define LEARN_MS   200 /* for the learning frames to be forwarded */

static double
sent_pps(const struct gen_tx *gt)
{
	uint64_t cycles = gt->gt_last - gt->gt_first;

	return cycles > 0 ? (double)gt->gt_sent * (double)rte_get_tsc_hz() / (double)cycles : 0;
}

/* What the directions' own devices have not delivered so far. */
static void
trial_own(struct gen_run *gen, uint64_t own[GEN_DIRS])
{
	gen_read_devices(gen);
	for (unsigned int d = 0; d < gen->gn_dirs; d++)
		own[d] = gen->gn_dir[d].gd_missed + gen->gn_dir[d].gd_errors;
}

/* before: the devices' counters before the trial. */
static void
add_up(struct gen_run *gen, const uint64_t before[GEN_DIRS], struct rfc_result *rr)
{
	uint64_t own[GEN_DIRS];

	/* The bucket makes up for a burst, so that much may be late without the rate being another. */
	*rr = (struct rfc_result){0};
	trial_own(gen, own);
	for (unsigned int d = 0; d < gen->gn_dirs; d++) {
		const struct gen_tx *gt = &gen->gn_dir[d].gd_tx;
		const struct track_counts *tc = &gen->gn_dir[d].gd_rx.gr_counts;
		uint64_t missing = gt->gt_sent - tc->tc_in_order - tc->tc_reordered;

		own[d] = RTE_MIN(own[d] - before[d], missing);
		missing -= own[d];
		rr->rr_own += own[d];
		rr->rr_sent += gt->gt_sent;
		rr->rr_missing += missing;
		rr->rr_pps += sent_pps(gt) / gen->gn_dirs;
		rr->rr_lost[1 + d] = gt->gt_sent > 0 ? (double)missing / (double)gt->gt_sent : 0;
	}
	if (rr->rr_sent > 0)
		rr->rr_offered = rr->rr_pps *
		                 (1 + GEN_BURST * (double)gen->gn_dirs / (double)rr->rr_sent) *
		                 (1 - (double)rr->rr_own / (double)rr->rr_sent);
	rr->rr_lost[0] = rr->rr_sent > 0 ? (double)rr->rr_missing / (double)rr->rr_sent : 0;
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
	static const char *const words[] = {[SEARCH_GOOD] = "",
	    [SEARCH_NOT_HELD] = ", not held",
	    [SEARCH_DISTURBED] = ", disturbed"};
	unsigned int left = rf->rf_expected > rf->rf_trials ? rf->rf_expected - rf->rf_trials : 0;

	output_error("%u bytes, %s: %.0f frames/s, %" PRIu64 " of %" PRIu64
	             " lost%s; trial %u, about %u left, %.0f s\n",
	    rf->rf_size, what, rr->rr_pps, rr->rr_missing, rr->rr_sent, words[rr->rr_quality],
	    rf->rf_trials, left, ceil(s / rf->rf_trials * left));
}

/*
 * A receiver that was away for half of its ring may have lost what is missing.
 */
static enum search_quality
trial_quality(const struct gen_run *gen, const struct rfc_ask *ask, const struct rfc_result *rr)
{
	double away = (double)gen->gn_gap / (double)rte_get_tsc_hz() * rr->rr_pps;

	if (rr->rr_own > 0 || rr->rr_offered < SEARCH_HELD * ask->rk_pps)
		return SEARCH_NOT_HELD;
	return rr->rr_missing > 0 && away > GEN_DESCS / 2 ? SEARCH_DISTURBED : SEARCH_GOOD;
}

static void
trial_learn(struct rfc *rf)
{
	if (rf->rf_learned != 0 && rte_rdtsc() - rf->rf_learned < LEARN_S * rte_get_tsc_hz())
		return;
	gen_learn(rf->rf_gen, LEARN_MS);
	rf->rf_learned = rte_rdtsc();
}

/* One; false if there is no point in going on. */
static bool
trial_attempt(struct rfc *rf, const struct rfc_ask *ask, struct rfc_result *rr)
{
	struct gen_run *gen = rf->rf_gen;
	uint64_t before[GEN_DIRS];
	bool whole;

	trial_learn(rf);
	trial_own(gen, before);
	whole = gen_trial(gen, NULL);
	rf->rf_trials++;
	add_up(gen, before, rr);
	rr->rr_quality = trial_quality(gen, ask, rr);
	trial_say(rf, ask->rk_what, rr);
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

bool
rfc_trial(struct rfc *rf, const struct rfc_ask *ask, struct rfc_result *rr)
{
	struct gen_conf *gc = &rf->rf_gen->gn_conf;
	unsigned int upset = 0, not_held = 0;

	gc->gc_pps = ask->rk_pps;
	gc->gc_count = ask->rk_count;
	/* A count is to end a trial, and the time only one that hangs. */
	gc->gc_ms = ask->rk_count > 0 ? 2 * rf->rf_args->ra_ms + 2000 : rf->rf_args->ra_ms;
	while (trial_attempt(rf, ask, rr)) {
		upset += rr->rr_quality == SEARCH_DISTURBED;
		not_held += rr->rr_quality == SEARCH_NOT_HELD;
		if (ask->rk_once || rr->rr_quality == SEARCH_GOOD || not_held == SEARCH_AGAIN)
			return true;
		if (upset == SEARCH_UPSET) {
			rf->rf_incomplete = RFC_UPSET;
			return false;
		}
		rf->rf_expected++;
	}
	return false;
}

int
rfc_args_sizes(struct gen_conf *gc, struct rfc_args *ra, const char *sizes, const char *rate)
{
	int rc;

	if (strcmp(sizes, "imix") == 0)
		return gen_bad_value("size", sizes,
		    "up to 64 sizes from 64 to 16000, as in 64,512 or 64-1518:64; pktgen sends mixes");
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
		ra->ra_size[ra->ra_sizes++] = gc->gc_size[i];
	}
	gc->gc_mean = gc->gc_largest; /* what the line has to carry */
	gc->gc_rate = ra->ra_high;
	gc->gc_no_copies = true;
	return BENCH_OK;
}

unsigned int
rfc_expect(const struct rfc_args *args)
{
	unsigned int trials = 1; /* the one that tells what the sender can */

	if (args->ra_tests & 1u << RFC_THROUGHPUT)
		trials += rfc_search_expect(args);
	if (args->ra_tests & 1u << RFC_BURST)
		trials += 20 + 2 * (args->ra_bursts - 1);
	if (args->ra_tests & 1u << RFC_LATENCY)
		trials += args->ra_at.ul_n * args->ra_repeats;
	if (args->ra_tests & 1u << RFC_LOSS)
		trials += 10 * args->ra_repeats;
	return trials;
}

void
rfc_spare(struct rfc *rf, unsigned int n)
{
	rf->rf_expected -= n < rf->rf_expected ? n : rf->rf_expected;
}
