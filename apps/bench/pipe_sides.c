/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both sides of the subcommand pipeline: devices, loops written by hand, and pipelines of ours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <lwkt_pipeline.h>
#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#include "output.h"
#include "pair.h"
#include "pipe_pvt.h"

/*
 * Null devices: rx gives packets as fast as it is asked, tx frees them. Two and a pool a side.
 */

#define SIZE "64" /* bytes of a packet; they are not copied */

static void
dev_name(unsigned int side, unsigned int i, char *buf, size_t size)
{
	snprintf(buf, size, "net_null_bench%u", 2 * side + i);
}

static int
dev_complain(const char *what, int rc, const char *fix)
{
	output_error("lwkt-bench pipeline: %s: %s; %s\n", what, rte_strerror(-rc), fix);
	return rc;
}

/* As somebody without us would. */
static int
start_rival(uint16_t ethdev, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(ethdev, 1, 1, &conf);

	if (rc == 0)
		rc = rte_eth_rx_queue_setup(ethdev, 0, 1024, SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(ethdev, 0, 1024, SOCKET_ID_ANY, NULL);
	return rc == 0 ? rte_eth_dev_start(ethdev) : rc;
}

static int
dev_open(struct pipe_devs *pd, unsigned int side, unsigned int i)
{
	const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	char name[32];
	int rc;

	dev_name(side, i, name, sizeof(name));
	rc = rte_eal_hotplug_add("vdev", name, "copy=0,size=" SIZE);
	if (rc < 0)
		return dev_complain(name, rc, "DPDK needs its driver net_null (-d)");
	rc = rte_eth_dev_get_port_by_name(name, &pd->pd_ethdev[i]);
	if (rc == 0)
		rc = side == OURS ? lwkt_ethdev_start(pd->pd_ethdev[i], &params, pd->pd_pool)
		                  : start_rival(pd->pd_ethdev[i], pd->pd_pool);
	if (rc == 0)
		rc = rte_eth_macaddr_get(pd->pd_ethdev[i], &pd->pd_mac[i]);
	return rc < 0 ? dev_complain(name, rc, "the device does not start") : 0;
}

int
pipe_devs_open(struct pipe_run *run, unsigned int mbufs, unsigned int cache, uint16_t room)
{
	run->pr_devs[OURS].pd_pool =
	    lwkt_pktmbuf_pool_create("ours", mbufs, cache, 0, room, SOCKET_ID_ANY);
	run->pr_devs[RIVAL].pd_pool =
	    rte_pktmbuf_pool_create("rival", mbufs, cache, 0, room, SOCKET_ID_ANY);
	if (run->pr_devs[OURS].pd_pool == NULL || run->pr_devs[RIVAL].pd_pool == NULL)
		return dev_complain("the pools", -rte_errno,
		    "give EAL more memory (-m), or --cache at most --mbufs / 1.5");
	for (unsigned int side = 0; side < SIDES; side++) {
		for (unsigned int i = 0; i < 2; i++) {
			int rc = dev_open(&run->pr_devs[side], side, i);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

void
pipe_devs_close(struct pipe_run *run)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		for (unsigned int i = 0; i < 2; i++) {
			char name[32];

			dev_name(side, i, name, sizeof(name));
			rte_eth_dev_stop(run->pr_devs[side].pd_ethdev[i]);
			rte_eal_hotplug_remove("vdev", name);
		}
		rte_mempool_free(run->pr_devs[side].pd_pool);
	}
}

/*
 * The rival: the same work in loops written by hand.
 */

#define PREFETCH_AHEAD 4

struct macs {
	struct rte_ether_addr dst, src;
};

/* What leaves by device i. */
static struct macs
macs_of(const struct pipe_devs *pd, unsigned int i)
{
	return (struct macs){
	    .dst.addr_bytes = {0x02, 0, 0, 0, 0, (uint8_t)pd->pd_ethdev[i]}, .src = pd->pd_mac[i]};
}

static inline void
raw_rewrite(struct rte_mbuf **pkts, unsigned int n, const struct macs *macs)
{
	for (unsigned int i = 0; i < n && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + PREFETCH_AHEAD], void *));
		memcpy(rte_pktmbuf_mtod(pkts[i], void *), macs, sizeof(*macs));
	}
}

/* Returns how many the device took; the others are freed. */
static inline unsigned int
raw_transmit(uint16_t ethdev, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int sent = rte_eth_tx_burst(ethdev, 0, pkts, (uint16_t)n);

	if (unlikely(sent < n))
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
	return sent;
}

/*
 * Two CPUs
 */

static void
pipe_raw_pipeline_rx(void *arg)
{
	struct pipe_run *run = arg;
	uint16_t ethdev = run->pr_devs[RIVAL].pd_ethdev[0];
	struct rte_mbuf *pkts[PIPE_BURST];
	unsigned int n, sent;

	while (!slices_over(&run->pr_slices)) {
		n = rte_eth_rx_burst(ethdev, 0, pkts, PIPE_BURST);
		for (sent = 0; sent < n;)
			sent += rte_ring_sp_enqueue_burst(
			    run->pr_ring, (void **)pkts + sent, n - sent, NULL);
	}
	__atomic_store_n(&run->pr_rx_left, true, __ATOMIC_RELEASE);
}

static void
pipe_raw_pipeline_tx(void *arg)
{
	struct pipe_run *run = arg;
	const struct macs macs = macs_of(&run->pr_devs[RIVAL], 1);
	uint16_t ethdev = run->pr_devs[RIVAL].pd_ethdev[1];
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;
	bool left;

	do {
		left = __atomic_load_n(&run->pr_rx_left, __ATOMIC_ACQUIRE);
		n = rte_ring_sc_dequeue_burst(run->pr_ring, (void **)pkts, PIPE_BURST, NULL);
		if (n == 0)
			continue;
		raw_rewrite(pkts, n, &macs);
		total += raw_transmit(ethdev, pkts, n);
		slices_tick(&run->pr_slices, total);
	} while (!left || n > 0);
}

/*
 * One CPU
 */

static void
pipe_raw_rtc(void *arg)
{
	struct pipe_run *run = arg;
	const struct pipe_devs *pd = &run->pr_devs[RIVAL];
	const struct macs macs[2] = {macs_of(pd, 0), macs_of(pd, 1)};
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;

	while (!slices_over(&run->pr_slices)) {
		for (unsigned int i = 0; i < 2; i++) {
			n = rte_eth_rx_burst(pd->pd_ethdev[i], 0, pkts, PIPE_BURST);
			if (n == 0)
				continue;
			raw_rewrite(pkts, n, &macs[1 - i]);
			total += raw_transmit(pd->pd_ethdev[1 - i], pkts, n);
		}
		slices_tick(&run->pr_slices, total);
	}
}

/* A step that looks at each packet; a function of its own, as a stage's handler is. */
static __attribute__((noinline)) void
raw_relay(struct pipe_run *run, struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	run->pr_bytes += bytes;
}

static inline void
raw_relays(struct pipe_run *run, unsigned int nrelays)
{
	const struct pipe_devs *pd = &run->pr_devs[RIVAL];
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;

	while (!slices_over(&run->pr_slices)) {
		n = rte_eth_rx_burst(pd->pd_ethdev[0], 0, pkts, PIPE_BURST);
		for (unsigned int i = 0; n > 0 && i < nrelays; i++)
			raw_relay(run, pkts, n);
		total += raw_transmit(pd->pd_ethdev[1], pkts, n);
		slices_tick(&run->pr_slices, total);
	}
}

static void
pipe_raw_relays(void *arg)
{
	raw_relays(arg, PIPE_RELAYS);
}

static void
pipe_raw_no_relays(void *arg)
{
	raw_relays(arg, 0);
}

double
pipe_raw_measure(struct pipe_run *run, void (*client)(void *), void (*server)(void *), long *taken)
{
	struct slices *sl = &run->pr_slices;
	double cycles;

	run->pr_rx_left = false;
	slices_begin(sl);
	if (client != NULL)
		pair_run(client, server, run);
	else
		pair_run_server(server, run);
	cycles = slices_cycles(sl, taken);
	slices_end(sl);
	return cycles;
}

#define WAIT_S   30
#define DRAIN_MS 2000

/*
 * A relay: adds up the packets' bytes and hands them on.
 */

struct relay_state {
	uint64_t rs_bytes;
};

static void
relay_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct relay_state *rs = st->st_state;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	rs->rs_bytes += bytes;
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind relay = {
    .sk_name = "relay",
    .sk_state_bytes = sizeof(struct relay_state),
    .sk_handle = relay_handle,
};

/*
 * Making pipelines
 */

struct lwkt_ethdev_conf
pipe_dev_conf(const struct pipe_run *run, unsigned int i)
{
	return (struct lwkt_ethdev_conf){.ec_ethdev = run->pr_devs[OURS].pd_ethdev[i]};
}

/* All that comes in leaves by device i. */
struct lwkt_l2fwd_conf
pipe_fwd_conf(const struct pipe_run *run, unsigned int i)
{
	const struct pipe_devs *pd = &run->pr_devs[OURS];
	struct lwkt_l2fwd_conf conf = {.lc_mac_update = true};

	memset(conf.lc_output, 0, sizeof(conf.lc_output));
	conf.lc_ethdev[0] = pd->pd_ethdev[i];
	conf.lc_mac[0] = pd->pd_mac[i];
	return conf;
}

struct lwkt_pipeline *
pipe_ours_make(const struct pipe_run *run, const char *name, const struct lwkt_stage_row *rows,
    unsigned int nrows)
{
	const struct lwkt_pipeline_opts opts = {.po_window = run->pr_window};
	struct lwkt_pipeline *pl = lwkt_pipeline_create(name, rows, nrows);

	if (pl != NULL && lwkt_pipeline_configure(pl, &opts) < 0) {
		lwkt_pipeline_destroy(pl);
		return NULL;
	}
	return pl;
}

/* rx on the client's CPU, MAC and tx on the server's. */
static struct lwkt_pipeline *
make_two(const struct pipe_run *run, const char *name, enum lwkt_edge_kind kind)
{
	unsigned int rx_lcore = pair_client(), tx_lcore = pair_worker();
	const struct lwkt_ethdev_conf rx = pipe_dev_conf(run, 0), tx = pipe_dev_conf(run, 1);
	const struct lwkt_l2fwd_conf fwd = pipe_fwd_conf(run, 1);
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, rx_lcore, &rx, {"fwd"}, {{.ec_kind = kind}}},
	    {"fwd", &lwkt_stage_l2fwd, tx_lcore, &fwd, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, tx_lcore, &tx},
	};

	return pipe_ours_make(run, name, rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_packets(const struct pipe_run *run)
{
	return make_two(run, "packets", LWKT_EDGE_PACKET);
}

static struct lwkt_pipeline *
make_vectors(const struct pipe_run *run)
{
	return make_two(run, "vectors", LWKT_EDGE_VECTOR);
}

/* Both devices to each other, on one CPU, as lwkt-l2fwd --mode rtc does. */
static struct lwkt_pipeline *
make_rtc(const struct pipe_run *run)
{
	const struct lwkt_ethdev_conf dev0 = pipe_dev_conf(run, 0), dev1 = pipe_dev_conf(run, 1);
	const struct lwkt_l2fwd_conf to0 = pipe_fwd_conf(run, 0), to1 = pipe_fwd_conf(run, 1);
	unsigned int lcore = pair_worker();
	const struct lwkt_stage_row rows[] = {
	    {"rx0", &lwkt_stage_ethdev_rx, lcore, &dev0, {"fwd0"}},
	    {"fwd0", &lwkt_stage_l2fwd, lcore, &to1, {"tx1"}},
	    {"tx1", &lwkt_stage_ethdev_tx, lcore, &dev1},
	    {"rx1", &lwkt_stage_ethdev_rx, lcore, &dev1, {"fwd1"}},
	    {"fwd1", &lwkt_stage_l2fwd, lcore, &to0, {"tx0"}},
	    {"tx0", &lwkt_stage_ethdev_tx, lcore, &dev0},
	};

	return pipe_ours_make(run, "rtc", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_stages(const struct pipe_run *run)
{
	const struct lwkt_ethdev_conf rx = pipe_dev_conf(run, 0), tx = pipe_dev_conf(run, 1);
	unsigned int lcore = pair_worker();
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, lcore, &rx, {"relay1"}},
	    {"relay1", &relay, lcore, NULL, {"relay2"}},
	    {"relay2", &relay, lcore, NULL, {"relay3"}},
	    {"relay3", &relay, lcore, NULL, {"relay4"}},
	    {"relay4", &relay, lcore, NULL, {"relay5"}},
	    {"relay5", &relay, lcore, NULL, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, lcore, &tx},
	};

	static_assert(RTE_DIM(rows) == PIPE_RELAYS + 2, "the rival has as many");
	return pipe_ours_make(run, "stages", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_no_stages(const struct pipe_run *run)
{
	const struct lwkt_ethdev_conf rx = pipe_dev_conf(run, 0), tx = pipe_dev_conf(run, 1);
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, pair_worker(), &rx, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, pair_worker(), &tx},
	};

	return pipe_ours_make(run, "no_stages", rows, RTE_DIM(rows));
}

/*
 * Measuring. A rollup of the CPU that transmits looks at the counters of its stages.
 */

struct probe {
	struct lwkt_rollup pb_rollup;
	struct slices *pb_slices;
	const struct lwkt_stage *pb_tx[2];
	uint64_t pb_base; /* sent in earlier runs */
};

static inline uint64_t
ours_sent(const struct probe *pb)
{
	return pb->pb_tx[0]->st_stats.ss_sent +
	       (pb->pb_tx[1] != NULL ? pb->pb_tx[1]->st_stats.ss_sent : 0);
}

static void
ours_probe(void *arg)
{
	struct probe *pb = arg;

	slices_tick(pb->pb_slices, ours_sent(pb) - pb->pb_base);
}

static void
find_tx(struct probe *pb, const struct lwkt_pipeline *pl)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);

		if (st->st_kind == &lwkt_stage_ethdev_tx && n < RTE_DIM(pb->pb_tx))
			pb->pb_tx[n++] = st;
	}
}

/* Packets that are missing, or were dropped. */
static unsigned int
ours_lost(const struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	return (unsigned int)(ac.ac_received - ac.ac_transmitted);
}

double
pipe_lwkt_measure(struct pipe_row *row, struct lwkt_pipeline *pl, long *taken)
{
	struct slices *sl = &row->pw_run->pr_slices;
	struct probe pb = {.pb_rollup = {.ro_fn = ours_probe, .ro_arg = &pb}, .pb_slices = sl};
	double cycles = 0;

	find_tx(&pb, pl);
	pb.pb_base = ours_sent(&pb);
	slices_begin(sl);
	lwkt_rollup_register(pl, pair_worker(), &pb.pb_rollup);
	if (lwkt_pipeline_start(pl, LWKT_IDLE_PAUSE) < 0 || slices_wait(sl, WAIT_S) < 0)
		row->pw_errors++;
	else
		cycles = slices_cycles(sl, taken);
	lwkt_pipeline_drain(pl, DRAIN_MS);
	lwkt_pipeline_stop(pl);
	lwkt_rollup_unregister(pl, pair_worker(), &pb.pb_rollup);
	pair_settle();
	slices_end(sl);
	row->pw_errors += ours_lost(pl);
	return cycles;
}

/*
 * The tests
 */

const struct pipe_test pipe_packets = {
    .pt_name = "packets",
    .pt_what = "rx on one CPU, MAC and tx on another: each packet a message",
    .pt_cpus = 2,
    .pt_floor = 0.85,
    .pt_make = make_packets,
    .pt_client = pipe_raw_pipeline_rx,
    .pt_server = pipe_raw_pipeline_tx,
};

const struct pipe_test pipe_vectors = {
    .pt_name = "vectors",
    .pt_what = "rx on one CPU, MAC and tx on another: bursts in messages",
    .pt_cpus = 2,
    .pt_floor = 0.95,
    .pt_make = make_vectors,
    .pt_client = pipe_raw_pipeline_rx,
    .pt_server = pipe_raw_pipeline_tx,
};

const struct pipe_test pipe_rtc = {
    .pt_name = "rtc",
    .pt_what = "rx, MAC, tx on one CPU, both devices",
    .pt_cpus = 1,
    .pt_floor = 0.95,
    .pt_make = make_rtc,
    .pt_server = pipe_raw_rtc,
};

const struct pipe_test pipe_stages = {
    .pt_name = "stages",
    .pt_what = "five relays between rx and tx on one CPU: what each adds",
    .pt_cpus = 1,
    .pt_limit_ns = 6,
    .pt_stages = PIPE_RELAYS,
    .pt_make = make_stages,
    .pt_server = pipe_raw_relays,
    .pt_make_without = make_no_stages,
    .pt_server_without = pipe_raw_no_relays,
};
