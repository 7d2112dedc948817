/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LWKT threads, and contexts of pthreads, from their making to their end; and a list of all.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_lcore.h>

#include "cpu_pvt.h"

#if FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* td_ended */
enum { LIVES, AWAITED, ENDED };

#define FRAME_WORDS_X86 7 /* six registers and where to return to */
#define FRAME_WORDS_ARM 20

/*
 * Where a stack begins. All stacks lie alike in their pages; if they began alike, many threads would
 * share few places of the caches. So each begins in one of so many lines of its first page. The
 * frames of a wait, about a kilobyte, still are in that page.
 */
#define STACK_COLOURS 48u
#define STACK_LINE    64u

static uintptr_t *
stack_top(const struct lwkt_thread *td)
{
	size_t colour = (uintptr_t)td / sizeof(*td) % STACK_COLOURS;

	if (td->td_stack_bytes < LWKT_STACK_BYTES)
		colour = 0;
	return (uintptr_t *)(void *)(td->td_stack + td->td_stack_bytes - colour * STACK_LINE);
}

/* As if lwkt_context_switch() had been called at the beginning of lwkt_context_start(). */
static void
context_make(struct lwkt_thread *td)
{
	uintptr_t *top = stack_top(td);
#if defined(__x86_64__)
	uintptr_t *sp = top - FRAME_WORDS_X86;

	memset(sp, 0, FRAME_WORDS_X86 * sizeof(*sp));
	sp[4] = (uintptr_t)td; /* rbx */
	sp[6] = (uintptr_t)lwkt_context_start;
#elif defined(__aarch64__)
	uintptr_t *sp = top - FRAME_WORDS_ARM;

	memset(sp, 0, FRAME_WORDS_ARM * sizeof(*sp));
	sp[0] = (uintptr_t)td;                  /* x19 */
	sp[11] = (uintptr_t)lwkt_context_start; /* x30 */
#else
#error "no context switch for this architecture: write switch_<arch>.S"
#endif
	td->td_sp = sp;
#if FIBER_TSAN
	td->td_fiber = __tsan_create_fiber(0);
	__tsan_set_fiber_name(td->td_fiber, td->td_name);
#endif
}

static struct lwkt_cpu *
create_cpu(int cpu)
{
	if (cpu == -1)
		return lwkt_self.se_cpu;
	return cpu >= 0 && cpu < RTE_MAX_LCORE ? cpus[cpu] : NULL;
}

int
lwkt_create(void (*func)(void *arg), void *arg, struct lwkt_thread **tdp, struct lwkt_thread *tmpl,
    int tdflags, int cpu, const char *fmt, ...)
{
	struct lwkt_cpu *gd = create_cpu(cpu);
	char name[LWKT_THREAD_NAME_BYTES];
	struct lwkt_thread *td;
	va_list ap;

	if (gd == NULL || func == NULL)
		return EINVAL;
	td = pool_get(gd, tmpl != NULL ? tmpl->td_stack_bytes : LWKT_STACK_BYTES);
	if (td == NULL)
		return ENOMEM;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	td->td_kind = LWKT_THREAD_LIGHT;
	td->td_pri = tmpl != NULL ? tmpl->td_pri : LWKT_PRI_DEFAULT;
	td->td_home = gd->gd_cpuid;
	td->td_func = func;
	td->td_arg = arg;
	td->td_refs = tdp != NULL ? 2 : 1; /* one is its own */
	td->td_state = LWKT_THREAD_WAITING;
	thread_init(td, gd->gd_cpuid, name);
	context_make(td);
	rte_spinlock_lock(&gd->gd_pool.po_lock); /* E26 */
	TAILQ_INSERT_TAIL(&gd->gd_pool.po_all, td, td_all);
	rte_spinlock_unlock(&gd->gd_pool.po_lock); /* E26 */
	if (tdp != NULL)
		*tdp = td;
	if (!(tdflags & TDF_NOSTART))
		sched_kick(td);
	return 0;
}

void
lwkt_thread_template(struct lwkt_thread *td, unsigned int pri, size_t stack_bytes)
{
	memset(td, 0, sizeof(*td));
	td->td_pri = (uint8_t)RTE_MIN(pri, (unsigned int)LWKT_PRI_MAX);
	td->td_stack_bytes = stack_bytes != 0 ? stack_bytes : LWKT_STACK_BYTES;
}

/*
 * The end
 */

/* Its stack has been left, so it may be used again, and who joins may go on. */
static void
thread_left(void *arg)
{
	struct lwkt_thread *td = arg;

#if FIBER_TSAN
	__tsan_destroy_fiber(td->td_fiber);
#endif
	pool_put_stack(cpus[td->td_home], td);
	if (__atomic_exchange_n(&td->td_ended, ENDED, __ATOMIC_ACQ_REL) == AWAITED) /* E25 */
		lwkt_futex_wake(&td->td_ended);
	lwkt_rele(td);
}

void
lwkt_exit(void)
{
	struct lwkt_thread *td = lwkt_self.se_td;

	if (lwkt_self.se_cpu == NULL || td->td_kind != LWKT_THREAD_LIGHT)
		lwkt_panic("lwkt_exit: the caller is no LWKT thread but %s",
		    lwkt_self.se_cpu != NULL ? "a CPU's own context" : "a pthread");
	lwkt_sched_require("lwkt_exit");
	sleepq_forget(td); /* an interlock that no sleep has followed */
	if (upcalls != NULL && upcalls->up_thread_exit != NULL)
		upcalls->up_thread_exit(td);
	sched_leave(thread_left);
}

void
lwkt_migratecpu(int cpuid)
{
	struct lwkt_cpu *to = cpuid >= 0 && cpuid < RTE_MAX_LCORE ? cpus[cpuid] : NULL;
	struct lwkt_thread *td = lwkt_self.se_td;

	if (lwkt_self.se_cpu == NULL || td->td_kind != LWKT_THREAD_LIGHT)
		lwkt_panic("lwkt_migratecpu: the caller is no LWKT thread but %s",
		    lwkt_self.se_cpu != NULL ? "a CPU's own context" : "a pthread");
	if (to == NULL)
		lwkt_panic("lwkt_migratecpu: thread %s: %d is no CPU; give an lcore that "
		           "lwkt_init() found",
		    td->td_name, cpuid);
	lwkt_sched_require("lwkt_migratecpu");
	if (to == lwkt_self.se_cpu)
		return;
	sleepq_forget(td); /* an interlock that no sleep has followed */
	if (upcalls != NULL && upcalls->up_thread_moves != NULL)
		upcalls->up_thread_moves(td, (unsigned int)cpuid);
	sched_move(to);
}

void
lwkt_thread_main(struct lwkt_thread *td, void *arg)
{
	sched_begin(td, arg);
	td->td_func(td->td_arg);
	lwkt_exit();
}

static void
join_wait(struct lwkt_thread *td)
{
	int word;

	lwkt_may_wait("lwkt_join");
	while ((word = __atomic_load_n(&td->td_ended, __ATOMIC_ACQUIRE)) != ENDED) { /* E25 */
		if (!lwkt_sleeps())
			lwkt_transit_wait();
		else if (word == AWAITED || __atomic_compare_exchange_n(&td->td_ended, &word,
		                                AWAITED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			lwkt_futex_wait(&td->td_ended, AWAITED, false);
	}
}

int
lwkt_join(struct lwkt_thread *td)
{
	if (td == lwkt_self.se_td)
		lwkt_panic("lwkt_join: thread %s waits for its own end", td->td_name);
	if (td->td_kind != LWKT_THREAD_LIGHT)
		return -EINVAL;
	join_wait(td);
	lwkt_rele(td);
	return 0;
}

/*
 * Attached pthreads
 */

int
lwkt_attach(const char *name)
{
	struct lwkt_thread *td;

	if (name == NULL || lwkt_self.se_cpu != NULL)
		return -EINVAL;
	if (lwkt_self.se_td != NULL)
		return -EALREADY;
	td = aligned_alloc(alignof(struct lwkt_thread), sizeof(*td));
	if (td == NULL)
		return -ENOMEM;
	memset(td, 0, sizeof(*td));
	td->td_kind = LWKT_THREAD_PTHREAD;
	thread_init(td, LWKT_CPU_NONE, name);
	lwkt_self.se_td = td;
	return 0;
}

void
lwkt_detach(void)
{
	if (lwkt_self.se_cpu != NULL || lwkt_self.se_td == NULL)
		return;
	sleepq_forget(lwkt_self.se_td);
	free(lwkt_self.se_td);
	lwkt_self.se_td = NULL;
}

/*
 * All of them
 */

static void
tell(const struct lwkt_thread *td, void (*fn)(const struct lwkt_thread_info *, void *), void *arg)
{
	struct lwkt_thread_info ti = {
	    .ti_thread = td,
	    .ti_cpuid = lwkt_thread_cpuid(td),
	    .ti_pri = __atomic_load_n(&td->td_pri, __ATOMIC_RELAXED),
	    .ti_state = (enum lwkt_thread_state)__atomic_load_n(&td->td_state, __ATOMIC_RELAXED),
	    .ti_wmesg = __atomic_load_n(&td->td_wmesg, __ATOMIC_RELAXED),
	    .ti_stack_bytes = td->td_kind == LWKT_THREAD_LIGHT ? td->td_stack_bytes : 0,
	};

	memcpy(ti.ti_name, td->td_name, sizeof(ti.ti_name));
	fn(&ti, arg);
}

int
lwkt_thread_foreach(void (*fn)(const struct lwkt_thread_info *, void *), void *arg)
{
	const struct lwkt_thread *td;
	unsigned int lcore_id;
	int n = 0;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		struct lwkt_cpu *cpu = cpus[lcore_id];

		if (cpu == NULL)
			continue;
		tell(&cpu->gd_thread, fn, arg);
		n++;
		rte_spinlock_lock(&cpu->gd_pool.po_lock); /* E26 */
		TAILQ_FOREACH (td, &cpu->gd_pool.po_all, td_all) {
			tell(td, fn, arg);
			n++;
		}
		rte_spinlock_unlock(&cpu->gd_pool.po_lock); /* E26 */
	}
	return n;
}
