/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of the tests: one body each, whatever carries the messages. A body is always inlined
 * and gets its transport as a constant, so that the calls through it are none in the end.
 */
#ifndef BENCH_MSG_LOOPS_H
#define BENCH_MSG_LOOPS_H

#include <rte_cycles.h>

#include "msg_pvt.h"

#define MSG_BODY static inline __attribute__((always_inline)) void

/* What carries messages. n of msgs each; take and back return how many there were, at most n. */
struct transport {
	void (*tr_send)(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n);
	unsigned int (*tr_take)(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n);
	void (*tr_served)(lwkt_msg_t msg); /* what the server writes into each */
	void (*tr_reply)(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n);
	unsigned int (*tr_back)(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n);
	void (*tr_idle)(struct msg_run *run); /* there was nothing */
	/* A client's turn is over, of n messages, 0 if it has to wait; sent in all. */
	void (*tr_turn)(struct msg_run *run, unsigned int n, uint64_t sent);
	void (*tr_end)(struct msg_run *run); /* the server is done */
	/* A request, and its reply in hand. */
	lwkt_msg_t (*tr_call)(struct msg_run *run, lwkt_msg_t msg);
};

/* Parts of transports that do nothing. */
static inline void
msg_not(struct msg_run *run)
{
	(void)run;
}

static inline void
msg_no_turn(struct msg_run *run, unsigned int n, uint64_t sent)
{
	(void)run;
	(void)n;
	(void)sent;
}

static inline void
msg_no_mark(lwkt_msg_t msg)
{
	(void)msg;
}

static inline void
msg_no_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	(void)run;
	(void)msgs;
	(void)n;
}

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

/*
 * The bodies
 */

MSG_BODY
loop_send(struct msg_run *run, const struct transport *tr, lwkt_msg_t *msgs, unsigned int n,
    uint64_t number)
{
	unsigned int burst = run->mr_burst;

	if (burst == 1) {
		for (unsigned int i = 0; i < n; i++) {
			app_request(msgs[i], number + i);
			tr->tr_send(run, msgs + i, 1);
		}
		return;
	}
	for (unsigned int i = 0; i < n; i += burst) {
		app_request_all(msgs + i, burst, number + i);
		tr->tr_send(run, msgs + i, burst);
	}
}

MSG_BODY
oneway_client(struct msg_run *run, const struct transport *tr)
{
	struct stream st = {.st_total = run->mr_warm + run->mr_count};

	while (st.st_sent < st.st_total) {
		unsigned int n = stream_turn(run, &st);

		loop_send(run, tr, stream_next(run, &st), n, st.st_sent);
		stream_sent(run, &st, n);
		tr->tr_turn(run, n, st.st_sent);
	}
	while (!stream_finished(run, &st, st.st_total))
		tr->tr_turn(run, 0, st.st_sent);
	stream_end(run, &st);
}

/* counted: the client looks at mr_finished; otherwise the messages go back. */
MSG_BODY
loop_server(struct msg_run *run, const struct transport *tr, unsigned int most, bool counted)
{
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[BURST_MAX];

	while (got < total) {
		unsigned int n = tr->tr_take(run, msgs, most);

		if (n == 0) {
			tr->tr_idle(run);
			continue;
		}
		if (__builtin_constant_p(most) && most == 1)
			n = 1; /* so that the reply is seen to be of one, too */
		for (unsigned int i = 0; i < n; i++) {
			app_check(&run->mr_server_errors, app_serve(msgs[i], got + i));
			tr->tr_served(msgs[i]);
		}
		tr->tr_reply(run, msgs, n);
		got += n;
		if (counted)
			__atomic_store_n(&run->mr_finished, got, __ATOMIC_RELEASE);
	}
	if (!counted)
		tr->tr_end(run);
}

/* burst: sent and taken at once; may be a constant. */
MSG_BODY
async_client(struct msg_run *run, const struct transport *tr, unsigned int burst)
{
	struct progress pg = {.total = run->mr_warm + run->mr_count};
	lwkt_msg_t msgs[BURST_MAX], *first = run->mr_msg;

	for (; pg.sent < run->mr_window; first += burst) {
		progress_number(first, burst, &pg);
		tr->tr_send(run, first, burst);
	}
	while (pg.got < pg.total) {
		unsigned int n = tr->tr_back(run, msgs, burst);

		if (n == 0) {
			tr->tr_idle(run);
			continue;
		}
		n = progress_turn(run, msgs, n, &pg);
		if (__builtin_constant_p(burst) && burst == 1) {
			if (n == 1)
				tr->tr_send(run, msgs, 1);
			continue;
		}
		tr->tr_send(run, msgs, n);
	}
	progress_end(run, &pg);
}

/* All of it on one CPU, with a burst that may be a constant. back: replies are taken, too. */
MSG_BODY
oncpu_client(struct msg_run *run, const struct transport *tr, unsigned int burst, bool back)
{
	uint64_t total = run->mr_warm + run->mr_count, start = 0;
	lwkt_msg_t got[BURST_MAX];

	for (uint64_t i = 0; i < total; i += burst) {
		lwkt_msg_t *msgs = &run->mr_msg[i % run->mr_window];

		if (i == run->mr_warm)
			start = rte_rdtsc();
		app_request_all(msgs, burst, i);
		tr->tr_send(run, msgs, burst);
		tr->tr_take(run, got, burst);
		for (unsigned int j = 0; j < burst; j++) {
			app_check(&run->mr_client_errors, app_serve(got[j], i + j));
			tr->tr_served(got[j]);
		}
		tr->tr_reply(run, got, burst);
		if (!back)
			continue;
		tr->tr_back(run, got, burst);
		for (unsigned int j = 0; j < burst; j++)
			app_check(&run->mr_client_errors, app_answered(got[j], i + j));
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

/* One request at a time: cycles until its reply is there. */
static inline __attribute__((always_inline)) uint64_t
timed_call(struct msg_run *run, const struct transport *tr, lwkt_msg_t msg, uint64_t number)
{
	uint64_t start = rte_rdtsc();

	app_request(msg, number);
	msg = tr->tr_call(run, msg);
	app_check(&run->mr_client_errors, app_answered(msg, number));
	return rte_rdtsc() - start;
}

/* Our sides, for tests that put another rival beside them. */
void msg_oneway_client(void *run), msg_oneway_server(void *run);
void msg_async_client(void *run), msg_async_server(void *run);

#endif /* BENCH_MSG_LOOPS_H */
