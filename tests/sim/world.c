/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The world of a seed: ports and messages in both forms, the application's callbacks, and the
 * comparison.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ipicall_pvt.h"
#include "sim.h"

struct model md;
struct lwkt_msg real_msg[MD_MSGS];
lwkt_port_t real_port[MD_PORTS];
struct lwkt_serialize real_serializer;
struct lwkt_thread *foreign_td;
static struct lwkt_thread *second_td;
bool foreign_attached, crowded;
bool verbose;
uint64_t steps, current_seed;

static struct lwkt_port own_port[MD_PORTS]; /* the vectors as they were made: see real_vectors */
static struct lwkt_port real_vectors[MD_PORTS];
static struct model_log real_log;

void
be(int who)
{
	cpu_impersonate(md_is_cpu(who) ? (unsigned int)who : RTE_MAX_LCORE - 1);
	if (!md_is_cpu(who))
		lwkt_self.se_td = td_of(who);
}

int
who_am_i(void)
{
	if (lwkt_self.se_cpu != NULL)
		return (int)lwkt_self.se_cpuid;
	return lwkt_self.se_td == second_td ? MD_SECOND : MD_FOREIGN;
}

struct lwkt_thread *
td_of(int who)
{
	if (who == MD_NONE)
		return NULL;
	if (who == MD_FOREIGN)
		return foreign_attached ? foreign_td : NULL;
	if (who == MD_SECOND)
		return second_td;
	return lwkt_cpu_thread((unsigned int)who);
}

static int
port_id(const struct lwkt_port *port)
{
	for (int i = 0; i < MD_PORTS; i++)
		if (real_port[i] == port)
			return i;
	return MD_NONE;
}

static int
msg_id(const struct lwkt_msg *msg)
{
	return msg != NULL ? (int)(msg - real_msg) : MD_NONE;
}

static void
event(enum model_what what, int a, int b, int flags)
{
	md_event(&real_log, what, who_am_i(), a, b, flags);
}

/*
 * The application
 */

void
world_receipt(lwkt_msg_t msg, lwkt_port_t port)
{
	lwkt_msg_queue *q = msg->ms_flags & MSGF_PRIORITY ? &port->mp_msgq_prio : &port->mp_msgq;

	if (TAILQ_LAST(q, lwkt_msg_queue) != msg)
		fail("receipt of message %d: it is not linked yet", msg_id(msg));
	event(ME_RECEIPT, msg_id(msg), port_id(port), msg->ms_flags);
}

static int
putfn(lwkt_port_t port, lwkt_msg_t msg)
{
	const struct model_port *p = &md.port[port_id(port)];

	event(ME_PUTFN, msg_id(msg), port_id(port), msg->ms_flags);
	switch (p->put) {
	case MP_INLINE:
		return p->put_arg;
	case MP_BEGIN:
		return lwkt_beginmsg(real_port[p->put_arg], msg);
	default:
		return EASYNC;
	}
}

static void
replyfn(lwkt_port_t port, lwkt_msg_t msg)
{
	event(ME_REPLYFN, msg_id(msg), port_id(port), msg->ms_flags);
}

void
world_call(void *arg)
{
	const struct call_arg *call = arg;

	event(ME_CALL, call->label, call->msg, 0);
	if (call->msg != MD_NONE)
		lwkt_sendmsg(real_port[call->port], &real_msg[call->msg]);
}

void
world_slot(int label, int msg, int port)
{
	event(ME_SLOT, label, msg, 0);
	if (msg != MD_NONE)
		lwkt_sendmsg(real_port[port], &real_msg[msg]);
}

static void
follow_fn(lwkt_msg_t msg, lwkt_port_t port, void *arg)
{
	(void)arg;
	msg->u.ms_lresult = who_am_i() + 1;
	event(ME_FOLLOW, msg_id(msg), port_id(port), msg->ms_flags);
}

/* Runs where the real call does; the model is brought level first, then it goes along. */
void
world_abort(lwkt_msg_t msg)
{
	int who = who_am_i(), id = msg_id(msg), error;
	struct wait *w = fiber_wait(who), outer = *w;
	bool waiting = w->kind == W_MSG || w->kind == W_SYNC;

	event(ME_ABORT, id, 0, msg->ms_flags);
	if (waiting) { /* interrupted: B53 */
		if (!w->interruptible || !md.interrupted[who] || w->msg != id)
			fail("message %d is aborted and was not interrupted", id);
		md.interrupted[who] = false;
		outer.interruptible = false;
		if (w->serialized && md.holder == who)
			md.holder = MD_NONE;
	}
	if (!md_aborts(&md, id))
		fail("message %d is aborted and cannot be", id);
	md_event(&md.log, ME_ABORT, who, id, 0, md.msg[id].flags);
	if (md.msg[id].abort_follows) {
		md.follow[who] = (struct model_follow){.msg = id};
		*w = (struct wait){.kind = W_FOLLOW, .port = MD_NONE, .msg = id};
		md_visit(&md, who, who);
		error = lwkt_abort_follow(msg, follow_fn, NULL);
		while (!md_is_cpu(who) && md.follow[who].done && md.follow[who].error == EAGAIN)
			md_visit(&md, who, who);
		if (!md.follow[who].done || error != md.follow[who].error)
			fail("lwkt_abort_follow() gave %d, not %d", error, md.follow[who].error);
	}
	*w = outer;
	if (w->kind == W_MSG && w->serialized && md.holder == MD_NONE)
		md.holder = who;
}

/* Replaced vectors: record, and do what the original does. */

static int
vec_put(lwkt_port_t port, lwkt_msg_t msg)
{
	event(ME_VECTOR, msg_id(msg), port_id(port), MV_PUT);
	return real_vectors[port_id(port)].mp_putport(port, msg);
}

static void *
vec_get(lwkt_port_t port)
{
	lwkt_msg_t msg = real_vectors[port_id(port)].mp_getport(port);

	event(ME_VECTOR, msg_id(msg), port_id(port), MV_GET);
	return msg;
}

static void
vec_reply(lwkt_port_t port, lwkt_msg_t msg)
{
	event(ME_VECTOR, msg_id(msg), port_id(port), MV_REPLY);
	real_vectors[port_id(port)].mp_replyport(port, msg);
}

static int
vec_waitmsg(lwkt_msg_t msg, int flags)
{
	int port = port_id(msg->ms_reply_port);

	event(ME_VECTOR, msg_id(msg), port, MV_WAITMSG);
	return real_vectors[port].mp_waitmsg(msg, flags);
}

static void *
vec_waitport(lwkt_port_t port, int flags)
{
	event(ME_VECTOR, MD_NONE, port_id(port), MV_WAITPORT);
	return real_vectors[port_id(port)].mp_waitport(port, flags);
}

static int
vec_drop(lwkt_port_t port, lwkt_msg_t msg)
{
	event(ME_VECTOR, msg_id(msg), port_id(port), MV_DROP);
	return real_vectors[port_id(port)].mp_dropmsg(port, msg);
}

static void
replace_vectors(lwkt_port_t port, int vectors)
{
	real_vectors[port_id(port)] = *port;
	if (vectors & MV_PUT)
		port->mp_putport = vec_put;
	if (vectors & MV_GET)
		port->mp_getport = vec_get;
	if (vectors & MV_REPLY)
		port->mp_replyport = vec_reply;
	if (vectors & MV_WAITMSG)
		port->mp_waitmsg = vec_waitmsg;
	if (vectors & MV_WAITPORT)
		port->mp_waitport = vec_waitport;
	if (vectors & MV_DROP)
		port->mp_dropmsg = vec_drop;
}

/*
 * Making it
 */

static int
any_owner(void)
{
	int who = (int)rnd(MD_ACTORS);

	return who == MD_FOREIGN && !foreign_attached ? MD_SECOND : who;
}

static void
make_spin(int id)
{
	struct model_port *p = &md.port[id];
	int maker = (int)rnd(MD_CPUS);
	bool fixed;

	p->owner = chance(60) ? any_owner() : MD_NONE;
	fixed = chance(40) && (p->owner == MD_NONE || md_is_cpu(p->owner));
	p->cpu = !fixed ? MD_NONE : p->owner != MD_NONE ? p->owner : maker; /* S40 */
	be(maker);
	lwkt_initport_spin(real_port[id], td_of(p->owner), fixed);
}

static void
make_putfn(int id)
{
	struct model_port *p = &md.port[id];

	p->put = rnd(3);
	p->put_arg = p->put == MP_BEGIN ? (int)rnd(4) : (int)rnd(3) * 11; /* ports 0..3 queue */
	lwkt_initport_putonly(real_port[id], putfn);
}

static void
make_port(int id, enum model_kind kind)
{
	struct model_port *p = &md.port[id];

	p->kind = kind;
	p->owner = p->cpu = MD_NONE;
	real_port[id] = &own_port[id];
	switch (kind) {
	case MK_THREAD:
		p->owner = (int)rnd(MD_CPUS);
		if (id == 0)
			real_port[id] = lwkt_thread_port(td_of(p->owner));
		lwkt_initport_thread(real_port[id], td_of(p->owner));
		break;
	case MK_SPIN:
		make_spin(id);
		break;
	case MK_SERIALIZE:
		lwkt_initport_serialize(real_port[id], &real_serializer);
		break;
	case MK_NULL:
		lwkt_initport_replyonly_null(real_port[id]);
		break;
	case MK_REPLYFN:
		lwkt_initport_replyonly(real_port[id], replyfn);
		break;
	case MK_PUTFN:
		make_putfn(id);
		break;
	}
	if (chance(25)) {
		p->vectors = (int)rnd(64);
		replace_vectors(real_port[id], p->vectors);
	}
	if (kind <= MK_SERIALIZE && chance(40)) {
		p->quota = rnd(4);
		lwkt_port_set_prio_quota(real_port[id], p->quota);
	}
}

/* As if nobody had called yet; no call is on its way, but results may not have been taken. */
static void
zero_slots(struct call_out *co)
{
	struct call_in *ci = co->co_to;

	if (co->co_out != NULL && co->co_out->io_lazy == LAZY_MARK)
		ipiq_out_empty(co->co_out);
	if (co->co_next == 1)
		return;
	co->co_next = co->co_settled = ci->ci_next = ci->ci_known = 1;
	co->co_kept_first = co->co_kept_end = 0;
	memset(co->co_open, 0, sizeof(co->co_open));
	for (uint64_t i = 0; i <= co->co_mask; i++)
		co->co_slot[i].cl_turn = 0;
}

/* Counters start at zero with each seed: replay must not depend on those before. */
static void
zero_counters(void)
{
	for (int i = 0; i < MD_CPUS; i++) {
		cpus[i]->gd_thread.td_intr = 0;
		for (int j = 0; j < MD_CPUS; j++) {
			struct ipiq_out *out = cpus[i]->gd_out[j];

			zero_slots(cpus[i]->gd_calls[j]);
			if (out == NULL)
				continue;
			out->io_items = out->io_publications = out->io_call_seq = 0;
			out->io_spill_high = out->io_ring_full = 0;
			out->io_to->ii_call_read = out->io_to->ii_call_done = 0;
		}
	}
	foreign_td->td_intr = second_td->td_intr = 0;
}

static void
nothing(uint64_t a[5])
{
	(void)a;
}

/* In this order, so that each CPU looks at the lowest one's calls first. */
void
world_connect(void)
{
	const uint64_t a[5] = {0};

	for (unsigned int from = MD_CPUS; from-- > 0;)
		for (unsigned int to = 0; to < MD_CPUS; to++) {
			be((int)from);
			lwkt_call(to, nothing, a);
			be((int)to);
			lwkt_poll();
		}
}

void
world_start(void)
{
	foreign_attached = false;
	be(MD_FOREIGN);
	if (lwkt_attach("foreign") != 0)
		abort();
	foreign_td = lwkt_curthread();
	lwkt_self.se_td = NULL;
	if (lwkt_attach("second") != 0)
		abort();
	second_td = lwkt_curthread();
}

void
world_make(void)
{
	static const enum model_kind fourth[] = {MK_THREAD, MK_SPIN, MK_SERIALIZE, MK_SPIN};
	static const enum model_kind last[] = {MK_NULL, MK_REPLYFN};

	foreign_attached = chance(70);
	real_log.n = 0;
	memset(real_msg, 0, sizeof(real_msg));
	memset(own_port, 0, sizeof(own_port));
	zero_counters();
	lwkt_serialize_init(&real_serializer);
	crowded = chance(15);
	for (int id = 0; id < 4; id++)
		make_port(id, crowded || (id >= 2 && chance(50)) ? MK_SPIN : MK_THREAD);
	make_port(4, crowded && chance(50) ? MK_SERIALIZE : fourth[rnd(4)]);
	make_port(5, last[rnd(2)]);
	make_port(6, MK_PUTFN);
	make_port(7, rnd(MK_PUTFN + 1));
}

/*
 * Comparing
 */

static void
compare_logs(void)
{
	unsigned int i;

	for (i = 0; i < real_log.n && i < md.log.n; i++) {
		const struct model_event *r = &real_log.ev[i], *m = &md.log.ev[i];

		if (memcmp(r, m, sizeof(*r)) != 0)
			fail("callback %u: what %d, by %d, about %d and %d, flags 0x%x; the model "
			     "has what %d, by %d, about %d and %d, flags 0x%x",
			    i, r->what, r->who, r->a, r->b, (unsigned int)r->flags, m->what, m->who,
			    m->a, m->b, (unsigned int)m->flags);
	}
	if (real_log.n != md.log.n)
		fail("%u callbacks ran, not %u; the first that differs: what %d about %d",
		    real_log.n, md.log.n, (real_log.n > i ? &real_log : &md.log)->ev[i].what,
		    (real_log.n > i ? &real_log : &md.log)->ev[i].a);
	real_log.n = md.log.n = 0;
}

static void
compare_msg(int id)
{
	const struct lwkt_msg *r = &real_msg[id];
	const struct model_msg *m = &md.msg[id];

	if (r->ms_flags != m->flags)
		fail("message %d: flags 0x%x, not 0x%x", id, (unsigned int)r->ms_flags,
		    (unsigned int)m->flags);
	if (r->ms_error != m->error)
		fail("message %d: error %d, not %d", id, r->ms_error, m->error);
	if (port_id(r->ms_target_port) != m->target || port_id(r->ms_reply_port) != m->reply)
		fail("message %d: target and reply port %d %d, not %d %d", id,
		    port_id(r->ms_target_port), port_id(r->ms_reply_port), m->target, m->reply);
	if (r->u.ms_lresult != m->result)
		fail("message %d: result %ld, not %ld", id, r->u.ms_lresult, m->result);
	if (lwkt_checkmsg(&real_msg[id]) != (m->flags & MSGF_DONE))
		fail("message %d: lwkt_checkmsg()", id);
}

static void
compare_queue(int id, const lwkt_msg_queue *q, const struct model_fifo *want, const char *name)
{
	const struct lwkt_msg *msg;
	unsigned int n = 0;

	TAILQ_FOREACH (msg, q, ms_node) {
		if (n >= want->n || msg_id(msg) != want->v[n])
			fail("port %d, %s queue: message %d at place %u, not %d", id, name,
			    msg_id(msg), n, n < want->n ? want->v[n] : MD_NONE);
		n++;
	}
	if (n != want->n)
		fail("port %d, %s queue: %u messages, not %u", id, name, n, want->n);
}

static void
compare_port(int id)
{
	const struct lwkt_port *r = real_port[id];
	const struct model_port *p = &md.port[id];
	unsigned int cpu = LWKT_CPU_NONE;

	if (p->kind > MK_SERIALIZE)
		return;
	compare_queue(id, &r->mp_msgq, &p->normal, "normal");
	compare_queue(id, &r->mp_msgq_prio, &p->prio, "priority");
	if (p->kind == MK_THREAD)
		cpu = (unsigned int)p->owner;
	else if (p->cpu != MD_NONE)
		cpu = (unsigned int)p->cpu;
	if (r->mpu_td != td_of(p->owner) || r->mp_cpuid != cpu)
		fail("port %d: owner or CPU", id);
}

static void
compare_pair(int from, int to)
{
	const struct model_pair *m = &md.pair[from][to];
	struct lwkt_transit_stats st;

	if (lwkt_transit_stats((unsigned int)from, (unsigned int)to, &st) != 0)
		fail("no statistics of %d to %d", from, to);
	if (st.ts_items != m->items || st.ts_calls != m->calls_sent ||
	    st.ts_publications != m->publications || st.ts_avoided != m->items - m->publications ||
	    st.ts_ring_full != m->ring_full || st.ts_spill_depth != m->spill.n ||
	    st.ts_spill_high != m->spill_high)
		fail(
		    "transit %d to %d: items %lu, calls %lu, publications %lu, ring full %lu, spilled "
		    "%lu (high %lu); not %lu, %lu, %lu, %lu, %u (%lu)",
		    from, to, st.ts_items, st.ts_calls, st.ts_publications, st.ts_ring_full,
		    st.ts_spill_depth, st.ts_spill_high, m->items, m->calls_sent, m->publications,
		    m->ring_full, m->spill.n, m->spill_high);
}

void
compare(void)
{
	int who = who_am_i();
	const void *holder = md.holder == MD_NONE       ? NULL
	                     : td_of(md.holder) != NULL ? (const void *)td_of(md.holder)
	                                                : (const void *)&lwkt_self;

	if (md.broken != NULL)
		fail("the model contradicts itself: %s", md.broken);
	compare_logs();
	for (int i = 0; i < MD_MSGS; i++)
		compare_msg(i);
	for (int i = 0; i < MD_PORTS; i++)
		compare_port(i);
	if (real_serializer.sl_owner != holder)
		fail("the serializer's holder is not %d", md.holder);
	if (md_is_cpu(who))
		for (int to = 0; to < MD_CPUS; to++)
			if (to != who)
				compare_pair(who, to);
}
