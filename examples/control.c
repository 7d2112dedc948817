/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A control plane in an ordinary pthread: it attaches, and then calls a CPU as other CPUs do. While
 * it waits it sleeps in the kernel.
 *
 *      example_control --no-huge -m 64 --no-pci -l 0
 */
#include <pthread.h>
#include <stdio.h>

#include <rte_eal.h>

#include <lwkt_msgport.h>

static struct lwkt_port service;

static void *
control_plane(void *arg)
{
	struct lwkt_msg msg;

	if (lwkt_attach("control") < 0)
		return arg;
	for (int i = 0; i < 3; i++) {
		/* An attached thread's own port is a spin port. */
		lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
		lwkt_domsg(&service, &msg, 0);
		printf("the data plane has answered %d requests\n", msg.u.ms_result);
	}
	lwkt_detach();
	return arg;
}

int
main(int argc, char **argv)
{
	pthread_t thread;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lwkt_initport_thread(&service, lwkt_curthread());
	if (pthread_create(&thread, NULL, control_plane, NULL) != 0)
		return 1;
	for (int served = 1; served <= 3; served++) {
		lwkt_msg_t msg = lwkt_waitport(&service, 0);

		msg->u.ms_result = served;
		lwkt_replymsg(msg, 0);
	}
	pthread_join(thread, NULL);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
