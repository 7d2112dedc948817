/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethdev_tx: packets to one queue of an ethdev. What the device does not take at once is dropped,
 * or waits for it.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_ethdev.h>

#include <lwkt_pktmsg.h>
#include <lwkt_log.h>

#include "lwkt_stages.h"

struct tx_state {
	uint16_t tx_ethdev;
	uint16_t tx_queue;
	bool tx_wait;
	uint32_t tx_most; /* bytes of a frame without tags that the MTU allows; 0: none is longer */
	unsigned int tx_waiting;
	/*
	 * What waits, oldest first: plain mbufs, linked through the messages that they have done
	 * with. So there is room for as many as there are, and credits bound that.
	 */
	lwkt_msg_queue tx_list;
};

static_assert(offsetof(struct tx_state, tx_ethdev) == 0 &&
                  offsetof(struct tx_state, tx_queue) == sizeof(uint16_t),
    "as lwkt_ethdev_of() reads it");

/*
 * Can frames come that are longer than this ethdev's MTU allows? Others may have a larger one, and
 * kernel interfaces hand over what they have put together. No driver says so when it loses them.
 */
static uint32_t
frame_limit(uint16_t ethdev)
{
	struct rte_eth_dev_info info;
	uint16_t mtu, other, id;
	bool longer = false;

	if (rte_eth_dev_get_mtu(ethdev, &mtu) != 0)
		return 0;
	RTE_ETH_FOREACH_DEV (id)
		longer |= (rte_eth_dev_get_mtu(id, &other) == 0 && other > mtu) ||
		          (rte_eth_dev_info_get(id, &info) == 0 && info.if_index > 0);
	return longer ? (uint32_t)mtu + RTE_ETHER_HDR_LEN : 0;
}

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
	tx->tx_wait = ec->ec_full == LWKT_TX_WAIT;
	tx->tx_most = frame_limit(ec->ec_ethdev);
	TAILQ_INIT(&tx->tx_list);
	return 0;
}

enum { DROP_TX_FULL, DROP_TOO_LONG };

/* Tags do not count: at most two. */
static bool
is_too_long(const struct rte_mbuf *m, uint32_t most)
{
	const struct rte_vlan_hdr *tag =
	    rte_pktmbuf_mtod_offset(m, const struct rte_vlan_hdr *, RTE_ETHER_HDR_LEN);
	rte_be16_t type = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *)->ether_type;

	if (m->pkt_len <= most || m->data_len < RTE_ETHER_HDR_LEN + 2 * sizeof(*tag))
		return m->pkt_len > most;
	for (unsigned int i = 0; i < 2; i++) {
		if (type != RTE_BE16(RTE_ETHER_TYPE_VLAN) && type != RTE_BE16(RTE_ETHER_TYPE_QINQ))
			break;
		most += (uint32_t)sizeof(*tag);
		type = tag[i].eth_proto;
	}
	return m->pkt_len > most;
}

/* What is too long goes, the others close ranks. @return how many are left. */
static unsigned int
drop_too_long(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct tx_state *tx = st->st_state;
	unsigned int left = 0;

	for (unsigned int i = 0; i < n; i++)
		if (unlikely(pkts[i]->pkt_len > tx->tx_most) && is_too_long(pkts[i], tx->tx_most))
			lwkt_stage_drop(st, DROP_TOO_LONG, &pkts[i], 1);
		else
			pkts[left++] = pkts[i];
	return left;
}

static __rte_cold void
wait(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct tx_state *tx = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		lwkt_msg_t msg = lwkt_mbuf_msg(pkts[i]);

		TAILQ_INSERT_TAIL(&tx->tx_list, msg, ms_node);
	}
	tx->tx_waiting += n;
	lwkt_stage_hold(st, n);
}

static void
tx_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct tx_state *tx = st->st_state;
	unsigned int sent;

	if (unlikely(tx->tx_most != 0) && (n = drop_too_long(st, pkts, n)) == 0)
		return;
	lwkt_stage_release(st, pkts, n);
	if (unlikely(tx->tx_waiting > 0)) {
		wait(st, pkts, n);
		return;
	}
	sent = rte_eth_tx_burst(tx->tx_ethdev, tx->tx_queue, pkts, (uint16_t)n);
	if (likely(sent == n || !tx->tx_wait)) {
		lwkt_stage_transmitted(st, pkts, sent, n, DROP_TX_FULL);
		return;
	}
	lwkt_stage_transmitted(st, pkts, sent, sent, DROP_TX_FULL);
	wait(st, pkts + sent, n - sent);
}

/* The oldest that wait, up to a burst. Off the list, for the device frees what it takes. */
static unsigned int
take_oldest(struct tx_state *tx, struct rte_mbuf **pkts)
{
	unsigned int n = 0;
	lwkt_msg_t msg;

	while (n < LWKT_STAGE_BURST && (msg = TAILQ_FIRST(&tx->tx_list)) != NULL) {
		TAILQ_REMOVE(&tx->tx_list, msg, ms_node);
		pkts[n++] = lwkt_msg_mbuf(msg);
	}
	return n;
}

static __rte_cold unsigned int
try_again(struct lwkt_stage *st)
{
	struct tx_state *tx = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int sent, n = take_oldest(tx, pkts);

	sent = rte_eth_tx_burst(tx->tx_ethdev, tx->tx_queue, pkts, (uint16_t)n);
	while (n-- > sent) {
		lwkt_msg_t msg = lwkt_mbuf_msg(pkts[n]);

		TAILQ_INSERT_HEAD(&tx->tx_list, msg, ms_node);
	}
	tx->tx_waiting -= sent;
	lwkt_stage_unhold(st, sent);
	lwkt_stage_transmitted(st, pkts, sent, sent, DROP_TX_FULL);
	return sent;
}

static unsigned int
tx_work(struct lwkt_stage *st)
{
	const struct tx_state *tx = st->st_state;

	return likely(tx->tx_waiting == 0) ? 0 : try_again(st);
}

static void
tx_purge(struct lwkt_stage *st)
{
	struct tx_state *tx = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n;

	while ((n = take_oldest(tx, pkts)) > 0) {
		tx->tx_waiting -= n;
		lwkt_stage_unhold(st, n);
		lwkt_stage_transmitted(st, pkts, 0, n, DROP_TX_FULL);
	}
}

static const char *const tx_drops[] = {
    [DROP_TX_FULL] = "tx_full", [DROP_TOO_LONG] = "too_long", NULL};

static const char *const full_words[] = {[LWKT_TX_DROP] = "drop", [LWKT_TX_WAIT] = "wait", NULL};

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
    {.pa_name = "full",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_full),
        .pa_words = full_words,
        .pa_help = "what becomes of packets that the device does not take"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_ethdev_tx = {
    .sk_name = "ethdev_tx",
    .sk_state_bytes = sizeof(struct tx_state),
    .sk_init = tx_init,
    .sk_handle = tx_handle,
    .sk_work = tx_work,
    .sk_purge = tx_purge,
    .sk_drop_names = tx_drops,
    .sk_params = tx_params,
    .sk_conf_bytes = sizeof(struct lwkt_ethdev_conf),
    .sk_max_outs = LWKT_STAGE_END,
    .sk_plain = true,
};
