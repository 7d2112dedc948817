/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench rfc2544: the benchmarks of RFC 2544 for a device under test.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench.h"
#include "output.h"
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

static bool
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
static bool
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

/*
 * The tests of RFC 2544 for frames of one size.
 */

#define PPM 1e6

uint64_t
rfc_count(const struct rfc *rf, double pps)
{
	double count = pps * rf->rf_args->ra_ms / 1000;

	return count < 1 ? 1 : (uint64_t)(count + 0.5);
}

/* The highest rate to try is what is asked for, or what the sender can. */
static bool
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

static bool
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
	json_object_update_new(
	    json, json_pack("{s:f, s:f, s:i, s:b}", "mean", mean, "confidence95", half, "repeats",
	              (int)sd->sd_n, "by_sender", sd->sd_by_sender));
	json_object_set_new(row, name, json);
	return su.su_median;
}

static bool
tests_throughput(struct rfc *rf, json_t *row)
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

static bool
rfc_tests(struct rfc *rf, json_t *row)
{
	static bool (*const tests[RFC_TESTS])(struct rfc *, json_t *) = {
	    [RFC_THROUGHPUT] = tests_throughput,
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

#define DRAIN_MS 2000 /* the time that the RFC waits for late frames */

static const char *const test_words[] = {"throughput", "latency", "loss", "burst", NULL};

static const char *opt_size = "64,128,256,512,1024,1280,1518", *opt_rate = "max", *opt_json;
static struct rfc_args args = {.ra_tests = (1u << RFC_TESTS) - 1,
    .ra_ms = 10000,
    .ra_repeats = 3,
    .ra_loss_ppm = 1000,
    .ra_permille = 5,
    .ra_at = {.ul_n = 4, .ul_value = {10, 50, 90, 100}}};

static const struct opt options[] = {
    {"size", "LIST", "bytes of frames with FCS, one test each; default those of the RFC",
        OPT_STRING, &opt_size},
    {"only", "NAMES", "throughput,latency,loss,burst; default all", OPT_WORDS, &args.ra_tests,
        .op_words = test_words},
    {"rate", "RATE", "try no more each way: 1Mpps, 10Gbit, 100%; default what it can send",
        OPT_STRING, &opt_rate},
    {"seconds", "N", "of a trial, such as 60 or 0.5; default 10", OPT_SECONDS, &args.ra_ms, 100,
        3600000},
    {"repeat", "N", "searches that make a result; default 3", OPT_UINT, &args.ra_repeats, 1,
        RFC_REPEATS_MAX},
    {"loss", "PPM", "search also the rate at which so many of a million are lost; default 1000",
        OPT_UINT, &args.ra_loss_ppm, 0, 999999},
    {"resolution", "N", "of a search, thousandths of the highest rate; default 5", OPT_UINT,
        &args.ra_permille, 1, 500},
    {"at", "LIST", "latency at these per cents of the throughput; default 10,50,90,100", OPT_UINTS,
        &args.ra_at, 1, 100},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static struct gen_run gen;

static int
rfc2544_parse(int argc, char **argv)
{
	struct gen_conf *gc = &gen.gn_conf;
	int rc = gen_args_parse(&gen, options, bench_rfc2544.bc_summary, argc, argv);

	if (rc != BENCH_OK)
		return rc;
	if ((args.ra_tests & 1u << RFC_LATENCY) != 0 &&
	    (args.ra_tests & 1u << RFC_THROUGHPUT) == 0) {
		output_error(
		    "lwkt-bench rfc2544: --only latency is at a share of the throughput; add "
		    "throughput\n");
		return BENCH_USAGE;
	}
	rc = rfc_args_sizes(gc, &args, opt_size, opt_rate);
	if (rc != BENCH_OK)
		return rc;
	if (gc->gc_drain_ms == 0)
		gc->gc_drain_ms = DRAIN_MS;
	return report_check_file(argv[0], opt_json);
}

static const struct report_col columns[] = {
    {"name", "bytes", 0},
    {"high_pps", "tried to/s", 0},
    {"ndr_pps.median", "no loss/s", 0},
    {"ndr_pps.confidence95", "+-", 0},
    {"pdr_pps.median", "given loss/s", 0},
    {"pdr_pps.confidence95", "+-", 0},
    {"burst_frames.median", "burst", 0},
    {"latency_us.p50", "p50 us", 1},
    {"latency_us.p99", "p99 us", 1},
    {"latency_us.max", "max us", 1},
    {NULL, NULL, 0},
};

static bool
one_size(struct rfc *rf, unsigned int size, json_t *report)
{
	struct gen_conf *gc = &gen.gn_conf;
	char name[16];
	json_t *row;
	bool whole;

	snprintf(name, sizeof(name), "%u", size);
	row = report_row(report, name, "RFC 2544 with frames of so many bytes");
	json_object_set_new(row, "size", json_integer((json_int_t)size));
	gc->gc_sizes = 1;
	gc->gc_size[0] = size;
	gc->gc_mean = size;
	rf->rf_size = size;
	whole = gen_prepare(&gen) == BENCH_OK && rfc_tests(rf, row);
	gen_free(&gen);
	return whole;
}

static void
rfc2544_warn(const struct rfc *rf, json_t *report)
{
	const json_t *row;
	size_t i;

	if (rf->rf_foreign > 0)
		report_warn(report,
		    "%" PRIu64 " frames came that were not of the trial: late ones of another, and "
		    "then a longer --drain helps, or somebody else's",
		    rf->rf_foreign);
	if (rf->rf_incomplete != NULL)
		report_warn(report, "incomplete: %s; what was measured until then is here",
		    rf->rf_incomplete);
	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		const json_t *ndr = json_object_get(row, "ndr_pps");

		if (json_is_true(json_object_get(ndr, "by_sender")))
			report_warn(report,
			    "%s bytes: the device stood all that was sent; more could not be sent",
			    json_string_value(json_object_get(row, "name")));
		else if (ndr != NULL && json_real_value(json_object_get(ndr, "median")) == 0)
			report_warn(report, "%s bytes: something was lost at every rate",
			    json_string_value(json_object_get(row, "name")));
	}
}

static int
rfc2544_measure(struct rfc *rf)
{
	json_t *report;
	bool whole = true;
	int rc = gen_open(&gen);

	if (rc != BENCH_OK)
		return rc;
	report = report_new("rfc2544");
	if (report == NULL)
		return BENCH_FAILED;
	gen_catch_signals();
	rf->rf_expected = args.ra_sizes.ul_n * rfc_expect(&args);
	rf->rf_begun = rte_rdtsc();
	for (unsigned int i = 0; i < args.ra_sizes.ul_n && whole; i++)
		whole = one_size(rf, args.ra_sizes.ul_value[i], report);
	rfc2544_warn(rf, report);
	json_object_set_new(report, "seconds", json_real(args.ra_ms / 1000.0));
	json_object_set_new(report, "resolution", json_real(args.ra_permille / 1000.0));
	json_object_set_new(report, "incomplete", json_boolean(!whole));
	return report_end(report, columns, opt_json, whole ? BENCH_OK : BENCH_FAILED);
}

static int
rfc2544_run(void)
{
	struct rfc rf = {.rf_args = &args, .rf_gen = &gen};
	int rc = gen_args_ethdevs(&gen);

	if (rc == BENCH_OK) {
		rc = rfc2544_measure(&rf);
		gen_close(&gen);
	}
	return rc;
}

const struct bench_cmd bench_rfc2544 = {
    .bc_name = "rfc2544",
    .bc_summary = "throughput, latency, loss and bursts of a device, after RFC 2544",
    .bc_lcores = 2,
    .bc_main_sleeps = true,
    .bc_parse = rfc2544_parse,
    .bc_run = rfc2544_run,
};
