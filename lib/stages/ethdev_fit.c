/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs: what is wanted, and what the driver says that it can.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_ethdev.h>

#include "ethdev_kernel_pvt.h"
#include "lwkt_ethdev.h"

#define DESCRIPTORS 1024
#define KIB         1024
#define UNKNOWN_LEN 18 /* of a frame beyond its mtu: Ethernet header and checksum */

static struct lwkt_ethdev_ring
ring_of(const struct rte_eth_desc_lim *lim)
{
	return (struct lwkt_ethdev_ring){lim->nb_min, lim->nb_max, lim->nb_align};
}

/* ethdev takes an mtu if it is in the range, and the frame is not longer than max_rx_pktlen. */
static void
take_lengths(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info)
{
	bool known = info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu;

	limits->el_overhead = known ? info->max_rx_pktlen - info->max_mtu : UNKNOWN_LEN;
	limits->el_min_mtu = info->min_mtu;
	limits->el_max_mtu = info->max_mtu;
	if (info->max_rx_pktlen > limits->el_overhead)
		limits->el_max_mtu =
		    RTE_MIN(limits->el_max_mtu, info->max_rx_pktlen - limits->el_overhead);
}

int
lwkt_ethdev_limits(uint16_t ethdev, struct lwkt_ethdev_limits *limits)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	if (rc < 0)
		return rc;
	*limits = (struct lwkt_ethdev_limits){
	    .el_rx = ring_of(&info.rx_desc_lim),
	    .el_tx = ring_of(&info.tx_desc_lim),
	    .el_min_buf = info.min_rx_bufsize,
	    .el_max_segs = info.tx_desc_lim.nb_mtu_seg_max,
	    .el_rx_offloads = info.rx_offload_capa,
	    .el_tx_offloads = info.tx_offload_capa,
	};
	take_lengths(limits, &info);
	kernel_limits(limits, &info);
	return 0;
}

static uint16_t
fit_ring(const struct lwkt_ethdev_ring *er, uint16_t wanted)
{
	uint32_t n = wanted != 0 ? wanted : DESCRIPTORS;

	if (er->er_align > 1)
		n = (n + er->er_align - 1) / er->er_align * er->er_align;
	if (er->er_max != 0)
		n = RTE_MIN(n, er->er_max);
	return (uint16_t)RTE_MIN(RTE_MAX(n, er->er_min), (uint32_t)UINT16_MAX);
}

static uint32_t
buffer_of(unsigned int data_room)
{
	return data_room > RTE_PKTMBUF_HEADROOM ? data_room - RTE_PKTMBUF_HEADROOM : 0;
}

unsigned int
lwkt_ethdev_data_room(const struct lwkt_ethdev_limits *limits, unsigned int mtu)
{
	uint32_t bytes = RTE_MAX(mtu + limits->el_overhead, limits->el_min_buf);

	return RTE_MIN(
	    (bytes + KIB - 1) / KIB * KIB + RTE_PKTMBUF_HEADROOM, (unsigned int)UINT16_MAX);
}

/*
 * Frames that do not fit into an mbuf need a device that scatters them. An mtu that nobody asked
 * for is left to the driver: it may not even have frames as long as that.
 */
static int
fit_mtu(const struct lwkt_ethdev_limits *limits, const struct lwkt_ethdev_params *params,
    unsigned int data_room, struct lwkt_ethdev_setup *es, char *why, size_t bytes)
{
	uint32_t buffer = buffer_of(data_room);
	bool scatters = (limits->el_rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;

	es->es_mtu = params->ep_mtu != 0
	                 ? params->ep_mtu
	                 : (uint16_t)RTE_MIN(limits->el_max_mtu, (uint32_t)RTE_ETHER_MTU);
	if (es->es_mtu < limits->el_min_mtu || es->es_mtu > limits->el_max_mtu) {
		snprintf(why, bytes, "mtu: %u, its driver takes %u to %u; give one of these",
		    es->es_mtu, limits->el_min_mtu, limits->el_max_mtu);
		return -ERANGE;
	}
	es->es_frame = es->es_mtu + limits->el_overhead;
	es->es_segs = 1;
	if (buffer < limits->el_min_buf || buffer == 0) {
		snprintf(why, bytes,
		    "mbufs: its driver wants %u bytes in each, these have %u; give a data room of %u",
		    limits->el_min_buf, buffer, lwkt_ethdev_data_room(limits, es->es_mtu));
		return -EMSGSIZE;
	}
	if (es->es_frame <= buffer)
		return 0;
	if (scatters) {
		es->es_segs = (es->es_frame + buffer - 1) / buffer;
		es->es_rx_offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	} else if (params->ep_mtu != 0) {
		snprintf(why, bytes,
		    "mtu: frames of %u bytes do not fit into mbufs of %u, and its driver does not "
		    "scatter them over several; give a data room of %u, or a smaller mtu",
		    es->es_frame, buffer, lwkt_ethdev_data_room(limits, es->es_mtu));
		return -EMSGSIZE;
	}
	return 0;
}

#define TAGS 8    /* bytes of two VLAN tags */
#define PAGE 4096 /* a block of slots is as large at least */

/* What fills a slot may have been longer, so the longest frame is to leave a byte free. */
static int
fit_slot(const struct lwkt_ethdev_limits *limits, char *why, size_t bytes)
{
	uint32_t longest = limits->el_if_mtu + RTE_ETHER_HDR_LEN + TAGS;
	uint32_t framesz = rte_align32pow2(longest + KERNEL_SLOT_HEAD + 1);
	uint32_t have = limits->el_slot + KERNEL_SLOT_HEAD;

	if (limits->el_slot == 0 || (longest < limits->el_slot && limits->el_block % have == 0))
		return 0;
	if (longest < limits->el_slot) {
		snprintf(why, bytes,
		    "blocksz: slots of %u bytes do not fill blocks of %u, and its driver would look for "
		    "frames where none are; give its --vdev framesz=%u,blocksz=%u",
		    have, limits->el_block, framesz, RTE_MAX(framesz, PAGE));
		return -EINVAL;
	}
	snprintf(why, bytes,
	    "framesz: interface %s has mtu %u, and frames of more than %u bytes would come in cut; "
	    "give its --vdev framesz=%u,blocksz=%u, or the interface mtu %u",
	    limits->el_if_name, limits->el_if_mtu, limits->el_slot, framesz, RTE_MAX(framesz, PAGE),
	    RTE_MIN(limits->el_slot - RTE_ETHER_HDR_LEN - TAGS - 1, RTE_ETHER_MTU));
	return -EMSGSIZE;
}

static int
fit_tx(const struct lwkt_ethdev_limits *limits, const struct lwkt_ethdev_params *params,
    struct lwkt_ethdev_setup *es, char *why, size_t bytes)
{
	unsigned int segs = RTE_MAX(params->ep_tx_segs, 1);
	bool chains = (limits->el_tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
	unsigned int most = chains && limits->el_max_segs != 0 ? limits->el_max_segs
	                    : chains                           ? UINT16_MAX
	                                                       : 1;

	if (segs > most) {
		snprintf(why, bytes,
		    "tx: packets of %u mbufs come to it, its driver sends at most %u; give a larger "
		    "data room, or a smaller mtu",
		    segs, most);
		return -EMSGSIZE;
	}
	if (segs > 1)
		es->es_tx_offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	else if (params->ep_fast_free)
		es->es_tx_offloads |= limits->el_tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	return 0;
}

/* What was asked for by number, and is another number now. */
static void
say_rings(const struct lwkt_ethdev_limits *limits, const struct lwkt_ethdev_params *params,
    const struct lwkt_ethdev_setup *es, char *why, size_t bytes)
{
	bool rx = params->ep_rxd != 0 && params->ep_rxd != es->es_rxd;
	bool tx = params->ep_txd != 0 && params->ep_txd != es->es_txd;
	const struct lwkt_ethdev_ring *er = rx ? &limits->el_rx : &limits->el_tx;

	if (rx || tx)
		snprintf(why, bytes,
		    "%u rx and %u tx descriptors, not %u and %u: its driver takes %u to %u %s, in "
		    "multiples of %u",
		    es->es_rxd, es->es_txd, params->ep_rxd, params->ep_txd, er->er_min, er->er_max,
		    rx ? "rx" : "tx", RTE_MAX(er->er_align, 1));
}

int
lwkt_ethdev_fit(const struct lwkt_ethdev_limits *limits, const struct lwkt_ethdev_params *params,
    unsigned int data_room, struct lwkt_ethdev_setup *setup, char *why, size_t bytes)
{
	struct lwkt_ethdev_setup es = {
	    .es_rxd = fit_ring(&limits->el_rx, params->ep_rxd),
	    .es_txd = fit_ring(&limits->el_tx, params->ep_txd),
	};
	int rc;

	why[0] = '\0';
	rc = fit_slot(limits, why, bytes);
	if (rc == 0)
		rc = fit_mtu(limits, params, data_room, &es, why, bytes);
	if (rc == 0)
		rc = fit_tx(limits, params, &es, why, bytes);
	if (rc < 0)
		return rc;
	if (params->ep_rxq > 1) /* it says what it spread the flows by */
		es.es_rx_offloads |= limits->el_rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH;
	say_rings(limits, params, &es, why, bytes);
	*setup = es;
	return 0;
}
