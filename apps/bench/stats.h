/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

/* Median and friends of a series. All 0 for an empty one. */
struct summary {
	double su_median, su_q1, su_q3, su_min, su_max;
};

/* Sort values in place, ascending. */
void stats_sort(double *values, unsigned int n);

/* The value below which the share q (0..1) of the values lies. Sorted ascending, n > 0. */
double stats_quantile(const double *sorted, unsigned int n, double q);

/* Sorts values. */
struct summary stats_summarise(double *values, unsigned int n);

double stats_mean(const double *values, unsigned int n);

/*
 * Half of the interval around the mean in which that of the population lies with 95 per cent
 * confidence (Student). 0 with fewer than two values, which say nothing about their spread.
 */
double stats_confidence95(const double *values, unsigned int n);

#endif /* BENCH_STATS_H */
