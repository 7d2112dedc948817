/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device under test of which everything is known (tests/support/faults.h): what comes to ethdev 0
 * leaves by it again, but for what it loses. A pipeline with a stage of its own kind:
 *
 *      ethdev_rx ──▶ known: lost, altered, copied, or held for a while ──▶ ethdev_tx
 *
 *      --lose N, --corrupt N, --twice N, --late N     each N-th frame; with --seed N one of N
 *      --pass N          of each trial it passes the first N frames, and loses all others; a trial
 *                        begins with the frame that has number 0 in its tag
 *                        (apps/bench/gen_frame.h)
 *      --delay-ms N      the frames that pass leave so much later
 *      --line-pps N      it sends no more than so many a second,
 *      --queue N         and so many wait, more are lost
 *      --stall-ms N      of each second it sends nothing for so long
 *
 * All but the last four count frames and not time, so that a processor that is taken away changes nothing.
 * It says "ready" when it polls, and its account at SIGTERM.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <lwkt_cpu.h>
#include <lwkt_ethdev.h>
#include <lwkt_pipeline.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#include "faults.h"

#define MBUFS  8191u
#define HOLD   8192u /* a power of two, all mbufs */
#define TAG    14    /* bytes from the end of a frame where its tag is */
#define NUMBER 8     /* and its number, of 4 bytes */

struct known_state {
	struct faults ks_faults;
	struct rte_mbuf *ks_late;  /* behind the next one */
	uint64_t ks_put, ks_taken; /* frames into ks_held, and out of it */
	struct {
		struct rte_mbuf *m;
		uint64_t due;
	} ks_held[HOLD];
};

static struct faults *known_faults; /* the stage's: for the account, when it has stopped */

static int
known_init(struct lwkt_stage *st, const void *conf)
{
	struct known_state *ks = st->st_state;

	faults_init(&ks->ks_faults, conf);
	known_faults = &ks->ks_faults;
	return 0;
}

static void
known_put(struct known_state *ks, struct rte_mbuf *m, uint64_t due)
{
	ks->ks_held[ks->ks_put % HOLD].m = m;
	ks->ks_held[ks->ks_put++ % HOLD].due = due;
}

/* The frame with this fate has a place in ks_held, or is ks_late; so may be one that waited. */
static void
known_hold(struct lwkt_stage *st, struct rte_mbuf *m, enum faults_fate fate, uint64_t due)
{
	struct known_state *ks = st->st_state;
	struct rte_mbuf *copy;

	lwkt_stage_hold(st, 1);
	if (fate == FAULTS_LATE && ks->ks_late == NULL) {
		ks->ks_late = m;
		return;
	}
	if (fate == FAULTS_CORRUPT)
		*rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - TAG - 1) ^= 0x10;
	known_put(ks, m, due);
	if (fate == FAULTS_TWICE) {
		copy = rte_pktmbuf_copy(m, m->pool, 0, UINT32_MAX);
		if (copy == NULL)
			rte_panic("known_device: no mbuf for a copy\n");
		lwkt_stage_made(st, &copy, 1);
		lwkt_stage_hold(st, 1);
		known_put(ks, copy, due);
	}
	if (fate != FAULTS_CORRUPT && ks->ks_late != NULL) {
		known_put(ks, ks->ks_late, due);
		ks->ks_late = NULL;
	}
}

static void
known_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	static const uint8_t zero[4];
	struct known_state *ks = st->st_state;
	uint64_t now = rte_rdtsc();

	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		bool first = pkts[i]->data_len > NUMBER &&
		             memcmp(frame + pkts[i]->data_len - NUMBER, zero, sizeof(zero)) == 0;
		enum faults_fate fate = faults_decide(&ks->ks_faults, first);
		uint64_t due = fate == FAULTS_LOST ? FAULTS_FULL : faults_due(&ks->ks_faults, now);

		if (due == FAULTS_FULL)
			lwkt_stage_drop(st, 0, &pkts[i], 1);
		else
			known_hold(st, pkts[i], fate, due);
	}
}

static struct rte_mbuf *
known_take(struct lwkt_stage *st)
{
	struct known_state *ks = st->st_state;

	lwkt_stage_unhold(st, 1);
	return ks->ks_held[ks->ks_taken++ % HOLD].m;
}

static unsigned int
known_work(struct lwkt_stage *st)
{
	struct known_state *ks = st->st_state;
	unsigned int n = 0;

	while (n < LWKT_STAGE_BURST && ks->ks_taken < ks->ks_put &&
	       rte_rdtsc() >= ks->ks_held[ks->ks_taken % HOLD].due) {
		struct rte_mbuf *m = known_take(st);

		lwkt_stage_emit(st, 0, &m, 1);
		n++;
	}
	return n;
}

static void
known_purge(struct lwkt_stage *st)
{
	struct known_state *ks = st->st_state;

	if (ks->ks_late != NULL)
		known_put(ks, ks->ks_late, 0);
	ks->ks_late = NULL;
	while (ks->ks_taken < ks->ks_put) {
		struct rte_mbuf *m = known_take(st);

		lwkt_stage_purge(st, &m, 1);
	}
}

static const char *const known_drops[] = {"lost", NULL};

static const struct lwkt_stage_kind known = {
    .sk_name = "known",
    .sk_state_bytes = sizeof(struct known_state),
    .sk_init = known_init,
    .sk_handle = known_handle,
    .sk_work = known_work,
    .sk_purge = known_purge,
    .sk_drop_names = known_drops,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

static volatile sig_atomic_t over;

static void
end(int number)
{
	(void)number;
	over = 1;
}

/* After EAL's start: there is no TSC frequency before. */
static struct faults_conf
parse(int argc, char **argv)
{
	struct faults_conf fc = {.fc_queue = 64};
	uint64_t ms = rte_get_tsc_hz() / 1000, pps = 0;
	const struct {
		const char *name;
		uint64_t *value, unit;
	} options[] = {{"--lose", &fc.fc_every[FAULTS_LOST], 1},
	    {"--corrupt", &fc.fc_every[FAULTS_CORRUPT], 1},
	    {"--twice", &fc.fc_every[FAULTS_TWICE], 1}, {"--late", &fc.fc_every[FAULTS_LATE], 1},
	    {"--seed", &fc.fc_seed, 1}, {"--pass", &fc.fc_pass, 1}, {"--queue", &fc.fc_queue, 1},
	    {"--line-pps", &pps, 1}, {"--delay-ms", &fc.fc_delay, ms},
	    {"--stall-ms", &fc.fc_stall, ms}};

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned int o = 0;

		while (o < RTE_DIM(options) && strcmp(argv[i], options[o].name) != 0)
			o++;
		if (o == RTE_DIM(options))
			rte_exit(2, "known_device: unknown option '%s'\n", argv[i]);
		*options[o].value = strtoull(argv[i + 1], NULL, 10) * options[o].unit;
	}
	if (pps > 0)
		fc.fc_line = (double)rte_get_tsc_hz() / (double)pps;
	fc.fc_period = fc.fc_stall > 0 ? 1000 * ms : 0;
	return fc;
}

static struct lwkt_pipeline *
start(const struct faults_conf *conf)
{
	static const struct lwkt_ethdev_params params = {
	    .ep_rxq = 1, .ep_txq = 1, .ep_rxd = 512, .ep_txd = 512};
	static const struct lwkt_ethdev_conf port = {.ec_full = LWKT_TX_WAIT};
	const struct lwkt_pipeline_opts opts = {.po_window = LWKT_WINDOW_NONE};
	unsigned int cpu = rte_get_next_lcore(-1, 1, 0);
	const struct lwkt_stage_row rows[] = {
	    {"in", &lwkt_stage_ethdev_rx, cpu, &port, {"known"}},
	    {"known", &known, cpu, conf, {"out"}},
	    {"out", &lwkt_stage_ethdev_tx, cpu, &port, {NULL}},
	};
	struct rte_mempool *pool = lwkt_pktmbuf_pool_create(
	    "known", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct lwkt_pipeline *pl;

	if (pool == NULL || lwkt_ethdev_start(0, &params, pool) < 0)
		return NULL;
	pl = lwkt_pipeline_create("known", rows, RTE_DIM(rows));
	if (pl == NULL || lwkt_pipeline_configure(pl, &opts) < 0 ||
	    lwkt_pipeline_start(pl, LWKT_IDLE_YIELD) < 0)
		return NULL;
	return pl;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), rc;
	struct lwkt_pipeline *pl = NULL;
	struct faults_conf conf;
	const struct faults *fa;
	struct lwkt_account ac;

	if (used >= 0 && lwkt_init(NULL) == 0) {
		conf = parse(argc - used, argv + used);
		pl = start(&conf);
	}
	if (pl == NULL) {
		fprintf(stderr, "known_device: it does not start\n");
		return 1;
	}
	signal(SIGTERM, end);
	signal(SIGINT, end);
	printf("ready\n");
	fflush(stdout);
	while (!over) {
		lwkt_poll();
		usleep(1000);
	}
	lwkt_pipeline_stop(pl);
	rc = lwkt_pipeline_audit(pl, &ac);
	fa = known_faults;
	printf("received %" PRIu64 " lost %" PRIu64 " corrupt %" PRIu64 " twice %" PRIu64
	       " late %" PRIu64 " sent %" PRIu64 "\n",
	    fa->fa_frames, ac.ac_dropped, fa->fa_count[FAULTS_CORRUPT], fa->fa_count[FAULTS_TWICE],
	    fa->fa_count[FAULTS_LATE], ac.ac_transmitted);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_close(0);
	lwkt_pipeline_destroy(pl);
	lwkt_fini();
	rte_eal_cleanup();
	return rc < 0;
}
