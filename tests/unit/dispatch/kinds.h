/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage kinds for tests: a source of numbered packets, a relay, a sink that keeps a log, and a
 * stage that keeps what it gets.
 */
#ifndef KINDS_H
#define KINDS_H

#include <lwkt_pipeline.h>

#include "test.h"
#include "test_pool.h"

/* What a numbered packet says at its beginning. */
struct numbered {
	uint32_t source, number;
};

/* Source: emits packets 0 .. sc_count - 1, in bursts of sc_burst, turn about to its outputs. */
struct source_conf {
	struct rte_mempool *sc_pool;
	uint32_t sc_id, sc_count;
	unsigned int sc_burst;
	uint16_t sc_bytes; /* of a packet; 0: 60 */
	bool sc_mixed;     /* they claim to come from ethdev mixed_port(number) instead */
	uint16_t sc_port;  /* where the packets claim to come from */
};
extern const struct lwkt_stage_kind kind_source;

/* 0 to 3, in runs of different lengths. */
static inline uint16_t
mixed_port(uint32_t number)
{
	return (uint16_t)(number * 7 / 5 % 11 % 4);
}

/* Relay: packet k goes to output k mod (number of outputs); every rc_drop_every-th is dropped. */
struct relay_conf {
	unsigned int rc_drop_every; /* 0: none */
};
extern const struct lwkt_stage_kind kind_relay;

/* Sink: as a device that transmits. Keeps its log in the conf, which must outlive it. */
#define SINK_SOURCES 4
struct sink_conf {
	unsigned int nk_slow_us; /* how long each call takes */
	/* Read when the pipeline has stopped: */
	uint64_t nk_packets;
	uint32_t nk_next[SINK_SOURCES]; /* by source: a number not smaller than this is next */
	unsigned int nk_disorder;       /* packets that came too late or twice */
	unsigned int nk_wrong_cpu;      /* calls on another CPU than the stage's */
	unsigned int nk_largest;        /* burst */
	unsigned int nk_keep_bytes;     /* nk_kept's use */
	unsigned char nk_kept[64];      /* the beginning of the last packet */
};
extern const struct lwkt_stage_kind kind_sink;

/* Hoard: keeps every packet until the pipeline is destroyed, so that it never drains. */
extern const struct lwkt_stage_kind kind_hoard;
#define HOARD_MAX 256

/* Fails its sk_init with -ENOSPC. */
extern const struct lwkt_stage_kind kind_failing;

/* sk_init and sk_fini of all the above: how many stages live. */
extern int stages_alive;

/* Start, let all sources run dry, drain, stop; checks the account on the way. */
void run_dry(struct lwkt_pipeline *pl, uint64_t packets);

/* Until so many more packets have come in. */
void await_more(const struct lwkt_pipeline *pl, uint64_t packets);

/* The account holds, and nothing is held. */
struct lwkt_account expect_balanced(const struct lwkt_pipeline *pl);

#endif /* KINDS_H */
