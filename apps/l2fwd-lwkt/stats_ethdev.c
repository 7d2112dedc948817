/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ethdev and the driver count, in all and queue by queue, as one reading: that is why it comes
 * from the extended statistics. struct rte_eth_stats has queues up to DPDK 25.07 only.
 */
#include <stddef.h>
#include <stdio.h>

#include "stats.h"

#define WANTED_MAX (8 + 5 * L2FWD_STATS_QUEUES)

/* A counter's name, and which 64 bits it is of a struct. */
struct counter {
	const char *co_name;
	unsigned int co_place;
};

#define PLACE(type, field) (offsetof(type, field) / sizeof(uint64_t))

static const struct counter all[] = {
    {"rx_good_packets", PLACE(struct l2fwd_ethdev_stats, es_all.ipackets)},
    {"tx_good_packets", PLACE(struct l2fwd_ethdev_stats, es_all.opackets)},
    {"rx_good_bytes", PLACE(struct l2fwd_ethdev_stats, es_all.ibytes)},
    {"tx_good_bytes", PLACE(struct l2fwd_ethdev_stats, es_all.obytes)},
    {"rx_missed_errors", PLACE(struct l2fwd_ethdev_stats, es_all.imissed)},
    {"rx_errors", PLACE(struct l2fwd_ethdev_stats, es_all.ierrors)},
    {"tx_errors", PLACE(struct l2fwd_ethdev_stats, es_all.oerrors)},
    {"rx_mbuf_allocation_errors", PLACE(struct l2fwd_ethdev_stats, es_all.rx_nombuf)},
};
static const struct counter each[] = {
    {"packets", PLACE(struct l2fwd_queue_stats, qs_packets)},
    {"bytes", PLACE(struct l2fwd_queue_stats, qs_bytes)},
    {"errors", PLACE(struct l2fwd_queue_stats, qs_errors)},
};

/* Of each ethdev: the numbers of the statistics that it has of these, and where they go. */
static struct wanted {
	unsigned int wa_n; /* 0: not looked for yet */
	uint64_t wa_id[WANTED_MAX];
	unsigned int wa_place[WANTED_MAX];
} table[RTE_MAX_ETHPORTS];

unsigned int
l2fwd_stats_nqueues(uint16_t ethdev, bool rx)
{
	struct rte_eth_dev_info info;

	/* DPDK would log that it has gone. */
	if (!rte_eth_dev_is_valid_port(ethdev) || rte_eth_dev_info_get(ethdev, &info) < 0 ||
	    info.dev_flags == NULL || (*info.dev_flags & RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS) == 0)
		return 0;
	return RTE_MIN(rx ? info.nb_rx_queues : info.nb_tx_queues, L2FWD_STATS_QUEUES);
}

static void
want(struct wanted *wa, uint16_t ethdev, const char *name, unsigned int place)
{
	uint64_t id;

	if (rte_eth_xstats_get_id_by_name(ethdev, name, &id) < 0)
		return;
	wa->wa_id[wa->wa_n] = id;
	wa->wa_place[wa->wa_n++] = place;
}

static void
want_queues(struct wanted *wa, uint16_t ethdev, bool rx)
{
	const size_t first = rx ? offsetof(struct l2fwd_ethdev_stats, es_rx)
	                        : offsetof(struct l2fwd_ethdev_stats, es_tx);
	char name[RTE_ETH_XSTATS_NAME_SIZE];

	for (unsigned int q = 0; q < l2fwd_stats_nqueues(ethdev, rx); q++) {
		size_t place = (first + q * sizeof(struct l2fwd_queue_stats)) / sizeof(uint64_t);

		for (unsigned int i = 0; i < (rx ? 3 : 2); i++) {
			snprintf(
			    name, sizeof(name), "%s_q%u_%s", rx ? "rx" : "tx", q, each[i].co_name);
			want(wa, ethdev, name, (unsigned int)place + each[i].co_place);
		}
	}
}

void
l2fwd_stats_ethdev(uint16_t ethdev, struct l2fwd_ethdev_stats *stats)
{
	struct wanted *wa = &table[ethdev];
	uint64_t value[WANTED_MAX], *to = (uint64_t *)stats;

	if (!rte_eth_dev_is_valid_port(ethdev))
		return;
	if (wa->wa_n == 0) {
		for (unsigned int i = 0; i < RTE_DIM(all); i++)
			want(wa, ethdev, all[i].co_name, all[i].co_place);
		want_queues(wa, ethdev, true);
		want_queues(wa, ethdev, false);
	}
	if (rte_eth_xstats_get_by_id(ethdev, wa->wa_id, value, wa->wa_n) != (int)wa->wa_n)
		return;
	for (unsigned int i = 0; i < wa->wa_n; i++)
		to[wa->wa_place[i]] = value[i];
}
