/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that do not wait.
 */
#include "ops.h"

#define BURST_MAX 5

bool
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
		lwkt_initmsg_abortable(&real_msg[id], real_port[reply], flags, count_abort);
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

bool
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

bool
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

bool
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

bool
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

bool
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

bool
reply_to(int who, int id)
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

bool
op_reply(int who)
{
	return reply_to(who, pick_msg(active));
}

bool
get_from(int who, int port)
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

bool
op_get(int who)
{
	int first = (int)rnd(MD_PORTS);

	for (int i = 0; i < MD_PORTS; i++) {
		const struct model_port *p = &md.port[(first + i) % MD_PORTS];

		if (p->normal.n + p->prio.n > 0 && get_from(who, (first + i) % MD_PORTS))
			return true;
	}
	return get_from(who, first);
}

bool
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

bool
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

bool
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

bool
op_get_burst(int who)
{
	unsigned int n = rnd(BURST_MAX + 1), got, want;
	int port = (int)rnd(MD_PORTS), ids[BURST_MAX];
	lwkt_msg_t msgs[BURST_MAX];
	bool held;

	if (!may_get(who, port))
		return false;
	held = hold(who, kind(port) == MK_SERIALIZE);
	want = md_getport_burst(&md, who, port, ids, n);
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

bool
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

bool
op_poll(int who)
{
	unsigned int want = md_poll(&md, who), got;

	say("%d: poll: %u\n", who, want);
	got = lwkt_poll();
	if (got != want)
		fail("lwkt_poll() handled %u items, not %u", got, want);
	return true;
}

bool
op_flush(int who)
{
	say("%d: flush\n", who);
	md_flush(&md, who);
	lwkt_flush();
	return true;
}

bool
op_setowner(int who)
{
	int port = (int)rnd(MD_PORTS), to = (int)rnd(MD_ACTORS), want, got;

	if (!md_is_cpu(who) || (md.port[port].owner != MD_NONE && !owns(who, port)))
		return false;
	want = md_setowner(&md, who, port, to);
	say("%d: setowner p%d to %d: %d\n", who, port, to, want);
	got = lwkt_port_setowner(real_port[port], td_of(to));
	if (got != want)
		fail("lwkt_port_setowner() gave %d, not %d", got, want);
	return true;
}

bool
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
bool
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
