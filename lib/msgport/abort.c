/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aborting: asking for a message to be finished early, wherever it is.
 */
#include <errno.h>

#include "lwkt_thread.h"
#include "msgport_pvt.h"

void
lwkt_abortmsg(lwkt_msg_t msg)
{
	if ((msg_flags(msg) & (MSGF_ABORTABLE | MSGF_DONE | MSGF_REPLY)) == MSGF_ABORTABLE)
		msg->ms_abortfn(msg);
}

/*
 * A follower goes from CPU to CPU as the message does. It lives on the originator's stack, which
 * waits for fo_done.
 */
struct follower {
	struct lwkt_note fo_note; /* first */
	lwkt_msg_t fo_msg;
	void (*fo_fn)(lwkt_msg_t, lwkt_port_t, void *);
	void *fo_arg;
	int fo_error; /* EAGAIN: the message is on its way to where the follower already is */
	int fo_done;  /* atomic (E13), futex */
};

static void
finish(struct follower *fo, int error)
{
	int *word = &fo->fo_done;

	fo->fo_error = error;
	__atomic_store_n(word, 1, __ATOMIC_RELEASE); /* E13; fo may be gone now */
	lwkt_futex_wake(word);
}

/*
 * A port of no CPU: under its protection the message is queued there, or it is not. This may run
 * inside transit, so it does not wait for the protection (I74): whoever has it now, and be it this
 * very thread further down the stack, will give it up, and then the follower comes again.
 */
static int
visit_shared(struct follower *fo, lwkt_port_t port)
{
	int flags, error = EBUSY;

	if (!port->mp_protect(port, PORT_TRY))
		return EAGAIN;
	flags = msg_flags_acquire(fo->fo_msg);
	if (flags & (MSGF_DONE | MSGF_REPLY)) {
		error = ENOENT;
	} else if (msg_target(fo->fo_msg) != port) {
		error = EAGAIN;
	} else if (flags & MSGF_QUEUED) {
		fo->fo_fn(fo->fo_msg, port, fo->fo_arg);
		error = 0;
	}
	port->mp_protect(port, PORT_LEAVE);
	return error;
}

/*
 * One step, on any CPU. On the target's own CPU nobody else handles the message meanwhile, so what
 * is seen there stays true: the target is read before the flags (E11).
 */
static void
visit(struct lwkt_note *note)
{
	struct follower *fo = (struct follower *)(void *)note;
	lwkt_port_t port = msg_target(fo->fo_msg);
	unsigned int cpuid = port != NULL ? port_cpuid(port) : LWKT_CPU_NONE;
	int flags = __atomic_load_n(&fo->fo_msg->ms_flags, __ATOMIC_ACQUIRE); /* E3 */

	if (flags & (MSGF_DONE | MSGF_REPLY)) {
		finish(fo, ENOENT);
	} else if (port != NULL && port->mp_protect != NULL) {
		finish(fo, visit_shared(fo, port));
	} else if (cpuid == LWKT_CPU_NONE) {
		finish(fo, EBUSY);
	} else if (cpuid != lwkt_self.se_cpuid) {
		lwkt_transit_link_ahead(); /* it may come by here */
		lwkt_transit_note(cpuid, note);
	} else if (flags & MSGF_INTRANSIT) {
		lwkt_transit_link_ahead();
		finish(fo, EAGAIN);
	} else {
		fo->fo_fn(fo->fo_msg, port, fo->fo_arg);
		finish(fo, 0);
	}
}

static void
await(struct follower *fo)
{
	struct lwkt_patience pa = {0};

	while (!__atomic_load_n(&fo->fo_done, __ATOMIC_ACQUIRE)) { /* E13 */
		msg_wait_look(&pa, "lwkt_abort_follow", fo->fo_msg);
		if (lwkt_sleeps())
			lwkt_futex_wait(&fo->fo_done, 0, false);
		else
			lwkt_transit_wait();
	}
	lwkt_patience_end(&pa);
}

int
lwkt_abort_follow(lwkt_msg_t msg, void (*fn)(lwkt_msg_t, lwkt_port_t, void *), void *arg)
{
	struct follower fo;

	do {
		fo = (struct follower){
		    .fo_note.no_func = visit, .fo_msg = msg, .fo_fn = fn, .fo_arg = arg};
		visit(&fo.fo_note);
		await(&fo);
		if (fo.fo_error == EAGAIN) /* it may be on its way to here */
			lwkt_transit_wait();
	} while (fo.fo_error == EAGAIN);
	return fo.fo_error;
}
