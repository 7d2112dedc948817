/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a pipeline, second half: a loop for each CPU that has a stage, and what each stage is to
 * its loop.
 */
#include <errno.h>

#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

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
	lo->lo_sources = (struct lwkt_stage **)(void *)(lo + 1);
	lo->lo_fed = lo->lo_sources + pl->pl_nstages;
	lo->lo_workers = lo->lo_fed + pl->pl_nstages;
	lo->lo_purgers = lo->lo_workers + pl->pl_nstages;
	lo->lo_listed = (struct lwkt_wire **)(lo->lo_purgers + pl->pl_nstages);
	TAILQ_INIT(&lo->lo_rollups);
	lwkt_initport_thread(&lo->lo_port, lwkt_cpu_thread(lcore));
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
