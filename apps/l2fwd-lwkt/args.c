/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "args.h"

const char l2fwd_usage[] =
    "usage: lwkt-l2fwd [EAL options] -- -p PORTMASK [options]\n"
    "       lwkt-l2fwd [EAL options] -- --config FILE [-T PERIOD] [--check] [--graph]\n"
    "  -p PORTMASK            ethdevs to use, a bit each, in hex\n"
    "  -q NQ                  ethdevs per lcore (--mode rtc) or per three lcores\n"
    "                         (--mode pipeline), 1..16; default 1\n"
    "  -T PERIOD              seconds between statistics, 0 for none, at most 86400; default 10\n"
    "  -P                     promiscuous mode\n"
    "  --mac-updating         rewrite MAC addresses (the default)\n"
    "  --no-mac-updating      leave packets as they are\n"
    "  --portmap=(A,B)[,...]  pairs of ethdevs that forward to each other; default: neighbours\n"
    "  --mode rtc|pipeline    rx, forward, tx on one lcore (the default), or on one each\n"
    "  --config FILE          the pipeline is in FILE, see lwkt-pipeline(5)\n"
    "  --check                only check FILE against devices and lcores, start nothing\n"
    "  --graph                the same, and print the pipeline as Graphviz dot\n"
    "  --keys                 list what may stand in FILE and end\n"
    "  -h, --help             print this and end\n"
    "  --version              print the version and end\n"
    "SIGINT or SIGTERM ends it: packets under way are sent, and the account is printed.\n"
    "EAL options: \"lwkt-l2fwd --help --\" lists them.\n";

int
l2fwd_refuse(struct l2fwd_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* A whole unsigned number, digits only. @return false: it is none, or above max. */
static bool
parse_number(const char *s, int base, uint64_t max, uint64_t *value)
{
	const char *digits = base == 16 && s[0] == '0' && (s[1] | 0x20) == 'x' ? s + 2 : s;
	uint64_t v = 0;

	if (*digits == '\0')
		return false;
	for (; *digits != '\0'; digits++) {
		int c = tolower((unsigned char)*digits);
		int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;

		if (digit >= base || v > (max - (uint64_t)digit) / (uint64_t)base)
			return false;
		v = v * (uint64_t)base + (uint64_t)digit;
	}
	*value = v;
	return true;
}

static int
parse_mask(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	if (!parse_number(s, 16, UINT64_MAX, &args->mask))
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p %s: not a hexadecimal mask of at most 64 bits; "
		    "-p 3 means ethdevs 0 and 1",
		    s);
	if (args->mask == 0)
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "-p %s: no ethdev is selected; set at least one bit", s);
	return 0;
}

static int
parse_range(unsigned int *value, const char *opt, const char *s, unsigned int min, unsigned int max,
    struct l2fwd_err *err)
{
	uint64_t v;

	if (!parse_number(s, 10, max, &v) || v < min)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s %s: not a whole number from %u to %u; give one", opt, s, min, max);
	*value = (unsigned int)v;
	return 0;
}

static int
parse_mode(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	if (strcmp(s, "rtc") == 0)
		args->mode = L2FWD_RTC;
	else if (strcmp(s, "pipeline") == 0)
		args->mode = L2FWD_PIPELINE;
	else
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "--mode %s: no such mode; give rtc or pipeline", s);
	return 0;
}

static int
malformed_portmap(const char *s, struct l2fwd_err *err)
{
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--portmap %s: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)", s);
}

static bool
portmap_has(const struct l2fwd_args *args, unsigned int ethdev)
{
	for (unsigned int i = 0; i < args->npairs; i++)
		if (args->pair[i][0] == ethdev || args->pair[i][1] == ethdev)
			return true;
	return false;
}

static int
add_pair(struct l2fwd_args *args, const char *s, const unsigned int pair[2], struct l2fwd_err *err)
{
	bool twice0 = portmap_has(args, pair[0]);

	if (twice0 || portmap_has(args, pair[1]) || pair[0] == pair[1])
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "--portmap %s: ethdev %u is named twice; name each once", s,
		    pair[twice0 ? 0 : 1]);
	if (args->npairs == L2FWD_MAX_PAIRS)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "--portmap %s: more than %u pairs; give fewer", s, L2FWD_MAX_PAIRS);
	args->pair[args->npairs][0] = (uint16_t)pair[0];
	args->pair[args->npairs][1] = (uint16_t)pair[1];
	args->npairs++;
	return 0;
}

/* Scan "(A)" or "(A,B)" and move *at behind it. @return how many ethdevs it names, 0: malformed. */
static unsigned int
scan_group(const char **at, unsigned int pair[2])
{
	const char *c = *at;
	unsigned int members = 0;

	do {
		char *end;

		if (*c++ != (members == 0 ? '(' : ',') || !isdigit((unsigned char)*c))
			return 0;
		pair[members++] = (unsigned int)RTE_MIN(strtoul(c, &end, 10), 65535UL);
		c = end;
	} while (*c == ',' && members < 2);
	if (*c != ')')
		return 0;
	*at = c + 1;
	return members;
}

static int
parse_portmap(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	const char *at = s;

	args->npairs = 0;
	do {
		unsigned int pair[2];
		unsigned int members = scan_group(&at, pair);

		if (members == 0 || (*at != ',' && *at != '\0'))
			return malformed_portmap(s, err);
		if (members == 1)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--portmap %s: ethdev %u has no partner; name pairs, as (0,1)", s,
			    pair[0]);
		if (add_pair(args, s, pair, err) < 0)
			return -1;
	} while (*at++ == ',');
	return 0;
}

/* @param shaping  the first option that says how the pipeline looks; NULL: there is none. */
static int
check_together(const struct l2fwd_args *args, const char *shaping, struct l2fwd_err *err)
{
	if (args->config != NULL && shaping != NULL)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: with --config the file says this; take the option away", shaping);
	if (args->config != NULL)
		return 0;
	if (args->check || args->graph)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: it looks at a file; give one with --config FILE",
		    args->check ? "--check" : "--graph");
	if (args->mask == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p: not given behind the \"--\"; say which ethdevs to use, -p 3 means ethdevs 0 and 1");
	for (unsigned int i = 0; i < 2 * args->npairs; i++) {
		unsigned int ethdev = args->pair[i / 2][i % 2];

		if (ethdev >= 64 || (args->mask >> ethdev & 1) == 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--portmap: ethdev %u is not in -p 0x%" PRIx64 "; "
			    "set its bit, or leave it out of the map",
			    ethdev, args->mask);
	}
	return 0;
}

enum {
	OPT_MAC_UPDATING = 256,
	OPT_NO_MAC_UPDATING,
	OPT_PORTMAP,
	OPT_MODE,
	OPT_CONFIG,
	OPT_CHECK,
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
    {"config", required_argument, NULL, OPT_CONFIG},
    {"check", no_argument, NULL, OPT_CHECK},
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
		return parse_mask(args, optarg, err);
	case 'q':
		return parse_range(&args->group, "-q", optarg, 1, L2FWD_MAX_GROUP, err);
	case 'T':
		return parse_range(&args->period, "-T", optarg, 0, L2FWD_MAX_PERIOD, err);
	case OPT_PORTMAP:
		return parse_portmap(args, optarg, err);
	case OPT_MODE:
		return parse_mode(args, optarg, err);
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
	default:
		return NULL;
	}
}

int
l2fwd_args_parse(
    struct l2fwd_args *args, enum l2fwd_wish *wish, int argc, char **argv, struct l2fwd_err *err)
{
	struct l2fwd_args a = {.group = 1, .period = 10, .mode = L2FWD_RTC, .mac_update = true};
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
	if (check_together(&a, shaping, err) < 0)
		return -1;
	*args = a;
	return 0;
}
