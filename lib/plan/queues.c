/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: whose queue is whose. An rx queue has one stage that polls it, a tx queue one
 * CPU that sends to it, and both are best served from the ethdev's NUMA node.
 */
#include <rte_common.h>

#include "plan_pvt.h"

static struct config_pos
key_of(const struct config_stage *cs, const struct lwkt_param *pa)
{
	struct config_pos pos = cs->cs_param_keys.ck_key[pa - cs->cs_kind->sk_params];

	return pos.po_line != 0 ? pos : cs->cs_param_keys.ck_at;
}

bool
config_find_use(const struct config_stage *cs, enum lwkt_param_type type, struct config_use *us)
{
	for (const struct lwkt_param *pa = cs->cs_kind->sk_params;
	     cs->cs_nrefs > 0 && pa != NULL && pa->pa_name != NULL; pa++)
		if (pa->pa_type == type) {
			*us = (struct config_use){cs, pa, cs->cs_ref[0].cr_ethdev,
			    (unsigned int)config_value_uint(pa, cs->cs_conf)};
			return true;
		}
	return false;
}

static void
check_number(struct lwkt_pipeline_file *pf, const struct config_use *us)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[us->us_ethdev];
	bool rx = us->us_param->pa_type == LWKT_PARAM_RX_QUEUE;
	unsigned int n = rx ? ce->ce_params.ep_rxq : ce->ce_params.ep_txq;

	if (us->us_queue >= n)
		config_error(pf, key_of(us->us_stage, us->us_param),
		    "stage %s: %s: ethdev %s has no %s queue %u; write at most %u, or %s: %u in its "
		    "entry",
		    us->us_stage->cs_name, us->us_param->pa_name, ce->ce_name, rx ? "rx" : "tx",
		    us->us_queue, n - 1, rx ? "rxq" : "txq", us->us_queue + 1);
}

/* Against the stages before it, so that each pair is reported once. */
static void
check_shared(struct lwkt_pipeline_file *pf, const struct config_use *us)
{
	const char *device = pf->pf_ethdev[us->us_ethdev].ce_name;
	const struct config_stage *cs = us->us_stage;
	struct config_use other;

	for (const struct config_stage *o = pf->pf_stage; o < cs; o++) {
		if (!config_find_use(o, us->us_param->pa_type, &other) ||
		    other.us_ethdev != us->us_ethdev || other.us_queue != us->us_queue)
			continue;
		if (us->us_param->pa_type == LWKT_PARAM_RX_QUEUE)
			config_error(pf, key_of(cs, us->us_param),
			    "stage %s: %s: stage %s polls rx queue %u of ethdev %s already; write "
			    "another queue",
			    cs->cs_name, us->us_param->pa_name, o->cs_name, us->us_queue, device);
		else if (o->cs_lcore != cs->cs_lcore)
			config_error(pf, key_of(cs, us->us_param),
			    "stage %s: %s: stage %s sends to tx queue %u of ethdev %s from CPU %u "
			    "already, this one from CPU %u; write another queue, or the same cpu",
			    cs->cs_name, us->us_param->pa_name, o->cs_name, us->us_queue, device,
			    o->cs_lcore, cs->cs_lcore);
		else
			continue;
		return;
	}
}

static void
check_node(struct lwkt_pipeline_file *pf, const struct config_use *us)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[us->us_ethdev];
	const struct config_stage *cs = us->us_stage;
	unsigned int node = config_lcore(pf, cs->cs_lcore)->il_node;

	if (pf->pf_starts && us->us_param->pa_type == LWKT_PARAM_RX_QUEUE)
		return;
	if (ce->ce_have->ie_node >= 0 && (unsigned int)ce->ce_have->ie_node != node)
		config_warn(pf, key_of(cs, us->us_param),
		    "stage %s: cpu: CPU %u is on NUMA node %u, ethdev %s on node %d, each packet "
		    "crosses; write a cpu of node %d",
		    cs->cs_name, cs->cs_lcore, node, ce->ce_name, ce->ce_have->ie_node,
		    ce->ce_have->ie_node);
}

/* What a device puts into a queue that nobody polls is lost. */
static bool
check_polled(struct lwkt_pipeline_file *pf, unsigned int ethdev, unsigned int queue)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[ethdev];
	struct config_use us;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (config_find_use(&pf->pf_stage[i], LWKT_PARAM_RX_QUEUE, &us) &&
		    us.us_ethdev == ethdev && us.us_queue == queue)
			return true;
	if (ce->ce_params.ep_rxq > 1)
		config_error(pf, ce->ce_keys.ck_at,
		    "ethdev %s: rxq: %u, but no stage polls queue %u; add one, or write fewer "
		    "queues",
		    ce->ce_name, ce->ce_params.ep_rxq, queue);
	else
		config_warn(pf, ce->ce_keys.ck_at,
		    "ethdev %s: no stage polls it, what comes in there is lost; add one if "
		    "something does",
		    ce->ce_name);
	return false;
}

void
config_queues(struct lwkt_pipeline_file *pf)
{
	static const enum lwkt_param_type types[] = {LWKT_PARAM_RX_QUEUE, LWKT_PARAM_TX_QUEUE};
	struct config_use us;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		for (unsigned int t = 0; t < RTE_DIM(types); t++) {
			if (!config_find_use(&pf->pf_stage[i], types[t], &us))
				continue;
			check_number(pf, &us);
			check_shared(pf, &us);
			check_node(pf, &us);
		}
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		for (unsigned int q = 0;
		     q < pf->pf_ethdev[i].ce_params.ep_rxq && check_polled(pf, i, q); q++)
			;
}
