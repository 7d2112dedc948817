/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of ours beside raw rings.
 *
 * ONEWAY. A stream of messages from the client to the server. The burst is what the client sends
 * at a time; on both sides the server takes what there is, at most PASS. The messages are a fixed
 * set that the client uses in turn, so it must know when one is free: the server counts what it has
 * finished, in a line of its own, after each take; the client looks at the count when it runs out.
 * To look at the messages instead would pull lines back and forth that the server still works on.
 * The server marks each message done: LWKT's by a reply to a reply-only port, the raw ring's by the
 * same store. The window is smaller than the rings, so neither is ever full. There are twice as
 * many messages as may be in flight: else those that go next would lie right before those that the
 * server works on, whose lines the client's processor, which fetches ahead of a stream, would take
 * away. After each turn, of PASS messages or one burst, whichever is more, the client publishes
 * what it has gathered, and every POLL_EVERY messages, or when it has to wait, it polls, as the
 * loop of a pipeline's CPU does. The raw ring publishes each burst, as its caller would.
 * oneway-mpsc is beside a ring that many may write to. There is one producer here, too, so this is
 * what such a ring costs when nobody is in the way.
 *
 * ASYNC. Requests with many in flight: the client sends each message again as soon as it has come
 * back; both sides take, answer and send in bursts, and poll when there was nothing. (To poll in
 * each pass would move the backlog from the ring, which is compact, to the port's list, which is
 * not.) Messages come back in the order in which they went, which is checked.
 *
 * NATURAL. The same as one writes it first: poll, take, answer; send, poll, take. In bursts, by calls
 * of one message each (natural-single), and by such calls in turns of 32 with one poll
 * (natural-turns).
 *
 * ROUNDTRIP, DOMSG. A request, its answer, the next request; the time of each is taken. With
 * lwkt_domsg() the reply is not queued, the caller waits for the message. lone has the same loop.
 *
 * ONCPU. Between two ports of one CPU, and a ring on one CPU, which is how a ring pipeline would do
 * it: singly, in bursts of 32, and with the reply queued on a second port and taken from there.
 */
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "msg_loops.h"

#define POLL_EVERY 1024

/* A single message has calls of its own where the compiler sees that it is one. */
#define IS_ONE(n) (__builtin_constant_p(n) && (n) == 1)

/*
 * Ours
 */

static inline void
ours_send_to(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	if (IS_ONE(n))
		lwkt_sendmsg(port, *msgs);
	else
		lwkt_sendmsg_burst(port, msgs, n);
}

static inline unsigned int
ours_take_from(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	if (!IS_ONE(n))
		return lwkt_getport_burst(port, msgs, n);
	*msgs = lwkt_getport(port);
	return *msgs != NULL;
}

static inline void
ours_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	ours_send_to(run->mr_server_port, msgs, n);
}

static inline unsigned int
ours_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return ours_take_from(run->mr_server_port, msgs, n);
}

static inline unsigned int
ours_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return ours_take_from(run->mr_client_port, msgs, n);
}

static inline void
ours_self(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	ours_send_to(run->mr_client_port, msgs, n);
}

static inline void
ours_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	(void)run;
	if (IS_ONE(n))
		lwkt_replymsg(*msgs, 0);
	else
		lwkt_replymsg_burst(msgs, n, 0);
}

static inline void
ours_idle(struct msg_run *run)
{
	(void)run;
	lwkt_poll();
}

static inline void
ours_turn(struct msg_run *run, unsigned int n, uint64_t sent)
{
	(void)run;
	if (n == 0 || sent % POLL_EVERY == 0)
		lwkt_poll();
	else
		lwkt_flush();
}

static inline void
ours_end(struct msg_run *run)
{
	(void)run;
	lwkt_flush();
}

static inline lwkt_msg_t
ours_call(struct msg_run *run, lwkt_msg_t msg)
{
	lwkt_sendmsg(run->mr_server_port, msg);
	do
		lwkt_poll();
	while ((msg = lwkt_getport(run->mr_client_port)) == NULL);
	return msg;
}

static inline lwkt_msg_t
ours_domsg(struct msg_run *run, lwkt_msg_t msg)
{
	run->mr_client_errors += lwkt_domsg(run->mr_server_port, msg, 0) != 0;
	return msg;
}

static inline unsigned int
natural_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	lwkt_poll();
	return ours_take(run, msgs, n);
}

static inline unsigned int
natural_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	lwkt_poll();
	return ours_back(run, msgs, n);
}

/* Turns: one poll, then up to n by a call each. */
static inline void
turns_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		lwkt_sendmsg(run->mr_server_port, msgs[i]);
}

static inline unsigned int
turns_take_from(lwkt_port_t port, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i = 0;

	lwkt_poll();
	while (i < n && (msgs[i] = lwkt_getport(port)) != NULL)
		i++;
	return i;
}

static inline unsigned int
turns_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return turns_take_from(run->mr_server_port, msgs, n);
}

static inline unsigned int
turns_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return turns_take_from(run->mr_client_port, msgs, n);
}

static inline void
turns_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	(void)run;
	for (unsigned int i = 0; i < n; i++)
		lwkt_replymsg(msgs[i], 0);
}

static const struct transport natural = {
    ours_send, natural_take, msg_no_mark, ours_reply, natural_back, msg_not, msg_no_turn, ours_end};
static const struct transport natural_turns = {
    turns_send, turns_take, msg_no_mark, turns_reply, turns_back, msg_not, msg_no_turn, ours_end};
static const struct transport ours = {ours_send, ours_take, msg_no_mark, ours_reply, ours_back,
    ours_idle, ours_turn, ours_end, ours_call};
static const struct transport ours_by_domsg = {.tr_call = ours_domsg};
static const struct transport ours_oncpu = {
    ours_self, ours_back, msg_no_mark, ours_reply, ours_back};

/*
 * Raw rings
 */

static inline void
raw_send_all(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		raw_send(run, msgs[i]);
}

static inline void
raw_put(struct rte_ring *ring, lwkt_msg_t *msgs, unsigned int n)
{
	if (IS_ONE(n))
		rte_ring_sp_enqueue(ring, *msgs);
	else
		rte_ring_sp_enqueue_bulk(ring, (void **)msgs, n, NULL);
}

static inline void
ring_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_send_all(run, msgs, n);
	raw_put(run->mr_to_server, msgs, n);
}

static inline unsigned int
ring_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return rte_ring_sc_dequeue_burst(run->mr_to_server, (void **)msgs, n, NULL);
}

static inline void
ring_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_put(run->mr_to_client, msgs, n);
}

static inline unsigned int
ring_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return rte_ring_sc_dequeue_burst(run->mr_to_client, (void **)msgs, n, NULL);
}

static inline void
ring_self(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_send_all(run, msgs, n);
	rte_ring_sp_enqueue_bulk(run->mr_to_client, (void **)msgs, n, NULL);
}

static inline unsigned int
ring_self_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return rte_ring_sc_dequeue_bulk(run->mr_to_client, (void **)msgs, n, NULL);
}

static inline lwkt_msg_t
ring_call(struct msg_run *run, lwkt_msg_t msg)
{
	raw_send(run, msg);
	rte_ring_sp_enqueue(run->mr_to_server, msg);
	while (rte_ring_sc_dequeue(run->mr_to_client, (void **)&msg) != 0)
		;
	return msg;
}

static inline void
ring_look(struct msg_run *run)
{
	(void)rte_ring_empty(run->mr_to_client);
}

/* Turns of single calls. */
static inline void
ring_put_each(struct rte_ring *ring, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		rte_ring_sp_enqueue(ring, msgs[i]);
}

static inline unsigned int
ring_get_each(struct rte_ring *ring, lwkt_msg_t *msgs, unsigned int n)
{
	unsigned int i = 0;

	while (i < n && rte_ring_sc_dequeue(ring, (void **)&msgs[i]) == 0)
		i++;
	return i;
}

static inline void
ring_turns_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_send_all(run, msgs, n);
	ring_put_each(run->mr_to_server, msgs, n);
}

static inline unsigned int
ring_turns_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return ring_get_each(run->mr_to_server, msgs, n);
}

static inline void
ring_turns_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	ring_put_each(run->mr_to_client, msgs, n);
}

static inline unsigned int
ring_turns_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	return ring_get_each(run->mr_to_client, msgs, n);
}

static const struct transport ring_turns = {ring_turns_send, ring_turns_take, raw_reply,
    ring_turns_reply, ring_turns_back, msg_not, msg_no_turn, msg_not};
/* One way the messages stay at the server. */
static const struct transport ring_oneway = {
    ring_send, ring_take, raw_reply, msg_no_reply, ring_back, msg_not, msg_no_turn, msg_not};
static const struct transport ring = {ring_send, ring_take, raw_reply, ring_reply, ring_back,
    msg_not, msg_no_turn, msg_not, ring_call};
static const struct transport ring_lone = {.tr_idle = ring_look, .tr_call = ring_call};
static const struct transport ring_oncpu = {ring_self, ring_self_take, raw_reply, msg_no_reply};

/*
 * A ring for many producers
 */

static struct rte_ring *mpsc;

static const char *
mpsc_prepare(struct msg_row *row)
{
	(void)row;
	if (mpsc == NULL)
		mpsc = rte_ring_create(
		    "mpsc", RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return mpsc != NULL ? NULL : "no memory for its ring";
}

static void
mpsc_finish(void)
{
	rte_ring_free(mpsc);
	mpsc = NULL;
}

static inline void
mpsc_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_send_all(run, msgs, n);
	rte_ring_mp_enqueue_bulk(mpsc, (void **)msgs, n, NULL);
}

static inline unsigned int
mpsc_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	(void)run;
	return rte_ring_sc_dequeue_burst(mpsc, (void **)msgs, n, NULL);
}

static const struct transport mpsc_oneway = {
    mpsc_send, mpsc_take, raw_reply, msg_no_reply, NULL, msg_not, msg_no_turn, msg_not};

/*
 * The sides: each body with a transport
 */

const char *const msg_tail_metrics[] = {"", "-p99", "-p999", NULL};

void
msg_tail_values(struct msg_run *run)
{
	struct summary su = stats_summarise(run->mr_sample, (unsigned int)run->mr_count);

	run->mr_value[0] = su.su_median;
	run->mr_value[1] = su.su_p99;
	run->mr_value[2] = su.su_p999;
}

MSG_BODY
roundtrip_client(struct msg_run *run, const struct transport *tr)
{
	uint64_t total = run->mr_warm + run->mr_count;

	for (uint64_t i = 0; i < total; i++) {
		uint64_t cycles = timed_call(run, tr, run->mr_msg[i % run->mr_window], i);

		if (i >= run->mr_warm)
			run->mr_sample[i - run->mr_warm] = (double)cycles;
	}
	msg_tail_values(run);
}

#define MSG_SIDE(name, body, ...)       \
	static void name(void *run)     \
	{                               \
		body(run, __VA_ARGS__); \
	}

/* One that other files have too. */
#define MSG_OPEN_SIDE(name, body, ...)  \
	void name(void *run)            \
	{                               \
		body(run, __VA_ARGS__); \
	}

void
msg_oneway_client(void *run)
{
	oneway_client(run, &ours);
}

void
msg_oneway_server(void *run)
{
	loop_server(run, &ours, PASS, true);
}

void
msg_async_client(void *run)
{
	async_client(run, &ours, ((struct msg_run *)run)->mr_burst);
}

void
msg_async_server(void *run)
{
	struct msg_run *mr = run;

	loop_server(mr, &ours, mr->mr_burst, false);
}

MSG_SIDE(raw_oneway_client, oneway_client, &ring_oneway)
MSG_SIDE(raw_oneway_server, loop_server, &ring_oneway, PASS, true)
MSG_SIDE(mpsc_client, oneway_client, &mpsc_oneway)
MSG_SIDE(mpsc_server, loop_server, &mpsc_oneway, PASS, true)
MSG_OPEN_SIDE(msg_raw_async_client, async_client, &ring, ((struct msg_run *)run)->mr_burst)
MSG_OPEN_SIDE(msg_raw_async_server, loop_server, &ring, ((struct msg_run *)run)->mr_burst, false)
MSG_SIDE(natural_client, async_client, &natural, ((struct msg_run *)run)->mr_burst)
MSG_SIDE(natural_server, loop_server, &natural, ((struct msg_run *)run)->mr_burst, false)
MSG_SIDE(single_client, async_client, &natural, 1)
MSG_SIDE(single_server, loop_server, &natural, 1, false)
MSG_SIDE(turns_client, async_client, &natural_turns, ((struct msg_run *)run)->mr_burst)
MSG_SIDE(turns_server, loop_server, &natural_turns, ((struct msg_run *)run)->mr_burst, false)
MSG_SIDE(raw_single_client, async_client, &ring, 1)
MSG_SIDE(raw_turns_client, async_client, &ring_turns, ((struct msg_run *)run)->mr_burst)
MSG_SIDE(raw_turns_server, loop_server, &ring_turns, ((struct msg_run *)run)->mr_burst, false)
MSG_SIDE(call_client, roundtrip_client, &ours)
MSG_SIDE(domsg_client, roundtrip_client, &ours_by_domsg)
MSG_OPEN_SIDE(msg_raw_call_client, roundtrip_client, &ring)
MSG_SIDE(call_server, loop_server, &ours, 1, false)
MSG_OPEN_SIDE(msg_raw_call_server, loop_server, &ring, 1, false)
MSG_SIDE(oncpu_single, oncpu_client, &ours_oncpu, 1, false)
MSG_SIDE(oncpu_burst, oncpu_client, &ours_oncpu, ((struct msg_run *)run)->mr_burst, false)
MSG_SIDE(oncpu_reply, oncpu_client, &ours_oncpu, 1, true)
MSG_SIDE(raw_oncpu, oncpu_client, &ring_oncpu, ((struct msg_run *)run)->mr_burst, false)

/* Idle until the next is due, then the requests. */
MSG_BODY
lone_client(struct msg_run *run, const struct transport *tr)
{
	uint64_t due = rte_rdtsc() + rte_get_tsc_hz() / msg_opts.mo_rate;

	while (rte_rdtsc() < due)
		tr->tr_idle(run);
	for (unsigned int i = 0; i < run->mr_count; i++)
		run->mr_value[i] = (double)timed_call(run, tr, run->mr_msg[0], i);
}

MSG_SIDE(ours_lone_client, lone_client, &ours)
MSG_SIDE(raw_lone_client, lone_client, &ring_lone)

static void
lone_report(json_t *row)
{
	json_object_set_new(row, "rate", json_integer(msg_opts.mo_rate));
}

static const char *const lone_metrics[] = {"", "-next", NULL};

const struct msg_test msg_lone = {
    .mt_name = "lone",
    .mt_what = "a request and its reply, alone on idle CPUs",
    .mt_metrics = lone_metrics,
    .mt_burst = 1,
    .mt_count = 2,
    .mt_in_flight = 1,
    .mt_reply_queued = true,
    .mt_report = lone_report,
    .mt_side = {{ours_lone_client, call_server}, {raw_lone_client, msg_raw_call_server}},
};

const struct msg_test msg_oneway = {
    .mt_name = "oneway",
    .mt_what = "a message to another CPU, marked done there",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_side = {{msg_oneway_client, msg_oneway_server}, {raw_oneway_client, raw_oneway_server}},
};

const struct msg_test msg_mpsc = {
    .mt_name = "oneway-mpsc",
    .mt_what = "a message to another CPU, beside a ring for many producers",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_rival = "rte_ring MPSC",
    .mt_prepare = mpsc_prepare,
    .mt_finish = mpsc_finish,
    .mt_side = {{msg_oneway_client, msg_oneway_server}, {mpsc_client, mpsc_server}},
};

const struct msg_test msg_async = {
    .mt_name = "async",
    .mt_what = "a request and its reply, 1024 in flight",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = IN_FLIGHT_MAX,
    .mt_reply_queued = true,
    .mt_side = {{msg_async_client, msg_async_server}, {msg_raw_async_client, msg_raw_async_server}},
};

const struct msg_test msg_natural = {
    .mt_name = "natural",
    .mt_what = "the same by the loop one writes first: poll, take, answer",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = IN_FLIGHT_MAX,
    .mt_reply_queued = true,
    .mt_side = {{natural_client, natural_server}, {msg_raw_async_client, msg_raw_async_server}},
};

const struct msg_test msg_natural_single = {
    .mt_name = "natural-single",
    .mt_what = "the same by calls of one message, a poll each",
    .mt_metrics = msg_one_metric,
    .mt_burst = 1,
    .mt_in_flight = IN_FLIGHT_MAX,
    .mt_reply_queued = true,
    .mt_side = {{single_client, single_server}, {raw_single_client, msg_raw_call_server}},
};

const struct msg_test msg_natural_turns = {
    .mt_name = "natural-turns",
    .mt_what = "the same by calls of one message, a poll every 32",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = IN_FLIGHT_MAX,
    .mt_reply_queued = true,
    .mt_side = {{turns_client, turns_server}, {raw_turns_client, raw_turns_server}},
};

const struct msg_test msg_roundtrip = {
    .mt_name = "roundtrip",
    .mt_what = "one request and its reply through a port: send, poll",
    .mt_metrics = msg_tail_metrics,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{call_client, call_server}, {msg_raw_call_client, msg_raw_call_server}},
};

const struct msg_test msg_domsg = {
    .mt_name = "domsg",
    .mt_what = "one request and its answer: lwkt_domsg()",
    .mt_metrics = msg_tail_metrics,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{domsg_client, call_server}, {msg_raw_call_client, msg_raw_call_server}},
};

const struct msg_test msg_oncpu = {
    .mt_name = "oncpu",
    .mt_what = "send, get and reply on one CPU",
    .mt_metrics = msg_one_metric,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_side = {{oncpu_single, NULL}, {raw_oncpu, NULL}},
};

const struct msg_test msg_oncpu_burst = {
    .mt_name = "oncpu-burst",
    .mt_what = "the same in bursts",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = WINDOW,
    .mt_side = {{oncpu_burst, NULL}, {raw_oncpu, NULL}},
};

const struct msg_test msg_oncpu_reply = {
    .mt_name = "oncpu-reply",
    .mt_what = "the same, reply queued and taken",
    .mt_metrics = msg_one_metric,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{oncpu_reply, NULL}, {raw_oncpu, NULL}},
};
