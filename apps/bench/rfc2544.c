/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench rfc2544: the benchmarks of RFC 2544 for a device under test.
 */
#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>

#include "bench.h"
#include "rfc_pvt.h"

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
        OPT_STRING, &opt_size, 0, 0, NULL},
    {"only", "NAMES", "throughput,latency,loss,burst; default all", OPT_WORDS, &args.ra_tests, 0, 0,
        test_words},
    {"rate", "RATE", "try no more each way: 1Mpps, 10Gbit, 100%; default what it can send",
        OPT_STRING, &opt_rate, 0, 0, NULL},
    {"seconds", "N", "of a trial, such as 60 or 0.5; default 10", OPT_SECONDS, &args.ra_ms, 100,
        3600000, NULL},
    {"repeat", "N", "searches that make a result; default 3", OPT_UINT, &args.ra_repeats, 1,
        RFC_REPEATS_MAX, NULL},
    {"loss", "PPM", "search also the rate at which so many of a million are lost; default 1000",
        OPT_UINT, &args.ra_loss_ppm, 0, 999999, NULL},
    {"resolution", "N", "of a search, thousandths of the highest rate; default 5", OPT_UINT,
        &args.ra_permille, 1, 500, NULL},
    {"at", "LIST", "latency at these per cents of the throughput; default 10,50,90,100", OPT_UINTS,
        &args.ra_at, 1, 100, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static struct gen_run gen;

static int
parse(int argc, char **argv)
{
	struct gen_conf *gc = &gen.gn_conf;
	int rc = gen_args_parse(&gen, options, bench_rfc2544.bc_summary, argc, argv);

	if (rc != BENCH_OK)
		return rc;
	if ((args.ra_tests & 1u << RFC_LATENCY) != 0 &&
	    (args.ra_tests & 1u << RFC_THROUGHPUT) == 0) {
		fprintf(stderr,
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
warn(const struct rfc *rf, json_t *report)
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
measure(struct rfc *rf)
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
	warn(rf, report);
	json_object_set_new(report, "seconds", json_real(args.ra_ms / 1000.0));
	json_object_set_new(report, "resolution", json_real(args.ra_permille / 1000.0));
	json_object_set_new(report, "incomplete", json_boolean(!whole));
	report_table(report, columns, report_stream(opt_json));
	rc = report_write(report, "rfc2544", opt_json);
	json_decref(report);
	return rc == BENCH_OK && !whole ? BENCH_FAILED : rc;
}

static int
run(void)
{
	struct rfc rf = {.rf_args = &args, .rf_gen = &gen};
	int rc = gen_args_ethdevs(&gen);

	if (rc == BENCH_OK) {
		rc = measure(&rf);
		gen_close(&gen);
	}
	return rc;
}

const struct bench_cmd bench_rfc2544 = {
    .bc_name = "rfc2544",
    .bc_summary = "throughput, latency, loss and bursts of a device, after RFC 2544",
    .bc_lcores = 2,
    .bc_main_sleeps = true,
    .bc_parse = parse,
    .bc_run = run,
};
