/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our side: real pipelines, of the stages that come with the library.
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_control.h>
#include <lwkt_stages.h>

#include "pair.h"
#include "pipe_pvt.h"

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

static struct lwkt_ethdev_conf
dev_conf(const struct pipe_run *run, unsigned int i)
{
	return (struct lwkt_ethdev_conf){.ec_ethdev = run->pr_devs[OURS].pd_ethdev[i]};
}

/* All that comes in leaves by device i. */
static struct lwkt_l2fwd_conf
fwd_conf(const struct pipe_run *run, unsigned int i)
{
	const struct pipe_devs *pd = &run->pr_devs[OURS];
	struct lwkt_l2fwd_conf conf = {.lc_mac_update = true};

	memset(conf.lc_output, 0, sizeof(conf.lc_output));
	conf.lc_ethdev[0] = pd->pd_ethdev[i];
	conf.lc_mac[0] = pd->pd_mac[i];
	return conf;
}

static struct lwkt_pipeline *
make(const struct pipe_run *run, const char *name, const struct lwkt_stage_row *rows,
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
	const struct lwkt_ethdev_conf rx = dev_conf(run, 0), tx = dev_conf(run, 1);
	const struct lwkt_l2fwd_conf fwd = fwd_conf(run, 1);
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, rx_lcore, &rx, {"fwd"}, {{.ec_kind = kind}}},
	    {"fwd", &lwkt_stage_l2fwd, tx_lcore, &fwd, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, tx_lcore, &tx},
	};

	return make(run, name, rows, RTE_DIM(rows));
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
	const struct lwkt_ethdev_conf dev0 = dev_conf(run, 0), dev1 = dev_conf(run, 1);
	const struct lwkt_l2fwd_conf to0 = fwd_conf(run, 0), to1 = fwd_conf(run, 1);
	unsigned int lcore = pair_worker();
	const struct lwkt_stage_row rows[] = {
	    {"rx0", &lwkt_stage_ethdev_rx, lcore, &dev0, {"fwd0"}},
	    {"fwd0", &lwkt_stage_l2fwd, lcore, &to1, {"tx1"}},
	    {"tx1", &lwkt_stage_ethdev_tx, lcore, &dev1},
	    {"rx1", &lwkt_stage_ethdev_rx, lcore, &dev1, {"fwd1"}},
	    {"fwd1", &lwkt_stage_l2fwd, lcore, &to0, {"tx0"}},
	    {"tx0", &lwkt_stage_ethdev_tx, lcore, &dev0},
	};

	return make(run, "rtc", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_stages(const struct pipe_run *run)
{
	const struct lwkt_ethdev_conf rx = dev_conf(run, 0), tx = dev_conf(run, 1);
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
	return make(run, "stages", rows, RTE_DIM(rows));
}

static struct lwkt_pipeline *
make_no_stages(const struct pipe_run *run)
{
	const struct lwkt_ethdev_conf rx = dev_conf(run, 0), tx = dev_conf(run, 1);
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, pair_worker(), &rx, {"tx"}},
	    {"tx", &lwkt_stage_ethdev_tx, pair_worker(), &tx},
	};

	return make(run, "no_stages", rows, RTE_DIM(rows));
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
sent(const struct probe *pb)
{
	return pb->pb_tx[0]->st_stats.ss_sent +
	       (pb->pb_tx[1] != NULL ? pb->pb_tx[1]->st_stats.ss_sent : 0);
}

static void
probe(void *arg)
{
	struct probe *pb = arg;

	slices_tick(pb->pb_slices, sent(pb) - pb->pb_base);
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
lost(const struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	return (unsigned int)(ac.ac_received - ac.ac_transmitted);
}

double
pipe_lwkt_measure(struct pipe_row *row, struct lwkt_pipeline *pl, long *taken)
{
	struct slices *sl = &row->pw_run->pr_slices;
	struct probe pb = {.pb_rollup = {.ro_fn = probe, .ro_arg = &pb}, .pb_slices = sl};
	double cycles = 0;

	find_tx(&pb, pl);
	pb.pb_base = sent(&pb);
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
	row->pw_errors += lost(pl);
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
