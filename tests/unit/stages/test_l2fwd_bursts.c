/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * l2fwd rewrites packets in groups: bursts of every size, with a packet that goes another way at
 * every place, and data that begins at different places of their mbufs.
 */
#include <string.h>

#include <lwkt_stages.h>

#include "kinds.h"

#define BYTES 60
#define MACS  (2 * RTE_ETHER_ADDR_LEN)

enum odd { ODD_NONE, ODD_RUNT, ODD_ETHDEV, ODDS };

/* The next burst, and what its packets are checked against. */
static struct rte_mempool *pool;
static unsigned int burst, place;
static enum odd odd;
static uint32_t sent, arrived; /* packets that are no runts, numbered */
static unsigned int runts, wrong, runts_written;

static void
next_case(void)
{
	if (++place < burst)
		return;
	place = 0;
	if (++odd < ODDS)
		return;
	odd = ODD_NONE;
	burst++;
}

static struct rte_mbuf *
make_packet(unsigned int i)
{
	bool here = i == place;
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	unsigned char *data;

	if (m == NULL)
		return NULL;
	m->data_off += (uint16_t)(i % 5 * 40);
	m->port = here && odd == ODD_ETHDEV;
	data = (unsigned char *)rte_pktmbuf_append(m, here && odd == ODD_RUNT ? 13 : BYTES);
	memset(data, 0xee, BYTES);
	if (here && odd == ODD_RUNT)
		return m;
	memcpy(data + MACS, &sent, sizeof(sent));
	sent++;
	return m;
}

/* The runt is the test's, too, so that one can look at it when l2fwd has dropped it. */
static void
look_at_runt(struct rte_mbuf *m)
{
	const unsigned char *data = rte_pktmbuf_mtod(m, const unsigned char *);

	runts++;
	for (unsigned int i = 0; i < BYTES; i++)
		runts_written += data[i] != 0xee;
	rte_pktmbuf_free(m);
}

static unsigned int
poll_bursts(struct lwkt_stage *st)
{
	struct rte_mbuf *pkts[LWKT_STAGE_BURST], *runt = NULL;
	unsigned int n = burst;

	if (n > LWKT_STAGE_BURST)
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		pkts[i] = make_packet(i);
		wrong += pkts[i] == NULL;
	}
	if (odd == ODD_RUNT) {
		runt = pkts[place];
		rte_mbuf_refcnt_update(runt, 1);
	}
	next_case();
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	if (runt != NULL)
		look_at_runt(runt);
	return n;
}

/* Stage number 2 or 3, where the packets of ethdev 0 or 1 arrive. */
static void
check_bursts(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	bool second = st == lwkt_pipeline_stage(st->st_pipeline, 3);

	for (unsigned int i = 0; i < n; i++) {
		const unsigned char *data = rte_pktmbuf_mtod(pkts[i], const unsigned char *);
		unsigned char want[BYTES];

		memset(want, 0xee, sizeof(want));
		memcpy(want, (unsigned char[]){2, 0, 0, 0, 0, second ? 9 : 8}, 6);
		memset(want + 6, second ? 0xb1 : 0xb0, 6);
		memcpy(want + MACS, &arrived, sizeof(arrived));
		arrived++;
		wrong += pkts[i]->port != second || memcmp(data, want, sizeof(want)) != 0;
	}
	lwkt_stage_release(st, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

static const struct lwkt_stage_kind source = {.sk_name = "bursts", .sk_poll = poll_bursts};
static const struct lwkt_stage_kind sink = {.sk_name = "check", .sk_handle = check_bursts};

LWKT_TEST(l2fwd_bursts, N93_a_packet_at_any_place_of_any_burst_goes_its_own_way)
{
	struct lwkt_l2fwd_conf conf = {.lc_mac_update = true, .lc_ethdev = {8, 9}};
	const struct lwkt_stage_row rows[] = {
	    {"bursts", &source, 1, NULL, {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, 1, &conf, {"s0", "s1"}},
	    {"s0", &sink, 1, NULL, {NULL}},
	    {"s1", &sink, 1, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl;
	unsigned int bursts = 0, packets = 0;

	memset(conf.lc_output, LWKT_L2FWD_NONE, sizeof(conf.lc_output));
	conf.lc_output[0] = 0;
	conf.lc_output[1] = 1;
	memset(&conf.lc_mac[0], 0xb0, sizeof(conf.lc_mac[0]));
	memset(&conf.lc_mac[1], 0xb1, sizeof(conf.lc_mac[1]));
	for (unsigned int n = 1; n <= LWKT_STAGE_BURST; n++) {
		bursts += n * ODDS;
		packets += n * n * ODDS;
	}
	pool = test_pool("p", 255);
	burst = 1;
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_dry(pl, packets);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(wrong, 0, "packets that are not as they should be: %u", wrong);
	cr_expect_eq(arrived, sent);
	cr_expect_eq(runts, bursts / ODDS);
	cr_expect_eq(arrived + runts, packets);
	cr_expect_eq(runts_written, 0);
}
