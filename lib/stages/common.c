/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What several kinds of stages need.
 */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include <lwkt_pktmsg.h>
#include <lwkt_log.h>

#include "stages_pvt.h"

int
stage_pool(const struct lwkt_stage *st, struct rte_mempool *given, const char *name,
    struct rte_mempool **pool)
{
	*pool = given;
	if (given == NULL && name[0] == '\0')
		return 0;
	if (given == NULL)
		*pool = rte_mempool_lookup(name);
	if (*pool == NULL) {
		lwkt_error("stage %s: there is no pool named %s; make it first, with "
		           "lwkt_pktmbuf_pool_create()",
		    st->st_name, name);
		return -ENOENT;
	}
	return lwkt_pktmbuf_pool_check(*pool);
}

int
stage_copy_counters(
    const struct lwkt_stage *st, const struct lwkt_stage_kind *kind, void *counters, size_t bytes)
{
	const uint64_t *from = st->st_state;
	uint64_t *to = counters;

	if (st->st_kind != kind)
		return -EINVAL;
	for (size_t i = 0; i < bytes / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	return 0;
}

struct rte_mbuf *
stage_copy(
    struct lwkt_stage *st, const struct rte_mbuf *m, struct rte_mempool *pool, uint32_t bytes)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, pool != NULL ? pool : m->pool, 0, bytes);

	if (copy != NULL)
		lwkt_stage_made(st, &copy, 1);
	return copy;
}

/* librte_reorder registers it when it makes a buffer, and has no other way. */
int
stage_seqn_register(const struct lwkt_stage *st)
{
	struct rte_reorder_buffer *b;

	if (rte_reorder_seqn_dynfield_offset >= 0)
		return 0;
	b = rte_reorder_create("lwkt_seqn", 0, 1);
	if (b == NULL) {
		lwkt_error("stage %s: no room in mbufs for a sequence number: %s; register fewer "
		           "dynamic fields",
		    st->st_name, rte_strerror(rte_errno));
		return -rte_errno;
	}
	rte_reorder_free(b);
	return 0;
}

uint64_t
stage_cycles(uint64_t time, uint64_t per_second)
{
	uint64_t hz = rte_get_tsc_hz(), seconds = time / per_second;
	uint64_t cyc = seconds * hz + time % per_second * hz / per_second;

	return cyc > 0 ? cyc : 1;
}
