/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: what pipeline, loop and stage share.
 */
#ifndef LWKT_STAGE_PVT_H
#define LWKT_STAGE_PVT_H

#include "lwkt_pipeline.h"

enum loop_mode {
	LOOP_RUN,
	LOOP_DRAIN, /* sources do not poll */
	LOOP_PURGE, /* and packets that queue on ports are freed */
	LOOP_STOP,
};

/* What tells a loop its new mode; a request that the loop replies to. */
struct loop_ctl {
	struct lwkt_msg lc_msg; /* first */
	enum loop_mode lc_mode;
};

/* One CPU's loop. Its CPU alone touches it while it runs, but for the port and lo_ended. */
struct lwkt_loop {
	unsigned int lo_lcore;
	enum loop_mode lo_mode;
	enum lwkt_idle lo_idle;
	unsigned int lo_rounds; /* with work */
	unsigned int lo_nsources, lo_nfed;
	struct lwkt_stage **lo_sources; /* stages with sk_poll */
	struct lwkt_stage **lo_fed;     /* stages with packets on their ports */
	struct lwkt_port lo_port;       /* takes struct loop_ctl */
	bool lo_ended;                  /* atomic, E4: what the loop wrote is visible */
};

/* The row of that name, or -1. */
int pipeline_find_row(const struct lwkt_stage_row *rows, unsigned int nrows, const char *name);

/* 0, or a negative errno after a logged line: can these rows be a pipeline? (pipeline_check.c) */
int pipeline_check(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows);

/* The lcore's function. */
int loop_main(void *loop);

/* Main lcore: switch a running loop to mode, and wait until it has. */
void loop_switch(struct lwkt_loop *lo, enum loop_mode mode);

/* Packets have arrived at a stage: count and handle them. */
static inline void
stage_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_count(&st->st_stats.ss_in, n);
	lwkt_stage_count(&st->st_stats.ss_bursts, 1);
	st->st_kind->sk_handle(st, pkts, n);
}

static inline bool
stage_is_source(const struct lwkt_stage *st)
{
	return st->st_kind->sk_poll != NULL;
}

/*
 * Choose the edge's function and the stage's way to end packets. messages: the pipeline's packets
 * are messages.
 */
void stage_wire_edge(struct lwkt_stage *from, struct lwkt_edge *ed, bool messages);
void stage_wire_end(struct lwkt_stage *st, bool messages);

#endif /* LWKT_STAGE_PVT_H */
