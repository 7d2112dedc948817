/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The serializer. The word is a futex of three values, so that the uncontended way in and out is
 * one atomic operation and the kernel is asked only when somebody sleeps.
 */
#include <rte_branch_prediction.h>
#include "cpu_pvt.h"
#include "lwkt_serialize.h"

#define ADAPTIVE_SPINS 1000

enum { FREE, HELD, HELD_SLEEPERS };

/* A thread's identity: its context, or for a pthread without one an address only it has. */
static const void *
me(void)
{
	return lwkt_self.se_td != NULL ? (const void *)lwkt_self.se_td : &lwkt_self;
}

static bool
take(lwkt_serialize_t s)
{
	int word = FREE;

	if (!__atomic_compare_exchange_n(
	        &s->sl_word, &word, HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) /* E8 */
		return false;
	__atomic_store_n(&s->sl_owner, me(), __ATOMIC_RELAXED);
	return true;
}

/* Who has it, as far as it can be told: a pthread may be gone by the time one looks at it. */
static __rte_cold void
take_report(struct lwkt_patience *pa, const struct lwkt_serialize *s)
{
	const void *owner = __atomic_load_n(&s->sl_owner, __ATOMIC_RELAXED);
	unsigned int lcore_id;

	for (lcore_id = 0; lcore_id < RTE_MAX_LCORE; lcore_id++)
		if (cpus[lcore_id] != NULL && owner == &cpus[lcore_id]->gd_thread)
			break;
	if (lcore_id < RTE_MAX_LCORE)
		lwkt_patience_report(pa, lcore_id, "lwkt_serialize_enter",
		    "serializer %p, which CPU %u holds", (const void *)s, lcore_id);
	else
		lwkt_patience_report(pa, LWKT_CPU_NONE, "lwkt_serialize_enter",
		    "serializer %p, which a thread that is no CPU (%p) holds", (const void *)s,
		    owner);
}

/* A CPU's own context never sleeps: others may need it to serve transit before they can let go. */
static __rte_cold void
take_waiting(lwkt_serialize_t s)
{
	struct lwkt_patience pa = {0};

	if (lwkt_serialize_held(s))
		lwkt_panic(
		    "lwkt_serialize_enter: serializer %p is held by the calling thread already",
		    (void *)s);
	if (!lwkt_sleeps()) {
		while (!take(s)) {
			lwkt_transit_wait();
			if (unlikely(lwkt_patience_due(&pa)))
				take_report(&pa, s);
		}
		lwkt_patience_end(&pa);
		return;
	}
	while (__atomic_exchange_n(&s->sl_word, HELD_SLEEPERS, __ATOMIC_ACQUIRE) != FREE) { /* E8 */
		if (unlikely(lwkt_patience_due(&pa)))
			take_report(&pa, s);
		lwkt_futex_wait(&s->sl_word, HELD_SLEEPERS, false);
	}
	__atomic_store_n(&s->sl_owner, me(), __ATOMIC_RELAXED);
}

void
lwkt_serialize_init(lwkt_serialize_t s)
{
	s->sl_word = FREE;
	s->sl_disabled = 0;
	s->sl_owner = NULL;
}

void
lwkt_serialize_enter(lwkt_serialize_t s)
{
	lwkt_may_wait("lwkt_serialize_enter");
	if (unlikely(!take(s)))
		take_waiting(s);
}

void
lwkt_serialize_adaptive_enter(lwkt_serialize_t s)
{
	lwkt_may_wait("lwkt_serialize_adaptive_enter");
	for (unsigned int i = 0; i < ADAPTIVE_SPINS; i++) {
		if (likely(take(s)))
			return;
		rte_pause();
	}
	take_waiting(s);
}

int
lwkt_serialize_try(lwkt_serialize_t s)
{
	return take(s);
}

void
lwkt_serialize_exit(lwkt_serialize_t s)
{
	if (unlikely(!lwkt_serialize_held(s)))
		lwkt_panic("lwkt_serialize_exit: serializer %p is not held by the calling thread",
		    (void *)s);
	__atomic_store_n(&s->sl_owner, NULL, __ATOMIC_RELAXED);
	if (unlikely(
	        __atomic_exchange_n(&s->sl_word, FREE, __ATOMIC_RELEASE) == HELD_SLEEPERS)) /* E8 */
		lwkt_futex_wake(&s->sl_word);
}

bool
lwkt_serialize_held(const struct lwkt_serialize *s)
{
	return __atomic_load_n(&s->sl_owner, __ATOMIC_RELAXED) == me();
}

/*
 * The handler
 */

void
lwkt_serialize_handler_disable(lwkt_serialize_t s)
{
	__atomic_store_n(&s->sl_disabled, 1, __ATOMIC_RELAXED);
}

void
lwkt_serialize_handler_enable(lwkt_serialize_t s)
{
	__atomic_store_n(&s->sl_disabled, 0, __ATOMIC_RELAXED);
}

static bool
enabled(const struct lwkt_serialize *s)
{
	return __atomic_load_n(&s->sl_disabled, __ATOMIC_RELAXED) == 0;
}

void
lwkt_serialize_handler_call(
    lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame)
{
	if (!enabled(s))
		return;
	lwkt_serialize_enter(s);
	if (enabled(s))
		func(arg, frame);
	lwkt_serialize_exit(s);
}

int
lwkt_serialize_handler_try(lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame)
{
	int rc = 1;

	if (!enabled(s) || !lwkt_serialize_try(s))
		return rc;
	if (enabled(s)) {
		func(arg, frame);
		rc = 0;
	}
	lwkt_serialize_exit(s);
	return rc;
}
