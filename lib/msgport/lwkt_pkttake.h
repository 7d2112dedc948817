/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets out of a port, for those who need their messages no more. For lib/dispatch; programs use
 * lwkt_getport_burst() and lwkt_replymsg_burst().
 */
#ifndef LWKT_PKTTAKE_H
#define LWKT_PKTTAKE_H

#include <rte_mbuf.h>

#include <lwkt_msgport.h>

/**
 * Take packets whose messages have just arrived at a thread port, and end these, in one pass: as
 * lwkt_getport_burst() and then lwkt_replymsg_burst() with EASYNC, so the packets live on. It takes
 * only what comes next if the port is empty, and only messages that are all alike: of packets, with
 * lwkt_pktfree_port() as their reply port and without attributes. What it leaves is for
 * lwkt_getport_burst(). Both lines of each mbuf are on their way when it returns.
 *
 * @param port   the caller's.
 * @param pkts   room for n; the packets are the caller's, plain mbufs.
 * @param n      most to take.
 * @param never  a message with one of these application's flags is not taken.
 * @param flags  if it took some: the flags that their messages had.
 * @return how many packets; 0: none, see above.
 * Context: the port's owner. Does not block. Ordering: acquires E1, releases E3. Source: ours.
 */
unsigned int lwkt_getport_packets(
    lwkt_port_t port, struct rte_mbuf **pkts, unsigned int n, int never, int *flags);

#endif /* LWKT_PKTTAKE_H */
