/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Are counts those of something random? Chi-square, with bounds that random counts leave once in
 * millions of times, and counts that follow a pattern always.
 */
#ifndef CHI_H
#define CHI_H

#include <stdbool.h>

/* @param share  of each of the n cells in the total; NULL: all the same. */
static inline bool
chi_random(const unsigned int *count, const double *share, unsigned int n)
{
	double total = 0, chi = 0, freedom = n - 1;

	for (unsigned int i = 0; i < n; i++)
		total += count[i];
	for (unsigned int i = 0; i < n; i++) {
		double expected = share != NULL ? total * share[i] : total / n;

		chi += (count[i] - expected) * (count[i] - expected) / expected;
	}
	chi -=
	    freedom + 12; /* the rest in standard deviations, which are the root of 2 * freedom */
	return chi < 0 || chi * chi < 5.5 * 5.5 * 2 * freedom;
}

#endif /* CHI_H */
