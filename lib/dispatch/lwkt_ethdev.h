/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bringing an ethdev up and down for the rx and tx stages.
 */
#ifndef LWKT_ETHDEV_H
#define LWKT_ETHDEV_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an ethdev can do with several queues. */
struct lwkt_ethdev_caps {
	uint16_t ea_max_rxq, ea_max_txq; /* 1 at least */
	const char *ea_no_rss;           /* why it cannot spread flows with our key; NULL: it can */
};

/**
 * Ask an ethdev what it can do.
 *
 * @param ethdev  its DPDK port id.
 * @param caps    filled in, also on failure: one queue each, no RSS.
 * @return 0 or a negative errno of rte_eth_dev_info_get().
 * Context: main lcore. Ordering: none. Source: ours, on rte_eth_dev_info_get().
 */
int lwkt_ethdev_caps(uint16_t ethdev, struct lwkt_ethdev_caps *caps);

struct lwkt_ethdev_params {
	/* Queues, at least 1 each. Over several rx queues the device spreads flows, if it can: RSS
	 * with the symmetric key of lwkt_flowhash.h. */
	uint16_t ep_rxq, ep_txq;
	uint16_t ep_rxd, ep_txd; /* descriptors wanted; the device may adjust them; 0: 1024 */
	uint16_t ep_mtu;         /* 0: what the device has */
	bool ep_promiscuous;
	/** Rx interrupts, for LWKT_IDLE_INTERRUPT; a device that cannot have them starts without.
	 */
	bool ep_interrupts;
};

/**
 * Does its driver take these queues? Some do not take each number up to the most.
 *
 * @param ethdev  its DPDK port id, not started.
 * @param params  queues and mtu; what else is in it is not looked at.
 * @return 0 or a negative errno of rte_eth_dev_configure(); the driver may have logged why.
 * Context: main lcore; blocks as the driver does. Ordering: none. Source: ours, on
 * rte_eth_dev_configure().
 */
int lwkt_ethdev_try(uint16_t ethdev, const struct lwkt_ethdev_params *params);

/**
 * Configure an ethdev and its queues, and start it.
 *
 * @param ethdev  its DPDK port id.
 * @param params  queues and descriptors; copied.
 * @param pool    mbufs for its rx queues, from lwkt_pktmbuf_pool_create(); a pool without room for
 *                messages is refused.
 * @return 0 or a negative errno, after one logged line that names the ethdev, the step and the fix.
 *         On failure the ethdev is left stopped.
 * Context: main lcore; blocks as the driver does. Ordering: none. Source: ours, on
 * rte_eth_dev_start().
 */
int lwkt_ethdev_start(
    uint16_t ethdev, const struct lwkt_ethdev_params *params, struct rte_mempool *pool);

/**
 * Was it started with rx interrupts? Whether its driver has one for each queue is another question;
 * lwkt_stage_wakes() of the stage that polls it answers that.
 *
 * @param ethdev  its DPDK port id.
 * @return true if so.
 * Context: main lcore. Ordering: none. Source: ours.
 */
bool lwkt_ethdev_interrupts(uint16_t ethdev);

/**
 * Stop an ethdev, no packet in or out any more; its counters can still be read.
 *
 * @param ethdev  its DPDK port id.
 * Context: main lcore, no stage uses it; blocks as the driver does. Ordering: none.
 * Source: rte_eth_dev_stop().
 */
void lwkt_ethdev_stop(uint16_t ethdev);

/**
 * Close it: every mbuf that it holds goes back to its pool.
 *
 * @param ethdev  its DPDK port id, stopped.
 * Context: main lcore; blocks as the driver does. Ordering: none. Source: rte_eth_dev_close().
 */
void lwkt_ethdev_close(uint16_t ethdev);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_ETHDEV_H */
