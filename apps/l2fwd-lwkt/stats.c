/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Live statistics: a line per ethdev, a line per stage, and a line per stage that drops. On a
 * terminal each table is drawn over the one before, else they follow each other. The lines stay
 * below 80 columns, so that none wraps and the count of lines to go back is right.
 *
 * The main lcore reads what the workers count (lwkt_stage_stats); it never stops them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "l2fwd.h"

#define STAGES_MOST 1024 /* as many as a pipeline file may have */

struct snapshot {
	uint64_t at_ns;
	struct rte_eth_stats ethdev[RTE_MAX_ETHPORTS];
	struct lwkt_stage_stats stage[STAGES_MOST];
};

static struct snapshot first, last, now;
static unsigned int lines_drawn; /* of the table that is on the terminal */

static uint64_t
clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static unsigned int
count_stages(const struct l2fwd *fw)
{
	return RTE_MIN(lwkt_pipeline_nstages(fw->fw_pipeline), (unsigned int)STAGES_MOST);
}

static void
take(struct snapshot *shot, const struct l2fwd *fw)
{
	const struct l2fwd_plan *plan = &fw->fw_plan;

	shot->at_ns = clock_ns();
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		if (rte_eth_stats_get(plan->pn_ethdev[i].ed_id, &shot->ethdev[i]) != 0)
			memset(&shot->ethdev[i], 0, sizeof(shot->ethdev[i]));
	for (unsigned int i = 0; i < count_stages(fw); i++)
		lwkt_stage_stats(lwkt_pipeline_stage(fw->fw_pipeline, i), &shot->stage[i]);
}

static double
rate(uint64_t count, uint64_t before, double seconds)
{
	return seconds > 0 ? (double)(count - before) / seconds : 0;
}

static void
put_ethdev(FILE *f, unsigned int id, const struct rte_eth_stats *es,
    const struct rte_eth_stats *before, double seconds)
{
	fprintf(f,
	    "%-6u %10.0f %10.0f %14" PRIu64 " %14" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64
	    "\n",
	    id, rate(es->ipackets, before->ipackets, seconds),
	    rate(es->opackets, before->opackets, seconds), es->ipackets, es->opackets, es->imissed,
	    es->ierrors + es->oerrors, es->rx_nombuf);
}

/* Under the stage's line, and only when there is something to say. */
static void
put_drops(FILE *f, const struct lwkt_stage *st, const struct lwkt_stage_stats *ss)
{
	const char *open = "         dropped: ";
	const char *name;
	uint64_t count;

	for (unsigned int i = 0; (name = l2fwd_drop(st, ss, i, &count)) != NULL; i++) {
		if (count == 0)
			continue;
		fprintf(f, "%s%s %" PRIu64, open, name, count);
		open = ", ";
	}
	if (open[0] == ',')
		fprintf(f, "\n");
}

static void
put_stage(FILE *f, const struct lwkt_stage *st, const struct lwkt_stage_stats *ss,
    const struct lwkt_stage_stats *before, double seconds)
{
	uint64_t in = ss->ss_received + ss->ss_in;
	uint64_t in_before = before->ss_received + before->ss_in;
	uint64_t bursts = ss->ss_bursts - before->ss_bursts;

	fprintf(f, "%-8s %-10s %5u %10.0f %14" PRIu64 " %14" PRIu64 " %6.1f\n", st->st_name,
	    st->st_kind->sk_name, st->st_lcore, rate(in, in_before, seconds), in,
	    ss->ss_out + ss->ss_sent, bursts > 0 ? (double)(in - in_before) / (double)bursts : 0);
	put_drops(f, st, ss);
}

static void
put_table(FILE *f, const struct l2fwd *fw, const struct snapshot *before)
{
	const struct l2fwd_plan *plan = &fw->fw_plan;
	double seconds = (double)(now.at_ns - before->at_ns) / 1e9;

	if (before == &first)
		fprintf(f, "-- the whole run: %.1f s\n", seconds);
	else
		fprintf(f, "-- %.0f s; rates over the last %.1f s\n",
		    (double)(now.at_ns - first.at_ns) / 1e9, seconds);
	fprintf(f, "%-6s %10s %10s %14s %14s %6s %6s %6s\n", "ethdev", "rx/s", "tx/s", "rx", "tx",
	    "missed", "errors", "nombuf");
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++)
		put_ethdev(
		    f, plan->pn_ethdev[i].ed_id, &now.ethdev[i], &before->ethdev[i], seconds);
	fprintf(f, "%-8s %-10s %5s %10s %14s %14s %6s\n", "stage", "kind", "lcore", "in/s", "in",
	    "out", "burst");
	for (unsigned int i = 0; i < count_stages(fw); i++)
		put_stage(f, lwkt_pipeline_stage(fw->fw_pipeline, i), &now.stage[i],
		    &before->stage[i], seconds);
}

/* In one write, so that a terminal does not show half a table. */
static void
draw(const struct l2fwd *fw, const struct snapshot *before)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return;
	if (lines_drawn > 0)
		fprintf(f, "\033[%uA\033[J", lines_drawn);
	put_table(f, fw, before);
	if (fclose(f) == 0) {
		fwrite(text, 1, bytes, stdout);
		fflush(stdout);
		lines_drawn = 0;
		for (size_t i = 0; isatty(STDOUT_FILENO) && i < bytes; i++)
			lines_drawn += text[i] == '\n';
	}
	free(text);
}

void
l2fwd_stats_start(const struct l2fwd *fw)
{
	take(&first, fw);
	last = first;
}

void
l2fwd_stats_print(const struct l2fwd *fw)
{
	take(&now, fw);
	draw(fw, &last);
	last = now;
}

void
l2fwd_stats_print_run(const struct l2fwd *fw)
{
	take(&now, fw);
	lines_drawn = 0; /* other lines stand below the last table */
	draw(fw, &first);
}
