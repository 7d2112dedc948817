/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aborting (contract B48 to B54): when the abort function runs, and how it follows the message.
 */
#include <errno.h>
#include <pthread.h>

#include <lwkt_ipiq.h>
#include <lwkt_serialize.h>

#include "ports.h"

static struct lwkt_serialize serial;
static struct lwkt_port target, next, home;
static struct tmsg t[40];
static lwkt_msg_t const msg = &t[0].msg;

static unsigned int aborts;
static lwkt_msg_t aborted;
static int aborted_flags;

static void
note_abort(lwkt_msg_t m)
{
	aborts++;
	aborted = m;
	aborted_flags = m->ms_flags;
}

static void
abortables(lwkt_port_t reply_port)
{
	tmsgs_init(t, RTE_DIM(t), reply_port, 0);
	for (unsigned int i = 0; i < RTE_DIM(t); i++)
		lwkt_initmsg_abortable(&t[i].msg, reply_port, 0, note_abort);
}

/* The target on that CPU, the reply port on CPU 0. */
static void
ports_on(unsigned int cpu)
{
	lwkt_initport_thread(&target, lwkt_cpu_thread(cpu));
	lwkt_initport_thread(&home, lwkt_cpu_thread(0));
	abortables(&home);
}

/* As the owner of a thread port on that CPU, take one. */
static lwkt_msg_t
get_as(unsigned int cpu, lwkt_port_t port)
{
	lwkt_msg_t m;

	cpu_impersonate(cpu);
	m = lwkt_getport(port);
	cpu_impersonate(0);
	return m;
}

/*
 * When it runs
 */

LWKT_TEST(abort, B48_a_message_that_was_never_sent_is_not_aborted)
{
	ports_on(0);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
	expect_flags(msg, MSGF_DONE | MSGF_ABORTABLE);
}

LWKT_TEST(abort, B48_a_message_that_is_not_abortable_is_not_aborted)
{
	ports_on(0);
	lwkt_initmsg(msg, &home, 0); /* ms_abortfn is still there */
	lwkt_sendmsg(&target, msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
	expect_flags(msg, MSGF_QUEUED);
}

LWKT_TEST(abort, B48_a_queued_message_is_aborted)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 1);
	cr_expect_eq(aborted, msg);
	cr_expect_eq(aborted_flags, MSGF_QUEUED | MSGF_ABORTABLE);
}

LWKT_TEST(abort, B48_a_message_in_transit_is_aborted)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 1);
	cr_expect_eq(aborted_flags, MSGF_INTRANSIT | MSGF_ABORTABLE);
	test_settle();
}

LWKT_TEST(abort, B48_an_active_message_is_aborted)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 1);
	cr_expect_eq(aborted_flags, MSGF_ABORTABLE);
}

LWKT_TEST(abort, B48_a_message_on_its_way_back_is_not_aborted)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 0);
	cpu_impersonate(0);
	expect_flags(msg, MSGF_REPLY | MSGF_INTRANSIT | MSGF_ABORTABLE);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
	test_settle();
}

LWKT_TEST(abort, B48_a_replied_message_is_not_aborted)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 0);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
	expect_flags(msg, MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_ABORTABLE);
}

LWKT_TEST(abort, B48_a_returned_message_is_not_aborted)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 0);
	cr_assert_eq(lwkt_getport(&home), msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
}

LWKT_TEST(abort, B48_a_message_sent_again_is_aborted_again)
{
	ports_on(0);
	for (unsigned int i = 1; i <= 3; i++) {
		lwkt_sendmsg(&target, msg);
		lwkt_abortmsg(msg);
		cr_expect_eq(aborts, i);
		cr_assert_eq(lwkt_getport(&target), msg);
		lwkt_replymsg(msg, 0);
		cr_assert_eq(lwkt_getport(&home), msg);
	}
}

/*
 * What it does and does not
 */

LWKT_TEST(abort, B50_an_abort_leaves_the_message_where_it_is)
{
	ports_on(0);
	lwkt_sendmsg(&target, &t[1].msg);
	lwkt_sendmsg(&target, msg);
	lwkt_sendmsg(&target, &t[2].msg);
	lwkt_abortmsg(msg);
	expect_flags(msg, MSGF_QUEUED | MSGF_ABORTABLE);
	cr_expect_not(lwkt_checkmsg(msg));
	cr_expect_eq(get_seq(&target), 1);
	cr_expect_eq(get_seq(&target), 0);
	cr_expect_eq(get_seq(&target), 2);
}

LWKT_TEST(abort, B50_the_originator_gets_one_reply)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	lwkt_abortmsg(msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 2);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, EINTR);
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_null(lwkt_getport(&home));
}

LWKT_TEST(abort, B54_the_result_is_the_repliers)
{
	static const int errors[] = {0, EINTR, ECANCELED, EASYNC, -1};

	for (enum port_kind kind = 0; kind < KINDS; kind++)
		for (unsigned int i = 0; i < RTE_DIM(errors); i++) {
			kind_init(&target, kind);
			kind_init(&home, kind);
			abortables(&home);
			lwkt_sendmsg(&target, msg);
			lwkt_abortmsg(msg);
			cr_assert_eq(lwkt_getport(&target), msg);
			lwkt_replymsg(msg, errors[i]);
			cr_expect_eq(lwkt_waitmsg(msg, 0), errors[i], "%s", kind_names[kind]);
		}
}

static void
send_second(void *arg)
{
	lwkt_sendmsg(&next, arg);
}

static void
abort_blocks(lwkt_msg_t m)
{
	note_abort(m);
	when_waiting(send_second, &t[1].msg);
	cr_expect_eq(lwkt_waitport(&next, 0), &t[1].msg);
}

LWKT_TEST(abort, B49_the_function_may_block)
{
	ports_on(0);
	lwkt_initport_thread(&next, lwkt_cpu_thread(0));
	lwkt_initmsg_abortable(msg, &home, 0, abort_blocks);
	lwkt_sendmsg(&target, msg);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 1);
	expect_flags(msg, MSGF_QUEUED | MSGF_ABORTABLE);
}

/*
 * Following it (B51)
 */

static unsigned int visits, visited_on;
static int visited_flags;
static lwkt_port_t visited_port;
static void *visited_arg;

static void
visit(lwkt_msg_t m, lwkt_port_t port, void *arg)
{
	cr_expect_eq(m, msg);
	visits++;
	visited_on = lwkt_mycpuid();
	visited_flags = m->ms_flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT);
	visited_port = port;
	visited_arg = arg;
}

static int
follow(void)
{
	return lwkt_abort_follow(msg, visit, &visits);
}

static void
expect_visit(unsigned int cpu, lwkt_port_t port, int flags)
{
	cr_expect_eq(visits, 1, "%u visits", visits);
	cr_expect_eq(visited_on, cpu, "on CPU %u", visited_on);
	cr_expect_eq(visited_port, port);
	cr_expect_eq(visited_flags, flags, "flags 0x%x", (unsigned int)visited_flags);
	cr_expect_eq(visited_arg, &visits);
}

static void
poll_here(void *arg)
{
	(void)arg;
	lwkt_poll();
}

static void
settle_as_cpu1(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 4; i++)
		for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
			test_poll_as(cpu);
}

LWKT_TEST(abort, B51_follow_to_a_queue_of_this_cpu)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	cr_expect_eq(follow(), 0);
	expect_visit(0, &target, MSGF_QUEUED);
}

LWKT_TEST(abort, B51_follow_to_its_handler_on_this_cpu)
{
	ports_on(0);
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	cr_expect_eq(follow(), 0);
	expect_visit(0, &target, 0);
}

LWKT_TEST(abort, B51_follow_to_a_queue_of_another_cpu)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(poll_here, NULL);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &target, MSGF_QUEUED);
}

LWKT_TEST(abort, B51_follow_to_its_handler_on_another_cpu)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cr_assert_eq(get_as(1, &target), msg);
	when_waiting(poll_here, NULL);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &target, 0);
}

LWKT_TEST(abort, B51_a_follower_does_not_overtake_its_message)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg); /* gathered, not even published */
	when_waiting(poll_here, NULL);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &target, MSGF_QUEUED);
}

/* One pass of CPU 1, and as many more. */
static void
poll_again(void *arg)
{
	unsigned int *more = arg;

	lwkt_poll();
	if (--*more > 0)
		when_waiting(poll_again, more);
}

LWKT_TEST_ENV(
    abort, B51_nor_through_a_full_ring, .te_config = {.cf_ring_size = 1, .cf_flush_count = 1})
{
	static unsigned int more = 20;

	ports_on(1);
	for (unsigned int i = 1; i < 10; i++)
		lwkt_sendmsg(&target, &t[i].msg);
	lwkt_sendmsg(&target, msg);
	when_waiting(poll_again, &more);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &target, MSGF_QUEUED);
	test_settle();
}

LWKT_TEST(abort, B51_a_message_in_transit_to_this_cpu_arrives_first)
{
	ports_on(1);
	lwkt_initport_thread(&next, lwkt_cpu_thread(0));
	lwkt_sendmsg(&target, msg);
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_forwardmsg(&next, msg);
	lwkt_flush();
	cpu_impersonate(0);
	expect_flags(msg, MSGF_INTRANSIT | MSGF_ABORTABLE);
	cr_expect_eq(follow(), 0);
	expect_visit(0, &next, MSGF_QUEUED);
}

/* As CPU 1, which has the message: pass it on, and then let the follower come. */
static void
forward_then_poll(void *port)
{
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_forwardmsg(port, msg);
	settle_as_cpu1(NULL);
}

LWKT_TEST(abort, B51_follow_a_message_that_was_forwarded_meanwhile)
{
	ports_on(1);
	lwkt_initport_thread(&next, lwkt_cpu_thread(2));
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(forward_then_poll, &next);
	cr_expect_eq(follow(), 0);
	expect_visit(2, &next, MSGF_QUEUED);
}

LWKT_TEST(abort, B51_follow_a_message_that_came_to_this_cpu_meanwhile)
{
	ports_on(1);
	lwkt_initport_thread(&next, lwkt_cpu_thread(0));
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(forward_then_poll, &next);
	cr_expect_eq(follow(), 0);
	expect_visit(0, &next, MSGF_QUEUED);
}

LWKT_TEST(abort, B51_follow_a_message_that_was_forwarded_on_the_same_cpu)
{
	ports_on(1);
	lwkt_initport_thread(&next, lwkt_cpu_thread(1));
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(forward_then_poll, &next);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &next, MSGF_QUEUED);
}

LWKT_TEST(abort, B51_follow_a_message_that_went_to_a_spin_port_meanwhile)
{
	ports_on(1);
	lwkt_initport_spin(&next, NULL, false);
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(forward_then_poll, &next);
	cr_expect_eq(follow(), 0);
	expect_visit(1, &next, MSGF_QUEUED);
}

static void
reply_then_poll(void *arg)
{
	(void)arg;
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 0);
	settle_as_cpu1(NULL);
}

LWKT_TEST(abort, B51_a_message_that_was_replied_meanwhile_is_enoent)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	when_waiting(reply_then_poll, NULL);
	cr_expect_eq(follow(), ENOENT);
	cr_expect_eq(visits, 0);
	test_settle();
	cr_expect_eq(lwkt_getport(&home), msg);
}

LWKT_TEST(abort, B51_a_message_on_its_way_back_is_enoent)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cr_assert_eq(get_as(1, &target), msg);
	cpu_impersonate(1);
	lwkt_replymsg(msg, 0);
	cpu_impersonate(0);
	cr_expect_eq(follow(), ENOENT);
	cr_expect_eq(visits, 0);
	test_settle();
}

LWKT_TEST(abort, B51_a_message_that_is_done_is_enoent)
{
	ports_on(0);
	cr_expect_eq(follow(), ENOENT, "idle");
	lwkt_sendmsg(&target, msg);
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 0);
	cr_expect_eq(follow(), ENOENT, "replied");
	cr_assert_eq(lwkt_getport(&home), msg);
	cr_expect_eq(follow(), ENOENT, "returned");
	cr_expect_eq(visits, 0);
}

LWKT_TEST(abort, B51_a_message_that_nobody_has_queued_is_ebusy)
{
	ports_on(0);
	lwkt_initport_putonly(&next, put_accept); /* keeps it */
	lwkt_sendmsg(&next, msg);
	cr_expect_eq(follow(), EBUSY);
	cr_expect_eq(visits, 0);
}

/* Moved ports */

LWKT_TEST(abort, B51_follow_a_message_to_the_new_owner_of_its_port)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cpu_impersonate(1);
	cr_assert_eq(lwkt_port_setowner(&target, lwkt_cpu_thread(2)), 0);
	cpu_impersonate(0);
	when_waiting(settle_as_cpu1, NULL);
	when_waiting(settle_as_cpu1, NULL);
	cr_expect_eq(follow(), 0);
	expect_visit(2, &target, MSGF_QUEUED);
	test_settle();
}

/*
 * The port moves from CPU 1 to CPU 0 while a message of CPU 2 goes straight to CPU 0: it waits
 * there for CPU 2's token, neither queued nor under way.
 */
LWKT_TEST(abort, B51_a_message_that_a_move_holds_back_is_followed_once_it_is_queued)
{
	ports_on(1);
	cpu_impersonate(1);
	cr_assert_eq(lwkt_port_setowner(&target, lwkt_cpu_thread(0)), 0);
	cpu_impersonate(2);
	lwkt_sendmsg(&target, msg);
	lwkt_flush();
	cpu_impersonate(0);
	lwkt_poll();
	expect_flags(msg, MSGF_INTRANSIT | MSGF_ABORTABLE);
	cr_expect_null(lwkt_getport(&target));
	for (unsigned int i = 0; i < 4; i++)
		when_waiting(settle_as_cpu1, NULL);
	cr_expect_eq(follow(), 0);
	expect_visit(0, &target, MSGF_QUEUED);
	test_settle();
}

/* Spin ports */

static void
visit_locked(lwkt_msg_t m, lwkt_port_t port, void *arg)
{
	cr_expect(rte_spinlock_is_locked(&port->mpu_spin));
	visit(m, port, arg);
}

LWKT_TEST(abort, B51_on_a_spin_port_it_runs_here_and_under_the_lock)
{
	ports_on(0);
	lwkt_initport_spin(&next, NULL, false);
	lwkt_sendmsg(&next, msg);
	cr_expect_eq(lwkt_abort_follow(msg, visit_locked, &visits), 0);
	expect_visit(0, &next, MSGF_QUEUED);
	cr_expect_not(rte_spinlock_is_locked(&next.mpu_spin));
	cr_expect_eq(lwkt_getport(&next), msg);
}

LWKT_TEST(abort, B51_taken_from_a_spin_port_is_ebusy)
{
	ports_on(0);
	lwkt_initport_spin(&next, NULL, false);
	lwkt_sendmsg(&next, msg);
	cr_assert_eq(lwkt_getport(&next), msg);
	cr_expect_eq(follow(), EBUSY);
	cr_expect_eq(visits, 0);
	cr_expect_not(rte_spinlock_is_locked(&next.mpu_spin));
}

LWKT_TEST(abort, B51_replied_from_a_spin_port_is_enoent)
{
	ports_on(0);
	lwkt_initport_spin(&next, NULL, false);
	lwkt_sendmsg(&next, msg);
	cr_assert_eq(lwkt_getport(&next), msg);
	lwkt_replymsg(msg, 0);
	cr_expect_eq(follow(), ENOENT);
	cr_expect_not(rte_spinlock_is_locked(&next.mpu_spin));
}

static void
unlock_next(void *arg)
{
	(void)arg;
	rte_spinlock_unlock(&next.mpu_spin);
}

LWKT_TEST(abort, I74_a_spin_port_whose_lock_is_taken_is_visited_later)
{
	ports_on(0);
	lwkt_initport_spin(&next, NULL, false);
	lwkt_sendmsg(&next, msg);
	rte_spinlock_lock(&next.mpu_spin);
	when_waiting(unlock_next, NULL);
	cr_expect_eq(lwkt_abort_follow(msg, visit_locked, &visits), 0);
	expect_visit(0, &next, MSGF_QUEUED);
}

/* Serializer ports */

static void
visit_held(lwkt_msg_t m, lwkt_port_t port, void *arg)
{
	cr_expect(lwkt_serialize_held(&serial));
	visit(m, port, arg);
}

static void
serializer_with_msg(void)
{
	ports_on(0);
	lwkt_serialize_init(&serial);
	lwkt_initport_serialize(&next, &serial);
	lwkt_serialize_enter(&serial);
	lwkt_sendmsg(&next, msg);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(abort, B51_on_a_serializer_port_it_runs_here_and_holds_it)
{
	serializer_with_msg();
	cr_expect_eq(lwkt_abort_follow(msg, visit_held, &visits), 0);
	expect_visit(0, &next, MSGF_QUEUED);
	cr_expect_not(lwkt_serialize_held(&serial));
	cr_expect_eq(lwkt_serialize_try(&serial), 1);
	lwkt_serialize_exit(&serial);
}

LWKT_TEST(abort, B51_taken_from_a_serializer_port_is_ebusy)
{
	serializer_with_msg();
	lwkt_serialize_enter(&serial);
	cr_assert_eq(lwkt_getport(&next), msg);
	lwkt_serialize_exit(&serial);
	cr_expect_eq(follow(), EBUSY);
	cr_expect_eq(visits, 0);
	cr_expect_not(lwkt_serialize_held(&serial));
}

static void
leave_as_cpu2(void *arg)
{
	(void)arg;
	cpu_impersonate(2);
	lwkt_serialize_exit(&serial);
	cpu_impersonate(1);
}

LWKT_TEST(abort, I74_a_serializer_port_that_another_holds_is_visited_later)
{
	serializer_with_msg();
	cpu_impersonate(2);
	lwkt_serialize_enter(&serial);
	cpu_impersonate(0);
	when_waiting(leave_as_cpu2, NULL);
	cr_expect_eq(lwkt_abort_follow(msg, visit_held, &visits), 0);
	expect_visit(0, &next, MSGF_QUEUED);
}

/* What an abort function is for. */

static void
mark(lwkt_msg_t m, lwkt_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	m->ms_flags |= MSGF_USER0;
}

static void
abort_marks(lwkt_msg_t m)
{
	cr_expect_eq(lwkt_abort_follow(m, mark, NULL), 0);
}

LWKT_TEST(abort, B51_an_abort_function_marks_the_message_for_its_handler)
{
	ports_on(1);
	lwkt_initmsg_abortable(msg, &home, 0, abort_marks);
	lwkt_sendmsg(&target, msg);
	when_waiting(poll_here, NULL);
	lwkt_abortmsg(msg);
	cr_assert_eq(get_as(1, &target), msg);
	expect_flags(msg, MSGF_ABORTABLE | MSGF_USER0);
	cpu_impersonate(1);
	lwkt_replymsg(msg, EINTR);
	test_settle();
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_eq(msg->ms_error, EINTR);
}

static void
reply_there(lwkt_msg_t m, lwkt_port_t port, void *arg)
{
	visit(m, port, arg);
	lwkt_replymsg(m, ECANCELED);
}

LWKT_TEST(abort, B51_an_abort_function_replies_a_message_that_its_handler_keeps)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	test_settle();
	cr_assert_eq(get_as(1, &target), msg);
	when_waiting(poll_here, NULL);
	cr_expect_eq(lwkt_abort_follow(msg, reply_there, &visits), 0);
	expect_visit(1, &target, 0);
	cr_expect_eq(lwkt_waitmsg(msg, 0), ECANCELED);
	cr_expect_null(lwkt_getport(&home));
}

/* A pthread that follows: the note goes by the inbox, and it sleeps until it is told. */

static void *
follow_on_pthread(void *done)
{
	test_check(lwkt_attach("follower") == 0);
	abortables(lwkt_thread_port(lwkt_curthread()));
	lwkt_sendmsg(&target, msg);
	test_check(lwkt_abort_follow(msg, mark, NULL) == 0);
	__atomic_store_n((int *)done, 1, __ATOMIC_RELEASE);
	test_check(lwkt_waitmsg(msg, 0) == 17);
	test_check(msg->ms_flags & MSGF_USER0);
	lwkt_detach();
	return NULL;
}

LWKT_TEST(abort, G98_a_pthread_follows_to_a_cpu)
{
	pthread_t thread;
	int done = 0;

	lwkt_initport_thread(&target, lwkt_cpu_thread(0));
	cr_assert_eq(pthread_create(&thread, NULL, follow_on_pthread, &done), 0);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		if (lwkt_poll() == 0)
			test_relax();
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 17);
	pthread_join(thread, NULL);
}

/* Real CPUs: a message goes round and round while its originator follows it. */

static int
pass_on(void *arg)
{
	lwkt_port_t mine = lwkt_mycpuid() == 1 ? &target : &next;
	lwkt_port_t other = mine == &target ? &next : &target;
	lwkt_msg_t m;

	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE)) {
		m = lwkt_getport(mine);
		if (m != NULL && (m->ms_flags & MSGF_USER0))
			lwkt_replymsg(m, EINTR);
		else if (m != NULL)
			lwkt_forwardmsg(other, m);
		else if (lwkt_poll() == 0)
			test_relax();
	}
	return 0;
}

LWKT_TEST(abort, B51_a_message_that_goes_round_is_caught_and_comes_back_once)
{
	int stop = 0;

	ports_on(1);
	lwkt_initport_thread(&next, lwkt_cpu_thread(2));
	test_launch(1, pass_on, &stop);
	test_launch(2, pass_on, &stop);
	for (unsigned int i = 0; i < 20; i++) {
		lwkt_initmsg_abortable(msg, &home, 0, abort_marks);
		lwkt_sendmsg(&target, msg);
		lwkt_abortmsg(msg);
		cr_expect_eq(lwkt_waitmsg(msg, 0), EINTR);
		cr_expect_null(lwkt_getport(&home));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	test_join(2);
}

/* What the caller guarantees is enough: replied meanwhile, but not destroyed. */
LWKT_TEST(abort, B52_a_message_that_is_replied_meanwhile_and_stays_is_left_alone)
{
	ports_on(1);
	lwkt_sendmsg(&target, msg);
	lwkt_flush();
	cpu_impersonate(1);
	lwkt_poll();
	cr_assert_eq(lwkt_getport(&target), msg);
	lwkt_replymsg(msg, 7); /* on its way back while the originator aborts */
	cpu_impersonate(0);
	lwkt_abortmsg(msg);
	cr_expect_eq(aborts, 0);
	test_settle();
	cr_expect_eq(lwkt_getport(&home), msg);
	cr_expect_eq(msg->ms_error, 7);
}
