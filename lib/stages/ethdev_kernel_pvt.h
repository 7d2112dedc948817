/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs that are interfaces of the kernel's: net_af_packet, net_tap, net_pcap with iface=. Two
 * things are otherwise than with a NIC.
 *
 *   checksums  The kernel may leave TCP's and UDP's to a NIC that is not there: the field then holds
 *              the folded sum of the pseudo-header and nothing else. kernel_mend() completes those,
 *              and only those: all others stay as they are, wrong ones too.
 *   length     net_af_packet's ring has slots of a fixed size, and what is longer comes in cut, as
 *              if it were whole. So lwkt_ethdev_fit() refuses an interface whose mtu does not fit
 *              into a slot; what fills one all the same (segments that the sender has left to its
 *              device) is cut, and kernel_mend() says which.
 */
#ifndef LWKT_ETHDEV_KERNEL_PVT_H
#define LWKT_ETHDEV_KERNEL_PVT_H

#include <rte_mbuf.h>

#include "lwkt_ethdev.h"

/* In front of a frame in a slot of net_af_packet's (tpacket_rcv() of Linux). */
#define KERNEL_SLOT_HEAD 66

struct rte_eth_dev_info;

/* Fill in el_if_name, el_if_mtu and el_slot; zero where the kernel has nothing to do with it. */
void kernel_limits(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info);

/* Does it hand over unfinished checksums? No NIC does. */
bool kernel_unfinished(uint16_t ethdev);

/* What is to be done with packets of such an ethdev. */
struct kernel_ways {
	uint32_t kw_slot; /* what is as long or longer was cut; 0: nothing is */
	uint32_t kw_mtu;  /* of the interface */
	bool kw_complete; /* complete checksums */
};

struct kernel_mended {
	unsigned int km_whole;     /* packets that go on */
	unsigned int km_completed; /* of these: with a checksum that was unfinished */
	unsigned int km_segments;  /* of these: first segments, whose rest was cut off */
};

/*
 * At most LWKT_STAGE_BURST packets that came from such an ethdev. First those that go on, then
 * those that were cut. A TCP packet whose rest the sender has left to its device to segment is cut
 * too, but its first segment is whole and goes on: without it the sender never gets on.
 */
void kernel_mend(struct rte_mbuf **pkts, unsigned int n, const struct kernel_ways *ways,
    struct kernel_mended *km);

#endif /* LWKT_ETHDEV_KERNEL_PVT_H */
