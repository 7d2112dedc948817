/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waits that last: who waits for whom, said once a second (contract P104).
 */
#include <stdarg.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include "cpu_pvt.h"

#define TEXT_BYTES 320

bool
lwkt_patience_due(struct lwkt_patience *pa)
{
	uint64_t now = rte_get_timer_cycles();

	if (likely(now < pa->pa_due))
		return false;
	if (pa->pa_due == 0) {
		pa->pa_due = now + rte_get_timer_hz();
		return false;
	}
	pa->pa_due = now + rte_get_timer_hz();
	pa->pa_seconds++;
	return true;
}

/* The calling thread, as a person would name it. */
static void
patience_name_self(char *text, size_t bytes)
{
	if (lwkt_self.se_cpu != NULL && lwkt_self.se_td->td_kind == LWKT_THREAD_LIGHT)
		snprintf(text, bytes, "thread %s on CPU %u", lwkt_self.se_td->td_name,
		    lwkt_self.se_cpuid);
	else if (lwkt_self.se_cpu != NULL)
		snprintf(text, bytes, "CPU %u", lwkt_self.se_cpuid);
	else if (lwkt_self.se_td != NULL)
		snprintf(text, bytes, "thread %s", lwkt_self.se_td->td_name);
	else
		snprintf(text, bytes, "a thread that is not attached");
}

static unsigned int
awaited_by(unsigned int lcore_id)
{
	const struct lwkt_cpu *cpu = cpus[lcore_id];

	return cpu != NULL ? __atomic_load_n(&cpu->gd_thread.td_awaits, __ATOMIC_RELAXED) : 0;
}

/*
 * Does lcore_id wait for the calling CPU, through however many others? Then they are in text. Each
 * CPU says whom it waits for before it looks, so of those in a circle the last one sees it whole.
 */
static bool
patience_circle(unsigned int lcore_id, char *text, size_t bytes)
{
	int n = snprintf(text, bytes, "CPU %u", lwkt_self.se_cpuid);

	for (unsigned int steps = 0; steps < RTE_MAX_LCORE; steps++) {
		if (n < (int)bytes)
			n += snprintf(text + n, bytes - (size_t)n, " -> CPU %u", lcore_id);
		if (lcore_id == lwkt_self.se_cpuid)
			return true;
		lcore_id = awaited_by(lcore_id);
		if (lcore_id-- == 0)
			return false;
	}
	return false;
}

void
lwkt_patience_report(
    struct lwkt_patience *pa, unsigned int lcore_id, const char *call, const char *fmt, ...)
{
	char who[64], what[TEXT_BYTES], circle[TEXT_BYTES];
	bool known = lwkt_self.se_cpu != NULL && lwkt_self.se_td->td_kind == LWKT_THREAD_CPU &&
	             lcore_id < RTE_MAX_LCORE;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	patience_name_self(who, sizeof(who));
	if (known)
		__atomic_store_n(&lwkt_self.se_td->td_awaits, lcore_id + 1, __ATOMIC_RELAXED);
	if (known && patience_circle(lcore_id, circle, sizeof(circle)))
		lwkt_error("%s: %s has waited %u s for %s; a deadlock, each waits for the next: %s",
		    call, who, pa->pa_seconds, what, circle);
	else
		lwkt_error("%s: %s has waited %u s for %s", call, who, pa->pa_seconds, what);
}

void
lwkt_patience_forget(void)
{
	if (lwkt_self.se_td != NULL)
		__atomic_store_n(&lwkt_self.se_td->td_awaits, 0, __ATOMIC_RELAXED);
}
