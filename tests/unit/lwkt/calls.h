/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions on other CPUs, for tests that play all CPUs in one thread: what ran where, in order.
 */
#ifndef CALLS_H
#define CALLS_H

#include "fake.h"

#define RAN_MAX 4096

extern struct ran {
	unsigned int cpu; /* where */
	unsigned int id;  /* the function's argument */
} ran[RAN_MAX];
extern unsigned int nran;

/* The argument that stands for a number, and back. */
static inline void *
as_arg(unsigned int id)
{
	return (void *)(uintptr_t)id;
}

static inline unsigned int
as_id(const void *arg)
{
	return (unsigned int)(uintptr_t)arg;
}

/* The function: notes that it ran. */
void run_note_id(void *arg);

/* n of them to CPU to, numbered from first. Returns the last sequence number. */
uint64_t send_notes(unsigned int to, unsigned int first, unsigned int n);

/* Have exactly these run so far, on that CPU and in this order: first .. first + n - 1? */
bool ran_exactly(unsigned int cpu, unsigned int first, unsigned int n);

/* Real threads: serve transit until *(int *)arg is set. */
int serve_until_set(void *arg);

/* Launch serve_until_set() on CPUs first and up, and end it. */
void servers_begin(unsigned int first);
void servers_end(void);

/* From here on the calling thread is no CPU. */
void as_nobody(void);

#endif /* CALLS_H */
