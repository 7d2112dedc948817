/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles (lwkt_cycles.h): how timing is turned on and off, and what it has found.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>

#include <lwkt_log.h>

#include "cycles_pvt.h"

/*
 * Turning it on
 */

/* A round had packets; the last of its rollups. */
static void
count_round(void *arg)
{
	struct lwkt_loop *lo = arg;
	struct loop_cycles *ly = lo->lo_cycles;

	if (--ly->ly_left > 0)
		return;
	ly->ly_left = ly->ly_every;
	if (lo->lo_mode == LOOP_RUN)
		lo->lo_mode = LOOP_TIMED;
}

static struct loop_cycles *
loop_cycles_new(struct lwkt_loop *lo)
{
	const struct lwkt_pipeline *pl = lo->lo_pipeline;
	struct loop_cycles *ly =
	    rte_zmalloc_socket("lwkt", sizeof(*ly) + pl->pl_nstages * sizeof(ly->ly_stage[0]),
	        RTE_CACHE_LINE_SIZE, (int)rte_lcore_to_socket_id(lo->lo_lcore));

	if (ly == NULL)
		return NULL;
	ly->ly_rollup =
	    (struct lwkt_rollup){.ro_fn = count_round, .ro_arg = lo, .ro_priority = INT_MIN};
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		if (pl->pl_stages[i]->st_loop == lo)
			ly->ly_stage[ly->ly_nstages++] = pl->pl_stages[i];
	return ly;
}

/* All that it needs is there, before the first CPU uses any. @return 0 or -ENOMEM. */
static int
make_all(struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct lwkt_stage *st = pl->pl_stages[i];

		if (st->st_cycles == NULL)
			st->st_cycles = rte_zmalloc_socket("lwkt", sizeof(*st->st_cycles),
			    RTE_CACHE_LINE_SIZE, (int)rte_lcore_to_socket_id(st->st_lcore));
		if (st->st_cycles == NULL)
			return -ENOMEM;
	}
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		struct lwkt_loop *lo = pl->pl_loops[i];

		if (lo->lo_cycles == NULL)
			lo->lo_cycles = loop_cycles_new(lo);
		if (lo->lo_cycles == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void
make_stamp(const struct lwkt_pipeline *pl)
{
	static const struct rte_mbuf_dynflag flag = {.name = "lwkt_stamp"};
	static const struct rte_mbuf_dynfield field = {
	    .name = "lwkt_stamp_tsc", .size = sizeof(uint64_t), .align = alignof(uint64_t)};
	int bit;

	if (cycles_stamp.cs_there)
		return;
	bit = rte_mbuf_dynflag_register(&flag);
	cycles_stamp.cs_field = bit >= 0 ? rte_mbuf_dynfield_register(&field) : -1;
	if (cycles_stamp.cs_field >= 0) {
		cycles_stamp.cs_flag = RTE_BIT64(bit);
		cycles_stamp.cs_there = true;
	} else {
		LWKT_LOG(WARNING,
		    "pipeline %s: no room in mbufs for a time stamp (%s); the ages of packets are "
		    "not measured",
		    pl->pl_name, rte_strerror(rte_errno));
	}
}

struct cycles_change {
	struct lwkt_loop *cc_loop;
	unsigned int cc_every;
};

/* On the loop's CPU. */
static void
change_loop(void *arg)
{
	const struct cycles_change *cc = arg;
	struct lwkt_loop *lo = cc->cc_loop;
	struct loop_cycles *ly = lo->lo_cycles;

	ly->ly_every = cc->cc_every;
	ly->ly_left = 1; /* whoever has just asked wants to see something */
	for (unsigned int i = 0; i < ly->ly_nstages; i++) {
		struct lwkt_stage *st = ly->ly_stage[i];

		st->st_looks &= (uint8_t)~STAGE_AGES;
		if (cc->cc_every > 0 && cycles_stamp.cs_there &&
		    (st->st_nwires > 0 || st->st_nouts == 0))
			st->st_looks |= STAGE_AGES;
	}
	if (cc->cc_every == 0 && lo->lo_mode == LOOP_TIMED)
		lo->lo_mode = LOOP_RUN;
}

int
lwkt_pipeline_cycles(struct lwkt_pipeline *pl, unsigned int every)
{
	if (every > 0 && make_all(pl) < 0)
		return -ENOMEM;
	if (every > 0)
		make_stamp(pl);
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		struct cycles_change cc = {pl->pl_loops[i], every};
		struct loop_cycles *ly = cc.cc_loop->lo_cycles;
		unsigned int lcore = cc.cc_loop->lo_lcore;

		if (ly == NULL)
			continue;
		if (ly->ly_on)
			lwkt_rollup_unregister(pl, lcore, &ly->ly_rollup);
		lwkt_pipeline_call(pl, lcore, change_loop, &cc);
		if (every > 0)
			lwkt_rollup_register(pl, lcore, &ly->ly_rollup);
		ly->ly_on = every > 0;
	}
	return 0;
}

/*
 * Reading
 */

void
lwkt_stage_cycles(const struct lwkt_stage *st, struct lwkt_stage_cycles *sy)
{
	const uint64_t *from;
	uint64_t *to = (uint64_t *)sy;

	memset(sy, 0, sizeof(*sy));
	if (st->st_cycles == NULL)
		return;
	from = (const uint64_t *)&st->st_cycles->stc_found;
	for (size_t i = 0; i < sizeof(*sy) / sizeof(*to); i++)
		to[i] = stage_stat_read(&from[i]);
}

uint64_t
lwkt_cycles_bound(unsigned int i)
{
	unsigned int octave = 7 + (i - 1) / 4, quarter = (i - 1) % 4;

	if (i == 0)
		return 128;
	if (i >= LWKT_CYCLES_AGES - 1)
		return UINT64_MAX;
	return (UINT64_C(5) + quarter) << (octave - 2);
}

uint64_t
lwkt_cycles_age(const struct lwkt_stage_cycles *sy, unsigned int permille)
{
	uint64_t all = 0, wanted, n = 0;
	unsigned int i;

	for (i = 0; i < LWKT_CYCLES_AGES; i++)
		all += sy->sy_ages[i];
	wanted = (all * permille + 999) / 1000;
	for (i = 0; all > 0 && i < LWKT_CYCLES_AGES; i++) {
		n += sy->sy_ages[i];
		if (n >= wanted && n > 0)
			break;
	}
	return all > 0 ? RTE_MIN(lwkt_cycles_bound(i), sy->sy_oldest_ns) : 0;
}
