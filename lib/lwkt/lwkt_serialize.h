/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The serializer: a lock for a device or a subsystem that may be held across a wait, and that
 * knows a handler which can be switched off (DragonFly: <sys/serialize.h>).
 *
 * Not recursive. A CPU that waits for one serves its transit meanwhile; any other thread sleeps in
 * the kernel. Who waits on a serializer port (lwkt_initport_serialize) releases the serializer
 * for as long as it sleeps. A pthread attaches and detaches (lwkt_cpu.h) while it holds none: that
 * is who it is to the serializer.
 *
 * Matrix of calls: any of them against any other from any thread; exit only by the holder.
 */
#ifndef LWKT_SERIALIZE_H
#define LWKT_SERIALIZE_H

#include <lwkt_cpu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_serialize {
	int sl_word;     /* atomic (E8), futex: 0 free, 1 held, 2 held and somebody sleeps */
	int sl_disabled; /* atomic: the handler is switched off */
	const void
	    *sl_owner; /* atomic, relaxed: who holds it; only the holder's answer is certain */
};

typedef struct lwkt_serialize *lwkt_serialize_t;

/**
 * Make a serializer: free, and its handler enabled.
 *
 * @param s  the memory for it.
 * Context: whoever makes it, before others know it; does not block. Ordering: none.
 * Source: lwkt_serialize_init(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_init(lwkt_serialize_t s);

/**
 * Take it, waiting for it if need be.
 *
 * @param s  not held by the caller: that stops the program.
 * Context: any thread; blocks. A CPU serves its transit meanwhile, a pthread sleeps.
 * Ordering: acquires E8.
 * Source: lwkt_serialize_enter(), kern/lwkt_serialize.c, where every waiter sleeps.
 */
void lwkt_serialize_enter(lwkt_serialize_t s);

/**
 * lwkt_serialize_enter() that spins for a while before it waits, for short holds.
 *
 * @param s  not held by the caller: that stops the program.
 * Context: any thread; blocks as lwkt_serialize_enter(), but spins 1000 tries first, without
 * serving transit. Ordering: acquires E8.
 * Source: lwkt_serialize_adaptive_enter(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_adaptive_enter(lwkt_serialize_t s);

/**
 * Take it if that needs no wait.
 *
 * @param s  the serializer.
 * @return 1 taken, 0 not: held by somebody, the caller included.
 * Context: any thread, does not block. Ordering: acquires E8 if taken.
 * Source: lwkt_serialize_try(), kern/lwkt_serialize.c, with its values.
 */
int lwkt_serialize_try(lwkt_serialize_t s);

/**
 * Give it back, and wake those who sleep for it.
 *
 * @param s  held by the caller, else the program stops.
 * Context: the holder, does not block. Ordering: releases E8.
 * Source: lwkt_serialize_exit(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_exit(lwkt_serialize_t s);

/**
 * Does the calling thread hold it?
 *
 * @param s  the serializer.
 * @return true if it does.
 * Context: any thread, does not block. Ordering: none; who holds it has acquired E8.
 * Source: ASSERT_SERIALIZED(), here a question for assert().
 */
bool lwkt_serialize_held(const struct lwkt_serialize *s);

/**
 * Switch the handler off. To be sure that none runs any more, do it while holding the serializer.
 *
 * @param s  the serializer, held or not.
 * Context: any thread, does not block. Ordering: none; a handler that begins later has E8.
 * Source: lwkt_serialize_handler_disable(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_handler_disable(lwkt_serialize_t s);

/**
 * Switch the handler on.
 *
 * @param s  the serializer, held or not.
 * Context: any thread, does not block. Ordering: none; a handler that begins later has E8.
 * Source: lwkt_serialize_handler_enable(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_handler_enable(lwkt_serialize_t s);

/**
 * Run func(arg, frame) inside the serializer if the handler is enabled, looked at again once it
 * is taken.
 *
 * @param s      not held by the caller.
 * @param func   the handler.
 * @param arg    its first argument.
 * @param frame  its second, the interrupt's frame there.
 * Context: any thread; blocks as lwkt_serialize_enter(). Ordering: acquires E8, releases E8.
 * Source: lwkt_serialize_handler_call(), kern/lwkt_serialize.c.
 */
void lwkt_serialize_handler_call(
    lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame);

/**
 * lwkt_serialize_handler_call() without a wait.
 *
 * @param s      the serializer.
 * @param func   the handler.
 * @param arg    its first argument.
 * @param frame  its second.
 * @return 0 it ran; 1 not: it is switched off, or somebody holds the serializer.
 * Context: any thread, does not block. Ordering: acquires E8, releases E8, if it ran.
 * Source: lwkt_serialize_handler_try(), kern/lwkt_serialize.c, with its values; that does not look
 * at the handler again.
 */
int lwkt_serialize_handler_try(
    lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_SERIALIZE_H */
