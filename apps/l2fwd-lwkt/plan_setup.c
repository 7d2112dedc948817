/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each ethdev of a plan is set up with. Frames larger than an mbuf are scattered over several
 * where the device can, and the one that they leave by can send as many; else the mbufs of its
 * node's pool become large enough.
 *
 * All packets of a tx queue come from the one ethdev that forwards to it, so from one pool, and no
 * stage makes or copies any: its driver may free them in bulk.
 */
#include <string.h>

#include "l2fwd.h"

static const struct lwkt_ethdev_limits *
limits_of(const struct l2fwd_inventory *have, const struct l2fwd_ethdev *ed, unsigned int *at)
{
	unsigned int i = 0;

	while (have->in_ethdev[i] != ed->ed_id)
		i++;
	*at = i;
	return &have->in_limits[i];
}

/* An ethdev without a node is where its first worker is. */
static unsigned int
node_of(const struct l2fwd_plan *plan, const struct l2fwd_inventory *have,
    const struct l2fwd_ethdev *ed, unsigned int at)
{
	unsigned int lcore = plan->pn_lane[ed->ed_lane].la_worker[0].wk_rx, w = 0;

	if (have->in_node[at] >= 0)
		return (unsigned int)have->in_node[at];
	while (w < have->in_nworkers && have->in_worker[w] != lcore)
		w++;
	return w < have->in_nworkers ? have->in_worker_node[w] : 0;
}

/* The data room that an ethdev's packets want. */
static unsigned int
room_for(const struct lwkt_ethdev_limits *from, const struct lwkt_ethdev_limits *to,
    const struct lwkt_ethdev_params *params)
{
	const unsigned int room = RTE_MBUF_DEFAULT_BUF_SIZE, buffer = RTE_MBUF_DEFAULT_DATAROOM;
	unsigned int frame = params->ep_mtu + from->el_overhead;
	unsigned int segs = (frame + buffer - 1) / buffer;

	if (from->el_min_buf > buffer)
		return lwkt_ethdev_data_room(from, params->ep_mtu);
	if (params->ep_mtu == 0 || segs == 1)
		return room;
	if ((from->el_rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0 &&
	    (to->el_tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0 &&
	    (to->el_max_segs == 0 || segs <= to->el_max_segs))
		return room;
	return lwkt_ethdev_data_room(from, params->ep_mtu);
}

static void
want(struct l2fwd_ethdev *ed, const struct l2fwd_args *args)
{
	uint16_t own = ed->ed_id < L2FWD_MAX_ETHDEVS ? args->mtu_of[ed->ed_id] : 0;

	ed->ed_params = (struct lwkt_ethdev_params){
	    .ep_rxq = (uint16_t)ed->ed_nrxq,
	    .ep_txq = (uint16_t)ed->ed_ntxq,
	    .ep_mtu = own != 0 ? own : args->mtu,
	    .ep_promiscuous = args->promiscuous,
	    .ep_fast_free = true,
	};
}

static int
fit(const struct l2fwd_plan *plan, struct l2fwd_ethdev *ed, const struct lwkt_ethdev_limits *limits,
    struct l2fwd_err *err)
{
	char why[200];

	if (lwkt_ethdev_fit(limits, &ed->ed_params, plan->pn_pool[ed->ed_node].po_room,
	        &ed->ed_setup, why, sizeof(why)) == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE, "ethdev %u: %s", ed->ed_id, why);
}

int
l2fwd_setup_plan(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err)
{
	const struct lwkt_ethdev_limits *limits[RTE_MAX_ETHPORTS];
	unsigned int at;

	memset(plan->pn_pool, 0, sizeof(plan->pn_pool));
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		limits[i] = limits_of(have, ed, &at);
		ed->ed_node = node_of(plan, have, ed, at);
		want(ed, args);
	}
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		struct l2fwd_pool *po = &plan->pn_pool[ed->ed_node];

		po->po_room =
		    RTE_MAX(po->po_room, room_for(limits[i], limits[ed->ed_to], &ed->ed_params));
	}
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) /* what comes in */
		if (fit(plan, &plan->pn_ethdev[i], limits[i], err) < 0)
			return -1;
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		ed->ed_params.ep_tx_segs = (uint16_t)plan->pn_ethdev[ed->ed_from].ed_setup.es_segs;
		if (fit(plan, ed, limits[i], err) < 0)
			return -1;
	}
	return 0;
}

void
l2fwd_setup_print(FILE *f, const struct l2fwd_plan *plan)
{
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		const struct l2fwd_ethdev *to = &plan->pn_ethdev[ed->ed_to];
		const struct lwkt_ethdev_setup *es = &ed->ed_setup;

		fprintf(f,
		    "ethdev %u: descriptors %u rx, %u tx; mtu %u, frames of %u bytes in %u mbuf%s; "
		    "%s%s\n",
		    ed->ed_id, es->es_rxd, es->es_txd, es->es_mtu, es->es_frame, es->es_segs,
		    es->es_segs == 1 ? "" : "s",
		    (es->es_tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0 ? "fast free"
		    : (es->es_tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0
		        ? "no fast free: packets have several mbufs"
		        : "no fast free: its driver has none",
		    ed->ed_params.ep_promiscuous ? "; promiscuous" : "");
		if (es->es_mtu > to->ed_setup.es_mtu)
			fprintf(f,
			    "ethdev %u: warning: ethdev %u, which its packets leave by, has an mtu of "
			    "only %u: larger ones may be lost; give --mtu %u=%u, or less to this one\n",
			    ed->ed_id, to->ed_id, to->ed_setup.es_mtu, to->ed_id, es->es_mtu);
	}
}
