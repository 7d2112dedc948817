/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine that is not there, and what the options come to on it.
 */
#ifndef L2FWD_TABLE_H
#define L2FWD_TABLE_H

#include <stdio.h>

#include "plan_pvt.h"

#include "text.h"

/* What an ethdev can do. */
struct table_caps {
	unsigned int tc_rxq, tc_txq;
	const char *tc_no_rss;
};

extern struct lwkt_inventory table_world;
extern unsigned int table_takes; /* rx queues that a driver takes, the next power of two; 0: all */

/* Lcore 0 and workers 1.., ethdevs 0.. with these caps, even ones and odd ones, all on node 0. */
void table_machine(unsigned int nethdevs, unsigned int nworkers, const struct table_caps *even,
    const struct table_caps *odd);

/* The file that the options come to. @return 0; -1: err written, and text is "". */
int table_text(char *text, size_t bytes, const struct l2fwd_args *args, struct l2fwd_err *err);

/* The same, read and checked. @return NULL: err written. */
struct lwkt_pipeline_file *table_plan(const struct l2fwd_args *args, struct l2fwd_err *err);

/* Each stage as "name@lcore>output>output ". */
void table_put_stages(FILE *f, const struct lwkt_pipeline_file *pf);

/* Of what is printed the lines that begin so and have that word. */
void table_put_lines(
    FILE *f, const struct lwkt_pipeline_file *pf, const char *begin, const char *word);

#endif /* L2FWD_TABLE_H */
