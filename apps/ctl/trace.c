/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace: packets are followed; when all have come to their ends their ways are printed.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

#define POLL_NS 50000000

static volatile sig_atomic_t ended;

static void
end_trace(int sig)
{
	(void)sig;
	ended = 1;
}

static void
print_ports(const json_t *headers, const char *name)
{
	const json_t *l4 = json_object_get(headers, name);

	if (l4 != NULL)
		printf(", %s %" PRId64 " > %" PRId64, name, show_count(l4, "src"),
		    show_count(l4, "dst"));
	if (json_object_get(l4, "flags") != NULL)
		printf(" flags 0x%02" PRIx64, show_count(l4, "flags"));
}

static void
print_ip(const json_t *headers, const char *name)
{
	const json_t *ip = json_object_get(headers, name);

	if (ip == NULL)
		return;
	printf(", %s %s > %s protocol %" PRId64 " ttl %" PRId64, name, show_text(ip, "src"),
	    show_text(ip, "dst"), show_count(ip, "protocol"), show_count(ip, "ttl"));
	if (show_count(ip, "fragment") != 0)
		printf(" fragment at %" PRId64, show_count(ip, "fragment"));
}

static void
print_headers(const json_t *headers)
{
	const json_t *ethernet = json_object_get(headers, "ethernet"), *tag;
	size_t i;

	printf("      %s > %s type %s", show_text(ethernet, "src"), show_text(ethernet, "dst"),
	    show_text(ethernet, "type"));
	json_array_foreach(json_object_get(headers, "vlan"), i, tag)
	    printf(" vlan %" PRId64, (int64_t)json_integer_value(tag));
	print_ip(headers, "ipv4");
	print_ip(headers, "ipv6");
	print_ports(headers, "tcp");
	print_ports(headers, "udp");
	if (json_object_get(headers, "icmp") != NULL)
		printf(", icmp type %" PRId64 " code %" PRId64,
		    show_count(json_object_get(headers, "icmp"), "type"),
		    show_count(json_object_get(headers, "icmp"), "code"));
	printf("\n");
}

static void
print_event(const json_t *event)
{
	const char *what = show_text(event, "event");

	printf("  %+8" PRId64 " ns  lcore %-3" PRId64 " %-24s %s", show_count(event, "nanoseconds"),
	    show_count(event, "lcore"), show_text(event, "stage"), what);
	if (strcmp(what, "out") == 0)
		printf(" %" PRId64 " to %s (lcore %" PRId64 ")", show_count(event, "output"),
		    show_text(event, "to"), show_count(event, "to_lcore"));
	if (strcmp(what, "drop") == 0)
		printf(" %s", show_text(event, "reason"));
	if (json_object_get(event, "hash") != NULL)
		printf(", hash %s", show_text(event, "hash"));
	if (json_object_get(event, "bucket") != NULL)
		printf(", bucket %" PRId64, show_count(event, "bucket"));
	if (json_is_true(json_object_get(event, "copy")))
		printf(", a copy");
	printf("\n");
	if (json_object_get(event, "headers") != NULL)
		print_headers(json_object_get(event, "headers"));
}

static const char *
end_text(const json_t *packet)
{
	const char *end = show_text(packet, "end");

	return strcmp(end, "unseen") == 0
	           ? "not seen any more: held, part of another packet, or on its way"
	           : end;
}

static void
print_packets(const json_t *answer)
{
	const json_t *packet, *event;
	size_t p, e;

	json_array_foreach(json_object_get(answer, "packets"), p, packet)
	{
		const json_t *events = json_object_get(packet, "events");

		printf("packet %" PRId64 ": %" PRId64 " bytes, %s\n", show_count(packet, "packet"),
		    show_count(json_array_get(events, 0), "bytes"), end_text(packet));
		json_array_foreach(events, e, event) print_event(event);
	}
}

/* Ask until it is over. @return the answer; NULL: ct_error says why not. */
static json_t *
await_end(struct ctl *ct)
{
	const struct timespec nap = {.tv_nsec = POLL_NS};
	json_t *answer;

	while ((answer = ctl_ask(ct, "traced", NULL)) != NULL &&
	       json_is_true(json_object_get(answer, "running"))) {
		json_decref(answer);
		if (!ended)
			nanosleep(&nap, NULL);
		if (ended)
			json_decref(ctl_ask(ct, "trace_end", NULL));
	}
	return answer;
}

int
trace_run(struct ctl *ct, const char *path, const struct capture_want *want, bool as_json)
{
	const struct sigaction ends = {.sa_handler = end_trace};
	json_t *params =
	    json_pack("{s:s, s:s*}", "stage", want->cw_stage, "filter", want->cw_filter);
	json_t *answer;

	if (want->cw_count != 0)
		json_object_set_new(params, "count", json_integer((json_int_t)want->cw_count));
	if (want->cw_ms != 0)
		json_object_set_new(params, "milliseconds", json_integer(want->cw_ms));
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGTERM, &ends, NULL);
	answer = ctl_connect(ct, path) == 0 ? ctl_ask(ct, "trace", params) : NULL;
	if (answer != NULL) {
		json_decref(answer);
		answer = await_end(ct);
	}
	ctl_close(ct);
	if (answer == NULL)
		return ct->ct_code;
	if (as_json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		printf("\n");
	} else {
		print_packets(answer);
	}
	fprintf(stderr, "%" PRId64 " packets followed, %" PRId64 " events lost\n",
	    show_count(answer, "chosen"), show_count(answer, "lost"));
	json_decref(answer);
	return 0;
}
