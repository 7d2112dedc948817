/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds of stages that work on network headers, over DPDK's own libraries. Included by
 * lwkt_stages.h, whose rules hold here.
 *
 *      fewer packets leave   reassemble  gro
 *      more packets leave    ipfrag  gso
 *      as many leave         vlan  route
 *
 * All of these look behind Ethernet and up to two tags. Checksums are made in software. Packets
 * that leave may have many segments, and the pool of a pipeline file has mbufs for them (sk_mbufs
 * in lwkt_stage.h); give the pool as many where a program makes it.
 */
#ifndef LWKT_STAGES_NET_H
#define LWKT_STAGES_NET_H

#include <rte_ether.h>
#include <rte_mempool.h>

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Puts fragments of IPv4 and IPv6 together again (librte_ip_frag). All that is whole goes on to
 * output 0 in the order in which it became whole; the fragments of a datagram that is not complete
 * are held, for at most ac_timeout_ms, and for less if more than half of the pipeline's credits are
 * held here. A datagram counts as one packet that goes on, its other fragments as merged. Where
 * IPv6 has other extension headers before that of the fragment, the fragment goes on as it is.
 * Drops: timeout (the rest did not come in time), failed (overlaps, lengths that cannot be, more than
 * LWKT_REASSEMBLE_FRAGMENTS, or ac_datagrams are incomplete already). Conf: may be NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_reassemble;

#define LWKT_REASSEMBLE_TIMEOUT_MS 1000 /* default of ac_timeout_ms */
#define LWKT_REASSEMBLE_DATAGRAMS  1024 /* default of ac_datagrams */
#define LWKT_REASSEMBLE_FRAGMENTS  RTE_LIBRTE_IP_FRAG_MAX_FRAG

struct lwkt_reassemble_conf {
	uint32_t ac_timeout_ms; /* from a datagram's first fragment on, 1 .. 60,000 */
	uint32_t ac_datagrams;  /* incomplete ones at a time, 16 .. 65,536 */
};

struct lwkt_reassemble_stats {
	uint64_t as_fragments; /* that came */
	uint64_t as_datagrams; /* put together */
};

/**
 * Copy what a stage of kind reassemble has counted, each value exact by itself.
 *
 * @param st     a stage.
 * @param stats  filled in.
 * @return 0; -EINVAL: it is of another kind, and nothing is written.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
int lwkt_reassemble_stats(const struct lwkt_stage *st, struct lwkt_reassemble_stats *stats);

/**
 * Cuts IP packets that are longer than an MTU into fragments (librte_ip_frag); all go to output 0.
 * The first fragment takes the packet's place, the others are made. What is no longer than the MTU,
 * or not IP, goes on as it is. Fragments share the packet's data, without a copy. Drops:
 * dont_fragment (IPv4, and the sender forbids it), no_mbuf, bad (a length that cannot be). IPv6
 * packets are cut too, as their sender would have done. Conf: a struct
 * lwkt_mtu_conf, may be NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_ipfrag;

/** Of kinds ipfrag and gso. */
struct lwkt_mtu_conf {
	uint32_t mc_mtu;             /* bytes of an IP packet, headers included; 1,280 .. 65,535 */
	struct rte_mempool *mc_pool; /* of what is made, or its name; neither: the packet's own */
	char mc_pool_name[RTE_MEMPOOL_NAMESIZE];
};

#define LWKT_MTU     1500 /* default of mc_mtu, and its least */
#define LWKT_MTU_MIN 1280

/**
 * Puts TCP segments over IPv4 that come in one burst, of one flow and in a row, together to one
 * packet (librte_gro), LWKT_GRO_MOST at most; all go to output 0. The segments that have become
 * part of another one count as merged. Only segments with data whose checksum is right, no options
 * missing and no flag but ACK are put together; what comes between two of them ends the packet, so
 * that no flow's packets change their order. No packet is held. Conf: NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_gro;

#define LWKT_GRO_MOST 16 /* segments that become one packet, at most */

/**
 * Cuts TCP packets over IPv4 that are longer than an MTU into segments (librte_gso); all go to
 * output 0. The first segment takes the packet's place, the others are made. Everything else goes
 * on as it is. Segments share the packet's data, without a copy. Drops: bad_checksum (of the whole
 * packet: its segments would hide that), no_mbuf. Conf: a struct lwkt_mtu_conf,
 * may be NULL.
 */
extern const struct lwkt_stage_kind lwkt_stage_gso;

/**
 * Puts a VLAN tag in front of each packet's type (push), takes it away (pop), or changes its VLAN
 * and leaves its priority (translate). What has been changed goes to output 0. Packets without such
 * an outer tag, or of another VLAN, are not what pop and translate mean: they go to output 1 as they
 * are, if there is one. A tag that a driver has taken out of the frame is put back before.
 * Drops: other_vlan (those, without an output 1), runt, no_room (no headroom, or its data is shared).
 */
extern const struct lwkt_stage_kind lwkt_stage_vlan;

#define LWKT_VLAN_MAX  4094
#define LWKT_VLAN_MASK 0xfff /* of a tag's control information */

enum lwkt_vlan_action { LWKT_VLAN_PUSH, LWKT_VLAN_POP, LWKT_VLAN_TRANSLATE };
enum lwkt_vlan_tag { LWKT_VLAN_8021Q, LWKT_VLAN_8021AD };

struct lwkt_vlan_conf {
	enum lwkt_vlan_action vc_action;
	enum lwkt_vlan_tag vc_tag;
	uint16_t vc_vlan; /* 1 .. LWKT_VLAN_MAX */
	uint16_t vc_from; /* translate: the VLAN that is changed; else 0 */
	uint8_t vc_pcp;   /* push: 0 .. 7 */
};

/**
 * Routes IPv4 and IPv6 without tags (librte_fib): the longest prefix says by which output a packet
 * leaves and to which MAC address; a hop is taken off. A packet that has no hop left, or no route,
 * becomes the ICMP error about itself and goes where its sender is, if the stage has an address of
 * that family; at most rc_errors a second. Nothing is answered or asked: next hops are given, ARP
 * and neighbour discovery are not spoken. Packets are not cut: where an output's MTU is smaller
 * there is ipfrag. Drops: not_ip, local (a group's MAC address, or an address that is not routed),
 * bad (lengths or checksum), expired and no_route (and no error was sent), shared (its data is
 * others' too).
 */
extern const struct lwkt_stage_kind lwkt_stage_route;

#define LWKT_ROUTE_ERRORS 1000 /* default of rc_errors */

enum lwkt_route_table {
	LWKT_ROUTE_TREE,   /* 100 bytes or so a route; a lookup goes down a tree */
	LWKT_ROUTE_DIRECT, /* 32 MB for each family at least; a lookup is one or a few loads */
};

struct lwkt_route_conf {
	/*
	 * A file of routes, "" for none. Each line PREFIX/BITS OUTPUT MAC, as
	 * "10.1.0.0/16 0 02:00:00:00:00:01"; what is behind a # is a comment.
	 */
	char rc_routes[256];
	struct rte_ether_addr rc_gateway;     /* not 0: 0.0.0.0/0 and ::/0 go there by output 0 */
	char rc_address[16], rc_address6[46]; /* text, of the stage: what errors come from; or "" */
	uint32_t rc_errors;                   /* a second, at most, 1 .. 1,000,000 */
	enum lwkt_route_table rc_table;
	/*
	 * By output: the address that frames come from; 0: that they came to. From a file it is that
	 * of the ethdev that the output leads to.
	 */
	struct rte_ether_addr rc_mac[LWKT_STAGE_OUTS];
};

#ifdef __cplusplus
}
#endif

#endif /* LWKT_STAGES_NET_H */
