/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model of messages and ports.
 */
#include <errno.h>
#include <string.h>

#include "lwkt_msgport.h"
#include "model_pvt.h"

void
md_reset(struct model *md, const struct lwkt_config *cfg)
{
	md->ring_size = cfg->cf_ring_size;
	md->flush_count = cfg->cf_flush_count;
	memset(md->batch, 0, sizeof(md->batch));
	md->holder = MD_NONE;
	md->clock = 0;
	md->log.n = 0;
	md->broken = NULL;
	memset(md->msg, 0, sizeof(md->msg));
	memset(md->port, 0, sizeof(md->port));
	memset(md->interrupted, 0, sizeof(md->interrupted));
	for (int i = 0; i < MD_MSGS; i++)
		md->msg[i].target = md->msg[i].reply = md->msg[i].prepared = MD_NONE;
	for (int i = 0; i < MD_CPUS; i++) {
		md->inbox[i].n = 0;
		for (int j = 0; j < MD_CPUS; j++) {
			struct model_pair *pr = &md->pair[i][j];

			pr->gathered.n = pr->spill.n = pr->ring.n = 0;
			pr->lazy = pr->mark = false;
			pr->handled = pr->slots_asked = pr->slots_run = 0;
			memset(pr->open, 0, sizeof(pr->open));
			pr->calls_sent = pr->calls_done = 0;
			pr->items = pr->publications = pr->ring_full = pr->spill_high = 0;
		}
	}
}

void
md_event(struct model_log *log, enum model_what what, int who, int a, int b, int flags)
{
	if (log->n < MD_EVENTS)
		log->ev[log->n++] = (struct model_event){what, who, a, b, flags};
}

static void
vector(struct model *md, int who, int port, int msg, int which)
{
	if (md->port[port].vectors & which)
		md_event(&md->log, ME_VECTOR, who, msg, port, which);
}

/*
 * Queues
 */

static void
push(struct model_fifo *q, int msg)
{
	q->v[q->n++] = msg;
}

static void
cut(struct model_fifo *q, int msg)
{
	unsigned int i = 0;

	while (i < q->n && q->v[i] != msg)
		i++;
	for (; i + 1 < q->n; i++)
		q->v[i] = q->v[i + 1];
	q->n--;
}

static struct model_fifo *
queue_of(struct model_port *p, const struct model_msg *m)
{
	return m->flags & MSGF_PRIORITY ? &p->prio : &p->normal;
}

/* Everything of one sender arrives in the order sent (T34a), whatever way it took. */
static void
in_order(struct model *md, int port, const struct model_msg *m)
{
	if (m->stamp <= md->port[port].seen[m->sender])
		md->broken = "order of one sender";
	md->port[port].seen[m->sender] = m->stamp;
}

/* A request (T30), with its receipt (R59 - R61). */
static void
link_request(struct model *md, int who, int port, int msg)
{
	struct model_msg *m = &md->msg[msg];

	in_order(md, port, m);
	push(queue_of(&md->port[port], m), msg);
	m->flags = (m->flags & ~MSGF_INTRANSIT) | MSGF_QUEUED;
	if (m->flags & MSGF_RECEIPT) {
		m->flags &= ~MSGF_RECEIPT;
		md_event(&md->log, ME_RECEIPT, who, msg, port, m->flags);
	}
}

/* Done, and back with the originator; an armed receipt is disarmed (R63). */
static void
finish(struct model_msg *m)
{
	m->flags &= ~(MSGF_INTRANSIT | MSGF_RECEIPT | MSGF_WAITING);
	m->flags |= MSGF_DONE | MSGF_REPLY;
}

static void
link_reply(struct model *md, int who, int port, int msg)
{
	struct model_msg *m = &md->msg[msg];

	in_order(md, port, m);
	push(queue_of(&md->port[port], m), msg);
	if (m->flags & MSGF_RECEIPT) { /* R63; not done before it has run (M16) */
		m->flags &= ~(MSGF_INTRANSIT | MSGF_RECEIPT | MSGF_WAITING);
		m->flags |= MSGF_REPLY | MSGF_QUEUED;
		md_event(&md->log, ME_RECEIPT, who, msg, port, m->flags);
	}
	finish(m);
	m->flags |= MSGF_QUEUED;
}

/* P21: priority first, but after a quota of them in a row a normal one. */
static int
take(struct model *md, int port)
{
	struct model_port *p = &md->port[port];
	bool prio = p->prio.n > 0 && (p->normal.n == 0 || p->quota == 0 || p->run < p->quota);
	struct model_fifo *q = prio ? &p->prio : &p->normal;
	int msg;

	p->run = prio ? p->run + 1 : 0;
	if (q->n == 0)
		return MD_NONE;
	msg = q->v[0];
	cut(q, msg);
	md->msg[msg].flags &= ~MSGF_QUEUED;
	return msg;
}

int
md_getport(struct model *md, int who, int port)
{
	int msg = take(md, port);

	if (msg == MD_NONE && md->port[port].kind == MK_THREAD) {
		md_link(md, who);
		msg = take(md, port);
	}
	vector(md, who, port, msg, MV_GET);
	return msg;
}

/*
 * A burst get on an empty thread port takes the plain messages for it that stand first in transit,
 * as they arrive. With the get vector replaced it is a sequence of single calls (P28).
 */
static unsigned int
take_arriving(struct model *md, int who, int port, int *msgs, unsigned int n)
{
	struct model_items *ahead = md_look(md, who);
	unsigned int i;

	md->port[port].run = 0;
	if (ahead == NULL || md->port[port].mv.on)
		return 0;
	for (i = 0; i < n && i < ahead->n && ahead->v[i].kind == MI_MSG; i++) {
		struct model_msg *m = &md->msg[ahead->v[i].a];

		if ((m->flags & (MSGF_PRIORITY | MSGF_RECEIPT)) != 0 ||
		    (m->flags & (MSGF_REPLY | MSGF_SYNC)) == (MSGF_REPLY | MSGF_SYNC) ||
		    (m->flags & MSGF_REPLY ? m->reply : m->target) != port)
			break;
		in_order(md, port, m);
		if (m->flags & MSGF_REPLY)
			finish(m);
		m->flags &= ~MSGF_INTRANSIT;
		msgs[i] = ahead->v[i].a;
	}
	md_took(md, who, i, i < n && i < ahead->n && ahead->v[i].kind == MI_MSG);
	return i;
}

unsigned int
md_getport_burst(struct model *md, int who, int port, int *msgs, unsigned int n)
{
	struct model_port *p = &md->port[port];
	unsigned int i = 0;

	if (p->kind == MK_THREAD && !(p->vectors & MV_GET)) {
		bool no_priority = p->prio.n == 0;

		if (n > 0 && p->normal.n + p->prio.n == 0)
			return take_arriving(md, who, port, msgs, n);
		while (i < n && (msgs[i] = take(md, port)) != MD_NONE)
			i++;
		if (no_priority && i > 1 && md_is_cpu(who))
			md->batch[who].pulled = true;
		return i;
	}
	while (i < n && (msgs[i] = md_getport(md, who, port)) != MD_NONE)
		i++;
	return i;
}

/* What a wait that has ended takes: not through the port's get vector. */
int
md_waited(struct model *md, int port)
{
	return take(md, port);
}

/* P27. */
void
md_unlink(struct model *md, int msg)
{
	struct model_msg *m = &md->msg[msg];

	if (!(m->flags & MSGF_QUEUED))
		return;
	cut(queue_of(&md->port[m->reply], m), msg);
	m->flags &= ~MSGF_QUEUED;
}

/*
 * Putting and replying
 */

static int
cpu_of(const struct model_port *p)
{
	return p->kind == MK_THREAD ? p->owner : MD_NONE;
}

/* On the owner's CPU: link, or hold it back for those that went by the former owner. */
static void
land(struct model *md, int who, int from, int port, int msg)
{
	struct model_port *p = &md->port[port];
	struct model_msg *m = &md->msg[msg];

	if (p->mv.on && p->mv.waits[from]) {
		m->flags |= MSGF_INTRANSIT;
		push(&p->mv.held[from], msg);
	} else if (m->flags & MSGF_REPLY) {
		link_reply(md, who, port, msg);
	} else {
		link_request(md, who, port, msg);
	}
}

static void
stamp(struct model *md, int who, int msg)
{
	md->msg[msg].sender = who;
	md->msg[msg].stamp = ++md->clock;
}

static int put(struct model *md, int who, int port, int msg);

/* M102: a thread that is no CPU says beforehand that somebody may sleep. */
int
md_begin(struct model *md, int who, int port, int msg)
{
	struct model_msg *m = &md->msg[msg];

	if ((m->flags & MSGF_SYNC) && !md_is_cpu(who))
		m->flags |= MSGF_WAITING;
	return put(md, who, port, msg);
}

/* X45: the application's function. */
static int
run_putfn(struct model *md, int who, int port, int msg)
{
	const struct model_port *p = &md->port[port];

	md_event(&md->log, ME_PUTFN, who, msg, port, md->msg[msg].flags);
	switch (p->put) {
	case MP_INLINE:
		return p->put_arg;
	case MP_BEGIN:
		return md_begin(md, who, p->put_arg, msg);
	default:
		return EASYNC;
	}
}

static int
put_untraced(struct model *md, int who, int port, int msg)
{
	struct model_port *p = &md->port[port];
	struct model_msg *m = &md->msg[msg];

	if (p->kind == MK_PUTFN)
		return run_putfn(md, who, port, msg);
	stamp(md, who, msg);
	m->target = port;
	if (p->kind != MK_THREAD) {
		link_request(md, who, port, msg);
	} else if (p->owner == who) {
		land(md, who, who, port, msg);
	} else {
		m->flags |= MSGF_INTRANSIT;
		md_transit(md, who, p->owner, (struct model_item){MI_MSG, msg, 0, 0});
	}
	return EASYNC;
}

static int
put(struct model *md, int who, int port, int msg)
{
	vector(md, who, port, msg, MV_PUT);
	return put_untraced(md, who, port, msg);
}

void
md_reply(struct model *md, int who, int msg, int error)
{
	struct model_msg *m = &md->msg[msg];
	struct model_port *p = &md->port[m->reply];

	vector(md, who, m->reply, msg, MV_REPLY);
	m->error = error;
	stamp(md, who, msg);
	if (p->kind == MK_REPLYFN) {
		m->flags &= ~MSGF_RECEIPT;
		md_event(&md->log, ME_REPLYFN, who, msg, m->reply, m->flags);
		m->gone = true;
	} else if (p->kind == MK_THREAD && p->owner != who) {
		m->flags |= MSGF_REPLY | MSGF_INTRANSIT;
		md_transit(md, who, p->owner, (struct model_item){MI_MSG, msg, 0, 0});
	} else if (p->kind == MK_NULL || (m->flags & MSGF_SYNC)) {
		finish(m);
	} else if (p->kind == MK_THREAD) {
		m->flags |= MSGF_REPLY;
		land(md, who, who, m->reply, msg);
	} else {
		link_reply(md, who, m->reply, msg);
	}
}

/* T31: the owner is looked at again; T33: who waits for a SYNC message looks at it itself. */
void
md_arrive(struct model *md, int who, int from, int msg)
{
	struct model_msg *m = &md->msg[msg];
	int port = m->flags & MSGF_REPLY ? m->reply : m->target;

	if (md->port[port].owner != who)
		md_transit(md, who, md->port[port].owner, (struct model_item){MI_MSG, msg, 0, 0});
	else if ((m->flags & MSGF_REPLY) && (m->flags & MSGF_SYNC))
		finish(m);
	else
		land(md, who, from, port, msg);
}

/*
 * The calls
 */

void
md_initmsg(struct model *md, int msg, int reply, int flags)
{
	struct model_msg *m = &md->msg[msg];

	m->flags = MSGF_DONE | flags;
	m->reply = reply;
	m->gone = false;
	m->abort_follows = 0;
}

void
md_prepare(struct model *md, int msg)
{
	md->msg[msg].flags &= ~(MSGF_REPLY | MSGF_SYNC | MSGF_DONE);
}

/* R63: it was on no queue, and the receipt is over. */
static void
reply_inline(struct model *md, int who, int msg, int error)
{
	md->msg[msg].flags &= ~MSGF_RECEIPT;
	md_reply(md, who, msg, error);
}

void
md_start(struct model *md, int who, int port, int msg, bool oncpu)
{
	int error = oncpu ? put_untraced(md, who, port, msg) : put(md, who, port, msg);

	if (error != EASYNC)
		reply_inline(md, who, msg, error);
}

/* M8, M12. A thread that is no CPU says beforehand that it may sleep. */
int
md_do(struct model *md, int who, int port, int msg)
{
	struct model_msg *m = &md->msg[msg];
	int error;

	m->flags &= ~(MSGF_REPLY | MSGF_DONE);
	m->flags |= md_is_cpu(who) ? MSGF_SYNC : MSGF_SYNC | MSGF_WAITING;
	error = put(md, who, port, msg);
	if (error == EASYNC) {
		vector(md, who, m->reply, msg, MV_WAITMSG);
		return EASYNC;
	}
	m->error = error;
	finish(m);
	return error;
}

int
md_forward(struct model *md, int who, int port, int msg)
{
	int error = put(md, who, port, msg);

	if (error != EASYNC)
		reply_inline(md, who, msg, error);
	return error;
}

/* D55, D57, D58. */
int
md_drop(struct model *md, int who, int msg)
{
	struct model_msg *m = &md->msg[msg];

	if (m->target == MD_NONE)
		return ENOENT;
	vector(md, who, m->target, msg, MV_DROP);
	if (md->port[m->target].kind == MK_THREAD)
		md_link(md, who);
	if (!(m->flags & MSGF_QUEUED) || (m->flags & MSGF_REPLY))
		return ENOENT;
	cut(queue_of(&md->port[m->target], m), msg);
	m->flags = (m->flags & ~MSGF_QUEUED) | MSGF_DONE;
	return 0;
}

/* B48. */
bool
md_aborts(const struct model *md, int msg)
{
	int flags = md->msg[msg].flags;

	return (flags & MSGF_ABORTABLE) && !(flags & (MSGF_DONE | MSGF_REPLY));
}

/*
 * Bursts equal single calls (P29), but what goes to another CPU goes together (I70).
 */

static bool
goes_together(const struct model_port *p, int who, int which)
{
	return p->kind == MK_THREAD && p->owner != who && !(p->vectors & which);
}

void
md_forward_burst(struct model *md, int who, int port, const int *msgs, unsigned int n)
{
	bool together = goes_together(&md->port[port], who, MV_PUT);

	for (unsigned int i = 0; i < n; i++) {
		if (!together) {
			md_forward(md, who, port, msgs[i]);
			continue;
		}
		stamp(md, who, msgs[i]);
		md->msg[msgs[i]].target = port;
		md->msg[msgs[i]].flags |= MSGF_INTRANSIT;
	}
	if (together)
		md_transit_burst(md, who, md->port[port].owner, msgs, n);
}

void
md_send_burst(struct model *md, int who, int port, const int *msgs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		md_prepare(md, msgs[i]);
	md_forward_burst(md, who, port, msgs, n);
}

/*
 * Replies to one port go together, and with them those behind that go to other thread ports of the
 * same CPU: calls of many threads.
 */
static bool
joins(const struct model *md, int who, int first, int msg)
{
	const struct model_port *p = &md->port[md->msg[first].reply];
	int reply = md->msg[msg].reply;

	return reply == md->msg[first].reply ||
	       (md_is_cpu(who) && goes_together(&md->port[reply], who, MV_REPLY) &&
	           md->port[reply].owner == p->owner);
}

void
md_reply_burst(struct model *md, int who, const int *msgs, unsigned int n, int error)
{
	unsigned int first, i, k;

	for (first = 0; first < n; first = i) {
		int port = md->msg[msgs[first]].reply;
		bool together = goes_together(&md->port[port], who, MV_REPLY);

		if (!together) {
			i = first + 1;
			md_reply(md, who, msgs[first], error);
			continue;
		}
		for (i = first; i < n && joins(md, who, msgs[first], msgs[i]); i++)
			continue;
		for (k = first; k < i; k++) {
			stamp(md, who, msgs[k]);
			md->msg[msgs[k]].error = error;
			md->msg[msgs[k]].flags |= MSGF_REPLY | MSGF_INTRANSIT;
		}
		md_transit_burst(md, who, md->port[port].owner, msgs + first, i - first);
	}
}

/*
 * A new owner (T31, T34a). A token goes from the old owner to each sender, back, and on to the new
 * one; what a sender sends directly waits for its token.
 */

static void
send_token(struct model *md, int who, int to, int port, int source)
{
	md_transit(md, who, to, (struct model_item){MI_TOKEN, port, source, 0});
}

int
md_setowner(struct model *md, int who, int port, int to)
{
	struct model_port *p = &md->port[port];
	struct model_move *mv = &p->mv;

	if (p->kind != MK_THREAD || !md_is_cpu(to))
		return -EINVAL;
	if (mv->on)
		return -EBUSY;
	if (to == who)
		return 0;
	*mv = (struct model_move){.on = true, .from = who, .to = to};
	p->owner = to;
	for (int i = 0; i < MD_SOURCES; i++) {
		mv->waits[i] = i != who;
		mv->tokens += i != who;
	}
	md_inbox(md, who);
	mv->next[MD_FOREIGN] = 2; /* the old owner speaks for all threads that are no CPU */
	send_token(md, who, to, port, MD_FOREIGN);
	for (int i = 0; i < MD_CPUS; i++)
		if (i != who && i != to)
			send_token(md, who, i, port, i);
	send_token(md, who, to, port, to);
	return 0;
}

void
md_token(struct model *md, int who, int port, int source)
{
	struct model_move *mv = &md->port[port].mv;

	if (mv->next[source]++ < 2) {
		send_token(md, who, mv->next[source] == 1 ? mv->from : mv->to, port, source);
		return;
	}
	mv->waits[source] = false;
	for (unsigned int i = 0; i < mv->held[source].n; i++)
		land(md, who, source, port, mv->held[source].v[i]);
	mv->on = --mv->tokens > 0;
}

/*
 * Following a message (B51): to the CPU of the port it was put to last, until it is there.
 */
#define LINK_AHEAD 64 /* polls after which it is sought again where it may have come to */

void
md_visit(struct model *md, int who, int follower)
{
	struct model_follow *fo = &md->follow[follower];
	struct model_msg *m = &md->msg[fo->msg];
	const struct model_port *p = m->target != MD_NONE ? &md->port[m->target] : NULL;
	int cpu = p != NULL ? cpu_of(p) : MD_NONE;

	fo->done = true;
	if (m->flags & (MSGF_DONE | MSGF_REPLY)) {
		fo->error = ENOENT;
	} else if (cpu == MD_NONE && !(m->flags & MSGF_QUEUED)) {
		fo->error = EBUSY;
	} else if (cpu != MD_NONE && cpu != who) {
		fo->done = false;
		if (md_is_cpu(who))
			md->batch[who].link = LINK_AHEAD;
		md_transit(md, who, cpu, (struct model_item){MI_FOLLOW, follower, 0, 0});
	} else if (m->flags & MSGF_INTRANSIT) {
		fo->error = EAGAIN;
		if (md_is_cpu(who))
			md->batch[who].link = LINK_AHEAD;
	} else {
		fo->error = 0;
		m->result = who + 1;
		md_event(&md->log, ME_FOLLOW, who, fo->msg, m->target, m->flags);
	}
}
