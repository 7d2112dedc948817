/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of pipelines and of the kinds of stages: runs that are audited all the time, and a
 * stage that does to packets what a network does.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include "kinds.h"

/* lwkt_pipeline_audit() is exact; returns the account. */
struct lwkt_account expect_audited(struct lwkt_pipeline *pl);

/* As run_dry() for the packets of the sources, auditing on the way and at the end. */
struct lwkt_account run_audited(struct lwkt_pipeline *pl, uint64_t packets);

/* Until the sources have brought in so many, auditing on the way. */
void await_sources(struct lwkt_pipeline *pl, uint64_t packets);

/* All outputs that cross CPUs become of this kind. */
void edges_as(struct lwkt_stage_row *rows, unsigned int nrows, enum lwkt_edge_kind kind);

/* A table that makes no pipeline: rte_errno, and the line; NULL: some line. */
void expect_no_pipeline(
    const struct lwkt_stage_row *rows, unsigned int nrows, int error, const char *line);

/* Statistics of the stage of that name. */
struct lwkt_stage_stats stats_of(const struct lwkt_pipeline *pl, const char *name);

/* Tamper: what becomes of its packet k, 0, 1, ... */
enum tamper {
	TAMPER_NOTHING,
	TAMPER_DROP,
	TAMPER_TWICE, /* a copy behind it */
	TAMPER_DELAY, /* it leaves behind packet k + tc_delay - 1, or behind the last */
};

#define TAMPER_MAX 64 /* delayed at a time */

struct tamper_conf {
	enum tamper (*tc_fate)(uint32_t k);
	uint32_t tc_delay;
	uint32_t tc_count; /* packets that come; 0: not known */
};
extern const struct lwkt_stage_kind kind_tamper;

#endif /* TOOLS_H */
