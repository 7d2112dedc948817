/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The generator: picks an actor and a call that is legal in the model's state, and makes it in
 * both. The model goes first, so that what the real call's callbacks look up in it is there.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"

#define BURST_MAX   5
#define CALL_ARGS   512
#define SETTLE_MAX  200
#define BLOCKED_MAX 3           /* two actors at least can go on */
#define SPARE       BLOCKED_MAX /* messages kept for those who wait on a port at the end */

static unsigned int aborts_seen;
static unsigned int actor_weight[MD_ACTORS];
static int favourite; /* CPU that functions go to: rings must fill up */
static struct call_arg call_args[CALL_ARGS];
static int ncalls;

static void
abortfn(lwkt_msg_t msg)
{
	aborts_seen++;
	world_abort(msg);
}

/*
 * What is legal
 */

static bool
fresh(int id) /* the originator has it: may be initialised */
{
	const struct model_msg *m = &md.msg[id];

	return m->busy == 0 && !m->reserved &&
	       (m->gone || (m->flags & (MSGF_DONE | MSGF_QUEUED)) == MSGF_DONE);
}

static bool
sendable(int id)
{
	return fresh(id) && !md.msg[id].gone;
}

static bool
active(int id)
{
	const struct model_msg *m = &md.msg[id];

	return !m->gone && m->prepared == MD_NONE &&
	       !(m->flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT));
}

static bool
prepared(int id)
{
	return md.msg[id].prepared != MD_NONE;
}

/* A message that fits, from a random one on; MD_NONE. */
static int
pick_msg(bool (*fits)(int id))
{
	int first = (int)rnd(MD_MSGS);

	for (int i = 0; i < MD_MSGS; i++)
		if (fits((first + i) % MD_MSGS))
			return (first + i) % MD_MSGS;
	return MD_NONE;
}

static enum model_kind
kind(int port)
{
	return md.port[port].kind;
}

static bool
replyable(int port)
{
	return kind(port) != MK_PUTFN;
}

/* Does a put or a reply of this message need the serializer held? */
static bool
reply_is_serialized(int msg)
{
	return kind(md.msg[msg].reply) == MK_SERIALIZE;
}

static bool
put_is_serialized(int port, int msg)
{
	return kind(port) == MK_SERIALIZE || (kind(port) == MK_PUTFN && reply_is_serialized(msg));
}

static bool
may_serialize(int who)
{
	return md.holder == MD_NONE || md.holder == who;
}

/* abort_follow takes the guard of the port that it comes to: not while somebody may hold it. */
static bool
may_put(int who, int port, int msg)
{
	if (kind(port) == MK_NULL || kind(port) == MK_REPLYFN)
		return false;
	if (kind(port) == MK_SERIALIZE && md.msg[msg].abort_follows)
		return false;
	return !put_is_serialized(port, msg) || may_serialize(who);
}

static bool
owns(int who, int port)
{
	return md.port[port].owner == who && td_of(who) != NULL;
}

static bool
may_get(int who, int port)
{
	switch (kind(port)) {
	case MK_THREAD:
		return owns(who, port);
	case MK_SPIN:
		return true;
	case MK_SERIALIZE:
		return may_serialize(who);
	default:
		return false;
	}
}

static bool
may_put_oncpu(int who, int port)
{
	if (kind(port) == MK_THREAD)
		return owns(who, port);
	if (kind(port) == MK_SPIN)
		return md.port[port].cpu != MD_NONE && md.port[port].cpu == who;
	return kind(port) == MK_PUTFN;
}

/* Take the serializer for a call that needs it. @return give it back with leave(). */
static bool
hold(int who, bool need)
{
	if (!need || md.holder == who)
		return false;
	md.holder = who;
	switch (rnd(3)) {
	case 0:
		lwkt_serialize_enter(&real_serializer);
		break;
	case 1:
		lwkt_serialize_adaptive_enter(&real_serializer);
		break;
	default:
		if (!lwkt_serialize_try(&real_serializer))
			fail("lwkt_serialize_try() failed on a free serializer");
	}
	return true;
}

static void
leave(bool held)
{
	if (!held)
		return;
	md.holder = MD_NONE;
	lwkt_serialize_exit(&real_serializer);
}

/* Its last target, which abort_follow would look at again. */
static bool
was_serialized(int msg)
{
	return md.msg[msg].target != MD_NONE && kind(md.msg[msg].target) == MK_SERIALIZE;
}

/*
 * Calls that do not wait. Each returns whether it found something legal to do.
 */

static bool
op_init(int who)
{
	int id = pick_msg(fresh), reply = (int)rnd(MD_PORTS), flags = (int)(rnd(0x10000) << 16);
	bool abortable = chance(40);

	if (id == MD_NONE || !replyable(reply))
		return false;
	flags |= (chance(30) ? MSGF_DROPABLE : 0) | (chance(35) ? MSGF_PRIORITY : 0);
	say("%d: init m%d reply p%d flags 0x%x%s\n", who, id, reply, (unsigned int)flags,
	    abortable ? " abortable" : "");
	md_initmsg(&md, id, reply, abortable ? flags | MSGF_ABORTABLE : flags);
	if (abortable)
		lwkt_initmsg_abortable(&real_msg[id], real_port[reply], flags, abortfn);
	else
		lwkt_initmsg(&real_msg[id], real_port[reply], flags);
	md.msg[id].abort_follows = abortable && chance(50) && !was_serialized(id);
	return true;
}

static bool
may_arm(int id)
{
	return sendable(id) || active(id) || prepared(id);
}

static bool
op_receipt(int who)
{
	int id = pick_msg(may_arm);

	if (id == MD_NONE)
		return false;
	say("%d: receipt m%d\n", who, id);
	md.msg[id].flags |= MSGF_RECEIPT;
	lwkt_setmsg_receipt(&real_msg[id], world_receipt);
	return true;
}

static bool
op_send(int who)
{
	int id = pick_msg(sendable), port = (int)rnd(MD_PORTS);
	bool oncpu = chance(30) && may_put_oncpu(who, port), held;

	if (id == MD_NONE || !may_put(who, port, id))
		return false;
	say("%d: send%s m%d to p%d\n", who, oncpu ? "_oncpu" : "", id, port);
	held = hold(who, put_is_serialized(port, id));
	md_prepare(&md, id);
	md_start(&md, who, port, id, oncpu);
	if (oncpu)
		lwkt_sendmsg_oncpu(real_port[port], &real_msg[id]);
	else
		lwkt_sendmsg(real_port[port], &real_msg[id]);
	leave(held);
	return true;
}

static bool
op_prepare(int who)
{
	int id = pick_msg(sendable), port = (int)rnd(MD_PORTS);

	if (id == MD_NONE || !may_put(who, port, id))
		return false;
	say("%d: prepare m%d for p%d\n", who, id, port);
	md_prepare(&md, id);
	md.msg[id].prepared = port;
	lwkt_sendmsg_prepare(real_port[port], &real_msg[id]);
	return true;
}

static bool
op_start(int who)
{
	int id = pick_msg(prepared), port;
	bool oncpu, held;

	if (id == MD_NONE || !may_put(who, md.msg[id].prepared, id))
		return false;
	port = md.msg[id].prepared;
	oncpu = chance(50) && may_put_oncpu(who, port);
	say("%d: start%s m%d to p%d\n", who, oncpu ? "_oncpu" : "", id, port);
	held = hold(who, put_is_serialized(port, id));
	md.msg[id].prepared = MD_NONE;
	md_start(&md, who, port, id, oncpu);
	if (oncpu)
		lwkt_sendmsg_start_oncpu(real_port[port], &real_msg[id]);
	else
		lwkt_sendmsg_start(real_port[port], &real_msg[id]);
	leave(held);
	return true;
}

static bool
op_forward(int who)
{
	int id = pick_msg(active), port = (int)rnd(MD_PORTS), want, got;
	bool held;

	if (id == MD_NONE || !may_put(who, port, id))
		return false;
	say("%d: forward m%d to p%d\n", who, id, port);
	held = hold(who, put_is_serialized(port, id));
	want = md_forward(&md, who, port, id);
	got = lwkt_forwardmsg(real_port[port], &real_msg[id]);
	leave(held);
	if (got != want)
		fail("lwkt_forwardmsg() gave %d, not %d", got, want);
	return true;
}

static bool
reply(int who, int id)
{
	int error = (int)rnd(3) * 7;
	bool held;

	if (id == MD_NONE || (reply_is_serialized(id) && !may_serialize(who)))
		return false;
	say("%d: reply m%d with %d\n", who, id, error);
	held = hold(who, reply_is_serialized(id));
	md_reply(&md, who, id, error);
	lwkt_replymsg(&real_msg[id], error);
	leave(held);
	return true;
}

static bool
op_reply(int who)
{
	return reply(who, pick_msg(active));
}

static bool
get(int who, int port)
{
	struct lwkt_msg *got;
	bool held;
	int want;

	if (!may_get(who, port))
		return false;
	held = hold(who, kind(port) == MK_SERIALIZE);
	want = md_getport(&md, who, port);
	got = lwkt_getport(real_port[port]);
	leave(held);
	say("%d: get p%d: m%d\n", who, port, want);
	if (got != (want == MD_NONE ? NULL : &real_msg[want]))
		fail("lwkt_getport() gave message %td, not %d", got != NULL ? got - real_msg : -1,
		    want);
	return true;
}

static bool
op_get(int who)
{
	int first = (int)rnd(MD_PORTS);

	for (int i = 0; i < MD_PORTS; i++) {
		const struct model_port *p = &md.port[(first + i) % MD_PORTS];

		if (p->normal.n + p->prio.n > 0 && get(who, (first + i) % MD_PORTS))
			return true;
	}
	return get(who, first);
}

static bool
op_drop(int who)
{
	int id = (int)rnd(MD_MSGS), port = md.msg[id].target, want, got;
	bool legal = port == MD_NONE ||
	             ((kind(port) == MK_THREAD || kind(port) == MK_SPIN) && owns(who, port));

	if (!(md.msg[id].flags & MSGF_DROPABLE) || !legal || md.msg[id].reserved)
		return false;
	want = md_drop(&md, who, id);
	say("%d: drop m%d: %d\n", who, id, want);
	got = lwkt_dropmsg(&real_msg[id]);
	if (got != want)
		fail("lwkt_dropmsg() gave %d, not %d", got, want);
	return true;
}

/* Up to n different messages that fit. */
static unsigned int
pick_many(bool (*fits)(int id), int *ids, unsigned int n)
{
	unsigned int k = 0;
	int first = (int)rnd(MD_MSGS);

	for (int i = 0; i < MD_MSGS && k < n; i++)
		if (fits((first + i) % MD_MSGS))
			ids[k++] = (first + i) % MD_MSGS;
	return k;
}

static void
to_real(const int *ids, lwkt_msg_t *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		msgs[i] = &real_msg[ids[i]];
		say(" m%d", ids[i]);
	}
	say("\n");
}

static bool
op_put_burst(int who)
{
	bool send = chance(60), need = false, held;
	int ids[BURST_MAX], port = (int)rnd(MD_PORTS);
	unsigned int n = pick_many(send ? sendable : active, ids, rnd(BURST_MAX + 1));
	lwkt_msg_t msgs[BURST_MAX];

	for (unsigned int i = 0; i < n; i++) {
		if (!may_put(who, port, ids[i]))
			return false;
		need = need || put_is_serialized(port, ids[i]);
	}
	if (kind(port) == MK_NULL || kind(port) == MK_REPLYFN)
		return false;
	say("%d: %s burst to p%d:", who, send ? "send" : "forward", port);
	to_real(ids, msgs, n);
	held = hold(who, need);
	if (send) {
		md_send_burst(&md, who, port, ids, n);
		lwkt_sendmsg_burst(real_port[port], msgs, n);
	} else {
		md_forward_burst(&md, who, port, ids, n);
		lwkt_forwardmsg_burst(real_port[port], msgs, n);
	}
	leave(held);
	return true;
}

static bool
op_reply_burst(int who)
{
	int ids[BURST_MAX], error = (int)rnd(3) * 9;
	unsigned int n = pick_many(active, ids, rnd(BURST_MAX + 1));
	lwkt_msg_t msgs[BURST_MAX];
	bool need = false, held;

	for (unsigned int i = 0; i < n; i++)
		need = need || reply_is_serialized(ids[i]);
	if (need && !may_serialize(who))
		return false;
	say("%d: reply burst with %d:", who, error);
	to_real(ids, msgs, n);
	held = hold(who, need);
	md_reply_burst(&md, who, ids, n, error);
	lwkt_replymsg_burst(msgs, n, error);
	leave(held);
	return true;
}

static bool
op_get_burst(int who)
{
	unsigned int n = rnd(BURST_MAX + 1), got, want = 0;
	int port = (int)rnd(MD_PORTS), ids[BURST_MAX];
	lwkt_msg_t msgs[BURST_MAX];
	bool held;

	if (!may_get(who, port))
		return false;
	held = hold(who, kind(port) == MK_SERIALIZE);
	while (want < n && (ids[want] = md_getport(&md, who, port)) != MD_NONE)
		want++;
	got = lwkt_getport_burst(real_port[port], msgs, n);
	leave(held);
	say("%d: get burst p%d: %u of %u\n", who, port, want, n);
	if (got != want)
		fail("lwkt_getport_burst() gave %u messages, not %u", got, want);
	for (unsigned int i = 0; i < n && i < want; i++)
		if (msgs[i] != &real_msg[ids[i]])
			fail("lwkt_getport_burst() gave message %td at place %u, not %d",
			    msgs[i] - real_msg, i, ids[i]);
	return true;
}

static bool
op_quota(int who)
{
	int port = (int)rnd(MD_PORTS);

	if (!may_get(who, port) || kind(port) == MK_SPIN)
		return false;
	md.port[port].quota = rnd(4);
	say("%d: quota p%d: %u\n", who, port, md.port[port].quota);
	lwkt_port_set_prio_quota(real_port[port], md.port[port].quota);
	return true;
}

static bool
op_poll(int who)
{
	unsigned int want = md_poll(&md, who), got;

	say("%d: poll: %u\n", who, want);
	got = lwkt_poll();
	if (got != want)
		fail("lwkt_poll() handled %u items, not %u", got, want);
	return true;
}

static bool
op_flush(int who)
{
	say("%d: flush\n", who);
	md_flush(&md, who);
	lwkt_flush();
	return true;
}

static bool
op_setowner(int who)
{
	int port = (int)rnd(MD_PORTS), to = (int)rnd(MD_ACTORS), want, got;

	if (who == MD_FOREIGN || (md.port[port].owner != MD_NONE && !owns(who, port)))
		return false;
	want = md_setowner(&md, who, port, to);
	say("%d: setowner p%d to %d: %d\n", who, port, to, want);
	got = lwkt_port_setowner(real_port[port], td_of(to));
	if (got != want)
		fail("lwkt_port_setowner() gave %d, not %d", got, want);
	return true;
}

static bool
op_interrupt(int who)
{
	int whom = (int)rnd(MD_ACTORS);

	if (td_of(whom) == NULL)
		return false;
	say("%d: interrupt %d\n", who, whom);
	md.interrupted[whom] = true;
	lwkt_interrupt(td_of(whom));
	fiber_interrupted(whom);
	return true;
}

/* The serializer held for longer than one call. */
static bool
op_serializer(int who)
{
	if (md.holder == who) {
		say("%d: serializer exit\n", who);
		md.holder = MD_NONE;
		lwkt_serialize_exit(&real_serializer);
	} else if (md.holder == MD_NONE && fibers_blocked() < BLOCKED_MAX) {
		say("%d: serializer enter\n", who);
		hold(who, true);
	} else {
		say("%d: serializer try\n", who);
		if (md.holder != MD_NONE && lwkt_serialize_try(&real_serializer))
			fail("lwkt_serialize_try() took a held serializer");
	}
	return true;
}

/*
 * Calls that may wait: the bodies of fibers. What they are about is in these until the real call
 * is made.
 */

static struct {
	int port, msg, flags, to;
	bool lazy, held;
	const struct call_arg *arg;
} call;

static bool
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

static bool
op_domsg(int who)
{
	int id = pick_msg(sendable), port = (int)rnd(MD_PORTS);
	bool waits;

	if (id == MD_NONE || !may_block(who) || !may_put(who, port, id))
		return false;
	waits = kind(port) != MK_PUTFN || md.port[port].put != MP_INLINE;
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

static bool
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

static bool
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

static bool
op_call(int who)
{
	struct call_arg *arg = &call_args[ncalls];
	int port = (int)rnd(MD_PORTS), id = chance(40) ? pick_msg(sendable) : MD_NONE;

	if (who == MD_FOREIGN || !may_block(who) || ncalls == CALL_ARGS)
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

static bool
op_wait_call(int who)
{
	if (who == MD_FOREIGN || !may_block(who))
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

static bool
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

/*
 * One step
 */

static const struct {
	bool (*op)(int who);
	unsigned int weight;
} ops[] = {
    {op_init, 8},
    {op_receipt, 6},
    {op_send, 20},
    {op_prepare, 2},
    {op_start, 4},
    {op_forward, 8},
    {op_reply, 8},
    {op_get, 14},
    {op_drop, 5},
    {op_put_burst, 8},
    {op_reply_burst, 4},
    {op_get_burst, 4},
    {op_quota, 1},
    {op_poll, 24},
    {op_flush, 5},
    {op_setowner, 4},
    {op_interrupt, 3},
    {op_serializer, 2},
    {op_domsg, 6},
    {op_waitmsg, 3},
    {op_waitport, 3},
    {op_call, 9},
    {op_wait_call, 2},
    {op_abort, 6},
};

/* Each seed prefers some calls and does without others, so that every mixture comes up. */
static unsigned int weights[RTE_DIM(ops)], total_weight;

static int
any_actor(void)
{
	unsigned int total = 0, pick;
	int who = 0;

	for (int i = 0; i < MD_ACTORS; i++)
		total += actor_weight[i];
	for (pick = rnd(total); pick >= actor_weight[who]; who++)
		pick -= actor_weight[who];
	return who;
}

static void
make_weights(void)
{
	for (int i = 0; i < MD_ACTORS; i++)
		actor_weight[i] = chance(30) ? 1 : 8;
	favourite = (int)rnd(MD_CPUS);
	static const unsigned int factors[] = {0, 1, 1, 2, 2, 6};

	total_weight = 0;
	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		weights[i] = ops[i].weight * factors[rnd(RTE_DIM(factors))];
		total_weight += weights[i];
	}
}

static void
any_op(int who)
{
	for (int tries = 0; tries < 8 && total_weight > 0; tries++) {
		unsigned int i = 0, pick;

		for (pick = rnd(total_weight); pick >= weights[i]; i++)
			pick -= weights[i];
		if (ops[i].op(who))
			return;
	}
	op_poll(who);
}

static void
go_on(int who)
{
	if (!fiber_runnable(who))
		return;
	say("%d: goes on\n", who);
	fiber_resume(who);
}

void
ops_step(void)
{
	int who = any_actor();

	steps++;
	if (fiber_blocked(who)) {
		go_on(who);
		return;
	}
	be(who);
	any_op(who);
	be(who);
	compare();
}

/*
 * The end of a seed: everything comes home. Every message that was accepted and not dropped is
 * replied exactly once (M20), whoever waits gets on, and nothing is left anywhere.
 */

static bool
waited_for(int port)
{
	for (int who = 0; who < MD_ACTORS; who++)
		if (fiber_blocked(who) && fiber_wait(who)->kind == W_PORT &&
		    fiber_wait(who)->port == port)
			return true;
	return false;
}

static void
settle_actor(int who)
{
	if (fiber_blocked(who)) {
		go_on(who);
		return;
	}
	be(who);
	if (md.holder == who)
		op_serializer(who);
	op_flush(who); /* passive functions too */
	op_poll(who);
	for (int p = 0; p < MD_PORTS; p++)
		while (!waited_for(p) && md.port[p].normal.n + md.port[p].prio.n > 0 && get(who, p))
			continue;
	for (int id = 0; id < MD_MSGS; id++)
		if (active(id))
			reply(who, id);
	if (pick_msg(prepared) != MD_NONE)
		op_start(who);
	compare();
}

static bool
settled(void)
{
	if (fibers_blocked() > 0 || !md_quiet(&md))
		return false;
	for (int i = 0; i < MD_MSGS; i++)
		if (!fresh(i))
			return false;
	return true;
}

/* Somebody waits on a port and nothing comes of itself: send something. */
static void
send_to_waiters(int by)
{
	for (int who = 0; who < MD_ACTORS; who++) {
		int port = fiber_wait(who)->port, id = pick_msg(sendable);
		bool held;

		if (!fiber_blocked(who) || fiber_wait(who)->kind != W_PORT || id == MD_NONE ||
		    fiber_blocked(by) || !may_put(by, port, id))
			continue;
		be(by);
		say("%d: send m%d to p%d, where %d waits\n", by, id, port, who);
		held = hold(by, put_is_serialized(port, id));
		md_prepare(&md, id);
		md_start(&md, by, port, id, false);
		lwkt_sendmsg(real_port[port], &real_msg[id]);
		leave(held);
		compare();
	}
}

void
ops_settle(void)
{
	say("settle\n");
	for (int i = MD_MSGS - SPARE; i < MD_MSGS; i++)
		md.msg[i].reserved = false;
	for (int round = 0; !settled(); round++) {
		if (round == SETTLE_MAX) {
			if (!md_quiet(&md) || !fibers_abandon())
				fail("it does not come to rest: %u calls still wait",
				    fibers_blocked());
			break;
		}
		if (round > 40 && round % 20 == 0)
			send_to_waiters((int)rnd(MD_ACTORS));
		for (int who = 0; who < MD_ACTORS; who++)
			settle_actor(who);
		/* A wait publishes no passive functions: those of who waits for ever stay. */
		for (int who = 0; round == SETTLE_MAX / 2 && who < MD_CPUS; who++) {
			be(who);
			op_flush(who);
		}
	}
	be(0);
	for (int i = 0; i < MD_CPUS; i++)
		if (!ipiq_idle(cpus[i]))
			fail("CPU %d: something is left in transit", i);
	for (int i = 0; i < MD_PORTS; i++)
		if (real_port[i]->mp_move != NULL)
			fail("port %d: a move has not ended", i);
}

void
ops_reset(void)
{
	ncalls = 0;
	make_weights();
	for (int i = 0; i < MD_MSGS; i++) {
		int port;

		do
			port = (int)rnd(MD_PORTS);
		while (!replyable(port));
		md_initmsg(&md, i, port, 0);
		lwkt_initmsg(&real_msg[i], real_port[port], 0);
		md.msg[i].reserved = i >= MD_MSGS - SPARE;
	}
	be(0);
	compare();
}
