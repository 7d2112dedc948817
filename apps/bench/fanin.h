/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the subcommand fanin: many senders, one receiver, once.
 */
#ifndef BENCH_FANIN_H
#define BENCH_FANIN_H

#include <stdbool.h>
#include <stdint.h>

#define FANIN_SOURCES_MAX 127

/* Messages that a source has: fewer than a ring holds, so what it publishes is there to be read. */
#define FANIN_WINDOW    256
#define FANIN_RING_SIZE 1023

/* What one run found. */
struct fanin_result {
	uint64_t fr_sent[FANIN_SOURCES_MAX], fr_got[FANIN_SOURCES_MAX];
	/* Most messages of others that were received while this one's first was waiting. */
	uint64_t fr_gap[FANIN_SOURCES_MAX];
	uint64_t fr_out_of_order;
	double fr_seconds;
};

/* Memory for so many sources; 0 or -ENOMEM. */
int fanin_init(unsigned int sources);
void fanin_fini(void);

/*
 * Each worker lcore sends to this one: `messages` each, or, if 0, as many as it can in so many
 * seconds.
 */
void fanin_run(uint64_t messages, double seconds, struct fanin_result *result);

#endif /* BENCH_FANIN_H */
