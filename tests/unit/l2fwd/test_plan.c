/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who does what: ethdevs, lcores, the table of stages, and what is impossible. Ethdevs have a queue
 * here; with more of them it is test_queues.c.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lwkt_stages.h"
#include "table.h"

static const struct table_caps one = {1, 1, "its driver has no RSS"};

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

		table_machine(refused[i].nethdevs, refused[i].nworkers, &one, &one);
		cr_expect_null(table_plan(&refused[i].args, &err), "%s", refused[i].text);
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
		struct lwkt_pipeline_file *pf;
		struct l2fwd_err err;
		char text[128] = "";

		args.group = 16;
		table_machine(ways[i].nethdevs, 1, &one, &one);
		pf = table_plan(&args, &err);
		cr_assert_not_null(pf, "%s", err.text);
		for (unsigned int e = 0; e < pf->pf_nethdevs; e++) {
			bool visited[CONFIG_STAGES] = {false}, exits[RTE_MAX_ETHPORTS] = {false};

			config_ways(pf, e, visited, exits);
			for (unsigned int to = 0; to < pf->pf_nethdevs; to++)
				if (exits[to])
					snprintf(text + strlen(text), sizeof(text) - strlen(text),
					    "%s>%s ", pf->pf_ethdev[e].ce_name,
					    pf->pf_ethdev[to].ce_name);
		}
		cr_expect_str_eq(text, ways[i].ways);
		lwkt_pipeline_file_destroy(pf);
	}
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
		struct lwkt_pipeline_file *pf;
		struct l2fwd_err err;
		char text[512];
		FILE *f = fmemopen(text, sizeof(text), "w");

		table_machine(tables[i].nethdevs, tables[i].nworkers, &one, &one);
		pf = table_plan(&tables[i].args, &err);
		cr_assert_not_null(pf, "%s", err.text);
		table_put_stages(f, pf);
		fclose(f);
		cr_expect_str_eq(text, tables[i].table);
		lwkt_pipeline_file_destroy(pf);
	}
}

Test(l2fwd_plan, API_fwd_knows_ethdev_and_mac_of_each_output)
{
	struct l2fwd_args args = {.mask = 3, .group = 2, .mac_update = true};
	const struct lwkt_l2fwd_conf *conf;
	struct lwkt_pipeline_file *pf;
	struct l2fwd_err err;

	table_machine(2, 1, &one, &one);
	pf = table_plan(&args, &err);
	cr_assert_not_null(pf);
	conf = pf->pf_stage[2].cs_conf;
	cr_expect(conf->lc_mac_update);
	cr_expect_eq(conf->lc_ethdev[conf->lc_output[0]], 1);
	cr_expect_eq(conf->lc_mac[conf->lc_output[0]].addr_bytes[5], 0xa1);
	cr_expect_eq(conf->lc_ethdev[conf->lc_output[1]], 0);
	cr_expect_eq(conf->lc_mac[conf->lc_output[1]].addr_bytes[5], 0xa0);
	cr_expect_eq(conf->lc_output[2], LWKT_L2FWD_NONE);
	lwkt_pipeline_file_destroy(pf);
	args.mac_update = false;
	pf = table_plan(&args, &err);
	cr_expect_not(((const struct lwkt_l2fwd_conf *)pf->pf_stage[2].cs_conf)->lc_mac_update);
	lwkt_pipeline_file_destroy(pf);
}

/* Lanes get the lcores of their ethdev's node, and what is left where it has none. */
Test(l2fwd_plan, G99_a_lane_is_served_from_the_node_of_its_ethdev)
{
	const struct l2fwd_args args = {.mask = 7, .group = 1};
	struct lwkt_pipeline_file *pf;
	struct l2fwd_err err;

	table_machine(3, 3, &one, &one);
	table_world.iv_ethdev[0].ie_node = table_world.iv_ethdev[1].ie_node = 1;
	table_world.iv_lcore[3].il_node = 1;
	pf = table_plan(&args, &err);
	cr_assert_not_null(pf, "%s", err.text);
	cr_expect_eq(pf->pf_stage[0].cs_lcore, 3);
	cr_expect_eq(pf->pf_stage[1].cs_lcore, 2, "the rest");
	cr_expect_eq(pf->pf_stage[2].cs_lcore, 1);
	lwkt_pipeline_file_destroy(pf);
}

/* What does not follow from the text alone stands in it as a remark. */
Test(l2fwd_plan, API_the_text_says_why_and_a_name_cannot_end_it)
{
	const struct l2fwd_args args = {.mask = 7,
	    .group = 2,
	    .npairs = 1,
	    .pair = {{0, 2}},
	    .mtu_of = {[2] = 9000},
	    .promiscuous = true,
	    .mac_update = true};
	struct l2fwd_err err;
	char text[2048];

	table_machine(3, 2, &one, &one);
	strcpy(table_world.iv_ethdev[0].ie_name, "net\"a\\b");
	cr_assert_eq(table_text(text, sizeof(text), &args, &err), 0);
	cr_expect_str_eq(text,
	    "pipeline: {name: l2fwd, watchdog: yes, budget_us: 100000}\n"
	    "\n"
	    "ethdevs:\n"
	    "  - {name: \"0\", device: \"net\\\"a\\\\b\", promiscuous: yes} # flows are spread in "
	    "software: its driver has no RSS\n"
	    "  - {name: \"2\", device: \"net_2\", mtu: 9000, promiscuous: yes} # flows are spread in "
	    "software: its driver has no RSS\n"
	    "  # ethdev 1 is in -p but not in --portmap: left alone\n"
	    "\n"
	    "stages:\n"
	    "  - {name: rx0, kind: ethdev_rx, cpu: 1, params: {ethdev: \"0\"}, outputs: [dist0]}\n"
	    "  - {name: dist0, kind: distribute, cpu: 1, params: {malformed: pass}, outputs: [fwd0_0, "
	    "fwd0_1]}\n"
	    "  - {name: rx2, kind: ethdev_rx, cpu: 2, params: {ethdev: \"2\"}, outputs: [dist2]}\n"
	    "  - {name: dist2, kind: distribute, cpu: 2, params: {malformed: pass}, outputs: [fwd0_0, "
	    "fwd0_1]}\n"
	    "  - {name: fwd0_0, kind: l2fwd, cpu: 1, params: {routes: [0, 1], mac_updating: yes}, "
	    "outputs: [tx2, tx0]}\n"
	    "  - {name: fwd0_1, kind: l2fwd, cpu: 2, params: {routes: [0, 1], mac_updating: yes}, "
	    "outputs: [tx2, tx0]}\n"
	    "  - {name: tx0, kind: ethdev_tx, cpu: 1, params: {ethdev: \"0\"}}\n"
	    "  - {name: tx2, kind: ethdev_tx, cpu: 1, params: {ethdev: \"2\"}}\n");
}
