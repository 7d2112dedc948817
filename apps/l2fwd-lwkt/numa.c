/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NUMA nodes of NIC, queue, lcore and pool, compared (contract G99). A queue's memory and the pool
 * of an ethdev are on the ethdev's node; the lcores may be elsewhere, and so may be the ethdev that
 * the packets leave by.
 */
#include "l2fwd.h"

static int
ethdev_node(const struct l2fwd_inventory *have, unsigned int id)
{
	unsigned int i = 0;

	while (have->in_ethdev[i] != id)
		i++;
	return have->in_node[i];
}

static int
lcore_node(const struct l2fwd_inventory *have, unsigned int lcore)
{
	for (unsigned int i = 0; i < have->in_nworkers; i++)
		if (have->in_worker[i] == lcore)
			return (int)have->in_worker_node[i];
	return -1;
}

/* @return 1 if the lcore is far from the ethdev, which is said; 0: it is not. */
static unsigned int
compare(FILE *f, const struct l2fwd_inventory *have, unsigned int id, const char *queue,
    unsigned int q, unsigned int lcore)
{
	int node = ethdev_node(have, id), own = lcore_node(have, lcore);

	if (node < 0 || own < 0 || node == own)
		return 0;
	fprintf(f,
	    "ethdev %u: warning: it is on NUMA node %d, lcore %u of its %s queue %u on node %d: each "
	    "packet crosses; give worker lcores of node %d (-l, --lcores)\n",
	    id, node, lcore, queue, q, own, node);
	return 1;
}

static unsigned int
compare_pool(FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_inventory *have,
    const struct l2fwd_ethdev *ed)
{
	const struct l2fwd_ethdev *to = &plan->pn_ethdev[ed->ed_to];
	int node = ethdev_node(have, to->ed_id);

	if (node < 0 || node == (int)ed->ed_node)
		return 0;
	fprintf(f,
	    "ethdev %u: warning: its packets are in the pool of NUMA node %u, ethdev %u that they "
	    "leave by is on node %d: each packet crosses; pair ethdevs of one node (--portmap)\n",
	    ed->ed_id, ed->ed_node, to->ed_id, node);
	return 1;
}

unsigned int
l2fwd_numa_print(
    FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_inventory *have, bool started)
{
	unsigned int lines = 0;

	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		const struct l2fwd_lane *lane = &plan->pn_lane[ed->ed_lane];

		for (unsigned int q = 0; q < ed->ed_nrxq && !started; q++)
			lines += compare(f, have, ed->ed_id, "rx", q,
			    lane->la_worker[q % lane->la_nworkers].wk_rx);
		for (unsigned int q = 0; q < ed->ed_ntxq; q++)
			lines +=
			    compare(f, have, ed->ed_id, "tx", q, l2fwd_queues_writer(plan, i, q));
		lines += compare_pool(f, plan, have, ed);
	}
	return lines;
}
