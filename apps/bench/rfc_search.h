/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MLRsearch (draft-ietf-bmwg-mlrsearch-15): one search for the highest loads at which a device
 * loses no more than several goals allow. Apart from all measuring: it says what to try, is told
 * what came of it, and says when every goal has its interval.
 *
 *      lower                                       upper
 *      at this load enough full-length    <=       at this load they cannot be good
 *      trials were good                            any more, whatever follows
 *
 * - A trial is good for a goal if it lost no more than sg_loss.
 * - A load is decided by trials of sg_seconds or longer, which come to sg_sum; as much as sg_exceed
 *   of these seconds may be of bad ones. Shorter trials that were bad count as far as good ones do
 *   not make up for them.
 * - The interval is relative: (upper - lower) / upper <= sg_width, wherever the device's limit is.
 * - Phases with shorter trials and wider intervals go before. They only say where to look: both
 *   ends of a result are decided by trials of full length.
 *
 * A trial whose load was not held is no trial: it is repeated, and then the highest load is
 * lowered. A disturbed one is repeated, and then there is no result.
 */
#ifndef BENCH_RFC_SEARCH_H
#define BENCH_RFC_SEARCH_H

#include <stdbool.h>

#define SEARCH_GOALS  6
#define SEARCH_VIEWS  3   /* losses of a trial: of all frames, and of each direction */
#define SEARCH_TRIALS 600 /* then it gives up */
#define SEARCH_PHASES 4
#define SEARCH_AGAIN  3     /* times that a load is not held before the highest is lowered */
#define SEARCH_UPSET  10    /* disturbed trials in a row: there is no result */
#define SEARCH_HELD   0.995 /* a load of which so much was sent was held */

struct search_goal {
	double sg_loss, sg_exceed, sg_width; /* of 1 */
	double sg_seconds, sg_sum; /* of a full-length trial; of those that a load needs */
	unsigned int sg_view;
};

enum search_quality {
	SEARCH_GOOD,      /* as a measurement, whatever was lost */
	SEARCH_NOT_HELD,  /* tr_offered is what the tester could */
	SEARCH_DISTURBED, /* what was lost, the tester may have lost */
};

struct search_trial {
	double tr_load, tr_offered, tr_seconds; /* asked for; really sent */
	double tr_loss[SEARCH_VIEWS];           /* of 1 */
	enum search_quality tr_quality;
};

/* Loads; 0: there is none. */
struct search_bounds {
	double sb_lower, sb_upper;
};

struct search_result {
	double
	    sr_lower; /* really sent in each good trial of the lower load; 0: every load was bad */
	double sr_upper;       /* 0: all that could be sent was good */
	double sr_conditional; /* what came of the lower load in its worst trial that counts */
};

struct search {
	struct search_goal se_goal[SEARCH_GOALS];
	unsigned int se_goals;
	double se_min, se_max;
	struct search_trial se_trial[SEARCH_TRIALS]; /* by load */
	unsigned int se_n;
	unsigned int se_at, se_phase, se_first; /* the goal in work, its phase, the first of them */
	double se_load;                         /* in work; 0: none is */
	double se_step;                         /* how far to go beyond a bound, of the width */
	unsigned int se_not_held, se_upset;
	bool se_failed; /* disturbed too often, or no end */
};

/*
 * 0 < min <= max. goals: at most SEARCH_GOALS, with increasing losses: what is known of one goal
 * is a start for the next.
 */
void search_init(
    struct search *se, double min, double max, const struct search_goal *goals, unsigned int n);

/* What to try next, in frames a second and seconds; false: over, see se_failed. */
bool search_next(struct search *se, double *load, double *seconds);

/* What came of it. */
void search_tell(struct search *se, const struct search_trial *tr);

struct search_result search_found(const struct search *se, unsigned int goal);

/*
 * The longest burst that gets through, to one frame. It begins at bt_start, such as what was found
 * last time, goes from there by steps that double, and halves what is left.
 */
struct burst {
	unsigned long bt_passed,
	    bt_failed; /* the longest that did, 0: none; the shortest, 0: none */
	unsigned long bt_start, bt_most, bt_step;
};

/* 1 <= start <= most. */
void burst_init(struct burst *bt, unsigned long start, unsigned long most);
/* Frames to try next; 0: bt_passed it is. */
unsigned long burst_next(struct burst *bt);
void burst_tell(struct burst *bt, unsigned long frames, bool passed);

#endif /* BENCH_RFC_SEARCH_H */
