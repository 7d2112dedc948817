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
 */
#ifndef LWKT_NETISR_H
#define LWKT_NETISR_H

#include <lwkt_msgport.h>

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

#ifdef __cplusplus
}
#endif

#endif /* LWKT_NETISR_H */
