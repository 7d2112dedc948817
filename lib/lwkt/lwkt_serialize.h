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

/** Free, and its handler enabled. */
void lwkt_serialize_init(lwkt_serialize_t s);

/** Take it; waits. Entering one that the caller holds stops the program. Acquires edge E8. */
void lwkt_serialize_enter(lwkt_serialize_t s);

/** lwkt_serialize_enter() that spins for a while before it sleeps, for short holds. */
void lwkt_serialize_adaptive_enter(lwkt_serialize_t s);

/** Take it if that needs no wait. @return 1 taken, 0 not (DragonFly's values). */
int lwkt_serialize_try(lwkt_serialize_t s);

/** Give it back; by the holder, else the program stops. Releases edge E8. */
void lwkt_serialize_exit(lwkt_serialize_t s);

/** Does the calling thread hold it? */
bool lwkt_serialize_held(const struct lwkt_serialize *s);

/**
 * Switch the handler off and on. To be sure that none runs any more, disable it while holding the
 * serializer.
 */
void lwkt_serialize_handler_disable(lwkt_serialize_t s);
void lwkt_serialize_handler_enable(lwkt_serialize_t s);

/**
 * Run func(arg, frame) inside the serializer if the handler is enabled, looked at again once it
 * is taken. Waits.
 */
void lwkt_serialize_handler_call(
    lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame);

/** The same without a wait. @return 0 it ran, 1 not (DragonFly's values). */
int lwkt_serialize_handler_try(
    lwkt_serialize_t s, void (*func)(void *, void *), void *arg, void *frame);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_SERIALIZE_H */
