/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-ctl: ask a running lwkt-l2fwd. A command is a row of a table: its method, what it may be
 * given, and who shows the answer.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "options.h"
#include "output.h"

#define HELP_COLUMN 25
#define TOP_MS      1000

static const char *socket_path;
static bool as_json;
static unsigned int timeout_ms = 5000, interval_ms, stop_at;
static struct arg_list words;
static const struct capture_want nothing = {.cw_ethdev = UINT_MAX};
static struct capture_want want = {.cw_ethdev = UINT_MAX};

enum { STOP_NONE, STOP_VERSION };

/* The words first: opt_parse() wants them there. */
static const struct opt options[] = {
    {"", "COMMAND [ARGUMENT]", "", OPT_ARGUMENTS, &words},
    {"socket", "PATH", "the program to ask; default: the only one that runs", OPT_STRING,
        &socket_path},
    {"json", NULL, "the answer as JSON, a line each", OPT_FLAG, &as_json},
    {"timeout", "SECONDS", "for an answer, at most 60; default 5", OPT_SECONDS, &timeout_ms, 1,
        60000},
    {"interval", "SECONDS",
        "stats, top: rates over so long, at most 3600;\n"
        "default: since the start, or since clear; of top 1",
        OPT_SECONDS, &interval_ms, 10, 3600000},
    {"stage", "NAME", "capture, trace: at this stage", OPT_STRING, &want.cw_stage},
    {"ethdev", "N", "capture: or what this ethdev receives and sends", OPT_UINT, &want.cw_ethdev, 0,
        65535},
    {"in", NULL, "capture: packets that come; of a stage the default", OPT_FLAG, &want.cw_in},
    {"out", NULL, "capture: packets that leave; of an ethdev both are the default", OPT_FLAG,
        &want.cw_out},
    {"drop", NULL, "capture: packets that are dropped", OPT_FLAG, &want.cw_drop},
    {"filter", "EXPRESSION", "capture, trace: those only; see pcap-filter(7)", OPT_STRING,
        &want.cw_filter},
    {"count", "N", "capture, trace: at most so many packets; top: so many times", OPT_UINT64,
        &want.cw_count, 1, INT64_MAX},
    {"seconds", "SECONDS", "capture, trace: for so long, at most 86400", OPT_SECONDS, &want.cw_ms,
        1, 86400000},
    {"write", "FILE", "capture: to this file; -: to standard output", OPT_STRING, &want.cw_write,
        .op_letter = 'w'},
    {"version", NULL, "print the version and end", OPT_STOP, &stop_at, STOP_VERSION},
    OPTION_END,
};

struct command {
	const char *cm_name, *cm_help;
	const char *cm_method; /* NULL: capture, trace and top, which have files of their own */
	void (*cm_show)(const json_t *answer);
	const char *cm_params[2]; /* what its arguments are */
	unsigned int cm_needed;   /* so many of these */
};

static const struct command commands[] = {
    {"stats", "counters and rates", "stats", show_stats, {NULL}, 0},
    {"capture", "packets of a stage or ethdev, as pcapng, to -w FILE", NULL, NULL, {NULL}, 0},
    {"trace", "the way of single packets from --stage on", NULL, NULL, {NULL}, 0},
    {"top", "counters and rates, again each second", NULL, NULL, {NULL}, 0},
    {"events", "what has happened", "events", show_events, {NULL}, 0},
    {"config", "what runs", "config", show_config, {NULL}, 0},
    {"log", "[TYPE [LEVEL]]: levels of log types; with LEVEL, set them", "log", show_log,
        {"type", "level"}, 0},
    {"clear", "counters that stats shows begin anew", "clear", NULL, {NULL}, 0},
    {"balance", "distributors: buckets and packets by output", "balance", show_balance, {NULL}, 0},
    {"health", "is it well? exit code 0 or 1", "health", show_health, {NULL}, 0},
    {"methods", "what the socket answers", "rpc.discover", show_methods, {NULL}, 0},
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(void)
{
	printf("usage: lwkt-ctl [options] COMMAND [ARGUMENT]...\n\n"
	       "Ask a running lwkt-l2fwd.\n\ncommands:\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  %-*s%s\n", HELP_COLUMN - 2, commands[i].cm_name, commands[i].cm_help);
	printf("\noptions:\n");
	opt_help(options + 1, HELP_COLUMN, stdout);
}

static int
ctl_refuse(const char *text, const char *what)
{
	output_error("lwkt-ctl: %s%s%s; 'lwkt-ctl --help' lists commands\n", what,
	    *what != '\0' ? ": " : "", text);
	return CTL_USAGE;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].cm_name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
print_json(const json_t *answer)
{
	json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	printf("\n");
}

/* The arguments by their names. */
static json_t *
params_of(const struct command *cm)
{
	json_t *params = json_object();

	for (unsigned int i = 1; i < words.al_n; i++)
		json_object_set_new(params, cm->cm_params[i - 1], json_string(words.al_text[i]));
	return params;
}

static json_t *
ask(struct ctl *ct, const struct command *cm)
{
	const struct timespec nap = {interval_ms / 1000, (long)(interval_ms % 1000) * 1000000};
	json_t *answer;

	if (interval_ms != 0) {
		answer = ctl_ask(ct, cm->cm_method, NULL);
		if (answer == NULL)
			return NULL;
		json_decref(answer);
		nanosleep(&nap, NULL);
	}
	return ctl_ask(ct, cm->cm_method, params_of(cm));
}

static int
run_packets(const struct command *cm)
{
	struct ctl ct = {.ct_fd = -1, .ct_timeout_ms = (int)timeout_ms};
	bool traces = strcmp(cm->cm_name, "trace") == 0;
	int code;

	if (traces && (want.cw_write != NULL || want.cw_ethdev != UINT_MAX || want.cw_in ||
	                  want.cw_out || want.cw_drop))
		return ctl_refuse(
		    "it takes --stage, --filter, --count and --seconds only", cm->cm_name);
	if (traces && want.cw_stage == NULL)
		return ctl_refuse("--stage NAME is missing", cm->cm_name);
	if (!traces && want.cw_write == NULL)
		return ctl_refuse("-w FILE is missing", cm->cm_name);
	code = traces ? trace_run(&ct, socket_path, &want, as_json)
	              : capture_run(&ct, socket_path, &want);
	if (code != 0)
		output_error("lwkt-ctl: %s\n", ct.ct_error);
	return code;
}

static int
run_top(const struct command *cm)
{
	struct ctl ct = {.ct_fd = -1, .ct_timeout_ms = (int)timeout_ms};
	uint64_t count = want.cw_count;
	int code;

	want.cw_count = 0;
	if (memcmp(&want, &nothing, sizeof(want)) != 0 || as_json)
		return ctl_refuse("it takes --interval and --count only", cm->cm_name);
	code = top_run(&ct, socket_path, interval_ms != 0 ? interval_ms : TOP_MS, count);
	if (code != 0)
		output_error("lwkt-ctl: %s\n", ct.ct_error);
	return code;
}

static int
run(const struct command *cm)
{
	struct ctl ct = {.ct_fd = -1, .ct_timeout_ms = (int)timeout_ms};
	json_t *answer = ctl_connect(&ct, socket_path) == 0 ? ask(&ct, cm) : NULL;
	int code = 0;

	ctl_close(&ct);
	if (answer == NULL) {
		output_error("lwkt-ctl: %s\n", ct.ct_error);
		return ct.ct_code;
	}
	if (as_json)
		print_json(answer);
	else if (cm->cm_show != NULL)
		cm->cm_show(answer);
	if (json_is_false(json_object_get(answer, "healthy")))
		code = CTL_FAILED;
	json_decref(answer);
	return code;
}

static int
run_words(void)
{
	const struct command *cm = find_command(words.al_text[0]);
	unsigned int nparams = 0;

	if (cm == NULL)
		return ctl_refuse("no such command", words.al_text[0]);
	while (nparams < 2 && cm->cm_params[nparams] != NULL)
		nparams++;
	if (words.al_n - 1 > nparams)
		return ctl_refuse("too many arguments", cm->cm_name);
	if (words.al_n - 1 < cm->cm_needed)
		return ctl_refuse("an argument is missing", cm->cm_name);
	for (unsigned int i = 1; i < words.al_n; i++)
		if (*words.al_text[i] == '\0')
			return ctl_refuse("an argument is empty", cm->cm_name);
	if (strcmp(cm->cm_name, "top") == 0)
		return run_top(cm);
	if (interval_ms != 0 && strcmp(cm->cm_name, "stats") != 0)
		return ctl_refuse("it has no --interval", cm->cm_name);
	if (cm->cm_method == NULL)
		return run_packets(cm);
	if (memcmp(&want, &nothing, sizeof(want)) != 0)
		return ctl_refuse(
		    "it captures nothing: take the options of capture away", cm->cm_name);
	return run(cm);
}

int
main(int argc, char **argv)
{
	struct opt_parsed pa = {.pa_program = "lwkt-ctl"};
	int rc = opt_parse(options, argc, argv, &pa), code = 0;

	if (argc == 1)
		code = ctl_refuse("no command", "");
	else if (rc == OPT_REFUSED) {
		output_error("lwkt-ctl: %s\n", pa.pa_error);
		code = CTL_USAGE;
	} else if (rc == OPT_HELP)
		print_help();
	else if (rc == OPT_STOPPED)
		printf("lwkt-ctl %s\n", LWKT_VERSION);
	else
		code = run_words();
	return output_end("lwkt-ctl", code);
}
