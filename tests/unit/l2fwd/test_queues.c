/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who does what where ethdevs have several queues, and workers share them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"

static const struct table_caps rss = {16, 16, NULL}, one = {1, 1, "its driver has no RSS"},
                               rss2 = {2, 4, NULL}, onetx = {16, 1, NULL},
                               norss = {16, 16, "its driver has no RSS"};

static const struct {
	struct l2fwd_args args;
	unsigned int nethdevs, nworkers, nidle;
	const struct table_caps *even, *odd;
	const char *text;
} plans[] = {
    /* clang-format off */
	/* A queue for each worker, and nothing changes lcores. */
	{{.mask = 3, .group = 2}, 2, 2, 0, &rss, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx1_0@1>fwd0_0 rx1_1@2>fwd0_1 "
	    "fwd0_0@1>tx1_0>tx0_0 fwd0_1@2>tx1_1>tx0_1 tx0_0@1 tx0_1@2 tx1_0@1 tx1_1@2 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	/* Lanes of an ethdev each: its tx queues are with the workers of the other. */
	{{.mask = 3, .group = 1}, 2, 5, 1, &rss, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx1_0@3>fwd1_0 rx1_1@4>fwd1_1 "
	    "fwd0_0@1>tx1_0 fwd0_1@2>tx1_1 fwd1_0@3>tx0_0 fwd1_1@4>tx0_1 "
	    "tx0_0@3 tx0_1@4 tx1_0@1 tx1_1@2 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	/* Fewer tx queues than workers. */
	{{.mask = 1, .group = 1}, 1, 3, 0, &onetx, &onetx,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx0_2@3>fwd0_2 fwd0_0@1>tx0 fwd0_1@2>tx0 fwd0_2@3>tx0 tx0@1 "
	    "ethdev 0: 3 rx queues, flows spread over 3 workers by its RSS with the symmetric key; "
	    "1 tx queue for 3 workers (it takes no more): lcore 1 sends for all\n"},
	{{.mask = 1, .group = 1, .txq = 2}, 1, 3, 0, &rss, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx0_2@3>fwd0_2 fwd0_0@1>tx0_0 fwd0_1@2>tx0_1 fwd0_2@3>tx0_0 "
	    "tx0_0@1 tx0_1@2 "
	    "ethdev 0: 3 rx queues, flows spread over 3 workers by its RSS with the symmetric key; "
	    "2 tx queues for 3 workers (txq): lcores 1 2 send for all\n"},
	/* In software, the two rx queues not with one worker. */
	{{.mask = 3, .group = 2}, 2, 2, 0, &one, &one,
	    "rx0@1>dist0 dist0@1>fwd0_0>fwd0_1 rx1@2>dist1 dist1@2>fwd0_0>fwd0_1 "
	    "fwd0_0@1>tx1>tx0 fwd0_1@2>tx1>tx0 tx0@1 tx1@1 "
	    "ethdev 0: 1 rx queue, flows spread over 2 workers in software: its driver has no RSS; "
	    "1 tx queue for 2 workers (it takes no more): lcore 1 sends for all\n"},
	{{.mask = 1, .group = 1, .rxq = 2}, 1, 3, 1, &norss, &norss,
	    "rx0@1>dist0 dist0@1>fwd0_0>fwd0_1 fwd0_0@1>tx0_0 fwd0_1@2>tx0_1 tx0_0@1 tx0_1@2 "
	    "ethdev 0: 1 rx queue, flows spread over 2 workers in software: its driver has no RSS; "
	    "2 tx queues for 2 workers\n"},
	/* One can, the other cannot. */
	{{.mask = 3, .group = 2}, 2, 2, 0, &rss, &one,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx1@2>dist1 dist1@2>fwd0_0>fwd0_1 "
	    "fwd0_0@1>tx1>tx0_0 fwd0_1@2>tx1>tx0_1 tx0_0@1 tx0_1@2 tx1@1 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	/* Three lcores a worker. */
	{{.mask = 1, .group = 1, .mode = L2FWD_PIPELINE}, 1, 7, 1, &rss, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@4>fwd0_1 fwd0_0@2>tx0_0 fwd0_1@5>tx0_1 tx0_0@3 tx0_1@6 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	/* More queues than workers, and more workers than queues. */
	{{.mask = 1, .group = 1, .rxq = 3}, 1, 2, 0, &rss, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx0_2@1>fwd0_0 fwd0_0@1>tx0_0 fwd0_1@2>tx0_1 tx0_0@1 tx0_1@2 "
	    "ethdev 0: 3 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	{{.mask = 1, .group = 1}, 1, 5, 3, &rss2, &rss2,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 fwd0_0@1>tx0_0 fwd0_1@2>tx0_1 tx0_0@1 tx0_1@2 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; "
	    "2 tx queues for 2 workers\n"},
	{{.mask = 3, .group = 2}, 2, 3, 0, &rss2, &rss,
	    "rx0_0@1>fwd0_0 rx0_1@2>fwd0_1 rx1_0@1>fwd0_0 rx1_1@2>fwd0_1 rx1_2@3>fwd0_2 "
	    "fwd0_0@1>tx1_0>tx0_0 fwd0_1@2>tx1_1>tx0_1 fwd0_2@3>tx1_2>tx0_2 "
	    "tx0_0@1 tx0_1@2 tx0_2@3 tx1_0@1 tx1_1@2 tx1_2@3 "
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key"
	    "; 3 tx queues for 3 workers\n"},
	/* Not at all. */
	{{.mask = 1, .group = 1, .rxq = 1}, 1, 3, 2, &rss, &rss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue: one worker; 1 tx queue for 1 worker\n"},
	{{.mask = 1, .group = 1}, 1, 1, 0, &rss, &rss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue: one worker; 1 tx queue for 1 worker\n"},
	{{.mask = 1, .group = 1, .rxq = 4}, 1, 1, 0, &norss, &norss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue: one worker; "
	    "1 tx queue for 1 worker\n"},
    /* clang-format on */
};

Test(l2fwd_queues, API_each_worker_has_queues_of_its_own)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct lwkt_pipeline_file *pf;
		struct l2fwd_err err;
		char text[1024];
		FILE *f = fmemopen(text, sizeof(text), "w");

		table_machine(plans[i].nethdevs, plans[i].nworkers, plans[i].even, plans[i].odd);
		pf = table_plan(&plans[i].args, &err);
		cr_assert_not_null(pf, "%s", err.text);
		table_put_stages(f, pf);
		table_put_lines(f, pf, "ethdev 0: ", "tx queue");
		fclose(f);
		cr_expect_str_eq(text, plans[i].text);
		cr_expect_eq(plans[i].nworkers + 1 - config_lcores_used(pf), plans[i].nidle, "%s",
		    plans[i].text);
		lwkt_pipeline_file_destroy(pf);
	}
}

static const struct {
	struct l2fwd_args args;
	const struct table_caps *even, *odd;
	const char *text;
} refused[] = {
    /* clang-format off */
	{{.mask = 3, .group = 2, .rxq = 2}, &rss, &one,
	    "--rxq 2: ethdev 1 takes no more than 1 rx queue; give --rxq 1, or leave it out: "
	    "flows are then spread in software"},
	{{.mask = 3, .group = 2, .rxq = 4}, &rss2, &rss,
	    "--rxq 4: ethdev 0 takes no more than 2 rx queues; give --rxq 2, or leave it out: "
	    "flows are then spread in software"},
	{{.mask = 3, .group = 2, .txq = 8}, &rss2, &rss,
	    "--txq 8: ethdev 0 takes no more than 4 tx queues; give --txq 4, or leave it out"},
    /* clang-format on */
};

Test(l2fwd_queues, API_queues_that_are_not_there_are_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct l2fwd_err err = {0};

		table_machine(2, 4, refused[i].even, refused[i].odd);
		cr_expect_null(table_plan(&refused[i].args, &err), "%s", refused[i].text);
		cr_expect_str_eq(err.text, refused[i].text);
		cr_expect_eq(err.code, L2FWD_EXIT_USAGE);
	}
}

/* A device that says 16 and takes 4, 2 or 1. */
Test(l2fwd_queues, API_fewer_queues_where_the_device_does_not_take_so_many)
{
	const struct l2fwd_args args = {.mask = 2, .group = 1};
	static const struct {
		unsigned int takes, queues;
		const char *first;
	} cases[] = {
	    {0, 6, "rx1_0@1>fwd0_0 "},
	    {4, 4, "rx1_0@1>fwd0_0 "},
	    {2, 2, "rx1_0@1>fwd0_0 "},
	    {1, 1, "rx1@1>dist1 dist1@1>fwd0_0>fwd0_1>fwd0_2>fwd0_3>fwd0_4>fwd0_5 "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lwkt_pipeline_file *pf;
		struct l2fwd_err err;
		char text[1024];
		FILE *f = fmemopen(text, sizeof(text), "w");

		table_machine(2, 6, &one, &rss);
		table_takes = cases[i].takes;
		pf = table_plan(&args, &err);
		cr_assert_not_null(pf, "%s", err.text);
		table_put_stages(f, pf);
		fclose(f);
		cr_expect_eq(pf->pf_ethdev[0].ce_params.ep_rxq, cases[i].queues);
		cr_expect_eq(strncmp(text, cases[i].first, strlen(cases[i].first)), 0, "%s", text);
		lwkt_pipeline_file_destroy(pf);
	}
}

/* The check says so: each queue has one stage, each stage is fed, and all is there. */
Test(l2fwd_queues, API_a_queue_has_one_stage_and_a_stage_is_fed)
{
	static const struct table_caps *const caps[] = {&rss, &one, &rss2, &onetx, &norss};
	unsigned int made = 0;

	for (unsigned int n = 0; n < 5 * 5 * 3 * 3 * 2 * 3; n++) {
		struct l2fwd_args args = {.mask = 7, .group = 1 + n % 3, .rxq = n / 3 % 3};

		args.mode = n / 9 % 2 == 0 ? L2FWD_RTC : L2FWD_PIPELINE;
		args.txq = n / 450 % 3;
		for (unsigned int nworkers = 2; nworkers <= 12; nworkers += 5) {
			struct lwkt_pipeline_file *pf;
			struct l2fwd_err err;

			table_machine(3, nworkers, caps[n / 18 % 5], caps[n / 90 % 5]);
			pf = table_plan(&args, &err);
			if (pf == NULL)
				cr_assert_str_neq(err.text, "the check refuses it");
			else
				made++;
			lwkt_pipeline_file_destroy(pf);
		}
	}
	cr_expect_gt(made, 1000, "%u", made);
}
