/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of DPDK's telemetry in pages (telemetry.c). For the libraries above, which have lists of
 * their own; programs register commands with EAL.
 */
#ifndef LWKT_TELEMETRY_H
#define LWKT_TELEMETRY_H

#include <rte_telemetry.h>

#include <lwkt_pipeline.h>

/* A page of a list: what was asked for, and entries so far. On the asking thread's stack. */
struct lwkt_tel_page {
	struct rte_tel_data *tp_reply;
	unsigned int tp_first;
	unsigned int tp_n;       /* of all pages */
	const char *tp_pipeline; /* its name, in fill */
};

/**
 * Answer with a page of the list that all pipelines fill, one after the other; none is destroyed
 * meanwhile.
 *
 * @param reply   EAL's.
 * @param params  the first entry's number; NULL or "": 0.
 * @param fill    asks lwkt_tel_entry() for each entry that there is.
 * @return 0; -EINVAL: params is no number.
 * Context: EAL's thread, in a command's function. Ordering: none. Source: ours.
 */
int lwkt_tel_list(struct rte_tel_data *reply, const char *params,
    void (*fill)(struct lwkt_tel_page *tp, const struct lwkt_pipeline *pl));

/**
 * The list's next entry.
 *
 * @param tp  of fill.
 * @return a dictionary to fill; NULL: it is on another page.
 * Context: in fill. Ordering: none. Source: ours.
 */
struct rte_tel_data *lwkt_tel_entry(struct lwkt_tel_page *tp);

/**
 * A text, cut where EAL has no more room for it. EAL 22.11 quotes nothing: " and \ become '.
 *
 * @param entry  a dictionary.
 * @param name   of the field.
 * @param text   any.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_tel_add_text(struct rte_tel_data *entry, const char *name, const char *text);

#endif /* LWKT_TELEMETRY_H */
