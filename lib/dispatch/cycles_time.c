/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A timed round (cycles_pvt.h): whose the time is, and how old stamped packets are.
 */
#include <rte_branch_prediction.h>
#include <rte_mbuf_dyn.h>

#include <lwkt_clock.h>

#include "cycles_pvt.h"

struct cycles_stamp cycles_stamp;

/*
 * Time
 */

/* The time since the last reading was the stage's. */
static void
charge(struct lwkt_stage *st)
{
	struct loop_cycles *ly = st->st_loop->lo_cycles;
	uint64_t now = rte_rdtsc(), *cycles = &st->st_cycles->stc_found.sy_cycles;

	__atomic_store_n(cycles, *cycles + now - ly->ly_since, __ATOMIC_RELAXED);
	ly->ly_since = now;
}

static void
count_call(struct lwkt_stage *st, unsigned int n)
{
	struct lwkt_stage_cycles *sy = &st->st_cycles->stc_found;
	unsigned int class = 31 - (unsigned int)__builtin_clz(n);

	lwkt_stage_count(&sy->sy_packets, n);
	lwkt_stage_count(&sy->sy_calls, 1);
	lwkt_stage_count(&sy->sy_bursts[RTE_MIN(class, LWKT_CYCLES_BURSTS - 1u)], 1);
}

/* In the place of an output's own function. */
static void
timed_push(struct lwkt_edge *ed, struct rte_mbuf **pkts, unsigned int n)
{
	struct lwkt_stage *from = ed->ed_from, *to = ed->ed_to;
	bool crosses = edge_crosses(ed);

	charge(from);
	if (!crosses)
		count_call(to, n);
	from->st_cycles->stc_push[ed - from->st_out](ed, pkts, n);
	charge(crosses ? from : to); /* to send is who sends' */
}

void
cycles_begin(struct lwkt_loop *lo)
{
	struct loop_cycles *ly = lo->lo_cycles;

	for (unsigned int i = 0; i < ly->ly_nstages; i++) {
		struct lwkt_stage *st = ly->ly_stage[i];

		if (cycles_stamp.cs_there && stage_is_source(st))
			st->st_looks |= STAGE_STAMPS;
		for (unsigned int o = 0; o < st->st_nouts; o++) {
			st->st_cycles->stc_push[o] = st->st_out[o].ed_push;
			st->st_out[o].ed_push = timed_push;
		}
	}
}

void
cycles_end(struct lwkt_loop *lo)
{
	struct loop_cycles *ly = lo->lo_cycles;

	for (unsigned int i = 0; i < ly->ly_nstages; i++) {
		struct lwkt_stage *st = ly->ly_stage[i];

		st->st_looks &= (uint8_t)~STAGE_STAMPS;
		for (unsigned int o = 0; o < st->st_nouts; o++)
			st->st_out[o].ed_push = st->st_cycles->stc_push[o];
	}
}

void
cycles_leave(struct lwkt_stage *st, unsigned int n, bool came)
{
	if (n == 0)
		return;
	charge(st);
	if (came)
		count_call(st, n);
}

/*
 * Ages
 */

static inline uint64_t *
stamp_of(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, cycles_stamp.cs_field, uint64_t *);
}

unsigned int
cycles_class(uint64_t ns)
{
	unsigned int octave = 63 - (unsigned int)__builtin_clzll(ns | 1), quarter;

	if (octave < 7)
		return 0;
	quarter = (unsigned int)(ns >> (octave - 2)) & 3;
	return RTE_MIN(1 + (octave - 7) * 4 + quarter, LWKT_CYCLES_AGES - 1u);
}

static void
note_age(struct lwkt_stage_cycles *sy, uint64_t cyc)
{
	uint64_t ns = (uint64_t)((double)cyc * 1e9 / (double)rte_get_tsc_hz());

	lwkt_stage_count(&sy->sy_ages[cycles_class(ns)], 1);
	__atomic_store_n(&sy->sy_age_sum_ns, sy->sy_age_sum_ns + ns, __ATOMIC_RELAXED);
	if (likely(ns <= sy->sy_oldest_ns))
		return;
	__atomic_store_n(&sy->sy_oldest_ns, ns, __ATOMIC_RELAXED);
	__atomic_store_n(&sy->sy_oldest_time_ns, lwkt_time_of_day_ns(), __ATOMIC_RELAXED);
}

/* The TSCs of two CPUs may differ by a little: what seems to be of the future is new. */
static void
look_for_stamps(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	uint64_t flags = 0, now;

	for (unsigned int i = 0; i < n; i++)
		flags |= pkts[i]->ol_flags;
	if (likely((flags & cycles_stamp.cs_flag) == 0))
		return;
	now = rte_rdtsc();
	for (unsigned int i = 0; i < n; i++) {
		uint64_t stamp = *stamp_of(pkts[i]);

		if ((pkts[i]->ol_flags & cycles_stamp.cs_flag) == 0)
			continue;
		note_age(&st->st_cycles->stc_found, now > stamp ? now - stamp : 0);
		if (st->st_nouts == 0) /* a device may give the mbuf to another one (net_ring) */
			pkts[i]->ol_flags &= ~cycles_stamp.cs_flag;
	}
}

void
cycles_look(struct lwkt_stage *st, struct rte_mbuf *const *pkts, unsigned int n)
{
	if ((st->st_looks & STAGE_STAMPS) != 0) {
		*stamp_of(pkts[0]) = rte_rdtsc();
		pkts[0]->ol_flags |= cycles_stamp.cs_flag;
	}
	if ((st->st_looks & STAGE_AGES) != 0)
		look_for_stamps(st, pkts, n);
}
