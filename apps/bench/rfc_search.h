/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for the highest rate at which a device loses no more than it may (RFC 2544, 26.1),
 * apart from all measuring: it says what to try, is told what came of it, and says when it has
 * found it.
 *
 *      passed                                            failed
 *      low ───────────────────── try ─────────────────── high        until high - low <= resolution
 *
 * The highest rate is tried first: many devices stand it. The same search finds the longest burst
 * that gets through (26.4), in frames.
 */
#ifndef BENCH_RFC_SEARCH_H
#define BENCH_RFC_SEARCH_H

#include <stdbool.h>

#define SEARCH_HELD 0.995 /* a rate of which so much was sent was held */

struct search {
	double se_low; /* the highest that passed; in the beginning one below which none is tried */
	double se_high; /* the lowest that failed; in the beginning the highest to try */
	double se_resolution;
	double se_loss;       /* may be lost, of 1 */
	unsigned int se_told; /* trials so far */
	bool se_passed;       /* something has */
	bool se_done;
	bool se_by_sender; /* what was sent got through, but more could not be sent */
};

/* low < high, resolution > 0. */
void search_init(struct search *se, double low, double high, double resolution, double loss);

/* What to try next; false: the search is over. */
bool search_next(const struct search *se, double *rate);

/*
 * rate was tried, sent is what it came to, and lost of 1 was lost. Who could not hold the rate and
 * lost little enough ends the search: to try more would be of no use.
 */
void search_tell(struct search *se, double rate, double sent, double lost);

/* The highest rate that passed, 0 if none did. */
double search_found(const struct search *se);

/* How many trials it may take yet, at most. */
unsigned int search_left(const struct search *se);

#endif /* BENCH_RFC_SEARCH_H */
