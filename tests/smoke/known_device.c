/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device under test of which everything is known: what comes to ethdev 0 leaves by it again,
 * --delay-ms later, but for what it loses. A pipeline with a stage of its own kind:
 *
 *      ethdev_rx ──▶ lossy: lost, or held for so long ──▶ ethdev_tx
 *
 *      --pass N          of each trial it passes the first N frames, and loses all others; a trial
 *                        begins with the frame that has number 0 in its tag
 * (apps/bench/gen_frame.h)
 *      --lose-every N    it loses each N-th frame
 *
 * Both count frames and not time, so that a processor that is taken away changes nothing. It says
 * "ready" when it polls, and its account at SIGTERM.
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

#define MBUFS  8191u
#define HOLD   8192u /* a power of two, all mbufs */
#define NUMBER 8     /* bytes from the end of a frame: there is its number, in 4 */

struct lossy_conf {
	uint64_t lc_pass, lc_lose_every, lc_delay; /* frames, frames, TSC cycles; 0: not */
};

struct lossy_state {
	struct lossy_conf ls_conf;
	uint64_t ls_received, ls_passed;
	uint64_t ls_put, ls_taken; /* frames into ls_held, and out of it */
	struct {
		struct rte_mbuf *m;
		uint64_t due;
	} ls_held[HOLD];
};

static int
lossy_init(struct lwkt_stage *st, const void *conf)
{
	((struct lossy_state *)st->st_state)->ls_conf = *(const struct lossy_conf *)conf;
	return 0;
}

static bool
is_lost(struct lossy_state *ls, const struct rte_mbuf *m)
{
	static const uint8_t zero[4];
	const struct lossy_conf *conf = &ls->ls_conf;
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	ls->ls_received++;
	if (m->data_len > NUMBER && memcmp(frame + m->data_len - NUMBER, zero, sizeof(zero)) == 0)
		ls->ls_passed = 0;
	if (conf->lc_lose_every > 0 && ls->ls_received % conf->lc_lose_every == 0)
		return true;
	return conf->lc_pass > 0 && ++ls->ls_passed > conf->lc_pass;
}

static void
lossy_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct lossy_state *ls = st->st_state;
	uint64_t due = rte_rdtsc() + ls->ls_conf.lc_delay;

	for (unsigned int i = 0; i < n; i++) {
		if (is_lost(ls, pkts[i])) {
			lwkt_stage_drop(st, 0, &pkts[i], 1);
			continue;
		}
		ls->ls_held[ls->ls_put % HOLD].m = pkts[i];
		ls->ls_held[ls->ls_put++ % HOLD].due = due;
		lwkt_stage_hold(st, 1);
	}
}

static struct rte_mbuf *
take(struct lwkt_stage *st)
{
	struct lossy_state *ls = st->st_state;

	lwkt_stage_unhold(st, 1);
	return ls->ls_held[ls->ls_taken++ % HOLD].m;
}

static unsigned int
lossy_work(struct lwkt_stage *st)
{
	struct lossy_state *ls = st->st_state;
	unsigned int n = 0;

	while (n < LWKT_STAGE_BURST && ls->ls_taken < ls->ls_put &&
	       rte_rdtsc() >= ls->ls_held[ls->ls_taken % HOLD].due) {
		struct rte_mbuf *m = take(st);

		lwkt_stage_emit(st, 0, &m, 1);
		n++;
	}
	return n;
}

static void
lossy_purge(struct lwkt_stage *st)
{
	const struct lossy_state *ls = st->st_state;

	while (ls->ls_taken < ls->ls_put) {
		struct rte_mbuf *m = take(st);

		lwkt_stage_purge(st, &m, 1);
	}
}

static const char *const lossy_drops[] = {"lost", NULL};

static const struct lwkt_stage_kind lossy = {
    .sk_name = "lossy",
    .sk_state_bytes = sizeof(struct lossy_state),
    .sk_init = lossy_init,
    .sk_handle = lossy_handle,
    .sk_work = lossy_work,
    .sk_purge = lossy_purge,
    .sk_drop_names = lossy_drops,
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

static struct lossy_conf
parse(int argc, char **argv)
{
	struct lossy_conf conf = {0};

	for (int i = 1; i + 1 < argc; i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--pass") == 0)
			conf.lc_pass = value;
		else if (strcmp(argv[i], "--lose-every") == 0)
			conf.lc_lose_every = value;
		else if (strcmp(argv[i], "--delay-ms") == 0)
			conf.lc_delay = value * rte_get_tsc_hz() / 1000;
		else
			rte_exit(2, "known_device: unknown option '%s'\n", argv[i]);
	}
	return conf;
}

static struct lwkt_pipeline *
start(const struct lossy_conf *conf)
{
	static const struct lwkt_ethdev_params params = {
	    .ep_rxq = 1, .ep_txq = 1, .ep_rxd = 512, .ep_txd = 512};
	static const struct lwkt_ethdev_conf port = {.ec_full = LWKT_TX_WAIT};
	const struct lwkt_pipeline_opts opts = {.po_window = LWKT_WINDOW_NONE};
	unsigned int cpu = rte_get_next_lcore(-1, 1, 0);
	const struct lwkt_stage_row rows[] = {
	    {"in", &lwkt_stage_ethdev_rx, cpu, &port, {"lossy"}},
	    {"lossy", &lossy, cpu, conf, {"out"}},
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
	struct lossy_conf conf;
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
	printf("received %" PRIu64 " lost %" PRIu64 " sent %" PRIu64 "\n", ac.ac_received,
	    ac.ac_dropped, ac.ac_transmitted);
	lwkt_ethdev_stop(0);
	lwkt_ethdev_close(0);
	lwkt_pipeline_destroy(pl);
	lwkt_fini();
	rte_eal_cleanup();
	return rc < 0;
}
