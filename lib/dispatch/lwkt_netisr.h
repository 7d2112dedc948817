/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Services: a port on each CPU that takes messages which carry the function to run (contract K119).
 *
 *      struct lwkt_netmsg nm;
 *
 *      lwkt_netmsg_init(&nm, reply_port, 0, function);
 *      error = lwkt_netisr_domsg(&nm, 3);              function(&nm) runs on CPU 3, and replies
 *
 * So any thread that has a reply port runs a function on a CPU, and waits for it or not:
 *
 *      on one CPU              lwkt_netisr_domsg(), or lwkt_netisr_sendmsg() and a wait later
 *      on all, one by one      lwkt_netisr_domsg_global(); the function ends with
 *                              lwkt_netisr_forwardmsg(nm, lwkt_mycpuid() + 1)
 *      until a time            lwkt_domsg_until(lwkt_netisr_cpuport(3), &nm.nm_lmsg, 0, tsc)
 *
 * Who serves a CPU's port is the loop of a pipeline that has a stage there, between two rounds, so
 * behind the packets that have come before. On a CPU without one a thread does, which
 * lwkt_netisr_start() makes. A function in a loop does not wait; one in such a thread may.
 *
 * FLOWS. Where a stage of a pipeline spreads flows over workers, a message finds the worker by the
 * flow's hash, and its place among the flow's packets (contract K120):
 *
 *      lwkt_netisr_queue(pl, packet);
 *      lwkt_sendmsg(lwkt_netisr_hashport(pl, hash), &nm.nm_lmsg);
 *
 * The function runs behind that packet, and all others of the flow that the stage has handled, and
 * before those that come later; also if the flow moves to another worker meanwhile.
 */
#ifndef LWKT_NETISR_H
#define LWKT_NETISR_H

#include <lwkt_msgport.h>

struct lwkt_pipeline;
struct rte_mbuf;

#ifdef __cplusplus
extern "C" {
#endif

/** A message with its function, which replies it, forwards it, or keeps it to reply later. */
struct lwkt_netmsg {
	struct lwkt_msg nm_lmsg; /**< first */
	void (*nm_dispatch)(struct lwkt_netmsg *);
};

/**
 * Make a message.
 *
 * @param nm          memory for it.
 * @param reply_port  as for lwkt_initmsg().
 * @param flags       as for lwkt_initmsg().
 * @param dispatch    runs on the CPU that it is sent to.
 * Context: any thread, does not block. Ordering: none. Source: netmsg_init(), net/netmsg2.h.
 */
void lwkt_netmsg_init(struct lwkt_netmsg *nm, lwkt_port_t reply_port, int flags,
    void (*dispatch)(struct lwkt_netmsg *));

/**
 * The service port of a CPU. A SYNC message that a thread of this CPU puts there runs at once, in
 * that thread.
 *
 * @param lcore_id  of a CPU.
 * @return its port, until lwkt_fini(); NULL: it is no CPU.
 * Context: any thread, does not block. Ordering: acquires E28. Source: netisr_cpuport(),
 * net/netisr.c.
 */
lwkt_port_t lwkt_netisr_cpuport(unsigned int lcore_id);

/**
 * Make a thread that serves a CPU's port, as long as no pipeline's loop does.
 *
 * @param lcore_id  of a CPU, whose own context waits or yields now and then.
 * @return 0; -EINVAL: it is no CPU; -EALREADY; -ENOMEM.
 * Context: any thread, does not block. Ordering: as lwkt_create(). Source: ours; there netisr_init()
 * makes one for each CPU.
 */
int lwkt_netisr_start(unsigned int lcore_id);

/**
 * Send a message to a CPU's service. Until somebody serves it there it stays on the port.
 *
 * @param nm        made by lwkt_netmsg_init().
 * @param lcore_id  of a CPU, else the program stops.
 * Context: as lwkt_sendmsg(). Ordering: as lwkt_sendmsg(). Source: netisr_sendmsg(), net/netisr2.h.
 */
void lwkt_netisr_sendmsg(struct lwkt_netmsg *nm, unsigned int lcore_id);

/**
 * Send it, and wait for its reply.
 *
 * @param nm        as for lwkt_netisr_sendmsg().
 * @param lcore_id  as for lwkt_netisr_sendmsg().
 * @return the error that it was replied with.
 * Context: as lwkt_domsg(). Ordering: as lwkt_domsg(). Source: netisr_domsg(), net/netisr2.h.
 */
int lwkt_netisr_domsg(struct lwkt_netmsg *nm, unsigned int lcore_id);

/**
 * Send it to the first CPU that has a loop or a thread for its service, and wait for its reply. The
 * function forwards it to the next one, so it runs on one CPU after the other.
 *
 * @param nm  as for lwkt_netisr_sendmsg().
 * @return the error that it was replied with; ESRCH: no CPU has either, and nothing was sent.
 * Context: as lwkt_domsg(). Ordering: as lwkt_domsg(), and from CPU to CPU. Source:
 * netisr_domsg_global(), net/netisr2.h.
 */
int lwkt_netisr_domsg_global(struct lwkt_netmsg *nm);

/**
 * Send it on to the next CPU that has a loop or a thread for its service; if there is none it has
 * been everywhere and is replied, with 0.
 *
 * @param nm        whose function the caller is.
 * @param lcore_id  the next one is this or a higher one.
 * Context: nm's function; does not block. Ordering: as lwkt_forwardmsg(). Source:
 * netisr_forwardmsg(), net/netisr2.h.
 */
void lwkt_netisr_forwardmsg(struct lwkt_netmsg *nm, unsigned int lcore_id);

/**
 * The port of the worker that has a flow, for struct lwkt_netmsg: the function runs on the worker's
 * CPU, right behind the flow's packets. Until then the message is on no port that one can drop it
 * from, and PRIORITY has no effect. Where it is on its way when the pipeline is stopped, or it
 * comes when that does not run: it is replied with ECANCELED, or waits there for the next start.
 *
 * @param pl    a pipeline; if several of its stages spread flows, its first one does here.
 * @param hash  of the flow, as the stage's packets carry it (lwkt_flowhash_burst()).
 * @return the port, as long as the pipeline lives, wherever the flow moves; NULL: none of its stages
 * spreads flows by a hash.
 * Context: any thread, does not block; a loop of the pipeline sends, and does not lwkt_domsg().
 * Ordering: none. Source: netisr_hashport(), net/netisr2.h; there the hash says the CPU for ever.
 */
lwkt_port_t lwkt_netisr_hashport(struct lwkt_pipeline *pl, uint32_t hash);

/**
 * A packet enters a pipeline where its flows are spread, which hashes it. It counts as received and
 * takes no credit, so it is never refused for being one too many.
 *
 * @param pl  as for lwkt_netisr_hashport().
 * @param m   the caller's, a plain mbuf; the pipeline's if 0 is returned.
 * @return 0; -ENOENT: no stage spreads flows; -EINVAL: m's pool was neither made with
 * lwkt_pktmbuf_pool_create() nor adopted.
 * Context: any thread, does not block. Ordering: as lwkt_sendmsg(). Source: netisr_queue(),
 * net/netisr.h; there it has the protocol's number.
 */
int lwkt_netisr_queue(struct lwkt_pipeline *pl, struct rte_mbuf *m);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_NETISR_H */
