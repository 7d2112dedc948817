/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A receipt says that a message is now in the target port's queue: what is sent to that port from
 * then on queues behind it. So the moment to publish "this flow now lives there".
 *
 *      example_receipt --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdbool.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

static struct lwkt_port new_home;
static bool moved; /* atomic: the flow lives at new_home */

/* Runs once, on the CPU where new_home is, when the message has just been queued there. */
static void
arrived(lwkt_msg_t msg, lwkt_port_t port)
{
	(void)msg;
	(void)port;
	__atomic_store_n(&moved, true, __ATOMIC_RELEASE);
}

static int
worker(void *arg)
{
	lwkt_msg_t msg = lwkt_waitport(&new_home, 0);

	(void)arg;
	lwkt_replymsg(msg, 0);
	lwkt_flush();
	return 0;
}

int
main(int argc, char **argv)
{
	struct lwkt_msg handoff;
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "receipt: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	lwkt_initport_thread(&new_home, lwkt_cpu_thread(lcore));
	rte_eal_remote_launch(worker, NULL, lcore);

	lwkt_initmsg(&handoff, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_setmsg_receipt(&handoff, arrived);
	lwkt_sendmsg(&new_home, &handoff);
	lwkt_waitport(lwkt_thread_port(lwkt_curthread()), 0);
	printf("the handoff was %s before it was answered\n",
	    __atomic_load_n(&moved, __ATOMIC_ACQUIRE) ? "queued" : "NOT queued");
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0 || !moved;
}
