/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line, option by option.
 */
#include <getopt.h>
#include <stddef.h>

#include "args_pvt.h"

enum {
	OPT_MAC_UPDATING = 256,
	OPT_NO_MAC_UPDATING,
	OPT_PORTMAP,
	OPT_MODE,
	OPT_IDLE,
	OPT_RXQ,
	OPT_TXQ,
	OPT_MTU,
	OPT_LINK_WAIT,
	OPT_DURATION,
	OPT_COUNT,
	OPT_STATS_JSON,
	OPT_STATS_BYTES,
	OPT_LOG,
	OPT_CONFIG,
	OPT_CHECK,
	OPT_PREFLIGHT,
	OPT_GRAPH,
	OPT_KEYS,
	OPT_VERSION,
};

static const char short_options[] = ":p:q:T:Ph";
static const struct option long_options[] = {
    {"mac-updating", no_argument, NULL, OPT_MAC_UPDATING},
    {"no-mac-updating", no_argument, NULL, OPT_NO_MAC_UPDATING},
    {"portmap", required_argument, NULL, OPT_PORTMAP},
    {"mode", required_argument, NULL, OPT_MODE},
    {"idle", required_argument, NULL, OPT_IDLE},
    {"rxq", required_argument, NULL, OPT_RXQ},
    {"txq", required_argument, NULL, OPT_TXQ},
    {"mtu", required_argument, NULL, OPT_MTU},
    {"link-wait", required_argument, NULL, OPT_LINK_WAIT},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"count", required_argument, NULL, OPT_COUNT},
    {"stats-json", required_argument, NULL, OPT_STATS_JSON},
    {"stats-bytes", no_argument, NULL, OPT_STATS_BYTES},
    {"log", required_argument, NULL, OPT_LOG},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"check", no_argument, NULL, OPT_CHECK},
    {"preflight", no_argument, NULL, OPT_PREFLIGHT},
    {"graph", no_argument, NULL, OPT_GRAPH},
    {"keys", no_argument, NULL, OPT_KEYS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/*
 * getopt's ':' (a value is missing) and '?' (anything else). A short option is in optopt, a long
 * one in arg.
 */
static int
refuse_option(int c, const char *arg, struct l2fwd_err *err)
{
	char opt[3] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt == 'h' || optopt >= OPT_MAC_UPDATING;
	const char *name = is_long ? arg : opt;

	if (c == ':')
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "%s: its value is missing; see --help", name);
	if (optopt >= OPT_MAC_UPDATING || optopt == 'h')
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "%s: it takes no value; see --help", name);
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE, "%s: no such option; see --help", name);
}

static int
parse_option(struct l2fwd_args *args, enum l2fwd_wish *wish, int c, struct l2fwd_err *err)
{
	switch (c) {
	case 'p':
		return l2fwd_parse_mask(args, optarg, err);
	case 'q':
		return l2fwd_parse_range(&args->group, "-q", optarg, 1, L2FWD_MAX_GROUP, err);
	case 'T':
		return l2fwd_parse_range(&args->period, "-T", optarg, 0, L2FWD_MAX_PERIOD, err);
	case OPT_PORTMAP:
		return l2fwd_parse_portmap(args, optarg, err);
	case OPT_MODE:
		return l2fwd_parse_mode(args, optarg, err);
	case OPT_IDLE:
		return l2fwd_parse_idle(args, optarg, err);
	case OPT_RXQ:
		return l2fwd_parse_range(&args->rxq, "--rxq", optarg, 1, L2FWD_MAX_QUEUES, err);
	case OPT_TXQ:
		return l2fwd_parse_range(&args->txq, "--txq", optarg, 1, L2FWD_MAX_QUEUES, err);
	case OPT_MTU:
		return l2fwd_parse_mtu(args, optarg, err);
	case OPT_LINK_WAIT:
		return l2fwd_parse_range(
		    &args->link_wait, "--link-wait", optarg, 0, L2FWD_MAX_LINK, err);
	case OPT_DURATION:
		return l2fwd_parse_range(
		    &args->duration, "--duration", optarg, 1, L2FWD_MAX_DURATION, err);
	case OPT_COUNT:
		return l2fwd_parse_count(&args->count, "--count", optarg, err);
	case OPT_STATS_JSON:
		args->stats_json = optarg;
		break;
	case OPT_STATS_BYTES:
		args->stats_bytes = true;
		break;
	case OPT_LOG:
		args->log = optarg;
		break;
	case 'P':
		args->promiscuous = true;
		break;
	case OPT_MAC_UPDATING:
	case OPT_NO_MAC_UPDATING:
		args->mac_update = c == OPT_MAC_UPDATING;
		break;
	case OPT_CONFIG:
		args->config = optarg;
		break;
	case OPT_CHECK:
		args->check = true;
		break;
	case OPT_PREFLIGHT:
		args->preflight = true;
		break;
	case OPT_GRAPH:
		args->graph = true;
		break;
	default:
		*wish = c == OPT_VERSION ? L2FWD_VERSION : c == OPT_KEYS ? L2FWD_KEYS : L2FWD_HELP;
	}
	return 0;
}

/* The option's name if it says what the pipeline looks like, else NULL. */
static const char *
shapes(int c)
{
	switch (c) {
	case 'p':
		return "-p";
	case 'q':
		return "-q";
	case 'P':
		return "-P";
	case OPT_MAC_UPDATING:
		return "--mac-updating";
	case OPT_NO_MAC_UPDATING:
		return "--no-mac-updating";
	case OPT_PORTMAP:
		return "--portmap";
	case OPT_MODE:
		return "--mode";
	case OPT_RXQ:
		return "--rxq";
	case OPT_TXQ:
		return "--txq";
	case OPT_MTU:
		return "--mtu";
	default:
		return NULL;
	}
}

int
l2fwd_args_parse(
    struct l2fwd_args *args, enum l2fwd_wish *wish, int argc, char **argv, struct l2fwd_err *err)
{
	struct l2fwd_args a = {.group = 1,
	    .period = 10,
	    .mode = L2FWD_RTC,
	    .mac_update = true,
	    .link_wait = L2FWD_LINK_WAIT};
	const char *shaping = NULL;
	int c;

	*wish = L2FWD_RUN;
	opterr = 0;
	optind = 0; /* glibc: start afresh */
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return refuse_option(c, argv[optind - 1], err);
		if (shaping == NULL)
			shaping = shapes(c);
		if (parse_option(&a, wish, c, err) < 0)
			return -1;
		if (*wish != L2FWD_RUN)
			return 0;
	}
	if (optind < argc)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: not an option; take it away, or see --help", argv[optind]);
	if (l2fwd_args_check(&a, shaping, err) < 0)
		return -1;
	*args = a;
	return 0;
}
