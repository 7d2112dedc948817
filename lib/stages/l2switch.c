/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * l2switch: a bridge that learns behind which output each address is.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_prefetch.h>

#include <lwkt_clock.h>
#include <lwkt_log.h>

#include "mac_table_pvt.h"

#define PREFETCH_AHEAD 4
#define REPORT_EVERY_S 10 /* at least between two lines of one sort */

enum { DROP_NO_INPUT, DROP_RUNT, DROP_BAD_SOURCE, DROP_RESERVED, DROP_SAME_PORT };

/* Where a packet goes: an output, or all but an output, or a drop reason. */
#define TO_OTHERS LWKT_STAGE_OUTS
#define TO_DROP   (2 * LWKT_STAGE_OUTS)

struct l2switch_state {
	struct lwkt_l2switch_stats ls_stats; /* first */
	struct mac_table ls_table;
	struct rte_mempool *ls_pool;        /* of copies; NULL: each packet's own */
	uint8_t ls_input[RTE_MAX_ETHPORTS]; /* the output of that ethdev, or MAC_NOWHERE */
	bool ls_ignore_vlans;
	bool ls_full_said;        /* the line was logged; not again before there was room */
	uint32_t ls_storm;        /* flooded packets a second that are reported; 0: none */
	uint64_t ls_second_cyc;   /* TSC: the second that is counted has begun */
	uint64_t ls_flooded_then; /* ls_stats.ls_flooded, then */
	uint64_t
	    ls_in[LWKT_STAGE_OUTS]; /* by output: flooded packets that came in there, since then */
	uint64_t ls_quiet_flap_cyc, ls_quiet_storm_cyc; /* TSC: no line of that sort before then */
};

static int
l2switch_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_l2switch_conf *wc = conf;
	bool taken[RTE_MAX_ETHPORTS] = {false};
	int rc;

	if (wc == NULL || wc->wc_nports != view->sv_nouts) {
		snprintf(why, bytes, "ports: %u numbers for %u outputs; write one for each",
		    wc != NULL ? wc->wc_nports : 0, view->sv_nouts);
		return -EINVAL;
	}
	for (unsigned int o = 0; o < view->sv_nouts; o++) {
		uint16_t port = wc->wc_ports[o];

		if (port >= RTE_MAX_ETHPORTS || taken[port]) {
			snprintf(why, bytes,
			    "ports: output %u leads to ethdev %u; give each output one of its own, "
			    "below %u",
			    o, port, RTE_MAX_ETHPORTS);
			return -EINVAL;
		}
		taken[port] = true;
	}
	rc = lwkt_stage_view_pool(view, wc->wc_pool, wc->wc_pool_name, why, bytes);
	return RTE_MIN(rc, 0);
}

static int
l2switch_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_l2switch_conf *wc = conf;
	struct l2switch_state *ls = st->st_state;
	unsigned int size = wc->wc_table != 0 ? wc->wc_table : LWKT_L2SWITCH_TABLE;
	unsigned int age_s = wc->wc_age_s != 0 ? wc->wc_age_s : LWKT_L2SWITCH_AGE_S;
	uint32_t moves = wc->wc_moves != 0 ? wc->wc_moves : LWKT_L2SWITCH_MOVES;
	int rc;

	memset(ls->ls_input, MAC_NOWHERE, sizeof(ls->ls_input));
	for (unsigned int o = 0; o < st->st_nouts; o++)
		ls->ls_input[wc->wc_ports[o]] = (uint8_t)o;
	ls->ls_ignore_vlans = wc->wc_vlans == LWKT_L2SWITCH_VLANS_IGNORE;
	ls->ls_storm = wc->wc_storm != 0 ? wc->wc_storm : LWKT_L2SWITCH_STORM;
	if (ls->ls_storm == LWKT_L2SWITCH_NEVER)
		ls->ls_storm = 0;
	ls->ls_second_cyc = lwkt_clock();
	rc = stage_pool(st, wc->wc_pool, wc->wc_pool_name, &ls->ls_pool);
	if (rc == 0)
		rc = mac_table_init(&ls->ls_table, st, size, stage_cycles(age_s, 1),
		    moves != LWKT_L2SWITCH_NEVER ? moves : 0);
	return rc;
}

/*
 * A frame's header, of which the type is the end, as two words that overlap. Whoever copies six bytes of
 * it and loads the copy as a word waits for the copy.
 */
struct head {
	uint64_t he_dst; /* and two bytes of the source */
	uint64_t he_src; /* and the type */
};

static inline struct head
head_of(const struct rte_mbuf *m)
{
	const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);
	struct head he;

	memcpy(&he.he_dst, data, sizeof(he.he_dst));
	memcpy(&he.he_src, data + RTE_ETHER_ADDR_LEN, sizeof(he.he_src));
	return he;
}

/* 01:80:c2:00:00:00 to 0f are for the bridge itself: spanning tree, pause, LACP (IEEE 802.1D). */
static inline bool
is_reserved(uint64_t dst)
{
	return unlikely((dst & UINT64_C(0xf0ffffffffff)) == UINT64_C(0xc28001));
}

static inline rte_be16_t
type_of(uint64_t src)
{
	return (rte_be16_t)(src >> MAC_VLAN_SHIFT);
}

static inline bool
is_tag(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ);
}

/* The VLAN of the outer tag, which the driver may have taken out of the frame; 0: none. */
static inline unsigned int
vlan_of(const struct rte_mbuf *m, rte_be16_t type)
{
	const struct rte_vlan_hdr *tag;
	unsigned int vlan;

	if (unlikely(m->ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED))
		return (m->vlan_tci_outer & 0xfffu) | MAC_VLAN_AD;
	if (unlikely(m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED))
		return m->vlan_tci & 0xfffu;
	if (likely(!is_tag(type)))
		return 0;
	tag = rte_pktmbuf_mtod_offset(m, const struct rte_vlan_hdr *, RTE_ETHER_HDR_LEN);
	vlan = rte_be_to_cpu_16(tag->vlan_tci) & 0xfff;
	return vlan != 0 && type == RTE_BE16(RTE_ETHER_TYPE_QINQ) ? vlan | MAC_VLAN_AD : vlan;
}

/* The output of the port it came from, or TO_DROP and why. */
static inline unsigned int
admit(const struct l2switch_state *ls, const struct rte_mbuf *m, struct head *he)
{
	*he = (struct head){0};
	if (unlikely(m->port >= RTE_MAX_ETHPORTS || ls->ls_input[m->port] == MAC_NOWHERE))
		return TO_DROP + DROP_NO_INPUT;
	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN))
		return TO_DROP + DROP_RUNT;
	*he = head_of(m);
	if (unlikely(is_tag(type_of(he->he_src)) &&
	             m->data_len < RTE_ETHER_HDR_LEN + sizeof(struct rte_vlan_hdr)))
		return TO_DROP + DROP_RUNT;
	if (unlikely((he->he_src & 1) != 0 || (he->he_src & MAC_ADDR_MASK) == 0))
		return TO_DROP + DROP_BAD_SOURCE; /* a group, or nobody */
	if (is_reserved(he->he_dst))
		return TO_DROP + DROP_RESERVED;
	return ls->ls_input[m->port];
}

/* Where to, once all sources of the burst have been learned. */
static inline unsigned int
choose(unsigned int input, uint8_t output)
{
	if (unlikely(output == MAC_NOWHERE))
		return TO_OTHERS + input;
	return unlikely(output == input) ? TO_DROP + DROP_SAME_PORT : output;
}

/* Fills in where each packet goes. */
static inline void
decide(struct l2switch_state *ls, struct rte_mbuf **pkts, unsigned int n, unsigned int *where)
{
	struct mac_table *mt = &ls->ls_table;
	const struct mac_table at = *mt; /* for the compiler: nothing below changes where it is */
	struct mac_ref src[LWKT_STAGE_BURST], dst[LWKT_STAGE_BURST];
	uint32_t now = mac_table_now(mt);
	unsigned int i;

	for (i = 0; i < n && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (i = 0; i < n; i++) {
		struct head he;
		unsigned int vlan;

		rte_prefetch0(rte_pktmbuf_mtod(pkts[RTE_MIN(i + PREFETCH_AHEAD, n - 1)], void *));
		where[i] = admit(ls, pkts[i], &he);
		if (unlikely(where[i] >= TO_DROP))
			continue;
		vlan = ls->ls_ignore_vlans ? 0 : vlan_of(pkts[i], type_of(he.he_src));
		src[i] = mac_ref(&at, mac_key(he.he_src, vlan));
		/* A group is never a source: not found. */
		dst[i] = mac_ref(&at, mac_key(he.he_dst, vlan));
	}
	for (i = 0; i < n; i++)
		if (likely(where[i] < TO_DROP))
			mac_table_learn(mt, src[i], (uint8_t)where[i], now, &ls->ls_stats);
	for (i = 0; i < n; i++)
		if (likely(where[i] < TO_DROP))
			where[i] = choose(where[i], mac_table_find(&at, dst[i], now));
}

/* Copies to all outputs but two, the originals to the last of the others. */
static __rte_noinline void
flood(struct lwkt_stage *st, unsigned int input, struct rte_mbuf **pkts, unsigned int n)
{
	struct l2switch_state *ls = st->st_state;
	unsigned int o, last = input == st->st_nouts - 1 ? st->st_nouts - 2 : st->st_nouts - 1;
	struct rte_mbuf *copies[LWKT_STAGE_BURST];

	for (o = 0; o < last; o++) {
		unsigned int made = 0;

		if (o == input)
			continue;
		for (unsigned int i = 0; i < n; i++) {
			copies[made] = stage_copy(st, pkts[i], ls->ls_pool, UINT32_MAX);
			made += copies[made] != NULL;
		}
		stage_add(&ls->ls_stats.ls_copied, made);
		stage_add(&ls->ls_stats.ls_uncopied, n - made);
		if (made > 0)
			lwkt_stage_emit(st, o, copies, made);
	}
	stage_add(&ls->ls_stats.ls_flooded, n);
	ls->ls_in[input] += n;
	lwkt_stage_emit(st, last, pkts, n);
}

static inline void
leave(struct lwkt_stage *st, unsigned int where, struct rte_mbuf **pkts, unsigned int n)
{
	if (likely(where < TO_OTHERS))
		lwkt_stage_emit(st, where, pkts, n);
	else if (where < TO_DROP)
		flood(st, where - TO_OTHERS, pkts, n);
	else
		lwkt_stage_drop(st, where - TO_DROP, pkts, n);
}

/* Neighbours that go the same way leave together. */
static void
l2switch_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int i, first = 0, where[LWKT_STAGE_BURST];

	decide(st->st_state, pkts, n, where);
	for (i = 1; i < n; i++) {
		if (where[i] == where[first])
			continue;
		leave(st, where[first], pkts + first, i - first);
		first = i;
	}
	leave(st, where[first], pkts + first, n - first);
}

/* At most one line now and then: what a loop does, it does a million times a second. */
static bool
may_report(uint64_t *quiet_cyc, uint64_t now)
{
	if ((int64_t)(now - *quiet_cyc) < 0)
		return false;
	*quiet_cyc = now + REPORT_EVERY_S * rte_get_tsc_hz();
	return true;
}

static __rte_cold void
report_flap(const struct lwkt_stage *st, struct l2switch_state *ls, uint64_t now)
{
	struct mac_flap *mf = &ls->ls_table.mt_flap;
	struct rte_ether_addr mac;
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	mf->mf_new = false;
	if (!may_report(&ls->ls_quiet_flap_cyc, now))
		return;
	memcpy(&mac, &mf->mf_key, sizeof(mac));
	rte_ether_format_addr(text, sizeof(text), &mac);
	lwkt_error("stage %s: warning: %s (VLAN %u) moves more than %u times a second, now from "
	           "output %u to %u; look for a looped cable, or two stations with this address",
	    st->st_name, text, (unsigned int)(mf->mf_key >> MAC_VLAN_SHIFT) & 0xfff,
	    ls->ls_table.mt_move_limit, mf->mf_from, mf->mf_to);
}

static __rte_cold void
report_storm(const struct lwkt_stage *st, struct l2switch_state *ls, uint64_t now)
{
	uint64_t flooded = ls->ls_stats.ls_flooded - ls->ls_flooded_then;
	unsigned int most = 0;

	if (!may_report(&ls->ls_quiet_storm_cyc, now))
		return;
	for (unsigned int o = 1; o < st->st_nouts; o++)
		if (ls->ls_in[o] > ls->ls_in[most])
			most = o;
	lwkt_error(
	    "stage %s: warning: storm: %" PRIu64 " packets flooded within a second, most came "
	    "in at output %u; look for a looped cable there, or a station that never answers",
	    st->st_name, flooded, most);
}

/* Once, until there is room for a while. */
static __rte_cold void
report_full(const struct lwkt_stage *st, struct l2switch_state *ls)
{
	struct mac_table *mt = &ls->ls_table;

	if (mt->mt_overflow && !ls->ls_full_said)
		lwkt_error(
		    "stage %s: warning: its table of %u addresses is full, packets to others "
		    "go to all outputs (full counts those not learned); give it more (table)",
		    st->st_name, mt->mt_size);
	ls->ls_full_said = mt->mt_overflow || mt->mt_used > mt->mt_size / 4 * 3;
	mt->mt_overflow = false;
}

/* Reported as soon as it is too much; the count begins anew each second. */
static inline void
watch_storm(const struct lwkt_stage *st, struct l2switch_state *ls, uint64_t now)
{
	if (ls->ls_storm == 0)
		return;
	if (unlikely(ls->ls_stats.ls_flooded - ls->ls_flooded_then > ls->ls_storm))
		report_storm(st, ls, now);
	else if (likely((int64_t)(now - ls->ls_second_cyc) < (int64_t)rte_get_tsc_hz()))
		return;
	ls->ls_second_cyc = now;
	ls->ls_flooded_then = ls->ls_stats.ls_flooded;
	memset(ls->ls_in, 0, sizeof(ls->ls_in));
}

static unsigned int
l2switch_work(struct lwkt_stage *st)
{
	struct l2switch_state *ls = st->st_state;
	uint64_t now = lwkt_clock();

	mac_table_age(&ls->ls_table, &ls->ls_stats);
	if (unlikely(ls->ls_table.mt_flap.mf_new))
		report_flap(st, ls, now);
	if (unlikely(ls->ls_table.mt_overflow || ls->ls_full_said))
		report_full(st, ls);
	watch_storm(st, ls, now);
	return 0;
}

static void
l2switch_fini(struct lwkt_stage *st)
{
	struct l2switch_state *ls = st->st_state;

	mac_table_fini(&ls->ls_table);
}

int
lwkt_l2switch_stats(const struct lwkt_stage *st, struct lwkt_l2switch_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_l2switch, stats, sizeof(*stats));
}

static const char *const l2switch_drops[] = {
    [DROP_NO_INPUT] = "no_input",
    [DROP_RUNT] = "runt",
    [DROP_BAD_SOURCE] = "bad_source",
    [DROP_RESERVED] = "reserved",
    [DROP_SAME_PORT] = "same_port",
    NULL,
};

static const char *const vlan_words[] = {
    [LWKT_L2SWITCH_VLANS_SEPARATE] = "separate", [LWKT_L2SWITCH_VLANS_IGNORE] = "ignore", NULL};

static const char *const never_words[] = {"never", NULL}; /* LWKT_L2SWITCH_NEVER */

static const struct lwkt_param l2switch_params[] = {
    {.pa_name = "ports",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_ports),
        .pa_item_bytes = sizeof(uint16_t),
        .pa_count_offset = offsetof(struct lwkt_l2switch_conf, wc_nports),
        .pa_max = RTE_MAX_ETHPORTS - 1,
        .pa_help = "DPDK port id of each output; without it those of the ethdevs that the "
                   "outputs lead to"},
    {.pa_name = "table",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_table),
        .pa_min = LWKT_L2SWITCH_TABLE_MIN,
        .pa_max = LWKT_L2SWITCH_TABLE_MAX,
        .pa_default = LWKT_L2SWITCH_TABLE,
        .pa_help = "addresses that it can know"},
    {.pa_name = "age_s",
        .pa_type = LWKT_PARAM_UINT,
        .pa_unit = LWKT_UNIT_S,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_age_s),
        .pa_min = 1,
        .pa_max = 1000000,
        .pa_default = LWKT_L2SWITCH_AGE_S,
        .pa_help = "an address that sends nothing is forgotten after so long, s"},
    {.pa_name = "vlans",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_vlans),
        .pa_words = vlan_words,
        .pa_help = "an address is known in each VLAN by itself, or in all of them together"},
    {.pa_name = "moves",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_moves),
        .pa_min = 1,
        .pa_max = 10000,
        .pa_default = LWKT_L2SWITCH_MOVES,
        .pa_words = never_words,
        .pa_help = "an address that moves more often within a second is reported"},
    {.pa_name = "storm",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_storm),
        .pa_min = 1,
        .pa_max = 1000000000,
        .pa_default = LWKT_L2SWITCH_STORM,
        .pa_words = never_words,
        .pa_help = "more flooded packets within a second are reported"},
    {.pa_name = "pool",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_l2switch_conf, wc_pool_name),
        .pa_help = "name of the pool of copies; none: that of the packet"},
    {.pa_name = NULL},
};

/* Packets come in from the file's ethdevs, if it has any, and from no other. */
static int
ports_exist(const struct lwkt_l2switch_conf *wc, const struct lwkt_param_view *view, char *why,
    size_t bytes)
{
	for (unsigned int i = 0; view->pv_nethdevs > 0 && i < wc->wc_nports; i++) {
		unsigned int e = 0;

		while (e < view->pv_nethdevs && view->pv_ethdev[e] != wc->wc_ports[i])
			e++;
		if (e < view->pv_nethdevs)
			continue;
		snprintf(why, bytes,
		    "ports: %u is the port id of no entry of ethdevs; write one of those",
		    wc->wc_ports[i]);
		return -EINVAL;
	}
	return 0;
}

/* Each output leads to one ethdev; that one's packets come in by it. */
static int
l2switch_complete(void *conf, const struct lwkt_param_view *view, char *why, size_t bytes)
{
	struct lwkt_l2switch_conf *wc = conf;

	if (wc->wc_nports != 0)
		return ports_exist(wc, view, why, bytes);
	for (unsigned int o = 0; o < view->pv_nouts; o++) {
		unsigned int to = view->pv_leads_to[o];

		if (to >= view->pv_nethdevs) {
			snprintf(why, bytes,
			    "ports: output %u leads to %s ethdev; write the port id of each output",
			    o, to == LWKT_VIEW_NONE ? "no" : "more than one");
			return -EINVAL;
		}
		wc->wc_ports[o] = view->pv_ethdev[to];
	}
	wc->wc_nports = view->pv_nouts;
	return 0;
}

/* As struct lwkt_l2switch_stats. */
static const char *const l2switch_counters[] = {
    "entries", "learned", "moved", "aged", "full", "flooded", "copied", "uncopied", NULL};

static_assert(
    RTE_DIM(l2switch_counters) - 1 == sizeof(struct lwkt_l2switch_stats) / sizeof(uint64_t),
    "a name each");

const struct lwkt_stage_kind lwkt_stage_l2switch = {
    .sk_name = "l2switch",
    .sk_state_bytes = sizeof(struct l2switch_state),
    .sk_check = l2switch_check,
    .sk_init = l2switch_init,
    .sk_handle = l2switch_handle,
    .sk_work = l2switch_work,
    .sk_fini = l2switch_fini,
    .sk_drop_names = l2switch_drops,
    .sk_counter_names = l2switch_counters,
    .sk_params = l2switch_params,
    .sk_conf_bytes = sizeof(struct lwkt_l2switch_conf),
    .sk_complete = l2switch_complete,
    .sk_min_outs = 2,
};
