/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/lwkt: what a CPU and a thread are made of.
 */
#ifndef LWKT_CPU_PVT_H
#define LWKT_CPU_PVT_H

#include <stdalign.h>

#include <rte_common.h>
#include <rte_config.h>

#include "lwkt_cpu.h"
#include "lwkt_thread.h"
#include "lwkt_transit.h"
#include "sched_pvt.h"

struct call_in;
struct call_out;

struct ipiq_in;
struct ipiq_out;

#define BATCH_MAX 256u /* items out of their ring and not yet handled */
#define AHEAD     32u  /* items whose cache lines are sent for before their turn */

/*
 * Items of one ring that the CPU has taken out and not yet handled. In here and not on the stack,
 * so that a pass inside a callback, or a poll after a port has taken some itself, goes on in order.
 */
struct ipiq_batch {
	struct ipiq_in *ba_in;
	unsigned int ba_pos, ba_end; /* [pos, end) are to be handled */
	unsigned int ba_fetched;     /* up to here the lines have been sent for */
	struct call_in *ba_due;      /* calls that come before any item; NULL: none */
	unsigned int ba_depth;       /* deliveries and callbacks that have not returned */
	lwkt_item_t ba_item[BATCH_MAX];
};

/*
 * One lcore's private world (DragonFly's globaldata). Only its own CPU reads and writes it, but
 * for gd_inbox and gd_thread's port. One block of memory on the lcore's node holds this, both kinds
 * of ends, and the inbound rings.
 */
struct lwkt_cpu {
	struct lwkt_thread gd_thread;

	/* Written by foreign threads (E2); a line of its own. */
	alignas(RTE_CACHE_LINE_SIZE) lwkt_item_t gd_inbox;

	/*
	 * Every sender looks at it, if CPUs may sleep (E19): 1 from the announcement until somebody
	 * wakes it. A line of its own, written only then.
	 */
	alignas(RTE_CACHE_LINE_SIZE) unsigned int gd_asleep;
	int gd_wake_fd; /* constant: eventfd; -1: this CPU never sleeps */

	/* Constant after lwkt_init(). */
	alignas(RTE_CACHE_LINE_SIZE) unsigned int gd_cpuid;
	unsigned int gd_nin;        /* inbound ends, one from each other CPU */
	struct ipiq_in *gd_in;      /* [gd_nin] */
	uint8_t *gd_bells;          /* [gd_nin] atomic (E14); NULL: so few that all are polled */
	struct ipiq_out **gd_dirty; /* [gd_nin] pairs with something to publish */
	lwkt_item_t gd_inbox_rest;  /* taken from gd_inbox, in order, not yet handled */
	unsigned int gd_look;       /* the inbound end whose turn it is */
	unsigned int gd_turn;       /* items taken in this turn */
	uint32_t gd_pass;           /* number of the next poll, from 1 on */
	bool gd_plain;              /* a poll links all that is in the rings */
	unsigned int gd_link;       /* polls to come that link all */
	bool gd_pulled; /* a port has given a burst out of its list since the last poll */
	struct ipiq_in
	    *gd_view; /* lwkt_transit_look() gave items of this ring; NULL: of the batch */
	unsigned int gd_ndirty;     /* owner-written */
	struct call_in *gd_callers; /* the senders that have called; NULL: none */
	unsigned int gd_besides;    /* reasons for a poll to look at more than rings and gd_inbox */
	struct sched gd_sched;
	struct ipiq_batch gd_batch;
	size_t gd_bytes;                              /* of the block */
	struct ipiq_out *gd_out[RTE_MAX_LCORE];       /* by target lcore; NULL: no CPU, or self */
	struct lwkt_gather *gd_gather[RTE_MAX_LCORE]; /* of gd_out */
	struct call_out *gd_calls[RTE_MAX_LCORE];     /* by target lcore; NULL: none made yet */
	struct wheel gd_wheel;
	struct pool gd_pool; /* anybody's, under its lock */
};

/* By lcore id; NULL: no CPU. Written by lwkt_init() and lwkt_fini() only. */
extern struct lwkt_cpu *cpus[RTE_MAX_LCORE];

/* The se_gather of threads that are no CPU: nobody in it. */
extern struct lwkt_gather *const no_gather[RTE_MAX_LCORE];

/* From so many inbound rings on, senders ring bells. A variable for the tests' sake. */
extern unsigned int bells_from;

/* The upcalls; until somebody registers, ones that take nothing. */
extern const struct lwkt_upcalls *upcalls;

/* Make a thread context in zeroed memory; its kind is there already. */
void thread_init(struct lwkt_thread *td, unsigned int cpuid, const char *name);

/* Be this CPU from now on: what a worker does at lwkt_init(), and a simulation at each switch. */
void cpu_impersonate(unsigned int lcore_id);

/* sleep.c. What makes it possible for a CPU to sleep: 0, or a negative errno after a logged line. */
int sleep_init(struct lwkt_cpu *cpu);
void sleep_fini(const struct lwkt_cpu *cpu);

/* transit.c: the way to wake one. */
void sleep_wake(struct lwkt_cpu *cpu);

/* Something has been published for this CPU: wake it if it sleeps. The fence is the sleeper's. */
static inline void
sleep_notify(struct lwkt_cpu *cpu)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&cpu->gd_asleep, __ATOMIC_RELAXED) != 0, 0)) /* E19 */
		sleep_wake(cpu);
}

/* The calling CPU; stops the program if the thread is none. */
static inline struct lwkt_cpu *
this_cpu(const char *call)
{
	if (__builtin_expect(lwkt_self.se_cpu == NULL, 0))
		lwkt_panic("%s: the calling thread is no CPU", call);
	return lwkt_self.se_cpu;
}

/* memory.c: on a NUMA node, zeroed, cache-aligned. */
void *numa_zalloc(size_t bytes, int socket);
void numa_release(void *mem, size_t bytes);

#endif /* LWKT_CPU_PVT_H */
