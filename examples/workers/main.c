/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pool of workers behind a load balancer, and the packets in their first order behind them. Flows
 * go to workers by hash; a worker is a stage of one's own, as many as there are lcores for.
 *
 *      source ──▶ sequence ──▶ distribute ──┬──▶ work, lcore a ──┬──▶ reorder ──▶ check ──▶ sink
 *                                           └──▶ work, lcore b ──┘
 *
 *      workers --no-huge -m 128 --no-pci -l 0-3
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>

#include <lwkt_pipeline.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>

#define PACKETS 100000
#define WORKERS 4

/* Reads every byte of its packets, as an inspection would. */
struct work {
	uint64_t wk_bytes; /* its counter, first */
	uint32_t wk_sum;
};

static const char *const work_counts[] = {"bytes", NULL};

static void
work_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct work *wk = st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		wk->wk_sum = rte_hash_crc(
		    rte_pktmbuf_mtod(pkts[i], void *), rte_pktmbuf_data_len(pkts[i]), wk->wk_sum);
		lwkt_stage_count(&wk->wk_bytes, rte_pktmbuf_data_len(pkts[i]));
	}
	lwkt_stage_emit(st, 0, pkts, n);
}

static const struct lwkt_stage_kind work = {
    .sk_name = "work",
    .sk_state_bytes = sizeof(struct work),
    .sk_handle = work_handle,
    .sk_counter_names = work_counts,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};

/* The worker lcores, one after the other and round again. */
static unsigned int
next_lcore(void)
{
	static unsigned int lcore = RTE_MAX_LCORE;

	lcore = rte_get_next_lcore(lcore, 1, 1);
	return lcore;
}

int
main(int argc, char **argv)
{
	static char names[WORKERS][LWKT_STAGE_NAME];
	struct lwkt_source_conf source = {.oc_count = PACKETS, .oc_flows = 500};
	const struct lwkt_reorder_conf order = {.rc_timeout_us = 1000000};
	const struct lwkt_distribute_conf flows = {0};
	struct lwkt_stage_row rows[6 + WORKERS] = {0};
	struct lwkt_check_stats checked;
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;
	unsigned int n = 0, first;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	source.oc_pool = lwkt_pktmbuf_pool_create(
	    "packets", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (rte_lcore_count() < 2 || source.oc_pool == NULL) {
		fprintf(stderr, "workers: needs two lcores and 16 MB of memory\n");
		return 1;
	}
	first = next_lcore();
	rows[n++] =
	    (struct lwkt_stage_row){"in", &lwkt_stage_source, first, &source, {"number"}, {{0}}};
	rows[n++] =
	    (struct lwkt_stage_row){"number", &lwkt_stage_sequence, first, NULL, {"spread"}, {{0}}};
	rows[n++] =
	    (struct lwkt_stage_row){"spread", &lwkt_stage_distribute, first, &flows, {NULL}, {{0}}};
	for (unsigned int i = 0; i < WORKERS; i++) {
		snprintf(names[i], sizeof(names[i]), "work%u", i);
		rows[2].sr_out[i] = names[i];
		rows[n++] =
		    (struct lwkt_stage_row){names[i], &work, next_lcore(), NULL, {"order"}, {{0}}};
	}
	rows[n++] =
	    (struct lwkt_stage_row){"order", &lwkt_stage_reorder, first, &order, {"look"}, {{0}}};
	rows[n++] = (struct lwkt_stage_row){"look", &lwkt_stage_check, first, NULL, {"out"}, {{0}}};
	rows[n++] = (struct lwkt_stage_row){"out", &lwkt_stage_sink, first, NULL, {NULL}, {{0}}};
	pl = lwkt_pipeline_create("example", rows, n);
	if (pl == NULL || lwkt_pipeline_start(pl, LWKT_IDLE_YIELD) < 0)
		return 1;
	do
		lwkt_pipeline_account(pl, &ac);
	while (ac.ac_received < PACKETS);
	lwkt_pipeline_drain(pl, 5000);
	lwkt_pipeline_audit(pl, &ac);
	lwkt_check_stats(lwkt_pipeline_find(pl, "look"), &checked);
	printf("%" PRIu64 " packets, %" PRIu64 " out of order\n", ac.ac_consumed,
	    checked.hs_late + checked.hs_lost + checked.hs_old);
	lwkt_pipeline_destroy(pl);
	rte_mempool_free(source.oc_pool);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
