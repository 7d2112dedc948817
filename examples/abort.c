/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aborting asks for a message to be finished early. The abort function follows the message to the
 * CPU where it is and leaves a mark; the handler there gives it back with EINTR. The originator
 * gets its one reply as always.
 *
 *      example_abort --no-huge -m 64 --no-pci -l 0,1
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

static struct lwkt_port service;

/* On the handler's CPU, with the handler's right to the message. */
static void
mark(lwkt_msg_t msg, lwkt_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	msg->ms_flags |= MSGF_USER0;
}

static void
abort_request(lwkt_msg_t msg)
{
	lwkt_abort_follow(msg, mark, NULL);
}

/* A slow service: it looks at its request now and then. */
static int
worker(void *arg)
{
	lwkt_msg_t msg = lwkt_waitport(&service, 0);

	(void)arg;
	while (!(msg->ms_flags & MSGF_USER0))
		lwkt_poll();
	lwkt_replymsg(msg, EINTR);
	lwkt_flush();
	return 0;
}

int
main(int argc, char **argv)
{
	struct lwkt_msg msg;
	unsigned int lcore;
	int error;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "abort: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	lwkt_initport_thread(&service, lwkt_cpu_thread(lcore));
	rte_eal_remote_launch(worker, NULL, lcore);

	lwkt_initmsg_abortable(&msg, lwkt_thread_port(lwkt_curthread()), 0, abort_request);
	lwkt_sendmsg(&service, &msg);
	lwkt_abortmsg(&msg);
	error = lwkt_waitmsg(&msg, 0);
	printf("the request came back: %s\n", strerror(error));
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0 || error != EINTR;
}
