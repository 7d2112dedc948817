/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of RFC 2544 for frames of one size.
 */
#include <math.h>
#include <stdio.h>

#include "rfc_pvt.h"

#define PPM 1e6

uint64_t
rfc_count(const struct rfc *rf, double pps)
{
	double count = pps * rf->rf_args->ra_ms / 1000;

	return count < 1 ? 1 : (uint64_t)(count + 0.5);
}

/* The highest rate to try is what is asked for, or what the sender can. */
bool
rfc_find_high(struct rfc *rf, const char *what)
{
	struct rfc_result rr;

	rf->rf_high = rate_pps(&rf->rf_args->ra_high, rf->rf_size, rf->rf_gen->gn_link_bits);
	if (rf->rf_high == 0) {
		if (!rfc_trial(rf, &(struct rfc_ask){.rk_what = what}, &rr))
			return false;
		rf->rf_high = rr.rr_pps;
	} else {
		rfc_spare(rf, 1);
	}
	return true;
}

/*
 * Searches
 */

struct searched {
	double sd_found[RFC_REPEATS_MAX];
	unsigned int sd_n;
	bool sd_by_sender;
};

bool
rfc_search_once(struct rfc *rf, const char *what, struct search *se, bool burst)
{
	unsigned int told = se->se_told, expected = search_left(se);
	double fastest = rf->rf_args->ra_high.rs_unit == RATE_MAX ? 0 : rf->rf_high, rate;
	struct rfc_result rr;

	while (search_next(se, &rate)) {
		double frames = rint(rate);
		const struct rfc_ask at_rate = {what, rate, rfc_count(rf, rate), true};
		const struct rfc_ask at_once = {what, fastest, (uint64_t)frames, false};

		if (!rfc_trial(rf, burst ? &at_once : &at_rate, &rr))
			return false;
		if (burst)
			search_tell(se, frames, frames, rr.rr_lost);
		else
			search_tell(se, rate, rr.rr_held ? rate : rr.rr_pps, rr.rr_lost);
	}
	rfc_spare(rf, expected - (se->se_told - told));
	return true;
}

/* The repeats of a search from low to high. */
static bool
search_all(struct rfc *rf, const char *what, double low, double high, double loss, bool burst,
    struct searched *sd)
{
	double resolution = high * rf->rf_args->ra_permille / 1000;
	char text[48];

	if (burst && resolution < 1)
		resolution = 1;
	*sd = (struct searched){0};
	for (unsigned int i = 0; i < rf->rf_args->ra_repeats; i++) {
		struct search se;

		search_init(&se, low < high ? low : 0, high, resolution, loss);
		snprintf(text, sizeof(text), "%s %u/%u", what, i + 1, rf->rf_args->ra_repeats);
		if (!rfc_search_once(rf, text, &se, burst))
			return false;
		sd->sd_found[sd->sd_n++] = se.se_passed ? search_found(&se) : low;
		sd->sd_by_sender |= se.se_by_sender;
	}
	return true;
}

/* What there is, even if the search was broken off. Sorts; returns the median. */
static double
put_searched(json_t *row, const char *name, struct searched *sd)
{
	double mean = stats_mean(sd->sd_found, sd->sd_n);
	double half = stats_confidence95(sd->sd_found, sd->sd_n);
	struct summary su = stats_summarise(sd->sd_found, sd->sd_n);
	json_t *json;

	if (sd->sd_n == 0)
		return 0;
	json = report_summary(&su);
	json_object_set_new(json, "mean", json_real(mean));
	json_object_set_new(json, "confidence95", json_real(half));
	json_object_set_new(json, "repeats", json_integer(sd->sd_n));
	json_object_set_new(json, "by_sender", json_boolean(sd->sd_by_sender));
	json_object_set_new(row, name, json);
	return su.su_median;
}

static bool
throughput(struct rfc *rf, json_t *row)
{
	double loss = rf->rf_args->ra_loss_ppm / PPM;
	struct searched sd;
	bool whole = search_all(rf, "no loss", 0, rf->rf_high, 0, false, &sd);

	rf->rf_throughput = put_searched(row, "ndr_pps", &sd);
	if (!whole || loss == 0)
		return whole;
	whole = search_all(rf, "given loss", rf->rf_throughput, rf->rf_high, loss, false, &sd);
	json_object_set_new(row, "pdr_loss", json_real(loss));
	put_searched(row, "pdr_pps", &sd);
	return whole;
}

static bool
back_to_back(struct rfc *rf, json_t *row)
{
	double most = (double)rfc_count(rf, rf->rf_high);
	struct searched sd;
	bool whole = most < 2 || search_all(rf, "burst", 0, most, 0, true, &sd);

	if (most >= 2)
		put_searched(row, "burst_frames", &sd);
	return whole;
}

bool
rfc_tests(struct rfc *rf, json_t *row)
{
	static bool (*const tests[RFC_TESTS])(struct rfc *, json_t *) = {
	    [RFC_THROUGHPUT] = throughput,
	    [RFC_LATENCY] = rfc_latencies,
	    [RFC_LOSS] = rfc_loss_curve,
	    [RFC_BURST] = back_to_back};

	rf->rf_throughput = 0;
	if (!rfc_find_high(rf, "as fast as it goes"))
		return false;
	json_object_set_new(row, "high_pps", json_real(rf->rf_high));
	for (unsigned int t = 0; t < RFC_TESTS; t++)
		if ((rf->rf_args->ra_tests & 1u << t) != 0 && !tests[t](rf, row))
			return false;
	return true;
}
