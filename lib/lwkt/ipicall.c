/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot (lwkt_ipicall.h): one line there and back. The receiver's side is calls_serve.c.
 *
 * A ticket's slot is the ticket modulo the window. The sender fills in a group of slots and stores
 * the turn of the first one (E30); the receiver looks at the turn of the next slot only, runs the
 * group, and answers each call by its slot's next turn (E31).
 *
 * Order with what goes through the pair's ring, both ways:
 *
 *  - What was sent before: the sender publishes it first, and the slot says how many items of the
 *    ring that makes. The receiver runs the call when it has handled so many.
 *  - What is sent after: a mark is left as the first gathered item, which goes with the next one
 *    and never alone. When the receiver comes to it, it runs all calls that are due, which are
 *    those asked before the mark went. So calls that no message follows need no mark.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>

#include "ipicall_pvt.h"
#include "lwkt_compat.h"

#define CALLS_GROUP    32u /* calls of a burst that are asked together; at most a word of co_open */
#define GROUPS_MAX     16u
#define KEPT_FIRST     64u
#define LOOKS          16u /* at an answer between two turns of transit */
#define PATIENCE_TURNS 64u /* of a wait between two looks at the clock */

static_assert(sizeof(struct call_slot) == RTE_CACHE_LINE_SIZE, "a call is one line");

unsigned int calls_window = LWKT_CALL_WINDOW;

/*
 * The sender: making a pair's ends
 */

static __rte_cold struct call_out *
calls_open(const char *call, unsigned int lcore_id)
{
	struct lwkt_cpu *cpu = this_cpu(call);
	struct ipiq_out *out = lcore_id < RTE_MAX_LCORE ? cpu->gd_out[lcore_id] : NULL;
	size_t bytes = sizeof(struct call_in) + calls_window * sizeof(struct call_slot);
	struct call_out *co;
	struct call_in *ci;

	if (out == NULL && lcore_id != cpu->gd_cpuid)
		lwkt_panic("%s: lcore %u is no CPU", call, lcore_id);
	co = numa_zalloc(sizeof(*co), (int)rte_lcore_to_socket_id(cpu->gd_cpuid));
	ci = numa_zalloc(bytes, (int)rte_lcore_to_socket_id(lcore_id));
	if (co == NULL || ci == NULL)
		lwkt_panic("%s: no memory for calls from CPU %u to CPU %u (%zu bytes); give EAL "
		           "more memory (-m)",
		    call, cpu->gd_cpuid, lcore_id, bytes);
	ci->ci_next = ci->ci_known = co->co_next = 1;
	co->co_settled = 1;
	ci->ci_mask = co->co_mask = calls_window - 1;
	ci->ci_in = out != NULL ? out->io_to : NULL;
	co->co_to = ci;
	co->co_slot = ci->ci_slot;
	co->co_bytes = bytes;
	co->co_out = out;
	co->co_cpuid = lcore_id;
	co->co_mark.no_func = calls_mark_reached;
	co->co_connect.no_func = calls_connect;
	cpu->gd_calls[lcore_id] = co;
	if (out != NULL)
		lwkt_transit_note(lcore_id, &co->co_connect);
	return co;
}

void
calls_free(struct lwkt_cpu *cpu)
{
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++) {
		struct call_out *co = cpu->gd_calls[i];

		if (co == NULL)
			continue;
		free(co->co_kept);
		numa_release(co->co_to, co->co_bytes);
		numa_release(co, sizeof(*co));
	}
}

/* Calls from the calling CPU to another, or to itself. */
static inline struct call_out *
calls_to(const char *call, unsigned int lcore_id)
{
	const struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct call_out *co = NULL;

	if (likely(cpu != NULL && lcore_id < RTE_MAX_LCORE))
		co = cpu->gd_calls[lcore_id];
	return likely(co != NULL) ? co : calls_open(call, lcore_id);
}

static inline struct call_slot *
calls_slot(const struct call_out *co, uint64_t ticket)
{
	return &co->co_slot[ticket & co->co_mask];
}

static inline bool
calls_answered(const struct call_out *co, uint64_t ticket)
{
	/* A larger turn: the slot has been used again since. */
	return __atomic_load_n(&calls_slot(co, ticket)->cl_turn, __ATOMIC_ACQUIRE) >
	       2 * ticket; /* E31 */
}

static inline bool
calls_is_open(const struct call_out *co, uint64_t ticket)
{
	uint64_t i = ticket & co->co_mask;

	return (co->co_open[i / 64] >> i % 64 & 1) != 0;
}

static inline void
calls_flip_open(struct call_out *co, uint64_t ticket)
{
	uint64_t i = ticket & co->co_mask;

	co->co_open[i / 64] ^= UINT64_C(1) << i % 64;
}

/*
 * Results that are in the way
 *
 * Who has called may take results in any order, or late: a result whose slot is needed moves to an
 * array, in the order of tickets.
 */

static __rte_cold void
calls_kept_room(struct call_out *co)
{
	unsigned int n = 0, room = co->co_kept_room;

	for (unsigned int i = co->co_kept_first; i < co->co_kept_end; i++)
		if (!co->co_kept[i].ck_taken)
			co->co_kept[n++] = co->co_kept[i];
	co->co_kept_first = 0;
	co->co_kept_end = n;
	if (n <= room / 2 && room > 0)
		return;
	if (room >= LWKT_CALL_KEPT_MAX && n < LWKT_CALL_KEPT_MAX)
		return;
	room = room > 0 ? 2 * room : KEPT_FIRST;
	if (room > LWKT_CALL_KEPT_MAX)
		lwkt_panic(
		    "lwkt_call: CPU %u has not taken the results of %u calls to CPU %u; take "
		    "each with lwkt_call_poll() or lwkt_call_wait()",
		    lwkt_self.se_cpuid, n, co->co_cpuid);
	co->co_kept = realloc(co->co_kept, room * sizeof(*co->co_kept));
	if (co->co_kept == NULL)
		lwkt_panic(
		    "lwkt_call: no memory for the results of %u calls to CPU %u", n, co->co_cpuid);
	co->co_kept_room = room;
}

static __rte_cold void
calls_keep(struct call_out *co, uint64_t ticket)
{
	struct call_kept *kept;

	if (co->co_kept_end == co->co_kept_room)
		calls_kept_room(co);
	kept = &co->co_kept[co->co_kept_end++];
	kept->ck_ticket = ticket;
	kept->ck_taken = false;
	memcpy(kept->ck_a, calls_slot(co, ticket)->cl_a, sizeof(kept->ck_a));
	calls_flip_open(co, ticket);
}

static __rte_cold int
calls_take_kept(const char *call, struct call_out *co, uint64_t ticket, uint64_t *a)
{
	unsigned int first = co->co_kept_first, end = co->co_kept_end;

	while (first < end) {
		unsigned int middle = first + (end - first) / 2;

		if (co->co_kept[middle].ck_ticket < ticket)
			first = middle + 1;
		else
			end = middle;
	}
	if (first == co->co_kept_end || co->co_kept[first].ck_ticket != ticket ||
	    co->co_kept[first].ck_taken)
		lwkt_panic(
		    "%s: CPU %u has no call %lu to CPU %u: it never was, or its results have "
		    "been taken",
		    call, lwkt_self.se_cpuid, ticket, co->co_cpuid);
	if (a != NULL)
		memcpy(a, co->co_kept[first].ck_a, sizeof(co->co_kept[first].ck_a));
	co->co_kept[first].ck_taken = true;
	while (co->co_kept_first < co->co_kept_end && co->co_kept[co->co_kept_first].ck_taken)
		co->co_kept_first++;
	return 1;
}

/* Take a result if it is there: 1, else 0. */
static inline int
calls_take(const char *call, struct call_out *co, uint64_t ticket, uint64_t *a)
{
	if (unlikely(ticket >= co->co_next || co->co_next - ticket > co->co_mask + 1 ||
	             !calls_is_open(co, ticket)))
		return calls_take_kept(call, co, ticket, a);
	if (!calls_answered(co, ticket))
		return 0;
	if (a != NULL)
		memcpy(a, calls_slot(co, ticket)->cl_a, sizeof(calls_slot(co, ticket)->cl_a));
	calls_flip_open(co, ticket);
	return 1;
}

/*
 * The sender: asking
 */

/* One turn of a wait for the target: serves transit; says once a second whom it waits for. */
static void
calls_wait_turn(
    const struct call_out *co, const char *call, unsigned int *turn, struct lwkt_patience *pa)
{
	if (lwkt_transit_turn((*turn)++) ||
	    likely(*turn % PATIENCE_TURNS != 0 || !lwkt_patience_due(pa)))
		return;
	lwkt_patience_report(pa, co->co_cpuid, call,
	    "CPU %u, which does not serve its transit; its loop must call lwkt_poll()",
	    co->co_cpuid);
}

/* Has all that was sent before been put into the ring? */
static inline bool
calls_in_order(const struct ipiq_out *out)
{
	return out == NULL || ipiq_out_idle(out);
}

static __rte_noinline void
calls_wait_room(struct call_out *co, const char *call)
{
	struct lwkt_patience pa = {0};
	unsigned int turn = 0;

	for (;;) {
		if (!calls_in_order(co->co_out))
			ipiq_publish(lwkt_self.se_cpu, co->co_out);
		if (calls_in_order(co->co_out)) {
			if (!calls_is_open(co, co->co_next))
				break;
			if (calls_answered(co, co->co_next - co->co_mask - 1)) {
				calls_keep(co, co->co_next - co->co_mask - 1);
				break;
			}
		}
		calls_wait_turn(co, call, &turn, &pa);
	}
	lwkt_patience_end(&pa);
}

/* What comes next is in its place and its slot is free, now and until the next wait. */
static inline void
calls_room(struct call_out *co, const char *call)
{
	if (unlikely(!calls_in_order(co->co_out) || calls_is_open(co, co->co_next)))
		calls_wait_room(co, call);
}

/*
 * Calls go in groups, of one or more slots in a row: all are filled in before the turn of the first
 * one is stored, which says how many they are. So the receiver looks at one turn a group, and the
 * others' need not be stored.
 */
struct call_group {
	uint64_t cg_first; /* ticket */
	unsigned int cg_n;
};

/* The bits of n slots in a row in a word of co_open, from this ticket's on. */
static inline uint64_t
calls_bits(const struct call_out *co, uint64_t ticket, unsigned int n)
{
	return (UINT64_MAX >> (64 - n)) << (ticket & co->co_mask) % 64;
}

/* How many free slots are next, of one word of co_open, at most n. The first one is free. */
static inline unsigned int
calls_free_slots(const struct call_out *co, unsigned int n)
{
	uint64_t i = co->co_next & co->co_mask, taken = co->co_open[i / 64] >> i % 64;
	uint64_t most = RTE_MIN(64 - i % 64, co->co_mask + 1 - i);

	if (taken != 0)
		most = RTE_MIN(most, (uint64_t)__builtin_ctzll(taken));
	return (unsigned int)RTE_MIN((uint64_t)n, most);
}

/*
 * Word by word: the caller has just written one or two of them, and a wider load would have to wait
 * until those are in the cache.
 */
static inline void
calls_fill(struct call_slot *slot, lwkt_callfunc_t fn, const uint64_t *a)
{
	slot->cl_func = fn;
	for (unsigned int i = 0; i < RTE_DIM(slot->cl_a); i++)
		slot->cl_a[i] = __atomic_load_n(&a[i], __ATOMIC_RELAXED);
}

/* Asked: leave the mark for what is sent later, and tell a receiver that does not look. */
static inline void
calls_asked_all(struct call_out *co, struct ipiq_out *out)
{
	if (out->io_lazy != LAZY_MARK)
		ipiq_gather_mark(out, (lwkt_item_t)&co->co_mark | LWKT_ITEM_NOTE);
	if (unlikely(out->io_signals))
		ipiq_signal(out);
}

/* As many of n as there are free slots in a row, at least one. */
static __rte_always_inline struct call_group
calls_ask(
    struct call_out *co, const char *call, lwkt_callfunc_t fn, const uint64_t *a, unsigned int n)
{
	struct ipiq_out *out = co->co_out;
	struct call_slot *head;
	struct call_group group;

	calls_room(co, call);
	if (n > 1)
		n = calls_free_slots(co, RTE_MIN(n, CALLS_GROUP));
	group = (struct call_group){co->co_next, n};
	head = calls_slot(co, group.cg_first);
	co->co_next += n;
	co->co_open[(group.cg_first & co->co_mask) / 64] |= calls_bits(co, group.cg_first, n);
	for (unsigned int i = 0; i < n; i++)
		calls_fill(&head[i], fn, &a[i * RTE_DIM(head->cl_a)]);
	head->cl_before = out->io_ring_next;
	head->cl_more = n - 1;
	__atomic_store_n(&head->cl_turn, 2 * group.cg_first, __ATOMIC_RELEASE); /* E30 */
	calls_asked_all(co, out);
	return group;
}

/* To itself: here and now. */
static __rte_noinline uint64_t
calls_ask_self(struct call_out *co, const char *call, lwkt_callfunc_t fn, const uint64_t *a)
{
	struct call_slot *slot;
	uint64_t ticket;

	calls_room(co, call);
	ticket = co->co_next++;
	slot = calls_slot(co, ticket);
	calls_flip_open(co, ticket);
	calls_fill(slot, fn, a);
	fn(slot->cl_a);
	__atomic_store_n(&slot->cl_turn, 2 * ticket + 1, __ATOMIC_RELEASE); /* E31 */
	return ticket;
}

uint64_t
lwkt_call(unsigned int lcore_id, lwkt_callfunc_t fn, const uint64_t a[5])
{
	struct call_out *co = calls_to("lwkt_call", lcore_id);

	if (unlikely(co->co_out == NULL))
		return calls_ask_self(co, "lwkt_call", fn, a);
	lwkt_prefetch_write(calls_slot(co, co->co_next + CALLS_AHEAD));
	return calls_ask(co, "lwkt_call", fn, a, 1).cg_first;
}

/*
 * Answers
 */

int
lwkt_call_poll(unsigned int lcore_id, uint64_t ticket, uint64_t a[5])
{
	return calls_take("lwkt_call_poll", calls_to("lwkt_call_poll", lcore_id), ticket, a);
}

/* A pass of transit lasts about as long as the way of a line: look some times before the next. */
static inline bool
calls_answered_soon(const struct call_out *co, uint64_t ticket)
{
	for (unsigned int i = 0; i < LOOKS; i++)
		if (calls_answered(co, ticket))
			return true;
	return false;
}

static __rte_noinline void
calls_wait_answered(const struct call_out *co, const char *call, uint64_t ticket)
{
	struct lwkt_patience pa = {0};
	unsigned int turn = 0;

	while (!calls_answered_soon(co, ticket))
		calls_wait_turn(co, call, &turn, &pa);
	lwkt_patience_end(&pa);
}

static void
calls_wait(struct call_out *co, const char *call, uint64_t ticket, uint64_t *a)
{
	if (calls_take(call, co, ticket, a))
		return;
	calls_wait_answered(co, call, ticket);
	calls_take(call, co, ticket, a);
}

void
lwkt_call_wait(unsigned int lcore_id, uint64_t ticket, uint64_t a[5])
{
	struct call_out *co = calls_to("lwkt_call_wait", lcore_id);

	lwkt_may_wait("lwkt_call_wait");
	calls_wait(co, "lwkt_call_wait", ticket, a);
}

/*
 * Bursts
 *
 * While the receiver works on a group, the sender looks at its last slot alone; then all lines come
 * at once, to be written by the next calls.
 */

/*
 * Take the results of a whole group, or nothing: how many. Whoever serves transit meanwhile may
 * call too, and need a slot: its result has been kept then. And a function that polls may still be
 * on the stack when those behind it have run.
 */
static inline unsigned int
calls_take_group(struct call_out *co, struct call_group group, uint64_t (*a)[5])
{
	const struct call_slot *slot = calls_slot(co, group.cg_first);
	uint64_t turn = 2 * group.cg_first;
	unsigned int i;

	if (unlikely(co->co_next - group.cg_first > co->co_mask + 1))
		return 0;
	for (i = 0; i < RTE_MIN(group.cg_n, CALLS_AHEAD); i++)
		lwkt_prefetch_write(&slot[i]);
	for (i = 0; i < group.cg_n; i++, slot++, turn += 2) {
		if (i + CALLS_AHEAD < group.cg_n)
			lwkt_prefetch_write(&slot[CALLS_AHEAD]);
		if (unlikely(__atomic_load_n(&slot->cl_turn, __ATOMIC_ACQUIRE) <= turn)) /* E31 */
			return 0;
		memcpy(a[i], slot->cl_a, sizeof(slot->cl_a));
	}
	co->co_open[(group.cg_first & co->co_mask) / 64] &=
	    ~calls_bits(co, group.cg_first, group.cg_n);
	return group.cg_n;
}

static void
calls_collect(struct call_out *co, struct call_group group, uint64_t (*a)[5])
{
	uint64_t last = group.cg_first + group.cg_n - 1;

	if (!calls_answered(co, last))
		calls_wait_answered(co, "lwkt_call_burst", last);
	for (unsigned int i = calls_take_group(co, group, a); i < group.cg_n; i++)
		calls_wait(co, "lwkt_call_burst", group.cg_first + i, a[i]);
}

static __rte_noinline void
calls_burst_self(struct call_out *co, lwkt_callfunc_t fn, uint64_t (*a)[5], unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		calls_take(
		    "lwkt_call_burst", co, calls_ask_self(co, "lwkt_call_burst", fn, a[i]), a[i]);
}

unsigned int
lwkt_call_burst(unsigned int lcore_id, lwkt_callfunc_t fn, uint64_t (*a)[5], unsigned int n)
{
	struct call_group groups[GROUPS_MAX];
	unsigned int sent = 0, taken = 0, asked = 0, collected = 0;
	struct call_out *co;

	lwkt_may_wait("lwkt_call_burst");
	if (n == 0)
		return 0;
	co = calls_to("lwkt_call_burst", lcore_id);
	if (unlikely(co->co_out == NULL)) {
		calls_burst_self(co, fn, a, n);
		return n;
	}
	while (taken < n) {
		bool room = !calls_is_open(co, co->co_next) && asked - collected < GROUPS_MAX;
		struct call_group *group;

		if (sent < n && (room || asked == collected)) {
			group = &groups[asked++ % GROUPS_MAX];
			*group = calls_ask(co, "lwkt_call_burst", fn, a[sent], n - sent);
			sent += group->cg_n;
		} else {
			group = &groups[collected++ % GROUPS_MAX];
			calls_collect(co, *group, a + taken);
			taken += group->cg_n;
		}
	}
	return n;
}

void
calls_synchronize(struct lwkt_cpu *cpu, const char *call)
{
	for (unsigned int lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++) {
		struct call_out *co = cpu->gd_calls[lcore_id];

		if (co == NULL)
			continue;
		for (uint64_t last = co->co_next; co->co_settled < last; co->co_settled++)
			calls_wait_answered(co, call, co->co_settled);
	}
}
