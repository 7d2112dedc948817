/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kinds.h"

int stages_alive;

static void
count_down(struct lwkt_stage *st)
{
	(void)st;
	stages_alive--;
}

/* Source */

struct source_state {
	struct source_conf ss_conf;
	uint32_t ss_next;
	unsigned int ss_turn;
};

static int
source_init(struct lwkt_stage *st, const void *conf)
{
	struct source_state *ss = st->st_state;

	cr_expect_eq(ss->ss_next, 0, "the state is zeroed");
	ss->ss_conf = *(const struct source_conf *)conf;
	stages_alive++;
	return 0;
}

static unsigned int
source_poll(struct lwkt_stage *st)
{
	struct source_state *ss = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	uint16_t bytes = ss->ss_conf.sc_bytes != 0 ? ss->ss_conf.sc_bytes : 60;
	unsigned int n = RTE_MIN(ss->ss_conf.sc_burst, ss->ss_conf.sc_count - ss->ss_next);

	if (n == 0 || rte_pktmbuf_alloc_bulk(ss->ss_conf.sc_pool, pkts, n) != 0)
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		struct numbered *data = (void *)rte_pktmbuf_append(pkts[i], bytes);

		if (data == NULL)
			abort(); /* the pool's packets are too small for this test */
		pkts[i]->port =
		    ss->ss_conf.sc_mixed ? mixed_port(ss->ss_next) : ss->ss_conf.sc_port;
		data->source = ss->ss_conf.sc_id;
		data->number = ss->ss_next++;
	}
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, ss->ss_turn++ % st->st_nouts, pkts, n);
	return n;
}

const struct lwkt_stage_kind kind_source = {
    .sk_name = "test_source",
    .sk_state_bytes = sizeof(struct source_state),
    .sk_init = source_init,
    .sk_poll = source_poll,
    .sk_fini = count_down,
};

/* Relay */

struct relay_state {
	unsigned int rs_drop_every, rs_seen;
};

static int
relay_init(struct lwkt_stage *st, const void *conf)
{
	struct relay_state *rs = st->st_state;

	if (conf != NULL)
		rs->rs_drop_every = ((const struct relay_conf *)conf)->rc_drop_every;
	stages_alive++;
	return 0;
}

static void
relay_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct relay_state *rs = st->st_state;

	if (rs->rs_drop_every == 0 && st->st_nouts == 1) {
		lwkt_stage_emit(st, 0, pkts, n);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		rs->rs_seen++;
		if (rs->rs_drop_every != 0 && rs->rs_seen % rs->rs_drop_every == 0)
			lwkt_stage_drop(st, 1, &pkts[i], 1);
		else
			lwkt_stage_emit(st, rs->rs_seen % st->st_nouts, &pkts[i], 1);
	}
}

static const char *const relay_drops[] = {"never", "every_so_often", NULL};

const struct lwkt_stage_kind kind_relay = {
    .sk_name = "test_relay",
    .sk_state_bytes = sizeof(struct relay_state),
    .sk_init = relay_init,
    .sk_handle = relay_handle,
    .sk_fini = count_down,
    .sk_drop_names = relay_drops,
};

/* Sink */

static int
sink_init(struct lwkt_stage *st, const void *conf)
{
	*(struct sink_conf **)st->st_state = (struct sink_conf *)(uintptr_t)conf;
	stages_alive++;
	return 0;
}

static void
log_packet(struct sink_conf *nk, struct rte_mbuf *m)
{
	const struct numbered *data = rte_pktmbuf_mtod(m, const struct numbered *);
	uint32_t *next = &nk->nk_next[data->source % SINK_SOURCES];

	nk->nk_disorder += data->number < *next;
	*next = data->number + 1;
	nk->nk_keep_bytes = RTE_MIN((unsigned int)m->data_len, (unsigned int)sizeof(nk->nk_kept));
	memcpy(nk->nk_kept, data, nk->nk_keep_bytes);
}

static void
sink_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct sink_conf *nk = *(struct sink_conf **)st->st_state;

	if (nk->nk_slow_us > 0)
		usleep(nk->nk_slow_us);
	for (unsigned int i = 0; i < n; i++)
		log_packet(nk, pkts[i]);
	nk->nk_packets += n;
	nk->nk_wrong_cpu += lwkt_mycpuid() != st->st_lcore;
	nk->nk_largest = RTE_MAX(nk->nk_largest, n);
	lwkt_stage_release(st, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	lwkt_stage_transmitted(st, pkts, n, n, 0);
}

const struct lwkt_stage_kind kind_sink = {
    .sk_name = "test_sink",
    .sk_state_bytes = sizeof(struct sink_conf *),
    .sk_init = sink_init,
    .sk_handle = sink_handle,
    .sk_fini = count_down,
};

/* Hoard */

struct hoard_state {
	unsigned int hs_count;
	struct rte_mbuf *hs_pkts[HOARD_MAX];
};

static int
hoard_init(struct lwkt_stage *st, const void *conf)
{
	(void)st;
	(void)conf;
	stages_alive++;
	return 0;
}

static void
hoard_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct hoard_state *hs = st->st_state;

	for (unsigned int i = 0; i < n; i++)
		hs->hs_pkts[hs->hs_count++] = pkts[i];
}

static void
hoard_fini(struct lwkt_stage *st)
{
	struct hoard_state *hs = st->st_state;

	rte_pktmbuf_free_bulk(hs->hs_pkts, hs->hs_count);
	stages_alive--;
}

const struct lwkt_stage_kind kind_hoard = {
    .sk_name = "test_hoard",
    .sk_state_bytes = sizeof(struct hoard_state),
    .sk_init = hoard_init,
    .sk_handle = hoard_handle,
    .sk_fini = hoard_fini,
};

static int
failing_init(struct lwkt_stage *st, const void *conf)
{
	(void)st;
	(void)conf;
	return -ENOSPC;
}

const struct lwkt_stage_kind kind_failing = {
    .sk_name = "test_failing",
    .sk_init = failing_init,
    .sk_handle = hoard_handle,
    .sk_fini = count_down, /* must not run: its sk_init has failed */
};

static uint64_t
received(const struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	return ac.ac_received;
}

void
await_more(const struct lwkt_pipeline *pl, uint64_t packets)
{
	uint64_t goal = received(pl) + packets;

	while (received(pl) < goal)
		test_relax();
}

struct lwkt_account
expect_balanced(const struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(pl, &ac);
	cr_expect_eq(ac.ac_held, 0);
	cr_expect_eq(
	    ac.ac_received, ac.ac_transmitted + ac.ac_consumed + ac.ac_merged + ac.ac_dropped);
	return ac;
}

void
run_dry(struct lwkt_pipeline *pl, uint64_t packets)
{
	struct lwkt_account ac;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	do {
		test_relax();
		lwkt_pipeline_account(pl, &ac);
		cr_assert_leq(ac.ac_held, packets, "held is never negative");
	} while (ac.ac_received < packets);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	ac = expect_balanced(pl);
	cr_expect_eq(ac.ac_received, packets);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	expect_balanced(pl);
}
