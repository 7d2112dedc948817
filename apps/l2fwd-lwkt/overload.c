/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Overload: packets are lost for want of time or room. By a device that had no descriptor
 * (missed) or no mbuf, or at an output with a limit. Looked at once a second; it has begun when some
 * were lost, and ended when none were for END_S seconds.
 */
#include <inttypes.h>

#include <rte_cycles.h>

#include "l2fwd.h"

#define END_S 3

static uint64_t next_cyc, begun_cyc, last_cyc; /* TSC; begun 0: there is none */
static uint64_t lost_before, lost_at_begin;
static bool known; /* lost_before */

static uint64_t
lost_by_devices(const struct l2fwd *fw)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		uint16_t id = fw->fw_plan.pn_ethdev[i].ed_id;
		struct rte_eth_stats es;

		if (!l2fwd_devices_has_gone(id) && rte_eth_stats_get(id, &es) == 0)
			lost += es.imissed + es.rx_nombuf;
	}
	return lost;
}

static uint64_t
lost_at_outputs(const struct l2fwd *fw)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(fw->fw_pipeline); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(fw->fw_pipeline, i);

		for (unsigned int o = 0; o < st->st_nouts; o++) {
			struct lwkt_edge_stats es;

			lwkt_edge_stats(st, o, &es);
			lost += es.es_full + es.es_oldest;
		}
	}
	return lost;
}

static void
overload_judge(uint64_t now, uint64_t devices, uint64_t outputs)
{
	uint64_t lost = devices + outputs, hz = rte_get_timer_hz();

	if (lost > lost_before && begun_cyc == 0) {
		begun_cyc = now;
		lost_at_begin = lost_before;
		l2fwd_happened(LWKT_EVENT_OVERLOAD_BEGUN,
		    "overload: %" PRIu64 " packets lost within a second (in all: %" PRIu64
		    " by devices, %" PRIu64 " at outputs)",
		    lost - lost_before, devices, outputs);
	}
	if (lost > lost_before)
		last_cyc = now;
	if (begun_cyc != 0 && now - last_cyc >= END_S * hz) {
		l2fwd_happened(LWKT_EVENT_OVERLOAD_ENDED,
		    "overload: over after %.0f s; %" PRIu64 " packets were lost",
		    (double)(last_cyc - begun_cyc) / (double)hz + 1, lost - lost_at_begin);
		begun_cyc = 0;
	}
}

void
l2fwd_overload_look(const struct l2fwd *fw)
{
	uint64_t now = rte_get_timer_cycles(), devices, outputs;

	if (now < next_cyc)
		return;
	next_cyc = now + rte_get_timer_hz();
	devices = lost_by_devices(fw);
	outputs = lost_at_outputs(fw);
	/* A device that comes back, or goes, counts from another number. */
	if (known && devices + outputs >= lost_before)
		overload_judge(now, devices, outputs);
	known = true;
	lost_before = devices + outputs;
}
