/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: kept in order, counted, and held back when too many come. The clock is the test's.
 */
#include <stdio.h>
#include <string.h>

#include "event_pvt.h"
#include "lwkt_log.h"
#include "test.h"

#define SECOND 1000000000ull

LWKT_TEST(event, API_each_kind_has_a_name_of_its_own)
{
	for (unsigned int i = 0; i < LWKT_EVENT_KINDS; i++) {
		cr_assert_not_null(lwkt_event_name(i));
		cr_expect_str_neq(lwkt_event_name(i), "");
		for (unsigned int j = 0; j < i; j++)
			cr_expect_str_neq(lwkt_event_name(i), lwkt_event_name(j));
	}
	cr_expect_str_eq(lwkt_event_name(LWKT_EVENT_KINDS), "");
	cr_expect_eq(lwkt_event(LWKT_EVENT_KINDS, "none"), -1);
	cr_expect_eq(lwkt_event_count(LWKT_EVENT_KINDS), 0);
}

LWKT_TEST(event, API_the_last_ones_are_kept_in_order)
{
	static struct lwkt_event ev[LWKT_EVENTS_KEPT + 1];
	char text[32];

	cr_expect_eq(lwkt_events(0, ev, 1), 0);
	for (unsigned int i = 1; i <= LWKT_EVENTS_KEPT + 10; i++) {
		snprintf(text, sizeof(text), "link %u\n", i);
		cr_assert_eq(event_at(i * SECOND, LWKT_EVENT_LINK_UP, text), 0);
	}
	cr_assert_eq(lwkt_events(0, ev, LWKT_EVENTS_KEPT + 1), LWKT_EVENTS_KEPT);
	cr_expect_eq(ev[0].ev_number, 11);
	cr_expect_str_eq(ev[0].ev_text, "link 11?");
	cr_expect_gt(ev[0].ev_time_ns, 0);
	cr_expect_eq(ev[LWKT_EVENTS_KEPT - 1].ev_number, LWKT_EVENTS_KEPT + 10);
	cr_assert_eq(lwkt_events(LWKT_EVENTS_KEPT + 8, ev, 9), 2);
	cr_expect_eq(ev[0].ev_number, LWKT_EVENTS_KEPT + 9);
	cr_expect_eq(lwkt_events(LWKT_EVENTS_KEPT + 10, ev, 9), 0);
	cr_assert_eq(lwkt_events(0, ev, 3), 3);
	cr_expect_eq(ev[2].ev_number, 13, "the oldest");
}

LWKT_TEST(event, API_a_flood_is_held_back_and_counted)
{
	struct lwkt_event ev[LWKT_EVENTS_KEPT];
	unsigned int let = 0;

	for (unsigned int i = 0; i < 100; i++)
		let += event_at(SECOND + i, LWKT_EVENT_LINK_DOWN, "flap") >= 0;
	cr_expect_eq(let, LWKT_EVENT_RATE);
	cr_expect_eq(event_at(SECOND + 100, LWKT_EVENT_LINK_UP, "another kind"), 0);
	cr_expect_eq(event_at(2 * SECOND, LWKT_EVENT_LINK_DOWN, "again"), 100 - LWKT_EVENT_RATE);
	cr_expect_eq(event_at(2 * SECOND + 1, LWKT_EVENT_LINK_DOWN, "again"), 0);
	cr_expect_eq(lwkt_event_count(LWKT_EVENT_LINK_DOWN), 102);
	cr_assert_eq(lwkt_events(0, ev, LWKT_EVENTS_KEPT), LWKT_EVENT_RATE + 3);
	cr_expect_eq(ev[LWKT_EVENT_RATE + 1].ev_held, 100 - LWKT_EVENT_RATE);
}

static int line_of = -2; /* what lwkt_event_of_line() said of the last line */
static unsigned int lines;

static ssize_t
line_write(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	(void)text;
	line_of = lwkt_event_of_line();
	lines++;
	return (ssize_t)n;
}

LWKT_TEST(event, API_a_line_of_the_log_knows_its_event)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = line_write});

	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	rte_log_set_global_level(RTE_LOG_NOTICE);
	cr_assert_eq(rte_openlog_stream(f), 0);
	lwkt_event_log("lib.stages", LWKT_EVENT_MOVE, "one");
	cr_expect_eq(line_of, LWKT_EVENT_MOVE);
	lwkt_log("lib.stages", RTE_LOG_NOTICE, "two");
	cr_expect_eq(line_of, -1);
	for (unsigned int i = 0; i < LWKT_EVENT_RATE * 2; i++)
		lwkt_event_log("lib.stages", LWKT_EVENT_STALL, "flood");
	cr_expect_geq(lwkt_event_count(LWKT_EVENT_STALL), LWKT_EVENT_RATE * 2);
	cr_expect_leq(lines, 2 + LWKT_EVENT_RATE * 2 - 1, "none is held back");
	cr_expect_eq(lwkt_event_level(LWKT_EVENT_STALL), RTE_LOG_ERR);
	cr_expect_eq(lwkt_event_level(LWKT_EVENT_LINK_UP), RTE_LOG_NOTICE);
	rte_openlog_stream(NULL);
	fclose(f);
}
