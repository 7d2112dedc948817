/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vlan: puts a tag in front of Ethernet's type, takes it away, or changes its VLAN.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_ether.h>

#include "stages_pvt.h"

#define MACS (2 * RTE_ETHER_ADDR_LEN) /* bytes in front of a tag */

enum { DROP_OTHER, DROP_RUNT, DROP_NO_ROOM };

/* In the frame, behind the addresses. */
struct tag {
	rte_be16_t ta_tpid, ta_tci;
};

struct vlan_state {
	enum lwkt_vlan_action vl_action;
	rte_be16_t vl_tpid;
	uint16_t vl_tci;  /* that is put in; of translate: its VLAN alone */
	uint16_t vl_from; /* pop, translate: the VLAN that is meant */
};

static int
vlan_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_vlan_conf *vc = conf;

	(void)view;
	if (vc == NULL || vc->vc_vlan == 0 || vc->vc_vlan > LWKT_VLAN_MAX) {
		snprintf(why, bytes, "vlan: no VLAN is given; write one of 1 to %u", LWKT_VLAN_MAX);
		return -EINVAL;
	}
	if ((vc->vc_action == LWKT_VLAN_TRANSLATE) != (vc->vc_from != 0)) {
		snprintf(why, bytes, "from: it is the VLAN that translate changes; %s",
		    vc->vc_from != 0 ? "leave it out" : "write one of 1 to 4094");
		return -EINVAL;
	}
	if (vc->vc_action == LWKT_VLAN_PUSH && view->sv_nouts > 1) {
		snprintf(why, bytes, "outputs: push has one, as it takes each packet");
		return -EINVAL;
	}
	if (vc->vc_action != LWKT_VLAN_PUSH && vc->vc_pcp != 0) {
		snprintf(why, bytes, "pcp: it is of a tag that push puts in; leave it out");
		return -EINVAL;
	}
	return 0;
}

static int
vlan_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_vlan_conf *vc = conf;
	struct vlan_state *vl = st->st_state;

	vl->vl_action = vc->vc_action;
	vl->vl_tpid = vc->vc_tag == LWKT_VLAN_8021AD ? RTE_BE16(RTE_ETHER_TYPE_QINQ)
	                                             : RTE_BE16(RTE_ETHER_TYPE_VLAN);
	vl->vl_tci = (uint16_t)(vc->vc_pcp << 13 | vc->vc_vlan);
	vl->vl_from = vc->vc_action == LWKT_VLAN_POP ? vc->vc_vlan : vc->vc_from;
	return 0;
}

/* May its header be written? A copy that shares its data must not. */
static inline bool
is_own(const struct rte_mbuf *m)
{
	return RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1;
}

static inline bool
push(struct rte_mbuf *m, rte_be16_t tpid, uint16_t tci)
{
	const struct tag tag = {tpid, rte_cpu_to_be_16(tci)};
	char *data = is_own(m) ? rte_pktmbuf_prepend(m, sizeof(tag)) : NULL;

	if (unlikely(data == NULL))
		return false;
	memmove(data, data + sizeof(tag), MACS);
	memcpy(data + MACS, &tag, sizeof(tag));
	m->packet_type = 0;
	if (m->l2_len != 0)
		m->l2_len = (m->l2_len + sizeof(tag)) & 0x7f;
	return true;
}

static inline void
pop(struct rte_mbuf *m)
{
	char *data = rte_pktmbuf_mtod(m, char *);

	memmove(data + sizeof(struct tag), data, MACS);
	rte_pktmbuf_adj(m, sizeof(struct tag));
	m->packet_type = 0;
	if (m->l2_len > sizeof(struct tag))
		m->l2_len = (m->l2_len - sizeof(struct tag)) & 0x7f;
}

/* A tag that the driver has taken out is put back: what follows is about the frame as it was. */
static inline bool
restore(struct rte_mbuf *m)
{
	const uint64_t stripped = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;

	if (likely((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0))
		return true;
	if (!push(m, RTE_BE16(RTE_ETHER_TYPE_VLAN), m->vlan_tci))
		return false;
	m->ol_flags &= ~stripped;
	return true;
}

/* -1: done; or why it is not, DROP_. */
static inline int
change(const struct vlan_state *vl, struct rte_mbuf *m)
{
	struct tag tag;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN))
		return DROP_RUNT;
	if (unlikely(!restore(m)))
		return DROP_NO_ROOM;
	if (vl->vl_action == LWKT_VLAN_PUSH)
		return push(m, vl->vl_tpid, vl->vl_tci) ? -1 : DROP_NO_ROOM;
	memcpy(&tag, rte_pktmbuf_mtod_offset(m, char *, MACS), sizeof(tag.ta_tpid));
	if (tag.ta_tpid != vl->vl_tpid)
		return DROP_OTHER;
	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + sizeof(tag)))
		return DROP_RUNT;
	memcpy(&tag, rte_pktmbuf_mtod_offset(m, char *, MACS), sizeof(tag));
	if ((rte_be_to_cpu_16(tag.ta_tci) & LWKT_VLAN_MASK) != vl->vl_from)
		return DROP_OTHER;
	if (unlikely(!is_own(m)))
		return DROP_NO_ROOM;
	if (vl->vl_action == LWKT_VLAN_POP) {
		pop(m);
		return -1;
	}
	tag.ta_tci = (tag.ta_tci & ~RTE_BE16(LWKT_VLAN_MASK)) | rte_cpu_to_be_16(vl->vl_tci);
	memcpy(rte_pktmbuf_mtod_offset(m, char *, MACS), &tag, sizeof(tag));
	return -1;
}

static void
vlan_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	const struct vlan_state *vl = st->st_state;
	struct rte_mbuf *done[LWKT_STAGE_BURST], *others[LWKT_STAGE_BURST];
	unsigned int ndone = 0, nothers = 0;

	for (unsigned int i = 0; i < n; i++) {
		int why = change(vl, pkts[i]);

		if (likely(why < 0))
			done[ndone++] = pkts[i];
		else if (why == DROP_OTHER && st->st_nouts > 1)
			others[nothers++] = pkts[i];
		else
			lwkt_stage_drop(st, (unsigned int)why, &pkts[i], 1);
	}
	if (ndone > 0)
		lwkt_stage_emit(st, 0, done, ndone);
	if (nothers > 0)
		lwkt_stage_emit(st, 1, others, nothers);
}

static const char *const vlan_drops[] = {
    [DROP_OTHER] = "other_vlan", [DROP_RUNT] = "runt", [DROP_NO_ROOM] = "no_room", NULL};

static const char *const action_words[] = {
    [LWKT_VLAN_PUSH] = "push", [LWKT_VLAN_POP] = "pop", [LWKT_VLAN_TRANSLATE] = "translate", NULL};

static const char *const tag_words[] = {
    [LWKT_VLAN_8021Q] = "802.1q", [LWKT_VLAN_8021AD] = "802.1ad", NULL};

static const struct lwkt_param vlan_params[] = {
    {.pa_name = "action",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_vlan_conf, vc_action),
        .pa_words = action_words,
        .pa_required = true,
        .pa_help = "what becomes of a packet's outer tag"},
    {.pa_name = "vlan",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_vlan_conf, vc_vlan),
        .pa_min = 1,
        .pa_max = LWKT_VLAN_MAX,
        .pa_required = true,
        .pa_help = "the VLAN that is put in, taken away, or changed to"},
    {.pa_name = "from",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_vlan_conf, vc_from),
        .pa_max = LWKT_VLAN_MAX,
        .pa_help = "translate: the VLAN that is changed"},
    {.pa_name = "tag",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_vlan_conf, vc_tag),
        .pa_words = tag_words,
        .pa_help = "of which standard the tag is: type 0x8100 or 0x88a8"},
    {.pa_name = "pcp",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_vlan_conf, vc_pcp),
        .pa_max = 7,
        .pa_help = "push: the priority that it says"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_vlan = {
    .sk_name = "vlan",
    .sk_state_bytes = sizeof(struct vlan_state),
    .sk_check = vlan_check,
    .sk_init = vlan_init,
    .sk_handle = vlan_handle,
    .sk_drop_names = vlan_drops,
    .sk_params = vlan_params,
    .sk_conf_bytes = sizeof(struct lwkt_vlan_conf),
    .sk_min_outs = 1,
    .sk_max_outs = 2,
};
