/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rfc2544's latency and frame loss: at several rates, that are given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "rfc_pvt.h"

/* Of all repeats and directions together, and the 99th percentile of each repeat. */
struct latency {
	struct hist la_all, la_one;
	double la_p99_us[RFC_REPEATS_MAX], la_pps;
	unsigned int la_n; /* trials that were whole */
};

static void
add_latency(struct latency *la, const struct rfc *rf, const struct rfc_result *rr)
{
	hist_reset(&la->la_one);
	for (unsigned int d = 0; d < rf->rf_gen->gn_dirs; d++)
		hist_merge(&la->la_one, rf->rf_gen->gn_dir[d].gd_rx.gr_latency);
	hist_merge(&la->la_all, &la->la_one);
	la->la_p99_us[la->la_n++] =
	    (double)hist_percentile(&la->la_one, 990000) * 1e6 / (double)rte_get_tsc_hz();
	la->la_pps += (rr->rr_pps - la->la_pps) / la->la_n;
}

/* At one rate. */
static bool
latency_at(struct rfc *rf, unsigned int percent, struct latency *la)
{
	double rate = rf->rf_throughput * percent / 100;
	char text[32];
	const struct rfc_ask ask = {text, rate, rfc_count(rf, rate), true};
	struct rfc_result rr;

	memset(la, 0, sizeof(*la));
	snprintf(text, sizeof(text), "latency at %u %%", percent);
	while (la->la_n < rf->rf_args->ra_repeats) {
		if (!rfc_trial(rf, &ask, &rr))
			return false;
		add_latency(la, rf, &rr);
	}
	return true;
}

/* Into the list; and into the row, where the last one stays, for the table and diff. */
static void
put_latency(struct latency *la, unsigned int percent, json_t *list, json_t *row)
{
	struct summary su = stats_summarise(la->la_p99_us, la->la_n);
	json_t *us = gen_latency(&la->la_all), *p99 = report_summary(&su);

	json_array_append_new(
	    list, json_pack("{s:i, s:f, s:i, s:O, s:O}", "percent", (int)percent, "pps", la->la_pps,
	              "repeats", (int)la->la_n, "latency_us", us, "p99_us", p99));
	json_object_set_new(row, "latency_us", us);
	json_object_set_new(row, "p99_us", p99);
}

bool
rfc_latencies(struct rfc *rf, json_t *row)
{
	const struct uint_list *at = &rf->rf_args->ra_at;
	struct latency *la = calloc(1, sizeof(*la));
	json_t *list = json_array();
	bool whole = la != NULL;

	json_object_set_new(row, "latency", list);
	if (rf->rf_throughput == 0) /* nothing passes: there is no rate to measure at */
		rfc_spare(rf, at->ul_n * rf->rf_args->ra_repeats);
	for (unsigned int i = 0; i < at->ul_n && rf->rf_throughput > 0 && whole; i++) {
		whole = latency_at(rf, at->ul_value[i], la);
		if (la->la_n > 0)
			put_latency(la, at->ul_value[i], list, row);
	}
	free(la);
	return whole;
}

/* A point of the curve: all repeats at one rate. */
static bool
loss_at(struct rfc *rf, unsigned int percent, json_t *list, bool *clean)
{
	double rate = rf->rf_high * percent / 100, lost[RFC_REPEATS_MAX], pps = 0, mean;
	const struct rfc_ask ask = {"loss", rate, rfc_count(rf, rate), true};
	unsigned int n;
	bool whole = true;

	*clean = true;
	for (n = 0; n < rf->rf_args->ra_repeats; n++) {
		struct rfc_result rr;

		whole = rfc_trial(rf, &ask, &rr);
		if (!whole)
			break;
		lost[n] = rr.rr_lost;
		pps += rr.rr_pps;
		*clean &= rr.rr_missing == 0;
	}
	if (n == 0)
		return whole;
	mean = stats_mean(lost, n);
	json_array_append_new(list, json_pack("{s:i, s:f, s:f, s:f, s:i}", "percent", (int)percent,
	                                "pps", pps / n, "loss_ratio", mean, "confidence95",
	                                stats_confidence95(lost, n), "repeats", (int)n));
	return whole;
}

/* From the highest rate down by tenths of it, until nothing was lost twice in a row. */
bool
rfc_loss_curve(struct rfc *rf, json_t *row)
{
	json_t *list = json_array();
	unsigned int in_a_row = 0, percent = 100;

	json_object_set_new(row, "loss", list);
	for (; percent > 0 && in_a_row < 2; percent -= 10) {
		bool clean;

		if (!loss_at(rf, percent, list, &clean))
			return false;
		in_a_row = clean ? in_a_row + 1 : 0;
	}
	rfc_spare(rf, percent / 10 * rf->rf_args->ra_repeats);
	return true;
}
