/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table that one CPU owns and all use, without a lock: whoever wants something of it calls the
 * owner (lwkt_ipicall.h). A call is one cache line there and back, so it costs less than a lock
 * whose line and whose data move.
 *
 *      worker ── lwkt_call(), lwkt_call_burst() ──▶ main: table_add(), inside its lwkt_poll()
 *
 *      example_table --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdio.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_cpu.h>
#include <lwkt_ipicall.h>

#define ENTRIES 8
#define BURST   32
#define ROUNDS  10

static unsigned int owner; /* the CPU that alone touches the table */
static uint64_t table[ENTRIES];
static unsigned int finished; /* atomic: workers that are done with it */

/* On the owner. a[0]: the entry, a[1]: what to add. a[0] becomes what there is now. */
static void
table_add(uint64_t a[5])
{
	uint64_t *entry = &table[a[0] % ENTRIES];

	*entry += a[1];
	a[0] = *entry;
}

/* One update, and its result a little later: there is time to do something else. */
static uint64_t
add_one(uint64_t entry)
{
	uint64_t a[5] = {entry, 1};
	uint64_t ticket = lwkt_call(owner, table_add, a);

	lwkt_call_wait(owner, ticket, a);
	return a[0];
}

/* Many at once. */
static void
add_many(void)
{
	uint64_t a[BURST][5];

	for (unsigned int i = 0; i < BURST; i++) {
		a[i][0] = i;
		a[i][1] = 1;
	}
	lwkt_call_burst(owner, table_add, a, BURST);
}

static int
worker(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++)
		add_many();
	for (unsigned int i = 0; i < ENTRIES; i++)
		add_one(i);
	__atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned int lcore, workers;
	uint64_t sum = 0;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	owner = lwkt_mycpuid();
	workers = rte_lcore_count() - 1;
	RTE_LCORE_FOREACH_WORKER (lcore)
		rte_eal_remote_launch(worker, NULL, lcore);
	add_many(); /* the owner does the same: here it runs at once */
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < workers)
		lwkt_poll();
	rte_eal_mp_wait_lcore();
	for (unsigned int i = 0; i < ENTRIES; i++)
		sum += table[i];
	printf("%u workers: %lu updates in the table, %u made\n", workers, sum,
	    workers * (ROUNDS * BURST + ENTRIES) + BURST);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
