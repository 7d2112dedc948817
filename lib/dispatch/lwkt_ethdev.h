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

struct lwkt_ethdev_params {
	/* Queues, at least 1 each. Over several rx queues the device spreads flows, if it can: RSS
	 * with the symmetric key of lwkt_flowhash.h. */
	uint16_t ep_rxq, ep_txq;
	uint16_t ep_rxd, ep_txd; /* descriptors wanted; the device may adjust them; 0: 1024 */
	uint16_t ep_mtu;         /* 0: what the device has */
	bool ep_promiscuous;
};

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
