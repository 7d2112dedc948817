/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages that take the way of a flow's packets (lwkt_netisr.h, contract K120):
 *
 *      any thread ── a flow's port ── the distributor's port ── its output ── the worker's port
 *
 * They queue among the packets all the way, so they keep their place when the flow moves. What the
 * pipeline needs of their flags on the way is kept in ms_error, which nobody reads before the reply.
 */
#include <errno.h>

#include <rte_malloc.h>

#include <lwkt_log.h>
#include <lwkt_pktburst.h>
#include <lwkt_pktmsg.h>

#include "lwkt_netisr.h"
#include "wire_pvt.h"

#define FLOW_FLAGS  ((int)(STAGE_MSG_FLAGS & ~MSGF_DROPABLE)) /* kept */
#define FLOW_NUMBER (LWKT_STAGE_FLOWS - 1)                    /* beside them */

static_assert((FLOW_FLAGS & FLOW_NUMBER) == 0, "both are in ms_error");

/* Constant once it is made. */
struct flows {
	struct lwkt_stage *fl_stage; /* the distributor */
	struct lwkt_port fl_port[LWKT_STAGE_FLOWS];
};

/* The caller's own context would wait for what it has to serve itself. */
static void
flow_require(const struct lwkt_stage *st, const struct lwkt_msg *msg, int flags)
{
	const struct lwkt_thread *td = lwkt_self.se_td;

	if ((flags & MSGF_SYNC) && lwkt_self.se_cpu != NULL && td->td_kind == LWKT_THREAD_CPU &&
	    pipeline_loop(st->st_pipeline, lwkt_self.se_cpuid) != NULL)
		lwkt_panic("lwkt_domsg: CPU %u would wait for message %p to a flow of pipeline %s, "
		           "whose loop it runs; send it, or let a thread call",
		    lwkt_self.se_cpuid, (const void *)msg, st->st_pipeline->pl_name);
}

static int
flow_putport(lwkt_port_t port, lwkt_msg_t msg)
{
	const struct flows *fl = port->mpu_data;
	struct lwkt_stage *st = fl->fl_stage;
	int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);

	flow_require(st, msg, flags);
	__atomic_fetch_add(&st->st_pipeline->pl_fences, 1, __ATOMIC_RELAXED);
	msg->ms_error = (flags & FLOW_FLAGS) | (int)(port - fl->fl_port);
	__atomic_store_n(&msg->ms_flags, (flags & ~FLOW_FLAGS) | STAGE_MSG_FLOW, __ATOMIC_RELAXED);
	lwkt_forwardmsg(&st->st_port, msg);
	return EASYNC;
}

/* It has come where it should: it is as it was sent. */
static struct lwkt_netmsg *
flow_end(struct lwkt_pipeline *pl, lwkt_msg_t msg)
{
	int flags = __atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED);

	flags = (flags & ~FLOW_FLAGS) | (msg->ms_error & FLOW_FLAGS);
	msg->ms_error = 0;
	__atomic_store_n(&msg->ms_flags, flags, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&pl->pl_fences, 1, __ATOMIC_RELAXED);
	return (struct lwkt_netmsg *)(void *)msg;
}

static void
flow_run(struct lwkt_pipeline *pl, lwkt_msg_t msg)
{
	struct lwkt_netmsg *nm = flow_end(pl, msg);

	nm->nm_dispatch(nm);
}

void
lwkt_stage_pass(struct lwkt_stage *st, unsigned int output, lwkt_msg_t msg)
{
	struct lwkt_wire *wi = st->st_out[output].ed_wire;

	if (wi != NULL)
		wire_pass(wi, msg, STAGE_MSG_FLOW);
	else
		flow_run(st->st_pipeline, msg);
}

void
lwkt_stage_cancel(struct lwkt_stage *st, lwkt_msg_t msg)
{
	lwkt_replymsg(&flow_end(st->st_pipeline, msg)->nm_lmsg, ECANCELED);
}

void
flow_arrived(struct lwkt_stage *st, lwkt_msg_t msg)
{
	if (__atomic_load_n(&msg->ms_flags, __ATOMIC_RELAXED) & STAGE_WIRE_MASK)
		flow_run(st->st_pipeline, msg);
	else
		st->st_kind->sk_flow(st, (uint32_t)(msg->ms_error & FLOW_NUMBER), msg);
}

int
flows_make(struct lwkt_pipeline *pl)
{
	struct flows *fl;
	unsigned int i = 0;

	while (i < pl->pl_nstages && pl->pl_stages[i]->st_kind->sk_flow == NULL)
		i++;
	if (i == pl->pl_nstages)
		return 0;
	fl = rte_zmalloc("lwkt", sizeof(*fl), RTE_CACHE_LINE_SIZE);
	if (fl == NULL)
		return pipeline_no_memory(pl, "the ports of its flows");
	fl->fl_stage = pl->pl_stages[i];
	for (i = 0; i < LWKT_STAGE_FLOWS; i++) {
		lwkt_initport_putonly(&fl->fl_port[i], flow_putport);
		fl->fl_port[i].mpu_data = fl;
	}
	pl->pl_flows = fl;
	return 0;
}

lwkt_port_t
lwkt_netisr_hashport(struct lwkt_pipeline *pl, uint32_t hash)
{
	return pl->pl_flows != NULL ? &pl->pl_flows->fl_port[hash % LWKT_STAGE_FLOWS] : NULL;
}

int
lwkt_netisr_queue(struct lwkt_pipeline *pl, struct rte_mbuf *m)
{
	if (pl->pl_flows == NULL)
		return -ENOENT;
	if (lwkt_pktmbuf_pool_check(m->pool) < 0)
		return -EINVAL;
	lwkt_send_packets(&pl->pl_flows->fl_stage->st_port, &m, 1, 0);
	return 0;
}
