/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transit, the sender's side, and what both share. The picture is in lwkt_transit.h; the
 * receiver's side is poll.c.
 */
#include <errno.h>
#include <unistd.h>

#include <rte_branch_prediction.h>

#include <lwkt_clock.h>

#include "ipicall_pvt.h"
#include "transit_pvt.h"
#include "ring_pvt.h"

/* A counter's only writer. */
static inline void
count(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

size_t
ipiq_wire_bytes(const struct lwkt_config *cfg)
{
	return (size_t)rte_ring_get_memsize(rte_align32pow2(cfg->cf_ring_size + 1));
}

void
ipiq_wire(struct ipiq_out *out, struct ipiq_in *in, void *mem, const struct lwkt_config *cfg)
{
	out->io_to = in;
	rte_ring_init(
	    mem, "lwkt", cfg->cf_ring_size, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	out->io_ring = mem;
	out->io_ring_end = cfg->cf_ring_size;
	in->ii_ring = mem;
}

bool
ipiq_in_empty(const struct ipiq_in *in)
{
	return rte_ring_empty(in->ii_ring);
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

/* Of those who see that it sleeps, one wakes it. */
__rte_cold void
sleep_wake(struct lwkt_cpu *cpu)
{
	const uint64_t one = 1;
	ssize_t written;

	if (__atomic_exchange_n(&cpu->gd_asleep, 0, __ATOMIC_RELAXED) == 0) /* E19 */
		return;
	do
		written = write(cpu->gd_wake_fd, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
}

void
lwkt_wake(unsigned int lcore_id)
{
	if (lcore_id < RTE_MAX_LCORE && cpus[lcore_id] != NULL)
		sleep_notify(cpus[lcore_id]);
}

/* Something has been published: tell a receiver that does not look into the ring all the time. */
__rte_noinline void
ipiq_signal(const struct ipiq_out *out)
{
	ring_bell(out->io_bell);
	if (out->io_sleeper != NULL)
		sleep_notify(out->io_sleeper);
}

/* Put items into the ring, as many as fit. */
static unsigned int
wire_put(struct ipiq_out *out, const lwkt_item_t *items, unsigned int n)
{
	unsigned int sent =
	    ring_put(out->io_ring, &out->io_ring_next, &out->io_ring_end, items, n); /* E1 */

	if (sent > 0) {
		count(&out->io_items, out->io_items + sent);
		count(&out->io_publications, out->io_publications + 1);
		if (unlikely(out->io_signals))
			ipiq_signal(out);
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
	if (depth > out->io_spill_high) {
		count(&out->io_spill_high, depth);
		count(&out->io_spill_high_time_ns, lwkt_time_of_day_ns());
	}
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
		sent = wire_put(out, items, n);
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
		sent = wire_put(out, items, n);
	if (unlikely(sent < n))
		spill(cpu, out, items + sent, n - sent);
}

static inline void
publish_gathered(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	unsigned int n = ipiq_out_gathered(out);

	if (n == 0 && likely(out->io_spilled == 0)) /* the last one made them go */
		return;
	ipiq_out_empty(out);
	publish(cpu, out, out->io_gather.ga_item, n);
}

void
ipiq_publish(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	publish_gathered(cpu, out);
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
	sleep_notify(cpu);
}

/* An active item has been gathered: publish, or see to it that a flush does. */
static inline void
settle(struct lwkt_cpu *cpu, struct ipiq_out *out)
{
	out->io_lazy = LAZY_NOT;
	out->io_gather.ga_stop = &out->io_gather.ga_item[out->io_flush - 1];
	if (ipiq_out_gathered(out) >= out->io_flush)
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
	*out->io_gather.ga_next++ = item;
	settle(cpu, out);
}

/* The same for each of n: as many at a time as it takes to make them go. */
static void
gather_burst(struct lwkt_cpu *cpu, struct ipiq_out *out, const lwkt_item_t *items, unsigned int n)
{
	while (n > 0) {
		unsigned int have = ipiq_out_gathered(out);
		unsigned int m = have < out->io_flush ? RTE_MIN(n, out->io_flush - have) : 1;

		for (unsigned int i = 0; i < m; i++)
			*out->io_gather.ga_next++ = *items++;
		settle(cpu, out);
		n -= m;
	}
}

void
ipiq_send(struct lwkt_cpu *cpu, struct ipiq_out *out, lwkt_item_t item, bool lazy)
{
	struct lwkt_gather *ga = &out->io_gather;

	if (!lazy) {
		gather(cpu, out, item);
		return;
	}
	if (out->io_lazy != LAZY_NOT || ga->ga_next == ga->ga_item)
		out->io_lazy = LAZY_PASSIVE;
	*ga->ga_next++ = item;
	if (ipiq_out_gathered(out) >= (out->io_lazy ? out->io_quarter : out->io_flush)) {
		publish_gathered(cpu, out);
		return;
	}
	if (out->io_lazy)
		ga->ga_stop = ga->ga_next; /* the next active item has to be noticed */
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
	if (ipiq_out_gathered(out) == 0 && n >= out->io_flush)
		publish(cpu, out, items, n);
	else
		gather_burst(cpu, out, items, n);
}

void
lwkt_transit_note(unsigned int lcore_id, struct lwkt_note *note)
{
	if (lwkt_self.se_cpu != NULL)
		ipiq_odd(lwkt_self.se_cpu->gd_out[lcore_id]);
	lwkt_transit_send(lcore_id, (lwkt_item_t)note | LWKT_ITEM_NOTE);
}

/* all: passive functions too. A pair that keeps something stays on the list. */
void
ipiq_flush(struct lwkt_cpu *cpu, bool all)
{
	unsigned int i, n = cpu->gd_ndirty;

	cpu->gd_ndirty = 0;
	for (i = 0; i < n; i++) {
		struct ipiq_out *out = cpu->gd_dirty[i];

		out->io_dirty = false;
		if (likely(out->io_lazy == LAZY_NOT || (all && out->io_lazy == LAZY_PASSIVE) ||
		           out->io_spilled > 0))
			publish_gathered(cpu, out);
		if (unlikely(!ipiq_out_idle(out)))
			mark_dirty(cpu, out);
	}
}

void
lwkt_flush(void)
{
	if (lwkt_self.se_cpu != NULL)
		ipiq_flush(lwkt_self.se_cpu, true);
}

/*
 * Looking at it
 */

bool
ipiq_idle(const struct lwkt_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->gd_nin; i++)
		if (!ipiq_in_empty(&cpu->gd_in[i]))
			return false;

	for (unsigned int i = 0; i < cpu->gd_ndirty; i++)
		if (!ipiq_out_idle(cpu->gd_dirty[i]))
			return false;
	for (const struct call_in *ci = cpu->gd_callers; ci != NULL; ci = ci->ci_more)
		if (calls_asked(ci))
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
	stats->ts_size = rte_ring_get_capacity(out->io_ring);
	stats->ts_depth = ring_depth(out->io_ring);
	stats->ts_ring_full = __atomic_load_n(&out->io_ring_full, __ATOMIC_RELAXED);
	stats->ts_spill_depth = __atomic_load_n(&out->io_spilled, __ATOMIC_RELAXED);
	stats->ts_spill_high = __atomic_load_n(&out->io_spill_high, __ATOMIC_RELAXED);
	stats->ts_spill_high_time_ns =
	    __atomic_load_n(&out->io_spill_high_time_ns, __ATOMIC_RELAXED);
	return 0;
}
