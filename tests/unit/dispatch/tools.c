/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "tools.h"

struct lwkt_account
expect_audited(struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	cr_expect_eq(lwkt_pipeline_audit(pl, &ac), 0, "the account holds (N93)");
	return ac;
}

static uint64_t
brought_in(const struct lwkt_pipeline *pl)
{
	struct lwkt_stage_stats ss;
	uint64_t packets = 0;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);

		lwkt_stage_stats(st, &ss);
		if (st->st_kind->sk_poll != NULL)
			packets += ss.ss_received;
	}
	return packets;
}

void
await_sources(struct lwkt_pipeline *pl, uint64_t packets)
{
	while (brought_in(pl) < packets) {
		test_relax();
		expect_audited(pl);
		usleep(200);
	}
}

struct lwkt_account
run_audited(struct lwkt_pipeline *pl, uint64_t packets)
{
	struct lwkt_account ac;

	cr_assert_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	await_sources(pl, packets);
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_audited(pl);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	ac = expect_audited(pl);
	cr_expect_eq(ac.ac_held, 0);
	cr_expect_eq(brought_in(pl), packets);
	return ac;
}

static unsigned int
lcore_of(const struct lwkt_stage_row *rows, unsigned int nrows, const char *name)
{
	for (unsigned int i = 0; i < nrows; i++)
		if (strcmp(rows[i].sr_name, name) == 0)
			return rows[i].sr_lcore;
	cr_expect_fail("no stage %s", name);
	return 0;
}

void
edges_as(struct lwkt_stage_row *rows, unsigned int nrows, enum lwkt_edge_kind kind)
{
	for (unsigned int i = 0; i < nrows; i++)
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && rows[i].sr_out[o] != NULL; o++)
			if (lcore_of(rows, nrows, rows[i].sr_out[o]) != rows[i].sr_lcore)
				rows[i].sr_edge[o].ec_kind = kind;
}

void
expect_no_pipeline(
    const struct lwkt_stage_row *rows, unsigned int nrows, int error, const char *line)
{
	const char *log;

	test_log_begin();
	rte_errno = 0;
	cr_expect_null(lwkt_pipeline_create("p", rows, nrows));
	log = test_log_end();
	cr_expect_eq(rte_errno, error, "%d", rte_errno);
	if (line != NULL)
		cr_expect_str_eq(log, line);
	else
		cr_expect_str_neq(log, "");
}

struct lwkt_stage_stats
stats_of(const struct lwkt_pipeline *pl, const char *name)
{
	struct lwkt_stage_stats ss;

	lwkt_stage_stats(lwkt_pipeline_find(pl, name), &ss);
	return ss;
}

/* Tamper */

struct tamper_state {
	const struct tamper_conf *ts_conf;
	uint32_t ts_seen;
	unsigned int ts_first, ts_count; /* a queue of those that are delayed */
	struct {
		struct rte_mbuf *pkt;
		uint32_t due;
	} ts_delayed[TAMPER_MAX];
};

static int
tamper_init(struct lwkt_stage *st, const void *conf)
{
	((struct tamper_state *)st->st_state)->ts_conf = conf;
	return 0;
}

static void
delay(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct tamper_state *ts = st->st_state;
	unsigned int at = (ts->ts_first + ts->ts_count++) % TAMPER_MAX;

	test_check(ts->ts_count <= TAMPER_MAX);
	ts->ts_delayed[at].pkt = m;
	ts->ts_delayed[at].due = ts->ts_seen + ts->ts_conf->tc_delay;
	lwkt_stage_hold(st, 1);
}

static void
let_go(struct lwkt_stage *st, bool all)
{
	struct tamper_state *ts = st->st_state;

	for (; ts->ts_count > 0; ts->ts_count--) {
		struct rte_mbuf *m = ts->ts_delayed[ts->ts_first].pkt;

		if (!all && (int32_t)(ts->ts_seen - ts->ts_delayed[ts->ts_first].due) < 0)
			break;
		ts->ts_first = (ts->ts_first + 1) % TAMPER_MAX;
		lwkt_stage_unhold(st, 1);
		lwkt_stage_emit(st, 0, &m, 1);
	}
}

static void
tamper_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct tamper_state *ts = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		enum tamper fate = ts->ts_conf->tc_fate(ts->ts_seen);
		struct rte_mbuf *copy = NULL;

		if (fate == TAMPER_TWICE)
			copy = rte_pktmbuf_copy(pkts[i], pkts[i]->pool, 0, UINT32_MAX);
		test_check((copy != NULL) == (fate == TAMPER_TWICE));
		if (fate == TAMPER_DROP)
			lwkt_stage_drop(st, 0, &pkts[i], 1);
		else if (fate == TAMPER_DELAY)
			delay(st, pkts[i]);
		else
			lwkt_stage_emit(st, 0, &pkts[i], 1);
		if (copy != NULL) {
			lwkt_stage_made(st, &copy, 1);
			lwkt_stage_emit(st, 0, &copy, 1);
		}
		ts->ts_seen++;
		let_go(st, ts->ts_seen == ts->ts_conf->tc_count);
	}
}

static void
tamper_purge(struct lwkt_stage *st)
{
	struct tamper_state *ts = st->st_state;

	for (; ts->ts_count > 0; ts->ts_count--) {
		lwkt_stage_unhold(st, 1);
		lwkt_stage_purge(st, &ts->ts_delayed[ts->ts_first].pkt, 1);
		ts->ts_first = (ts->ts_first + 1) % TAMPER_MAX;
	}
}

static const char *const tamper_drops[] = {"tampered", NULL};

const struct lwkt_stage_kind kind_tamper = {
    .sk_name = "test_tamper",
    .sk_state_bytes = sizeof(struct tamper_state),
    .sk_init = tamper_init,
    .sk_handle = tamper_handle,
    .sk_purge = tamper_purge,
    .sk_drop_names = tamper_drops,
};
