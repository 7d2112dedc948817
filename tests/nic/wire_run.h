/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What nic-wire does at the two ends of its wires: frames into both, and all that comes taken.
 * Each returns 0, or -1: said on stderr. Whether what came is right, the ends' counters say.
 */
#ifndef TESTS_NIC_WIRE_RUN_H
#define TESTS_NIC_WIRE_RUN_H

#include "wire_end.h"

struct wire_options {
	uint64_t wo_frames;  /* each way */
	uint64_t wo_rate;    /* frames a second each way */
	uint64_t wo_window;  /* frames under way each way at most */
	uint64_t wo_flows;   /* 1..WIRE_FLOWS_MAX */
	uint64_t wo_series;  /* 0..999 */
	uint64_t wo_seconds; /* after which what has not come is lost */
};

/* Send all frames and wait for them, as long as some come or go; prints the rate it came to. */
int wire_run_both(struct wire_end *end, const struct wire_options *opt);

/* Send all frames, whatever becomes of them; qemu has taken them in the end. */
int wire_run_down(struct wire_end *end, const struct wire_options *opt);

/* Send a frame every 100 ms both ways until the links are up; then none is under way. */
int wire_run_probe(struct wire_end *end, const struct wire_options *opt);

/* What comes at one end goes out at the other, until SIGTERM: the NICs have a wire between them. */
int wire_run_cross(struct wire_end *end);

#endif /* TESTS_NIC_WIRE_RUN_H */
