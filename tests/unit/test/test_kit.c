/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test kit: what it brings in comes out, its faults are faults, and it finds what is planted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include <lwkt_callout.h>
#include <lwkt_clock.h>
#include <lwkt_test.h>

#include "test.h"

/* A kind that does to its k-th packet what the conf says there, and then to all. */
struct does {
	const char *do_what; /* p pass, c copy, d drop, l lose, t twice, f forget to free, h hold */
};

struct does_state {
	const char *ds_what;
	struct rte_mbuf *ds_held;
};

static int
does_init(struct lwkt_stage *st, const void *conf)
{
	((struct does_state *)st->st_state)->ds_what = ((const struct does *)conf)->do_what;
	return 0;
}

static void
does_copy(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, m->pool, 0, UINT32_MAX);

	lwkt_stage_emit(st, 0, &m, 1);
	if (copy == NULL)
		return;
	lwkt_stage_made(st, &copy, 1);
	lwkt_stage_emit(st, 0, &copy, 1);
}

static void
does_one(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct does_state *ds = st->st_state;

	switch (*ds->ds_what) {
	case 'p':
		lwkt_stage_emit(st, 0, &m, 1);
		break;
	case 'c':
		does_copy(st, m);
		break;
	case 'd':
		lwkt_stage_drop(st, 0, &m, 1);
		break;
	case 'l': /* freed, but not counted */
		rte_pktmbuf_free(m);
		break;
	case 't': /* counted, but freed once */
		m->refcnt++;
		lwkt_stage_emit(st, 0, &m, 1);
		lwkt_stage_emit(st, 0, &m, 1);
		break;
	case 'f': /* counted, but not freed */
		m->refcnt++;
		lwkt_stage_consumed(st, &m, 1);
		break;
	default:
		ds->ds_held = m;
		lwkt_stage_hold(st, 1);
		break;
	}
	if (ds->ds_what[1] != '\0')
		ds->ds_what++;
}

static void
does_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		does_one(st, pkts[i]);
}

static void
does_purge(struct lwkt_stage *st)
{
	struct does_state *ds = st->st_state;

	if (ds->ds_held == NULL)
		return;
	lwkt_stage_unhold(st, 1);
	lwkt_stage_purge(st, &ds->ds_held, 1);
	ds->ds_held = NULL;
}

static const char *const does_drops[] = {"unwanted", NULL};

static const struct lwkt_stage_kind kind_does = {
    .sk_name = "does",
    .sk_state_bytes = sizeof(struct does_state),
    .sk_init = does_init,
    .sk_handle = does_handle,
    .sk_purge = does_purge,
    .sk_drop_names = does_drops,
};

static struct lwkt_test *
make(const struct does *does, unsigned int frames)
{
	struct lwkt_test *t = lwkt_test_kind(&kind_does, does, 1, NULL);
	struct lwkt_frame fr;

	cr_assert_not_null(t);
	for (unsigned int i = 0; i < frames; i++) {
		lwkt_frame_make(&fr, "eth ip4 udp data", i);
		cr_expect_eq(
		    lwkt_frames_add(lwkt_test_frames(t, "in"), fr.fr_data, fr.fr_bytes), 0);
	}
	return t;
}

static void
expect_finish(struct lwkt_test *t, const char *text)
{
	char why[160];

	cr_expect_eq(lwkt_test_finish(t, why, sizeof(why)), text[0] == '\0' ? 0 : -EBADMSG);
	cr_expect_str_eq(why, text);
}

LWKT_TEST(kit, API_frames_come_out_as_they_are_dropped_and_held_ones_are_counted)
{
	struct lwkt_test *t = make(&(struct does){"pdhdp"}, 200);
	const struct lwkt_frames *in = lwkt_test_frames(t, "in"),
	                         *out = lwkt_test_frames(t, "out0");
	unsigned int a = 0, b = 0;

	cr_expect_eq(lwkt_test_step(t), LWKT_STAGE_BURST, "a burst a step");
	cr_expect_eq(lwkt_frames_count(out), LWKT_STAGE_BURST - 3);
	cr_expect_geq(lwkt_test_run(t), 3);
	cr_expect_eq(lwkt_frames_count(out), 197);
	cr_expect_eq(lwkt_test_drops(t, "kind", "unwanted"), 2);
	cr_expect_eq(lwkt_test_drops(t, "kind", NULL), 2);
	cr_expect_eq(lwkt_test_held(t, "kind"), 1);
	for (unsigned int i = 1; i < 197; i++) {
		const uint8_t *was = lwkt_frames_get(in, i + 3, &a),
		              *is = lwkt_frames_get(out, i, &b);

		cr_assert_eq(a, b);
		cr_expect_eq(memcmp(was, is, a), 0);
	}
	cr_expect_null(lwkt_frames_get(out, 197, NULL));
	expect_finish(t, "");
}

LWKT_TEST(kit, N93_what_is_wrong_is_found_and_the_stage_is_named)
{
	struct lwkt_test *t = make(&(struct does){"plllp"}, 10);

	lwkt_test_run(t);
	expect_finish(t, "stage kind (kind does) has lost 3 packets");
	t = make(&(struct does){"pttp"}, 10);
	lwkt_test_run(t);
	expect_finish(t, "stage kind (kind does) has let go twice 2 packets");
	t = make(&(struct does){"pfpf"}, 5);
	lwkt_test_run(t);
	expect_finish(t, "3 mbufs are not back in their pool; one was seen last at stage kind");
}

LWKT_TEST(kit, N94_a_full_wire_holds_the_credits_and_lets_them_go_in_order)
{
	struct lwkt_test *t = make(&(struct does){"p"}, 3000);
	const struct lwkt_frames *in = lwkt_test_frames(t, "in"),
	                         *out = lwkt_test_frames(t, "out0");

	lwkt_test_full(t, "out0", true);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_test_held(t, "out0"), lwkt_pipeline_window(lwkt_test_pipeline(t)));
	cr_expect_eq(lwkt_frames_count(out), 0);
	lwkt_test_full(t, "out0", false);
	lwkt_test_run(t);
	cr_assert_eq(lwkt_frames_count(out), 3000);
	for (unsigned int i = 0; i < 3000; i++)
		cr_expect_eq(memcmp(lwkt_frames_get(in, i, NULL), lwkt_frames_get(out, i, NULL),
		                 14 + 20 + 8 + 20),
		    0);
	lwkt_test_full(t, "out0", true);
	lwkt_frames_clear(lwkt_test_frames(t, "in"));
	lwkt_frames_add(lwkt_test_frames(t, "in"), "a frame", 7);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_test_held(t, "out0"), 1);
	expect_finish(t, "");
}

LWKT_TEST(kit, API_without_mbufs_nothing_is_copied_and_nothing_comes_in)
{
	struct lwkt_test *t = make(&(struct does){"c"}, 3);
	const struct lwkt_frames *out = lwkt_test_frames(t, "out0");

	lwkt_test_mbufs(t, 0);
	cr_expect_eq(lwkt_test_run(t), 0);
	lwkt_test_mbufs(t, 1);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_frames_count(out), 3, "each one, but no copy of it");
	lwkt_test_mbufs(t, UINT32_MAX);
	lwkt_frames_clear(lwkt_test_frames(t, "in"));
	lwkt_frames_add(lwkt_test_frames(t, "in"), "a frame", 7);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_frames_count(out), 5);
	expect_finish(t, "");
}

static void
count_up(void *arg)
{
	(*(unsigned int *)arg)++;
}

LWKT_TEST(kit, L115_time_passes_when_the_test_says_so)
{
	struct lwkt_test *t = make(&(struct does){"p"}, 0);
	struct lwkt_callout co;
	unsigned int ran = 0;
	uint64_t now;

	lwkt_callout_init(&co);
	lwkt_callout_reset(&co, UINT64_C(3600000000000), count_up, &ran);
	now = lwkt_clock();
	rte_delay_us_block(1000);
	cr_expect_eq(lwkt_clock(), now);
	lwkt_test_advance(UINT64_C(3599000000000));
	lwkt_test_run(t);
	cr_expect_eq(ran, 0);
	lwkt_test_advance(UINT64_C(1100000000));
	lwkt_test_run(t);
	cr_expect_eq(ran, 1);
	cr_expect_geq(lwkt_clock() - now, 3600 * rte_get_tsc_hz());
	expect_finish(t, "");
}

LWKT_TEST(kit, API_a_table_of_stages_on_many_cpus_runs_on_one)
{
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_test_in, 1, NULL, {"a"}},
	    {"a", &kind_does, 2, &(struct does){"dp"}, {"b"}},
	    {"b", &kind_does, 3, &(struct does){"p"}, {"tx"}},
	    {"tx", &lwkt_test_out, 1, NULL, {NULL}},
	};
	struct lwkt_test *t =
	    lwkt_test_create(rows, RTE_DIM(rows), &(struct lwkt_test_opts){.to_segment = 2});

	cr_assert_not_null(t);
	lwkt_frames_add(lwkt_test_frames(t, "rx"), "first", 5);
	lwkt_frames_add(lwkt_test_frames(t, "rx"), "second", 6);
	lwkt_test_run(t);
	cr_expect_eq(lwkt_frames_count(lwkt_test_frames(t, "tx")), 1);
	cr_expect_eq(memcmp(lwkt_frames_get(lwkt_test_frames(t, "tx"), 0, NULL), "second", 6), 0);
	cr_expect_eq(lwkt_test_drops(t, "a", NULL), 1);
	expect_finish(t, "");
}

static void
ask_for_nobody(void *t)
{
	lwkt_test_held(t, "nobody");
}

static void
ask_for_no_end(void *t)
{
	lwkt_test_frames(t, "kind");
}

static void
ask_for_no_reason(void *t)
{
	lwkt_test_drops(t, "kind", "no_route");
}

LWKT_TEST(kit, API_names_that_there_are_not_stop_the_program)
{
	struct lwkt_test *t = make(&(struct does){"p"}, 0);

	expect_stops(ask_for_nobody, t, "no stage 'nobody'");
	expect_stops(ask_for_no_end, t, "stage kind is of kind does");
	expect_stops(ask_for_no_reason, t, "no reason 'no_route'");
	expect_finish(t, "");
}

LWKT_TEST(kit, API_frames_go_to_a_pcap_file_and_back)
{
	char path[] = "/tmp/lwkt_kit_XXXXXX";
	struct lwkt_frames *fs = lwkt_frames_create(), *back = lwkt_frames_create();
	int fd = mkstemp(path);
	unsigned int bytes = 0;
	uint32_t word;

	cr_assert_geq(fd, 0);
	lwkt_frames_add(fs, "one", 3);
	lwkt_frames_add(fs, "second", 6);
	cr_expect_eq(lwkt_frames_add(fs, "", 0), -EINVAL);
	cr_expect_eq(lwkt_frames_write(fs, path), 0);
	cr_expect_eq(lwkt_frames_read(back, path), 2);
	cr_expect_eq(memcmp(lwkt_frames_get(back, 1, &bytes), "second", 6), 0);
	cr_expect_eq(bytes, 6);
	cr_assert_eq(ftruncate(fd, 24 + 16 + 3 + 16 + 5), 0);
	cr_expect_eq(lwkt_frames_read(back, path), -EBADMSG, "it ends within a frame");
	cr_assert_eq(ftruncate(fd, 24), 0);
	cr_expect_eq(lwkt_frames_read(back, path), 0);
	word = __builtin_bswap32(0xa1b2c3d4);
	cr_assert_eq(pwrite(fd, &word, 4, 0), 4);
	cr_expect_eq(lwkt_frames_read(back, path), -EBADMSG, "the link is in the other order");
	word = __builtin_bswap32(1);
	cr_assert_eq(pwrite(fd, &word, 4, 20), 4);
	cr_expect_eq(lwkt_frames_read(back, path), 0);
	close(fd);
	unlink(path);
	cr_expect_eq(lwkt_frames_read(back, path), -ENOENT);
	lwkt_frames_destroy(fs);
	lwkt_frames_destroy(back);
}

static void
make_frame(void *words)
{
	struct lwkt_frame fr;

	lwkt_frame_make(&fr, words, 1);
}

/* Of bytes, and of words. Limit: LWKT_FRAME_MAX */
LWKT_TEST(kit, API_frames_as_long_as_they_can_be_and_longer)
{
	static char most[] = "ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip4opt";
	static char more[] = "ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip6 ip4opt mpls";
	static char words[] = "mpls mpls mpls mpls mpls mpls mpls mpls mpls mpls mpls mpls mpls "
	                      "mpls mpls mplsbot mplsbot";
	static char nonsense[] = "eth ip5";
	struct lwkt_frame fr;

	lwkt_frame_make(&fr, most, 1);
	cr_expect_eq(fr.fr_bytes, LWKT_FRAME_MAX);
	expect_stops(make_frame, more, "is longer than");
	expect_stops(make_frame, words, "is longer than");
	*strrchr(words, ' ') = '\0';
	lwkt_frame_make(&fr, words, 1);
	cr_expect_eq(fr.fr_layers, LWKT_FRAME_LAYER);
	expect_stops(make_frame, nonsense, "no word 'ip5'");
}

/* What a receiver would compute: 0 over what the checksum covers. */
static uint16_t
sum(const uint8_t *p, unsigned int n, uint32_t s)
{
	for (unsigned int i = 0; i < n; i++)
		s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

LWKT_TEST(kit, API_checksums_of_frames)
{
	static const char *const words[] = {"eth ip4 udp data", "eth vlan ip4opt tcp data",
	    "eth ip4 icmp data", "eth ip6 tcp data", "eth ip6 icmp6 data"};

	for (unsigned int i = 0; i < RTE_DIM(words); i++) {
		struct lwkt_frame fr;
		unsigned int ip, l4, ends;
		const uint8_t *d = fr.fr_data;

		lwkt_frame_make(&fr, words[i], i);
		lwkt_frame_checksums(&fr);
		ip = fr.fr_layer[fr.fr_layers - 3];
		l4 = fr.fr_layer[fr.fr_layers - 2];
		ends = fr.fr_outer.fe_bytes;
		if (ends == 4)
			cr_expect_eq(sum(d + ip, l4 - ip, 0), 0, "%s", words[i]);
		if (strstr(words[i], "icmp ") != NULL)
			cr_expect_eq(sum(d + l4, fr.fr_bytes - l4, 0), 0, "%s", words[i]);
		else
			cr_expect_eq(sum(d + l4, fr.fr_bytes - l4,
			                 (uint16_t)~sum(d + fr.fr_outer.fe_src, 2 * ends,
			                     fr.fr_bytes - l4 + d[ip + (ends == 4 ? 9 : 6)])),
			    0, "%s", words[i]);
	}
}
