/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting, for the ports that many threads share (spin, serializer).
 *
 * A CPU polls its transit. A pthread sleeps in the kernel: on the port's flags, which a waker
 * changes under the port's protection before it wakes, or, for a SYNC message, on the message's own
 * flags. The kernel goes to sleep only if the word still is what the sleeper saw, so no wakeup is
 * lost.
 */
#include "msgport_pvt.h"

bool
port_clear_waiting(lwkt_port_t port)
{
	int flags = port->mp_flags;

	if (likely(!(flags & MSGPORTF_WAITING)))
		return false;
	__atomic_store_n(&port->mp_flags, flags & ~MSGPORTF_WAITING, __ATOMIC_RELAXED);
	return true;
}

/* Nothing to take: give up the protection, sleep or poll a little, and take it again. */
static void
sleep_on_port(lwkt_port_t port, bool interruptible)
{
	bool cpu = lwkt_self.se_cpu != NULL;
	int flags = port->mp_flags | MSGPORTF_WAITING;

	if (!cpu)
		__atomic_store_n(&port->mp_flags, flags, __ATOMIC_RELAXED);
	port->mp_protect(port, PORT_LEAVE);
	if (!cpu)
		lwkt_futex_wait(&port->mp_flags, flags, interruptible);
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
		sleep_on_port(port, catch);
	}
	return msg;
}

void
port_wait_queued(lwkt_msg_t msg, int flags)
{
	lwkt_port_t port = msg->ms_reply_port;
	bool catch = flags & LWKT_PCATCH;

	lwkt_may_wait("lwkt_waitmsg");
	while (!lwkt_checkmsg(msg)) {
		if (catch && lwkt_interrupted()) { /* once, and without the lock (B53) */
			catch = false;
			port->mp_protect(port, PORT_LEAVE);
			lwkt_abortmsg(msg);
			port->mp_protect(port, PORT_TAKE);
		} else {
			sleep_on_port(port, catch);
		}
	}
	if (msg_flags(msg) & MSGF_QUEUED)
		port_unlink(port, msg);
}

/* A SYNC message is not queued, so its waiter looks at the message alone. */
void
port_wait_sync(lwkt_msg_t msg, int flags)
{
	bool catch = flags & LWKT_PCATCH;
	int seen;

	lwkt_may_wait("lwkt_waitmsg");
	for (;;) {
		seen = __atomic_load_n(&msg->ms_flags, __ATOMIC_ACQUIRE); /* E3 */
		if (seen & MSGF_DONE)
			return;
		if (catch && lwkt_interrupted()) {
			catch = false;
			lwkt_abortmsg(msg);
		} else if (lwkt_self.se_cpu == NULL) {
			lwkt_futex_wait(&msg->ms_flags, seen, catch);
		} else {
			lwkt_transit_wait();
		}
	}
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
