/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake.h"

struct arrival fake_arrivals[FAKE_ARRIVALS];
unsigned int fake_arrived;
void (*fake_on_arrival)(struct node *node);
unsigned int fake_kinds = 1u << LWKT_ITEM_MSG | 1u << FAKE_KIND;

static void
thread_init_nothing(struct lwkt_thread *td)
{
	(void)td;
}

static unsigned int
deliver(unsigned int from, const lwkt_item_t *items, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int kind = (unsigned int)(items[i] & LWKT_ITEM_KIND);
		struct node *node = (struct node *)(items[i] - kind);
		struct arrival *a = &fake_arrivals[fake_arrived % FAKE_ARRIVALS];

		if ((fake_kinds & 1u << kind) == 0)
			return i;
		a->node = node;
		a->cpu = lwkt_mycpuid();
		a->kind = kind;
		a->from = from;
		fake_arrived++;
		node->link =
		    0xdead; /* the node is the receiver's: transit must have let go of it */
		if (fake_on_arrival != NULL)
			fake_on_arrival(node);
	}
	return n;
}

static const struct lwkt_upcalls fake_upcalls = {thread_init_nothing, deliver};

__attribute__((constructor)) static void
register_fake(void)
{
	lwkt_transit_register(&fake_upcalls);
}

void
fake_send(struct node *node, unsigned int to, unsigned int seq)
{
	node->from = lwkt_mycpuid();
	node->to = to;
	node->seq = seq;
	lwkt_transit_send(to, (lwkt_item_t)node | LWKT_ITEM_MSG);
}

void
fake_send_many(struct node *nodes, unsigned int n, unsigned int to)
{
	for (unsigned int i = 0; i < n; i++)
		fake_send(&nodes[i], to, i);
}

bool
fake_got(unsigned int from, unsigned int to, unsigned int first, unsigned int n)
{
	unsigned int have = 0;

	for (unsigned int i = 0; i < fake_arrived; i++) {
		const struct arrival *a = &fake_arrivals[i];

		if (a->node->from != from || a->node->to != to)
			continue;
		if (a->cpu != to || (from < TEST_CPUS && a->from != from) ||
		    a->node->seq != first + have)
			return false;
		have++;
	}
	return have == n;
}

struct lwkt_transit_stats
fake_stats(unsigned int from, unsigned int to)
{
	struct lwkt_transit_stats ts;

	cr_assert_eq(lwkt_transit_stats(from, to, &ts), 0);
	return ts;
}
