/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verdict on the account, and the names of what was dropped.
 */
#include <criterion/criterion.h>

#include "l2fwd.h"

static const struct {
	const char *what;
	struct l2fwd_account account;
	int verdict;
} verdicts[] = {
    /* clang-format off */
	{"nothing came", {.mbufs_in_use = 0}, 0},
	{"all sent", {.ac = {.ac_received = 9, .ac_transmitted = 9}}, 0},
	{"some dropped", {.ac = {9, 5, 4, 0}, .dropped_by_reason = 4}, 0},
	{"some eaten, some merged",
	    {.ac = {9, 2, 3, 0, 1, 3}, .dropped_by_reason = 3}, 0},
	{"more eaten than came", {.ac = {9, 9, 0, 0, 1, 0}}, -1},
	{"one held", {.ac = {9, 8, 0, 1}}, -1},
	{"held, but the sum fits", {.ac = {9, 9, 0, 1}}, -1},
	{"an mbuf is left", {.ac = {9, 9, 0, 0}, .mbufs_in_use = 1}, -1},
	{"an mbuf is in a ring", {.ac = {9, 9, 0, 0}, .mbufs_in_use = 1, .ring = true}, 0},
	{"one too few, and a ring", {.ac = {9, 8, 0, 0}, .mbufs_in_use = 1, .ring = true}, -1},
	{"a drop has no reason", {.ac = {9, 5, 4, 0}, .dropped_by_reason = 3}, -1},
	{"more sent than came", {.ac = {8, 9, 0, 0}}, -1},
    /* clang-format on */
};

Test(l2fwd_account, N93_anything_unaccounted_for_is_a_failure)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct l2fwd_err err = {0};

		cr_expect_eq(l2fwd_account_check(&verdicts[i].account, "", &err),
		    verdicts[i].verdict, "%s", verdicts[i].what);
		cr_expect_eq(err.code, verdicts[i].verdict < 0 ? L2FWD_EXIT_ACCOUNT : 0, "%s",
		    verdicts[i].what);
	}
}

/* It may have kept mbufs; but it has counted what it took. */
Test(l2fwd_account, API_a_device_that_has_gone_is_the_environments_fault)
{
	const struct l2fwd_account sound = {.ac = {9, 9, 0, 0}, .mbufs_in_use = 3},
	                           lost = {.ac = {9, 8, 0, 0}};
	struct l2fwd_err err = {0};

	cr_expect_eq(l2fwd_account_check(&sound, "1 (net_tap0)", &err), -1);
	cr_expect_eq(err.code, L2FWD_EXIT_ENV);
	cr_expect_str_eq(err.text,
	    "ethdev 1 (net_tap0): the device had gone and was not back at the end; see why");
	cr_expect_eq(l2fwd_account_check(&lost, "1 (net_tap0)", &err), -1);
	cr_expect_eq(err.code, L2FWD_EXIT_ACCOUNT);
}

static void
handle_nothing(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	(void)st;
	(void)pkts;
	(void)n;
}

Test(l2fwd_account, N93_every_drop_has_a_name)
{
	static const char *const names[] = {"lost", "found", NULL};
	static const struct lwkt_stage_kind drops = {
	    .sk_name = "t", .sk_handle = handle_nothing, .sk_drop_names = names};
	static const struct lwkt_stage_kind never = {.sk_name = "n", .sk_handle = handle_nothing};
	struct lwkt_stage_stats ss = {.ss_purged = 7, .ss_dropped = {5, 6}};
	struct lwkt_stage st = {.st_kind = &drops};
	uint64_t count;

	cr_expect_str_eq(l2fwd_drop(&st, &ss, 0, &count), "lost");
	cr_expect_eq(count, 5);
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 1, &count), "found");
	cr_expect_eq(count, 6);
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 2, &count), "purged");
	cr_expect_eq(count, 7);
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 3, &count), "edge_full");
	cr_expect_eq(count, 0);
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 4, &count), "oldest");
	cr_expect_eq(count, 0);
	cr_expect_null(l2fwd_drop(&st, &ss, 5, &count));
	st.st_kind = &never;
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 0, &count), "purged");
	cr_expect_eq(count, 7);
	cr_expect_str_eq(l2fwd_drop(&st, &ss, 2, &count), "oldest");
	cr_expect_null(l2fwd_drop(&st, &ss, 3, &count));
}
