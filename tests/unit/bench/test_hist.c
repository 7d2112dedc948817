/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The latency histogram against exact percentiles of the same values (issue 7, item 1).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "stats.h"
#include "test.h"

#define VALUES 20001

static struct hist hist, other;
static uint64_t values[VALUES];

static const unsigned int ppms[] = {
    0, 1, 50, 10000, 250000, 500000, 900000, 990000, 999000, 999900, 999999, HIST_ALL};

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Values of any magnitude below 2^bits, each magnitude as often as the others. */
static void
fill(unsigned int bits, uint64_t seed)
{
	for (unsigned int i = 0; i < VALUES; i++)
		values[i] = test_rand(&seed) >> (64 - bits + test_rand(&seed) % bits);
}

static void
record(struct hist *h, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		hist_record(h, values[i]);
}

/* By definition: the least value with at least the share ppm of all at or below it. */
static uint64_t
exact(unsigned int ppm)
{
	for (uint64_t at = 0; at < VALUES; at++)
		if ((at + 1) * HIST_ALL >= (uint64_t)ppm * VALUES)
			return values[at];
	return values[VALUES - 1];
}

static void
expect_percentiles(unsigned int bits)
{
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (size_t i = 0; i < sizeof(ppms) / sizeof(ppms[0]); i++) {
		uint64_t want = exact(ppms[i]), got = hist_percentile(&hist, ppms[i]);

		cr_expect(got >= want && got - want <= want / 1024,
		    "below 2^%u, %u ppm: %" PRIu64 ", exactly %" PRIu64, bits, ppms[i], got, want);
	}
	cr_expect_eq(hist_percentile(&hist, 0), values[0]);
	cr_expect_eq(hist_percentile(&hist, HIST_ALL), values[VALUES - 1]);
}

Test(bench_hist, API_percentiles_are_within_a_thousandth_of_the_exact_ones)
{
	static const unsigned int bits[] = {1, 10, 11, 12, 20, 40, 63, 64};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		hist_reset(&hist);
		fill(bits[i], 88172645463325252u + i);
		record(&hist, 0, VALUES);
		expect_percentiles(bits[i]);
	}
}

Test(bench_hist, API_below_2048_all_is_exact)
{
	fill(11, 1);
	record(&hist, 0, VALUES);
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (unsigned int ppm = 0; ppm <= HIST_ALL; ppm += 2500)
		cr_expect_eq(hist_percentile(&hist, ppm), exact(ppm), "%u ppm", ppm);
}

/* The values beside each power of two, where the width of a bucket changes. */
Test(bench_hist, API_each_value_has_a_bucket)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		for (int off = -1; off <= 1; off++) {
			uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)off, got;

			hist_reset(&hist);
			hist_record(&hist, value);
			hist_record(&hist, value);
			hist_record(&hist, UINT64_MAX);
			got = hist_percentile(&hist, 660000);
			cr_expect(got >= value && got - value <= value / 1024,
			    "%" PRIu64 " became %" PRIu64, value, got);
		}
	hist_reset(&hist);
	hist_record(&hist, UINT64_MAX);
	cr_expect_eq(hist.hi_bucket[HIST_BUCKETS - 1], 1, "the last one is the last value's");
}

Test(bench_hist, API_merged_is_as_if_recorded_in_one)
{
	static struct hist both;

	fill(50, 7);
	record(&both, 0, VALUES);
	record(&hist, 0, VALUES / 3);
	record(&other, VALUES / 3, VALUES);
	hist_merge(&hist, &other);
	cr_expect_eq(memcmp(&hist, &both, sizeof(both)), 0);
	hist_reset(&other);
	hist_merge(&hist, &other);
	cr_expect_eq(memcmp(&hist, &both, sizeof(both)), 0, "an empty one changes nothing");
	hist_merge(&other, &both);
	cr_expect_eq(memcmp(&other, &both, sizeof(both)), 0, "nor does merging into one");
}

/* 5000 shares its bucket with 5001 to 5003. */
Test(bench_hist, API_the_least_is_exact)
{
	hist_record(&hist, 5000);
	hist_record(&hist, 9000);
	cr_expect_eq(hist.hi_min, 5000);
	cr_expect_eq(hist_percentile(&hist, 0), 5000);
	hist_merge(&other, &hist);
	cr_expect_eq(other.hi_min, 5000, "merged into an empty one");
	hist_record(&hist, 4000);
	hist_merge(&other, &hist);
	cr_expect_eq(other.hi_min, 4000);
}

Test(bench_hist, API_the_mean_does_not_overflow)
{
	hist_record(&hist, 100);
	hist_record(&hist, 201);
	cr_expect_eq(hist_mean(&hist), 150.5);
	hist_reset(&hist);
	hist_record(&hist, UINT64_MAX);
	hist_record(&hist, UINT64_MAX);
	hist_record(&other, UINT64_MAX);
	hist_record(&other, UINT64_MAX);
	hist_merge(&hist, &other);
	cr_expect_eq(hist_mean(&hist), 0x1p64);
}

Test(bench_hist, API_an_empty_one_says_0)
{
	cr_expect_eq(hist_percentile(&hist, 500000), 0);
	cr_expect_eq(hist_mean(&hist), 0);
	hist_record(&hist, 5);
	hist_reset(&hist);
	cr_expect_eq(hist_percentile(&hist, HIST_ALL), 0);
	cr_expect_eq(hist.hi_max, 0);
}
