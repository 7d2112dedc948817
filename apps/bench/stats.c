/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

static int
stats_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which the share q (0..1) of the values lies. Sorted ascending, n > 0. */
static double
stats_quantile(const double *sorted, unsigned int n, double q)
{
	double at = q * (n - 1);
	unsigned int below = (unsigned int)at;

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
}

struct summary
stats_summarise(double *values, unsigned int n)
{
	struct summary su = {0};

	if (n == 0)
		return su;
	qsort(values, n, sizeof(*values), stats_compare);
	su.su_median = stats_quantile(values, n, 0.5);
	su.su_q1 = stats_quantile(values, n, 0.25);
	su.su_q3 = stats_quantile(values, n, 0.75);
	su.su_min = values[0];
	su.su_max = values[n - 1];
	su.su_p90 = stats_quantile(values, n, 0.9);
	su.su_p99 = stats_quantile(values, n, 0.99);
	su.su_p999 = stats_quantile(values, n, 0.999);
	su.su_n = n;
	return su;
}

double
stats_mean(const double *values, unsigned int n)
{
	double sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += values[i];
	return n > 0 ? sum / n : 0;
}

double
stats_deviation(const double *values, unsigned int n)
{
	double mean = stats_mean(values, n), squares = 0;

	for (unsigned int i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return n > 1 ? sqrt(squares / (n - 1)) : 0;
}

double
stats_confidence95(const double *values, unsigned int n)
{
	/* Student's t, two-sided, by degrees of freedom from 1 on. */
	static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
	    2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
	const unsigned int most = sizeof(t) / sizeof(t[0]);

	if (n < 2)
		return 0;
	/* Beyond the table its last value, which is a little too large. */
	return t[(n - 1 < most ? n - 1 : most) - 1] * stats_deviation(values, n) / sqrt(n);
}

/*
 * Histograms
 */

void
hist_reset(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

void
hist_merge(struct hist *h, const struct hist *from)
{
	if (from->hi_count == 0)
		return;
	if (h->hi_count == 0 || from->hi_min < h->hi_min)
		h->hi_min = from->hi_min;
	if (from->hi_max > h->hi_max)
		h->hi_max = from->hi_max;
	h->hi_count += from->hi_count;
	h->hi_sum_low += from->hi_sum_low;
	h->hi_sum_high += from->hi_sum_high + (h->hi_sum_low < from->hi_sum_low);
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		h->hi_bucket[i] += from->hi_bucket[i];
}

double
hist_mean(const struct hist *h)
{
	if (h->hi_count == 0)
		return 0;
	return ((double)h->hi_sum_high * 0x1p64 + (double)h->hi_sum_low) / (double)h->hi_count;
}

/* The greatest value of a bucket. */
static uint64_t
bucket_top(unsigned int bucket)
{
	unsigned int shift = bucket < HIST_HALF ? 0 : bucket / HIST_HALF - 1;
	uint64_t first = (uint64_t)(bucket - shift * HIST_HALF) << shift;

	return first + ((UINT64_C(1) << shift) - 1);
}

/* ceil(count * ppm / HIST_ALL), in parts, so that nothing overflows; at least the first. */
static uint64_t
nearest_rank(uint64_t count, unsigned int ppm)
{
	uint64_t rank = count / HIST_ALL * ppm + (count % HIST_ALL * ppm + HIST_ALL - 1) / HIST_ALL;

	return rank > 0 ? rank : 1;
}

uint64_t
hist_percentile(const struct hist *h, unsigned int ppm)
{
	uint64_t rank = nearest_rank(h->hi_count, ppm), seen = 0;
	unsigned int bucket = 0;

	if (h->hi_count == 0)
		return 0;
	if (rank == 1)
		return h->hi_min;
	while ((seen += h->hi_bucket[bucket]) < rank)
		bucket++;
	return bucket_top(bucket) < h->hi_max ? bucket_top(bucket) : h->hi_max;
}
