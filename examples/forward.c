/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chain: each handler passes the message on, the last one replies. The reply goes to the
 * originator at once, not back through the chain.
 *
 *      main ──▶ double (CPU 1) ──▶ add one (main) ──▶ reply
 *
 *      example_forward --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdio.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

struct number {
	struct lwkt_msg nu_msg; /* first */
	int nu_value;
};

static struct lwkt_port twice, plus_one;

static int
worker(void *arg)
{
	struct number *nu = lwkt_waitport(&twice, 0);

	(void)arg;
	nu->nu_value *= 2;
	lwkt_forwardmsg(&plus_one, &nu->nu_msg); /* from here on it is not ours */
	lwkt_flush();
	return 0;
}

int
main(int argc, char **argv)
{
	struct number nu = {.nu_value = 20}, *at;
	unsigned int lcore;
	lwkt_port_t replies;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "forward: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	replies = lwkt_thread_port(lwkt_curthread());
	lwkt_initport_thread(&twice, lwkt_cpu_thread(lcore));
	lwkt_initport_thread(&plus_one, lwkt_curthread());
	rte_eal_remote_launch(worker, NULL, lcore);

	lwkt_initmsg(&nu.nu_msg, replies, 0);
	lwkt_sendmsg(&twice, &nu.nu_msg);

	at = lwkt_waitport(&plus_one, 0);
	at->nu_value += 1;
	lwkt_replymsg(&at->nu_msg, 0);

	lwkt_waitport(replies, 0);
	printf("20 * 2 + 1 = %d\n", nu.nu_value);
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
