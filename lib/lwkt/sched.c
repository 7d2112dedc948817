/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scheduler of a CPU.
 *
 *      running ──block──▶ waiting ──ready──▶ runnable: 32 queues, a bit mask ──▶ running
 *         └────yield, switch────────────────────▲
 *
 * All of it is done by the CPU's own thread, so there is no lock. What another CPU wants (wake this
 * one) comes by transit. The CPU's own context is a thread among others, and the one that runs when
 * no other can: then it serves transit, whatever it waits for itself.
 *
 * A thread that waits for something that nobody announces (a CPU's own context does in most calls)
 * looks itself: sched_turn(). So that it does not keep others from running, it goes behind those
 * that can run, at their level.
 */
#include <sched.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "cpu_pvt.h"

#if FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#elif FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define FRAME_LINES 5  /* of a stack: what a thread that waits has in use, mostly */
#define SERVE_EVERY 64 /* switches between two polls while always somebody can run; 2^n */

void
sched_init(struct lwkt_cpu *cpu)
{
	for (unsigned int i = 0; i <= LWKT_PRI_MAX; i++)
		TAILQ_INIT(&cpu->gd_sched.sc_queue[i]);
	cpu->gd_sched.sc_told = &cpu->gd_sched.sc_nobody;
	wheel_init(&cpu->gd_wheel);
	pool_init(&cpu->gd_pool);
}

/*
 * Where one may not switch (L105). What runs inside transit, or as a receipt, is named by
 * se_callback; a poll that is under way, by the batch.
 */
static inline bool
may_switch(const struct lwkt_cpu *cpu)
{
	return lwkt_self.se_callback == NULL && cpu->gd_batch.ba_depth == 0;
}

void
lwkt_sched_require(const char *call)
{
	if (unlikely(lwkt_self.se_handler != NULL))
		lwkt_panic("%s: stage %s on CPU %u calls it in its handler, which must not wait; "
		           "send the message and let the reply come to a port",
		    call, lwkt_self.se_handler, lwkt_self.se_cpuid);
	if (unlikely(lwkt_self.se_cpu != NULL && !may_switch(lwkt_self.se_cpu)))
		lwkt_panic(
		    "%s: the transit callback or receipt %p on CPU %u calls it, and must not wait; "
		    "let it wake a thread that does",
		    call, lwkt_self.se_callback, lwkt_self.se_cpuid);
}

/*
 * The run queues
 */

static inline void
set_state(struct lwkt_thread *td, enum lwkt_thread_state state)
{
	__atomic_store_n(&td->td_state, (uint8_t)state, __ATOMIC_RELAXED);
}

static inline void
runq_add(struct sched *sc, struct lwkt_thread *td, unsigned int level, bool first)
{
	set_state(td, LWKT_THREAD_RUNNABLE);
	td->td_level = (uint8_t)level;
	if (first)
		TAILQ_INSERT_HEAD(&sc->sc_queue[level], td, td_runq);
	else
		TAILQ_INSERT_TAIL(&sc->sc_queue[level], td, td_runq);
	sc->sc_mask |= 1u << level;
}

static inline void
runq_remove(struct sched *sc, struct lwkt_thread *td)
{
	TAILQ_REMOVE(&sc->sc_queue[td->td_level], td, td_runq);
	if (TAILQ_EMPTY(&sc->sc_queue[td->td_level]))
		sc->sc_mask &= ~(1u << td->td_level);
}

static inline unsigned int
runq_level(const struct sched *sc)
{
	return 31 - (unsigned int)__builtin_clz(sc->sc_mask);
}

/*
 * Where many can run, what one of them needs has left the nearest cache by its turn. So while one
 * runs, the frames of the next one's wait are sent for, and of the one behind it the lines by which
 * its frames are found.
 */
static inline void
fetch_frames(const struct lwkt_thread *td)
{
	const char *frames = td->td_sp;

	for (unsigned int i = 0; i < FRAME_LINES; i++)
		rte_prefetch0(frames + (size_t)i * RTE_CACHE_LINE_SIZE);
}

static inline void
fetch_next(const struct lwkt_thread *next)
{
	const char *after;

	if (next == NULL)
		return;
	fetch_frames(next);
	after = (const char *)TAILQ_NEXT(next, td_runq);
	rte_prefetch0(after + offsetof(struct lwkt_thread, td_state));
	rte_prefetch0(after + offsetof(struct lwkt_port, mp_msgq));
}

/* Whose turn it is, taken off; NULL: nobody's. */
static inline struct lwkt_thread *
runq_take(struct sched *sc)
{
	struct lwkt_thread *td;

	if (unlikely(sc->sc_mask == 0))
		return NULL;
	td = TAILQ_FIRST(&sc->sc_queue[runq_level(sc)]);
	fetch_next(TAILQ_NEXT(td, td_runq));
	runq_remove(sc, td);
	set_state(td, LWKT_THREAD_RUNNING);
	return td;
}

/* The first one of td's queue, which is not empty, runs, and td is its last one: the mask stays. */
static inline struct lwkt_thread *
runq_turn(struct sched *sc, struct lwkt_thread *td)
{
	struct thread_queue *queue = &sc->sc_queue[td->td_pri];
	struct lwkt_thread *first = TAILQ_FIRST(queue);

	set_state(td, LWKT_THREAD_RUNNABLE);
	td->td_level = td->td_pri;
	TAILQ_INSERT_TAIL(queue, td, td_runq);
	TAILQ_REMOVE(queue, first, td_runq);
	set_state(first, LWKT_THREAD_RUNNING);
	return first;
}

/*
 * Switching, with what the sanitizers want to know
 */

static inline void
switch_announce(struct lwkt_thread *from, const struct lwkt_thread *to)
{
#if FIBER_ASAN
	bool ends = from->td_state == LWKT_THREAD_ENDED; /* then its fake stack is freed */

	__sanitizer_start_switch_fiber(
	    ends ? NULL : &from->td_fake_stack, to->td_stack, to->td_stack_bytes);
#elif FIBER_TSAN
	if (from->td_kind == LWKT_THREAD_CPU)
		from->td_fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(to->td_fiber, 0);
#endif
	(void)from;
	(void)to;
}

/* On the stack of td; from: whose was left. */
static inline void
switch_arrived(struct lwkt_thread *td, struct lwkt_cpu *cpu)
{
	struct lwkt_thread *left = cpu->gd_sched.sc_left;
#if FIBER_ASAN
	const void *stack;
	size_t bytes;

	__sanitizer_finish_switch_fiber(td->td_fake_stack, &stack, &bytes);
	if (td->td_kind != LWKT_THREAD_CPU && cpu->gd_thread.td_stack == NULL) {
		/* The first switch on this CPU comes from its own context. */
		cpu->gd_thread.td_stack = (char *)(uintptr_t)stack;
		cpu->gd_thread.td_stack_bytes = bytes;
	}
#endif
	(void)td;
	if (unlikely(left != NULL)) {
		cpu->gd_sched.sc_left = NULL;
		left->td_func(left); /* nothing runs on its stack any more */
	}
}

static inline void
switch_to(struct lwkt_cpu *cpu, struct lwkt_thread *from, struct lwkt_thread *to)
{
	lwkt_self.se_td = to;
	lwkt_self.se_waits = to->td_waits;
	switch_announce(from, to);
	/* The CPU is another one afterwards, if the thread has moved. */
	cpu = lwkt_context_switch(&from->td_sp, to->td_sp, cpu);
	switch_arrived(from, cpu);
}

/* Serve transit; true if something came. */
static inline bool
sched_serve(void)
{
	lwkt_flush();
	return lwkt_poll() > 0;
}

/* The CPU's own context waits, or has descheduled itself: it runs the others, and serves transit. */
static void
own_wait(struct lwkt_cpu *cpu, struct lwkt_thread *own)
{
	unsigned int idle = 0;

	while (own->td_state != LWKT_THREAD_RUNNING) {
		struct lwkt_thread *to = runq_take(&cpu->gd_sched);

		if (to == own)
			return;
		if (to != NULL) {
			switch_to(cpu, own, to);
			idle = 0;
		} else if (!sched_serve() && ++idle >= LWKT_BUSY_TURNS) {
			rte_pause();
		}
	}
}

/* Run whose turn it is. The caller waits, or is on a run queue. */
static inline void
sched_next(struct lwkt_cpu *cpu, struct lwkt_thread *from)
{
	struct lwkt_thread *to;

	if (unlikely(from->td_kind == LWKT_THREAD_CPU)) {
		own_wait(cpu, from);
		return;
	}
	if (unlikely((++cpu->gd_sched.sc_switches & (SERVE_EVERY - 1)) == 0))
		sched_serve();
	to = runq_take(&cpu->gd_sched);
	if (unlikely(to == NULL)) /* it serves transit */
		to = &cpu->gd_thread;
	if (likely(to != from))
		switch_to(cpu, from, to);
}

static void
wake_late(void *arg)
{
	lwkt_thread_ready(arg);
}

void
lwkt_thread_block(const char *wmesg)
{
	struct lwkt_thread *td = lwkt_self.se_td;
	bool timed = td->td_until != 0;

	if (unlikely(!may_switch(lwkt_self.se_cpu)))
		lwkt_sched_require(wmesg);
	__atomic_store_n(&td->td_wmesg, wmesg, __ATOMIC_RELAXED);
	if (unlikely(timed)) {
		td->td_late.co_fn = wake_late;
		td->td_late.co_arg = td;
		callout_arm(lwkt_self.se_cpu, &td->td_late, td->td_until);
	}
	set_state(td, LWKT_THREAD_WAITING);
	sched_next(lwkt_self.se_cpu, td);
	if (unlikely(timed) && td->td_late.co_armed) /* here: who waits stays on its CPU */
		callout_disarm(&lwkt_self.se_cpu->gd_wheel, &td->td_late);
	__atomic_store_n(&td->td_wmesg, NULL, __ATOMIC_RELAXED);
}

bool
lwkt_sched_turn(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct lwkt_thread *td = lwkt_self.se_td;
	struct sched *sc;

	if (likely(cpu == NULL || cpu->gd_sched.sc_mask == 0) || !may_switch(cpu))
		return false;
	sc = &cpu->gd_sched;
	runq_add(sc, td, runq_level(sc), false);
	sched_next(cpu, td);
	return true;
}

void
lwkt_sched_tell(unsigned int *word)
{
	struct sched *sc = &this_cpu("lwkt_sched_tell")->gd_sched;

	sc->sc_told = word != NULL ? word : &sc->sc_nobody;
	if (sc->sc_mask != 0)
		*sc->sc_told |= LWKT_SCHED_READY;
}

/* The first of the highest level below pri, where there is somebody, taken off. */
static struct lwkt_thread *
runq_take_below(struct sched *sc, unsigned int pri)
{
	unsigned int level = 31 - (unsigned int)__builtin_clz(sc->sc_mask & ((1u << pri) - 1));
	struct lwkt_thread *td = TAILQ_FIRST(&sc->sc_queue[level]);

	runq_remove(sc, td);
	set_state(td, LWKT_THREAD_RUNNING);
	return td;
}

bool
lwkt_sched_share(bool below, bool *ran)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_sched_share");
	struct lwkt_thread *td = lwkt_self.se_td;
	struct sched *sc = &cpu->gd_sched;

	*ran = false;
	if (sc->sc_mask >> td->td_pri != 0) {
		*ran = true;
		runq_add(sc, td, td->td_pri, false);
		sched_next(cpu, td);
	}
	if (below && (sc->sc_mask & ((1u << td->td_pri) - 1)) != 0) {
		struct lwkt_thread *to = runq_take_below(sc, td->td_pri);

		*ran = true;
		runq_add(sc, td, td->td_pri, true); /* its equals have had their turn */
		switch_to(cpu, td, to);
	}
	return sc->sc_mask != 0;
}

void
lwkt_yield(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct lwkt_thread *td = lwkt_self.se_td;
	struct sched *sc;
	uint32_t above;

	if (unlikely(cpu == NULL)) {
		sched_yield();
		return;
	}
	sc = &cpu->gd_sched;
	if (unlikely(!may_switch(cpu) || (LWKT_INVARIANTS && lwkt_self.se_handler != NULL)))
		lwkt_sched_require("lwkt_yield");
	if (unlikely(sc->sc_mask == 0 || (++sc->sc_switches & (SERVE_EVERY - 1)) == 0))
		sched_serve();
	above = sc->sc_mask >> td->td_pri;
	if (likely(above == 1)) { /* the next one is an equal */
		switch_to(cpu, td, runq_turn(sc, td));
	} else if (above != 0) {
		runq_add(sc, td, td->td_pri, false);
		sched_next(cpu, td);
	}
}

void
lwkt_switch(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct lwkt_thread *td = lwkt_self.se_td;

	if (unlikely(cpu == NULL))
		return;
	lwkt_sched_require("lwkt_switch");
	if (td->td_state == LWKT_THREAD_RUNNING)
		runq_add(&cpu->gd_sched, td, td->td_pri, true);
	sched_next(cpu, td);
}

void
lwkt_deschedule_self(void)
{
	lwkt_sched_require("lwkt_deschedule_self");
	this_cpu("lwkt_deschedule_self");
	set_state(lwkt_self.se_td, LWKT_THREAD_WAITING);
}

/* Whoever runs next calls left(td), on another stack. */
static inline void
leave_stack(struct lwkt_thread *td, void (*left)(void *td))
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	td->td_func = left;
	cpu->gd_sched.sc_left = td;
	sched_next(cpu, td);
}

void
sched_leave(void (*left)(void *td))
{
	struct lwkt_thread *td = lwkt_self.se_td;

	set_state(td, LWKT_THREAD_ENDED);
	leave_stack(td, left);
	lwkt_panic("lwkt_exit: thread %s runs on after its end", td->td_name);
}

/*
 * Its stack has been left: from here on it is the other CPU's. A kick that is under way follows it
 * there; else this one makes it run.
 */
static void
thread_moves(void *arg)
{
	struct lwkt_thread *td = arg;

	set_state(td, LWKT_THREAD_WAITING);
	__atomic_store_n(&td->td_cpuid, td->td_goes, __ATOMIC_RELEASE); /* E24 */
	sched_kick(td);
}

/* Until it has gone its state says that it runs, so a kick that comes meanwhile does nothing. */
void
sched_move(struct lwkt_cpu *to)
{
	struct lwkt_thread *td = lwkt_self.se_td;

	td->td_goes = to->gd_cpuid;
	leave_stack(td, thread_moves);
	if (unlikely(to->gd_pool.po_sigstack == NULL))
		stack_watch(to);
}

void
sched_begin(struct lwkt_thread *td, struct lwkt_cpu *cpu)
{
	switch_arrived(td, cpu);
	if (unlikely(cpu->gd_pool.po_sigstack == NULL))
		stack_watch(cpu);
}

/*
 * Waking
 */

void
lwkt_thread_ready(struct lwkt_thread *td)
{
	struct sched *sc = &lwkt_self.se_cpu->gd_sched;

	if (td->td_state != LWKT_THREAD_WAITING)
		return;
	if (sc->sc_mask == 0) /* it is next; others are sent for while the one before them runs */
		fetch_frames(td);
	runq_add(sc, td, td->td_pri, false);
	*sc->sc_told |= LWKT_SCHED_READY;
}

/* On the CPU where it was when it was kicked, or later. */
static void
kick_arrived(struct lwkt_note *note)
{
	struct lwkt_thread *td =
	    (struct lwkt_thread *)((char *)note - offsetof(struct lwkt_thread, td_kick));
	unsigned int cpuid = __atomic_load_n(&td->td_cpuid, __ATOMIC_RELAXED);

	if (unlikely(cpuid != lwkt_self.se_cpuid)) { /* it has moved: follow it */
		lwkt_transit_note(cpuid, note);
		return;
	}
	__atomic_exchange_n(&td->td_kicked, 0, __ATOMIC_ACQ_REL); /* E24 */
	lwkt_thread_ready(td);
	lwkt_rele(td);
}

/*
 * One kick at a time is under way. Whoever finds one knows that the thread will look after it has
 * arrived, and then sees what was written before this exchange.
 */
void
sched_kick(struct lwkt_thread *td)
{
	unsigned int cpuid = __atomic_load_n(&td->td_cpuid, __ATOMIC_ACQUIRE); /* E24 */

	if (cpuid == lwkt_self.se_cpuid) {
		lwkt_thread_ready(td);
		return;
	}
	lwkt_hold(td);
	if (__atomic_exchange_n(&td->td_kicked, 1, __ATOMIC_ACQ_REL) != 0) { /* E24 */
		lwkt_rele(td);
		return;
	}
	td->td_kick.no_func = kick_arrived;
	lwkt_transit_note(cpuid, &td->td_kick);
}

void
lwkt_schedule(struct lwkt_thread *td)
{
	if (td->td_kind != LWKT_THREAD_PTHREAD)
		sched_kick(td);
}

/*
 * Priorities
 */

void
lwkt_setpri(struct lwkt_thread *td, int pri)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_setpri");
	struct sched *sc = &cpu->gd_sched;

	if (lwkt_thread_cpuid(td) != cpu->gd_cpuid)
		lwkt_panic("lwkt_setpri: thread %s is not on the calling CPU %u", td->td_name,
		    cpu->gd_cpuid);
	pri = RTE_MIN(RTE_MAX(pri, 0), LWKT_PRI_MAX);
	__atomic_store_n(&td->td_pri, (uint8_t)pri, __ATOMIC_RELAXED);
	if (td->td_state == LWKT_THREAD_RUNNABLE) {
		runq_remove(sc, td);
		runq_add(sc, td, (unsigned int)pri, false);
	}
}

void
lwkt_setpri_self(int pri)
{
	lwkt_setpri(lwkt_self.se_td, pri);
}
