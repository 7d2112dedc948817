/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench rfc2544 from the inside.
 *
 *      rfc2544.c      options, the sizes one after the other, the tests of each, the report
 *      rfc_trial.c    one trial, and how far the whole has come
 *      rfc_search.c   MLRsearch: what to try next
 */
#ifndef BENCH_RFC_PVT_H
#define BENCH_RFC_PVT_H

#include <jansson.h>

#include "gen_pvt.h"
#include "rfc_search.h"

#define RFC_REPEATS_MAX 20
#define RFC_BURSTS_MAX  1000

enum rfc_test {
	RFC_THROUGHPUT,
	RFC_LATENCY,
	RFC_LOSS,
	RFC_BURST,
	RFC_TESTS,
};

/* The command line. */
struct rfc_args {
	unsigned int ra_tests;    /* bits of rfc_test */
	struct rate_spec ra_high; /* RATE_MAX: what the sender can */
	unsigned int ra_ms;       /* of a trial */
	unsigned int ra_repeats;  /* trials that a load of the search needs; of latency and loss */
	unsigned int ra_bursts;   /* searches for the longest burst */
	unsigned int ra_exceed;   /* per cent of a load's trials that may lose more */
	bool ra_each;             /* each direction's own rate, too */
	double ra_loss;           /* of 1, may be lost in the search for PDR; 0: no such search */
	unsigned int ra_permille; /* of the rate that is found: how wide an interval may be */
	struct uint_list ra_at;   /* per cent of the throughput: where latency is measured */
	unsigned int ra_size[GEN_SIZES], ra_sizes; /* of frames, with FCS */
};

struct rfc {
	const struct rfc_args *rf_args;
	struct gen_run *rf_gen;
	unsigned int rf_size; /* now */
	double rf_high;       /* frames/s each way that are tried at most with this size */
	double rf_throughput; /* that was found, for the latency; 0: none, or not looked for */
	uint64_t rf_learned;  /* TSC when the last learning frames were sent; 0: none were */
	/* Progress */
	unsigned int rf_trials, rf_expected; /* done, and at most to be done */
	uint64_t rf_begun;                   /* TSC */
	bool rf_answers;                     /* frames have come back in each direction */
	unsigned int rf_silent;              /* trials in a row in which nothing came back */
	uint64_t rf_foreign;       /* frames that were not of the trial in which they came */
	const char *rf_incomplete; /* why; NULL: it is not */
};

struct rfc_ask {
	const char *rk_what; /* for the line on stderr */
	double rk_pps;       /* each way; 0: as fast as can be */
	uint64_t rk_count;   /* frames each way; 0: as many as there is time for */
	bool rk_once;        /* do not repeat it, whatever its quality */
};

struct rfc_result {
	double rr_pps;     /* that were sent each way */
	double rr_offered; /* that the tester can: late by a burst at most, and misses nothing */
	double rr_lost[SEARCH_VIEWS]; /* of 1: of all, and of each direction */
	uint64_t rr_sent, rr_missing; /* what the tester's own devices missed is not missing */
	uint64_t rr_own;              /* and comes to so many frames */
	enum search_quality rr_quality;
};

/*
 * rfc_trial.c: a trial, and again if the rate was not held or the tester was disturbed. Of a rate
 * that is not held the last trial counts. The latencies are in the directions' histograms then.
 *
 * @return false: interrupted, disturbed each time, or nothing has come back yet, or not any more;
 * rf_incomplete says so.
 */
bool rfc_trial(struct rfc *rf, const struct rfc_ask *ask, struct rfc_result *rr);

/*
 * What --size and --rate say, into both. One size at a time. BENCH_USAGE
 * after one line.
 */
int rfc_args_sizes(struct gen_conf *gc, struct rfc_args *ra, const char *sizes, const char *rate);

#define RFC_UPSET "the tester was disturbed in every trial; give it CPUs of its own"

/* rfc2544.c: about so many trials of a search. */
unsigned int rfc_search_expect(const struct rfc_args *args);
/* About so many trials of one size. */
unsigned int rfc_expect(const struct rfc_args *args);
/* This many of those that were expected are not needed. */
void rfc_spare(struct rfc *rf, unsigned int n);

/* Frames each way at this rate in so many seconds; at least one. */
uint64_t rfc_count(double pps, double seconds);

#endif /* BENCH_RFC_PVT_H */
