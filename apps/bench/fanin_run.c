/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One receiver, its senders, and what the receiver sees.
 *
 *     sender 1 ──ring──┐        a source says how many messages it has published, in a line of
 *     sender 2 ──ring──┼──▶ port, receiver      its own; the receiver says how many of them it
 *     sender 3 ──ring──┘        has taken, in a line for each source
 *
 * After each pass the receiver compares the two. A source with more published than taken is
 * waiting; the gap is how many messages of others are taken from when that was seen until one of
 * its own is. It is counted in messages and not in time, so a CPU that is taken away does not widen
 * it: a source whose messages are in the ring can be served while its CPU is away.
 *
 * Senders share processors, so whoever waits gives its processor to the next (sched_yield()).
 */
#include <errno.h>
#include <sched.h>
#include <stdalign.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>
#include <lwkt_msgport.h>

#include "fanin.h"

#define BURST     32
#define GIVE_UP_S 5 /* nothing came for so long: the rest is lost */

/* A message's number: its source above, its place below. */
#define SOURCE_SHIFT 48
#define PLACE_MASK   ((UINT64_C(1) << SOURCE_SHIFT) - 1)

struct source {
	/* The sender's; published and gone are atomic, sent is read after it has gone. */
	alignas(64) uint64_t published; /* in the ring, or taken from there */
	uint64_t sent;
	bool gone;
	/* The receiver's; atomic. */
	alignas(64) uint64_t taken;
	/* The receiver's own. */
	alignas(64) uint64_t expected; /* next place */
	uint64_t since;                /* all messages received, when it began to wait */
	bool waiting;
	lwkt_msg_t msg; /* [FANIN_WINDOW] */
};

static struct {
	struct source *source; /* [sources] */
	unsigned int sources;
	struct lwkt_port *port, done;
	uint64_t messages;     /* of each source; UINT64_MAX: until end */
	uint64_t end;          /* TSC */
	alignas(64) bool over; /* atomic: the receiver has given up */
} table;

int
fanin_init(unsigned int sources)
{
	struct lwkt_msg *msg =
	    rte_zmalloc("messages", sources * FANIN_WINDOW * sizeof(*msg), RTE_CACHE_LINE_SIZE);

	table.source = rte_zmalloc("sources", sources * sizeof(*table.source), RTE_CACHE_LINE_SIZE);
	if (msg == NULL || table.source == NULL) {
		rte_free(msg);
		rte_free(table.source);
		return -ENOMEM;
	}
	table.sources = sources;
	table.port = lwkt_thread_port(lwkt_curthread());
	lwkt_initport_replyonly_null(&table.done);
	for (unsigned int s = 0; s < sources; s++)
		table.source[s].msg = msg + s * FANIN_WINDOW;
	return 0;
}

void
fanin_fini(void)
{
	rte_free(table.source[0].msg);
	rte_free(table.source);
}

/*
 * The senders
 */

/* Room for a burst? If not, let the others at the processor. */
static bool
has_room(const struct source *src)
{
	uint64_t taken = __atomic_load_n(&src->taken, __ATOMIC_ACQUIRE);

	if (src->sent + BURST <= taken + FANIN_WINDOW)
		return true;
	lwkt_poll();
	sched_yield();
	return false;
}

static void
send_burst(struct source *src, unsigned int n)
{
	uint64_t number = (uint64_t)(src - table.source) << SOURCE_SHIFT | src->sent;
	lwkt_msg_t msgs[BURST];

	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = &src->msg[(src->sent + i) % FANIN_WINDOW];
		msgs[i]->u.ms_result64 = (int64_t)(number + i);
	}
	lwkt_sendmsg_burst(table.port, msgs, n);
	lwkt_flush();
	src->sent += n;
	__atomic_store_n(&src->published, src->sent, __ATOMIC_RELEASE);
}

static int
sender(void *arg)
{
	struct source *src = arg;

	while (!__atomic_load_n(&table.over, __ATOMIC_ACQUIRE)) {
		uint64_t left = table.messages - src->sent;

		if (left == 0 || rte_rdtsc() >= table.end)
			break;
		if (has_room(src))
			send_burst(src, (unsigned int)RTE_MIN(left, (uint64_t)BURST));
	}
	__atomic_store_n(&src->gone, true, __ATOMIC_RELEASE);
	return 0;
}

/*
 * The receiver
 */

/* One pass: take what there is, check its order. Returns how many. */
static unsigned int
take(struct fanin_result *result)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(table.port, msgs, BURST);

	for (unsigned int i = 0; i < n; i++) {
		uint64_t number = (uint64_t)msgs[i]->u.ms_result64;
		struct source *src = &table.source[number >> SOURCE_SHIFT];

		result->fr_out_of_order += (number & PLACE_MASK) != src->expected;
		result->fr_got[number >> SOURCE_SHIFT]++;
		src->expected = (number & PLACE_MASK) + 1;
		src->waiting = false;
	}
	lwkt_replymsg_burst(msgs, n, 0);
	return n;
}

/* Behind a pass: say what was taken, and see who is waiting. `total` is received in all. */
static void
look(struct fanin_result *result, uint64_t total)
{
	for (unsigned int s = 0; s < table.sources; s++) {
		struct source *src = &table.source[s];
		uint64_t got = result->fr_got[s];

		if (src->taken != got)
			__atomic_store_n(&src->taken, got, __ATOMIC_RELEASE);
		if (src->waiting)
			result->fr_gap[s] = RTE_MAX(result->fr_gap[s], total - src->since);
		else
			src->since = total;
		src->waiting = __atomic_load_n(&src->published, __ATOMIC_ACQUIRE) > got;
	}
}

/* Have all senders gone, and has all come that they sent? */
static bool
complete(struct fanin_result *result)
{
	for (unsigned int s = 0; s < table.sources; s++) {
		struct source *src = &table.source[s];

		if (!__atomic_load_n(&src->gone, __ATOMIC_ACQUIRE))
			return false;
		result->fr_sent[s] = src->sent;
		if (result->fr_got[s] < src->sent)
			return false;
	}
	return true;
}

static void
receive(struct fanin_result *result)
{
	uint64_t total = 0, last = rte_rdtsc();

	while (!complete(result)) {
		unsigned int n = take(result);

		total += n;
		look(result, total);
		if (n > 0) {
			last = rte_rdtsc();
			continue;
		}
		if (lwkt_poll() == 0)
			sched_yield();
		if (rte_rdtsc() > last + GIVE_UP_S * rte_get_tsc_hz())
			break;
	}
	__atomic_store_n(&table.over, true, __ATOMIC_RELEASE);
}

void
fanin_run(uint64_t messages, double seconds, struct fanin_result *result)
{
	uint64_t start = rte_rdtsc();
	unsigned int lcore, s = 0;

	*result = (struct fanin_result){0};
	table.messages = messages > 0 ? messages : UINT64_MAX;
	table.end =
	    messages > 0 ? UINT64_MAX : start + (uint64_t)(seconds * (double)rte_get_tsc_hz());
	table.over = false;
	RTE_LCORE_FOREACH_WORKER (lcore) {
		struct source *src = &table.source[s++];

		*src = (struct source){.msg = src->msg};
		for (unsigned int i = 0; i < FANIN_WINDOW; i++)
			lwkt_initmsg(&src->msg[i], &table.done, 0);
		rte_eal_remote_launch(sender, src, lcore);
	}
	receive(result);
	rte_eal_mp_wait_lcore();
	for (s = 0; s < table.sources; s++)
		result->fr_sent[s] = table.source[s].sent;
	result->fr_seconds = (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();
}
