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
#include "msg_loops.h"

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
distributor_prepare(struct msg_row *row)
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
distributor_finish(void)
{
	rte_mempool_free(pool);
	pool = NULL;
}

static inline void
distributor_send(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned int done = 0;

	for (unsigned int i = 0; i < n; i++) {
		raw_send(run, msgs[i]);
		mbufs[i] = lwkt_msg_mbuf(msgs[i]);
	}
	do
		done += (unsigned int)rte_distributor_process(distributor, &mbufs[done], n - done);
	while (done < n);
}

/* It works in the calls of its client only. */
static inline void
distributor_idle(struct msg_run *run)
{
	distributor_send(run, NULL, 0);
}

static inline unsigned int
distributor_back(struct msg_run *run, lwkt_msg_t *msgs, unsigned int most)
{
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned int n = (unsigned int)rte_distributor_returned_pkts(distributor, mbufs, most);

	(void)run;
	for (unsigned int i = 0; i < n; i++)
		msgs[i] = lwkt_mbuf_msg(mbufs[i]);
	return n;
}

static inline void
distributor_reply(struct msg_run *run, lwkt_msg_t *msgs, unsigned int n)
{
	struct rte_mbuf *mbufs[AT_A_TIME];

	(void)run;
	for (unsigned int i = 0; i < n; i++)
		mbufs[i] = lwkt_msg_mbuf(msgs[i]);
	rte_distributor_request_pkt(distributor, 0, mbufs, n);
}

static inline unsigned int
distributor_take(struct msg_run *run, lwkt_msg_t *msgs, unsigned int most)
{
	struct rte_mbuf *mbufs[AT_A_TIME];
	int n = rte_distributor_poll_pkt(distributor, 0, mbufs);

	(void)most;
	for (int i = 0; i < n; i++)
		msgs[i] = lwkt_mbuf_msg(mbufs[i]);
	if (n == 0)
		distributor_reply(run, msgs, 0);
	return n > 0 ? (unsigned int)n : 0;
}

static const struct transport to_worker = {
    .tr_send = distributor_send, .tr_back = distributor_back, .tr_idle = distributor_idle};
static const struct transport of_worker = {.tr_take = distributor_take,
    .tr_served = raw_reply,
    .tr_reply = distributor_reply,
    .tr_idle = msg_not,
    .tr_end = msg_not};

static void
distributor_client(void *run)
{
	async_client(run, &to_worker, ((struct msg_run *)run)->mr_burst);
}

static void
distributor_server(void *run)
{
	if (!requested)
		rte_distributor_request_pkt(distributor, 0, NULL, 0);
	requested = true;
	loop_server(run, &of_worker, AT_A_TIME, false);
}

#else

static const char *
distributor_prepare(struct msg_row *row)
{
	(void)row;
	return "built without rte_distributor";
}

#define PACKETS            0
#define distributor_finish NULL
#define distributor_client NULL
#define distributor_server NULL

#endif

const struct msg_test msg_distributor = {
    .mt_name = "distributor",
    .mt_what = "a packet to a worker and back, 64 in flight",
    .mt_metrics = msg_one_metric,
    .mt_burst = 32,
    .mt_in_flight = PACKETS,
    .mt_reply_queued = true,
    .mt_rival = "rte_distributor",
    .mt_prepare = distributor_prepare,
    .mt_finish = distributor_finish,
    .mt_side = {{msg_async_client, msg_async_server}, {distributor_client, distributor_server}},
};
