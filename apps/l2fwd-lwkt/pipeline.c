/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of stages. For two ethdevs:
 *
 *      rx0 ─┐          ┌─ tx0        rtc: all on one lcore, each arrow is a function call
 *           ├─▶ fwd0 ──┤             pipeline: rx, fwd and tx on an lcore each, arrows are transit
 *      rx1 ─┘          └─ tx1
 *
 * A lane has one fwd stage; its outputs are the ethdevs that its own ethdevs forward to. In rtc
 * an ethdev's tx stage runs on the lcore of the ethdev that forwards to it, so that no packet
 * changes lcores; in a pipeline on its own lane's tx lcore.
 */
#include "l2fwd.h"

static struct lwkt_stage_row *
add_row(struct l2fwd_plan *plan, const struct lwkt_stage_kind *kind, const char *name,
    unsigned int number, unsigned int lcore_id, const void *conf)
{
	unsigned int n = plan->pn_nrows++;
	struct lwkt_stage_row *row = &plan->pn_row[n];

	snprintf(plan->pn_name[n], sizeof(plan->pn_name[n]), "%s%u", name, number);
	*row = (struct lwkt_stage_row){
	    .sr_name = plan->pn_name[n],
	    .sr_kind = kind,
	    .sr_lcore = lcore_id,
	    .sr_conf = conf,
	};
	return row;
}

/*
 * The rows come in the order rx of all ethdevs, fwd of all lanes, tx of all ethdevs. So the names
 * below are known before their rows are written.
 */
static const char *
fwd_name(const struct l2fwd_plan *plan, unsigned int lane)
{
	return plan->pn_name[plan->pn_nethdevs + lane];
}

static const char *
tx_name(const struct l2fwd_plan *plan, unsigned int ethdev)
{
	return plan->pn_name[plan->pn_nethdevs + plan->pn_nlanes + ethdev];
}

static void
add_fwd(struct l2fwd_plan *plan, unsigned int lane_no, bool mac_update)
{
	struct l2fwd_lane *lane = &plan->pn_lane[lane_no];
	struct lwkt_l2fwd_conf *conf = &lane->la_conf;
	struct lwkt_stage_row *row =
	    add_row(plan, &lwkt_stage_l2fwd, "fwd", lane_no, lane->la_fwd, conf);
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
		row->sr_out[output++] = tx_name(plan, ed->ed_to);
	}
}

void
l2fwd_pipeline_rows(struct l2fwd_plan *plan, bool mac_update)
{
	plan->pn_nrows = 0;
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		ed->ed_queue = (struct lwkt_ethdev_conf){.ec_ethdev = ed->ed_id, .ec_queue = 0};
		add_row(plan, &lwkt_stage_ethdev_rx, "rx", ed->ed_id,
		    plan->pn_lane[ed->ed_lane].la_rx, &ed->ed_queue)
		    ->sr_out[0] = fwd_name(plan, ed->ed_lane);
	}
	for (unsigned int i = 0; i < plan->pn_nlanes; i++)
		add_fwd(plan, i, mac_update);
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		const struct l2fwd_lane *own = &plan->pn_lane[ed->ed_lane];
		const struct l2fwd_lane *source =
		    &plan->pn_lane[plan->pn_ethdev[ed->ed_from].ed_lane];
		bool rtc = own->la_rx == own->la_tx;

		add_row(plan, &lwkt_stage_ethdev_tx, "tx", ed->ed_id,
		    rtc ? source->la_tx : own->la_tx, &ed->ed_queue);
	}
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
}
