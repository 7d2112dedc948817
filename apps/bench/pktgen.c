/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pktgen: numbered frames out of one ethdev, through what is to be tested, into another.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "bench.h"
#include "gen_pvt.h"
#include "output.h"

/*
 * What pktgen says: a line a second, and at the end a row for each direction.
 */

static const struct report_col columns[] = {
    {"name", "ethdevs", 0},
    {"sent", "sent", 0},
    {"received", "received", 0},
    {"lost", "lost", 0},
    {"duplicates", "twice", 0},
    {"reordered", "reordered", 0},
    {"corrupt", "corrupt", 0},
    {"foreign", "foreign", 0},
    {"sent_pps", "sent/s", 0},
    {"received_pps", "received/s", 0},
    {"latency_us.p50", "p50 us", 1},
    {"latency_us.p99", "p99 us", 1},
    {"latency_us.max", "max us", 1},
    {NULL, NULL, 0},
};

void
gen_live_title(const struct gen_run *run, FILE *out)
{
	fprintf(out, "      ");
	for (unsigned int d = 0; d < run->gn_dirs; d++)
		fprintf(out, "  %s: %10s/s %10s/s", run->gn_dir[d].gd_name, "sent", "received");
	fprintf(out, "\n");
}

void
gen_live(const struct gen_run *run, FILE *out)
{
	const unsigned int last = (run->gn_windows - 1) % GEN_WINDOWS;

	fprintf(out, "%4u s", run->gn_windows);
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		const struct gen_dir *gd = &run->gn_dir[d];

		fprintf(out, "  %s  %12.0f %12.0f", gd->gd_name, gd->gd_sent_each[last],
		    gd->gd_received_each[last]);
	}
	fprintf(out, "\n");
	fflush(out);
}

static double
pktgen_microseconds(double cycles)
{
	return cycles * 1e6 / (double)rte_get_tsc_hz();
}

json_t *
gen_latency(const struct hist *h)
{
	static const struct {
		const char *name;
		unsigned int ppm;
	} points[] = {{"min", 0}, {"p50", 500000}, {"p90", 900000}, {"p99", 990000},
	    {"p999", 999000}, {"p9999", 999900}, {"max", HIST_ALL}};
	json_t *object = json_object();

	if (h->hi_count == 0)
		return object;
	for (unsigned int i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		json_object_set_new(object, points[i].name,
		    json_real(pktgen_microseconds((double)hist_percentile(h, points[i].ppm))));
	json_object_set_new(object, "mean", json_real(pktgen_microseconds(hist_mean(h))));
	return object;
}

/* Over the time between the first and the last; 0 if there is none. */
static double
per_second(uint64_t n, uint64_t cycles)
{
	return cycles > 0 ? (double)n * (double)rte_get_tsc_hz() / (double)cycles : 0;
}

static void
pktgen_set(json_t *row, const char *name, uint64_t value)
{
	json_object_set_new(row, name, json_integer((json_int_t)value));
}

/* The spread over the seconds, if there are some. */
static void
each_second(json_t *row, const char *name, const double *each, unsigned int windows)
{
	unsigned int n = RTE_MIN(windows, (unsigned int)GEN_WINDOWS);
	double sorted[GEN_WINDOWS];
	struct summary su;
	json_t *object;

	if (n == 0)
		return;
	memcpy(sorted, each, n * sizeof(*each));
	su = stats_summarise(sorted, n);
	object = report_summary(&su);
	json_object_set_new(object, "windows", json_integer(n));
	json_object_set_new(row, name, object);
}

static void
sender_row(const struct gen_conf *gc, const struct gen_tx *gt, json_t *row)
{
	double pps = gt->gt_sent > 0 ? per_second(gt->gt_sent, gt->gt_last - gt->gt_first) : 0;
	double bytes = gt->gt_sent > 0 ? (double)gt->gt_bytes / (double)gt->gt_sent : 0;

	json_object_update_new(
	    row, json_pack("{s:I, s:I, s:o, s:f, s:f}", "sent", (json_int_t)gt->gt_sent,
	             "sent_bytes", (json_int_t)gt->gt_bytes, "offered_pps",
	             gc->gc_pps > 0 ? json_real(gc->gc_pps) : json_null(), "sent_pps", pps,
	             "sent_line_bits", pps * 8 * (bytes + RATE_LINE_OVERHEAD)));
}

static void
receiver_row(const struct gen_dir *gd, json_t *row)
{
	const struct gen_rx *gr = &gd->gd_rx;
	const struct track_counts *tc = &gr->gr_counts;
	/* The clock begins when the first burst is there, so its frames do not count. */
	double pps = per_second(gr->gr_received - gr->gr_first_burst, gr->gr_last - gr->gr_first);
	const uint64_t lost = gd->gd_tx.gt_sent - tc->tc_in_order - tc->tc_reordered;
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {{"received", gr->gr_received}, {"received_bytes", gr->gr_bytes},
	    {"lost", lost}, {"duplicates", tc->tc_duplicates}, {"reordered", tc->tc_reordered},
	    {"too_old", tc->tc_too_old}, {"corrupt", gr->gr_corrupt}, {"foreign", gr->gr_foreign},
	    {"device_missed", gd->gd_missed}, {"device_errors", gd->gd_errors}};

	for (unsigned int i = 0; i < RTE_DIM(counts); i++)
		pktgen_set(row, counts[i].name, counts[i].value);
	json_object_set_new(row, "received_pps", json_real(pps));
	json_object_set_new(row, "latency_us", gen_latency(gr->gr_latency));
}

/* Nothing came back: that is no measurement. */
static bool
is_silent(const struct gen_run *run, json_t *report)
{
	bool silent = false;

	for (unsigned int d = 0; d < run->gn_dirs && !run->gn_conf.gc_tx_only; d++) {
		const struct gen_dir *gd = &run->gn_dir[d];

		if (gd->gd_tx.gt_sent == 0 || gd->gd_rx.gr_received > 0)
			continue;
		silent = true;
		report_warn(report,
		    "ethdev %u sent %" PRIu64 " frames and none came to ethdev %u (%" PRIu64
		    " foreign, %" PRIu64
		    " corrupt); start what lies between them, or give --tx-only",
		    gd->gd_from, gd->gd_tx.gt_sent, gd->gd_to, gd->gd_rx.gr_foreign,
		    gd->gd_rx.gr_corrupt);
	}
	return silent;
}

static void
pktgen_fill(const struct gen_run *run, json_t *report)
{
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		const struct gen_dir *gd = &run->gn_dir[d];
		double offered = run->gn_conf.gc_pps, sent;
		json_t *row = report_row(report, gd->gd_name, "frames from one ethdev to another");

		sender_row(&run->gn_conf, &gd->gd_tx, row);
		each_second(row, "sent_each_second", gd->gd_sent_each, run->gn_windows);
		if (!run->gn_conf.gc_tx_only) {
			receiver_row(gd, row);
			each_second(
			    row, "received_each_second", gd->gd_received_each, run->gn_windows);
		}
		sent = json_real_value(json_object_get(row, "sent_pps"));
		if (sent < 0.98 * offered && gd->gd_tx.gt_sent > GEN_BURST)
			report_warn(report,
			    "%s: %.0f frames a second were sent, not %.0f: the ethdev or this CPU is too "
			    "slow; give a lower --rate",
			    gd->gd_name, sent, offered);
		if (gd->gd_rx.gr_counts.tc_too_old > 0)
			report_warn(report,
			    "%s: %" PRIu64
			    " frames came more than %u numbers late: twice or reordered, "
			    "that cannot be told",
			    gd->gd_name, gd->gd_rx.gr_counts.tc_too_old, TRACK_WINDOW);
	}
}

int
gen_report(const struct gen_run *run, const char *file)
{
	json_t *report = report_new("pktgen"), *sizes = json_array();
	bool incomplete;

	if (report == NULL || sizes == NULL)
		return BENCH_FAILED;
	pktgen_fill(run, report);
	incomplete = is_silent(run, report) || run->gn_incomplete;
	for (unsigned int i = 0; i < run->gn_conf.gc_sizes; i++)
		json_array_append_new(sizes, json_integer(run->gn_conf.gc_size[i]));
	json_object_set_new(report, "sizes", sizes);
	pktgen_set(report, "flows", run->gn_conf.gc_streams);
	if (run->gn_conf.gc_pcap != NULL)
		json_object_set_new(report, "pcap", json_string(run->gn_conf.gc_pcap));
	json_object_set_new(report, "incomplete", json_boolean(incomplete));
	return report_end(report, columns, file, incomplete ? BENCH_FAILED : BENCH_OK);
}

#define DRAIN_MS 500

static const char *opt_size, *opt_rate = "max", *opt_pcap, *opt_json, *opt_max_loss, *opt_max_p99;
static double max_loss = 1, max_p99 = HUGE_VAL; /* of 1; us */
static unsigned int opt_ms = 10000, opt_count;
static bool opt_tx_only;

static const struct opt options[] = {
    {"tx-only", NULL, "send, receive nothing", OPT_FLAG, &opt_tx_only},
    {"size", "LIST",
        "bytes of a frame with FCS: 64,512, 64-1518:64, 64:7,1518:1 or imix; default 64",
        OPT_STRING, &opt_size},
    {"pcap", "FILE", "send the packets of this file, and 14 bytes behind each", OPT_STRING,
        &opt_pcap},
    {"rate", "RATE", "each way: 100kpps, 2.5Gbit, 50% or max; default max", OPT_STRING, &opt_rate},
    {"seconds", "N", "send for so long; default 10", OPT_SECONDS, &opt_ms, 1, 86400000},
    {"count", "N", "send so many frames each way, if time allows", OPT_UINT, &opt_count, 1,
        UINT32_MAX},
    {"max-loss", "SHARE", "exit code 1 if more is lost: 0, 10ppm, 0.1%", OPT_STRING, &opt_max_loss},
    {"max-p99", "TIME", "exit code 1 if the 99th percentile of latency is longer: 50us, 1ms",
        OPT_STRING, &opt_max_p99},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static struct gen_run run_state;

/* What the gates allow. BENCH_FAILED after a line for each direction that is beyond one. */
static int
pktgen_gates(const struct gen_run *run)
{
	int rc = BENCH_OK;

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		const struct gen_dir *gd = &run->gn_dir[d];
		const struct track_counts *tc = &gd->gd_rx.gr_counts;
		double lost = (double)(gd->gd_tx.gt_sent - tc->tc_in_order - tc->tc_reordered);
		double share = gd->gd_tx.gt_sent > 0 ? lost / (double)gd->gd_tx.gt_sent : 1;
		double p99 =
		    pktgen_microseconds((double)hist_percentile(gd->gd_rx.gr_latency, 990000));

		if (share > max_loss)
			output_error(
			    "lwkt-bench pktgen: %s: %.0f ppm lost, --max-loss allows %.0f\n",
			    gd->gd_name, share * 1e6, max_loss * 1e6);
		if (p99 > max_p99)
			output_error(
			    "lwkt-bench pktgen: %s: p99 is %.1f us, --max-p99 allows %.1f\n",
			    gd->gd_name, p99, max_p99);
		if (share > max_loss || p99 > max_p99)
			rc = BENCH_FAILED;
	}
	return rc;
}

static int
pktgen_parse_gates(void)
{
	if (opt_max_loss != NULL && share_parse(opt_max_loss, &max_loss) < 0)
		return gen_bad_value("max-loss", opt_max_loss, "a share such as 0, 10ppm or 0.1%");
	if (opt_max_p99 != NULL && time_parse(opt_max_p99, &max_p99) < 0)
		return gen_bad_value("max-p99", opt_max_p99, "a time such as 50us or 1ms");
	if (!opt_tx_only || (opt_max_loss == NULL && opt_max_p99 == NULL))
		return BENCH_OK;
	output_error(
	    "lwkt-bench pktgen: --tx-only receives nothing that %s could judge; leave one out\n",
	    opt_max_loss != NULL ? "--max-loss" : "--max-p99");
	return BENCH_USAGE;
}

/* The file says what frames look like, so nothing else does. */
static int
check_pcap(void)
{
	const char *other = opt_size != NULL ? "--size" : gen_args_frame_option();

	if (opt_pcap == NULL || *other == '\0')
		return BENCH_OK;
	output_error(
	    "lwkt-bench pktgen: --pcap sends the frames of its file; leave out %s\n", other);
	return BENCH_USAGE;
}

static int
pktgen_parse(int argc, char **argv)
{
	struct gen_conf *gc = &run_state.gn_conf;
	int rc = gen_args_parse(&run_state, options, bench_pktgen.bc_summary, argc, argv);

	if (rc == BENCH_OK)
		rc = check_pcap();
	if (rc == BENCH_OK)
		rc = pktgen_parse_gates();
	if (rc != BENCH_OK)
		return rc;
	gc->gc_pcap = opt_pcap;
	gc->gc_ms = opt_ms;
	gc->gc_count = opt_count;
	gc->gc_tx_only = opt_tx_only;
	if (gc->gc_drain_ms == 0)
		gc->gc_drain_ms = DRAIN_MS;
	if (rate_parse(opt_rate, &gc->gc_rate) < 0)
		return gen_bad_value("rate", opt_rate,
		    "'max', or a number above 0 and pps, kpps, Mpps, bit, kbit, Mbit, Gbit or % (up to 100)");
	rc = gen_args_sizes(gc, opt_size != NULL ? opt_size : "64");
	return rc == BENCH_OK ? report_check_file(argv[0], opt_json) : rc;
}

static int
pktgen_measure(struct gen_run *run)
{
	FILE *out = report_stream(opt_json);
	int rc = gen_open(run);

	if (rc == BENCH_OK)
		rc = gen_prepare(run);
	if (rc != BENCH_OK)
		return rc;
	gen_catch_signals();
	gen_live_title(run, out);
	run->gn_incomplete = !gen_trial(run, out);
	gen_read_devices(run);
	rc = gen_report(run, opt_json);
	return rc == BENCH_OK && !opt_tx_only ? pktgen_gates(run) : rc;
}

static int
pktgen_run(void)
{
	struct gen_run *run = &run_state;
	int rc = run->gn_conf.gc_pcap != NULL ? gen_load(run) : BENCH_OK;

	if (rc == BENCH_OK)
		rc = gen_args_ethdevs(run);
	if (rc == BENCH_OK) {
		rc = pktgen_measure(run);
		gen_free(run);
		gen_close(run);
	}
	pcap_free(&run->gn_packets);
	return rc;
}

const struct bench_cmd bench_pktgen = {
    .bc_name = "pktgen",
    .bc_summary = "numbered frames through a device under test: loss, order, latency",
    .bc_lcores = 2,
    .bc_main_sleeps = true,
    .bc_parse = pktgen_parse,
    .bc_run = pktgen_run,
};
