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
