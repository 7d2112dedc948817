/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as packets that end where their memory ends. For reading only: they are of no pool.
 */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <rte_mbuf.h>

#define SEGMENTS_MAX 8

struct segments {
	struct rte_mbuf sg_mbuf[SEGMENTS_MAX]; /* the first is the packet */
	unsigned int sg_n;
};

/* Cut into n + 1 segments at these offsets, ascending; each in an allocation of its own. */
struct rte_mbuf *segments_make(struct segments *sg, const uint8_t *data, unsigned int bytes,
    const unsigned int *cut, unsigned int n);
void segments_free(struct segments *sg);

/* In one piece before a page that nobody may touch; valid until the next call. */
struct rte_mbuf *guarded_make(struct rte_mbuf *m, const uint8_t *data, unsigned int bytes);

#endif /* SEGMENTS_H */
