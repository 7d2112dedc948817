/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way beside eventdev's software scheduler for many cores, event_dsw: a message is an event
 * that carries its pointer, in one atomic flow, from the client's port through one queue to the
 * server's, the only one that is linked to it.
 *
 * event_dsw gathers 32 events itself; the client lets it, and has it publish when it waits, just
 * as ours polls.
 */
#include "msg_stream.h"

#if BENCH_EVENTDEV

#include <rte_dev.h>
#include <rte_eventdev.h>
#include <rte_log.h>

#define DEVICE      "event_dsw0"
#define EVENTS      4096 /* many more than are in flight: its credits never run out */
#define CLIENT_PORT 0
#define SERVER_PORT 1

static uint8_t device;
static bool started;
static const char *failed;

static int
configure(void)
{
	const struct rte_event_dev_config dev = {
	    .nb_event_queues = 1,
	    .nb_event_ports = 2,
	    .nb_events_limit = EVENTS,
	    .nb_event_queue_flows = 1024,
	    .nb_event_port_dequeue_depth = PASS,
	    .nb_event_port_enqueue_depth = PASS,
	};
	const struct rte_event_queue_conf queue = {
	    .schedule_type = RTE_SCHED_TYPE_ATOMIC,
	    .priority = RTE_EVENT_DEV_PRIORITY_NORMAL,
	    .nb_atomic_flows = 1024,
	    .nb_atomic_order_sequences = 1024,
	};
	const struct rte_event_port_conf port = {
	    .new_event_threshold = EVENTS,
	    .dequeue_depth = PASS,
	    .enqueue_depth = PASS,
	};

	if (rte_event_dev_configure(device, &dev) < 0 ||
	    rte_event_queue_setup(device, 0, &queue) < 0 ||
	    rte_event_port_setup(device, CLIENT_PORT, &port) < 0 ||
	    rte_event_port_setup(device, SERVER_PORT, &port) < 0 ||
	    rte_event_port_link(device, SERVER_PORT, NULL, NULL, 0) != 1)
		return -1;
	return rte_event_dev_start(device);
}

static const char *
start(void)
{
	uint32_t level = (uint32_t)rte_log_get_level(RTE_LOGTYPE_EAL);
	int id, rc;

	/* EAL complains in lines of its own if there is no such driver. */
	rte_log_set_level(RTE_LOGTYPE_EAL, RTE_LOG_ALERT);
	rc = rte_eal_hotplug_add("vdev", DEVICE, "");
	rte_log_set_level(RTE_LOGTYPE_EAL, level);
	if (rc < 0)
		return "EAL has no driver event_dsw (librte_event_dsw)";
	id = rte_event_dev_get_dev_id(DEVICE);
	if (id >= 0) {
		device = (uint8_t)id;
		started = configure() == 0;
	}
	if (started)
		return NULL;
	rte_eal_hotplug_remove("vdev", DEVICE);
	return "its device " DEVICE " does not start";
}

static const char *
prepare(struct msg_row *row)
{
	(void)row;
	if (!started && failed == NULL)
		failed = start();
	return failed;
}

static void
finish(void)
{
	if (!started)
		return;
	rte_event_dev_stop(device);
	rte_eal_hotplug_remove("vdev", DEVICE);
	started = false;
}

/* To publish what was gathered, event_dsw takes a burst of none. */
static void
publish(void)
{
	rte_event_enqueue_burst(device, CLIENT_PORT, NULL, 0);
}

static void
send_events(lwkt_msg_t *msgs, unsigned int n)
{
	struct rte_event events[BURST_MAX];
	unsigned int done = 0;

	for (unsigned int i = 0; i < n; i++)
		events[i] = (struct rte_event){
		    .op = RTE_EVENT_OP_NEW,
		    .sched_type = RTE_SCHED_TYPE_ATOMIC,
		    .event_ptr = msgs[i],
		};
	while (done < n)
		done += rte_event_enqueue_new_burst(device, CLIENT_PORT, &events[done],
		    (uint16_t)RTE_MIN(n - done, (unsigned int)PASS));
}

static void
client(void *arg)
{
	struct msg_run *run = arg;
	struct stream st = {.st_total = run->mr_warm + run->mr_count};

	while (st.st_sent < st.st_total) {
		unsigned int n = stream_turn(run, &st);
		lwkt_msg_t *msgs = stream_next(run, &st);

		if (n == 0)
			publish();
		for (unsigned int i = 0; i < n; i += run->mr_burst) {
			app_request_all(msgs + i, run->mr_burst, st.st_sent + i);
			raw_send_all(run, msgs + i, run->mr_burst);
			send_events(msgs + i, run->mr_burst);
		}
		stream_sent(run, &st, n);
	}
	while (!stream_finished(run, &st, st.st_total))
		publish();
	stream_end(run, &st);
}

static void
server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	struct rte_event events[PASS];
	lwkt_msg_t msgs[PASS];

	while (got < total) {
		unsigned int n = rte_event_dequeue_burst(device, SERVER_PORT, events, PASS, 0);

		for (unsigned int i = 0; i < n; i++)
			msgs[i] = events[i].event_ptr;
		got = raw_take(run, msgs, n, got);
	}
}

#define SIDES_OF_TEST                                   \
	{                                               \
		{msg_oneway_client, msg_oneway_server}, \
		{                                       \
			client, server                  \
		}                                       \
	}

#else

static const char *
prepare(struct msg_row *row)
{
	(void)row;
	return "built without rte_eventdev";
}

#define finish NULL
#define SIDES_OF_TEST              \
	{                          \
		{NULL, NULL},      \
		{                  \
			NULL, NULL \
		}                  \
	}

#endif

const struct msg_test msg_dsw = {
    .mt_name = "oneway-dsw",
    .mt_what = "a message to another CPU, beside an event through event_dsw",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_rival = "event_dsw",
    .mt_prepare = prepare,
    .mt_finish = finish,
    .mt_side = SIDES_OF_TEST,
};
