/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames through a device with known faults, on virtual time: what pktgen's parts count of them is
 * what the device did, and percentiles of latency are those of the device's own times.
 *
 *      frame_write() ──▶ faults_decide(), faults_due() ──▶ frame_read(), track_frame(), hist_record()
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "faults.h"
#include "gen_frame.h"
#include "gen_stream.h"
#include "stats.h"
#include "test.h"

#define FRAMES 40000u
#define SIZE   100u
#define HZ     1000000000u /* a virtual second */

static const struct frame_spec spec = {.fs_flows = 1};

/* What a frame was when it left the device: its latency for comparison. */
static struct {
	struct faults faults;
	struct frame_head head;
	struct track track;
	struct track_counts counts;
	uint64_t corrupt, received, first, last;
	struct hist hist;
	uint64_t latency[2 * FRAMES];
} run;

static void
receive(const uint8_t *frame, uint64_t sent, uint64_t due)
{
	struct frame_info info;
	enum frame_verdict verdict = frame_read(&spec, frame, SIZE - FRAME_FCS, &info);

	cr_assert_neq(verdict, FRAME_FOREIGN);
	if (verdict == FRAME_CORRUPT) {
		run.corrupt++;
		return;
	}
	track_frame(&run.track, info.fi_sequence, &run.counts);
	hist_record(&run.hist, (uint64_t)((uint32_t)(due >> FRAME_TIME_SHIFT) - info.fi_time)
	                           << FRAME_TIME_SHIFT);
	run.latency[run.received++] = due - sent;
	run.first = run.first == 0 ? due : run.first;
	run.last = due;
}

/* FRAMES frames at so many a second. */
static void
through(const struct faults_conf *conf, unsigned int pps)
{
	uint8_t frame[SIZE], late[SIZE];
	uint64_t late_sent = 0;

	memset(&run, 0, sizeof(run));
	faults_init(&run.faults, conf);
	frame_head(&spec, 0, SIZE, &run.head);
	for (uint32_t i = 0; i < FRAMES; i++) {
		uint64_t now = HZ + (uint64_t)i * HZ / pps, due;
		enum faults_fate fate = faults_decide(&run.faults, i == 0);

		if (fate == FAULTS_LOST || (due = faults_due(&run.faults, now)) == FAULTS_FULL)
			continue;
		frame_write(&run.head, i, now, frame);
		if (fate == FAULTS_LATE && late_sent == 0) {
			memcpy(late, frame, SIZE);
			late_sent = now;
			continue;
		}
		if (fate == FAULTS_CORRUPT)
			frame[50 + i % 40] ^= (uint8_t)(1u << i % 8);
		for (int copy = 0; copy < 1 + (fate == FAULTS_TWICE); copy++)
			receive(frame, now, due);
		if (fate != FAULTS_CORRUPT && late_sent != 0) {
			receive(late, late_sent, due);
			late_sent = 0;
		}
	}
}

static uint64_t
missing(void)
{
	return FRAMES - run.counts.tc_in_order - run.counts.tc_reordered;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Each percentile to 1 %, and to the tag's four cycles. */
static void
percentiles_agree(void)
{
	static const unsigned int ppm[] = {0, 500000, 900000, 990000, 999000, 999900, HIST_ALL};

	qsort(run.latency, run.received, sizeof(*run.latency), ascending);
	for (unsigned int i = 0; i < RTE_DIM(ppm); i++) {
		uint64_t rank = (run.received * ppm[i] + HIST_ALL - 1) / HIST_ALL;
		double want = (double)run.latency[rank > 0 ? rank - 1 : 0];
		double have = (double)hist_percentile(&run.hist, ppm[i]);

		cr_expect_leq(fabs(have - want), 0.01 * want + 4, "%u ppm: %.0f, not %.0f", ppm[i],
		    have, want);
	}
}

/* One kind of fault, exactly and by seed. */
static void
one_kind(enum faults_fate fate, uint64_t seed)
{
	struct faults_conf conf = {.fc_seed = seed};
	uint64_t n;

	conf.fc_every[fate] = 20;
	through(&conf, 1000);
	n = run.faults.fa_count[fate];
	if (seed == 0)
		cr_expect_eq(n, FRAMES / 20);
	else
		cr_expect(
		    n > FRAMES / 20 * 9 / 10 && n < FRAMES / 20 * 11 / 10, "%lu of 1 in 20", n);
	cr_expect_eq(run.corrupt, fate == FAULTS_CORRUPT ? n : 0);
	cr_expect_eq(run.counts.tc_duplicates, fate == FAULTS_TWICE ? n : 0);
	cr_expect_eq(run.counts.tc_too_old, 0);
	if (fate != FAULTS_LATE) {
		cr_expect_eq(run.counts.tc_reordered, 0);
		cr_expect_eq(missing(), fate == FAULTS_LOST || fate == FAULTS_CORRUPT ? n : 0);
	} else if (seed == 0) { /* the last frame is late, and nothing follows */
		cr_expect_eq(run.counts.tc_reordered, n - 1);
		cr_expect_eq(missing(), 1);
	}
}

Test(gen_faults, each_kind_alone_is_counted_exactly)
{
	for (enum faults_fate fate = FAULTS_LOST; fate < FAULTS_KINDS; fate++)
		for (uint64_t seed = 0; seed < 3; seed++)
			one_kind(fate, seed);
}

Test(gen_faults, all_kinds_together_are_told_apart)
{
	const struct faults_conf conf = {.fc_every = {0, 11, 13, 17, 19}, .fc_seed = 7};

	through(&conf, 1000);
	cr_expect_eq(missing(), run.faults.fa_count[FAULTS_LOST] + run.corrupt);
	cr_expect_eq(run.corrupt, run.faults.fa_count[FAULTS_CORRUPT]);
	cr_expect_eq(run.counts.tc_duplicates, run.faults.fa_count[FAULTS_TWICE]);
	/* Of two late ones in a row the second overtakes the first: one is in order. */
	cr_expect_gt(run.counts.tc_reordered, run.faults.fa_count[FAULTS_LATE] * 9 / 10);
	cr_expect_leq(run.counts.tc_reordered, run.faults.fa_count[FAULTS_LATE]);
}

Test(gen_faults, delays_and_stalls_have_their_percentiles)
{
	const struct faults_conf delay = {.fc_delay = 12345678};
	const struct faults_conf stall = {
	    .fc_stall = HZ / 20, .fc_period = HZ, .fc_line = HZ / 50000., .fc_queue = FRAMES};

	through(&delay, 10000);
	cr_expect_eq(missing(), 0);
	percentiles_agree();
	through(&stall, 10000);
	cr_expect_eq(missing(), 0);
	percentiles_agree();
	/* One of 20 waits, up to 50 ms, and what comes while these leave. */
	cr_expect_lt(hist_percentile(&run.hist, 900000), HZ / 1000);
	cr_expect_gt(hist_percentile(&run.hist, 990000), HZ / 30);
}

Test(gen_faults, a_line_has_its_rate_and_a_full_queue)
{
	const struct faults_conf line = {.fc_line = HZ / 7777., .fc_queue = 100};
	double pps;

	through(&line, 10000);
	pps = (double)(run.received - 1) * HZ / (double)(run.last - run.first);
	cr_expect_leq(fabs(pps / 7777 - 1), 0.001, "%.1f frames a second", pps);
	cr_expect_eq(missing(), run.faults.fa_full);
	cr_expect_leq(fabs((double)missing() / FRAMES - 0.2223), 0.0223 * 0.2223 + 101. / FRAMES);
	percentiles_agree();
	/* Full, a frame waits for the 100 before it and its own time. */
	cr_expect_leq(
	    fabs((double)hist_percentile(&run.hist, 990000) / (101. * HZ / 7777) - 1), 0.01);
	through(&line, 7000);
	cr_expect_eq(missing(), 0);
}
