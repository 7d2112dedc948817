/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of messages and ports share.
 */
#ifndef PORTS_H
#define PORTS_H

#include <lwkt_msgport.h>

#include "test.h"

/* A message with a number. */
struct tmsg {
	struct lwkt_msg msg;
	unsigned int seq;
};

/* n messages, zeroed, numbered from 0, initialised. */
void tmsgs_init(struct tmsg *t, unsigned int n, lwkt_port_t reply_port, int flags);

/* Take the next message as the port's owner and tell its number; -1: none. */
int get_seq(lwkt_port_t port);

/*
 * The kinds of ports that queue, for tests that all of them pass. Their owner is CPU 0, and CPU 0
 * has to make them.
 */
enum port_kind { KIND_THREAD, KIND_SPIN, KIND_SPIN_FIXED, KINDS };
extern const char *const kind_names[KINDS];
void kind_init(lwkt_port_t port, enum port_kind kind);

#define expect_flags(msgp, want)                                           \
	cr_expect_eq((unsigned int)(msgp)->ms_flags, (unsigned int)(want), \
	    "flags are 0x%x, not 0x%x", (unsigned int)(msgp)->ms_flags, (unsigned int)(want))

/* The text that "%p" makes of a pointer, to look for in a report; eight at a time. */
const char *ptr_text(const void *ptr);

/* The put functions of a putonly port: they count, and keep the last message. */
extern unsigned int inline_puts;
extern lwkt_msg_t inline_last;
extern int inline_flags;                            /* of the message, as the function found it */
int put_inline_5(lwkt_port_t port, lwkt_msg_t msg); /* handles it: the result is 5 */
int put_accept(lwkt_port_t port, lwkt_msg_t msg);   /* keeps it and returns EASYNC */

/*
 * For waits in one thread: run fn(arg) as CPU 1 once CPU 0, which is the caller, serves its
 * transit. fn may call it again, for the pass after that. Eight at a time.
 */
void when_waiting(void (*fn)(void *), void *arg);

/* Let that CPU's threads run until none can; its own context goes last. */
void run_as(unsigned int cpu);

/* For test_launch() on all CPUs but the main one: runs that CPU's threads until stop_yielding(). */
int yield_until_stopped(void *arg);
void stop_yielding(void);

#endif /* PORTS_H */
