/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way: a stream of messages from the client to the server. The burst is what the client sends
 * at a time; on both sides the server takes what there is, at most PASS.
 *
 * Coming home. The messages are a fixed set that the client uses in turn, so it must know when one
 * is free. Both sides have the same, cheapest way: the server marks the message itself done, and
 * the client looks at the last message of its next burst (order is kept, so the others are done
 * too). For LWKT that is a reply to a reply-only port, the contract's way to coalesce events
 * (X47); for the raw ring it is the same store to the same word. Nothing else travels back: no
 * second ring, no credits. The window is smaller than the rings, so neither is ever full.
 *
 * Gathering. An LWKT CPU handles up to PASS messages and then polls, which publishes what it has
 * gathered. So does the client here: it polls after PASS messages or one burst, whichever is more,
 * and when it has to wait. The raw ring publishes each burst, as its caller would.
 */
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "msg_pvt.h"

/* The messages of the burst that begins with message number i. */
static inline lwkt_msg_t *
burst_at(struct msg_run *run, uint64_t i)
{
	return &run->mr_msg[i % run->mr_window];
}

static void
lwkt_client(void *arg)
{
	struct msg_run *run = arg;
	lwkt_port_t port = run->mr_server_port;
	unsigned int burst = run->mr_burst, gathered = 0;
	uint64_t i, total = run->mr_warm + run->mr_count, start = 0;
	lwkt_msg_t *msgs;

	for (i = 0; i < total; i += burst) {
		if (i == run->mr_warm)
			start = rte_rdtsc();
		msgs = burst_at(run, i);
		while (!lwkt_checkmsg(msgs[burst - 1]))
			lwkt_poll();
		for (unsigned int j = 0; j < burst; j++)
			app_request(msgs[j], i + j);
		if (burst == 1)
			lwkt_sendmsg(port, msgs[0]);
		else
			lwkt_sendmsg_burst(port, msgs, burst);
		gathered += burst;
		if (gathered >= PASS) {
			lwkt_poll();
			gathered = 0;
		}
	}
	while (!lwkt_checkmsg(burst_at(run, total - 1)[0]))
		lwkt_poll();
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
lwkt_server(void *arg)
{
	struct msg_run *run = arg;
	lwkt_port_t port = run->mr_server_port;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[PASS];
	unsigned int i, n;

	while (got < total) {
		lwkt_poll();
		do {
			n = lwkt_getport_burst(port, msgs, PASS);
			for (i = 0; i < n; i++)
				run->mr_server_errors += !app_serve(msgs[i], got + i);
			lwkt_replymsg_burst(msgs, n, 0);
			got += n;
		} while (n == PASS);
	}
}

static void
raw_client(void *arg)
{
	struct msg_run *run = arg;
	unsigned int burst = run->mr_burst;
	uint64_t i, total = run->mr_warm + run->mr_count, start = 0;
	lwkt_msg_t *msgs;

	for (i = 0; i < total; i += burst) {
		if (i == run->mr_warm)
			start = rte_rdtsc();
		msgs = burst_at(run, i);
		while (!lwkt_checkmsg(msgs[burst - 1]))
			;
		for (unsigned int j = 0; j < burst; j++) {
			app_request(msgs[j], i + j);
			raw_send(run, msgs[j]);
		}
		rte_ring_sp_enqueue_bulk(run->mr_to_server, (void **)msgs, burst, NULL);
	}
	while (!lwkt_checkmsg(burst_at(run, total - 1)[0]))
		;
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
raw_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[PASS];
	unsigned int i, n;

	while (got < total) {
		n = rte_ring_sc_dequeue_burst(run->mr_to_server, (void **)msgs, PASS, NULL);
		for (i = 0; i < n; i++) {
			run->mr_server_errors += !app_serve(msgs[i], got + i);
			raw_reply(msgs[i]);
		}
		got += n;
	}
}

const struct msg_test msg_oneway = {
    .mt_name = "oneway",
    .mt_what = "a message to another CPU, marked done there",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_side = {{lwkt_client, lwkt_server}, {raw_client, raw_server}},
};
