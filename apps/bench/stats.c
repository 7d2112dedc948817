/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "stats.h"

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
stats_sort(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
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
