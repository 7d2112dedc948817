/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts of packets through a port, for those whose packets need to be messages only between CPUs:
 * what lwkt_initmsg(), lwkt_sendmsg_burst(), lwkt_getport_burst() and lwkt_replymsg_burst() do, in
 * one pass over the messages at each end. For lib/dispatch; programs use those.
 */
#ifndef LWKT_PKTBURST_H
#define LWKT_PKTBURST_H

#include <rte_mbuf.h>

#include <lwkt_msgport.h>

/**
 * Make packets messages and send them: lwkt_initmsg() of each, with lwkt_pktfree_port() as its
 * reply port, and lwkt_sendmsg_burst(). On the way to a thread port of another CPU the messages are
 * written and not read.
 *
 * @param port   where to.
 * @param pkts   n plain mbufs of the caller's.
 * @param n      how many.
 * @param flags  as for lwkt_initmsg().
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: ours.
 */
void lwkt_send_packets(lwkt_port_t port, struct rte_mbuf *const *pkts, unsigned int n, int flags);

/**
 * Take packets whose messages have just arrived at a thread port, and end these: as
 * lwkt_getport_burst() and then lwkt_replymsg_burst() with EASYNC, so the packets live on. Only if
 * the port is empty, and only messages that are all alike: of packets, with lwkt_pktfree_port() as
 * their reply port and without attributes. What it leaves is for lwkt_getport_burst().
 *
 * @param port   the caller's.
 * @param pkts   room for n; the packets are the caller's, plain mbufs.
 * @param n      most to take.
 * @param never  a message with one of these application's flags is not taken.
 * @param flags  if it took some: the flags that their messages had.
 * @return how many packets; 0: none, see above.
 * Context: the port's owner, does not block. Ordering: acquires E1, releases E3. Source: ours.
 */
unsigned int lwkt_getport_packets(
    lwkt_port_t port, struct rte_mbuf **pkts, unsigned int n, int never, int *flags);

#endif /* LWKT_PKTBURST_H */
