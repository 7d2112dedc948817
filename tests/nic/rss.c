/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nic-rss: does a NIC spread frames over its rx queues as our flow hash says (contract N85)?
 *
 *      ethdev 0 ── frame ──▶ wire ──▶ ethdev 1: RSS ─▶ queue   =  reta[flow hash of the frame]
 *      ethdev 1 ── frame ──▶ wire ──▶ ethdev 0: RSS ─▶ queue   =  reta[flow hash of the frame]
 *
 * Both are set up as lwkt-l2fwd does, with the symmetric key; then the redirection table is
 * shuffled, so that each of its entries counts. Frames of each kind go over the wire, one at a
 * time, each flow in both directions, which have to come to the same queue.
 *
 * Frames of the kinds in sure_kinds[] have to agree, each of them; of all others
 * (lwkt_frame.h) it is said how many do; but for those with tags, which a packet socket
 * on the wire takes off. Where the NIC reports its hash, that has to be ours too.
 *
 *      nic-rss EAL-OPTION... -- QUEUES
 *
 * Exit code: 0 they agree, 1 they do not, or one of those is lost; 2 wrong command line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#include <lwkt_flowhash.h>
#include <lwkt_pktmsg.h>

#include <lwkt_frame.h>
#include "rss_nic.h"

#define FLOWS     16 /* of each kind */
#define RUNT      60 /* Ethernet's least, without FCS */
#define LIMIT_S   20
#define TRY_S     2 /* for a frame that may be lost */
#define ETHDEVS   2
#define POOL_SIZE 8191

/* What all NICs with RSS hash alike. */
static const char *const sure_kinds[] = {
    "eth ip4 tcp data",
    "eth ip4 udp data",
    "eth ip4 icmp data",
    "eth ip4 esp data",
    "eth ip4opt tcp data",
    "eth ip4opt udp",
    "eth ip6 tcp data",
    "eth ip6 udp data",
    "eth ip6 icmp6 data",
};

struct tally {
	unsigned int lost, frames, agree, together, hashes,
	    right; /* hashes: that the NIC reported */
};

/* -- one frame ------------------------------------------------------------------------------- */

static struct rte_mbuf *
make(struct rte_mempool *pool, const struct lwkt_frame *fr)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint16_t bytes = (uint16_t)RTE_MAX(fr->fr_bytes, (unsigned int)RUNT);

	if (m != NULL)
		memcpy(memset(rte_pktmbuf_append(m, bytes), 0, bytes), fr->fr_data, fr->fr_bytes);
	return m;
}

static bool
is(const struct rte_mbuf *m, const struct lwkt_frame *fr)
{
	return m->data_len >= fr->fr_bytes &&
	       memcmp(rte_pktmbuf_mtod(m, const void *), fr->fr_data, fr->fr_bytes) == 0;
}

/* The frame, and its queue; others, such as probes of the wire, are dropped. NULL: in time none. */
static struct rte_mbuf *
receive(struct nic *to, const struct lwkt_frame *fr, unsigned int *queue, uint64_t cycles)
{
	uint64_t begin = rte_rdtsc();
	struct rte_mbuf *m;

	while (rte_rdtsc() - begin < cycles) {
		for (uint16_t q = 0; q < to->queues; q++) {
			if (rte_eth_rx_burst(to->ethdev, q, &m, 1) == 0)
				continue;
			*queue = q;
			if (is(m, fr))
				return m;
			rte_pktmbuf_free(m);
		}
	}
	return NULL;
}

static struct rte_mbuf *
through(const struct nic *from, struct nic *to, struct rte_mempool *pool,
    const struct lwkt_frame *fr, unsigned int *queue, uint64_t cycles)
{
	struct rte_mbuf *m = make(pool, fr);

	if (m == NULL || rte_eth_tx_burst(from->ethdev, 0, &m, 1) != 1) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	return receive(to, fr, queue, cycles);
}

/* @return the queue that it came to, or -1: lost. */
static int
check_frame(const struct nic *from, struct nic *to, const struct lwkt_flowhash *fh,
    struct rte_mempool *pool, const struct lwkt_frame *fr, unsigned int seconds, struct tally *ta)
{
	struct rte_mbuf *m;
	unsigned int queue;
	uint32_t hash;

	m = through(from, to, pool, fr, &queue, seconds * rte_get_tsc_hz());
	if (m == NULL) {
		ta->lost++;
		return -1;
	}
	if (lwkt_flowhash_compute(fh, m, &hash) == LWKT_FLOWHASH_OK) {
		ta->agree += to->reta[hash % to->entries] == queue;
		if ((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0) {
			ta->hashes++;
			ta->right += m->hash.rss == hash;
		}
	}
	ta->frames++;
	to->came[queue]++;
	rte_pktmbuf_free(m);
	return (int)queue;
}

/* -- all of them ----------------------------------------------------------------------------- */

static int
check_kind(const struct nic *from, struct nic *to, const struct lwkt_flowhash *fh,
    struct rte_mempool *pool, const char *kind, bool must)
{
	struct tally ta = {0};
	bool good;

	for (uint64_t seed = 1; seed <= FLOWS && ta.lost == 0; seed++) {
		struct lwkt_frame fr;
		int there, back;

		lwkt_frame_make(&fr, kind, seed);
		there = check_frame(from, to, fh, pool, &fr, must ? LIMIT_S : TRY_S, &ta);
		lwkt_frame_swap(&fr, &fr.fr_outer);
		back = check_frame(from, to, fh, pool, &fr, must ? LIMIT_S : TRY_S, &ta);
		ta.together += there == back;
	}
	good =
	    ta.lost == 0 && ta.agree == ta.frames && ta.together == FLOWS && ta.right == ta.hashes;
	printf("rss: ethdev %u: %s: %s%u of %u frames in the flow hash's queue, lost %u; %u of %u "
	       "flows both ways in one; of %u hashes that it reports %u right\n",
	    to->ethdev, kind,
	    good   ? ""
	    : must ? "WRONG: "
	           : "differs: ",
	    ta.agree, ta.frames, ta.lost, ta.together, FLOWS, ta.hashes, ta.right);
	return must && !good ? -1 : 0;
}

static bool
has_to_agree(const char *kind)
{
	for (unsigned int i = 0; i < RTE_DIM(sure_kinds); i++) {
		if (strcmp(kind, sure_kinds[i]) == 0)
			return true;
	}
	return false;
}

/* The wire is there when a frame comes through. */
static int
await_wire(const struct nic *from, struct nic *to, struct rte_mempool *pool)
{
	struct rte_mbuf *m = NULL;
	unsigned int queue;
	struct lwkt_frame fr;

	lwkt_frame_make(&fr, "eth data", 1000);
	for (unsigned int i = 0; m == NULL && i < 10 * LIMIT_S; i++)
		m = through(from, to, pool, &fr, &queue, rte_get_tsc_hz() / 10);
	rte_pktmbuf_free(m);
	return m == NULL ? rss_fail(to, "no frame comes to it") : 0;
}

static int
check(const struct nic *from, struct nic *to, const struct lwkt_flowhash *fh,
    struct rte_mempool *pool)
{
	int ret = await_wire(from, to, pool);
	unsigned int idle = 0;
	uint64_t total = 0;

	if (ret < 0)
		return ret;
	for (const char *const *kind = lwkt_frame_samples; *kind != NULL; kind++)
		if (strstr(*kind, "vlan") == NULL && strstr(*kind, "qinq") == NULL)
			ret |= check_kind(from, to, fh, pool, *kind, has_to_agree(*kind));
	printf("rss: ethdev %u: frames per queue:", to->ethdev);
	for (unsigned int q = 0; q < to->queues; q++)
		total += to->came[q];
	for (unsigned int q = 0; q < to->queues; q++) {
		printf(" %" PRIu64, to->came[q]);
		idle += to->came[q] * to->queues * 4 < total;
	}
	printf("; %u entries in its redirection table\n", to->entries);
	/* If all went one way, agreeing would be no wonder. */
	return idle > 0 ? rss_fail(to, "WRONG: a queue had next to none") : ret;
}

static int
run(uint16_t queues)
{
	const struct lwkt_flowhash_config cfg = {.fc_kind = LWKT_FLOWHASH_TOEPLITZ};
	struct lwkt_flowhash *fh = lwkt_flowhash_create(&cfg, SOCKET_ID_ANY);
	struct rte_mempool *pool = lwkt_pktmbuf_pool_create(
	    "rss", POOL_SIZE, 250, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct nic nic[ETHDEVS] = {
	    {.ethdev = 0, .queues = queues}, {.ethdev = 1, .queues = queues}};
	int ret;

	if (fh == NULL || pool == NULL)
		return -1;
	ret = rss_nic_start(&nic[0], pool) | rss_nic_start(&nic[1], pool);
	if (ret == 0)
		ret = check(&nic[0], &nic[1], fh, pool) | check(&nic[1], &nic[0], fh, pool);
	rss_nic_stop(&nic[0]);
	rss_nic_stop(&nic[1]);
	lwkt_flowhash_destroy(fh);
	return ret;
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv), ret;
	unsigned long queues =
	    used >= 0 && argc - used == 2 ? strtoul(argv[used + 1], NULL, 10) : 0;

	if (queues < 2 || queues > 64 || rte_eth_dev_count_avail() != ETHDEVS) {
		fprintf(
		    stderr, "usage: nic-rss EAL-OPTION... -- QUEUES (2 to 64); with 2 ethdevs\n");
		return 2;
	}
	ret = run((uint16_t)queues) < 0 ? 1 : 0;
	rte_eal_cleanup();
	return ret;
}
