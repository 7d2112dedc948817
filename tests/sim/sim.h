/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lockstep simulation: one OS thread plays MD_CPUS CPUs and two threads that are no CPU, and makes
 * each step in the real libraries and in the model.
 *
 *      generator        ──▶ model (tests/support) ─┐
 *            │                                      ├─ compare (world.c), after each step
 *            └──────────────▶ lib/lwkt, lib/msgport ┘
 *
 * A call that waits runs on a fiber (fiber.c). The libraries wait in one of two ways: a CPU calls
 * lwkt_poll(), a pthread lwkt_futex_wait(). Both are wrapped by the linker; there the fiber gives
 * the CPU up, and the generator goes on with the other actors.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>

#if defined(__has_feature)
#define SIM_HAS(x) __has_feature(x)
#else
#define SIM_HAS(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SIM_HAS(address_sanitizer)
#define SIM_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) || SIM_HAS(thread_sanitizer)
#define SIM_TSAN 1
#endif

#include "transit_pvt.h"
#include "lwkt_msgport.h"
#include "lwkt_serialize.h"
#include "model.h"

/* What a blocked call waits for. */
enum wait_kind {
	W_NOTHING,
	W_PORT,
	W_MSG,
	W_SYNC,
	W_ROOM,
	W_CALL,
	W_FOLLOW,
	W_SLOT_ROOM,
	W_SLOT,
	W_BURST
};

struct wait {
	enum wait_kind kind;
	int port, msg, cpu;
	uint64_t seq;
	bool interruptible; /* and not interrupted yet */
	bool serialized;    /* lets go of the serializer meanwhile */
	bool again;         /* W_FOLLOW: one poll, then look again */
	struct model_burst *burst;
};

/* The world: the model and what it is compared with. */
extern struct model md;
extern struct lwkt_msg real_msg[MD_MSGS];
extern lwkt_port_t real_port[MD_PORTS];
extern struct lwkt_serialize real_serializer;
extern struct lwkt_thread *foreign_td; /* of MD_FOREIGN, in seeds in which it is attached */
extern bool foreign_attached;          /* MD_SECOND always is */
extern bool crowded; /* a seed of shared ports, on which the threads that are no CPU wait a lot */
extern bool verbose;
extern uint64_t steps, current_seed;

void world_start(void);   /* once, after rte_eal_init() */
void world_connect(void); /* after lwkt_init(): all pairs have called */
void world_make(void);    /* for each seed */
void be(int who);         /* play this actor from now on */
int who_am_i(void);
struct lwkt_thread *td_of(int who);
void compare(void); /* every visible effect */

__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *fmt, ...);

#define say(...)                             \
	do {                                 \
		if (verbose)                 \
			printf(__VA_ARGS__); \
	} while (0)

/* Callbacks that the generator hands to the real calls. */
void world_receipt(lwkt_msg_t msg, lwkt_port_t port);
void world_abort(lwkt_msg_t msg);

struct call_arg {
	int label, msg, port;
};

void world_call(void *arg);
void world_slot(int label, int msg, int port); /* what a call in a slot does */

/* Random numbers of the seed. */
unsigned int rnd(unsigned int n); /* below n */
static inline bool
chance(unsigned int percent)
{
	return rnd(100) < percent;
}

/* Fibers: one a blocked actor. */
void fiber_start(int who, void (*body)(int who)); /* returns when body has ended or blocks */
bool fiber_blocked(int who);                      /* inside a call */
bool fiber_runnable(int who);                     /* blocked, and not asleep in the kernel */
void fiber_resume(int who);
struct wait *fiber_wait(int who); /* what its call waits for; set before the real call */
void fiber_interrupted(int who);  /* lwkt_interrupt() wakes an interruptible sleeper */
/* Nothing goes on any more. Fine if the application has it so (who waits for a message that is in
 * its own queue): then the calls are forgotten. @return false: a call waits and need not. */
bool fibers_abandon(void);
extern uint64_t abandoned;
unsigned int fibers_blocked(void);
void fibers_check(void); /* no wakeup has been lost */

/* The generator. */
void ops_reset(void);
void ops_step(void);
void ops_settle(void); /* everything comes home */

#endif /* SIM_H */
