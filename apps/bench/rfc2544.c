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
	const struct rfc_ask ask = {text, rate, rfc_count(rate, rf->rf_args->ra_ms / 1e3), false};
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
	const struct rfc_ask ask = {"loss", rate, rfc_count(rate, rf->rf_args->ra_ms / 1e3), false};
	unsigned int n;
	bool whole = true;

	*clean = true;
	for (n = 0; n < rf->rf_args->ra_repeats; n++) {
		struct rfc_result rr;

		whole = rfc_trial(rf, &ask, &rr);
		if (!whole)
			break;
		lost[n] = rr.rr_lost[0];
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

uint64_t
rfc_count(double pps, double seconds)
{
	double count = pps * seconds;

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
 * Throughput
 */

#define LEAST_FRAMES 100.0 /* of a trial of the lowest load */

static const char *const views[SEARCH_VIEWS] = {"both ways", "there", "back"};

/* The goals in the order of their losses: all frames together and, if wanted, each direction's. */
static unsigned int
search_goals(const struct rfc *rf, struct search_goal goals[SEARCH_GOALS])
{
	const struct rfc_args *ra = rf->rf_args;
	const double seconds = ra->ra_ms / 1e3;
	unsigned int n = 0;

	for (unsigned int g = 0; g < (ra->ra_loss > 0 ? 2 : 1); g++)
		for (unsigned int v = 0; v <= (ra->ra_each ? rf->rf_gen->gn_dirs : 0); v++)
			goals[n++] = (struct search_goal){.sg_loss = g * ra->ra_loss,
			    .sg_exceed = ra->ra_exceed / 100.0,
			    .sg_width = ra->ra_permille / 1000.0,
			    .sg_seconds = seconds,
			    .sg_sum = seconds * ra->ra_repeats,
			    .sg_view = v};
	return n;
}

unsigned int
rfc_search_expect(const struct rfc_args *args)
{
	unsigned int goals = (args->ra_loss > 0 ? 2 : 1) * (args->ra_each ? 3 : 1);

	return 12 + 3 * (args->ra_repeats / 2 + 1) * goals;
}

static bool
rfc_search(struct rfc *rf, struct search *se)
{
	const unsigned int begun = rf->rf_trials, expected = rfc_search_expect(rf->rf_args);
	double load, seconds;

	while (search_next(se, &load, &seconds)) {
		struct search_trial tr = {.tr_load = load, .tr_seconds = seconds};
		char what[48];
		const struct rfc_ask ask = {what, load, rfc_count(load, seconds), true};
		struct rfc_result rr;

		snprintf(what, sizeof(what), "%s, %s",
		    se->se_goal[se->se_at].sg_loss > 0 ? "given loss" : "no loss",
		    views[se->se_goal[se->se_at].sg_view]);
		if (!rfc_trial(rf, &ask, &rr))
			return false;
		tr.tr_quality = rr.rr_quality;
		tr.tr_offered = fmin(rr.rr_offered, load);
		memcpy(tr.tr_loss, rr.rr_lost, sizeof(tr.tr_loss));
		search_tell(se, &tr);
	}
	if (se->se_failed)
		rf->rf_incomplete = RFC_UPSET;
	if (expected > rf->rf_trials - begun)
		rfc_spare(rf, expected - (rf->rf_trials - begun));
	return !se->se_failed;
}

/* The interval, and in the fields of a summary what it comes to. */
static void
put_found(json_t *row, const char *name, const struct search_result *sr, unsigned int repeats)
{
	const bool none = sr->sr_lower == 0; /* the lowest load was too much */
	const double lower = sr->sr_lower, upper = sr->sr_upper > 0 && !none ? sr->sr_upper : lower;
	const struct summary su = {
	    sr->sr_conditional, lower, upper, lower, upper, 0, 0, 0, repeats};
	json_t *json = report_summary(&su);

	json_object_update_new(
	    json, json_pack("{s:f, s:o, s:f, s:f, s:i, s:b}", "lower", lower, "upper",
	              sr->sr_upper > 0 ? json_real(sr->sr_upper) : json_null(), "mean",
	              (lower + upper) / 2, "confidence95", (upper - lower) / 2, "repeats",
	              (int)repeats, "by_sender", sr->sr_upper == 0));
	json_object_set_new(row, name, json);
}

/* Into the row; each direction's into rows of its own in it. */
static void
put_goals(const struct rfc *rf, const struct search *se, json_t *row)
{
	json_t *each = json_array();

	for (unsigned int g = 0; g < se->se_goals; g++) {
		const struct search_goal *sg = &se->se_goal[g];
		struct search_result sr = search_found(se, g);
		json_t *to = row;

		if (sg->sg_view > 0) {
			if (json_array_size(each) < sg->sg_view)
				json_array_append_new(
				    each, json_pack("{s:s}", "name",
				              rf->rf_gen->gn_dir[sg->sg_view - 1].gd_name));
			to = json_array_get(each, sg->sg_view - 1);
		}
		put_found(
		    to, sg->sg_loss > 0 ? "pdr_pps" : "ndr_pps", &sr, rf->rf_args->ra_repeats);
	}
	if (json_array_size(each) > 0)
		json_object_set(row, "directions", each);
	json_decref(each);
}

static bool
tests_throughput(struct rfc *rf, json_t *row)
{
	struct search_goal goals[SEARCH_GOALS];
	const unsigned int n = search_goals(rf, goals);
	struct search *se = calloc(1, sizeof(*se));
	bool whole;

	if (se == NULL)
		return false;
	search_init(se, LEAST_FRAMES * 1e3 / rf->rf_args->ra_ms, rf->rf_high, goals, n);
	whole = rfc_search(rf, se);
	if (whole) { /* half a search has no result */
		put_goals(rf, se, row);
		rf->rf_throughput = search_found(se, 0).sr_lower;
		if (rf->rf_args->ra_loss > 0)
			json_object_set_new(row, "pdr_loss", json_real(rf->rf_args->ra_loss));
	}
	free(se);
	return whole;
}

/*
 * Back to back (RFC 9004)
 */

static bool
burst_once(struct rfc *rf, const char *what, struct burst *bt)
{
	double fastest = rf->rf_args->ra_high.rs_unit == RATE_MAX ? 0 : rf->rf_high;
	unsigned long frames;

	while ((frames = burst_next(bt)) > 0) {
		const struct rfc_ask at_once = {what, fastest, frames, false};
		struct rfc_result rr;

		if (!rfc_trial(rf, &at_once, &rr))
			return false;
		burst_tell(bt, frames, rr.rr_missing + rr.rr_own == 0);
	}
	return true;
}

/*
 * While it comes the device forwards at its throughput already, so it holds less than the burst:
 * the time is corrected by that.
 */
static void
put_bursts(const struct rfc *rf, json_t *row, double *found, unsigned int n)
{
	const double mean = stats_mean(found, n), deviation = stats_deviation(found, n);
	const double us = mean / rf->rf_high * 1e6;
	double half = stats_confidence95(found, n);
	struct summary su = stats_summarise(found, n);
	json_t *json = report_summary(&su);

	json_object_update_new(
	    json, json_pack("{s:f, s:f, s:f, s:i, s:b, s:f}", "mean", mean, "deviation", deviation,
	              "confidence95", half, "repeats", (int)n, "by_sender",
	              su.su_max >= (double)rfc_count(rf->rf_high, rf->rf_args->ra_ms / 1e3),
	              "buffer_us", us));
	if (rf->rf_throughput > 0)
		json_object_set_new(json, "corrected_buffer_us",
		    json_real(us * fmax(0, 1 - rf->rf_throughput / rf->rf_high)));
	json_object_set_new(row, "burst_frames", json);
}

static bool
back_to_back(struct rfc *rf, json_t *row)
{
	const unsigned long most = rfc_count(rf->rf_high, rf->rf_args->ra_ms / 1e3);
	double *found = calloc(rf->rf_args->ra_bursts, sizeof(*found));
	unsigned long start = most;
	unsigned int n = 0;
	bool whole = found != NULL;

	for (; whole && n < rf->rf_args->ra_bursts; n++) {
		char text[48];
		struct burst bt;

		snprintf(text, sizeof(text), "burst %u/%u", n + 1, rf->rf_args->ra_bursts);
		burst_init(&bt, start, most);
		whole = burst_once(rf, text, &bt);
		if (!whole)
			break;
		found[n] = (double)bt.bt_passed;
		start = bt.bt_passed > 0 ? bt.bt_passed : 1;
	}
	if (n > 0)
		put_bursts(rf, row, found, n);
	free(found);
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
static const char *opt_loss = "1000";
static struct rfc_args args = {.ra_tests = (1u << RFC_TESTS) - 1,
    .ra_ms = 10000,
    .ra_repeats = 5,
    .ra_bursts = 50,
    .ra_exceed = 50,
    .ra_loss = 0.001,
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
    {"repeat", "N", "trials that a rate needs, and those of latency and loss; default 5", OPT_UINT,
        &args.ra_repeats, 1, RFC_REPEATS_MAX},
    {"exceed", "PERCENT", "of these may lose more; default 50, and 0 as in RFC 2544", OPT_UINT,
        &args.ra_exceed, 0, 99},
    {"each", NULL, "also the rates at which each direction alone loses no more", OPT_FLAG,
        &args.ra_each},
    {"bursts", "N", "searches for the longest burst; default 50", OPT_UINT, &args.ra_bursts, 1,
        RFC_BURSTS_MAX},
    {"loss", "SHARE", "search also the rate at which so much is lost: 1000ppm (default), 0.1%",
        OPT_STRING, &opt_loss},
    {"resolution", "N", "of a search, thousandths of the rate that is found; default 5", OPT_UINT,
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
	if (share_parse(opt_loss, &args.ra_loss) < 0 || args.ra_loss >= 1)
		return gen_bad_value(
		    "loss", opt_loss, "a share below all, such as 1000ppm or 0.1%");
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
    {"ndr_pps.lower", "no loss/s", 0},
    {"ndr_pps.upper", "and below", 0},
    {"pdr_pps.lower", "given loss/s", 0},
    {"pdr_pps.upper", "and below", 0},
    {"burst_frames.mean", "burst", 1},
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
		else if (json_number_value(json_object_get(ndr, "lower")) > 0 &&
		         2 * json_number_value(json_object_get(ndr, "confidence95")) >
		             1.02e-3 * rf->rf_args->ra_permille *
		                 json_number_value(json_object_get(ndr, "upper")))
			report_warn(report,
			    "%s bytes: the rates within the interval could not be held, so it is wider "
			    "than asked",
			    json_string_value(json_object_get(row, "name")));
		else if (ndr != NULL && json_real_value(json_object_get(ndr, "lower")) == 0)
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
	rf->rf_expected = args.ra_sizes * rfc_expect(&args);
	rf->rf_begun = rte_rdtsc();
	for (unsigned int i = 0; i < args.ra_sizes && whole; i++)
		whole = one_size(rf, args.ra_size[i], report);
	rfc2544_warn(rf, report);
	json_object_set_new(report, "seconds", json_real(args.ra_ms / 1000.0));
	json_object_set_new(report, "resolution", json_real(args.ra_permille / 1000.0));
	json_object_set_new(report, "exceed", json_real(args.ra_exceed / 100.0));
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
