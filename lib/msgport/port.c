/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ports of all backends share, out of line: receipts, drops, and the quota of priority, and
 * what is counted that should not be.
 */
#include <errno.h>

#include "lwkt_log.h"
#include "msgport_pvt.h"

/* It must neither wait nor switch (R60, L105), so it is named for those that would. */
static void
receipt_run(lwkt_port_t port, lwkt_msg_t msg)
{
	const void *outer = lwkt_self.se_callback;

	lwkt_self.se_callback = (const void *)(uintptr_t)msg->ms_receiptfn;
	msg->ms_receiptfn(msg, port);
	lwkt_self.se_callback = outer;
}

void
port_receipt(lwkt_port_t port, lwkt_msg_t msg)
{
	msg_set_flags(msg, msg_flags(msg) & ~MSGF_RECEIPT);
	receipt_run(port, msg);
}

void
port_reply_receipt(lwkt_port_t port, lwkt_msg_t msg, int flags)
{
	msg_set_flags(msg, msg_reply_flags(flags) | MSGF_QUEUED);
	receipt_run(port, msg);
	msg_publish_done(msg, msg_reply_flags(msg_flags(msg)) | MSGF_QUEUED);
}

int
port_drop(lwkt_port_t port, lwkt_msg_t msg)
{
	if ((msg_flags(msg) & (MSGF_QUEUED | MSGF_REPLY)) != MSGF_QUEUED)
		return ENOENT;
	port_unlink(port, msg);
	msg_publish_done(msg, msg_flags(msg) & ~MSGF_RECEIPT);
	return 0;
}

void
lwkt_port_set_prio_quota(lwkt_port_t port, unsigned int quota)
{
	port->mp_prio_quota = quota;
}

static struct {
	alignas(RTE_CACHE_LINE_SIZE) uint64_t vi_count; /* written by its CPU only, relaxed */
} violations[RTE_MAX_LCORE];

uint64_t
lwkt_violations(unsigned int lcore_id)
{
	return lcore_id < RTE_MAX_LCORE
	           ? __atomic_load_n(&violations[lcore_id].vi_count, __ATOMIC_RELAXED)
	           : 0;
}

/*
 * It has been sent a second time while it was under way (then it has arrived before) or while it was
 * on a port. To link it again would break the queue, so it stays where it is (I141).
 */
void
msg_sent_twice(lwkt_msg_t msg, int flags)
{
	uint64_t *count = &violations[lwkt_self.se_cpuid].vi_count;

	if (LWKT_INVARIANTS)
		msg_illegal("lwkt_sendmsg", msg, msg_target(msg), "that it is sent once");
	if (*count == 0)
		LWKT_LOG(WARNING,
		    "message %p, state %s: sent again before it had come back; it is not linked again; "
		    "run the program on the libraries in lwkt-invariants, which stop where it is sent",
		    (void *)msg, msg_state_name(flags));
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	msg_set_flags(msg, flags & ~MSGF_INTRANSIT);
}
