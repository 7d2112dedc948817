/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU's timing wheel: four circles of 256 lists. A callout that is due within 256 ticks is on the
 * first circle, at its tick; one within 256^2 on the second, by the next eight bits, and so on. When
 * the first circle has gone round, the next list of the second is dealt out to it. Empty lists of
 * the first circle are skipped by a bit mask, so a CPU that has not polled for a while catches up
 * soon.
 */
#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include "transit_pvt.h"
#include "lwkt_callout.h"
#include "lwkt_clock.h"

#define NS_PER_S 1000000000
#define SLOTS    WHEEL_SLOTS
#define REACH    (UINT64_C(1) << (8 * WHEEL_CIRCLES)) /* ticks; later ones are dealt out again */

uint64_t lwkt_clock_held; /* by a test, which has one thread */

uint64_t
ns_to_tsc(uint64_t ns)
{
	uint64_t hz = rte_get_tsc_hz();

	return ns / NS_PER_S * hz + ns % NS_PER_S * hz / NS_PER_S;
}

/* A tick is 2^shift cycles, about 4 us. */
void
wheel_init(struct wheel *wh)
{
	uint64_t cycles = rte_get_tsc_hz() / 250000;

	wh->wh_shift = cycles > 1 ? 63 - (unsigned int)__builtin_clzll(cycles) : 0;
	wh->wh_tick = lwkt_clock() >> wh->wh_shift;
}

void
wheel_add(struct wheel *wh, struct lwkt_callout *co)
{
	uint64_t tick = RTE_MAX(co->co_tick, wh->wh_tick), ahead = tick - wh->wh_tick;
	unsigned int circle = 0, slot;

	if (unlikely(ahead >= REACH)) {
		tick = wh->wh_tick + REACH - 1;
		ahead = REACH - 1;
	}
	while (ahead >= SLOTS) {
		ahead >>= 8;
		circle++;
	}
	slot = (unsigned int)(tick >> (8 * circle)) % SLOTS;
	LIST_INSERT_HEAD(&wh->wh_slot[circle][slot], co, co_link);
	if (circle == 0)
		wh->wh_mask[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* The first circle has gone round: deal out the lists of the others that have begun. */
static void
wheel_deal(struct wheel *wh)
{
	for (unsigned int circle = 1; circle < WHEEL_CIRCLES; circle++) {
		unsigned int slot = (unsigned int)(wh->wh_tick >> (8 * circle)) % SLOTS;
		struct lwkt_callout *co, *next = LIST_FIRST(&wh->wh_slot[circle][slot]);

		LIST_INIT(&wh->wh_slot[circle][slot]);
		while ((co = next) != NULL) {
			next = LIST_NEXT(co, co_link);
			wheel_add(wh, co);
		}
		if (slot != 0)
			break;
	}
}

/* The next tick of this round that has something, at most the round's end. */
static inline uint64_t
wheel_next(const struct wheel *wh, uint64_t tick)
{
	unsigned int slot = (unsigned int)tick % SLOTS;
	uint64_t word = wh->wh_mask[slot / 64] >> slot % 64;

	if (word != 0)
		return tick + (unsigned int)__builtin_ctzll(word);
	for (unsigned int i = slot / 64 + 1; i < SLOTS / 64; i++)
		if (wh->wh_mask[i] != 0)
			return tick - slot + i * 64 + (unsigned int)__builtin_ctzll(wh->wh_mask[i]);
	return tick - slot + SLOTS;
}

static void
callout_run(struct wheel *wh, struct lwkt_callout *co)
{
	const void *outer = lwkt_self.se_callback;
	void (*fn)(void *) = co->co_fn;

	LIST_REMOVE(co, co_link);
	co->co_armed = false;
	wh->wh_armed--;
	lwkt_self.se_callback = (const void *)(uintptr_t)fn;
	fn(co->co_arg); /* co may be gone after, or armed again */
	lwkt_self.se_callback = outer;
}

/* All before this tick have been run; it is at most at the end of the round. */
static inline void
wheel_advance(struct wheel *wh, uint64_t tick)
{
	wh->wh_tick = tick;
	if (tick % SLOTS == 0)
		wheel_deal(wh);
}

/*
 * The list is taken off first: what its functions arm, and what a deal brings, may go to the same
 * slot for the next round.
 */
static unsigned int
tick_run(struct wheel *wh, uint64_t tick)
{
	unsigned int n = 0, slot = (unsigned int)tick % SLOTS;
	struct callouts now = LIST_HEAD_INITIALIZER(now);
	struct lwkt_callout *co;

	now.lh_first = LIST_FIRST(&wh->wh_slot[0][slot]);
	if (now.lh_first != NULL)
		now.lh_first->co_link.le_prev = &now.lh_first;
	LIST_INIT(&wh->wh_slot[0][slot]);
	wh->wh_mask[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	wheel_advance(wh, tick + 1);
	for (; (co = LIST_FIRST(&now)) != NULL; n++)
		callout_run(wh, co);
	return n;
}

unsigned int
wheel_run(struct wheel *wh, uint64_t now)
{
	uint64_t tick, end;
	unsigned int n = 0;

	if (likely(now < wh->wh_tick) || wh->wh_runs)
		return 0;
	wh->wh_runs = true; /* a function may poll */
	while (wh->wh_tick <= now) {
		end = wh->wh_tick - wh->wh_tick % SLOTS + SLOTS;
		tick = wheel_next(wh, wh->wh_tick);
		if (tick > now)
			wheel_advance(wh, now + 1);
		else if (tick == end)
			wheel_advance(wh, end);
		else
			n += tick_run(wh, tick);
	}
	wh->wh_runs = false;
	return n;
}

unsigned int
callouts_run(struct lwkt_cpu *cpu)
{
	return wheel_run(&cpu->gd_wheel, lwkt_clock() >> cpu->gd_wheel.wh_shift);
}

void
callout_disarm(struct wheel *wh, struct lwkt_callout *co)
{
	LIST_REMOVE(co, co_link); /* a bit of the mask may stay: the list is empty then */
	co->co_armed = false;
	wh->wh_armed--;
}

void
callout_arm(struct lwkt_cpu *cpu, struct lwkt_callout *co, uint64_t tsc)
{
	struct wheel *wh = &cpu->gd_wheel;

	if (wh->wh_armed++ == 0 && !wh->wh_runs) { /* nobody has looked at the time */
		uint64_t before = wh->wh_tick;

		wh->wh_tick = RTE_MAX(lwkt_clock() >> wh->wh_shift, before);
	}
	co->co_tick = (tsc + (UINT64_C(1) << wh->wh_shift) - 1) >> wh->wh_shift;
	co->co_cpuid = cpu->gd_cpuid;
	co->co_armed = true;
	wheel_add(wh, co);
}
