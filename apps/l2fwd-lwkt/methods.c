/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be asked by the control socket, and the socket itself: --control. Whoever adds a method
 * says so in docs/reference/rpc.md.
 *
 * All of it runs on the main lcore, which owns the pipeline: what a method does needs no lock, and a
 * method may call whatever the main lcore may.
 */
#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_log.h>
#include <rte_version.h>

#include "capture.h"
#include "control.h"
#include "ending.h"
#include "stats.h"
#include "trace.h"

#define FILE_NAME "lwkt_control" /* in EAL's runtime directory */

static_assert(L2FWD_CONTROL_FDS == CONTROL_FDS, "the same");

static struct control control = {.co_fd = -1};
static struct l2fwd *served; /* the program's; set once */

/*
 * What it counts
 */

static json_t *
ask_stats(struct rpc_call *call, const json_t *params)
{
	struct control_client *cc = call->rc_context;

	(void)params;
	return l2fwd_stats_ask(served, (struct l2fwd_snapshot **)&cc->cc_own);
}

static json_t *
ask_clear(struct rpc_call *call, const json_t *params)
{
	(void)call;
	(void)params;
	l2fwd_stats_clear(served);
	return json_true();
}

static json_t *
ask_health(struct rpc_call *call, const json_t *params)
{
	(void)call;
	(void)params;
	return l2fwd_health(served);
}

/* The share of an output: how many buckets lead there, and what has passed them. */
static json_t *
balance_outputs(const struct lwkt_stage *st, const struct lwkt_bucket_stats *buckets)
{
	json_t *array = json_array();

	for (unsigned int o = 0; o < st->st_nouts; o++) {
		uint64_t packets = 0;
		unsigned int n = 0;

		for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
			n += buckets[b].bs_output == o;
			packets += buckets[b].bs_output == o ? buckets[b].bs_packets : 0;
		}
		json_array_append_new(
		    array, json_pack("{s:s, s:i, s:i, s:I}", "to", st->st_out[o].ed_to->st_name,
		               "lcore", (int)st->st_out[o].ed_to->st_lcore, "buckets", (int)n,
		               "packets", (json_int_t)packets));
	}
	return array;
}

static json_t *
ask_balance(struct rpc_call *call, const json_t *params)
{
	const struct lwkt_pipeline *pl = served->fw_pipeline;
	json_t *stages = json_array();

	(void)call;
	(void)params;
	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);
		struct lwkt_bucket_stats buckets[LWKT_BUCKETS];

		if (lwkt_dispatch_buckets(st, buckets) == 0)
			json_array_append_new(stages, json_pack("{s:s, s:o}", "stage", st->st_name,
			                                  "outputs", balance_outputs(st, buckets)));
	}
	return json_pack(
	    "{s:I, s:o}", "moved", (json_int_t)served->fw_moved, "distributors", stages);
}

/*
 * What runs
 */

/* The lines of a text, which is freed. */
static json_t *
lines_of(char *text)
{
	json_t *array = json_array();
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL || *line != '\0')
			json_array_append_new(array, json_string(line));
	free(text);
	return array;
}

static json_t *
ask_config(struct rpc_call *call, const json_t *params)
{
	const char *file = served->fw_args.config;
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);

	(void)params;
	if (f == NULL)
		return rpc_refuse(call, RPC_INTERNAL, "config: no memory");
	lwkt_pipeline_file_print(served->fw_file, f);
	if (fclose(f) != 0) {
		free(text);
		return rpc_refuse(call, RPC_INTERNAL, "config: no memory");
	}
	return json_pack("{s:s, s:s, s:i, s:s?, s:o}", "version", LWKT_VERSION, "dpdk",
	    rte_version(), "pid", (int)getpid(), "file", file, "plan", lines_of(text));
}

/*
 * Events
 */

static json_t *
ask_events(struct rpc_call *call, const json_t *params)
{
	static struct lwkt_event events[LWKT_EVENTS_KEPT];
	json_int_t after = json_integer_value(json_object_get(params, "after"));
	json_t *array;
	unsigned int n;

	if (after < 0)
		return rpc_refuse(call, RPC_PARAMS, "events: after: below 0; give a number");
	n = lwkt_events((uint64_t)after, events, LWKT_EVENTS_KEPT);
	array = json_array();
	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(
		    array, json_pack("{s:I, s:f, s:s, s:s, s:I}", "number",
		               (json_int_t)events[i].ev_number, "time",
		               (double)(events[i].ev_time_ns / 1000000) / 1e3, "event",
		               lwkt_event_name(events[i].ev_kind), "text", events[i].ev_text,
		               "held", (json_int_t)events[i].ev_held));
	return array;
}

/*
 * Log levels
 */

/* Those types that match. DPDK has no call that lists them but the one that prints. */
static json_t *
log_types(const char *pattern)
{
	json_t *array = json_array();
	char *text = NULL, *rest, *line;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);
	bool all = f != NULL;

	if (f != NULL) {
		rte_log_dump(f);
		all = fclose(f) == 0;
	}
	rest = all ? text : NULL;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char type[128], level[32];

		if (sscanf(line, "id %*d: %127[^,], level is %31s", type, level) == 2 &&
		    fnmatch(pattern, type, 0) == 0)
			json_array_append_new(
			    array, json_pack("{s:s, s:s}", "type", type, "level", level));
	}
	free(text);
	return array;
}

static json_t *
ask_log(struct rpc_call *call, const json_t *params)
{
	const char *type = json_string_value(json_object_get(params, "type"));
	const char *level = json_string_value(json_object_get(params, "level"));
	const char *pattern = type != NULL ? type : "*";
	json_t *types = log_types(pattern);
	uint32_t i = RTE_LOG_EMERG;

	if (json_array_size(types) == 0) {
		json_decref(types);
		return rpc_refuse(
		    call, RPC_PARAMS, "type: none is called '%.64s'; 'log' lists them", pattern);
	}
	if (level == NULL)
		return types;
	json_decref(types);
	while (i <= RTE_LOG_MAX && strcmp(l2fwd_log_levels[i], level) != 0)
		i++;
	if (i > RTE_LOG_MAX)
		return rpc_refuse(call, RPC_PARAMS,
		    "level: '%.64s' is none; say error, warning, notice, info or debug", level);
	rte_log_set_level_pattern(pattern, i);
	return log_types(pattern);
}

static const struct rpc_method methods[] = {
    {"balance", "each distributor's share of buckets and packets by output", ask_balance, {{NULL}}},
    {"capture", "packets as pcapng: they follow the answer, up to the connection's end",
        capture_ask,
        {{"stage", "of this one", JSON_STRING, false},
            {"ethdev", "or of this one, by its number", JSON_INTEGER, false},
            {"points", "in, out, drop, with commas between", JSON_STRING, false},
            {"filter", "only those; as pcap-filter(7)", JSON_STRING, false},
            {"count", "at most so many", JSON_INTEGER, false},
            {"milliseconds", "for so long at most", JSON_INTEGER, false}}},
    {"captured", "what the last capture has, or had", captured_ask, {{NULL}}},
    {"clear", "counters that stats shows begin anew; the account does not", ask_clear, {{NULL}}},
    {"config", "what runs: version, file and plan", ask_config, {{NULL}}},
    {"events", "what has happened, the last 256", ask_events,
        {{"after", "only those with a higher number", JSON_INTEGER, false}}},
    {"health", "is it well, and if not, why", ask_health, {{NULL}}},
    {"log", "log types and their levels; with level, set them", ask_log,
        {{"type", "of which, with * and ?", JSON_STRING, false},
            {"level", "the new one", JSON_STRING, false}}},
    {"stats", "the counters, as --stats-json has them; rates since the connection's last stats",
        ask_stats, {{NULL}}},
    {"trace", "follow packets: begin; at a stage it chooses some", trace_ask,
        {{"stage", "of those that come to it", JSON_STRING, true},
            {"filter", "only those; as pcap-filter(7)", JSON_STRING, false},
            {"count", "so many, at most 1000; 50", JSON_INTEGER, false},
            {"milliseconds", "for so long at most; 10000", JSON_INTEGER, false}}},
    {"trace_end", "end the trace now", trace_end_ask, {{NULL}}},
    {"traced", "the last trace: is it over, and if it is, each packet's way", traced_ask, {{NULL}}},
    {NULL, NULL, NULL, {{NULL}}},
};

/*
 * The socket
 */

/* --control's, or the one in EAL's directory. */
static const char *
socket_path(const struct l2fwd_args *args)
{
	static char path[PATH_MAX];

	if (args->control != NULL)
		return args->control;
	snprintf(path, sizeof(path), "%s/" FILE_NAME, rte_eal_get_runtime_dir());
	return path;
}

int
l2fwd_control_open(struct l2fwd *fw, struct l2fwd_err *err)
{
	const struct l2fwd_args *args = &fw->fw_args;
	const char *path = socket_path(args);
	int rc;

	if (args->control != NULL && strcmp(args->control, "none") == 0)
		return 0;
	served = fw;
	capture_open(fw);
	trace_open(fw);
	rc = control_open(&control, path, args->control_group, methods);
	if (rc == 0 || args->control != NULL || args->control_group != NULL)
		return rc == 0 ? 0
		               : l2fwd_refuse(err, L2FWD_EXIT_ENV,
		                     "--control %.160s: %s; name another one, or none", path,
		                     rc == -ENOENT && args->control_group != NULL
		                         ? "no such directory or group"
		                         : strerror(-rc));
	printf("warning: no control socket %s (%s); --control names another one\n", path,
	    strerror(-rc));
	return 0;
}

void
l2fwd_control_close(void)
{
	control_close(&control);
	trace_close();
	capture_close();
}

void
l2fwd_control_leave(void)
{
	if (control.co_fd >= 0)
		unlink(control.co_path);
}

unsigned int
l2fwd_control_fds(struct pollfd *fds)
{
	return control_fds(&control, fds);
}

void
l2fwd_control_serve(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	capture_look();
	trace_look();
	control_serve(&control, (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}
