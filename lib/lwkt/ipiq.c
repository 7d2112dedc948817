/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit: the wires between CPUs. The picture is in lwkt_transit.h.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_ring.h>

#include "ipiq_pvt.h"

/*
 * An item that is on a spill list or an inbox keeps the next item in its node's first word. The
 * node is another type to everybody else, hence may_alias.
 */
typedef lwkt_item_t __attribute__((may_alias)) link_t;

static link_t *
item_link(lwkt_item_t item)
{
	return (link_t *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);
}

/* A counter's only writer. */
static inline void
count(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

size_t
ipiq_ring_bytes(unsigned int items)
{
	return (size_t)rte_ring_get_memsize(rte_align32pow2(items + 1));
}

struct rte_ring *
ipiq_ring_init(void *mem, unsigned int items)
{
	struct rte_ring *ring = mem;

	rte_ring_init(ring, "lwkt", items, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return ring;
}

/*
 * Sending
 *
 * A pair with something gathered or spilled is on its CPU's dirty list, so that a flush does not
 * look at every pair.
 */

static void
mark_dirty(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	if (!out->io_dirty) {
		out->io_dirty = true;
		cpu->gd_dirty[cpu->gd_ndirty++] = out;
	}
}

/*
 * Bells. To look at each of a hundred rings takes too long when all are empty, so beyond a few CPUs
 * a sender that has published also sets a byte, next to those of the other senders. The receiver
 * looks at eight of them at a time, clears what it finds and then looks into the ring: whoever
 * publishes after that sets the byte again. With few CPUs the rings themselves are polled, because
 * the bell is one more cache line on the way of each burst.
 */
static inline void
ring_bell(uint8_t *bell)
{
	if (unlikely(bell != NULL))
		__atomic_store_n(bell, 1, __ATOMIC_RELEASE); /* E14 */
}

/* Put items into the ring, as many as fit. The ring's own release store is edge E1. */
static unsigned int
ring_put(struct ipiq_out *out, const lwkt_item_t *items, unsigned int n)
{
	unsigned int sent;

	sent = rte_ring_sp_enqueue_burst_elem(out->io_ring, items, sizeof(*items), n, NULL);
	if (sent > 0) {
		count(&out->io_items, out->io_items + sent);
		count(&out->io_publications, out->io_publications + 1);
		ring_bell(out->io_bell);
	}
	return sent;
}

static __rte_cold void
spill(struct lwkt_cpu *cpu, struct ipiq_out *out, const lwkt_item_t *items, unsigned int n)
{
	uint64_t depth = out->io_spilled;

	for (unsigned int i = 0; i < n; i++) {
		if (depth++ == 0)
			out->io_spill_head = items[i];
		else
			*item_link(out->io_spill_tail) = items[i];
		out->io_spill_tail = items[i];
	}
	count(&out->io_spilled, depth);
	count(&out->io_ring_full, out->io_ring_full + 1);
	if (depth > out->io_spill_high)
		count(&out->io_spill_high, depth);
	mark_dirty(cpu, out);
}

/* Move spilled items to the ring, oldest first, while it takes them. */
static __rte_cold void
unspill(struct ipiq_out *out)
{
	lwkt_item_t items[DRAIN_BURST];
	unsigned int n;

	do {
		uint64_t depth = out->io_spilled;

		/* Only what surely fits: a link must be read before the item is published. */
		n = RTE_MIN(rte_ring_free_count(out->io_ring), (unsigned int)DRAIN_BURST);
		n = (unsigned int)RTE_MIN((uint64_t)n, depth);
		for (unsigned int i = 0; i < n; i++) {
			items[i] = out->io_spill_head;
			if (--depth > 0)
				out->io_spill_head = *item_link(items[i]);
		}
		count(&out->io_spilled, depth);
		if (n > 0)
			ring_put(out, items, n);
	} while (n == DRAIN_BURST);
}

/* Hand items to the ring, or behind what had to spill before them. */
static inline void
publish(struct lwkt_cpu *cpu, struct ipiq_out *out, const lwkt_item_t *items, unsigned int n)
{
	unsigned int sent = 0;

	if (unlikely(out->io_spilled > 0))
		unspill(out);
	if (likely(out->io_spilled == 0))
		sent = ring_put(out, items, n);
	if (unlikely(sent < n))
		spill(cpu, out, items + sent, n - sent);
}

static inline void
publish_gathered(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	unsigned int n = out->io_count;

	out->io_count = 0;
	out->io_lazy = false;
	publish(cpu, out, out->io_gather, n);
}

/* From a thread that is no CPU: a stack that the target takes whole and turns round. */
static __rte_cold void
inbox_put(unsigned int lcore_id, lwkt_item_t item)
{
	struct lwkt_cpu *cpu = cpus[lcore_id];
	lwkt_item_t head = __atomic_load_n(&cpu->gd_inbox, __ATOMIC_RELAXED);

	do
		*item_link(item) = head;
	while (!__atomic_compare_exchange_n(
	    &cpu->gd_inbox, &head, item, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)); /* E2 */
}

static inline void
gather(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item)
{
	out->io_gather[out->io_count++] = item;
	out->io_lazy = false;
	if (out->io_count >= out->io_flush)
		publish_gathered(cpu, out);
	else
		mark_dirty(cpu, out);
}

void
ipiq_send(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item, bool lazy)
{
	if (!lazy) {
		gather(cpu, out, item);
		return;
	}
	out->io_lazy = out->io_lazy || out->io_count == 0;
	out->io_gather[out->io_count++] = item;
	if (out->io_count >= (out->io_lazy ? out->io_quarter : out->io_flush))
		publish_gathered(cpu, out);
	else
		mark_dirty(cpu, out);
}

void
lwkt_transit_send(unsigned int lcore_id, lwkt_item_t item)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	if (likely(cpu != NULL))
		gather(cpu, cpu->gd_out[lcore_id], item);
	else
		inbox_put(lcore_id, item);
}

void
lwkt_transit_send_burst(unsigned int lcore_id, const lwkt_item_t *items, unsigned int n)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct ipiq_out *out;

	if (unlikely(cpu == NULL)) {
		for (unsigned int i = 0; i < n; i++)
			inbox_put(lcore_id, items[i]);
		return;
	}
	out = cpu->gd_out[lcore_id];
	if (out->io_count == 0 && n >= out->io_flush) {
		publish(cpu, out, items, n);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		gather(cpu, out, items[i]);
}

/* all: passive functions too. A pair that keeps something stays on the list. */
static void
flush_cpu(struct lwkt_cpu *cpu, bool all)
{
	unsigned int i, n = cpu->gd_ndirty;

	cpu->gd_ndirty = 0;
	for (i = 0; i < n; i++) {
		struct ipiq_out *out = cpu->gd_dirty[i];

		out->io_dirty = false;
		if (likely(all || !out->io_lazy))
			publish_gathered(cpu, out);
		if (unlikely(out->io_spilled > 0 || out->io_count > 0))
			mark_dirty(cpu, out);
	}
}

void
lwkt_flush(void)
{
	if (lwkt_self.se_cpu != NULL)
		flush_cpu(lwkt_self.se_cpu, true);
}

/*
 * Receiving
 */

static void
run_note(lwkt_item_t item)
{
	struct lwkt_note *note = (struct lwkt_note *)(item & ~(lwkt_item_t)LWKT_ITEM_KIND);

	note->no_func(note);
}

/* An item that is no message. */
static __rte_cold void
run_item(struct ipiq_in *in, lwkt_item_t item)
{
	switch (item & LWKT_ITEM_KIND) {
	case LWKT_ITEM_CALL:
		ipiq_run_call(in, item);
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
 * Handle what is left of the batch. A function may poll again (it waits for room to send): then
 * the inner pass takes over the rest of the batch, and this one finds it done.
 */
static inline void
finish_batch(struct ipiq_in *in)
{
	while (in->ii_pos < in->ii_end) {
		in->ii_pos += upcalls->up_deliver(
		    in->ii_from, &in->ii_batch[in->ii_pos], in->ii_end - in->ii_pos);
		if (unlikely(in->ii_pos < in->ii_end)) {
			lwkt_item_t item = in->ii_batch[in->ii_pos++];

			ring_bell(
			    in->ii_bell); /* so that an inner pass finds the rest of the batch */
			run_item(in, item);
		}
	}
}

static inline unsigned int
next_batch(struct ipiq_in *in, unsigned int n, unsigned int *left)
{
	in->ii_pos = 0;
	in->ii_end = rte_ring_sc_dequeue_burst_elem(
	    in->ii_ring, in->ii_batch, sizeof(in->ii_batch[0]), n, left); /* E1 */
	return in->ii_end;
}

/* What the ring held when the pass came to it (I73). */
static inline unsigned int
drain(struct ipiq_in *in)
{
	unsigned int n, left, total = 0;

	if (unlikely(in->ii_pos < in->ii_end)) { /* inside a callback */
		total = in->ii_end - in->ii_pos;
		finish_batch(in);
	}
	n = next_batch(in, DRAIN_BURST, &left);
	while (n > 0) {
		finish_batch(in);
		total += n;
		n = RTE_MIN(left, (unsigned int)DRAIN_BURST);
		left -= n;
		if (n > 0)
			n = next_batch(in, n, NULL);
	}
	return total;
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
	return total;
}

void
lwkt_transit_inbox(void)
{
	drain_inbox(lwkt_self.se_cpu);
}

/* The rings whose bells have been rung. */
static unsigned int
answer_bells(struct lwkt_cpu *cpu)
{
	typedef uint64_t __attribute__((may_alias)) eight_bells;
	unsigned int i, end, total = 0;

	for (i = 0; i < cpu->gd_nin; i = end) {
		end = i + sizeof(eight_bells);
		if (likely(
		        __atomic_load_n((eight_bells *)&cpu->gd_bells[i], __ATOMIC_RELAXED) == 0))
			continue;
		for (unsigned int j = i; j < end; j++)
			if (__atomic_exchange_n(&cpu->gd_bells[j], 0, __ATOMIC_ACQUIRE)) /* E14 */
				total += drain(&cpu->gd_in[j]);
	}
	return total;
}

unsigned int
lwkt_poll(void)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	unsigned int i, total = 0;

	if (unlikely(cpu == NULL))
		return 0;
	if (cpu->gd_ndirty > 0) /* first, so that others can begin while we take ours in */
		flush_cpu(cpu, false);
	if (likely(cpu->gd_bells == NULL))
		for (i = 0; i < cpu->gd_nin; i++)
			total += drain(&cpu->gd_in[i]);
	else
		total = answer_bells(cpu);
	if (unlikely(
	        __atomic_load_n(&cpu->gd_inbox, __ATOMIC_RELAXED) != 0 || cpu->gd_inbox_rest != 0))
		total += drain_inbox(cpu);
	if (cpu->gd_ndirty > 0)
		flush_cpu(cpu, false);
	return total;
}

/*
 * Looking at it
 */

bool
ipiq_idle(const struct lwkt_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->gd_nin; i++)
		if (!rte_ring_empty(cpu->gd_in[i].ii_ring))
			return false;
	for (unsigned int i = 0; i < cpu->gd_ndirty; i++)
		if (cpu->gd_dirty[i]->io_count > 0 || cpu->gd_dirty[i]->io_spilled > 0)
			return false;
	return cpu->gd_inbox == 0 && cpu->gd_inbox_rest == 0;
}

int
lwkt_transit_stats(unsigned int from, unsigned int to, struct lwkt_transit_stats *stats)
{
	const struct ipiq_out *out;

	if (from >= RTE_MAX_LCORE || to >= RTE_MAX_LCORE || cpus[from] == NULL)
		return -EINVAL;
	out = cpus[from]->gd_out[to];
	if (out == NULL)
		return -EINVAL;
	stats->ts_items = __atomic_load_n(&out->io_items, __ATOMIC_RELAXED);
	stats->ts_calls = __atomic_load_n(&out->io_call_seq, __ATOMIC_RELAXED);
	stats->ts_publications = __atomic_load_n(&out->io_publications, __ATOMIC_RELAXED);
	stats->ts_avoided = stats->ts_items - RTE_MIN(stats->ts_items, stats->ts_publications);
	stats->ts_ring_full = __atomic_load_n(&out->io_ring_full, __ATOMIC_RELAXED);
	stats->ts_spill_depth = __atomic_load_n(&out->io_spilled, __ATOMIC_RELAXED);
	stats->ts_spill_high = __atomic_load_n(&out->io_spill_high, __ATOMIC_RELAXED);
	return 0;
}
