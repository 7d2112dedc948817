/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethdev_rx: packets from one queue of an ethdev.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <lwkt_log.h>

#include "ethdev_kernel_pvt.h"
#include "lwkt_ethdev.h"
#include "lwkt_stages.h"

#define LEAST 8 /* drivers with vector instructions give nothing if asked for fewer */

struct rx_state {
	uint16_t rx_ethdev;
	uint16_t rx_queue;
	uint16_t rx_nrest; /* taken from the device for want of a smaller burst, not received yet */
	bool rx_mends;     /* an interface of the kernel's: kernel_mend() */
	bool rx_said_completed, rx_said_segments, rx_said_cut;
	struct kernel_ways rx_ways;
	struct rte_mbuf *rx_rest[LEAST];
};

static_assert(offsetof(struct rx_state, rx_ethdev) == 0 &&
                  offsetof(struct rx_state, rx_queue) == sizeof(uint16_t),
    "as lwkt_ethdev_of() reads it");

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

enum { DROP_CUT };

static const char *const drop_names[] = {[DROP_CUT] = "cut", NULL};

/* Is it an interface of the kernel's, and what is to be done about it? */
static void
rx_look(struct rx_state *rx, enum lwkt_checksums checksums)
{
	struct lwkt_ethdev_limits limits;

	if (lwkt_ethdev_limits(rx->rx_ethdev, &limits) == 0)
		rx->rx_ways = (struct kernel_ways){limits.el_slot, limits.el_if_mtu, false};
	rx->rx_ways.kw_complete =
	    checksums == LWKT_CHECKSUMS_COMPLETE ||
	    (checksums == LWKT_CHECKSUMS_AUTO && kernel_unfinished(rx->rx_ethdev));
	rx->rx_mends = rx->rx_ways.kw_complete || rx->rx_ways.kw_slot != 0;
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
	rx_look(rx, ec->ec_checksums);
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

/* Say once what the kernel hands over. */
static void
rx_say(const struct lwkt_stage *st, struct rx_state *rx, enum kernel_found found, bool cut)
{
	if (found == KERNEL_COMPLETED && !rx->rx_said_completed)
		LWKT_LOG(NOTICE,
		    "stage %s: ethdev %u hands over unfinished checksums, which are completed; to "
		    "save the time, on the sender: ethtool -K DEV tx off",
		    st->st_name, rx->rx_ethdev);
	if (found == KERNEL_SEGMENTS && !cut && !rx->rx_said_segments)
		LWKT_LOG(NOTICE,
		    "stage %s: ethdev %u hands over TCP that is not segmented, which is done here; to "
		    "save the time, on the sender: ethtool -K DEV tso off gso off",
		    st->st_name, rx->rx_ethdev);
	if (cut && !rx->rx_said_cut)
		LWKT_LOG(WARNING,
		    "stage %s: frames of %u bytes or more come from ethdev %u, cut, which costs "
		    "packets; on the sender: ethtool -K DEV tso off gso off; or give its --vdev "
		    "framesz=16384,blocksz=16384",
		    st->st_name, rx->rx_ways.kw_slot, rx->rx_ethdev);
	rx->rx_said_completed |= found == KERNEL_COMPLETED;
	rx->rx_said_segments |= found == KERNEL_SEGMENTS;
	rx->rx_said_cut |= cut;
}

/* Packets that go on, in their order. */
struct rx_out {
	unsigned int ro_n;
	struct rte_mbuf *ro_pkt[LWKT_STAGE_BURST];
};

static void
rx_put(struct lwkt_stage *st, struct rx_out *ro, struct rte_mbuf *m)
{
	ro->ro_pkt[ro->ro_n++] = m;
	if (ro->ro_n == LWKT_STAGE_BURST) {
		lwkt_stage_emit(st, 0, ro->ro_pkt, ro->ro_n);
		ro->ro_n = 0;
	}
}

/* The segments go on. What is not there of the packet is a packet too, and is dropped. */
static void
rx_segment(struct lwkt_stage *st, struct rx_out *ro, struct rte_mbuf *m, struct kernel_segments *ks)
{
	struct rte_mbuf *others[LWKT_STAGE_BURST], *rest;
	unsigned int n = kernel_segment(m, ks, others);

	if (n > 0)
		lwkt_stage_made(st, others, n);
	rx_put(st, ro, m);
	for (unsigned int i = 0; i < n; i++)
		rx_put(st, ro, others[i]);
	rest = ks->ks_cut ? rte_pktmbuf_alloc(m->pool) : NULL;
	if (rest != NULL) {
		lwkt_stage_made(st, &rest, 1);
		lwkt_stage_drop(st, DROP_CUT, &rest, 1);
	}
}

/* From the kernel: what was cut is dropped, what is whole goes on. */
static __rte_cold void
rx_mend(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct rx_state *rx = st->st_state;
	struct rx_out ro = {.ro_n = 0};

	for (unsigned int i = 0; i < n; i++) {
		struct kernel_segments ks = {.ks_cut = false};
		enum kernel_found found = kernel_mend(pkts[i], &rx->rx_ways, &ks);

		rx_say(st, rx, found, found == KERNEL_CUT || ks.ks_cut);
		if (found == KERNEL_SEGMENTS)
			rx_segment(st, &ro, pkts[i], &ks);
		else if (found == KERNEL_CUT)
			lwkt_stage_drop(st, DROP_CUT, &pkts[i], 1);
		else
			rx_put(st, &ro, pkts[i]);
	}
	if (ro.ro_n > 0)
		lwkt_stage_emit(st, 0, ro.ro_pkt, ro.ro_n);
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
	if (unlikely(rx->rx_mends)) {
		rx_mend(st, pkts, n);
		return n;
	}
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

static const char *const checksum_words[] = {"auto", "complete", "leave", NULL};

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
    {.pa_name = "checksums",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_checksums),
        .pa_words = checksum_words,
        .pa_help = "those of TCP and UDP that the kernel has left unfinished are completed where "
                   "an interface of the kernel's is behind the ethdev; always are; stay so"},
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
    .sk_drop_names = drop_names,
    .sk_params = rx_params,
    .sk_conf_bytes = sizeof(struct lwkt_ethdev_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};
