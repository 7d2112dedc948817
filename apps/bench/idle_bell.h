/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle_bell.h: the source of 'lwkt-bench idle', which stands for an rx queue: it finds what is due
 * when it is polled, and where interrupts are waited for its eventfd is the interrupt. It brings no
 * packets: that a poll found the knock is all that is timed.
 */
#pragma once

#include <stdint.h>

#include <lwkt_stage.h>

extern const struct lwkt_stage_kind bell_kind;

/* There is one. 0 or -errno: no more open files. */
int bell_open(void);
void bell_close(void);

/*
 * Knock, and wait for the source's poll that finds it. Main lcore.
 *
 * @param cycles [out]: TSC cycles from the knock to that poll.
 * @return 0, -ETIMEDOUT: not polled for five seconds, or -errno of the eventfd.
 */
int bell_knock(uint64_t *cycles);
