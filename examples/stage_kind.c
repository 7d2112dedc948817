/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kind of stage of one's own, between two of the library's, and the account at the end:
 *
 *      source (CPU 1) ──▶ ttl (CPU 1) ──▶ sink (CPU 1)
 *
 *      example_stage_kind --no-huge -m 64 --no-pci -l 0,1
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_ip.h>
#include <rte_lcore.h>

#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>
#include <lwkt_pipeline.h>

struct ttl_state { /* private to the stage, zeroed */
	unsigned int tt_every;
	uint64_t tt_seen;
};

static int
ttl_init(struct lwkt_stage *st, const void *conf)
{
	struct ttl_state *tt = st->st_state;

	tt->tt_every = *(const unsigned int *)conf;
	return tt->tt_every > 0 ? 0 : -EINVAL;
}

enum { DROP_EXPIRED };

/* One hop less to live; every so often one packet has none left. */
static void
ttl_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct ttl_state *tt = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
		    pkts[i], struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));

		ip->time_to_live--;
		if (++tt->tt_seen % tt->tt_every == 0)
			lwkt_stage_drop(st, DROP_EXPIRED, &pkts[i], 1);
		else
			lwkt_stage_emit(st, 0, &pkts[i], 1);
	}
}

static const char *const ttl_drops[] = {[DROP_EXPIRED] = "expired", NULL};

static const struct lwkt_stage_kind ttl = {
    .sk_name = "ttl",
    .sk_state_bytes = sizeof(struct ttl_state),
    .sk_init = ttl_init,
    .sk_handle = ttl_handle,
    .sk_drop_names = ttl_drops,
};

int
main(int argc, char **argv)
{
	struct lwkt_source_conf source = {.oc_count = 1000};
	const unsigned int every = 10;
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;
	unsigned int cpu;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	cpu = rte_get_next_lcore(-1, 1, 0);
	source.oc_pool = lwkt_pktmbuf_pool_create(
	    "packets", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (cpu == RTE_MAX_LCORE || source.oc_pool == NULL) {
		fprintf(stderr, "stage_kind: needs two lcores (-l 0,1) and 4 MB of memory (-m)\n");
		return 1;
	}
	const struct lwkt_stage_row rows[] = {
	    {.sr_name = "in",
	        .sr_kind = &lwkt_stage_source,
	        .sr_lcore = cpu,
	        .sr_conf = &source,
	        .sr_out = {"ttl"}},
	    {.sr_name = "ttl",
	        .sr_kind = &ttl,
	        .sr_lcore = cpu,
	        .sr_conf = &every,
	        .sr_out = {"out"}},
	    {.sr_name = "out", .sr_kind = &lwkt_stage_sink, .sr_lcore = cpu},
	};
	pl = lwkt_pipeline_create("example", rows, RTE_DIM(rows));
	if (pl == NULL || lwkt_pipeline_start(pl, LWKT_IDLE_YIELD) < 0)
		return 1;
	do
		lwkt_pipeline_account(pl, &ac);
	while (ac.ac_received < source.oc_count);
	lwkt_pipeline_drain(pl, 1000);
	lwkt_pipeline_audit(pl, &ac);
	lwkt_pipeline_destroy(pl);
	printf("%" PRIu64 " received = %" PRIu64 " consumed + %" PRIu64 " dropped\n",
	    ac.ac_received, ac.ac_consumed, ac.ac_dropped);
	rte_mempool_free(source.oc_pool);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
