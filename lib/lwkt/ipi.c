/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPIs: functions that run on other CPUs, and bringing CPUs to a known point.
 */

#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_pause.h>

#include "ipicall_pvt.h"
#include "transit_pvt.h"

/*
 * FUNCTIONS
 *
 * A function has no link to spill through, so each pair has a few slots for them; the item in the
 * ring is the slot's address. Two indices come back: read, which frees the slot, and done, which a
 * waiter waits for. done follows only when no callback of that sender is left unfinished below on
 * the stack (contract I76).
 */

/*
 * One turn of a wait for a CPU: serves transit; says once a second whom it waits for (I75). Others
 * run meanwhile but for a wait for room, which may be in a stage's handler.
 */
static void
wait_a_little(struct lwkt_patience *pa, unsigned int lcore_id, const char *call, bool switches)
{
	if (lwkt_poll() > 0)
		return;
	if (switches && lwkt_sched_turn())
		return;
	rte_pause();
	if (unlikely(lwkt_patience_due(pa)))
		lwkt_patience_report(pa, lcore_id, call,
		    "CPU %u, which does not serve its transit; its loop must call lwkt_poll()",
		    lcore_id);
}

static uint64_t
send(const char *call, unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg, bool lazy)
{
	struct lwkt_cpu *cpu = this_cpu(call);
	struct lwkt_patience pa = {0};
	struct ipiq_call *slot;
	struct ipiq_out *out;
	uint64_t seq;

	if (lcore_id == cpu->gd_cpuid) {
		fn(arg);
		return 0;
	}
	out = lcore_id < RTE_MAX_LCORE ? cpu->gd_out[lcore_id] : NULL;
	if (out == NULL)
		lwkt_panic("%s: lcore %u is no CPU", call, lcore_id);
	while (out->io_call_seq - __atomic_load_n(&out->io_to->ii_call_read, __ATOMIC_ACQUIRE) >=
	       CALLS_MAX) {
		lwkt_flush();
		wait_a_little(&pa, lcore_id, call, false);
	}
	lwkt_patience_end(&pa);
	seq = out->io_call_seq + 1;
	__atomic_store_n(&out->io_call_seq, seq, __ATOMIC_RELAXED);
	slot = &out->io_calls[seq % CALLS_MAX];
	slot->ic_func = fn;
	slot->ic_arg = arg;
	ipiq_odd(out);
	ipiq_send(cpu, out, (lwkt_item_t)slot | LWKT_ITEM_CALL, lazy);
	return seq;
}

uint64_t
lwkt_send_ipiq(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg)
{
	return send("lwkt_send_ipiq", lcore_id, fn, arg, false);
}

uint64_t
lwkt_send_ipiq_passive(unsigned int lcore_id, lwkt_ipifunc_t fn, void *arg)
{
	return send("lwkt_send_ipiq_passive", lcore_id, fn, arg, true);
}

unsigned int
lwkt_send_ipiq_mask(const struct lwkt_cpumask *mask, lwkt_ipifunc_t fn, void *arg)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_send_ipiq_mask");
	unsigned int lcore_id, n = 0;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		if (cpu->gd_out[lcore_id] == NULL || !lwkt_cpumask_test(mask, lcore_id))
			continue;
		lwkt_send_ipiq(lcore_id, fn, arg);
		n++;
	}
	if (lwkt_cpumask_test(mask, cpu->gd_cpuid)) {
		fn(arg);
		n++;
	}
	return n;
}

/*
 * Waiting
 */

static void
wait_done(const struct ipiq_out *out, unsigned int lcore_id, uint64_t seq, const char *call)
{
	struct lwkt_patience pa = {0};

	lwkt_flush();
	while (__atomic_load_n(&out->io_to->ii_call_done, __ATOMIC_ACQUIRE) < seq) /* E6 */
		wait_a_little(&pa, lcore_id, call, true);
	lwkt_patience_end(&pa);
}

int
lwkt_wait_ipiq(unsigned int lcore_id, uint64_t seq)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_wait_ipiq");

	lwkt_may_wait("lwkt_wait_ipiq");
	if (lwkt_cpu_thread(lcore_id) == NULL)
		return -EINVAL;
	if (lcore_id != cpu->gd_cpuid)
		wait_done(cpu->gd_out[lcore_id], lcore_id, seq, "lwkt_wait_ipiq");
	return 0;
}

void
lwkt_synchronize_ipiqs(void)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_synchronize_ipiqs");
	unsigned int lcore_id;

	lwkt_may_wait("lwkt_synchronize_ipiqs");
	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (cpu->gd_out[lcore_id] != NULL)
			wait_done(cpu->gd_out[lcore_id], lcore_id,
			    cpu->gd_out[lcore_id]->io_call_seq, "lwkt_synchronize_ipiqs");
	calls_synchronize(cpu, "lwkt_synchronize_ipiqs");
}

/*
 * CPUSYNC
 *
 * One master at a time (a lock that is waited for while serving transit, so the loser can be parked
 * by the winner): two that each park the other would never get on.
 */

static unsigned int master; /* atomic (E7): lcore id + 1 of the CPU that has an interlock */
static const struct lwkt_thread *master_td; /* which of its threads; only that CPU reads it */

void
lwkt_cpumask_all(struct lwkt_cpumask *mask)
{
	unsigned int lcore_id;

	*mask = (struct lwkt_cpumask){0};
	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (cpus[lcore_id] != NULL)
			lwkt_cpumask_set(mask, lcore_id);
}

static void
become_master(unsigned int cpuid)
{
	unsigned int nobody = 0, other;
	struct lwkt_patience pa = {0};

	if (__atomic_load_n(&master, __ATOMIC_RELAXED) == cpuid + 1 && master_td == lwkt_self.se_td)
		lwkt_panic(
		    "lwkt_cpusync_interlock: CPU %u has an interlock already; end that first",
		    cpuid);
	while (!__atomic_compare_exchange_n(
	    &master, &nobody, cpuid + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) { /* E7 */
		other = nobody - 1;
		nobody = 0;
		lwkt_transit_wait();
		if (unlikely(lwkt_patience_due(&pa)))
			lwkt_patience_report(&pa, other != cpuid ? other : LWKT_CPU_NONE,
			    "lwkt_cpusync_interlock", "CPU %u to end its interlock", other);
	}
	lwkt_patience_end(&pa);
	master_td = lwkt_self.se_td;
}

static void
cpusync_run(const struct lwkt_cpusync *cs)
{
	if (cs->cs_func != NULL)
		cs->cs_func(cs->cs_data);
}

/* On each CPU that is to stop: say so, and serve transit until told to go on. */
static void
park_remote(void *arg)
{
	unsigned int parker = __atomic_load_n(&master, __ATOMIC_RELAXED) - 1;
	struct lwkt_cpusync *cs = arg;
	struct lwkt_patience pa = {0};

	__atomic_fetch_add(&cs->cs_parked, 1, __ATOMIC_RELEASE); /* E7 */
	while (!__atomic_load_n(&cs->cs_go, __ATOMIC_ACQUIRE)) { /* E7 */
		lwkt_transit_wait();
		if (unlikely(lwkt_patience_due(&pa)))
			lwkt_patience_report(&pa, parker, "lwkt_cpusync_interlock",
			    "CPU %u, which has parked it", parker);
	}
	lwkt_patience_end(&pa);
	cpusync_run(cs);
	__atomic_fetch_add(&cs->cs_ran, 1, __ATOMIC_RELEASE); /* E7; cs may vanish now */
}

/* How many CPUs of the set there are beside the calling one. */
static unsigned int
others(const struct lwkt_cpu *cpu, const struct lwkt_cpumask *mask)
{
	unsigned int lcore_id, n = 0;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		n += cpu->gd_out[lcore_id] != NULL && lwkt_cpumask_test(mask, lcore_id);
	return n;
}

/* The first CPU of the set whose park_remote() has not begun, or not returned. */
static unsigned int
cpusync_late(const struct lwkt_cpu *cpu, const struct lwkt_cpusync *cs, bool begun)
{
	unsigned int lcore_id;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		const struct ipiq_out *out = cpu->gd_out[lcore_id];

		if (out == NULL || !lwkt_cpumask_test(&cs->cs_mask, lcore_id))
			continue;
		if (__atomic_load_n(begun ? &out->io_to->ii_call_done : &out->io_to->ii_call_read,
		        __ATOMIC_RELAXED) < out->io_call_seq)
			return lcore_id;
	}
	return LWKT_CPU_NONE;
}

/* The master waits until the others of the set have come so far. */
static void
cpusync_await(const struct lwkt_cpu *cpu, const struct lwkt_cpusync *cs, const unsigned int *count,
    const char *call)
{
	unsigned int late, n = others(cpu, &cs->cs_mask);
	struct lwkt_patience pa = {0};

	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) < n) { /* E7 */
		lwkt_transit_wait();
		if (likely(!lwkt_patience_due(&pa)))
			continue;
		late = cpusync_late(cpu, cs, count == &cs->cs_ran);
		if (late != LWKT_CPU_NONE) /* else: it has come just now */
			lwkt_patience_report(&pa, late, call, "%u of %u CPUs, CPU %u among them",
			    n - __atomic_load_n(count, __ATOMIC_RELAXED), n, late);
	}
	lwkt_patience_end(&pa);
}

void
lwkt_cpusync_interlock(struct lwkt_cpusync *cs)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_cpusync_interlock");
	unsigned int lcore_id;

	lwkt_may_wait("lwkt_cpusync_interlock");
	become_master(cpu->gd_cpuid);
	cs->cs_parked = 0;
	cs->cs_ran = 0;
	cs->cs_go = false;
	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (cpu->gd_out[lcore_id] != NULL && lwkt_cpumask_test(&cs->cs_mask, lcore_id))
			lwkt_send_ipiq(lcore_id, park_remote, cs);
	lwkt_flush();
	cpusync_await(cpu, cs, &cs->cs_parked, "lwkt_cpusync_interlock");
}

void
lwkt_cpusync_deinterlock(struct lwkt_cpusync *cs)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_cpusync_deinterlock");

	__atomic_store_n(&cs->cs_go, true, __ATOMIC_RELEASE); /* E7 */
	if (lwkt_cpumask_test(&cs->cs_mask, cpu->gd_cpuid))
		cpusync_run(cs);
	cpusync_await(cpu, cs, &cs->cs_ran, "lwkt_cpusync_deinterlock");
	__atomic_store_n(&master, 0, __ATOMIC_RELEASE); /* E7 */
}

static void
run_nothing(void *arg)
{
	(void)arg;
}

void
lwkt_cpusync_simple(const struct lwkt_cpumask *mask, lwkt_ipifunc_t fn, void *arg)
{
	uint64_t seq[RTE_MAX_LCORE] = {0};
	struct lwkt_cpu *cpu = this_cpu("lwkt_cpusync_simple");
	unsigned int lcore_id;

	lwkt_may_wait("lwkt_cpusync_simple");
	if (fn == NULL)
		fn = run_nothing;
	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (cpu->gd_out[lcore_id] != NULL && lwkt_cpumask_test(mask, lcore_id))
			seq[lcore_id] = lwkt_send_ipiq(lcore_id, fn, arg);
	if (lwkt_cpumask_test(mask, cpu->gd_cpuid))
		fn(arg);
	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (seq[lcore_id] != 0)
			lwkt_wait_ipiq(lcore_id, seq[lcore_id]);
}
