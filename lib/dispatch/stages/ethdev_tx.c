/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethdev_tx: packets to one queue of an ethdev. What the device does not take at once is dropped.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include <lwkt_transit.h>

#include "lwkt_stages.h"

struct tx_state {
	uint16_t tx_ethdev;
	uint16_t tx_queue;
};

static int
tx_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_ethdev_conf *ec = conf;
	struct tx_state *tx = st->st_state;

	if (!rte_eth_dev_is_valid_port(ec->ec_ethdev)) {
		lwkt_error("stage %s: ethdev %u does not exist; %u are available", st->st_name,
		    ec->ec_ethdev, rte_eth_dev_count_avail());
		return -ENODEV;
	}
	tx->tx_ethdev = ec->ec_ethdev;
	tx->tx_queue = ec->ec_queue;
	return 0;
}

enum { DROP_TX_FULL };

static void
tx_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct tx_state *tx = st->st_state;
	unsigned int sent;

	lwkt_stage_release(st, pkts, n);
	sent = rte_eth_tx_burst(tx->tx_ethdev, tx->tx_queue, pkts, (uint16_t)n);
	lwkt_stage_transmitted(st, pkts, sent, n, DROP_TX_FULL);
}

static const char *const tx_drops[] = {[DROP_TX_FULL] = "tx_full", NULL};

static const struct lwkt_param tx_params[] = {
    {.pa_name = "ethdev",
        .pa_type = LWKT_PARAM_ETHDEV,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_ethdev),
        .pa_required = true,
        .pa_help = "the ethdev that packets leave by"},
    {.pa_name = "queue",
        .pa_type = LWKT_PARAM_TX_QUEUE,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_queue),
        .pa_max = RTE_MAX_QUEUES_PER_PORT - 1,
        .pa_help = "number of its tx queue; no other CPU may send to it"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_ethdev_tx = {
    .sk_name = "ethdev_tx",
    .sk_state_bytes = sizeof(struct tx_state),
    .sk_init = tx_init,
    .sk_handle = tx_handle,
    .sk_drop_names = tx_drops,
    .sk_params = tx_params,
    .sk_conf_bytes = sizeof(struct lwkt_ethdev_conf),
    .sk_max_outs = LWKT_STAGE_END,
};
