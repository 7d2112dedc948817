/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * At what rate: read from the command line, and kept by a token bucket.
 *
 * The bucket is empty in the beginning and holds no more than a burst, so there is no burst at the
 * start, nor behind a pause.
 */
#ifndef BENCH_GEN_RATE_H
#define BENCH_GEN_RATE_H

#include <stdint.h>

/* Preamble, start and gap: bytes on the line with each frame. */
#define RATE_LINE_OVERHEAD 20u

enum rate_unit {
	RATE_MAX,     /* as fast as it goes */
	RATE_PPS,     /* frames a second */
	RATE_BITS,    /* bits a second on the line, with RATE_LINE_OVERHEAD and FCS */
	RATE_PERCENT, /* of the link's speed */
};

struct rate_spec {
	enum rate_unit rs_unit;
	double rs_value;
};

/*
 * "max", "1000pps", "2.5Mpps", "800kbit", "10Gbit", "50%": above 0, up to 100 per cent.
 *
 * @return 0; -EINVAL.
 */
int rate_parse(const char *text, struct rate_spec *spec);

/*
 * A share of frames: "1000" or "1000ppm" of a million, "0.1%"; up to all of them. A time: "100us",
 * "1.5ms", "2s"; a plain number is microseconds.
 *
 * @return 0; -EINVAL.
 */
int share_parse(const char *text, double *share);
int time_parse(const char *text, double *us);

/* Frames per second of this rate at a mean frame size (with FCS) on a link; 0: max. */
double rate_pps(const struct rate_spec *spec, double mean_size, double link_bits);

struct rate {
	double ra_per_cycle; /* frames; 0: no limit */
	double ra_tokens, ra_most;
	uint64_t ra_last;
};

/* pps 0: no limit. */
void rate_init(struct rate *ra, double pps, uint64_t hz, unsigned int burst, uint64_t now);

/* How many of wanted frames may go now; takes them. now does not go back. */
unsigned int rate_take(struct rate *ra, unsigned int wanted, uint64_t now);

#endif /* BENCH_GEN_RATE_H */
