/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit between CPUs under random schedules: all CPUs send to all, and whoever comes next sends,
 * flushes or polls. Small rings on purpose: roomy ones hide what is wrong with full ones.
 */
#include <string.h>

#include "fake.h"

#define PER_PAIR 150
#define BURST    40

static struct node nodes[TEST_CPUS][TEST_CPUS][PER_PAIR];
static unsigned int sent[TEST_CPUS][TEST_CPUS];

static void
send_some(unsigned int from, unsigned int to, unsigned int n)
{
	lwkt_item_t items[BURST];
	unsigned int *next = &sent[from][to];

	n = RTE_MIN(n, PER_PAIR - *next);
	for (unsigned int i = 0; i < n; i++, (*next)++) {
		struct node *node = &nodes[from][to][*next];

		*node = (struct node){.from = from, .to = to, .seq = *next};
		items[i] = (lwkt_item_t)node;
	}
	if (n == 1)
		lwkt_transit_send(to, items[0]);
	else
		lwkt_transit_send_burst(to, items, n);
}

static void
step(uint64_t *seed)
{
	unsigned int cpu = test_rand(seed) % TEST_CPUS, to = test_rand(seed) % TEST_CPUS;
	unsigned int what = test_rand(seed) % 8;

	cpu_impersonate(cpu);
	if (what == 0)
		lwkt_poll();
	else if (what == 1)
		lwkt_flush();
	else if (to != cpu)
		send_some(cpu, to, what == 2 ? 1 + test_rand(seed) % BURST : 1);
}

static bool
schedule_is_fine(uint64_t seed)
{
	unsigned int from, to, total = 0;

	fake_arrived = 0;
	memset(sent, 0, sizeof(sent));
	for (unsigned int i = 0; i < 1500; i++)
		step(&seed);
	test_settle();
	for (from = 0; from < TEST_CPUS; from++)
		for (to = 0; to < TEST_CPUS; to++) {
			total += sent[from][to];
			if (from != to && !fake_got(from, to, 0, sent[from][to]))
				return false;
		}
	return fake_arrived == total;
}

LWKT_TEST_BARE(transit_sim, I68_any_schedule_delivers_all_once_and_in_order)
{
	static const unsigned int ring_sizes[] = {1, 2, 3, 7, 20, 255};
	static const unsigned int flush_counts[] = {1, 2, 5, 32};
	const unsigned int seeds = TEST_TSAN || TEST_ASAN ? 5 : 25;

	for (unsigned int i = 0; i < RTE_DIM(ring_sizes) * RTE_DIM(flush_counts); i++) {
		struct lwkt_config cfg = {.cf_ring_size = ring_sizes[i / RTE_DIM(flush_counts)],
		    .cf_flush_count = flush_counts[i % RTE_DIM(flush_counts)]};

		cr_assert_eq(lwkt_init(&cfg), 0);
		for (uint64_t seed = 1; seed <= seeds; seed++)
			cr_assert(schedule_is_fine(seed * 7919), "ring %u, flush %u, seed %u",
			    cfg.cf_ring_size, cfg.cf_flush_count, (unsigned int)(seed * 7919));
		lwkt_fini();
	}
}

LWKT_TEST_ENV(transit_sim, I68_a_mesh_of_full_rings_drains, .te_config = {.cf_ring_size = 1})
{
	unsigned int from, to;

	for (from = 0; from < TEST_CPUS; from++) {
		cpu_impersonate(from);
		for (to = 0; to < TEST_CPUS; to++)
			if (to != from)
				while (sent[from][to] < PER_PAIR)
					send_some(from, to, BURST);
		lwkt_flush();
		for (to = 0; to < TEST_CPUS; to++)
			if (to != from)
				cr_expect_eq(fake_stats(from, to).ts_spill_depth, PER_PAIR - 1);
	}
	test_settle();
	for (from = 0; from < TEST_CPUS; from++)
		for (to = 0; to < TEST_CPUS; to++)
			if (from != to)
				cr_expect(fake_got(from, to, 0, PER_PAIR), "%u to %u", from, to);
}
