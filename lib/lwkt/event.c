/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events (lwkt_event.h): a ring of the last ones, and counts by kind. All under one lock: events are
 * rare, and nobody who has packets in hand comes here.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "event_pvt.h"
#include "lwkt_log.h"

#define SECOND_NS 1000000000u

static const char *const names[LWKT_EVENT_KINDS] = {
    [LWKT_EVENT_LINK_UP] = "link_up",
    [LWKT_EVENT_LINK_DOWN] = "link_down",
    [LWKT_EVENT_DEVICE_GONE] = "device_gone",
    [LWKT_EVENT_DEVICE_BACK] = "device_back",
    [LWKT_EVENT_DEVICE_STUCK] = "device_stuck",
    [LWKT_EVENT_DEVICE_MOVES] = "device_moves",
    [LWKT_EVENT_POOL_EMPTY] = "pool_empty",
    [LWKT_EVENT_POOL_FILLED] = "pool_filled",
    [LWKT_EVENT_STALL] = "stall",
    [LWKT_EVENT_MOVE] = "move",
    [LWKT_EVENT_OVERLOAD_BEGUN] = "overload_begun",
    [LWKT_EVENT_OVERLOAD_ENDED] = "overload_ended",
    [LWKT_EVENT_RELOAD] = "reload",
    [LWKT_EVENT_LATE] = "late",
};

/* Of what is amiss; 0: good news, or none. */
static const uint32_t levels[LWKT_EVENT_KINDS] = {
    [LWKT_EVENT_LINK_DOWN] = RTE_LOG_WARNING,
    [LWKT_EVENT_DEVICE_GONE] = RTE_LOG_WARNING,
    [LWKT_EVENT_DEVICE_STUCK] = RTE_LOG_WARNING,
    [LWKT_EVENT_POOL_EMPTY] = RTE_LOG_WARNING,
    [LWKT_EVENT_STALL] = RTE_LOG_ERR,
    [LWKT_EVENT_OVERLOAD_BEGUN] = RTE_LOG_WARNING,
    [LWKT_EVENT_LATE] = RTE_LOG_WARNING,
};

static __thread int line_kind = -1; /* of the event that this thread logs */
static pthread_mutex_t events_lock = PTHREAD_MUTEX_INITIALIZER;
/* All below are under it. */
static struct lwkt_event kept[LWKT_EVENTS_KEPT]; /* number i is in place (i - 1) % KEPT */
static uint64_t last_number;
static struct {
	uint64_t ki_count, ki_held; /* all; held back since the last that was not */
	uint64_t ki_since_ns;       /* the second that counts, ... */
	unsigned int ki_let;        /* ... and those let through in it */
} kinds[LWKT_EVENT_KINDS];

const char *
lwkt_event_name(enum lwkt_event_kind kind)
{
	return kind < LWKT_EVENT_KINDS ? names[kind] : "";
}

uint32_t
lwkt_event_level(enum lwkt_event_kind kind)
{
	return kind < LWKT_EVENT_KINDS && levels[kind] != 0 ? levels[kind] : RTE_LOG_NOTICE;
}

static uint64_t
event_clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

/* Under the lock. */
static void
event_keep(enum lwkt_event_kind kind, const char *text)
{
	struct lwkt_event *ev = &kept[last_number % LWKT_EVENTS_KEPT];

	ev->ev_number = ++last_number;
	ev->ev_time_ns = event_clock_ns(CLOCK_REALTIME);
	ev->ev_held = kinds[kind].ki_held;
	ev->ev_kind = kind;
	snprintf(ev->ev_text, sizeof(ev->ev_text), "%s", text);
	for (char *c = ev->ev_text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

int64_t
event_at(uint64_t now_ns, enum lwkt_event_kind kind, const char *text)
{
	int64_t held = -1;

	if (kind >= LWKT_EVENT_KINDS)
		return -1;
	pthread_mutex_lock(&events_lock);
	kinds[kind].ki_count++;
	if (kinds[kind].ki_let == 0 || now_ns - kinds[kind].ki_since_ns >= SECOND_NS) {
		kinds[kind].ki_since_ns = now_ns;
		kinds[kind].ki_let = 0;
	}
	if (kinds[kind].ki_let < LWKT_EVENT_RATE) {
		kinds[kind].ki_let++;
		event_keep(kind, text);
		held = (int64_t)kinds[kind].ki_held;
		kinds[kind].ki_held = 0;
	} else {
		kinds[kind].ki_held++;
	}
	pthread_mutex_unlock(&events_lock);
	return held;
}

int64_t
lwkt_event(enum lwkt_event_kind kind, const char *fmt, ...)
{
	char text[LWKT_EVENT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return event_at(event_clock_ns(CLOCK_MONOTONIC), kind, text);
}

void
lwkt_event_log(const char *type, enum lwkt_event_kind kind, const char *fmt, ...)
{
	char text[LWKT_LOG_BYTES], behind[64] = "";
	va_list ap;
	int64_t held;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text) - sizeof(behind), fmt, ap);
	va_end(ap);
	held = event_at(event_clock_ns(CLOCK_MONOTONIC), kind, text);
	if (held < 0)
		return;
	if (held > 0)
		snprintf(behind, sizeof(behind), "; %" PRId64 " before it were held back", held);
	line_kind = (int)kind;
	lwkt_log(type, lwkt_event_level(kind), "%s%s", text, behind);
	line_kind = -1;
}

int
lwkt_event_of_line(void)
{
	return line_kind;
}

unsigned int
lwkt_events(uint64_t after, struct lwkt_event *events, unsigned int n)
{
	unsigned int got = 0;
	uint64_t number;

	pthread_mutex_lock(&events_lock);
	number = last_number > LWKT_EVENTS_KEPT ? last_number - LWKT_EVENTS_KEPT : 0;
	for (number = number > after ? number : after; number < last_number && got < n; number++)
		events[got++] = kept[number % LWKT_EVENTS_KEPT];
	pthread_mutex_unlock(&events_lock);
	return got;
}

uint64_t
lwkt_event_count(enum lwkt_event_kind kind)
{
	uint64_t count;

	if (kind >= LWKT_EVENT_KINDS)
		return 0;
	pthread_mutex_lock(&events_lock);
	count = kinds[kind].ki_count;
	pthread_mutex_unlock(&events_lock);
	return count;
}
