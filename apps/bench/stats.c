/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "stats.h"

static int
stats_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
stats_sort(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), stats_compare);
}

double
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
	stats_sort(values, n);
	su.su_median = stats_quantile(values, n, 0.5);
	su.su_q1 = stats_quantile(values, n, 0.25);
	su.su_q3 = stats_quantile(values, n, 0.75);
	su.su_min = values[0];
	su.su_max = values[n - 1];
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
stats_confidence95(const double *values, unsigned int n)
{
	/* Student's t, two-sided, by degrees of freedom from 1 on. */
	static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
	    2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
	const unsigned int most = sizeof(t) / sizeof(t[0]);
	double mean = stats_mean(values, n), squares = 0;

	if (n < 2)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	/* Beyond the table its last value, which is a little too large. */
	return t[(n - 1 < most ? n - 1 : most) - 1] * sqrt(squares / (n - 1)) / sqrt(n);
}
