/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers for people: tables, with blanks between the columns. What comes over the socket is not
 * trusted to be what it should: a member that is not there is 0 or "-".
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "ctl.h"

const char *
show_text(const json_t *object, const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	return text != NULL ? text : "-";
}

int64_t
show_count(const json_t *object, const char *field)
{
	return json_integer_value(json_object_get(object, field));
}

double
show_number(const json_t *object, const char *field)
{
	return json_number_value(json_object_get(object, field));
}

/*
 * stats
 */

static void
show_ethdevs(const json_t *ethdevs)
{
	const json_t *row;
	size_t i;

	printf("%-24s %12s %12s %15s %15s %8s %8s %8s\n", "ethdev", "rx/s", "tx/s", "rx", "tx",
	    "missed", "errors", "nombuf");
	json_array_foreach(ethdevs, i, row) printf("%-2" PRId64 " %-21s %12.0f %12.0f %15" PRId64
	                                           " %15" PRId64 " %8" PRId64 " %8" PRId64
	                                           " %8" PRId64 "\n",
	    show_count(row, "ethdev"), show_text(row, "device"), show_number(row, "rx_pps"),
	    show_number(row, "tx_pps"), show_count(row, "rx_packets"),
	    show_count(row, "tx_packets"), show_count(row, "imissed"),
	    show_count(row, "ierrors") + show_count(row, "oerrors"), show_count(row, "rx_nombuf"));
}

/* Only reasons for which something was dropped. */
static void
show_drops(json_t *drops)
{
	const char *reason, *between = "    dropped: ";
	json_t *count;

	json_object_foreach(drops, reason, count)
	{
		if (json_integer_value(count) == 0)
			continue;
		printf("%s%s %" JSON_INTEGER_FORMAT, between, reason, json_integer_value(count));
		between = ", ";
	}
	if (between[0] == ',')
		printf("\n");
}

static void
show_stages(const json_t *stages)
{
	const json_t *row;
	size_t i;

	printf("%-24s %-12s %5s %12s %15s %15s %6s %8s %9s\n", "stage", "kind", "lcore", "in/s",
	    "in", "out", "burst", "cyc/pkt", "p99 us");
	json_array_foreach(stages, i, row)
	{
		const json_t *cycles = json_object_get(row, "cycles");

		printf("%-24s %-12s %5" PRId64 " %12.0f %15" PRId64 " %15" PRId64
		       " %6.1f %8.0f %9.1f\n",
		    show_text(row, "stage"), show_text(row, "kind"), show_count(row, "lcore"),
		    show_number(row, "in_pps"), show_count(row, "received") + show_count(row, "in"),
		    show_count(row, "out") + show_count(row, "sent"), show_number(row, "burst"),
		    show_number(cycles, "per_packet"),
		    show_number(json_object_get(cycles, "ages"), "p99") / 1e3);
		show_drops(json_object_get(row, "dropped"));
	}
}

static void
show_lcores(const json_t *lcores)
{
	const json_t *row;
	size_t i;

	printf("%-24s %6s\n", "lcore", "busy");
	json_array_foreach(lcores, i, row) printf(
	    "%-24" PRId64 " %5.1f%%\n", show_count(row, "lcore"), 100 * show_number(row, "busy"));
}

void
show_stats(const json_t *stats)
{
	const json_t *account = json_object_get(stats, "account");

	printf("up %.1f s; rates over %.1f s", show_number(stats, "uptime"),
	    show_number(stats, "interval"));
	if (json_object_get(stats, "cleared") != NULL)
		printf("; counters since %.1f s", show_number(stats, "cleared"));
	printf("\n");
	show_ethdevs(json_object_get(stats, "ethdevs"));
	show_stages(json_object_get(stats, "stages"));
	show_lcores(json_object_get(stats, "lcores"));
	printf("account: received %" PRId64 " = transmitted %" PRId64 " + consumed %" PRId64
	       " + merged %" PRId64 " + dropped %" PRId64 " + held %" PRId64 "\n",
	    show_count(account, "received"), show_count(account, "transmitted"),
	    show_count(account, "consumed"), show_count(account, "merged"),
	    show_count(account, "dropped"), show_count(account, "held"));
}

/*
 * The others
 */

void
show_config(const json_t *config)
{
	const json_t *line;
	size_t i;

	printf("lwkt-l2fwd %s, %s, pid %" PRId64 ", %s\n", show_text(config, "version"),
	    show_text(config, "dpdk"), show_count(config, "pid"),
	    json_is_string(json_object_get(config, "file")) ? show_text(config, "file")
	                                                    : "from options");
	json_array_foreach(json_object_get(config, "plan"), i, line)
	    printf("%s\n", json_string_value(line));
}

void
show_events(const json_t *events)
{
	const json_t *row;
	size_t i;

	json_array_foreach(events, i, row)
	{
		time_t when = (time_t)show_number(row, "time");
		char text[32] = "-";
		struct tm tm;

		if (localtime_r(&when, &tm) != NULL)
			strftime(text, sizeof(text), "%F %T", &tm);
		printf("%s %-15s %s\n", text, show_text(row, "event"), show_text(row, "text"));
	}
}

void
show_log(const json_t *types)
{
	const json_t *row;
	size_t i;

	json_array_foreach(types, i, row)
	    printf("%-32s %s\n", show_text(row, "type"), show_text(row, "level"));
}

void
show_balance(const json_t *balance)
{
	const json_t *stage, *output;
	size_t i, o;

	printf(
	    "%-24s %-24s %5s %7s %15s\n", "distributor", "output", "lcore", "buckets", "packets");
	json_array_foreach(json_object_get(balance, "distributors"), i, stage)
	    json_array_foreach(json_object_get(stage, "outputs"), o, output)
	        printf("%-24s %-24s %5" PRId64 " %7" PRId64 " %15" PRId64 "\n",
	            show_text(stage, "stage"), show_text(output, "to"), show_count(output, "lcore"),
	            show_count(output, "buckets"), show_count(output, "packets"));
	printf("moved %" PRId64 "\n", show_count(balance, "moved"));
}

void
show_health(const json_t *health)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(health, "problems"), i, line)
	    printf("%s\n", json_string_value(line));
	if (json_is_true(json_object_get(health, "healthy")))
		printf("healthy\n");
}

void
show_methods(const json_t *discovered)
{
	const json_t *method, *param;
	size_t i, p;

	json_array_foreach(json_object_get(discovered, "methods"), i, method)
	{
		printf("%-16s %s\n", show_text(method, "name"), show_text(method, "description"));
		json_array_foreach(json_object_get(method, "params"), p, param) printf(
		    "    %-12s %s%s\n", show_text(param, "name"), show_text(param, "description"),
		    json_is_true(json_object_get(param, "required")) ? "" : " (optional)");
	}
}
