/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: does what its stages say fit together?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include <lwkt_log.h>
#include <lwkt_stages.h>

#include "plan_pvt.h"

/*
 * Outputs between CPUs, after the stages have their CPUs.
 */
static void
check_edge(struct lwkt_pipeline_file *pf, const struct config_stage *cs, unsigned int o)
{
	const struct config_output *co = &cs->cs_out[o];
	const struct config_stage *to = &pf->pf_stage[co->co_stage];
	const struct lwkt_edge_conf *ec = &co->co_edge;

	if (cs->cs_lcore == to->cs_lcore &&
	    (ec->ec_kind != LWKT_EDGE_AUTO || ec->ec_overflow != LWKT_OVERFLOW_CREDIT ||
	        ec->ec_limit != 0 || ec->ec_priority))
		config_error(pf, co->co_pos,
		    "stage %s, output %u: it stays on CPU %u, a function call without a queue; "
		    "write the stage's name only, or give %s another cpu",
		    cs->cs_name, o, cs->cs_lcore, to->cs_name);
	else if (ec->ec_kind == LWKT_EDGE_VECTOR &&
	         (cs->cs_kind->sk_per_packet || to->cs_kind->sk_per_packet))
		config_error(pf, co->co_pos,
		    "stage %s, output %u: kind %s wants packets one by one; write message: packet",
		    cs->cs_name, o,
		    cs->cs_kind->sk_per_packet ? cs->cs_kind->sk_name : to->cs_kind->sk_name);
}

/*
 * What a kind has to say about its parameters, when it sees the pipeline around it.
 */

static unsigned int
leads_to(const struct lwkt_pipeline_file *pf, unsigned int stage, bool *visited)
{
	bool exits[RTE_MAX_ETHPORTS] = {false};
	unsigned int to = LWKT_VIEW_NONE;

	memset(visited, 0, pf->pf_nstages * sizeof(*visited));
	config_exits(pf, stage, CONFIG_AUTO, visited, exits);
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		if (exits[i])
			to = to == LWKT_VIEW_NONE ? i : LWKT_VIEW_MANY;
	return to;
}

/* Where the key stands that a kind's "KEY: ..." begins with; else the nearest to it. */
static struct config_pos
pos_of_key(const struct config_stage *cs, const char *why)
{
	const struct lwkt_param *pa = cs->cs_kind->sk_params;
	struct config_pos pos = {0, 0};
	size_t n = strcspn(why, ":");

	for (unsigned int i = 0; pa != NULL && pa[i].pa_name != NULL; i++)
		if (strlen(pa[i].pa_name) == n && strncmp(pa[i].pa_name, why, n) == 0)
			pos = cs->cs_param_keys.ck_key[i];
	for (unsigned int i = 0; config_stage_table[i].pa_name != NULL && pos.po_line == 0; i++)
		if (strlen(config_stage_table[i].pa_name) == n &&
		    strncmp(config_stage_table[i].pa_name, why, n) == 0)
			pos = cs->cs_keys.ck_key[i];
	if (pos.po_line == 0)
		pos = cs->cs_keys.ck_key[STAGE_PARAMS];
	return pos.po_line != 0 ? pos : cs->cs_keys.ck_at;
}

static void
complete(struct lwkt_pipeline_file *pf, struct config_stage *cs, struct lwkt_param_view *view,
    bool *visited)
{
	char why[256] = "";

	for (unsigned int i = 0; i < cs->cs_nrefs; i++)
		config_value_put_uint(
		    cs->cs_ref[i].cr_param, cs->cs_conf, view->pv_ethdev[cs->cs_ref[i].cr_ethdev]);
	if (cs->cs_kind->sk_complete == NULL)
		return;
	view->pv_nouts = cs->cs_nouts;
	for (unsigned int o = 0; o < cs->cs_nouts; o++)
		view->pv_leads_to[o] = leads_to(pf, cs->cs_out[o].co_stage, visited);
	if (cs->cs_kind->sk_complete(cs->cs_conf, view, why, sizeof(why)) < 0)
		config_error(pf, pos_of_key(cs, why), "stage %s: %s", cs->cs_name, why);
}

static int
complete_all(struct lwkt_pipeline_file *pf)
{
	struct rte_ether_addr macs[RTE_MAX_ETHPORTS];
	uint16_t ids[RTE_MAX_ETHPORTS];
	struct lwkt_param_view view = {
	    .pv_nethdevs = pf->pf_nethdevs, .pv_ethdev = ids, .pv_mac = macs};
	bool *visited = calloc(pf->pf_nstages, sizeof(*visited));

	if (visited == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		ids[i] = pf->pf_ethdev[i].ce_have->ie_id;
		macs[i] = pf->pf_ethdev[i].ce_have->ie_mac;
	}
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		complete(pf, &pf->pf_stage[i], &view, visited);
	free(visited);
	return 0;
}

/* The pools that the file's pipeline will have when its stages are made. */
static unsigned int
pools_to_come(const struct lwkt_pipeline_file *pf, struct lwkt_named_pool *pools,
    char (*names)[RTE_MEMPOOL_NAMESIZE])
{
	unsigned int n = 0;

	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		if (pf->pf_need[node].cn_packets == 0)
			continue;
		config_pool_name(pf, node, names[n]);
		pools[n] = (struct lwkt_named_pool){
		    names[n], pf->pf_need[node].cn_room - (unsigned int)RTE_PKTMBUF_HEADROOM};
		n++;
	}
	return n;
}

struct lwkt_stage_row *
config_rows(const struct lwkt_pipeline_file *pf)
{
	struct lwkt_stage_row *rows = calloc(pf->pf_nstages, sizeof(*rows));

	for (unsigned int i = 0; rows != NULL && i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		rows[i].sr_name = cs->cs_name;
		rows[i].sr_kind = cs->cs_kind;
		rows[i].sr_lcore = cs->cs_lcore;
		rows[i].sr_conf = cs->cs_conf;
		for (unsigned int o = 0; o < cs->cs_nouts; o++) {
			rows[i].sr_out[o] = cs->cs_out[o].co_to;
			rows[i].sr_edge[o] = cs->cs_out[o].co_edge;
		}
	}
	return rows;
}

/* The same checks as when the pipeline is made. */
static int
check_rows(struct lwkt_pipeline_file *pf)
{
	struct lwkt_named_pool pools[RTE_MAX_NUMA_NODES];
	char names[RTE_MAX_NUMA_NODES][RTE_MEMPOOL_NAMESIZE], why[256] = "";
	struct lwkt_stage_row *rows = config_rows(pf);
	struct lwkt_stage_view view = {.sv_rows = rows, .sv_nrows = pf->pf_nstages};
	int rc;

	if (rows == NULL)
		return -ENOMEM;
	view.sv_pools = pools;
	view.sv_npools = pools_to_come(pf, pools, names);
	rc = lwkt_stage_check_limits(rows, pf->pf_nstages, &view.sv_row, why, sizeof(why));
	if (rc == -EINVAL)
		config_error(pf, pos_of_key(&pf->pf_stage[view.sv_row], why), "stage %s: %s",
		    rows[view.sv_row].sr_name, why);
	for (view.sv_row = 0; rc == 0 && view.sv_row < pf->pf_nstages; view.sv_row++) {
		const struct config_stage *cs = &pf->pf_stage[view.sv_row];
		int bad = lwkt_stage_check_row(&view, why, sizeof(why));

		if (bad < 0)
			config_error(pf, pos_of_key(cs, why), "stage %s: %s", cs->cs_name, why);
		else if (why[0] != '\0')
			config_warn(pf, pos_of_key(cs, why), "stage %s: %s", cs->cs_name, why);
	}
	free(rows);
	return rc == -ENOMEM ? rc : 0;
}

/* As lwkt_pipeline_configure() wants it. */
static void
check_window(struct lwkt_pipeline_file *pf)
{
	unsigned int window = pf->pf_conf.cp_opts.po_window, sources = 0;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		sources += config_is_source(&pf->pf_stage[i]);
	if (window != 0 && window < sources * LWKT_STAGE_BURST)
		config_error(pf, pf->pf_conf_keys.ck_key[PIPELINE_WINDOW],
		    "pipeline: window: %u are too few for %u sources; write %u or more, or 0",
		    window, sources, sources * LWKT_STAGE_BURST);
}

static void
check_balance(struct lwkt_pipeline_file *pf)
{
	const char *name = pf->pf_balance.cb_stage;
	const struct config_stage *cs = NULL;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (strcmp(pf->pf_stage[i].cs_name, name) == 0)
			cs = &pf->pf_stage[i];
	if (name[0] != '\0' && (cs == NULL || cs->cs_kind != &lwkt_stage_distribute))
		config_error(pf, pf->pf_balance_keys.ck_key[BALANCE_STAGE],
		    "balance: stage: %s is %s; write the name of a stage of kind distribute", name,
		    cs == NULL ? "no stage" : "of another kind");
}

/* Do packets that leave stage i come to one of that kind? */
static bool
comes_to(const struct lwkt_pipeline_file *pf, unsigned int i, const struct lwkt_stage_kind *kind,
    bool *visited)
{
	const struct config_stage *cs = &pf->pf_stage[i];

	if (visited[i])
		return false;
	visited[i] = true;
	if (cs->cs_kind == kind)
		return true;
	for (unsigned int o = 0; o < cs->cs_nouts; o++)
		if (comes_to(pf, cs->cs_out[o].co_stage, kind, visited))
			return true;
	return false;
}

#define SNAP_WHOLE 64 /* Ethernet, two tags, IPv6, and a bit */

/* Copies that are cut so short that a distributor finds no address in them. */
static int
check_snap(struct lwkt_pipeline_file *pf, const struct config_stage *cs)
{
	const struct lwkt_mirror_conf *ic = cs->cs_conf;
	bool *visited;

	if (cs->cs_kind != &lwkt_stage_mirror || ic->ic_snap == 0 || ic->ic_snap >= SNAP_WHOLE)
		return 0;
	visited = calloc(pf->pf_nstages, sizeof(*visited));
	if (visited == NULL)
		return -ENOMEM;
	if (comes_to(pf, cs->cs_out[1].co_stage, &lwkt_stage_distribute, visited))
		config_warn(pf, cs->cs_keys.ck_key[STAGE_PARAMS],
		    "stage %s: snap: %u: IP addresses may be cut off, and such copies are malformed "
		    "to the distribute stage that they come to; write %u or more",
		    cs->cs_name, ic->ic_snap, SNAP_WHOLE);
	free(visited);
	return 0;
}

/* Where a distributor takes the NIC's hash, NICs have to have its key. */
static int
check_hashes(struct lwkt_pipeline_file *pf)
{
	bool nic = false;
	int rc = 0;

	for (unsigned int i = 0; i < pf->pf_nstages && rc == 0; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];
		const struct lwkt_distribute_conf *dc = cs->cs_conf;

		nic |= cs->cs_kind == &lwkt_stage_distribute && dc->dc_hash.fc_nic;
		rc = check_snap(pf, cs);
	}
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		pf->pf_ethdev[i].ce_params.ep_nic_hash = nic;
	return rc;
}

static int
check_all(struct lwkt_pipeline_file *pf)
{
	int rc;

	pf->pf_errors = 0;
	pf->pf_checked = false;
	rc = config_graph(pf);
	check_balance(pf);
	config_ethdevs(pf);
	config_cpus(pf);
	if (rc < 0 || pf->pf_errors > 0)
		return rc < 0 ? rc : -EINVAL;
	config_place(pf);
	config_queues(pf);
	config_drivers(pf);
	rc = config_setup(pf);
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		for (unsigned int o = 0; o < pf->pf_stage[i].cs_nouts; o++)
			check_edge(pf, &pf->pf_stage[i], o);
	if (rc == 0)
		rc = complete_all(pf);
	if (rc == 0)
		rc = check_hashes(pf);
	if (rc == 0)
		rc = config_pools(pf);
	check_window(pf);
	if (rc == 0 && pf->pf_errors == 0)
		rc = check_rows(pf);
	if (rc < 0 || pf->pf_errors > 0)
		return rc < 0 ? rc : -EINVAL;
	pf->pf_checked = true;
	return 0;
}

int
config_check(struct lwkt_pipeline_file *pf)
{
	int rc = check_all(pf);

	if (rc == -ENOMEM)
		lwkt_error("%s: no memory to check it; free some", pf->pf_path);
	return rc;
}

int
lwkt_pipeline_file_check(struct lwkt_pipeline_file *file, const struct lwkt_inventory *iv_or_null)
{
	file->pf_real = iv_or_null == NULL;
	if (iv_or_null != NULL)
		file->pf_have = *iv_or_null;
	else
		lwkt_inventory_take(&file->pf_have);
	return config_check(file);
}
