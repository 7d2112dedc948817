/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that may wait: the bodies of fibers.
 */
#include "ops.h"

#define CALL_ARGS 512

static struct call_arg call_args[CALL_ARGS];
static int ncalls;
static int favourite; /* CPU that functions go to: rings must fill up */
static unsigned int aborts_seen;

void
count_abort(lwkt_msg_t msg)
{
	aborts_seen++;
	world_abort(msg);
}

void
waits_reset(void)
{
	ncalls = 0;
	favourite = (int)rnd(MD_CPUS);
}

/* What a call is about, until its fiber has begun. */
static struct {
	int port, msg, flags, to;
	bool lazy, held;
	const struct call_arg *arg;
} call;

bool
may_block(int who)
{
	return fibers_blocked() < BLOCKED_MAX && md.holder != who;
}

static void
check_msg(const char *name, const struct lwkt_msg *got, int want)
{
	if (got != (want == MD_NONE ? NULL : &real_msg[want]))
		fail("%s gave message %td, not %d", name, got != NULL ? got - real_msg : -1, want);
}

static void
do_domsg(int who)
{
	int id = call.msg, port = call.port, flags = call.flags, want, got;
	bool held = hold(who, call.held);
	struct wait *w = fiber_wait(who);

	*w = (struct wait){.kind = W_SYNC,
	    .port = md.msg[id].reply,
	    .msg = id,
	    .interruptible = flags != 0,
	    .serialized = held && reply_is_serialized(id)};
	md.msg[id].busy++;
	want = md_do(&md, who, port, id);
	got = lwkt_domsg(real_port[port], &real_msg[id], flags);
	leave(held);
	md.msg[id].busy--;
	if (!(md.msg[id].flags & MSGF_DONE))
		fail("lwkt_domsg() returned, message %d is not done", id);
	want = want == EASYNC ? md.msg[id].error : want;
	say("%d: do m%d returned %d\n", who, id, got);
	if (got != want)
		fail("lwkt_domsg() gave %d, not %d", got, want);
	compare();
}

/* May this actor wait for a reply on that port? */
static bool
may_wait_on(int who, int port)
{
	return kind(port) == MK_THREAD ? owns(who, port)
	                               : kind(port) == MK_SPIN || kind(port) == MK_SERIALIZE;
}

/* Is what is put there queued on a port that only this actor takes from? */
static bool
leads_to_own_port(int who, int port)
{
	if (kind(port) == MK_PUTFN && md.port[port].put == MP_BEGIN)
		port = md.port[port].put_arg;
	return kind(port) == MK_THREAD && owns(who, port);
}

bool
op_domsg(int who)
{
	int id = pick_msg(sendable), port = (int)rnd(MD_PORTS);
	bool waits;

	if (id == MD_NONE || !may_block(who) || !may_put(who, port, id))
		return false;
	waits = kind(port) != MK_PUTFN || md.port[port].put != MP_INLINE;
	if (leads_to_own_port(who, port)) /* P101: stops the program */
		return false;
	if (waits && (!may_wait_on(who, md.msg[id].reply) || (md.msg[id].flags & MSGF_DROPABLE)))
		return false;
	/* The serializer is let go of only by a wait on the reply port. */
	if (waits && put_is_serialized(port, id) && !reply_is_serialized(id))
		return false;
	call.port = port;
	call.msg = id;
	call.flags = chance(40) ? LWKT_PCATCH : 0;
	call.held = put_is_serialized(port, id) ||
	            (reply_is_serialized(id) && may_serialize(who) && chance(50));
	say("%d: do m%d to p%d%s\n", who, id, port, call.flags ? " interruptible" : "");
	fiber_start(who, do_domsg);
	return true;
}

static void
do_waitmsg(int who)
{
	int id = call.msg, flags = call.flags, port = md.msg[id].reply, got;
	bool sync = md.msg[id].flags & MSGF_SYNC, held = hold(who, call.held);
	struct wait *w = fiber_wait(who);

	*w = (struct wait){.kind = sync ? W_SYNC : W_MSG,
	    .port = port,
	    .msg = id,
	    .interruptible = flags != 0,
	    .serialized = held};
	md.msg[id].busy++;
	if (md.port[port].vectors & MV_WAITMSG)
		md_event(&md.log, ME_VECTOR, who, id, port, MV_WAITMSG);
	got = lwkt_waitmsg(&real_msg[id], flags);
	md.msg[id].busy--;
	if (!(md.msg[id].flags & MSGF_DONE))
		fail("lwkt_waitmsg() returned, message %d is not done", id);
	md_unlink(&md, id);
	leave(held);
	say("%d: wait m%d returned %d\n", who, id, got);
	if (got != md.msg[id].error)
		fail("lwkt_waitmsg() gave %d, not %d", got, md.msg[id].error);
	compare();
}

bool
op_waitmsg(int who)
{
	int id = (int)rnd(MD_MSGS), port = md.msg[id].reply;
	const struct model_msg *m = &md.msg[id];

	if (!may_block(who) || m->gone || m->reserved || m->busy > 0 ||
	    (m->flags & MSGF_DROPABLE) || !may_wait_on(who, port))
		return false;
	if (kind(port) == MK_SERIALIZE && !may_serialize(who))
		return false;
	/* A SYNC message is its sender's to wait for, and it does. */
	if ((m->flags & MSGF_SYNC) && !(m->flags & MSGF_DONE))
		return false;
	call.msg = id;
	call.flags = chance(40) ? LWKT_PCATCH : 0;
	call.held = kind(port) == MK_SERIALIZE;
	say("%d: wait m%d%s\n", who, id, call.flags ? " interruptible" : "");
	fiber_start(who, do_waitmsg);
	return true;
}

static void
do_waitport(int who)
{
	int port = call.port, flags = call.flags, want;
	bool held = hold(who, call.held);
	const struct lwkt_msg *got;
	struct wait *w = fiber_wait(who);

	*w = (struct wait){.kind = W_PORT,
	    .port = port,
	    .msg = MD_NONE,
	    .interruptible = flags != 0,
	    .serialized = held};
	if (md.port[port].vectors & MV_WAITPORT)
		md_event(&md.log, ME_VECTOR, who, MD_NONE, port, MV_WAITPORT);
	got = lwkt_waitport(real_port[port], flags);
	want = md_waited(&md, port);
	if (want == MD_NONE) {
		if (!w->interruptible || !md.interrupted[who])
			fail("lwkt_waitport() returned without a message or an interrupt");
		md.interrupted[who] = false;
	}
	leave(held);
	say("%d: wait p%d returned m%d\n", who, port, want);
	check_msg("lwkt_waitport()", got, want);
	compare();
}

bool
op_waitport(int who)
{
	int port = (int)rnd(MD_PORTS);

	if (!may_block(who) || !may_get(who, port))
		return false;
	call.port = port;
	call.flags = chance(50) ? LWKT_PCATCH : 0;
	call.held = kind(port) == MK_SERIALIZE;
	say("%d: wait p%d%s\n", who, port, call.flags ? " interruptible" : "");
	fiber_start(who, do_waitport);
	return true;
}

static void
do_call(int who)
{
	const struct call_arg *arg = call.arg;
	int to = call.to;
	bool lazy = call.lazy;
	struct wait *w = fiber_wait(who);
	uint64_t got, want;

	*w = (struct wait){.kind = W_ROOM, .port = MD_NONE, .msg = MD_NONE, .cpu = to};
	want = who == to || !lazy ? 0 : 1;
	if (who != to && md.pair[who][to].calls_sent - md.pair[who][to].calls_done < MD_CALLS) {
		want = md_call(&md, who, to, arg->label, arg->msg, arg->port, lazy);
		got = lazy ? lwkt_send_ipiq_passive(
		                 (unsigned int)to, world_call, &call_args[arg->label])
		           : lwkt_send_ipiq((unsigned int)to, world_call, &call_args[arg->label]);
	} else {
		/* Waits for room first (or runs here): the model's half comes after. */
		got = lazy ? lwkt_send_ipiq_passive(
		                 (unsigned int)to, world_call, &call_args[arg->label])
		           : lwkt_send_ipiq((unsigned int)to, world_call, &call_args[arg->label]);
		want = md_call(&md, who, to, arg->label, arg->msg, arg->port, lazy);
	}
	if (got != want)
		fail("lwkt_send_ipiq() gave %lu, not %lu", got, want);
	compare();
}

bool
op_call(int who)
{
	struct call_arg *arg = &call_args[ncalls];
	int port = (int)rnd(MD_PORTS), id = chance(40) ? pick_msg(sendable) : MD_NONE;

	if (!md_is_cpu(who) || !may_block(who) || ncalls == CALL_ARGS)
		return false;
	if (id != MD_NONE &&
	    (!may_put(who, port, id) || kind(port) == MK_SERIALIZE || reply_is_serialized(id)))
		id = MD_NONE;
	*arg = (struct call_arg){ncalls++, id, port};
	if (id != MD_NONE)
		md.msg[id].reserved = true;
	call.arg = arg;
	call.to = chance(50) ? favourite : (int)rnd(MD_CPUS);
	call.lazy = chance(40);
	say("%d: call%s %d on %d (m%d to p%d)\n", who, call.lazy ? " passive" : "", arg->label,
	    call.to, id, port);
	fiber_start(who, do_call);
	return true;
}

/* Several in a row, so that rings fill up and functions spill too. */
bool
op_calls(int who)
{
	bool any = false;

	for (unsigned int n = 2 + rnd(6); n > 0 && !fiber_blocked(who); n--)
		any |= op_call(who);
	return any;
}

static void
do_wait_call(int who)
{
	int to = call.to;
	uint64_t seq = md.pair[who][to].calls_sent;
	struct wait *w = fiber_wait(who);

	if (seq > 0 && chance(50))
		seq--;
	*w = (struct wait){.kind = W_CALL, .port = MD_NONE, .msg = MD_NONE, .cpu = to, .seq = seq};
	if (who != to)
		md_flush(&md, who);
	if (lwkt_wait_ipiq((unsigned int)to, who != to ? seq : 0) != 0)
		fail("lwkt_wait_ipiq() failed");
	if (who != to && md.pair[who][to].calls_done < seq)
		fail("lwkt_wait_ipiq() returned too early");
	say("%d: function %lu on %d has returned\n", who, seq, to);
	compare();
}

bool
op_wait_call(int who)
{
	if (!md_is_cpu(who) || !may_block(who))
		return false;
	call.to = (int)rnd(MD_CPUS);
	say("%d: wait for the functions sent to %d\n", who, call.to);
	fiber_start(who, do_wait_call);
	return true;
}

static void
do_abort(int who)
{
	int id = call.msg;
	unsigned int before = aborts_seen, want = md_aborts(&md, id);

	*fiber_wait(who) = (struct wait){.kind = W_NOTHING, .port = MD_NONE, .msg = id};
	md.msg[id].busy++;
	lwkt_abortmsg(&real_msg[id]);
	md.msg[id].busy--;
	/* Others may abort theirs while this one waits, so only the direction is certain. */
	if ((want == 0) != (aborts_seen == before) && want != 0)
		fail("lwkt_abortmsg() did not call the abort function");
	say("%d: abort m%d returned\n", who, id);
	compare();
}

bool
op_abort(int who)
{
	int id = (int)rnd(MD_MSGS);

	if (!may_block(who) || md.msg[id].gone || prepared(id) || md.msg[id].reserved)
		return false;
	say("%d: abort m%d\n", who, id);
	call.msg = id;
	fiber_start(who, do_abort);
	return true;
}
