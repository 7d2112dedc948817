/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs and their stages, on devices without a NIC.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <lwkt_ethdev.h>
#include <lwkt_stages.h>

#include "kinds.h"

#define POOL 1023

static const struct lwkt_ethdev_params one_queue = {
    .ep_rxq = 1, .ep_txq = 1, .ep_rxd = 64, .ep_txd = 64};
static const struct lwkt_ethdev_conf devs[2] = {{0, 0}, {1, 0}};
static struct sink_conf sink;

static void
close_ethdev(void *arg)
{
	lwkt_ethdev_close((uint16_t)(uintptr_t)arg);
}

/* Up, and closed before the pool is looked at. */
static void
bring_up(uint16_t ethdev, struct rte_mempool *pool)
{
	cr_assert_eq(lwkt_ethdev_start(ethdev, &one_queue, pool), 0);
	test_at_end(close_ethdev, (void *)(uintptr_t)ethdev);
}

/*
 *      net_null 0 ─ rx ─ fwd ─ tx ─ net_null 1, and how many packets came in
 */
static uint64_t
run_null(unsigned int rx, unsigned int fwd, unsigned int tx)
{
	static struct lwkt_l2fwd_conf conf = {.lc_mac_update = true, .lc_ethdev = {1}};
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, rx, &devs[0], {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, fwd, &conf, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, tx, &devs[1], {NULL}},
	};
	struct rte_mempool *pool = test_pool("p", POOL);
	struct rte_eth_stats stats;
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	bring_up(0, pool);
	bring_up(1, pool);
	pl = lwkt_pipeline_create("null", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < 20000);
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	ac = expect_balanced(pl);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	cr_assert_eq(rte_eth_stats_get(0, &stats), 0);
	cr_expect_eq(stats.ipackets, ac.ac_received, "the device counts as we do");
	cr_assert_eq(rte_eth_stats_get(1, &stats), 0);
	cr_expect_eq(stats.opackets, ac.ac_transmitted);
	lwkt_pipeline_destroy(pl);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_stop(1);
	return ac.ac_received;
}

#define NULL_DEVICES .te_eal = {"-d", "librte_net_null.so", "--vdev=net_null0", "--vdev=net_null1"}

LWKT_TEST_ENV(ethdev, N93_null_devices_on_one_cpu, NULL_DEVICES)
{
	cr_expect_geq(run_null(1, 1, 1), 20000);
}

LWKT_TEST_ENV(ethdev, N93_null_devices_on_three_cpus, NULL_DEVICES)
{
	cr_expect_geq(run_null(1, 2, 3), 20000);
}

/* Source: one frame of each length, with as many tags. */
static const struct {
	uint16_t bytes, tags;
	bool fits; /* an MTU of 600 */
} lengths[] = {
    {60, 0, true},
    {614, 0, true},
    {615, 0, false},
    {618, 1, true},
    {619, 1, false},
    {622, 2, true},
    {623, 2, false},
    {626, 3, false},
    {1500, 0, false},
    {1500, 2, false},
};

static struct rte_mempool *lengths_pool;

static unsigned int
lengths_poll(struct lwkt_stage *st)
{
	struct rte_mbuf *pkts[RTE_DIM(lengths)];
	unsigned int *done = st->st_state, n = RTE_DIM(lengths);

	if (*done || rte_pktmbuf_alloc_bulk(lengths_pool, pkts, n) != 0)
		return 0;
	*done = 1;
	for (unsigned int i = 0; i < n; i++) {
		unsigned char *frame = (void *)rte_pktmbuf_append(pkts[i], lengths[i].bytes);

		memset(frame, 0, lengths[i].bytes);
		for (unsigned int t = 0; t < lengths[i].tags; t++)
			memcpy(frame + 12 + 4 * t, t == 0 ? "\x88\xa8\0\1" : "\x81\0\0\1", 4);
	}
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static const struct lwkt_stage_kind kind_lengths = {
    .sk_name = "lengths", .sk_state_bytes = sizeof(unsigned int), .sk_poll = lengths_poll};

/* What is too long for the way out is dropped and named, for the driver would not say so. */
LWKT_TEST_ENV(ethdev, N93_frames_longer_than_the_mtu_are_dropped_by_reason, NULL_DEVICES)
{
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_lengths, 1, NULL, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, 1, &devs[0], {NULL}},
	};
	struct lwkt_ethdev_params params = one_queue;
	unsigned int fit = 0;
	struct lwkt_pipeline *pl;
	struct lwkt_stage_stats ss;
	struct lwkt_account ac;

	lengths_pool = test_pool("p", POOL);
	params.ep_mtu = 600;
	cr_assert_eq(lwkt_ethdev_start(0, &params, lengths_pool), 0);
	test_at_end(close_ethdev, NULL);
	bring_up(1, lengths_pool);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++)
		fit += lengths[i].fits;
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received < RTE_DIM(lengths));
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
	ac = expect_balanced(pl);
	lwkt_stage_stats(lwkt_pipeline_find(pl, "tx"), &ss);
	cr_expect_eq(ac.ac_transmitted, fit, "%" PRIu64, ac.ac_transmitted);
	cr_expect_str_eq(lwkt_stage_ethdev_tx.sk_drop_names[1], "too_long");
	cr_expect_eq(ss.ss_dropped[1], RTE_DIM(lengths) - fit);
	lwkt_pipeline_destroy(pl);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_stop(1);
}

static void
expect_refused(uint16_t ethdev, const struct lwkt_ethdev_params *params, struct rte_mempool *pool,
    int rc, const char *text)
{
	const char *log;
	int got;

	test_log_begin();
	got = lwkt_ethdev_start(ethdev, params, pool);
	log = test_log_end();
	cr_expect_eq(got, rc, "%d", got);
	log = strstr(log, "lwkt: "); /* DPDK itself may have something to say before it */
	cr_assert_not_null(log);
	cr_expect(strstr(log, text) != NULL, "'%s'", log);
	cr_expect_eq(strchr(log, '\n'), log + strlen(log) - 1, "one line: '%s'", log);
}

LWKT_TEST_ENV(ethdev, API_a_start_that_cannot_be_is_refused_in_one_line, NULL_DEVICES)
{
	struct rte_mempool *pool = test_pool("p", 63);
	struct rte_mempool *cramped =
	    rte_pktmbuf_pool_create("cramped", 63, 0, 0, 2048, SOCKET_ID_ANY);
	struct lwkt_ethdev_params params = one_queue;

	expect_refused(0, &one_queue, cramped, -EINVAL, "pool cramped");
	params.ep_rxq = 0;
	expect_refused(0, &params, pool, -EINVAL, "ethdev 0: 0 rx and 1 tx queues wanted");
	params.ep_rxq = 1;
	params.ep_txq = UINT16_MAX;
	expect_refused(1, &params, pool, -EINVAL, "ethdev 1: 1 rx and 65535 tx queues wanted");
	params = one_queue;
	params.ep_mtu = 9000;
	expect_refused(0, &params, pool, -EMSGSIZE,
	    "ethdev 0: mtu: frames of 9018 bytes do not fit into mbufs of ");
	params.ep_mtu = 45;
	expect_refused(
	    0, &params, pool, -ERANGE, "ethdev 0: mtu: 45, its driver takes 46 to 65535");
	expect_refused(7, &one_queue, pool, -ENODEV, "ethdev 7");
	rte_mempool_free(cramped);
	cr_expect_eq(lwkt_ethdev_start(0, &one_queue, pool), 0, "after all that");
	lwkt_ethdev_stop(0);
	lwkt_ethdev_close(0);
}

LWKT_TEST_ENV(ethdev, API_what_an_ethdev_can_do_with_several_queues,
    .te_eal = {"-d", "librte_net_null.so", "--vdev=net_null0", "-d", "librte_net_ring.so",
        "--vdev=net_ring0"})
{
	struct lwkt_ethdev_caps caps;

	cr_expect_eq(lwkt_ethdev_caps(0, &caps), 0);
	cr_expect_geq(caps.ea_max_rxq, 2);
	cr_expect_geq(caps.ea_max_txq, 2);
	cr_expect_null(caps.ea_no_rss);
	cr_expect_eq(lwkt_ethdev_caps(1, &caps), 0);
	cr_expect_str_eq(caps.ea_no_rss, "its driver has no RSS");
	cr_expect_eq(lwkt_ethdev_caps(9, &caps), -ENODEV);
	cr_expect_eq(caps.ea_max_rxq, 1);
	cr_expect_eq(caps.ea_max_txq, 1);
	cr_expect_not_null(caps.ea_no_rss);
}

static const char *
start_with_two_rx_queues(uint16_t ethdev, struct rte_mempool *pool)
{
	struct lwkt_ethdev_params params = one_queue;

	params.ep_rxq = 2;
	test_log_begin();
	cr_expect_eq(lwkt_ethdev_start(ethdev, &params, pool), 0);
	test_at_end(close_ethdev, (void *)(uintptr_t)ethdev);
	lwkt_ethdev_stop(ethdev);
	return test_log_end();
}

LWKT_TEST_ENV(ethdev, API_several_rx_queues_without_rss_are_a_warning,
    .te_eal = {"-d", "librte_net_null.so", "-d", "librte_net_ring.so", "--vdev=net_null0"})
{
	struct rte_mempool *pool = test_pool("p", POOL);
	struct rte_ring *rings[2];
	int id;

	for (unsigned int i = 0; i < 2; i++) {
		rings[i] = rte_ring_create(i == 0 ? "r0" : "r1", 8, SOCKET_ID_ANY, 0);
		cr_assert_not_null(rings[i]);
	}
	id = rte_eth_from_rings("two", rings, 2, rings, 1, SOCKET_ID_ANY);
	cr_assert_geq(id, 0);
	cr_expect_str_eq(start_with_two_rx_queues((uint16_t)id, pool),
	    "lwkt: ethdev 1: warning: it does not spread flows over its rx queues: its driver has "
	    "no RSS; let a distribute stage do it, behind one queue\n");
	cr_expect_str_eq(start_with_two_rx_queues(0, pool), "");
}

static void
expect_no_such_ethdev(const struct lwkt_stage_row *rows)
{
	const char *log;

	test_log_begin();
	rte_errno = 0;
	cr_expect_null(lwkt_pipeline_create("p", rows, 2));
	log = test_log_end();
	cr_expect_eq(rte_errno, ENODEV);
	cr_expect_str_eq(log, "lwkt: stage dev: ethdev 9 does not exist; 2 are available\n");
}

LWKT_TEST_ENV(ethdev, API_a_stage_of_an_ethdev_that_is_not_there_is_enodev, NULL_DEVICES)
{
	const struct lwkt_ethdev_conf none = {9, 0};
	const struct source_conf source = {NULL, 0, 0, 0, 0, false, 0};
	const struct lwkt_stage_row rx[] = {
	    {"dev", &lwkt_stage_ethdev_rx, 1, &none, {"s"}}, {"s", &kind_sink, 1, &sink, {NULL}}};
	const struct lwkt_stage_row tx[] = {{"a", &kind_source, 1, &source, {"dev"}},
	    {"dev", &lwkt_stage_ethdev_tx, 1, &none, {NULL}}};

	expect_no_such_ethdev(rx);
	expect_no_such_ethdev(tx);
}

/*
 * A device with room for 63 packets that nobody takes out: what does not fit is dropped, counted,
 * and freed.
 */
LWKT_TEST_ENV(ethdev, N93_a_full_device_drops_and_counts_tx_full,
    .te_eal = {"-d", "librte_net_ring.so", "--vdev=net_ring0"})
{
	struct rte_mempool *pool = test_pool("p", 4095);
	const struct source_conf source = {pool, 0, 2000, 32, 0, false, 0};
	const struct lwkt_stage_row rows[] = {
	    {"a", &kind_source, 1, &source, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, 2, &devs[0], {NULL}},
	};
	struct rte_mbuf *pkts[32];
	struct lwkt_pipeline *pl;
	struct lwkt_stage_stats ss;
	unsigned int n, left = 0;

	bring_up(0, pool);
	pl = lwkt_pipeline_create("full", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_dry(pl, 2000);
	lwkt_stage_stats(lwkt_pipeline_stage(pl, 1), &ss);
	lwkt_pipeline_destroy(pl);
	cr_expect_gt(ss.ss_sent, 0);
	cr_expect_gt(ss.ss_dropped[0], 0);
	cr_expect_eq(ss.ss_sent + ss.ss_dropped[0], 2000);
	cr_expect_str_eq(lwkt_stage_ethdev_tx.sk_drop_names[0], "tx_full");

	/* net_ring loops: what was sent comes in again, each packet once. */
	while ((n = rte_eth_rx_burst(0, 0, pkts, RTE_DIM(pkts))) > 0) {
		left += n;
		rte_pktmbuf_free_bulk(pkts, n);
	}
	cr_expect_eq(left, ss.ss_sent);
	lwkt_ethdev_stop(0);
}

/*
 * A frame of 9,000 bytes in five mbufs, with what a NIC says of checksums, from one net_ring to the
 * other and back: it comes as it went.
 */
static struct rte_mbuf *
make_jumbo(struct rte_mempool *pool, uint64_t flags)
{
	struct rte_mbuf *m = NULL;

	for (unsigned int i = 0; i < 5; i++) {
		struct rte_mbuf *seg = rte_pktmbuf_alloc(pool);

		cr_assert_not_null(seg);
		memset(rte_pktmbuf_append(seg, 1800), (int)(0x30 + i), 1800);
		if (m == NULL)
			m = seg;
		else
			cr_assert_eq(rte_pktmbuf_chain(m, seg), 0);
	}
	m->ol_flags = flags;
	m->port = 0; /* net_ring does not write it */
	return m;
}

static void
expect_jumbo(const struct rte_mbuf *m, uint64_t flags)
{
	unsigned int i = 0;

	cr_expect_eq(m->pkt_len, 9000);
	cr_expect_eq(m->nb_segs, 5);
	cr_expect_eq(m->ol_flags, flags, "%" PRIx64, m->ol_flags);
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next, i++)
		for (unsigned int b = i == 0 ? 12 : 0; b < 1800; b++)
			cr_assert_eq(rte_pktmbuf_mtod(seg, const uint8_t *)[b], 0x30 + i);
}

LWKT_TEST_ENV(ethdev, N93_a_jumbo_frame_goes_through_with_its_mbufs_and_flags_as_they_are,
    .te_eal = {"-d", "librte_net_ring.so", "--vdev=net_ring0"})
{
	static struct lwkt_l2fwd_conf conf = {.lc_mac_update = true, .lc_ethdev = {1}};
	const uint64_t flags = RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, 1, &devs[0], {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, 2, &conf, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, 3, &devs[1], {NULL}},
	};
	const struct lwkt_ethdev_params jumbo = {
	    .ep_rxq = 1, .ep_txq = 1, .ep_rxd = 64, .ep_txd = 64, .ep_mtu = 9000, .ep_tx_segs = 5};
	struct rte_mempool *pool = test_pool("p", POOL);
	struct rte_ring *out = rte_ring_create("out", 64, SOCKET_ID_ANY, 0);
	struct lwkt_pipeline *pl;
	struct rte_mbuf *m;
	uint16_t mtu;

	cr_assert_not_null(out);
	cr_assert_eq(rte_eth_from_ring(out), 1);
	for (uint16_t id = 0; id < 2; id++) {
		cr_assert_eq(lwkt_ethdev_start(id, &jumbo, pool), 0);
		test_at_end(close_ethdev, (void *)(uintptr_t)id);
		cr_assert_eq(rte_eth_dev_get_mtu(id, &mtu), 0);
		cr_expect_eq(mtu, 9000);
	}
	m = make_jumbo(pool, flags);
	cr_assert_eq(rte_eth_tx_burst(0, 0, &m, 1), 1); /* net_ring0 loops */
	pl = lwkt_pipeline_create("jumbo", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_dry(pl, 1);
	lwkt_pipeline_destroy(pl);
	cr_assert_eq(rte_ring_dequeue(out, (void **)&m), 0);
	expect_jumbo(m, flags);
	rte_pktmbuf_free(m);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_stop(1);
}

/* A capture with three frames: file header, and a header for each. */
static void
write_pcap(const char *path)
{
	static const uint32_t head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fwrite(head, sizeof(head), 1, f);
	for (uint32_t i = 0; i < 3; i++) {
		const uint32_t bytes = 60 + i, frame_head[] = {i, 0, bytes, bytes};
		unsigned char frame[64];

		memset(frame, (int)(0x10 + i), sizeof(frame));
		fwrite(frame_head, sizeof(frame_head), 1, f);
		fwrite(frame, bytes, 1, f);
	}
	cr_assert_eq(fclose(f), 0);
}

/* The frames of write_pcap() with the MAC addresses that l2fwd writes. */
static void
check_pcap(const char *path)
{
	static const unsigned char macs[12] = {2, 0, 0, 0, 0, 0, 6, 5, 4, 3, 2, 1};
	uint32_t head[6], frame_head[4];
	unsigned char frame[64];
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f);
	cr_assert_eq(fread(head, sizeof(head), 1, f), 1);
	for (unsigned int i = 0; i < 3; i++) {
		cr_assert_eq(fread(frame_head, sizeof(frame_head), 1, f), 1);
		cr_assert_eq(frame_head[2], 60 + i);
		cr_assert_eq(fread(frame, frame_head[2], 1, f), 1);
		cr_expect_eq(memcmp(frame, macs, sizeof(macs)), 0);
		for (unsigned int b = 12; b < 60 + i; b++)
			cr_assert_eq(frame[b], 0x10 + i);
	}
	cr_expect_eq(fread(head, 1, 1, f), 0, "three frames and no more");
	fclose(f);
}

LWKT_TEST_ENV(ethdev, N93_a_capture_goes_through_as_it_is, .te_eal = {"-d", "librte_net_pcap.so"})
{
	static struct lwkt_l2fwd_conf conf = {
	    .lc_mac_update = true, .lc_mac = {{.addr_bytes = {6, 5, 4, 3, 2, 1}}}};
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, 1, &devs[0], {"fwd"}},
	    {"fwd", &lwkt_stage_l2fwd, 2, &conf, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, 1, &devs[0], {NULL}},
	};
	char dir[] = "/tmp/lwkt-test-XXXXXX", in[64], out[64], args[160];
	struct rte_mempool *pool = test_pool("p", POOL);
	struct lwkt_pipeline *pl;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(in, sizeof(in), "%s/in.pcap", dir);
	snprintf(out, sizeof(out), "%s/out.pcap", dir);
	snprintf(args, sizeof(args), "rx_pcap=%s,tx_pcap=%s", in, out);
	write_pcap(in);
	cr_assert_eq(rte_eal_hotplug_add("vdev", "net_pcap0", args), 0);
	cr_assert_eq(lwkt_ethdev_start(0, &one_queue, pool), 0);
	pl = lwkt_pipeline_create("pcap", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	run_dry(pl, 3);
	lwkt_pipeline_destroy(pl);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_close(0);
	check_pcap(out);
	unlink(in);
	unlink(out);
	rmdir(dir);
}

/* A device with vector instructions: it gives eight packets at a time, or none. */
static eth_rx_burst_t give;

static uint16_t
give_eights(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return give(queue, pkts, (uint16_t)(n / 8 * 8));
}

static struct rte_ring *ring;
static uint16_t dev;

static void
close_device(void *arg)
{
	(void)arg;
	lwkt_ethdev_stop(dev);
	lwkt_ethdev_close(dev);
	rte_ring_free(ring);
}

/* Of 20 packets 13 are to be received: 8, and 5 of the next 8. */
LWKT_TEST(ethdev, API_a_device_that_gives_eights_does_not_change_a_limit)
{
	static const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	static struct lwkt_ethdev_conf conf;
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, 1, &conf, {"e"}, {{0}}},
	    {"e", &kind_sink, 1, &sink, {NULL}, {{0}}},
	};
	struct rte_mempool *pool = test_pool("p", POOL);
	struct rte_mbuf *pkts[20];
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	ring = rte_ring_create("few", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	cr_assert_not_null(ring);
	dev = (uint16_t)rte_eth_from_ring(ring);
	cr_assert_eq(lwkt_ethdev_start(dev, &params, pool), 0);
	test_at_end(close_device, NULL);
	give = rte_eth_fp_ops[dev].rx_pkt_burst;
	rte_eth_fp_ops[dev].rx_pkt_burst = give_eights;
	cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, pkts, 20), 0);
	cr_assert_eq(rte_ring_enqueue_bulk(ring, (void **)pkts, 20, NULL), 20);

	conf = (struct lwkt_ethdev_conf){.ec_ethdev = dev};
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(lwkt_pipeline_limit(pl, 13), 0);
	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_transmitted < 13);
	usleep(2000); /* time to bring in more */
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(expect_balanced(pl).ac_received, 13);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(rte_ring_count(ring), 4, "8 + 8 were taken");
	cr_expect_eq(rte_mempool_in_use_count(pool), 4, "what is too many has gone back");
	cr_assert_eq(rte_ring_dequeue_bulk(ring, (void **)pkts, 4, NULL), 4);
	rte_pktmbuf_free_bulk(pkts, 4);
}
