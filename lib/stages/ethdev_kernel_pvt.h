/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethdevs that are interfaces of the kernel's: net_af_packet, net_tap, net_pcap with iface=. Two
 * things are otherwise than with a NIC.
 *
 *   checksums  The kernel may leave TCP's and UDP's to a NIC that is not there: the field then holds
 *              the folded sum of the pseudo-header and nothing else. kernel_mend() completes those,
 *              and only those: all others stay as they are, wrong ones too.
 *   segments   It may leave it to that NIC to cut TCP into segments, too. kernel_segment() does.
 *   length     net_af_packet's ring has slots of a fixed size, and what is longer comes in cut, as
 *              if it were whole. So lwkt_ethdev_fit() refuses an interface whose mtu does not fit
 *              into a slot. What fills one all the same was cut; of TCP the segments that are
 *              there whole go on.
 */
#ifndef LWKT_ETHDEV_KERNEL_PVT_H
#define LWKT_ETHDEV_KERNEL_PVT_H

#include <rte_mbuf.h>

#include <lwkt_stage.h>

#include "lwkt_ethdev.h"

/* In front of a frame in a slot of net_af_packet's (tpacket_rcv() of Linux). */
#define KERNEL_SLOT_HEAD 66

struct rte_eth_dev_info;

/* Fill in el_if_name, el_if_mtu, el_slot and el_block; zero where the kernel has nothing to do with it. */
void kernel_limits(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info);

/* Does it hand over unfinished checksums? No NIC does. */
bool kernel_unfinished(uint16_t ethdev);

/* What is to be done with packets of such an ethdev. */
struct kernel_ways {
	uint32_t kw_slot; /* what is as long or longer was cut; 0: nothing is */
	uint32_t kw_mtu;  /* of the interface */
	bool kw_complete; /* complete checksums */
};

enum kernel_found {
	KERNEL_AS_IT_IS,
	KERNEL_COMPLETED, /* its checksum was unfinished */
	KERNEL_SEGMENTS,  /* the sender has left it to its device to segment: kernel_segment() */
	KERNEL_CUT,       /* and nothing can be made of it */
};

/* Of a packet to segment; the segments' first has the number 0. */
struct kernel_segments {
	uint32_t ks_ip_at, ks_l4_at, ks_payload_at; /* bytes before them */
	uint32_t ks_mss, ks_payload;                /* bytes of TCP's: of a segment, of all */
	unsigned int ks_n; /* that are there whole, the last perhaps short */
	bool ks_ipv4;
	bool ks_cut; /* there would be more */
};

/* What is a packet that came from such an ethdev? Completes its checksum. KERNEL_SEGMENTS: in ks. */
enum kernel_found kernel_mend(
    struct rte_mbuf *m, const struct kernel_ways *ways, struct kernel_segments *ks);

/*
 * Segment a packet: it becomes the first segment itself, the others are new ones, of its pool. They
 * have IP packets of the interface's mtu. Where there are no more mbufs it is fewer, and ks_cut.
 *
 * @return how many others.
 */
unsigned int kernel_segment(
    struct rte_mbuf *m, struct kernel_segments *ks, struct rte_mbuf *others[LWKT_STAGE_BURST]);

#endif /* LWKT_ETHDEV_KERNEL_PVT_H */
