/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Round trips, one at a time: a request, its answer, the next request. The time of each is taken;
 * the figures are the median and the tail.
 *
 * roundtrip  lwkt_sendmsg(), then poll and take the reply from the own port.
 * domsg      lwkt_domsg(): the reply is not queued, the caller waits for the message.
 *
 * The rival is a ring there and a ring back, with the same message.
 */
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "msg_pvt.h"

static const char *const tail_metrics[] = {"", "-p99", "-p999", NULL};

static inline void
record(struct msg_run *run, uint64_t i, uint64_t cycles)
{
	if (i >= run->mr_warm)
		run->mr_sample[i - run->mr_warm] = (double)cycles;
}

static void
summarise(struct msg_run *run)
{
	unsigned int n = (unsigned int)run->mr_count;

	stats_sort(run->mr_sample, n);
	run->mr_value[0] = stats_quantile(run->mr_sample, n, 0.5);
	run->mr_value[1] = stats_quantile(run->mr_sample, n, 0.99);
	run->mr_value[2] = stats_quantile(run->mr_sample, n, 0.999);
}

static void
send_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = run->mr_msg[i % run->mr_window];
		uint64_t start = rte_rdtsc();

		app_request(msg, i);
		lwkt_sendmsg(run->mr_server_port, msg);
		do
			lwkt_poll();
		while ((msg = lwkt_getport(run->mr_client_port)) == NULL);
		app_check(&run->mr_client_errors, app_answered(msg, i));
		record(run, i, rte_rdtsc() - start);
	}
	summarise(run);
}

static void
domsg_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = run->mr_msg[i % run->mr_window];
		uint64_t start = rte_rdtsc();

		app_request(msg, i);
		run->mr_client_errors += lwkt_domsg(run->mr_server_port, msg, 0) != 0;
		app_check(&run->mr_client_errors, app_answered(msg, i));
		record(run, i, rte_rdtsc() - start);
	}
	summarise(run);
}

static void
lwkt_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count;
	lwkt_msg_t msg;

	for (uint64_t i = 0; i < total; i++) {
		do
			lwkt_poll();
		while ((msg = lwkt_getport(run->mr_server_port)) == NULL);
		app_check(&run->mr_server_errors, app_serve(msg, i));
		lwkt_replymsg(msg, 0);
	}
	lwkt_flush();
}

static void
raw_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = run->mr_msg[i % run->mr_window];
		uint64_t start = rte_rdtsc();

		app_request(msg, i);
		raw_send(run, msg);
		rte_ring_sp_enqueue(run->mr_to_server, msg);
		while (rte_ring_sc_dequeue(run->mr_to_client, (void **)&msg) != 0)
			;
		app_check(&run->mr_client_errors, app_answered(msg, i));
		record(run, i, rte_rdtsc() - start);
	}
	summarise(run);
}

static void
raw_server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count;
	lwkt_msg_t msg;

	for (uint64_t i = 0; i < total; i++) {
		while (rte_ring_sc_dequeue(run->mr_to_server, (void **)&msg) != 0)
			;
		app_check(&run->mr_server_errors, app_serve(msg, i));
		raw_reply(msg);
		rte_ring_sp_enqueue(run->mr_to_client, msg);
	}
}

const struct msg_test msg_roundtrip = {
    .mt_name = "roundtrip",
    .mt_what = "one request and its reply through a port: send, poll",
    .mt_metrics = tail_metrics,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{send_client, lwkt_server}, {raw_client, raw_server}},
};

const struct msg_test msg_domsg = {
    .mt_name = "domsg",
    .mt_what = "one request and its answer: lwkt_domsg()",
    .mt_metrics = tail_metrics,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{domsg_client, lwkt_server}, {raw_client, raw_server}},
};
