/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's ethdevs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>

#include "bench.h"
#include "gen_pvt.h"
#include "output.h"

/*
 * The options that pktgen and rfc2544 share: which ethdevs, and what frames.
 */

#define FLOWS_MAX   65536
#define OPTIONS_MAX 40

const char *gen_command;

static const char *opt_field[FRAME_FIELDS]; /* NULL: not said */
static unsigned int opt_flows, opt_addrs, opt_ports;
static unsigned int opt_mtu, opt_drain, opt_link = 10;
static struct uint_list opt_ethdevs;
static bool opt_ipv6, opt_tcp, opt_one_way;
static char frame_option[32];

#define FIELD_OPT(name, field, help)                                                \
	{                                                                           \
		name, "RANGE", help, OPT_STRING, &opt_field[field], .op_mark = true \
	}

/* op_mark: it says what frames look like. */
static const struct opt shared[] = {
    {"ethdevs", "A,B", "send and receive on these, or on one alone; default: the first two",
        OPT_UINTS, &opt_ethdevs, 0, RTE_MAX_ETHPORTS - 1},
    {"one-way", NULL, "from the first to the second only", OPT_FLAG, &opt_one_way},
    {"flows", "N", "flows; default: as many as the ranges below have", OPT_UINT, &opt_flows, 1,
        FLOWS_MAX, .op_mark = true},
    {"addrs", "N", "source addresses of the flows; default 256", OPT_UINT, &opt_addrs, 1, FLOWS_MAX,
        .op_mark = true},
    {"ports", "N", "source ports of the flows, from 1024; default 256", OPT_UINT, &opt_ports, 1,
        FLOWS_MAX - 1024, .op_mark = true},
    {"ipv6", NULL, "IPv6 instead of IPv4", OPT_FLAG, &opt_ipv6, .op_mark = true},
    {"tcp", NULL, "TCP instead of UDP", OPT_FLAG, &opt_tcp, .op_mark = true},
    FIELD_OPT("src-ip", FRAME_SRC_IP, "A, A-B, or one a direction, A,B"),
    FIELD_OPT("dst-ip", FRAME_DST_IP, "the same"),
    FIELD_OPT("src-port", FRAME_SRC_PORT, "the same, of ports"),
    FIELD_OPT("dst-port", FRAME_DST_PORT, "default 9"),
    FIELD_OPT("vlan", FRAME_VLAN, "with a VLAN tag"),
    FIELD_OPT("src-mac", FRAME_SRC_MAC, "default: the ethdev's own"),
    FIELD_OPT("dst-mac", FRAME_DST_MAC, "default broadcast"),
    {"mtu", "N", "set the ethdevs' MTU", OPT_UINT, &opt_mtu, 68, 16000},
    {"drain", "MS", "receive until nothing has come for so long; default 500, in rfc2544 2000",
        OPT_MS, &opt_drain, 1, 3000},
    {"link-wait", "S", "wait so long for a link; default 10", OPT_WHOLE, &opt_link, 0, 600},
};

int
gen_bad_value(const char *option, const char *value, const char *wanted)
{
	output_error(
	    "lwkt-bench %s: --%s takes %s, not '%s'\n", gen_command, option, wanted, value);
	return BENCH_USAGE;
}

static int
check_ethdevs(void)
{
	if (opt_ethdevs.ul_n > 2) {
		output_error("lwkt-bench %s: --ethdevs takes one or two, not %u\n", gen_command,
		    opt_ethdevs.ul_n);
		return BENCH_USAGE;
	}
	if (opt_ethdevs.ul_n == 2 && opt_ethdevs.ul_value[0] == opt_ethdevs.ul_value[1]) {
		output_error("lwkt-bench %s: --ethdevs has %u twice; give it once\n", gen_command,
		    opt_ethdevs.ul_value[0]);
		return BENCH_USAGE;
	}
	return BENCH_OK;
}

/* Flows that these ranges can tell apart. */
static uint64_t
fields_flows(const struct frame_range ranges[FRAME_FIELDS])
{
	uint64_t flows = 1;

	for (unsigned int f = 0; f < FRAME_FIELDS && flows < FLOWS_MAX; f++)
		flows *= field_n(&ranges[f]);
	return flows;
}

static int
fields_parse(struct gen_conf *gc)
{
	static const char *const wanted[FRAME_FIELDS] = {[FRAME_SRC_PORT] = "a port",
	    [FRAME_DST_PORT] = "a port",
	    [FRAME_VLAN] = "a VLAN up to 4094",
	    [FRAME_SRC_MAC] = "an address such as 02:00:00:00:00:01",
	    [FRAME_DST_MAC] = "an address such as 02:00:00:00:00:01"};
	char what[128];

	for (unsigned int f = 0; f < FRAME_FIELDS; f++) {
		struct frame_range range[2];

		if (opt_field[f] == NULL)
			continue;
		snprintf(what, sizeof(what),
		    "%s, a range A-B, or one a direction, separated by a comma",
		    wanted[f] != NULL ? wanted[f]
		    : opt_ipv6        ? "an IPv6 address"
		                      : "an IPv4 address (IPv6 with --ipv6)");
		if (field_parse((enum frame_field)f, opt_ipv6, opt_field[f], range) < 0)
			return gen_bad_value(field_name((enum frame_field)f), opt_field[f], what);
		gc->gc_spec.fs_field[f] = range[0];
		gc->gc_back[f] = range[1];
	}
	return BENCH_OK;
}

/* --addrs and --ports: ranges that begin with the default. */
static int
fields_count(struct gen_conf *gc, enum frame_field field, const char *option, unsigned int n)
{
	if (n != 0 && opt_field[field] != NULL) {
		output_error("lwkt-bench %s: --%s has a range of its own; leave out --%s\n",
		    gen_command, field_name(field), option);
		return BENCH_USAGE;
	}
	if (opt_field[field] == NULL) {
		gc->gc_spec.fs_field[field].fr_n = n != 0 ? n : opt_flows != 0 ? 256 : 1;
		gc->gc_back[field] = gc->gc_spec.fs_field[field];
	}
	return BENCH_OK;
}

static int
args_check(struct gen_conf *gc)
{
	uint64_t most;
	int rc = fields_parse(gc);

	if (rc == BENCH_OK)
		rc = fields_count(gc, FRAME_SRC_IP, "addrs", opt_addrs);
	if (rc == BENCH_OK)
		rc = fields_count(gc, FRAME_SRC_PORT, "ports", opt_ports);
	if (rc != BENCH_OK)
		return rc;
	most = RTE_MIN(fields_flows(gc->gc_spec.fs_field), fields_flows(gc->gc_back));
	gc->gc_spec.fs_flows = opt_flows != 0 ? opt_flows : (uint32_t)RTE_MIN(most, FLOWS_MAX);
	gc->gc_streams = gc->gc_spec.fs_flows;
	if (most >= gc->gc_spec.fs_flows)
		return check_ethdevs();
	output_error(
	    "lwkt-bench %s: --flows %u are more than addresses, ports and VLANs tell apart, "
	    "%u; give wider ranges, or --addrs and --ports\n",
	    gen_command, opt_flows, (unsigned int)most);
	return BENCH_USAGE;
}

const char *
gen_args_frame_option(void)
{
	return frame_option;
}

int
gen_args_parse(
    struct gen_run *run, const struct opt *own, const char *summary, int argc, char **argv)
{
	struct gen_conf *gc = &run->gn_conf;
	struct opt options[OPTIONS_MAX] = {0};
	unsigned int n = 0;
	int rc;

	gen_command = argv[0];
	for (unsigned int i = 0; i < RTE_DIM(shared); i++)
		options[n++] = shared[i];
	for (; own->op_name != NULL && n < OPTIONS_MAX - 1; own++)
		options[n++] = *own;
	rc = bench_parse(options, summary, argc, argv, frame_option);
	if (rc != BENCH_OK)
		return rc;
	gc->gc_spec = (struct frame_spec){.fs_ipv6 = opt_ipv6, .fs_tcp = opt_tcp};
	gc->gc_drain_ms = opt_drain;
	gc->gc_link_s = opt_link;
	gc->gc_mtu = opt_mtu;
	return args_check(gc);
}

/* So many times this size. */
static bool
add_sizes(struct gen_conf *gc, unsigned long size, unsigned long times)
{
	for (; times > 0 && gc->gc_sizes < GEN_SIZES; times--)
		gc->gc_size[gc->gc_sizes++] = (unsigned int)size;
	return times == 0;
}

/*
 * "512"; with a weight, "64:7": so many of these; a range, "64-1518:64": from, to at most, in steps.
 * Returns where it ends; NULL: it is none.
 */
static const char *
parse_range(const char *at, struct gen_conf *gc)
{
	unsigned long part[3] = {0, 0, 1}; /* from, to, step or weight */
	bool range = false;
	char *end;

	for (unsigned int n = 0; n < 3; at = end + 1) {
		if (*at < '0' || *at > '9')
			return NULL;
		part[n++] = strtoul(at, &end, 10);
		range |= n == 2;
		if (n == 1 && *end == ':')
			n = 2;
		else if (*end != (n == 1 ? '-' : ':'))
			break;
	}
	if (!range)
		part[1] = part[0];
	if (part[0] < 64 || part[1] < part[0] || part[1] > 16000 || part[2] == 0)
		return NULL;
	for (; part[0] <= part[1]; part[0] += range ? part[2] : part[1])
		if (!add_sizes(gc, part[0], range ? 1 : part[2]))
			return NULL;
	return end;
}

/*
 * "64,512,1518", "64-1518:64", "64:7,594:4,1518:1" or "imix": seven of 64 bytes, or as few as the headers allow, four of
 * 594, one of 1518.
 */
static int
parse_sizes(const char *text, struct gen_conf *gc)
{
	static const unsigned int imix[] = {64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64};

	if (strcasecmp(text, "imix") == 0) {
		for (; gc->gc_sizes < RTE_DIM(imix); gc->gc_sizes++)
			gc->gc_size[gc->gc_sizes] =
			    RTE_MAX(imix[gc->gc_sizes], frame_size_min(&gc->gc_spec));
		return 0;
	}
	for (;;) {
		text = parse_range(text, gc);
		if (text == NULL)
			return -EINVAL;
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

int
gen_args_sizes(struct gen_conf *gc, const char *text)
{
	unsigned int least = frame_size_min(&gc->gc_spec);
	double sum = 0;

	if (parse_sizes(text, gc) < 0)
		return gen_bad_value("size", text,
		    "'imix', or up to 64 sizes from 64 to 16000, as in 64,512, 64-1518:64 or 64:7,1518:1");
	for (unsigned int i = 0; i < gc->gc_sizes; i++) {
		sum += gc->gc_size[i];
		gc->gc_largest = RTE_MAX(gc->gc_largest, gc->gc_size[i]);
		if (gc->gc_size[i] >= least)
			continue;
		output_error(
		    "lwkt-bench %s: --size %u is too small: %u bytes of headers, %u of the tag and "
		    "%u of the FCS need %u\n",
		    gen_command, gc->gc_size[i], frame_headers(&gc->gc_spec), FRAME_TAG, FRAME_FCS,
		    least);
		return BENCH_USAGE;
	}
	gc->gc_mean = sum / gc->gc_sizes;
	return BENCH_OK;
}

int
gen_load(struct gen_run *run)
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

int
gen_args_ethdevs(struct gen_run *run)
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
	if (run->gn_ethdevs > 0)
		return BENCH_OK;
	output_error(
	    "lwkt-bench %s: no ethdev; give EAL devices, as in: lwkt-bench --vdev net_memif0 -- %s, "
	    "or bind NICs with dpdk-devbind.py\n",
	    gen_command, gen_command);
	return BENCH_FAILED;
}

static int
dev_refuse(uint16_t ethdev, const char *what, const char *fix)
{
	char name[RTE_ETH_NAME_MAX_LEN] = "?";

	(void)rte_eth_dev_get_name_by_port(ethdev, name);
	output_error(
	    "lwkt-bench %s: ethdev %u (%s): %s; %s\n", gen_command, ethdev, name, what, fix);
	return BENCH_FAILED;
}

static int
make_pools(struct gen_run *run)
{
	unsigned int room = run->gn_conf.gc_largest + RTE_PKTMBUF_HEADROOM;

	if (room < RTE_MBUF_DEFAULT_BUF_SIZE)
		room = RTE_MBUF_DEFAULT_BUF_SIZE;
	run->gn_tx_pool = rte_pktmbuf_pool_create(
	    "gen_tx", GEN_POOL, GEN_POOL_CACHE, 0, (uint16_t)room, SOCKET_ID_ANY);
	run->gn_rx_pool = lwkt_pktmbuf_pool_create(
	    "gen_rx", GEN_POOL, GEN_POOL_CACHE, 0, (uint16_t)room, SOCKET_ID_ANY);
	if (run->gn_tx_pool != NULL && run->gn_rx_pool != NULL)
		return BENCH_OK;
	output_error(
	    "lwkt-bench %s: no memory for two pools of %u mbufs of %u bytes (%s); give EAL more (-m)\n",
	    gen_command, GEN_POOL, room, rte_strerror(rte_errno));
	return BENCH_FAILED;
}

static int
check_mtu(const struct gen_conf *gc, uint16_t ethdev)
{
	const unsigned int overhead =
	    RTE_ETHER_HDR_LEN + FRAME_FCS + (frame_tagged(&gc->gc_spec) ? RTE_VLAN_HLEN : 0);
	char what[96];
	uint16_t mtu;

	if (rte_eth_dev_get_mtu(ethdev, &mtu) < 0 || gc->gc_largest <= mtu + overhead)
		return BENCH_OK;
	snprintf(what, sizeof(what), "frames of %u bytes do not fit in its MTU of %u",
	    gc->gc_largest, mtu);
	return dev_refuse(ethdev, what,
	    gc->gc_pcap != NULL
	        ? "give a file of shorter packets, or --mtu if the device can do that"
	        : "give a smaller --size, or --mtu if the device can do that");
}

static int
open_one(struct gen_run *run, uint16_t ethdev)
{
	const struct lwkt_ethdev_params params = {.ep_rxq = 1,
	    .ep_txq = 1,
	    .ep_rxd = GEN_DESCS,
	    .ep_txd = GEN_DESCS,
	    .ep_mtu = (uint16_t)run->gn_conf.gc_mtu,
	    .ep_promiscuous = true};

	if (!rte_eth_dev_is_valid_port(ethdev)) {
		output_error("lwkt-bench %s: there is no ethdev %u, there are %u; give EAL devices "
		             "(--vdev or -a before the '--'), or others with --ethdevs\n",
		    gen_command, ethdev, rte_eth_dev_count_avail());
		return BENCH_FAILED;
	}
	if (lwkt_ethdev_start(ethdev, &params, run->gn_rx_pool) < 0)
		return dev_refuse(ethdev, "it does not start", "the line above says why");
	run->gn_ethdevs++;
	return check_mtu(&run->gn_conf, ethdev);
}

/* Up within the time; otherwise a line. */
static int
await_link(const struct gen_run *run, uint16_t ethdev, struct rte_eth_link *link)
{
	char what[64];

	for (unsigned int tenths = 0;; tenths++) {
		memset(link, 0, sizeof(*link));
		if (rte_eth_link_get_nowait(ethdev, link) < 0)
			return dev_refuse(
			    ethdev, "it does not tell its link", "use another device");
		if (link->link_status == RTE_ETH_LINK_UP)
			return BENCH_OK;
		if (tenths == 10 * run->gn_conf.gc_link_s)
			break;
		if (tenths == 10)
			output_error("lwkt-bench %s: waiting for the link of ethdev %u\n",
			    gen_command, ethdev);
		usleep(100000);
	}
	snprintf(what, sizeof(what), "no link after %u s", run->gn_conf.gc_link_s);
	return dev_refuse(
	    ethdev, what, "connect it, start its peer, or wait longer with --link-wait");
}

/* The rate in frames, and whether the line has room for it. */
static int
set_rate(struct gen_run *run, uint16_t ethdev, const struct rte_eth_link *link)
{
	struct gen_conf *gc = &run->gn_conf;
	const struct rate_spec line = {RATE_PERCENT, 100};
	bool known = link->link_speed != RTE_ETH_SPEED_NUM_NONE &&
	             link->link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
	double most = known ? rate_pps(&line, gc->gc_mean, link->link_speed * 1e6) : 0;
	char what[128];

	if (gc->gc_rate.rs_unit == RATE_PERCENT && !known)
		return dev_refuse(ethdev, "the speed of its link is not known",
		    "give --rate in pps or bits a second instead of per cent");
	run->gn_link_bits = known ? link->link_speed * 1e6 : 0;
	gc->gc_pps = rate_pps(&gc->gc_rate, gc->gc_mean, link->link_speed * 1e6);
	if (known && gc->gc_pps > most * 1.0001) {
		snprintf(what, sizeof(what),
		    "%.0f frames a second are wanted, its link of %u Mbit/s carries %.0f",
		    gc->gc_pps, link->link_speed, most);
		return dev_refuse(ethdev, what, "give a lower --rate, or max");
	}
	return BENCH_OK;
}

static int
set_direction(struct gen_run *run, unsigned int d)
{
	struct gen_dir *gd = &run->gn_dir[d];
	struct frame_range *mac;
	struct rte_eth_link link;
	int rc;

	gd->gd_from = run->gn_ethdev[d];
	gd->gd_to = run->gn_ethdev[run->gn_ethdevs == 2 ? 1 - d : 0];
	snprintf(gd->gd_name, sizeof(gd->gd_name), "%u>%u", gd->gd_from, gd->gd_to);
	gd->gd_spec = run->gn_conf.gc_spec;
	gd->gd_spec.fs_first_flow = d * gd->gd_spec.fs_flows;
	if (d > 0)
		memcpy(gd->gd_spec.fs_field, run->gn_conf.gc_back, sizeof(gd->gd_spec.fs_field));
	mac = &gd->gd_spec.fs_field[FRAME_SRC_MAC];
	if (!field_given(mac) &&
	    rte_eth_macaddr_get(gd->gd_from, (struct rte_ether_addr *)&mac->fr_first[10]) < 0)
		return dev_refuse(gd->gd_from, "it has no MAC address", "use another device");
	rc = await_link(run, gd->gd_to, &link);
	if (rc == BENCH_OK)
		rc = await_link(run, gd->gd_from, &link);
	return rc == BENCH_OK ? set_rate(run, gd->gd_from, &link) : rc;
}

int
gen_open(struct gen_run *run)
{
	const unsigned int wanted = run->gn_ethdevs;
	int rc = make_pools(run);

	run->gn_ethdevs = 0; /* those that have started */
	for (unsigned int i = 0; i < wanted && rc == BENCH_OK; i++)
		rc = open_one(run, run->gn_ethdev[i]);
	for (unsigned int d = 0; d < run->gn_dirs && rc == BENCH_OK; d++)
		rc = set_direction(run, d);
	for (unsigned int i = 0; i < run->gn_ethdevs; i++)
		(void)rte_eth_stats_reset(run->gn_ethdev[i]);
	return rc;
}

void
gen_read_devices(struct gen_run *run)
{
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct rte_eth_stats stats;

		if (rte_eth_stats_get(run->gn_dir[d].gd_to, &stats) < 0)
			continue;
		run->gn_dir[d].gd_missed = stats.imissed + stats.rx_nombuf;
		run->gn_dir[d].gd_errors = stats.ierrors;
	}
}

void
gen_close(struct gen_run *run)
{
	for (unsigned int i = 0; i < run->gn_ethdevs; i++) {
		lwkt_ethdev_stop(run->gn_ethdev[i]);
		lwkt_ethdev_close(run->gn_ethdev[i]);
	}
	rte_mempool_free(run->gn_tx_pool);
	rte_mempool_free(run->gn_rx_pool);
}
