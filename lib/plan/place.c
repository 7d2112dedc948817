/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file and the machine: CPUs and NUMA nodes.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "plan_pvt.h"

/*
 * CPUs
 */

/* "1 to 3", or "1, 2, 5": the workers. */
static void
say_workers(const struct lwkt_inventory *iv, char *text, size_t bytes)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < iv->iv_nlcores && at < bytes; i++)
		if (iv->iv_lcore[i].il_id != iv->iv_main)
			at += (size_t)snprintf(text + at, bytes - at, "%s%u", at == 0 ? "" : ", ",
			    iv->iv_lcore[i].il_id);
}

void
config_cpus(struct lwkt_pipeline_file *pf)
{
	char workers[100];

	say_workers(&pf->pf_have, workers, sizeof(workers));
	if (workers[0] == '\0') {
		config_error(pf, (struct config_pos){0, 0},
		    "stages: EAL has no worker lcore for them; start with -l 0,1 or more");
		return;
	}
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		struct config_stage *cs = &pf->pf_stage[i];

		if (cs->cs_auto)
			cs->cs_lcore = CONFIG_AUTO;
		else if (cs->cs_lcore == pf->pf_have.iv_main)
			config_error(pf, cs->cs_keys.ck_key[STAGE_CPU],
			    "stage %s: cpu: %u is the main lcore, which controls; write one of %s",
			    cs->cs_name, cs->cs_lcore, workers);
		else if (config_lcore(pf, cs->cs_lcore) == NULL)
			config_error(pf, cs->cs_keys.ck_key[STAGE_CPU],
			    "stage %s: cpu: there is no lcore %s; write one of %s, or start with more "
			    "(-l, --lcores)",
			    cs->cs_name, cs->cs_cpu, workers);
	}
}

/*
 * Where a stage belongs: to the node of its ethdev; else to that of a stage which feeds it or which
 * it feeds, in the order of the file, and which has one. @return -1: anywhere.
 */
static int
wanted_node(const struct lwkt_pipeline_file *pf, unsigned int stage)
{
	const struct config_stage *cs = &pf->pf_stage[stage];

	if (cs->cs_nrefs > 0)
		return pf->pf_ethdev[cs->cs_ref[0].cr_ethdev].ce_have->ie_node;
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *from = &pf->pf_stage[i];

		for (unsigned int o = 0; o < from->cs_nouts; o++) {
			const struct config_stage *to = &pf->pf_stage[from->cs_out[o].co_stage];
			const struct config_stage *other = from == cs ? to : to == cs ? from : NULL;

			if (other != NULL && other->cs_nrefs > 0)
				return pf->pf_ethdev[other->cs_ref[0].cr_ethdev].ce_have->ie_node;
		}
	}
	return -1;
}

static unsigned int
stages_on(const struct lwkt_pipeline_file *pf, unsigned int lcore_id)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		n += pf->pf_stage[i].cs_lcore == lcore_id;
	return n;
}

/* The worker of that node with the fewest stages, the first of equals. @return NULL: none there. */
static const struct lwkt_inventory_lcore *
idlest(const struct lwkt_pipeline_file *pf, int node)
{
	const struct lwkt_inventory_lcore *best = NULL;
	unsigned int fewest = UINT_MAX;

	for (unsigned int i = 0; i < pf->pf_have.iv_nlcores; i++) {
		const struct lwkt_inventory_lcore *il = &pf->pf_have.iv_lcore[i];
		unsigned int n = stages_on(pf, il->il_id);

		if (il->il_id == pf->pf_have.iv_main || n >= fewest ||
		    (node >= 0 && il->il_node != (unsigned int)node))
			continue;
		fewest = n;
		best = il;
	}
	return best;
}

/* A device without a node is where the first stage is that polls it, else at the main lcore's. */
static unsigned int
ethdev_node(const struct lwkt_pipeline_file *pf, unsigned int entry)
{
	unsigned int lcore_id = pf->pf_have.iv_main;
	int node = pf->pf_ethdev[entry].ce_have->ie_node;

	for (unsigned int i = pf->pf_nstages; i-- > 0;)
		if (config_brings(&pf->pf_stage[i]) == entry)
			lcore_id = pf->pf_stage[i].cs_lcore;
	return node >= 0 ? (unsigned int)node : config_lcore(pf, lcore_id)->il_node;
}

void
config_place(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		struct config_stage *cs = &pf->pf_stage[i];
		const struct lwkt_inventory_lcore *il;

		if (!cs->cs_auto)
			continue;
		il = idlest(pf, wanted_node(pf, i));
		if (il == NULL)
			il = idlest(pf, -1);
		if (il != NULL) /* there is a worker: config_cpus() has seen to it */
			cs->cs_lcore = il->il_id;
	}
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		pf->pf_ethdev[i].ce_node = ethdev_node(pf, i);
}
