/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * THREAD PORTS, HOW THE OWNER WAITS, AND ITS END
 *
 * Whoever links a message, or finishes the owner's call, does so on the owner's CPU. So an owner
 * that is an LWKT thread leaves a flag on its port and switches; nothing comes in between, and no
 * atomic operation is needed. A CPU's own context polls: its wait is what serves transit.
 */
#include <errno.h>

#include "lwkt_thread.h"
#include "port_thread_pvt.h"

void
thread_not_owner(const char *call, const struct lwkt_port *port)
{
	lwkt_panic("%s: port %p belongs to thread %s, and only that may call it, not %s", call,
	    (const void *)port, lwkt_thread_name(port->mpu_td),
	    lwkt_self.se_td != NULL ? lwkt_thread_name(lwkt_self.se_td) : "a foreign thread");
}

/*
 * An LWKT thread sleeps, and who links a message wakes it. A CPU's own context polls.
 */

void
thread_wake(lwkt_port_t port, const struct lwkt_msg *msg)
{
	struct lwkt_thread *td = port->mpu_td;

	if (td->td_reply != NULL && td->td_reply != msg)
		return;
	port->mp_flags &= ~MSGPORTF_WAITING;
	lwkt_thread_ready(td);
}

/* reply: the message that it waits for; NULL: any on the port. */
static void
thread_sleep(lwkt_port_t port, const struct lwkt_msg *reply, const char *call)
{
	lwkt_self.se_td->td_reply = reply;
	port->mp_flags |= MSGPORTF_WAITING;
	lwkt_thread_block(call);
	port->mp_flags &= ~MSGPORTF_WAITING; /* an interrupt has woken it */
}

void *
thread_waitport(lwkt_port_t port, int flags)
{
	unsigned int turn = 0;
	lwkt_msg_t msg;

	require_owner("lwkt_waitport", port);
	lwkt_may_wait("lwkt_waitport");
	while ((msg = port_pull(port)) == NULL) {
		if ((flags & LWKT_PCATCH) && lwkt_interrupted())
			return NULL;
		if ((flags & LWKT_PUNTIL) && lwkt_wait_late())
			return NULL;
		if (lwkt_sleeps())
			thread_sleep(port, NULL, "lwkt_waitport");
		else
			lwkt_transit_turn(turn++);
	}
	return msg;
}

static const char *
call_name(const struct lwkt_msg *msg)
{
	return msg_flags(msg) & MSGF_SYNC ? "lwkt_domsg" : "lwkt_waitmsg";
}

static void
thread_await(lwkt_msg_t msg, int flags)
{
	bool catch = flags & LWKT_PCATCH;

	while (!lwkt_checkmsg(msg)) {
		if (catch && lwkt_interrupted()) { /* once (B53) */
			catch = false;
			lwkt_abortmsg(msg);
		} else if ((flags & LWKT_PUNTIL) && lwkt_wait_late()) {
			return;
		} else {
			thread_sleep(msg->ms_reply_port, msg, call_name(msg));
		}
	}
}

/*
 * The message becomes done on this CPU, by a poll (T32). So it is looked at only when a poll has
 * found something: to look at it in each turn would take its line from the handler. Now and then it
 * is looked at all the same, for reply vectors of the application's own (P28).
 */
static void
thread_await_polling(lwkt_msg_t msg, int flags)
{
	bool catch = flags & LWKT_PCATCH;
	struct lwkt_patience pa = {0};
	unsigned int turn = 0;

	for (bool look = true; !look || !lwkt_checkmsg(msg); turn++) {
		look = turn % 64 == 63;
		if (catch && lwkt_interrupted()) { /* once (B53) */
			catch = false;
			lwkt_abortmsg(msg);
			look = true;
		} else if ((flags & LWKT_PUNTIL) && lwkt_wait_late()) {
			break;
		} else if (lwkt_transit_turn(turn)) {
			look = true;
		} else if (look) {
			msg_wait_look(&pa, call_name(msg), msg);
		}
	}
	lwkt_patience_end(&pa);
}

/*
 * The wait that most threads make: a call whose reply is not queued, for as long as it takes. Whoever
 * wakes the thread has cleared the port's flag, unless it was for something else.
 */
static inline int
thread_await_call(lwkt_port_t port, lwkt_msg_t msg)
{
	while (!lwkt_checkmsg(msg))
		thread_sleep(port, msg, "lwkt_domsg");
	return msg->ms_error;
}

/* All others. */
static __rte_noinline int
thread_await_any(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	if (lwkt_sleeps())
		thread_await(msg, flags);
	else
		thread_await_polling(msg, flags);
	port_unlink_reply(port, msg);
	return port_waited(msg, flags);
}

int
thread_waitmsg(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;

	require_owner("lwkt_waitmsg", port);
	lwkt_may_wait("lwkt_waitmsg");
	MSG_REQUIRE(!(msg_flags(msg) & MSGF_DROPABLE), "lwkt_waitmsg", msg, port,
	    "a message that is not DROPABLE");
	if (likely(flags == 0 && lwkt_sleeps()) && likely(msg_flags(msg) & MSGF_SYNC))
		return thread_await_call(port, msg);
	return thread_await_any(port, msg, flags);
}

/*
 * Its end
 */

/*
 * The owner has ended: nobody will take this one (contract L110). A request goes back; a reply is at
 * home.
 */
void
port_dead(lwkt_port_t port, lwkt_msg_t msg)
{
	int flags = msg_flags(msg);

	(void)port;
#if LWKT_INVARIANTS
	msg_history(msg);
	lwkt_panic(
	    "lwkt_exit: message %p, state %s, is on port %p, whose thread %s has ended; serve "
	    "the port until nobody sends to it",
	    (void *)msg, msg_state_name(flags), (void *)port, lwkt_thread_name(port->mpu_td));
#endif
	if (flags & MSGF_REPLY) {
		msg_publish_done(msg, msg_reply_flags(flags));
	} else {
		msg_set_flags(msg, flags & ~(MSGF_INTRANSIT | MSGF_RECEIPT));
		lwkt_replymsg(msg, ECANCELED);
	}
}

void
thread_exit_embedded(struct lwkt_thread *td)
{
	lwkt_port_t port = &td->td_msgport;
	lwkt_msg_t msg;

	while (port->mp_move != NULL && port->mp_move != PORT_DEAD)
		lwkt_transit_wait();
	if (!owner_is_caller(port)) /* given away */
		return;
	while ((msg = port_pull(port)) != NULL)
		port_dead(port, msg);
	port_set_move(port, PORT_DEAD); /* what comes now takes the way of moved ports */
}
