/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting, for the ports that many threads share (spin, serializer).
 *
 * A CPU's own context polls its transit. A pthread sleeps in the kernel and an LWKT thread switches,
 * both by lwkt_futex_wait(): for a SYNC message on the message's own flags, else on the port's count
 * of wakeups. They go to sleep only if the word still is what the sleeper saw, so no wakeup is lost:
 *
 *      who waits, under the protection         who puts or replies, under the protection
 *        nothing for it?                         link the message
 *        set WAITING, see the count              WAITING? clear it, count the wakeup
 *      give up the protection                  give up the protection
 *      sleep unless the count has changed      counted: wake all who sleep
 *
 * The count never shows a sleeper an old value. The flags would: with several sleepers, WAITING may
 * be cleared for one and set again by another between the first one's look and its sleep.
 */
#include "lwkt_thread.h"
#include "msgport_pvt.h"

bool
port_count_wakeup(lwkt_port_t port)
{
	int flags = port->mp_flags;

	if (likely(!(flags & MSGPORTF_WAITING)))
		return false;
	__atomic_store_n(&port->mp_flags, flags & ~MSGPORTF_WAITING, __ATOMIC_RELAXED);
	__atomic_store_n(
	    &port->mp_wakes, (int)((unsigned int)port->mp_wakes + 1), __ATOMIC_RELAXED);
	return true;
}

/* Nothing to take: give up the protection, sleep or poll a little, and take it again. */
static void
sleep_on_port(lwkt_port_t port, bool interruptible)
{
	bool sleeps = lwkt_sleeps();
	int seen = port->mp_wakes;

	if (sleeps)
		__atomic_store_n(
		    &port->mp_flags, port->mp_flags | MSGPORTF_WAITING, __ATOMIC_RELAXED);
	port->mp_protect(port, PORT_LEAVE);
	if (sleeps)
		lwkt_futex_wait(&port->mp_wakes, seen, interruptible);
	else
		lwkt_transit_wait();
	port->mp_protect(port, PORT_TAKE);
}

lwkt_msg_t
port_waitport(lwkt_port_t port, int flags)
{
	bool catch = flags & LWKT_PCATCH;
	lwkt_msg_t msg;

	lwkt_may_wait("lwkt_waitport");
	while ((msg = port_pull(port)) == NULL) {
		if (catch && lwkt_interrupted())
			break;
		if ((flags & LWKT_PUNTIL) && lwkt_wait_late())
			break;
		sleep_on_port(port, catch);
	}
	return msg;
}

void
port_wait_queued(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;
	bool catch = flags & LWKT_PCATCH;
	struct lwkt_patience pa = {0};

	lwkt_may_wait("lwkt_waitmsg");
	while (!lwkt_checkmsg(msg)) {
		if (catch && lwkt_interrupted()) { /* once, and without the lock (B53) */
			catch = false;
			port->mp_protect(port, PORT_LEAVE);
			lwkt_abortmsg(msg);
			port->mp_protect(port, PORT_TAKE);
		} else if ((flags & LWKT_PUNTIL) && lwkt_wait_late()) {
			break;
		} else {
			msg_wait_look(&pa, "lwkt_waitmsg", msg);
			sleep_on_port(port, catch);
		}
	}
	lwkt_patience_end(&pa);
	port_unlink_reply(port, msg);
}

/* A SYNC message is not queued, so its waiter looks at the message alone. */
void
port_wait_sync(lwkt_msg_t msg, int flags)
{
	bool catch = flags & LWKT_PCATCH;
	struct lwkt_patience pa = {0};
	int seen;

	lwkt_may_wait("lwkt_waitmsg");
	for (;;) {
		seen = __atomic_load_n(&msg->ms_flags, __ATOMIC_ACQUIRE); /* E3 */
		if (seen & MSGF_DONE)
			break;
		if (catch && lwkt_interrupted()) {
			catch = false;
			lwkt_abortmsg(msg);
		} else if ((flags & LWKT_PUNTIL) && lwkt_wait_late()) {
			break;
		} else if (lwkt_sleeps()) {
			msg_wait_look(&pa, "lwkt_domsg", msg);
			lwkt_futex_wait(&msg->ms_flags, seen, catch);
		} else {
			lwkt_transit_wait();
			msg_wait_look(&pa, "lwkt_domsg", msg);
		}
	}
	lwkt_patience_end(&pa);
}

/*
 * Once a SYNC message is done its originator goes on, and message, port and all may be gone. So
 * what the wakeup needs is read before, and the port is not touched.
 */
void
port_reply_sync(lwkt_msg_t msg)
{
	int *word = &msg->ms_flags;
	int flags = msg_flags(msg);

	msg_publish_done(msg, msg_reply_flags(flags));
	if (flags & MSGF_WAITING)
		lwkt_futex_wake(word);
}
