/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of stages. For two ethdevs and one worker:
 *
 *      rx0 ─┐          ┌─ tx0        rtc: all on one lcore, each arrow is a function call
 *           ├─▶ fwd0 ──┤             pipeline: rx, fwd and tx on an lcore each, arrows are transit
 *      rx1 ─┘          └─ tx1
 *
 * A lane has a fwd stage for each worker; its outputs are the ethdevs that the lane's ethdevs
 * forward to. With several workers the names carry the queue or the worker too:
 *
 *      rx0_0 ──▶ fwd0_0 ──▶ tx1_0    RSS                  rx0 ──▶ dist0 ─┬─▶ fwd0_0    software
 *      rx0_1 ──▶ fwd0_1 ──▶ tx1_1                                        └─▶ fwd0_1
 */
#include <string.h>

#include <lwkt_distribute.h>

#include "l2fwd.h"

/* A stage's name: "rx0", or "rx0_1" if it is one of several. The same name is the same string. */
static const char *
name_of(struct l2fwd_plan *plan, const char *kind, unsigned int number, unsigned int part,
    unsigned int parts)
{
	char *name = plan->pn_name[plan->pn_nnames];
	size_t bytes = sizeof(plan->pn_name[0]);

	if (parts > 1)
		snprintf(name, bytes, "%s%u_%u", kind, number, part);
	else
		snprintf(name, bytes, "%s%u", kind, number);
	for (unsigned int i = 0; i < plan->pn_nnames; i++)
		if (strcmp(plan->pn_name[i], name) == 0)
			return plan->pn_name[i];
	plan->pn_nnames++;
	return name;
}

static const char *
fwd_name(struct l2fwd_plan *plan, unsigned int lane, unsigned int worker)
{
	return name_of(plan, "fwd", lane, worker, plan->pn_lane[lane].la_nworkers);
}

static const char *
tx_name(struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed, unsigned int queue)
{
	return name_of(plan, "tx", ed->ed_id, queue, ed->ed_ntxq);
}

static struct lwkt_stage_row *
add_row(struct l2fwd_plan *plan, const struct lwkt_stage_kind *kind, const char *name,
    unsigned int lcore_id, const void *conf)
{
	struct lwkt_stage_row *row = &plan->pn_row[plan->pn_nrows++];

	*row = (struct lwkt_stage_row){
	    .sr_name = name,
	    .sr_kind = kind,
	    .sr_lcore = lcore_id,
	    .sr_conf = conf,
	};
	return row;
}

/* Where the lone rx queue of the lane's n-th ethdev is polled: not all of them by one worker. */
static void
add_lone_rx(struct l2fwd_plan *plan, struct l2fwd_ethdev *ed, unsigned int n)
{
	static const struct lwkt_distribute_conf forward_all = {
	    .dc_malformed = LWKT_MALFORMED_PASS};
	const struct l2fwd_lane *lane = &plan->pn_lane[ed->ed_lane];
	unsigned int worker = n % lane->la_nworkers;
	unsigned int lcore_id = lane->la_worker[worker].wk_rx;
	struct lwkt_stage_row *row = add_row(plan, &lwkt_stage_ethdev_rx,
	    name_of(plan, "rx", ed->ed_id, 0, 1), lcore_id, &ed->ed_queue[0]);

	if (ed->ed_spread == L2FWD_ONE) {
		row->sr_out[0] = fwd_name(plan, ed->ed_lane, worker);
		return;
	}
	row->sr_out[0] = name_of(plan, "dist", ed->ed_id, 0, 1);
	row = add_row(plan, &lwkt_stage_distribute, row->sr_out[0], lcore_id, &forward_all);
	for (unsigned int w = 0; w < lane->la_nworkers; w++)
		row->sr_out[w] = fwd_name(plan, ed->ed_lane, w);
}

static void
add_rx(struct l2fwd_plan *plan, struct l2fwd_ethdev *ed, unsigned int n)
{
	const struct l2fwd_lane *lane = &plan->pn_lane[ed->ed_lane];

	for (unsigned int q = 0; q < RTE_MAX(ed->ed_nrxq, ed->ed_ntxq); q++)
		ed->ed_queue[q] =
		    (struct lwkt_ethdev_conf){.ec_ethdev = ed->ed_id, .ec_queue = (uint16_t)q};
	if (ed->ed_spread != L2FWD_RSS) {
		add_lone_rx(plan, ed, n);
		return;
	}
	for (unsigned int q = 0; q < ed->ed_nrxq; q++) {
		unsigned int worker = q % lane->la_nworkers;

		add_row(plan, &lwkt_stage_ethdev_rx, name_of(plan, "rx", ed->ed_id, q, ed->ed_nrxq),
		    lane->la_worker[worker].wk_rx, &ed->ed_queue[q])
		    ->sr_out[0] = fwd_name(plan, ed->ed_lane, worker);
	}
}

static void
add_fwd(struct l2fwd_plan *plan, unsigned int lane_no, unsigned int worker, bool mac_update)
{
	struct l2fwd_worker *wk = &plan->pn_lane[lane_no].la_worker[worker];
	struct lwkt_l2fwd_conf *conf = &wk->wk_conf;
	struct lwkt_stage_row *row =
	    add_row(plan, &lwkt_stage_l2fwd, fwd_name(plan, lane_no, worker), wk->wk_fwd, conf);
	uint8_t output = 0;

	conf->lc_mac_update = mac_update;
	memset(conf->lc_output, LWKT_L2FWD_NONE, sizeof(conf->lc_output));
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		const struct l2fwd_ethdev *to = &plan->pn_ethdev[ed->ed_to];

		if (ed->ed_lane != lane_no)
			continue;
		conf->lc_output[ed->ed_id] = output;
		conf->lc_ethdev[output] = to->ed_id;
		conf->lc_mac[output] = to->ed_mac;
		row->sr_out[output++] = tx_name(plan, to, worker % to->ed_ntxq);
	}
}

static void
add_tx(struct l2fwd_plan *plan, unsigned int i)
{
	const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

	for (unsigned int q = 0; q < ed->ed_ntxq; q++)
		add_row(plan, &lwkt_stage_ethdev_tx, tx_name(plan, ed, q),
		    l2fwd_queues_writer(plan, i, q), &ed->ed_queue[q]);
}

void
l2fwd_pipeline_rows(struct l2fwd_plan *plan, bool mac_update)
{
	unsigned int in_lane[RTE_MAX_ETHPORTS] = {0};

	plan->pn_nrows = plan->pn_nnames = 0;
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		add_rx(plan, ed, in_lane[ed->ed_lane]++);
	}
	for (unsigned int i = 0; i < plan->pn_nlanes; i++)
		for (unsigned int w = 0; w < plan->pn_lane[i].la_nworkers; w++)
			add_fwd(plan, i, w, mac_update);
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		add_tx(plan, i);
}

void
l2fwd_pipeline_print(const struct l2fwd_plan *plan)
{
	printf("%-8s %-10s %5s  %s\n", "stage", "kind", "lcore", "outputs");
	for (unsigned int i = 0; i < plan->pn_nrows; i++) {
		const struct lwkt_stage_row *row = &plan->pn_row[i];

		printf("%-8s %-10s %5u", row->sr_name, row->sr_kind->sk_name, row->sr_lcore);
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && row->sr_out[o] != NULL; o++)
			printf("%s%s", o == 0 ? "  " : " ", row->sr_out[o]);
		printf("\n");
	}
	if (plan->pn_nidle > 0)
		printf("%u worker lcore%s nothing to do\n", plan->pn_nidle,
		    plan->pn_nidle == 1 ? " has" : "s have");
}
