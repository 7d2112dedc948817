/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "feed.h"

static void
feed_free(void *arg)
{
	struct feed *fd = arg;

	free(fd->fd_frame);
	free(fd->fd_got);
	free(fd);
}

struct feed *
feed_new(struct rte_mempool *pool)
{
	struct feed *fd = calloc(1, sizeof(*fd));

	cr_assert_not_null(fd);
	fd->fd_pool = pool;
	fd->fd_frame = calloc(FEED_FRAMES, sizeof(*fd->fd_frame));
	fd->fd_got = calloc(FEED_FRAMES, sizeof(*fd->fd_got));
	cr_assert(fd->fd_frame != NULL && fd->fd_got != NULL);
	test_at_end(feed_free, fd);
	return fd;
}

void
feed_add(struct feed *fd, const void *data, unsigned int bytes)
{
	struct feed_frame *ff = &fd->fd_frame[fd->fd_in++];

	cr_assert(fd->fd_in <= FEED_FRAMES && bytes <= FEED_BYTES);
	ff->ff_bytes = bytes;
	memcpy(ff->ff_data, data, bytes);
}

static int
feed_init(struct lwkt_stage *st, const void *conf)
{
	*(const void **)st->st_state = conf;
	return 0;
}

/* In segments; NULL: no mbufs now. */
static struct rte_mbuf *
feed_mbuf(const struct feed *fd, const struct feed_frame *ff)
{
	struct rte_mbuf *m = NULL, *more;
	unsigned int at = 0, some, most;

	do {
		more = rte_pktmbuf_alloc(fd->fd_pool);
		if (more == NULL) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		most = fd->fd_segment != 0 ? fd->fd_segment : rte_pktmbuf_tailroom(more);
		some = RTE_MIN(ff->ff_bytes - at, most);
		memcpy(rte_pktmbuf_append(more, (uint16_t)some), ff->ff_data + at, some);
		if (m == NULL)
			m = more;
		else
			test_check(rte_pktmbuf_chain(m, more) == 0);
		at += some;
	} while (at < ff->ff_bytes);
	return m;
}

static unsigned int
feed_poll(struct lwkt_stage *st)
{
	struct feed *fd = *(struct feed **)st->st_state;
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = 0;

	while (n < st->st_burst && fd->fd_next < fd->fd_in &&
	       (pkts[n] = feed_mbuf(fd, &fd->fd_frame[fd->fd_next])) != NULL) {
		n++;
		fd->fd_next++;
	}
	if (n == 0)
		return 0;
	lwkt_stage_brought(st, pkts, n);
	lwkt_stage_emit(st, 0, pkts, n);
	return n;
}

static const struct lwkt_stage_kind kind_feed = {
    .sk_name = "test_feed",
    .sk_state_bytes = sizeof(void *),
    .sk_init = feed_init,
    .sk_poll = feed_poll,
};

static void
feed_collect(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct feed *fd = *(struct feed **)st->st_state;

	for (unsigned int i = 0; i < n; i++) {
		struct feed_frame *ff = &fd->fd_got[fd->fd_out % FEED_FRAMES];
		const void *data;

		test_check(rte_mbuf_check(pkts[i], 1, &(const char *){NULL}) == 0);
		ff->ff_bytes = rte_pktmbuf_pkt_len(pkts[i]);
		data = rte_pktmbuf_read(
		    pkts[i], 0, RTE_MIN(ff->ff_bytes, (unsigned int)FEED_BYTES), ff->ff_data);
		test_check(data != NULL);
		if (data != NULL && data != ff->ff_data)
			memcpy(ff->ff_data, data, ff->ff_bytes);
		fd->fd_out++;
	}
	test_check(fd->fd_out <= FEED_FRAMES);
	lwkt_stage_consumed(st, pkts, n);
}

static const struct lwkt_stage_kind kind_collect = {
    .sk_name = "test_collect",
    .sk_state_bytes = sizeof(void *),
    .sk_init = feed_init,
    .sk_handle = feed_collect,
};

struct lwkt_account
feed_run(struct feed *fd, const struct lwkt_stage_kind *kind, const void *conf,
    enum lwkt_edge_kind edge, struct lwkt_stage_stats *stats)
{
	struct lwkt_stage_row rows[] = {
	    {"f", &kind_feed, 1, fd, {"k"}},
	    {"k", kind, 2, conf, {"c"}},
	    {"c", &kind_collect, 3, fd, {NULL}},
	};
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	fd->fd_next = 0;
	fd->fd_out = 0;
	edges_as(rows, RTE_DIM(rows), edge);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(
	    lwkt_pipeline_configure(pl, &(struct lwkt_pipeline_opts){.po_window = 128}), 0);
	ac = run_audited(pl, fd->fd_in);
	*stats = stats_of(pl, "k");
	lwkt_pipeline_destroy(pl);
	return ac;
}
