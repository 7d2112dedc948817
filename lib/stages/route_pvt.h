/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of kind route: its prefixes and next hops (route_table.c), and the ICMP errors (route_error.c).
 */
#ifndef LWKT_ROUTE_PVT_H
#define LWKT_ROUTE_PVT_H

#include <rte_ether.h>
#include <rte_fib.h>
#include <rte_fib6.h>

#include "stages_pvt.h"

/* A next hop: by which output, and the addresses of its frames. */
struct route_hop {
	struct rte_ether_addr rh_to, rh_from; /* from all zero: where the packet was sent to */
	unsigned int rh_output;
};

/* What both lookups give is an index of rt_hops; 0: no route. */
struct route_table {
	struct rte_fib *rt_fib4;
	struct rte_fib6 *rt_fib6;
	struct route_hop *rt_hops;
	unsigned int rt_nhops;
};

#define ROUTE_HOPS 4096 /* at most, the one that is none included */

/* Is the conf's file right? 0, or a negative errno and why. */
int route_table_check(
    const struct lwkt_route_conf *rc, unsigned int nouts, char *why, size_t bytes);

/* 0, or a negative errno after a logged line; route_table_free() in both cases. */
int route_table_make(
    struct route_table *rt, const struct lwkt_stage *st, const struct lwkt_route_conf *rc);
void route_table_free(struct route_table *rt);

/* What an ICMP error says. */
enum route_error { ROUTE_EXPIRED, ROUTE_NO_ROUTE };

/*
 * The packet becomes the ICMP error about itself, to its sender, with a hop more than it leaves
 * with. False: it is none to be answered, or has no headroom; it is as it was. addr: ours, of IPv4
 * or IPv6. m is ours alone, and its headers have been looked at.
 */
bool route_make_error(struct rte_mbuf *m, bool ipv4, const uint8_t *addr, enum route_error what);

#endif /* LWKT_ROUTE_PVT_H */
