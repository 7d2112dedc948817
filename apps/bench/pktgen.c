/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pktgen: numbered frames out of one ethdev, through what is to be tested, into another.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "gen_pvt.h"

#define FLOWS_MAX 65536
#define TICK_MS   10

static const char *opt_size = "64", *opt_rate = "max", *opt_dst_mac = "ff:ff:ff:ff:ff:ff",
                  *opt_json;
static unsigned int opt_seconds = 10, opt_count, opt_flows = 1, opt_addrs = 256, opt_ports = 256;
static unsigned int opt_vlan, opt_mtu, opt_drain = 500, opt_link = 10;
static struct uint_list opt_ethdevs;
static const char *opt_pcap;
static bool opt_ipv6, opt_tcp, opt_one_way, opt_tx_only;

static const struct opt options[] = {
    {"ethdevs", "A,B", "send and receive on these, or on one alone; default: the first two",
        OPT_UINTS, &opt_ethdevs, 0, RTE_MAX_ETHPORTS - 1, NULL},
    {"one-way", NULL, "from the first to the second only", OPT_FLAG, &opt_one_way, 0, 0, NULL},
    {"tx-only", NULL, "send, receive nothing", OPT_FLAG, &opt_tx_only, 0, 0, NULL},
    {"size", "LIST", "bytes of a frame with FCS: up to 8 sizes, or imix; default 64", OPT_STRING,
        &opt_size, 0, 0, NULL},
    {"pcap", "FILE", "send the packets of this file, and 14 bytes behind each; no --size",
        OPT_STRING, &opt_pcap, 0, 0, NULL},
    {"rate", "RATE", "each way: 100kpps, 2.5Gbit, 50% or max; default max", OPT_STRING, &opt_rate,
        0, 0, NULL},
    {"seconds", "N", "send for so long; default 10", OPT_UINT, &opt_seconds, 1, 86400, NULL},
    {"count", "N", "send so many frames each way, if time allows", OPT_UINT, &opt_count, 1,
        UINT32_MAX, NULL},
    {"flows", "N", "flows; default 1", OPT_UINT, &opt_flows, 1, FLOWS_MAX, NULL},
    {"addrs", "N", "source addresses of the flows; default 256", OPT_UINT, &opt_addrs, 1, FLOWS_MAX,
        NULL},
    {"ports", "N", "source ports of the flows, from 1024; default 256", OPT_UINT, &opt_ports, 1,
        FLOWS_MAX - 1024, NULL},
    {"ipv6", NULL, "IPv6 instead of IPv4", OPT_FLAG, &opt_ipv6, 0, 0, NULL},
    {"tcp", NULL, "TCP instead of UDP", OPT_FLAG, &opt_tcp, 0, 0, NULL},
    {"vlan", "ID", "with a VLAN tag", OPT_UINT, &opt_vlan, 1, 4094, NULL},
    {"dst-mac", "MAC", "destination; default broadcast", OPT_STRING, &opt_dst_mac, 0, 0, NULL},
    {"mtu", "N", "set the ethdevs' MTU", OPT_UINT, &opt_mtu, 68, 16000, NULL},
    {"drain", "MS", "receive until nothing has come for so long; default 500", OPT_UINT, &opt_drain,
        1, 3000, NULL},
    {"link-wait", "S", "wait so long for a link; default 10", OPT_UINT, &opt_link, 0, 600, NULL},
    {"json", "FILE", "write the result there too; '-' is stdout", OPT_STRING, &opt_json, 0, 0,
        NULL},
    {NULL, NULL, NULL, OPT_FLAG, NULL, 0, 0, NULL},
};

static struct gen_run run_state;
static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/*
 * The command line
 */

static int
bad_value(const char *option, const char *value, const char *wanted)
{
	fprintf(stderr, "lwkt-bench pktgen: --%s takes %s, not '%s'\n", option, wanted, value);
	return BENCH_USAGE;
}

/*
 * "64,512,1518" or "imix": seven of 64 bytes, or as few as the headers allow, four of 594, one of
 * 1518.
 */
static int
parse_sizes(const char *text, struct gen_conf *gc)
{
	static const unsigned int imix[GEN_SIZES] = {
	    64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64};

	if (strcmp(text, "imix") == 0) {
		for (; gc->gc_sizes < GEN_SIZES; gc->gc_sizes++)
			gc->gc_size[gc->gc_sizes] =
			    RTE_MAX(imix[gc->gc_sizes], frame_size_min(&gc->gc_spec));
		return 0;
	}
	for (const char *at = text;; at++) {
		unsigned long value;
		char *end;

		if (*at < '0' || *at > '9' || gc->gc_sizes == ARGS_LIST_MAX)
			return -EINVAL;
		value = strtoul(at, &end, 10);
		if (value < 64 || value > 16000)
			return -EINVAL;
		gc->gc_size[gc->gc_sizes++] = (unsigned int)value;
		if (*end == '\0')
			return 0;
		if (*end != ',')
			return -EINVAL;
		at = end;
	}
}

static int
check_sizes(const struct gen_conf *gc)
{
	unsigned int least = frame_size_min(&gc->gc_spec);

	for (unsigned int i = 0; i < gc->gc_sizes; i++) {
		if (gc->gc_size[i] >= least)
			continue;
		fprintf(stderr,
		    "lwkt-bench pktgen: --size %u is too small: %u bytes of headers, %u of the tag and "
		    "%u of the FCS need %u\n",
		    gc->gc_size[i], frame_headers(&gc->gc_spec), FRAME_TAG, FRAME_FCS, least);
		return BENCH_USAGE;
	}
	return BENCH_OK;
}

static int
check(struct gen_conf *gc)
{
	if (parse_sizes(opt_size, gc) < 0)
		return bad_value("size", opt_size,
		    "'imix', or at most 8 numbers from 64 to 16000, separated by commas");
	if (rate_parse(opt_rate, &gc->gc_rate) < 0)
		return bad_value("rate", opt_rate,
		    "'max', or a number above 0 and pps, kpps, Mpps, bit, kbit, Mbit, Gbit or % (up to 100)");
	if (rte_ether_unformat_addr(opt_dst_mac, &gc->gc_spec.fs_dst) < 0)
		return bad_value("dst-mac", opt_dst_mac, "an address such as 02:00:00:00:00:01");
	if (opt_ethdevs.ul_n > 2) {
		fprintf(stderr, "lwkt-bench pktgen: --ethdevs takes one or two, not %u\n",
		    opt_ethdevs.ul_n);
		return BENCH_USAGE;
	}
	if (opt_ethdevs.ul_n == 2 && opt_ethdevs.ul_value[0] == opt_ethdevs.ul_value[1]) {
		fprintf(stderr, "lwkt-bench pktgen: --ethdevs has %u twice; give it once\n",
		    opt_ethdevs.ul_value[0]);
		return BENCH_USAGE;
	}
	if ((uint64_t)opt_addrs * opt_ports < opt_flows) {
		fprintf(stderr,
		    "lwkt-bench pktgen: --flows %u need --addrs times --ports to be as much, not %u times "
		    "%u\n",
		    opt_flows, opt_addrs, opt_ports);
		return BENCH_USAGE;
	}
	return check_sizes(gc);
}

/* Flows, streams and sizes of the file. */
static int
load(struct gen_run *run)
{
	struct gen_conf *gc = &run->gn_conf;
	const struct pcap_packets *pp = &run->gn_packets;
	uint64_t bytes = 0;

	if (pcap_load(gc->gc_pcap, &run->gn_packets) < 0)
		return BENCH_USAGE;
	gc->gc_sizes = 0;
	gc->gc_spec.fs_flows = pp->pp_n;
	gc->gc_streams = pp->pp_streams;
	gc->gc_largest = 0;
	for (unsigned int i = 0; i < pp->pp_n; i++) {
		gc->gc_largest = RTE_MAX(gc->gc_largest, pp->pp_head[i].fh_len + FRAME_FCS);
		bytes += pp->pp_head[i].fh_len + FRAME_FCS;
	}
	gc->gc_mean = (double)bytes / pp->pp_n;
	return BENCH_OK;
}

static int
parse(int argc, char **argv)
{
	struct gen_conf *gc = &run_state.gn_conf;
	int rc = args_parse(options, bench_pktgen.bc_summary, argc, argv);

	if (rc != BENCH_OK)
		return rc;
	gc->gc_spec = (struct frame_spec){.fs_ipv6 = opt_ipv6,
	    .fs_tcp = opt_tcp,
	    .fs_vlan = (uint16_t)opt_vlan,
	    .fs_flows = opt_flows,
	    .fs_addrs = opt_addrs,
	    .fs_ports = opt_ports};
	gc->gc_seconds = opt_seconds;
	gc->gc_count = opt_count;
	gc->gc_drain_ms = opt_drain;
	gc->gc_link_s = opt_link;
	gc->gc_mtu = opt_mtu;
	gc->gc_tx_only = opt_tx_only;
	gc->gc_pcap = opt_pcap;
	gc->gc_streams = opt_flows;
	rc = check(gc);
	for (unsigned int i = 0; i < gc->gc_sizes; i++) {
		gc->gc_largest = RTE_MAX(gc->gc_largest, gc->gc_size[i]);
		gc->gc_mean += (double)gc->gc_size[i] / gc->gc_sizes;
	}
	return rc == BENCH_OK ? report_check_file(argv[0], opt_json) : rc;
}

/*
 * The run
 */

static void
choose_ethdevs(struct gen_run *run)
{
	uint16_t ethdev;

	for (unsigned int i = 0; i < opt_ethdevs.ul_n; i++)
		run->gn_ethdev[run->gn_ethdevs++] = (uint16_t)opt_ethdevs.ul_value[i];
	if (run->gn_ethdevs == 0) {
		RTE_ETH_FOREACH_DEV (ethdev) {
			if (run->gn_ethdevs < 2)
				run->gn_ethdev[run->gn_ethdevs++] = ethdev;
		}
	}
	run->gn_dirs = opt_one_way ? 1 : run->gn_ethdevs;
}

static uint64_t
received(const struct gen_run *run)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(&run->gn_dir[d].gd_rx.gr_received, __ATOMIC_RELAXED);
	return sum;
}

static bool
sleep_ms(unsigned int ms)
{
	usleep(1000 * ms);
	return !interrupted;
}

/* Until the time is over, all is sent, or somebody has had enough. */
static void
send_all(struct gen_run *run)
{
	const uint64_t hz = rte_get_timer_hz(), start = rte_get_timer_cycles();
	FILE *out = report_stream(opt_json);
	unsigned int second = 1;

	gen_live_title(run, out);
	while (sleep_ms(TICK_MS) && !__atomic_load_n(&run->gn_tx_done, __ATOMIC_RELAXED)) {
		uint64_t now = rte_get_timer_cycles() - start;

		if (now >= second * hz)
			gen_live(run, second++, out);
		if (now >= run->gn_conf.gc_seconds * hz)
			break;
	}
	run->gn_incomplete = interrupted;
}

static void
drain(struct gen_run *run)
{
	const uint64_t quiet = run->gn_conf.gc_drain_ms * rte_get_timer_hz() / 1000;
	uint64_t last = received(run), since = rte_get_timer_cycles();

	__atomic_store_n(&run->gn_phase, GEN_DRAINING, __ATOMIC_RELAXED);
	while (!run->gn_conf.gc_tx_only && rte_get_timer_cycles() - since < quiet) {
		uint64_t count;

		usleep(1000);
		count = received(run);
		if (count != last)
			since = rte_get_timer_cycles();
		last = count;
	}
}

static int
measure(struct gen_run *run)
{
	int rc = gen_open(run);

	if (rc == BENCH_OK)
		rc = gen_prepare(run);
	if (rc != BENCH_OK)
		return rc;
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	gen_start(run);
	send_all(run);
	drain(run);
	gen_join(run);
	gen_read_devices(run);
	return gen_report(run, opt_json);
}

static int
run(void)
{
	struct gen_run *run = &run_state;
	int rc = run->gn_conf.gc_pcap != NULL ? load(run) : BENCH_OK;

	if (rc != BENCH_OK) {
		pcap_free(&run->gn_packets);
		return rc;
	}
	choose_ethdevs(run);
	if (run->gn_ethdevs == 0) {
		fprintf(stderr,
		    "lwkt-bench pktgen: no ethdev; give EAL devices, as in: lwkt-bench --vdev "
		    "net_memif0 -- pktgen, or bind NICs with dpdk-devbind.py\n");
		return BENCH_FAILED;
	}
	rc = measure(run);
	gen_free(run);
	gen_close(run);
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
