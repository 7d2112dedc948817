/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A packet through two ports: its message is in the mbuf. The last port replies, and the reply
 * port, lwkt_pktfree_port(), frees the packet.
 *
 *      example_packet --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_pktmsg.h>

static struct lwkt_port parse, count;

static int
worker(void *arg)
{
	(void)arg;
	lwkt_forwardmsg(&count, lwkt_waitport(&parse, 0));
	lwkt_flush();
	return 0;
}

int
main(int argc, char **argv)
{
	struct rte_mempool *pool;
	struct rte_mbuf *m;
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	pool = lwkt_pktmbuf_pool_create(
	    "packets", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (lcore == RTE_MAX_LCORE || pool == NULL) {
		fprintf(stderr, "packet: needs two lcores (-l 0,1) and 1 MB of memory (-m)\n");
		return 1;
	}
	lwkt_initport_thread(&parse, lwkt_cpu_thread(lcore));
	lwkt_initport_thread(&count, lwkt_curthread());
	rte_eal_remote_launch(worker, NULL, lcore);

	m = rte_pktmbuf_alloc(pool);
	memset(rte_pktmbuf_append(m, 60), 0, 60);
	lwkt_initmsg(lwkt_mbuf_msg(m), lwkt_pktfree_port(), 0);
	lwkt_sendmsg(&parse, lwkt_mbuf_msg(m));

	m = lwkt_msg_mbuf(lwkt_waitport(&count, 0));
	printf("a packet of %u bytes\n", rte_pktmbuf_pkt_len(m));
	lwkt_replymsg(lwkt_mbuf_msg(m), 0); /* frees it */

	rte_eal_mp_wait_lcore();
	printf("%u packets in use\n", rte_mempool_in_use_count(pool));
	rte_mempool_free(pool);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
