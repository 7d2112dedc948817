/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethdev_rx: packets from one queue of an ethdev.
 */
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <lwkt_log.h>

#include "lwkt_ethdev.h"
#include "lwkt_stages.h"

#define LEAST 8 /* drivers with vector instructions give nothing if asked for fewer */

struct rx_state {
	uint16_t rx_ethdev;
	uint16_t rx_queue;
	uint16_t rx_nrest; /* taken from the device for want of a smaller burst, not received yet */
	struct rte_mbuf *rx_rest[LEAST];
};

/* It works, but each packet crosses the bus between the nodes (contract G99). */
static void
report_far_node(const struct lwkt_stage *st, uint16_t ethdev)
{
	int node = rte_eth_dev_socket_id(ethdev);
	int own = (int)rte_lcore_to_socket_id(st->st_lcore);

	if (node != SOCKET_ID_ANY && node != own)
		lwkt_error("stage %s: warning: lcore %u is on NUMA node %d, ethdev %u on node %d; "
		           "poll it from an lcore of node %d",
		    st->st_name, st->st_lcore, own, ethdev, node, node);
}

static int
rx_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_ethdev_conf *ec = conf;
	struct rx_state *rx = st->st_state;

	if (!rte_eth_dev_is_valid_port(ec->ec_ethdev)) {
		lwkt_error("stage %s: ethdev %u does not exist; %u are available", st->st_name,
		    ec->ec_ethdev, rte_eth_dev_count_avail());
		return -ENODEV;
	}
	report_far_node(st, ec->ec_ethdev);
	rx->rx_ethdev = ec->ec_ethdev;
	rx->rx_queue = ec->ec_queue;
	return 0;
}

/*
 * Fewer than LEAST may come in. If the device gives none, ask for LEAST; what is too many stays
 * here, as it would in the device's ring.
 */
static __rte_cold unsigned int
receive_few(struct lwkt_stage *st, struct rte_mbuf **pkts)
{
	struct rx_state *rx = st->st_state;
	uint16_t n = 0, most = (uint16_t)st->st_burst;

	if (rx->rx_nrest == 0) {
		n = rte_eth_rx_burst(rx->rx_ethdev, rx->rx_queue, pkts, most);
		if (n > 0)
			return n;
		rx->rx_nrest = rte_eth_rx_burst(rx->rx_ethdev, rx->rx_queue, rx->rx_rest, LEAST);
	}
	n = RTE_MIN(rx->rx_nrest, most);
	rx->rx_nrest -= n;
	memcpy(pkts, rx->rx_rest, n * sizeof(pkts[0]));
	memmove(rx->rx_rest, rx->rx_rest + n, rx->rx_nrest * sizeof(pkts[0]));
	return n;
}

static unsigned int
rx_poll(struct lwkt_stage *st)
{
	const struct rx_state *rx = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n;

	if (unlikely(st->st_burst < LEAST))
		n = receive_few(st, pkts);
	else
		n = rte_eth_rx_burst(rx->rx_ethdev, rx->rx_queue, pkts, (uint16_t)st->st_burst);
	if (n == 0)
		return 0;
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static void
rx_purge(struct lwkt_stage *st)
{
	struct rx_state *rx = st->st_state;

	rte_pktmbuf_free_bulk(rx->rx_rest, rx->rx_nrest);
	rx->rx_nrest = 0;
}

/*
 * Interrupts, where the device was started with them and its driver has one for each queue. One
 * that cannot be armed and taken back is the descriptor that the packets come by, as net_tap's:
 * always armed. After arming the queue is polled again.
 */
static int
rx_watch(struct lwkt_stage *st, int epfd, bool on)
{
	const struct rx_state *rx = st->st_state;
	int rc;

	if (!on)
		return rte_eth_dev_rx_intr_ctl_q(
		    rx->rx_ethdev, rx->rx_queue, epfd, RTE_INTR_EVENT_DEL, NULL);
	if (!lwkt_ethdev_interrupts(rx->rx_ethdev))
		return -ENOTSUP;
	rc = rte_eth_dev_rx_intr_ctl_q(rx->rx_ethdev, rx->rx_queue, epfd, RTE_INTR_EVENT_ADD, NULL);
	if (rc < 0)
		return rc;
	rc = rte_eth_dev_rx_intr_enable(rx->rx_ethdev, rx->rx_queue);
	if (rc == 0)
		rte_eth_dev_rx_intr_disable(rx->rx_ethdev, rx->rx_queue);
	if (rc == 0 || rc == -ENOTSUP)
		return 0;
	rte_eth_dev_rx_intr_ctl_q(rx->rx_ethdev, rx->rx_queue, epfd, RTE_INTR_EVENT_DEL, NULL);
	return rc;
}

static void
rx_arm(struct lwkt_stage *st, bool on)
{
	const struct rx_state *rx = st->st_state;

	if (!rte_eth_dev_is_valid_port(rx->rx_ethdev)) /* it has been unplugged */
		return;
	if (on)
		rte_eth_dev_rx_intr_enable(rx->rx_ethdev, rx->rx_queue);
	else
		rte_eth_dev_rx_intr_disable(rx->rx_ethdev, rx->rx_queue);
}

static const struct lwkt_param rx_params[] = {
    {.pa_name = "ethdev",
        .pa_type = LWKT_PARAM_ETHDEV,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_ethdev),
        .pa_required = true,
        .pa_help = "the ethdev that packets come from"},
    {.pa_name = "queue",
        .pa_type = LWKT_PARAM_RX_QUEUE,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_queue),
        .pa_max = RTE_MAX_QUEUES_PER_PORT - 1,
        .pa_help = "number of its rx queue; no other stage may poll it"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_ethdev_rx = {
    .sk_name = "ethdev_rx",
    .sk_state_bytes = sizeof(struct rx_state),
    .sk_init = rx_init,
    .sk_poll = rx_poll,
    .sk_purge = rx_purge,
    .sk_watch = rx_watch,
    .sk_arm = rx_arm,
    .sk_params = rx_params,
    .sk_conf_bytes = sizeof(struct lwkt_ethdev_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};
