/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --metrics: counters for Prometheus and its like, by HTTP (libmicrohttpd), served by the main lcore
 * while it waits in its rounds, as the control socket. docs/guides/monitor.md names all of them.
 *
 * They run on from the start, and nobody clears them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>
#include <rte_cycles.h>
#include <rte_version.h>

#include "stats.h"

#define CLIENTS 8  /* one more is not accepted */
#define SLOW_S  10 /* for a request, or to read an answer */
#define BACKLOG 16
#define TYPE    "text/plain; version=0.0.4; charset=utf-8"
#define NOTHING "only GET /metrics\n"

static struct MHD_Daemon *http;
static const struct l2fwd *served;
static const char *unix_path; /* of unix:PATH; NULL: none */

/*
 * The text
 */

static void
put_family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value; before: "{" or ",". */
static void
put_label(FILE *f, const char *before, const char *label, const char *value)
{
	fprintf(f, "%s%s=\"", before, label);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', f);
		fputc(*value, f);
	}
	fputc('"', f);
}

static void
put_count(FILE *f, uint64_t count)
{
	fprintf(f, "} %" PRIu64 "\n", count);
}

static void
put_account(FILE *f)
{
	struct lwkt_account ac;

	lwkt_pipeline_account(served->fw_pipeline, &ac);
	put_family(f, "lwkt_packets_total", "counter",
	    "Packets of the pipeline; received is the sum of the others and those held.");
	fprintf(f,
	    "lwkt_packets_total{account=\"received\"} %" PRIu64
	    "\nlwkt_packets_total{account=\"transmitted\"} %" PRIu64
	    "\nlwkt_packets_total{account=\"consumed\"} %" PRIu64
	    "\nlwkt_packets_total{account=\"merged\"} %" PRIu64
	    "\nlwkt_packets_total{account=\"dropped\"} %" PRIu64 "\n",
	    ac.ac_received, ac.ac_transmitted, ac.ac_consumed, ac.ac_merged, ac.ac_dropped);
	put_family(f, "lwkt_held_packets", "gauge", "Packets in the pipeline now.");
	fprintf(f, "lwkt_held_packets %" PRIu64 "\n", ac.ac_held);
}

static void
put_stage_labels(FILE *f, const char *name, const struct lwkt_stage *st)
{
	char lcore[16];

	snprintf(lcore, sizeof(lcore), "%u", st->st_lcore);
	fputs(name, f);
	put_label(f, "{", "stage", st->st_name);
	put_label(f, ",", "kind", st->st_kind->sk_name);
	put_label(f, ",", "lcore", lcore);
}

static void
put_stages(FILE *f, const struct l2fwd_snapshot *shot, const char *name, const char *help,
    uint64_t (*count)(const struct lwkt_stage_stats *ss))
{
	put_family(f, name, "counter", help);
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		put_stage_labels(f, name, lwkt_pipeline_stage(served->fw_pipeline, i));
		put_count(f, count(&shot->sn_stage[i]));
	}
}

static uint64_t
stage_out(const struct lwkt_stage_stats *ss)
{
	return ss->ss_out + ss->ss_sent;
}

static uint64_t
stage_calls(const struct lwkt_stage_stats *ss)
{
	return ss->ss_bursts;
}

static void
put_drops(FILE *f, const struct l2fwd_snapshot *shot)
{
	put_family(f, "lwkt_drops_total", "counter", "Packets dropped, by stage and reason.");
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(served->fw_pipeline, i);
		const char *reason;
		uint64_t latest;

		for (unsigned int d = 0;
		     d < L2FWD_STATS_DROPS &&
		     (reason = l2fwd_drop(st, &shot->sn_stage[i], d, &latest)) != NULL;
		     d++) {
			fputs("lwkt_drops_total", f);
			put_label(f, "{", "stage", st->st_name);
			put_label(f, ",", "reason", reason);
			put_count(f, shot->sn_drop[i][d]);
		}
	}
}

/*
 * Of each ethdev a counter in struct rte_eth_stats; and where a queue has it in struct
 * l2fwd_queue_stats, of rx queues or of tx queues.
 */
enum queues { QUEUES_NONE, QUEUES_RX, QUEUES_TX };

static const struct ethdev_counter {
	const char *ec_name, *ec_help;
	size_t ec_at;
	enum queues ec_queues;
	size_t ec_queue_at;
} ethdev_counters[] = {
    {"lwkt_ethdev_rx_packets_total", "Packets that the device received.",
        offsetof(struct rte_eth_stats, ipackets), QUEUES_RX,
        offsetof(struct l2fwd_queue_stats, qs_packets)},
    {"lwkt_ethdev_rx_bytes_total", "Bytes of these.", offsetof(struct rte_eth_stats, ibytes),
        QUEUES_RX, offsetof(struct l2fwd_queue_stats, qs_bytes)},
    {"lwkt_ethdev_tx_packets_total", "Packets that the device transmitted.",
        offsetof(struct rte_eth_stats, opackets), QUEUES_TX,
        offsetof(struct l2fwd_queue_stats, qs_packets)},
    {"lwkt_ethdev_tx_bytes_total", "Bytes of these.", offsetof(struct rte_eth_stats, obytes),
        QUEUES_TX, offsetof(struct l2fwd_queue_stats, qs_bytes)},
    {"lwkt_ethdev_rx_missed_total", "Lost by the device for want of a free descriptor.",
        offsetof(struct rte_eth_stats, imissed), QUEUES_NONE, 0},
    {"lwkt_ethdev_rx_errors_total", "Received in error.", offsetof(struct rte_eth_stats, ierrors),
        QUEUES_NONE, 0},
    {"lwkt_ethdev_tx_errors_total", "Not transmitted for an error.",
        offsetof(struct rte_eth_stats, oerrors), QUEUES_NONE, 0},
    {"lwkt_ethdev_rx_nombuf_total", "Lost because the pool was empty.",
        offsetof(struct rte_eth_stats, rx_nombuf), QUEUES_NONE, 0},
};

static uint64_t
counter_at(const void *stats, size_t at)
{
	uint64_t count;

	memcpy(&count, (const char *)stats + at, sizeof(count));
	return count;
}

/* queue: below 0: of the device as a whole. */
static void
put_ethdev_count(FILE *f, const char *name, uint16_t id, int queue, uint64_t count)
{
	char device[RTE_ETH_NAME_MAX_LEN] = "", number[16];

	rte_eth_dev_get_name_by_port(id, device);
	snprintf(number, sizeof(number), "%u", id);
	fputs(name, f);
	put_label(f, "{", "port", number);
	put_label(f, ",", "device", device);
	snprintf(number, sizeof(number), "%d", queue);
	if (queue >= 0)
		put_label(f, ",", "queue", number);
	put_count(f, count);
}

/* By queue where the driver counts all of them one by one, so that a sum is what it seems to be. */
static void
put_ethdev(
    FILE *f, const struct ethdev_counter *ec, uint16_t id, const struct l2fwd_ethdev_stats *stats)
{
	bool rx = ec->ec_queues == QUEUES_RX;
	unsigned int n = ec->ec_queues != QUEUES_NONE ? l2fwd_stats_nqueues(id, rx) : 0;

	if (n == 0 || n == L2FWD_STATS_QUEUES) /* then there may be more */
		put_ethdev_count(f, ec->ec_name, id, -1, counter_at(&stats->es_all, ec->ec_at));
	else
		for (unsigned int q = 0; q < n; q++)
			put_ethdev_count(f, ec->ec_name, id, (int)q,
			    counter_at(rx ? &stats->es_rx[q] : &stats->es_tx[q], ec->ec_queue_at));
}

static void
put_ethdevs(FILE *f, const struct l2fwd_snapshot *shot)
{
	for (size_t c = 0; c < RTE_DIM(ethdev_counters); c++) {
		put_family(f, ethdev_counters[c].ec_name, "counter", ethdev_counters[c].ec_help);
		for (unsigned int i = 0; i < served->fw_plan.pn_nethdevs; i++)
			put_ethdev(f, &ethdev_counters[c], served->fw_plan.pn_ethdev[i].ed_id,
			    &shot->sn_ethdev[i]);
	}
}

/* Of each output that leads to another CPU the number at that place of struct lwkt_edge_stats. */
static void
put_wires(FILE *f, const char *name, const char *help, size_t at, double unit)
{
	put_family(f, name, "gauge", help);
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(served->fw_pipeline, i);

		for (unsigned int o = 0; o < st->st_nouts; o++) {
			struct lwkt_edge_stats es;

			lwkt_edge_stats(st, o, &es);
			if (!es.es_crosses)
				continue;
			fputs(name, f);
			put_label(f, "{", "stage", st->st_name);
			put_label(f, ",", "to", st->st_out[o].ed_to->st_name);
			fprintf(
			    f, "} %.*f\n", unit < 1 ? 3 : 0, (double)counter_at(&es, at) * unit);
		}
	}
}

static void
put_cpus(FILE *f, const struct l2fwd_snapshot *shot)
{
	double hz = (double)rte_get_tsc_hz();

	put_family(f, "lwkt_cpu_busy_seconds_total", "counter", "Time with something to do.");
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(served->fw_pipeline); i++)
		fprintf(f, "lwkt_cpu_busy_seconds_total{lcore=\"%u\"} %.6f\n",
		    shot->sn_loop[i].ls_lcore, (double)shot->sn_loop[i].ls_busy_cyc / hz);
	put_family(f, "lwkt_cpu_seconds_total", "counter", "Time since the loop's start.");
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(served->fw_pipeline); i++)
		fprintf(f, "lwkt_cpu_seconds_total{lcore=\"%u\"} %.6f\n", shot->sn_loop[i].ls_lcore,
		    (double)shot->sn_loop[i].ls_total_cyc / hz);
}

/* Classes of ages by powers of two: those that end there. */
static void
put_ages(FILE *f, const struct lwkt_stage *st)
{
	struct lwkt_stage_cycles sy;
	uint64_t n = 0;

	lwkt_stage_cycles(st, &sy);
	for (unsigned int i = 0; i < LWKT_CYCLES_AGES; i++) {
		n += sy.sy_ages[i];
		if (i % 4 != 0 || i + 1 == LWKT_CYCLES_AGES)
			continue;
		put_stage_labels(f, "lwkt_latency_seconds_bucket", st);
		fprintf(f, ",le=\"%.9g\"", (double)lwkt_cycles_bound(i) / 1e9);
		put_count(f, n);
	}
	put_stage_labels(f, "lwkt_latency_seconds_bucket", st);
	put_label(f, ",", "le", "+Inf");
	put_count(f, n);
	put_stage_labels(f, "lwkt_latency_seconds_sum", st);
	fprintf(f, "} %.9f\n", (double)sy.sy_age_sum_ns / 1e9);
	put_stage_labels(f, "lwkt_latency_seconds_count", st);
	put_count(f, n);
}

static void
put_cycles(FILE *f, const struct l2fwd_snapshot *shot)
{
	if (served->fw_args.cycles == 0)
		return;
	put_family(
	    f, "lwkt_stage_cycles_total", "counter", "TSC cycles of a stage in timed rounds.");
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		put_stage_labels(
		    f, "lwkt_stage_cycles_total", lwkt_pipeline_stage(served->fw_pipeline, i));
		put_count(f, shot->sn_cycles[i].cy_cycles);
	}
	put_family(
	    f, "lwkt_stage_timed_packets_total", "counter", "Packets that came in these rounds.");
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		put_stage_labels(f, "lwkt_stage_timed_packets_total",
		    lwkt_pipeline_stage(served->fw_pipeline, i));
		put_count(f, shot->sn_cycles[i].cy_packets);
	}
	put_family(f, "lwkt_latency_seconds", "histogram",
	    "Time since their source of packets that come to a stage; sampled.");
	for (unsigned int i = 0; i < l2fwd_stats_nstages(served); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(served->fw_pipeline, i);

		if (st->st_nwires > 0 || st->st_nouts == 0)
			put_ages(f, st);
	}
}

static void
put_info(FILE *f)
{
	const struct l2fwd_args *args = &served->fw_args;
	char number[16];

	put_family(f, "lwkt_build_info", "gauge", "What runs; always 1.");
	fputs("lwkt_build_info", f);
	put_label(f, "{", "version", LWKT_VERSION);
	put_label(f, ",", "dpdk", rte_version());
	put_count(f, 1);
	put_family(f, "lwkt_config_info", "gauge", "What it was told to run; always 1.");
	fputs("lwkt_config_info", f);
	put_label(f, "{", "file", args->config != NULL ? args->config : "");
	snprintf(number, sizeof(number), "%u", l2fwd_stats_nstages(served));
	put_label(f, ",", "stages", number);
	snprintf(number, sizeof(number), "%u", lwkt_pipeline_nloops(served->fw_pipeline));
	put_label(f, ",", "lcores", number);
	snprintf(number, sizeof(number), "%u", args->cycles);
	put_label(f, ",", "cycles", number);
	put_count(f, 1);
}

static void
put_all(FILE *f)
{
	static struct l2fwd_snapshot shot;

	l2fwd_snapshot_take(&shot, served);
	put_info(f);
	put_account(f);
	put_stages(
	    f, &shot, "lwkt_stage_packets_total", "Packets that came to a stage.", l2fwd_stats_in);
	put_stages(f, &shot, "lwkt_stage_sent_packets_total",
	    "Packets that a stage passed on, or a device took.", stage_out);
	put_stages(
	    f, &shot, "lwkt_stage_calls_total", "Calls of a stage that had packets.", stage_calls);
	put_drops(f, &shot);
	put_ethdevs(f, &shot);
	put_wires(f, "lwkt_wire_depth_packets", "Packets under way to another lcore now.",
	    offsetof(struct lwkt_edge_stats, es_depth), 1);
	put_wires(f, "lwkt_wire_high_packets", "Most packets that were found under way.",
	    offsetof(struct lwkt_edge_stats, es_high), 1);
	put_wires(f, "lwkt_wire_high_time_seconds", "When that was, since 1970; 0: never.",
	    offsetof(struct lwkt_edge_stats, es_high_time_ns), 1e-9);
	put_cpus(f, &shot);
	put_cycles(f, &shot);
	put_family(f, "lwkt_events_total", "counter", "What has happened, by kind.");
	for (unsigned int i = 0; i < LWKT_EVENT_KINDS; i++)
		fprintf(f, "lwkt_events_total{event=\"%s\"} %" PRIu64 "\n", lwkt_event_name(i),
		    lwkt_event_count(i));
}

/*
 * HTTP
 */

static enum MHD_Result
http_reply(struct MHD_Connection *connection, unsigned int status, const char *type, char *text,
    size_t bytes, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(bytes, text, mode);
	enum MHD_Result rc;

	if (response == NULL) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result
http_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	static char nothing[] = NOTHING;
	char *text = NULL;
	size_t bytes = 0;
	FILE *f;

	(void)arg;
	(void)version;
	(void)upload;
	(void)upload_bytes;
	(void)state;
	if (strcmp(url, "/metrics") != 0 || strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return http_reply(connection, MHD_HTTP_NOT_FOUND, "text/plain", nothing,
		    sizeof(nothing) - 1, MHD_RESPMEM_PERSISTENT);
	f = open_memstream(&text, &bytes);
	if (f == NULL)
		return MHD_NO;
	put_all(f);
	if (fclose(f) != 0) {
		free(text);
		return MHD_NO;
	}
	return http_reply(connection, MHD_HTTP_OK, TYPE, text, bytes, MHD_RESPMEM_MUST_FREE);
}

int
l2fwd_metrics_open(const struct l2fwd *fw, struct l2fwd_err *err)
{
	const struct l2fwd_place *at = &fw->fw_args.metrics_at;
	int fd;

	if (at->pl_bytes == 0)
		return 0;
	served = fw;
	fd = l2fwd_place_listen(at, BACKLOG);
	if (fd >= 0) {
		unix_path = l2fwd_place_path(at);
		http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, http_request, NULL,
		    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		    (unsigned int)CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SLOW_S,
		    MHD_OPTION_END);
	}
	if (http != NULL)
		return 0;
	if (fd >= 0)
		close(fd);
	l2fwd_metrics_leave();
	return l2fwd_refuse(err, L2FWD_EXIT_ENV, "--metrics %.160s: %s; name another place",
	    fw->fw_args.metrics, fd < 0 ? strerror(-fd) : "no memory");
}

void
l2fwd_metrics_close(void)
{
	if (http != NULL)
		MHD_stop_daemon(http);
	http = NULL;
	l2fwd_metrics_leave();
}

void
l2fwd_metrics_leave(void)
{
	if (unix_path != NULL)
		unlink(unix_path);
	unix_path = NULL;
}

int
l2fwd_metrics_fd(void)
{
	const union MHD_DaemonInfo *info =
	    http != NULL ? MHD_get_daemon_info(http, MHD_DAEMON_INFO_EPOLL_FD) : NULL;

	return info != NULL ? info->epoll_fd : -1;
}

void
l2fwd_metrics_serve(void)
{
	if (http != NULL)
		MHD_run(http);
}
