/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: what its ethdevs are set up with. What comes to a tx queue, and from where, is
 * in the graph: how many mbufs a packet may have, whether drivers may free them in bulk, and
 * whether they come from the pool of another NUMA node.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "plan_pvt.h"

/* What comes to an ethdev. */
struct arrivals {
	unsigned int ar_segs;                /* most mbufs of a packet */
	int ar_node;                         /* of the pools that they are of; -1: nothing comes */
	bool ar_nodes;                       /* ... of several */
	const struct config_stage *ar_far;   /* that brings them from another node */
	const struct config_stage *ar_maker; /* not plain */
};

static void
arrive(const struct lwkt_pipeline_file *pf, struct arrivals *ar, const struct config_stage *cs,
    const struct config_ethdev *to)
{
	const struct config_ethdev *from;
	int node;

	if (!cs->cs_kind->sk_plain && ar->ar_maker == NULL)
		ar->ar_maker = cs;
	if (!config_is_source(cs) || cs->cs_nrefs == 0)
		return;
	from = &pf->pf_ethdev[cs->cs_ref[0].cr_ethdev];
	node = (int)config_ethdev_node(pf, from);
	ar->ar_segs = RTE_MAX(ar->ar_segs, from->ce_setup.es_segs);
	ar->ar_nodes |= ar->ar_node >= 0 && ar->ar_node != node;
	ar->ar_node = node;
	if (node != (int)config_ethdev_node(pf, to))
		ar->ar_far = cs;
}

/* @param visited  room for a bool for each stage. */
static struct arrivals
arrivals_at(const struct lwkt_pipeline_file *pf, unsigned int ethdev, bool *visited)
{
	struct arrivals ar = {.ar_node = -1};

	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		bool exits[RTE_MAX_ETHPORTS] = {false};

		memset(visited, 0, pf->pf_nstages * sizeof(*visited));
		config_exits(pf, i, visited, exits);
		if (exits[ethdev])
			arrive(pf, &ar, &pf->pf_stage[i], &pf->pf_ethdev[ethdev]);
	}
	return ar;
}

static struct config_pos
mtu_or_entry(const struct config_ethdev *ce)
{
	struct config_pos pos = ce->ce_keys.ck_key[ETHDEV_MTU];

	return pos.po_line != 0 ? pos : ce->ce_keys.ck_at;
}

/* @param quiet  what is not as wanted has been said. */
static void
fit(struct lwkt_pipeline_file *pf, struct config_ethdev *ce, bool quiet)
{
	char why[200];
	int rc = lwkt_ethdev_fit(&ce->ce_have->ie_limits, &ce->ce_params, pf->pf_pool.po_data_room,
	    &ce->ce_setup, why, sizeof(why));

	if (rc < 0)
		config_error(pf, mtu_or_entry(ce), "ethdev %s: %s", ce->ce_name, why);
	else if (why[0] != '\0' && !quiet)
		config_warn(pf, ce->ce_keys.ck_at, "ethdev %s: %s", ce->ce_name, why);
}

static void
look_at_arrivals(struct lwkt_pipeline_file *pf, struct config_ethdev *ce, const struct arrivals *ar)
{
	ce->ce_params.ep_tx_segs = (uint16_t)RTE_MIN(ar->ar_segs, (unsigned int)UINT16_MAX);
	ce->ce_no_fast_free = ar->ar_node < 0        ? "no ethdev sends to it"
	                      : ar->ar_maker != NULL ? "a stage before it makes mbufs"
	                      : ar->ar_nodes         ? "its mbufs are of several pools"
	                      : ar->ar_segs > 1      ? "packets have several mbufs"
	                                             : "";
	ce->ce_params.ep_fast_free = ce->ce_no_fast_free[0] == '\0';
	if (ar->ar_far != NULL)
		config_warn(pf, ar->ar_far->cs_keys.ck_at,
		    "stage %s: its packets are in the pool of NUMA node %u, ethdev %s that they "
		    "leave by is on node %u, each packet crosses; connect ethdevs of one node",
		    ar->ar_far->cs_name,
		    config_ethdev_node(pf, &pf->pf_ethdev[ar->ar_far->cs_ref[0].cr_ethdev]),
		    ce->ce_name, config_ethdev_node(pf, ce));
}

int
config_setup(struct lwkt_pipeline_file *pf)
{
	bool *visited = calloc(pf->pf_nstages, sizeof(*visited));

	if (visited == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		pf->pf_ethdev[i].ce_params.ep_tx_segs = 0;
		pf->pf_ethdev[i].ce_params.ep_fast_free = false;
		fit(pf, &pf->pf_ethdev[i], false); /* what comes in: how many mbufs a packet has */
	}
	for (unsigned int i = 0; i < pf->pf_nethdevs && pf->pf_errors == 0; i++) {
		struct arrivals ar = arrivals_at(pf, i, visited);

		look_at_arrivals(pf, &pf->pf_ethdev[i], &ar);
	}
	for (unsigned int i = 0; i < pf->pf_nethdevs && pf->pf_errors == 0; i++)
		fit(pf, &pf->pf_ethdev[i], true);
	free(visited);
	return 0;
}
