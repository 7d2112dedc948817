/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --stats-json: the statistics as JSON, an object a line. docs/reference/l2fwd-stats.md says what
 * the fields mean; whoever changes one changes it there, and raises SCHEMA if its meaning changes
 * or it goes.
 */
#include <time.h>

#include <jansson.h>

#include "rpc.h"
#include "stats.h"

#define SCHEMA "lwkt-l2fwd-stats/2"

/* Counters are far below 2^63; JSON has no other integers here. */
static void
put(json_t *object, const char *field, uint64_t count)
{
	json_object_set_new(object, field, json_integer((json_int_t)count));
}

/* (count - before) * times a second. */
static void
put_rate(json_t *object, const char *field, const struct l2fwd_stats_view *view, uint64_t count,
    uint64_t before, unsigned int times)
{
	json_object_set_new(
	    object, field, json_real(times * l2fwd_stats_rate(view, count, before)));
}

static json_t *
queues(const struct l2fwd_stats_view *view, unsigned int i, bool rx)
{
	const struct l2fwd_ethdev_stats *now = &view->sv_now->sn_ethdev[i];
	const struct l2fwd_ethdev_stats *then = &view->sv_before->sn_ethdev[i];
	uint16_t id = view->sv_fw->fw_plan.pn_ethdev[i].ed_id;
	json_t *array = json_array();

	for (unsigned int q = 0; q < l2fwd_stats_nqueues(id, rx); q++) {
		const struct l2fwd_queue_stats *qs = rx ? &now->es_rx[q] : &now->es_tx[q];
		const struct l2fwd_queue_stats *before = rx ? &then->es_rx[q] : &then->es_tx[q];
		json_t *row = json_object();

		put(row, "queue", q);
		put(row, "packets", qs->qs_packets);
		put(row, "bytes", qs->qs_bytes);
		put_rate(row, "pps", view, qs->qs_packets, before->qs_packets, 1);
		put_rate(row, "bps", view, qs->qs_bytes, before->qs_bytes, 8);
		if (rx)
			put(row, "errors", qs->qs_errors);
		json_array_append_new(array, row);
	}
	return array;
}

static json_t *
ethdev(const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct rte_eth_stats *es = &view->sv_now->sn_ethdev[i].es_all;
	const struct rte_eth_stats *before = &view->sv_before->sn_ethdev[i].es_all;
	uint16_t id = view->sv_fw->fw_plan.pn_ethdev[i].ed_id;
	char name[RTE_ETH_NAME_MAX_LEN] = "";
	json_t *row = json_object();

	rte_eth_dev_get_name_by_port(id, name);
	put(row, "ethdev", id);
	json_object_set_new(row, "device", json_string(name));
	put(row, "rx_packets", es->ipackets);
	put(row, "rx_bytes", es->ibytes);
	put(row, "tx_packets", es->opackets);
	put(row, "tx_bytes", es->obytes);
	put(row, "imissed", es->imissed);
	put(row, "ierrors", es->ierrors);
	put(row, "oerrors", es->oerrors);
	put(row, "rx_nombuf", es->rx_nombuf);
	put_rate(row, "rx_pps", view, es->ipackets, before->ipackets, 1);
	put_rate(row, "tx_pps", view, es->opackets, before->opackets, 1);
	put_rate(row, "rx_bps", view, es->ibytes, before->ibytes, 8);
	put_rate(row, "tx_bps", view, es->obytes, before->obytes, 8);
	json_object_set_new(row, "rx_queues", queues(view, i, true));
	json_object_set_new(row, "tx_queues", queues(view, i, false));
	return row;
}

/* How many for which reason, and of that how many a second. */
static void
drops(json_t *row, const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(view->sv_fw->fw_pipeline, i);
	const uint64_t *now = view->sv_now->sn_drop[i], *before = view->sv_before->sn_drop[i];
	json_t *dropped = json_object(), *pps = json_object();
	const char *name;
	uint64_t latest;

	for (unsigned int d = 0; d < L2FWD_STATS_DROPS; d++) {
		name = l2fwd_drop(st, &view->sv_now->sn_stage[i], d, &latest);
		if (name == NULL)
			break;
		put(dropped, name, now[d]);
		put_rate(pps, name, view, now[d], before[d], 1);
	}
	json_object_set_new(row, "dropped", dropped);
	json_object_set_new(row, "dropped_pps", pps);
}

/* What its kind counts besides. */
static json_t *
counters(const struct l2fwd_stats_view *view, unsigned int stage)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(view->sv_fw->fw_pipeline, stage);
	uint64_t latest[LWKT_STAGE_COUNTERS];
	unsigned int n = lwkt_stage_counters(st, latest);
	json_t *object = json_object();

	for (unsigned int i = 0; i < n; i++)
		put(object, st->st_kind->sk_counter_names[i], view->sv_now->sn_counter[stage][i]);
	return object;
}

/* Seconds since 1970. */
static void
put_time(json_t *object, const char *name, uint64_t ns)
{
	json_object_set_new(object, name, json_real((double)(ns / 1000000) / 1e3));
}

/* Of the outputs that lead to another lcore. */
static json_t *
outputs(const struct lwkt_stage *st)
{
	json_t *array = json_array();
	struct lwkt_edge_stats es;

	for (unsigned int o = 0; o < st->st_nouts; o++) {
		json_t *row;

		lwkt_edge_stats(st, o, &es);
		if (!es.es_crosses)
			continue;
		row = json_object();
		json_object_set_new(row, "to", json_string(st->st_out[o].ed_to->st_name));
		put(row, "sent", es.es_sent);
		put(row, "taken", es.es_taken);
		put(row, "depth", es.es_depth);
		put(row, "high", es.es_high);
		put_time(row, "high_time", es.es_high_time_ns);
		json_object_set_new(row, "vectors", json_boolean(es.es_vectors));
		json_array_append_new(array, row);
	}
	return array;
}

/* Of an interval; 0: there was none. */
static json_t *
quotient(uint64_t now, uint64_t before, uint64_t by_now, uint64_t by_before)
{
	return json_real(
	    by_now > by_before ? (double)(now - before) / (double)(by_now - by_before) : 0);
}

static json_t *
ages(const struct lwkt_stage_cycles *sy)
{
	json_t *object = json_object();
	uint64_t all = 0;

	for (unsigned int i = 0; i < LWKT_CYCLES_AGES; i++)
		all += sy->sy_ages[i];
	put(object, "packets", all);
	put(object, "p50", lwkt_cycles_age(sy, 500));
	put(object, "p90", lwkt_cycles_age(sy, 900));
	put(object, "p99", lwkt_cycles_age(sy, 990));
	put(object, "p999", lwkt_cycles_age(sy, 999));
	put(object, "highest", sy->sy_oldest_ns);
	put_time(object, "highest_time", sy->sy_oldest_time_ns);
	return object;
}

/* What timed rounds have found. */
static json_t *
cycles(const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct l2fwd_cycles *cy = &view->sv_now->sn_cycles[i];
	const struct l2fwd_cycles *before = &view->sv_before->sn_cycles[i];
	json_t *object = json_object(), *bursts = json_array();
	struct lwkt_stage_cycles sy;

	lwkt_stage_cycles(lwkt_pipeline_stage(view->sv_fw->fw_pipeline, i), &sy);
	put(object, "cycles", cy->cy_cycles);
	put(object, "packets", cy->cy_packets);
	put(object, "calls", cy->cy_calls);
	json_object_set_new(object, "per_packet",
	    quotient(cy->cy_cycles, before->cy_cycles, cy->cy_packets, before->cy_packets));
	json_object_set_new(object, "per_call",
	    quotient(cy->cy_cycles, before->cy_cycles, cy->cy_calls, before->cy_calls));
	json_object_set_new(object, "burst",
	    quotient(cy->cy_packets, before->cy_packets, cy->cy_calls, before->cy_calls));
	for (unsigned int b = 0; b < LWKT_CYCLES_BURSTS; b++)
		json_array_append_new(bursts, json_integer((json_int_t)sy.sy_bursts[b]));
	json_object_set_new(object, "bursts", bursts);
	json_object_set_new(object, "ages", ages(&sy));
	return object;
}

static json_t *
stage(const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(view->sv_fw->fw_pipeline, i);
	const struct lwkt_stage_stats *ss = &view->sv_now->sn_stage[i];
	const struct lwkt_stage_stats *before = &view->sv_before->sn_stage[i];
	json_t *row = json_object();

	json_object_set_new(row, "stage", json_string(st->st_name));
	json_object_set_new(row, "kind", json_string(st->st_kind->sk_name));
	put(row, "lcore", st->st_lcore);
	put(row, "received", ss->ss_received);
	put(row, "in", ss->ss_in);
	put(row, "out", ss->ss_out);
	put(row, "sent", ss->ss_sent);
	put(row, "consumed", ss->ss_consumed);
	put(row, "merged", ss->ss_merged);
	put(row, "held", ss->ss_held);
	put_rate(row, "in_pps", view, l2fwd_stats_in(ss), l2fwd_stats_in(before), 1);
	if (view->sv_fw->fw_args.stats_bytes) {
		put(row, "bytes", ss->ss_bytes);
		put_rate(row, "in_bps", view, ss->ss_bytes, before->ss_bytes, 8);
	}
	json_object_set_new(row, "burst", json_real(l2fwd_stats_burst(view, i)));
	drops(row, view, i);
	json_object_set_new(row, "counters", counters(view, i));
	json_object_set_new(row, "outputs", outputs(st));
	if (view->sv_fw->fw_args.cycles != 0)
		json_object_set_new(row, "cycles", cycles(view, i));
	return row;
}

static json_t *
loop(const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct lwkt_loop_stats *ls = &view->sv_now->sn_loop[i];
	json_t *row = json_object();

	put(row, "lcore", ls->ls_lcore);
	json_object_set_new(row, "busy", json_real(l2fwd_stats_busy(view, i)));
	put(row, "rounds", ls->ls_rounds);
	return row;
}

static json_t *
rings(void)
{
	const struct l2fwd_ring *ri;
	json_t *array = json_array();

	for (unsigned int i = 0; (ri = l2fwd_ring(i)) != NULL; i++) {
		json_t *row = json_object();

		put(row, "from", ri->ri_from);
		put(row, "to", ri->ri_to);
		put(row, "messages", ri->ri_stats.ts_items);
		put(row, "bursts", ri->ri_stats.ts_publications);
		put(row, "size", ri->ri_stats.ts_size);
		put(row, "depth", ri->ri_stats.ts_depth);
		put(row, "high", ri->ri_high);
		put(row, "full", ri->ri_stats.ts_ring_full);
		put(row, "spilled", ri->ri_stats.ts_spill_depth);
		put(row, "spilled_high", ri->ri_stats.ts_spill_high);
		put_time(row, "spilled_high_time", ri->ri_stats.ts_spill_high_time_ns);
		json_array_append_new(array, row);
	}
	return array;
}

static json_t *
account(const struct l2fwd *fw)
{
	json_t *object = json_object();
	struct lwkt_account ac;

	lwkt_pipeline_account(fw->fw_pipeline, &ac);
	put(object, "received", ac.ac_received);
	put(object, "transmitted", ac.ac_transmitted);
	put(object, "consumed", ac.ac_consumed);
	put(object, "merged", ac.ac_merged);
	put(object, "dropped", ac.ac_dropped);
	put(object, "held", ac.ac_held);
	return object;
}

/* How many of each kind there were. */
static json_t *
events(void)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LWKT_EVENT_KINDS; i++)
		put(object, lwkt_event_name(i), lwkt_event_count(i));
	return object;
}

json_t *
l2fwd_stats_object(const struct l2fwd_stats_view *view)
{
	const struct l2fwd *fw = view->sv_fw;
	json_t *object = json_object(), *ethdevs = json_array(), *stages = json_array(),
	       *lcores = json_array();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++)
		json_array_append_new(ethdevs, ethdev(view, i));
	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++)
		json_array_append_new(stages, stage(view, i));
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(fw->fw_pipeline); i++)
		json_array_append_new(lcores, loop(view, i));
	json_object_set_new(object, "schema", json_string(SCHEMA));
	json_object_set_new(
	    object, "time", json_real((double)now.tv_sec + (double)now.tv_nsec / 1e9));
	json_object_set_new(object, "uptime",
	    json_real((double)(view->sv_now->sn_ns - view->sv_first->sn_ns) / 1e9));
	json_object_set_new(object, "interval", json_real(view->sv_seconds));
	json_object_set_new(object, "final", json_boolean(view->sv_final));
	if (view->sv_cleared >= 0)
		json_object_set_new(object, "cleared", json_real(view->sv_cleared));
	json_object_set_new(object, "account", account(fw));
	json_object_set_new(object, "ethdevs", ethdevs);
	json_object_set_new(object, "stages", stages);
	json_object_set_new(object, "rings", rings());
	json_object_set_new(object, "lcores", lcores);
	json_object_set_new(object, "events", events());
	return object;
}

char *
l2fwd_stats_json(const struct l2fwd_stats_view *view, size_t *bytes)
{
	return rpc_line(l2fwd_stats_object(view), bytes);
}
