/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way beside eventdev's software scheduler for many cores, event_dsw: a message is an event
 * that carries its pointer, in one atomic flow, from the client's port through one queue to the
 * server's, the only one that is linked to it.
 *
 * event_dsw gathers 32 events itself; the client lets it, and has it publish when it waits, just
 * as ours polls.
 */
#include "msg_loops.h"

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
dsw_configure(void)
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
dsw_start(void)
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
		started = dsw_configure() == 0;
	}
	if (started)
		return NULL;
	rte_eal_hotplug_remove("vdev", DEVICE);
	return "its device " DEVICE " does not start";
}

static const char *
dsw_prepare(struct msg_row *row)
{
	(void)row;
	if (!started && failed == NULL)
		failed = dsw_start();
	return failed;
}

static void
dsw_finish(void)
{
	if (!started)
		return;
	rte_event_dev_stop(device);
	rte_eal_hotplug_remove("vdev", DEVICE);
	started = false;
}

static inline void
dsw_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	struct rte_event events[BURST_MAX];
	unsigned int done = 0;

	for (unsigned int i = 0; i < n; i++) {
		raw_send(run, msgs[i]);
		events[i] = (struct rte_event){
		    .op = RTE_EVENT_OP_NEW,
		    .sched_type = RTE_SCHED_TYPE_ATOMIC,
		    .event_ptr = msgs[i],
		};
	}
	while (done < n)
		done += rte_event_enqueue_new_burst(device, CLIENT_PORT, &events[done],
		    (uint16_t)RTE_MIN(n - done, (unsigned int)PASS));
}

/* To publish what was gathered, event_dsw takes a burst of none. */
static inline void
dsw_turn(struct msg_run *run, unsigned int n, uint64_t sent)
{
	(void)run;
	(void)sent;
	if (n == 0)
		rte_event_enqueue_burst(device, CLIENT_PORT, NULL, 0);
}

static inline unsigned int
dsw_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int most)
{
	struct rte_event events[PASS];
	unsigned int n = rte_event_dequeue_burst(device, SERVER_PORT, events, (uint16_t)most, 0);

	(void)run;
	for (unsigned int i = 0; i < n; i++)
		msgs[i] = events[i].event_ptr;
	return n;
}

static const struct transport dsw = {
    dsw_send, dsw_take, raw_reply, msg_no_reply, NULL, msg_not, dsw_turn, msg_not};

static void
dsw_client(void *run)
{
	oneway_client(run, &dsw);
}

static void
dsw_server(void *run)
{
	loop_server(run, &dsw, PASS, true);
}

#else

static const char *
dsw_prepare(struct msg_row *row)
{
	(void)row;
	return "built without rte_eventdev";
}

#define dsw_finish NULL
#define dsw_client NULL
#define dsw_server NULL

#endif

const struct msg_test msg_dsw = {
    .mt_name = "oneway-dsw",
    .mt_what = "a message to another CPU, beside an event through event_dsw",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_rival = "event_dsw",
    .mt_prepare = dsw_prepare,
    .mt_finish = dsw_finish,
    .mt_side = {{msg_oneway_client, msg_oneway_server}, {dsw_client, dsw_server}},
};
