/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LANES
 *
 * What lies between an ordered pair of CPUs if cf_lanes says so: cache lines of seven items and a
 * head, used in turn. The head says that the line is published, and how many items it has, so one
 * line's move hands them over and there is no index that both sides write (rte_ring has two, and
 * moves three lines for a lone item).
 *
 *      sender   ──▶ │head│item│item│item│  ·   ·   ·   · │ ──▶   receiver
 *                     └ the line's number, and how many items it has
 *
 *      publish    copy up to seven items into the next line, then the head: release, E1
 *      take       the next line's head has the number that is due: acquire, E1; copy the items
 *      way back   after a batch the receiver stores the number that is due next (E18); the sender
 *                 looks there only when the lane seems full
 *
 * Numbers grow from line to line, for ever, so what a line had when it was used last is not due;
 * nor is the zero it has at first.
 */
#ifndef LWKT_LANE_PVT_H
#define LWKT_LANE_PVT_H

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "lwkt_transit.h"

#define LANE_ITEMS 7u /* a line has */
/* From one line's number to the next one's; items are added to it. */
#define LANE_STEP UINT64_C(8)

struct lane_line {
	alignas(64) uint64_t ll_head; /* atomic (E1): the line's number, plus its items */
	lwkt_item_t ll_item[LANE_ITEMS];
};

/* One end. Only its CPU uses it. */
struct lane_end {
	struct lane_line *le_next; /* the line that is next */
	uint64_t le_number;        /* and its number */
	struct lane_line *le_first, *le_past;
};

static inline void
lane_init(struct lane_end *le, void *mem, unsigned int lines)
{
	le->le_first = le->le_next = mem;
	le->le_past = le->le_first + lines;
	le->le_number = LANE_STEP;
}

static inline unsigned int
lane_lines(const struct lane_end *le)
{
	return (unsigned int)(le->le_past - le->le_first);
}

static inline void
lane_step(struct lane_end *le)
{
	le->le_number += LANE_STEP;
	if (unlikely(++le->le_next == le->le_past))
		le->le_next = le->le_first;
}

/* As many as n says, fewer than a line's: without a loop. */
static inline void
lane_copy_some(lwkt_item_t *to, const lwkt_item_t *items, unsigned int n)
{
	if (n & 4) {
		memcpy(to, items, 4 * sizeof(*to));
		to += 4;
		items += 4;
	}
	if (n & 2) {
		memcpy(to, items, 2 * sizeof(*to));
		to += 2;
		items += 2;
	}
	if (n & 1)
		*to = *items;
}

/* Publish up to one line's worth of items. Returns how many. */
static inline unsigned int
lane_publish(struct lane_end *le, const lwkt_item_t *items, unsigned int n)
{
	struct lane_line *line = le->le_next;

	if (likely(n >= LANE_ITEMS)) {
		n = LANE_ITEMS;
		memcpy(line->ll_item, items, sizeof(line->ll_item));
	} else {
		lane_copy_some(line->ll_item, items, n);
	}
	__atomic_store_n(&line->ll_head, le->le_number + n, __ATOMIC_RELEASE); /* E1 */
	lane_step(le);
	return n;
}

/* Items of the next line; 0: it is not published. */
static inline unsigned int
lane_due(const struct lane_end *le)
{
	uint64_t n =
	    __atomic_load_n(&le->le_next->ll_head, __ATOMIC_ACQUIRE) - le->le_number; /* E1 */

	return n <= LANE_ITEMS ? (unsigned int)n : 0;
}

/*
 * Take published lines, at most so many and while all of a line fits. Returns the number of items;
 * *lines: how many lines more may be there.
 */
static inline unsigned int
lane_take(struct lane_end *le, lwkt_item_t *items, unsigned int room, unsigned int *lines)
{
	unsigned int n = 0, more;

	while (n + LANE_ITEMS <= room && *lines > 0) {
		more = lane_due(le);
		if (more == 0) {
			*lines = 0;
			break;
		}
		memcpy(&items[n], le->le_next->ll_item, LANE_ITEMS * sizeof(*items));
		n += more;
		lane_step(le);
		--*lines;
	}
	return n;
}

#endif /* LWKT_LANE_PVT_H */
