/* SPDX-License-Identifier: BSD-3-Clause */
#include "rfc_search.h"

#include <math.h>
#include <string.h>

#define PHASE_FRAMES 1000 /* of a trial, at least, but in the last phase */

/*
 * Loads and their bounds
 */

enum verdict {
	UNDECIDED,
	LOWER,
	UPPER,
};

/* A goal as a phase sees it: the last one is the goal itself. */
static struct search_goal
phase_goal(const struct search_goal *goal, unsigned int phase)
{
	struct search_goal sg = *goal;
	double scale = (double)(1u << (SEARCH_PHASES - 1 - phase));

	if (phase + 1 == SEARCH_PHASES)
		return sg;
	sg.sg_width = fmin(1 - pow(1 - sg.sg_width, scale), 0.5);
	sg.sg_seconds /= scale;
	sg.sg_sum = sg.sg_seconds;
	return sg;
}

/* Seconds of trials at one load: full-length or shorter, good or bad. */
struct seconds {
	double good, bad, good_short, bad_short;
};

static enum verdict
classify(const struct search_goal *sg, const struct seconds *s)
{
	double made_up =
	    sg->sg_exceed < 1 ? s->good_short * sg->sg_exceed / (1 - sg->sg_exceed) : s->bad_short;
	double bad = s->bad + fmax(0, s->bad_short - made_up);
	double whole = fmax(s->good + bad, sg->sg_sum), may = whole * sg->sg_exceed;
	const double slack = 1e-9 * whole;

	if (bad > may + slack)
		return UPPER;
	return whole - s->good <= may + slack ? LOWER : UNDECIDED;
}

static bool
is_full(const struct search_goal *sg, const struct search_trial *tr)
{
	return tr->tr_seconds >= sg->sg_seconds * (1 - 1e-9);
}

/* All trials from i on that have its load; returns the first behind them. */
static unsigned int
add_load(const struct search *se, unsigned int i, const struct search_goal *sg, struct seconds *s)
{
	const double load = se->se_trial[i].tr_load;

	*s = (struct seconds){0};
	for (; i < se->se_n && se->se_trial[i].tr_load <= load; i++) {
		const struct search_trial *tr = &se->se_trial[i];
		bool good = tr->tr_loss[sg->sg_view] <= sg->sg_loss;

		if (is_full(sg, tr))
			*(good ? &s->good : &s->bad) += tr->tr_seconds;
		else
			*(good ? &s->good_short : &s->bad_short) += tr->tr_seconds;
	}
	return i;
}

/* The lowest upper bound, and the highest lower one below it. */
static struct search_bounds
find_bounds(const struct search *se, const struct search_goal *sg)
{
	struct search_bounds sb = {0};
	unsigned int i = 0;

	while (i < se->se_n && sb.sb_upper == 0) {
		double load = se->se_trial[i].tr_load;
		struct seconds s;

		i = add_load(se, i, sg, &s);
		switch (classify(sg, &s)) {
		case LOWER:
			sb.sb_lower = load;
			break;
		case UPPER:
			sb.sb_upper = load;
			break;
		case UNDECIDED:
			break;
		}
	}
	return sb;
}

static unsigned int
first_of(const struct search *se, double load)
{
	unsigned int i = 0;

	while (i < se->se_n && se->se_trial[i].tr_load < load)
		i++;
	return i;
}

static bool
is_decided(const struct search *se, const struct search_goal *sg, double load)
{
	unsigned int i = first_of(se, load);
	struct seconds s;

	if (i == se->se_n || se->se_trial[i].tr_load > load)
		return false;
	add_load(se, i, sg, &s);
	return classify(sg, &s) != UNDECIDED;
}

/*
 * What to try
 */

/* What the device forwarded of a load that was too much: near its limit, if it has a plain one. */
static double
forwarded(const struct search *se, const struct search_goal *sg, double load)
{
	unsigned int i = first_of(se, load);

	return i < se->se_n ? load * (1 - se->se_trial[i].tr_loss[sg->sg_view]) : 0;
}

/* Beyond a bound: each step is twice as wide as the last. */
static double
widen(struct search *se, const struct search_goal *sg)
{
	se->se_step *= 2;
	return pow(1 - sg->sg_width, se->se_step / 2);
}

/* Below a load that is too much. */
static double
below(struct search *se, const struct search_goal *sg, double upper)
{
	double most = fmin(upper * (1 - sg->sg_width / 2), se->se_max), load;

	if (se->se_phase == se->se_first && se->se_step < 1.5) { /* twice */
		load = forwarded(se, sg, upper) * (1 - sg->sg_width / 4);
		se->se_step *= 1.25;
	} else {
		load = upper * widen(se, sg);
	}
	return fmax(fmin(load, most), se->se_min);
}

/* An end of what the phase before has found, if it is inside; 0: it has said all that it can. */
static double
hint(const struct search *se, double lower, double upper)
{
	struct search_bounds before;
	struct search_goal last;

	if (se->se_phase == se->se_first)
		return 0;
	last = phase_goal(&se->se_goal[se->se_at], se->se_phase - 1);
	before = find_bounds(se, &last);
	if (before.sb_lower > lower && before.sb_lower < upper)
		return before.sb_lower;
	return before.sb_upper > lower && before.sb_upper < upper ? before.sb_upper : 0;
}

/* The next load of a goal in its phase; 0: it has what it needs. */
static double
pick(struct search *se, const struct search_goal *sg)
{
	const struct search_bounds sb = find_bounds(se, sg);
	const double lower = sb.sb_lower, upper = sb.sb_upper;
	double load;

	if (lower >= se->se_max || (upper > 0 && upper <= se->se_min) ||
	    (lower > 0 && upper > 0 && (upper - lower) / upper <= sg->sg_width * (1 + 1e-6)))
		return 0;
	load = hint(se, lower, upper > 0 ? upper : HUGE_VAL);
	if (load == 0 && upper > 0)
		load = lower > 0 ? sqrt(lower * upper) : below(se, sg, upper);
	else if (load == 0)
		load = lower > 0 ? lower / widen(se, sg) : se->se_max;
	return fmin(load, se->se_max);
}

void
search_init(
    struct search *se, double min, double max, const struct search_goal *goals, unsigned int n)
{
	memset(se, 0, sizeof(*se));
	se->se_min = fmin(min, max);
	se->se_max = max;
	se->se_goals = n;
	se->se_step = 1;
	memcpy(se->se_goal, goals, n * sizeof(*goals));
	/* Trials of a few frames say nothing. */
	while (se->se_phase + 1 < SEARCH_PHASES &&
	       max * phase_goal(goals, se->se_phase).sg_seconds < PHASE_FRAMES)
		se->se_phase++;
	se->se_first = se->se_phase;
}

bool
search_next(struct search *se, double *load, double *seconds)
{
	while (!se->se_failed && se->se_phase < SEARCH_PHASES) {
		struct search_goal sg = phase_goal(&se->se_goal[se->se_at], se->se_phase);

		if (se->se_load > se->se_max || is_decided(se, &sg, se->se_load))
			se->se_load = 0;
		if (se->se_load == 0)
			se->se_load = pick(se, &sg);
		if (se->se_load > 0) {
			*load = se->se_load;
			*seconds = sg.sg_seconds;
			return true;
		}
		se->se_step = 1;
		if (++se->se_at == se->se_goals) {
			se->se_at = 0;
			se->se_phase++;
		}
	}
	return false;
}

/*
 * What came of it
 */

/* The tester cannot hold the load: it is not asked for so much again. */
static void
not_held(struct search *se, double offered)
{
	if (++se->se_not_held < SEARCH_AGAIN)
		return;
	se->se_not_held = se->se_upset = 0;
	se->se_max = fmax(fmin(offered * 0.98, se->se_load * 0.95), se->se_min);
	se->se_failed = se->se_load <= se->se_min;
}

void
search_tell(struct search *se, const struct search_trial *tr)
{
	unsigned int at = first_of(se, tr->tr_load);

	if (tr->tr_quality == SEARCH_NOT_HELD) {
		not_held(se, tr->tr_offered);
		return;
	}
	if (tr->tr_quality == SEARCH_DISTURBED) {
		se->se_failed = ++se->se_upset == SEARCH_UPSET;
		return;
	}
	se->se_not_held = se->se_upset = 0;
	if (se->se_n == SEARCH_TRIALS) {
		se->se_failed = true;
		return;
	}
	memmove(&se->se_trial[at + 1], &se->se_trial[at], (se->se_n - at) * sizeof(*tr));
	se->se_trial[at] = *tr;
	se->se_n++;
}

/*
 * The share of the load that came back in the worst of the trials that count: sorted by loss, from
 * the best, so many that only the seconds that may be exceeded are left.
 */
static double
conditional(const struct search *se, const struct search_goal *sg, double load)
{
	double loss = 1, seconds = 0, sum = sg->sg_sum, worst = -1;
	unsigned int first = first_of(se, load), end = first;

	for (; end < se->se_n && se->se_trial[end].tr_load <= load; end++)
		if (is_full(sg, &se->se_trial[end]))
			seconds += se->se_trial[end].tr_seconds;
	sum = fmax(sum, seconds) * (1 - sg->sg_exceed);
	/* The trials are few: the next in order is looked for each time. */
	while (sum > 1e-9) {
		double next = 2, s = 0;

		for (unsigned int i = first; i < end; i++) {
			const struct search_trial *tr = &se->se_trial[i];
			double lost = tr->tr_loss[sg->sg_view];

			if (!is_full(sg, tr) || lost <= worst || lost > next)
				continue;
			s = lost < next ? tr->tr_seconds : s + tr->tr_seconds;
			next = lost;
		}
		if (next > 1)
			return 0; /* what was not tried counts as lost */
		loss = worst = next;
		sum -= s;
	}
	return load * (1 - loss);
}

struct search_result
search_found(const struct search *se, unsigned int goal)
{
	const struct search_goal *sg = &se->se_goal[goal];
	const struct search_bounds sb = find_bounds(se, sg);
	struct search_result sr = {.sr_lower = sb.sb_lower, .sr_upper = sb.sb_upper};

	if (sb.sb_lower == 0)
		return sr;
	for (unsigned int i = first_of(se, sb.sb_lower);
	     i < se->se_n && se->se_trial[i].tr_load <= sb.sb_lower; i++)
		if (is_full(sg, &se->se_trial[i]) &&
		    se->se_trial[i].tr_loss[sg->sg_view] <= sg->sg_loss)
			sr.sr_lower = fmin(sr.sr_lower, se->se_trial[i].tr_offered);
	sr.sr_conditional = conditional(se, sg, sb.sb_lower) * sr.sr_lower / sb.sb_lower;
	return sr;
}

void
burst_init(struct burst *bt, unsigned long start, unsigned long most)
{
	*bt = (struct burst){.bt_start = start, .bt_most = most, .bt_step = 1};
}

unsigned long
burst_next(struct burst *bt)
{
	const unsigned long step = bt->bt_step, passed = bt->bt_passed, failed = bt->bt_failed;

	if (passed == bt->bt_most || (failed > 0 && failed - passed == 1))
		return 0;
	if (passed == 0 && failed == 0)
		return bt->bt_start;
	bt->bt_step *= 2;
	if (failed == 0)
		return bt->bt_most - passed > step ? passed + step : bt->bt_most;
	return passed == 0 && failed > 2 * step ? failed - step : passed + (failed - passed) / 2;
}

void
burst_tell(struct burst *bt, unsigned long frames, bool passed)
{
	*(passed ? &bt->bt_passed : &bt->bt_failed) = frames;
}
