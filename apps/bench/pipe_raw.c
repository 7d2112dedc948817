/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rival: the same work in loops written by hand.
 */
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "pair.h"
#include "pipe_pvt.h"

#define PREFETCH_AHEAD 4

struct macs {
	struct rte_ether_addr dst, src;
};

/* What leaves by device i. */
static struct macs
macs_of(const struct pipe_devs *pd, unsigned int i)
{
	return (struct macs){
	    .dst.addr_bytes = {0x02, 0, 0, 0, 0, (uint8_t)pd->pd_ethdev[i]}, .src = pd->pd_mac[i]};
}

static inline void
rewrite(struct rte_mbuf **pkts, unsigned int n, const struct macs *macs)
{
	for (unsigned int i = 0; i < n && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + PREFETCH_AHEAD], void *));
		memcpy(rte_pktmbuf_mtod(pkts[i], void *), macs, sizeof(*macs));
	}
}

/* Returns how many the device took; the others are freed. */
static inline unsigned int
transmit(uint16_t ethdev, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int sent = rte_eth_tx_burst(ethdev, 0, pkts, (uint16_t)n);

	if (unlikely(sent < n))
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
	return sent;
}

/*
 * Two CPUs
 */

void
pipe_raw_pipeline_rx(void *arg)
{
	struct pipe_run *run = arg;
	uint16_t ethdev = run->pr_devs[RIVAL].pd_ethdev[0];
	struct rte_mbuf *pkts[PIPE_BURST];
	unsigned int n, sent;

	while (!slices_over(&run->pr_slices)) {
		n = rte_eth_rx_burst(ethdev, 0, pkts, PIPE_BURST);
		for (sent = 0; sent < n;)
			sent += rte_ring_sp_enqueue_burst(
			    run->pr_ring, (void **)pkts + sent, n - sent, NULL);
	}
	__atomic_store_n(&run->pr_rx_left, true, __ATOMIC_RELEASE);
}

void
pipe_raw_pipeline_tx(void *arg)
{
	struct pipe_run *run = arg;
	const struct macs macs = macs_of(&run->pr_devs[RIVAL], 1);
	uint16_t ethdev = run->pr_devs[RIVAL].pd_ethdev[1];
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;
	bool left;

	do {
		left = __atomic_load_n(&run->pr_rx_left, __ATOMIC_ACQUIRE);
		n = rte_ring_sc_dequeue_burst(run->pr_ring, (void **)pkts, PIPE_BURST, NULL);
		if (n == 0)
			continue;
		rewrite(pkts, n, &macs);
		total += transmit(ethdev, pkts, n);
		slices_tick(&run->pr_slices, total);
	} while (!left || n > 0);
}

/*
 * One CPU
 */

void
pipe_raw_rtc(void *arg)
{
	struct pipe_run *run = arg;
	const struct pipe_devs *pd = &run->pr_devs[RIVAL];
	const struct macs macs[2] = {macs_of(pd, 0), macs_of(pd, 1)};
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;

	while (!slices_over(&run->pr_slices)) {
		for (unsigned int i = 0; i < 2; i++) {
			n = rte_eth_rx_burst(pd->pd_ethdev[i], 0, pkts, PIPE_BURST);
			if (n == 0)
				continue;
			rewrite(pkts, n, &macs[1 - i]);
			total += transmit(pd->pd_ethdev[1 - i], pkts, n);
		}
		slices_tick(&run->pr_slices, total);
	}
}

/* A step that looks at each packet; a function of its own, as a stage's handler is. */
static __attribute__((noinline)) void
relay(struct pipe_run *run, struct rte_mbuf **pkts, unsigned int n)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	run->pr_bytes += bytes;
}

static inline void
relays(struct pipe_run *run, unsigned int nrelays)
{
	const struct pipe_devs *pd = &run->pr_devs[RIVAL];
	struct rte_mbuf *pkts[PIPE_BURST];
	uint64_t total = 0;
	unsigned int n;

	while (!slices_over(&run->pr_slices)) {
		n = rte_eth_rx_burst(pd->pd_ethdev[0], 0, pkts, PIPE_BURST);
		for (unsigned int i = 0; n > 0 && i < nrelays; i++)
			relay(run, pkts, n);
		total += transmit(pd->pd_ethdev[1], pkts, n);
		slices_tick(&run->pr_slices, total);
	}
}

void
pipe_raw_relays(void *arg)
{
	relays(arg, PIPE_RELAYS);
}

void
pipe_raw_no_relays(void *arg)
{
	relays(arg, 0);
}

double
pipe_raw_measure(struct pipe_run *run, void (*client)(void *), void (*server)(void *), long *taken)
{
	struct slices *sl = &run->pr_slices;
	double cycles;

	run->pr_rx_left = false;
	slices_begin(sl);
	if (client != NULL)
		pair_run(client, server, run);
	else
		pair_run_server(server, run);
	cycles = slices_cycles(sl, taken);
	slices_end(sl);
	return cycles;
}
