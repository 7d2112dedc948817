/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device under test of which everything is known (issue 7, item 2): what comes to ethdev 0 leaves
 * by it again, --delay-ms later, but for what it loses.
 *
 *      rx ──▶ lost? ──▶ hold for so long ──▶ tx
 *
 *      --pass N          of each trial it passes the first N frames, and loses all others; a trial
 * begins with the frame that has number 0 in its tag (apps/bench/gen_frame.h)
 *      --lose-every N    it loses each N-th frame
 *
 * Both count frames and not time, so that a processor that is taken away changes nothing. It says
 * "ready" when it polls, and its account at SIGTERM.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#define MBUFS  8191u
#define HOLD   8192u /* a power of two, all mbufs */
#define BURST  32
#define NUMBER 8 /* bytes from the end of a frame: there is its number, in 4 */

struct held {
	struct rte_mbuf *m;
	uint64_t due;
};

static struct held hold[HOLD];
static uint64_t put, taken; /* frames into hold, and out of it */
static uint64_t received, lost, sent, passed;
static uint64_t pass, lose_every, delay;
static volatile sig_atomic_t over;

static void
end(int number)
{
	(void)number;
	over = 1;
}

static bool
is_lost(const struct rte_mbuf *m)
{
	static const uint8_t zero[4];
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	received++;
	if (m->data_len > NUMBER && memcmp(frame + m->data_len - NUMBER, zero, sizeof(zero)) == 0)
		passed = 0;
	if (lose_every > 0 && received % lose_every == 0)
		return true;
	return pass > 0 && ++passed > pass;
}

static void
receive(void)
{
	struct rte_mbuf *pkts[BURST];
	uint16_t n = rte_eth_rx_burst(0, 0, pkts, BURST);
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < n; i++) {
		if (is_lost(pkts[i])) {
			lost++;
			rte_pktmbuf_free(pkts[i]);
			continue;
		}
		hold[put++ % HOLD] = (struct held){pkts[i], now + delay};
	}
}

static void
transmit(void)
{
	while (taken < put && rte_rdtsc() >= hold[taken % HOLD].due) {
		if (rte_eth_tx_burst(0, 0, &hold[taken % HOLD].m, 1) == 0)
			return; /* its ring is full */
		taken++;
		sent++;
	}
}

static int
start(void)
{
	const struct rte_eth_conf conf = {0};
	struct rte_mempool *pool =
	    rte_pktmbuf_pool_create("known", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (pool == NULL || rte_eth_dev_configure(0, 1, 1, &conf) < 0 ||
	    rte_eth_rx_queue_setup(0, 0, 512, SOCKET_ID_ANY, NULL, pool) < 0 ||
	    rte_eth_tx_queue_setup(0, 0, 512, SOCKET_ID_ANY, NULL) < 0)
		return -1;
	return rte_eth_dev_start(0);
}

static void
parse(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--pass") == 0)
			pass = value;
		else if (strcmp(argv[i], "--lose-every") == 0)
			lose_every = value;
		else if (strcmp(argv[i], "--delay-ms") == 0)
			delay = value * rte_get_tsc_hz() / 1000;
		else
			rte_exit(2, "known_device: unknown option '%s'\n", argv[i]);
	}
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);

	if (used < 0 || start() < 0) {
		fprintf(stderr, "known_device: it does not start\n");
		return 1;
	}
	parse(argc - used, argv + used);
	signal(SIGTERM, end);
	signal(SIGINT, end);
	printf("ready\n");
	fflush(stdout);
	while (!over) {
		receive();
		transmit();
	}
	printf("received %" PRIu64 " lost %" PRIu64 " sent %" PRIu64 "\n", received, lost, sent);
	rte_eth_dev_stop(0);
	rte_eth_dev_close(0);
	rte_eal_cleanup();
	return 0;
}
