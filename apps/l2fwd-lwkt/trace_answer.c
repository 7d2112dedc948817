/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events of a trace as JSON (trace.h).
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_ethdev.h>
#include <lwkt_flowhash.h>
#include <lwkt_stages.h>

#include "trace.h"

/* What has happened: to a stage without outputs nothing but the end. */
static const char *
word_of(const struct trace_event *tn)
{
	switch (tn->tn_point) {
	case LWKT_TAP_OUT:
		return "out";
	case LWKT_TAP_DROP:
		return "drop";
	case LWKT_TAP_END:
		return "consumed";
	default:
		return "in";
	}
}

static bool
is_distributor(const struct lwkt_stage *st)
{
	struct lwkt_bucket_stats buckets[LWKT_BUCKETS];

	return lwkt_dispatch_buckets(st, buckets) == 0;
}

static void
set_hash(json_t *event, const struct trace_event *tn)
{
	char text[16];

	if (!tn->tn_hashed)
		return;
	snprintf(text, sizeof(text), "0x%08x", tn->tn_hash);
	json_object_set_new(event, "hash", json_string(text));
	if (tn->tn_point == LWKT_TAP_OUT && is_distributor(tn->tn_stage))
		json_object_set_new(
		    event, "bucket", json_integer(lwkt_flowhash_bucket(tn->tn_hash)));
}

static bool
same_head(const struct trace_event *a, const struct trace_event *b)
{
	return a->tn_kept == b->tn_kept && memcmp(a->tn_head, b->tn_head, a->tn_kept) == 0;
}

/* before: the packet's last event; NULL: this is its first. */
static json_t *
event_of(const struct trace_event *tn, const struct trace_event *before, const void *original)
{
	const struct lwkt_stage *st = tn->tn_stage;
	uint64_t cyc =
	    before != NULL && tn->tn_cyc > before->tn_cyc ? tn->tn_cyc - before->tn_cyc : 0;
	json_t *event = json_pack("{s:s, s:s, s:i, s:I, s:s, s:i}", "stage", st->st_name, "kind",
	    st->st_kind->sk_name, "lcore", (int)st->st_lcore, "nanoseconds",
	    (json_int_t)((double)cyc * 1e9 / (double)rte_get_tsc_hz()), "event", word_of(tn),
	    "bytes", (int)tn->tn_bytes);

	if (tn->tn_point == LWKT_TAP_OUT) {
		const struct lwkt_stage *to = st->st_out[tn->tn_output].ed_to;

		json_object_set_new(event, "output", json_integer(tn->tn_output));
		json_object_set_new(event, "to", json_string(to->st_name));
		json_object_set_new(event, "to_lcore", json_integer(to->st_lcore));
	}
	if (tn->tn_reason != NULL)
		json_object_set_new(event, "reason", json_string(tn->tn_reason));
	set_hash(event, tn);
	if (tn->tn_mbuf != original)
		json_object_set_new(event, "copy", json_true());
	if (before == NULL || !same_head(tn, before))
		json_object_set_new(event, "headers", trace_headers(tn->tn_head, tn->tn_kept));
	return event;
}

/* What became of it, its copies aside, by its last event. */
static const char *
end_of(const struct trace_event *last)
{
	uint16_t ethdev, queue;

	if (last->tn_point == LWKT_TAP_DROP)
		return "dropped";
	if (last->tn_point == LWKT_TAP_END)
		return "consumed";
	if (last->tn_point == LWKT_TAP_IN && last->tn_stage->st_nouts == 0 &&
	    lwkt_ethdev_of(last->tn_stage, &ethdev, &queue) == 0)
		return "transmitted";
	return "unseen"; /* held, part of another packet, or on its way still */
}

static json_t *
packet_of(const struct trace_event *events, unsigned int n, unsigned int packet)
{
	const struct trace_event *before = NULL, *last = NULL;
	const void *original = NULL;
	json_t *array = json_array();

	for (unsigned int e = 0; e < n; e++) {
		if (events[e].tn_packet != packet)
			continue;
		if (before == NULL)
			original = events[e].tn_mbuf;
		json_array_append_new(array, event_of(&events[e], before, original));
		before = &events[e];
		if (before->tn_mbuf == original)
			last = before;
	}
	return json_pack("{s:i, s:s, s:o}", "packet", (int)packet + 1, "end",
	    last != NULL ? end_of(last) : "unseen", "events", array);
}

json_t *
trace_answer(const struct trace_event *events, unsigned int n, unsigned int packets)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < packets; i++)
		json_array_append_new(array, packet_of(events, n, i));
	return array;
}
