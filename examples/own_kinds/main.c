/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program of one's own that runs pipeline files, with a kind of its own beside the library's:
 * ttl takes a hop off IPv4 packets. What its files may say is in its table of parameters; errors in
 * a file are said with file, line and column.
 *
 *      own_kinds --no-huge -m 128 --no-pci -l 0,1 -- pipeline.yaml
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_ip.h>

#include <lwkt_pktmsg.h>
#include <lwkt_plan.h>

struct ttl_conf {
	uint8_t tc_hops;
};

struct ttl {
	uint8_t tt_hops;
};

enum { DROP_NO_IPV4, DROP_EXPIRED };
static const char *const ttl_drops[] = {
    [DROP_NO_IPV4] = "no_ipv4", [DROP_EXPIRED] = "expired", NULL};

static const struct lwkt_param ttl_params[] = {
    {.pa_name = "hops",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct ttl_conf, tc_hops),
        .pa_min = 1,
        .pa_max = 255,
        .pa_default = 1,
        .pa_help = "how many hops this one counts as"},
    {.pa_name = NULL},
};

static int
ttl_init(struct lwkt_stage *st, const void *conf)
{
	struct ttl *tt = st->st_state;

	tt->tt_hops = ((const struct ttl_conf *)conf)->tc_hops;
	return 0;
}

static void
ttl_one(struct lwkt_stage *st, struct rte_mbuf *m)
{
	const struct ttl *tt = st->st_state;
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip =
	    rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));

	if (rte_pktmbuf_data_len(m) < sizeof(*eth) + sizeof(*ip) ||
	    eth->ether_type != rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4)) {
		lwkt_stage_drop(st, DROP_NO_IPV4, &m, 1);
	} else if (ip->time_to_live <= tt->tt_hops) {
		lwkt_stage_drop(st, DROP_EXPIRED, &m, 1);
	} else {
		ip->time_to_live -= tt->tt_hops;
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		lwkt_stage_emit(st, 0, &m, 1);
	}
}

static void
ttl_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ttl_one(st, pkts[i]);
}

static const struct lwkt_stage_kind ttl = {
    .sk_name = "ttl",
    .sk_state_bytes = sizeof(struct ttl),
    .sk_init = ttl_init,
    .sk_handle = ttl_handle,
    .sk_drop_names = ttl_drops,
    .sk_params = ttl_params,
    .sk_conf_bytes = sizeof(struct ttl_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};

/* Until all that the file's sources make has come in, or nothing more comes. */
static void
run(struct lwkt_pipeline *pl)
{
	struct lwkt_account before = {0}, ac = {0};

	do {
		before = ac;
		rte_delay_us_sleep(200000);
		lwkt_pipeline_account(pl, &ac);
	} while (ac.ac_received > before.ac_received);
}

int
main(int argc, char **argv)
{
	struct lwkt_pipeline_file *file = NULL;
	struct rte_mempool *pool = NULL;
	struct lwkt_pipeline *pl = NULL;
	struct lwkt_account ac;
	int used = rte_eal_init(argc, argv);

	if (used < 0 || lwkt_init(NULL) < 0)
		return 1;
	if (argc - used != 2) {
		fprintf(stderr, "usage: own_kinds EAL-OPTIONS -- FILE\n");
		return 2;
	}
	pool = lwkt_pktmbuf_pool_create(/* the file names it */
	    "packets", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool != NULL && lwkt_stage_kind_register(&ttl) == 0)
		file = lwkt_pipeline_file_load(argv[used + 1]);
	if (file != NULL)
		pl = lwkt_pipeline_file_create(file);
	if (pl == NULL || lwkt_pipeline_start(pl, LWKT_IDLE_YIELD) < 0)
		return 1; /* a line has said why */
	run(pl);
	lwkt_pipeline_drain(pl, 1000);
	lwkt_pipeline_stop(pl);
	lwkt_pipeline_account(pl, &ac);
	lwkt_pipeline_file_close(file);
	printf("%" PRIu64 " received = %" PRIu64 " transmitted + %" PRIu64 " consumed + %" PRIu64
	       " dropped; %u mbufs in use\n",
	    ac.ac_received, ac.ac_transmitted, ac.ac_consumed, ac.ac_dropped,
	    rte_mempool_in_use_count(pool));
	lwkt_pipeline_file_destroy(file);
	rte_mempool_free(pool);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
