/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several CPUs send to one port: nothing is lost, each source's messages stay in order, and no
 * source starves.
 *
 *     sender 1 ──ring──┐        a source says how many messages it has published, in a line of
 *     sender 2 ──ring──┼──▶ port, receiver      its own; the receiver says how many of them it
 *     sender 3 ──ring──┘        has taken, in a line for each source
 *
 * After each pass the receiver compares the two. A source with more published than taken is
 * waiting; the gap is how many messages of others are taken from when that was seen until one of
 * its own is. It is counted in messages and not in time, so a CPU that is taken away does not widen
 * it. A source starves if its gap is more than a fair receiver could have: each other source's
 * window twice (what it had taken from the rings already, and the next turn), and that doubled.
 */
#include <rte_cycles.h>

#include "traffic.h"

#define SOURCES      3
#define WINDOW       256 /* messages of a source: fewer than a ring holds */
#define GAP_LIMIT    (4 * (uint64_t)(SOURCES - 1) * WINDOW)
#define SOURCE_SHIFT 48 /* a message's number: its source above, its place below */
#define PLACE_MASK   ((UINT64_C(1) << SOURCE_SHIFT) - 1)

struct source {
	/* The sender's; published and gone are atomic, sent is read after it has gone. */
	alignas(64) uint64_t published; /* in the ring, or taken from there */
	uint64_t sent;
	bool gone;
	/* The receiver's; atomic. */
	alignas(64) uint64_t taken;
	/* The receiver's own. */
	alignas(64) uint64_t got; /* and the next place */
	uint64_t since, gap;      /* messages of all when it began to wait; the longest wait */
	bool waiting;
	struct lwkt_msg msg[WINDOW];
};

static struct {
	struct source source[SOURCES];
	struct lwkt_port *port, done;
	uint64_t messages, end; /* of each source; TSC */
} fanin;

static void
fanin_send_burst(struct source *src, unsigned int n)
{
	uint64_t number = (uint64_t)(src - fanin.source) << SOURCE_SHIFT | src->sent;
	lwkt_msg_t msgs[BURST];

	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = &src->msg[(src->sent + i) % WINDOW];
		msgs[i]->u.ms_result64 = (int64_t)(number + i);
	}
	lwkt_sendmsg_burst(fanin.port, msgs, n);
	lwkt_flush();
	src->sent += n;
	__atomic_store_n(&src->published, src->sent, __ATOMIC_RELEASE);
}

static int
fanin_sender(void *arg)
{
	struct source *src = arg;

	while (src->sent < fanin.messages && rte_rdtsc() < fanin.end) {
		uint64_t taken = __atomic_load_n(&src->taken, __ATOMIC_ACQUIRE);

		if (src->sent + BURST <= taken + WINDOW)
			fanin_send_burst(src,
			    (unsigned int)RTE_MIN(fanin.messages - src->sent, (uint64_t)BURST));
		else
			lwkt_poll();
	}
	__atomic_store_n(&src->gone, true, __ATOMIC_RELEASE);
	return 0;
}

/* One pass: take what there is, check its order. Returns how many. */
static unsigned int
fanin_take(void)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(fanin.port, msgs, BURST);

	for (unsigned int i = 0; i < n; i++) {
		uint64_t number = (uint64_t)msgs[i]->u.ms_result64;
		struct source *src = &fanin.source[number >> SOURCE_SHIFT];

		test_check((number & PLACE_MASK) == src->got);
		src->got++;
		src->waiting = false;
	}
	lwkt_replymsg_burst(msgs, n, 0);
	return n;
}

/* Behind a pass: say what was taken, and see who waits. Returns whether all has come. */
static bool
fanin_look(uint64_t total)
{
	bool complete = true;

	for (unsigned int s = 0; s < SOURCES; s++) {
		struct source *src = &fanin.source[s];

		__atomic_store_n(&src->taken, src->got, __ATOMIC_RELEASE);
		if (src->waiting)
			src->gap = RTE_MAX(src->gap, total - src->since);
		else
			src->since = total;
		src->waiting = __atomic_load_n(&src->published, __ATOMIC_ACQUIRE) > src->got;
		complete &= __atomic_load_n(&src->gone, __ATOMIC_ACQUIRE) && src->got == src->sent;
	}
	return complete;
}

/* Until all that was sent has come; the frame's alarm ends a test in which something is lost. */
static void
fanin_run(uint64_t messages, unsigned int ms)
{
	uint64_t total = 0;

	stress_begin();
	fanin.port = lwkt_thread_port(lwkt_curthread());
	fanin.messages = messages;
	fanin.end = ms > 0 ? rte_rdtsc() + ms * rte_get_tsc_hz() / 1000 : UINT64_MAX;
	lwkt_initport_replyonly_null(&fanin.done);
	for (unsigned int s = 0; s < SOURCES; s++) {
		for (unsigned int i = 0; i < WINDOW; i++)
			lwkt_initmsg(&fanin.source[s].msg[i], &fanin.done, 0);
		test_launch(s + 1, fanin_sender, &fanin.source[s]);
	}
	while (!fanin_look(total)) {
		unsigned int n = fanin_take();

		total += n;
		if (n == 0)
			lwkt_poll();
		stress_check_enough();
	}
	for (unsigned int s = 0; s < SOURCES; s++) {
		test_join(s + 1);
		cr_expect_gt(fanin.source[s].got, 0, "source %u sent nothing", s);
		cr_expect_leq(fanin.source[s].gap, GAP_LIMIT, "source %u starves", s);
	}
	stress_end(total);
}

LWKT_TEST_ENV(
    stress_fanin, M20_so_many_of_each_source_and_none_starves, .te_config.cf_ring_size = 1023)
{
	fanin_run(MILLION / 2, 0);
}

LWKT_TEST_ENV(
    stress_fanin, M20_as_many_as_each_can_send_and_none_starves, .te_config.cf_ring_size = 1023)
{
	fanin_run(UINT64_MAX, 1000);
}
