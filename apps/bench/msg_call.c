/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot (lwkt_ipicall.h), beside raw rings and beside locks.
 *
 * CALL, CALL-BURST. The work of the application is that of the other tests: a number goes there,
 * its complement comes back. call is one at a time, and its rival the two rings of roundtrip.
 * call-256 is lwkt_call_burst() with as many calls, which go 32 at a time, beside rings with
 * messages of a line each and as many in flight, as async has them. call-32 is one such group, and
 * the wait for it, beside rings with as many in flight.
 *
 * CALL-SPINLOCK and its likes. A table that two CPUs update, the client and the server. Ours: the
 * server owns it, updates it in its loop, and the client calls in bursts. The rival: both update it
 * under a lock, or each entry with an atomic addition. What is reported is the client's time for
 * one update with its result, while the server goes on with its own.
 */
#include <rte_mcslock.h>
#include <rte_spinlock.h>
#include <rte_ticketlock.h>

#include <lwkt_cpu.h>
#include <lwkt_ipicall.h>

#include "msg_loops.h"
#include "pair.h"

#define BURST   32
#define ENTRIES 64
#define OWN     4 /* the server's own updates between two polls */

/*
 * There and back
 */

static void
call_complement(uint64_t a[5])
{
	a[0] = ~a[0];
}

static void
call_serve(void *run)
{
	struct msg_run *mr = run;

	while (__atomic_load_n(&mr->mr_finished, __ATOMIC_ACQUIRE) == 0)
		lwkt_poll();
}

static void
call_end(struct msg_run *mr)
{
	__atomic_store_n(&mr->mr_finished, 1, __ATOMIC_RELEASE);
}

static void
call_one_client(void *run)
{
	struct msg_run *mr = run;
	uint64_t total = mr->mr_warm + mr->mr_count;
	unsigned int to = pair_worker();

	for (uint64_t i = 0; i < total; i++) {
		uint64_t a[5] = {i}, began = rte_rdtsc();

		lwkt_call_wait(to, lwkt_call(to, call_complement, a), a);
		if (i >= mr->mr_warm)
			mr->mr_sample[i - mr->mr_warm] = (double)(rte_rdtsc() - began);
		app_check(&mr->mr_client_errors, a[0] == ~i);
	}
	call_end(mr);
	msg_tail_values(mr);
}

MSG_BODY
call_bursts(void *run, unsigned int burst)
{
	struct msg_run *mr = run;
	uint64_t total = mr->mr_warm + mr->mr_count, began = rte_rdtsc(), a[WINDOW][5];

	for (uint64_t n = 0; n < total; n += burst) {
		unsigned int some = (unsigned int)RTE_MIN(burst, total - n);

		if (n == mr->mr_warm)
			began = rte_rdtsc();
		for (unsigned int i = 0; i < some; i++)
			a[i][0] = n + i;
		lwkt_call_burst(pair_worker(), call_complement, a, some);
		for (unsigned int i = 0; i < some; i++)
			app_check(&mr->mr_client_errors, a[i][0] == ~(n + i));
	}
	mr->mr_value[0] = (double)(rte_rdtsc() - began) / (double)mr->mr_count;
	call_end(mr);
}

static void
call_window_client(void *run)
{
	call_bursts(run, WINDOW);
}

static void
call_burst_client(void *run)
{
	call_bursts(run, BURST);
}

/*
 * A table for two
 */

static struct {
	alignas(64) uint64_t count;
} table[ENTRIES];

static rte_spinlock_t spinlock = RTE_SPINLOCK_INITIALIZER;
static rte_ticketlock_t ticketlock = RTE_TICKETLOCK_INITIALIZER;
static rte_mcslock_t *mcslock;

static inline uint64_t
table_update(uint64_t entry)
{
	return ++table[entry % ENTRIES].count;
}

static void
call_update(uint64_t a[5])
{
	a[0] = table_update(a[0]);
}

static void
table_owner(void *run)
{
	struct msg_run *mr = run;
	uint64_t n = 0;

	while (__atomic_load_n(&mr->mr_finished, __ATOMIC_ACQUIRE) == 0) {
		lwkt_poll();
		for (unsigned int i = 0; i < OWN; i++)
			table_update(n++);
	}
}

static void
table_caller(void *run)
{
	struct msg_run *mr = run;
	uint64_t total = mr->mr_warm + mr->mr_count, began = rte_rdtsc(), a[BURST][5];

	for (uint64_t n = 0; n < total; n += BURST) {
		if (n == mr->mr_warm)
			began = rte_rdtsc();
		for (unsigned int i = 0; i < BURST; i++)
			a[i][0] = n + i;
		lwkt_call_burst(pair_worker(), call_update, a, BURST);
		for (unsigned int i = 0; i < BURST; i++)
			app_check(&mr->mr_client_errors, a[i][0] != 0);
	}
	mr->mr_value[0] = (double)(rte_rdtsc() - began) / (double)mr->mr_count;
	call_end(mr);
}

static inline uint64_t
by_spinlock(uint64_t entry)
{
	uint64_t count;

	rte_spinlock_lock(&spinlock);
	count = table_update(entry);
	rte_spinlock_unlock(&spinlock);
	return count;
}

static inline uint64_t
by_ticketlock(uint64_t entry)
{
	uint64_t count;

	rte_ticketlock_lock(&ticketlock);
	count = table_update(entry);
	rte_ticketlock_unlock(&ticketlock);
	return count;
}

static inline uint64_t
by_mcslock(uint64_t entry)
{
	rte_mcslock_t me;
	uint64_t count;

	rte_mcslock_lock(&mcslock, &me);
	count = table_update(entry);
	rte_mcslock_unlock(&mcslock, &me);
	return count;
}

static inline uint64_t
by_atomic(uint64_t entry)
{
	return __atomic_add_fetch(&table[entry % ENTRIES].count, 1, __ATOMIC_RELAXED);
}

MSG_BODY
table_sharer(void *run, uint64_t (*update)(uint64_t entry))
{
	struct msg_run *mr = run;
	uint64_t total = mr->mr_warm + mr->mr_count, began = rte_rdtsc();

	for (uint64_t n = 0; n < total; n++) {
		if (n == mr->mr_warm)
			began = rte_rdtsc();
		app_check(&mr->mr_client_errors, update(n) != 0);
	}
	mr->mr_value[0] = (double)(rte_rdtsc() - began) / (double)mr->mr_count;
	call_end(mr);
}

MSG_BODY
table_other(void *run, uint64_t (*update)(uint64_t entry))
{
	const struct msg_run *mr = run;
	uint64_t n = 0;

	while (__atomic_load_n(&mr->mr_finished, __ATOMIC_ACQUIRE) == 0)
		update(n++);
}

#define TABLE_TEST(lock, what)                                                        \
	static void lock##_client(void *run)                                          \
	{                                                                             \
		table_sharer(run, by_##lock);                                         \
	}                                                                             \
	static void lock##_server(void *run)                                          \
	{                                                                             \
		table_other(run, by_##lock);                                          \
	}                                                                             \
	const struct msg_test msg_call_##lock = {                                     \
	    .mt_name = "call-" #lock,                                                 \
	    .mt_what = "an update of a table that two CPUs use, in bursts",           \
	    .mt_metrics = msg_one_metric,                                             \
	    .mt_burst = BURST,                                                        \
	    .mt_in_flight = WINDOW,                                                   \
	    .mt_rival = what,                                                         \
	    .mt_side = {{table_caller, table_owner}, {lock##_client, lock##_server}}, \
	}

TABLE_TEST(spinlock, "rte_spinlock");
TABLE_TEST(ticketlock, "rte_ticketlock");
TABLE_TEST(mcslock, "rte_mcslock");
TABLE_TEST(atomic, "atomic add");

const struct msg_test msg_call = {
    .mt_name = "call",
    .mt_what = "one call in a slot and its results: lwkt_call(), lwkt_call_wait()",
    .mt_metrics = msg_tail_metrics,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{call_one_client, call_serve}, {msg_raw_call_client, msg_raw_call_server}},
};

const struct msg_test msg_call_window = {
    .mt_name = "call-256",
    .mt_what = "256 calls in slots and their results: lwkt_call_burst()",
    .mt_metrics = msg_one_metric,
    .mt_burst = BURST,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{call_window_client, call_serve}, {msg_raw_async_client, msg_raw_async_server}},
};

const struct msg_test msg_call_burst = {
    .mt_name = "call-32",
    .mt_what = "32 calls in slots and their results: lwkt_call_burst()",
    .mt_metrics = msg_one_metric,
    .mt_burst = BURST,
    .mt_in_flight = BURST,
    .mt_reply_queued = true,
    .mt_side = {{call_burst_client, call_serve}, {msg_raw_async_client, msg_raw_async_server}},
};
