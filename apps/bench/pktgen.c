/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pktgen: numbered frames out of one ethdev, through what is to be tested, into another.
 */
#include <stdio.h>

#include "bench.h"
#include "gen_pvt.h"

#define DRAIN_MS 500

static const char *opt_size, *opt_rate = "max", *opt_pcap, *opt_json;
static unsigned int opt_ms = 10000, opt_count;
static bool opt_tx_only;

static const struct opt options[] = {
    {"tx-only", NULL, "send, receive nothing", OPT_FLAG, &opt_tx_only, 0, 0, NULL},
    {"size", "LIST", "bytes of a frame with FCS: up to 8 sizes, or imix; default 64", OPT_STRING,
        &opt_size, 0, 0, NULL},
    {"pcap", "FILE", "send the packets of this file, and 14 bytes behind each", OPT_STRING,
        &opt_pcap, 0, 0, NULL},
    {"rate", "RATE", "each way: 100kpps, 2.5Gbit, 50% or max; default max", OPT_STRING, &opt_rate,
        0, 0, NULL},
    {"seconds", "N", "send for so long; default 10", OPT_SECONDS, &opt_ms, 1, 86400000},
    {"count", "N", "send so many frames each way, if time allows", OPT_UINT, &opt_count, 1,
        UINT32_MAX, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

static struct gen_run run_state;

/* The file says what frames look like, so nothing else does. */
static int
check_pcap(void)
{
	const char *other = opt_size != NULL ? "--size" : gen_args_frame_option();

	if (opt_pcap == NULL || *other == '\0')
		return BENCH_OK;
	fprintf(stderr, "lwkt-bench pktgen: --pcap sends the frames of its file; leave out %s\n",
	    other);
	return BENCH_USAGE;
}

static int
parse(int argc, char **argv)
{
	struct gen_conf *gc = &run_state.gn_conf;
	int rc = gen_args_parse(&run_state, options, bench_pktgen.bc_summary, argc, argv);

	if (rc == BENCH_OK)
		rc = check_pcap();
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
measure(struct gen_run *run)
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
	return gen_report(run, opt_json);
}

static int
run(void)
{
	struct gen_run *run = &run_state;
	int rc = run->gn_conf.gc_pcap != NULL ? gen_load(run) : BENCH_OK;

	if (rc == BENCH_OK)
		rc = gen_args_ethdevs(run);
	if (rc == BENCH_OK) {
		rc = measure(run);
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
    .bc_parse = parse,
    .bc_run = run,
};
