/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bringing an ethdev up and down for the rx and tx stages.
 */
#ifndef LWKT_ETHDEV_H
#define LWKT_ETHDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>
#include <stdint.h>

#include <rte_mempool.h>

struct lwkt_stage;

#ifdef __cplusplus
extern "C" {
#endif

/** How an ethdev's RSS brings both directions of a flow to one queue. */
enum lwkt_ethdev_rss {
	LWKT_ETHDEV_RSS_REPEATED, /**< with the key of lwkt_flowhash.h; any NIC can */
	LWKT_ETHDEV_RSS_XOR,      /**< its symmetric_toeplitz, with a strong key */
	LWKT_ETHDEV_RSS_SORT,     /**< its symmetric_toeplitz_sort, with a strong key */
};

/** What an ethdev can do with several queues. */
struct lwkt_ethdev_caps {
	uint16_t ea_max_rxq, ea_max_txq; /* 1 at least */
	const char *ea_no_rss;           /* why it cannot spread flows with our key; NULL: it can */
	/** The best of what its driver reports, taken unless ep_nic_hash wants the flow hash's. */
	enum lwkt_ethdev_rss ea_rss;
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

/**
 * What RSS uses, as words: "its RSS with ...".
 *
 * @param rss  ea_rss, or LWKT_ETHDEV_RSS_REPEATED with ep_nic_hash.
 * @return static.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
const char *lwkt_ethdev_rss_name(enum lwkt_ethdev_rss rss);

/**
 * Which flows it does not tell apart.
 *
 * @param rss  ea_rss, or LWKT_ETHDEV_RSS_REPEATED with ep_nic_hash.
 * @return static; NULL: it spreads any flows.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
const char *lwkt_ethdev_rss_cost(enum lwkt_ethdev_rss rss);

/** Between what its driver takes, as ethdev's information says. */
struct lwkt_ethdev_limits {
	/** Descriptors of a queue: least, most (0: it does not say), and what they are multiples
	 * of.
	 */
	struct lwkt_ethdev_ring {
		uint16_t er_min, er_max, er_align;
	} el_rx, el_tx;
	uint32_t el_min_mtu, el_max_mtu;         /**< bytes without Ethernet header */
	uint32_t el_overhead;                    /**< bytes of a frame beyond its mtu */
	uint32_t el_min_buf;                     /**< bytes that an rx buffer has at least */
	uint32_t el_max_segs;                    /**< mbufs of a frame to send */
	uint64_t el_rx_offloads, el_tx_offloads; /**< RTE_ETH_RX_OFFLOAD_, RTE_ETH_TX_OFFLOAD_ */
	char el_if_name[IF_NAMESIZE];            /**< the kernel's interface behind it; "": none */
	uint32_t el_if_mtu;                      /**< the mtu that the kernel has for it */
	uint32_t el_slot;  /**< longer frames come in cut; 0: none does, or it is not known */
	uint32_t el_block; /**< bytes of the blocks that slots with their heads are in; 0 too */
};

/**
 * Ask an ethdev for its limits.
 *
 * @param ethdev  its DPDK port id.
 * @param limits  filled in; on failure untouched.
 * @return 0 or a negative errno of rte_eth_dev_info_get().
 * Context: main lcore. Ordering: none. Source: ours, on rte_eth_dev_info_get().
 */
int lwkt_ethdev_limits(uint16_t ethdev, struct lwkt_ethdev_limits *limits);

struct lwkt_ethdev_params {
	/* Queues, at least 1 each. Over several rx queues the device spreads flows, if it can: by
	 * symmetric RSS, with a strong key where its driver reports such a function (DPDK 23.11 or
	 * newer), else with the symmetric key of lwkt_flowhash.h. */
	uint16_t ep_rxq, ep_txq;
	uint16_t ep_rxd, ep_txd; /* descriptors wanted, fitted to the driver's limits; 0: 1024 */
	uint16_t ep_mtu;         /* 0: 1500, or less where the device has less */
	bool ep_promiscuous;
	/** A distributor takes the device's hash (fc_nic): RSS with the key of lwkt_flowhash.h. */
	bool ep_nic_hash;
	/** Most mbufs of a packet that is sent; 0: one. */
	uint16_t ep_tx_segs;
	/**
	 * The driver may free what it has sent in bulk. Only if all packets of a tx queue come from
	 * one pool, and each mbuf is direct and has one reference: see sk_plain (lwkt_stage.h).
	 */
	bool ep_fast_free;
	/** Rx interrupts, for LWKT_IDLE_INTERRUPT; a device that cannot have them starts without.
	 */
	bool ep_interrupts;
};

/** What an ethdev is set up with. */
struct lwkt_ethdev_setup {
	uint16_t es_rxd, es_txd; /**< descriptors of a queue */
	uint16_t es_mtu;
	uint32_t es_frame; /**< bytes of the largest frame, Ethernet header and checksum included */
	unsigned int es_segs; /**< mbufs that it takes */
	/** All others are off, those for checksums too: what a packet says of them stays as it is.
	 */
	uint64_t es_rx_offloads, es_tx_offloads;
};

/**
 * Fit what is wanted to what there is. The numbers of descriptors are made to fit; an offload is
 * used if it is needed, or does good, and the driver has it.
 *
 * @param limits     the device's.
 * @param params     what is wanted; the numbers of queues are not looked at, but for one rx queue
 *                   or several.
 * @param data_room  bytes of an mbuf's buffer, headroom included.
 * @param setup      filled in; on failure untouched.
 * @param why        on failure: "KEY: what is wrong; what to do". Else "", or what is not as
 *                   wanted.
 * @param bytes      room in why.
 * @return 0; -ERANGE the mtu; -EMSGSIZE mbufs or the slots of its ring are too small for its
 *         frames, or it sends only packets of fewer mbufs.
 * Context: any thread, never blocks, needs no EAL. Ordering: none. Source: ours, after
 * rte_eth_dev_adjust_nb_rx_tx_desc() and the checks of rte_eth_dev_configure().
 */
int lwkt_ethdev_fit(const struct lwkt_ethdev_limits *limits,
    const struct lwkt_ethdev_params *params, unsigned int data_room,
    struct lwkt_ethdev_setup *setup, char *why, size_t bytes);

/**
 * How large an mbuf's buffer has to be for a frame to fit into one.
 *
 * @param limits  the device's.
 * @param mtu     bytes.
 * @return bytes, headroom included; a whole number of KiB beside it, as NICs count.
 * Context: any thread, never blocks, needs no EAL. Ordering: none. Source: ours.
 */
unsigned int lwkt_ethdev_data_room(const struct lwkt_ethdev_limits *limits, unsigned int mtu);

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
 * Configure an ethdev and its queues as lwkt_ethdev_fit() says, and start it. What had to be made
 * otherwise than wanted is logged, one line.
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

/**
 * The device of an ethdev has gone: stop and close it, and let its stages be. They receive nothing
 * from then on, and what they send is not taken (tx_full), until an ethdev is started under this id
 * again. DPDK by itself would log a stack for each of its queues.
 *
 * @param ethdev  its DPDK port id.
 * Context: main lcore, its stages are parked; blocks as the driver does. Ordering: none.
 * Source: ours.
 */
void lwkt_ethdev_abandon(uint16_t ethdev);

/**
 * From now on the ethdev's bursts give and take nothing. A burst that is under way goes on.
 *
 * @param ethdev  its DPDK port id.
 * Context: any thread, does not block. Ordering: none; who frees what a driver has waits until the
 * CPUs have left it. Source: ours.
 */
void lwkt_ethdev_silence(uint16_t ethdev);

/**
 * The ethdev and queue of a stage that receives from one, or transmits.
 *
 * @param st      a stage of any pipeline.
 * @param ethdev  filled in: DPDK's port id.
 * @param queue   filled in.
 * @return 0; or -EINVAL: it is of another kind.
 * Context: any thread, never blocks. Ordering: none. Source: ours.
 */
int lwkt_ethdev_of(const struct lwkt_stage *st, uint16_t *ethdev, uint16_t *queue);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_ETHDEV_H */
