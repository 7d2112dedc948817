/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread ports that change their owner: order of each sender across the move.
 */
#include <errno.h>

#include "ports.h"

#define SENDERS    (TEST_CPUS + 1) /* the last: a thread that is no CPU */
#define PER_SENDER 200

static struct lwkt_port port, home;
static struct tmsg t[SENDERS][PER_SENDER];
static unsigned int sent[SENDERS], seen[SENDERS];

static void
become(unsigned int sender)
{
	cpu_impersonate(sender < TEST_CPUS ? sender : RTE_MAX_LCORE - 1);
}

static void
send_next(unsigned int sender)
{
	struct tmsg *m = &t[sender][sent[sender]];

	if (sent[sender] == PER_SENDER)
		return;
	become(sender);
	tmsgs_init(m, 1, &home, 0);
	m->seq = sender * PER_SENDER + sent[sender]++;
	lwkt_sendmsg(&port, &m->msg);
}

/* As the owner, take what is there; is it each sender's next? */
static bool
take_all(void)
{
	struct tmsg *m;

	cpu_impersonate(port.mp_cpuid);
	while ((m = lwkt_getport(&port)) != NULL) {
		unsigned int sender = m->seq / PER_SENDER;

		if (m->seq % PER_SENDER != seen[sender]++)
			return false;
	}
	return true;
}

static bool
all_came(void)
{
	for (unsigned int i = 0; i < SENDERS; i++)
		if (seen[i] != sent[i])
			return false;
	return true;
}

static int
move_to(unsigned int cpu)
{
	cpu_impersonate(port.mp_cpuid);
	return lwkt_port_setowner(&port, lwkt_cpu_thread(cpu));
}

static void
reset(unsigned int owner)
{
	cpu_impersonate(0);
	lwkt_initport_thread(&port, lwkt_cpu_thread(owner));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	for (unsigned int i = 0; i < SENDERS; i++)
		sent[i] = seen[i] = 0;
}

LWKT_TEST(port_move, T34a_what_went_by_the_old_owner_comes_first)
{
	reset(1);
	for (unsigned int i = 0; i < 10; i++)
		send_next(0);
	lwkt_flush();
	cr_assert_eq(move_to(2), 0);
	cr_expect_eq(port.mp_cpuid, 2);
	cr_expect_eq(port.mpu_td, lwkt_cpu_thread(2));
	for (unsigned int i = 0; i < 10; i++)
		send_next(0); /* directly to CPU 2 */
	lwkt_flush();
	cpu_impersonate(2);
	lwkt_poll(); /* these have come, those of before not */
	cr_expect_null(lwkt_getport(&port));
	test_settle();
	cr_expect(take_all());
	cr_expect(all_came());
	cpu_impersonate(0);
}

LWKT_TEST(port_move, T34a_a_queue_goes_along)
{
	reset(0);
	for (unsigned int i = 0; i < 5; i++)
		send_next(0);
	cr_assert_eq(move_to(3), 0);
	cr_expect(take_all());
	cr_expect(all_came());
	test_settle();
}

LWKT_TEST(port_move, API_a_move_that_cannot_be_is_refused)
{
	static struct lwkt_port spin;

	reset(0);
	lwkt_initport_spin(&spin, lwkt_curthread(), true);
	cr_expect_eq(lwkt_port_setowner(&port, NULL), -EINVAL);
	cr_expect_eq(lwkt_port_setowner(&port, lwkt_curthread()), 0, "to itself");
	cr_assert_eq(move_to(1), 0);
	cr_expect_eq(move_to(2), -EBUSY, "messages still follow the first move");
	test_settle();
	cr_expect_eq(move_to(2), 0);
	test_settle();
}

static void
move_anothers(void *arg)
{
	lwkt_port_setowner(arg, lwkt_cpu_thread(2));
}

LWKT_TEST(port_move, T34_only_the_owner_gives_a_port_away)
{
	reset(1);
	expect_stops(move_anothers, &port, "lwkt_port_setowner", ptr_text(&port), "cpu1");
}

/* Senders, polls and moves in any order. */
static bool
schedule_is_fine(uint64_t seed)
{
	reset(0);
	for (unsigned int i = 0; i < 2500; i++) {
		unsigned int what = test_rand(&seed) % 16;

		if (what < 9)
			send_next(test_rand(&seed) % SENDERS);
		else if (what < 14) {
			cpu_impersonate(test_rand(&seed) % TEST_CPUS);
			lwkt_poll();
		} else if (what == 14) {
			if (!take_all())
				return false;
		} else {
			(void)move_to(test_rand(&seed) % TEST_CPUS); /* -EBUSY at times */
		}
	}
	test_settle();
	return take_all() && all_came();
}

LWKT_TEST_ENV(port_move, T34a_order_holds_under_any_schedule, .te_config.cf_ring_size = 2)
{
	for (uint64_t seed = 1; seed <= (TEST_TSAN || TEST_ASAN ? 10 : 60); seed++)
		cr_assert(schedule_is_fine(seed * 104729), "seed %u", (unsigned int)seed);
	cpu_impersonate(0);
}
