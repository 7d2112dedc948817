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

#endif /* BENCH_STATS_H */
