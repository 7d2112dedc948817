/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss, duplicates and reordering by number: cases by hand, and a random stream against a plain
 * count.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "gen_stream.h"
#include "test.h"

static void
expect(const uint32_t *numbers, unsigned int n, struct track_counts want)
{
	struct track_counts tc = {0};
	struct track tr = {0};

	for (unsigned int i = 0; i < n; i++)
		track_frame(&tr, numbers[i], &tc);
	cr_expect_eq(tc.tc_in_order, want.tc_in_order, "in order: %lu", tc.tc_in_order);
	cr_expect_eq(tc.tc_reordered, want.tc_reordered, "reordered: %lu", tc.tc_reordered);
	cr_expect_eq(tc.tc_duplicates, want.tc_duplicates, "duplicates: %lu", tc.tc_duplicates);
	cr_expect_eq(tc.tc_too_old, want.tc_too_old, "too old: %lu", tc.tc_too_old);
}

#define EXPECT(numbers, ...)                                                     \
	do {                                                                     \
		static const uint32_t list[] = {TEST_LIST numbers};              \
		expect(list, RTE_DIM(list), (struct track_counts){__VA_ARGS__}); \
	} while (0)
#define TEST_LIST(...) __VA_ARGS__

Test(gen_track, by_hand)
{
	EXPECT((0, 1, 2, 3), 4);
	EXPECT((0, 2, 3), 3);
	EXPECT((0, 2, 1, 3), 3, 1);
	EXPECT((0, 0, 1, 1, 1), 2, 0, 3);
	EXPECT((0, 2, 1, 1), 2, 1, 1);
	EXPECT((5, 4, 3, 2, 1, 0), 1, 5);
	EXPECT((1023, 0, 0), 1, 1, 1);
	EXPECT((1024, 0), 1, 0, 0, 1);
	EXPECT((0, 5000, 4999, 4999, 3977, 3976), 2, 2, 1, 1);
	EXPECT((0, 0xffffffff), 1, 0, 0, 1); /* there is no number before 0 */
	EXPECT((0x7fffffff, 0xfffffffe, 0xffffffff, 0, 1, 0xffffffff, 1), 5, 0,
	    2); /* the count wraps */
}

/* Each number comes 0 to 2 times, up to 500 places too late. */
Test(gen_track, at_random)
{
	enum { NUMBERS = 200000, LATE = 500 };
	static uint32_t slots[NUMBERS + LATE + 1][8];
	static unsigned char filled[NUMBERS + LATE + 1], came[NUMBERS];
	struct track_counts tc = {0}, want = {0};
	struct track tr = {0};
	int64_t highest = -1;
	uint64_t unique = 0;

	srandom(7);
	for (uint32_t n = 0; n < NUMBERS; n++) {
		for (long times = random() % 20 == 0 ? random() % 3 : 1; times > 0; times--) {
			uint32_t at = n + (random() % 10 == 0 ? (uint32_t)random() % LATE : 0);

			if (filled[at] < 8)
				slots[at][filled[at]++] = n;
		}
	}
	for (unsigned int s = 0; s < NUMBERS + LATE; s++) {
		for (unsigned int i = 0; i < filled[s]; i++) {
			uint32_t n = slots[s][i];

			track_frame(&tr, n, &tc);
			if (came[n])
				want.tc_duplicates++;
			else if (n > highest)
				want.tc_in_order++;
			else
				want.tc_reordered++;
			unique += !came[n];
			came[n] = 1;
			highest = n > highest ? n : highest;
		}
	}
	cr_expect_eq(memcmp(&tc, &want, sizeof(tc)), 0);
	cr_expect_eq(tc.tc_in_order + tc.tc_reordered, unique);
	cr_expect_gt(tc.tc_reordered, 1000);
	cr_expect_gt(tc.tc_duplicates, 1000);
}
