/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <criterion/criterion.h>

#include "output.h"

/* /dev/full takes nothing, as a full disk. */
Test(output, API_a_full_stdout_is_a_failure)
{
	cr_assert_not_null(freopen("/dev/full", "w", stdout));
	cr_expect_eq(output_end("test", 0), 0, "nothing was printed, so nothing is lost");
	printf("lost\n");
	cr_expect_eq(output_end("test", 0), OUTPUT_FAILED);
	printf("lost\n");
	cr_expect_eq(output_end("test", 2), 2, "an exit code that says more stays");
}

Test(output, API_what_was_lost_before_the_end_counts)
{
	cr_assert_not_null(freopen("/dev/full", "w", stdout));
	for (int i = 0; i < 100000; i++)
		printf("more than the buffer holds\n");
	cr_expect_eq(output_end("test", 0), OUTPUT_FAILED);
}

Test(output, API_a_stdout_that_takes_all_is_none)
{
	cr_assert_not_null(freopen("/dev/null", "w", stdout));
	printf("kept\n");
	cr_expect_eq(output_end("test", 0), 0);
	cr_expect_eq(output_end("test", 3), 3);
}

/* A file name or a word of the command line may hold what a terminal takes for its commands. */
Test(output, API_what_comes_from_outside_is_plain)
{
	char text[] = "a\033[2Jb\nc\177\233d \303\251";
	char said[64] = "";
	FILE *err = stderr, *f = fmemopen(said, sizeof(said), "w");

	output_plain(text);
	cr_expect_str_eq(text, "a?[2Jb?c??d \303\251");
	cr_assert_not_null(f);
	stderr = f;
	output_error("%s: no\n", "x\ny\033");
	stderr = err;
	fclose(f);
	cr_expect_str_eq(said, "x?y?: no\n");
}
