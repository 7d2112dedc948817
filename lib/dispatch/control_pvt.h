/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/dispatch: requests to a loop.
 */
#ifndef LWKT_CONTROL_PVT_H
#define LWKT_CONTROL_PVT_H

#include "stage_pvt.h"

/* A loop that is asked polls in every round until the request is there. */
static inline void
loop_announce(struct lwkt_loop *lo)
{
	__atomic_fetch_add(&lo->lo_asked, 1, __ATOMIC_RELAXED);
}

/* On the loop's CPU: a roll-out has come to it; and run it if all marks are in. */
void rollout_take(struct lwkt_loop *lo, struct loop_ctl *ctl);
__attribute__((cold)) void rollout_turn(struct lwkt_loop *lo);

/* Main lcore: have ctl's function run on a loop's CPU, and wait for its reply. */
void loop_request(struct lwkt_loop *lo, struct loop_ctl *ctl);

#endif /* LWKT_CONTROL_PVT_H */
