/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ends of a pipeline under test: a source of frames, and a sink that keeps their bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lwkt_log.h>

#include "test_pvt.h"

struct in_state {
	struct lwkt_test_in_conf in_conf;
	unsigned int in_next, in_cleared;
};

static int
in_init(struct lwkt_stage *st, const void *conf)
{
	struct in_state *in = st->st_state;

	if (conf == NULL)
		return -EINVAL;
	in->in_conf = *(const struct lwkt_test_in_conf *)conf;
	in->in_cleared = frames_cleared(in->in_conf.ic_frames);
	return 0;
}

/* In segments; NULL: no mbufs now. */
static struct rte_mbuf *
in_mbuf(const struct lwkt_test_in_conf *ic, const uint8_t *data, unsigned int bytes)
{
	struct rte_mbuf *m = NULL, *more;
	unsigned int at = 0, some, most;

	do {
		more = rte_pktmbuf_alloc(ic->ic_pool);
		if (more == NULL) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		most = ic->ic_segment != 0 ? ic->ic_segment : rte_pktmbuf_tailroom(more);
		some = RTE_MIN(bytes - at, most);
		memcpy(rte_pktmbuf_append(more, (uint16_t)some), data + at, some);
		if (m == NULL)
			m = more;
		else if (rte_pktmbuf_chain(m, more) != 0)
			lwkt_panic(
			    "lwkt_test_in: a frame of %u bytes in segments of %u has too many",
			    bytes, most);
		at += some;
	} while (at < bytes);
	return m;
}

static unsigned int
in_poll(struct lwkt_stage *st)
{
	struct in_state *in = st->st_state;
	struct lwkt_frames *fs = in->in_conf.ic_frames;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = 0, bytes = 0;
	const uint8_t *data;

	if (in->in_cleared != frames_cleared(fs)) {
		in->in_cleared = frames_cleared(fs);
		in->in_next = 0;
	}
	while (n < st->st_burst && (data = lwkt_frames_get(fs, in->in_next, &bytes)) != NULL &&
	       (pkts[n] = in_mbuf(&in->in_conf, data, bytes)) != NULL) {
		n++;
		in->in_next++;
	}
	if (n == 0)
		return 0;
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

const struct lwkt_stage_kind lwkt_test_in = {
    .sk_name = "test_in",
    .sk_state_bytes = sizeof(struct in_state),
    .sk_init = in_init,
    .sk_poll = in_poll,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

struct out_state {
	struct lwkt_frames *ou_frames;
	bool ou_full;
	struct rte_mbuf **ou_wait; /* [ou_room]; while it is full */
	unsigned int ou_nwait, ou_room;
};

static int
out_init(struct lwkt_stage *st, const void *conf)
{
	struct out_state *ou = st->st_state;

	if (conf == NULL)
		return -EINVAL;
	ou->ou_frames = ((const struct lwkt_test_out_conf *)conf)->oc_frames;
	return 0;
}

static void
out_take(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct out_state *ou = st->st_state;
	const char *why;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int bytes = rte_pktmbuf_pkt_len(pkts[i]);
		const void *data;
		uint8_t *copy;

		if (rte_mbuf_check(pkts[i], 1, &why) != 0)
			lwkt_panic("stage %s: what came is no packet: %s", st->st_name, why);
		copy = frames_append(ou->ou_frames, bytes);
		if (copy == NULL)
			lwkt_panic("stage %s: no memory for a frame", st->st_name);
		data = rte_pktmbuf_read(pkts[i], 0, bytes, copy);
		if (data != copy)
			memcpy(copy, data, bytes);
	}
	lwkt_stage_consumed(st, pkts, n);
}

static void
out_keep(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct out_state *ou = st->st_state;

	if (ou->ou_nwait + n > ou->ou_room) {
		ou->ou_room = 2 * (ou->ou_nwait + n);
		ou->ou_wait = realloc(ou->ou_wait, ou->ou_room * sizeof(struct rte_mbuf *));
		if (ou->ou_wait == NULL)
			lwkt_panic("stage %s: no memory for packets that wait", st->st_name);
	}
	memcpy(ou->ou_wait + ou->ou_nwait, pkts, n * sizeof(struct rte_mbuf *));
	ou->ou_nwait += n;
	lwkt_stage_hold(st, n);
}

static void
out_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct out_state *ou = st->st_state;

	if (ou->ou_full)
		out_keep(st, pkts, n);
	else
		out_take(st, pkts, n);
}

/* What waits, a burst at a time, in order. */
static unsigned int
out_let_go(struct lwkt_stage *st,
    void (*end)(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n))
{
	struct out_state *ou = st->st_state;
	unsigned int i, n;

	for (i = 0; i < ou->ou_nwait; i += n) {
		n = RTE_MIN(ou->ou_nwait - i, (unsigned int)LWKT_STAGE_BURST);
		lwkt_stage_unhold(st, n);
		end(st, ou->ou_wait + i, n);
	}
	ou->ou_nwait = 0;
	return i;
}

static unsigned int
out_work(struct lwkt_stage *st)
{
	const struct out_state *ou = st->st_state;

	return ou->ou_full || ou->ou_nwait == 0 ? 0 : out_let_go(st, out_take);
}

static void
out_purge(struct lwkt_stage *st)
{
	out_let_go(st, lwkt_stage_purge);
}

static void
out_fini(struct lwkt_stage *st)
{
	free(((struct out_state *)st->st_state)->ou_wait);
}

void
out_full(struct lwkt_stage *st, bool full)
{
	struct out_state *ou = st->st_state;

	ou->ou_full = full;
}

const struct lwkt_stage_kind lwkt_test_out = {
    .sk_name = "test_out",
    .sk_state_bytes = sizeof(struct out_state),
    .sk_init = out_init,
    .sk_handle = out_handle,
    .sk_work = out_work,
    .sk_purge = out_purge,
    .sk_fini = out_fini,
    .sk_max_outs = LWKT_STAGE_END,
};
