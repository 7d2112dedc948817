/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trace, from the request to its last event (trace.h). There is one at a time.
 *
 *      idle ── trace ──▶ runs ── all that were wanted have ended, or time is over, or nobody asks
 *       ▲                 │       for it any more
 *       └── taps away ────┘
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bpf.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "capture.h"
#include "l2fwd.h"
#include "trace.h"

#define COUNT_DEFAULT 50
#define MS_DEFAULT    10000
#define MS_MOST       3600000
#define LAST_MS       1000  /* for packets that were chosen to come to their ends */
#define ASKED_MS      10000 /* nobody has asked for so long: nobody will */

static struct {
	/* Constant while taps are there, but for tr_most: atomic, relaxed. */
	struct lwkt_tap tr_tap;
	const struct lwkt_stage *tr_stage; /* chooses; NULL: there is no trace */
	struct rte_bpf *tr_filter;
	struct trace_event *tr_events;
	unsigned int tr_most;
	uint32_t tr_generation; /* high half of the number: marks of earlier traces are none */
	uint64_t tr_flag;
	int tr_field;

	/* Any CPU's; relaxed. Who removes the taps sees all. */
	unsigned int tr_chosen;  /* may count more than tr_most */
	unsigned int tr_nevents; /* may count more than TRACE_EVENTS */
	unsigned int tr_nended;
	bool tr_ended[TRACE_PACKETS];

	/* The main lcore's. */
	unsigned int tr_ntaps;  /* the first stages have one */
	uint64_t tr_until_cyc;  /* time is over */
	uint64_t tr_asked_cyc;  /* by traced, last */
	uint64_t tr_full_cyc;   /* all are chosen since; 0: not yet */
	bool tr_looked_at_ends; /* in the last round all had ended */
} tr;

static struct l2fwd *traced; /* whose pipeline */

/*
 * On the stages' CPUs
 */

static inline uint32_t *
number_of(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, tr.tr_field, uint32_t *);
}

static inline bool
is_marked(struct rte_mbuf *m)
{
	return (m->ol_flags & tr.tr_flag) != 0 && *number_of(m) >> 16 == tr.tr_generation;
}

/* It comes from outside: a mark is of the mbuf's earlier life. */
static void
clear_marks(const struct lwkt_tap_view *view)
{
	for (unsigned int i = 0; i < view->tv_n; i++)
		if ((view->tv_pkts[i]->ol_flags & tr.tr_flag) != 0)
			view->tv_pkts[i]->ol_flags &= ~tr.tr_flag;
}

static void
choose(const struct lwkt_tap_view *view)
{
	unsigned int most = __atomic_load_n(&tr.tr_most, __ATOMIC_RELAXED);
	uint64_t want[LWKT_STAGE_BURST];

	if (__atomic_load_n(&tr.tr_chosen, __ATOMIC_RELAXED) >= most)
		return;
	capture_match(tr.tr_filter, view->tv_pkts, view->tv_n, want);
	for (unsigned int i = 0; i < view->tv_n; i++) {
		struct rte_mbuf *m = view->tv_pkts[i];
		unsigned int number;

		if (want[i] == 0 || is_marked(m))
			continue;
		number = __atomic_fetch_add(&tr.tr_chosen, 1, __ATOMIC_RELAXED);
		if (number >= most)
			return;
		*number_of(m) = tr.tr_generation << 16 | number;
		m->ol_flags |= tr.tr_flag;
	}
}

/* Of a packet in several mbufs the first has the headers. */
static void
note(const struct lwkt_tap_view *view, struct rte_mbuf *m)
{
	unsigned int e = __atomic_fetch_add(&tr.tr_nevents, 1, __ATOMIC_RELAXED);
	unsigned int packet = *number_of(m) & UINT16_MAX;
	const struct lwkt_stage *st = view->tv_stage;
	struct trace_event *tn;

	if (e < TRACE_EVENTS) {
		tn = &tr.tr_events[e];
		tn->tn_cyc = rte_rdtsc();
		tn->tn_stage = st;
		tn->tn_reason = view->tv_reason;
		tn->tn_mbuf = m;
		tn->tn_bytes = m->pkt_len;
		tn->tn_hash = m->hash.rss;
		tn->tn_hashed = (m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0;
		tn->tn_packet = (uint16_t)packet;
		tn->tn_point = (uint8_t)view->tv_point;
		tn->tn_output = (uint8_t)view->tv_output;
		tn->tn_kept = (uint8_t)RTE_MIN(m->data_len, TRACE_HEAD);
		memcpy(tn->tn_head, rte_pktmbuf_mtod(m, const void *), tn->tn_kept);
	}
	if (((view->tv_point & (LWKT_TAP_DROP | LWKT_TAP_END)) != 0 || st->st_nouts == 0) &&
	    !__atomic_exchange_n(&tr.tr_ended[packet], true, __ATOMIC_RELAXED))
		__atomic_fetch_add(&tr.tr_nended, 1, __ATOMIC_RELAXED);
}

static void
trace_see(struct lwkt_tap *ta, const struct lwkt_tap_view *view)
{
	(void)ta;
	if (view->tv_point == LWKT_TAP_IN) {
		if (view->tv_stage->st_kind->sk_poll != NULL)
			clear_marks(view);
		if (view->tv_stage == tr.tr_stage)
			choose(view);
	}
	for (unsigned int i = 0; i < view->tv_n; i++)
		if (is_marked(view->tv_pkts[i]))
			note(view, view->tv_pkts[i]);
}

/*
 * Begin and end
 */

/* @return 0 or a negative errno. */
static int
marks_make(void)
{
	static const struct rte_mbuf_dynflag flag = {.name = "lwkt_trace"};
	static const struct rte_mbuf_dynfield field = {
	    .name = "lwkt_trace_number", .size = sizeof(uint32_t), .align = alignof(uint32_t)};
	int bit = rte_mbuf_dynflag_register(&flag);

	tr.tr_field = bit >= 0 ? rte_mbuf_dynfield_register(&field) : -1;
	if (tr.tr_field < 0)
		return -rte_errno;
	tr.tr_flag = RTE_BIT64(bit);
	return 0;
}

static void
trace_end(void)
{
	for (unsigned int i = 0; i < tr.tr_ntaps; i++)
		lwkt_tap_remove(traced->fw_pipeline, i, &tr.tr_tap);
	tr.tr_ntaps = 0;
	tr.tr_stage = NULL;
	rte_bpf_destroy(tr.tr_filter);
	tr.tr_filter = NULL;
}

static int
tap_stages(void)
{
	unsigned int n = lwkt_pipeline_nstages(traced->fw_pipeline);
	int rc = 0;

	for (tr.tr_ntaps = 0; tr.tr_ntaps < n && rc == 0; tr.tr_ntaps += rc == 0)
		rc = lwkt_tap_add(traced->fw_pipeline, tr.tr_ntaps, &tr.tr_tap);
	return rc;
}

static int
trace_begin(const struct lwkt_stage *st, unsigned int most, unsigned int ms)
{
	int rc = marks_make();

	if (tr.tr_events == NULL)
		tr.tr_events = calloc(TRACE_EVENTS, sizeof(*tr.tr_events));
	if (rc < 0 || tr.tr_events == NULL)
		return rc < 0 ? rc : -ENOMEM;
	tr.tr_tap =
	    (struct lwkt_tap){trace_see, LWKT_TAP_IN | LWKT_TAP_OUT | LWKT_TAP_DROP | LWKT_TAP_END};
	tr.tr_generation = (tr.tr_generation + 1) & UINT16_MAX;
	tr.tr_most = 0; /* none is chosen before all can be seen */
	tr.tr_chosen = 0;
	tr.tr_nevents = 0;
	tr.tr_nended = 0;
	memset(tr.tr_ended, 0, sizeof(tr.tr_ended));
	tr.tr_stage = st;
	rc = tap_stages();
	if (rc < 0)
		return rc;
	__atomic_store_n(&tr.tr_most, most, __ATOMIC_RELAXED);
	tr.tr_asked_cyc = rte_rdtsc();
	tr.tr_until_cyc = tr.tr_asked_cyc + rte_get_tsc_hz() / 1000 * ms;
	tr.tr_full_cyc = 0;
	tr.tr_looked_at_ends = false;
	return 0;
}

/* All are chosen: they have come to their ends, or had time for it. */
static bool
all_seen(uint64_t now)
{
	bool ended = __atomic_load_n(&tr.tr_nended, __ATOMIC_RELAXED) == tr.tr_most;
	bool twice = ended && tr.tr_looked_at_ends; /* a copy, or a drop by a device, comes later */

	if (__atomic_load_n(&tr.tr_chosen, __ATOMIC_RELAXED) < tr.tr_most)
		return false;
	if (tr.tr_full_cyc == 0)
		tr.tr_full_cyc = now;
	tr.tr_looked_at_ends = ended;
	return twice || now - tr.tr_full_cyc > rte_get_tsc_hz() / 1000 * LAST_MS;
}

void
trace_look(void)
{
	uint64_t now = rte_rdtsc();

	if (tr.tr_stage != NULL && (all_seen(now) || now >= tr.tr_until_cyc ||
	                               now - tr.tr_asked_cyc > rte_get_tsc_hz() / 1000 * ASKED_MS))
		trace_end();
}

void
trace_open(struct l2fwd *fw)
{
	traced = fw;
}

void
trace_close(void)
{
	if (tr.tr_stage != NULL)
		trace_end();
	free(tr.tr_events);
	tr.tr_events = NULL;
	tr.tr_chosen = 0;
	tr.tr_nevents = 0;
}

/*
 * Requests
 */

static const struct lwkt_stage *
find_stage(const char *name)
{
	for (unsigned int i = 0; i < lwkt_pipeline_nstages(traced->fw_pipeline); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(traced->fw_pipeline, i);

		if (strcmp(st->st_name, name) == 0)
			return st;
	}
	return NULL;
}

/* A number of the request, or what it is if it was not said; -1: out of range, call says so. */
static json_int_t
number_asked(struct rpc_call *call, const json_t *params, const char *name, json_int_t otherwise,
    json_int_t most)
{
	const json_t *number = json_object_get(params, name);
	json_int_t value = number != NULL ? json_integer_value(number) : otherwise;

	if (value >= 1 && value <= most)
		return value;
	rpc_refuse(call, RPC_PARAMS, "%s: %" JSON_INTEGER_FORMAT " is none; write 1 to %u", name,
	    value, (unsigned int)most);
	return -1;
}

json_t *
trace_ask(struct rpc_call *call, const json_t *params)
{
	const char *stage = json_string_value(json_object_get(params, "stage"));
	const char *filter = json_string_value(json_object_get(params, "filter"));
	json_int_t count = number_asked(call, params, "count", COUNT_DEFAULT, TRACE_PACKETS);
	json_int_t ms = number_asked(call, params, "milliseconds", MS_DEFAULT, MS_MOST);
	const struct lwkt_stage *st = find_stage(stage);
	char why[200];
	int rc;

	if (count < 0 || ms < 0)
		return NULL;
	if (tr.tr_stage != NULL)
		return rpc_refuse(
		    call, RPC_REFUSED, "trace: another one is under way; wait for its end");
	if (st == NULL)
		return rpc_refuse(
		    call, RPC_PARAMS, "stage: none is called '%.32s'; 'stats' lists them", stage);
	tr.tr_filter = filter != NULL ? capture_filter(filter, why, sizeof(why)) : NULL;
	if (filter != NULL && tr.tr_filter == NULL)
		return rpc_refuse(call, RPC_PARAMS, "filter: %s", why);
	rc = trace_begin(st, (unsigned int)count, (unsigned int)ms);
	if (rc == 0)
		return json_pack("{s:I, s:I}", "count", count, "milliseconds", ms);
	trace_end();
	return rpc_refuse(
	    call, RPC_REFUSED, "trace: %s; end a capture, or give it memory", strerror(-rc));
}

json_t *
traced_ask(struct rpc_call *call, const json_t *params)
{
	unsigned int events = __atomic_load_n(&tr.tr_nevents, __ATOMIC_RELAXED);
	unsigned int chosen = RTE_MIN(__atomic_load_n(&tr.tr_chosen, __ATOMIC_RELAXED), tr.tr_most);
	unsigned int kept = RTE_MIN(events, (unsigned int)TRACE_EVENTS);
	json_t *packets = NULL;

	(void)call;
	(void)params;
	tr.tr_asked_cyc = rte_rdtsc();
	if (tr.tr_stage == NULL)
		packets = trace_answer(tr.tr_events, kept, chosen);
	return json_pack("{s:b, s:i, s:i, s:o*}", "running", tr.tr_stage != NULL, "chosen",
	    (int)chosen, "lost", (int)(events - kept), "packets", packets);
}

json_t *
trace_end_ask(struct rpc_call *call, const json_t *params)
{
	(void)call;
	(void)params;
	if (tr.tr_stage != NULL)
		trace_end();
	return json_true();
}
