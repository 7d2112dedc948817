/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statistics for people: a line per ethdev, per stage (and one below it if it drops), per output
 * that leads to another lcore, per ring, per lcore, and per queue.
 */
#include <inttypes.h>

#include "stats.h"

static void
put_ethdev(FILE *f, const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct rte_eth_stats *es = &view->sv_now->sn_ethdev[i].es_all;
	const struct rte_eth_stats *before = &view->sv_before->sn_ethdev[i].es_all;

	fprintf(f,
	    "%-6u %10.0f %10.0f %14" PRIu64 " %14" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64
	    "\n",
	    view->sv_fw->fw_plan.pn_ethdev[i].ed_id,
	    l2fwd_stats_rate(view, es->ipackets, before->ipackets),
	    l2fwd_stats_rate(view, es->opackets, before->opackets), es->ipackets, es->opackets,
	    es->imissed, es->ierrors + es->oerrors, es->rx_nombuf);
}

/* Under the stage's line, and only when there is something to say. */
static void
put_drops(FILE *f, const struct l2fwd_stats_view *view, unsigned int stage)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(view->sv_fw->fw_pipeline, stage);
	const uint64_t *dropped = view->sv_now->sn_drop[stage];
	const uint64_t *before = view->sv_before->sn_drop[stage];
	const char *open = "         dropped: ";
	const char *name;
	uint64_t latest;

	for (unsigned int i = 0; i < L2FWD_STATS_DROPS; i++) {
		name = l2fwd_drop(st, &view->sv_now->sn_stage[stage], i, &latest);
		if (name == NULL)
			break;
		if (dropped[i] == 0)
			continue;
		fprintf(f, "%s%s %" PRIu64 " (%.0f/s)", open, name, dropped[i],
		    l2fwd_stats_rate(view, dropped[i], before[i]));
		open = ", ";
	}
	if (open[0] == ',')
		fprintf(f, "\n");
}

/* Packets that ended here, and were not dropped. */
static void
put_end(FILE *f, const struct l2fwd_stats_view *view, const char *what, uint64_t now, uint64_t then)
{
	if (now != 0)
		fprintf(f, "         %s %" PRIu64 " (%.0f/s)\n", what, now,
		    l2fwd_stats_rate(view, now, then));
}

/* What its kind counts besides. */
static void
put_counters(FILE *f, const struct lwkt_stage *st)
{
	uint64_t values[LWKT_STAGE_COUNTERS];
	unsigned int n = lwkt_stage_counters(st, values);
	const char *open = "         counted: ";

	for (unsigned int i = 0; i < n; i++) {
		if (values[i] == 0)
			continue;
		fprintf(f, "%s%s %" PRIu64, open, st->st_kind->sk_counter_names[i], values[i]);
		open = ", ";
	}
	if (open[0] == ',')
		fprintf(f, "\n");
}

static void
put_stage(FILE *f, const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct lwkt_stage *st = lwkt_pipeline_stage(view->sv_fw->fw_pipeline, i);
	const struct lwkt_stage_stats *ss = &view->sv_now->sn_stage[i];
	const struct lwkt_stage_stats *before = &view->sv_before->sn_stage[i];
	uint64_t in = l2fwd_stats_in(ss);
	char mbits[16] = "-";

	if (view->sv_fw->fw_args.stats_bytes)
		snprintf(mbits, sizeof(mbits), "%.1f",
		    8e-6 * l2fwd_stats_rate(view, ss->ss_bytes, before->ss_bytes));
	fprintf(f, "%-8s %-10s %5u %10.0f %8s %13" PRIu64 " %13" PRIu64 " %5.1f\n", st->st_name,
	    st->st_kind->sk_name, st->st_lcore, l2fwd_stats_rate(view, in, l2fwd_stats_in(before)),
	    mbits, in, ss->ss_out + ss->ss_sent, l2fwd_stats_burst(view, i));
	put_end(f, view, "consumed", ss->ss_consumed, before->ss_consumed);
	put_end(f, view, "merged", ss->ss_merged, before->ss_merged);
	put_counters(f, st);
	put_drops(f, view, i);
}

/* @param title  before the first of the lines; NULL: it stands. @return what it is now. */
static const char *
put_outputs(FILE *f, const char *title, const struct lwkt_stage *st)
{
	struct lwkt_edge_stats es;

	for (unsigned int o = 0; o < st->st_nouts; o++) {
		lwkt_edge_stats(st, o, &es);
		if (!es.es_crosses)
			continue;
		if (title != NULL)
			fputs(title, f);
		title = NULL;
		fprintf(f, "%-8s %-16s %14" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", st->st_name,
		    st->st_out[o].ed_to->st_name, es.es_sent, es.es_depth, es.es_high);
	}
	return title;
}

static void
put_rings(FILE *f)
{
	const struct l2fwd_ring *ri;

	for (unsigned int i = 0; (ri = l2fwd_ring(i)) != NULL; i++) {
		const struct lwkt_transit_stats *ts = &ri->ri_stats;

		if (i == 0)
			fprintf(f, "%-9s %14s %14s %6s %6s %6s %8s %8s\n", "ring", "messages",
			    "bursts", "size", "depth", "high", "full", "spilled");
		fprintf(f,
		    "%3u > %-3u %14" PRIu64 " %14" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64
		    " %8" PRIu64 " %8" PRIu64 "\n",
		    ri->ri_from, ri->ri_to, ts->ts_items, ts->ts_publications, ts->ts_size,
		    ts->ts_depth, ri->ri_high, ts->ts_ring_full, ts->ts_spill_high);
	}
}

/* A line: packets and bytes of before and of now. */
static void
put_way(FILE *f, const struct l2fwd_stats_view *view, uint16_t id, bool rx, const char *queue,
    const uint64_t packets[2], const uint64_t bytes[2])
{
	fprintf(f, "%s %-5u %-6s %10.0f %10.1f %14" PRIu64 " %18" PRIu64 "\n", rx ? "rx" : "tx", id,
	    queue, l2fwd_stats_rate(view, packets[1], packets[0]),
	    8e-6 * l2fwd_stats_rate(view, bytes[1], bytes[0]), packets[1], bytes[1]);
}

static void
put_queues(FILE *f, const struct l2fwd_stats_view *view, unsigned int i, bool rx)
{
	const struct l2fwd_ethdev_stats *now = &view->sv_now->sn_ethdev[i];
	const struct l2fwd_ethdev_stats *then = &view->sv_before->sn_ethdev[i];
	uint16_t id = view->sv_fw->fw_plan.pn_ethdev[i].ed_id;

	for (unsigned int q = 0; q < l2fwd_stats_nqueues(id, rx); q++) {
		const struct l2fwd_queue_stats *qs = rx ? &now->es_rx[q] : &now->es_tx[q];
		const struct l2fwd_queue_stats *before = rx ? &then->es_rx[q] : &then->es_tx[q];
		const uint64_t packets[] = {before->qs_packets, qs->qs_packets};
		const uint64_t bytes[] = {before->qs_bytes, qs->qs_bytes};
		char number[12];

		snprintf(number, sizeof(number), "%u", q);
		put_way(f, view, id, rx, number, packets, bytes);
	}
}

static void
put_bytes(FILE *f, const struct l2fwd_stats_view *view, unsigned int i)
{
	const struct rte_eth_stats *es = &view->sv_now->sn_ethdev[i].es_all;
	const struct rte_eth_stats *before = &view->sv_before->sn_ethdev[i].es_all;
	uint16_t id = view->sv_fw->fw_plan.pn_ethdev[i].ed_id;

	put_way(f, view, id, true, "all", (const uint64_t[]){before->ipackets, es->ipackets},
	    (const uint64_t[]){before->ibytes, es->ibytes});
	put_queues(f, view, i, true);
	put_way(f, view, id, false, "all", (const uint64_t[]){before->opackets, es->opackets},
	    (const uint64_t[]){before->obytes, es->obytes});
	put_queues(f, view, i, false);
}

static void
put_title(FILE *f, const struct l2fwd_stats_view *view)
{
	if (view->sv_final)
		fprintf(f, "-- the whole run: %.1f s\n", view->sv_seconds);
	else
		fprintf(f, "-- %.0f s; rates over the last %.1f s\n",
		    (double)(view->sv_now->sn_ns - view->sv_first->sn_ns) / 1e9, view->sv_seconds);
}

void
l2fwd_stats_table(FILE *f, const struct l2fwd_stats_view *view)
{
	const struct l2fwd *fw = view->sv_fw;
	const char *title = "output   to                         sent      depth       high\n";

	put_title(f, view);
	fprintf(f, "%-6s %10s %10s %14s %14s %6s %6s %6s\n", "ethdev", "rx/s", "tx/s", "rx", "tx",
	    "missed", "errors", "nombuf");
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++)
		put_ethdev(f, view, i);
	fprintf(f, "%-8s %-10s %5s %10s %8s %13s %13s %5s\n", "stage", "kind", "lcore", "in/s",
	    "Mbit/s", "in", "out", "burst");
	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++)
		put_stage(f, view, i);
	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++)
		title = put_outputs(f, title, lwkt_pipeline_stage(fw->fw_pipeline, i));
	put_rings(f);
	fprintf(f, "%-8s %7s\n", "lcore", "busy %");
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(fw->fw_pipeline); i++)
		fprintf(f, "%-8u %7.1f\n", view->sv_now->sn_loop[i].ls_lcore,
		    100 * l2fwd_stats_busy(view, i));
	fprintf(f, "%-8s %-6s %10s %10s %14s %18s\n", "ethdev", "queue", "packets/s", "Mbit/s",
	    "packets", "bytes");
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++)
		put_bytes(f, view, i);
}
