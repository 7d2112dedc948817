/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device under test does wrong, exactly: which frames it loses, alters, sends twice or lets
 * pass, and when the others leave. It knows neither frames nor clocks, so a real device has it
 * (tests/smoke/known_device.c), and a test on virtual time (tests/unit/bench/test_gen_faults.c).
 *
 *      faults_decide(): lost | corrupt | twice | late by one | as it came
 *      faults_due():    now ──▶ queue of a line that takes fc_line a frame ──▶ stalls ──▶ + fc_delay
 *
 * A frame has one fault at most, so that the counts are those that a receiver has to find. Times
 * are in any unit, those of the line in parts of it.
 */
#ifndef SUPPORT_FAULTS_H
#define SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum faults_fate {
	FAULTS_NONE,
	FAULTS_LOST,
	FAULTS_CORRUPT,
	FAULTS_TWICE,
	FAULTS_LATE, /* it leaves behind the next frame that is sent unaltered */
	FAULTS_KINDS,
};

#define FAULTS_FULL UINT64_MAX

struct faults_conf {
	uint64_t fc_every[FAULTS_KINDS]; /* each N-th frame; 0: none */
	uint64_t fc_seed; /* not 0: one of N frames, by chance, and the same ones each time */
	uint64_t fc_pass; /* of each trial the first so many pass, all others are lost; 0: all do */
	double fc_line;   /* time a frame; 0: none */
	uint64_t fc_queue; /* frames that wait for the line; beyond it they are lost */
	uint64_t fc_stall; /* at the begin of each fc_period it sends nothing for so long */
	uint64_t fc_period, fc_delay;
};

struct faults {
	struct faults_conf fa_conf;
	uint64_t fa_count[FAULTS_KINDS]; /* frames of each fate */
	uint64_t fa_full;                /* frames that found the queue full */
	uint64_t fa_frames, fa_passed, fa_draw;
	double fa_free; /* when the line is */
};

void faults_init(struct faults *fa, const struct faults_conf *conf);

/* The next frame's fate; first: a trial begins with it. */
enum faults_fate faults_decide(struct faults *fa, bool first);

/*
 * When a frame leaves that comes now; now does not go back, nor does the answer.
 *
 * @return a time from now on; FAULTS_FULL: it is lost.
 */
uint64_t faults_due(struct faults *fa, uint64_t now);

#endif /* SUPPORT_FAULTS_H */
