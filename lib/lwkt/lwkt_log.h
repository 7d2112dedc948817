/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines and the end of the program.
 *
 *      LWKT_LOG(ERR, "stage %s: window %u; give a power of two", name, window);
 *
 *   level     for                                                     shown by default
 *   ERR       bad input: the thing, the place and the fix             yes
 *   WARNING   the program goes on, but not as somebody will expect    yes
 *   NOTICE    rare and normal, of interest to who runs it             yes
 *   INFO      what it does                                            yes
 *   DEBUG     for who changes the code                                no
 *
 * Lines go to rte_log(). A file's log type is LWKT_LOGTYPE, a string that is defined before this
 * header is included. The libraries have lib.lwkt, lib.msgport, lib.dispatch, lib.stages and
 * lib.plan. Others use user.NAME; without a definition it is user.lwkt. EAL's --log-level chooses:
 * --log-level=lib.dispatch:debug.
 *
 * What breaks a contract ends the program: lwkt_panic().
 */
#ifndef LWKT_LOG_H
#define LWKT_LOG_H

#include <stdint.h>

#include <rte_log.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LWKT_LOGTYPE
#define LWKT_LOGTYPE "user.lwkt"
#endif

/** Bytes that a line may have; more is cut off. */
#define LWKT_LOG_BYTES 512

/**
 * Log one line of this file's type.
 *
 * @param level  ERR, WARNING, NOTICE, INFO or DEBUG.
 * @param ...    as printf()'s; no newline at the end.
 * Context: any thread, may block on the log. Ordering: none. Source: ours.
 */
#define LWKT_LOG(level, ...) lwkt_log(LWKT_LOGTYPE, RTE_LOG_##level, __VA_ARGS__)

/**
 * LWKT_LOG(ERR, ...): bad input.
 *
 * @param ...  as printf()'s; no newline at the end.
 * Context: any thread, may block on the log. Ordering: none. Source: ours.
 */
#define lwkt_error(...) LWKT_LOG(ERR, __VA_ARGS__)

/**
 * What LWKT_LOG() calls: log one line, "lwkt: ...", if its type and level are shown.
 *
 * @param type   the log type's name; registered if it is new, with level INFO or what EAL was told.
 * @param level  RTE_LOG_ERR, ...
 * @param fmt    as printf()'s, its arguments behind it.
 * Context: any thread, may block on the log. Ordering: none. Source: ours, over rte_log().
 */
__attribute__((cold, format(printf, 3, 4))) void lwkt_log(
    const char *type, uint32_t level, const char *fmt, ...);

/**
 * A broken contract: print one line to standard error, "lwkt: ..." and the thread that did it, call
 * the hook and abort().
 *
 * @param fmt  as printf()'s, its arguments behind it; no newline at the end.
 * Context: any thread; does not return. Ordering: none. Source: panic(), kern/kern_shutdown.c.
 */
__attribute__((noreturn, cold, format(printf, 1, 2))) void lwkt_panic(const char *fmt, ...);

/**
 * What lwkt_panic() calls after it has printed its line: to save what is worth it, say. abort()
 * follows if it returns. A panic inside it, or on another thread meanwhile, does not call it again.
 *
 * @param hook  gets the line without its newline, valid during the call; NULL: none.
 * Context: any thread, does not block. The hook runs on the thread that panics, with any of the
 * library's locks held; it must not call the library.
 * Ordering: releases the hook to the panic that calls it (E21). Source: ours.
 */
void lwkt_set_panic_hook(void (*hook)(const char *text));

#ifdef __cplusplus
}
#endif

#endif /* LWKT_LOG_H */
