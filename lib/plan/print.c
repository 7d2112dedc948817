/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file, for people: who runs where, how big the pools are, the graph, and the reference
 * of all keys.
 */
#include <inttypes.h>

#include <rte_common.h>
#include <rte_ethdev.h>

#include <lwkt_cpu.h>
#include <lwkt_pktmsg.h>

#include "plan_pvt.h"

/*
 * What it comes to
 */

static const char *
output_text(const struct lwkt_pipeline_file *pf, const struct config_stage *cs, unsigned int o,
    char *text, size_t bytes)
{
	static const char *const overflows[] = {"", ", tail", ", oldest"};
	static const char *const kinds[] = {"", ", packet", ", vector"};
	const struct config_output *co = &cs->cs_out[o];
	const struct lwkt_edge_conf *ec = &co->co_edge;
	char limit[24] = "";

	if (ec->ec_limit != 0)
		snprintf(limit, sizeof(limit), ", limit %u", ec->ec_limit);
	snprintf(text, bytes, "%s%s%s%s%s",
	    cs->cs_lcore == pf->pf_stage[co->co_stage].cs_lcore ? "call" : "transit",
	    kinds[ec->ec_kind], limit, overflows[ec->ec_overflow],
	    ec->ec_priority ? ", priority" : "");
	return text;
}

static void
print_queues(const struct config_ethdev *ce, FILE *f)
{
	const char *no_rss = ce->ce_have->ie_no_rss, *cost = ce->ce_have->ie_rss_cost;

	if (ce->ce_params.ep_rxq <= 1)
		return;
	if (cost != NULL)
		fprintf(f, "ethdev %s: RSS: %s\n", ce->ce_name, cost);
	fprintf(f, "ethdev %s: %u rx queues, %s%s; %u tx queue%s\n", ce->ce_name,
	    ce->ce_params.ep_rxq,
	    no_rss != NULL ? "flows not spread over them: "
	                   : "flows spread by its RSS with the symmetric key",
	    no_rss != NULL ? no_rss : "", ce->ce_params.ep_txq,
	    ce->ce_params.ep_txq == 1 ? "" : "s");
}

static void
print_setup(const struct config_ethdev *ce, FILE *f)
{
	const struct lwkt_ethdev_setup *es = &ce->ce_setup;

	fprintf(f, "ethdev %s: descriptors %u rx, %u tx; mtu %u, frames of %u bytes in %u mbuf%s; ",
	    ce->ce_name, es->es_rxd, es->es_txd, es->es_mtu, es->es_frame, es->es_segs,
	    es->es_segs == 1 ? "" : "s");
	if ((es->es_tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0)
		fprintf(f, "fast free\n");
	else
		fprintf(f, "no fast free: %s\n",
		    ce->ce_no_fast_free[0] != '\0' ? ce->ce_no_fast_free : "its driver has none");
}

/* Does anything go from CPU to CPU? */
static bool
crosses(const struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		for (unsigned int o = 0; o < pf->pf_stage[i].cs_nouts; o++)
			if (pf->pf_stage[pf->pf_stage[i].cs_out[o].co_stage].cs_lcore !=
			    pf->pf_stage[i].cs_lcore)
				return true;
	return false;
}

static void
print_rings(const struct lwkt_pipeline_file *pf, FILE *f)
{
	if (crosses(pf))
		fprintf(f,
		    "rings between CPUs: %u messages each, of a packet or up to %u; what has no room "
		    "waits at its sender\n",
		    LWKT_RING_SIZE, LWKT_STAGE_BURST);
}

void
lwkt_pipeline_file_print(const struct lwkt_pipeline_file *file, FILE *f)
{
	char text[80];

	fprintf(f, "%-15s %-12s %5s  %s\n", "stage", "kind", "cpu", "outputs");
	for (unsigned int i = 0; file->pf_checked && i < file->pf_nstages; i++) {
		const struct config_stage *cs = &file->pf_stage[i];

		fprintf(f, "%-15s %-12s %5u", cs->cs_name, cs->cs_kind->sk_name, cs->cs_lcore);
		for (unsigned int o = 0; o < cs->cs_nouts; o++)
			fprintf(f, "%s%s (%s)", o == 0 ? "  " : ", ", cs->cs_out[o].co_to,
			    output_text(file, cs, o, text, sizeof(text)));
		fprintf(f, "\n");
	}
	for (unsigned int i = 0; file->pf_checked && i < file->pf_nethdevs; i++) {
		print_queues(&file->pf_ethdev[i], f);
		print_setup(&file->pf_ethdev[i], f);
	}
	if (file->pf_checked)
		print_rings(file, f);
	for (unsigned int node = 0; file->pf_checked && node < RTE_MAX_NUMA_NODES; node++) {
		const struct config_need *cn = &file->pf_need[node];

		if (cn->cn_packets != 0)
			fprintf(f,
			    "pool on NUMA node %u: rx rings %u + tx rings %u + window %u + bursts %u + "
			    "caches %u = %u; it has %u packets with %u bytes of data, %zu MB\n",
			    node, cn->cn_rx, cn->cn_tx, cn->cn_window, cn->cn_bursts, cn->cn_caches,
			    cn->cn_sum, cn->cn_packets, file->pf_pool.po_data_room,
			    (lwkt_pktmbuf_pool_bytes(
			         cn->cn_packets, 0, file->pf_pool.po_data_room) +
			        (1u << 20) - 1) >>
			        20);
	}
}

/*
 * Graphviz
 */

static void
graph_cpu(const struct lwkt_pipeline_file *pf, unsigned int lcore_id, FILE *f)
{
	bool open = false;

	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		if (cs->cs_lcore != lcore_id)
			continue;
		if (!open)
			fprintf(f, "  subgraph cluster_%u {\n    label=\"CPU %u\";\n", lcore_id,
			    lcore_id);
		open = true;
		fprintf(f, "    \"%s\" [label=\"%s\\n%s", cs->cs_name, cs->cs_name,
		    cs->cs_kind->sk_name);
		for (unsigned int r = 0; r < cs->cs_nrefs; r++)
			fprintf(f, " %s", pf->pf_ethdev[cs->cs_ref[r].cr_ethdev].ce_name);
		fprintf(f, "\"];\n");
	}
	if (open)
		fprintf(f, "  }\n");
}

void
lwkt_pipeline_file_graph(const struct lwkt_pipeline_file *file, FILE *f)
{
	char text[80];

	fprintf(f, "digraph \"%s\" {\n  rankdir=LR;\n  node [shape=box];\n", file->pf_conf.cp_name);
	for (unsigned int i = 0; file->pf_checked && i < file->pf_have.iv_nlcores; i++)
		graph_cpu(file, file->pf_have.iv_lcore[i].il_id, f);
	for (unsigned int i = 0; file->pf_checked && i < file->pf_nstages; i++) {
		const struct config_stage *cs = &file->pf_stage[i];

		for (unsigned int o = 0; o < cs->cs_nouts; o++)
			fprintf(f, "  \"%s\" -> \"%s\" [label=\"%u: %s\"];\n", cs->cs_name,
			    cs->cs_out[o].co_to, o, output_text(file, cs, o, text, sizeof(text)));
	}
	fprintf(f, "}\n");
}

/*
 * The reference. Its form is read as Markdown and by scdoc alike.
 */

static void
put_key(const struct lwkt_param *pa, FILE *f)
{
	char expected[200];

	fprintf(f, "- *%s*: %s (%s", pa->pa_name, pa->pa_help != NULL ? pa->pa_help : "",
	    config_expected(pa, expected, sizeof(expected)));
	if (pa->pa_required)
		fprintf(f, "; required");
	else if (pa->pa_type == LWKT_PARAM_BOOL)
		fprintf(f, "; default %s", pa->pa_default != 0 ? "yes" : "no");
	else if (pa->pa_type == LWKT_PARAM_ENUM)
		fprintf(f, "; default %s", pa->pa_words[pa->pa_default]);
	else if (pa->pa_type == LWKT_PARAM_STRING && pa->pa_text != NULL)
		fprintf(f, "; default %s", pa->pa_text);
	else if (pa->pa_type == LWKT_PARAM_UINT || pa->pa_type == LWKT_PARAM_RX_QUEUE ||
	         pa->pa_type == LWKT_PARAM_TX_QUEUE)
		fprintf(f, "; default %" PRIu64, pa->pa_default);
	fprintf(f, ")\n");
}

static void
put_table(const char *head, const char *name, const struct lwkt_param *table, FILE *f)
{
	fprintf(f, "## %s %s\n\n", head, name);
	if (table == NULL || table[0].pa_name == NULL)
		fprintf(f, "It has no parameters.\n");
	for (; table != NULL && table->pa_name != NULL; table++)
		put_key(table, f);
	fprintf(f, "\n");
}

void
lwkt_pipeline_file_keys(FILE *f)
{
	put_table("The", "file", config_top_table, f);
	put_table("Section", "pipeline", config_pipeline_table, f);
	put_table("Section", "pool", config_pool_table, f);
	put_table("Section", "balance", config_balance_table, f);
	put_table("An entry of", "ethdevs", config_ethdev_table, f);
	put_table("An entry of", "stages", config_stage_table, f);
	put_table("An item of", "outputs", config_output_table, f);
	for (unsigned int i = 0; lwkt_stage_kind_at(i) != NULL; i++)
		put_table(
		    "Kind", lwkt_stage_kind_at(i)->sk_name, lwkt_stage_kind_at(i)->sk_params, f);
}
