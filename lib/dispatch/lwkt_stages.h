/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stage kinds that come with the library, and what each wants to know (lwkt_stage_row's
 * sr_conf). One file a kind under stages/.
 */
#ifndef LWKT_STAGES_H
#define LWKT_STAGES_H

#include <rte_ether.h>

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Source: packets from one queue of an ethdev, all to output 0. */
extern const struct lwkt_stage_kind lwkt_stage_ethdev_rx;

/** Sink: packets to one queue of an ethdev. Drops: tx_full (the device did not take them). */
extern const struct lwkt_stage_kind lwkt_stage_ethdev_tx;

struct lwkt_ethdev_conf {
	uint16_t ec_ethdev;
	uint16_t ec_queue;
};

/**
 * Forwarding as DPDK's l2fwd does it: the packet leaves by the output that is set for the ethdev
 * it came in on; its MAC addresses are rewritten on the way (destination 02:00:00:00:00:NN, NN the
 * leaving ethdev, source that ethdev's own). Drops: no_output (nothing set for that ethdev), runt
 * (shorter than an Ethernet header).
 */
extern const struct lwkt_stage_kind lwkt_stage_l2fwd;

#define LWKT_L2FWD_NONE 0xff

/*
 * In a pipeline file: `routes`, by the order of its ethdevs, and the outputs' ethdevs are found by
 * following them. In code: leave lc_nroutes 0 and fill in the rest.
 */
struct lwkt_l2fwd_conf {
	bool lc_mac_update;
	uint8_t lc_routes[RTE_MAX_ETHPORTS]; /* by entry of `ethdevs`: output */
	unsigned int lc_nroutes;
	uint8_t
	    lc_output[RTE_MAX_ETHPORTS]; /* by ethdev the packet came from, or LWKT_L2FWD_NONE */
	uint16_t lc_ethdev[LWKT_STAGE_OUTS];           /* by output: the ethdev it leads to, ... */
	struct rte_ether_addr lc_mac[LWKT_STAGE_OUTS]; /* ... and that one's address */
};

#ifdef __cplusplus
}
#endif

#endif /* LWKT_STAGES_H */
