/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said about a message: its state, how it got there, what a broken contract says of it, and
 * what those are told who wait for it.
 */
#include <stdio.h>

#include "lwkt_thread.h"
#include "msgport_pvt.h"

const char *
msg_state_name(int flags)
{
	switch (flags & MSGF_STATE) {
	case MSGF_DONE:
		return "idle";
	case 0:
		return "active";
	case MSGF_INTRANSIT:
		return "outbound";
	case MSGF_QUEUED:
		return "pending";
	case MSGF_REPLY | MSGF_INTRANSIT:
		return "inbound";
	case MSGF_DONE | MSGF_REPLY | MSGF_QUEUED:
		return "replied";
	case MSGF_DONE | MSGF_REPLY:
		return "returned";
	default:
		return "corrupt";
	}
}

#if LWKT_INVARIANTS

/*
 * The last changes of all messages' flags. One ring of records for everybody; who writes is
 * serialised by the index alone, and a record may be lost to a race, which is fine for a trace.
 */

#define RECORDS 4096 /* a power of two */
#define SHOWN   8

struct record {
	const struct lwkt_msg *re_msg;
	const char *re_where;
	int re_flags;
	unsigned int re_cpuid;
	const struct lwkt_thread *re_td; /* an LWKT thread, whose memory stays; or NULL */
};

/* All fields atomic, relaxed. */
static struct record records[RECORDS];
static unsigned int next_record;

void
msg_record(const struct lwkt_msg *msg, int flags, const char *where)
{
	unsigned int i = __atomic_fetch_add(&next_record, 1, __ATOMIC_RELAXED);
	struct record *re = &records[i % RECORDS];
	bool light = lwkt_self.se_cpu != NULL && lwkt_sleeps();

	__atomic_store_n(&re->re_msg, msg, __ATOMIC_RELAXED);
	__atomic_store_n(&re->re_where, where, __ATOMIC_RELAXED);
	__atomic_store_n(&re->re_flags, flags, __ATOMIC_RELAXED);
	__atomic_store_n(&re->re_cpuid, lwkt_self.se_cpuid, __ATOMIC_RELAXED);
	__atomic_store_n(&re->re_td, light ? lwkt_self.se_td : NULL, __ATOMIC_RELAXED);
}

void
msg_history(const struct lwkt_msg *msg)
{
	unsigned int end = __atomic_load_n(&next_record, __ATOMIC_RELAXED);
	unsigned int i, shown = 0;

	for (i = 1; i <= RECORDS && shown < SHOWN; i++) {
		const struct record *re = &records[(end - i) % RECORDS];
		int flags = __atomic_load_n(&re->re_flags, __ATOMIC_RELAXED);
		unsigned int cpuid = __atomic_load_n(&re->re_cpuid, __ATOMIC_RELAXED);
		const struct lwkt_thread *td = __atomic_load_n(&re->re_td, __ATOMIC_RELAXED);

		if (__atomic_load_n(&re->re_msg, __ATOMIC_RELAXED) != msg)
			continue;
		fprintf(stderr, "lwkt:   %u changes ago: %s made it %s (flags 0x%x) on ", shown,
		    __atomic_load_n(&re->re_where, __ATOMIC_RELAXED), msg_state_name(flags),
		    (unsigned int)flags);
		if (td != NULL)
			fprintf(stderr, "thread %s, CPU %u\n", lwkt_thread_name(td), cpuid);
		else if (cpuid != LWKT_CPU_NONE)
			fprintf(stderr, "CPU %u\n", cpuid);
		else
			fprintf(stderr, "a foreign thread\n");
		shown++;
	}
}

void
port_illegal(const char *call, const struct lwkt_port *port)
{
	lwkt_panic("%s: port %p was never initialised, has been copied, or its memory has been "
	           "freed; call lwkt_initport_panic() before it goes, to see who uses it then",
	    call, (const void *)port);
}

#endif /* LWKT_INVARIANTS */

void
msg_illegal(
    const char *call, const struct lwkt_msg *msg, const struct lwkt_port *port, const char *need)
{
	/* The line comes last, so that it is what stays on the screen. */
	msg_history(msg);
	lwkt_panic(
	    "%s: illegal on message %p, state %s (flags 0x%x), target port %p, reply port %p, "
	    "at port %p: needs %s",
	    call, (const void *)msg, msg_state_name(msg->ms_flags), (unsigned int)msg->ms_flags,
	    (const void *)msg->ms_target_port, (const void *)msg->ms_reply_port, (const void *)port,
	    need);
}

void
msg_wait_report(struct lwkt_patience *pa, const char *call, const struct lwkt_msg *msg)
{
	const struct lwkt_port *port = msg_target(msg);
	unsigned int cpuid = LWKT_CPU_NONE;
	const char *owner = "nobody in particular";
	int flags = msg_flags(msg);

	if (port != NULL && port->mp_protect == NULL)
		cpuid = port_cpuid(port);
	if (port != NULL && port->mpu_td != NULL)
		owner = lwkt_thread_name(port->mpu_td);
	lwkt_patience_report(pa, cpuid, call, "message %p, state %s, at port %p, owner %s",
	    (const void *)msg, msg_state_name(flags), (const void *)port, owner);
}
