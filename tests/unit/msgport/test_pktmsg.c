/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as messages.
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "ports.h"
#include "test_pool.h"

#define POOL 127

static struct lwkt_port port;

LWKT_TEST(pktmsg, G96_each_message_is_aligned_and_in_the_private_area)
{
	static const uint16_t user_bytes[] = {0, 1, 64, 100};

	for (unsigned int k = 0; k < RTE_DIM(user_bytes); k++) {
		struct rte_mbuf *m[POOL];
		struct rte_mempool *pool =
		    lwkt_pktmbuf_pool_create("aligned", POOL, 0, user_bytes[k], 256, SOCKET_ID_ANY);

		cr_assert_not_null(pool, "%u: %s", user_bytes[k], rte_strerror(rte_errno));
		cr_expect_eq(lwkt_pktmbuf_pool_check(pool), 0);
		cr_assert_eq(rte_pktmbuf_alloc_bulk(pool, m, POOL), 0);
		for (unsigned int i = 0; i < POOL; i++) {
			lwkt_msg_t msg = lwkt_mbuf_msg(m[i]);
			char *user = lwkt_mbuf_userpriv(m[i]);

			cr_expect_eq((uintptr_t)msg % 64, 0);
			cr_expect_eq((void *)msg, rte_mbuf_to_priv(m[i]));
			cr_expect_eq(lwkt_msg_mbuf(msg), m[i]);
			cr_expect_geq(user, (char *)(msg + 1));
			cr_expect_leq(user + user_bytes[k], (char *)m[i]->buf_addr);
		}
		rte_pktmbuf_free_bulk(m, POOL);
		rte_mempool_free(pool);
	}
}

LWKT_TEST(pktmsg, G96_a_private_area_that_is_too_large_is_einval)
{
	rte_errno = 0;
	cr_expect_null(lwkt_pktmbuf_pool_create("large", POOL, 0, UINT16_MAX, 256, SOCKET_ID_ANY));
	cr_expect_eq(rte_errno, EINVAL);
	rte_errno = 0;
	cr_expect_null(
	    lwkt_pktmbuf_pool_create("large", POOL, 0, UINT16_MAX - 63, 256, SOCKET_ID_ANY));
	cr_expect_eq(rte_errno, EINVAL);
}

/* Refused in one line that names the pool and says what to do. */
static void
expect_refused(struct rte_mempool *pool, int rc, const char *why)
{
	const char *log = test_log_end();

	cr_expect_eq(rc, -EINVAL);
	cr_expect(strstr(log, pool->name) != NULL && strstr(log, why) != NULL, "'%s'", log);
	cr_expect(strstr(log, "adopt") != NULL, "it says what to do: '%s'", log);
	cr_expect_eq(strchr(log, '\n'), log + strlen(log) - 1, "one line: '%s'", log);
}

LWKT_TEST(pktmsg, G96_a_pool_without_room_is_refused_by_name)
{
	struct rte_mempool *pool =
	    rte_pktmbuf_pool_create("cramped", POOL, 0, 56, 256, SOCKET_ID_ANY);

	cr_assert_not_null(pool);
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_check(pool), "nobody has said");
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_adopt(pool, 0), "56 bytes of private area");
	rte_mempool_free(pool);
}

LWKT_TEST(pktmsg, G96_a_pool_of_crooked_mbufs_is_refused_by_name)
{
	const struct rte_pktmbuf_pool_private sizes = {
	    .mbuf_data_room_size = 256, .mbuf_priv_size = 64};
	struct rte_mempool *pool =
	    rte_mempool_create_empty("crooked", POOL, sizeof(struct rte_mbuf) + 64 + 256 + 8, 0,
	        sizeof(sizes), SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_CACHE_ALIGN);

	cr_assert_not_null(pool);
	*(struct rte_pktmbuf_pool_private *)rte_mempool_get_priv(pool) = sizes;
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_adopt(pool, 0), "not aligned");
	rte_mempool_free(pool);
}

/* Room alone is not enough: the bytes may be the application's. */
LWKT_TEST(pktmsg, G96_a_foreign_pool_with_room_is_accepted_when_it_is_adopted)
{
	struct rte_mempool *pool =
	    rte_pktmbuf_pool_create("roomy", POOL, 0, 128, 256, SOCKET_ID_ANY);

	cr_assert_not_null(pool);
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_check(pool), "nobody has said");
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_adopt(pool, 128), "128 bytes of private area");
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_adopt(pool, 8), "a multiple of 64");
	test_log_begin();
	cr_expect_eq(lwkt_pktmbuf_pool_adopt(pool, 0), 0);
	cr_expect_eq(lwkt_pktmbuf_pool_adopt(pool, 0), 0);
	cr_expect_eq(lwkt_pktmbuf_pool_check(pool), 0);
	cr_expect_str_empty(test_log_end());
	test_log_begin();
	expect_refused(pool, lwkt_pktmbuf_pool_adopt(pool, 64), "other pools are at 0");
	rte_mempool_free(pool);
}

/* The application's own 64 bytes stay as they are, and come first in pools of ours, too. */
LWKT_TEST(pktmsg, G96_the_place_of_messages_is_where_the_first_pool_has_it)
{
	struct rte_mempool *theirs =
	    rte_pktmbuf_pool_create("theirs", POOL, 0, 128, 256, SOCKET_ID_ANY);
	struct rte_mempool *ours;
	struct rte_mbuf *m[2];
	lwkt_msg_t msg;

	cr_assert_not_null(theirs);
	cr_assert_eq(lwkt_pktmbuf_pool_adopt(theirs, 64), 0);
	ours = lwkt_pktmbuf_pool_create("ours", POOL, 0, 8, 256, SOCKET_ID_ANY);
	cr_assert_not_null(ours);
	lwkt_initport_thread(&port, lwkt_curthread());
	for (unsigned int i = 0; i < 2; i++) {
		m[i] = rte_pktmbuf_alloc(i == 0 ? theirs : ours);
		cr_assert_not_null(m[i]);
		memset(rte_mbuf_to_priv(m[i]), 0x5a, 64);
		msg = lwkt_mbuf_msg(m[i]);
		cr_expect_eq((char *)msg, (char *)rte_mbuf_to_priv(m[i]) + 64);
		cr_expect_eq(lwkt_msg_mbuf(msg), m[i]);
		lwkt_initmsg(msg, lwkt_pktfree_port(), 0);
		lwkt_sendmsg(&port, msg);
		cr_expect_eq(lwkt_getport(&port), msg);
		for (unsigned int k = 0; k < 64; k++)
			cr_assert_eq(((uint8_t *)rte_mbuf_to_priv(m[i]))[k], 0x5a);
		lwkt_replymsg(msg, 0);
	}
	cr_expect_eq(rte_mempool_in_use_count(theirs) + rte_mempool_in_use_count(ours), 0);
	rte_mempool_free(theirs);
	rte_mempool_free(ours);
}

/* n packets as messages on the port, in pkts; taken off again, so that they are active. */
static void
active_packets(struct rte_mempool *pool, lwkt_msg_t *msgs, unsigned int n)
{
	lwkt_initport_thread(&port, lwkt_curthread());
	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = lwkt_mbuf_msg(test_packet(pool, 60));
		lwkt_initmsg(msgs[i], lwkt_pktfree_port(), 0);
	}
	lwkt_sendmsg_burst(&port, msgs, n);
	cr_assert_eq(lwkt_getport_burst(&port, msgs, n), n);
}

LWKT_TEST(pktmsg, API_a_reply_to_the_pktfree_port_frees_the_packet)
{
	struct rte_mempool *pool = test_pool("free", POOL);
	lwkt_msg_t msgs[POOL];

	active_packets(pool, msgs, POOL);
	cr_expect_eq(rte_mempool_in_use_count(pool), POOL);
	lwkt_replymsg(msgs[0], 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), POOL - 1);
	lwkt_replymsg(msgs[1], ECANCELED);
	cr_expect_eq(rte_mempool_in_use_count(pool), POOL - 2, "done and dropped are one path");
	lwkt_replymsg_burst(msgs + 2, POOL - 2, 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(pktmsg, API_all_segments_are_freed)
{
	struct rte_mempool *pool = test_pool("segments", POOL);
	lwkt_msg_t msg;

	active_packets(pool, &msg, 1);
	for (unsigned int i = 0; i < 3; i++)
		cr_assert_eq(rte_pktmbuf_chain(lwkt_msg_mbuf(msg), test_packet(pool, 60)), 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 4);
	lwkt_replymsg(msg, 0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

LWKT_TEST(pktmsg, API_a_reply_with_easync_ends_the_message_and_leaves_the_packet)
{
	struct rte_mempool *pool = test_pool("easync", POOL);
	lwkt_msg_t msgs[10];

	active_packets(pool, msgs, RTE_DIM(msgs));
	lwkt_replymsg(msgs[0], EASYNC);
	lwkt_replymsg_burst(msgs + 1, RTE_DIM(msgs) - 1, EASYNC);
	cr_expect_eq(rte_mempool_in_use_count(pool), RTE_DIM(msgs));
	for (unsigned int i = 0; i < RTE_DIM(msgs); i++) {
		cr_expect(lwkt_checkmsg(msgs[i]), "the message is done, the mbuf the device's");
		rte_pktmbuf_free(lwkt_msg_mbuf(msgs[i])); /* the device, later */
	}
}

/* The private area survives free and alloc: initmsg is what makes it a new message. */
LWKT_TEST(pktmsg, API_a_recycled_packet_is_sent_again)
{
	struct rte_mempool *pool = test_pool("again", 1);
	lwkt_msg_t msg;

	for (unsigned int i = 0; i < 5; i++) {
		active_packets(pool, &msg, 1);
		lwkt_replymsg(msg, i % 2 ? ENOSPC : 0);
	}
}

LWKT_TEST(pktmsg, G97_packets_cross_cpus_and_end_there)
{
	struct rte_mempool *pool = test_pool("cross", POOL);
	lwkt_msg_t msgs[50];

	lwkt_initport_thread(&port, lwkt_cpu_thread(2));
	for (unsigned int i = 0; i < 50; i++) {
		msgs[i] = lwkt_mbuf_msg(test_packet(pool, 60));
		lwkt_initmsg(msgs[i], lwkt_pktfree_port(), 0);
		*rte_pktmbuf_mtod(lwkt_msg_mbuf(msgs[i]), uint32_t *) = i;
	}
	lwkt_sendmsg_burst(&port, msgs, 50);
	test_settle();
	cpu_impersonate(2);
	cr_assert_eq(lwkt_getport_burst(&port, msgs, 50), 50);
	for (unsigned int i = 0; i < 50; i++)
		cr_expect_eq(*rte_pktmbuf_mtod(lwkt_msg_mbuf(msgs[i]), uint32_t *), i);
	lwkt_replymsg_burst(msgs, 50, 0);
	cpu_impersonate(0);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
}

static void
get_from_pktfree(void *arg)
{
	(void)arg;
	lwkt_getport(lwkt_pktfree_port());
}

LWKT_TEST(pktmsg, X46_nothing_but_reply_is_legal_on_the_pktfree_port)
{
	expect_stops(get_from_pktfree, NULL, "lwkt_getport", ptr_text(lwkt_pktfree_port()));
}

#if LWKT_INVARIANTS

static void
free_mbuf(void *m)
{
	rte_pktmbuf_free(m);
}

static void
reply(void *msg)
{
	lwkt_replymsg(msg, 0);
}

LWKT_TEST(pktmsg, G97_freeing_a_packet_whose_message_is_on_its_way_stops)
{
	struct rte_mempool *pool = test_pool("queued", POOL);
	struct rte_mbuf *m = test_packet(pool, 60);
	lwkt_msg_t msg = lwkt_mbuf_msg(m);

	lwkt_initport_thread(&port, lwkt_cpu_thread(1));
	lwkt_initmsg(msg, lwkt_pktfree_port(), 0);
	lwkt_sendmsg(&port, msg);
	expect_stops(free_mbuf, m, ptr_text(msg), "outbound", ptr_text(&port));
	test_settle();
	expect_stops(free_mbuf, m, ptr_text(msg), "pending", ptr_text(&port));
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport(&port), msg);
	cpu_impersonate(0);
	lwkt_replymsg(msg, EASYNC);
	expect_stops(reply, msg, "lwkt_replymsg", ptr_text(msg), "returned");
	rte_pktmbuf_free(m);
}

#endif

/* Limit: LWKT_PKTVEC_MAX */
LWKT_TEST(pktmsg, N94_a_vector_has_so_many_packets_and_no_more)
{
	struct rte_mbuf *pkts[LWKT_PKTVEC_MAX + 1];
	struct lwkt_pktvec pv;

	memset(&pv, 0, sizeof(pv));
	for (uintptr_t i = 0; i < LWKT_PKTVEC_MAX + 1; i++)
		pkts[i] = (struct rte_mbuf *)(i + 1); /* only their addresses */
	cr_expect_eq(lwkt_pktvec_append(&pv, pkts, LWKT_PKTVEC_MAX - 1), LWKT_PKTVEC_MAX - 1);
	cr_expect_eq(lwkt_pktvec_append(&pv, pkts + LWKT_PKTVEC_MAX - 1, 2), 1);
	cr_expect_eq(lwkt_pktvec_count(&pv), LWKT_PKTVEC_MAX);
	cr_expect_eq(lwkt_pktvec_append(&pv, pkts, 1), 0);
	cr_expect_arr_eq(pv.pv_pkt, pkts, sizeof(pv.pv_pkt));
}
