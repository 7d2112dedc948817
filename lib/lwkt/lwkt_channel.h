/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels: packets from one context to another, and no more of them under way than was agreed.
 *
 *      sender: CPU, LWKT thread or any other ── at most limit packets ──▶ receiver: likewise
 *
 * A send to a message port never fails, so nothing but the pool bounds what queues there. A channel
 * says how many packets it takes, and an overflow policy decides what becomes of the others, as at
 * an output of a pipeline (enum lwkt_overflow). Packets keep their order. Nothing blocks.
 *
 * It carries plain mbufs of any pool. Its ring is made as those between CPUs are, and is its own:
 * there is no order between its packets and messages that the same contexts exchange.
 */
#ifndef LWKT_CHANNEL_H
#define LWKT_CHANNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_CHANNEL_LIMIT_MAX (1u << 20) /* packets */

struct lwkt_channel;
struct rte_mbuf;

/** What happens when more packets are under way than the limit: in a channel, on an output. */
enum lwkt_overflow {
	LWKT_OVERFLOW_CREDIT, /**< they are not taken over; in pipelines the sources wait */
	LWKT_OVERFLOW_TAIL,   /**< the newest are dropped, by the sender; outputs: "edge_full" */
	LWKT_OVERFLOW_OLDEST, /**< the oldest are dropped, by the receiver; outputs: "oldest". Beyond
	                         twice the limit, if the receiver takes nothing, as TAIL */
};

/** Packets since it was made: sent = received + under way + oldest. */
struct lwkt_channel_stats {
	uint64_t cs_sent;      /**< under way, or further */
	uint64_t cs_received;  /**< the receiver has them */
	uint64_t cs_full;      /**< dropped at once, as there was no room */
	uint64_t cs_oldest;    /**< dropped by the receiver, as newer ones were waiting */
	uint64_t cs_under_way; /**< now */
	uint64_t cs_high;      /**< most that the receiver has found under way */
};

/**
 * A channel, for one sender and one receiver at a time.
 *
 * @param name      for messages, at most 31 bytes; copied. Several may have the same.
 * @param limit     packets that may be under way, 1 .. LWKT_CHANNEL_LIMIT_MAX.
 * @param overflow  what happens when there are more: CREDIT they stay the sender's; TAIL the newest
 *                  are dropped; OLDEST the receiver drops the oldest, and the sender the newest
 *                  beyond twice the limit.
 * @return the channel; NULL: rte_errno is EINVAL (a line says why) or ENOMEM.
 * Context: any thread after rte_eal_init(), not in the way of packets; memory is of the caller's
 * NUMA node. Ordering: none. Source: ours.
 */
struct lwkt_channel *lwkt_channel_create(
    const char *name, unsigned int limit, enum lwkt_overflow overflow);

/**
 * Send packets.
 *
 * @param ch    a channel.
 * @param pkts  n packets of the caller's.
 * @param n     any number; 0 does nothing.
 * @return how many it took over, from the first on; the caller keeps the others. With TAIL and
 *         OLDEST always n: what has no room is freed, and counted.
 * Context: the sender, never blocks. Ordering: release, with lwkt_channel_recv(): what was written
 * to the packets before is seen there (E1). Source: ours.
 */
unsigned int lwkt_channel_send(struct lwkt_channel *ch, struct rte_mbuf **pkts, unsigned int n);

/**
 * Receive packets, the oldest first.
 *
 * @param ch    a channel.
 * @param pkts  room for n.
 * @param n     at most so many.
 * @return how many there are; 0: none are under way. They are the caller's.
 * Context: the receiver, never blocks: an LWKT thread yields, or sleeps, before it looks again.
 * Ordering: acquire, with lwkt_channel_send() (E1). Source: ours.
 */
unsigned int lwkt_channel_recv(struct lwkt_channel *ch, struct rte_mbuf **pkts, unsigned int n);

/**
 * How many packets went which way.
 *
 * @param ch  a channel.
 * @param cs  filled in.
 * Context: any thread; exact while both ends stand still. Ordering: none. Source: ours.
 */
void lwkt_channel_stats(const struct lwkt_channel *ch, struct lwkt_channel_stats *cs);

/**
 * Free a channel, and the packets under way.
 *
 * @param ch  a channel that nobody uses any more; NULL does nothing.
 * @return how many packets were under way.
 * Context: any thread. Ordering: none. Source: ours.
 */
unsigned int lwkt_channel_destroy(struct lwkt_channel *ch);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_CHANNEL_H */
