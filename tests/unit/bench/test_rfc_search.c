/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for the throughput, on devices that are formulas (issue 7, item 2).
 */
#include <criterion/criterion.h>

#include "rfc_search.h"
#include "stats.h"

#define HIGH 1000.0

/*
 * A device that forwards so many a second and loses the rest, and a sender with a limit of its own.
 */
struct device {
	double capacity, sender;
};

static double
lost(const struct device *de, double sent)
{
	return sent > de->capacity ? 1 - de->capacity / sent : 0;
}

/* Returns how many trials it took; fails if it has not promised that many. */
static unsigned int
search(struct search *se, const struct device *de)
{
	unsigned int n = 0;
	double rate;

	while (search_next(se, &rate)) {
		unsigned int left = search_left(se);
		double sent = rate < de->sender ? rate : de->sender;

		cr_assert(rate > se->se_low && rate <= se->se_high);
		search_tell(se, rate, sent, lost(de, sent));
		cr_assert(search_left(se) < left, "it comes closer to its end with each trial");
		cr_assert(++n < 100);
	}
	cr_expect_eq(search_left(se), 0);
	return n;
}

Test(bench_rfc_search, API_devices_by_table)
{
	static const struct {
		const char *what;
		struct device device;
		double loss, resolution;
		double found; /* at most; and at least less the resolution */
		bool by_sender;
		unsigned int most; /* trials */
	} table[] = {
	    {"it stands everything", {1e9, 1e9}, 0, 1, HIGH, false, 1},
	    {"somewhere", {617.3, 1e9}, 0, 1, 617.3, false, 11},
	    {"just below the highest", {999.5, 1e9}, 0, 1, 999.5, false, 11},
	    {"just above nothing", {1.5, 1e9}, 0, 1, 1.5, false, 11},
	    {"half, to the point", {500, 1e9}, 0, 1, 500, false, 11},
	    {"coarse", {617.3, 1e9}, 0, 100, 617.3, false, 5},
	    {"a tenth may be lost", {600, 1e9}, 0.1, 1, 600 / 0.9, false, 11},
	    {"more may be lost than ever is", {600, 1e9}, 0.5, 1, HIGH, false, 1},
	    {"the sender is slower", {1e9, 300}, 0, 1, 300, true, 1},
	    {"the sender is slower, and the device slower still", {200, 300}, 0, 1, 200, false, 11},
	};

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct search se;
		unsigned int n;
		double found;

		search_init(&se, 0, HIGH, table[i].resolution, table[i].loss);
		cr_expect(search_left(&se) <= 11, "%u at first", search_left(&se));
		n = search(&se, &table[i].device);
		found = search_found(&se);
		cr_expect(found <= table[i].found + 1e-6 &&
		              found >= table[i].found - table[i].resolution - 1e-6,
		    "%s: %f", table[i].what, found);
		cr_expect_eq(se.se_by_sender, table[i].by_sender, "%s", table[i].what);
		cr_expect(n <= table[i].most, "%s: %u trials", table[i].what, n);
	}
}

Test(bench_rfc_search, API_a_device_that_always_loses)
{
	const struct device device = {0, 1e9};
	struct search se;

	search_init(&se, 0, HIGH, 1, 0);
	cr_expect_leq(search(&se, &device), 11);
	cr_expect_eq(search_found(&se), 0, "nothing passed");
}

/* What passed without loss passes with some: the search begins there. */
Test(bench_rfc_search, API_from_a_rate_that_is_known_to_pass)
{
	const struct device device = {600, 1e9};
	struct search se;

	search_init(&se, 599, HIGH, 1, 0.1);
	cr_expect_leq(search(&se, &device), 10);
	cr_expect_float_eq(search_found(&se), 600 / 0.9, 1);
}

/* The line is full of one burst more: that is not a higher rate. */
Test(bench_rfc_search, API_more_than_was_asked_for_is_not_found)
{
	struct search se;

	search_init(&se, 0, HIGH, 1, 0);
	search_tell(&se, HIGH, HIGH * 1.01, 0);
	cr_expect_eq(search_found(&se), HIGH);
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
