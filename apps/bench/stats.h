/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdint.h>

/* Median and friends of a series. All 0 for an empty one. */
struct summary {
	double su_median, su_q1, su_q3, su_min, su_max;
	double su_p90, su_p99, su_p999; /* the tail */
	unsigned int su_n;              /* how many values */
};

/* Sorts values. */
struct summary stats_summarise(double *values, unsigned int n);

double stats_mean(const double *values, unsigned int n);

/* Of the population, from a sample; 0 with fewer than two values. */
double stats_deviation(const double *values, unsigned int n);

/*
 * Half of the interval around the mean in which that of the population lies with 95 per cent
 * confidence (Student). 0 with fewer than two values, which say nothing about their spread.
 */
double stats_confidence95(const double *values, unsigned int n);

/*
 * A log-linear histogram of whole numbers (latencies) to 3 significant digits, in fixed memory.
 *
 *      value          0 .. 2047    2048 .. 4095    4096 .. 8191   ...   2^63 .. 2^64-1
 *      a bucket has      1              2               4                    2^53 values
 *
 * A value from 1024 up is at least 1024 times as large as its bucket is wide, so what a percentile
 * says is too high by less than a thousandth, and exact below 2048. Count, sum, least and greatest
 * are exact. One thread records; others may look or merge when it has stopped.
 */
#define HIST_HALF_BITS 10 /* 2^10 buckets for each power of two */
#define HIST_HALF      (1u << HIST_HALF_BITS)
#define HIST_BUCKETS   ((64u - HIST_HALF_BITS + 1) * HIST_HALF)
#define HIST_ALL       1000000u /* 100 % in parts per million */

/* 440 KiB: allocate it with zeroes, or hist_reset() it. */
struct hist {
	uint64_t hi_count;
	uint64_t hi_min, hi_max;          /* hi_min is valid if hi_count is not 0 */
	uint64_t hi_sum_low, hi_sum_high; /* 128 bits */
	uint64_t hi_bucket[HIST_BUCKETS];
};

static inline unsigned int
hist_shift(uint64_t value)
{
	return 63 - HIST_HALF_BITS - (unsigned int)__builtin_clzll(value | HIST_HALF);
}

static inline void
hist_record(struct hist *h, uint64_t value)
{
	unsigned int shift = hist_shift(value);

	h->hi_bucket[shift * HIST_HALF + (value >> shift)]++;
	h->hi_sum_low += value;
	h->hi_sum_high += h->hi_sum_low < value;
	if (h->hi_count++ == 0 || value < h->hi_min)
		h->hi_min = value;
	if (value > h->hi_max)
		h->hi_max = value;
}

void hist_reset(struct hist *h);

/* Add what from has to h: the same as if h had recorded all of it. */
void hist_merge(struct hist *h, const struct hist *from);

/* 0 if empty. */
double hist_mean(const struct hist *h);

/*
 * The least value that the share ppm (0..HIST_ALL) of all values does not exceed, by nearest rank:
 * 999900 is p99.99, 0 the least, HIST_ALL the greatest. 0 if empty.
 */
uint64_t hist_percentile(const struct hist *h, unsigned int ppm);

#endif /* BENCH_STATS_H */
