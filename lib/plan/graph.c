/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: how its stages are connected.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lwkt_stages.h>

#include "plan_pvt.h"

static const char *
stage_name_at(const void *pf, unsigned int i)
{
	return ((const struct lwkt_pipeline_file *)pf)->pf_stage[i].cs_name;
}

/*
 * Connections
 */

static void
connect_output(struct lwkt_pipeline_file *pf, const struct config_stage *cs, unsigned int o)
{
	struct config_output *co = &cs->cs_out[o];
	const char *nearest;
	unsigned int i;

	for (i = 0; i < pf->pf_nstages && strcmp(pf->pf_stage[i].cs_name, co->co_to) != 0; i++)
		;
	co->co_stage = i;
	if (i == pf->pf_nstages) {
		nearest = config_nearest(co->co_to, pf->pf_nstages, stage_name_at, pf);
		config_error(pf, co->co_pos, "stage %s, output %u: there is no stage %s; %s%s%s",
		    cs->cs_name, o, co->co_to,
		    nearest != NULL ? "did you mean " : "write the name of one",
		    nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
	} else if (config_is_source(&pf->pf_stage[i])) {
		config_error(pf, co->co_pos,
		    "stage %s, output %u: %s is a source and takes no packets; write another stage",
		    cs->cs_name, o, co->co_to);
	} else {
		pf->pf_stage[i].cs_nfed++;
	}
}

static void
check_outputs(struct lwkt_pipeline_file *pf, const struct config_stage *cs)
{
	const struct lwkt_stage_kind *kind = cs->cs_kind;
	struct config_pos pos = cs->cs_keys.ck_key[STAGE_OUTPUTS];
	unsigned int min = kind->sk_min_outs;

	if (pos.po_line == 0)
		pos = cs->cs_keys.ck_at;
	if (kind->sk_poll != NULL && min == 0)
		min = 1;
	if (kind->sk_max_outs == LWKT_STAGE_END && cs->cs_nouts > 0)
		config_error(pf, pos,
		    "stage %s: outputs: packets end at kind %s, it has no output; take them away",
		    cs->cs_name, kind->sk_name);
	else if (cs->cs_nouts < min)
		config_error(pf, pos,
		    "stage %s: outputs: %u connected, kind %s has %s%u; write outputs: [STAGE]",
		    cs->cs_name, cs->cs_nouts, kind->sk_name,
		    kind->sk_max_outs == min ? "" : "at least ", min);
	else if (kind->sk_max_outs != 0 && cs->cs_nouts > kind->sk_max_outs)
		config_error(pf, pos,
		    "stage %s: outputs: %u, kind %s has at most %u; take some away", cs->cs_name,
		    cs->cs_nouts, kind->sk_name, kind->sk_max_outs);
	for (unsigned int o = 0; o < cs->cs_nouts; o++)
		connect_output(pf, cs, o);
}

static void
check_fed(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		if (cs->cs_nfed == 0 && !config_is_source(cs))
			config_error(pf, cs->cs_keys.ck_at,
			    "stage %s: no output leads to it; write it in the outputs of another "
			    "stage, or take it out",
			    cs->cs_name);
	}
}

/*
 * Circles: a walk from each stage along the outputs. A stage that is met again while it is on the
 * way from where the walk began closes one.
 */
enum mark { UNSEEN, ON_THE_WAY, DONE };

static void
say_circle(struct lwkt_pipeline_file *pf, const unsigned int *way, unsigned int n,
    unsigned int first, struct config_pos pos)
{
	char text[200] = "";
	size_t at = 0;

	for (unsigned int i = first; i <= n && at < sizeof(text); i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%s > ", pf->pf_stage[way[i]].cs_name);
	config_error(pf, pos, "stage %s: its packets come back to it: %s%s; take this output away",
	    pf->pf_stage[way[first]].cs_name, text, pf->pf_stage[way[first]].cs_name);
}

/* way[n] is the stage to look at, way[0..n] how the walk came there. Depth: CONFIG_STAGES. */
static void
walk(struct lwkt_pipeline_file *pf, enum mark *mark, unsigned int *way, unsigned int n)
{
	const struct config_stage *cs = &pf->pf_stage[way[n]];

	mark[way[n]] = ON_THE_WAY;
	for (unsigned int o = 0; o < cs->cs_nouts; o++) {
		unsigned int to = cs->cs_out[o].co_stage, first = 0;

		if (mark[to] == UNSEEN) {
			way[n + 1] = to;
			walk(pf, mark, way, n + 1);
		} else if (mark[to] == ON_THE_WAY) {
			while (way[first] != to)
				first++;
			say_circle(pf, way, n, first, cs->cs_out[o].co_pos);
		}
	}
	mark[way[n]] = DONE;
}

static int
check_acyclic(struct lwkt_pipeline_file *pf)
{
	enum mark *mark = calloc(pf->pf_nstages, sizeof(*mark));
	unsigned int *way = calloc(pf->pf_nstages + 1, sizeof(*way));
	int rc = mark != NULL && way != NULL ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < pf->pf_nstages && rc == 0; i++)
		if (mark[i] == UNSEEN) {
			way[0] = i;
			walk(pf, mark, way, 0);
		}
	free(mark);
	free(way);
	return rc;
}

/*
 * The whole
 */

int
config_graph(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		pf->pf_stage[i].cs_nfed = 0;
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		check_outputs(pf, &pf->pf_stage[i]);
	if (pf->pf_errors > 0)
		return 0;
	check_fed(pf);
	return check_acyclic(pf);
}

/*
 * Ways of packets
 */

/* May packets that came in by that ethdev take the output? An l2fwd stage has one for each. */
static bool
takes(const struct config_stage *cs, unsigned int from, unsigned int output)
{
	const struct lwkt_l2fwd_conf *lc = cs->cs_conf;

	if (cs->cs_kind != &lwkt_stage_l2fwd || from == CONFIG_AUTO)
		return true;
	if (lc->lc_nroutes == 0)
		return output == 0;
	return from < lc->lc_nroutes && lc->lc_routes[from] == output;
}

void
config_exits(const struct lwkt_pipeline_file *pf, unsigned int i, unsigned int from, bool *visited,
    bool *exits)
{
	const struct config_stage *cs = &pf->pf_stage[i];
	struct config_use us;

	if (visited[i])
		return;
	visited[i] = true;
	if (config_find_use(cs, LWKT_PARAM_TX_QUEUE, &us))
		exits[us.us_ethdev] = true;
	for (unsigned int o = 0; o < cs->cs_nouts; o++)
		if (takes(cs, from, o))
			config_exits(pf, cs->cs_out[o].co_stage, from, visited, exits);
}

unsigned int
config_brings(const struct config_stage *cs)
{
	return config_is_source(cs) && cs->cs_nrefs > 0 ? cs->cs_ref[0].cr_ethdev : CONFIG_AUTO;
}

void
config_ways(const struct lwkt_pipeline_file *pf, unsigned int entry, bool *visited, bool *exits)
{
	memset(visited, 0, pf->pf_nstages * sizeof(*visited));
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		if (config_brings(&pf->pf_stage[i]) == entry)
			config_exits(pf, i, entry, visited, exits);
}

bool
config_crosses(const struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++)
		for (unsigned int o = 0; o < pf->pf_stage[i].cs_nouts; o++)
			if (pf->pf_stage[pf->pf_stage[i].cs_out[o].co_stage].cs_lcore !=
			    pf->pf_stage[i].cs_lcore)
				return true;
	return false;
}
