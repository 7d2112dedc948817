/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads that sleep in the kernel, and CPUs that wait, for each other and all ways:
 *
 *      pthread callers ──┬──▶ thread port of CPU 1, which serves
 *      CPU 2, CPU 3 ─────┤
 *      LWKT threads there┴──▶ spin port, which pthreads (one or two) sleep on and serve
 *
 * Each caller calls (SYNC), or sends some and waits for the port, or for each message; with and
 * without LWKT_PCATCH, while anybody interrupts anybody. A wakeup that is lost hangs the test.
 */
#ifndef SLEEP_H
#define SLEEP_H

#include "traffic.h"

#define CALLERS     3 /* pthreads */
#define LIGHTS      6 /* at most: LWKT threads that call */
#define FIRST_LIGHT (TEST_CPUS + CALLERS)
#define EACH        (FIRST_LIGHT + LIGHTS)
#define CLERKS      2 /* at most: pthreads that serve the spin port */

#define BATCH 8

struct smsg {
	struct lwkt_msg msg;          /* first */
	struct lwkt_serialize *guard; /* of the reply port, or NULL */
	unsigned int from, to, seen;
	uint64_t number;
	bool marked; /* by an abort, where the message was */
};

struct caller {
	alignas(64) struct lwkt_port home;
	struct lwkt_serialize guard;
	struct smsg msgs[BATCH];
	uint64_t sent[2], to_send, seed;
	uint64_t aborts, interrupted;
	bool serialized;
};

extern struct lwkt_port servers[2]; /* of CPU 1, of the clerks */
extern struct caller callers[EACH];
/* Whom to interrupt. */
extern struct lwkt_thread *threads[RTE_DIM(callers) + 1 + CLERKS];
extern unsigned int ncallers, nthreads;
extern unsigned int started, finished, left; /* atomic */

/* Go on when all are here. */
void meet(unsigned int *counter, unsigned int all);

/* sleep_call.c: all that a caller does. */
void call_all(struct caller *c);

#endif /* SLEEP_H */
