/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit, the receiver's side: out of the rings and the inbox, to whom it concerns.
 */
#include <limits.h>

#include <rte_branch_prediction.h>

#include "ipicall_pvt.h"
#include "transit_pvt.h"
#include "lwkt_compat.h"
#include "ring_pvt.h"

/* Polls in a row that may leave in a ring what no port has taken there; a burst there. */
#define STAYS      32
#define STAYS_FROM 32

#define LINK_AHEAD 64 /* polls that link all, when somebody looks for a message */

static void
run_note(lwkt_item_t item)
{
	struct lwkt_note *note = (struct lwkt_note *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);

	note->no_func(note);
}

/* A function. Its slot is free when it has been read; done follows when it returns (ipi.c). */
static void
run_call(struct ipiq_in *in, lwkt_item_t item)
{
	const struct ipiq_call *slot =
	    (const struct ipiq_call *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);
	struct ipiq_call call = *slot;
	const void *outer = lwkt_self.se_callback;

	__atomic_store_n(&in->ii_call_read, in->ii_call_read + 1, __ATOMIC_RELEASE);
	in->ii_depth++;
	lwkt_self.se_cpu->gd_batch.ba_depth++;
	lwkt_self.se_callback = (const void *)(uintptr_t)call.ic_func;
	call.ic_func(call.ic_arg);
	lwkt_self.se_callback = outer;
	lwkt_self.se_cpu->gd_batch.ba_depth--;
	if (--in->ii_depth == 0)
		__atomic_store_n(&in->ii_call_done, in->ii_call_read, __ATOMIC_RELEASE); /* E6 */
}

/* An item that is no message. */
static __rte_cold void
run_item(struct ipiq_in *in, lwkt_item_t item)
{
	in->ii_odd_run++;
	switch (item & LWKT_ITEM_KIND) {
	case LWKT_ITEM_CALL:
		run_call(in, item);
		break;
	case LWKT_ITEM_NOTE:
		run_note(item);
		break;
	default:
		lwkt_panic("lwkt_poll: CPU %u was sent an item of unknown kind %u by CPU %u",
		    lwkt_self.se_cpuid, (unsigned int)(item & LWKT_ITEM_KIND), in->ii_from);
	}
}

/*
 * Batches. A CPU takes items out of one ring at a time, as many as there are up to BATCH_MAX: to
 * read the ring costs a chain of cache misses, however few items it yields. The lines of the
 * messages are sent for AHEAD of their turn. What a port, or a pass inside a callback, leaves in
 * the batch is next.
 */

static inline void
fetch_ahead(struct ipiq_batch *ba)
{
	const lwkt_item_t *item = &ba->ba_item[ba->ba_fetched];
	const lwkt_item_t *end = &ba->ba_item[RTE_MIN(ba->ba_end, ba->ba_pos + 2 * AHEAD)];

	for (; item < end; item++)
		lwkt_prefetch_write((const void *)*item);
	ba->ba_fetched = (unsigned int)(item - ba->ba_item);
}

#define ITEMS_OF_LINE (RTE_CACHE_LINE_SIZE / sizeof(lwkt_item_t))

/* All kinds of these items: mostly all are messages, which is 0. By lines, for the compiler. */
static inline unsigned int
kinds(const lwkt_item_t *items, unsigned int n)
{
	lwkt_item_t all = 0;
	unsigned int i = 0;

	for (; i + ITEMS_OF_LINE <= n; i += ITEMS_OF_LINE)
		for (unsigned int j = 0; j < ITEMS_OF_LINE; j++)
			all |= items[i + j];
	for (; i < n; i++)
		all |= items[i];
	return all & LWKT_ITEM_KIND;
}

/*
 * Begin a batch of what this end's sender has published, at most *left items. What may stay is in
 * *left afterwards. Returns the number of items.
 */
static inline unsigned int
load(struct ipiq_batch *ba, struct ipiq_in *in, unsigned int *left)
{
	unsigned int stay, n = ring_take(in->ii_ring, &in->ii_reader, ba->ba_item,
	                       RTE_MIN(*left, BATCH_MAX), &stay);

	*left = RTE_MIN(*left - n, stay);
	if (n == 0)
		return 0;
	ba->ba_in = in;
	ba->ba_end = n;
	ba->ba_pos = 0;
	ba->ba_fetched = 0;
	return n;
}

/*
 * Handle what is left of the batch. A function may poll again (it waits for room to send): then
 * the inner pass takes over the rest of the batch and begins others; this one goes on with those.
 */
static __rte_noinline unsigned int
finish(struct ipiq_batch *ba)
{
	unsigned int n, done, total = 0;

	if (unlikely(ba->ba_due != NULL))
		total = calls_run(lwkt_self.se_cpu, ba->ba_due);
	while (ba->ba_pos < ba->ba_end) {
		fetch_ahead(ba);
		n = RTE_MIN(ba->ba_end - ba->ba_pos, AHEAD);
		ba->ba_depth++;
		done = upcalls->up_deliver(ba->ba_in->ii_from, &ba->ba_item[ba->ba_pos], n);
		ba->ba_depth--;
		ba->ba_pos += done;
		total += done;
		if (unlikely(done < n)) {
			struct ipiq_in *in = ba->ba_in;

			ba->ba_pos++;
			total++;
			ring_bell(in->ii_bell); /* the ring may hold more, for an inner pass */
			run_item(in, ba->ba_item[ba->ba_pos - 1]);
		}
	}
	return total;
}

/*
 * Messages that ports take themselves stay in the ring: that is half the price of linking them. So
 * it is if ports have taken some out of this ring since the last poll. And if they have taken a
 * burst out of their lists, and there is a burst here: else what is linked once would keep the lists
 * long, and be linked for ever. For the sake of other ports that lasts but STAYS polls. And only if
 * there is nothing but messages. How many stay; 0: none do.
 */
static inline unsigned int
leave(const struct lwkt_cpu *cpu, struct ipiq_in *in)
{
	bool taken = in->ii_taken == cpu->gd_pass;
	unsigned int ready;

	if ((!taken && !cpu->gd_pulled) || cpu->gd_link > 0)
		return 0;
	in->ii_reader.rr_seen = __atomic_load_n(&in->ii_ring->prod.tail, __ATOMIC_ACQUIRE); /* E1 */
	ready = in->ii_reader.rr_seen - in->ii_reader.rr_next;
	if (ready == 0)
		return 0;
	if (taken)
		in->ii_stays = 0;
	else if (ready < STAYS_FROM || in->ii_stays++ == STAYS)
		ready = in->ii_stays = 0;
	if (__atomic_load_n(&in->ii_odd, __ATOMIC_RELAXED) != in->ii_odd_run ||
	    (in->ii_calls != NULL && calls_asked(in->ii_calls)))
		return 0;
	in->ii_left = in->ii_reader.rr_seen;
	in->ii_left_in = cpu->gd_pass + 1;
	lwkt_self.se_left = true;
	return ready;
}

/* What was there when the pass came to it (I73), in batches. */
static __rte_noinline unsigned int
drain(struct ipiq_batch *ba, struct ipiq_in *in)
{
	unsigned int left = UINT_MAX, total = 0;

	while (left > 0 && load(ba, in, &left) > 0)
		total += finish(ba);
	return total;
}

/*
 * The same without handling them: for a port that takes its messages as they come, off the ring
 * itself. The sources take turns, a batch each.
 */

static inline void
next_turn(struct lwkt_cpu *cpu)
{
	cpu->gd_turn = 0;
	if (++cpu->gd_look == cpu->gd_nin)
		cpu->gd_look = 0;
}

/* Eight bells at once, a hint only. The first is one of the word's. */
#define BELLS_OF_WORD ((unsigned int)sizeof(uint64_t))

static inline uint64_t
bells_word(const uint8_t *bells)
{
	typedef const uint64_t __attribute__((may_alias)) eight_bells;

	return __atomic_load_n((eight_bells *)(const void *)bells, __ATOMIC_RELAXED);
}

/* Of these items, how many from the first on are messages? */
static inline unsigned int
leading_messages(const lwkt_item_t *items, unsigned int n)
{
	unsigned int i;

	if (likely(kinds(items, n) == LWKT_ITEM_MSG))
		return n;
	for (i = 0; (items[i] & LWKT_ITEM_KIND) == LWKT_ITEM_MSG; i++)
		;
	return i;
}

/* What is next, by the source whose turn it is. NULL: nothing. */
static inline const lwkt_item_t *
view(struct lwkt_cpu *cpu, unsigned int *n)
{
	struct ipiq_batch *ba = &cpu->gd_batch;
	const lwkt_item_t *items;

	cpu->gd_view = NULL;
	for (unsigned int i = 0; ba->ba_pos == ba->ba_end && i < cpu->gd_nin; i++) {
		struct ipiq_in *in = &cpu->gd_in[cpu->gd_look];

		*n = ring_view(in->ii_ring, &in->ii_reader, &items);
		if (*n > 0) {
			cpu->gd_view = in;
			return items;
		}
		next_turn(cpu);
	}
	*n = ba->ba_end - ba->ba_pos;
	return &ba->ba_item[ba->ba_pos];
}

/* Of the ends first..past the first one whose bell has been rung; past: none. */
static inline unsigned int
bell_rung(const struct lwkt_cpu *cpu, unsigned int first, unsigned int past)
{
	unsigned int i = first;

	while (i < past) {
		if (i % BELLS_OF_WORD == 0 && bells_word(&cpu->gd_bells[i]) == 0)
			i += BELLS_OF_WORD;
		else if (__atomic_load_n(&cpu->gd_bells[i], __ATOMIC_RELAXED) != 0)
			return i;
		else
			i++;
	}
	return past;
}

/*
 * A bell that rings stays on while there is something in its ring, which costs nothing. If there is
 * not, it is turned off, and the ring looked at again: whoever published before that is seen, who
 * does later rings again (E14).
 */
static inline unsigned int
view_rung(struct ipiq_in *in, const lwkt_item_t **items)
{
	unsigned int n = ring_view(in->ii_ring, &in->ii_reader, items);

	if (n > 0)
		return n;
	__atomic_exchange_n(in->ii_bell, 0, __ATOMIC_ACQUIRE); /* E14 */
	n = ring_view(in->ii_ring, &in->ii_reader, items);
	if (n > 0 || (in->ii_calls != NULL && calls_asked(in->ii_calls))) /* a poll's to run */
		ring_bell(in->ii_bell);
	return n;
}

/* view() where there are bells: of the ends from the one on whose turn it is, those that ring. */
static __rte_noinline const lwkt_item_t *
view_bells(struct lwkt_cpu *cpu, unsigned int *n)
{
	const struct ipiq_batch *ba = &cpu->gd_batch;
	const lwkt_item_t *items;
	unsigned int turn = cpu->gd_look, i = turn, past = cpu->gd_nin;

	cpu->gd_view = NULL;
	*n = ba->ba_end - ba->ba_pos;
	if (*n > 0)
		return &ba->ba_item[ba->ba_pos];
	for (;;) {
		i = bell_rung(cpu, i, past);
		if (i < past) {
			*n = view_rung(&cpu->gd_in[i], &items);
			if (*n > 0)
				break;
			i++;
		} else if (past == cpu->gd_nin && turn > 0) { /* from the beginning */
			i = 0;
			past = turn;
		} else {
			cpu->gd_turn = 0;
			return NULL;
		}
	}
	if (i != turn)
		cpu->gd_turn = 0;
	cpu->gd_look = i;
	cpu->gd_view = &cpu->gd_in[i];
	return items;
}

const lwkt_item_t *
lwkt_transit_look(unsigned int most, unsigned int *n)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	const lwkt_item_t *items;

	if (unlikely(cpu == NULL || cpu->gd_batch.ba_depth > 0 || cpu->gd_link > 0))
		return NULL;
	items = likely(cpu->gd_bells == NULL) ? view(cpu, n) : view_bells(cpu, n);
	*n = leading_messages(items, RTE_MIN(*n, most));
	return *n > 0 ? items : NULL;
}

bool
lwkt_transit_took(unsigned int n, bool stuck, bool more)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct ipiq_in *in = cpu->gd_view;

	if (in == NULL) {
		cpu->gd_batch.ba_pos += n;
		return false;
	}
	ring_read(in->ii_ring, &in->ii_reader, n);
	in->ii_taken = stuck ? 0 : cpu->gd_pass;
	cpu->gd_plain = false;
	cpu->gd_turn += n;
	if (more && unlikely(ring_turned(in->ii_ring, &in->ii_reader)))
		return true;
	if (cpu->gd_turn >= BATCH_MAX)
		next_turn(cpu);
	return false;
}

void
lwkt_transit_link(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	if (cpu->gd_batch.ba_depth > 0) /* a poll is about to see to it */
		return;
	lwkt_self.se_left = false;
	for (unsigned int i = 0; i < cpu->gd_nin; i++) {
		struct ipiq_in *in = &cpu->gd_in[i];
		unsigned int left =
		    in->ii_left_in == cpu->gd_pass ? in->ii_left - in->ii_reader.rr_next : 0;

		while (left > 0 && load(&cpu->gd_batch, in, &left) > 0) /* messages alone */
			finish(&cpu->gd_batch);
	}
}

void
lwkt_transit_link_ahead(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	if (cpu == NULL)
		return;
	cpu->gd_link = LINK_AHEAD;
	cpu->gd_plain = false;
}

void
lwkt_transit_pulled(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	if (likely(cpu != NULL)) {
		cpu->gd_pulled = true;
		cpu->gd_plain = false;
	}
}

/* Newest first becomes oldest first. */
static lwkt_item_t
turn_round(lwkt_item_t item)
{
	lwkt_item_t next, first = 0;

	for (; item != 0; item = next) {
		next = *item_link(item);
		*item_link(item) = first;
		first = item;
	}
	return first;
}

/* As with a batch, a pass inside a callback goes on with what the outer one has taken. */
static __rte_cold unsigned int
drain_inbox(struct lwkt_cpu *cpu)
{
	unsigned int total = 0;

	cpu->gd_besides++; /* gd_inbox_rest */
	for (int taken = 0; taken < 2; taken++) {
		while (cpu->gd_inbox_rest != 0) {
			lwkt_item_t item = cpu->gd_inbox_rest;

			cpu->gd_inbox_rest = *item_link(item);
			total++;
			if (upcalls->up_deliver(LWKT_CPU_NONE, &item, 1) == 0)
				run_note(item);
		}
		if (taken == 0)
			cpu->gd_inbox_rest = turn_round(
			    __atomic_exchange_n(&cpu->gd_inbox, 0, __ATOMIC_ACQUIRE)); /* E2 */
	}
	cpu->gd_besides--;
	return total;
}

void
lwkt_transit_inbox(void)
{
	drain_inbox(lwkt_self.se_cpu);
}

static inline unsigned int
drain_all(struct lwkt_cpu *cpu)
{
	struct ipiq_in *in = cpu->gd_in, *end = in + cpu->gd_nin;
	unsigned int total = 0;

	for (; in < end; in++)
		total += drain(&cpu->gd_batch, in);
	return total;
}

/* Of a sender whose bell has been rung: what is in its ring, and its calls. */
static __rte_noinline unsigned int
answer_bell(struct lwkt_cpu *cpu, struct ipiq_in *in)
{
	unsigned int total = leave(cpu, in);

	if (total > 0) /* its bell stays on */
		return total;
	__atomic_exchange_n(in->ii_bell, 0, __ATOMIC_ACQUIRE); /* E14 */
	total = drain(&cpu->gd_batch, in);
	return in->ii_calls != NULL ? total + calls_run(cpu, in->ii_calls) : total;
}

/* The rings whose bells have been rung. */
static __rte_always_inline unsigned int
answer_bells(struct lwkt_cpu *cpu)
{
	unsigned int i, end, total = 0;

	for (i = 0; i < cpu->gd_nin; i = end) {
		end = i + BELLS_OF_WORD;
		if (likely(bells_word(&cpu->gd_bells[i]) == 0))
			continue;
		for (unsigned int j = i; j < end; j++)
			if (__atomic_load_n(&cpu->gd_bells[j], __ATOMIC_RELAXED) != 0)
				total += answer_bell(cpu, &cpu->gd_in[j]);
	}
	return total;
}

/* The same, but for what stays for the next burst. */
static inline unsigned int
drain_some(struct lwkt_cpu *cpu)
{
	struct ipiq_in *in = cpu->gd_in, *end = in + cpu->gd_nin;
	unsigned int total = 0;

	for (; in < end; in++) {
		unsigned int stay = leave(cpu, in);

		total += stay > 0 ? stay : drain(&cpu->gd_batch, in);
	}
	return total;
}

/* After ports have taken something themselves. */
static __rte_noinline unsigned int
drain_odd(struct lwkt_cpu *cpu)
{
	unsigned int total;

	lwkt_self.se_left = false;
	total = cpu->gd_bells != NULL ? answer_bells(cpu) : drain_some(cpu);
	cpu->gd_pass++;
	cpu->gd_pulled = false;
	cpu->gd_link -= cpu->gd_link > 0;
	cpu->gd_plain = cpu->gd_link == 0 && !lwkt_self.se_left;
	return total;
}

/* What comes by no ring: looked at as one, as mostly there is nothing. Bells tell of calls. */
static __rte_noinline unsigned int
poll_rest(struct lwkt_cpu *cpu)
{
	unsigned int total = cpu->gd_bells == NULL ? calls_run_all(cpu) : 0;

	if (__atomic_load_n(&cpu->gd_inbox, __ATOMIC_RELAXED) != 0 || cpu->gd_inbox_rest != 0)
		total += drain_inbox(cpu);
	if (cpu->gd_wheel.wh_armed > 0)
		total += callouts_run(cpu);
	return total;
}

unsigned int
lwkt_poll(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	unsigned int total = 0;

	if (unlikely(cpu == NULL))
		return 0;
	if (cpu->gd_ndirty > 0) /* first, so that others can begin while we take ours in */
		ipiq_flush(cpu, false);
	if (cpu->gd_batch.ba_pos < cpu->gd_batch.ba_end)
		total = finish(&cpu->gd_batch);
	if (unlikely(!cpu->gd_plain))
		total += drain_odd(cpu);
	else if (likely(cpu->gd_bells == NULL))
		total += drain_all(cpu);
	else
		total += answer_bells(cpu);
	if (unlikely((__atomic_load_n(&cpu->gd_inbox, __ATOMIC_RELAXED) | cpu->gd_besides |
	                 cpu->gd_wheel.wh_armed) != 0))
		total += poll_rest(cpu);
	if (cpu->gd_ndirty > 0)
		ipiq_flush(cpu, false);
	return total;
}
