/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way: a stream of messages from the client to the server. The burst is what the client sends
 * at a time; on both sides the server takes what there is, at most PASS.
 *
 * Coming home. The messages are a fixed set that the client uses in turn, so it must know when one
 * is free. On both sides the server counts what it has finished, in a line of its own, after each
 * take; the client looks at the count when it runs out. To look at the messages instead would pull
 * lines back and forth that the server still works on. The server marks each message done: LWKT's
 * by a reply to a reply-only port, the raw ring's by the same store. The window is smaller than the
 * rings, so neither is ever full. And there are twice as many messages as may be in flight: else
 * those that go next would lie right before those that the server works on, whose lines the
 * client's processor, which fetches ahead of a stream, would take away.
 *
 * Gathering. The client does as the loop of a pipeline's CPU: after each turn, of PASS messages or
 * one burst, whichever is more, it publishes what it has gathered, and every POLL_EVERY messages,
 * or when it has to wait, it polls. The raw ring publishes each burst, as its caller would.
 */
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "msg_stream.h"

#define POLL_EVERY 1024

/* n messages, a burst at a time. */
static inline void
send_turn(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n, uint64_t number)
{
	lwkt_port_t port = run->mr_server_port;
	unsigned int burst = run->mr_burst;

	if (burst == 1) {
		for (unsigned int i = 0; i < n; i++) {
			lwkt_msg_t msg = msgs[i];

			app_request(msg, number + i);
			lwkt_sendmsg(port, msg);
		}
		return;
	}
	for (unsigned int i = 0; i < n; i += burst) {
		app_request_all(msgs + i, burst, number + i);
		lwkt_sendmsg_burst(port, msgs + i, burst);
	}
}

void
msg_oneway_client(void *arg)
{
	struct msg_run *run = arg;
	struct stream st = {.st_total = run->mr_warm + run->mr_count};

	while (st.st_sent < st.st_total) {
		unsigned int n = stream_turn(run, &st);

		send_turn(run, stream_next(run, &st), n, st.st_sent);
		stream_sent(run, &st, n);
		if (n == 0 || st.st_sent % POLL_EVERY == 0)
			lwkt_poll();
		else
			lwkt_flush();
	}
	while (!stream_finished(run, &st, st.st_total))
		lwkt_poll();
	stream_end(run, &st);
}

void
msg_oneway_server(void *arg)
{
	struct msg_run *run = arg;
	lwkt_port_t port = run->mr_server_port;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[PASS];
	unsigned int i, n;

	while (got < total) {
		n = lwkt_getport_burst(port, msgs, PASS);
		if (n == 0) {
			lwkt_poll();
			continue;
		}
		for (i = 0; i < n; i++)
			app_check(&run->mr_server_errors, app_serve(msgs[i], got + i));
		lwkt_replymsg_burst(msgs, n, 0);
		got += n;
		__atomic_store_n(&run->mr_finished, got, __ATOMIC_RELEASE);
	}
}

static inline void
raw_turn(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n, uint64_t number)
{
	unsigned int burst = run->mr_burst;

	if (burst == 1) {
		for (unsigned int i = 0; i < n; i++) {
			app_request(msgs[i], number + i);
			raw_send(run, msgs[i]);
			rte_ring_sp_enqueue(run->mr_to_server, msgs[i]);
		}
		return;
	}
	for (unsigned int i = 0; i < n; i += burst) {
		app_request_all(msgs + i, burst, number + i);
		raw_send_all(run, msgs + i, burst);
		rte_ring_sp_enqueue_bulk(run->mr_to_server, (void **)(msgs + i), burst, NULL);
	}
}

static void
raw_client(void *arg)
{
	struct msg_run *run = arg;
	struct stream st = {.st_total = run->mr_warm + run->mr_count};

	while (st.st_sent < st.st_total) {
		unsigned int n = stream_turn(run, &st);

		raw_turn(run, stream_next(run, &st), n, st.st_sent);
		stream_sent(run, &st, n);
	}
	while (!stream_finished(run, &st, st.st_total))
		;
	stream_end(run, &st);
}

static void
raw_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[PASS];
	unsigned int n;

	while (got < total) {
		n = rte_ring_sc_dequeue_burst(run->mr_to_server, (void **)msgs, PASS, NULL);
		got = raw_take(run, msgs, n, got);
	}
}

const struct msg_test msg_oneway = {
    .mt_name = "oneway",
    .mt_what = "a message to another CPU, marked done there",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_side = {{msg_oneway_client, msg_oneway_server}, {raw_client, raw_server}},
};
