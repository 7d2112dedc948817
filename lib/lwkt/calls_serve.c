/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot, the receiver's side: what a pass of transit runs. ipicall.c has the sender's,
 * and the protocol.
 */
#include <rte_branch_prediction.h>

#include "ipicall_pvt.h"
#include "lwkt_compat.h"

#define CALLS_SINGLY 4u /* as CALLS_AHEAD, of calls that came one by one */

/* Items of a pair that have been handled, or whose functions are on the stack. */
static inline uint32_t
calls_handled(const struct lwkt_cpu *cpu, const struct ipiq_in *in)
{
	const struct ipiq_batch *ba = &cpu->gd_batch;

	return in->ii_reader.rr_next - (ba->ba_in == in ? ba->ba_end - ba->ba_pos : 0);
}

/*
 * The next slot says that it and so many behind it have been asked. Lines of the latter are sent
 * for early. Of calls that come singly nobody knows whether more follow, and a slot that the sender
 * is about to write must stay there: so not before the second one in a row.
 */
static __rte_always_inline void
calls_begin_group(struct call_in *ci, const struct call_slot *head, bool in_a_row)
{
	const struct call_slot *ahead = head + 1;
	uint32_t more = head->cl_more;

	if (more == 0) {
		if (in_a_row)
			lwkt_prefetch_write(
			    &ci->ci_slot[(ci->ci_next + CALLS_SINGLY) & ci->ci_mask]);
		return;
	}
	ci->ci_known = ci->ci_next + 1 + more;
	for (; ahead <= head + RTE_MIN(more, CALLS_AHEAD); ahead++)
		lwkt_prefetch_write(ahead);
}

/*
 * The next call, if it is asked and due; its function's results go with the slot. Not due: what
 * comes before it was published after this pass had looked. A pass inside the function goes on with
 * the next one, hence from memory.
 */
static __rte_always_inline bool
calls_run_one(struct lwkt_self *self, struct call_in *ci, bool in_a_row)
{
	uint64_t ticket = ci->ci_next;
	struct call_slot *slot = &ci->ci_slot[ticket & ci->ci_mask];

	if (ticket >= ci->ci_known) {
		if (!calls_asked(ci) ||
		    (int32_t)(calls_handled(self->se_cpu, ci->ci_in) - slot->cl_before) < 0)
			return false;
		calls_begin_group(ci, slot, in_a_row);
	} else if (ticket + CALLS_AHEAD < ci->ci_known) {
		lwkt_prefetch_write(slot + CALLS_AHEAD);
	}
	ci->ci_next = ticket + 1;
	self->se_callback = (const void *)(uintptr_t)slot->cl_func;
	slot->cl_func(slot->cl_a);
	__atomic_store_n(&slot->cl_turn, 2 * ticket + 1, __ATOMIC_RELEASE); /* E31 */
	return true;
}

/* At most a ring of them in one pass (I73). */
unsigned int
calls_run(struct lwkt_cpu *cpu, struct call_in *ci)
{
	struct lwkt_self *self = &lwkt_self;
	const void *outer = self->se_callback;
	unsigned int n = 0;

	if (!calls_asked(ci))
		return 0;
	cpu->gd_batch.ba_depth++;
	while (n <= ci->ci_mask && calls_run_one(self, ci, n > 0))
		n++;
	cpu->gd_batch.ba_depth--;
	self->se_callback = outer;
	return n;
}

unsigned int
calls_run_all(struct lwkt_cpu *cpu)
{
	unsigned int total = 0;

	for (struct call_in *ci = cpu->gd_callers; ci != NULL; ci = ci->ci_more)
		total += calls_run(cpu, ci);
	return total;
}

void
calls_mark_reached(struct lwkt_note *note)
{
	const struct call_out *co = RTE_PTR_SUB(note, offsetof(struct call_out, co_mark));
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	cpu->gd_batch.ba_due = co->co_to; /* a pass inside a function begins with the others */
	calls_run(cpu, co->co_to);
	cpu->gd_batch.ba_due = NULL;
}

void
calls_connect(struct lwkt_note *note)
{
	struct call_out *co = RTE_PTR_SUB(note, offsetof(struct call_out, co_connect));
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	co->co_to->ci_in->ii_calls = co->co_to;
	co->co_to->ci_more = cpu->gd_callers;
	cpu->gd_callers = co->co_to;
	cpu->gd_besides += cpu->gd_bells == NULL;
}
