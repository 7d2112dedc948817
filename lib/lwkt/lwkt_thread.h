/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread: whoever owns a port. A CPU's own context, or an attached pthread (lwkt_attach()).
 */
#ifndef LWKT_THREAD_H
#define LWKT_THREAD_H

#include <lwkt_msgport_types.h>

#define LWKT_THREAD_NAME_BYTES 16

/* Made by lwkt_init() and lwkt_attach() only; constant from then on, but for the port. */
struct lwkt_thread {
	/* The port that it embeds: a thread port on a CPU, a spin port of a pthread. */
	struct lwkt_port td_msgport;

	/* Of the library alone. */
	unsigned int td_cpuid;  /* LWKT_CPU_NONE for a pthread */
	int td_intr;            /* atomic (E9), futex: lwkt_interrupt() was called */
	unsigned int td_awaits; /* atomic, relaxed: lcore id + 1 of the CPU long waited for, or 0 */
	char td_name[LWKT_THREAD_NAME_BYTES];
};

typedef struct lwkt_thread lwkt_thread;
typedef struct lwkt_thread *lwkt_thread_t;

#endif /* LWKT_THREAD_H */
