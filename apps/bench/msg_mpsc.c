/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way beside the ring that many may write to: what our one ring for each pair of CPUs spares.
 * There is one producer here, too, so this is what it costs when nobody is in the way.
 */
#include "msg_stream.h"

static struct rte_ring *ring;

static const char *
prepare(struct msg_row *row)
{
	(void)row;
	if (ring == NULL)
		ring = rte_ring_create(
		    "mpsc", RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return ring != NULL ? NULL : "no memory for its ring";
}

static void
finish(void)
{
	rte_ring_free(ring);
	ring = NULL;
}

static void
client(void *arg)
{
	struct msg_run *run = arg;
	struct stream st = {.st_total = run->mr_warm + run->mr_count};

	while (st.st_sent < st.st_total) {
		unsigned int n = stream_turn(run, &st);
		lwkt_msg_t *msgs = stream_next(run, &st);

		for (unsigned int i = 0; i < n; i += run->mr_burst) {
			app_request_all(msgs + i, run->mr_burst, st.st_sent + i);
			raw_send_all(run, msgs + i, run->mr_burst);
			rte_ring_mp_enqueue_bulk(ring, (void **)(msgs + i), run->mr_burst, NULL);
		}
		stream_sent(run, &st, n);
	}
	while (!stream_finished(run, &st, st.st_total))
		;
	stream_end(run, &st);
}

static void
server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	lwkt_msg_t msgs[PASS];

	while (got < total) {
		unsigned int n = rte_ring_sc_dequeue_burst(ring, (void **)msgs, PASS, NULL);

		got = raw_take(run, msgs, n, got);
	}
}

const struct msg_test msg_mpsc = {
    .mt_name = "oneway-mpsc",
    .mt_what = "a message to another CPU, beside a ring for many producers",
    .mt_metrics = msg_one_metric,
    .mt_bursts = true,
    .mt_in_flight = WINDOW,
    .mt_rival = "rte_ring MPSC",
    .mt_prepare = prepare,
    .mt_finish = finish,
    .mt_side = {{msg_oneway_client, msg_oneway_server}, {client, server}},
};
