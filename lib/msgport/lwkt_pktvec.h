/* SPDX-License-Identifier: BSD-3-Clause */
/*
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
 */
#ifndef LWKT_PKTVEC_H
#define LWKT_PKTVEC_H

#include <rte_mbuf.h>

#include <lwkt_msgport.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PKTVEC_H */
