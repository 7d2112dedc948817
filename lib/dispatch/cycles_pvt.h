/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: rounds that are timed (lwkt_cycles.h). cycles.c is who turns them on and who
 * reads; cycles_time.c is what happens in one.
 *
 *      rollup: the round had packets, every n-th ──▶ lo_mode = LOOP_TIMED ──▶ the next round
 *      cycles_begin(): outputs are exchanged · cycles_enter(), cycles_leave() around each stage that
 *      the loop calls · cycles_end(): as it was
 */
#ifndef LWKT_CYCLES_PVT_H
#define LWKT_CYCLES_PVT_H

#include <rte_cycles.h>

#include "lwkt_cycles.h"
#include "stage_pvt.h"

/* Of a stage's st_looks, next to those of tap_pvt.h. */
#define STAGE_STAMPS 4 /* a source, in a timed round */
#define STAGE_AGES   8 /* it looks for stamps */

/* Of a stage, made with the first call of lwkt_pipeline_cycles(). Its CPU's. */
struct stage_cycles {
	struct lwkt_stage_cycles stc_found; /* relaxed */
	/* What the outputs are outside of timed rounds. */
	void (*stc_push[LWKT_STAGE_OUTS])(
	    struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n);
};

/* Of a loop, the same. */
struct loop_cycles {
	struct lwkt_rollup ly_rollup;
	bool ly_on;
	unsigned int ly_every, ly_left; /* rounds with packets to the next timed one */
	uint64_t ly_since;              /* TSC: the time before is somebody's already */
	unsigned int ly_nstages;
	struct lwkt_stage *ly_stage[]; /* those of its CPU */
};

/* Where a stamp is in an mbuf; constant while rounds are timed. */
struct cycles_stamp {
	bool cs_there;
	uint64_t cs_flag;
	int cs_field;
};
extern struct cycles_stamp cycles_stamp;

__attribute__((cold)) void cycles_begin(struct lwkt_loop *lo);
__attribute__((cold)) void cycles_end(struct lwkt_loop *lo);
/* The stage's function has been called, and n packets came by that; to it, or to others only. */
__attribute__((cold)) void cycles_leave(struct lwkt_stage *st, unsigned int n, bool came);

static inline void
cycles_enter(struct lwkt_loop *lo)
{
	lo->lo_cycles->ly_since = rte_rdtsc();
}

/* What comes in to a stage that has one of the bits above. */
__attribute__((cold)) void cycles_look(
    struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n);

/* Which class of sy_ages. */
unsigned int cycles_class(uint64_t ns);

#endif /* LWKT_CYCLES_PVT_H */
