/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Function IPIs. A function has no link to spill through, so each pair has a few slots for them;
 * the item in the ring is the slot's address. Two indices come back: read, which frees the slot,
 * and done, which a waiter waits for. done follows only when no callback of that sender is left
 * unfinished below on the stack (contract I76).
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_pause.h>

#include "ipiq_pvt.h"

/* One turn of a wait for a CPU: serves transit; says once a second whom it waits for (I75). */
static void
wait_a_little(struct lwkt_patience *pa, unsigned int lcore_id, const char *call)
{
	if (lwkt_poll() > 0)
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
		wait_a_little(&pa, lcore_id, call);
	}
	lwkt_patience_end(&pa);
	seq = out->io_call_seq + 1;
	__atomic_store_n(&out->io_call_seq, seq, __ATOMIC_RELAXED);
	slot = &out->io_calls[seq % CALLS_MAX];
	slot->ic_func = fn;
	slot->ic_arg = arg;
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

void
ipiq_run_call(struct ipiq_in *in, lwkt_item_t item)
{
	const struct ipiq_call *slot =
	    (const struct ipiq_call *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);
	struct ipiq_call call = *slot;

	__atomic_store_n(&in->ii_call_read, in->ii_call_read + 1, __ATOMIC_RELEASE);
	in->ii_depth++;
	lwkt_self.se_cpu->gd_batch.ba_depth++;
	call.ic_func(call.ic_arg);
	lwkt_self.se_cpu->gd_batch.ba_depth--;
	if (--in->ii_depth == 0)
		__atomic_store_n(&in->ii_call_done, in->ii_call_read, __ATOMIC_RELEASE); /* E6 */
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
		wait_a_little(&pa, lcore_id, call);
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
}
