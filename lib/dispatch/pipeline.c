/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wiring a table of stages, and the life of a pipeline.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>
#include <lwkt_transit.h>

#include "stage_pvt.h"

#define PURGE_TIMEOUT_MS 1000

struct lwkt_pipeline {
	char pl_name[LWKT_STAGE_NAME];
	unsigned int pl_nstages, pl_nloops;
	bool pl_running;
	struct lwkt_stage **pl_stages; /* in the table's order */
	struct lwkt_loop *pl_loops[RTE_MAX_LCORE];
};

/*
 * Making
 */

static struct lwkt_stage *
stage_new(struct lwkt_pipeline *pl, const struct lwkt_stage_row *row)
{
	size_t state = RTE_CACHE_LINE_ROUNDUP(row->sr_kind->sk_state_bytes);
	int socket = (int)rte_lcore_to_socket_id(row->sr_lcore);
	struct lwkt_stage *st;

	st = rte_zmalloc_socket("lwkt", sizeof(*st) + state, RTE_CACHE_LINE_SIZE, socket);
	if (st == NULL)
		return NULL;
	st->st_kind = row->sr_kind;
	st->st_state = st + 1;
	st->st_lcore = row->sr_lcore;
	st->st_pipeline = pl;
	snprintf(st->st_name, sizeof(st->st_name), "%s", row->sr_name);
	lwkt_initport_thread(&st->st_port, lwkt_cpu_thread(row->sr_lcore));
	while (st->st_nouts < LWKT_STAGE_OUTS && row->sr_out[st->st_nouts] != NULL)
		st->st_nouts++;
	return st;
}

static int
make_stages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	int rc;

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = stage_new(pl, &rows[i]);

		if (st == NULL) {
			lwkt_error("pipeline %s: stage %s: no memory; give EAL more (-m)",
			    pl->pl_name, rows[i].sr_name);
			return -ENOMEM;
		}
		rc = st->st_kind->sk_init != NULL ? st->st_kind->sk_init(st, rows[i].sr_conf) : 0;
		if (rc < 0) {
			rte_free(st);
			return rc;
		}
		pl->pl_stages[i] = st;
	}
	return 0;
}

/* Packets are messages as soon as one edge crosses CPUs. */
static bool
connect_stages(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	bool messages = false;

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		for (unsigned int o = 0; o < st->st_nouts; o++) {
			int to = pipeline_find_row(rows, pl->pl_nstages, rows[i].sr_out[o]);

			st->st_out[o].ed_to = pl->pl_stages[to];
			messages |= st->st_out[o].ed_to->st_lcore != st->st_lcore;
		}
	}
	return messages;
}

static void
wire(struct lwkt_pipeline *pl, const struct lwkt_stage_row *rows)
{
	bool messages = connect_stages(pl, rows);

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		stage_wire_end(st, messages);
		for (unsigned int o = 0; o < st->st_nouts; o++)
			stage_wire_edge(st, &st->st_out[o], messages);
	}
}

/* Does any edge that crosses CPUs lead to this stage? */
static bool
is_fed(const struct lwkt_pipeline *pl, const struct lwkt_stage *st)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		const struct lwkt_stage *from = pl->pl_stages[i];

		for (unsigned int o = 0; o < from->st_nouts; o++)
			if (from->st_out[o].ed_to == st && from->st_lcore != st->st_lcore)
				return true;
	}
	return false;
}

static struct lwkt_loop *
loop_new(const struct lwkt_pipeline *pl, unsigned int lcore)
{
	size_t list = pl->pl_nstages * sizeof(struct lwkt_stage *);
	struct lwkt_loop *lo;

	lo = rte_zmalloc_socket("lwkt", sizeof(*lo) + 2 * list, RTE_CACHE_LINE_SIZE,
	    (int)rte_lcore_to_socket_id(lcore));
	if (lo == NULL)
		return NULL;
	lo->lo_lcore = lcore;
	lo->lo_sources = (struct lwkt_stage **)(void *)(lo + 1);
	lo->lo_fed = lo->lo_sources + pl->pl_nstages;
	lwkt_initport_thread(&lo->lo_port, lwkt_cpu_thread(lcore));
	return lo;
}

static int
make_loops(struct lwkt_pipeline *pl)
{
	struct lwkt_loop *by_lcore[RTE_MAX_LCORE] = {NULL};

	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];
		struct lwkt_loop *lo = by_lcore[st->st_lcore];

		if (lo == NULL) {
			lo = loop_new(pl, st->st_lcore);
			if (lo == NULL) {
				lwkt_error(
				    "pipeline %s: no memory for the loop of lcore %u; give EAL more "
				    "(-m)",
				    pl->pl_name, st->st_lcore);
				return -ENOMEM;
			}
			by_lcore[st->st_lcore] = lo;
			pl->pl_loops[pl->pl_nloops++] = lo;
		}
		if (stage_is_source(st))
			lo->lo_sources[lo->lo_nsources++] = st;
		else if (is_fed(pl, st))
			lo->lo_fed[lo->lo_nfed++] = st;
	}
	return 0;
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
	pl = rte_zmalloc("lwkt", sizeof(*pl) + nrows * sizeof(pl->pl_stages[0]), 0);
	if (pl == NULL) {
		lwkt_error("pipeline %s: no memory; give EAL more (-m)", name);
		rte_errno = ENOMEM;
		return NULL;
	}
	snprintf(pl->pl_name, sizeof(pl->pl_name), "%s", name);
	pl->pl_nstages = nrows;
	pl->pl_stages = (struct lwkt_stage **)(void *)(pl + 1);
	rc = make_stages(pl, rows);
	if (rc == 0) {
		wire(pl, rows);
		rc = make_loops(pl);
	}
	if (rc < 0) {
		lwkt_pipeline_destroy(pl);
		rte_errno = -rc;
		return NULL;
	}
	return pl;
}

void
lwkt_pipeline_destroy(struct lwkt_pipeline *pl)
{
	if (pl == NULL)
		return;
	if (pl->pl_running)
		lwkt_pipeline_stop(pl);
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		if (st != NULL && st->st_kind->sk_fini != NULL)
			st->st_kind->sk_fini(st);
		rte_free(st);
	}
	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		rte_free(pl->pl_loops[i]);
	rte_free(pl);
}

/*
 * Running
 */

int
lwkt_pipeline_start(struct lwkt_pipeline *pl, enum lwkt_idle idle)
{
	unsigned int i;

	if (pl->pl_running)
		return -EALREADY;
	for (i = 0; i < pl->pl_nloops; i++)
		if (rte_eal_get_lcore_state(pl->pl_loops[i]->lo_lcore) != WAIT)
			return -EBUSY;
	for (i = 0; i < pl->pl_nloops; i++) {
		struct lwkt_loop *lo = pl->pl_loops[i];

		lo->lo_mode = LOOP_RUN;
		lo->lo_idle = idle;
		lo->lo_ended = false;
		rte_eal_remote_launch(loop_main, lo, lo->lo_lcore);
	}
	pl->pl_running = true;
	return 0;
}

static void
switch_all(struct lwkt_pipeline *pl, enum loop_mode mode)
{
	for (unsigned int i = 0; i < pl->pl_nloops; i++)
		loop_switch(pl->pl_loops[i], mode);
}

/* Wait until no packet is held: 0 or -ETIMEDOUT. */
static int
await_empty(const struct lwkt_pipeline *pl, unsigned int timeout_ms)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * timeout_ms / 1000;
	struct lwkt_account ac;

	for (;;) {
		lwkt_poll();
		lwkt_pipeline_account(pl, &ac);
		if (ac.ac_held == 0)
			return 0;
		if (rte_get_timer_cycles() >= end)
			return -ETIMEDOUT;
		rte_delay_us_sleep(100);
	}
}

int
lwkt_pipeline_drain(struct lwkt_pipeline *pl, unsigned int timeout_ms)
{
	if (!pl->pl_running)
		return -EINVAL;
	switch_all(pl, LOOP_DRAIN);
	return await_empty(pl, timeout_ms);
}

int
lwkt_pipeline_stop(struct lwkt_pipeline *pl)
{
	int rc;

	if (!pl->pl_running)
		return -EINVAL;
	switch_all(pl, LOOP_DRAIN);
	switch_all(pl, LOOP_PURGE);
	rc = await_empty(pl, PURGE_TIMEOUT_MS);
	switch_all(pl, LOOP_STOP);
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		rte_eal_wait_lcore(pl->pl_loops[i]->lo_lcore);
		while (!__atomic_load_n(&pl->pl_loops[i]->lo_ended, __ATOMIC_ACQUIRE)) /* E4 */
			rte_pause();
	}
	pl->pl_running = false;
	return rc;
}

/*
 * Looking at it
 */

void
lwkt_pipeline_account(const struct lwkt_pipeline *pl, struct lwkt_account *ac)
{
	struct lwkt_stage_stats ss;
	unsigned int i, d;

	memset(ac, 0, sizeof(*ac));
	for (i = 0; i < pl->pl_nstages; i++) { /* ends first: held is never negative */
		lwkt_stage_stats(pl->pl_stages[i], &ss);
		ac->ac_transmitted += ss.ss_sent;
		ac->ac_dropped += ss.ss_purged;
		for (d = 0; d < LWKT_STAGE_DROPS; d++)
			ac->ac_dropped += ss.ss_dropped[d];
	}
	for (i = 0; i < pl->pl_nstages; i++) {
		lwkt_stage_stats(pl->pl_stages[i], &ss);
		ac->ac_received += ss.ss_received;
	}
	ac->ac_held = ac->ac_received - ac->ac_transmitted - ac->ac_dropped;
}

unsigned int
lwkt_pipeline_nstages(const struct lwkt_pipeline *pl)
{
	return pl->pl_nstages;
}

const struct lwkt_stage *
lwkt_pipeline_stage(const struct lwkt_pipeline *pl, unsigned int i)
{
	return i < pl->pl_nstages ? pl->pl_stages[i] : NULL;
}

bool
lwkt_pipeline_shares_core(const struct lwkt_pipeline *pl)
{
	rte_cpuset_t taken, both, cpus;

	CPU_ZERO(&taken);
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		cpus = rte_lcore_cpuset(pl->pl_loops[i]->lo_lcore);
		CPU_AND(&both, &taken, &cpus);
		if (CPU_COUNT(&both) > 0)
			return true;
		CPU_OR(&taken, &taken, &cpus);
	}
	return false;
}
