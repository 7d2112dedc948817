/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who does what: ethdevs, lcores, the table of stages, and what is impossible. Ethdevs have a queue
 * here; with more of them it is test_queues.c.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"

static struct l2fwd_plan plan; /* as in the program: zeroed, and too big for a stack */

/* Ethdevs 0..nethdevs-1 and worker lcores 1..nworkers. */
static int
make(const struct l2fwd_args *args, unsigned int nethdevs, unsigned int nworkers,
    struct l2fwd_err *err)
{
	struct l2fwd_inventory have = {.in_nethdevs = nethdevs, .in_nworkers = nworkers};

	for (unsigned int i = 0; i < nethdevs; i++) {
		have.in_ethdev[i] = (uint16_t)i;
		have.in_caps[i] = (struct lwkt_ethdev_caps){1, 1, "its driver has no RSS"};
	}
	for (unsigned int i = 0; i < nworkers; i++)
		have.in_worker[i] = i + 1;
	memset(&plan, 0, sizeof(plan));
	return l2fwd_plan_make(&plan, args, &have, err);
}

static const struct {
	struct l2fwd_args args;
	unsigned int nethdevs, nworkers;
	int code;
	const char *text;
} refused[] = {
    /* clang-format off */
	{{.mask = 3, .group = 1}, 0, 2, L2FWD_EXIT_ENV,
	    "no ethdev: EAL found none; bind a NIC to vfio-pci, or give --vdev"},
	{{.mask = 7, .group = 1}, 2, 3, L2FWD_EXIT_USAGE,
	    "-p 0x7: there is no ethdev 2, EAL found 2; clear its bit, or give EAL the device"},
	{{.mask = UINT64_C(1) << 63, .group = 1}, 1, 1, L2FWD_EXIT_USAGE,
	    "-p 0x8000000000000000: there is no ethdev 63, EAL found 1; "
	    "clear its bit, or give EAL the device"},
	{{.mask = 3, .group = 1}, 2, 1, L2FWD_EXIT_USAGE,
	    "--mode rtc: 2 ethdevs with -q 1 need 2 worker lcores and the main one, "
	    "there is 1 worker; start with -l 0-2, on fewer processors with --lcores '(0-2)@(0-1)', "
	    "or raise -q up to 2"},
	{{.mask = 1, .group = 1}, 1, 0, L2FWD_EXIT_USAGE,
	    "--mode rtc: 1 ethdev with -q 1 need 1 worker lcore and the main one, there are 0 "
	    "workers; start with -l 0-1, on fewer processors with --lcores '(0-1)@(0-1)'"},
	{{.mask = 3, .group = 2, .mode = L2FWD_PIPELINE}, 2, 2, L2FWD_EXIT_USAGE,
	    "--mode pipeline: 2 ethdevs with -q 2 need 3 worker lcores and the main one, there are "
	    "2 workers; start with -l 0-3, on fewer processors with --lcores '(0-3)@(0-1)'"},
	{{.mask = 7, .group = 2, .mode = L2FWD_PIPELINE}, 3, 5, L2FWD_EXIT_USAGE,
	    "--mode pipeline: 3 ethdevs with -q 2 need 6 worker lcores and the main one, there are "
	    "5 workers; start with -l 0-6, on fewer processors with --lcores '(0-6)@(0-1)', "
	    "or raise -q up to 3"},
    /* clang-format on */
};

Test(l2fwd_plan, API_the_impossible_is_refused_with_one_line_that_names_the_fix)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct l2fwd_err err = {0};

		cr_expect_eq(make(&refused[i].args, refused[i].nethdevs, refused[i].nworkers, &err),
		    -1, "%s", refused[i].text);
		cr_expect_str_eq(err.text, refused[i].text);
		cr_expect_eq(err.code, refused[i].code, "%s", refused[i].text);
	}
}

/* "0>1 1>0": who forwards to whom, by ethdev id. */
static const struct {
	struct l2fwd_args args;
	unsigned int nethdevs;
	const char *ways;
} ways[] = {
    /* clang-format off */
	{{.mask = 0x1}, 1, "0>0 "},
	{{.mask = 0x3}, 2, "0>1 1>0 "},
	{{.mask = 0x7}, 3, "0>1 1>0 2>2 "},
	{{.mask = 0xa}, 4, "1>3 3>1 "}, /* neighbours among those selected */
	{{.mask = 0xf, .npairs = 2, .pair = {{0, 3}, {2, 1}}}, 4, "0>3 1>2 2>1 3>0 "},
	{{.mask = 0xf, .npairs = 1, .pair = {{3, 1}}}, 4, "1>3 3>1 "}, /* others left alone */
    /* clang-format on */
};

Test(l2fwd_plan, API_each_ethdev_forwards_to_one_and_hears_from_one)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct l2fwd_args args = ways[i].args;
		struct l2fwd_err err;
		char text[128] = "";

		args.group = 16;
		cr_assert_eq(make(&args, ways[i].nethdevs, 1, &err), 0, "%s", err.text);
		for (unsigned int e = 0; e < plan.pn_nethdevs; e++) {
			const struct l2fwd_ethdev *ed = &plan.pn_ethdev[e];

			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u>%u ",
			    ed->ed_id, plan.pn_ethdev[ed->ed_to].ed_id);
			cr_expect_eq(plan.pn_ethdev[ed->ed_to].ed_from, e, "%s", ways[i].ways);
		}
		cr_expect_str_eq(text, ways[i].ways);
	}
}

static void
table_text(char *text, size_t bytes)
{
	FILE *f = fmemopen(text, bytes, "w");

	cr_assert_not_null(f);
	put_table(f, &plan);
	fclose(f);
}

static const struct {
	struct l2fwd_args args;
	unsigned int nethdevs, nworkers;
	const char *table;
} tables[] = {
    /* clang-format off */
	{{.mask = 3, .group = 2}, 2, 1,
	    "rx0@1>fwd0 rx1@1>fwd0 fwd0@1>tx1>tx0 tx0@1 tx1@1 "},
	{{.mask = 3, .group = 1}, 2, 2, /* tx runs where its only source runs: nothing crosses */
	    "rx0@1>fwd0 rx1@2>fwd1 fwd0@1>tx1 fwd1@2>tx0 tx0@2 tx1@1 "},
	{{.mask = 7, .group = 2}, 3, 2,
	    "rx0@1>fwd0 rx1@1>fwd0 rx2@2>fwd1 fwd0@1>tx1>tx0 fwd1@2>tx2 tx0@1 tx1@1 tx2@2 "},
	{{.mask = 3, .group = 2, .mode = L2FWD_PIPELINE}, 2, 3,
	    "rx0@1>fwd0 rx1@1>fwd0 fwd0@2>tx1>tx0 tx0@3 tx1@3 "},
	{{.mask = 3, .group = 1, .mode = L2FWD_PIPELINE}, 2, 6, /* tx on its own lane's lcore */
	    "rx0@1>fwd0 rx1@4>fwd1 fwd0@2>tx1 fwd1@5>tx0 tx0@3 tx1@6 "},
	{{.mask = 4, .group = 1, .mode = L2FWD_PIPELINE}, 3, 3, "rx2@1>fwd0 fwd0@2>tx2 tx2@3 "},
    /* clang-format on */
};

Test(l2fwd_plan, API_the_table_of_stages)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct l2fwd_err err;
		char text[512];

		cr_assert_eq(make(&tables[i].args, tables[i].nethdevs, tables[i].nworkers, &err), 0,
		    "%s", err.text);
		l2fwd_pipeline_rows(&plan, true);
		table_text(text, sizeof(text));
		cr_expect_str_eq(text, tables[i].table);
	}
}

Test(l2fwd_plan, API_fwd_knows_ethdev_and_mac_of_each_output)
{
	struct l2fwd_args args = {.mask = 3, .group = 2};
	const struct lwkt_l2fwd_conf *conf = &plan.pn_lane[0].la_worker[0].wk_conf;
	struct l2fwd_err err;

	cr_assert_eq(make(&args, 2, 1, &err), 0);
	plan.pn_ethdev[0].ed_mac.addr_bytes[5] = 0xa0;
	plan.pn_ethdev[1].ed_mac.addr_bytes[5] = 0xa1;
	l2fwd_pipeline_rows(&plan, true);
	cr_expect(conf->lc_mac_update);
	cr_expect_eq(conf->lc_ethdev[conf->lc_output[0]], 1);
	cr_expect_eq(conf->lc_mac[conf->lc_output[0]].addr_bytes[5], 0xa1);
	cr_expect_eq(conf->lc_ethdev[conf->lc_output[1]], 0);
	cr_expect_eq(conf->lc_mac[conf->lc_output[1]].addr_bytes[5], 0xa0);
	cr_expect_eq(conf->lc_output[2], LWKT_L2FWD_NONE);
	l2fwd_pipeline_rows(&plan, false);
	cr_expect_not(conf->lc_mac_update);
}
