/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One CPU: what a message costs between two ports of the same CPU.
 *
 * oncpu        lwkt_sendmsg(), lwkt_getport(), lwkt_replymsg(), one message at a time; the reply
 *              only marks it done.
 * oncpu-burst  the same with bursts of 32.
 * oncpu-reply  one at a time, and the reply is queued on a second port and taken from there.
 *
 * The rival is a ring on one CPU, which is how a ring pipeline would do it.
 */
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "msg_pvt.h"

static inline lwkt_msg_t *
burst_at(struct msg_run *run, uint64_t i)
{
	return &run->mr_msg[i % run->mr_window];
}

static void
single_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count, start = 0;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = *burst_at(run, i);

		if (i == run->mr_warm)
			start = rte_rdtsc();
		app_request(msg, i);
		lwkt_sendmsg(run->mr_client_port, msg);
		msg = lwkt_getport(run->mr_client_port);
		app_check(&run->mr_client_errors, app_serve(msg, i));
		lwkt_replymsg(msg, 0);
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
burst_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t i, total = run->mr_warm + run->mr_count, start = 0;
	unsigned int j, burst = run->mr_burst;
	lwkt_msg_t got[BURST_MAX];

	for (i = 0; i < total; i += burst) {
		lwkt_msg_t *msgs = burst_at(run, i);

		if (i == run->mr_warm)
			start = rte_rdtsc();
		for (j = 0; j < burst; j++)
			app_request(msgs[j], i + j);
		lwkt_sendmsg_burst(run->mr_client_port, msgs, burst);
		lwkt_getport_burst(run->mr_client_port, got, burst);
		for (j = 0; j < burst; j++)
			app_check(&run->mr_client_errors, app_serve(got[j], i + j));
		lwkt_replymsg_burst(got, burst, 0);
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
reply_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t total = run->mr_warm + run->mr_count, start = 0;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = *burst_at(run, i);

		if (i == run->mr_warm)
			start = rte_rdtsc();
		app_request(msg, i);
		lwkt_sendmsg(run->mr_client_port, msg);
		msg = lwkt_getport(run->mr_client_port);
		app_check(&run->mr_client_errors, app_serve(msg, i));
		lwkt_replymsg(msg, 0);
		msg = lwkt_getport(run->mr_client_port);
		app_check(&run->mr_client_errors, app_answered(msg, i));
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
raw_client(void *arg)
{
	struct msg_run *run = arg;
	uint64_t i, total = run->mr_warm + run->mr_count, start = 0;
	unsigned int j, burst = run->mr_burst;
	lwkt_msg_t got[BURST_MAX];

	for (i = 0; i < total; i += burst) {
		lwkt_msg_t *msgs = burst_at(run, i);

		if (i == run->mr_warm)
			start = rte_rdtsc();
		for (j = 0; j < burst; j++) {
			app_request(msgs[j], i + j);
			raw_send(run, msgs[j]);
		}
		rte_ring_sp_enqueue_bulk(run->mr_to_client, (void **)msgs, burst, NULL);
		rte_ring_sc_dequeue_bulk(run->mr_to_client, (void **)got, burst, NULL);
		for (j = 0; j < burst; j++) {
			app_check(&run->mr_client_errors, app_serve(got[j], i + j));
			raw_reply(got[j]);
		}
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

const struct msg_test msg_oncpu = {
    .mt_name = "oncpu",
    .mt_what = "send, get and reply on one CPU",
    .mt_metrics = msg_one_metric,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_side = {{single_client, NULL}, {raw_client, NULL}},
};

const struct msg_test msg_oncpu_burst = {
    .mt_name = "oncpu-burst",
    .mt_what = "the same in bursts",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = WINDOW,
    .mt_side = {{burst_client, NULL}, {raw_client, NULL}},
};

const struct msg_test msg_oncpu_reply = {
    .mt_name = "oncpu-reply",
    .mt_what = "the same, reply queued and taken",
    .mt_metrics = msg_one_metric,
    .mt_burst = 1,
    .mt_in_flight = WINDOW,
    .mt_reply_queued = true,
    .mt_side = {{reply_client, NULL}, {raw_client, NULL}},
};
