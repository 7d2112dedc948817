/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt, and for tests: events with a clock of one's own.
 */
#ifndef LWKT_EVENT_PVT_H
#define LWKT_EVENT_PVT_H

#include "lwkt_event.h"

/* As lwkt_event(), at now_ns of a monotonic clock. */
int64_t event_at(uint64_t now_ns, enum lwkt_event_kind kind, const char *text);

#endif /* LWKT_EVENT_PVT_H */
