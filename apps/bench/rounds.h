/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rounds: how a comparison stays fair on a machine that changes under it.
 *
 * Two CPUs may be near each other (the same core complex) or far, and under a hypervisor that
 * changes within seconds; the same code then costs up to five times as much. So one round is
 *
 *     ping-pong │ ours, rival (or rival, ours: they alternate) │ ping-pong
 *
 * and it counts only if both ping-pongs say the same and the kernel took neither CPU away. Rounds
 * are kept apart by regime, and a result is made of the rounds of one regime.
 */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include <stdbool.h>

#include "stats.h"

enum regime {
	REGIME_NEAR,
	REGIME_FAR,
	REGIMES,
};

/* For OPT_WORDS; bit i is enum regime i. */
extern const char *const regime_words[];
#define REGIME_ANY 3u

/* Whose figure. */
enum side {
	OURS,
	RIVAL,
	SIDES,
};

#define ROUND_METRICS 3

/* What one round measured, in TSC cycles. */
struct sample {
	double sa_value[SIDES][ROUND_METRICS];
	long sa_taken; /* sum of pair_run() */
};

struct round {
	struct sample rd_sample;
	double rd_pingpong;
	enum regime rd_regime;
	bool rd_clean;
};

struct rounds {
	unsigned int rs_wanted;  /* clean rounds of one regime */
	unsigned int rs_regimes; /* mask of those that count */
	unsigned int rs_n, rs_max;
	bool rs_failed; /* no more of it: measuring has set it */
	struct round *rs_round;
	unsigned int rs_changed;   /* dropped: the regime changed, or is not wanted */
	unsigned int rs_disturbed; /* dropped: a CPU was taken away */
};

struct result {
	struct summary re_side[SIDES];
	double re_ratio;                 /* of the medians, rival / ours: more than 1 is faster */
	double re_ratio_q1, re_ratio_q3; /* quartiles of the single rounds' ratios */
	double re_pingpong;              /* median, cycles */
	enum regime re_regime;
	unsigned int re_kept;
	bool re_disturbed; /* no clean round: all there are were used */
};

/* Two-line ping-pong between the two CPUs of pair_start(): TSC cycles there and back. */
double regime_pingpong(void);
enum regime regime_of(double pingpong_cyc);

/* Room for rounds until `wanted` are good; 0 or -ENOMEM. */
int rounds_init(struct rounds *rs, unsigned int wanted, unsigned int regimes);
void rounds_free(struct rounds *rs);

/* Enough good rounds, or too many bad ones. */
bool rounds_done(const struct rounds *rs);

/* One round; measure() fills the sample, the rival's half first if rival_first. */
void rounds_take(
    struct rounds *rs, void (*measure)(void *arg, bool rival_first, struct sample *), void *arg);

/* A row's rounds, and what measures it: rounds_take(). */
struct rounds_row {
	struct rounds *rr_rounds;
	void *rr_arg;
};

/*
 * Passes over all rows, so that the rounds of each are spread over the whole run, until all have
 * enough or the time is over; one at least, however slow the machine is.
 */
void rounds_all(const struct rounds_row *rows, unsigned int n, unsigned int ms,
    void (*measure)(void *arg, bool rival_first, struct sample *));

/* The figures of one metric. 0; -ENODATA: not one round; -ENOMEM. */
int rounds_result(const struct rounds *rs, unsigned int metric, struct result *re);

#endif /* BENCH_ROUNDS_H */
