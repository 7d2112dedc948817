/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK telemetry of all pipelines of the process (docs/reference/telemetry.md). Who asks is served
 * by a thread of EAL's; it reads what any thread may read (lwkt_pipeline.h), never a CPU's own data.
 *
 * A reply of EAL has 16 KiB. So lists come in pages: "total", the entries by their number, and
 * "next", what to ask for next, if there is more.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwkt_pipeline.h>
#include <lwkt_compat.h>
#include <lwkt_cpu.h>
#include <lwkt_event.h>
#include <lwkt_ipiq.h>
#include <lwkt_thread.h>

#include "lwkt_cycles.h"
#include "lwkt_telemetry.h"
#include "stage_pvt.h"

#define PAGE     32 /* entries of a reply */
#define NS_PER_S 1000000000

/* All pipelines there are, oldest first. */
static pthread_mutex_t pipelines_lock = PTHREAD_MUTEX_INITIALIZER;
static STAILQ_HEAD(, lwkt_pipeline) pipelines = STAILQ_HEAD_INITIALIZER(pipelines);

void
telemetry_add(struct lwkt_pipeline *pl)
{
	pthread_mutex_lock(&pipelines_lock);
	STAILQ_INSERT_TAIL(&pipelines, pl, pl_link);
	pthread_mutex_unlock(&pipelines_lock);
}

void
telemetry_remove(struct lwkt_pipeline *pl)
{
	const struct lwkt_pipeline *other;

	pthread_mutex_lock(&pipelines_lock);
	STAILQ_FOREACH(other, &pipelines, pl_link)
	if (other == pl)
		break;
	if (other != NULL) /* one that could not be made was never added */
		STAILQ_REMOVE(&pipelines, pl, lwkt_pipeline, pl_link);
	pthread_mutex_unlock(&pipelines_lock);
}

/*
 * Pages
 */

/* A page of a list. text: the first entry's number; NULL or "": 0. -EINVAL: it is no number. */
static int
page_begin(struct lwkt_tel_page *pg, struct rte_tel_data *reply, const char *text)
{
	char *end = NULL;

	*pg = (struct lwkt_tel_page){.tp_reply = reply};
	if (text != NULL && *text != '\0') {
		pg->tp_first = (unsigned int)strtoul(text, &end, 10);
		if (end == text || *end != '\0')
			return -EINVAL;
	}
	return rte_tel_data_start_dict(reply);
}

struct rte_tel_data *
lwkt_tel_entry(struct lwkt_tel_page *pg)
{
	unsigned int i = pg->tp_n++;
	struct rte_tel_data *entry;
	char key[16];

	if (i < pg->tp_first || i >= pg->tp_first + PAGE)
		return NULL;
	entry = rte_tel_data_alloc();
	if (entry == NULL)
		return NULL;
	snprintf(key, sizeof(key), "%u", i);
	rte_tel_data_start_dict(entry);
	rte_tel_data_add_dict_container(pg->tp_reply, key, entry, 0);
	return entry;
}

static int
page_end(const struct lwkt_tel_page *pg)
{
	lwkt_tel_add_uint(pg->tp_reply, "total", pg->tp_n);
	if (pg->tp_first + PAGE < pg->tp_n)
		lwkt_tel_add_uint(pg->tp_reply, "next", pg->tp_first + PAGE);
	return 0;
}

int
lwkt_tel_list(struct rte_tel_data *reply, const char *text,
    void (*fill)(struct lwkt_tel_page *pg, const struct lwkt_pipeline *pl))
{
	const struct lwkt_pipeline *pl;
	struct lwkt_tel_page pg;

	if (page_begin(&pg, reply, text) < 0)
		return -EINVAL;
	pthread_mutex_lock(&pipelines_lock);
	STAILQ_FOREACH(pl, &pipelines, pl_link)
	{
		pg.tp_pipeline = pl->pl_name;
		fill(&pg, pl);
	}
	pthread_mutex_unlock(&pipelines_lock);
	return page_end(&pg);
}

void
lwkt_tel_add_text(struct rte_tel_data *entry, const char *name, const char *text)
{
	char quoted[RTE_TEL_MAX_STRING_LEN];

	snprintf(quoted, sizeof(quoted), "%s", text);
	for (char *c = quoted; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			*c = '\'';
	rte_tel_data_add_dict_string(entry, name, quoted);
}

/*
 * Pipelines: their accounts
 */

static void
account_fill(struct lwkt_tel_page *pg, const struct lwkt_pipeline *pl)
{
	struct rte_tel_data *entry = lwkt_tel_entry(pg);
	struct lwkt_account ac;

	if (entry == NULL)
		return;
	lwkt_pipeline_account(pl, &ac);
	rte_tel_data_add_dict_string(entry, "pipeline", pl->pl_name);
	lwkt_tel_add_uint(entry, "stages", pl->pl_nstages);
	lwkt_tel_add_uint(entry, "received", ac.ac_received);
	lwkt_tel_add_uint(entry, "transmitted", ac.ac_transmitted);
	lwkt_tel_add_uint(entry, "consumed", ac.ac_consumed);
	lwkt_tel_add_uint(entry, "merged", ac.ac_merged);
	lwkt_tel_add_uint(entry, "dropped", ac.ac_dropped);
	lwkt_tel_add_uint(entry, "held", ac.ac_held);
	lwkt_tel_add_uint(entry, "overruns", lwkt_pipeline_overruns(pl));
}

static int
telemetry_account(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, account_fill);
}

/*
 * Stages
 */

/* What tells a stage from others; also the beginning of all that is said of one. */
static void
stage_identity(struct rte_tel_data *entry, const struct lwkt_stage *st)
{
	rte_tel_data_add_dict_string(entry, "name", st->st_name);
	rte_tel_data_add_dict_string(entry, "kind", st->st_kind->sk_name);
	rte_tel_data_add_dict_string(entry, "pipeline", st->st_pipeline->pl_name);
	lwkt_tel_add_uint(entry, "lcore", st->st_lcore);
}

static void
stages_fill(struct lwkt_tel_page *pg, const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++) {
		struct rte_tel_data *entry = lwkt_tel_entry(pg);

		if (entry != NULL)
			stage_identity(entry, pl->pl_stages[i]);
	}
}

static int
telemetry_stages(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, stages_fill);
}

/* The stage of that name, "NAME" or "PIPELINE/NAME"; under the lock. */
static const struct lwkt_stage *
telemetry_find(const char *name)
{
	const struct lwkt_pipeline *pl;

	STAILQ_FOREACH(pl, &pipelines, pl_link)
	{
		size_t length = strlen(pl->pl_name);
		const struct lwkt_stage *st = lwkt_pipeline_find(pl, name);

		if (st == NULL && strncmp(name, pl->pl_name, length) == 0 && name[length] == '/')
			st = lwkt_pipeline_find(pl, name + length + 1);
		if (st != NULL)
			return st;
	}
	return NULL;
}

/* By reason: its kind's, then those that any stage and its outputs have. Their sum is all. */
static void
stage_drops(
    struct rte_tel_data *reply, const struct lwkt_stage *st, const struct lwkt_stage_stats *ss)
{
	struct rte_tel_data *drops = rte_tel_data_alloc();
	const char *const *names = st->st_kind->sk_drop_names;
	uint64_t full = 0, oldest = 0;

	if (drops == NULL)
		return;
	for (unsigned int o = 0; o < st->st_nouts; o++) {
		struct lwkt_edge_stats es;

		lwkt_edge_stats(st, o, &es);
		full += es.es_full;
		oldest += es.es_oldest;
	}
	rte_tel_data_start_dict(drops);
	for (unsigned int i = 0; names != NULL && names[i] != NULL; i++)
		lwkt_tel_add_uint(drops, names[i], ss->ss_dropped[i]);
	lwkt_tel_add_uint(drops, "purged", ss->ss_purged);
	lwkt_tel_add_uint(drops, "edge_full", full);
	lwkt_tel_add_uint(drops, "oldest", oldest);
	rte_tel_data_add_dict_container(reply, "dropped", drops, 0);
}

static void
stage_counters(struct rte_tel_data *reply, const struct lwkt_stage *st)
{
	struct rte_tel_data *counters = rte_tel_data_alloc();
	uint64_t values[LWKT_STAGE_COUNTERS];
	unsigned int n = lwkt_stage_counters(st, values);

	if (counters == NULL)
		return;
	rte_tel_data_start_dict(counters);
	for (unsigned int i = 0; i < n; i++)
		lwkt_tel_add_uint(counters, st->st_kind->sk_counter_names[i], values[i]);
	rte_tel_data_add_dict_container(reply, "counters", counters, 0);
}

/* What timed rounds have found; not there if rounds were never timed. */
static void
stage_cycles(struct rte_tel_data *reply, const struct lwkt_stage *st)
{
	struct rte_tel_data *cycles = st->st_cycles != NULL ? rte_tel_data_alloc() : NULL;
	struct lwkt_stage_cycles sy;

	if (cycles == NULL)
		return;
	lwkt_stage_cycles(st, &sy);
	rte_tel_data_start_dict(cycles);
	lwkt_tel_add_uint(cycles, "cycles", sy.sy_cycles);
	lwkt_tel_add_uint(cycles, "packets", sy.sy_packets);
	lwkt_tel_add_uint(cycles, "calls", sy.sy_calls);
	lwkt_tel_add_uint(cycles, "age_p50_ns", lwkt_cycles_age(&sy, 500));
	lwkt_tel_add_uint(cycles, "age_p99_ns", lwkt_cycles_age(&sy, 990));
	lwkt_tel_add_uint(cycles, "age_highest_ns", sy.sy_oldest_ns);
	lwkt_tel_add_uint(cycles, "age_highest_time", sy.sy_oldest_time_ns / NS_PER_S);
	rte_tel_data_add_dict_container(reply, "cycles", cycles, 0);
}

static void
stage_outputs(struct rte_tel_data *reply, const struct lwkt_stage *st)
{
	struct rte_tel_data *outputs = rte_tel_data_alloc();

	if (outputs == NULL)
		return;
	rte_tel_data_start_array(outputs, RTE_TEL_STRING_VAL);
	for (unsigned int o = 0; o < st->st_nouts; o++)
		rte_tel_data_add_array_string(outputs, st->st_out[o].ed_to->st_name);
	rte_tel_data_add_dict_container(reply, "outputs", outputs, 0);
}

static void
stage_fill(struct rte_tel_data *reply, const struct lwkt_stage *st)
{
	struct lwkt_stage_stats ss;

	lwkt_stage_stats(st, &ss);
	rte_tel_data_start_dict(reply);
	stage_identity(reply, st);
	lwkt_tel_add_uint(reply, "received", ss.ss_received);
	lwkt_tel_add_uint(reply, "in", ss.ss_in);
	lwkt_tel_add_uint(reply, "out", ss.ss_out);
	lwkt_tel_add_uint(reply, "transmitted", ss.ss_sent);
	lwkt_tel_add_uint(reply, "consumed", ss.ss_consumed);
	lwkt_tel_add_uint(reply, "merged", ss.ss_merged);
	lwkt_tel_add_uint(reply, "held", ss.ss_held);
	lwkt_tel_add_uint(reply, "bursts", ss.ss_bursts);
	lwkt_tel_add_uint(reply, "bytes", ss.ss_bytes);
	stage_drops(reply, st, &ss);
	stage_counters(reply, st);
	stage_cycles(reply, st);
	stage_outputs(reply, st);
}

static int
telemetry_stage(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	const struct lwkt_stage *st;

	(void)cmd;
	if (params == NULL || *params == '\0')
		return -EINVAL;
	pthread_mutex_lock(&pipelines_lock);
	st = telemetry_find(params);
	if (st != NULL)
		stage_fill(reply, st);
	pthread_mutex_unlock(&pipelines_lock);
	return st != NULL ? 0 : -ENOENT;
}

/*
 * Wires: outputs that lead to another CPU
 */

static void
wire_fill(struct lwkt_tel_page *pg, const struct lwkt_stage *st, unsigned int output)
{
	struct lwkt_edge_stats es;
	struct rte_tel_data *entry;

	lwkt_edge_stats(st, output, &es);
	entry = es.es_crosses ? lwkt_tel_entry(pg) : NULL;
	if (entry == NULL)
		return;
	rte_tel_data_add_dict_string(entry, "from", st->st_name);
	rte_tel_data_add_dict_string(entry, "to", st->st_out[output].ed_to->st_name);
	lwkt_tel_add_uint(entry, "output", output);
	lwkt_tel_add_uint(entry, "sent", es.es_sent);
	lwkt_tel_add_uint(entry, "taken", es.es_taken);
	lwkt_tel_add_uint(entry, "depth", es.es_depth);
	lwkt_tel_add_uint(entry, "high", es.es_high);
	lwkt_tel_add_uint(entry, "high_time", es.es_high_time_ns / NS_PER_S);
	lwkt_tel_add_uint(entry, "edge_full", es.es_full);
	lwkt_tel_add_uint(entry, "oldest", es.es_oldest);
	lwkt_tel_add_uint(entry, "vectors", es.es_vectors);
}

static void
wires_fill(struct lwkt_tel_page *pg, const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < pl->pl_nstages; i++)
		for (unsigned int o = 0; o < pl->pl_stages[i]->st_nouts; o++)
			wire_fill(pg, pl->pl_stages[i], o);
}

static int
telemetry_wires(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, wires_fill);
}

/*
 * CPUs: the loops of pipelines
 */

static void
cpus_fill(struct lwkt_tel_page *pg, const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < pl->pl_nloops; i++) {
		struct rte_tel_data *entry = lwkt_tel_entry(pg);
		struct lwkt_loop_stats ls;

		if (entry == NULL)
			continue;
		lwkt_loop_stats(pl, i, &ls);
		lwkt_tel_add_uint(entry, "lcore", ls.ls_lcore);
		rte_tel_data_add_dict_string(entry, "pipeline", pl->pl_name);
		lwkt_tel_add_uint(entry, "busy_cycles", ls.ls_busy_cyc);
		lwkt_tel_add_uint(entry, "total_cycles", ls.ls_total_cyc);
		lwkt_tel_add_uint(entry, "rounds", ls.ls_rounds);
		lwkt_tel_add_uint(entry, "sleeps", ls.ls_sleeps);
		lwkt_tel_add_uint(entry, "violations", lwkt_violations(ls.ls_lcore));
	}
}

static int
telemetry_cpus(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, cpus_fill);
}

/*
 * Rings between CPUs, which have carried something
 */

static void
ring_fill(struct lwkt_tel_page *pg, unsigned int from, unsigned int to)
{
	struct lwkt_transit_stats ts;
	struct rte_tel_data *entry;

	if (lwkt_transit_stats(from, to, &ts) < 0 || ts.ts_items == 0)
		return;
	entry = lwkt_tel_entry(pg);
	if (entry == NULL)
		return;
	lwkt_tel_add_uint(entry, "from", from);
	lwkt_tel_add_uint(entry, "to", to);
	lwkt_tel_add_uint(entry, "items", ts.ts_items);
	lwkt_tel_add_uint(entry, "calls", ts.ts_calls);
	lwkt_tel_add_uint(entry, "publications", ts.ts_publications);
	lwkt_tel_add_uint(entry, "size", ts.ts_size);
	lwkt_tel_add_uint(entry, "depth", ts.ts_depth);
	lwkt_tel_add_uint(entry, "ring_full", ts.ts_ring_full);
	lwkt_tel_add_uint(entry, "spill_depth", ts.ts_spill_depth);
	lwkt_tel_add_uint(entry, "spill_high", ts.ts_spill_high);
	lwkt_tel_add_uint(entry, "spill_high_time", ts.ts_spill_high_time_ns / NS_PER_S);
}

static int
telemetry_rings(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	bool any;
	struct lwkt_tel_page pg;

	(void)cmd;
	if (page_begin(&pg, reply, params) < 0)
		return -EINVAL;
	/* While there is a pipeline the rings are there too: destroyed first, lwkt_fini() after. */
	pthread_mutex_lock(&pipelines_lock);
	any = !STAILQ_EMPTY(&pipelines);
	for (unsigned int from = 0; any && from < RTE_MAX_LCORE; from++)
		for (unsigned int to = 0; to < RTE_MAX_LCORE; to++)
			ring_fill(&pg, from, to);
	pthread_mutex_unlock(&pipelines_lock);
	return page_end(&pg);
}

/*
 * Threads: the CPUs' own contexts and LWKT threads
 */

static void
thread_fill(const struct lwkt_thread_info *ti, void *arg)
{
	static const char *const states[] = {"running", "runnable", "waiting", "ended"};
	struct rte_tel_data *entry = lwkt_tel_entry(arg);

	if (entry == NULL)
		return;
	lwkt_tel_add_text(entry, "name", ti->ti_name);
	lwkt_tel_add_uint(entry, "lcore", ti->ti_cpuid);
	lwkt_tel_add_uint(entry, "priority", ti->ti_pri);
	rte_tel_data_add_dict_string(entry, "state", states[ti->ti_state]);
	lwkt_tel_add_text(entry, "waits_in", ti->ti_wmesg != NULL ? ti->ti_wmesg : "");
	lwkt_tel_add_uint(entry, "stack_bytes", ti->ti_stack_bytes);
}

static int
telemetry_threads(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	struct lwkt_tel_page pg;

	(void)cmd;
	if (page_begin(&pg, reply, params) < 0)
		return -EINVAL;
	/* As for rings: while there is a pipeline the CPUs are there. */
	pthread_mutex_lock(&pipelines_lock);
	if (!STAILQ_EMPTY(&pipelines))
		lwkt_thread_foreach(thread_fill, &pg);
	pthread_mutex_unlock(&pipelines_lock);
	return page_end(&pg);
}

/*
 * Events
 */

static void
event_fill(struct rte_tel_data *entry, const struct lwkt_event *ev)
{
	lwkt_tel_add_uint(entry, "number", ev->ev_number);
	lwkt_tel_add_uint(entry, "time", ev->ev_time_ns / NS_PER_S);
	rte_tel_data_add_dict_string(entry, "event", lwkt_event_name(ev->ev_kind));
	lwkt_tel_add_text(entry, "text", ev->ev_text);
	lwkt_tel_add_uint(entry, "held", ev->ev_held);
}

static int
telemetry_events(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	struct lwkt_event *events = malloc(LWKT_EVENTS_KEPT * sizeof(*events));
	unsigned int n = events != NULL ? lwkt_events(0, events, LWKT_EVENTS_KEPT) : 0;
	struct lwkt_tel_page pg;
	int rc = page_begin(&pg, reply, params);

	(void)cmd;
	for (unsigned int i = 0; rc == 0 && i < n; i++) {
		struct rte_tel_data *entry = lwkt_tel_entry(&pg);

		if (entry != NULL)
			event_fill(entry, &events[i]);
	}
	free(events);
	return rc < 0 ? rc : page_end(&pg);
}

RTE_INIT(telemetry_init)
{
	rte_telemetry_register_cmd("/lwkt/account", telemetry_account,
	    "Each pipeline's account of its packets. Parameters: first entry");
	rte_telemetry_register_cmd(
	    "/lwkt/stages", telemetry_stages, "Stages: name, kind, lcore. Parameters: first entry");
	rte_telemetry_register_cmd("/lwkt/stage", telemetry_stage,
	    "Counters of a stage. Parameters: NAME or PIPELINE/NAME");
	rte_telemetry_register_cmd("/lwkt/wires", telemetry_wires,
	    "Outputs that lead to another CPU. Parameters: first entry");
	rte_telemetry_register_cmd(
	    "/lwkt/cpus", telemetry_cpus, "How busy the CPUs' loops are. Parameters: first entry");
	rte_telemetry_register_cmd("/lwkt/rings", telemetry_rings,
	    "Rings between CPUs that have carried something. Parameters: first entry");
	rte_telemetry_register_cmd("/lwkt/threads", telemetry_threads,
	    "The CPUs' own contexts and LWKT threads. Parameters: first entry");
	rte_telemetry_register_cmd(
	    "/lwkt/events", telemetry_events, "What has happened. Parameters: first entry");
}
