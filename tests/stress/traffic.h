/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: every CPU is client and server at once.
 *
 *      CPU 0 ──requests──▶ CPU 1 ...        each to each, in random bursts, single and vector
 *            ◀──replies───
 *
 * A request carries its sender, the server it is for, and its number on that way. The server
 * checks that nothing is missing, twice or out of order, writes an answer that the client checks,
 * and replies. Every client has as many messages as it lets be under way, and uses them again and
 * again: who touched a message after it was done would be seen (by TSan in any case).
 */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <lwkt_ipiq.h>
#include <lwkt_msgport.h>
#include <lwkt_serialize.h>

#include "test.h"

#define MSGS_PER_CPU 512
#define BURST        32

/* How many there are of a million that a plain build can do: with more checks it does fewer. */
#if TEST_TSAN
#define SCALE 12
#elif TEST_ASAN
#define SCALE 4
#elif LWKT_INVARIANTS
#define SCALE 4
#else
#define SCALE 1
#endif
#define MILLION (UINT64_C(1000000) / SCALE)

/* One variant; what is not named is as in the picture above. */
struct traffic {
	uint64_t tr_messages; /* by all clients together */
	unsigned int tr_cpus; /* that take part */
	enum { SERVE_THREAD, SERVE_SPIN, SERVE_SHARED_SPIN, SERVE_SERIALIZER } tr_server;
	enum { HOME_THREAD, HOME_SPIN, HOME_SERIALIZER, HOME_NULL, HOME_FUNCTION } tr_home;
	unsigned int tr_hops;     /* forwards, from each server to the next, before the reply */
	unsigned int tr_priority; /* that many of 8 are PRIORITY */
	unsigned int tr_quota;
	bool tr_front; /* by a put-only port, which answers some itself */
	bool tr_calls; /* function IPIs in between */
	bool tr_moves; /* thread ports change their owner */
};

/* Run it, check it, and count it. */
void traffic_run(const struct traffic *variant);

struct tmsg {
	struct lwkt_msg msg; /* first */
	unsigned int from, first, prio, inlined;
	unsigned int seen; /* servers that have had it */
	uint64_t number;
};

/* traffic_serve.c: the servers */

/* What others see of a server. The port's owner writes st_had. */
struct station {
	struct lwkt_port st_port, st_front; /* st_front: put-only, hands on to st_port */
	struct lwkt_serialize st_guard;
	unsigned int st_owner;                    /* atomic: lcore */
	uint64_t st_had[TEST_CPUS][TEST_CPUS][2]; /* by sender, first station, priority */
	uint64_t st_served;
};

extern struct station stations[TEST_CPUS];

/* The answer that the client expects: wrong if the request has been mixed up or torn. */
static inline int64_t
answer_to(const struct tmsg *m)
{
	return (int64_t)(m->number * 64 + m->from * 8 + m->first);
}

void stations_init(void);
/* Serve what CPU me owns, a little. */
void stations_serve(unsigned int me, uint64_t *seed);

/* traffic.c: the clients, and the loop of each CPU */

/* One CPU's world: only it writes this, but for the messages that are under way. */
struct client {
	alignas(64) struct lwkt_port home;
	struct lwkt_serialize guard;
	struct tmsg msgs[MSGS_PER_CPU];
	lwkt_msg_t idle[MSGS_PER_CPU];
	unsigned int nidle;
	uint64_t to_send, returned, inlined, seed;
	uint64_t numbers[TEST_CPUS][2];                 /* requests to each station */
	uint64_t calls_to[TEST_CPUS], calls[TEST_CPUS]; /* functions sent; had, by sender */
	rte_spinlock_t lock;
	unsigned int nback; /* under lock: what the function of a reply port has been given */
	lwkt_msg_t back[MSGS_PER_CPU];
	unsigned int oldest; /* of the messages, where no port brings them back */
};

extern struct client clients[TEST_CPUS];
extern const struct traffic *tr; /* the variant that runs */

/* traffic_home.c: where the clients get their messages back */

void home_init(struct client *c, unsigned int cpu);
void take_replies(struct client *c);
/* The serializer of the home of CPU from, or NULL. */
struct lwkt_serialize *home_serializer(unsigned int from);

/* stress_run.c: of each test program run */

/* Begin a test: its seed, LWKT_STRESS_SEED or the time, is printed if it fails or hangs. */
uint64_t stress_begin(void);
/* Leave at once when much is wrong, rather than wait for what will not come. */
void stress_check_enough(void);
/* End it: these messages have made their way. The program prints their sum over all tests. */
void stress_end(uint64_t messages);

#endif /* TRAFFIC_H */
