/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What CPUs do when there is nothing to do: each way moves every packet, and those that sleep do,
 * and are woken. A message's wakeup that is lost hangs the test: CPUs without a source sleep
 * without a time limit.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <lwkt_pipeline.h>

#include "tools.h"

#define PACKETS (TEST_TSAN || TEST_ASAN ? 300u : 3000u)

/*
 * Door: a source that brings in a packet when somebody knocks, and wakes its CPU. How many are due
 * is told by a plain counter; the eventfd only says that there is one.
 */
static struct door {
	struct rte_mempool *pool;
	int fd;
	bool deaf;                /* no interrupt */
	unsigned int due;         /* atomic; the test writes */
	unsigned int had, armed;  /* its CPU's */
	unsigned int arms, watch; /* calls */
} door;

static int
door_init(struct lwkt_stage *st, const void *conf)
{
	(void)conf;
	return st->st_nouts == 1 ? 0 : -EINVAL;
}

static unsigned int
door_poll(struct lwkt_stage *st)
{
	unsigned int due = __atomic_load_n(&door.due, __ATOMIC_ACQUIRE) - door.had;
	struct rte_mbuf *m;

	if (due == 0)
		return 0;
	m = rte_pktmbuf_alloc(door.pool);
	if (m == NULL)
		return 0;
	rte_pktmbuf_append(m, 60);
	memset(rte_pktmbuf_mtod(m, void *), 0, 60);
	((struct numbered *)rte_pktmbuf_mtod(m, void *))->number = door.had++;
	lwkt_stage_count(&st->st_stats.ss_received, 1);
	lwkt_stage_emit(st, 0, &m, 1);
	return 1;
}

static int
door_watch(struct lwkt_stage *st, int epfd, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN};

	(void)st;
	door.watch += on ? 1 : -1;
	if (door.deaf)
		return -ENOTSUP;
	return epoll_ctl(epfd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, door.fd, &ev);
}

/* As a NIC: no interrupt until it is armed, then also for what came before. */
static void
door_arm(struct lwkt_stage *st, bool on)
{
	uint64_t knocks;

	(void)st;
	door.armed = on;
	door.arms++;
	if (on)
		test_check(read(door.fd, &knocks, sizeof(knocks)) == 8 || errno == EAGAIN);
}

static const struct lwkt_stage_kind kind_door = {
    .sk_name = "door",
    .sk_init = door_init,
    .sk_poll = door_poll,
    .sk_watch = door_watch,
    .sk_arm = door_arm,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

static void
knock(void)
{
	const uint64_t one = 1;

	__atomic_fetch_add(&door.due, 1, __ATOMIC_RELEASE);
	cr_assert_eq(write(door.fd, &one, sizeof(one)), 8);
}

static struct sink_conf sink;

static struct lwkt_pipeline *
make(unsigned int lcore, enum lwkt_edge_kind kind)
{
	struct lwkt_stage_row rows[] = {
	    {"door", &kind_door, 1, NULL, {"r"}},
	    {"r", &kind_relay, lcore, NULL, {"s"}},
	    {"s", &kind_sink, lcore == 1 ? 1 : 3, &sink, {NULL}},
	};
	struct lwkt_pipeline *pl;

	memset(&door, 0, sizeof(door));
	memset(&sink, 0, sizeof(sink));
	door.pool = rte_mempool_lookup("p");
	if (door.pool == NULL)
		door.pool = test_pool("p", 2047);
	door.fd = eventfd(0, EFD_NONBLOCK);
	edges_as(rows, RTE_DIM(rows), kind);
	pl = lwkt_pipeline_create("idle", rows, RTE_DIM(rows));
	cr_assert_not_null(pl);
	return pl;
}

static uint64_t
sent_by(const struct lwkt_pipeline *pl)
{
	return stats_of(pl, "s").ss_sent;
}

static uint64_t
sleeps_of(const struct lwkt_pipeline *pl, unsigned int loop)
{
	struct lwkt_loop_stats stats;

	lwkt_loop_stats(pl, loop, &stats);
	return stats.ls_sleeps;
}

/* All CPUs sleep once more. */
static void
await_sleep(const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < lwkt_pipeline_nloops(pl); i++)
		for (uint64_t had = sleeps_of(pl, i); sleeps_of(pl, i) == had;)
			test_relax();
}

static void
finish(struct lwkt_pipeline *pl, unsigned int packets)
{
	cr_assert_eq(lwkt_pipeline_drain(pl, 20000), 0);
	expect_audited(pl);
	cr_assert_eq(lwkt_pipeline_stop(pl), 0);
	cr_expect_eq(expect_audited(pl).ac_transmitted, packets);
	cr_expect_eq(sink.nk_disorder, 0);
	lwkt_pipeline_destroy(pl);
	cr_expect_eq(door.watch, door.deaf, "taken out of the epoll set");
	close(door.fd);
}

/* One packet after the other, each when its predecessor is through. */
static void
one_by_one(struct lwkt_pipeline *pl, enum lwkt_idle idle, unsigned int packets)
{
	cr_assert_eq(lwkt_pipeline_start(pl, idle), 0);
	for (unsigned int i = 1; i <= packets; i++) {
		knock();
		while (sent_by(pl) < i)
			test_relax();
		if (i % 64 == 0)
			usleep(200);
	}
}

static void
each_shape(enum lwkt_idle idle, unsigned int packets)
{
	static const enum lwkt_edge_kind kinds[] = {LWKT_EDGE_PACKET, LWKT_EDGE_VECTOR};

	for (unsigned int k = 0; k < RTE_DIM(kinds); k++)
		for (unsigned int lcore = 1; lcore <= 2; lcore++) {
			struct lwkt_pipeline *pl = make(lcore, kinds[k]);

			one_by_one(pl, idle, packets);
			if (idle == LWKT_IDLE_SLEEP)
				await_sleep(pl);
			finish(pl, packets);
		}
}

LWKT_TEST(idle, N93_poll)
{
	each_shape(LWKT_IDLE_POLL, 20);
}

LWKT_TEST(idle, N93_sleep)
{
	each_shape(LWKT_IDLE_SLEEP, PACKETS / 10);
}

LWKT_TEST_ENV(idle, N93_interrupt, .te_config.cf_sleep = true)
{
	each_shape(LWKT_IDLE_INTERRUPT, PACKETS);
}

LWKT_TEST_ENV(idle, API_cpus_that_wait_for_interrupts_sleep, .te_config.cf_sleep = true)
{
	struct lwkt_pipeline *pl = make(2, LWKT_EDGE_PACKET);

	one_by_one(pl, LWKT_IDLE_INTERRUPT, 1);
	cr_expect(lwkt_stage_wakes(lwkt_pipeline_find(pl, "door")));
	cr_expect(!lwkt_stage_wakes(lwkt_pipeline_find(pl, "r")));
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t slept = 0, slept_on = 0;

		usleep(5000); /* all fall asleep */
		for (unsigned int l = 1; l < 3; l++)
			slept += sleeps_of(pl, l);
		usleep(5000);
		for (unsigned int l = 1; l < 3; l++)
			slept_on += sleeps_of(pl, l);
		cr_expect_leq(slept_on - slept, 2, "those without a source sleep on, %u", i);
		knock();
		while (sent_by(pl) < i + 2)
			test_relax();
	}
	cr_expect_geq(sleeps_of(pl, 0), 1);
	finish(pl, 21);
	cr_expect_gt(door.arms, 0);
	cr_expect(!door.armed);
}

LWKT_TEST_ENV(idle, API_a_source_without_interrupt_is_looked_at, .te_config.cf_sleep = true)
{
	struct lwkt_pipeline *pl = make(2, LWKT_EDGE_VECTOR);

	door.deaf = true;
	one_by_one(pl, LWKT_IDLE_INTERRUPT, 50);
	cr_expect(!lwkt_stage_wakes(lwkt_pipeline_find(pl, "door")));
	while (sleeps_of(pl, 0) < 10) /* it looks again and again */
		test_relax();
	cr_expect_eq(door.arms, 0);
	finish(pl, 50);
}

static void
add_one(void *arg)
{
	++*(unsigned int *)arg;
}

LWKT_TEST_ENV(idle, N92_requests_wake, .te_config.cf_sleep = true)
{
	struct lwkt_pipeline *pl = make(2, LWKT_EDGE_PACKET);
	unsigned int n = 0;

	one_by_one(pl, LWKT_IDLE_INTERRUPT, 1);
	for (unsigned int i = 0; i < 100; i++) {
		usleep(100);
		cr_assert_eq(lwkt_pipeline_call(pl, 1 + i % 3, add_one, &n), 0);
		cr_assert_eq(lwkt_pipeline_rollout(pl, add_one, &n), 0);
		lwkt_pipeline_park(pl);
		knock();
		usleep(100);
		cr_assert_eq(sent_by(pl), i + 1, "nothing moves behind the barrier");
		lwkt_pipeline_unpark(pl);
		while (sent_by(pl) < i + 2)
			test_relax();
	}
	cr_expect_eq(n, 400);
	finish(pl, 101);
}

LWKT_TEST(idle, API_interrupts_need_cf_sleep)
{
	struct lwkt_pipeline *pl = make(2, LWKT_EDGE_PACKET);

	test_log_begin();
	cr_expect_eq(lwkt_pipeline_start(pl, LWKT_IDLE_INTERRUPT), -ENOTSUP);
	cr_expect_str_eq(test_log_end(),
	    "lwkt: pipeline idle: idle CPUs cannot wait for interrupts; set cf_sleep for "
	    "lwkt_init()\n");
	one_by_one(pl, LWKT_IDLE_SLEEP, 1);
	finish(pl, 1);
}
