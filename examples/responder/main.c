/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stage that answers: ARP and ping for the addresses of its table. The table is its CPU's alone;
 * an ordinary pthread changes it by asking that CPU, and waits asleep until it is done.
 *
 *      ethdev 0 ──▶ rx ──▶ responder ──▶ tx ──▶ ethdev 0        control pthread ── add 10.9.0.1
 *
 *      responder --no-huge -m 128 --no-pci -l 0,1 --vdev net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_arp.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_lcore.h>

#include <lwkt_ethdev.h>
#include <lwkt_pipeline.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#define ADDRESSES 16

struct responder {
	uint64_t rs_arp, rs_echo; /* its counters, first: names below */
	struct rte_ether_addr rs_mac;
	rte_be32_t rs_address[ADDRESSES];
	unsigned int rs_naddresses;
};

enum { DROP_OTHER };
static const char *const responder_drops[] = {[DROP_OTHER] = "not_for_us", NULL};
static const char *const responder_counts[] = {"arp_answers", "echo_answers", NULL};

static int
responder_init(struct lwkt_stage *st, const void *conf)
{
	struct responder *rs = st->st_state;

	return rte_eth_macaddr_get(*(const uint16_t *)conf, &rs->rs_mac);
}

static bool
responder_has(const struct responder *rs, rte_be32_t address)
{
	for (unsigned int i = 0; i < rs->rs_naddresses; i++)
		if (rs->rs_address[i] == address)
			return true;
	return false;
}

static void
turn_ethernet(const struct responder *rs, struct rte_ether_hdr *eth)
{
	eth->dst_addr = eth->src_addr;
	eth->src_addr = rs->rs_mac;
}

static bool
answer_arp(struct responder *rs, struct rte_ether_hdr *eth, struct rte_arp_hdr *arp)
{
	rte_be32_t asked = arp->arp_data.arp_tip;

	if (arp->arp_opcode != rte_cpu_to_be_16(RTE_ARP_OP_REQUEST) || !responder_has(rs, asked))
		return false;
	arp->arp_opcode = rte_cpu_to_be_16(RTE_ARP_OP_REPLY);
	arp->arp_data.arp_tha = arp->arp_data.arp_sha;
	arp->arp_data.arp_tip = arp->arp_data.arp_sip;
	arp->arp_data.arp_sha = rs->rs_mac;
	arp->arp_data.arp_sip = asked;
	turn_ethernet(rs, eth);
	lwkt_stage_count(&rs->rs_arp, 1);
	return true;
}

/* Source and destination change places, so IP's checksum stays; ICMP's is that of another type. */
static bool
answer_echo(struct responder *rs, struct rte_ether_hdr *eth, struct rte_ipv4_hdr *ip)
{
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(void *)(ip + 1);
	rte_be32_t address = ip->dst_addr;
	uint32_t sum;

	if (ip->version_ihl != RTE_IPV4_VHL_DEF || ip->next_proto_id != IPPROTO_ICMP ||
	    icmp->icmp_type != RTE_IP_ICMP_ECHO_REQUEST || !responder_has(rs, address))
		return false;
	ip->dst_addr = ip->src_addr;
	ip->src_addr = address;
	icmp->icmp_type = RTE_IP_ICMP_ECHO_REPLY;
	sum = icmp->icmp_cksum + rte_cpu_to_be_16(RTE_IP_ICMP_ECHO_REQUEST << 8);
	icmp->icmp_cksum = (uint16_t)(sum + (sum >> 16));
	turn_ethernet(rs, eth);
	lwkt_stage_count(&rs->rs_echo, 1);
	return true;
}

static bool
answer(struct responder *rs, struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	void *inside = eth + 1;

	if (rte_pktmbuf_data_len(m) < sizeof(*eth) + sizeof(struct rte_arp_hdr))
		return false;
	if (eth->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_ARP))
		return answer_arp(rs, eth, inside);
	if (eth->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4))
		return answer_echo(rs, eth, inside);
	return false;
}

static void
responder_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (answer(st->st_state, pkts[i]))
			lwkt_stage_emit(st, 0, &pkts[i], 1);
		else
			lwkt_stage_drop(st, DROP_OTHER, &pkts[i], 1);
	}
}

static const struct lwkt_stage_kind responder = {
    .sk_name = "responder",
    .sk_state_bytes = sizeof(struct responder),
    .sk_init = responder_init,
    .sk_handle = responder_handle,
    .sk_drop_names = responder_drops,
    .sk_counter_names = responder_counts,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

/*
 * The control plane
 */

struct add_address {
	struct lwkt_pipeline *aa_pipeline;
	rte_be32_t aa_address;
	bool aa_added;
};

/* On the stage's CPU, between two bursts. */
static void
add_address(void *arg)
{
	struct add_address *aa = arg;
	struct responder *rs = lwkt_pipeline_find(aa->aa_pipeline, "responder")->st_state;

	aa->aa_added = rs->rs_naddresses < ADDRESSES;
	if (aa->aa_added)
		rs->rs_address[rs->rs_naddresses++] = aa->aa_address;
}

static void *
control(void *arg)
{
	struct add_address *aa = arg;
	unsigned int lcore = lwkt_pipeline_find(aa->aa_pipeline, "responder")->st_lcore;

	if (lwkt_attach("control") < 0)
		return NULL;
	lwkt_pipeline_call(aa->aa_pipeline, lcore, add_address, aa);
	lwkt_detach();
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct lwkt_ethdev_params params = {.ep_rxq = 1, .ep_txq = 1};
	const struct lwkt_ethdev_conf queue = {0};
	struct rte_mempool *pool;
	struct lwkt_account ac;
	unsigned int cpu;
	pthread_t thread;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	cpu = rte_get_next_lcore(-1, 1, 0);
	pool = lwkt_pktmbuf_pool_create(
	    "packets", 8191, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (cpu == RTE_MAX_LCORE || pool == NULL || rte_eth_dev_count_avail() != 1) {
		fprintf(stderr, "responder: needs two lcores, a device and 32 MB of memory\n");
		return 1;
	}
	const struct lwkt_stage_row rows[] = {
	    {"rx", &lwkt_stage_ethdev_rx, cpu, &queue, {"responder"}, {{0}}},
	    {"responder", &responder, cpu, &queue.ec_ethdev, {"tx"}, {{0}}},
	    {"tx", &lwkt_stage_ethdev_tx, cpu, &queue, {NULL}, {{0}}},
	};
	struct add_address aa = {.aa_address = rte_cpu_to_be_32(RTE_IPV4(10, 9, 0, 1))};

	aa.aa_pipeline = lwkt_pipeline_create("example", rows, RTE_DIM(rows));
	if (aa.aa_pipeline == NULL || pthread_create(&thread, NULL, control, &aa) != 0)
		return 1;
	pthread_join(thread, NULL);
	if (!aa.aa_added || lwkt_ethdev_start(0, &params, pool) < 0 ||
	    lwkt_pipeline_start(aa.aa_pipeline, LWKT_IDLE_YIELD) < 0)
		return 1;
	sleep(1);
	lwkt_pipeline_drain(aa.aa_pipeline, 1000);
	lwkt_pipeline_stop(aa.aa_pipeline);
	lwkt_ethdev_stop(0);
	lwkt_pipeline_account(aa.aa_pipeline, &ac);
	printf("%" PRIu64 " received, %" PRIu64 " answered, %" PRIu64 " dropped\n", ac.ac_received,
	    ac.ac_transmitted, ac.ac_dropped);
	lwkt_pipeline_destroy(aa.aa_pipeline);
	lwkt_ethdev_close(0);
	rte_mempool_free(pool);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
