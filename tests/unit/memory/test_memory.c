/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where memory comes from, and what happens when there is none; and the two stops and errors that
 * need an unusual pool or thread.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>

#include <lwkt_pktmsg.h>

#include "test.h"

static bool none_left, hugepages;

void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
void *__real_rte_zmalloc(const char *type, size_t bytes, unsigned int align);
void *__wrap_rte_zmalloc(const char *type, size_t bytes, unsigned int align);
int __wrap_rte_eal_has_hugepages(void);

void *
__wrap_aligned_alloc(size_t align, size_t bytes)
{
	return none_left ? NULL : __real_aligned_alloc(align, bytes);
}

void *
__wrap_rte_zmalloc(const char *type, size_t bytes, unsigned int align)
{
	return none_left ? NULL : __real_rte_zmalloc(type, bytes, align);
}

int
__wrap_rte_eal_has_hugepages(void)
{
	return hugepages;
}

/* Zero, aligned, from where it should be, and given back there. */
LWKT_TEST(memory, G99_with_hugepages_it_is_from_the_heap_of_eal)
{
	struct rte_malloc_socket_stats before, with, after;
	int socket = (int)rte_socket_id();
	char *mem;

	hugepages = true;
	cr_assert_eq(rte_malloc_get_socket_stats(socket, &before), 0);
	mem = numa_zalloc(100000, socket);
	cr_assert_not_null(mem);
	cr_expect_eq((uintptr_t)mem % RTE_CACHE_LINE_SIZE, 0);
	for (unsigned int i = 0; i < 100000; i++)
		cr_assert_eq(mem[i], 0);
	rte_malloc_get_socket_stats(socket, &with);
	cr_expect_geq(with.heap_allocsz_bytes, before.heap_allocsz_bytes + 100000);
	numa_release(mem, 100000);
	rte_malloc_get_socket_stats(socket, &after);
	cr_expect_eq(after.heap_allocsz_bytes, before.heap_allocsz_bytes);
	hugepages = false;
}

LWKT_TEST(memory, G99_without_hugepages_a_node_that_is_not_there_is_the_local_one)
{
	static const int sockets[] = {SOCKET_ID_ANY, 1000, 0};
	struct rte_malloc_socket_stats before, with;

	for (unsigned int k = 0; k < RTE_DIM(sockets); k++) {
		char *mem;

		cr_assert_eq(rte_malloc_get_socket_stats((int)rte_socket_id(), &before), 0);
		mem = numa_zalloc(5000, sockets[k]);
		cr_assert_not_null(mem, "socket %d", sockets[k]);
		for (unsigned int i = 0; i < 5000; i++)
			cr_assert_eq(mem[i], 0);
		rte_malloc_get_socket_stats((int)rte_socket_id(), &with);
		cr_expect_eq(with.heap_allocsz_bytes, before.heap_allocsz_bytes);
		numa_release(mem, 5000);
	}
}

static void *
attach_twice(void *arg)
{
	(void)arg;
	none_left = true;
	test_check(lwkt_attach("nobody") == -ENOMEM);
	test_check(lwkt_curthread() == NULL);
	none_left = false;
	test_check(lwkt_attach("somebody") == 0);
	test_check(lwkt_curthread() != NULL);
	lwkt_detach();
	return NULL;
}

LWKT_TEST(memory, API_an_attach_without_memory_changes_nothing)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, attach_twice, NULL), 0);
	pthread_join(thread, NULL);
}

LWKT_TEST(memory, T34a_a_move_without_memory_changes_nothing)
{
	static struct lwkt_port port;
	static struct lwkt_msg msg;

	lwkt_initport_thread(&port, lwkt_cpu_thread(0));
	none_left = true;
	cr_expect_eq(lwkt_port_setowner(&port, lwkt_cpu_thread(1)), -ENOMEM);
	none_left = false;
	lwkt_initmsg(&msg, &port, 0);
	lwkt_sendmsg(&port, &msg);
	cr_expect_eq(lwkt_getport(&port), &msg, "the port still is where it was");
	lwkt_replymsg(&msg, 0);
	cr_expect_eq(lwkt_getport(&port), &msg);
	cr_expect_eq(lwkt_port_setowner(&port, lwkt_cpu_thread(1)), 0);
	test_settle();
	cpu_impersonate(1);
	lwkt_sendmsg(&port, &msg);
	cr_expect_eq(lwkt_getport(&port), &msg);
	cpu_impersonate(0);
}

/* Room in the private area, but the mbufs are anywhere. */
LWKT_TEST(memory, G96_a_pool_of_unaligned_mbufs_is_refused)
{
	struct rte_pktmbuf_pool_private priv = {
	    .mbuf_data_room_size = 256, .mbuf_priv_size = sizeof(struct lwkt_msg)};
	struct rte_mempool *pool = rte_mempool_create("unaligned", 15,
	    sizeof(struct rte_mbuf) + sizeof(struct lwkt_msg) + 256, 0, sizeof(priv),
	    rte_pktmbuf_pool_init, &priv, rte_pktmbuf_init, NULL, SOCKET_ID_ANY,
	    RTE_MEMPOOL_F_NO_CACHE_ALIGN);
	const char *log;

	cr_assert_not_null(pool);
	test_log_begin();
	cr_expect_eq(lwkt_pktmbuf_pool_adopt(pool, 0), -EINVAL);
	log = test_log_end();
	cr_expect_not_null(strstr(log, "pool unaligned: its mbufs are not aligned"), "%s", log);
	rte_mempool_free(pool);
}

#if LWKT_INVARIANTS

static struct lwkt_port spin;
static struct lwkt_msg twice;

static void *
send_it(void *arg)
{
	lwkt_sendmsg(&spin, &twice);
	return arg;
}

static void
send_again(void *arg)
{
	send_it(arg);
}

LWKT_TEST(memory, M6_the_history_tells_of_a_foreign_thread)
{
	pthread_t thread;

	lwkt_initport_spin(&spin, NULL, false);
	lwkt_initmsg(&twice, &spin, 0);
	cr_assert_eq(pthread_create(&thread, NULL, send_it, NULL), 0);
	pthread_join(thread, NULL);
	expect_stops(send_again, NULL, "lwkt_sendmsg");
	expect_stops(send_again, NULL, "made it pending", "on a foreign thread");
	cr_expect_eq(lwkt_getport(&spin), &twice);
}

#endif
