/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of one CPU. A round:
 *
 *      ┌▶ ports: a burst for each stage that other CPUs feed
 *      │  sources: a burst from each device queue
 *      │  publish what this CPU has gathered; if there was nothing to do, and now and then
 *      │  anyway: all of transit, and at most one control request
 *      └─ nothing happened: pause or yield
 */
#include <sched.h>

#include <rte_pause.h>

#include <lwkt_cpu.h>
#include <lwkt_pktmsg.h>

#include "stage_pvt.h"

#define POLL_EVERY 8 /* rounds with work between two polls */

static inline unsigned int
serve_port(struct lwkt_stage *st)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int i, n;

	n = lwkt_getport_burst(&st->st_port, msgs, LWKT_STAGE_BURST);
	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		pkts[i] = lwkt_msg_mbuf(msgs[i]);
	stage_handle(st, pkts, n);
	return n;
}

static __rte_cold unsigned int
purge_port(struct lwkt_stage *st)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST];
	unsigned int n;

	n = lwkt_getport_burst(&st->st_port, msgs, LWKT_STAGE_BURST);
	lwkt_replymsg_burst(msgs, n, ECANCELED);
	lwkt_stage_count(&st->st_stats.ss_purged, n);
	return n;
}

/* Take a new mode. The reply says that it holds: no source of this CPU polls any more, say. */
static __rte_cold unsigned int
control(struct lwkt_loop *lo, lwkt_msg_t msg)
{
	lo->lo_mode = ((struct loop_ctl *)(void *)msg)->lc_mode;
	lwkt_replymsg(msg, 0);
	return 1;
}

/*
 * Ports come before transit: a port that is empty takes what has arrived for it by itself, in
 * bursts that fit the cache, while a poll brings in everything.
 */
static inline unsigned int
round_once(struct lwkt_loop *lo)
{
	unsigned int i, work = 0;
	lwkt_msg_t msg;

	for (i = 0; i < lo->lo_nfed; i++)
		work += likely(lo->lo_mode < LOOP_PURGE) ? serve_port(lo->lo_fed[i])
		                                         : purge_port(lo->lo_fed[i]);
	if (likely(lo->lo_mode == LOOP_RUN))
		for (i = 0; i < lo->lo_nsources; i++)
			work += lo->lo_sources[i]->st_kind->sk_poll(lo->lo_sources[i]);
	if (work > 0 && ++lo->lo_rounds % POLL_EVERY != 0) {
		lwkt_flush();
		return work;
	}
	work += lwkt_poll();
	msg = lwkt_getport(&lo->lo_port);
	if (unlikely(msg != NULL))
		work += control(lo, msg);
	return work;
}

int
loop_main(void *arg)
{
	struct lwkt_loop *lo = arg;

	while (lo->lo_mode != LOOP_STOP) {
		if (round_once(lo) > 0)
			continue;
		if (lo->lo_idle == LWKT_IDLE_YIELD)
			sched_yield();
		else
			rte_pause();
	}
	lwkt_flush();
	__atomic_store_n(&lo->lo_ended, true, __ATOMIC_RELEASE); /* E4 */
	return 0;
}

void
loop_switch(struct lwkt_loop *lo, enum loop_mode mode)
{
	struct loop_ctl ctl = {.lc_mode = mode};

	lwkt_initmsg(&ctl.lc_msg, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_domsg(&lo->lo_port, &ctl.lc_msg, 0);
}
