/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program as one writes it with DPDK alone, two ports and a loop an lcore, and what LWKT adds to
 * it: channels between the lcores, which hold no more packets than they were told, and a request
 * from the main lcore that the worker answers between two bursts.
 *
 *      port 0, port 1 ──▶ main lcore ── channel, 512 packets ──▶ worker lcore ──▶ port 1, port 0
 *
 *      retrofit --no-huge -m 64 --no-pci -l 0,1 --vdev net_null0 --vdev net_null1
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <lwkt_channel.h>
#include <lwkt_msgport.h>

#define PORTS  2
#define BURST  32
#define ROUNDS 20000

static struct lwkt_channel *to_port[PORTS];
static struct lwkt_port requests; /* the worker's */

/* What the worker is asked: how many packets has it sent, and is that all? */
struct count_msg {
	struct lwkt_msg cm_msg; /* first */
	bool cm_last;
	uint64_t cm_sent;
};

static int
port_start(uint16_t port, struct rte_mempool *pool)
{
	const struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(port, 1, 1, &conf);

	if (rc == 0)
		rc = rte_eth_rx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL);
	return rc == 0 ? rte_eth_dev_start(port) : rc;
}

/* Returns how many packets it sent. */
static unsigned int
send_some(void)
{
	struct rte_mbuf *pkts[BURST];
	unsigned int total = 0;

	for (uint16_t port = 0; port < PORTS; port++) {
		unsigned int n = lwkt_channel_recv(to_port[port], pkts, BURST);
		uint16_t went = rte_eth_tx_burst(port, 0, pkts, (uint16_t)n);

		rte_pktmbuf_free_bulk(pkts + went, n - went);
		total += went;
	}
	return total;
}

static int
worker(void *arg)
{
	uint64_t sent = 0;
	bool last = false;

	while (!last) {
		struct count_msg *msg;

		sent += send_some();
		lwkt_poll();
		msg = lwkt_getport(&requests);
		if (msg == NULL)
			continue;
		last = msg->cm_last;
		for (unsigned int n = 1; last && n > 0; sent += n) /* what is under way */
			n = send_some();
		msg->cm_sent = sent;
		lwkt_replymsg(&msg->cm_msg, 0);
	}
	lwkt_flush();
	(void)arg;
	return 0;
}

static uint64_t
ask(bool last)
{
	struct count_msg msg = {.cm_last = last};

	lwkt_initmsg(&msg.cm_msg, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_domsg(&requests, &msg.cm_msg, 0);
	return msg.cm_sent;
}

int
main(int argc, char **argv)
{
	struct rte_mbuf *pkts[BURST];
	struct rte_mempool *pool;
	uint64_t received = 0, refused = 0, sent;
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	pool = rte_pktmbuf_pool_create(
	    "packets", 4095, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (lcore == RTE_MAX_LCORE || pool == NULL || rte_eth_dev_count_avail() != PORTS) {
		fprintf(stderr, "retrofit: needs two lcores, two ports and 16 MB of memory\n");
		return 1;
	}
	for (uint16_t port = 0; port < PORTS; port++) {
		to_port[port] = lwkt_channel_create("to_port", 512, LWKT_OVERFLOW_CREDIT);
		if (to_port[port] == NULL || port_start(port, pool) < 0)
			return 1;
	}
	lwkt_initport_thread(&requests, lwkt_cpu_thread(lcore));
	rte_eal_remote_launch(worker, NULL, lcore);

	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint16_t port = round % PORTS;
		uint16_t n = rte_eth_rx_burst(port, 0, pkts, BURST);
		unsigned int went = lwkt_channel_send(to_port[port ^ 1], pkts, n);

		received += n;
		refused += n - went;
		rte_pktmbuf_free_bulk(pkts + went, n - went);
		if (round % 4096 == 0)
			ask(false);
	}
	sent = ask(true);
	rte_eal_mp_wait_lcore();
	printf("%" PRIu64 " received, %" PRIu64 " not accounted for\n", received,
	    received - refused - sent);
	for (uint16_t port = 0; port < PORTS; port++) {
		lwkt_channel_destroy(to_port[port]);
		rte_eth_dev_stop(port);
		rte_eth_dev_close(port);
	}
	printf("%u packets in use\n", rte_mempool_in_use_count(pool));
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
