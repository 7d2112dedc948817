/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: requests to a loop.
 */
#ifndef LWKT_CONTROL_PVT_H
#define LWKT_CONTROL_PVT_H

#include "stage_pvt.h"

/* A request to a loop's port. lc_func runs on its CPU between two rounds, and replies it. */
struct loop_ctl {
	struct lwkt_msg lc_msg; /* first */
	void (*lc_func)(struct lwkt_loop *lo, struct loop_ctl *ctl);
	enum loop_mode lc_mode;
	void (*lc_user)(void *arg);
	void *lc_arg;
};

/* On the loop's CPU: a roll-out has come to it; run it if all marks are in. */
__attribute__((cold)) void loop_roll_out(struct lwkt_loop *lo);

/* Main lcore: have ctl's function run on a loop's CPU, and wait for its reply. */
void loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl);

#endif /* LWKT_CONTROL_PVT_H */
