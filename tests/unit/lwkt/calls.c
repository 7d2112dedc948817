/* SPDX-License-Identifier: BSD-3-Clause */
#include "calls.h"

struct ran ran[RAN_MAX];
unsigned int nran;

void
run_note_id(void *arg)
{
	cr_assert_lt(nran, RAN_MAX);
	ran[nran].cpu = lwkt_mycpuid();
	ran[nran++].id = as_id(arg);
}

uint64_t
send_notes(unsigned int to, unsigned int first, unsigned int n)
{
	uint64_t seq = 0;

	for (unsigned int i = 0; i < n; i++)
		seq = lwkt_send_ipiq(to, run_note_id, as_arg(first + i));
	return seq;
}

bool
ran_exactly(unsigned int cpu, unsigned int first, unsigned int n)
{
	for (unsigned int i = 0; i < nran && i < n; i++)
		if (ran[i].cpu != cpu || ran[i].id != first + i)
			return false;
	return nran == n;
}

int
serve_until_set(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE))
		if (lwkt_poll() == 0)
			test_relax();
	return 0;
}

static int servers_stop; /* atomic */
static unsigned int servers_first;

void
servers_begin(unsigned int first)
{
	servers_first = first;
	for (unsigned int cpu = first; cpu < TEST_CPUS; cpu++)
		test_launch(cpu, serve_until_set, &servers_stop);
}

void
servers_end(void)
{
	__atomic_store_n(&servers_stop, 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = servers_first; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	__atomic_store_n(&servers_stop, 0, __ATOMIC_RELEASE);
}

void
as_nobody(void)
{
	cpu_impersonate(RTE_MAX_LCORE - 1);
}
