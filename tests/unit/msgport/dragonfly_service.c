/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A service as DragonFly's kernel has them: a loop over its thread's port, messages that bring the
 * function to run. But for the include lines it is kernel code.
 */
#include <errno.h>

#include <lwkt_compat_dragonfly.h>

#include "dragonfly_service.h"

void
servmsg_init(servmsg_t msg, struct lwkt_port *rport, void (*dispatch)(servmsg_t))
{
	lwkt_initmsg(&msg->lmsg, rport, 0);
	msg->sm_dispatch = dispatch;
}

/* The service's thread. Ends with the message that says so. */
void
service_loop(void *arg)
{
	struct service *sv = arg;
	thread_t td = curthread;
	servmsg_t msg;

	sv->sv_cpu = mycpuid;
	while (sv->sv_running && (msg = lwkt_waitport(&td->td_msgport, 0)) != NULL)
		msg->sm_dispatch(msg);
}

static void
service_add(servmsg_t msg)
{
	struct service *sv = msg->sm_service;

	sv->sv_sum += msg->sm_arg;
	msg->lmsg.u.ms_lresult = sv->sv_sum;
	lwkt_replymsg(&msg->lmsg, 0);
}

static void
service_stop(servmsg_t msg)
{
	msg->sm_service->sv_running = 0;
	lwkt_replymsg(&msg->lmsg, EALREADY);
}

/* A client: blocks in each call, with its own thread's port to reply to. */
long
service_call_add(struct service *sv, lwkt_port_t port, long arg)
{
	struct servmsg msg;

	servmsg_init(&msg, &curthread->td_msgport, service_add);
	msg.sm_service = sv;
	msg.sm_arg = arg;
	if (lwkt_domsg(port, &msg.lmsg, PCATCH) != 0)
		return -1;
	return msg.lmsg.u.ms_lresult;
}

int
service_call_stop(struct service *sv, lwkt_port_t port)
{
	struct servmsg msg;

	servmsg_init(&msg, &curthread->td_msgport, service_stop);
	msg.sm_service = sv;
	return lwkt_domsg(port, &msg.lmsg, 0);
}
