/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Send a request to another CPU and get it back as a reply.
 *
 *      main lcore ── request ──▶ port of a worker
 *           ▲──────── reply ──────────┘
 *
 *      example_send_reply --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdio.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

/* A request embeds its message; whatever else it needs stands behind it. */
struct request {
	struct lwkt_msg rq_msg; /* first */
	int rq_number;
};

static struct lwkt_port service;

/* The worker: serve three requests. lwkt_waitport() serves transit while it waits. */
static int
worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		struct request *rq = lwkt_waitport(&service, 0);

		rq->rq_msg.u.ms_result = rq->rq_number * rq->rq_number;
		lwkt_replymsg(&rq->rq_msg, 0); /* from here on it is not ours */
	}
	lwkt_flush(); /* this CPU leaves its loop */
	return 0;
}

int
main(int argc, char **argv)
{
	lwkt_port_t replies;
	struct request rq[3];
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "send_reply: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	replies = lwkt_thread_port(lwkt_curthread());
	lwkt_initport_thread(&service, lwkt_cpu_thread(lcore));
	rte_eal_remote_launch(worker, NULL, lcore);

	for (int i = 0; i < 3; i++) {
		rq[i].rq_number = i + 10;
		lwkt_initmsg(&rq[i].rq_msg, replies, 0);
		lwkt_sendmsg(&service, &rq[i].rq_msg);
	}
	for (int i = 0; i < 3; i++) {
		struct request *back = lwkt_waitport(replies, 0);

		printf("%d squared is %d\n", back->rq_number, back->rq_msg.u.ms_result);
	}
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
