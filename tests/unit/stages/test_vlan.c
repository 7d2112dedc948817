/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind vlan, with the test kit: what a tag is, byte by byte.
 */
#include <stdio.h>
#include <string.h>

#include <rte_ether.h>

#include <lwkt_stages.h>
#include <lwkt_test.h>

#include "test.h"

#define MACS 12

static struct lwkt_test *vlans;

/* A frame of 60 bytes, numbered, with these tags; each is type and control information. */
static void
bring(const char *tags)
{
	uint8_t frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	unsigned int at = MACS, type, tci;

	for (int n = 0; sscanf(tags, "%x/%x %n", &type, &tci, &n) == 2; tags += n) {
		frame[at++] = (uint8_t)(type >> 8);
		frame[at++] = (uint8_t)type;
		frame[at++] = (uint8_t)(tci >> 8);
		frame[at++] = (uint8_t)tci;
	}
	frame[at] = 0x88; /* a type for experiments */
	frame[at + 1] = 0xb5;
	for (unsigned int i = at + 2; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i - at);
	cr_assert_eq(lwkt_frames_add(lwkt_test_frames(vlans, "in"), frame, sizeof(frame)), 0);
}

/* The tags of the i-th frame that came out there; all else is as it was, and no byte is missing. */
static const char *
tags_of(const char *end, unsigned int i)
{
	static char text[64];
	unsigned int bytes = 0, at = MACS, n = 0;
	const uint8_t *frame = lwkt_frames_get(lwkt_test_frames(vlans, end), i, &bytes);

	if (frame == NULL)
		return "none";
	text[0] = '\0';
	cr_expect_arr_eq(frame, "\2\0\0\0\0\1\2\0\0\0\0\2", MACS);
	for (; frame[at] != 0x88 || frame[at + 1] != 0xb5; at += 4)
		n += (unsigned int)snprintf(text + n, sizeof(text) - n, "%s%02x%02x/%02x%02x",
		    n > 0 ? " " : "", frame[at], frame[at + 1], frame[at + 2], frame[at + 3]);
	for (unsigned int k = at + 2; k < bytes; k++)
		cr_expect_eq(frame[k], k - at);
	return text;
}

static void
begin(const struct lwkt_vlan_conf *conf, unsigned int nouts)
{
	vlans = lwkt_test_kind(&lwkt_stage_vlan, conf, nouts, NULL);
	cr_assert_not_null(vlans);
}

static void
finish(void)
{
	char why[160];

	cr_expect_eq(lwkt_test_finish(vlans, why, sizeof(why)), 0, "%s", why);
}

static unsigned int
count(const char *end)
{
	return lwkt_frames_count(lwkt_test_frames(vlans, end));
}

LWKT_TEST(vlan, API_push_puts_a_tag_in_front_of_what_is_there)
{
	begin(&(struct lwkt_vlan_conf){.vc_vlan = 5, .vc_pcp = 7}, 1);
	bring("");
	bring("8100/0003");
	lwkt_test_run(vlans);
	cr_expect_str_eq(tags_of("out0", 0), "8100/e005");
	cr_expect_str_eq(tags_of("out0", 1), "8100/e005 8100/0003");
	finish();
	begin(&(struct lwkt_vlan_conf){.vc_vlan = 4094, .vc_tag = LWKT_VLAN_8021AD}, 1);
	bring("8100/2001");
	lwkt_test_run(vlans);
	cr_expect_str_eq(tags_of("out0", 0), "88a8/0ffe 8100/2001");
	finish();
}

LWKT_TEST(vlan, API_pop_takes_its_own_tag_away_and_others_leave_by_output_1)
{
	const struct lwkt_vlan_conf conf = {.vc_action = LWKT_VLAN_POP, .vc_vlan = 5};
	static const char *const others[] = {"", "8100/0006", "88a8/0005", "8100/0006 8100/0005"};

	begin(&conf, 2);
	bring("8100/0005");
	for (unsigned int i = 0; i < RTE_DIM(others); i++)
		bring(others[i]);
	bring("8100/a005 8100/0007");
	lwkt_test_run(vlans);
	cr_expect_eq(count("out0"), 2);
	cr_expect_str_eq(tags_of("out0", 0), "");
	cr_expect_str_eq(tags_of("out0", 1), "8100/0007");
	cr_expect_eq(count("out1"), RTE_DIM(others));
	for (unsigned int i = 0; i < RTE_DIM(others); i++)
		cr_expect_str_eq(tags_of("out1", i), others[i]);
	finish();
}

LWKT_TEST(vlan, N93_what_is_not_meant_or_too_short_is_dropped_by_reason)
{
	const struct lwkt_vlan_conf conf = {.vc_action = LWKT_VLAN_POP, .vc_vlan = 5};
	static const uint8_t tagged[17] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 5};

	begin(&conf, 1);
	bring("");
	bring("8100/0006");
	lwkt_frames_add(lwkt_test_frames(vlans, "in"), tagged, 13);
	lwkt_frames_add(lwkt_test_frames(vlans, "in"), tagged, 17);
	bring("8100/0005");
	lwkt_test_run(vlans);
	cr_expect_eq(count("out0"), 1);
	cr_expect_eq(lwkt_test_drops(vlans, "kind", "other_vlan"), 2);
	cr_expect_eq(lwkt_test_drops(vlans, "kind", "runt"), 2);
	finish();
}

LWKT_TEST(vlan, API_translate_leaves_priority_and_inner_tags)
{
	const struct lwkt_vlan_conf conf = {
	    .vc_action = LWKT_VLAN_TRANSLATE, .vc_from = 5, .vc_vlan = 4000};

	begin(&conf, 2);
	bring("8100/f005 8100/0005");
	bring("8100/0004");
	lwkt_test_run(vlans);
	cr_expect_str_eq(tags_of("out0", 0), "8100/ffa0 8100/0005");
	cr_expect_str_eq(tags_of("out1", 0), "8100/0004");
	finish();
}

/* Four bytes of headroom each. */
LWKT_TEST(vlan, N93_without_headroom_nothing_is_overwritten)
{
	const struct lwkt_vlan_conf conf = {.vc_vlan = 1};
	struct lwkt_stage_row rows[RTE_PKTMBUF_HEADROOM / 4 + 3] = {
	    {"in", &lwkt_test_in, 0, NULL, {"v0"}}};
	char names[RTE_DIM(rows)][8];
	unsigned int n = RTE_DIM(rows) - 2;

	for (unsigned int i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "v%u", i);
		snprintf(names[i + 1], sizeof(names[i]), i + 1 < n ? "v%u" : "out", i + 1);
		rows[i + 1] =
		    (struct lwkt_stage_row){names[i], &lwkt_stage_vlan, 0, &conf, {names[i + 1]}};
	}
	rows[n + 1] = (struct lwkt_stage_row){"out", &lwkt_test_out, 0, NULL, {NULL}};
	vlans = lwkt_test_create(rows, n + 2, NULL);
	cr_assert_not_null(vlans);
	bring("");
	lwkt_test_run(vlans);
	cr_expect_eq(count("out"), 0);
	cr_expect_eq(lwkt_test_drops(vlans, names[n - 1], "no_room"), 1);
	finish();
}

/* Emits a clone of each packet, and the packet, which share their data. */
static void
clone_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *clone = rte_pktmbuf_clone(pkts[i], pkts[i]->pool);

		cr_assert_not_null(clone);
		lwkt_stage_made(st, &clone, 1);
		lwkt_stage_emit(st, 0, &clone, 1);
	}
	lwkt_stage_emit(st, 0, pkts, n);
}

LWKT_TEST(vlan, N93_data_that_others_share_is_not_written_to)
{
	static const struct lwkt_stage_kind clone = {.sk_name = "clone", .sk_handle = clone_handle};
	static const struct lwkt_vlan_conf confs[] = {{.vc_vlan = 1},
	    {.vc_action = LWKT_VLAN_POP, .vc_vlan = 5},
	    {.vc_action = LWKT_VLAN_TRANSLATE, .vc_from = 5, .vc_vlan = 6}};

	for (unsigned int i = 0; i < RTE_DIM(confs); i++) {
		const struct lwkt_stage_row rows[] = {
		    {"in", &lwkt_test_in, 0, NULL, {"clone"}},
		    {"clone", &clone, 0, NULL, {"kind"}},
		    {"kind", &lwkt_stage_vlan, 0, &confs[i], {"out0"}},
		    {"out0", &lwkt_test_out, 0, NULL, {NULL}},
		};

		vlans = lwkt_test_create(rows, RTE_DIM(rows), NULL);
		cr_assert_not_null(vlans);
		bring("8100/0005");
		lwkt_test_run(vlans);
		/* The clone goes first, and leaves the packet alone with its data. */
		cr_expect_eq(lwkt_test_drops(vlans, "kind", "no_room"), 1);
		cr_expect_eq(count("out0"), 1);
		finish();
	}
}
