/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who does what where ethdevs have several queues, and workers share them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"

static struct l2fwd_plan plan; /* as in the program: zeroed, and too big for a stack */

static const struct lwkt_ethdev_caps rss = {16, 16, NULL}, one = {1, 1, "its driver has no RSS"},
                                     rss2 = {2, 4, NULL}, onetx = {16, 1, NULL},
                                     norss = {16, 16, "its driver has no RSS"};

/* Ethdevs 0..nethdevs-1, even ones with these caps, odd ones with those; workers 1..nworkers. */
static int
make(const struct l2fwd_args *args, unsigned int nethdevs, unsigned int nworkers,
    const struct lwkt_ethdev_caps *even, const struct lwkt_ethdev_caps *odd, struct l2fwd_err *err)
{
	struct l2fwd_inventory have = {.in_nethdevs = nethdevs, .in_nworkers = nworkers};

	for (unsigned int i = 0; i < nethdevs; i++) {
		have.in_ethdev[i] = (uint16_t)i;
		have.in_caps[i] = i % 2 == 0 ? *even : *odd;
	}
	for (unsigned int i = 0; i < nworkers; i++)
		have.in_worker[i] = i + 1;
	memset(&plan, 0, sizeof(plan));
	return l2fwd_plan_make(&plan, args, &have, err);
}

/* The table of stages, name @ lcore > outputs, and what is said of ethdev 0. */
static void
plan_text(char *text, size_t bytes, const struct l2fwd_args *args)
{
	FILE *f = fmemopen(text, bytes, "w");

	cr_assert_not_null(f);
	put_table(f, &plan);
	l2fwd_queues_print(f, &plan, args, 0);
	fclose(f);
}

static const struct {
	struct l2fwd_args args;
	unsigned int nethdevs, nworkers, nidle;
	const struct lwkt_ethdev_caps *even, *odd;
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
	    "2 tx queues for 3 workers (--txq): lcores 1 2 send for all\n"},
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
	    "ethdev 0: 2 rx queues, flows spread over 2 workers by its RSS with the symmetric key "
	    "(it takes no more); 3 tx queues for 3 workers\n"},
	/* Not at all. */
	{{.mask = 1, .group = 1, .rxq = 1}, 1, 3, 2, &rss, &rss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue: --rxq 1; 1 tx queue for 1 worker\n"},
	{{.mask = 1, .group = 1}, 1, 1, 0, &rss, &rss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue: one worker; 1 tx queue for 1 worker\n"},
	{{.mask = 1, .group = 1, .rxq = 4}, 1, 1, 0, &norss, &norss,
	    "rx0@1>fwd0 fwd0@1>tx0 tx0@1 "
	    "ethdev 0: 1 rx queue, no more though --rxq 4: one worker, and its driver has no RSS; "
	    "1 tx queue for 1 worker\n"},
    /* clang-format on */
};

Test(l2fwd_queues, API_each_worker_has_queues_of_its_own)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct l2fwd_err err;
		char text[1024];

		cr_assert_eq(make(&plans[i].args, plans[i].nethdevs, plans[i].nworkers,
		                 plans[i].even, plans[i].odd, &err),
		    0, "%s", err.text);
		l2fwd_pipeline_rows(&plan, true);
		plan_text(text, sizeof(text), &plans[i].args);
		cr_expect_str_eq(text, plans[i].text);
		cr_expect_eq(plan.pn_nidle, plans[i].nidle, "%s", plans[i].text);
	}
}

static const struct {
	struct l2fwd_args args;
	const struct lwkt_ethdev_caps *even, *odd;
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

		cr_expect_eq(make(&refused[i].args, 2, 4, refused[i].even, refused[i].odd, &err),
		    -1, "%s", refused[i].text);
		cr_expect_str_eq(err.text, refused[i].text);
		cr_expect_eq(err.code, L2FWD_EXIT_USAGE);
	}
}

/* A device that says 16 and takes 4, 2, ...: as the program goes on after each refusal. */
Test(l2fwd_queues, API_fewer_queues_where_the_device_does_not_take_so_many)
{
	const struct l2fwd_args args = {.mask = 2, .group = 1};
	struct l2fwd_inventory have = {.in_nethdevs = 2, .in_ethdev = {0, 1}, .in_nworkers = 6};
	static const unsigned int taken[] = {6, 4, 2, 1};
	struct l2fwd_err err;

	for (unsigned int i = 0; i < 6; i++)
		have.in_worker[i] = i + 1;
	have.in_caps[0] = one;
	have.in_caps[1] = rss;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		memset(&plan, 0, sizeof(plan));
		cr_assert_eq(l2fwd_plan_make(&plan, &args, &have, &err), 0, "%s", err.text);
		cr_expect_eq(plan.pn_ethdev[0].ed_nrxq, taken[i]);
		cr_expect_not(l2fwd_plan_lower(&plan, 1, &have), "all have been asked");
		if (taken[i] > 1)
			cr_expect(l2fwd_plan_lower(&plan, 0, &have));
	}
	cr_expect_eq(plan.pn_ethdev[0].ed_spread, L2FWD_SOFTWARE);
	cr_expect_eq(plan.pn_lane[0].la_nworkers, 6);
}

/* @return  how many rows have that kind and that queue of that ethdev. */
static unsigned int
rows_of(const struct lwkt_stage_kind *kind, unsigned int ethdev, unsigned int queue)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < plan.pn_nrows; i++) {
		const struct lwkt_ethdev_conf *conf = plan.pn_row[i].sr_conf;

		n += plan.pn_row[i].sr_kind == kind && conf->ec_ethdev == ethdev &&
		     conf->ec_queue == queue;
	}
	return n;
}

/* @return  how many outputs lead to that stage. */
static unsigned int
outputs_to(const char *name)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < plan.pn_nrows; i++)
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && plan.pn_row[i].sr_out[o] != NULL;
		     o++)
			n += strcmp(plan.pn_row[i].sr_out[o], name) == 0;
	return n;
}

static void
expect_sound(unsigned int nworkers)
{
	for (unsigned int i = 0; i < plan.pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan.pn_ethdev[i];

		for (unsigned int q = 0; q < ed->ed_nrxq; q++)
			cr_assert_eq(rows_of(&lwkt_stage_ethdev_rx, ed->ed_id, q), 1);
		for (unsigned int q = 0; q < ed->ed_ntxq; q++)
			cr_assert_eq(rows_of(&lwkt_stage_ethdev_tx, ed->ed_id, q), 1);
		cr_assert_eq(rows_of(&lwkt_stage_ethdev_rx, ed->ed_id, ed->ed_nrxq), 0);
		cr_assert_eq(rows_of(&lwkt_stage_ethdev_tx, ed->ed_id, ed->ed_ntxq), 0);
		cr_assert_leq(ed->ed_nrxq, ed->ed_caps.ea_max_rxq);
		cr_assert_leq(ed->ed_ntxq, ed->ed_caps.ea_max_txq);
	}
	for (unsigned int i = 0; i < plan.pn_nrows; i++) {
		const struct lwkt_stage_row *row = &plan.pn_row[i];

		cr_assert(row->sr_lcore >= 1 && row->sr_lcore <= nworkers);
		cr_assert(row->sr_kind == &lwkt_stage_ethdev_rx || outputs_to(row->sr_name) > 0,
		    "nothing leads to %s", row->sr_name);
	}
}

Test(l2fwd_queues, API_a_queue_has_one_stage_and_a_stage_is_fed)
{
	static const struct lwkt_ethdev_caps *const caps[] = {&rss, &one, &rss2, &onetx, &norss};
	unsigned int made = 0;

	for (unsigned int n = 0; n < 5 * 5 * 3 * 3 * 2 * 3; n++) {
		struct l2fwd_args args = {.mask = 7, .group = 1 + n % 3, .rxq = n / 3 % 3};
		const struct lwkt_ethdev_caps *even = caps[n / 18 % 5], *odd = caps[n / 90 % 5];
		struct l2fwd_err err;

		args.mode = n / 9 % 2 == 0 ? L2FWD_RTC : L2FWD_PIPELINE;
		args.txq = n / 450 % 3;
		for (unsigned int nworkers = 2; nworkers <= 12; nworkers += 5) {
			if (make(&args, 3, nworkers, even, odd, &err) < 0)
				continue;
			l2fwd_pipeline_rows(&plan, true);
			expect_sound(nworkers);
			made++;
		}
	}
	cr_expect_gt(made, 1000, "%u", made);
}
