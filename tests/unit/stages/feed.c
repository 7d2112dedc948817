/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "feed.h"

static void
feed_free(void *arg)
{
	struct feed *fd = arg;

	lwkt_frames_destroy(fd->fd_in);
	lwkt_frames_destroy(fd->fd_out);
	free(fd);
}

struct feed *
feed_new(struct rte_mempool *pool)
{
	struct feed *fd = calloc(1, sizeof(*fd));

	cr_assert_not_null(fd);
	fd->fd_pool = pool;
	fd->fd_in = lwkt_frames_create();
	fd->fd_out = lwkt_frames_create();
	cr_assert(fd->fd_in != NULL && fd->fd_out != NULL);
	test_at_end(feed_free, fd);
	return fd;
}

void
feed_add(struct feed *fd, const void *data, unsigned int bytes)
{
	cr_assert_eq(lwkt_frames_add(fd->fd_in, data, bytes), 0);
}

struct lwkt_account
feed_run(struct feed *fd, const struct lwkt_stage_kind *kind, const void *conf,
    enum lwkt_edge_kind edge, struct lwkt_stage_stats *stats)
{
	const struct lwkt_test_in_conf in = {fd->fd_in, fd->fd_pool, fd->fd_segment};
	const struct lwkt_test_out_conf out = {fd->fd_out};
	struct lwkt_stage_row rows[] = {
	    {"f", &lwkt_test_in, 1, &in, {"k"}},
	    {"k", kind, 2, conf, {"c"}},
	    {"c", &lwkt_test_out, 3, &out, {NULL}},
	};
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	lwkt_frames_clear(fd->fd_out);
	edges_as(rows, RTE_DIM(rows), edge);
	pl = lwkt_pipeline_create("p", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	cr_assert_eq(
	    lwkt_pipeline_configure(pl, &(struct lwkt_pipeline_opts){.po_window = 128}), 0);
	ac = run_audited(pl, lwkt_frames_count(fd->fd_in));
	*stats = stats_of(pl, "k");
	lwkt_pipeline_destroy(pl);
	return ac;
}
