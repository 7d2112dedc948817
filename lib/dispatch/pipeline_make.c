/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a pipeline from a table: stages and wires; the loops: pipeline_make.c.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>

#include "lwkt_netisr.h"
#include "stage_pvt.h"
#include "tap_pvt.h"
#include "wire_pvt.h"

/*
 * Stages
 */

static struct lwkt_stage *
stage_new(struct lwkt_pipeline *pl, const struct lwkt_stage_row *row)
{
	size_t state = RTE_CACHE_LINE_ROUNDUP(row->sr_kind->sk_state_bytes);
	size_t wires = pl->pl_nstages * LWKT_STAGE_OUTS * sizeof(struct lwkt_wire *);
	int socket = (int)rte_lcore_to_socket_id(row->sr_lcore);
	struct lwkt_stage *st;

	st = rte_zmalloc_socket("lwkt", sizeof(*st) + state + wires, RTE_CACHE_LINE_SIZE, socket);
	if (st == NULL)
		return NULL;
	st->st_kind = row->sr_kind;
	st->st_state = st + 1;
	st->st_wire = (struct lwkt_wire **)(void *)((char *)(st + 1) + state);
	st->st_lcore = row->sr_lcore;
	st->st_pipeline = pl;
	st->st_take = TAKE_PACKETS;
	st->st_burst = LWKT_STAGE_BURST;
	TAILQ_INIT(&st->st_later);
	snprintf(st->st_name, sizeof(st->st_name), "%s", row->sr_name);
	lwkt_initport_thread(&st->st_port, lwkt_cpu_thread(row->sr_lcore));
	while (st->st_nouts < LWKT_STAGE_OUTS && row->sr_out[st->st_nouts] != NULL)
		st->st_nouts++;
	return st;
}

static int
make_stages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		pl->pl_stages[i] = stage_new(pl, &rows[i]);
		if (pl->pl_stages[i] == NULL)
			return pipeline_no_memory(pl, rows[i].sr_name);
	}
	return 0;
}

/* The stages are wired and have their loops. */
static int
init_stages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	int rc = 0;

	for (; pl->pl_nready < pl->pl_nstages; pl->pl_nready++) {
		struct lwkt_stage *st = pl->pl_stages[pl->pl_nready];

		if (st->st_kind->sk_init != NULL)
			rc = st->st_kind->sk_init(st, rows[pl->pl_nready].sr_conf);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Wires
 */

/* Outputs that are not there: what a stage emits to them ends the program. */
__rte_cold static void
push_nowhere(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	const struct lwkt_stage *st = ed->ed_from;

	(void)pkts;
	lwkt_panic("lwkt_stage_emit: stage %s (kind %s, CPU %u): %u packets to output %u, which is "
	           "not there: it has %u",
	    st->st_name, st->st_kind->sk_name, st->st_lcore, n, (unsigned int)(ed - st->st_out),
	    st->st_nouts);
}

/* Who leads to whom. */
static void
connect_stages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		for (unsigned int o = 0; o < st->st_nouts; o++) {
			int to = stage_find_row(rows, pl->pl_nstages, rows[i].sr_out[o]);

			st->st_out[o].ed_from = st;
			st->st_out[o].ed_to = pl->pl_stages[to];
		}
		for (unsigned int o = st->st_nouts; o < LWKT_STAGE_OUTS; o++) {
			st->st_out[o].ed_from = st;
			st->st_out[o].ed_push = push_nowhere;
		}
	}
}

/* Does the stage itself, an output of it or the stage behind one want packets to be messages? */
static bool
wants_messages(const struct lwkt_stage *st, const struct lwkt_edge_conf *conf)
{
	if (st->st_kind->sk_per_packet)
		return true;
	for (unsigned int o = 0; o < st->st_nouts; o++) {
		const struct lwkt_edge *ed = &st->st_out[o];

		if (ed->ed_to->st_messages ||
		    (edge_crosses(ed) &&
		        !wire_takes_vectors(st->st_kind, ed->ed_to->st_kind, conf[o].ec_kind)))
			return true;
	}
	return false;
}

/* From the ends of the pipeline to its sources. */
static void
find_messages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	bool found;

	do {
		found = false;
		for (unsigned int i = 0; i < pl->pl_nstages; i++) {
			struct lwkt_stage *st = pl->pl_stages[i];

			if (!st->st_messages && wants_messages(st, rows[i].sr_edge))
				st->st_messages = found = true;
		}
	} while (found);
}

/* Credits bound what is under way, so a limit of such an output bounds the credits. */
static void
note_credit_limit(struct window *wn, const struct lwkt_edge_conf *conf)
{
	if (conf->ec_overflow == LWKT_OVERFLOW_CREDIT && conf->ec_limit != 0 &&
	    (wn->wn_credit_limit == 0 || conf->ec_limit < wn->wn_credit_limit))
		wn->wn_credit_limit = conf->ec_limit;
}

static int
make_edge(struct lwkt_pipeline *pl, struct lwkt_edge *ed, const struct lwkt_edge_conf *conf)
{
	struct lwkt_stage *to = ed->ed_to;

	if (!edge_crosses(ed)) {
		stage_connect(ed);
		return 0;
	}
	ed->ed_wire = wire_new(ed, conf, to->st_nwires + 1);
	if (ed->ed_wire == NULL)
		return pipeline_no_memory(pl, "the vectors of an output");
	to->st_wire[to->st_nwires++] = ed->ed_wire;
	if (ed->ed_wire->wi_vectors) {
		to->st_take = TAKE_VECTORS;
		to->st_fed_vectors = true;
	}
	note_credit_limit(&pl->pl_window, conf);
	wire_connect(ed);
	return 0;
}

static int
wire(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	int rc = 0;

	connect_stages(pl, rows);
	find_messages(pl, rows);
	for (unsigned int i = 0; i < pl->pl_nstages && rc == 0; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		stage_wire_end(st);
		for (unsigned int o = 0; o < st->st_nouts && rc == 0; o++)
			rc = make_edge(pl, &st->st_out[o], &rows[i].sr_edge[o]);
	}
	return rc;
}

/*
 * All of it
 */

static struct lwkt_pipeline *
pipeline_new(const char *name, unsigned int nstages)
{
	struct lwkt_pipeline *pl;

	pl = rte_zmalloc(
	    "lwkt", sizeof(*pl) + nstages * sizeof(pl->pl_stages[0]), RTE_CACHE_LINE_SIZE);
	if (pl == NULL) {
		lwkt_error("pipeline %s: no memory; give EAL more (-m)", name);
		return NULL;
	}
	snprintf(pl->pl_name, sizeof(pl->pl_name), "%s", name);
	pl->pl_nstages = nstages;
	pl->pl_stages = (struct lwkt_stage **)(void *)(pl + 1);
	lwkt_pipeline_configure(pl, NULL);
	return pl;
}

struct lwkt_pipeline *
lwkt_pipeline_create(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows)
{
	struct lwkt_pipeline *pl;
	int rc;

	rc = pipeline_check(name, rows, nrows);
	if (rc < 0) {
		rte_errno = -rc;
		return NULL;
	}
	pl = pipeline_new(name, nrows);
	if (pl == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	rc = make_stages(pl, rows);
	if (rc == 0)
		rc = wire(pl, rows);
	if (rc == 0)
		rc = pipeline_make_loops(pl);
	if (rc == 0)
		rc = flows_make(pl);
	if (rc == 0)
		rc = init_stages(pl, rows);
	if (rc < 0) {
		lwkt_pipeline_destroy(pl);
		rte_errno = -rc;
		return NULL;
	}
	window_size(pl);
	telemetry_add(pl);
	return pl;
}

void
lwkt_pipeline_destroy(struct lwkt_pipeline *pl)
{
	unsigned int i;

	if (pl == NULL)
		return;
	telemetry_remove(pl);
	while (pl->pl_running && lwkt_pipeline_stop(pl) == -EBUSY)
		;
	for (i = 0; i < pl->pl_nready; i++)
		if (pl->pl_stages[i]->st_kind->sk_fini != NULL)
			pl->pl_stages[i]->st_kind->sk_fini(pl->pl_stages[i]);
	for (i = 0; i < pl->pl_nstages; i++) {
		for (unsigned int o = 0; pl->pl_stages[i] != NULL && o < LWKT_STAGE_OUTS; o++)
			wire_free(pl->pl_stages[i]->st_out[o].ed_wire);
		tap_free(pl->pl_stages[i]);
		if (pl->pl_stages[i] != NULL)
			rte_free(pl->pl_stages[i]->st_cycles);
		rte_free(pl->pl_stages[i]);
	}
	for (i = 0; i < pl->pl_nloops; i++) {
		rte_free(pl->pl_loops[i]->lo_cycles);
		rte_free(pl->pl_loops[i]);
	}
	rte_free(pl->pl_flows);
	rte_free(pl);
}

/*
 * LOOPS
 *
 * One for each CPU that has a stage, and what each stage is to its loop.
 */

static unsigned int
count_wires(const struct lwkt_pipeline *pl, unsigned int lcore)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		for (unsigned int o = 0; o < pl->pl_stages[i]->st_nouts; o++)
			n += pl->pl_stages[i]->st_lcore == lcore &&
			     edge_crosses(&pl->pl_stages[i]->st_out[o]);
	return n;
}

static struct lwkt_loop *
loop_new(struct lwkt_pipeline *pl, unsigned int lcore)
{
	size_t list = pl->pl_nstages * sizeof(struct lwkt_stage *);
	size_t wires = count_wires(pl, lcore) * sizeof(struct lwkt_wire *);
	struct lwkt_loop *lo;

	lo = rte_zmalloc_socket("lwkt", sizeof(*lo) + 4 * list + wires, RTE_CACHE_LINE_SIZE,
	    (int)rte_lcore_to_socket_id(lcore));
	if (lo == NULL)
		return NULL;
	lo->lo_pipeline = pl;
	lo->lo_lcore = lcore;
	lo->lo_left = true;
	loop_switch_init(lo);
	lo->lo_sources = (struct lwkt_stage **)(void *)(lo + 1);
	lo->lo_fed = lo->lo_sources + pl->pl_nstages;
	lo->lo_workers = lo->lo_fed + pl->pl_nstages;
	lo->lo_purgers = lo->lo_workers + pl->pl_nstages;
	lo->lo_listed = (struct lwkt_wire **)(lo->lo_purgers + pl->pl_nstages);
	TAILQ_INIT(&lo->lo_rollups);
	lwkt_initport_thread(&lo->lo_port, lwkt_cpu_thread(lcore));
	lo->lo_service = lwkt_netisr_cpuport(lcore);
	return lo;
}

/* What the stage is to its loop. */
static void
enlist(struct lwkt_loop *lo, struct lwkt_stage *st)
{
	st->st_loop = lo;
	if (stage_is_source(st)) {
		lo->lo_sources[lo->lo_nsources++] = st;
		lo->lo_pipeline->pl_window.wn_nsources++;
	}
	if (st->st_nwires > 0 || st->st_kind->sk_serve_port)
		lo->lo_fed[lo->lo_nfed++] = st;
	if (st->st_kind->sk_work != NULL)
		lo->lo_workers[lo->lo_nworkers++] = st;
	if (st->st_kind->sk_purge != NULL)
		lo->lo_purgers[lo->lo_npurgers++] = st;
}

static void
count_earlier(const struct lwkt_stage *st)
{
	for (unsigned int w = 0; w < st->st_nwires; w++)
		st->st_loop->lo_nearlier += wire_leads_on(st->st_wire[w]);
}

int
pipeline_make_loops(struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];
		struct lwkt_loop *lo = pipeline_loop(pl, st->st_lcore);

		if (lo == NULL) {
			lo = loop_new(pl, st->st_lcore);
			if (lo == NULL)
				return pipeline_no_memory(pl, "the loop of an lcore");
			lo->lo_index = pl->pl_nloops;
			pl->pl_loops[pl->pl_nloops++] = lo;
		}
		enlist(lo, st);
	}
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		count_earlier(pl->pl_stages[i]);
	return 0;
}
