/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: what happens now and then while packets flow, and whoever runs it wants to know: a link
 * goes down, a stage is late, buckets move. Each kind has one name, which logs, telemetry
 * (/lwkt/events), statistics and metrics use. The last LWKT_EVENTS_KEPT are kept; all are counted.
 *
 * Of a kind LWKT_EVENT_RATE a second are let through. What is beyond that is held back: counted, but
 * not kept, and not to be logged. The next one that is let through knows how many these were.
 */
#ifndef LWKT_EVENT_H
#define LWKT_EVENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_EVENTS_KEPT 256
#define LWKT_EVENT_RATE  10  /**< of a kind, a second */
#define LWKT_EVENT_BYTES 200 /**< of a text, its end included; more is cut off */

/** What has happened. New kinds are added at the end. */
enum lwkt_event_kind {
	LWKT_EVENT_LINK_UP,
	LWKT_EVENT_LINK_DOWN,
	LWKT_EVENT_DEVICE_GONE,
	LWKT_EVENT_DEVICE_BACK,
	LWKT_EVENT_DEVICE_STUCK, /**< a tx queue takes nothing */
	LWKT_EVENT_DEVICE_MOVES, /**< it takes packets again */
	LWKT_EVENT_POOL_EMPTY,
	LWKT_EVENT_POOL_FILLED,    /**< it has mbufs again */
	LWKT_EVENT_STALL,          /**< a handler exceeds its budget, or a CPU stands still */
	LWKT_EVENT_MOVE,           /**< a balancer has moved buckets */
	LWKT_EVENT_OVERLOAD_BEGUN, /**< packets are lost for want of time or room */
	LWKT_EVENT_OVERLOAD_ENDED,
	LWKT_EVENT_RELOAD, /**< files were opened again */
	LWKT_EVENT_LATE,   /**< the main lcore stood still */
	LWKT_EVENT_KINDS
};

/** An event that is kept. */
struct lwkt_event {
	uint64_t ev_number;  /**< 1, 2, ... of the process */
	uint64_t ev_time_ns; /**< CLOCK_REALTIME */
	uint64_t ev_held;    /**< of its kind that were held back before it */
	enum lwkt_event_kind ev_kind;
	char ev_text[LWKT_EVENT_BYTES];
};

/**
 * The name of a kind, for programs: "link_up".
 *
 * @param kind  below LWKT_EVENT_KINDS.
 * @return the name; "" of a number that is no kind.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
const char *lwkt_event_name(enum lwkt_event_kind kind);

/**
 * How much a kind matters, in a log.
 *
 * @param kind  below LWKT_EVENT_KINDS.
 * @return RTE_LOG_ERR or RTE_LOG_WARNING of what is amiss, else RTE_LOG_NOTICE.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
uint32_t lwkt_event_level(enum lwkt_event_kind kind);

/**
 * Something has happened: count it, and keep it if not too many of its kind have come just before.
 * It logs nothing: who calls does, if it is let through, or calls lwkt_event_log() instead.
 *
 * @param kind  what.
 * @param fmt   as printf()'s, its arguments behind it; no newline. Control characters become '?'.
 * @return -1 it is held back; else how many of its kind were held back since the last.
 * Context: any thread but a stage's handler; blocks on a lock for a moment. Ordering: none of ours;
 * the lock's. Source: ours.
 */
__attribute__((cold, format(printf, 2, 3))) int64_t lwkt_event(
    enum lwkt_event_kind kind, const char *fmt, ...);

/**
 * lwkt_event(), which also logs what is let through, and how many before it were held back.
 *
 * @param type  the log type: LWKT_LOGTYPE (lwkt_log.h).
 * @param kind  what.
 * @param fmt   as of lwkt_event().
 * Context: any thread but a stage's handler; may block on the log. Ordering: none of ours.
 * Source: ours.
 */
__attribute__((cold, format(printf, 3, 4))) void lwkt_event_log(
    const char *type, enum lwkt_event_kind kind, const char *fmt, ...);

/**
 * For the stream of rte_openlog_stream(): is the line that is written an event's?
 *
 * @return its kind; -1: it is none.
 * Context: the thread that logs, inside the stream's functions; does not block. Ordering: none.
 * Source: ours, beside rte_log_cur_msg_loglevel().
 */
int lwkt_event_of_line(void);

/**
 * Those that are kept, oldest first.
 *
 * @param after   only those with a higher number; 0: all.
 * @param events  room for n.
 * @param n       at most so many: the oldest of them.
 * @return how many.
 * Context: any thread; blocks on a lock for a moment. Ordering: none of ours. Source: ours.
 */
unsigned int lwkt_events(uint64_t after, struct lwkt_event *events, unsigned int n);

/**
 * How many of a kind have there been, those held back too?
 *
 * @param kind  below LWKT_EVENT_KINDS.
 * @return the count; 0 of a number that is no kind.
 * Context: any thread; blocks on a lock for a moment. Ordering: none of ours. Source: ours.
 */
uint64_t lwkt_event_count(enum lwkt_event_kind kind);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_EVENT_H */
