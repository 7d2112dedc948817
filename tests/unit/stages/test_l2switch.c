/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind l2switch, between a source of frames that a test lists, and a sink for each port.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#include <lwkt_stages.h>

#include "mac_table_pvt.h"
#include "tools.h"

#define PORTS  4
#define FRAMES 8192

/* Addresses are one byte here; these are not hosts. */
#define BROADCAST 0xff
#define MULTICAST 0xfe
#define ZERO      0xfd
#define RESERVED  0xfc

struct frame {
	uint16_t port; /* that it comes in on: 10 for output 0, ... */
	uint8_t src, dst;
	uint16_t bytes; /* 0: 60 */
	uint16_t vlan;  /* 0: no tag */
	bool ad;        /* of 802.1ad */
};

static struct {
	struct rte_mempool *pool;
	unsigned int count, burst;
	struct frame frames[FRAMES];
	bool endless; /* the last again and again */
} feed;

static struct log {
	unsigned int count, hairpins;
	uint32_t frame[2 * FRAMES]; /* by arrival */
} logs[PORTS];

static void
write_mac(struct rte_ether_addr *mac, uint8_t host)
{
	static const struct rte_ether_addr reserved = {{0x01, 0x80, 0xc2, 0, 0, 0x0e}};

	memset(mac, 0, sizeof(*mac));
	if (host == BROADCAST)
		memset(mac, 0xff, sizeof(*mac));
	else if (host == MULTICAST)
		*mac = (struct rte_ether_addr){{0x01, 0, 0x5e, 0, 0, 1}};
	else if (host == RESERVED)
		*mac = reserved;
	else if (host != ZERO)
		*mac = (struct rte_ether_addr){{0x02, 0, 0, 0, 0, host}};
}

static struct rte_mbuf *
make_frame(uint32_t number)
{
	const struct frame *f = &feed.frames[number < feed.count ? number : feed.count - 1];
	struct rte_mbuf *m = rte_pktmbuf_alloc(feed.pool);
	struct rte_ether_hdr *eth;

	if (m == NULL)
		return NULL;
	eth = (void *)rte_pktmbuf_append(m, 60);
	if (eth == NULL)
		abort(); /* the pool's packets are too small for this test */
	write_mac(&eth->src_addr, f->src);
	write_mac(&eth->dst_addr, f->dst);
	if (f->vlan != 0) {
		eth->ether_type =
		    rte_cpu_to_be_16(f->ad ? RTE_ETHER_TYPE_QINQ : RTE_ETHER_TYPE_VLAN);
		((struct rte_vlan_hdr *)(eth + 1))->vlan_tci = rte_cpu_to_be_16(0xe000 | f->vlan);
	} else {
		eth->ether_type = 0;
	}
	memcpy((char *)(eth + 1) + 4, &number, sizeof(number));
	m->port = f->port;
	if (f->bytes != 0)
		rte_pktmbuf_trim(m, (uint16_t)(60 - f->bytes));
	return m;
}

static unsigned int
feed_poll(struct lwkt_stage *st)
{
	uint32_t *next = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = 0;

	while (n < feed.burst && (*next < feed.count || feed.endless) &&
	       (pkts[n] = make_frame(*next)) != NULL) {
		n++;
		++*next;
	}
	if (n == 0)
		return 0;
	lwkt_stage_count(&st->st_stats.ss_received, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static int
log_init(struct lwkt_stage *st, const void *conf)
{
	*(struct log **)st->st_state = (struct log *)(uintptr_t)conf;
	return 0;
}

static void
log_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct log *lg = *(struct log **)st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t number = UINT32_MAX;

		if (pkts[i]->data_len >= 22)
			memcpy(&number, rte_pktmbuf_mtod_offset(pkts[i], char *, 18), 4);
		lg->hairpins += pkts[i]->port == 10 + (lg - logs);
		lg->frame[lg->count++ % RTE_DIM(lg->frame)] = number;
	}
	lwkt_stage_release(st, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

static const struct lwkt_stage_kind kind_feed = {
    .sk_name = "feed", .sk_state_bytes = sizeof(uint32_t), .sk_poll = feed_poll};
static const struct lwkt_stage_kind kind_log = {.sk_name = "log",
    .sk_state_bytes = sizeof(struct log *),
    .sk_init = log_init,
    .sk_handle = log_handle};

static const struct lwkt_l2switch_conf four = {
    .wc_ports = {10, 11, 12, 13}, .wc_nports = 4, .wc_table = 64};

/* The feed and the switch share a CPU, so bursts are what the feed makes them. */
static struct lwkt_pipeline *
make_switch(const struct lwkt_l2switch_conf *conf, bool one_cpu, enum lwkt_edge_kind kind)
{
	unsigned int other = one_cpu ? 1 : 2;
	struct lwkt_stage_row rows[] = {
	    {"a", &kind_feed, 1, NULL, {"sw"}},
	    {"sw", &lwkt_stage_l2switch, other, conf, {"p0", "p1", "p2", "p3"}},
	    {"p0", &kind_log, other, &logs[0], {NULL}},
	    {"p1", &kind_log, one_cpu ? 1 : 3, &logs[1], {NULL}},
	    {"p2", &kind_log, 1, &logs[2], {NULL}},
	    {"p3", &kind_log, other, &logs[3], {NULL}},
	};
	struct lwkt_pipeline *pl;

	edges_as(rows, RTE_DIM(rows), kind);
	memset(logs, 0, sizeof(logs));
	feed.burst = feed.burst != 0 ? feed.burst : 1;
	if (feed.pool == NULL)
		feed.pool = test_pool("p", 2047);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	return pl;
}

struct result {
	struct lwkt_l2switch_stats ls;
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;
};

static struct lwkt_l2switch_stats
switch_stats(const struct lwkt_pipeline *pl)
{
	struct lwkt_l2switch_stats ls;

	cr_assert_eq(lwkt_l2switch_stats(lwkt_pipeline_find(pl, "sw"), &ls), 0);
	return ls;
}

static struct result
run_switch(const struct lwkt_l2switch_conf *conf, bool one_cpu, enum lwkt_edge_kind kind)
{
	struct lwkt_pipeline *pl = make_switch(conf, one_cpu, kind);
	struct result r;

	r.ac = run_audited(pl, feed.count);
	r.ls = switch_stats(pl);
	r.ss = stats_of(pl, "sw");
	cr_expect_lt(lwkt_l2switch_stats(lwkt_pipeline_find(pl, "a"), &r.ls), 0);
	lwkt_pipeline_destroy(pl);
	for (unsigned int p = 0; p < PORTS; p++)
		cr_expect_eq(logs[p].hairpins, 0, "out where it came in");
	cr_expect_eq(r.ac.ac_received, feed.count + r.ls.ls_copied);
	return r;
}

static void
list(const struct frame *frames, unsigned int n)
{
	memcpy(feed.frames, frames, n * sizeof(*frames));
	feed.count = n;
}

/* What came at a port, as the numbers of the frames: "0 1 4". */
static const char *
came(unsigned int port)
{
	static char text[256];
	size_t at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < logs[port].count; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%s%u", i > 0 ? " " : "", logs[port].frame[i]);
	return text;
}

LWKT_TEST(l2switch, API_it_learns_forwards_and_floods)
{
	static const struct frame frames[] = {
	    {10, 1, 2, 0},         /* 0: nobody knows 2 */
	    {11, 2, 1, 0},         /* 1: 1 is behind 10 */
	    {10, 1, 2, 0},         /* 2: and now 2 behind 11 */
	    {12, 3, BROADCAST, 0}, /* 3 */
	    {12, 3, MULTICAST, 0}, /* 4 */
	    {13, 4, 3, 0},         /* 5 */
	    {12, 1, 4, 0},         /* 6: 1 has moved */
	    {11, 2, 1, 0},         /* 7: there it is */
	};
	struct result r;

	list(frames, RTE_DIM(frames));
	r = run_switch(&four, true, LWKT_EDGE_AUTO);
	cr_expect_str_eq(came(0), "1 3 4");
	cr_expect_str_eq(came(1), "0 2 3 4");
	cr_expect_str_eq(came(2), "0 5 7");
	cr_expect_str_eq(came(3), "0 3 4 6");
	cr_expect_eq(r.ls.ls_learned, 4);
	cr_expect_eq(r.ls.ls_entries, 4);
	cr_expect_eq(r.ls.ls_moved, 1);
	cr_expect_eq(r.ls.ls_flooded, 3);
	cr_expect_eq(r.ls.ls_copied, 6);
	cr_expect_eq(r.ls.ls_aged + r.ls.ls_full + r.ls.ls_uncopied, 0);
	cr_expect_eq(r.ac.ac_dropped, 0);
}

LWKT_TEST(l2switch, N93_what_it_does_not_forward_is_counted_by_reason)
{
	static const struct frame frames[] = {
	    {9, 1, 2, 0},                     /* no_input */
	    {RTE_MBUF_PORT_INVALID, 1, 2, 0}, /* no_input */
	    {10, 1, 2, 13},                   /* runt */
	    {10, BROADCAST, 2, 0},            /* bad_source */
	    {10, ZERO, 2, 0},                 /* bad_source */
	    {10, MULTICAST, 2, 0},            /* bad_source */
	    {10, 1, RESERVED, 0},             /* reserved */
	    {10, 1, 4, 0},                    /* flooded */
	    {10, 2, 1, 0},                    /* same_port */
	    {10, 1, 1, 0},                    /* same_port: to itself */
	    {11, 3, 1, 14},                   /* a bare header is no runt */
	};
	static const unsigned int want[] = {2, 1, 3, 1, 2};
	static const char *const names[] = {
	    "no_input", "runt", "bad_source", "reserved", "same_port"};
	struct result r;

	list(frames, RTE_DIM(frames));
	for (feed.burst = 1; feed.burst <= 32; feed.burst += 31) {
		r = run_switch(&four, true, LWKT_EDGE_AUTO);
		for (unsigned int d = 0; d < RTE_DIM(want); d++) {
			cr_expect_eq(r.ss.ss_dropped[d], want[d], "%s", names[d]);
			cr_expect_str_eq(lwkt_stage_l2switch.sk_drop_names[d], names[d]);
		}
		cr_expect_eq(r.ac.ac_dropped, 9);
		cr_expect_eq(r.ls.ls_learned, 3, "what is dropped for its source is not learned");
		cr_expect_eq(logs[0].count, 1);
	}
}

/*
 * A model
 */

static uint8_t table[256];
static struct log expected[PORTS];

static void
model_frame(uint32_t number)
{
	const struct frame *f = &feed.frames[number];
	unsigned int in = f->port - 10u;

	for (unsigned int p = 0; p < PORTS; p++)
		if (p != in && (table[f->dst] == p || table[f->dst] == PORTS))
			expected[p].frame[expected[p].count++] = number;
}

/* The sources of a burst are learned before its frames leave. */
static void
run_model(void)
{
	memset(table, PORTS, sizeof(table));
	memset(expected, 0, sizeof(expected));
	for (uint32_t first = 0; first < feed.count; first += feed.burst) {
		uint32_t end = RTE_MIN(first + feed.burst, feed.count);

		for (uint32_t i = first; i < end; i++)
			table[feed.frames[i].src] = (uint8_t)(feed.frames[i].port - 10);
		for (uint32_t i = first; i < end; i++)
			model_frame(i);
	}
}

/* Hosts move about, and some destinations are never there. */
static void
random_frames(uint64_t seed)
{
	for (feed.count = 0; feed.count < FRAMES; feed.count++) {
		uint64_t r = test_rand(&seed);
		struct frame *f = &feed.frames[feed.count];

		f->src = (uint8_t)(1 + r % 40);
		f->port = (uint16_t)(10 + (r >> 8) % (((r >> 16) % 16 == 0) ? PORTS : 2) +
		                     (f->src % 2) * 2 * ((r >> 16) % 16 != 0));
		f->dst = (r >> 24) % 32 == 0 ? BROADCAST : (uint8_t)(1 + (r >> 32) % 42);
		f->bytes = 0;
	}
}

LWKT_TEST(l2switch, N88_random_traffic_goes_where_a_model_says_and_in_order)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct result r;

		feed.burst = (unsigned int)(seed % 2 ? 32 : 7);
		random_frames(seed);
		run_model();
		r = run_switch(&four, true, LWKT_EDGE_AUTO);
		for (unsigned int p = 0; p < PORTS; p++) {
			cr_expect_eq(logs[p].count, expected[p].count, "seed %" PRIu64, seed);
			cr_expect_eq(memcmp(logs[p].frame, expected[p].frame,
			                 expected[p].count * sizeof(uint32_t)),
			    0, "seed %" PRIu64 ", output %u", seed, p);
		}
		cr_expect_eq(r.ls.ls_learned, 40);
		cr_expect_gt(r.ls.ls_moved, 100);
		cr_expect_gt(r.ls.ls_flooded, 100);
		cr_expect_gt(r.ss.ss_dropped[4], 100);
	}
}

LWKT_TEST(l2switch, N93_across_cpus_the_account_is_exact)
{
	for (unsigned int k = LWKT_EDGE_PACKET; k <= LWKT_EDGE_VECTOR; k++) {
		struct result r;

		feed.burst = 32;
		random_frames(k);
		r = run_switch(&four, false, k);
		cr_expect_eq(r.ls.ls_uncopied, 0);
		cr_expect_eq(r.ls.ls_copied, 2 * r.ls.ls_flooded);
		cr_expect_eq(
		    r.ac.ac_transmitted, feed.count - r.ss.ss_dropped[4] + 2 * r.ls.ls_flooded);
	}
}

LWKT_TEST(l2switch, N94_without_mbufs_for_copies_the_originals_go_on)
{
	struct rte_mempool *pool = test_pool("copies", 63);
	struct lwkt_l2switch_conf conf = four;
	struct rte_mbuf *hog[62];
	struct result r;

	conf.wc_pool = pool;
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, hog, RTE_DIM(hog)), 0);
	for (feed.count = 0; feed.count < 320; feed.count++)
		feed.frames[feed.count] = (struct frame){13, 1, BROADCAST, 0};
	feed.burst = 32;
	r = run_switch(&conf, true, LWKT_EDGE_AUTO);
	cr_expect_eq(r.ls.ls_flooded, 320);
	cr_expect_eq(r.ls.ls_copied + r.ls.ls_uncopied, 640);
	cr_expect_eq(r.ls.ls_copied, 10 * 2, "the one that there is, once a burst and output");
	cr_expect_eq(logs[2].count, 320, "the last of the others gets the originals");
	rte_pktmbuf_free_bulk(hog, RTE_DIM(hog));
}

/* As many as were asked for fit, and the others' packets are forwarded all the same. */
LWKT_TEST(l2switch, API_a_full_table_learns_no_more)
{
	struct lwkt_l2switch_conf conf = four;
	struct result r;

	conf.wc_table = 100;
	for (feed.count = 0; feed.count < 240; feed.count++)
		feed.frames[feed.count] =
		    (struct frame){10, (uint8_t)(1 + feed.count % 120), BROADCAST, 0};
	feed.burst = 32;
	test_log_begin();
	r = run_switch(&conf, true, LWKT_EDGE_AUTO);
	cr_expect_eq(r.ls.ls_learned, 100);
	cr_expect_eq(r.ls.ls_full, 40);
	cr_expect_eq(logs[3].count, 240);
	cr_expect_str_eq(test_log_end(),
	    "lwkt: stage sw: warning: its table of 100 addresses is full, packets to others go to all "
	    "outputs (full counts those not learned); give it more (table)\n");
}

/* Each address that it is meant to take, whatever the addresses: random, or counting by each byte. */
LWKT_TEST(l2switch, API_a_table_takes_as_many_as_were_asked_for)
{
	enum { SIZE = 20000, RANDOM = 48 };
	static struct lwkt_stage st = {.st_name = "sw", .st_lcore = 1};
	static struct mac_ref refs[SIZE];

	for (unsigned int shift = 0; shift <= RANDOM; shift += 8) {
		struct lwkt_l2switch_stats ls = {0};
		struct mac_table mt;
		unsigned int wrong = 0;
		uint32_t now;

		cr_assert_eq(mac_table_init(&mt, &st, SIZE, rte_get_tsc_hz() * 1000, 0), 0);
		now = mac_table_now(&mt);
		for (uint64_t i = 0; i < SIZE; i++) {
			uint64_t n = i << shift;

			if (shift == RANDOM)
				n = rte_rand();
			else if (shift >= 40) /* as an address counts: the last byte first */
				n = rte_bswap64(i) >> 16;
			refs[i] = mac_ref(&mt, mac_key(n | (n >> RANDOM & 0xffff) << 2, shift));
		}
		for (unsigned int i = 0; i < 2 * SIZE; i++)
			mac_table_learn(&mt, refs[i % SIZE], (uint8_t)(i % SIZE % 7), now, &ls);
		cr_expect_eq(ls.ls_learned, SIZE, "shift %u: %" PRIu64, shift, ls.ls_learned);
		cr_expect_eq(ls.ls_full + ls.ls_moved + ls.ls_aged, 0);
		for (unsigned int i = 0; i < SIZE; i++)
			wrong += mac_table_find(&mt, refs[i], now) != i % 7;
		cr_expect_eq(wrong, 0, "shift %u: %u are not found", shift, wrong);
		mac_table_fini(&mt);
	}
}

static void
await_entries(const struct lwkt_pipeline *pl, uint64_t entries)
{
	for (unsigned int i = 0; i < 10000 && switch_stats(pl).ls_entries != entries; i++)
		usleep(1000);
	cr_assert_eq(switch_stats(pl).ls_entries, entries, "%" PRIu64 ", not %" PRIu64,
	    switch_stats(pl).ls_entries, entries);
}

static const struct frame in_vlans[] = {
    {10, 1, BROADCAST, 0, 10, false}, /* 0: a router, in VLAN 10 */
    {11, 1, BROADCAST, 0, 20, false}, /* 1: the same, in VLAN 20 behind another port */
    {12, 2, 1, 0, 10, false},         /* 2 */
    {12, 2, 1, 0, 20, false},         /* 3 */
    {12, 2, 1, 0, 10, true},          /* 4: an 802.1ad tag: nobody knows it there */
    {12, 2, 1, 0, 0, false},          /* 5: nor without a tag */
};

LWKT_TEST(l2switch, API_each_vlan_has_addresses_of_its_own)
{
	struct result r;

	list(in_vlans, RTE_DIM(in_vlans));
	r = run_switch(&four, true, LWKT_EDGE_AUTO);
	cr_expect_str_eq(came(0), "1 2 4 5");
	cr_expect_str_eq(came(1), "0 3 4 5");
	cr_expect_str_eq(came(2), "0 1");
	cr_expect_eq(r.ls.ls_moved, 0);
	cr_expect_eq(r.ls.ls_learned, 2 + 4);
	cr_expect_eq(r.ls.ls_flooded, 4);
}

LWKT_TEST(l2switch, API_vlans_are_ignored_where_that_is_said)
{
	struct lwkt_l2switch_conf conf = four;
	struct result r;

	conf.wc_vlans = LWKT_L2SWITCH_VLANS_IGNORE;
	list(in_vlans, RTE_DIM(in_vlans));
	r = run_switch(&conf, true, LWKT_EDGE_AUTO);
	cr_expect_str_eq(came(0), "1");
	cr_expect_str_eq(came(1), "0 2 3 4 5");
	cr_expect_eq(r.ls.ls_moved, 1);
	cr_expect_eq(r.ls.ls_learned, 2);
}

static unsigned int
count_in(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

/* What a looped cable does: one line of each sort, however often it happens. */
LWKT_TEST(l2switch, N93_an_address_that_keeps_moving_and_a_storm_are_named)
{
	struct lwkt_l2switch_conf conf = four;
	unsigned int flooded = 0;
	const char *log;

	for (feed.count = 0; feed.count < 2000; feed.count++)
		feed.frames[feed.count] =
		    (struct frame){(uint16_t)(12 + feed.count % 2), 7, BROADCAST, 0, 30, false};
	feed.burst = 8;
	conf.wc_storm = 1000;
	test_log_begin();
	run_switch(&conf, true, LWKT_EDGE_AUTO);
	log = test_log_end();
	cr_expect_eq(count_in(log, "02:00:00:00:00:07 (VLAN 30) moves more than 10 times a second"),
	    1, "%s", log);
	cr_expect_eq(count_in(log, "storm: 1"), 1, "%s", log);
	cr_expect(sscanf(strstr(log, "storm: "), "storm: %u", &flooded) == 1 && flooded > 1000 &&
	              flooded <= 1000 + 2 * LWKT_STAGE_BURST,
	    "at once, not at the second's end: %s", log);
	cr_expect_eq(count_in(log, "\n"), 2, "%s", log);
	conf.wc_storm = conf.wc_moves = LWKT_L2SWITCH_NEVER;
	test_log_begin();
	run_switch(&conf, true, LWKT_EDGE_AUTO);
	cr_expect_str_eq(test_log_end(), "");
}

/* By the clock: a look-up does not find what is too old, and each call looks at many. */
LWKT_TEST(l2switch, API_what_is_too_old_is_not_there_though_nobody_looked)
{
	static struct lwkt_stage st = {.st_name = "sw", .st_lcore = 1};
	struct lwkt_l2switch_stats ls = {0};
	struct mac_table mt = {.mt_size = 0};
	struct mac_ref ref;
	uint32_t now;

	cr_assert_eq(mac_table_init(&mt, &st, 1u << 16, rte_get_tsc_hz() / 20, 0), 0);
	ref = mac_ref(&mt, mac_key(0x010000000002, 0));
	now = mac_table_now(&mt);
	mac_table_learn(&mt, ref, 3, now, &ls);
	cr_expect_eq(mac_table_find(&mt, ref, now + mt.mt_age), 3);
	now += mt.mt_age + 1;
	cr_expect_eq(mac_table_find(&mt, ref, now), MAC_NOWHERE);
	mac_table_learn(&mt, ref, 1, now, &ls);
	cr_expect_eq(ls.ls_learned, 2, "it is learned anew");
	cr_expect_eq(ls.ls_moved, 0, "and has not moved");
	cr_expect_eq(ls.ls_aged, 1);
	usleep(120000);                         /* until it is old by the clock, too */
	for (unsigned int i = 0; i < 70; i++) { /* as a CPU that sleeps 10 ms at a time */
		usleep(1000);
		mac_table_age(&mt, &ls);
	}
	cr_expect_eq(ls.ls_entries, 0);
	cr_expect_eq(ls.ls_aged, 2);
	mac_table_fini(&mt);
}

/* Who keeps sending is remembered, the others are not; then there is room again. */
LWKT_TEST(l2switch, API_addresses_age)
{
	struct lwkt_l2switch_conf conf = four;
	struct lwkt_pipeline *pl;
	struct lwkt_l2switch_stats ls;

	conf.wc_table = 8;
	conf.wc_age_s = 1;
	for (feed.count = 0; feed.count < 8; feed.count++)
		feed.frames[feed.count] =
		    (struct frame){10, (uint8_t)(1 + feed.count), BROADCAST, 0};
	feed.burst = 1;
	feed.endless = true; /* host 8 goes on */
	pl = make_switch(&conf, false, LWKT_EDGE_AUTO);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_entries(pl, 8);
	expect_audited(pl);
	await_entries(pl, 1);
	ls = switch_stats(pl);
	cr_expect_eq(ls.ls_aged, 7);
	cr_expect_eq(ls.ls_learned, 8);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_audited(pl);
	await_entries(pl, 0); /* nothing comes any more */
	cr_expect_eq(switch_stats(pl).ls_aged, 8);
	lwkt_pipeline_destroy(pl);
	feed.endless = false;
}

LWKT_TEST(l2switch, API_what_it_cannot_do_is_said_in_one_line)
{
	struct lwkt_l2switch_conf conf = {.wc_ports = {10, 11}, .wc_nports = 2, .wc_table = 7};
	struct lwkt_stage_row rows[] = {
	    {"a", &kind_feed, 1, NULL, {"sw"}},
	    {"sw", &lwkt_stage_l2switch, 1, &conf, {"p0", "p1"}},
	    {"p0", &kind_log, 1, &logs[0], {NULL}},
	    {"p1", &kind_log, 1, &logs[1], {NULL}},
	};

	expect_no_pipeline(rows, 4, EINVAL,
	    "lwkt: pipeline p: stage sw: table: 7 is out of range; write 8 to 1048576\n");
	conf.wc_table = 0;
	conf.wc_ports[1] = 10;
	expect_no_pipeline(rows, 4, EINVAL,
	    "lwkt: pipeline p: stage sw: ports: output 1 leads to ethdev 10; give each output one of its own, below "
	    "32\n");
	conf.wc_ports[1] = RTE_MAX_ETHPORTS;
	expect_no_pipeline(rows, 4, EINVAL,
	    "lwkt: pipeline p: stage sw: ports: 32 is out of range; write 0 to 31\n");
	conf.wc_ports[1] = 11;
	conf.wc_nports = 3;
	expect_no_pipeline(rows, 4, EINVAL,
	    "lwkt: pipeline p: stage sw: ports: 3 numbers for 2 outputs; write one for each\n");
	rows[1].sr_out[1] = NULL;
	rows[3].sr_name = "p1";
	rows[0].sr_out[1] = "p1";
	expect_no_pipeline(rows, 4, EINVAL,
	    "lwkt: pipeline p: stage sw: outputs: kind l2switch needs 2 to 32, it has 1\n");
}
