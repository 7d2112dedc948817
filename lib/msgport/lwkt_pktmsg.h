/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as messages: each mbuf carries a struct lwkt_msg in its private area.
 *
 *      ┌ struct rte_mbuf, 128 bytes ┬ struct lwkt_msg, 64 ┬ user's private bytes ┬ headroom, data ┐
 *                                   ▲ lwkt_mbuf_msg()
 *
 * It stands at the start of that area, or, in a program whose own data stand there, where its first
 * lwkt_pktmbuf_pool_adopt() says: at the same place in all pools of the program.
 *
 * The pool does not clear the private area, so lwkt_initmsg() comes first each time that an mbuf
 * has been allocated. An mbuf sits on at most one port, as its message does.
 */
#ifndef LWKT_PKTMSG_H
#define LWKT_PKTMSG_H

#include <rte_mbuf.h>

#include <lwkt_msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A pool of mbufs that have room for a message each.
 *
 * @param name            as rte_pktmbuf_pool_create().
 * @param n               mbufs; 2^k - 1 is the best use of memory.
 * @param cache           mbufs kept per lcore, 0..RTE_MEMPOOL_CACHE_MAX_SIZE and at most n / 1.5.
 * @param user_priv_size  bytes of private area behind the message, for the application.
 * @param data_room       bytes of buffer, RTE_PKTMBUF_HEADROOM included.
 * @param socket_id       NUMA node, or SOCKET_ID_ANY.
 * @return the pool, or NULL with rte_errno set (as rte_pktmbuf_pool_create(); EINVAL too if the
 *         private area would exceed 65,535 bytes).
 * Context: any EAL thread, after rte_eal_init(); blocks as that does. Ordering: none.
 * Source: ours, on rte_pktmbuf_pool_create_by_ops(): unless EAL's --mbuf-pool-ops-name or the
 * hardware says otherwise, what came back last goes out first (mempool driver lwkt_packets, on
 * DPDK's stack). With invariants the pool looks at what comes back (contract G97) and keeps no
 * cache.
 */
struct rte_mempool *lwkt_pktmbuf_pool_create(const char *name, unsigned int n, unsigned int cache,
    uint16_t user_priv_size, uint16_t data_room, int socket_id);

/**
 * How much memory such a pool takes, its mempool's own few pages not counted.
 *
 * @param n               packets.
 * @param user_priv_size  bytes.
 * @param data_room       bytes.
 * @return bytes.
 * Context: any thread, never blocks, needs no EAL. Ordering: none. Source: ours, on
 * rte_mempool_calc_obj_size().
 */
size_t lwkt_pktmbuf_pool_bytes(unsigned int n, uint16_t user_priv_size, uint16_t data_room);

/**
 * Let packets of a pool that you did not make with lwkt_pktmbuf_pool_create() travel as messages,
 * and say where in their private area 64 bytes are free for these. Packets of a pool that was
 * neither made nor adopted are refused (contract G96).
 *
 * @param pool         a pool of mbufs.
 * @param priv_offset  of the 64 bytes in the private area; a multiple of 64, and in all pools of
 *                     the program the same. If it is not 0, adopt before any pool is made with
 *                     lwkt_pktmbuf_pool_create(); such pools then have the message there, too.
 * @return 0, also if it was adopted so before; -EINVAL: no 64 free bytes there, mbufs that are not
 *         aligned, or another place than in the other pools; one line is logged that names the
 *         pool.
 * Context: before packets of the pool are used; one thread at a time, does not block but to log.
 * Ordering: none. Source: ours.
 */
int lwkt_pktmbuf_pool_adopt(struct rte_mempool *pool, unsigned int priv_offset);

/**
 * May packets of this pool travel as messages: was it made with lwkt_pktmbuf_pool_create(), or
 * adopted?
 *
 * @param pool  a pool of mbufs.
 * @return 0; -EINVAL: no, and one line is logged that names the pool and says what to do.
 * Context: any thread, does not block but to log. Ordering: none. Source: ours.
 */
int lwkt_pktmbuf_pool_check(const struct rte_mempool *pool);

/** Where messages are in the private area; written by the first lwkt_pktmbuf_pool_adopt() only. */
extern unsigned int lwkt_pktmsg_offset;

/**
 * The message of an mbuf.
 *
 * @param m  from a pool of lwkt_pktmbuf_pool_create(), or one that was adopted.
 * @return its message, in the private area.
 * Context: any thread, does not block. Ordering: none.
 * Source: ours; there a netmsg is embedded in the mbuf (m_hdr.mh_netmsg).
 */
static inline lwkt_msg_t
lwkt_mbuf_msg(struct rte_mbuf *m)
{
	return (lwkt_msg_t)(void *)((char *)(m + 1) + lwkt_pktmsg_offset);
}

/**
 * The application's private bytes behind the message.
 *
 * @param m  from a pool whose mbufs have room for a message.
 * @return the first of the user_priv_size bytes that the pool was made with, 64-byte aligned.
 * Context: any thread, does not block. Ordering: none. Source: ours, for rte_mbuf_to_priv().
 */
static inline void *
lwkt_mbuf_userpriv(struct rte_mbuf *m)
{
	return lwkt_mbuf_msg(m) + 1;
}

/**
 * The mbuf of a message.
 *
 * @param msg  what lwkt_mbuf_msg() gave.
 * @return its mbuf.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline struct rte_mbuf *
lwkt_msg_mbuf(lwkt_msg_t msg)
{
	return (struct rte_mbuf *)(void *)((char *)msg - lwkt_pktmsg_offset) - 1;
}

/**
 * The reply port that ends a packet's life: a reply here frees the mbuf (all segments) on the
 * replying CPU. Done and dropped are one path. One exception: a reply with the error EASYNC says
 * that the packet lives on elsewhere (a device is going to transmit and free it), so the message
 * ends and the mbuf stays.
 *
 * @return the port, one for the program; always the same.
 * Context: any thread, does not block; so may reply there. Ordering: none; a reply releases E3.
 * Source: ours, after netisr_afree_rport, net/netisr.c, where a reply frees the message.
 */
lwkt_port_t lwkt_pktfree_port(void);

/** @name Vectors
 * Packet vectors: one message that carries a burst of packets.
 *
 *      ┌ struct lwkt_msg, one line ┬ pv_pkt[64] ┐
 *        u.ms_result: how many
 *
 * A packet that travels as its own message moves a cache line of its own between CPUs. In a vector
 * it moves an eighth of one, its pointer, and the message's line is shared by the burst. Vectors
 * are for packets that need no answer each: the vector is what is replied, and its reply says no
 * more than that the receiver has taken the pointers out and the sender may fill it again.
 *
 * So the natural reply port of a vector is a replyonly_null port (contract X45, X47): the sender
 * keeps a few vectors, uses them in turn, and looks at DONE before it fills one. No free vector
 * means that the receiver is behind by all of them.
 *
 * A packet in a vector is owned by who owns the vector's message. If the packet is itself a message
 * under way, it stays active meanwhile and is not touched.
 * @{ */

#define LWKT_PKTVEC_MAX 64 /* packets that a vector holds */

struct lwkt_pktvec {
	struct lwkt_msg pv_msg;                   /* first; u.ms_result counts the packets */
	struct rte_mbuf *pv_pkt[LWKT_PKTVEC_MAX]; /* written by who owns the message */
};

/**
 * Make a vector ready for its first use: empty, done, and coming back to reply_port.
 *
 * @param pv          64-byte aligned memory of the caller's.
 * @param reply_port  a replyonly_null port, or any other that takes its vectors home.
 * @param flags       as lwkt_initmsg().
 * Context: any thread, before anybody else knows the vector. Ordering: none. Source: ours.
 */
static inline void
lwkt_pktvec_init(struct lwkt_pktvec *pv, lwkt_port_t reply_port, int flags)
{
	lwkt_initmsg(&pv->pv_msg, reply_port, flags);
	pv->pv_msg.u.ms_result = 0;
}

/**
 * The vector whose message this is.
 *
 * @param msg  the message of a vector, pv_msg; the caller knows that it is one.
 * @return the vector.
 * Context: any thread. Ordering: none. Source: ours.
 */
static inline struct lwkt_pktvec *
lwkt_msg_pktvec(lwkt_msg_t msg)
{
	return (struct lwkt_pktvec *)(void *)msg;
}

/**
 * How many packets a vector carries.
 *
 * @param pv  a vector that the caller owns.
 * @return 0 .. LWKT_PKTVEC_MAX.
 * Context: the owner. Ordering: none. Source: ours.
 */
static inline unsigned int
lwkt_pktvec_count(const struct lwkt_pktvec *pv)
{
	return (unsigned int)pv->pv_msg.u.ms_result;
}

/**
 * Append packets to a vector, as many as it has room for, in order.
 *
 * @param pv    a vector that the caller owns.
 * @param pkts  the packets; those appended belong to the vector from now on.
 * @param n     how many.
 * @return how many were appended: min(n, LWKT_PKTVEC_MAX - count).
 * Context: the owner. Ordering: none. Source: ours.
 */
static inline unsigned int
lwkt_pktvec_append(struct lwkt_pktvec *pv, struct rte_mbuf *const *pkts, unsigned int n)
{
	unsigned int count = lwkt_pktvec_count(pv);

	if (n > LWKT_PKTVEC_MAX - count)
		n = LWKT_PKTVEC_MAX - count;
	for (unsigned int i = 0; i < n; i++)
		pv->pv_pkt[count + i] = pkts[i];
	pv->pv_msg.u.ms_result = (int)(count + n);
	return n;
}

/**
 * Take the packets out of a vector and give it back: it is replied, empty, when this returns.
 *
 * @param pv    a vector taken from a port (active).
 * @param pkts  room for LWKT_PKTVEC_MAX pointers; the packets are the caller's.
 * @return how many.
 * Context: the vector's handler, any CPU. Ordering: releases edge E3. Source: ours.
 */
static inline unsigned int
lwkt_pktvec_take(struct lwkt_pktvec *pv, struct rte_mbuf **pkts)
{
	unsigned int n = lwkt_pktvec_count(pv);

	for (unsigned int i = 0; i < n; i++)
		pkts[i] = pv->pv_pkt[i];
	pv->pv_msg.u.ms_result = 0;
	lwkt_replymsg(&pv->pv_msg, 0);
	return n;
}
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PKTMSG_H */
