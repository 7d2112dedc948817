/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets to a worker and back, beside rte_distributor with one worker: the client distributes, the
 * server is the worker. Ours sends the packets' messages and the server replies to them; both do
 * the same work on the message in the mbuf's private area.
 *
 * rte_distributor hands over 8 packets at a time, keeps as many waiting for a worker, and forgets
 * what has come back beyond 127; so there are only 64 in flight, on both sides.
 *
 * A worker gives packets back with its next request. The server ends each round with one that it
 * does not wait for, and begins the next round by waiting for that.
 */
#include "msg_stream.h"

#if BENCH_DISTRIBUTOR

#include <rte_distributor.h>
#include <rte_errno.h>

#include <lwkt_pktmsg.h>

#define PACKETS   64
#define AT_A_TIME 8 /* what a worker gets, at most */

static struct rte_distributor *distributor;
static struct rte_mempool *pool;
static bool requested;

static const char *
prepare(struct msg_row *row)
{
	pool = lwkt_pktmbuf_pool_create(
	    "packets", SIDES * PACKETS, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	distributor = rte_distributor_create("bench", rte_socket_id(), 1, RTE_DIST_ALG_BURST);
	if (pool == NULL || distributor == NULL)
		return "no memory for packets or distributor";
	for (unsigned int i = 0; i < SIDES * PACKETS; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

		if (m == NULL)
			return "no packets";
		m->hash.usr = i + 1; /* the flow, which must not be 0 */
		row->ro_set[i / PACKETS][i % PACKETS] = lwkt_mbuf_msg(m);
	}
	requested = false;
	return NULL;
}

/* There is no call that ends a distributor: it is EAL's memory and goes with it. */
static void
finish(void)
{
	rte_mempool_free(pool);
	pool = NULL;
}

static void
distribute(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned int done = 0;

	raw_send_all(run, msgs, n);
	for (unsigned int i = 0; i < n; i++)
		mbufs[i] = lwkt_msg_mbuf(msgs[i]);
	do
		done += (unsigned int)rte_distributor_process(distributor, &mbufs[done], n - done);
	while (done < n);
}

static void
client(void *arg)
{
	struct msg_run *run = arg;
	struct progress pg = {.total = run->mr_warm + run->mr_count};
	lwkt_msg_t msgs[BURST_MAX], *first = run->mr_msg;
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned int n;

	for (; pg.sent < run->mr_window; first += run->mr_burst) {
		progress_number(first, run->mr_burst, &pg);
		distribute(run, first, run->mr_burst);
	}
	while (pg.got < pg.total) {
		n = (unsigned int)rte_distributor_returned_pkts(distributor, mbufs, run->mr_burst);
		for (unsigned int i = 0; i < n; i++)
			msgs[i] = lwkt_mbuf_msg(mbufs[i]);
		if (n > 0)
			n = progress_turn(run, msgs, n, &pg);
		distribute(run, msgs, n);
	}
	progress_end(run, &pg);
}

static void
server(void *arg)
{
	struct msg_run *run = arg;
	uint64_t got = 0, total = run->mr_warm + run->mr_count;
	struct rte_mbuf *mbufs[AT_A_TIME];
	int n;

	if (!requested)
		rte_distributor_request_pkt(distributor, 0, NULL, 0);
	requested = true;
	while (got < total) {
		n = rte_distributor_poll_pkt(distributor, 0, mbufs);
		if (n < 0)
			continue;
		for (int i = 0; i < n; i++) {
			lwkt_msg_t msg = lwkt_mbuf_msg(mbufs[i]);

			app_check(&run->mr_server_errors, app_serve(msg, got++));
			raw_reply(msg);
		}
		rte_distributor_request_pkt(distributor, 0, mbufs, (unsigned int)n);
	}
}

#define SIDES_OF_TEST                                 \
	{                                             \
		{msg_async_client, msg_async_server}, \
		{                                     \
			client, server                \
		}                                     \
	}

#else

static const char *
prepare(struct msg_row *row)
{
	(void)row;
	return "built without rte_distributor";
}

#define PACKETS 0
#define finish  NULL
#define SIDES_OF_TEST              \
	{                          \
		{NULL, NULL},      \
		{                  \
			NULL, NULL \
		}                  \
	}

#endif

const struct msg_test msg_distributor = {
    .mt_name = "distributor",
    .mt_what = "a packet to a worker and back, 64 in flight",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = PACKETS,
    .mt_reply_queued = true,
    .mt_rival = "rte_distributor",
    .mt_prepare = prepare,
    .mt_finish = finish,
    .mt_side = SIDES_OF_TEST,
};
