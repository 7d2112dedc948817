/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter: a single rate three colour marker (RFC 2697), and what becomes of each colour.
 */
#include <errno.h>
#include <inttypes.h>

#include <rte_branch_prediction.h>
#include <rte_meter.h>

#include <lwkt_clock.h>
#include <lwkt_log.h>

#include "stages_pvt.h"

enum { DROP_YELLOW, DROP_RED };

/* Where a packet goes: an output, or a drop reason beyond both. */
#define NOT_AN_OUTPUT 2

struct meter_state {
	struct lwkt_meter_stats me_stats; /* first */
	struct rte_meter_srtcm_profile me_profile;
	struct rte_meter_srtcm me_meter;
	unsigned int me_where[RTE_COLORS];
};

#define FRAME 1514 /* the longest without tags and checksum */

static int
meter_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_meter_conf *mc = conf;
	bool yellow = mc != NULL && mc->mc_yellow == LWKT_METER_DIVERT;
	bool diverts = yellow || (mc != NULL && mc->mc_red == LWKT_METER_DIVERT);

	if (mc == NULL || mc->mc_cir == 0)
		snprintf(why, bytes, "cir: it is 0; write bytes a second");
	else if (mc->mc_cbs == 0 && mc->mc_ebs == 0)
		snprintf(why, bytes, "cbs: it is 0, and ebs too; write bytes of a burst");
	else if (diverts && view->sv_nouts < 2)
		snprintf(why, bytes, "%s: divert is to output 1, it has %u; write a second output",
		    yellow ? "yellow" : "red", view->sv_nouts);
	if (why[0] != '\0')
		return -EINVAL;
	if (RTE_MAX(mc->mc_cbs, mc->mc_ebs) < FRAME)
		snprintf(why, bytes,
		    "cbs: a burst of %" PRIu64 " bytes is smaller than a frame, longer packets are "
		    "always red; write %u or more",
		    RTE_MAX(mc->mc_cbs, mc->mc_ebs), FRAME);
	else if (mc->mc_ebs == 0 && mc->mc_yellow != LWKT_METER_DROP)
		snprintf(why, bytes,
		    "yellow: no packet is, as there is no excess burst; write ebs, or leave yellow out");
	return 0;
}

static unsigned int
where(enum lwkt_meter_action action, unsigned int drop)
{
	if (action == LWKT_METER_DROP)
		return NOT_AN_OUTPUT + drop;
	return action == LWKT_METER_DIVERT ? 1 : 0;
}

static int
meter_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_meter_conf *mc = conf;
	struct rte_meter_srtcm_params params = {
	    .cir = mc->mc_cir, .cbs = mc->mc_cbs, .ebs = mc->mc_ebs};
	struct meter_state *me = st->st_state;

	if (rte_meter_srtcm_profile_config(&me->me_profile, &params) != 0 ||
	    rte_meter_srtcm_config(&me->me_meter, &me->me_profile) != 0) {
		lwkt_error("stage %s: cir %" PRIu64 ", cbs %" PRIu64 ", ebs %" PRIu64
		           ": give cir and one of the others at least",
		    st->st_name, mc->mc_cir, mc->mc_cbs, mc->mc_ebs);
		return -EINVAL;
	}
	me->me_where[RTE_COLOR_YELLOW] = where(mc->mc_yellow, DROP_YELLOW);
	me->me_where[RTE_COLOR_RED] = where(mc->mc_red, DROP_RED);
	return 0;
}

static inline void
leave(struct lwkt_stage *st, unsigned int to, struct rte_mbuf **pkts, unsigned int n)
{
	if (likely(to < NOT_AN_OUTPUT))
		lwkt_stage_emit(st, to, pkts, n);
	else
		lwkt_stage_drop(st, to - NOT_AN_OUTPUT, pkts, n);
}

/* Neighbours that go the same way leave together. */
static void
meter_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct meter_state *me = st->st_state;
	uint64_t now = lwkt_clock();
	unsigned int i, to, first = 0, way = 0;

	for (i = 0; i < n; i++) {
		uint32_t len = rte_pktmbuf_pkt_len(pkts[i]);
		enum rte_color color =
		    rte_meter_srtcm_color_blind_check(&me->me_meter, &me->me_profile, now, len);

		stage_add(&me->me_stats.ms_packets[color], 1);
		stage_add(&me->me_stats.ms_bytes[color], len);
		to = me->me_where[color];
		if (to != way && i > first) {
			leave(st, way, pkts + first, i - first);
			first = i;
		}
		way = to;
	}
	leave(st, way, pkts + first, n - first);
}

int
lwkt_meter_stats(const struct lwkt_stage *st, struct lwkt_meter_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_meter, stats, sizeof(*stats));
}

static const char *const meter_drops[] = {[DROP_YELLOW] = "yellow", [DROP_RED] = "red", NULL};

static const char *const action_words[] = {
    [LWKT_METER_DROP] = "drop", [LWKT_METER_DIVERT] = "divert", [LWKT_METER_PASS] = "pass", NULL};

static const struct lwkt_param meter_params[] = {
    {.pa_name = "cir",
        .pa_type = LWKT_PARAM_UINT,
        .pa_unit = LWKT_UNIT_BYTES_PER_S,
        LWKT_PARAM_FIELD(struct lwkt_meter_conf, mc_cir),
        .pa_min = 1,
        .pa_max = LWKT_METER_CIR_MAX,
        .pa_required = true,
        .pa_help = "committed rate, bytes/s"},
    {.pa_name = "cbs",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_meter_conf, mc_cbs),
        .pa_max = UINT32_MAX,
        .pa_required = true,
        .pa_help = "committed burst, bytes"},
    {.pa_name = "ebs",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_meter_conf, mc_ebs),
        .pa_max = UINT32_MAX,
        .pa_help = "excess burst, bytes"},
    {.pa_name = "yellow",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_meter_conf, mc_yellow),
        .pa_words = action_words,
        .pa_help = "what becomes of packets within the excess burst"},
    {.pa_name = "red",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_meter_conf, mc_red),
        .pa_words = action_words,
        .pa_help = "what becomes of packets beyond both bursts"},
    {.pa_name = NULL},
};

/* As struct lwkt_meter_stats. */
static const char *const meter_counters[] = {
    "green", "yellow", "red", "green_bytes", "yellow_bytes", "red_bytes", NULL};

const struct lwkt_stage_kind lwkt_stage_meter = {
    .sk_name = "meter",
    .sk_state_bytes = sizeof(struct meter_state),
    .sk_check = meter_check,
    .sk_init = meter_init,
    .sk_handle = meter_handle,
    .sk_drop_names = meter_drops,
    .sk_counter_names = meter_counters,
    .sk_params = meter_params,
    .sk_conf_bytes = sizeof(struct lwkt_meter_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 2,
    .sk_plain = true,
};
