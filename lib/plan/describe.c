/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file, for people: its ethdevs. Which way their packets leave, how their queues are
 * shared and why so, and what they are set up with.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ethdev.h>

#include "plan_pvt.h"

/*
 * The table
 */

/* "l, r": the ethdevs by which packets of that entry leave; "-": none. @return how many. */
static unsigned int
say_ways(const struct lwkt_pipeline_file *pf, unsigned int entry, bool *visited, bool *exits,
    char *text, size_t bytes)
{
	unsigned int n = 0;
	size_t at = 0;

	memset(exits, 0, RTE_MAX_ETHPORTS * sizeof(*exits));
	config_ways(pf, entry, visited, exits);
	snprintf(text, bytes, "-");
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		if (exits[i] && at < bytes)
			at += (size_t)snprintf(text + at, bytes - at, "%s%s", n++ == 0 ? "" : ", ",
			    pf->pf_ethdev[i].ce_name);
	return n;
}

static int
widest_name(const struct lwkt_pipeline_file *pf)
{
	size_t widest = strlen("ethdev");

	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		widest = RTE_MAX(widest, strlen(pf->pf_ethdev[i].ce_name));
	return (int)widest;
}

void
config_describe_table(const struct lwkt_pipeline_file *pf, FILE *f)
{
	bool *visited = calloc(pf->pf_nstages, sizeof(*visited));
	int width = widest_name(pf);

	for (unsigned int i = 0; i < pf->pf_nethdevs && visited != NULL; i++) {
		const struct config_ethdev *ce = &pf->pf_ethdev[i];
		char mac[RTE_ETHER_ADDR_FMT_SIZE], ways[80];
		bool exits[RTE_MAX_ETHPORTS];
		unsigned int n = say_ways(pf, i, visited, exits, ways, sizeof(ways));

		if (i == 0)
			fprintf(f, "%-*s %-17s %-11s %s\n", width, "ethdev", "MAC address",
			    "forwards to", "device");
		rte_ether_format_addr(mac, sizeof(mac), &ce->ce_have->ie_mac);
		fprintf(
		    f, "%-*s %s %-11s %s\n", width, ce->ce_name, mac, ways, ce->ce_have->ie_name);
		if (n == 1 && exits[i])
			fprintf(
			    f, "ethdev %s has no partner: it forwards to itself\n", ce->ce_name);
	}
	free(visited);
}

/*
 * Queues
 */

static const char *
plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

struct cpus {
	bool cu_has[RTE_MAX_LCORE];
	unsigned int cu_n;
};

static void
cpus_add(struct cpus *cu, unsigned int lcore_id)
{
	if (!cu->cu_has[lcore_id])
		cu->cu_n++;
	cu->cu_has[lcore_id] = true;
}

/* The distribute stage that gets the packets of an rx stage at once; NULL: none. */
static const struct config_stage *
distributor_of(const struct lwkt_pipeline_file *pf, const struct config_stage *rx)
{
	const struct config_stage *to = &pf->pf_stage[rx->cs_out[0].co_stage];

	return to->cs_kind == &lwkt_stage_distribute ? to : NULL;
}

/* What it is set up with: a distributor that takes its hash wants the flow hash's. */
static enum lwkt_ethdev_rss
rss_of(const struct config_ethdev *ce)
{
	return ce->ce_params.ep_nic_hash ? LWKT_ETHDEV_RSS_REPEATED : ce->ce_have->ie_rss;
}

/* Behind "N rx queues". */
static void
print_spread(
    const struct config_ethdev *ce, unsigned int polls, const struct cpus *software, FILE *f)
{
	const struct lwkt_inventory_ethdev *ie = ce->ce_have;
	unsigned int n = ce->ce_params.ep_rxq;

	if (polls == 0)
		fprintf(f, ": no stage polls %s", n == 1 ? "it" : "them");
	else if (n > 1 && ie->ie_no_rss != NULL)
		fprintf(f, ", flows not spread over them: %s", ie->ie_no_rss);
	else if (n > 1)
		fprintf(f, ", flows spread over %u worker%s by its RSS with %s", polls,
		    plural(polls), lwkt_ethdev_rss_name(rss_of(ce)));
	else if (software->cu_n > 1)
		fprintf(f, ", flows spread over %u workers in software%s%s", software->cu_n,
		    ie->ie_no_rss != NULL || ie->ie_max_rxq <= n ? ": " : "",
		    ie->ie_no_rss != NULL ? ie->ie_no_rss
		    : ie->ie_max_rxq <= n ? "it takes no more queues"
		                          : "");
	else
		fprintf(f, ": one worker");
}

static void
print_rx(const struct lwkt_pipeline_file *pf, unsigned int entry, FILE *f)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[entry];
	struct cpus polls = {.cu_n = 0}, software = {.cu_n = 0};

	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i], *to;

		if (config_brings(cs) != entry)
			continue;
		cpus_add(&polls, cs->cs_lcore);
		to = distributor_of(pf, cs);
		for (unsigned int o = 0; to != NULL && o < to->cs_nouts; o++)
			cpus_add(&software, pf->pf_stage[to->cs_out[o].co_stage].cs_lcore);
	}
	fprintf(f, "%u rx queue%s", ce->ce_params.ep_rxq, plural(ce->ce_params.ep_rxq));
	print_spread(ce, polls.cu_n, &software, f);
}

/* Which CPU sends to a tx queue; CONFIG_AUTO: none. */
static unsigned int
writer_of(const struct lwkt_pipeline_file *pf, unsigned int entry, unsigned int queue)
{
	struct config_use us;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (config_find_use(&pf->pf_stage[i], LWKT_PARAM_TX_QUEUE, &us) &&
		    us.us_ethdev == entry && us.us_queue == queue)
			return pf->pf_stage[i].cs_lcore;
	return CONFIG_AUTO;
}

/* CPUs from which packets come to the tx stages of an ethdev. */
static void
senders_to(const struct lwkt_pipeline_file *pf, unsigned int entry, struct cpus *cu)
{
	struct config_use us;

	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		for (unsigned int o = 0; o < pf->pf_stage[i].cs_nouts; o++)
			if (config_find_use(&pf->pf_stage[pf->pf_stage[i].cs_out[o].co_stage],
			        LWKT_PARAM_TX_QUEUE, &us) &&
			    us.us_ethdev == entry)
				cpus_add(cu, pf->pf_stage[i].cs_lcore);
}

static void
print_tx(const struct lwkt_pipeline_file *pf, unsigned int entry, FILE *f)
{
	const struct config_ethdev *ce = &pf->pf_ethdev[entry];
	unsigned int n = ce->ce_params.ep_txq;
	struct cpus cu = {.cu_n = 0};

	senders_to(pf, entry, &cu);
	if (cu.cu_n == 0) {
		fprintf(f, "; no stage sends to it");
		return;
	}
	fprintf(f, "; %u tx queue%s for %u worker%s", n, plural(n), cu.cu_n, plural(cu.cu_n));
	if (n >= cu.cu_n)
		return;
	fprintf(f, " (%s): lcore%s", ce->ce_have->ie_max_txq <= n ? "it takes no more" : "txq",
	    plural(n));
	for (unsigned int q = 0; q < n; q++)
		if (writer_of(pf, entry, q) != CONFIG_AUTO)
			fprintf(f, " %u", writer_of(pf, entry, q));
	fprintf(f, " send%s for all", n == 1 ? "s" : "");
}

/*
 * What they are set up with
 */

static void
print_setup(const struct config_ethdev *ce, FILE *f)
{
	const struct lwkt_ethdev_setup *es = &ce->ce_setup;

	fprintf(f, "ethdev %s: descriptors %u rx, %u tx; mtu %u, frames of %u bytes in %u mbuf%s; ",
	    ce->ce_name, es->es_rxd, es->es_txd, es->es_mtu, es->es_frame, es->es_segs,
	    plural(es->es_segs));
	if ((es->es_tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0)
		fprintf(f, "fast free");
	else
		fprintf(f, "no fast free: %s",
		    ce->ce_no_fast_free[0] != '\0' ? ce->ce_no_fast_free : "its driver has none");
	fprintf(f, "%s\n", ce->ce_params.ep_promiscuous ? "; promiscuous" : "");
}

static void
print_rss_cost(const struct config_ethdev *ce, FILE *f)
{
	const char *cost = lwkt_ethdev_rss_cost(rss_of(ce));

	if (ce->ce_params.ep_rxq > 1 && ce->ce_have->ie_no_rss == NULL && cost != NULL)
		fprintf(f, "ethdev %s: RSS: %s\n", ce->ce_name, cost);
}

void
config_describe(const struct lwkt_pipeline_file *pf, FILE *f)
{
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++) {
		const struct config_ethdev *ce = &pf->pf_ethdev[i];

		fprintf(f, "ethdev %s: ", ce->ce_name);
		print_rx(pf, i, f);
		print_tx(pf, i, f);
		fprintf(f, "\n");
		print_rss_cost(ce, f);
		print_setup(ce, f);
	}
}
