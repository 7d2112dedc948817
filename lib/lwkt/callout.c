/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callouts: armed on the calling CPU's wheel (wheel.c), and stopped from any CPU.
 */
#include "cpu_pvt.h"
#include "lwkt_callout.h"
#include "lwkt_clock.h"
#include "lwkt_ipiq.h"

void
lwkt_callout_init(struct lwkt_callout *co)
{
	*co = (struct lwkt_callout){.co_cpuid = LWKT_CPU_NONE};
}

void
lwkt_callout_reset(struct lwkt_callout *co, uint64_t after_ns, void (*fn)(void *), void *arg)
{
	struct lwkt_cpu *cpu = this_cpu("lwkt_callout_reset");

	if (co->co_armed && co->co_cpuid != cpu->gd_cpuid)
		lwkt_panic("lwkt_callout_reset: callout %p is armed on CPU %u; stop it there first",
		    (void *)co, co->co_cpuid);
	if (co->co_armed)
		callout_disarm(&cpu->gd_wheel, co);
	co->co_fn = fn;
	co->co_arg = arg;
	callout_arm(cpu, co, lwkt_clock() + ns_to_tsc(after_ns));
}

struct stop {
	struct lwkt_callout *st_callout;
	int st_was;
};

static void
stop_there(void *arg)
{
	struct stop *st = arg;

	st->st_was = lwkt_callout_stop(st->st_callout);
}

int
lwkt_callout_stop(struct lwkt_callout *co)
{
	const struct lwkt_cpu *cpu = this_cpu("lwkt_callout_stop");
	struct stop st = {.st_callout = co};
	unsigned int cpuid = co->co_cpuid;

	if (cpuid == LWKT_CPU_NONE)
		return 0;
	if (cpuid != cpu->gd_cpuid) {
		lwkt_wait_ipiq(cpuid, lwkt_send_ipiq(cpuid, stop_there, &st));
		return st.st_was;
	}
	if (!co->co_armed)
		return 0;
	callout_disarm(&cpus[cpuid]->gd_wheel, co);
	return 1;
}
