/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ports of all backends share, out of line: receipts, drops, and the quota of priority.
 */
#include <errno.h>

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
