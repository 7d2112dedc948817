/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From options, ethdevs and lcores to who does what.
 *
 *      -q 2, ethdevs 0 1 2, rtc            -q 2, ethdevs 0 1, pipeline
 *
 *      lane 0: 0 1  ── lcore 1             lane 0: 0 1 ── rx lcore 1, forward lcore 2, tx lcore 3
 *      lane 1: 2    ── lcore 2
 *
 * The way between ethdevs is a permutation: each forwards to one and hears from one. How many
 * workers a lane has, and what queues they share, is plan_queues.c's.
 */
#include <inttypes.h>

#include "l2fwd.h"

static bool
selected(const struct l2fwd_args *args, unsigned int id)
{
	if (id >= 64 || (args->mask >> id & 1) == 0)
		return false;
	for (unsigned int i = 0; i < args->npairs; i++)
		if (args->pair[i][0] == id || args->pair[i][1] == id)
			return true;
	return args->npairs == 0;
}

static int
check_mask(const struct l2fwd_args *args, const struct l2fwd_inventory *have, struct l2fwd_err *err)
{
	uint64_t beyond = args->mask;

	if (have->in_nethdevs == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "no ethdev: EAL found none; bind a NIC to vfio-pci, or give --vdev");
	for (unsigned int i = 0; i < have->in_nethdevs; i++)
		beyond &= ~(UINT64_C(1) << have->in_ethdev[i]);
	if (beyond != 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p 0x%" PRIx64 ": there is no ethdev %d, EAL found %u; "
		    "clear its bit, or give EAL the device",
		    args->mask, __builtin_ctzll(beyond), have->in_nethdevs);
	return 0;
}

static void
join(struct l2fwd_plan *plan, unsigned int from, unsigned int to)
{
	plan->pn_ethdev[from].ed_to = to;
	plan->pn_ethdev[to].ed_from = from;
}

/* Neighbours forward to each other; the last of an odd number to itself. */
static void
pair_neighbours(struct l2fwd_plan *plan)
{
	unsigned int n = plan->pn_nethdevs;

	for (unsigned int i = 0; i < n; i++)
		join(plan, i, (i ^ 1) < n ? i ^ 1 : i);
}

static unsigned int
index_of(const struct l2fwd_plan *plan, unsigned int id)
{
	unsigned int i = 0;

	while (plan->pn_ethdev[i].ed_id != id)
		i++;
	return i;
}

static void
pair_by_map(struct l2fwd_plan *plan, const struct l2fwd_args *args)
{
	for (unsigned int i = 0; i < args->npairs; i++) {
		unsigned int a = index_of(plan, args->pair[i][0]);
		unsigned int b = index_of(plan, args->pair[i][1]);

		join(plan, a, b);
		join(plan, b, a);
	}
}

bool
l2fwd_plan_lower(const struct l2fwd_plan *plan, unsigned int i, struct l2fwd_inventory *have)
{
	unsigned int n = 0;

	if (i == plan->pn_nethdevs)
		return false;
	while (have->in_ethdev[n] != plan->pn_ethdev[i].ed_id)
		n++;
	have->in_caps[n].ea_max_rxq = (uint16_t)rte_align32prevpow2(plan->pn_ethdev[i].ed_nrxq - 1);
	return true;
}

int
l2fwd_plan_make(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err)
{
	if (check_mask(args, have, err) < 0)
		return -1;
	plan->pn_nethdevs = 0;
	for (unsigned int i = 0; i < have->in_nethdevs; i++)
		if (selected(args, have->in_ethdev[i])) {
			unsigned int n = plan->pn_nethdevs++;

			plan->pn_ethdev[n].ed_id = have->in_ethdev[i];
			plan->pn_ethdev[n].ed_caps = have->in_caps[i];
			plan->pn_ethdev[n].ed_lane = n / args->group;
		}
	if (args->npairs == 0)
		pair_neighbours(plan);
	else
		pair_by_map(plan, args);
	return l2fwd_queues_plan(plan, args, have, err);
}
