/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>

#include "gen_track.h"

static bool
test_and_set(struct track *tr, uint64_t number)
{
	uint64_t *word = &tr->tr_came[number % TRACK_WINDOW / 64], bit = 1ull << number % 64;
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* The window moves up to number: what it passes has not come. */
static void
advance(struct track *tr, uint64_t number)
{
	if (number - tr->tr_next >= TRACK_WINDOW) {
		memset(tr->tr_came, 0, sizeof(tr->tr_came));
	} else {
		for (uint64_t n = tr->tr_next; n < number; n++)
			tr->tr_came[n % TRACK_WINDOW / 64] &= ~(1ull << n % 64);
	}
	tr->tr_next = number + 1;
	tr->tr_came[number % TRACK_WINDOW / 64] |= 1ull << number % 64;
}

void
track_frame(struct track *tr, uint32_t sequence, struct track_counts *tc)
{
	/* The 64-bit number that is nearest to the next one. */
	int32_t ahead = (int32_t)(sequence - (uint32_t)tr->tr_next);
	uint64_t number = tr->tr_next + (uint64_t)(int64_t)ahead;

	if (ahead >= 0) {
		advance(tr, number);
		tc->tc_in_order++;
	} else if (number > tr->tr_next || tr->tr_next - number > TRACK_WINDOW) {
		tc->tc_too_old++; /* or before 0: no such frame was sent */
	} else if (test_and_set(tr, number)) {
		tc->tc_duplicates++;
	} else {
		tc->tc_reordered++;
	}
}
