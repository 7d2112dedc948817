/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: requests to a loop.
 */
#ifndef LWKT_CONTROL_PVT_H
#define LWKT_CONTROL_PVT_H

#include "stage_pvt.h"

/* On the loop's CPU: a roll-out has come to it; run it if all marks are in. */
__attribute__((cold)) void loop_roll_out(struct lwkt_loop *lo);

/* Main lcore: have ctl's function run on a loop's CPU, and wait for its reply. */
void loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl);

#endif /* LWKT_CONTROL_PVT_H */
