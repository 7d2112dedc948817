/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kind of one's own and its tests, with liblwkt_test and Criterion. Each test is a process of its
 * own with one thread; nothing waits, since time passes when the test says so.
 */
#include <criterion/criterion.h>

#include <rte_cycles.h>

#include <lwkt_clock.h>
#include <lwkt_test.h>

#define MOST 64

/* late: keeps each packet for ten milliseconds. Drops: full. */

struct late_state {
	unsigned int la_n;
	struct {
		struct rte_mbuf *pkt;
		uint64_t due;
	} la_kept[MOST]; /* in order */
};

static void
late_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct late_state *la = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		if (la->la_n == MOST) {
			lwkt_stage_drop(st, 0, &pkts[i], 1);
			continue;
		}
		la->la_kept[la->la_n].pkt = pkts[i];
		la->la_kept[la->la_n++].due = lwkt_clock() + rte_get_tsc_hz() / 100;
		lwkt_stage_hold(st, 1);
	}
}

/* Let go of those that are due: they go on, or the pipeline is being stopped. */
static unsigned int
late_let_go(struct lwkt_stage *st, bool all)
{
	struct late_state *la = st->st_state;
	unsigned int n;

	for (n = 0; n < la->la_n && (all || lwkt_clock() >= la->la_kept[n].due); n++) {
		lwkt_stage_unhold(st, 1);
		if (all)
			lwkt_stage_purge(st, &la->la_kept[n].pkt, 1);
		else
			lwkt_stage_emit(st, 0, &la->la_kept[n].pkt, 1);
	}
	la->la_n -= n;
	for (unsigned int i = 0; i < la->la_n; i++)
		la->la_kept[i] = la->la_kept[i + n];
	return n;
}

static unsigned int
late_work(struct lwkt_stage *st)
{
	return late_let_go(st, false);
}

static void
late_purge(struct lwkt_stage *st)
{
	late_let_go(st, true);
}

static const char *const late_drops[] = {"full", NULL};

static const struct lwkt_stage_kind late = {
    .sk_name = "late",
    .sk_state_bytes = sizeof(struct late_state),
    .sk_handle = late_handle,
    .sk_work = late_work,
    .sk_purge = late_purge,
    .sk_drop_names = late_drops,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

/* And its tests */

static struct lwkt_test *
begin(unsigned int frames)
{
	struct lwkt_frame fr;
	struct lwkt_test *t;

	cr_assert_eq(lwkt_test_begin(), 0);
	t = lwkt_test_kind(&late, NULL, 1, NULL);
	cr_assert_not_null(t);
	for (unsigned int i = 0; i < frames; i++) {
		lwkt_frame_make(&fr, "eth ip4 udp data", i);
		lwkt_frames_add(lwkt_test_frames(t, "in"), fr.fr_data, fr.fr_bytes);
	}
	lwkt_test_run(t);
	return t;
}

static void
end(struct lwkt_test *t)
{
	char why[128];

	cr_expect_eq(lwkt_test_finish(t, why, sizeof(why)), 0, "%s", why);
	cr_expect_eq(lwkt_test_end(), 0);
}

Test(late, packets_leave_after_ten_milliseconds)
{
	struct lwkt_test *t = begin(3);

	lwkt_test_advance(9999999);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_frames_count(lwkt_test_frames(t, "out0")), 0);
	lwkt_test_advance(2);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_frames_count(lwkt_test_frames(t, "out0")), 3);
	end(t);
}

Test(late, it_keeps_64_and_drops_the_rest)
{
	struct lwkt_test *t = begin(70);

	cr_expect_eq(lwkt_test_held(t, "kind"), 64);
	cr_expect_eq(lwkt_test_drops(t, "kind", "full"), 6);
	end(t); /* what it holds is purged */
}
