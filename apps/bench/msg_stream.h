/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the clients and servers of several tests have in common, whatever carries the messages.
 */
#ifndef BENCH_MSG_STREAM_H
#define BENCH_MSG_STREAM_H

#include <rte_cycles.h>

#include "msg_pvt.h"

/*
 * One way (msg_oneway.c says how messages come home)
 */

/* Where the client is: message number st_sent is next, and is mr_msg[st_at]. */
struct stream {
	uint64_t st_sent, st_total;
	uint64_t st_finished; /* the server had, when the client looked last */
	uint64_t st_start;
	unsigned int st_at;
};

/* Has the server finished so many? */
static inline bool
stream_finished(struct msg_run *run, struct stream *st, uint64_t number)
{
	if (st->st_finished < number)
		st->st_finished = __atomic_load_n(&run->mr_finished, __ATOMIC_ACQUIRE);
	return st->st_finished >= number;
}

/*
 * A turn: how many messages may go now, from stream_next() on, whole bursts. As many as PASS or one
 * burst, whichever is more; fewer where the set or the warming up ends, and while too many are in
 * flight; 0: none.
 */
static inline unsigned int
stream_turn(struct msg_run *run, struct stream *st)
{
	uint64_t n = RTE_MAX(PASS, run->mr_burst), end = st->st_total;

	if (st->st_sent < run->mr_warm)
		end = run->mr_warm;
	else if (st->st_start == 0)
		st->st_start = rte_rdtsc();
	n = RTE_MIN(n, RTE_MIN(end - st->st_sent, run->mr_set - st->st_at));
	if (st->st_sent + n > st->st_finished + run->mr_window)
		st->st_finished = __atomic_load_n(&run->mr_finished, __ATOMIC_ACQUIRE);
	n = RTE_MIN(n, st->st_finished + run->mr_window - st->st_sent);
	return (unsigned int)(n - n % run->mr_burst);
}

static inline lwkt_msg_t *
stream_next(const struct msg_run *run, const struct stream *st)
{
	return &run->mr_msg[st->st_at];
}

/* n of them have been sent. */
static inline void
stream_sent(const struct msg_run *run, struct stream *st, unsigned int n)
{
	st->st_sent += n;
	st->st_at += n;
	if (st->st_at == run->mr_set)
		st->st_at = 0;
}

static inline void
stream_end(struct msg_run *run, const struct stream *st)
{
	run->mr_value[0] = (double)(rte_rdtsc() - st->st_start) / (double)run->mr_count;
}

/* n requests, numbered. */
static inline void
app_request_all(lwkt_msg_t *msgs, unsigned int n, uint64_t number)
{
	for (unsigned int i = 0; i < n; i++)
		app_request(msgs[i], number + i);
}

/* A rival's two ends: what is written before n messages go, and when they have come. */
static inline void
raw_send_all(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		raw_send(run, msgs[i]);
}

/* Returns how many have come in all. */
static inline uint64_t
raw_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n, uint64_t got)
{
	for (unsigned int i = 0; i < n; i++) {
		app_check(&run->mr_server_errors, app_serve(msgs[i], got + i));
		raw_reply(msgs[i]);
	}
	if (n > 0)
		__atomic_store_n(&run->mr_finished, got + n, __ATOMIC_RELEASE);
	return got + n;
}

/*
 * There and back, many in flight
 */

/* Where the client is. */
struct progress {
	uint64_t sent, got, total;
	uint64_t start, start_got; /* when the clock started, and what had come back then */
};

static inline void
progress_number(lwkt_msg_t *msgs, unsigned int n, struct progress *pg)
{
	for (unsigned int i = 0; i < n; i++)
		app_request(msgs[i], pg->sent + i);
	pg->sent += n;
}

/* n messages came back; returns how many of them go out again, numbered. */
static inline unsigned int
progress_turn(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n, struct progress *pg)
{
	if (pg->start == 0 && pg->got >= run->mr_warm) {
		pg->start = rte_rdtsc();
		pg->start_got = pg->got;
	}
	for (unsigned int i = 0; i < n; i++)
		app_check(&run->mr_client_errors, app_answered(msgs[i], pg->got + i));
	pg->got += n;
	if (pg->total - pg->sent < n)
		n = (unsigned int)(pg->total - pg->sent);
	progress_number(msgs, n, pg);
	return n;
}

static inline void
progress_end(struct msg_run *run, const struct progress *pg)
{
	run->mr_value[0] = (double)(rte_rdtsc() - pg->start) / (double)(pg->total - pg->start_got);
}

/* Our sides of both, for tests that put another rival beside them. */
void msg_oneway_client(void *run), msg_oneway_server(void *run);
void msg_async_client(void *run), msg_async_server(void *run);

#endif /* BENCH_MSG_STREAM_H */
