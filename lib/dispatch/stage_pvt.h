/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: what pipeline, loop and stage share.
 */
#ifndef LWKT_STAGE_PVT_H
#define LWKT_STAGE_PVT_H

#include <rte_branch_prediction.h>
#include <rte_spinlock.h>

#include <lwkt_transit.h>

#include "lwkt_pipeline.h"

enum loop_mode {
	LOOP_RUN,
	LOOP_DRAIN, /* sources do not poll */
	LOOP_PURGE, /* and packets that wait or are held are freed */
	LOOP_PARK,  /* nothing but transit and control */
	LOOP_STOP,
	LOOP_TIMED, /* as RUN, and the round's time is measured (cycles_pvt.h) */
};

TAILQ_HEAD(rollup_list, lwkt_rollup);

/* A request to a loop's port. lc_func runs on its CPU between two rounds, and replies it. */
struct loop_ctl {
	struct lwkt_msg lc_msg; /* first */
	void (*lc_func)(struct lwkt_loop *lo, struct loop_ctl *ctl);
	enum loop_mode lc_mode;
	void (*lc_user)(void *arg);
	void *lc_arg;
};

/* One CPU's loop. Its CPU alone touches it while it runs, but for what says otherwise. */
struct lwkt_loop {
	/* Constant while it runs. */
	struct lwkt_pipeline *lo_pipeline;
	unsigned int lo_lcore;
	unsigned int lo_index;    /* in the order of the loops */
	unsigned int lo_nearlier; /* inbound wires from loops before this one */
	enum lwkt_idle lo_idle;   /* not INTERRUPT if one of its sources has none */
	int lo_epoll;             /* what wakes its sources; -1: none */
	bool
	    lo_limited; /* its sources may bring in so many packets in all, and no more (window.c) */
	bool lo_looks;  /* it looks now and then while it sleeps */
	bool lo_by_hand;              /* its lcore calls lwkt_pipeline_round() */
	struct lwkt_port *lo_service; /* its CPU's (netisr.c) */
	unsigned int lo_nsources, lo_nfed, lo_nworkers, lo_npurgers;
	struct lwkt_stage **lo_sources; /* stages with sk_poll */
	struct lwkt_stage **lo_fed;     /* with packets on their ports */
	struct lwkt_stage **lo_workers; /* with sk_work */
	struct lwkt_stage **lo_purgers; /* with sk_purge */

	/* Its CPU's. */
	enum loop_mode lo_mode;
	unsigned int lo_answered; /* requests that it has taken */
	unsigned int lo_unpolled; /* packets since it polled; and LWKT_SCHED_READY */
	uint64_t lo_shared;       /* TSC; the last time threads below it were let run */
	unsigned int lo_starved;  /* rounds until it asks for credits again */
	bool lo_busy;             /* the last round had work */
	uint64_t lo_quiet_since;  /* TSC; since then no round had work; 0: not known */
	uint64_t lo_quiet_rounds; /* lo_rounds then */
	unsigned int lo_missed;   /* interrupts, in a row */
	unsigned int lo_nlisted;
	struct lwkt_wire **lo_listed; /* wires with an open vector */
	struct rollup_list lo_rollups;
	struct loop_ctl *lo_rollout;   /* has come to this loop */
	unsigned int lo_nmarked;       /* inbound wires whose mark has come */
	struct loop_cycles *lo_cycles; /* NULL: it was never timed */

	/* Its CPU writes, others look: all relaxed. */
	alignas(64) const struct lwkt_stage *lo_at; /* whose function runs; NULL: none */
	uint64_t lo_beat;                           /* calls of such functions */
	uint64_t lo_rounds;                         /* with work */
	uint64_t lo_busy_cyc;                       /* of rounds with work, up to lo_busy_since */
	uint64_t lo_busy_since;                     /* TSC; 0: it is idle */
	uint64_t lo_start;                          /* TSC */
	uint64_t lo_sleeps;
	int lo_clock;      /* its thread's processor time; 0: not known */
	bool lo_asleep;    /* until something wakes it */
	uint64_t lo_rests; /* rounds without work */

	/* The same; the sources' CPUs look often when they are out of credits. */
	alignas(64) uint64_t lo_ended; /* packets that ended here, less those made here */

	/* The main lcore's: a change of mode that may be under way longer than it is waited for. */
	alignas(64) struct loop_ctl lo_switch;
	struct lwkt_port lo_switched; /* its reply port, which only marks it */

	/* Others write. */
	alignas(64) struct lwkt_port lo_port; /* takes struct loop_ctl */
	unsigned int lo_asked;                /* relaxed: requests that are on their way, or were */
	bool
	    lo_left; /* atomic, E4: it has left, what it wrote is visible; and it has none to run */
};

/*
 * The credits of a pipeline (window.c): what may be brought in. Whoever has the lock moves what has
 * ended since the last look to the tokens, and takes some.
 */
struct window {
	unsigned int wn_size; /* packets; LWKT_WINDOW_NONE */
	unsigned int wn_wanted, wn_credit_limit, wn_nsources;
	alignas(64) rte_spinlock_t wn_lock; /* E15 */
	int64_t wn_tokens;                  /* under the lock; negative: stages have made packets */
	uint64_t wn_ended;                  /* under the lock: what has been seen of lo_ended */
};

struct watchdog;
struct loop_cycles;
struct flows;

struct lwkt_pipeline {
	char pl_name[LWKT_STAGE_NAME];
	STAILQ_ENTRY(lwkt_pipeline) pl_link; /* telemetry.c */
	unsigned int pl_nstages, pl_nloops;
	unsigned int pl_nready; /* stages whose sk_init has succeeded */
	bool pl_running;
	/* Who parks, unparks, rolls out, drains or stops has a turn, one after the other. */
	int pl_turns;           /* atomic, relaxed: who comes takes the next one */
	int pl_turn;            /* atomic (E29), futex: whose turn it is */
	unsigned int pl_parked; /* under the turn: calls of park that were not taken back */
	bool pl_draining;       /* where it goes on after a barrier */
	unsigned int pl_budget_us;
	bool pl_watch;
	bool pl_by_hand;               /* po_rounds */
	struct lwkt_stage **pl_stages; /* in the table's order */
	struct lwkt_loop *pl_loops[RTE_MAX_LCORE];
	struct watchdog *pl_watchdog; /* while it runs */
	uint64_t pl_overruns;         /* relaxed; the watchdog writes */
	struct window pl_window;
	bool pl_limited;
	struct flows *pl_flows; /* flow.c; NULL: no stage spreads flows */
	unsigned int
	    pl_fences; /* atomic, relaxed: under way, and messages of flows; a stop waits */
	alignas(64) int64_t pl_left; /* atomic, relaxed: packets that sources may still bring in */
};

/* A counter of another CPU's. Acquire, so that the reads keep their order. */
static inline uint64_t
stage_stat_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* The row of that name, or -1. (stage_check.c) */
int stage_find_row(const struct lwkt_stage_row *rows, unsigned int nrows, const char *name);

/* 0, or a negative errno after a logged line: can these rows be a pipeline? (pipeline_check.c) */
int pipeline_check(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows);

/* -ENOMEM, after a logged line. (pipeline_check.c) */
int pipeline_no_memory(const struct lwkt_pipeline *pl, const char *what);

/* The stages are wired: their loops. 0 or -ENOMEM. (pipeline_make.c) */
int pipeline_make_loops(struct lwkt_pipeline *pl);

/* Does the output lead to another CPU? */
static inline bool
edge_crosses(const struct lwkt_edge *ed)
{
	return ed->ed_from->st_lcore != ed->ed_to->st_lcore;
}

/* Ports for the flows of the first stage that spreads some; 0 or -ENOMEM. (flow.c) */
int flows_make(struct lwkt_pipeline *pl);

/* The loop of an lcore, or NULL. */
struct lwkt_loop *pipeline_loop(const struct lwkt_pipeline *pl, unsigned int lcore_id);

/* telemetry.c: a pipeline that can be asked about, whole; and one that is about to go. */
void telemetry_add(struct lwkt_pipeline *pl);
void telemetry_remove(struct lwkt_pipeline *pl);

/* The lcore's function. */
int loop_main(void *loop);

/* The calling lcore's loop of the pipeline, if it runs by hand; else NULL. */
struct lwkt_loop *loop_by_hand(const struct lwkt_pipeline *pl);

/* Wait until who controls the pipeline is done; then the caller is the only one (control.c). */
void control_enter(struct lwkt_pipeline *pl);
void control_exit(struct lwkt_pipeline *pl);

/* A CPU's service port, its loops: they take it and give it back, and serve a message of it. */
void netisr_take(struct lwkt_port *port);
void netisr_give(struct lwkt_port *port);
__attribute__((cold)) unsigned int netisr_serve(struct lwkt_port *port);

/* Do its sources poll? */
static inline bool
loop_polls(const struct lwkt_loop *lo)
{
	return lo->lo_mode == LOOP_RUN || lo->lo_mode == LOOP_TIMED;
}

/* One round: the packets, messages and requests that it served. */
unsigned int loop_round(struct lwkt_loop *lo);

/*
 * loop_idle.c. Main lcore, before and after a run: what is needed for this way of idling; 0 or a
 * negative errno after a logged line. The loop's CPU, as it begins and ends; and after a round that
 * found nothing, if the loop sleeps then: what it served meanwhile.
 */
int loop_idle_begin(struct lwkt_loop *lo, enum lwkt_idle idle);
void loop_idle_end(struct lwkt_loop *lo);
void loop_idle_enter(const struct lwkt_loop *lo);
void loop_idle_leave(const struct lwkt_loop *lo);
__attribute__((cold)) unsigned int loop_idle_rest(struct lwkt_loop *lo);

/* Main lcore: switch running loops to mode, and wait until they have (control.c). */
void loops_switch(struct lwkt_pipeline *pl, enum loop_mode mode);
/* Before a loop runs: nothing is asked of it. */
void loop_switch_init(struct lwkt_loop *lo);
/* As loops_switch(), until a time (TSC): 0, or -ETIMEDOUT: a CPU has not answered, and will do it later. */
int loops_switch_until(struct lwkt_pipeline *pl, enum loop_mode mode, uint64_t end_cyc);

/* At the start of a run, and when a source is out of credits: are there some now? */
void window_begin(struct lwkt_pipeline *pl);
__attribute__((cold)) bool window_refill(struct lwkt_loop *lo, struct lwkt_stage *st);
void window_size(struct lwkt_pipeline *pl);

/* A call of sk_poll where the sources may bring in so many packets and no more (window.c). */
__attribute__((cold)) unsigned int limit_poll(struct lwkt_loop *lo, struct lwkt_stage *st);

/* A thread that looks at the loops (watchdog.c). 0 or a negative errno. */
int watchdog_start(struct lwkt_pipeline *pl);
void watchdog_stop(struct lwkt_pipeline *pl);

/* Packets have ended on this CPU, or were made here without a credit. */
static inline void
loop_count_ended(struct lwkt_loop *lo, unsigned int n)
{
	__atomic_store_n(&lo->lo_ended, lo->lo_ended + n, __ATOMIC_RELAXED);
}

static inline void
loop_uncount_ended(struct lwkt_loop *lo, unsigned int n)
{
	__atomic_store_n(&lo->lo_ended, lo->lo_ended - n, __ATOMIC_RELAXED);
}

/* A stage's function begins; returns what ran before, for loop_leave(). */
static inline const struct lwkt_stage *
loop_enter(struct lwkt_loop *lo, const struct lwkt_stage *st)
{
	const struct lwkt_stage *outer = lo->lo_at;

	__atomic_store_n(&lo->lo_at, st, __ATOMIC_RELAXED);
#if LWKT_INVARIANTS
	lwkt_self.se_handler = st->st_name;
#endif
	return outer;
}

static inline void
loop_leave(struct lwkt_loop *lo, const struct lwkt_stage *outer)
{
	__atomic_store_n(&lo->lo_at, outer, __ATOMIC_RELAXED);
#if LWKT_INVARIANTS
	lwkt_self.se_handler = outer != NULL ? outer->st_name : NULL;
#endif
	if (outer == NULL)
		__atomic_store_n(&lo->lo_beat, lo->lo_beat + 1, __ATOMIC_RELAXED);
}

/* Changes as long as the loop goes round; any thread. */
static inline uint64_t
loop_turns(const struct lwkt_loop *lo)
{
	return __atomic_load_n(&lo->lo_beat, __ATOMIC_RELAXED) +
	       __atomic_load_n(&lo->lo_rounds, __ATOMIC_RELAXED) +
	       __atomic_load_n(&lo->lo_rests, __ATOMIC_RELAXED);
}

/* Packets have arrived at a stage: count and handle them. */
static inline void
stage_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct lwkt_stage *outer = loop_enter(st->st_loop, st);

	lwkt_stage_count(&st->st_stats.ss_in, n);
	lwkt_stage_count(&st->st_stats.ss_bursts, 1);
	lwkt_stage_weigh(st, pkts, n);
	st->st_kind->sk_handle(st, pkts, n);
	loop_leave(st->st_loop, outer);
}

/* End packets of the stage: freed, and their credits given back. */
static inline void
stage_end(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	st->st_end(pkts, n, ECANCELED);
	loop_count_ended(st->st_loop, n);
}

static inline bool
stage_is_source(const struct lwkt_stage *st)
{
	return st->st_kind->sk_poll != NULL;
}

/* Packets leave the stage by this output: plain mbufs that have to become messages, or messages
 * that have done their work? */
static inline bool
edge_births(const struct lwkt_edge *ed)
{
	return stage_is_source(ed->ed_from) && ed->ed_to->st_messages;
}

static inline bool
edge_ends_messages(const struct lwkt_edge *ed)
{
	return !stage_is_source(ed->ed_from) && ed->ed_from->st_messages && !ed->ed_to->st_messages;
}

/* The ed_push of an output that stays on its CPU, and the stage's way to end packets. */
void stage_connect(struct lwkt_edge *ed);
void stage_wire_end(struct lwkt_stage *st);

/* Plain mbufs become messages under way, as if somebody had been sent them. */
void stage_birth(struct rte_mbuf **pkts, unsigned int n);

/* Messages that somebody works on end: with EASYNC the packets live on as plain mbufs. */
void stage_end_messages(struct rte_mbuf **pkts, unsigned int n, int error);

#endif /* LWKT_STAGE_PVT_H */
