/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mempool that TSan understands: the distribution's is not instrumented, and an mbuf that goes
 * from one lcore to another through it looks like a race. Nor would it do to build DPDK's own
 * here: with several producers its ring waits for the one before with a relaxed load, so that who
 * takes from it is not ordered behind all of them by the letter of C11. The option
 * --mbuf-pool-ops-name selects this one (test_env.c).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <rte_mempool.h>

#include "test.h"

#if TEST_TSAN

/* First in, first out, so that a free mbuf is not used again too soon to be caught. */
struct fifo {
	pthread_mutex_t lock;
	unsigned int first, count, size;
	void *objs[];
};

static int
fifo_alloc(struct rte_mempool *mp)
{
	struct fifo *fifo = calloc(1, sizeof(*fifo) + mp->size * sizeof(void *));

	if (fifo == NULL)
		return -ENOMEM;
	pthread_mutex_init(&fifo->lock, NULL);
	fifo->size = mp->size;
	mp->pool_data = fifo;
	return 0;
}

static void
fifo_free(struct rte_mempool *mp)
{
	free(mp->pool_data);
}

static int
fifo_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct fifo *fifo = mp->pool_data;

	pthread_mutex_lock(&fifo->lock);
	if (fifo->count + n > fifo->size)
		abort(); /* freed twice */
	for (unsigned int i = 0; i < n; i++)
		fifo->objs[(fifo->first + fifo->count++) % fifo->size] = objs[i];
	pthread_mutex_unlock(&fifo->lock);
	return 0;
}

static int
fifo_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct fifo *fifo = mp->pool_data;
	bool enough;

	pthread_mutex_lock(&fifo->lock);
	enough = n <= fifo->count;
	for (unsigned int i = 0; enough && i < n; i++)
		objs[i] = fifo->objs[fifo->first++ % fifo->size];
	fifo->first %= fifo->size;
	fifo->count -= enough ? n : 0;
	pthread_mutex_unlock(&fifo->lock);
	return enough ? 0 : -ENOBUFS;
}

static unsigned int
fifo_count(const struct rte_mempool *mp)
{
	struct fifo *fifo = mp->pool_data;
	unsigned int count;

	pthread_mutex_lock(&fifo->lock);
	count = fifo->count;
	pthread_mutex_unlock(&fifo->lock);
	return count;
}

static const struct rte_mempool_ops test_fifo_ops = {
    .name = "test_fifo",
    .alloc = fifo_alloc,
    .free = fifo_free,
    .enqueue = fifo_enqueue,
    .dequeue = fifo_dequeue,
    .get_count = fifo_count,
};

RTE_MEMPOOL_REGISTER_OPS(test_fifo_ops)

#endif
