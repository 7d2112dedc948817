/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests with many in flight: the client sends each message again as soon as it has come back;
 * both sides take, answer and send in bursts. The rival is a ring there and a ring back.
 *
 * A pass of an LWKT CPU is: take a burst, handle it, send or reply; and poll when there was none.
 * (To poll in each pass would move the backlog from the ring, which is compact, to the port's
 * list, which is not.) Messages come back in the order in which they went, which is checked. The
 * rings have room for all of them.
 */
#include <lwkt_cpu.h>

#include "msg_stream.h"

void
msg_async_client(void *arg)
{
	struct msg_run *run = arg;
	struct progress pg = {.total = run->mr_warm + run->mr_count};
	lwkt_msg_t msgs[BURST_MAX], *first = run->mr_msg;
	unsigned int n;

	for (; pg.sent < run->mr_window; first += run->mr_burst) {
		progress_number(first, run->mr_burst, &pg);
		lwkt_sendmsg_burst(run->mr_server_port, first, run->mr_burst);
	}
	while (pg.got < pg.total) {
		n = lwkt_getport_burst(run->mr_client_port, msgs, run->mr_burst);
		if (n == 0) {
			lwkt_poll();
			continue;
		}
		n = progress_turn(run, msgs, n, &pg);
		lwkt_sendmsg_burst(run->mr_server_port, msgs, n);
	}
	progress_end(run, &pg);
}

void
msg_async_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[BURST_MAX];
	unsigned int i, n;

	while (got < total) {
		n = lwkt_getport_burst(run->mr_server_port, msgs, run->mr_burst);
		if (n == 0) {
			lwkt_poll();
			continue;
		}
		for (i = 0; i < n; i++)
			app_check(&run->mr_server_errors, app_serve(msgs[i], got + i));
		lwkt_replymsg_burst(msgs, n, 0);
		got += n;
	}
	lwkt_flush();
}

static inline void
raw_send_burst(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	raw_send_all(run, msgs, n);
	rte_ring_sp_enqueue_bulk(run->mr_to_server, (void **)msgs, n, NULL);
}

static void
raw_client(void *arg)
{
	struct msg_run *run = arg;
	struct progress pg = {.total = run->mr_warm + run->mr_count};
	lwkt_msg_t msgs[BURST_MAX], *first = run->mr_msg;
	unsigned int n;

	for (; pg.sent < run->mr_window; first += run->mr_burst) {
		progress_number(first, run->mr_burst, &pg);
		raw_send_burst(run, first, run->mr_burst);
	}
	while (pg.got < pg.total) {
		n = rte_ring_sc_dequeue_burst(
		    run->mr_to_client, (void **)msgs, run->mr_burst, NULL);
		if (n == 0)
			continue;
		n = progress_turn(run, msgs, n, &pg);
		raw_send_burst(run, msgs, n);
	}
	progress_end(run, &pg);
}

static void
raw_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[BURST_MAX];
	unsigned int i, n;

	while (got < total) {
		n = rte_ring_sc_dequeue_burst(
		    run->mr_to_server, (void **)msgs, run->mr_burst, NULL);
		for (i = 0; i < n; i++) {
			app_check(&run->mr_server_errors, app_serve(msgs[i], got + i));
			raw_reply(msgs[i]);
		}
		rte_ring_sp_enqueue_bulk(run->mr_to_client, (void **)msgs, n, NULL);
		got += n;
	}
}

const struct msg_test msg_async = {
    .mt_name = "async",
    .mt_what = "a request and its reply, 1024 in flight",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = IN_FLIGHT_MAX,
    .mt_reply_queued = true,
    .mt_side = {{msg_async_client, msg_async_server}, {raw_client, raw_server}},
};
