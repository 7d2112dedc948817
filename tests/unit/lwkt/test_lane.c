/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lanes (cf_lanes): lines of seven items instead of a ring.
 */
#include "calls.h"
#include "ipiq_pvt.h"

#define ITEMS 400

static struct node nodes[ITEMS];

/* Publish n nodes, numbered from first on, to CPU 1 in one publication. */
static void
publish(unsigned int first, unsigned int n)
{
	lwkt_item_t items[ITEMS];

	for (unsigned int i = 0; i < n; i++) {
		nodes[first + i] = (struct node){.from = 0, .to = 1, .seq = first + i};
		items[i] = (lwkt_item_t)&nodes[first + i];
	}
	lwkt_transit_send_burst(1, items, n);
	lwkt_flush();
}

LWKT_TEST_ENV(lane, I65_lanes_on_request, .te_config.cf_lanes = true)
{
	const struct ipiq_out *out = cpus[0]->gd_out[1];

	cr_expect_null(out->io_ring);
	cr_expect_eq(lane_lines(&out->io_lane), (255 + LANE_ITEMS - 1) / LANE_ITEMS);
	cr_expect_eq((uintptr_t)out->io_lane.le_first % 64, 0);
}

LWKT_TEST(lane, I65_rings_are_what_lies_between_cpus_by_default)
{
	cr_expect_not_null(cpus[0]->gd_out[1]->io_ring);
	publish(0, 100);
	cr_expect_eq(test_poll_as(1), 100);
	cr_expect(fake_got(0, 1, 0, 100));
}

/* Every number of items from 1 to three lines and one, over and over round a lane of five lines. */
LWKT_TEST_ENV(
    lane, I65_lines_of_any_fill_keep_the_order, .te_config = {.cf_ring_size = 35, .cf_lanes = true})
{
	unsigned int n, sent = 0;

	for (n = 1; n <= 22; n++) {
		publish(sent, n);
		cr_assert_eq(fake_stats(0, 1).ts_spill_depth, 0);
		cr_assert_eq(test_poll_as(1), n);
		cr_assert_eq(test_poll_as(1), 0);
		sent += n;
	}
	cr_expect(fake_got(0, 1, 0, sent));
	cr_expect_eq(fake_stats(0, 1).ts_items, sent);
	cr_expect_eq(fake_stats(0, 1).ts_publications, 22);
}

/* Three lines: each publication begins a new one, full or not. */
LWKT_TEST_ENV(lane, I68_what_a_full_lane_does_not_take_waits_in_order,
    .te_config = {.cf_ring_size = 21, .cf_lanes = true})
{
	publish(0, 1);
	publish(1, 8); /* two lines */
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
	publish(9, 1);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 1);
	cr_expect_eq(fake_stats(0, 1).ts_ring_full, 1);
	cr_expect_eq(test_poll_as(1), 9);
	publish(10, 30); /* the spilled one takes a line, two are left */
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 30 - 14);
	test_settle();
	cr_expect(fake_got(0, 1, 0, 40));
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
}

LWKT_TEST_ENV(lane, I68_a_lane_of_one_line, .te_config = {.cf_ring_size = 1, .cf_lanes = true})
{
	publish(0, 100);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 100 - LANE_ITEMS);
	for (unsigned int i = LANE_ITEMS; i <= 98; i += LANE_ITEMS) {
		cr_assert_eq(test_poll_as(1), LANE_ITEMS);
		cr_assert_eq(test_poll_as(1), 0, "the rest is still with the sender");
		lwkt_flush();
	}
	test_settle();
	cr_expect(fake_got(0, 1, 0, 100));
}

/* More than a batch: a pass takes all of a full lane, and is over after that. */
LWKT_TEST_ENV(
    lane, I73_one_pass_takes_a_full_lane, .te_config = {.cf_ring_size = 392, .cf_lanes = true})
{
	publish(0, 392);
	cr_expect_eq(fake_stats(0, 1).ts_spill_depth, 0);
	cr_expect_eq(test_poll_as(1), 392);
	cr_expect(fake_got(0, 1, 0, 392));
}

static unsigned int refills;

static void
refill(struct node *node)
{
	if (node->seq % 392 != 391 || refills++ > 2)
		return;
	cpu_impersonate(0);
	fake_arrived = 0;
	publish(0, 392);
	cpu_impersonate(1);
}

/* A sender that fills it again and again does not keep the receiver in one pass. */
LWKT_TEST_ENV(
    lane, I73_a_pass_ends_after_once_round, .te_config = {.cf_ring_size = 392, .cf_lanes = true})
{
	fake_on_arrival = refill;
	publish(0, 392);
	cr_expect_eq(test_poll_as(1), 392);
	cr_expect_eq(refills, 1);
	cr_expect_eq(test_poll_as(1), 392);
	test_settle();
}

/* A line that was used before is not due again before it is published again. */
LWKT_TEST(lane, I67_old_lines_are_not_due)
{
	struct lane_line lines[3] = {{.ll_head = 0}};
	struct lane_end in, out;
	lwkt_item_t items[2 * LANE_ITEMS] = {8, 16, 24, 32, 40, 48, 56, 64}, got[2 * LANE_ITEMS];

	lane_init(&in, lines, RTE_DIM(lines));
	lane_init(&out, lines, RTE_DIM(lines));
	for (unsigned int i = 0; i < 10; i++) {
		unsigned int n = 1 + i % LANE_ITEMS, all = 3;

		cr_assert_eq(lane_due(&in), 0);
		cr_assert_eq(lane_publish(&out, items, n), n);
		cr_assert_eq(lane_due(&in), n);
		cr_assert_eq(lane_take(&in, got, RTE_DIM(got), &all), n);
		cr_assert_eq(all, 0, "nothing more was due");
		cr_assert_eq(memcmp(got, items, n * sizeof(*items)), 0);
	}
}
