/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line: a table of options, the values that only this program has, and what does not
 * go together. docs/lwkt-l2fwd.8.scd says the same at length.
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "args.h"
#include "options.h"
#include "output.h"

#define HELP_COLUMN 25

int
l2fwd_refuse(struct l2fwd_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	output_plain(err->text);
	return -1;
}

/*
 * --portmap (A,B)[,(C,D)]...
 */

static bool
portmap_has(const struct l2fwd_args *args, unsigned int ethdev)
{
	for (unsigned int i = 0; i < args->npairs; i++)
		if (args->pair[i][0] == ethdev || args->pair[i][1] == ethdev)
			return true;
	return false;
}

static int
portmap_add(
    struct l2fwd_args *args, const char *text, const unsigned int pair[2], struct opt_parsed *pa)
{
	bool twice0 = portmap_has(args, pair[0]);

	if (twice0 || portmap_has(args, pair[1]) || pair[0] == pair[1])
		return opt_refuse(pa, "--portmap %s: ethdev %u is named twice; name each once",
		    text, pair[twice0 ? 0 : 1]);
	if (args->npairs == L2FWD_MAX_PAIRS)
		return opt_refuse(
		    pa, "--portmap %s: more than %u pairs; give fewer", text, L2FWD_MAX_PAIRS);
	args->pair[args->npairs][0] = (uint16_t)pair[0];
	args->pair[args->npairs][1] = (uint16_t)pair[1];
	args->npairs++;
	return 0;
}

/* Scan "(A)" or "(A,B)" and move *at behind it. @return how many ethdevs it names, 0: malformed. */
static unsigned int
portmap_scan(const char **at, unsigned int pair[2])
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
portmap_parse(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	struct l2fwd_args *args = opt->op_value;
	const char *at = text;

	args->npairs = 0;
	do {
		unsigned int pair[2];
		unsigned int members = portmap_scan(&at, pair);

		if (members == 0 || (*at != ',' && *at != '\0'))
			return opt_refuse(pa,
			    "--portmap %s: not a list of pairs of ethdevs; write (0,1) or "
			    "(0,1),(2,3)",
			    text);
		if (members == 1)
			return opt_refuse(pa,
			    "--portmap %s: ethdev %u has no partner; name pairs, as (0,1)", text,
			    pair[0]);
		if (portmap_add(args, text, pair, pa) != 0)
			return OPT_REFUSED;
	} while (*at++ == ',');
	return 0;
}

/*
 * --mtu BYTES or --mtu N=BYTES[,N=BYTES]...
 */

/* @return a number below 100,000 and *at behind it; -1: there is none. */
static long
mtu_number(const char **at)
{
	long v = 0;

	if (!isdigit((unsigned char)**at))
		return -1;
	while (isdigit((unsigned char)**at) && v < 10000)
		v = v * 10 + (*(*at)++ - '0');
	return isdigit((unsigned char)**at) ? -1 : v;
}

/* The MTU of all, or of one ethdev. Another one for the same is refused. */
static int
mtu_set(uint16_t *mtu, long bytes, const char *text, struct opt_parsed *pa)
{
	if (*mtu != 0 && *mtu != bytes)
		return opt_refuse(pa,
		    "--mtu %s: %u bytes are given already; give one size for each ethdev", text,
		    *mtu);
	*mtu = (uint16_t)bytes;
	return 0;
}

static int
mtu_parse(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	struct l2fwd_args *args = opt->op_value;
	const char *at = text;
	long ethdev = mtu_number(&at), bytes = ethdev;
	bool all = *at == '\0';

	for (;; ethdev = mtu_number(&at)) {
		if (!all && ethdev >= 0 && ethdev < L2FWD_MAX_ETHDEVS && *at == '=') {
			at++;
			bytes = mtu_number(&at);
		} else if (!all) {
			break;
		}
		if (bytes < L2FWD_MIN_MTU || bytes > L2FWD_MAX_MTU || (*at != ',' && *at != '\0'))
			break;
		if (mtu_set(all ? &args->mtu : &args->mtu_of[ethdev], bytes, text, pa) != 0)
			return OPT_REFUSED;
		if (*at++ == '\0')
			return 0;
	}
	return opt_refuse(pa,
	    "--mtu %s: not bytes, %u to %u, nor a list of ethdevs and bytes; write 9000, or "
	    "0=9000,1=1500",
	    text, L2FWD_MIN_MTU, L2FWD_MAX_MTU);
}

static int
metrics_parse(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	struct l2fwd_args *args = opt->op_value;

	args->metrics = text;
	if (l2fwd_place_read(text, &args->metrics_at) == 0)
		return 0;
	return opt_refuse(pa,
	    "--metrics %.160s: no place to listen; say ADDR:PORT, as 127.0.0.1:9464, or unix:PATH",
	    text);
}

static int
control_parse(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	struct l2fwd_args *args = opt->op_value;
	struct l2fwd_place at;

	args->control = text;
	if (l2fwd_place_unix(text, &at) == 0)
		return 0;
	return opt_refuse(pa,
	    "--control %.160s: no socket can have that path; give a shorter one, or none", text);
}

/* --plugin FILE, once or more. */
static int
plugin_parse(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	struct l2fwd_args *args = opt->op_value;

	if (text[0] == '\0')
		return opt_refuse(pa, "--plugin takes the name of a shared object, not ''");
	if (args->nplugins == L2FWD_MAX_PLUGINS)
		return opt_refuse(pa, "--plugin %s: more than %u; name them in a file's plugins",
		    text, L2FWD_MAX_PLUGINS);
	args->plugin[args->nplugins++] = text;
	return 0;
}

/*
 * Options that are right one by one, and whether they go together
 */

/* shaping: the first option that says how the pipeline looks; "": there is none. */
static int
args_check(const struct l2fwd_args *args, const char *shaping, struct l2fwd_err *err)
{
	if (args->config != NULL && *shaping != '\0')
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: with --config the file says this; take the option away", shaping);
	if (args->config != NULL)
		return 0;
	if (args->mask == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p: not given behind the \"--\"; say which ethdevs to use, -p 3 means ethdevs "
		    "0 and 1");
	for (unsigned int i = 0; i < 2 * args->npairs; i++) {
		unsigned int ethdev = args->pair[i / 2][i % 2];

		if (ethdev >= 64 || (args->mask >> ethdev & 1) == 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--portmap: ethdev %u is not in -p 0x%" PRIx64 "; "
			    "set its bit, or leave it out of the map",
			    ethdev, args->mask);
	}
	for (unsigned int i = 0; i < L2FWD_MAX_ETHDEVS; i++)
		if (args->mtu_of[i] != 0 && (args->mask >> i & 1) == 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--mtu: ethdev %u is not in -p 0x%" PRIx64 "; "
			    "set its bit, or leave it out",
			    i, args->mask);
	return 0;
}

/*
 * The table. Rows with op_mark say how the pipeline looks, which a file says, too.
 */

const char *const l2fwd_checksums_words[] = {[L2FWD_CHECKSUMS_AUTO] = "auto",
    [L2FWD_CHECKSUMS_COMPLETE] = "complete",
    [L2FWD_CHECKSUMS_LEAVE] = "leave",
    NULL};
static const char *const mode_words[] = {[L2FWD_RTC] = "rtc", [L2FWD_PIPELINE] = "pipeline", NULL};
/* From L2FWD_IDLE_POLL on: the default has no word. */
static const char *const idle_words[] = {"poll", "pause", "sleep", "interrupt", NULL};

static const char *const log_words[] = {[L2FWD_LOG_TEXT] = "text", [L2FWD_LOG_JSON] = "json", NULL};
static const char *const cycles_words[] = {"sample", "off", "all", NULL};
static const unsigned int cycles_of[] = {L2FWD_CYCLES_SAMPLE, 0, 1};

#define PIPELINE_ROWS 16
#define RUN_ROWS      24
#define ROWS          (PIPELINE_ROWS + RUN_ROWS)

/* What is a word on the command line. */
struct words {
	unsigned int mode, idle, checksums, wish, cycles;
};
#define IDLE_NONE (L2FWD_IDLE_INTERRUPT + 1u) /* not given */

/* What says how the pipeline looks. */
static unsigned int
args_pipeline_rows(struct l2fwd_args *a, struct words *wo, struct opt *rows)
{
	/* clang-format off */
	const struct opt table[] = {
	    {"", "PORTMASK", "ethdevs to use, a bit each, in hex", OPT_MASK, &a->mask, 1,
	        UINT64_MAX, .op_letter = 'p', .op_mark = true},
	    {"", "NQ", "ethdevs per lcore (--mode rtc) or per three lcores\n"
	        "(--mode pipeline), 1..16; default 1",
	        OPT_UINT, &a->group, 1, L2FWD_MAX_GROUP, .op_letter = 'q', .op_mark = true},
	    {"", NULL, "promiscuous mode", OPT_FLAG, &a->promiscuous, .op_letter = 'P',
	        .op_mark = true},
	    {"mac-updating", NULL, "rewrite MAC addresses (the default)", OPT_FLAG, &a->mac_update,
	        .op_mark = true},
	    {"no-mac-updating", NULL, "leave packets as they are", OPT_CLEAR, &a->mac_update,
	        .op_mark = true},
	    {"portmap", "(A,B)[,...]",
	        "pairs of ethdevs that forward to each other; default: neighbours", OPT_OWN, a,
	        .op_mark = true, .op_parse = portmap_parse},
	    {"mode", "rtc|pipeline", "rx, forward, tx on one lcore (the default), or on one each",
	        OPT_WORD, &wo->mode, .op_words = mode_words, .op_mark = true},
	    {"rxq", "N", "rx queues per ethdev, 1..16; default: one for each worker", OPT_UINT,
	        &a->rxq, 1, L2FWD_MAX_QUEUES, .op_mark = true},
	    {"txq", "N", "tx queues per ethdev, the same", OPT_UINT, &a->txq, 1, L2FWD_MAX_QUEUES,
	        .op_mark = true},
	    {"mtu", "[N=]BYTES,...", "largest packet of all ethdevs, or of ethdev N; default 1500",
	        OPT_OWN_TWICE, a, .op_mark = true, .op_parse = mtu_parse},
	    {"checksums", "auto|complete|leave",
	        "those of TCP and UDP that the kernel leaves unfinished are completed\n"
	        "where an ethdev is an interface of the kernel's (the default), always,\nor never",
	        OPT_WORD, &wo->checksums, .op_words = l2fwd_checksums_words, .op_mark = true},
	    {"print-config", NULL, "print the pipeline file that the options come to, start nothing",
	        OPT_FLAG, &a->print_config, .op_mark = true},
	};
	/* clang-format on */

	static_assert(RTE_DIM(table) <= PIPELINE_ROWS, "room for all rows");
	memcpy(rows, table, sizeof(table));
	return RTE_DIM(table);
}

/* What says how it runs, and the end. */
static void
args_run_rows(struct l2fwd_args *a, struct words *wo, struct opt *rows)
{
	/* clang-format off */
	const struct opt table[] = {
	    {"", "PERIOD", "seconds between statistics, 0 for none, at most 86400; default 10",
	        OPT_WHOLE, &a->period, 0, L2FWD_MAX_PERIOD, .op_letter = 'T'},
	    {"stats-json", "FILE", "append the statistics to FILE as well, a JSON object a line",
	        OPT_STRING, &a->stats_json},
	    {"stats-bytes", NULL, "count bytes in each stage too, which takes time for each packet",
	        OPT_FLAG, &a->stats_bytes},
	    {"cycles", "off|sample|all",
	        "measure what stages cost: never, in one of 64 rounds (the default), always",
	        OPT_WORD, &wo->cycles, .op_words = cycles_words},
	    {"duration", "SECONDS", "end after so long, at most 31536000", OPT_WHOLE, &a->duration,
	        1, L2FWD_MAX_DURATION},
	    {"count", "PACKETS", "receive so many, no more, and end", OPT_UINT64, &a->count, 1,
	        INT64_MAX},
	    {"log", "FILE", "append what is printed to FILE instead", OPT_STRING, &a->log},
	    {"log-format", "text|json",
	        "log lines with time, level and subsystem; or all that is printed as JSON",
	        OPT_WORD, &a->log_format, .op_words = log_words},
	    {"control", "PATH|none", "the socket for lwkt-ctl; default: lwkt_control in EAL's directory",
	        OPT_OWN, a, .op_parse = control_parse},
	    {"control-group", "GROUP", "who is of GROUP may use that socket too", OPT_STRING,
	        &a->control_group},
	    {"metrics", "PLACE", "counters for Prometheus by HTTP at ADDR:PORT or unix:PATH",
	        OPT_OWN, a, .op_parse = metrics_parse},
	    {"link-wait", "SECONDS",
	        "wait so long for links at the start, at most 3600; default 9", OPT_WHOLE,
	        &a->link_wait, 0, L2FWD_MAX_LINK},
	    {"reprobe", "SECONDS",
	        "look for a device that has gone so often, 0 never, at most 3600;\ndefault 1", OPT_WHOLE,
	        &a->reprobe, 0, L2FWD_MAX_REPROBE},
	    {"idle", "poll|pause|sleep|interrupt",
	        "what an lcore without packets does; default pause", OPT_WORD, &wo->idle,
	        .op_words = idle_words},
	    {"config", "FILE", "the pipeline is in FILE, see lwkt-pipeline(5)", OPT_STRING,
	        &a->config},
	    {"plugin", "FILE", "load kinds of stages from a shared object, see lwkt-pipeline(5)",
	        OPT_OWN_TWICE, a, .op_parse = plugin_parse},
	    {"check", NULL, "only check options or FILE against devices and lcores, print what\n"
	        "would run and the sizes of pools, start nothing", OPT_FLAG, &a->check},
	    {"graph", NULL, "the same, and print the pipeline as Graphviz dot", OPT_FLAG,
	        &a->graph},
	    {"preflight", NULL, "check the machine too (hugepages, drivers, permissions, NUMA), say how\n"
	        "to mend what is wrong, start nothing; exit code 0 or 1", OPT_FLAG, &a->preflight},
	    {"keys", NULL, "list what may stand in FILE and end", OPT_STOP, &wo->wish, L2FWD_KEYS},
	    {"version", NULL, "print the version and end", OPT_STOP, &wo->wish, L2FWD_VERSION},
	    OPTION_END,
	};
	/* clang-format on */

	static_assert(RTE_DIM(table) <= RUN_ROWS, "room for all rows");
	memcpy(rows, table, sizeof(table));
}

/* The rows for one set of arguments. */
static void
args_table(struct l2fwd_args *a, struct words *wo, struct opt rows[ROWS])
{
	args_run_rows(a, wo, rows + args_pipeline_rows(a, wo, rows));
}

void
l2fwd_args_help(FILE *out)
{
	struct l2fwd_args args;
	struct words words;
	struct opt rows[ROWS];

	args_table(&args, &words, rows);
	fputs("usage: lwkt-l2fwd [EAL options] -- -p PORTMASK [options]\n"
	      "       lwkt-l2fwd [EAL options] -- --config FILE [options]\n",
	    out);
	opt_help(rows, HELP_COLUMN, out);
	fputs("SIGINT, SIGTERM, SIGQUIT or SIGUSR2 ends it too: packets under way are sent, and "
	      "the account is\n"
	      "printed; a second one does not wait for them. SIGUSR1: statistics now. SIGHUP: open "
	      "the files\n"
	      "again.\n"
	      "EAL options: \"lwkt-l2fwd --help --\" lists them.\n",
	    out);
}

int
l2fwd_args_parse(
    struct l2fwd_args *args, enum l2fwd_wish *wish, int argc, char **argv, struct l2fwd_err *err)
{
	struct l2fwd_args a = {.group = 1,
	    .period = 10,
	    .mac_update = true,
	    .link_wait = L2FWD_LINK_WAIT,
	    .reprobe = 1};
	struct opt_parsed pa = {.pa_program = "lwkt-l2fwd"};
	struct words words = {L2FWD_RTC, IDLE_NONE, L2FWD_CHECKSUMS_AUTO, L2FWD_RUN, 0};
	struct opt rows[ROWS];
	int rc;

	args_table(&a, &words, rows);
	rc = opt_parse(rows, argc, argv, &pa);
	if (rc == OPT_REFUSED)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE, "%s", pa.pa_error);
	*wish = rc == OPT_HELP ? L2FWD_HELP : (enum l2fwd_wish)words.wish;
	if (rc != OPT_OK) {
		*args = a; /* --keys: with the plugins before it */
		return 0;
	}
	a.mode = (enum l2fwd_mode)words.mode;
	a.checksums = (enum l2fwd_checksums)words.checksums;
	a.cycles = cycles_of[words.cycles];
	if (words.idle != IDLE_NONE)
		a.idle = (enum l2fwd_idle)(L2FWD_IDLE_POLL + words.idle);
	if (args_check(&a, pa.pa_marked, err) < 0)
		return -1;
	*args = a;
	return 0;
}
