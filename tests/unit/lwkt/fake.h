/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stand-in for the layer of the message ports above transit: nodes that only know where they
 * come from, and a log of what arrived.
 */
#ifndef FAKE_H
#define FAKE_H

#include <lwkt_ipiq.h>

#include "lwkt_transit.h"
#include "test.h"

#define FAKE_KIND 7u /* a second kind of item, beside LWKT_ITEM_MSG */

struct node {
	lwkt_item_t link; /* transit's while it has the node */
	unsigned int from, to, seq;
};

struct arrival {
	struct node *node;
	unsigned int cpu, from, kind; /* where, and what transit says */
};

/*
 * What arrived, in order, on all CPUs; of tests in one thread. fake_arrived counts on to the
 * array's end and then starts again.
 */
#define FAKE_ARRIVALS 65536
extern struct arrival fake_arrivals[FAKE_ARRIVALS];
extern unsigned int fake_arrived;

/* Called for each message that arrives, after it has been logged. */
extern void (*fake_on_arrival)(struct node *node);

/* Items of these kinds are taken, others refused; by default all that are sent here. */
extern unsigned int fake_kinds;

/* Send one: the node says where from (informs the check only) and to. */
void fake_send(struct node *node, unsigned int to, unsigned int seq);

/* n nodes to CPU to, numbered from 0, singly. */
void fake_send_many(struct node *nodes, unsigned int n, unsigned int to);

/* Has exactly this come, from CPU from to CPU to: numbers first .. first + n - 1 in this order? */
bool fake_got(unsigned int from, unsigned int to, unsigned int first, unsigned int n);

struct lwkt_transit_stats fake_stats(unsigned int from, unsigned int to);

#endif /* FAKE_H */
