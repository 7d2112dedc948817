/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MLRsearch on devices that are formulas, on virtual time.
 *
 *      search ── load, seconds ──▶ tester: holds it or not, is disturbed or not
 *        ▲                            │ frames
 *        └─ what was lost ◀── device: a rate that wavers, a queue, hiccups, a share that is lost
 */
#include <math.h>

#include <criterion/criterion.h>

#include "rfc_search.h"
#include "stats.h"

#define RUNS 10000

static uint64_t state;

/* 0 to 1: xorshift64*, so that a seed repeats a run. */
static double
uniform(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (double)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 11) * 0x1p-53;
}

static double
normal(void)
{
	double sum = -6;

	for (unsigned int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

struct device {
	double rate, queue; /* frames a second; frames that wait */
	double waver;       /* standard deviation of a trial's rate, of 1 */
	double hiccup;      /* how probable it is that a trial loses 100 frames besides */
	double lost;        /* of 1, of all frames */
	double sender;      /* the tester sends no more, but for a third of it; 0: no limit */
	double disturbed;   /* how probable it is that a trial is */
	double high;        /* asked from here down */
	bool one_loses;     /* only the first direction does */
};

static struct search_trial
device_try(const struct device *de, double load, double seconds)
{
	struct search_trial tr = {.tr_load = load, .tr_offered = load, .tr_seconds = seconds};
	double frames, stands, lost;

	if (de->sender > 0)
		tr.tr_offered = fmin(load, de->sender * (0.67 + 0.33 * uniform()));
	if (tr.tr_offered < SEARCH_HELD * load)
		tr.tr_quality = SEARCH_NOT_HELD;
	frames = floor(tr.tr_offered * seconds + 0.5);
	stands = floor(de->rate * (1 + de->waver * normal()) * seconds + de->queue);
	lost = fmax(0, frames - stands) + floor(frames * de->lost);
	if (uniform() < de->hiccup)
		lost += 100;
	if (uniform() < de->disturbed) {
		lost += frames / 10;
		tr.tr_quality = SEARCH_DISTURBED;
	}
	for (unsigned int v = 0; v < SEARCH_VIEWS && frames > 0; v++)
		tr.tr_loss[v] = fmin(1, lost / frames);
	if (de->one_loses) {
		tr.tr_loss[0] /= 2;
		tr.tr_loss[2] = 0;
	}
	return tr;
}

#define SECONDS 10.0

static const struct search_goal ndr_pdr[] = {
    {.sg_exceed = 0.5, .sg_width = 0.005, .sg_seconds = SECONDS, .sg_sum = 5 * SECONDS},
    {.sg_loss = 0.01,
        .sg_exceed = 0.5,
        .sg_width = 0.005,
        .sg_seconds = SECONDS,
        .sg_sum = 5 * SECONDS}};

struct cost {
	unsigned int trials, full;
};

/* One search; returns how many trials it took. */
static struct cost
run(struct search *se, const struct device *de, const struct search_goal *goals, unsigned int n)
{
	struct cost cost = {0};
	double load, seconds;

	search_init(se, 10, de->high, goals, n);
	while (search_next(se, &load, &seconds)) {
		struct search_trial tr = device_try(de, load, seconds);

		cr_assert(load >= se->se_min && load <= se->se_max && seconds <= SECONDS);
		search_tell(se, &tr);
		cost.full += seconds >= SECONDS;
		cr_assert(++cost.trials < 1000, "no end");
	}
	return cost;
}

static bool
holds(const struct search_result *sr, double truth)
{
	return sr->sr_lower <= truth * (1 + 1e-9) &&
	       (sr->sr_upper == 0 || sr->sr_upper >= truth * (1 - 1e-9));
}

/* What a device stands in trials of full length: its queue takes the rest of the last burst. */
static double
truth_of(const struct device *de, double loss)
{
	return (de->rate + de->queue / SECONDS) / (1 - loss);
}

/* Of 100 intervals at least 95 have the truth in them, whatever the device is like. */
Test(bench_rfc_search, API_the_true_rate_is_in_the_interval, .timeout = 60)
{
	static struct search se;
	unsigned int inside[2] = {0}, none = 0, trials = 0, most = 0;

	state = 4711;
	for (unsigned int i = 0; i < RUNS; i++) {
		const struct device de = {.rate = pow(10, 3.5 + 4 * uniform()),
		    .queue = floor(2000 * uniform()),
		    .waver = i % 4 == 0 ? 0 : 0.001 * uniform(),
		    .hiccup = i % 3 == 0 ? 0.05 : 0,
		    .disturbed = i % 5 == 0 ? 0.2 : 0,
		    .high = 1.48e8 * (i % 2 == 0 ? 1 : 0.1)};
		struct cost cost = run(&se, &de, ndr_pdr, 2);

		trials += cost.trials;
		most = cost.trials > most ? cost.trials : most;
		none += se.se_failed;
		for (unsigned int g = 0; g < 2; g++) {
			struct search_result sr = search_found(&se, g);

			inside[g] += holds(&sr, truth_of(&de, ndr_pdr[g].sg_loss));
			if (sr.sr_upper > 0 && !se.se_failed)
				cr_expect((se.se_goal[g].sg_width * 1.01 + 1e-6) * sr.sr_upper >=
				          sr.sr_upper - sr.sr_lower);
		}
	}
	cr_log_info("inside %u and %u of %u, %.1f trials, %u at most", inside[0], inside[1], RUNS,
	    (double)trials / RUNS, most);
	cr_expect_eq(none, 0, "%u without result", none);
	cr_expect_geq(inside[0], RUNS * 95 / 100, "%u of %u", inside[0], RUNS);
	cr_expect_geq(inside[1], RUNS * 95 / 100, "%u of %u", inside[1], RUNS);
}

/* What the search before this one got wrong. */
Test(bench_rfc_search, API_a_slow_device_asked_from_far_above)
{
	static const struct device table[] = {{.rate = 10000, .high = 1e6},
	    {.rate = 10000, .high = 1.48e8},
	    /* The rate is not held, by far: that says nothing of the device. */
	    {.rate = 100000, .high = 1e6, .sender = 300000},
	    {.rate = 100000, .high = 1e7, .sender = 160000, .disturbed = 0.3},
	    {.rate = 100000, .high = 1e6, .sender = 300000, .waver = 0.0005, .hiccup = 0.02}};
	static struct search se;

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct device *de = &table[i];
		unsigned int inside = 0;

		state = 42 + i;
		for (unsigned int j = 0; j < 100; j++) {
			struct search_result sr;

			run(&se, de, ndr_pdr, 2);
			sr = search_found(&se, 0);
			cr_expect(!se.se_failed && sr.sr_lower > 0.98 * de->rate &&
			              sr.sr_upper > 0 && sr.sr_upper < 1.02 * de->rate,
			    "row %u: %f to %f", i, sr.sr_lower, sr.sr_upper);
			inside += holds(&sr, de->rate);
		}
		cr_expect_geq(inside, 95, "row %u: %u of 100", i, inside);
	}
}

/* It stands all that can be sent: there is a lower bound and no upper one. */
Test(bench_rfc_search, API_the_tester_is_the_limit)
{
	static const struct device table[] = {
	    {.rate = 1e9, .high = 1e6}, {.rate = 1e9, .high = 1e6, .sender = 3e5}};
	static struct search se;

	state = 1;
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct search_result sr;
		double least = table[i].sender > 0 ? 0.6 * table[i].sender : table[i].high;

		run(&se, &table[i], ndr_pdr, 2);
		for (unsigned int g = 0; g < 2; g++) {
			sr = search_found(&se, g);
			cr_expect(sr.sr_lower >= least && sr.sr_upper == 0, "%f to %f", sr.sr_lower,
			    sr.sr_upper);
		}
	}
}

/* One of 50 is lost at any load: no throughput without loss, and all of it with 3 %. */
Test(bench_rfc_search, API_a_device_that_always_loses)
{
	static const struct device de = {.rate = 1e9, .high = 1e6, .lost = 0.02},
	                           dead = {.rate = 0, .high = 1e6};
	static const struct search_goal goals[] = {
	    {.sg_exceed = 0.5, .sg_width = 0.005, .sg_seconds = 10, .sg_sum = 30},
	    {.sg_loss = 0.03, .sg_exceed = 0.5, .sg_width = 0.005, .sg_seconds = 10, .sg_sum = 30}};
	static struct search se;
	struct search_result sr;
	unsigned int n;

	state = 1;
	n = run(&se, &de, goals, 2).trials;
	cr_expect_lt(n, 60, "%u trials", n);
	sr = search_found(&se, 0);
	cr_expect(sr.sr_lower == 0 && sr.sr_upper == se.se_min);
	sr = search_found(&se, 1);
	cr_expect(sr.sr_lower == de.high && sr.sr_upper == 0);
	cr_expect_float_eq(sr.sr_conditional, 0.98 * de.high, 1);
	run(&se, &dead, goals, 2);
	cr_expect_eq(search_found(&se, 1).sr_lower, 0);
}

/* A disturbed tester says nothing of the device. */
Test(bench_rfc_search, API_no_result_of_a_disturbed_tester)
{
	const struct device de = {.rate = 1e5, .high = 1e6, .disturbed = 1};
	static struct search se;

	state = 1;
	cr_expect_eq(run(&se, &de, ndr_pdr, 2).trials, SEARCH_UPSET);
	cr_expect(se.se_failed);
}

/* The directions' own losses, in one search: one stops earlier than the other. */
Test(bench_rfc_search, API_each_direction_has_its_rate)
{
	const struct device de = {.rate = 1e5, .high = 3e5, .one_loses = true};
	struct search_goal goals[SEARCH_VIEWS];
	static struct search se;

	state = 1;
	for (unsigned int v = 0; v < SEARCH_VIEWS; v++) {
		goals[v] = ndr_pdr[1];
		goals[v].sg_view = v;
	}
	run(&se, &de, goals, SEARCH_VIEWS);
	for (unsigned int v = 0; v < 2; v++) {
		struct search_result sr = search_found(&se, v);

		cr_expect(holds(&sr, de.rate / (1 - (v == 0 ? 0.02 : 0.01))), "view %u: %f to %f",
		    v, sr.sr_lower, sr.sr_upper);
	}
	cr_expect(search_found(&se, 2).sr_lower == de.high && search_found(&se, 2).sr_upper == 0);
}

/* What decides a load: seconds of good and bad trials, long and short, and what may be exceeded. */
Test(bench_rfc_search, API_a_load_is_decided_by_its_seconds)
{
	enum { UPPER, LOWER, OPEN };
	static const struct {
		double exceed, sum;
		const char *trials; /* G good, B bad, of full length; g, b of half of it */
		int bound;
		double conditional; /* of the load; 0: not looked at */
	} table[] = {
	    {0, 10, "G", LOWER, 1},
	    {0, 10, "B", UPPER, 0},
	    {0, 20, "G", OPEN, 0},
	    {0, 20, "GG", LOWER, 1},
	    {0, 20, "GB", UPPER, 0},
	    {0.5, 30, "G", OPEN, 0},
	    {0.5, 30, "GG", LOWER, 1},
	    {0.5, 30, "BG", OPEN, 0},
	    {0.5, 30, "BGG", LOWER, 1},
	    {0.5, 30, "BGB", UPPER, 0},
	    {0.4, 50, "GGB", OPEN, 0},
	    {0.4, 50, "GGBG", LOWER, 1},
	    {0.5, 20, "b", OPEN, 0},
	    {0.5, 20, "bbb", UPPER, 0},
	    {0.5, 20, "bbbg", OPEN, 0},
	    {0.5, 20, "gggg", OPEN, 0},
	    {0, 10, "b", UPPER, 0},
	    {0.5, 10, "bG", LOWER, 1},
	};
	static struct search se;

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct search_goal goal = {.sg_loss = 0.1,
		    .sg_exceed = table[i].exceed,
		    .sg_width = 0.01,
		    .sg_seconds = 10,
		    .sg_sum = table[i].sum};
		struct search_result sr;

		search_init(&se, 1, 1000, &goal, 1);
		for (const char *at = table[i].trials; *at != '\0'; at++) {
			bool full = *at == 'G' || *at == 'B', good = *at == 'G' || *at == 'g';

			search_tell(&se, &(struct search_trial){.tr_load = 500,
			                     .tr_offered = 500,
			                     .tr_seconds = full ? 10 : 5,
			                     .tr_loss[0] = good ? 0 : 0.2});
		}
		sr = search_found(&se, 0);
		cr_expect_eq(sr.sr_lower > 0   ? LOWER
		             : sr.sr_upper > 0 ? UPPER
		                               : OPEN,
		    table[i].bound, "row %u: %s", i, table[i].trials);
		if (table[i].conditional > 0)
			cr_expect_float_eq(sr.sr_conditional, table[i].conditional * 500, 1e-6,
			    "row %u: %f", i, sr.sr_conditional);
	}
}

/* A lower bound above a load that is an upper one is none: the device is judged by the lowest. */
Test(bench_rfc_search, API_no_lower_bound_above_an_upper_one)
{
	const struct search_goal goal = {.sg_width = 0.01, .sg_seconds = 1, .sg_sum = 1};
	static struct search se;
	struct search_result sr;

	search_init(&se, 1, 1000, &goal, 1);
	for (unsigned int i = 0; i < 3; i++)
		search_tell(&se, &(struct search_trial){.tr_load = 900 - 100 * i,
		                     .tr_offered = 890 - 100 * i,
		                     .tr_seconds = 1,
		                     .tr_loss[0] = i == 1 ? 0.5 : 0});
	sr = search_found(&se, 0);
	cr_expect(sr.sr_lower == 690 && sr.sr_upper == 800,
	    "what was really sent, and what was asked for");
}

Test(bench_rfc_search, API_a_burst_is_found_to_one_frame)
{
	for (unsigned long most = 1; most < 2000; most += 1 + most / 5) {
		for (unsigned long longest = 0; longest <= most + 1; longest++) {
			const unsigned long found = longest < most ? longest : most;
			const unsigned long starts[] = {most, 1, found > 0 ? found : 1};

			for (unsigned int i = 0; i < 3; i++) {
				unsigned int n = 0;
				unsigned long next;
				struct burst bt;

				burst_init(&bt, starts[i], most);
				while ((next = burst_next(&bt)) > 0) {
					cr_assert(next > bt.bt_passed && next <= most);
					cr_assert(bt.bt_failed == 0 || next < bt.bt_failed);
					burst_tell(&bt, next, next <= longest);
					cr_assert(++n < 40);
				}
				cr_assert_eq(bt.bt_passed, found, "%lu of %lu", longest, most);
				cr_assert(
				    i < 2 || n <= 2, "what was found last time is looked at first");
			}
		}
	}
}

Test(bench_rfc_search, API_confidence_of_the_mean)
{
	static const struct {
		unsigned int n;
		double values[8], half;
	} table[] = {
	    {1, {5}, 0},
	    {2, {1, 3}, 12.706},                    /* s = sqrt 2, / sqrt 2 = 1 */
	    {3, {1, 2, 3}, 4.303 * 0.577350},       /* s = 1 */
	    {5, {2, 4, 4, 4, 6}, 2.776 * 0.632456}, /* s = sqrt 2 */
	    {4, {7, 7, 7, 7}, 0},
	};

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_expect_float_eq(stats_confidence95(table[i].values, table[i].n), table[i].half,
		    1e-3, "row %u: %f", i, stats_confidence95(table[i].values, table[i].n));
}
