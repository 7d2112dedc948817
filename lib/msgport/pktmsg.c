/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as messages: the pool, and the port that ends a packet's life.
 */
#include <assert.h>
#include <errno.h>

#include <rte_errno.h>

#include "lwkt_pktmsg.h"
#include "msgport_pvt.h"

#define FREE_BURST 64

static_assert(sizeof(struct rte_mbuf) % RTE_CACHE_LINE_SIZE == 0,
    "the private area behind the mbuf is aligned as the mbuf is");

struct rte_mempool *
lwkt_pktmbuf_pool_create(const char *name, unsigned int n, unsigned int cache,
    uint16_t user_priv_size, uint16_t data_room, int socket_id)
{
	size_t priv = RTE_CACHE_LINE_ROUNDUP(sizeof(struct lwkt_msg) + user_priv_size);

	if (priv > UINT16_MAX) {
		rte_errno = EINVAL;
		return NULL;
	}
#if LWKT_INVARIANTS /* no cache: a wrong free is caught where it happens */
	(void)cache;
	return rte_pktmbuf_pool_create_by_ops(
	    name, n, 0, (uint16_t)priv, data_room, socket_id, pktpool_driver());
#else
	return rte_pktmbuf_pool_create_by_ops(
	    name, n, cache, (uint16_t)priv, data_room, socket_id, pktstack_driver());
#endif
}

size_t
lwkt_pktmbuf_pool_bytes(unsigned int n, uint16_t user_priv_size, uint16_t data_room)
{
	size_t priv = RTE_CACHE_LINE_ROUNDUP(sizeof(struct lwkt_msg) + user_priv_size);
	size_t element = sizeof(struct rte_mbuf) + priv + data_room;

	return (size_t)n * rte_mempool_calc_obj_size((uint32_t)element, 0, NULL);
}

/* Element size and offset decide; each mbuf's address follows from them. */
int
lwkt_pktmbuf_pool_check(const struct rte_mempool *pool)
{
	struct rte_mempool *mp = (struct rte_mempool *)(uintptr_t)pool;
	unsigned int priv = rte_pktmbuf_priv_size(mp);
	size_t stride = mp->header_size + mp->elt_size + mp->trailer_size;

	if (priv < sizeof(struct lwkt_msg)) {
		lwkt_error(
		    "pool %s: its mbufs have %u bytes of private area, a message needs %zu; make "
		    "the pool with lwkt_pktmbuf_pool_create()",
		    pool->name, priv, sizeof(struct lwkt_msg));
		return -EINVAL;
	}
	if (mp->header_size % RTE_CACHE_LINE_SIZE != 0 || stride % RTE_CACHE_LINE_SIZE != 0) {
		lwkt_error("pool %s: its mbufs are not aligned to %d bytes; make the pool with "
		           "lwkt_pktmbuf_pool_create()",
		    pool->name, RTE_CACHE_LINE_SIZE);
		return -EINVAL;
	}
	return 0;
}

/*
 * The port where packets end. Both ways out, freed and handed to a device, leave the message done,
 * so that nobody takes the mbuf's next life for a message under way.
 */

static unsigned int
pktfree_replyport_burst(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n, int error)
{
	struct rte_mbuf *dead[FREE_BURST];
	unsigned int i = 0, ndead = 0;

	do {
		lwkt_msg_t msg = msgs[i];

		MSG_REQUIRE_ACTIVE("lwkt_replymsg", msg, port);
		msg_publish_result(msg, msg_reply_flags(msg_flags(msg)), error);
		if (error == EASYNC)
			continue;
		dead[ndead++] = lwkt_msg_mbuf(msg);
		if (ndead == FREE_BURST) {
			rte_pktmbuf_free_bulk(dead, ndead);
			ndead = 0;
		}
	} while (++i < n && msgs[i]->ms_reply_port == port);
	if (ndead > 0)
		rte_pktmbuf_free_bulk(dead, ndead);
	return i;
}

static void
pktfree_replyport(lwkt_port_t port, lwkt_msg_t msg)
{
	pktfree_replyport_burst(port, &msg, 1, msg->ms_error);
}

static const struct lwkt_port_burst pktfree_burst = {
    .bp_replyport = pktfree_replyport,
    .bp_replyport_burst = pktfree_replyport_burst,
};

static struct lwkt_port pktfree_port;

RTE_INIT(lwkt_pktfree_init)
{
	lwkt_initport_panic(&pktfree_port);
	pktfree_port.mp_replyport = pktfree_replyport;
	pktfree_port.mp_burst = &pktfree_burst;
}

lwkt_port_t
lwkt_pktfree_port(void)
{
	return &pktfree_port;
}
