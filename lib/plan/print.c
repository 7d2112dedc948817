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
print_rings(const struct lwkt_pipeline_file *pf, FILE *f)
{
	if (config_crosses(pf))
		fprintf(f,
		    "rings between CPUs: %u messages each, of a packet or up to %u; what has no room "
		    "waits at its sender\n",
		    LWKT_RING_SIZE, LWKT_STAGE_BURST);
}

static void
print_stages(const struct lwkt_pipeline_file *pf, FILE *f)
{
	char text[80];

	fprintf(f, "%-15s %-12s %5s  %s\n", "stage", "kind", "cpu", "outputs");
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		fprintf(f, "%-15s %-12s %5u", cs->cs_name, cs->cs_kind->sk_name, cs->cs_lcore);
		for (unsigned int o = 0; o < cs->cs_nouts; o++)
			fprintf(f, "%s%s (%s)", o == 0 ? "  " : ", ", cs->cs_out[o].co_to,
			    output_text(pf, cs, o, text, sizeof(text)));
		fprintf(f, "\n");
	}
}

static void
print_pools(const struct lwkt_pipeline_file *pf, FILE *f)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		const struct config_need *cn = &pf->pf_need[node];
		size_t bytes = lwkt_pktmbuf_pool_bytes(cn->cn_packets, 0, (uint16_t)cn->cn_room);

		if (cn->cn_packets != 0)
			fprintf(f,
			    "pool on NUMA node %u: rx rings %u + tx rings %u + window %u + bursts %u + "
			    "caches %u = %u; it has %u packets with %u bytes of data, %zu MB\n",
			    node, cn->cn_rx, cn->cn_tx, cn->cn_window, cn->cn_bursts, cn->cn_caches,
			    cn->cn_sum, cn->cn_packets, cn->cn_room,
			    (bytes + (1u << 20) - 1) >> 20);
	}
}

/* Workers, so without the main one. */
static void
print_idle(const struct lwkt_pipeline_file *pf, FILE *f)
{
	unsigned int idle = pf->pf_have.iv_nlcores - config_lcores_used(pf);

	if (idle > 0)
		fprintf(
		    f, "%u worker lcore%s nothing to do\n", idle, idle == 1 ? " has" : "s have");
}

void
lwkt_pipeline_file_print(const struct lwkt_pipeline_file *file, FILE *f)
{
	if (!file->pf_checked)
		return;
	config_describe_table(file, f);
	print_stages(file, f);
	config_describe(file, f);
	print_rings(file, f);
	print_pools(file, f);
	print_idle(file, f);
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
