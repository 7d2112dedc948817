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
	unsigned int ar_segs;               /* most mbufs of a packet */
	int ar_node;                        /* of the pools that they are of; -1: nothing comes */
	bool ar_nodes;                      /* ... of several */
	const struct config_ethdev *ar_far; /* whose pool is on another node */
	const struct config_ethdev *ar_larger; /* whose packets may be larger than this one's mtu */
	const struct config_stage *ar_maker;   /* not plain */
};

/* Packets that one ethdev's rx queues bring in come to another one. */
static void
arrive(const struct lwkt_pipeline_file *pf, struct arrivals *ar, unsigned int from, unsigned int to)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[from];
	int node = (int)ce->ce_node;

	ar->ar_segs = RTE_MAX(ar->ar_segs, ce->ce_setup.es_segs);
	ar->ar_nodes |= ar->ar_node >= 0 && ar->ar_node != node;
	ar->ar_node = node;
	if (ce->ce_node != pf->pf_ethdev[to].ce_node)
		ar->ar_far = ce;
	if (ce->ce_setup.es_mtu > pf->pf_ethdev[to].ce_setup.es_mtu)
		ar->ar_larger = ce;
}

/* @param visited  room for a bool for each stage. */
static struct arrivals
arrivals_at(const struct lwkt_pipeline_file *pf, unsigned int ethdev, bool *visited)
{
	struct arrivals ar = {.ar_node = -1};

	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		bool exits[RTE_MAX_ETHPORTS] = {false};

		config_ways(pf, i, visited, exits);
		if (exits[ethdev])
			arrive(pf, &ar, i, ethdev);
	}
	for (unsigned int i = 0; i < pf->pf_nstages && ar.ar_maker == NULL; i++) {
		bool exits[RTE_MAX_ETHPORTS] = {false};

		if (pf->pf_stage[i].cs_kind->sk_plain)
			continue;
		memset(visited, 0, pf->pf_nstages * sizeof(*visited));
		config_exits(pf, i, CONFIG_AUTO, visited, exits);
		if (exits[ethdev])
			ar.ar_maker = &pf->pf_stage[i];
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
	int rc = lwkt_ethdev_fit(&ce->ce_have->ie_limits, &ce->ce_params,
	    pf->pf_need[ce->ce_node].cn_room, &ce->ce_setup, why, sizeof(why));

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
		config_warn(pf, ar->ar_far->ce_keys.ck_at,
		    "ethdev %s: its packets are in the pool of NUMA node %u, ethdev %s that they "
		    "leave by is on node %u, each packet crosses; connect ethdevs of one node",
		    ar->ar_far->ce_name, ar->ar_far->ce_node, ce->ce_name, ce->ce_node);
	if (ar->ar_larger != NULL)
		config_warn(pf, mtu_or_entry(ar->ar_larger),
		    "ethdev %s: mtu: %u, but ethdev %s, which its packets leave by, has an mtu of "
		    "only %u: larger ones may be lost; write mtu: %u there, or less here",
		    ar->ar_larger->ce_name, ar->ar_larger->ce_setup.es_mtu, ce->ce_name,
		    ce->ce_setup.es_mtu, ar->ar_larger->ce_setup.es_mtu);
}

/*
 * The data room that an ethdev's packets want where the file says none: frames larger than an mbuf
 * are scattered over several where the device can, and those that they leave by can send as many;
 * else the mbufs of its node's pool become large enough.
 */
static unsigned int
room_for(const struct lwkt_pipeline_file *pf, const struct config_ethdev *ce, const bool *exits)
{
	const unsigned int buffer = RTE_MBUF_DEFAULT_DATAROOM;
	const struct lwkt_ethdev_limits *el = &ce->ce_have->ie_limits;
	unsigned int mtu = ce->ce_params.ep_mtu;
	unsigned int segs = (mtu + el->el_overhead + buffer - 1) / buffer;
	bool whole = (el->el_rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) == 0;

	if (el->el_min_buf <= buffer && (mtu == 0 || segs == 1))
		return RTE_MBUF_DEFAULT_BUF_SIZE;
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		const struct lwkt_ethdev_limits *to = &pf->pf_ethdev[i].ce_have->ie_limits;

		whole |= exits[i] && ((to->el_tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) == 0 ||
		                         (to->el_max_segs != 0 && segs > to->el_max_segs));
	}
	return whole || el->el_min_buf > buffer ? lwkt_ethdev_data_room(el, mtu)
	                                        : RTE_MBUF_DEFAULT_BUF_SIZE;
}

static void
rooms(struct lwkt_pipeline_file *pf, bool *visited)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		pf->pf_need[node].cn_room = pf->pf_pool.po_data_room;
	for (unsigned int i = 0; i < pf->pf_nethdevs && pf->pf_pool.po_data_room == 0; i++) {
		const struct config_ethdev *ce = &pf->pf_ethdev[i];
		bool exits[RTE_MAX_ETHPORTS] = {false};
		unsigned int *room = &pf->pf_need[ce->ce_node].cn_room;

		config_ways(pf, i, visited, exits);
		*room = RTE_MAX(*room, room_for(pf, ce, exits));
	}
}

int
config_setup(struct lwkt_pipeline_file *pf)
{
	bool *visited = calloc(pf->pf_nstages, sizeof(*visited));

	if (visited == NULL)
		return -ENOMEM;
	rooms(pf, visited);
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
