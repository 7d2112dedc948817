/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is legal in the model's state: the generator makes no other calls. What is illegal stops the
 * program, which the unit tests see to.
 */
#include "ops.h"

bool
fresh(int id) /* the originator has it: may be initialised */
{
	const struct model_msg *m = &md.msg[id];

	return m->busy == 0 && !m->reserved &&
	       (m->gone || (m->flags & (MSGF_DONE | MSGF_QUEUED)) == MSGF_DONE);
}

bool
sendable(int id)
{
	return fresh(id) && !md.msg[id].gone;
}

bool
active(int id)
{
	const struct model_msg *m = &md.msg[id];

	return !m->gone && m->prepared == MD_NONE &&
	       !(m->flags & (MSGF_DONE | MSGF_REPLY | MSGF_QUEUED | MSGF_INTRANSIT));
}

bool
prepared(int id)
{
	return md.msg[id].prepared != MD_NONE;
}

/* A message that fits, from a random one on; MD_NONE. */
int
pick_msg(bool (*fits)(int id))
{
	int first = (int)rnd(MD_MSGS);

	for (int i = 0; i < MD_MSGS; i++)
		if (fits((first + i) % MD_MSGS))
			return (first + i) % MD_MSGS;
	return MD_NONE;
}

enum model_kind
kind(int port)
{
	return md.port[port].kind;
}

bool
replyable(int port)
{
	return kind(port) != MK_PUTFN;
}

/* Does a put or a reply of this message need the serializer held? */
bool
reply_is_serialized(int msg)
{
	return kind(md.msg[msg].reply) == MK_SERIALIZE;
}

bool
put_is_serialized(int port, int msg)
{
	return kind(port) == MK_SERIALIZE || (kind(port) == MK_PUTFN && reply_is_serialized(msg));
}

bool
may_serialize(int who)
{
	return md.holder == MD_NONE || md.holder == who;
}

/* abort_follow takes the guard of the port that it comes to: not while somebody may hold it. */
bool
may_put(int who, int port, int msg)
{
	if (kind(port) == MK_NULL || kind(port) == MK_REPLYFN)
		return false;
	if (kind(port) == MK_SERIALIZE && md.msg[msg].abort_follows)
		return false;
	return !put_is_serialized(port, msg) || may_serialize(who);
}

bool
owns(int who, int port)
{
	return md.port[port].owner == who && td_of(who) != NULL;
}

bool
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

bool
may_put_oncpu(int who, int port)
{
	if (kind(port) == MK_THREAD)
		return owns(who, port);
	if (kind(port) == MK_SPIN)
		return md.port[port].cpu != MD_NONE && md.port[port].cpu == who;
	return kind(port) == MK_PUTFN;
}

/* Take the serializer for a call that needs it. @return give it back with leave(). */
bool
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

void
leave(bool held)
{
	if (!held)
		return;
	md.holder = MD_NONE;
	lwkt_serialize_exit(&real_serializer);
}

/* Its last target, which abort_follow would look at again. */
bool
was_serialized(int msg)
{
	return md.msg[msg].target != MD_NONE && kind(md.msg[msg].target) == MK_SERIALIZE;
}
