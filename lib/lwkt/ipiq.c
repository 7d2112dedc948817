/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit: the wires between CPUs. The picture is in lwkt_transit.h.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_ring.h>

#include "ipiq_pvt.h"
#include "lwkt_compat.h"

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
	lwkt_item_t items[LWKT_FLUSH_MAX], next;
	unsigned int i, n, sent;

	do {
		/* All links first: once an item is published, its first word is not ours. */
		n = (unsigned int)RTE_MIN(out->io_spilled, (uint64_t)LWKT_FLUSH_MAX);
		next = out->io_spill_head;
		for (i = 0; i < n; i++) {
			items[i] = next;
			next = i + 1 < out->io_spilled ? *item_link(next) : 0;
		}
		sent = ring_put(out, items, n);
		out->io_spill_head = sent < n ? items[sent] : next;
		count(&out->io_spilled, out->io_spilled - sent);
	} while (sent == LWKT_FLUSH_MAX);
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
	unsigned int n = out->io_gather.ga_count;

	ipiq_out_quiet(out);
	publish(cpu, out, out->io_gather.ga_item, n);
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

/* An active item has been gathered: publish, or see to it that a flush does. */
static inline void
settle(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	out->io_lazy = false;
	out->io_gather.ga_quiet = out->io_flush - 2;
	if (out->io_gather.ga_count >= out->io_flush)
		publish_gathered(cpu, out);
	else
		mark_dirty(cpu, out);
}

void
lwkt_transit_settle(unsigned int lcore_id, lwkt_item_t item)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;

	if (likely(cpu != NULL))
		settle(cpu, cpu->gd_out[lcore_id]);
	else
		inbox_put(lcore_id, item);
}

static inline void
gather(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item)
{
	out->io_gather.ga_item[out->io_gather.ga_count++] = item;
	settle(cpu, out);
}

void
ipiq_send(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item, bool lazy)
{
	struct lwkt_gather *ga = &out->io_gather;

	if (!lazy) {
		gather(cpu, out, item);
		return;
	}
	out->io_lazy = out->io_lazy || ga->ga_count == 0;
	ga->ga_item[ga->ga_count++] = item;
	if (ga->ga_count >= (out->io_lazy ? out->io_quarter : out->io_flush)) {
		publish_gathered(cpu, out);
		return;
	}
	if (out->io_lazy)
		ga->ga_quiet = 0; /* the next active item has to be noticed */
	mark_dirty(cpu, out);
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
	if (out->io_gather.ga_count == 0 && n >= out->io_flush) {
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
		if (likely(all || !out->io_lazy || out->io_spilled > 0))
			publish_gathered(cpu, out);
		if (unlikely(out->io_spilled > 0 || out->io_gather.ga_count > 0))
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
 * Batches. A CPU takes items out of one ring at a time, as many as there are up to BATCH_MAX: to
 * read the ring costs a chain of cache misses, however few items it yields. The lines of the
 * messages are sent for AHEAD of their turn. What a port, or a pass inside a callback, leaves in
 * the batch is next.
 */

static inline void
fetch_ahead(struct ipiq_batch *ba)
{
	unsigned int end = RTE_MIN(ba->ba_end, ba->ba_pos + 2 * AHEAD);

	for (; ba->ba_fetched < end; ba->ba_fetched++)
		lwkt_prefetch_write((const void *)ba->ba_item[ba->ba_fetched]);
}

/* Begin a batch, at most n items from this ring. Returns how many stay there. */
static inline unsigned int
load(struct ipiq_batch *ba, struct ipiq_in *in, unsigned int n)
{
	unsigned int left;

	ba->ba_end = rte_ring_sc_dequeue_burst_elem(in->ii_ring, ba->ba_item,
	    sizeof(ba->ba_item[0]), RTE_MIN(n, BATCH_MAX), &left); /* E1 */
	ba->ba_in = in;
	ba->ba_pos = 0;
	ba->ba_fetched = 0;
	return left;
}

/*
 * Handle what is left of the batch. A function may poll again (it waits for room to send): then
 * the inner pass takes over the rest of the batch and begins others; this one goes on with those.
 */
static inline unsigned int
finish(struct ipiq_batch *ba)
{
	unsigned int n, done, total = 0;

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

/* What the ring held when the pass came to it (I73). */
static inline unsigned int
drain(struct ipiq_batch *ba, struct ipiq_in *in)
{
	unsigned int left = load(ba, in, BATCH_MAX), total = 0;

	while (ba->ba_end > 0) {
		total += finish(ba);
		if (likely(left == 0))
			break;
		load(ba, in, left);
		left -= RTE_MIN(left, BATCH_MAX);
	}
	return total;
}

/*
 * The same without handling them: for a port that takes its messages as they come. The sources
 * take turns, a batch each.
 */
const lwkt_item_t *
lwkt_transit_look(unsigned int *n)
{
	struct lwkt_cpu *cpu = lwkt_self.se_cpu;
	struct ipiq_batch *ba;

	if (unlikely(cpu == NULL || cpu->gd_bells != NULL || cpu->gd_batch.ba_depth > 0))
		return NULL;
	ba = &cpu->gd_batch;
	for (unsigned int i = 0; ba->ba_pos == ba->ba_end && i < cpu->gd_nin; i++) {
		load(ba, &cpu->gd_in[cpu->gd_look], BATCH_MAX);
		if (++cpu->gd_look == cpu->gd_nin)
			cpu->gd_look = 0;
	}
	if (ba->ba_pos == ba->ba_end)
		return NULL;
	fetch_ahead(ba);
	*n = ba->ba_end - ba->ba_pos;
	return &ba->ba_item[ba->ba_pos];
}

void
lwkt_transit_took(unsigned int n)
{
	lwkt_self.se_cpu->gd_batch.ba_pos += n;
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
				total += drain(&cpu->gd_batch, &cpu->gd_in[j]);
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
	total = finish(&cpu->gd_batch);
	if (likely(cpu->gd_bells == NULL))
		for (i = 0; i < cpu->gd_nin; i++)
			total += drain(&cpu->gd_batch, &cpu->gd_in[i]);
	else
		total += answer_bells(cpu);
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
		if (cpu->gd_dirty[i]->io_gather.ga_count > 0 || cpu->gd_dirty[i]->io_spilled > 0)
			return false;
	return cpu->gd_batch.ba_pos == cpu->gd_batch.ba_end && cpu->gd_inbox == 0 &&
	       cpu->gd_inbox_rest == 0;
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
