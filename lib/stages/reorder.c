/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reorder: packets that a sequence stage has numbered leave in the order of their numbers.
 *
 * librte_reorder keeps them. It knows neither patience nor duplicates, and takes the first number
 * that it sees for the first there is. So we hold a bit for each number that is there, and close a
 * gap by inserting a filler that looks like the missing packets.
 *
 * When packets stay behind a gap, a mark says since when and up to which number. A mark that has
 * got too old lets go everything up to its number, however many gaps there are. Nor is there
 * anything to wait for once the pipeline holds no packets but those that are here: what is missing
 * does not exist any more. Otherwise packets behind a gap would use up all credits, and the sources
 * would stand still for the timeout.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include <lwkt_clock.h>
#include <lwkt_pipeline.h>
#include <lwkt_log.h>

#include "stages_pvt.h"

#define LOOK_EVERY_MAX 64 /* rounds between two looks at the account */

enum { DROP_LATE, DROP_DUPLICATE };

typedef void leave_fn(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n);

/* Packets up to a number wait since then. */
struct mark {
	uint64_t mk_since; /* TSC */
	uint32_t mk_end;   /* the number behind the highest of them */
};

struct reorder_state {
	struct lwkt_reorder_stats re_stats; /* first */
	struct rte_reorder_buffer *re_buffer;
	uint64_t *re_there; /* by number, modulo the window: is it in the buffer? */
	uint32_t re_window;
	uint32_t re_next; /* the number that is due */
	uint32_t re_end;  /* the number behind the highest that came */
	uint32_t re_held;
	bool re_drop_late;
	uint64_t re_timeout_cyc;
	/* A ring, oldest first. Their ends differ and are within the window, so it has room. */
	struct mark *re_marks;
	uint32_t re_first_mark, re_nmarks;
	uint32_t re_look_in;    /* rounds until it looks at the account, ... */
	uint32_t re_look_every; /* ... and after that */
	struct rte_mbuf re_filler;
};

static inline uint64_t *
word_of(const struct reorder_state *re, uint32_t number)
{
	return &re->re_there[number % re->re_window / 64];
}

static inline uint64_t
bit_of(uint32_t number)
{
	return UINT64_C(1) << number % 64;
}

static inline bool
is_there(const struct reorder_state *re, uint32_t number)
{
	return *word_of(re, number) & bit_of(number);
}

static void
fill(struct reorder_state *re, uint32_t number)
{
	*stage_seqn(&re->re_filler) = number;
	rte_reorder_insert(re->re_buffer, &re->re_filler);
}

/* The buffer is empty. */
static void
begin_at(struct reorder_state *re, uint32_t number)
{
	struct rte_mbuf *filler;

	rte_reorder_reset(re->re_buffer);
	fill(re, number - 1);
	rte_reorder_drain(re->re_buffer, &filler, 1);
	re->re_next = number;
	re->re_end = number;
}

static int
reorder_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_reorder_conf *rc = conf;
	int behind = lwkt_stage_view_behind(view, &lwkt_stage_sequence);

	if (rc != NULL && rc->rc_window != 0 && !rte_is_power_of_2(rc->rc_window))
		snprintf(why, bytes, "window: %u is no power of two; write one, %u to %u",
		    rc->rc_window, LWKT_REORDER_WINDOW_MIN, LWKT_REORDER_WINDOW_MAX);
	else if (behind == -ENOMEM)
		snprintf(why, bytes, "kind: no memory to look for its sequence; free some");
	else if (behind < 0)
		snprintf(why, bytes,
		    "kind: packets come to it that no stage of kind sequence has numbered, or "
		    "several have; put one stage of it where the ways that meet here part");
	else
		return 0;
	return -EINVAL;
}

static int
reorder_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_reorder_conf defaults;
	const struct lwkt_reorder_conf *rc = conf != NULL ? conf : &defaults;
	struct reorder_state *re = st->st_state;
	int socket = (int)rte_lcore_to_socket_id(st->st_lcore);
	char name[24];

	re->re_window = rc->rc_window != 0 ? rc->rc_window : LWKT_REORDER_WINDOW;
	re->re_drop_late = rc->rc_late == LWKT_REORDER_DROP;
	re->re_timeout_cyc = stage_cycles(
	    rc->rc_timeout_us != 0 ? rc->rc_timeout_us : LWKT_REORDER_TIMEOUT_US, 1000000);
	snprintf(name, sizeof(name), "lwkt_%p", (void *)st);
	re->re_there = rte_zmalloc_socket("lwkt", re->re_window / 8, 0, socket);
	re->re_marks = rte_malloc_socket("lwkt", re->re_window * sizeof(struct mark), 0, socket);
	re->re_buffer = rte_reorder_create(name, (unsigned int)socket, re->re_window);
	if (re->re_there == NULL || re->re_marks == NULL || re->re_buffer == NULL) {
		lwkt_error("stage %s: no memory for a window of %u; give EAL more (-m)",
		    st->st_name, re->re_window);
		rte_free(re->re_there);
		rte_free(re->re_marks);
		rte_reorder_free(re->re_buffer);
		return -ENOMEM;
	}
	re->re_look_every = 1;
	begin_at(re, 0);
	return 0;
}

/* All up to the next gap leave, a burst at a time. */
static void
drain(struct lwkt_stage *st, leave_fn *leave)
{
	struct reorder_state *re = st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int i, n, real;

	while ((n = rte_reorder_drain(re->re_buffer, pkts, LWKT_STAGE_BURST)) > 0) {
		for (i = 0, real = 0; i < n; i++, re->re_next++) {
			*word_of(re, re->re_next) &= ~bit_of(re->re_next);
			if (likely(pkts[i] != &re->re_filler))
				pkts[real++] = pkts[i];
		}
		re->re_held -= real;
		if (real > 0)
			leave(st, pkts, real);
	}
}

/* What is missing up to a number, not included, is not waited for any more. */
static __rte_cold void
skip_to(struct lwkt_stage *st, uint32_t number, leave_fn *leave)
{
	struct reorder_state *re = st->st_state;
	uint32_t end = re->re_next + RTE_MIN(number - re->re_next, re->re_window);
	uint32_t missing = 0, gaps = 0;
	bool before = true;

	for (uint32_t at = re->re_next; at != end; at++) {
		bool there = is_there(re, at);

		gaps += before && !there;
		before = there;
		if (there)
			continue;
		fill(re, at);
		missing++;
	}
	drain(st, leave);
	if (number - re->re_next <= INT32_MAX &&
	    number != re->re_next) { /* a window was not enough */
		missing += number - re->re_next;
		begin_at(re, number);
	}
	stage_add(&re->re_stats.rs_skipped, missing);
	stage_add(&re->re_stats.rs_gaps, gaps);
}

static void
emit(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	lwkt_stage_emit(st, 0, pkts, n);
}

static __rte_cold void
late(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct reorder_state *re = st->st_state;

	stage_add(&re->re_stats.rs_late, 1);
	if (re->re_drop_late)
		lwkt_stage_drop(st, DROP_LATE, &m, 1);
	else
		lwkt_stage_emit(st, 0, &m, 1);
}

static inline void
insert(struct lwkt_stage *st, struct rte_mbuf *m)
{
	struct reorder_state *re = st->st_state;
	uint32_t number = *stage_seqn(m);

	if (unlikely(number - re->re_next > INT32_MAX)) {
		drain(st, emit);
		late(st, m);
		return;
	}
	if (unlikely(number - re->re_next >= re->re_window)) {
		drain(st, emit);
		if (number - re->re_next >= re->re_window)
			skip_to(st, number - re->re_window + 1, emit);
	}
	if (unlikely(is_there(re, number))) {
		lwkt_stage_drop(st, DROP_DUPLICATE, &m, 1);
		return;
	}
	*word_of(re, number) |= bit_of(number);
	rte_reorder_insert(re->re_buffer, m);
	re->re_held++;
	if ((int32_t)(number + 1 - re->re_end) > 0)
		re->re_end = number + 1;
}

static inline struct mark *
mark_at(const struct reorder_state *re, uint32_t i)
{
	return &re->re_marks[(re->re_first_mark + i) % re->re_window];
}

/* Marks of what has left go; what has been left behind now gets one. */
static void
mark_waiting(struct reorder_state *re)
{
	while (re->re_nmarks > 0 && (int32_t)(mark_at(re, 0)->mk_end - re->re_next) <= 0) {
		re->re_first_mark++;
		re->re_nmarks--;
	}
	if (re->re_held == 0 ||
	    (re->re_nmarks > 0 && mark_at(re, re->re_nmarks - 1)->mk_end == re->re_end))
		return;
	*mark_at(re, re->re_nmarks++) =
	    (struct mark){.mk_since = lwkt_clock(), .mk_end = re->re_end};
}

/* The account, and since when the packets that are left have been waiting. */
static void
settle(struct lwkt_stage *st, uint32_t held)
{
	struct reorder_state *re = st->st_state;

	if (re->re_held > held)
		lwkt_stage_hold(st, re->re_held - held);
	else if (re->re_held < held)
		lwkt_stage_unhold(st, held - re->re_held);
	if (unlikely(re->re_held + re->re_nmarks > 0))
		mark_waiting(re);
}

static void
reorder_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct reorder_state *re = st->st_state;
	uint32_t held = re->re_held;

	for (unsigned int i = 0; i < n; i++)
		insert(st, pkts[i]);
	drain(st, emit);
	settle(st, held);
}

/* Does the whole pipeline hold no packets but these? Looks less often as long as it does. */
static bool
holds_all(const struct lwkt_stage *st)
{
	struct reorder_state *re = st->st_state;
	struct lwkt_account ac;

	if (re->re_look_in > 1) {
		re->re_look_in--;
		return false;
	}
	lwkt_pipeline_account(st->st_pipeline, &ac);
	if (ac.ac_held <= re->re_held)
		re->re_look_every = 1;
	else
		re->re_look_every = RTE_MIN(2 * re->re_look_every, LOOK_EVERY_MAX);
	re->re_look_in = re->re_look_every;
	return ac.ac_held <= re->re_held;
}

/* The number up to which nothing is waited for any more. */
static uint32_t
waited_for(const struct lwkt_stage *st)
{
	const struct reorder_state *re = st->st_state;
	uint32_t end = re->re_next;
	uint64_t now = lwkt_clock();

	if (holds_all(st))
		return re->re_end;
	for (uint32_t i = 0; i < re->re_nmarks; i++) {
		const struct mark *mk = mark_at(re, i);

		if (now - mk->mk_since < re->re_timeout_cyc)
			break;
		end = mk->mk_end;
	}
	return end;
}

static unsigned int
reorder_work(struct lwkt_stage *st)
{
	const struct reorder_state *re = st->st_state;
	uint32_t end, held = re->re_held;

	if (likely(held == 0))
		return 0;
	end = waited_for(st);
	if (end == re->re_next)
		return 0;
	skip_to(st, end, emit);
	settle(st, held);
	return held - re->re_held;
}

static void
reorder_purge(struct lwkt_stage *st)
{
	const struct reorder_state *re = st->st_state;
	uint32_t held = re->re_held;

	if (held == 0)
		return;
	lwkt_stage_unhold(st, held);
	skip_to(st, re->re_end, lwkt_stage_purge);
	settle(st, 0);
}

static void
reorder_fini(struct lwkt_stage *st)
{
	struct reorder_state *re = st->st_state;

	rte_reorder_free(re->re_buffer);
	rte_free(re->re_marks);
	rte_free(re->re_there);
}

int
lwkt_reorder_stats(const struct lwkt_stage *st, struct lwkt_reorder_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_reorder, stats, sizeof(*stats));
}

static const char *const reorder_drops[] = {
    [DROP_LATE] = "late", [DROP_DUPLICATE] = "duplicate", NULL};

static const char *const late_words[] = {
    [LWKT_REORDER_EMIT] = "emit", [LWKT_REORDER_DROP] = "drop", NULL};

static const struct lwkt_param reorder_params[] = {
    {.pa_name = "window",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_reorder_conf, rc_window),
        .pa_min = LWKT_REORDER_WINDOW_MIN,
        .pa_max = LWKT_REORDER_WINDOW_MAX,
        .pa_default = LWKT_REORDER_WINDOW,
        .pa_help = "numbers that may be waited for or held, a power of two; of use up to the "
                   "pipeline's window"},
    {.pa_name = "timeout_us",
        .pa_type = LWKT_PARAM_UINT,
        .pa_unit = LWKT_UNIT_US,
        LWKT_PARAM_FIELD(struct lwkt_reorder_conf, rc_timeout_us),
        .pa_min = 1,
        .pa_max = 1000000,
        .pa_default = LWKT_REORDER_TIMEOUT_US,
        .pa_help = "a gap is waited for so long, us"},
    {.pa_name = "late",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_reorder_conf, rc_late),
        .pa_words = late_words,
        .pa_help = "what becomes of packets that were waited for in vain"},
    {.pa_name = NULL},
};

/* As struct lwkt_reorder_stats. */
static const char *const reorder_counters[] = {"gaps", "skipped", "late", NULL};

static_assert(RTE_DIM(reorder_counters) - 1 == sizeof(struct lwkt_reorder_stats) / sizeof(uint64_t),
    "a name each");

const struct lwkt_stage_kind lwkt_stage_reorder = {
    .sk_name = "reorder",
    .sk_state_bytes = sizeof(struct reorder_state),
    .sk_check = reorder_check,
    .sk_init = reorder_init,
    .sk_handle = reorder_handle,
    .sk_work = reorder_work,
    .sk_purge = reorder_purge,
    .sk_fini = reorder_fini,
    .sk_drop_names = reorder_drops,
    .sk_counter_names = reorder_counters,
    .sk_params = reorder_params,
    .sk_conf_bytes = sizeof(struct lwkt_reorder_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 1,
    .sk_plain = true,
};
