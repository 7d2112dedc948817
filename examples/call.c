/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A synchronous call: lwkt_domsg() sends, waits and returns the handler's error. The message lives
 * on the stack, and its reply is not queued anywhere.
 *
 *      example_call --no-huge -m 64 --no-pci -l 0,1
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

struct divide {
	struct lwkt_msg dv_msg; /* first */
	int dv_by;
};

static struct lwkt_port service;

static int
worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		struct divide *dv = lwkt_waitport(&service, 0);

		if (dv->dv_by == 0) {
			lwkt_replymsg(&dv->dv_msg, EDOM);
			continue;
		}
		dv->dv_msg.u.ms_result = 100 / dv->dv_by;
		lwkt_replymsg(&dv->dv_msg, 0);
	}
	lwkt_flush();
	return 0;
}

static void
call(int by)
{
	struct divide dv = {.dv_by = by};
	int error;

	lwkt_initmsg(&dv.dv_msg, lwkt_thread_port(lwkt_curthread()), 0);
	error = lwkt_domsg(&service, &dv.dv_msg, 0);
	if (error != 0)
		printf("100 / %d: %s\n", by, strerror(error));
	else
		printf("100 / %d = %d\n", by, dv.dv_msg.u.ms_result);
}

int
main(int argc, char **argv)
{
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "call: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	lwkt_initport_thread(&service, lwkt_cpu_thread(lcore));
	rte_eal_remote_launch(worker, NULL, lcore);
	call(8);
	call(0);
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
