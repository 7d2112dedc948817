/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as messages: the pool, the port that ends a packet's life, and bursts through thread
 * ports.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "lwkt_compat.h"
#include "lwkt_pktburst.h"
#include "lwkt_pktmsg.h"
#include "msgport_pvt.h"
#include "port_thread_pvt.h"

#define FREE_BURST 64

static_assert(sizeof(struct rte_mbuf) % RTE_CACHE_LINE_SIZE == 0,
    "the private area behind the mbuf is aligned as the mbuf is");

/*
 * POOLS
 *
 * That packets of a pool may be messages is a bit of the pool's own, which goes when the pool does:
 * of the flags in its private data, of which DPDK uses the lowest.
 */

#define POOL_ACCEPTED (1u << 31)

unsigned int lwkt_pktmsg_offset;
static bool offset_fixed; /* a pool has been made, or adopted */

static struct rte_pktmbuf_pool_private *
pool_private(const struct rte_mempool *pool)
{
	return rte_mempool_get_priv((struct rte_mempool *)(uintptr_t)pool);
}

static size_t
pool_priv_bytes(uint16_t user_priv_size)
{
	return lwkt_pktmsg_offset +
	       RTE_CACHE_LINE_ROUNDUP(sizeof(struct lwkt_msg) + user_priv_size);
}

struct rte_mempool *
lwkt_pktmbuf_pool_create(const char *name, unsigned int n, unsigned int cache,
    uint16_t user_priv_size, uint16_t data_room, int socket_id)
{
	size_t priv = pool_priv_bytes(user_priv_size);
	struct rte_mempool *pool;

	if (priv > UINT16_MAX) {
		rte_errno = EINVAL;
		return NULL;
	}
#if LWKT_INVARIANTS /* no cache: a wrong free is caught where it happens */
	(void)cache;
	pool = rte_pktmbuf_pool_create_by_ops(
	    name, n, 0, (uint16_t)priv, data_room, socket_id, pktpool_driver());
#else
	pool = rte_pktmbuf_pool_create_by_ops(
	    name, n, cache, (uint16_t)priv, data_room, socket_id, pktstack_driver());
#endif
	if (pool == NULL)
		return NULL;
	pool_private(pool)->flags |= POOL_ACCEPTED;
	offset_fixed = true;
	return pool;
}

size_t
lwkt_pktmbuf_pool_bytes(unsigned int n, uint16_t user_priv_size, uint16_t data_room)
{
	size_t element = sizeof(struct rte_mbuf) + pool_priv_bytes(user_priv_size) + data_room;

	return (size_t)n * rte_mempool_calc_obj_size((uint32_t)element, 0, NULL);
}

static __rte_cold int
pool_refuse(const struct rte_mempool *pool, const char *what)
{
	lwkt_error("pool %s: %s; make the pool with lwkt_pktmbuf_pool_create(), or with "
	           "rte_pktmbuf_pool_create() and a private area of %zu bytes more, a multiple of "
	           "64, and say with lwkt_pktmbuf_pool_adopt() where those are",
	    pool->name, what, sizeof(struct lwkt_msg));
	return -EINVAL;
}

/* Element size and offset decide; each mbuf's address follows from them. */
int
lwkt_pktmbuf_pool_adopt(struct rte_mempool *pool, unsigned int priv_offset)
{
	unsigned int priv = rte_pktmbuf_priv_size(pool);
	size_t stride = pool->header_size + pool->elt_size + pool->trailer_size;
	char what[128];

	if (priv_offset % RTE_CACHE_LINE_SIZE != 0 || priv_offset > priv ||
	    priv - priv_offset < sizeof(struct lwkt_msg)) {
		snprintf(what, sizeof(what),
		    "its mbufs have %u bytes of private area, a message needs %zu at %u, a multiple "
		    "of 64",
		    priv, sizeof(struct lwkt_msg), priv_offset);
		return pool_refuse(pool, what);
	}
	if (pool->header_size % RTE_CACHE_LINE_SIZE != 0 || stride % RTE_CACHE_LINE_SIZE != 0)
		return pool_refuse(pool, "its mbufs are not aligned to 64 bytes");
	if (offset_fixed && priv_offset != lwkt_pktmsg_offset) {
		lwkt_error("pool %s: its messages would be at %u of the private area, those of the "
		           "program's other pools are at %u; adopt it before all others, and them "
		           "with %u too",
		    pool->name, priv_offset, lwkt_pktmsg_offset, priv_offset);
		return -EINVAL;
	}
	lwkt_pktmsg_offset = priv_offset;
	offset_fixed = true;
	pool_private(pool)->flags |= POOL_ACCEPTED;
	return 0;
}

int
lwkt_pktmbuf_pool_check(const struct rte_mempool *pool)
{
	if (pool->private_data_size >= sizeof(struct rte_pktmbuf_pool_private) &&
	    (pool_private(pool)->flags & POOL_ACCEPTED) != 0)
		return 0;
	return pool_refuse(pool, "nobody has said that its packets may be messages");
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

/*
 * BURSTS
 *
 * One pass over the messages' lines at each end: the sender, to whom they are new, writes each once,
 * the receiver reads and writes each once.
 */

#define SEND_BURST 64

/*
 * Sending
 */

static inline lwkt_msg_t
msg_at(struct rte_mbuf *m, size_t offset)
{
	return (lwkt_msg_t)(void *)((char *)m + offset);
}

static inline void
send_elsewhere(
    lwkt_port_t port, unsigned int cpuid, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	lwkt_port_t home = lwkt_pktfree_port();
	const size_t offset = sizeof(struct rte_mbuf) + lwkt_pktmsg_offset; /* read once */
	lwkt_msg_t msgs[SEND_BURST];

	for (unsigned int i = 0; i < n; i++)
		lwkt_prefetch_write(msg_at(pkts[i], offset));
	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = msg_at(pkts[i], offset);
		msgs[i]->ms_target_port = port; /* nobody else knows the message: no order */
		msgs[i]->ms_reply_port = home;
		msg_leave(msgs[i], flags, NULL, NULL);
	}
	depart_burst(port, cpuid, msgs, n);
}

static void
send_any(lwkt_port_t port, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	lwkt_msg_t msgs[SEND_BURST];

	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = lwkt_mbuf_msg(pkts[i]);
		lwkt_initmsg(msgs[i], lwkt_pktfree_port(), flags);
	}
	lwkt_sendmsg_burst(port, msgs, n);
}

void
lwkt_send_packets(lwkt_port_t port, struct rte_mbuf *const *pkts, unsigned int n, int flags)
{
	unsigned int some, cpuid = port_cpuid(port);
	bool elsewhere = port->mp_putport == thread_putport && cpuid != lwkt_self.se_cpuid;

	for (; n > 0; n -= some, pkts += some) {
		some = RTE_MIN(n, (unsigned int)SEND_BURST);
		if (likely(elsewhere))
			send_elsewhere(port, cpuid, pkts, some, flags);
		else
			send_any(port, pkts, some, flags);
	}
}

/*
 * Taking
 */

/* A message's line is sent for so many messages before its turn. */
#define PACKETS_AHEAD 32

/* A message with one of these goes the ordinary way. */
#define MSGF_ODD (MSGF_SPECIAL | MSGF_DROPABLE | MSGF_ABORTABLE)

/* What a get and a reply would do is what is done here? */
static inline bool
takes_itself(const struct lwkt_port *port, const struct lwkt_port *home)
{
	return port->mp_getport == thread_getport && TAILQ_EMPTY(&port->mp_msgq) &&
	       TAILQ_EMPTY(&port->mp_msgq_prio) && port->mp_move == NULL &&
	       home->mp_replyport == home->mp_burst->bp_replyport;
}

/* One comparison for both ports and the flags. */
static inline bool
alike(const struct lwkt_msg *msg, lwkt_port_t port, lwkt_port_t home, int flags)
{
	uintptr_t to = (uintptr_t)__atomic_load_n(&msg->ms_target_port, __ATOMIC_RELAXED);

	return ((to ^ (uintptr_t)port) | ((uintptr_t)msg->ms_reply_port ^ (uintptr_t)home) |
	           (uintptr_t)(msg_flags(msg) ^ flags)) == 0;
}

/*
 * As the reply to lwkt_pktfree_port() with EASYNC. Before that the message is active, for nobody to
 * see.
 */
static inline struct rte_mbuf *
end_message(lwkt_msg_t msg, int flags, size_t offset)
{
	struct rte_mbuf *m = (struct rte_mbuf *)(void *)((char *)msg - offset);

	msg_record(msg, flags & ~MSGF_INTRANSIT, "lwkt_getport_packets");
	msg_publish_result(msg, msg_reply_flags(flags), EASYNC); /* E3 */
	return m;
}

/* The first of items[0..n) that are alike; [0..ready) may be sent for. Returns how many. */
static inline unsigned int
take_alike(lwkt_port_t port, const lwkt_item_t *items, struct rte_mbuf **pkts, unsigned int n,
    unsigned int ready, int flags)
{
	const size_t offset = sizeof(struct rte_mbuf) + lwkt_pktmsg_offset; /* read once */
	lwkt_port_t home = lwkt_pktfree_port();
	unsigned int i, fetch = RTE_MIN(n, ready > PACKETS_AHEAD ? ready - PACKETS_AHEAD : 0);

	for (i = 0; i < fetch; i++) {
		lwkt_prefetch_write((const void *)items[i + PACKETS_AHEAD]);
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags, offset);
	}
	for (; i < n; i++) {
		if (unlikely(!alike((lwkt_msg_t)items[i], port, home, flags)))
			return i;
		pkts[i] = end_message((lwkt_msg_t)items[i], flags, offset);
	}
	return n;
}

unsigned int
lwkt_getport_packets(
    lwkt_port_t port, struct rte_mbuf **pkts, unsigned int n, int never, int *flags)
{
	const lwkt_item_t *items;
	unsigned int ready, took;
	int first;

	require_owner("lwkt_getport_packets", port);
	if (unlikely(n == 0 || !takes_itself(port, lwkt_pktfree_port())))
		return 0;
	items = lwkt_transit_look(n + PACKETS_AHEAD, &ready);
	if (items == NULL)
		return 0;
	first = msg_flags((lwkt_msg_t)items[0]);
	if (unlikely((first & (MSGF_STATE | MSGF_ODD | never)) != MSGF_INTRANSIT))
		return 0;
	took = take_alike(port, items, pkts, RTE_MIN(n, ready), ready, first);
	if (unlikely(took == 0))
		return 0;
	lwkt_transit_took(took, false);
	port->mp_prio_run = 0;
	*flags = first;
	return took;
}
